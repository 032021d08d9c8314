"""The coverage of a story over time, as figures and as words: what the picture of ``timeline`` shows. Pure.

Promises: what is drawn and what is said come from the same values, so who cannot see the picture misses nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commands.gathered import Gathered
from bot.commands.links import first_seen_or_dated
from bot.core.deliveries import Action
from bot.core.messages import Update, UpdateMessage
from bot.core.spoken import later, tr
from bot.text.telling import UNTITLED, say_day, say_moment

OWNERS_NAMED = 5
"""Owners with a colour of their own; the rest share one: more colours cannot be told apart on a phone."""
OTHERS = later("Others")
DAYS_SHOWN = 31
"""Days up to which each has a bar of its own; a longer story is told by the week."""
POINTS_SHOWN = 8
"""Turning points that are marked; the first ones."""
BAR = 24
"""Signs of the longest bar of text."""
LONGEST_WORDS = 1_000
"""Code points of the words for the picture: Discord takes 1,024 of an attachment's description
(docs.discord.com/developers/resources/message, seen 2026-11)."""


@dataclass(frozen=True, slots=True)
class Step:
    """A day, or a week that begins on Monday.

    Attributes:
        counts: reports by owner, in the order of ``Coverage.owners``.
    """

    day: date
    counts: tuple[int, ...]

    @property
    def reports(self) -> int:
        """How many there were."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Point:
    """A turning point.

    Attributes:
        mark: a letter.
        step: in which it lies.
        day: ``10 March``.
        when: day and time.
        what: what happened, in a few words.
        more: which one, or whose; empty if that is all.
    """

    mark: str
    step: int
    day: str
    when: str
    what: str
    more: str

    @property
    def whole(self) -> str:
        """What happened, with all there is to say."""
        return f"{self.what}{self.more}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """A story over time.

    Attributes:
        title: its headline.
        weekly: each step is a week, else a day.
        owners: names, those with most reports first; the last one may stand for all others.
        steps: without a gap, at least one.
        points: by time.
    """

    title: str
    weekly: bool
    owners: tuple[str, ...]
    steps: tuple[Step, ...]
    points: tuple[Point, ...]

    @property
    def most(self) -> int:
        """Reports of the fullest step."""
        return max(step.reports for step in self.steps)


def coverage(story: Gathered, *, zone: ZoneInfo, now: datetime) -> Coverage:
    """How a story was covered.

    Args:
        story: it has at least one report.
        zone: whose days are told.
        now: the year is told where it is not this one's.
    """
    reports = [(report.item, owner.name) for owner in story.families for report in owner.reports]
    ranked = [name for name, _ in Counter(name for _, name in reports).most_common()]
    owners = ranked if len(ranked) <= OWNERS_NAMED + 1 else [*ranked[:OWNERS_NAMED], tr(OTHERS)]
    moments = _moments(story, zone=zone, now=now)
    days = [_day(first_seen_or_dated(item), zone) for item, _ in reports]
    every = [*days, *(_day(when, zone) for when, *_ in moments)]
    weekly = (max(every) - min(every)).days >= DAYS_SHOWN
    width = timedelta(days=7 if weekly else 1)
    first = min(every) - timedelta(days=min(every).weekday() if weekly else 0)
    length = (max(every) - first) // width + 1
    counts = [[0] * len(owners) for _ in range(length)]
    for day, (_, name) in zip(days, reports, strict=True):
        counts[(day - first) // width][owners.index(name) if name in owners else -1] += 1
    steps = tuple(Step(first + number * width, tuple(row)) for number, row in enumerate(counts))
    today = now.astimezone(zone)
    points = tuple(
        Point(
            mark=chr(ord("A") + number),
            step=(_day(when, zone) - first) // width,
            day=say_day(when.astimezone(zone), today, weekday=False),
            when=say_moment(when, zone, now),
            what=what,
            more=more,
        )
        for number, (when, what, more) in enumerate(moments[:POINTS_SHOWN])
    )
    return Coverage(story.lead.title or tr(UNTITLED), weekly, tuple(owners), steps, points)


def _moments(story: Gathered, *, zone: ZoneInfo, now: datetime) -> list[tuple[datetime, str, str]]:
    """The turning points by time: the first report, changed headlines, corrections, commitments."""
    first = story.families[0]
    dated = {one.item.id: first_seen_or_dated(one.item) for one in story.members}
    found = [(first_seen_or_dated(first.reports[0].item), tr("first report"), f" ({first.name})")]
    for change in story.changes:
        whose = story.outlet_of(change.item_id)
        found.append(
            (
                change.noticed_at,
                tr("headline changed"),
                tr(" at {outlet}, was “{before}”", outlet=whose, before=change.before)
                if whose
                else tr(", was “{before}”", before=change.before),
            )
        )
    corrected: dict[str, datetime] = {}
    for row in story.rows:
        if row.action is Action.REPLY and isinstance(row.message, UpdateMessage) and row.message.update is Update.CORRECTION:
            corrected.setdefault(row.message.outlet or "", row.created_at)
    found += [(when, tr("corrected"), tr(" by {outlet}", outlet=whose) if whose else "") for whose, when in corrected.items()]
    today = now.astimezone(zone)
    named: dict[str, datetime] = {}
    for made in story.promises:
        named[made.date] = min(dated[made.item_id], named.get(made.date, dated[made.item_id]))
    for day, when in named.items():
        due = say_day(datetime.fromisoformat(day).replace(tzinfo=zone), today, weekday=False)
        found.append((when, tr("a date was named"), f": {due}"))
    return sorted(found, key=lambda one: one[0])


def _day(when: datetime, zone: ZoneInfo) -> date:
    return when.astimezone(zone).date()


# ---------------------------------------------------------------- in words


def step_named(step: Step, shown: Coverage, today: date) -> str:
    """``Tue 10 March``, or ``week of 9 March``."""
    at, now = datetime.combine(step.day, datetime.min.time()), datetime.combine(today, datetime.min.time())
    return tr("week of {day}", day=say_day(at, now, weekday=False)) if shown.weekly else say_day(at, now, weekday=True)


def in_words(shown: Coverage, today: date) -> str:
    """The picture in words, for who cannot see it: what it shows, each bar with its owners, each turning point."""
    title = shown.title[:120]
    begins = (
        tr("Reports per week of “{title}”. ", title=title) if shown.weekly else tr("Reports per day of “{title}”. ", title=title)
    )
    points = tr("Turning points: ") + "; ".join(f"{point.mark}, {point.when}: {point.whole}" for point in shown.points) + "."
    by_owner = "; ".join(f"{step_named(step, shown, today)}: {_who(step.counts, shown)}" for step in shown.steps if step.reports)
    whole = f"{begins}{by_owner}. {points}"
    if len(whole) <= LONGEST_WORDS:
        return whole
    totals = _who([sum(column) for column in zip(*(step.counts for step in shown.steps), strict=True)], shown)
    days = "; ".join(f"{step_named(step, shown, today)}: {step.reports}" for step in shown.steps if step.reports)
    short = f"{begins}{totals}. {days}. {points}"
    return short if len(short) <= LONGEST_WORDS else f"{short[: LONGEST_WORDS - 1]}…"


def _who(counts: Sequence[int], shown: Coverage) -> str:
    return ", ".join(f"{name} {count}" for name, count in zip(shown.owners, counts, strict=True) if count)


def bars(shown: Coverage, today: date) -> tuple[tuple[str, str], ...]:
    """The picture as bars of text by day, for a face without pictures."""
    rows = []
    for number, step in enumerate(shown.steps):
        length = -(-step.reports * BAR // shown.most)
        parts = ("█" * length, str(step.reports), _marks(shown.points, number))
        rows.append((step_named(step, shown, today), " ".join(part for part in parts if part)))
    return tuple(rows)


def _marks(points: Iterable[Point], step: int) -> str:
    return "".join(point.mark for point in points if point.step == step)
