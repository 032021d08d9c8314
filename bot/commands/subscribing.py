"""``subscribe``, ``unsubscribe``: which rules post into this channel.

Promises: a workspace binds its own rules and those of the packs, to its own channels; what the file binds stays as the file says.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.declaring import done, person, place_here, places_named, taker, told, undo, workspace_of
from bot.commands.desk import Desk, View
from bot.commands.reply import Reply, Section
from bot.core.declared import Declared, Sort, Wanted, scoped
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr
from bot.service.regroup import Person


async def subscribe(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``subscribe``."""
    return await told(_bind(desk, ask, str(values["rule"]), str(values.get("channel", "here")), bind=True))


async def unsubscribe(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``unsubscribe``."""
    return await told(_bind(desk, ask, str(values["rule"]), str(values.get("channel", "here")), bind=False))


async def _bind(desk: Desk, ask: Ask, name: str, channel: str, *, bind: bool) -> Reply:
    view = desk.view(ask)
    who = person(desk, ask, view)
    place = _place(channel, ask, view, who)
    name = await taker(desk).spelled(workspace_of(ask), name, Sort.RULE, Sort.SUBSCRIPTION)
    newest = await _declared(desk, ask, name)
    sort = newest.sort if newest is not None else Sort.SUBSCRIPTION
    if newest is None or newest.table is None:
        _check_offered(desk, ask, view, name, bind=bind)
    table = dict(newest.table or {}) if newest is not None else {}
    told_in = [str(one) for one in table.get("channels", ())]
    if (place in told_in) == bind:
        told = tr("{name} posts there already.", name=name) if bind else tr("{name} does not post there already.", name=name)
        raise UserInputError(told)
    table["channels"] = [*told_in, place] if bind else [one for one in told_in if one != place]
    gone = sort is Sort.SUBSCRIPTION and not table["channels"]
    seen = newest.version if newest is not None else 0
    made = await taker(desk).declare(who, "subscription", [Wanted(sort, name, seen, None if gone else table)])
    where = tr("into this channel") if place == place_here(ask, view) else tr("into {place}", place=place)
    if bind:
        text = tr("It tells what comes from now on; nothing of the past is posted.")
        return done(ask, tr("{name} posts {where}.", name=name, where=where), made, (Section(text=text),))
    return done(ask, tr("{name} does not post {where} any more.", name=name, where=where), made)


def _place(channel: str, ask: Ask, view: View, who: Person) -> str:
    places = places_named(channel, ask, view, who)
    if len(places) != 1:
        raise UserInputError(tr("Say in which channel.") if ask.terminal else tr("Name one channel, or ask in it."))
    return places[0]


async def _declared(desk: Desk, ask: Ask, name: str) -> Declared | None:
    """What the workspace declares under that name: a rule of its own before a subscription."""
    found = [await taker(desk).newest(workspace_of(ask), sort, name) for sort in (Sort.RULE, Sort.SUBSCRIPTION)]
    standing = [one for one in found if one is not None and one.table is not None]
    return standing[0] if standing else found[1]


def _check_offered(desk: Desk, ask: Ask, view: View, name: str, *, bind: bool) -> None:
    if not bind or name not in taker(desk).force.packs:
        if name in view.rules and scoped(workspace_of(ask), name) not in view.rules:
            raise UserInputError(tr("The operator's file says where {name} posts. mute keeps it quiet here.", name=name))
        raise UserInputError(tr("There is no such rule to subscribe to. rules lists what there is, and rule add makes a new one."))


_GROUP = later("Rules and sources")


def _parameters(suggest: str) -> tuple[Parameter, ...]:
    return (
        Parameter("rule", Kind.NAME, later("A rule of this workspace, or one of a pack"), required=True, suggest=suggest, most=64),
        Parameter("channel", Kind.NAME, later("Another channel of this workspace"), suggest="channel", most=100),
    )


COMMANDS = (
    Command(
        name="subscribe",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Let a rule post into this channel"),
        help=(
            later(
                "Binds a rule of this workspace, or one of the packs that the operator offers, to this channel, or to "
                "another one of "
                "this workspace. Nothing of the past is posted."
            )
        ),
        examples=("subscribe face-police",),
        run=subscribe,
        parameters=_parameters("offered"),
        undoes={"subscription": undo},
    ),
    Command(
        name="unsubscribe",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Let a rule not post into this channel any more"),
        help=later("Takes the binding of a rule to this channel back. What the operator's file binds stays; mute keeps it quiet."),
        examples=("unsubscribe face-police",),
        run=unsubscribe,
        parameters=_parameters("rule"),
    ),
)
