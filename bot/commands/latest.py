"""``latest [n]``: the newest stories told here, as cards.

Promises: shows each story as its message stands now, after edits, and stories that are one here once; never one of another
workspace's channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.desk import Desk
from bot.commands.reply import Reply, Section
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.spoken import later, tr, trn
from bot.core.stories import StoryRecord
from bot.text.urls import host

USUAL, MOST = 5, 10
"""Stories listed; ten cards are what an answer of Discord holds (embeds of one message)."""


POINTERS = 20
"""Messages that only point to another one, as after a merge, among the newest: they are no stories."""


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``latest``."""
    wanted = int(values.get("n", USUAL))
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    channels = {view.here.id: view.here} if view.here else view.channels
    posted = await desk.store.latest_posts(tuple(channels), wanted + POINTERS)
    where = tr("here") if view.here else tr("in any channel") if view.terminal else tr("in this workspace")
    if not posted:
        return Reply(tr("No story was posted {where} yet.", where=where), (Section(text=tr("status says what the bot is doing.")),))
    ids = [entry.story_id for entry in posted]
    rows = await desk.store.deliveries_of(ids, tuple(channels))
    records = await desk.store.stories(ids)
    items = (await _cards(desk, ids, rows, records))[:wanted]
    count = trn("The newest story", "The {count} newest stories", len(items))
    return Reply(tr("{count} posted {where}", count=count, where=where), items=items)


async def _cards(
    desk: Desk, ids: Sequence[str], rows: Sequence[Delivery], records: Mapping[str, StoryRecord]
) -> tuple[StoryMessage, ...]:
    shown = {story_id: as_told([row for row in rows if row.story_id == story_id]) for story_id in ids}
    forgotten = [records[story_id] for story_id, message in shown.items() if message is None and story_id in records]
    leads = await desk.store.items([record.lead_item_id for record in forgotten])
    for record in forgotten:
        lead = leads.get(record.lead_item_id)
        url = lead.url if lead else None
        shown[record.id] = StoryMessage(
            story_id=record.id,
            headline=record.title,
            url=url,
            host=host(url) if url else None,
            sentences=(),
            outlet=lead.outlet if lead else None,
            published=record.first_published,
        )
    return tuple(message for message in shown.values() if message is not None and message.pointer is None)


def as_told(rows: Sequence[Delivery]) -> StoryMessage | None:
    """A story's message, of a channel where it is not only a pointer to the story it was merged with, if there is one."""
    channels = dict.fromkeys(row.channel_id for row in rows)
    kept = [latest_message(row for row in rows if row.channel_id == channel_id) for channel_id in channels]
    return next((message for message in kept if message and message.pointer is None), latest_message(rows))


def latest_message(rows: Iterable[Delivery]) -> StoryMessage | None:
    """A story's message as its readers see it: the last post or edit that was sent, or told in a digest, and is still kept."""
    kept: StoryMessage | None = None
    for row in rows:
        seen = row.state is DeliveryState.SENT or (row.action is Action.POST and row.state is DeliveryState.SKIPPED)
        if seen and row.action in (Action.POST, Action.EDIT) and isinstance(row.message, StoryMessage):
            kept = row.message
    return kept


COMMAND = Command(
    name="latest",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("The newest stories posted here"),
    help=(
        later(
            "Shows the newest stories posted in this channel, newest first, as their messages stand now. Where nothing is "
            "posted, and "
            "in a direct message, it shows those of all channels of this workspace."
        )
    ),
    examples=("latest 3", "latest"),
    run=run,
    parameters=(Parameter("n", Kind.NUMBER, later("How many stories"), lowest=1, highest=MOST),),
)
