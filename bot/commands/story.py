"""``story STORY``: all of one story: who reported it, how its headlines changed, where it was told, what it promises and follows.

Promises: the story as this workspace has it; nothing of channels that are not visible to who asks. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import told
from bot.commands.desk import Desk, View
from bot.commands.gathered import Family, Gathered, gather
from bot.commands.links import falls_due, first_seen_or_dated, read_at
from bot.commands.moments import moment
from bot.commands.outcome import outcome
from bot.commands.reply import Button, Link, Reply, Section
from bot.commands.stopped import stopped
from bot.core.model import Item
from bot.core.spoken import later, tr, trn
from bot.stories.outlets import outlet_name
from bot.stories.summary import StoryItem
from bot.text.telling import UNTITLED, say_moment

OWNERS_SHOWN = 12
REPORTS_SHOWN = 3
"""Reports of one owner that are linked; the rest is counted."""
CHANGES_SHOWN = 6
PROMISES_SHOWN = 5
FOLLOWED_SHOWN = 3


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``story``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    return await told(_answer(desk, ask, view, str(values["story"])))


async def _answer(desk: Desk, ask: Ask, view: View, word: str) -> Reply:
    story = await gather(desk, view, word)
    sections = [_head(story, view), *_reported(story, view), *_changed(story, view), *_told(story, view, await stopped(desk, view))]
    sections += [*_promised(story, view), *_followed(story, view)]
    words = f"{ask.begins(Role.EDITOR)} merge {story.record.id} …"
    sections.append(
        Section(text=tr("By this id other commands take it; an editor joins it with another story like this:"), code=words)
    )
    return Reply(story.lead.title or tr(UNTITLED), tuple(sections), buttons=buttons(story))


def _head(story: Gathered, view: View) -> Section:
    lead, owners = story.lead, len(story.families)
    reports = sum(len(one.reports) for one in story.families)
    copies = sum(report.duplicate_of is not None for one in story.families for report in one.reports)
    lines = [tr("First reported {when}{by}.", when=_when(lead, view), by=_by(lead))]
    counted = tr(
        "{reports} by {outlets}",
        reports=trn("{count} report", "{count} reports", reports),
        outlets=trn("{count} independent outlet", "{count} independent outlets", owners),
    )
    lines.append(
        trn("{counted}, {count} of them a copy.", "{counted}, {count} of them copies.", copies, counted=counted)
        if copies
        else f"{counted}."
    )
    old = len(story.members) - reports
    if old:
        lines.append(
            trn(
                "{count} more repeats something old and does not count.", "{count} more repeat something old and do not count.", old
            )
        )
    return Section(text="\n".join(lines), links=read_at(lead.url))


def _by(item: Item) -> str:
    name = outlet_name(item)
    return f" by {name}" if name else ""


def _when(item: Item, view: View) -> str:
    return say_moment(first_seen_or_dated(item), view.zone, view.now)


def _reported(story: Gathered, view: View) -> list[Section]:
    sections = [
        _owner(one, view, tr("Who reported it") if number == 0 else "") for number, one in enumerate(story.families[:OWNERS_SHOWN])
    ]
    more = len(story.families) - OWNERS_SHOWN
    return [*sections, Section(text=tr("{more} more outlets reported it.", more=more))] if more > 0 else sections


def _owner(one: Family, view: View, heading: str) -> Section:
    links = tuple(_link(report, view) for report in one.reports[:REPORTS_SHOWN])
    more = len(one.reports) - len(links)
    return Section(heading, text=one.name + (tr(" ({more} more)", more=more) if more > 0 else ""), links=links)


def _link(report: StoryItem, view: View) -> Link:
    copy = " (copy)" if report.duplicate_of else ""
    return Link(f"{_when(report.item, view)}: {report.item.title or tr(UNTITLED)}{copy}", report.item.url or "")


def _changed(story: Gathered, view: View) -> list[Section]:
    lines = []
    for change in story.changes[-CHANGES_SHOWN:]:
        whose = story.outlet_of(change.item_id)
        until = tr("Until {moment}", moment=moment(change.noticed_at, view.zone, view.now))
        lines.append(f"{until}{f' at {whose}' if whose else ''}: {change.before}")
    return [Section(tr("How its headlines read before"), text="\n".join(lines))] if lines else []


def _told(story: Gathered, view: View, stops: Mapping[str, str]) -> list[Section]:
    if not story.rows:
        where = tr("this channel") if view.here else tr("any channel")
        return [Section(tr("Where it was told"), text=tr("It was not told in {where}. why tells the reason.", where=where))]
    came = outcome(story.rows, members=len(story.members), view=view, stopped=stops)
    return [Section(tr("Where it was told"), text="\n".join(came.lines[1:]))]


def _promised(story: Gathered, view: View) -> list[Section]:
    lines = [f"{falls_due(view, one)}: {one.sentence}" for one in story.promises[:PROMISES_SHOWN]]
    return [Section(tr("Dates it names"), text="\n".join(lines))] if lines else []


def _followed(story: Gathered, view: View) -> list[Section]:
    lines = []
    for one in story.follows[:FOLLOWED_SHOWN]:
        since = f" ({say_moment(one.first_published, view.zone, view.now)})" if one.first_published else ""
        lines.append(tr("{title}{since}, story {id}", title=one.title or tr(UNTITLED), since=since, id=one.id))
    return [Section(tr("What it follows"), text="\n".join(lines))] if lines else []


def buttons(story: Gathered, *, besides: str = "story") -> tuple[Button, ...]:
    """What can be asked next about a story.

    Args:
        story: which.
        besides: the command whose answer they stand under, which is not offered again.
    """
    story_id = story.record.id
    offered = [
        Button(tr("Why"), f"why {story_id}"),
        Button(tr("Timeline"), f"timeline {story_id}"),
        Button(tr("All of it"), f"story {story_id}"),
    ]
    offered += [Button(tr("Follow"), f"follow {story_id}"), Button(tr("Remind"), f"remind {story_id}")]
    return tuple(one for one in offered if one.words.split()[0] != besides)


COMMAND = Command(
    name="story",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("All of one story: who reported it, when, where it was told"),
    help=(
        later(
            "Give the id of a story, or the address of one of its articles. It tells who reported it, outlets of one owner "
            "together; "
            "which articles are copies; how the headlines read before; where and when it was told; which dates it names; and which "
            "earlier story it follows."
        )
    ),
    examples=("story https://news.example/2026/council-vote",),
    run=run,
    parameters=(
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
    ),
)
