"""What a story's news means for one channel: which deliveries to write, which waiting ones to revise, and why. Pure.

Promises: at most one living message per story and channel; every decision carries a reason, also the decision to say
nothing; nothing old and nothing from a first poll is posted as news; what is on its way is never changed behind the
sender's back. Never reads the clock, the store or the network: what it needs comes in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.identity import delivery_id
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Item, StoryChange, Tier
from bot.core.reasons import Reason
from bot.core.records import Member, NewDelivery, Revision, StoryRecord
from bot.outbox.digest import Release, catch_up, release
from bot.outbox.windows import is_quiet, next_digest, quiet_ends

__all__ = ["Arrival", "NewsFacts", "Plan", "Release", "catch_up", "plan", "release", "speaker"]

_SAID = frozenset({DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT})
"""Readers see the message, or may see it in a moment."""
_WAITING = frozenset({DeliveryState.PENDING, DeliveryState.HELD})
_QUIET_SKIPS = frozenset({Reason.BASELINE, Reason.TOO_OLD, Reason.OLD_DATE, Reason.LOOKS_BACK, Reason.RERUN, Reason.MERGED_AWAY})
"""A story passed over for these is posted after all once something new about it is reported, where nothing else tells it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One item of this commit, as news of its story.

    Attributes:
        published: its publication instant, or None.
        baseline_rank: None for news, else its rank in the first poll of its source (0 is the newest).
        copy: it repeats the text of something already known.
        rerun: it repeats something old under a later date.
        edited: it is no new item; its publisher changed its words.
        old_date: a date that it states beside its source's, if that makes it older; else None.
        looks_back: it calls itself a look back.
    """

    item_id: str
    published: datetime | None
    baseline_rank: int | None = None
    copy: bool = False
    rerun: bool = False
    edited: bool = False
    old_date: datetime | None = None
    looks_back: bool = False


@dataclass(frozen=True, slots=True)
class NewsFacts:
    """What this commit brought to a story, in order of arrival."""

    arrivals: tuple[Arrival, ...]

    @classmethod
    def of(
        cls,
        members: Iterable[Member],
        *,
        baseline_ranks: Mapping[str, int],
        items: Mapping[str, Item],
        joined: Collection[str],
        edited: Collection[str] = (),
        old_dates: Mapping[str, datetime] = MappingProxyType({}),
        looking_back: Collection[str] = (),
    ) -> NewsFacts:
        """The facts about those members of a story that arrived with this commit.

        Args:
            members: the story's members.
            baseline_ranks: rank by item id, for the items of first polls alone.
            items: by id; needed for the joined members.
            joined: ids of the items of this commit.
            edited: ids of known items whose words this commit takes in.
            old_dates: by id, the dates that items state beside their sources', where those make them older.
            looking_back: ids of items that call themselves a look back.
        """
        return cls(
            tuple(
                Arrival(
                    item_id=member.item_id,
                    published=items[member.item_id].date_published,
                    baseline_rank=baseline_ranks.get(member.item_id),
                    copy=member.duplicate_of is not None,
                    rerun=member.rerun_of is not None,
                    edited=member.item_id in edited,
                    old_date=old_dates.get(member.item_id),
                    looks_back=member.item_id in looking_back,
                )
                for member in members
                if member.item_id in joined or member.item_id in edited
            )
        )


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
    """
    ask = _Ask(message, story, tuple(changes), channel, recent_posts, news, now)
    posts = [row for row in history if row.action is Action.POST]
    said = [row for row in posts if _may_be_read(row)]
    waiting = [row for row in posts if row.state in _WAITING and row not in said]
    if said:
        living = min(said, key=lambda row: (row.story_id != story.id, row.sequence))
        others = [row for row in posts if row is not living]
        return _join(_keep_true(ask, living, history, others), _fold(ask, others, history))
    if any(row.reason is Reason.IN_DIGEST for row in posts):
        return replace(_fold(ask, waiting, history), silence=Reason.SAME_STORY)
    if waiting:
        living = min(waiting, key=lambda row: (row.story_id != story.id, row.sequence))
        return _join(_improve(ask, living), _fold(ask, [row for row in waiting if row is not living], history))
    if ask.edits_only and posts:
        return Plan(silence=ask.silence)  # what was passed over when it was new is no news for reading differently
    if any(row.state is DeliveryState.DEAD or row.reason not in _QUIET_SKIPS for row in posts):
        return Plan(silence=ask.silence)
    return _first(ask, history, passed_over=bool(posts))


