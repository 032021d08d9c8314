"""``follow STORY``: every further report of a story is told under its message, in this channel.

Promises: who follows is kept as a digest that names nobody, and forgotten with ``unfollow``; several people may follow one story; a
merge of stories takes it along.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import called, person, story_named, told
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.commands.silencing import where
from bot.commands.whole import as_decided
from bot.core.deliveries import Action, DeliveryState
from bot.core.errors import UserInputError
from bot.core.reasons import Reason
from bot.core.spoken import later, tr


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``follow``."""
    return await told(_follow(desk, ask, values))


async def _follow(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    story_id, names, title = await story_and_names(desk, view, str(values["story"]))
    places = await told_in(desk, view, names)
    if not places:
        raise UserInputError(tr("No message of this story stands here, so there is nothing under which reports could be told."))
    news = [await desk.silences.follow(who, channel_id, story_id) for channel_id in places]
    where_told = " and ".join(where(view, channel_id) for channel_id in places)
    said = (
        tr('You follow "{title}" {where_told}.', title=title, where_told=where_told)
        if any(news)
        else tr('You follow "{title}" already.', title=title)
    )
    means = Section(
        text=tr("Every further report of it is told under its message, for everybody here to see. Nobody is told who follows.")
    )
    back = Section(text=tr("To hear less again:"), code=f"{ask.begins(Role.VIEWER)} unfollow {story_id}")
    return Reply(said, (means, back), buttons=(Button(tr("Unfollow"), f"unfollow {story_id}"),))


async def story_and_names(desk: Desk, view: View, word: str) -> tuple[str, tuple[str, ...], str]:
    """The story that a person names: its id, every id under which it may have been told here, its headline.

    Raises:
        UserInputError: there is none that this person may see.
    """
    meant = await story_named(desk, view, word)
    whole = await as_decided(desk, view, meant.story_id, meant.item_id)
    names = (meant.story_id,) if whole is None else tuple(dict.fromkeys((meant.story_id, *whole.story_ids)))
    return meant.story_id, names, await called(desk, view, meant.story_id, names)


async def told_in(desk: Desk, view: View, names: Collection[str]) -> list[str]:
    """The channels that have a message of the story: this one if it has, else all that are visible."""
    rows = await desk.store.deliveries_of(names, tuple(view.channels))
    gone = {row.channel_id for row in rows if row.reason is Reason.MESSAGE_GONE}
    posted = {row.channel_id for row in rows if row.action is Action.POST and row.state is not DeliveryState.SKIPPED} - gone
    if view.here is not None:
        return [view.here.id] if view.here.id in posted else []
    return sorted(posted)


COMMAND = Command(
    name="follow",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Have every further report of a story told under its message"),
    help=(
        later(
            "Give a story, by its id or the address of one of its articles. Its message is kept up to date anyway; who "
            "follows also "
            "gets each further report as a reply below it, in this channel. Nobody is told who follows."
        )
    ),
    examples=("follow https://news.example/2026/council-vote",),
    run=run,
    parameters=(
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
    ),
)
