"""``undo NUMBER``: takes back what a command changed: a decision about stories, or a change that its command can take back.

Promises: the change and its undoing both stay in the audit log; one that was taken back can be made again by the same words, or by
those of the answer; who may not make a change may not take it back. Never reaches into another workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import answer, person, told, undoing
from bot.commands.desk import Desk
from bot.commands.reply import Reply
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr


def command(table: Callable[[], Sequence[Command]]) -> Command:
    """The command ``undo``.

    Args:
        table: every command, each of which says which changes it can take back.
    """

    async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
        return await told(_decide(desk, ask, str(values["decision"]), table()))

    return Command(
        name="undo",
        group=later("Stories"),
        role=Role.EDITOR,
        summary=later("Take back what a command changed"),
        help=(
            later(
                "Give the number that the answer of the command told. A decision about stories that was taken back holds "
                "again by the "
                "same words; for every other change the answer tells the words that bring it back."
            )
        ),
        examples=("undo c0123456789ab",),
        run=run,
        parameters=(Parameter("decision", Kind.DECISION, later("The number of the change"), required=True),),
    )


async def _decide(desk: Desk, ask: Ask, number: str, table: Sequence[Command]) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    change = await desk.store.audited_change(who.workspace_id, number)
    if change is not None:
        knows = next((one for one in table if change.what in one.undoes), None)
        if knows is None:
            raise UserInputError(tr("That change cannot be taken back by its number."))
        if not ask.role.may(knows.role):
            raise UserInputError(
                tr(
                    "It was made by {name}, which needs the role {role}; you have the role {own}.",
                    name=knows.name,
                    role=knows.role,
                    own=ask.role,
                )
            )
        return await knows.undoes[change.what](desk, ask, change)
    decided = await desk.regrouper.undo(who, number)
    desk.on_written()
    title = tr("It holds again.") if decided.made else tr("It is taken back.")
    return answer(ask, view, title, decided, undoing(decided))
