"""The sitemap source: the pages a site lists for search engines, where it has no feed any more.

Promises: a page listed as news is an item with its own title and date; of other pages, those that were not listed before are
items, and old ones are none. Of an index those sitemaps are read that changed, a few a poll. What was listed is kept in the
source's memory as short hashes, stored together with the items; a sitemap of an index that cannot be read is told, counts as
unread, and keeps nobody from reading the others.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, FetchError
from bot.core.kinds import SitemapOptions
from bot.core.model import Item
from bot.core.sitemap import MappedPage, Sitemap
from bot.core.sources import SourceConfig
from bot.net.client import Credential, Response
from bot.sources.contract import Fetches, Polled, Reads, Validators, wants_rest
from bot.sources.entry import Entries
from bot.text.slug import title_of_address

MAX_BYTES = 10 * 1024 * 1024
"""Longest sitemap fetched; packed with gzip it may be five times as long unpacked."""

MAPS = 20
"""Sitemaps of an index read in one poll."""

FIRST_MAPS = 5
"""The same in the first poll, the newest ones: archives are no news."""

FIRST_PAGES = 50
"""Pages of the first poll that become items, the newest ones: none is posted unless the source has a backfill."""

FRESH = timedelta(days=14)
"""A page whose date is longer ago is no news, though it was not listed before: sites rebuild and split their sitemaps."""

REMEMBERED = 50_000
"""Addresses remembered of all sitemaps of a source, as many as one sitemap may list (https://www.sitemaps.org/protocol.html)."""

A_DAY_ANYWHERE = timedelta(hours=36)
"""How long after midnight UTC a day without a time may still go on: it ends last twelve hours west of Greenwich."""

REST = timedelta(hours=1)
"""How long a sitemap that is not to be had now is left alone when the site does not say for how long."""

_HASH = 6
"""Bytes of an address's hash: among 50,000 addresses a new one is taken for a known one once in five thousand million."""

_EVER = datetime.min.replace(tzinfo=UTC)
_ACCEPT = "application/xml, text/xml;q=0.9, text/plain;q=0.8, application/gzip;q=0.8, */*;q=0.1"


@dataclass(slots=True)
class _Map:
    """What is remembered of one sitemap.

    Attributes:
        modified: its ``lastmod`` in the index when it was read.
        read: the poll that read it; 0 if none did.
        seen: hashes of its addresses.
        at: when it was read, or left aside as an archive.
    """

    modified: str = ""
    read: int = 0
    seen: set[bytes] = field(default_factory=set)
    at: str = ""

    def may_have_more(self, modified: datetime) -> bool:
        """Whether it may have changed after it was read without its ``lastmod`` saying so, which names a day only."""
        return modified.time() == time() and (not self.at or datetime.fromisoformat(self.at) < modified + A_DAY_ANYWHERE)


@dataclass(slots=True)
class _Memory:
    """What is remembered of a source: how many polls there were, each sitemap by its address, and which could not be read.

    ``failed`` has until when such a sitemap is not to be asked for; empty: until the next poll.
    """

    polls: int = 0
    maps: dict[str, _Map] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> _Memory:
        value: dict[str, Any] = json.loads(text) if text else {}
        maps = {
            url: _Map(modified, read, set(_cut(base64.b64decode(seen))), *at)
            for url, (modified, read, seen, *at) in value.get("maps", {}).items()
        }
        return cls(value.get("polls", 0), maps, value.get("failed", {}))

    def write(self) -> str:
        maps = {
            url: (one.modified, one.read, base64.b64encode(b"".join(sorted(one.seen))).decode(), one.at)
            for url, one in self.maps.items()
        }
        return json.dumps({"polls": self.polls, "maps": maps, "failed": self.failed})


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Ask the sitemap, or the sitemaps of an index that changed, for pages that were not listed before.

    Raises:
        FetchError: it, or every sitemap of the index, could not be fetched; or the site wants to be left alone.
        DocumentError: it is no sitemap.
    """
    options = config.options
    assert isinstance(options, SitemapOptions)
    asked = _Site(config, options, fetcher, sandbox, authorization, now)
    memory = _Memory.read(validators.memory)
    response = await asked.get(config.url, validators)
    if response.not_modified:
        return Polled.unchanged(response)
    top = await asked.read(response)
    memory.polls += 1
    notes, whole = list(top.notes), True
    stopped: FetchError | None = None
    pages: list[MappedPage]
    if top.index:
        changed = _changed(top.pages, memory, now)
        first = not validators.memory
        chosen = changed[: FIRST_MAPS if first else MAPS]
        pages, stopped = await _of_index(chosen, top.pages, asked, memory, notes)
        whole = not memory.failed and (first or len(changed) == len(chosen)) and _is_settled(top.pages, memory)
        # What the first poll leaves aside is an archive; later on, what is not known waits for its turn.
        aside = {one.url for one in changed[len(chosen) :]} if first else set()
        archive = {one.url: _Map(_written(one.modified), at=_written(now)) for one in top.pages if one.url in aside}
        memory.maps = {one.url: known for one in top.pages if (known := memory.maps.get(one.url) or archive.get(one.url))}
    else:
        pages = _unseen(config.url, top.pages, memory, now=now)
    if not validators.memory:
        pages = sorted(pages, key=lambda page: _date(page) or _EVER)[-FIRST_PAGES:]
    _forget(memory)
    # Only what was read whole may be answered with "not modified" next time.
    etag, last_modified = (response.etag, response.last_modified) if whole else (None, None)
    return Polled(
        _items(pages, config, now),
        False,
        etag,
        last_modified,
        tuple(dict.fromkeys(notes)),
        memory=memory.write(),
        wishes=response.wishes,
        listed=_listed(memory) if top.index else len(top.pages),
        broken_off=stopped,
    )


def _listed(memory: _Memory) -> int:
    """Addresses known of an index; a sitemap of which none are known counts as one until it was read."""
    return sum(len(one.seen) if one.read else 1 for one in memory.maps.values())


@dataclass(frozen=True, slots=True)
class _Site:
    """The site, asked with what the poll was given."""

    config: SourceConfig
    options: SitemapOptions
    fetcher: Fetches
    sandbox: Reads
    authorization: Credential | None
    now: datetime

    async def get(self, url: str, validators: Validators) -> Response:
        own = urlsplit(url)[:2] == urlsplit(self.config.url)[:2]
        return await self.fetcher.get(
            url,
            accept=_ACCEPT,
            max_bytes=MAX_BYTES,
            etag=validators.etag,
            last_modified=validators.last_modified,
            authorization=self.authorization if own else None,
        )

    async def read(self, response: Response) -> Sitemap:
        document = await self.sandbox.run(
            "sitemap",
            data=response.body,
            url=response.url,
            include=list(self.options.include),
            exclude=list(self.options.exclude),
        )
        assert isinstance(document, Sitemap)
        return document


def _changed(listed: Sequence[MappedPage], memory: _Memory, now: datetime) -> list[MappedPage]:
    """Sitemaps of an index that may have changed, in the order in which they are worth reading.

    First those that say that they changed, the newest first; then those that cannot say it, for they have no date or only a day,
    by how long ago they were read; last those that could not be read: they must not take the others' turn.
    """
    places: dict[str, tuple[int, float, int]] = {}
    maps = {one.url: one for one in listed}
    for url, one in maps.items():
        known, rests = memory.maps.get(url), memory.failed.get(url)
        if rests and datetime.fromisoformat(rests) > now:
            continue
        age = (now - (one.modified or _EVER)).total_seconds()
        read = known.read if known is not None else 0
        if rests is not None:
            places[url] = (2, age, read)
        elif one.modified is not None and (known is None or _written(one.modified) > known.modified):
            places[url] = (0, age, read)
        elif one.modified is None or (known is not None and known.may_have_more(one.modified)):
            places[url] = (1, read, 0)
    return [maps[url] for url in sorted(places, key=places.__getitem__)]


def _is_settled(listed: Sequence[MappedPage], memory: _Memory) -> bool:
    """Whether an index has to change before a sitemap of it can have changed."""
    return all(
        one.modified is not None and ((known := memory.maps.get(one.url)) is None or not known.may_have_more(one.modified))
        for one in listed
    )


async def _of_index(
    chosen: Sequence[MappedPage], listed: Sequence[MappedPage], asked: _Site, memory: _Memory, notes: list[str]
) -> tuple[list[MappedPage], FetchError | None]:
    """Pages of these sitemaps that were not listed before, and the site's wish to be left alone.

    Such a wish ends the reading. When it was met at the same sitemap before, and so concerns that one alone, that one is left alone
    for as long as is asked, and nothing else waits for it.
    """
    pages: list[MappedPage] = []
    stopped: FetchError | None = None
    still = {one.url for one in listed}
    memory.failed = failed = {url: until for url, until in memory.failed.items() if url in still}
    missed: FetchError | DocumentError | None = None
    for one in chosen:
        try:
            document = await asked.read(await asked.get(one.url, Validators()))
        except (FetchError, DocumentError) as error:
            missed = error
            notes.append(f"{urlsplit(one.url).path.rpartition('/')[2]}: {error}")
            again = one.url in failed
            failed[one.url] = ""
            if not (isinstance(error, FetchError) and wants_rest(error)):
                continue
            failed[one.url] = _written(asked.now + max(timedelta(seconds=error.retry_after or 0), REST))
            stopped = None if again else error
            break
        failed.pop(one.url, None)
        if document.index:
            notes.append(f"{urlsplit(one.url).path.rpartition('/')[2]}: an index within an index is not read.")
        notes += document.notes
        pages += _unseen(one.url, () if document.index else document.pages, memory, now=asked.now)
        memory.maps[one.url].modified, memory.maps[one.url].at = _written(one.modified), _written(asked.now)
    if missed is not None and not any(known.read for one in listed if (known := memory.maps.get(one.url))):
        raise missed
    return pages, stopped


def _unseen(url: str, listed: Sequence[MappedPage], memory: _Memory, *, now: datetime) -> list[MappedPage]:
    """Pages of one sitemap that are news: those listed as such, and those not listed before unless they are old.

    Args:
        url: the sitemap's.
        listed: what it lists now.
        memory: what it listed before; written anew.
        now: what is old is counted from it.
    """
    # A sitemap that is known and was never read, or whose addresses were dropped, is an archive: only what is dated as new is.
    archive = url in memory.maps and not memory.maps[url].read
    one = memory.maps.setdefault(url, _Map())
    hashes = {page.url: _hash(page.url) for page in listed}
    fresh = [
        page
        for page in listed
        if page.news
        or (hashes[page.url] not in one.seen and (page.modified > now - FRESH if page.modified is not None else not archive))
    ]
    shown = set(hashes.values())
    # A site that shows nearly nothing for a while has not forgotten its pages, and nor do we: they would come back as news.
    one.read, one.seen = memory.polls, shown if 2 * len(shown) > len(one.seen) else shown | one.seen
    return [page for page in fresh if (at := _date(page)) is None or at > now - FRESH]


def _forget(memory: _Memory) -> None:
    """Drop the addresses of the sitemaps that were read longest ago; they then count as archives that were never read."""
    left = REMEMBERED
    for one in sorted(memory.maps.values(), key=lambda one: one.read, reverse=True):
        left -= len(one.seen)
        if left < 0:
            one.seen, one.read = set(), 0


def _items(pages: Iterable[MappedPage], config: SourceConfig, now: datetime) -> tuple[Item, ...]:
    """Items of pages. A page's last change is not its publication: the page itself, once read, says when that was."""
    collected = Entries(FeedDocument("", None, ()), config, now)
    published = {}
    for page in {page.url: page for page in pages}.values():
        published[page.url] = page.published
        collected.add(_entry(page))
    return tuple(item if item.url and published.get(item.url) else replace(item, date_published=None) for item in collected.items())


def _entry(page: MappedPage) -> FeedEntry:
    return FeedEntry(
        title=page.title or title_of_address(page.url),
        link=page.url,
        id=None,
        published=page.published,
        updated=page.modified,
        summary=None,
        content=None,
        summary_text="",
        content_text="",
        authors=(),
        tags=page.tags,
        outlet=page.outlet,
        language=page.language,
    )


def _date(page: MappedPage) -> datetime | None:
    return page.published or page.modified


def _written(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()


def _hash(url: str) -> bytes:
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _HASH] for at in range(0, len(data), _HASH))
