"""How rows of the outbox are written, whoever decided them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.outbox import NewDelivery, Stale
from bot.store.connected import Connected, chunks
from bot.store.tables import channels, deliveries

_WRITTEN = select(deliveries.c.id).where(deliveries.c.id.in_(bindparam("ids", expanding=True))).limit(1)


class DeliveryWriter(Connected):
    """Writes new rows within a transaction of others."""

    async def _write_deliveries(self, connection: AsyncConnection, new: Sequence[NewDelivery], now: datetime) -> None:
        """Write them.

        Raises:
            Stale: one of them was written by somebody else in between.
        """
        if not new:
            return
        workspace_of = {delivery.channel_id: delivery.workspace_id for delivery in new}
        await connection.execute(
            self._insert(channels).on_conflict_do_nothing(),
            [{"channel_id": channel_id, "workspace_id": workspace_of[channel_id]} for channel_id in sorted(workspace_of)],
        )
        rows = [
            {
                **{field.name: getattr(delivery, field.name) for field in fields(NewDelivery)},
                "planned_reason": delivery.reason,
                "created_at": now,
                "updated_at": now,
                "attempt": 0,
                "last_error": "",
            }
            for delivery in new
        ]
        for chunk in chunks([delivery.id for delivery in new]):
            if (known := (await connection.execute(_WRITTEN, {"ids": chunk})).scalar()) is not None:
                raise Stale(f"delivery {known} was written meanwhile")
        await connection.execute(insert(deliveries), rows)
