"""Queries for a database that was put back from a copy: what it remembers last, the holds it starts under, what is found out.

Promises: the mark and its holds are committed together; what was found in a channel is written only onto a row that still waits.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import Delivery, DeliveryState
from bot.core.model import FILE_WORKSPACE
from bot.core.restored import FACT, HOLD, Restored
from bot.store.connected import Connected
from bot.store.rows import locked_delivery
from bot.store.tables import channels, deliveries, facts, holds, items, sources


class RestoredQueries(Connected):
    """Queries about what a restored database does not know."""

    async def last_sign(self) -> datetime | None:
        """The latest instant at which this database took anything down; None if it never did."""
        newest = select(func.max(items.c.arrival)).scalar_subquery()
        queries = (
            select(func.max(sources.c.last_polled_at)),
            select(func.max(deliveries.c.updated_at)),
            select(items.c.first_seen).where(items.c.arrival == newest),
        )
        async with self._read() as connection:
            told = [(await connection.execute(query)).scalar() for query in queries]
        return max((one for one in told if one is not None), default=None)

    async def mark_restored(self, restored: Restored) -> None:
        """Remember that the database was put back, and hold every channel it knows."""
        mark = self._insert(facts).values(name=FACT, value=restored.to_json())
        async with self._write() as connection:
            await connection.execute(mark.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": mark.excluded.value}))
            await connection.execute(delete(holds).where(holds.c.id == HOLD))  # of an earlier restore
            known = list((await connection.execute(select(channels.c.channel_id).order_by(channels.c.channel_id))).scalars())
            await self._hold(connection, known, restored)

    async def hold_restored(self, channel_ids: Collection[str], restored: Restored) -> None:
        """Hold channels until it is known what was said there; those that were held for this before stay as they are."""
        async with self._write() as connection:
            await self._hold(connection, channel_ids, restored)

    async def _hold(self, connection: AsyncConnection, channel_ids: Collection[str], restored: Restored) -> None:
        rows = [
            {"id": HOLD, "channel_id": one, "workspace_id": FILE_WORKSPACE, "member": "operator", "at": restored.at}
            for one in channel_ids
        ]
        if rows:
            await connection.execute(self._insert(holds).on_conflict_do_nothing(), rows)

    async def held_restored(self) -> list[str]:
        """Channels that are held because the database was put back."""
        query = select(holds.c.channel_id).where(holds.c.id == HOLD, holds.c.ended_at.is_(None)).order_by(holds.c.channel_id)
        async with self._read() as connection:
            return list((await connection.execute(query)).scalars())

    async def end_restored(self, channel_id: str, now: datetime) -> None:
        """It is known what was said in a channel; what waits there may go."""
        async with self._write() as connection:
            held = (holds.c.id == HOLD, holds.c.channel_id == channel_id, holds.c.ended_at.is_(None))
            await connection.execute(update(holds).where(*held).values(ended_at=now))

    async def target_ref(self, delivery_id: str) -> str | None:
        """The reference of the message that an edit or a reply belongs to, as far as it is known."""
        target = deliveries.alias("target")
        query = (
            select(target.c.message_ref)
            .select_from(deliveries.join(target, target.c.id == deliveries.c.target_id))
            .where(deliveries.c.id == delivery_id)
        )
        async with self._read() as connection:
            value = (await connection.execute(query)).scalar()
        return None if value is None else str(value)

    async def recalled(self, became: Delivery, expected: DeliveryState, now: datetime) -> Delivery | None:
        """Write what became of a waiting row in the lost time; None if it waits no more."""
        async with self._write() as connection:
            row = await locked_delivery(connection, became.id)
            if row is None or row.state is not expected:
                return None
            values = {
                "state": became.state,
                "reason": became.reason,
                "message_ref": became.message_ref,
                "not_before": became.not_before,
                "last_error": became.last_error,
                "updated_at": now,
            }
            await connection.execute(update(deliveries).where(deliveries.c.id == became.id).values(values))
            return await locked_delivery(connection, became.id)
