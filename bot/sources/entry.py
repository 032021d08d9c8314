"""Feed entries to items: identity, dates that can be, how much of the text there is, and the order of events.

Promises: the same entry gets the same id in every poll; entries that share an identifier by their publisher's mistake stay
apart; items come oldest first. Pure: no clock, no network.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.identity import content_hash, item_id
from bot.core.model import Item, TextState
from bot.core.plausible import plausible
from bot.core.sources import SourceConfig
from bot.text.clean import clean_line
from bot.text.language import guess
from bot.text.urls import behind_redirectors, canonical_url, place_in_page, site
from bot.text.wordset import word_set

FULL_TEXT = 600
"""Characters from which ``content`` counts as the article. In 60 real feeds, teasers beside a content have 650 at most and
under 450 nearly always; contents that are articles have 800 and more in the median."""

FULL_DESCRIPTION = 1500
"""The same for a lone description, which is meant for teasers: of 32 such feeds 25 have them (longest 1,341), 7 have articles."""

MAX_TITLE = 500
MAX_TEXT = 200_000
"""Longest title and text kept, in characters; no article is longer, and rules are matched over every character."""

MADE_TITLE = 80
"""Longest title made from a text's first words."""

CARRIERS = word_set(
    "feedburner.com feedblitz.com feedpress.me feedpress.com feedsportal.com pheedo.com bit.ly t.co dlvr.it trib.al ift.tt ow.ly",
    "buff.ly tinyurl.com lnkd.in is.gd goo.gl",
)
"""Domains of services that deliver others' feeds and shorten others' addresses: they say nothing about who publishes."""

_LETTERS = re.compile(r"[\W_]+")
_SHORTEST_NAME = 3
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An item whose id is not decided yet, its own words, and its address with the place in the page that it points to."""

    item: Item
    words: str
    address: str | None


class Entries:
    """Collects the entries of one document and makes them items.

    Args:
        document: the feed; its title and language stand in for what an entry does not say, its title only for entries of its
            own site.
        config: the source; its outlet and language win over the feed's own.
        now: the present, for dates and ``first_seen``.
    """

    def __init__(self, document: FeedDocument, config: SourceConfig, now: datetime) -> None:
        self._document = document
        self._config = config
        self._now = now
        stated = (config.url, document.home, document.topic)
        self._own = {own for address in stated if address and (own := site(address)) is not None} - CARRIERS
        self._found: list[_Candidate] = []
        self._empty = 0

    def add(self, entry: FeedEntry) -> None:
        """Take the next entry, in document order."""
        title = _shortened(entry.title or _first_words(entry), MAX_TITLE)
        if not title:
            self._empty += 1
            return
        summary, text, state = _texts(entry)
        cut = len(text) > MAX_TEXT
        item = Item(
            id="",
            source_id=self._config.id,
            title=title,
            first_seen=self._now,
            guid=entry.id,
            url=behind_redirectors(entry.link) if entry.link else None,
            canonical_url=canonical_url(entry.link) if entry.link else None,
            summary=_shortened(summary, MAX_TEXT),
            content_text=_shortened(text, MAX_TEXT),
            text_state=state,
            outlet=entry.outlet or self._config.outlet or self._publisher(entry.link),
            authors=entry.authors,
            tags=tuple(dict.fromkeys((*entry.tags, *self._config.tags))),
            language=self._config.language or entry.language or self._document.language or guess(f"{title}. {summary} {text}"),
            # Feeds without a date of publication say when they last touched the entry; for a new entry that is the same.
            date_published=plausible(entry.published, self._now) or plausible(entry.updated, self._now),
            date_modified=plausible(entry.updated, self._now),
            notes=(f"Only the first {MAX_TEXT:,} characters of the text were kept.",) if cut else (),
        )
        hashed = content_hash(item.title, item.summary, item.content_text)
        address = _place(item.canonical_url, item.url)
        self._found.append(_Candidate(replace(item, content_hash=hashed), entry.summary_text or entry.content_text, address))

    def items(self) -> tuple[Item, ...]:
        """Everything taken so far, each entry once, oldest first."""
        return oldest_first(self._identified())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        if not self._empty:
            return ()
        left_out = (
            "An entry without words and link was" if self._empty == 1 else f"{self._empty} entries without words and link were"
        )
        return (f"{left_out} left out.",)

    def _publisher(self, link: str | None) -> str | None:
        """The feed's name, if the entry stands on its own site; None for an entry that is only collected from another's.

        Alerts, aggregators and planets name themselves, not who wrote: what they find has as many outlets as publishers.
        """
        title = self._document.title
        linked = site(behind_redirectors(link)) if link else None
        if not title or linked is None or linked in CARRIERS or not self._own or linked in self._own or _spells(title, linked):
            return title or None
        return None

    def _identified(self) -> list[Item]:
        """Items with ids, the first of each id.

        An identifier stands for one article, but some publishers give all entries the same guid, or the address of their
        front page. What is shared by entries with different addresses (for guids) or different words (for addresses)
        identifies nothing: those entries are known by what does tell them apart. Twice the same guid with the same address
        is an entry listed in two versions; the first counts, as everywhere in feeds.
        """
        addresses: defaultdict[str, set[str]] = defaultdict(set)
        words: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        for found in self._found:
            if found.item.guid:
                addresses[found.item.guid].add(found.address or f"{found.item.title}\n{found.words}")
        shared = {guid for guid, different in addresses.items() if len(different) > 1}
        for found in self._found:
            if found.address and (not found.item.guid or found.item.guid in shared):
                words[found.address].add((found.item.title, found.words))
        vague = {address for address, different in words.items() if len(different) > 1}
        items: dict[str, Item] = {}
        for found in self._found:
            item = found.item
            identity = item_id(
                self._config.id,
                guid=None if item.guid in shared else item.guid,
                canonical_url=None if found.address in vague else found.address,
                title=item.title,
                summary=found.words,
            )
            items.setdefault(identity, replace(item, id=identity))
        return list(items.values())


def oldest_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items of one document, given in document order, in order of their dates.

    Most documents begin with the newest entry; one whose dates mostly rise begins with the oldest. An item without a date
    stays beside its older neighbour; equal dates keep the document's direction.
    """
    dates = [item.date_published for item in items if item.date_published is not None]
    steps = [(later > earlier) - (later < earlier) for earlier, later in pairwise(dates)]
    ordered = list(items) if sum(steps) > 0 else list(reversed(items))
    keyed = []
    date = _EARLIEST
    for item in ordered:
        date = item.date_published or date
        keyed.append((date, item))
    return tuple(item for _, item in sorted(keyed, key=lambda pair: pair[0]))


