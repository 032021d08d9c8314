"""``release``: what was held is let out, and messages are sent again.

Promises: ends the holds of this workspace alone; what waited comes as one digest a channel, or singly if it is little.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.decided import person, told
from bot.commands.desk import Desk
from bot.commands.mutes import held_lines, holds_here
from bot.commands.reply import Reply, Section
from bot.commands.silencing import back
from bot.core.deliveries import DeliveryState
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr, trn
from bot.outbox.digest import FEW


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``release``."""
    return await told(_release(desk, ask))


async def _release(desk: Desk, ask: Ask) -> Reply:
    view = desk.view(ask)
    changed = await desk.silences.release(person(ask, view))
    others = held_lines(view, await holds_here(desk, view))
    if not changed.number:
        raise UserInputError(f"Nothing is held by {'you' if view.terminal else 'this workspace'}. {' '.join(others)}".rstrip())
    desk.on_written()
    counts = await desk.store.waiting_counts(tuple(view.channels))
    waiting = counts.get(DeliveryState.PENDING, 0) + counts.get(DeliveryState.HELD, 0)
    told_of = trn("{count} message waited", "{count} messages waited", waiting) if waiting else tr("Nothing waited")
    how = tr("; more than {few} in a channel come as one digest.", few=FEW) if waiting else "."
    return Reply(tr("Messages are sent again."), (Section(text="\n".join([f"{told_of}{how}", *others])), back(ask, changed.number)))


COMMAND = Command(
    name="release",
    group=later("Silence"),
    role=Role.EDITOR,
    summary=later("Let out what was held, and go on"),
    help=later(
        "Ends hold. What waited comes as one digest a channel, or singly if it is little; what became too old meanwhile does not."
    ),
    examples=("release",),
    run=run,
)
