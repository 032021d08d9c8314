"""What came of a story in the channels that one may see, in sentences. Pure.

Promises: the verdict is that of the channel where it is asked, else the best of those visible; every channel is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from bot.commands.desk import View
from bot.commands.moments import at, moment
from bot.commands.reasons import advice, happened
from bot.commands.reply import Section
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.reasons import Reason
from bot.core.spoken import tr, trn

CHANNELS_TOLD = 10
"""Channels told one by one; the rest is counted."""

_NONE: Mapping[str, str] = MappingProxyType({})
SOON = timedelta(minutes=1)
"""What leaves within this leaves soon: no time is told."""

_LATE = frozenset({Reason.QUIET_HOURS, Reason.DIGEST_ONLY, Reason.OVER_CAP})
_RANK = (
    DeliveryState.SENT,
    DeliveryState.SENDING,
    DeliveryState.IN_DOUBT,
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.DEAD,
    DeliveryState.SKIPPED,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a story.

    Attributes:
        verdict: a sentence, or its beginning (``Posted because``).
        because: the verdict goes on with the rules that matched.
        told: a channel has its message.
        lines: how many articles it has, and what each channel got.
        headlined: addresses that its messages led with, as they were sent.
        muted: somewhere it was passed over because people silenced it.
    """

    verdict: str
    because: bool
    told: bool
    lines: tuple[str, ...]
    headlined: frozenset[str] = frozenset()
    muted: bool = False

    def section(self) -> Section:
        """As a part of an answer."""
        return Section(text="\n".join(self.lines))


def outcome(rows: Sequence[Delivery], *, members: int, view: View, stopped: Mapping[str, str] = _NONE) -> Outcome:
    """What came of a story.

    Args:
        rows: every row of the story in the visible channels, by sequence; at least one.
        members: how many articles the story has.
        view: who asks, where and when.
        stopped: by channel, why nothing is sent there now (``bot.commands.stopped``).
    """
    posts = {channel_id: _post(channel_rows) for channel_id, channel_rows in _by_channel(rows).items()}
    own = view.here.id if view.here is not None and view.here.id in posts else None
    best = posts[own] if own else min(posts.values(), key=_rank)
    verdict, because = _verdict(best, rows, stopped)
    size = trn("Story of {count} article.", "Story of {count} articles.", members)
    order = sorted(posts, key=lambda channel_id: (channel_id != own, _rank(posts[channel_id])))
    told = [_told(channel_id, posts[channel_id], rows, view, stopped) for channel_id in order[:CHANNELS_TOLD]]
    if len(order) > CHANNELS_TOLD:
        told.append(tr("{number} more channels.", number=len(order) - CHANNELS_TOLD))
    sent = (row.message for row in rows if row.state is DeliveryState.SENT and isinstance(row.message, StoryMessage))
    headlined = frozenset(message.url for message in sent if message.url)
    return Outcome(verdict, because, _is_told(best), (size, *told), headlined, any(row.reason is Reason.MUTED for row in rows))


