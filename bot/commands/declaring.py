"""What every command shares that declares something: who declares, where, and how the answer tells what was done.

Promises: a workspace is that of the platform that serves this very channel, never the one that somebody claims; who asks from
outside it declares nothing; every answer to a change tells how it is taken back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable

from bot.commands.asking import Ask, Role
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.core.declared import Sort, scope_of, shown
from bot.core.errors import UserInputError
from bot.core.model import FILE_WORKSPACE, Channel, Rule
from bot.core.overlays import Audited
from bot.core.spoken import later, tr
from bot.rules.engine import RuleErrors
from bot.service.declared import Declaring, Done
from bot.service.inforce import place_of
from bot.service.limits import mistakes_of
from bot.service.regroup import Person
from bot.service.workspaces import chat_workspace

OPERATOR = "operator"
"""Who declares in the terminal: it knows no platform's id."""


def workspace_of(ask: Ask) -> str:
    """The workspace of who asks, as declarations name it; empty where there is none."""
    if ask.terminal:
        return FILE_WORKSPACE
    return chat_workspace(ask.platform, ask.workspace_id) if ask.workspace_id else ""


def taker(desk: Desk) -> Declaring:
    """What takes declarations.

    Raises:
        UserInputError: nothing can be declared here.
    """
    if desk.declaring is None:
        raise UserInputError(tr("Nothing can be declared here."))
    return desk.declaring


def person(desk: Desk, ask: Ask, view: View) -> Person:
    """Who declares, for which workspace, and the places that it may name.

    Raises:
        UserInputError: it is asked where no workspace is, or from another one.
    """
    if ask.terminal:
        return Person(FILE_WORKSPACE, OPERATOR, tuple(view.channels))
    if not ask.workspace_id or not ask.member:
        raise UserInputError(tr("That belongs to a workspace: ask in one of its channels."))
    places = [place_of(channel) for channel in view.channels.values()]
    here = place_here(ask, view)
    if here is not None and here not in places:
        probe = Channel(here, ask.platform, here.partition(":")[2])
        if desk.workspace_of(probe) not in (None, ask.workspace_id):
            raise UserInputError(tr("This channel belongs to another workspace."))
        places.append(here)
    return Person(workspace_of(ask), ask.member, tuple(places))


def place_here(ask: Ask, view: View) -> str | None:
    """Where it is asked, as declarations name it: the configured channel, else that around a thread; None in the terminal."""
    if ask.terminal:
        return None
    if view.here is not None:
        return place_of(view.here)
    place = ask.within or ask.channel_id
    return f"{ask.platform.value}:{place}" if place else None


def places_named(text: str, ask: Ask, view: View, who: Person) -> list[str]:
    """The channels that a person named, divided by commas or blanks: ``here``, ``none``, ids, places.

    Raises:
        UserInputError: one is no channel that the person may name.
    """
    found: list[str] = []
    for word in text.replace(",", " ").split():
        bare = word.strip("<>").split("|", 1)[0].lstrip("#@&!")
        here = place_here(ask, view)
        if word.casefold() in {"none", "-"}:
            continue
        if word.casefold() == "here" and here is not None:
            found.append(here)
            continue
        known = {name: place for place in who.channels for name in (place, place.partition(":")[2])}
        if not ask.terminal:
            known |= {channel.id: place_of(channel) for channel in view.channels.values()}
        if bare not in known:
            raise UserInputError(tr("channels are here, none, or ids of this workspace's own channels."))
        found.append(known[bare])
    return list(dict.fromkeys(found))


async def told(work: Awaitable[Reply], *, title: str = later("The query cannot be read.")) -> Reply:
    """The answer, or why nothing was declared: every mistake of a query with a mark under its place."""
    try:
        return await work
    except RuleErrors as errors:
        return Reply(tr(title), tuple(_mistake(one) for one in mistakes_of(errors)), error=True)
    except UserInputError as error:
        first, _, rest = str(error).partition("\n")
        return Reply(first, (Section(text=rest),) if rest else (), error=True)


def _mistake(text: str) -> Section:
    sentence, _, pointed = text.partition("\n")
    return Section(text=sentence, code=pointed)


def done(ask: Ask, title: str, change: Done, sections: Iterable[Section] = ()) -> Reply:
    """What was done, with the way back."""
    words = f"undo {change.number}"
    back = Section(text=tr("To take it back:"), code=f"{ask.begins(Role.EDITOR)} {words}")
    return Reply(title, (*sections, back), buttons=(Button(tr("Undo"), words),))


async def undo(desk: Desk, ask: Ask, change: Audited) -> Reply:
    """Take back a change that a command of this family made."""
    made = await taker(desk).undo(person(desk, ask, desk.view(ask)), change)
    names = ", ".join(dict.fromkeys(one.name for one in made.made))
    return done(ask, tr("Taken back: {names} as it was before.", names=names), made)


def own_rules(desk: Desk, ask: Ask) -> dict[str, Rule]:
    """The workspace's own rules in force, by name; paused ones too."""
    mine = workspace_of(ask)
    return {shown(rule.id): rule for rule in desk.rules if "/" in rule.id and scope_of(rule.id) == mine == rule.workspace_id}


async def named(desk: Desk, ask: Ask, sort: Sort, name: str) -> tuple[str, int, dict[str, object]]:
    """Name as it is spelled, version and table of something the workspace declares now.

    Raises:
        UserInputError: it declares nothing of that name.
    """
    name = await taker(desk).spelled(workspace_of(ask), name, sort)
    newest = await taker(desk).newest(workspace_of(ask), sort, name)
    if newest is None or newest.table is None:
        raise UserInputError(
            tr("This workspace has no source of that name. sources lists what there is.")
            if sort is Sort.SOURCE
            else tr("This workspace has no rule of that name. rules lists what there is.")
        )
    return name, newest.version, dict(newest.table)
