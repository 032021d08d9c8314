"""``remind STORY [when] [note]``: this channel is reminded of a story, on a day that it names or at a time that is given.

Promises: without a time it offers the dates that the story's own articles promise; a day means nine in the morning by the channel's
clock; what lies in the past is refused; who asked may take it back, and so may every editor. Words of who asks are posted for
editors alone: a reminder is no way to speak where one may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import person, story_named, told
from bot.commands.desk import Desk, View
from bot.commands.follow import told_in
from bot.commands.links import day_in, falls_due
from bot.commands.owndesk import own_articles
from bot.commands.parameters import day_of, span_of
from bot.commands.reply import Button, Reply, Section
from bot.commands.silencing import back, by_the_clock, where
from bot.commands.whole import as_decided, promised
from bot.core.errors import UserInputError
from bot.core.messages import ReminderMessage
from bot.core.model import FILE_WORKSPACE, Channel, Commitment, Item, Precision
from bot.core.overlays import Audited
from bot.core.reminders import Reminder
from bot.core.spoken import later, tr, trn
from bot.service.audience import NOBODY, reader_of
from bot.service.regroup import Person
from bot.service.reminders import REMIND, due_after, due_on
from bot.stories.outlets import outlet_name
from bot.text.telling import UNTITLED
from bot.text.urls import host

OFF = "off"
"""In place of a time: the reminders of the story are taken back."""
OFFERED = 5
"""Dates that are offered as buttons, the nearest first."""
LISTED = 10
"""Reminders that ``commitments`` lists, the nearest first; the rest is counted."""
LONGEST_NOTE = 300
"""Letters of a note: it stands in one line below the headline."""
_SOON = ((later("Tomorrow"), "1d"), (later("In a week"), "7d"))


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``remind``."""
    return await told(_remind(desk, ask, values))