def _by_channel(rows: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for row in rows:
        found.setdefault(row.channel_id, []).append(row)
    return found


def _post(rows: Sequence[Delivery]) -> Delivery:
    """The row that stands for a channel: its post, the farthest one if there are several."""
    return min([row for row in rows if row.action is Action.POST] or rows, key=_rank)


def _rank(row: Delivery) -> tuple[int, int]:
    return (0 if _is_told(row) else _RANK.index(row.state), row.sequence)


def _is_told(row: Delivery) -> bool:
    return row.state is DeliveryState.SENT or (row.state is DeliveryState.SKIPPED and row.reason is Reason.IN_DIGEST)


def _verdict(row: Delivery, rows: Sequence[Delivery], stopped: Mapping[str, str]) -> tuple[str, bool]:  # noqa: PLR0911  # one a state
    match row.state:
        case DeliveryState.SENT if _taken_back(row.channel_id, rows) is not None:
            return tr("Posted, and taken back by a person here. It was posted because"), True
        case DeliveryState.SENT:
            return tr("Posted because"), True
        case DeliveryState.PENDING if row.channel_id in stopped:
            return tr("Waiting. {why}", why=stopped[row.channel_id]), False
        case DeliveryState.SENDING | DeliveryState.PENDING:
            return tr("On its way, because"), True
        case DeliveryState.IN_DOUBT:
            return tr("Perhaps posted: the platform has not said whether the message arrived. It was sent because"), True
        case DeliveryState.HELD:
            return tr("Held. {happened}", happened=happened(row.reason)), False
        case DeliveryState.SKIPPED if row.reason is Reason.IN_DIGEST:
            return tr("Told in a digest, because"), True
        case _:
            return tr("Not posted. {happened}", happened=happened(row.reason)), False


def _told(  # noqa: PLR0911  # one a state
    channel_id: str, row: Delivery, rows: Sequence[Delivery], view: View, stopped: Mapping[str, str]
) -> str:
    place = tr("This channel") if view.here is not None and view.here.id == channel_id else channel_id
    when = at(row.updated_at, view.zone, view.now)
    match row.state:
        case DeliveryState.SENT:
            return tr(
                "{place} got it {when}{how}{edits}.{gone}{withdrawn}",
                place=place,
                when=when,
                how=_how(row),
                edits=_edits(row, rows),
                gone=_gone(channel_id, rows),
                withdrawn=_withdrawn(channel_id, rows, view),
            )
        case DeliveryState.SKIPPED if row.reason is Reason.IN_DIGEST:
            return tr("{place} got it in a digest {when}.", place=place, when=when)
        case DeliveryState.PENDING if channel_id in stopped:
            return tr("{place}: it waits. {why}", place=place, why=stopped[channel_id])
        case DeliveryState.PENDING | DeliveryState.SENDING:
            waits = (
                tr(" It leaves {moment}.", moment=at(row.not_before, view.zone, view.now))
                if row.not_before - view.now > SOON
                else ""
            )
            failed = (
                tr(" Try {attempt} failed: {words}.", attempt=row.attempt, words=row.last_error.rstrip("."))
                if row.attempt and row.last_error
                else ""
            )
            return tr("{place} gets it soon.{waits}{failed}", place=place, waits=waits, failed=failed)
        case DeliveryState.IN_DOUBT:
            return tr("{place}: sent {when}, without an answer.", place=place, when=when)
        case DeliveryState.HELD:
            until = (
                "" if row.reason is Reason.IN_DOUBT else tr(" until {moment}", moment=moment(row.not_before, view.zone, view.now))
            )
            return f"{tr('{place}: held{until}.', place=place, until=until)} {happened(row.reason)} {advice(row.reason)}".strip()
        case _:
            word = tr("given up") if row.state is DeliveryState.DEAD else tr("passed over")
            return f"{place}: {word} {when}. {happened(row.reason)} {advice(row.reason)}".strip()


def _how(row: Delivery) -> str:
    if row.reason is Reason.NEW_STORY:
        return tr(" as a first alert")
    if row.reason is Reason.BACKFILL:
        return tr(" from the first poll of its source")
    return tr(", late ({words})", words=happened(row.reason).rstrip(".")) if row.reason in _LATE else ""


def _edits(post: Delivery, rows: Sequence[Delivery]) -> str:
    """How often the message was edited; what points to it from another message of a merged story is none of its edits."""
    of_it = [row for row in rows if (row.channel_id, row.story_id) == (post.channel_id, post.story_id)]
    number = sum(row.action is Action.EDIT and row.state is DeliveryState.SENT for row in of_it)
    return "" if number == 0 else trn(", edited once since", ", edited {count} times since", number)


def _taken_back(channel_id: str, rows: Sequence[Delivery]) -> Delivery | None:
    """The edit by which people took the message back, unless the last word is that it stands again."""
    edits = [
        row for row in rows if row.channel_id == channel_id and row.action is Action.EDIT and row.state is not DeliveryState.SKIPPED
    ]
    last = edits[-1] if edits else None
    return last if last is not None and isinstance(last.message, StoryMessage) and last.message.withdrawn else None


def _withdrawn(channel_id: str, rows: Sequence[Delivery], view: View) -> str:
    row = _taken_back(channel_id, rows)
    if row is None or not isinstance(row.message, StoryMessage):
        return ""
    return tr(
        " It was taken back {moment}: {withdrawn}", moment=at(row.created_at, view.zone, view.now), withdrawn=row.message.withdrawn
    )


def _gone(channel_id: str, rows: Sequence[Delivery]) -> str:
    gone = any(row.channel_id == channel_id and row.reason is Reason.MESSAGE_GONE for row in rows)
    return f" {happened(Reason.MESSAGE_GONE)}" if gone else ""
