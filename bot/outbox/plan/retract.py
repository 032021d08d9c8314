"""A story's message that people take back, and put back: it says so itself, what waits is dropped, and later news is silent. Pure.

Promises: nothing is deleted, so whoever read the message learns that it was taken back; nothing but a person puts it back. Never
touches what is on its way, nor a digest, which tells other stories too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.model import Channel
from bot.core.outbox import NewDelivery, Revision
from bot.core.reasons import Reason
from bot.outbox.levels import breaks_through
from bot.outbox.plan.ask import SAID, WAITING, Plan, join, may_be_read, next_id

_TELLS = frozenset({Action.POST, Action.EDIT})


def retracted(history: Sequence[Delivery]) -> frozenset[str]:
    """Stories that people took back in the channel and did not put back, of these rows by ``sequence``."""
    last = {row.story_id: row for row in history if row.story_id is not None and row.action in _TELLS}
    return frozenset(row.story_id for row in last.values() if row.story_id is not None and _takes_back(row))


def _takes_back(row: Delivery) -> bool:
    return row.reason is Reason.RETRACTED or (isinstance(row.message, StoryMessage) and bool(row.message.withdrawn))


def retract(why: str, story_id: str, channel: Channel, history: Sequence[Delivery], *, headline: str, now: datetime) -> Plan:
    """Take a story's message back: its readers see why, and that is all they see of the story from now on.

    Args:
        why: a sentence for its readers.
        story_id: the story, as the channel has it.
        channel: where.
        history: every row of the story, and of every story folded into it, in this channel, by ``sequence``.
        headline: the story's title, for a message whose words are not kept.
        now: the present instant.

    Returns:
        Nothing to write where the channel was never told of the story and nothing waits, or where it was taken back before.
    """
    gone = retracted(history)
    rows = [row for row in history if row.story_id not in gone]
    living = _living(story_id, rows)
    dropped = [row for row in rows if row.state in WAITING and not may_be_read(row) and not _points(row)]
    if living is None:
        silent = (
            ()
            if not rows or any(row.action in _TELLS for row in dropped)
            else (_mark(story_id, Reason.RETRACTED, channel, history, now),)
        )
        return Plan(new=silent, revisions=tuple(_drop(row) for row in dropped))
    out = [living, *(post for post in _out(rows) if post is not living and not _points(_last(post, rows)))]
    lasts = {post.id: _last(post, rows) for post in out}
    spoken = []
    for post in out:
        message = _withdrawn(why, post, lasts[post.id], headline)
        spoken.append(_say(message, Reason.RETRACTED, post, lasts[post.id], channel=channel, history=history, now=now))
    unsent = Plan(revisions=tuple(_drop(row) for row in dropped if row not in lasts.values()))
    return reduce(join, spoken, unsent)


def restore(story_id: str, channel: Channel, history: Sequence[Delivery], *, recent_posts: int = 0, now: datetime) -> Plan:
    """Put a story's message back as it was; what was dropped while it waited is posted now.

    Args:
        story_id: the story, as the channel has it.
        channel: where.
        history: every row of the story, and of every story folded into it, in this channel, by ``sequence``.
        recent_posts: posts and digests of this channel in the last 60 minutes.
        now: the present instant.
    """
    gone = retracted(history)
    rows = [row for row in history if row.story_id in gone]
    living = _living(story_id, rows)
    if living is not None:
        last = _last(living, rows)
        if not isinstance(last.message, StoryMessage):
            return Plan()  # its words are not kept any more: the next report of the story writes them anew
        spoken = []
        for post in _out(rows):
            shown = _last(post, rows)
            if isinstance(shown.message, StoryMessage) and shown.message.withdrawn == last.message.withdrawn:
                message = replace(shown.message, withdrawn="")
                spoken.append(_say(message, Reason.RESTORED, post, shown, channel=channel, history=history, now=now))
        return reduce(join, spoken)
    dropped = [row for row in rows if row.action is Action.POST and row.reason is Reason.RETRACTED]
    waited = [row for row in dropped if isinstance(row.message, StoryMessage)]
    if not waited:
        names = [row.story_id for row in rows if row.action is Action.POST]
        return Plan(new=tuple(_mark(name, Reason.RESTORED, channel, history, now) for name in dict.fromkeys(names) if name))
    settings, said = channel.settings, waited[-1].message
    urgent = isinstance(said, StoryMessage) and breaks_through(said.level, settings)
    full = not urgent and 0 < settings.max_per_hour <= recent_posts  # the release, which knows when posts were sent, waits for room
    anew = NewDelivery(
        id=next_id(channel.id, Action.POST, waited[-1].story_id or story_id, history),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.POST,
        state=DeliveryState.HELD if full else DeliveryState.PENDING,
        reason=Reason.OVER_CAP if full else Reason.NEW_STORY,
        message=said,
        story_id=waited[-1].story_id,
        story_ids=(),
        not_before=now,
    )
    return Plan(new=(anew,))  # quiet hours, digest and age are asked for when it is due


def _living(story_id: str, rows: Sequence[Delivery]) -> Delivery | None:
    return min(_out(rows), key=lambda row: (row.story_id != story_id, row.sequence), default=None)


def _out(rows: Sequence[Delivery]) -> list[Delivery]:
    """Every message of the story that readers may see, one of each story that it is made of."""
    found: dict[str | None, Delivery] = {}
    for row in rows:
        if row.action is Action.POST and may_be_read(row):
            found.setdefault(row.story_id, row)
    return list(found.values())


def _points(row: Delivery) -> bool:
    """It says, or will say, that its story is told by another message: which is then the one that is taken back."""
    return row.action is Action.EDIT and isinstance(row.message, StoryMessage) and row.message.pointer is not None


def _withdrawn(why: str, post: Delivery, last: Delivery, headline: str) -> StoryMessage:
    base = last.message if isinstance(last.message, StoryMessage) else _bare(post.story_id or "", headline)
    return replace(base, withdrawn=why, pointer=None, repeated=False)


def _last(living: Delivery, rows: Sequence[Delivery]) -> Delivery:
    """The row whose words readers see, or will see next."""
    edits = [
        row for row in rows if row.action is Action.EDIT and row.story_id == living.story_id and row.sequence > living.sequence
    ]
    return [row for row in (living, *edits) if row is living or row.state in SAID or row.state is DeliveryState.PENDING][-1]


def _bare(story_id: str, headline: str) -> StoryMessage:
    return StoryMessage(story_id, headline, url=None, host=None, sentences=(), outlet=None, published=None)


def _drop(row: Delivery) -> Revision:
    return Revision(delivery_id=row.id, expected=row.state, state=DeliveryState.SKIPPED, reason=Reason.RETRACTED)


def _mark(story_id: str, reason: Reason, channel: Channel, history: Sequence[Delivery], now: datetime) -> NewDelivery:
    """A row that says nothing and keeps what was decided, where no message of the story is out or waits."""
    return NewDelivery(
        id=next_id(channel.id, Action.POST, story_id, history),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.POST,
        state=DeliveryState.SKIPPED,
        reason=reason,
        message=None,
        story_id=story_id,
        story_ids=(),
        not_before=now,
    )


def _say(
    message: StoryMessage,
    reason: Reason,
    living: Delivery,
    last: Delivery,
    *,
    channel: Channel,
    history: Sequence[Delivery],
    now: datetime,
) -> Plan:
    """An edit of the message that leaves at once; one that waits leaves with these words instead of its own."""
    if last.action is Action.EDIT and last.state is DeliveryState.PENDING:
        changed = Revision(last.id, DeliveryState.PENDING, message=message, reason=reason, not_before=now)
        return Plan(revisions=(changed,))
    edit = NewDelivery(
        id=next_id(channel.id, Action.EDIT, living.story_id or "", history),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.EDIT,
        state=DeliveryState.PENDING,
        reason=reason,
        message=message,
        story_id=living.story_id,
        story_ids=(),
        not_before=now,
        target_id=living.id,
    )
    return Plan(new=(edit,))
