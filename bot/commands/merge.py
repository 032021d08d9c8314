"""``merge STORY OTHER``: two stories are one, for this workspace alone.

Promises: the shared stories stay as they are; what joins either story later belongs to the merged one; it can be taken back.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import answer, person, story_named, told, undoing
from bot.commands.desk import Desk
from bot.commands.reply import Reply
from bot.core.spoken import later, tr


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``merge``."""
    return await told(_decide(desk, ask, values))


async def _decide(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    first = await story_named(desk, view, str(values["story"]))
    second = await story_named(desk, view, str(values["other"]))
    if desk.declaring is not None:
        await desk.declaring.limits.count_decision(who.workspace_id)
    decided = await desk.regrouper.merge(who, first, second)
    desk.on_written()
    title = (
        tr("These are one story from now on.")
        if decided.made
        else tr("They are one story again: what set them apart is taken back.")
    )
    return answer(ask, view, title, decided, undoing(decided))


COMMAND = Command(
    name="merge",
    group=later("Stories"),
    role=Role.EDITOR,
    summary=later("Two stories are one: tell them in one message"),
    help=(
        later(
            "Give two stories, each by its id or by the address of one of its articles. Where both were posted, the younger "
            "message "
            "points to the older one; what joins either of them later is told there. It holds for this workspace alone."
        )
    ),
    examples=("merge https://news.example/2026/council-vote https://other.example/cameras-end",),
    run=run,
    parameters=(
        Parameter("story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True),
        Parameter("other", Kind.ARTICLE, later("The other story, likewise"), required=True),
    ),
)
