"""The outbox as planners and people see it: what waits, what is due when, what was sent; hold, release, retry, drop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.sql.selectable import FromClause

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import Message
from bot.core.model import FILE_WORKSPACE
from bot.core.outbox import ChannelState
from bot.core.reasons import Reason
from bot.store.connected import Connected, chunks
from bot.store.rows import DELIVERY, locked_delivery
from bot.store.silences import no_hold
from bot.store.tables import channels, deliveries

_CHANNEL = tuple(channels.c[field.name] for field in fields(ChannelState))
IN_FLIGHT = (DeliveryState.SENDING, DeliveryState.IN_DOUBT)
AT_ONCE = 100
"""Rows that are read before other tasks get their turn: some 5 ms, for each holds a message."""
NOT_YET = datetime.max.replace(tzinfo=UTC)
"""After every instant: when a message was sent that was not sent yet."""
FINAL = (DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.DEAD)

_target = deliveries.alias("target")
_other = deliveries.alias("other")


def open_channel() -> ColumnElement[bool]:
    """True for a channel that may send as far as its other rows go: not parked nor held, nothing in flight or in doubt."""
    blocked = exists().where(_other.c.channel_id == channels.c.channel_id, _other.c.state.in_(IN_FLIGHT))
    return and_(channels.c.parked.is_(None), no_hold(channels.c.channel_id), ~blocked)


def sendable(target: FromClause) -> ColumnElement[bool]:
    """True for a pending row that waits for nothing but its time: an edit or reply waits until the post it belongs to has ended."""
    return and_(deliveries.c.state == DeliveryState.PENDING, or_(deliveries.c.target_id.is_(None), target.c.state.in_(FINAL)))


def with_target(target: FromClause) -> FromClause:
    """Rows beside the post that each belongs to, if it belongs to one."""
    return deliveries.outerjoin(target, target.c.id == deliveries.c.target_id)


_WAITING = with_target(_target).join(channels, channels.c.channel_id == deliveries.c.channel_id)


# A row held in doubt has no time of release: a person releases it.
_HELD_FOR_A_TIME = and_(deliveries.c.state == DeliveryState.HELD, deliveries.c.reason != Reason.IN_DOUBT)


class OutboxQueries(Connected):
    """Queries about deliveries that change nothing in flight."""

    async def channel_states(self) -> dict[str, ChannelState]:
        """State by channel id, of every channel that ever had a delivery."""
        async with self._read() as connection:
            rows = await connection.execute(select(*_CHANNEL).order_by(channels.c.channel_id))
            return {row.channel_id: ChannelState(*row) for row in rows}

    async def parked_channels(self, reason: Reason) -> list[str]:
        """Channels that are parked for this reason."""
        query = select(channels.c.channel_id).where(channels.c.parked == reason).order_by(channels.c.channel_id)
        async with self._read() as connection:
            return list((await connection.execute(query)).scalars())

    async def story_deliveries(self, channel_id: str, story_ids: Collection[str]) -> list[Delivery]:
        """Every row of these stories in this channel, in order of sequence."""
        found: list[Delivery] = []
        async with self._read() as connection:
            for chunk in chunks(story_ids):
                query = select(*DELIVERY).where(deliveries.c.channel_id == channel_id, deliveries.c.story_id.in_(chunk))
                found += [Delivery(*row) for row in await connection.execute(query)]
        return sorted(found, key=lambda delivery: delivery.sequence)

    async def posts_since(self, channel_id: str, since: datetime) -> int:
        """How many posts and digests were sent to a channel since then, or are on their way to it."""
        on_its_way = deliveries.c.state.in_([DeliveryState.PENDING, *IN_FLIGHT])
        sent = and_(deliveries.c.state == DeliveryState.SENT, deliveries.c.updated_at >= since)
        counts = [
            select(func.count())
            .where(deliveries.c.channel_id == channel_id, deliveries.c.action.in_([Action.POST, Action.DIGEST]), which)
            .scalar_subquery()
            for which in (on_its_way, sent)
        ]
        async with self._read() as connection:
            return int((await connection.execute(select(counts[0] + counts[1]))).scalar_one())

    async def post_times(self, channel_id: str, since: datetime) -> list[datetime]:
        """When each of those was sent; ``NOT_YET`` for one on its way, which may be sent at any moment, however long it waited."""
        on_its_way = deliveries.c.state.in_([DeliveryState.PENDING, *IN_FLIGHT])
        sent = and_(deliveries.c.state == DeliveryState.SENT, deliveries.c.updated_at >= since)
        posts = (deliveries.c.channel_id == channel_id, deliveries.c.action.in_([Action.POST, Action.DIGEST]))
        waiting = select(func.count()).select_from(deliveries).where(*posts, on_its_way)
        async with self._read() as connection:
            times = list((await connection.execute(select(deliveries.c.updated_at).where(*posts, sent))).scalars())
            return times + [NOT_YET] * int((await connection.execute(waiting)).scalar_one())

    async def ready_channels(self, now: datetime) -> list[str]:
        """Channels that can send something at once, the one whose first row is the oldest first."""
        query = (
            select(channels.c.channel_id)
            .select_from(_WAITING)
            .where(
                sendable(_target),
                deliveries.c.not_before <= now,
                open_channel(),
                or_(channels.c.not_before.is_(None), channels.c.not_before <= now),
            )
            .group_by(channels.c.channel_id)
            .order_by(func.min(deliveries.c.sequence))
        )
        async with self._read() as connection:
            return list((await connection.execute(query)).scalars())

    async def next_wake(self, now: datetime) -> datetime | None:
        """The earliest instant at which there is something to do, ``now`` at the earliest; None if nothing waits for a time.

        Something to do: a row can be sent, a held row is to be released, a lease ends. Rows that wait for an answer or for a
        person (in doubt, a parked channel, an edit of a post not sent yet) wake nobody.
        """
        first = func.min(deliveries.c.not_before)
        pending = (
            select(first, channels.c.not_before)
            .select_from(_WAITING)
            .where(sendable(_target), open_channel())
            .group_by(channels.c.channel_id, channels.c.not_before)
        )
        held = select(first).where(_HELD_FOR_A_TIME)
        leases = select(func.min(deliveries.c.lease_expires_at)).where(deliveries.c.state == DeliveryState.SENDING)
        async with self._read() as connection:
            times = [max(row, wait or row) for row, wait in await connection.execute(pending)]
            times += [time for query in (held, leases) if (time := (await connection.execute(query)).scalar()) is not None]
        return max(min(times), now) if times else None

    async def held_due(self, now: datetime) -> dict[str, list[Delivery]]:
        """Held rows whose time of release has come, by channel, in order of sequence; not those that a person has to release."""
        query = select(*DELIVERY).where(_HELD_FOR_A_TIME, deliveries.c.not_before <= now).order_by(deliveries.c.sequence)
        due: dict[str, list[Delivery]] = {}
        async with self._read() as connection:
            for some in (await connection.execute(query)).partitions(AT_ONCE):  # after a flood there are thousands
                for row in some:
                    due.setdefault(row.channel_id, []).append(Delivery(*row))
                await asyncio.sleep(0)
        return due

    async def put_off(self, delivery_ids: Collection[str], until: datetime, now: datetime) -> None:
        """Let held rows wait until then; those that are held no longer stay as they are."""
        async with self._write() as connection:
            for chunk in chunks(delivery_ids):
                held = update(deliveries).where(deliveries.c.id.in_(chunk), deliveries.c.state == DeliveryState.HELD)
                await connection.execute(held.values(not_before=until, updated_at=now))

    async def pending(self, channel_id: str) -> list[Delivery]:
        """Every row that waits to be sent to a channel, whatever its time, in order of sequence."""
        query = (
            select(*DELIVERY)
            .where(deliveries.c.channel_id == channel_id, deliveries.c.state == DeliveryState.PENDING)
            .order_by(deliveries.c.sequence)
        )
        async with self._read() as connection:
            return [Delivery(*row) for row in await connection.execute(query)]

    async def deliveries(self, *, state: DeliveryState | None = None, limit: int) -> list[Delivery]:
        """The newest ``limit`` rows, newest first, of one state if it is given."""
        query = select(*DELIVERY).order_by(deliveries.c.sequence.desc()).limit(limit)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        async with self._read() as connection:
            return [Delivery(*row) for row in await connection.execute(query)]

    async def hasten_posts(self, now: datetime) -> int:
        """Let posts that were never tried go at once instead of waiting for copies of their story; returns how many."""
        waiting = (
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.action == Action.POST,
            deliveries.c.attempt == 0,
            deliveries.c.not_before > now,
        )
        async with self._write() as connection:
            count = (await connection.execute(select(func.count()).select_from(deliveries).where(*waiting))).scalar_one()
            await connection.execute(update(deliveries).where(*waiting).values(not_before=now))
            return count

    async def release(self, delivery_id: str, now: datetime) -> bool:
        """Let a held row be sent from now on; False if it is not held any more."""
        async with self._write() as connection:
            row = await locked_delivery(connection, delivery_id)
            if row is None or row.state is not DeliveryState.HELD:
                return False
            await connection.execute(_one(delivery_id).values(state=DeliveryState.PENDING, not_before=now, updated_at=now))
            return True

    async def reconsider(
        self,
        delivery_id: str,
        expected: DeliveryState,
        *,
        state: DeliveryState,
        reason: Reason,
        not_before: datetime,
        now: datetime,
        message: Message | None = None,
        story_ids: tuple[str, ...] | None = None,
    ) -> Delivery | None:
        """Hold, put off, skip or reword a row that waits; None if it is no longer as expected."""
        async with self._write() as connection:
            row = await locked_delivery(connection, delivery_id)
            if row is None or row.state is not expected:
                return None
            changes: dict[str, Any] = {"state": state, "reason": reason, "not_before": not_before, "updated_at": now}
            changes |= {} if message is None else {"message": message}
            changes |= {} if story_ids is None else {"story_ids": story_ids}
            await connection.execute(_one(delivery_id).values(changes))
            return await locked_delivery(connection, delivery_id)

    async def drop_undeclared(
        self, declared: Collection[str], now: datetime, *, workspace_id: str = FILE_WORKSPACE, due: datetime | None = None
    ) -> list[Delivery]:
        """Skip what waits for channels that are not declared any more; what a person has to decide on stays.

        With ``due``, only what was due by then: another process may have a newer configuration, which declares them.
        Returns the skipped rows.
        """
        waiting = (
            deliveries.c.workspace_id == workspace_id,
            or_(deliveries.c.state == DeliveryState.PENDING, _HELD_FOR_A_TIME),
            deliveries.c.channel_id.not_in(declared),
            *([] if due is None else [deliveries.c.not_before <= due]),
        )
        async with self._write() as connection:
            gone = list((await connection.execute(select(deliveries.c.id).where(*waiting))).scalars())
            await connection.execute(
                update(deliveries).where(*waiting).values(state=DeliveryState.SKIPPED, reason=Reason.UNDECLARED, updated_at=now)
            )
            return [row for row_id in gone if (row := await locked_delivery(connection, row_id)) is not None]

    async def retry_dead(self, delivery_id: str, now: datetime) -> None:
        """Try a dead or held row again from now on, with all its tries before it, or one that waits in a parked channel.

        The channel, if it is parked, is opened: with this row goes what waits before it.

        Raises:
            ValueError: there is no such row, or it is neither dead nor held nor in a parked channel.
        """
        async with self._write() as connection:
            row = await locked_delivery(connection, delivery_id)
            where = channels.c.channel_id == (row.channel_id if row is not None else "")
            parked = (await connection.execute(select(channels.c.parked).where(where).with_for_update())).scalar()
            states = {DeliveryState.DEAD, DeliveryState.HELD} | ({DeliveryState.PENDING} if parked is not None else set())
            _require(row, delivery_id, states, "only what is dead or held, or waits in a parked channel, can be tried again")
            await connection.execute(update(channels).where(where).values(parked=None))
            await connection.execute(
                _one(delivery_id).values(
                    state=DeliveryState.PENDING,
                    reason=deliveries.c.planned_reason,
                    attempt=0,
                    not_before=now,
                    updated_at=now,
                    last_error="",
                )
            )

    async def drop(self, delivery_id: str, now: datetime) -> None:
        """Give up a row that was not sent: it is skipped, because a person dropped it.

        Raises:
            ValueError: there is no such row, or it is being sent, or it has ended already.
        """
        from_states = {DeliveryState.HELD, DeliveryState.PENDING, DeliveryState.IN_DOUBT, DeliveryState.DEAD}
        async with self._write() as connection:
            row = await locked_delivery(connection, delivery_id)
            _require(row, delivery_id, from_states, "only what waits, is in doubt or is dead can be dropped")
            await connection.execute(_one(delivery_id).values(state=DeliveryState.SKIPPED, reason=Reason.DROPPED, updated_at=now))

    async def unpark(self, channel_id: str) -> bool:
        """Let a parked channel send again; what the platform asked it to wait stays. False if it is not parked."""
        async with self._write() as connection:
            query = select(channels.c.parked).where(channels.c.channel_id == channel_id).with_for_update()
            if (await connection.execute(query)).scalar() is None:
                return False
            await connection.execute(update(channels).where(channels.c.channel_id == channel_id).values(parked=None))
            return True


def _one(delivery_id: str) -> Update:
    return update(deliveries).where(deliveries.c.id == delivery_id)


def _require(row: Delivery | None, delivery_id: str, states: Collection[DeliveryState], rule: str) -> None:
    if row is None:
        raise ValueError(f"There is no delivery {delivery_id}.")
    if row.state not in states:
        raise ValueError(f"Delivery {delivery_id} is {row.state.value.replace('_', ' ')}; {rule}.")
