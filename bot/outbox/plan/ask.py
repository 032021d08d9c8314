"""The question put to the planner and the answer it gives, with what its parts share about rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.identity import delivery_id
from bot.core.messages import StoryMessage, UpdateMessage
from bot.core.model import Channel, StoryChange, Tier
from bot.core.outbox import NewDelivery, Revision
from bot.core.reasons import Reason
from bot.core.stories import StoryRecord
from bot.outbox.plan.news import NewsFacts

SAID = frozenset({DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT})
"""Readers see the message, or may see it in a moment."""
WAITING = frozenset({DeliveryState.PENDING, DeliveryState.HELD})


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows to write and rows to revise for one story in one channel.

    Attributes:
        silence: why the news shows nowhere, if it does not; None if something is written or revised.
    """

    new: tuple[NewDelivery, ...] = ()
    revisions: tuple[Revision, ...] = ()
    silence: Reason | None = None

    @property
    def posts(self) -> int:
        """How many of the new rows count towards ``max_per_hour``."""
        return sum(row.action is Action.POST and row.state is DeliveryState.PENDING for row in self.new)


@dataclass(frozen=True, slots=True)
class Ask:
    """The question put to ``plan``, handed to its parts."""

    message: StoryMessage
    story: StoryRecord
    changes: tuple[StoryChange, ...]
    channel: Channel
    recent_posts: int
    news: NewsFacts
    now: datetime
    muted: bool = False
    followed: bool = False
    updates: tuple[UpdateMessage, ...] = ()

    @property
    def edits_only(self) -> bool:
        """Nothing came: words of known items changed."""
        return bool(self.news.arrivals) and all(arrival.edited for arrival in self.news.arrivals)

    @property
    def repeats_only(self) -> bool:
        """Nothing in this commit is a report of its own."""
        copies = {change.item_id for change in self.changes if change.tier in (Tier.KEY, Tier.COPY)}
        return all(arrival.edited or arrival.copy or arrival.rerun or arrival.item_id in copies for arrival in self.news.arrivals)

    @property
    def silence(self) -> Reason:
        """Why news that shows nowhere does not show."""
        arrivals = self.news.arrivals
        if self.edits_only:
            return Reason.SAME_STORY
        if arrivals and all(arrival.rerun for arrival in arrivals):
            return Reason.RERUN
        return Reason.COPY if arrivals and self.repeats_only else Reason.SAME_STORY

    def row(
        self,
        action: Action,
        state: DeliveryState,
        reason: Reason,
        message: StoryMessage | UpdateMessage,
        not_before: datetime,
        *,
        history: Sequence[Delivery],
        story_id: str | None = None,
        target: Delivery | NewDelivery | None = None,
    ) -> NewDelivery:
        """A row to write, under the next free number.

        Args:
            action: what it does on the platform.
            state: pending, held or skipped.
            reason: why.
            message: what it says.
            not_before: the earliest instant of its first try; of a held row, of its release.
            history: the rows whose numbers are taken.
            story_id: whose row it is; the story asked about unless said.
            target: of an edit or a reply, the message it is about.
        """
        owner = story_id or self.story.id
        return NewDelivery(
            id=next_id(self.channel.id, action, owner, history),
            workspace_id=self.channel.workspace_id,
            channel_id=self.channel.id,
            action=action,
            state=state,
            reason=reason,
            message=message,
            story_id=owner,
            story_ids=(),
            not_before=not_before,
            target_id=None if target is None else target.id,
        )


def may_be_read(row: Delivery) -> bool:
    """The message is out, or nobody can say that it is not: it is not changed any more, only followed by an edit."""
    repeated = row.message is not None and row.message.repeated
    return row.state in SAID or (row.state in WAITING and (row.reason is Reason.IN_DOUBT or repeated))


def next_id(channel_id: str, action: Action, story_id: str, history: Sequence[Delivery]) -> str:
    """The number of a story's next row; rows may have been pruned from the front, so no taken one is given again."""
    taken = {row.id for row in history}
    ordinal = sum(row.action is action and row.story_id == story_id for row in history)
    while (chosen := delivery_id(channel_id, action, story_id, ordinal)) in taken:
        ordinal += 1
    return chosen


def join(first: Plan, second: Plan) -> Plan:
    """Both plans; the silence of the first is told only if neither writes anything."""
    done = first.new or first.revisions or second.new or second.revisions
    return Plan(first.new + second.new, first.revisions + second.revisions, None if done else first.silence)
