"""Deliveries in flight: claimed under a lease, renewed, settled, doubted.

Promises: of several claimants one wins; a channel's rows are sent one at a time in order of sequence; whoever lost a lease
writes nothing. On PostgreSQL the row of the channel is the lock; SQLite has one writer anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import Delivery, DeliveryState
from bot.core.messages import Message
from bot.core.outbox import Claimed, Settled
from bot.core.reasons import Reason
from bot.store.connected import Connected
from bot.store.outbox import IN_FLIGHT, sendable, with_target
from bot.store.rows import DELIVERY, locked_delivery
from bot.store.silences import no_hold
from bot.store.tables import channels, deliveries

_target = deliveries.alias("target")


class Claims(Connected):
    """Queries about deliveries in flight."""

    async def claim_next(
        self, channel_id: str, *, now: datetime, lease: timedelta, token: str, due: datetime | None = None
    ) -> Claimed | None:
        """Take the channel's next row for sending, committed before anything is sent; None if there is none to take now.

        An edit or reply is taken once its post is sent, and carries the post's reference; if its post came to nothing it is
        skipped, for there is no message to change. Nothing is taken while the channel is parked, held by people or has to wait,
        or while another of its rows is being sent or in doubt; and no row that is due later than ``due``, if that is given, nor
        one that such a row comes before: whoever asks about it next takes both, in order.
        """
        async with self._write() as connection:
            if not await _may_send(connection, channel_id, now):
                return None
            while (found := (await connection.execute(_next_row(channel_id, now))).first()) is not None:
                *values, target_state, target_ref = found
                row = Delivery(*values)
                if due is not None and row.not_before > due:
                    return None
                if target_state in {DeliveryState.DEAD, DeliveryState.SKIPPED}:
                    await _set(connection, row.id, state=DeliveryState.SKIPPED, reason=Reason.MESSAGE_GONE, updated_at=now)
                    continue
                changes: dict[str, Any] = {
                    "state": DeliveryState.SENDING,
                    "attempt": row.attempt + 1,
                    "lease_token": token,
                    "lease_expires_at": now + lease,
                    "updated_at": now,
                }
                if target_state is not None:
                    changes["target_ref"] = target_ref
                await _set(connection, row.id, **changes)
                claimed = await locked_delivery(connection, row.id)
                assert claimed is not None
                return Claimed(claimed, token)
            return None

    async def renew(self, delivery_id: str, token: str, until: datetime) -> bool:
        """Extend our lease; False if it is no longer ours."""
        async with self._write() as connection:
            if await _held_by(connection, delivery_id, token) is None:
                return False
            await _set(connection, delivery_id, lease_expires_at=until)
            return True

    async def settle(self, settled: Settled) -> Delivery | None:
        """Write what became of a claimed row, and what its channel has to do.

        None if the lease is no longer ours; nothing is written then.
        """
        async with self._write() as connection:
            if (row := await _held_by(connection, settled.delivery_id, settled.lease_token)) is None:
                return None
            await _set(
                connection,
                row.id,
                state=settled.state,
                reason=settled.reason,
                message_ref=settled.message_ref or row.message_ref,
                not_before=settled.not_before or row.not_before,
                lease_token=None,
                lease_expires_at=None,
                attempt=row.attempt if settled.counted else row.attempt - 1,
                last_error=settled.error,
                updated_at=settled.now,
            )
            of_channel: dict[str, Any] = {}
            if settled.channel_not_before is not None:
                of_channel["not_before"] = settled.channel_not_before
            if settled.park is not None:
                of_channel["parked"] = settled.park
            if of_channel:
                await connection.execute(update(channels).where(channels.c.channel_id == row.channel_id).values(of_channel))
            return await locked_delivery(connection, row.id)

    async def expired_leases(self, now: datetime) -> list[Delivery]:
        """Rows being sent whose lease has ended: whoever had them does not answer any more."""
        query = (
            select(*DELIVERY)
            .where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_expires_at <= now)
            .order_by(deliveries.c.sequence)
        )
        async with self._read() as connection:
            return [Delivery(*row) for row in await connection.execute(query)]

    async def take_in_doubt(self, now: datetime, *, all_sending: bool, in_hand: Collection[str] = ()) -> list[Delivery]:
        """Mark rows whose sender is gone as in doubt, and return all that are in doubt, in order of sequence.

        Gone are those whose lease has ended; with ``all_sending``, for a process that knows it is the only one, all of them.
        Rows ``in_hand`` are the caller's own and stay as they are. Writes nothing where nothing is lost, so that it can be
        asked every few seconds.
        """
        gone = [deliveries.c.state == DeliveryState.SENDING, deliveries.c.id.not_in(in_hand)]
        if not all_sending:
            gone.append(deliveries.c.lease_expires_at <= now)
        async with self._read() as connection:
            in_doubt = deliveries.c.state == DeliveryState.IN_DOUBT
            if (await connection.execute(select(deliveries.c.id).where(or_(and_(*gone), in_doubt)).limit(1))).first() is None:
                return []
        lost = update(deliveries).where(*gone)
        doubted = select(*DELIVERY).where(deliveries.c.state == DeliveryState.IN_DOUBT).order_by(deliveries.c.sequence)
        async with self._write() as connection:
            await connection.execute(
                lost.values(state=DeliveryState.IN_DOUBT, lease_token=None, lease_expires_at=None, updated_at=now)
            )
            return [Delivery(*row) for row in await connection.execute(doubted)]

    async def refs_of_others(self, delivery_id: str, since: datetime) -> set[str]:
        """References of the messages of every other delivery that was last written since then, in whatever channel."""
        query = select(deliveries.c.message_ref).where(
            deliveries.c.id != delivery_id, deliveries.c.message_ref.is_not(None), deliveries.c.updated_at >= since
        )
        async with self._read() as connection:
            return set((await connection.execute(query)).scalars())

    async def pull_back(
        self, step: timedelta, now: datetime, *, longest: timedelta, lease: timedelta, digests: Mapping[str, datetime]
    ) -> int:
        """Move what waits by the ``step`` (not above zero) by which the clock was set; returns how many rows and channels moved.

        Pending rows, channels that wait and posts held for room or for the end of quiet hours keep what is left of their wait,
        but at most ``longest``; leases last at most ``lease`` from now; stories held for a digest wait for that of ``digests``,
        by channel. What was sent later than ``now`` counts as sent so much earlier, or now: else it would take up the room of its
        channel until the clock has caught up. Nothing is due before ``now`` by this, nothing is put off, and what waits for a
        person stays.
        """
        waiting = select(deliveries.c.id, deliveries.c.channel_id, deliveries.c.reason, deliveries.c.not_before).where(
            deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.HELD]),
            deliveries.c.reason != Reason.IN_DOUBT,
            deliveries.c.not_before > now,
        )
        sending = (deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_expires_at > now + lease)
        asked_to_wait = select(channels.c.channel_id, channels.c.not_before).where(channels.c.not_before > now)
        sent_later = select(deliveries.c.id, deliveries.c.updated_at).where(
            deliveries.c.state == DeliveryState.SENT, deliveries.c.updated_at > now
        )

        def sooner(time: datetime) -> datetime:
            return min(max(now, time + step), now + longest)

        moved = 0
        async with self._write() as connection:
            for row in (await connection.execute(waiting)).all():
                due = digests.get(row.channel_id) if row.reason is Reason.DIGEST_ONLY else sooner(row.not_before)
                if due is not None and due < row.not_before:
                    await _set(connection, row.id, not_before=due)
                    moved += 1
            for channel_id, until in (await connection.execute(asked_to_wait)).all():
                if sooner(until) < until:
                    await connection.execute(
                        update(channels).where(channels.c.channel_id == channel_id).values(not_before=sooner(until))
                    )
                    moved += 1
            for row_id, at in (await connection.execute(sent_later)).all():
                await _set(connection, row_id, updated_at=min(at + step, now))
            await connection.execute(update(deliveries).where(*sending).values(lease_expires_at=now + lease))
        return moved

    async def resolve_doubt(
        self,
        delivery_id: str,
        *,
        attempt: int,
        state: DeliveryState,
        reason: Reason,
        now: datetime,
        message_ref: str | None = None,
        not_before: datetime | None = None,
        message: Message | None = None,
    ) -> Delivery | None:
        """End the doubt about a row's try of that number, with a new message if the next sending is to say something else.

        None if the row is not in doubt any more, or in doubt again about a later try; nothing is written then.
        """
        async with self._write() as connection:
            row = await locked_delivery(connection, delivery_id)
            if row is None or row.state is not DeliveryState.IN_DOUBT or row.attempt != attempt:
                return None
            await _set(
                connection,
                row.id,
                state=state,
                reason=reason,
                message_ref=message_ref or row.message_ref,
                not_before=not_before or row.not_before,
                message=message or row.message,
                updated_at=now,
            )
            return await locked_delivery(connection, row.id)


def _next_row(channel_id: str, due: datetime) -> Any:
    return (
        select(*DELIVERY, _target.c.state.label("target_state"), _target.c.message_ref.label("sent_ref"))
        .select_from(with_target(_target))
        .where(deliveries.c.channel_id == channel_id, sendable(_target), deliveries.c.not_before <= due)
        .order_by(deliveries.c.sequence)
        .limit(1)
    )


async def _may_send(connection: AsyncConnection, channel_id: str, now: datetime) -> bool:
    free = (
        select(channels.c.channel_id)
        .where(
            channels.c.channel_id == channel_id,
            channels.c.parked.is_(None),
            no_hold(channel_id),
            or_(channels.c.not_before.is_(None), channels.c.not_before <= now),
        )
        .with_for_update()
    )
    if (await connection.execute(free)).first() is None:
        return False
    busy = select(exists().where(deliveries.c.channel_id == channel_id, deliveries.c.state.in_(IN_FLIGHT)))
    return not (await connection.execute(busy)).scalar_one()


async def _held_by(connection: AsyncConnection, delivery_id: str, token: str) -> Delivery | None:
    row = await locked_delivery(connection, delivery_id)
    ours = row is not None and row.state is DeliveryState.SENDING and row.lease_token == token
    return row if ours else None


async def _set(connection: AsyncConnection, delivery_id: str, **values: Any) -> None:
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))
