"""``undo NUMBER``: takes back what ``merge`` or ``split`` decided.

Promises: the decision and its undoing both stay in the audit log; one that was taken back can be made again by the same words.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import answer, person, told, undoing
from bot.commands.desk import Desk
from bot.commands.reply import Reply


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``undo``."""
    return await told(_decide(desk, ask, values))


async def _decide(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    decided = await desk.regrouper.undo(person(ask, view), str(values["decision"]))
    desk.on_written()
    title = "It holds again." if decided.made else "It is taken back."
    return answer(ask, view, title, decided, undoing(decided))


COMMAND = Command(
    name="undo",
    group="Stories",
    role=Role.EDITOR,
    summary="Take back what merge or split decided",
    help="Give the number that the answer of merge or split told. A decision that was taken back holds again by the same words.",
    examples=("undo c0123456789ab",),
    run=run,
    parameters=(Parameter("decision", Kind.DECISION, "The number of the decision", required=True),),
)
