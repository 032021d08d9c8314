"""``split STORY OTHER``: an article is none of a story, or two stories are not the same, for this workspace alone.

Promises: the shared stories stay as they are; what is set apart is not brought together again; it can be taken back.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import answer, person, story_named, told, undoing
from bot.commands.desk import Desk
from bot.commands.reply import Reply
from bot.core.spoken import later, tr


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``split``."""
    return await told(_decide(desk, ask, values))


async def _decide(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    story = await story_named(desk, view, str(values["story"]))
    other = await story_named(desk, view, str(values["other"]))
    if desk.declaring is not None:
        await desk.declaring.limits.count_decision(who.workspace_id)
    decided = await desk.regrouper.split(who, story, other)
    desk.on_written()
    title = (
        tr("These are not the same from now on.") if decided.made else tr("The merge is taken back: these are two stories again.")
    )
    return answer(ask, view, title, decided, undoing(decided))


COMMAND = Command(
    name="split",
    group=later("Stories"),
    role=Role.EDITOR,
    summary=later("Not the same: take an article out of a story, or keep two stories apart"),
    help=(
        later(
            "Give a story, by its id or the address of one of its articles, and what does not belong to it: an article, by its "
            "address, which gets a message of its own if a rule matched it; or another story, by its id, which is never brought "
            "together with it again. It holds for this workspace alone."
        )
    ),
    examples=("split s0123456789ab https://other.example/cameras-end",),
    run=run,
    parameters=(
        Parameter("story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True),
        Parameter("other", Kind.ARTICLE, later("What is not of it: an article's address, or a story's id"), required=True),
    ),
)