def _spells(title: str, domain: str) -> bool:
    """Whether a domain is that of a name: ``bbc.com`` of "BBC News", whose feed stands elsewhere."""
    name, label = (
        _LETTERS.sub("", title.casefold()).removeprefix("the"),
        _LETTERS.sub("", domain.partition(".")[0]).removeprefix("the"),
    )
    return min(len(name), len(label)) >= _SHORTEST_NAME and (name.startswith(label) or label.startswith(name))


def _place(canonical: str | None, link: str | None) -> str | None:
    """The address that tells an entry from the others of its source: some sources link every entry to a place in one page."""
    place = place_in_page(link) if link else None
    return f"{canonical}#{place}" if canonical and place else canonical


def _texts(entry: FeedEntry) -> tuple[str, str, TextState]:
    """Summary, text, and how much the text is: some feeds put articles into descriptions, others teasers into contents."""
    summary, text = entry.summary_text, entry.content_text
    if not text and len(summary) >= FULL_DESCRIPTION:
        return "", summary, TextState.FULL
    if len(text) >= FULL_TEXT or (len(text) > 1.5 * len(summary) + 150 and not text.endswith("…")):
        return summary, text, TextState.FULL
    if text in summary or not summary:
        summary, text = summary or text, ""
    return summary, text, TextState.EXCERPT if summary else TextState.NONE


def _first_words(entry: FeedEntry) -> str:
    text = entry.summary_text or entry.content_text
    if text:
        return _shortened(text.partition("\n")[0], MADE_TITLE)
    return clean_line(_SCHEME.sub("", entry.link or ""))


def _shortened(text: str, longest: int) -> str:
    """At most so many characters, whole words, with an ellipsis if something is missing."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return f"{head.rpartition(' ')[0] or head[:-1]}…"
