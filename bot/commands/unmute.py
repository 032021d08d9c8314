"""``unmute NUMBER|NAME|all``: what was muted speaks again.

Promises: ends mutes of this workspace alone; nothing old is posted for it; it can be taken back.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values, said
from bot.commands.decided import person, told
from bot.commands.desk import Desk
from bot.commands.reply import Reply, Section
from bot.commands.silencing import back, what
from bot.core.declared import shown
from bot.core.errors import UserInputError
from bot.core.silences import Mute
from bot.core.spoken import later, tr
from bot.service.muted import outlet_key

ALL = "all"


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``unmute``."""
    return await told(_unmute(desk, ask, values))


async def _unmute(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    meant = _meant(await desk.silences.mutes(who), str(values["name"]))
    changed = await desk.silences.unmute(who, meant)
    names = ", ".join(what(mute) for mute in meant)
    hereafter = Section(text=tr("Nothing old is posted for it; what is reported from now on is."))
    return Reply(tr("Muted no longer: {names}.", names=names), (hereafter, back(ask, changed.number)))


def _meant(mutes: Sequence[Mute], word: str) -> list[Mute]:
    """The mutes that a person names.

    Raises:
        UserInputError: none is; the nearest is told.
    """
    if not mutes:
        raise UserInputError(tr("Nothing is muted by this workspace."))
    wanted = word.casefold().strip()
    found = [mute for mute in mutes if wanted in {ALL, mute.id, mute.name.casefold(), shown(mute.subject).casefold()}]
    found = found or [mute for mute in mutes if mute.subject == outlet_key(word)]
    if found:
        return found
    near = difflib.get_close_matches(wanted, [mute.name.casefold() for mute in mutes], 1, 0.5)
    meant = next((mute for mute in mutes if near and mute.name.casefold() == near[0]), None)
    hint = tr("Did you mean {what} ({id})?", what=what(meant), id=meant.id) if meant else tr("mutes lists what is.")
    raise UserInputError(tr("{words} is not muted by this workspace. {hint}", words=said(word), hint=hint))


COMMAND = Command(
    name="unmute",
    group=later("Silence"),
    role=Role.EDITOR,
    summary=later("What was muted speaks again"),
    help=later("Give the number that mutes shows, or the name of what was muted, or all. Nothing old is posted for it."),
    examples=("unmute Harbour Ledger", "unmute all"),
    run=run,
    parameters=(
        Parameter(
            "name", Kind.NAME, later("The number or name of what was muted, or all"), required=True, suggest="mute", several=True
        ),
    ),
)
