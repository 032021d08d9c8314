"""Give an item the article's own words: fetch its page where its source gives no text.

Promises: when the text cannot be had the item keeps its source's own words and a note says so; pages of one site are
read one after the other, so that a slow site holds up its own items only, for 45 seconds at most, and once it did not
answer in time those that wait for it wait no longer; a source that brings very much at once is not asked for every page of
it. Never puts a whole page into an item, never changes a title, never tells readers more than that a page was not read:
the cause, which may name addresses, goes to the log.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import structlog

from bot.core.documents import Page
from bot.core.errors import FetchError, WatchlampError
from bot.core.model import Item, TextState
from bot.core.plausible import plausible
from bot.core.sources import FullText, QueuedItem, SourceConfig
from bot.text.boilerplate import PAYWALLED
from bot.text.slug import title_of_address
from bot.text.urls import canonical_url, is_part_of_page

log = structlog.get_logger(__name__)

PATIENCE = 45.0
"""Seconds an item waits for its page: the promise is a message within a minute of our seeing the article."""
PAGE_DEADLINE = 10.0
"""Seconds for fetching one page: a feed may take longer, as no reader waits for one; with it four pages of a slow site that
answers after all are read within PATIENCE."""
PAGES_AT_ONCE = 50
"""Pages of one source waited for at a time. A site that republishes its archive is not fetched page by page."""

UNREAD = "The article's page could not be read; this is the feed's summary."
UNREAD_HEADLINE = "The article's page could not be read; the feed gives no more than its headline."

ReadPage = Callable[[str], Awaitable[Page]]
"""Fetch and read the page at an address; raises FetchError or DocumentError."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class _Site:
    """One host and port: whose turn it is, and how often it did not answer in time."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    silences: int = 0


class Reader:
    """Reads pages of queued items in the background, at most ``concurrency`` at a time and one of each site.

    Args:
        sources: by id; they say whether pages are wanted.
        read_page: fetches and reads a page.
        on_ready: called when an item's text is settled.
        own_words: reduces a settled item to its article's own words (``bot.service.repeated``).
        backfill: entries of a first poll whose pages are read.
        concurrency: pages read at a time.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceConfig],
        *,
        read_page: ReadPage,
        on_ready: Callable[[], None],
        own_words: Callable[[Item], Item] = lambda item: item,
        backfill: int = 0,
        concurrency: int = 8,
    ) -> None:
        self._sources = sources
        self._read_page = read_page
        self._on_ready = on_ready
        self._own_words = own_words
        self._backfill = backfill
        self._gate = asyncio.Semaphore(concurrency)
        self._sites: WeakValueDictionary[str, _Site] = WeakValueDictionary()
        self._tasks: dict[str, asyncio.Task[Item]] = {}
        self._taken: dict[str, tuple[Item, Item]] = {}
        self._waiting: Counter[str] = Counter()

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        """Those of ``queued`` whose text is settled, as read; for the others reading is under way."""
        settled = []
        for entry in queued:
            if not wants_page(entry, self._sources.get(entry.item.source_id), backfill=self._backfill):
                settled.append(replace(entry, item=self._as_given(entry.item)))
                continue
            task = self._tasks.get(entry.item.id)
            if task is not None:
                if task.done():
                    settled.append(replace(entry, item=task.result()))
            elif self._waiting[entry.item.source_id] < PAGES_AT_ONCE:
                self._waiting[entry.item.source_id] += 1
                site = self._sites.setdefault(_site_name(entry.item.url or ""), _Site())
                reading = self._read(entry.item, site, site.silences)
                self._tasks[entry.item.id] = asyncio.create_task(reading, name=f"read {entry.item.id}")
            else:
                settled.append(replace(entry, item=_unread(entry.item, "its source brought too many articles at once")))
        return settled

    def forget(self, item_ids: Sequence[str]) -> None:
        """Items that are filed: what was read of them is in the store now."""
        for item_id in item_ids:
            self._tasks.pop(item_id, None)
            self._taken.pop(item_id, None)

    def _as_given(self, item: Item) -> Item:
        """The article's own words of what its source gave; asked once, however often the item waits for its turn."""
        given, own = self._taken.get(item.id, (None, item))
        if given != item:
            try:
                own = self._own_words(item)
            except Exception:
                log.exception("reading an article met a fault of the program", item=item.id, source=item.source_id)
                own = item  # as above: nothing that waits to be filed may stand in the way of all
            self._taken[item.id] = (item, own)
        return own

    async def wait(self) -> bool:
        """Wait until nothing is being read; True if anything was."""
        waited = False
        while pending := [task for task in self._tasks.values() if not task.done()]:
            await asyncio.wait(pending)
            waited = True
        return waited

    async def stop(self) -> None:
        """Drop what is under way; those items are read again after the next start."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, item: Item, site: _Site, silences: int) -> Item:
        try:
            async with asyncio.timeout(PATIENCE):
                read = await self._in_turn(item, site, silences)
        except TimeoutError:
            read = _unread(item, f"it was not read within {PATIENCE:g} seconds")
        except WatchlampError as error:
            read = _unread(item, str(error))
        except Exception:
            # Everything that waits to be filed passes through here: a fault on one page must not stand in the way of all.
            log.exception("reading a page met a fault of the program", item=item.id, source=item.source_id)
            read = _with_note(item)
        finally:
            self._waiting[item.source_id] -= 1
        self._on_ready()
        return read

    async def _in_turn(self, item: Item, site: _Site, silences: int) -> Item:
        """The item with its page. A slot is taken only in the site's turn: those that wait for one site take none from others.

        Args:
            item: has an address.
            site: of that address.
            silences: of the site when the item began to wait.
        """
        assert item.url is not None
        async with site.turn:
            if site.silences != silences:
                return _unread(item, "another page of its site did not come in time")
            try:
                async with self._gate:
                    return self._own_words(with_page(item, await self._read_page(item.url)))
            except FetchError as error:
                site.silences += error.reason == "timeout"
                raise
            except asyncio.CancelledError:  # out of patience, or the program ends: then nobody waits any more
                site.silences += 1
                raise


def _site_name(url: str) -> str:
    """Host and port of an address; an empty string for one that has none."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}:{parts.port or {'http': 80}.get(parts.scheme, 443)}"
    except ValueError:
        return ""


