"""``commitments``: dated promises and deadlines that were found in articles, by date, each with its sentence.

Promises: only what stands word for word in an article that a rule of the asker's own matched; what still lies ahead comes first.
Nothing follows from a commitment by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.desk import Desk, View
from bot.commands.links import day_in, falls_due, read_at
from bot.commands.remind import set_already
from bot.commands.reply import Button, Reply, Section
from bot.commands.whole import promised
from bot.core.model import Item
from bot.core.overview import Promised
from bot.core.spoken import later, tr, trn
from bot.core.stories import StoryRecord
from bot.stories.outlets import outlet_name
from bot.text.telling import SEPARATOR, UNTITLED, say_moment

LOOKED_AT = 40
"""Commitments looked at: more than are listed, for some may be of articles that the person who asks does not have."""
SHOWN = 10
"""Commitments listed, which is what a phone shows with some scrolling."""
REMIND = 3
"""Those nearest, each with a button that asks to be reminded of it."""
UPCOMING, PAST = "upcoming", "past"
_LONGEST = timedelta(days=3653)
_AHEAD = {
    UPCOMING: _LONGEST,
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}
"""How far ahead each word looks; ``past`` looks back as far as ``upcoming`` looks ahead: ten years."""


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``commitments``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    which = str(values.get("which", UPCOMING))
    past = which == PAST
    today = view.now.astimezone(view.zone).date()
    first, last = _days(today, _AHEAD.get(which, _LONGEST), past=past)
    rules = tuple(view.rules)
    kept = await desk.store.promised(rules, first=first, last=last, limit=LOOKED_AT, newest_first=past)
    found = await _own(desk, view, kept, first, last, past=past)
    stories = await desk.store.stories([one.story_id for one in found])
    items = await desk.store.items([one.commitment.item_id for one in found])
    sections = [_told(one, stories, items, view) for one in found[:SHOWN]]
    if len(found) > SHOWN:
        sections.append(Section(text=tr("There are more: week, month or quarter shows those that come soon.")))
    ahead = [] if past else [one for one in found if one.commitment.date > today.isoformat()]
    reminders = None if past else set_already(view, await desk.store.reminders_waiting(tuple(view.channels)))
    if reminders is not None:
        sections.append(reminders)
    if not found:
        nothing = _nothing(ask, view, which)
        return replace(nothing, sections=(*nothing.sections, *sections))
    return Reply(_title(len(found), past=past), tuple(sections), buttons=_buttons(ahead, view))


async def _own(desk: Desk, view: View, kept: Sequence[Promised], first: str, last: str, *, past: bool) -> list[Promised]:
    """What a visible rule's articles promise: where another article stands for a date, the story is looked at once more."""
    matches = await desk.store.matches_of({one.commitment.item_id for one in kept})
    own = {one for one in kept if any(match.rule_id in view.rules for match in matches.get(one.commitment.item_id, ()))}
    found = [one for one in kept if one in own]
    for story_id in dict.fromkeys(one.story_id for one in kept if one not in own):
        known = {one.commitment.date for one in found if one.story_id == story_id}
        made = await promised(desk, view, story_id, None)
        found += [Promised(story_id, one) for one in made if first <= one.date <= last and one.date not in known]
    return sorted(found, key=lambda one: one.commitment.date, reverse=past)[: SHOWN + 1]


def _days(today: date, within: timedelta, *, past: bool) -> tuple[str, str]:
    if past:
        return (today - within).isoformat(), (today - timedelta(days=1)).isoformat()
    return today.isoformat(), (today + within).isoformat()


def _title(number: int, *, past: bool) -> str:
    shown = min(number, SHOWN)
    what = trn("date that has passed", "dates that have passed", shown)
    if not past:
        what = trn("date ahead", "dates ahead", shown)
    order = "" if shown == 1 else tr(", the latest first") if past else tr(", the nearest first")
    return f"{shown} {what}{order}"


def _told(one: Promised, stories: Mapping[str, StoryRecord], items: Mapping[str, Item], view: View) -> Section:
    made, item = one.commitment, items.get(one.commitment.item_id)
    story = stories.get(one.story_id)
    facts = []
    if item is not None:
        facts = [outlet_name(item) or "", say_moment(item.date_published, view.zone, view.now) if item.date_published else ""]
    facts.append(f"story {one.story_id}")
    about = (story.title if story else "") or (item.title if item else "") or tr(UNTITLED)
    lines = [f"“{made.sentence}”", about, SEPARATOR.join(fact for fact in facts if fact)]
    return Section(falls_due(view, made), text="\n".join(lines), links=read_at(item.url if item else None))


def _buttons(ahead: Sequence[Promised], view: View) -> tuple[Button, ...]:
    """Reminders of the nearest ones."""
    wanted = {(one.story_id, one.commitment.date): one for one in ahead}
    return tuple(
        Button(tr("Remind {day_in}", day_in=day_in(view, date.fromisoformat(day), weekday=False)), f"remind {story_id} {day}")
        for story_id, day in list(wanted)[:REMIND]
    )


def _nothing(ask: Ask, view: View, which: str) -> Reply:
    past = which == PAST
    span = "" if past or which == UPCOMING else tr(" within a {which}", which=which)
    where = tr("rules") if view.terminal else tr("rules that post here")
    told = tr("They are found in articles that {where} matched: a contract that ends, a vote, a deadline.", where=where)
    other = f"{ask.begins(Role.VIEWER)} commitments {UPCOMING if past else PAST}"
    return Reply(
        tr("No date that has passed is known{span}.", span=span) if past else tr("No date ahead is known{span}.", span=span),
        (Section(text=told, code=other),),
    )


COMMAND = Command(
    name="commitments",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Promised dates and deadlines found in articles"),
    help=(
        later(
            "Lists dates that articles name for something to end, begin, be decided or be due: a contract, a moratorium, a "
            "vote, a "
            "deadline. Each comes with the sentence that says so. Without a word it shows all that lie ahead; week, month, "
            "quarter and "
            "year show those within so long, past those that are over."
        )
    ),
    examples=("commitments quarter", "commitments past", "commitments"),
    run=run,
    parameters=(
        Parameter(
            "which",
            Kind.CHOICE,
            later("Those ahead, those of the next week and so on, or those that have passed"),
            choices=(*_AHEAD, PAST),
        ),
    ),
)
