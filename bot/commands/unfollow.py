"""``unfollow [STORY]``: further reports of a story, or of every one that one follows here, are told no longer on one's account.

Promises: ends one's own following and nobody else's; what was kept of it is forgotten.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import person, told
from bot.commands.desk import Desk
from bot.commands.follow import story_and_names
from bot.commands.reply import Reply, Section
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr, trn


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``unfollow``."""
    return await told(_unfollow(desk, ask, values))


async def _unfollow(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    key = await desk.silences.key(who)
    channels = (view.here.id,) if view.here is not None else tuple(view.channels)
    mine = await desk.store.followed_by(channels, key)
    title = ""
    if "story" in values:
        _, names, title = await story_and_names(desk, view, str(values["story"]))
        mine = [one for one in mine if one[1] in names]
    if not mine:
        which = tr("this story") if title else tr("a story")
        raise UserInputError(tr("You do not follow {which} here.", which=which))
    for channel_id in dict.fromkeys(channel_id for channel_id, _ in mine):
        await desk.silences.unfollow(who, channel_id, [story_id for at, story_id in mine if at == channel_id])
    count = len({story_id for _, story_id in mine})
    what = f'"{title}"' if title else trn("{count} story", "{count} stories", count)
    others = await desk.store.followed([story_id for _, story_id in mine])
    still = tr("Others follow it still, so reports go on being told here.") if others & set(mine) and count == 1 else ""
    return Reply(tr("You follow {what} no longer.", what=what), (Section(text=still),) if still else ())


COMMAND = Command(
    name="unfollow",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Follow a story no longer"),
    help=later("Give the story, or nothing for every one that you follow in this channel."),
    examples=("unfollow https://news.example/2026/council-vote", "unfollow"),
    run=run,
    parameters=(
        Parameter("story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), suggest="story"),
    ),
)