def _unread(item: Item, why: str) -> Item:
    """The item as its source gave it, with a note that its page was not read; the log says why."""
    log.info("page not read", item=item.id, source=item.source_id, why=why)
    return _with_note(item)


def _with_note(item: Item) -> Item:
    return replace(item, notes=(*item.notes, UNREAD if item.summary or item.content_text else UNREAD_HEADLINE))


def wants_page(entry: QueuedItem, source: SourceConfig | None, *, backfill: int) -> bool:
    """Whether the item's page is to be fetched. A first poll's entries are not, save those that will be posted."""
    url = entry.item.url
    if source is None or url is None or source.full_text is FullText.NEVER or is_part_of_page(url):
        return False
    if entry.baseline_rank is not None and entry.baseline_rank >= backfill:
        return False
    return source.full_text is FullText.ALWAYS or entry.item.text_state is not TextState.FULL


def with_page(item: Item, page: Page) -> Item:
    """The item with what its page adds. The source's own title, outlet and dates win; the page fills what is missing.

    ``content_hash`` stays that of the source's own words: it tells whether the source changed its entry. The address the page
    states for itself takes the place of the canonical one: it is what copies under other addresses share. ``url`` stays what the
    source gave; an item without a canonical address gets none, because its source uses one address for many entries. A date that no
    publication has is none.
    """
    stated = canonical_url(page.url) if page.url and item.canonical_url else None
    text = page.text if len(page.text) > len(item.content_text) else item.content_text
    return replace(
        item,
        # A headline that was only guessed from the address is not the source's own.
        title=page.title if page.title and item.url and item.title == title_of_address(item.url) else item.title,
        canonical_url=stated or item.canonical_url,
        content_text=text,
        text_state=TextState.FULL if page.text and PAYWALLED not in page.notes else item.text_state,
        summary=item.summary or page.summary,
        outlet=item.outlet or page.outlet,
        authors=item.authors or page.byline,
        language=item.language or page.language,
        date_published=item.date_published or plausible(page.published, item.first_seen),
        date_modified=item.date_modified or plausible(page.modified, item.first_seen),
        date_rendered=item.date_rendered or plausible(page.rendered, item.first_seen),
        notes=(*item.notes, *page.notes),
    )
