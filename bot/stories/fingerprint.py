"""A fingerprint is what story decisions need of an item, small enough to keep for ever.

Promises: the same item gives the same fingerprint on every machine; nothing in it but ``terms`` depends on watch words or
thresholds, so stored fingerprints stay valid when those change. It holds no text of the article beyond its title.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.identity import digest
from bot.core.memo import memo
from bot.core.model import Format, Item
from bot.stories.copies import LEAD, LONGEST, Sample, sample
from bot.stories.formats import format_of
from bot.stories.keys import item_keys, plain_title
from bot.stories.model import Model
from bot.stories.names import title_names, title_numbers
from bot.stories.tokens import stems, stems_of, words
from bot.stories.words import FURNITURE
from bot.text.urls import host

FORMAT_VERSION = 3
"""Of the JSON below and of the tokeniser. A stored fingerprint of another version is an error, never a guess."""
TITLE, SUMMARY, BODY = 4, 2, 1
"""Where a term stands, as bits: weights 1, a half and a quarter (reference: title 1, summary .5, less for the body)."""
OPENING = 8
"""A bit without weight: the term stands where a report says what happened, in the first words of its text or its summary."""
NAMED, SEAT = 16, 32
"""Bits without weight: the term is written as a name in the opening of the text or summary; it is the place that a report names
before its first sentence ("HARROW, Maine (AP) -"). Fingerprints of earlier programs have neither and say nothing of it."""
OPENING_WORDS = 30
"""Words of each that count as opening: about one sentence of a news lead."""
MOST_TERMS = 12
"""Terms under which later items find this one."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_DATELINE = re.compile(
    r"\s*((?-i:[A-Z])[^\W\d_.]+(?:[ -][A-Z][^\W\d_.]*){0,3})(?:, [^—–\n().:;]{2,30}\.?)?(?: ?\([^)\n]{2,40}\))?\s?(?:—|–|--| -)\s"
)
"""Where a report says that it was written: one to four words with capitals before a dash, with a state, a day or a wire beside."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decisions need of an item.

    Attributes:
        order: order of arrival.
        host: true host of its address, or None.
        title: the headline as printed.
        keys: see ``bot.stories.keys``.
        terms: 31-bit numbers of its rarest stems, for finding it again.
        stems: (stem, bits of TITLE, SUMMARY, BODY, OPENING), sorted.
        names: stems of the things its title names, sorted.
        numbers: figures, months, weekdays and CVE numbers of its title, sorted.
        published: ``date_published``.
        rendered: ``date_rendered``: it can prove a rerun, it opens no window.
        body, lead, summary: samples of the article's text, of its first words, and of the source's own summary.
    """

    item_id: str
    order: int
    source_id: str
    outlet: str | None
    host: str | None
    title: str
    format: Format
    published: datetime | None
    rendered: datetime | None
    keys: tuple[str, ...]
    terms: tuple[int, ...]
    stems: tuple[tuple[str, int], ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    body: Sample
    lead: Sample
    summary: Sample

    @property
    def dated(self) -> datetime | None:
        """The instant by which copies are told from originals: published, else rendered, else None."""
        return self.published or self.rendered

    def to_json(self) -> str:
        """One line of JSON, the form in which the store keeps it."""
        return json.dumps(
            [
                FORMAT_VERSION,
                self.item_id,
                self.order,
                self.source_id,
                self.outlet,
                self.host,
                self.title,
                str(self.format),
                _seconds(self.published),
                _seconds(self.rendered),
                self.keys,
                self.terms,
                " ".join(f"{term} {bits}" for term, bits in self.stems),
                " ".join(self.names),
                " ".join(self.numbers),
                self.body.to_text(),
                self.lead.to_text(),
                self.summary.to_text(),
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: the text is no fingerprint of this version.
        """
        data = json.loads(text)
        if not isinstance(data, list) or not data or data[0] != FORMAT_VERSION:
            raise ValueError(
                f"a stored fingerprint is not of version {FORMAT_VERSION}; it was written by another version of the program"
            )
        (
            _,
            item_id,
            order,
            source_id,
            outlet,
            name,
            title,
            kind,
            published,
            rendered,
            keys,
            terms,
            pairs,
            names,
            numbers,
            *samples,
        ) = data
        parts = pairs.split(" ") if pairs else []
        body, lead, summary = (Sample.from_text(part) for part in samples)
        return cls(
            item_id=item_id,
            order=order,
            source_id=source_id,
            outlet=outlet,
            host=name,
            title=title,
            format=Format(kind),
            published=_instant(published),
            rendered=_instant(rendered),
            keys=tuple(keys),
            terms=tuple(terms),
            stems=tuple(zip(parts[::2], map(int, parts[1::2]), strict=True)),
            names=tuple(names.split()),
            numbers=tuple(numbers.split()),
            body=body,
            lead=lead,
            summary=summary,
        )


def fingerprint(item: Item, order: int, model: Model) -> Fingerprint:
    """Fingerprint of an item that arrived as number ``order``; about half a millisecond for a 1,000-word article."""
    title = plain_title(item.title, item.outlet)
    summary = without_furniture(item.summary)
    body_words = words(item.content_text[: 12 * LONGEST])[:LONGEST]
    lead = summary.split(None, LEAD)[:LEAD]
    start, head = item.content_text[:1200].split()[:LEAD], item.content_text[:600]
    told, told_first = _words_of(lead, lead[:OPENING_WORDS])
    begins, begins_first = _words_of(start, head.split()[:OPENING_WORDS])
    summary_words = told[:LEAD] if len(told) >= LEAD or len(lead) < LEAD else words(summary)[:LEAD]
    found = dict.fromkeys(stems(title), TITLE)
    for plain, bit in ((told, SUMMARY), (begins, BODY if summary_words else SUMMARY | BODY)):
        for term in stems_of(plain):
            found[term] = found.get(term, 0) | bit
    for text, first in ((summary, told_first), (head, begins_first)):
        for bit, terms in ((OPENING, stems_of(first)), (NAMED, opening_names(text)), (SEAT, _dateline_names(text))):
            for term in terms:
                found[term] = found.get(term, 0) | bit
    return Fingerprint(
        item_id=item.id,
        order=order,
        source_id=item.source_id,
        outlet=item.outlet,
        host=host(item.url) if item.url else None,
        title=item.title,
        format=format_of(item.title, item.summary, item.url),
        published=item.date_published,
        rendered=item.date_rendered,
        keys=item_keys(item),
        terms=_terms(found, model),
        stems=tuple(sorted(found.items())),
        names=tuple(sorted(title_names(title))),
        numbers=tuple(sorted(title_numbers(title))),
        body=sample(body_words),
        lead=sample(body_words[:LEAD]),
        summary=sample(summary_words),
    )


def _words_of(parts: list[str], first: list[str]) -> tuple[list[str], list[str]]:
    """Words of a text that was split at its blanks, and of its first parts alone."""
    opening = words(" ".join(first))
    if parts[: len(first)] != first:
        return words(" ".join(parts)), opening  # those were cut in a word
    return [*opening, *words(" ".join(parts[len(first) :]))], opening


def opening_names(text: str) -> set[str]:
    """Stems of what the first words of a text write as names.

    The first word of a sentence has a capital whatever it is: it counts where it stands beside another name or can be no plural
    and no form of a verb.
    """
    found: set[str] = set()
    for sentence in _SENTENCE.split(" ".join(text.split(None, OPENING_WORDS)[:OPENING_WORDS])):
        first, _, rest = sentence.partition(" ")
        sure = not rest[:1].islower() or first.endswith(("'s", "’s", ",")) or not _FORM.search(first)
        found |= title_names(sentence if sure else rest)
    return found


_FORM = re.compile(r"(?:[^isu]s|ing|ed|ly|tion|ment|ness)$", re.IGNORECASE)


def _dateline_names(text: str) -> set[str]:
    found = _DATELINE.match(text)
    return title_names(found[1].title()) if found else set()


def without_furniture(text: str) -> str:
    """A summary without the sentences that belong to the page: cookies, subscriptions, ad blockers."""
    lowered = text.casefold()
    if not any(mark in lowered for mark in FURNITURE):
        return text
    return " ".join(part for part in _SENTENCE.split(text) if not any(mark in part.casefold() for mark in FURNITURE))


def _terms(found: dict[str, int], model: Model) -> tuple[int, ...]:
    """The heaviest stems; a title's word counts more than a body's, a watch word less."""
    known, weights = model.known.get, model.weights  # most stems are in the table: no call for those
    weighed = [(-(known(term) or weights(term))[0] * (1 + (bits & (TITLE | SUMMARY | BODY))), term) for term, bits in found.items()]
    weighed.sort()
    return tuple(sorted([term_number(term) for _, term in weighed[:MOST_TERMS]]))


@memo(1024)
def term_number(term: str) -> int:
    """A stem as a 31-bit number: SQLite keeps it in four bytes, and the index of terms is the largest table.

    Two stems share a number once in two thousand million pairs; then one item more is looked at.
    """
    return int(digest("term", term), 16) >> 33


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
