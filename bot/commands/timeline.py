"""``timeline STORY``: how a story was covered, as a picture: reports a day by owner, and the turning points.

Promises: the picture's words say what it shows; a face without pictures gets bars of text. Changes nothing.
"""

from __future__ import annotations

import asyncio

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.coverage import Coverage, bars, coverage, in_words
from bot.commands.decided import told
from bot.commands.desk import Desk, View
from bot.commands.drawing import drawn
from bot.commands.gathered import gather
from bot.commands.reply import Picture, Reply, Section
from bot.commands.story import buttons
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr, trn
from bot.text.telling import SEPARATOR


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``timeline``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    return await told(_answer(desk, view, str(values["story"])))


async def _answer(desk: Desk, view: View, word: str) -> Reply:
    story = await gather(desk, view, word)
    if not story.families:
        raise UserInputError(tr("Every article of this story repeats something old, so there is nothing to draw."))
    shown = coverage(story, zone=view.zone, now=view.now)
    today = view.now.astimezone(view.zone).date()
    points = Section(tr("Turning points"), text="\n".join(f"{one.mark}{SEPARATOR}{one.when}: {one.whole}" for one in shown.points))
    if view.terminal:
        return Reply(shown.title, (Section(_counted(shown)), Section(fields=bars(shown, today)), points))
    picture = Picture(await asyncio.to_thread(drawn, shown, today), f"timeline-{story.record.id}.png", in_words(shown, today))
    return Reply(shown.title, (Section(text=_counted(shown)), points), buttons=buttons(story, besides="timeline"), picture=picture)


def _counted(shown: Coverage) -> str:
    number, steps = sum(step.reports for step in shown.steps), len(shown.steps)
    span = ("week" if shown.weekly else "day") + ("" if steps == 1 else "s")
    return trn("{count} report in {steps} {span}", "{count} reports in {steps} {span}", number, steps=steps, span=span)


COMMAND = Command(
    name="timeline",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("How a story was covered, day by day, as a picture"),
    help=(
        later(
            "Give the id of a story, or the address of one of its articles. The picture shows the reports of each day by "
            "the outlets' "
            "owners, a long story by the week, with its turning points: the first report, changed headlines, corrections, and "
            "dates "
            "that were named. The same stands beside it in words."
        )
    ),
    examples=("timeline https://news.example/2026/council-vote",),
    run=run,
    parameters=(
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
    ),
)
