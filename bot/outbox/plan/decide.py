"""Which part of the planner answers: is the story new to the channel, does its message wait, or is it out? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage, UpdateMessage
from bot.core.model import Channel, StoryChange
from bot.core.reasons import Reason
from bot.core.stories import StoryRecord
from bot.outbox.plan.ask import WAITING, Ask, Plan, join, may_be_read
from bot.outbox.plan.first import first
from bot.outbox.plan.folding import fold, folded
from bot.outbox.plan.living import improve, keep_true
from bot.outbox.plan.news import NewsFacts
from bot.outbox.plan.replies import reply
from bot.outbox.plan.retract import retracted

_QUIET_SKIPS = frozenset(
    {
        Reason.BASELINE,
        Reason.TOO_OLD,
        Reason.OLD_DATE,
        Reason.LOOKS_BACK,
        Reason.RERUN,
        Reason.MERGED_AWAY,
        Reason.MUTED,
        Reason.UNDECLARED,  # another rule finds it, or the same under another name
        Reason.RETRACTED,  # and put back since, or it would not be asked
        Reason.RESTORED,
    }
)
"""A story passed over for these is posted after all once something new about it is reported, where nothing else tells it."""


def plan(
    message: StoryMessage,
    story: StoryRecord,
    changes: Sequence[StoryChange],
    channel: Channel,
    history: Sequence[Delivery],
    *,
    recent_posts: int,
    news: NewsFacts,
    now: datetime,
    muted: bool = False,
    followed: bool = False,
    updates: Sequence[UpdateMessage] = (),
) -> Plan:
    """Decide what this commit's news of ``story`` means for ``channel``.

    Args:
        message: the story's message as it should be read now.
        story: the story as it is after this commit.
        changes: what the items of this commit did to it.
        channel: where.
        history: every row of this story, and of every story merged into it, in this channel, by ``sequence``.
        recent_posts: posts and digests of this channel in the last 60 minutes, with those planned earlier in this commit.
        news: what arrived.
        now: the present instant.
        muted: people silenced everything here by which the story would be news: a message that is out stays true, nothing more.
        followed: people here want to hear of every further report of it.
        updates: what may be told under the story's message, the most important first (``bot.stories.news``).
    """
    ask = Ask(message, story, tuple(changes), channel, recent_posts, news, now, muted, followed, tuple(updates))
    gone = retracted(history)
    if story.id in gone or (gone and all(row.story_id in gone for row in history)):
        return _taken_along(ask, [row for row in history if row.story_id not in gone], history)
    return _plan(ask, [row for row in history if row.story_id not in gone] if gone else history)


def _taken_along(ask: Ask, others: Sequence[Delivery], history: Sequence[Delivery]) -> Plan:
    """What is out or waits of stories that proved to be one that people took back: it points there, or is not sent."""
    folding = fold(ask, [row for row in others if row.action is Action.POST], history)
    unsent = (replace(row, reason=Reason.RETRACTED) if row.state is DeliveryState.SKIPPED else row for row in folding.revisions)
    return join(Plan(silence=Reason.RETRACTED), replace(folding, revisions=tuple(unsent)))


def _plan(ask: Ask, history: Sequence[Delivery]) -> Plan:
    story = ask.story
    posts = [row for row in history if row.action is Action.POST]
    said = [row for row in posts if may_be_read(row)]
    waiting = [row for row in posts if row.state in WAITING and row not in said]
    if said:
        living = min(said, key=lambda row: (row.story_id != story.id, row.sequence))
        others = [row for row in posts if row is not living]
        kept = keep_true(ask, living, history, others)
        if kept.silence not in (Reason.MESSAGE_GONE, Reason.IN_DOUBT):
            kept = join(kept, reply(ask, living, history, folded(others, living)))
        return join(kept, fold(ask, others, history, living))
    if any(row.reason is Reason.IN_DIGEST for row in posts):
        return replace(fold(ask, waiting, history), silence=Reason.SAME_STORY)
    if waiting:
        living = min(waiting, key=lambda row: (row.story_id != story.id, row.sequence))
        return join(improve(ask, living, history), fold(ask, [row for row in waiting if row is not living], history, living))
    if ask.edits_only and posts:
        return Plan(silence=ask.silence)  # what was passed over when it was new is no news for reading differently
    if any(row.state is DeliveryState.DEAD or row.reason not in _QUIET_SKIPS for row in posts):
        return Plan(silence=ask.silence)
    return first(ask, history, passed_over=bool(posts))


def speaker(story_id: str, history: Sequence[Delivery]) -> str | None:
    """Under which story's name the message stands that tells a story, if there is one; it is out or waits to be sent.

    Args:
        story_id: the story; its own message is preferred.
        history: every row of this story, and of every story folded into it, in one channel, by ``sequence``.
    """
    posts = [row for row in history if row.action is Action.POST]
    said = [row for row in posts if may_be_read(row)]
    digested = [row for row in posts if row.reason is Reason.IN_DIGEST]
    for rows in (said, digested, [row for row in posts if row.state in WAITING]):
        if rows:
            return min(rows, key=lambda row: (row.story_id != story_id, row.sequence)).story_id
    return None
