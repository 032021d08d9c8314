"""``hold [time]``: nothing is sent to any channel of this workspace until it is released.

Promises: nothing is lost: what is found meanwhile is planned and waits; it survives a restart; a workspace holds its own channels,
the operator every one there is.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import person, told
from bot.commands.desk import Desk
from bot.commands.reply import Button, Reply, Section
from bot.commands.silencing import back, for_how_long, until_when
from bot.core.overlays import Audited
from bot.core.spoken import later, tr, trn
from bot.outbox.digest import FEW
from bot.service.silences import HOLD


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``hold``."""
    return await told(_hold(desk, ask, values))


async def _hold(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    changed = await desk.silences.hold(person(ask, view), until_when(view, values.get("time")))
    number = len(changed.holds)
    which = tr("every channel") if view.terminal else trn("the channel", "the {count} channels", number)
    whose = "" if view.terminal else tr(" of this workspace")
    title = tr(
        "Nothing is sent to {which}{whose} {for_how_long}.",
        which=which,
        whose=whose,
        for_how_long=for_how_long(view, changed.holds[0].until if changed.holds else None),
    )
    waits = tr(
        "What is found waits, and comes as one digest a channel when it is released; up to {few} stories come singly.", few=FEW
    )
    release = Section(text=tr("To go on:"), code=f"{ask.begins(Role.EDITOR)} release")
    return Reply(title, (Section(text=waits), release, back(ask, changed.number)), buttons=(Button(tr("Release"), "release"),))


async def take_back(desk: Desk, ask: Ask, change: Audited) -> Reply:
    """Take a hold or a release back."""
    view = desk.view(ask)
    who = person(ask, view)
    changed = await desk.silences.take_back(who, change)
    desk.on_written()
    held = bool(await desk.silences.holds(who))
    title = tr("Everything is held again.") if held else tr("Messages are sent again.")
    return Reply(title, (back(ask, changed.number),))


COMMAND = Command(
    name="hold",
    group=later("Silence"),
    role=Role.EDITOR,
    summary=later("Send nothing to this workspace until it is released"),
    help=(
        later(
            "Stops all messages to the channels of this workspace, at once, and for as long as is said (2h, 3d) or until "
            "release. What "
            "is found meanwhile is not lost: it waits."
        )
    ),
    examples=("hold 2h", "hold"),
    run=run,
    parameters=(Parameter("time", Kind.TIME, later("For how long, such as 2h or 3d; left out: until release")),),
    undoes={HOLD: take_back},
)
