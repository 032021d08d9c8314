"""``retract ARTICLE [WHY]``: takes a story's message back, in the channel where it is asked or in all of the workspace.

Promises: the message stays and says that it was taken back, and why; what waits of the story is not sent, and later news of it is
silent here, until somebody undoes it. Never deletes a message.
"""

from __future__ import annotations

from dataclasses import replace

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import person, story_named, told
from bot.commands.desk import Desk, View
from bot.commands.reply import Reply, Section
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.errors import UserInputError
from bot.core.overlays import Audited
from bot.core.spoken import later, tr
from bot.service.regroup import Named
from bot.service.retract import KIND, WITHDRAWN, Retracted, Retractor
from bot.text.telling import UNTITLED

WHY = later("People here took it back.")
"""What the message says where nobody said why."""
LONGEST = 500
"""Letters of a reason: a message has room for a sentence or two."""


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``retract``."""
    return await told(_decide(desk, ask, values))


async def _decide(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    story = await story_named(desk, view, str(values["article"]))
    why = " ".join(str(values.get("why", "")).split()) or WHY
    if len(why) > LONGEST:
        raise UserInputError(
            tr("The reason has {count} letters; {most} is the most a message has room for.", count=len(why), most=LONGEST)
        )
    done = await _retractor(desk).take_back(person(ask, view), story, why)
    desk.on_written()
    return _answer(ask, view, tr("It is taken back: the message says so, and later news of it is silent."), done)


async def take_back(desk: Desk, ask: Ask, change: Audited) -> Reply:
    """Turn a change round: what was taken back is put back, and the other way round."""
    view = desk.view(ask)
    subject, *channels = change.subjects
    who = person(ask, view)
    who = replace(who, channels=tuple(name for name in channels if name in view.channels))
    story = await story_named(desk, view, subject) if not subject.startswith("s") else Named(subject)
    retractor = _retractor(desk)
    if change.after[0] == WITHDRAWN:
        done = await retractor.put_back(who, story, change.after[1])
        title = tr("It is put back: the message tells its story again.")
    else:
        done = await retractor.take_back(who, story, change.before[1])
        title = tr("It is taken back again.")
    desk.on_written()
    return _answer(ask, view, title, done)


def _retractor(desk: Desk) -> Retractor:
    return Retractor(desk.store, channels=desk.channels, workspace_of=desk.workspace_of, clock=desk.clock)


def _answer(ask: Ask, view: View, title: str, done: Retracted) -> Reply:
    lines = dict.fromkeys(f"{_place(view, row)}: {_effect(row)}" for row in done.deliveries)
    undo = f"{ask.begins(Role.EDITOR)} undo {done.change.number}"
    return Reply(
        title,
        (
            Section(text=done.headline or UNTITLED),
            Section(text="\n".join(lines)),
            Section(text=tr("To turn it round:"), code=undo),
        ),
    )


def _place(view: View, row: Delivery) -> str:
    return tr("This channel") if view.here is not None and view.here.id == row.channel_id else row.channel_id


def _effect(row: Delivery) -> str:
    if row.action is Action.EDIT and row.state is not DeliveryState.SKIPPED:
        return tr("the message is edited.")
    return tr("what waited is not sent.") if row.state is DeliveryState.SKIPPED else tr("the message is on its way.")


COMMAND = Command(
    name="retract",
    group=later("Stories"),
    role=Role.EDITOR,
    summary=later("Take a story's message back: it says so, and stays silent"),
    help=(
        later(
            "Give the address of an article or the id of its story, and why, in a sentence that readers of the message will "
            "see. The "
            "message stays where it is and says that it was taken back; later news of the story is silent in the channels of this "
            "workspace. undo with the number of the answer puts it back."
        )
    ),
    examples=(
        "retract https://news.example/2026/council-vote The vote was postponed.",
        "retract https://news.example/2026/council-vote",
    ),
    run=run,
    parameters=(
        Parameter("article", Kind.ARTICLE, later("The address of one of its articles, or the story's id"), required=True),
        Parameter("why", Kind.TEXT, later("Why, in a sentence that its readers will see")),
    ),
    undoes={KIND: take_back},
)