def speaker(story_id: str, history: Sequence[Delivery]) -> str | None:
    """Under which story's name the message stands that tells a story, if there is one; it is out or waits to be sent.

    Args:
        story_id: the story; its own message is preferred.
        history: every row of this story, and of every story folded into it, in one channel, by ``sequence``.
    """
    posts = [row for row in history if row.action is Action.POST]
    said = [row for row in posts if _may_be_read(row)]
    digested = [row for row in posts if row.reason is Reason.IN_DIGEST]
    for rows in (said, digested, [row for row in posts if row.state in _WAITING]):
        if rows:
            return min(rows, key=lambda row: (row.story_id != story_id, row.sequence)).story_id
    return None


@dataclass(frozen=True, slots=True)
class _Ask:
    """The question put to ``plan``, handed to its parts."""

    message: StoryMessage
    story: StoryRecord
    changes: tuple[StoryChange, ...]
    channel: Channel
    recent_posts: int
    news: NewsFacts
    now: datetime

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
        message: StoryMessage,
        not_before: datetime,
        *,
        history: Sequence[Delivery],
        story_id: str | None = None,
        target: Delivery | None = None,
    ) -> NewDelivery:
        owner = story_id or self.story.id
        return NewDelivery(
            id=_next_id(self.channel.id, action, owner, history),
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


# ---------------------------------------------------------------- the first message of a story


def _first(ask: _Ask, history: Sequence[Delivery], *, passed_over: bool) -> Plan:
    """Nothing of the story was ever on its way here: post it, hold it, or pass it over."""
    judged = _judge(ask, independent_only=passed_over)
    settings, now = ask.channel.settings, ask.now
    if judged not in (Reason.NEW_STORY, Reason.BACKFILL):
        if passed_over:
            return Plan(silence=judged)
        return Plan(new=(ask.row(Action.POST, DeliveryState.SKIPPED, judged, ask.message, now, history=history),))
    held = _hold(ask)
    if held is not None:
        reason, until = held
        return Plan(new=(ask.row(Action.POST, DeliveryState.HELD, reason, ask.message, until, history=history),))
    due = now + settings.group_wait
    return Plan(new=(ask.row(Action.POST, DeliveryState.PENDING, judged, ask.message, due, history=history),))


def _judge(ask: _Ask, *, independent_only: bool) -> Reason:
    """Is there something new in what arrived? A posting reason if so, else the reason to pass it over."""
    settings = ask.channel.settings
    live = [arrival for arrival in ask.news.arrivals if not arrival.rerun]
    if not live:
        return Reason.RERUN
    if independent_only:
        live = [arrival for arrival in live if not arrival.copy]
        if not live:
            return Reason.COPY
    wanted = [arrival for arrival in live if arrival.baseline_rank is None or arrival.baseline_rank < settings.backfill]
    if not wanted:
        return Reason.BASELINE
    return _age(ask, wanted) or (Reason.NEW_STORY if any(arrival.baseline_rank is None for arrival in wanted) else Reason.BACKFILL)


def _age(ask: _Ask, wanted: Sequence[Arrival]) -> Reason | None:
    """Why what arrived is old; None if something of it is new."""
    max_age = ask.channel.settings.max_age
    fresh = [arrival for arrival in wanted if not arrival.looks_back]
    if not fresh:
        return Reason.LOOKS_BACK
    if max_age is None:
        return None
    dates = [arrival.published for arrival in fresh if arrival.published is not None]
    newest = max(dates) if dates else ask.story.last_published
    if newest is not None and ask.now - newest > max_age:
        return Reason.TOO_OLD
    if all(arrival.old_date is not None and ask.now - arrival.old_date > max_age for arrival in fresh):
        return Reason.OLD_DATE
    return None


def _hold(ask: _Ask) -> tuple[Reason, datetime] | None:
    """Why the message must wait for company, and until when; None if it may go."""
    settings, zone = ask.channel.settings, ask.channel.settings.timezone
    due = ask.now + settings.group_wait
    if settings.digest:
        reason, until = Reason.DIGEST_ONLY, next_digest(settings.digest, ask.now, zone)
    elif settings.quiet_hours is not None and is_quiet(due, settings.quiet_hours, zone):
        reason, until = Reason.QUIET_HOURS, due
    elif settings.max_per_hour and ask.recent_posts >= settings.max_per_hour:
        reason, until = Reason.OVER_CAP, ask.now  # the release, which knows when posts were sent, waits for room
    else:
        return None
    return reason, until if settings.quiet_hours is None else quiet_ends(until, settings.quiet_hours, zone)


# ---------------------------------------------------------------- a message that waits, a message that is out


def _improve(ask: _Ask, living: Delivery) -> Plan:
    """The post has not left: it leaves with the newer words, when it would have left anyway."""
    adopted = None if living.story_id == ask.story.id else ask.story.id
    if living.message == ask.message and adopted is None:
        return Plan(silence=ask.silence)
    revision = Revision(delivery_id=living.id, expected=living.state, message=ask.message, story_id=adopted)
    return Plan(revisions=(revision,))


def _keep_true(ask: _Ask, living: Delivery, history: Sequence[Delivery], others: Sequence[Delivery]) -> Plan:
    """The post is out, or may be: edit it if its readers would learn something."""
    elsewhere = {row.story_id for row in others if _may_be_read(row)}
    edits = [
        row for row in history if row.action is Action.EDIT and row.story_id not in elsewhere and row.sequence > living.sequence
    ]
    adopted = _adopt(ask, living)
    if any(row.reason is Reason.MESSAGE_GONE for row in (living, *edits)):
        return replace(adopted, silence=Reason.MESSAGE_GONE)
    if living.state is DeliveryState.HELD:
        return replace(adopted, silence=Reason.IN_DOUBT)
    current = [row for row in (living, *edits) if row.state in _SAID or row.state is DeliveryState.PENDING]
    last = current[-1]
    reason = _difference(last.message, ask)
    if reason is None:
        return replace(adopted, silence=ask.silence)
    if last.action is Action.EDIT and last.state is DeliveryState.PENDING:
        unpointed = reason if reason is Reason.TAKEN_APART else None
        revision = Revision(delivery_id=last.id, expected=DeliveryState.PENDING, message=ask.message, reason=unpointed)
        return replace(adopted, revisions=(*adopted.revisions, revision))
    due = max(ask.now, min(last.updated_at, ask.now) + ask.channel.settings.group_interval)
    edit = ask.row(Action.EDIT, DeliveryState.PENDING, reason, ask.message, due, history=history, target=living)
    return replace(adopted, new=(edit,))


def _adopt(ask: _Ask, living: Delivery) -> Plan:
    """A message of a story merged into this one becomes this story's own, so that the next look finds it under its name.

    Its words stay as they are, so this is no change behind the sender's back even if it is on its way.
    """
    if living.story_id == ask.story.id:
        return Plan()
    return Plan(revisions=(Revision(delivery_id=living.id, expected=living.state, story_id=ask.story.id),))


def _difference(shown: object, ask: _Ask) -> Reason | None:
    """What a reader of ``shown`` would learn from the new message; None if nothing worth an edit."""
    if not isinstance(shown, StoryMessage):  # the payload of an old row is not kept
        return None if ask.repeats_only else Reason.NEW_OUTLET
    if shown.pointer is not None:
        return Reason.TAKEN_APART
    if _facts(shown) == _facts(ask.message) and (ask.repeats_only or _reach(shown) == _reach(ask.message)):
        return None
    if ask.edits_only:
        return Reason.REVISED
    wider = ask.message.independent > shown.independent or not set(ask.message.also) <= set(shown.also)
    return Reason.NEW_OUTLET if wider else Reason.BETTER_SOURCE


def _facts(message: StoryMessage) -> tuple[object, ...]:
    """What is worth an edit whoever brought it."""
    return (
        message.headline,
        message.url,
        message.sentences,
        message.outlet,
        message.published,
        message.independent,
        message.follows,
        message.notes,
    )


def _reach(message: StoryMessage) -> tuple[object, ...]:
    """What is worth an edit only if a report of its own brought it."""
    return (message.also, message.rules)


# ---------------------------------------------------------------- stories that proved to be one


def _fold(ask: _Ask, others: Sequence[Delivery], history: Sequence[Delivery]) -> Plan:
    """The other messages of what is now one story: those out become pointers, those waiting are not sent."""
    new: list[NewDelivery] = []
    revisions: list[Revision] = []
    for row in others:
        if _may_be_read(row):
            pointer = _pointer(ask, row, history)
            new += pointer.new
            revisions += pointer.revisions
        elif row.state in _WAITING:
            revisions.append(
                Revision(delivery_id=row.id, expected=row.state, state=DeliveryState.SKIPPED, reason=Reason.MERGED_AWAY)
            )
    return Plan(new=tuple(new), revisions=tuple(revisions))


def _pointer(ask: _Ask, row: Delivery, history: Sequence[Delivery]) -> Plan:
    edits = [
        edit for edit in history if edit.action is Action.EDIT and edit.story_id == row.story_id and edit.sequence > row.sequence
    ]
    gone = any(edit.reason is Reason.MESSAGE_GONE for edit in edits)
    if row.state is DeliveryState.HELD or gone or (edits and _points(edits[-1])):
        return Plan()
    last = [edit for edit in (row, *edits) if edit.state in _SAID or edit.state is DeliveryState.PENDING][-1]
    base = last.message if isinstance(last.message, StoryMessage) else replace(ask.message, story_id=row.story_id or "")
    message = replace(base, pointer=ask.message.headline, repeated=False)
    if last.action is Action.EDIT and last.state is DeliveryState.PENDING:
        return Plan(
            revisions=(Revision(delivery_id=last.id, expected=DeliveryState.PENDING, message=message, reason=Reason.MERGED),)
        )
    due = max(ask.now, min(last.updated_at, ask.now) + ask.channel.settings.group_interval)
    state = DeliveryState.PENDING
    return Plan(new=(ask.row(Action.EDIT, state, Reason.MERGED, message, due, history=history, story_id=row.story_id, target=row),))


def _points(edit: Delivery) -> bool:
    return edit.reason is Reason.MERGED or (isinstance(edit.message, StoryMessage) and edit.message.pointer is not None)


# ---------------------------------------------------------------- rows


def _may_be_read(row: Delivery) -> bool:
    """The message is out, or nobody can say that it is not: it is not changed any more, only followed by an edit."""
    repeated = row.message is not None and row.message.repeated
    return row.state in _SAID or (row.state in _WAITING and (row.reason is Reason.IN_DOUBT or repeated))


def _next_id(channel_id: str, action: Action, story_id: str, history: Sequence[Delivery]) -> str:
    taken = {row.id for row in history}
    ordinal = sum(row.action is action and row.story_id == story_id for row in history)
    while (chosen := delivery_id(channel_id, action, story_id, ordinal)) in taken:
        ordinal += 1
    return chosen


def _join(first: Plan, second: Plan) -> Plan:
    done = first.new or first.revisions or second.new or second.revisions
    return Plan(first.new + second.new, first.revisions + second.revisions, None if done else first.silence)
