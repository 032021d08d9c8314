"""Commitments: dated promises and deadlines of a story, each with the sentence that makes it.

Promises: every sentence stands word for word in the title, summary or text of a member; dates that are not fully written
are counted from the story's earliest local day and are counted anew when an earlier report arrives, so the order of arrival
decides nothing. A date that a page shows above its title is never counted from. Never creates a reminder: people do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from urllib.parse import urlsplit

from bot.core.memo import memo
from bot.core.model import Commitment, Format, Item, Precision
from bot.stories.dated import Form
from bot.stories.formats import format_of
from bot.stories.oldnews import day_in
from bot.stories.promise_words import TIMELY
from bot.stories.promises import Claim, claims
from bot.stories.summary import StoryItem
from bot.stories.tokens import stem, words
from bot.stories.words import STOP
from bot.text.sentences import split

LONGEST_TEXT = 20_000
"""Code points of a text that are read: some 3,000 words."""
MOST = 12
"""Commitments kept of a story, the surest ones: more is a calendar, not news."""
MOST_OF_TEXT = 40
"""Claims looked at of one text: a list of dates is not compared with itself at length."""
SAME_PROMISE = 0.5
"""Share of the shorter sentence's content words that two outlets' sentences about one promise have in common."""
DISAGREEMENT = timedelta(days=7)
"""How far apart two outlets put one promise; farther apart are two promises."""
AGREED = 0.03
"""What each further independent report adds to confidence."""
SUREST = 0.98

RETELLING = frozenset({Format.OPINION, Format.EXPLAINER, Format.ROUNDUP, Format.PODCAST})
"""Formats that tell of earlier news: a span in them is not counted from their own day."""

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class _Found:
    day: date
    claim: Claim
    item_id: str
    place: tuple[int, int, int]  # headlines last, then order of arrival, then place in the article
    content: frozenset[str]

    @property
    def precision(self) -> Precision:
        return Precision.DAY if self.claim.expression.form is Form.DAY else Precision.APPROXIMATE


def local_day(item: Item) -> date | None:
    """The day on which its outlet published it, or None if it is undated.

    Instants come without the outlet's time zone; an address that names a day no more than one away from the instant's tells
    it, else it is the day in UTC.
    """
    if item.date_published is None:
        return None
    day = item.date_published.astimezone(UTC).date()
    named = day_in(urlsplit(item.url).path) if item.url else None
    if named is not None and abs(named - day) <= timedelta(days=1):
        return named
    return day


def anchor(members: Iterable[StoryItem]) -> date | None:
    """The earliest local day of members that are no reruns: what a story's spans and yearless days are counted from."""
    days = (local_day(member.item) for member in members if member.rerun_of is None)
    return min((day for day in days if day is not None), default=None)


def commitments(members: Sequence[StoryItem], of: Collection[str] | None = None) -> tuple[Commitment, ...]:
    """What a story's members promise, by date; whatever order they came in.

    Sentences about one promise are one commitment: the date that more independent reports support wins, a written day before
    a vague one.

    Args:
        members: the story's.
        of: articles whose words count, if not all: the others tell from when spans are counted, and nothing else.
    """
    base = anchor(members)
    reports = [member for member in members if member.rerun_of is None and (of is None or member.item.id in of)]
    found = [one for member in reports for one in _of_item(member, base)]
    merged = [_told(group) for group in _groups(found, {member.item.id: member for member in members})]
    surest = sorted(merged, key=lambda one: (-one.confidence, one.date, one.kind, one.sentence))[:MOST]
    return tuple(sorted(surest, key=lambda one: (one.date, one.kind, one.sentence)))


def in_text(text: str, base: date | None) -> tuple[Commitment, ...]:
    """What one text promises, sentence by sentence and unmerged, counted from ``base``."""
    made = ((claim.expression.means(base), claim) for claim in _claims_of(text[:LONGEST_TEXT]))
    return tuple(
        Commitment(
            date=day.isoformat(),
            precision=Precision.DAY if claim.expression.form is Form.DAY else Precision.APPROXIMATE,
            kind=str(claim.kind),
            sentence=claim.sentence,
            confidence=claim.confidence,
        )
        for day, claim in made
        if day is not None
    )


