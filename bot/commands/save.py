"""``save STORY``: the story's card as a direct message to the person who asks.

Promises: the card says what the story's message says, or would say where none was sent; nobody but who asks hears of it, also with
``show`` behind it. Stores nothing, neither who saved nor what: the message in that person's own hands is all there is.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import story_named, told
from bot.commands.desk import Desk, View
from bot.commands.gathered import Gathered, gather, is_shared
from bot.commands.latest import as_told
from bot.commands.reply import Reply
from bot.core.messages import StoryMessage
from bot.core.spoken import later, tr
from bot.stories.summary import compose


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``save``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    return await told(_saved(desk, view, str(values["story"])))


async def _saved(desk: Desk, view: View, word: str) -> Reply:
    card = await _of_guest(desk, view, word) if is_shared(desk, view) else None
    return Reply(tr("To read later"), items=(card or _card(desk, view, await gather(desk, view, word)),), direct=True)


async def _of_guest(desk: Desk, view: View, word: str) -> StoryMessage | None:
    """The message that stands where a guest of the channel asks, whoever's article it tells: the guest reads it there anyway."""
    named = await story_named(desk, view, word)
    rows = await desk.store.deliveries_of([named.story_id], [view.here.id] if view.here else [])
    card = as_told(rows)
    return card if card is not None and card.pointer is None else None


def _card(desk: Desk, view: View, story: Gathered) -> StoryMessage:
    """The story as it is told here, else elsewhere, else as it would be told."""
    here = [row for row in story.rows if view.here is not None and row.channel_id == view.here.id]
    for rows in (here, story.rows):
        card = as_told(rows)
        if card is not None and card.pointer is None:
            return card
    rules = [rule for rule in desk.rules if rule.id in view.rules]
    return compose(story.record, story.members, rules, owners=desk.regrouper.owners)


COMMAND = Command(
    name="save",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Send yourself a story, to read it later"),
    help=later(
        "Give a story, by its id or the address of one of its articles: you get its card as a direct message from the bot. "
        "Nothing is stored, and nobody else hears of it."
    ),
    examples=("save https://news.example/2026/council-vote",),
    run=run,
    parameters=(
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
    ),
)
