"""``mutes``: what is silent, where, until when, and how it speaks again; holds and what one follows come with it.

Promises: a workspace sees its own mutes and those of the operator that reach its channels, and no other's. Changes nothing.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.decided import person
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.commands.silencing import for_how_long, what, where
from bot.core.model import FILE_WORKSPACE
from bot.core.silences import Hold, Mute
from bot.core.spoken import later, tr, trn
from bot.service.workspaces import holds

SHOWN = 30
"""Mutes listed; the rest is counted."""
BUTTONS = 5


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``mutes``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    who = person(ask, view)
    mutes = await mutes_here(desk, view)
    own = [mute for mute in mutes if mute.workspace_id == who.workspace_id]
    lines = [_line(view, mute, own=mute in own) for mute in mutes[:SHOWN]]
    if len(mutes) > SHOWN:
        lines.append(tr("{number} more.", number=len(mutes) - SHOWN))
    held = held_lines(view, await holds_here(desk, view))
    sections = [Section(text="\n".join(part)) for part in (held, lines) if part]
    if not sections:
        code = f"{ask.begins(Role.EDITOR)} mute outlet NAME 7d"
        return Reply(tr("Nothing is muted here."), (Section(text=tr("To silence something for a while:"), code=code),))
    count = trn("{count} thing muted", "{count} things muted", len(mutes)) if mutes else tr("Nothing is muted, but all is held")
    buttons = tuple(Button(tr("Unmute {name}", name=mute.name), f"unmute {mute.id}") for mute in own[:BUTTONS])
    return Reply(f"{count}.", tuple(sections), buttons=buttons)


async def mutes_here(desk: Desk, view: View) -> list[Mute]:
    """The mutes in force in any channel that the person who asks may see; every workspace's in the terminal."""
    found = await desk.store.mutes_in_force(view.now)
    if view.terminal:
        return found
    return [
        mute
        for mute in found
        if view.may_hear_of(mute)
        and any(
            mute.channel_id in {None, channel.id} and holds(mute, channel, desk.workspace_of) for channel in view.channels.values()
        )
    ]


async def holds_here(desk: Desk, view: View) -> list[Hold]:
    """The holds that stand in channels that the person who asks may see."""
    found = await desk.store.holds_standing()
    return [hold for hold in found if hold.channel_id in view.channels and hold.in_force(view.now)]


def held_lines(view: View, standing: list[Hold]) -> list[str]:
    """Since when which channels are held, and until when: a line for each hold."""
    lines = []
    for number in dict.fromkeys(hold.id for hold in standing):
        rows = [hold for hold in standing if hold.id == number]
        every = {hold.channel_id for hold in rows} >= view.channels.keys()
        names = tr("any channel here") if every else ", ".join(sorted(hold.channel_id for hold in rows))
        whose = rows[0].workspace_id
        own = view.terminal == (whose == FILE_WORKSPACE)
        by = "" if own else tr(" by the operator") if whose == FILE_WORKSPACE else tr(" by {outlet}", outlet=whose)
        lines.append(
            tr(
                "Nothing is sent to {names}: held{by} {for_how_long}.",
                names=names,
                by=by,
                for_how_long=for_how_long(view, rows[0].until),
            )
        )
    return lines


def _line(view: View, mute: Mute, *, own: bool) -> str:
    by = (
        ""
        if own
        else tr(", by the operator")
        if mute.workspace_id == FILE_WORKSPACE
        else tr(", by {whose}", whose=mute.workspace_id)
    )
    return f"{what(mute)} {where(view, mute.channel_id)}, {for_how_long(view, mute.until)}{by} ({mute.id})"


COMMAND = Command(
    name="mutes",
    group=later("Silence"),
    role=Role.VIEWER,
    summary=later("What is muted or held here, and until when"),
    help=later(
        "Lists what is silent in the channels of this workspace: what it is, where, until when, and the number that unmute takes."
    ),
    examples=("mutes",),
    run=run,
)