async def _remind(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    meant = await story_named(desk, view, str(values["story"]))
    names, made = await _promises(desk, view, meant.story_id, meant.item_id)
    word, note = str(values.get("when", "")), str(values.get("note", "")).strip()
    if word == OFF:
        return await _off(desk, ask, view, names)
    if note and not ask.role.may(Role.EDITOR):
        raise UserInputError(
            tr("A note needs the role {role}; leave it out, and the reminder tells the story alone.", role=Role.EDITOR)
        )
    channels = await _places(desk, view, names)
    ahead = [one for one in made if due_on(_day(one), channels[0].settings.timezone) > view.now]
    if not word and len({one.date for one in ahead}) != 1:
        return _offer(ask, view, meant.story_id, ahead)
    word = word or ahead[0].date
    dues = [(channel, _due(view, word, channel)) for channel in channels]
    found = _promised_on(made, word)
    return await _set(
        desk, ask, view, [(one, await _message(desk, one, meant.story_id, found, due=due, note=note)) for one, due in dues]
    )


async def _set(desk: Desk, ask: Ask, view: View, messages: Sequence[tuple[Channel, ReminderMessage]]) -> Reply:
    who = person(ask, view)
    key = await desk.silences.key(who)
    editor = ask.role.may(Role.EDITOR)
    numbers, lines = [], []
    for channel, told_there in messages:
        reminded = await desk.reminding.remind(_for_channel(desk, who, channel), key, channel, told_there, few=not editor)
        numbers.append(reminded.number)
        lines.append(f"{_at(view, told_there.due, channel)}, {where(view, channel.id)}")
    message = messages[0][1]
    about = Section(text=f"{message.headline}\n“{message.sentence}”" if message.sentence else message.headline)
    undoing = [back(ask, number) for number in numbers] if editor else [_taking_back(ask, message.story_id)]
    taken = Button(tr("Take back"), f"remind {message.story_id} {OFF}")
    return Reply(tr("Reminder set: {words}.", words="; ".join(lines)), (about, *undoing), buttons=(taken,))


async def _off(desk: Desk, ask: Ask, view: View, names: Sequence[str]) -> Reply:
    who = person(ask, view)
    key = await desk.silences.key(who)
    found = await desk.store.reminders_of(names, tuple(view.channels))
    if view.here is not None:
        found = [one for one in found if one.channel_id == view.here.id]
    editor = ask.role.may(Role.EDITOR)
    own = [one for one in found if one.asked_by == key or (editor and one.workspace_id == who.workspace_id)]
    if not own:
        by = tr(" by you") if found else ""
        raise UserInputError(tr("No reminder of this story is set here{by}.", by=by))
    for workspace in sorted({one.workspace_id for one in own}):  # a guest's reminder is of the workspace whose channel is reminded
        theirs = [one for one in own if one.workspace_id == workspace]
        changed = await desk.reminding.forget(replace(who, workspace_id=workspace), theirs)
    lines = [f"{_at(view, one.due_at)}, {where(view, one.channel_id)}" for one in own]
    undoing = (back(ask, changed.number),) if editor else ()
    return Reply(
        trn("Taken back: {count} reminder.", "Taken back: {count} reminders.", len(own)), (Section(text="\n".join(lines)), *undoing)
    )


async def take_back(desk: Desk, ask: Ask, change: Audited) -> Reply:
    """Take a change of reminders back."""
    view = desk.view(ask)
    changed = await desk.reminding.take_back(person(ask, view), change)
    waiting = {one.id for one in await desk.store.reminders_waiting(tuple(view.channels))}
    lines = [f"{_at(view, one.due_at)}: {tr('set again') if one.id in waiting else tr('taken back')}." for one in changed.reminders]
    return Reply(tr("It is as it was."), (Section(text="\n".join(lines)), back(ask, changed.number)))


def set_already(view: View, reminders: Sequence[Reminder]) -> Section | None:
    """The reminders that wait, the nearest of them, for answers that tell of dates; None if there are none."""
    lines = [f"{_at(view, one.due_at)}, {where(view, one.channel_id)}: {one.message.headline or UNTITLED}" for one in reminders]
    if len(lines) > LISTED:
        lines[LISTED:] = [tr("{count} more.", count=len(lines) - LISTED)]
    return Section(heading=tr("Reminders set"), text="\n".join(lines)) if lines else None


# ---------------------------------------------------------------- parts


async def _promises(desk: Desk, view: View, story_id: str, item_id: str | None) -> tuple[tuple[str, ...], list[Commitment]]:
    """Every id of the story, and the dates that it promises in articles which a visible rule matched, the nearest first."""
    whole = await as_decided(desk, view, story_id, item_id)
    names = (story_id,) if whole is None else tuple(dict.fromkeys((story_id, *whole.story_ids)))
    made = await promised(desk, view, story_id, whole)
    return names, sorted(made, key=lambda one: (one.date, -one.confidence))


async def _places(desk: Desk, view: View, names: Sequence[str]) -> list[Channel]:
    """Where it is told: in this channel, else in those that have the story's message."""
    if view.here is not None:
        return [view.here]
    places = await told_in(desk, view, names)
    if not places:
        raise UserInputError(tr("No message of this story stands in a channel. Ask in the channel that shall be reminded."))
    return [view.channels[channel_id] for channel_id in places]


def _for_channel(desk: Desk, who: Person, channel: Channel) -> Person:
    """Who asks, in the name of the workspace whose channel is reminded: its editors take back what a guest asked for."""
    reader = reader_of(channel, desk.workspace_of)
    return who if who.workspace_id == FILE_WORKSPACE or reader == NOBODY else replace(who, workspace_id=reader)


def _offer(ask: Ask, view: View, story_id: str, ahead: Sequence[Commitment]) -> Reply:
    """What can be asked for: the dates found, and two that nobody has to find."""
    by_date = {one.date: one for one in reversed(ahead)}
    dates = sorted(by_date)[:OFFERED]
    buttons = [Button(day_in(view, date.fromisoformat(day), weekday=False), f"remind {story_id} {day}") for day in dates]
    buttons += [Button(tr(label), f"remind {story_id} {word}") for label, word in _SOON]
    lines = [f"{falls_due(view, by_date[day])}: “{by_date[day].sentence}”" for day in dates]
    typed = Section(
        text=tr("Choose one, or type a day or a time from now:"),
        code=f"{ask.begins(Role.VIEWER)} remind {story_id} {dates[0] if dates else '7d'}",
    )
    title = (
        tr("Of which date do you want to be reminded?")
        if dates
        else tr("No date ahead was found in this story. When shall it come back?")
    )
    return Reply(
        title, (*([Section(heading=tr("Dates it names"), text="\n".join(lines))] if lines else []), typed), buttons=tuple(buttons)
    )


def _due(view: View, word: str, channel: Channel) -> datetime:
    day, span = day_of(word), span_of(word)
    if day is not None:
        return due_on(day, channel.settings.timezone)
    if span is None:
        raise UserInputError(tr("when is a day such as 2027-03-01, or a time from now such as 12h or 7d."))
    return due_after(span, view.now, channel.settings.timezone)


def _day(one: Commitment) -> date:
    return date.fromisoformat(one.date)


def _promised_on(made: Sequence[Commitment], word: str) -> Commitment | None:
    """The surest promise of a day, if the day was named by one."""
    return max((one for one in made if one.date == word), key=lambda one: one.confidence, default=None)


async def _message(
    desk: Desk, channel: Channel, story_id: str, found: Commitment | None, *, due: datetime, note: str
) -> ReminderMessage:
    """What the channel will read, of articles that its own workspace has, whoever asked for it."""
    store = own_articles(desk.store, reader_of(channel, desk.workspace_of))
    record = (await store.stories([story_id])).get(story_id)
    wanted = [record.lead_item_id] if record else []
    items = await store.items([*wanted, *([found.item_id] if found else [])])
    found = found if found is not None and found.item_id in items else None
    lead = items.get(wanted[0]) if wanted else None
    source: Item | None = items.get(found.item_id) if found else None
    url = lead.url if lead else None
    return ReminderMessage(
        story_id=story_id,
        headline=(record.title if record else "") or UNTITLED,
        url=url,
        host=host(url) if url else None,
        due=due,
        date=found.date if found else "",
        precision=found.precision if found else Precision.DAY,
        commitment=found.kind if found else "",
        sentence=found.sentence if found else "",
        outlet=outlet_name(source) if source else None,
        said=source.date_published if source else None,
        note=note,
    )


def _at(view: View, instant: datetime, channel: Channel | None = None) -> str:
    """When it comes, by the clock of who asks; with the channel's zone named where that is another one."""
    told_at = by_the_clock(view, instant)
    other = channel is not None and channel.settings.timezone != view.zone.key
    return f"{told_at} ({view.zone.key})" if other else told_at


def _taking_back(ask: Ask, story_id: str) -> Section:
    return Section(text=tr("To take it back:"), code=f"{ask.begins(Role.VIEWER)} remind {story_id} {OFF}")


COMMAND = Command(
    name="remind",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Be reminded of a story here, on a date that it names or at a time"),
    help=(
        later(
            "Give a story, by its id or the address of one of its articles. Without a time it offers the dates found in it: "
            "a contract "
            "that ends, a vote, a deadline. A day (2027-03-01) means 09:00 by this channel's clock; 12h or 7d is so long from "
            "now. The "
            "reminder comes under the story's message. Editors may add a note. With off in place of a time, reminders are "
            "taken back."
        )
    ),
    examples=(
        "remind https://news.example/2026/council-vote",
        "remind s0123456789ab 2027-03-01 ask the council for the minutes",
        "remind s0123456789ab off",
    ),
    run=run,
    parameters=(
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
        Parameter(
            "when",
            Kind.WHEN,
            later("A day such as 2027-03-01, a time from now such as 7d, or off; left out: dates it names"),
            choices=(OFF,),
        ),
        Parameter("note", Kind.TEXT, later("A few words of yours below it, of editors alone"), most=LONGEST_NOTE),
    ),
    undoes={REMIND: take_back},
)
