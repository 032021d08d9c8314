"""``more STORY``: everything else that can be done with a story, as buttons: the menu behind a message's last button.

Promises: offers what the person who asks may do, and no more; pressing asks the same words that could be typed. Changes nothing.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import called, story_named, told
from bot.commands.desk import Desk
from bot.commands.reply import LONGEST_LABEL, LONGEST_WORDS, Button, Reply, Section
from bot.core.spoken import later, tr
from bot.stories.outlets import outlet_name
from bot.text.telling import UNTITLED

SPLIT_OFF = 3
"""Articles that are offered to be split off, the newest first; the others are named by typing."""


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``more``."""
    return await told(_more(desk, ask, values))


async def _more(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    story_id = (await story_named(desk, view, str(values["story"]))).story_id
    record = (await desk.store.stories([story_id])).get(story_id)
    lead = record.lead_item_id if record else ""
    others = [one.item_id for one in await desk.store.members_of([story_id]) if one.item_id != lead and not one.duplicate_of]
    items = await desk.store.items([lead, *others[-SPLIT_OFF:]])
    outlet = outlet_name(items[lead]) if lead in items else None
    buttons = [
        Button(tr("Follow"), f"follow {story_id}"),
        Button(tr("Remind"), f"remind {story_id}"),
        Button(tr("Save"), f"save {story_id}"),
        Button(tr("Mute this story"), f"mute story {story_id}"),
        *([Button(_cut(tr("Mute {outlet} for a week", outlet=outlet)), f"mute outlet {story_id} 7d")] if outlet else []),
    ]
    for item_id in reversed(others[-SPLIT_OFF:]):
        words = f"split {story_id} {item_id}"
        if item_id in items and len(words) <= LONGEST_WORDS:
            title = items[item_id].title or UNTITLED
            asked = tr("Does this article not belong to the story: {title}?", title=title)
            buttons.append(
                Button(_cut(tr("Split off {outlet}", outlet=outlet_name(items[item_id]) or title)), words, confirm=asked)
            )
    withdraw = tr("Its messages will say that you took them back. Go on?")
    buttons.append(Button(tr("Retract"), f"retract {story_id}", danger=True, confirm=withdraw))
    typed = Section(text=tr("All of it can be typed too:"), code=f"{ask.begins(Role.VIEWER)} help")
    return Reply(await called(desk, view, story_id), (typed,), buttons=tuple(buttons))


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


COMMAND = Command(
    name="more",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("What else can be done with a story"),
    help=later(
        "Give a story, by its id or the address of one of its articles: follow it, mute it or its outlet, split an article off."
    ),
    examples=("more https://news.example/2026/council-vote",),
    run=run,
    parameters=(
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
    ),
)