@memo(256)
def _claims_of(text: str) -> tuple[Claim, ...]:
    """The first claims of a text; kept for a while, since a story is looked at again with every report that joins it."""
    found: list[Claim] = []
    for paragraph in _PARAGRAPH.split(text):
        if TIMELY.search(paragraph):
            found += [claim for sentence in split(paragraph) for claim in claims(sentence)]
    return tuple(found[:MOST_OF_TEXT])


def _of_item(member: StoryItem, base: date | None) -> Iterable[_Found]:
    item = member.item
    if item.language and not item.language.lower().startswith("en"):
        return
    retold = format_of(item.title, item.summary, item.url) in RETELLING
    for field, text in enumerate((item.content_text, item.summary, item.title)):
        for number, claim in enumerate(_claims_of(text[:LONGEST_TEXT])):
            if retold and claim.expression.form is Form.DURATION:
                continue
            day = claim.expression.means(base)
            if day is not None:
                yield _Found(day, claim, item.id, (int(field == 2), member.order, 1000 * field + number), _content(claim))


def _content(claim: Claim) -> frozenset[str]:
    around = claim.sentence[: claim.expression.start] + claim.sentence[claim.expression.end :]
    return frozenset(stem(word) for word in words(around) if word not in STOP and not word.isdecimal())


def _groups(found: Iterable[_Found], members: dict[str, StoryItem]) -> list[list[_Found]]:
    """Found claims by promise, the best supported date of each first."""
    by_date: dict[tuple[str, date], list[_Found]] = {}
    for one in found:
        by_date.setdefault((one.claim.kind, one.day), []).append(one)

    def support(group: list[_Found]) -> tuple[bool, int, float, date]:
        written = any(one.precision is Precision.DAY for one in group)
        return (written, _independent(group, members), max(one.claim.confidence for one in group), group[0].day)

    groups: list[list[_Found]] = []
    ordered = sorted(by_date.values(), key=lambda group: group[0].day)
    for group in sorted(ordered, key=support, reverse=True):
        same = next((known for known in groups if _one_promise(known, group)), None)
        if same is None:
            groups.append(list(group))
    return groups


def _one_promise(known: Sequence[_Found], other: Sequence[_Found]) -> bool:
    """Whether two dates are given for one promise."""
    if known[0].claim.kind is not other[0].claim.kind:
        return False
    apart = abs(known[0].day - other[0].day)
    vague = any(one.precision is Precision.APPROXIMATE for one in (*known, *other))
    if not vague and {one.item_id for one in known} & {one.item_id for one in other}:
        return False  # one article that names two days means two
    if apart > (timedelta(days=45) if vague else DISAGREEMENT):
        return False
    return any(_alike(one.content, two.content) for one in known for two in other)


def _alike(one: frozenset[str], two: frozenset[str]) -> bool:
    return len(one & two) >= SAME_PROMISE * max(1, min(len(one), len(two)))


def _independent(group: Iterable[_Found], members: dict[str, StoryItem]) -> int:
    """How many members that repeat no other's text say so."""
    return len({members[one.item_id].duplicate_of or one.item_id for one in group})


def _told(group: Sequence[_Found]) -> Commitment:
    """A promise in its surest sentence; of equals an article's text before a headline, and the first to arrive."""
    best = min(
        group, key=lambda one: (one.precision is not Precision.DAY, one.place[0], -one.claim.confidence, one.place, one.item_id)
    )
    further = len({one.item_id for one in group}) - 1
    return Commitment(
        date=best.day.isoformat(),
        precision=best.precision,
        kind=str(best.claim.kind),
        sentence=best.claim.sentence,
        confidence=round(min(SUREST, max(one.claim.confidence for one in group) + AGREED * further), 2),
        item_id=best.item_id,
    )
