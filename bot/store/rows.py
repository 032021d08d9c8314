"""Rows of the outbox as values; shared by the commits that write them and by the queries that move them on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import Delivery
from bot.store.connected import chunks
from bot.store.tables import deliveries

DELIVERY = tuple(deliveries.c[field.name] for field in fields(Delivery))
_BY_ID = select(*DELIVERY).where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
_LOCKED = _BY_ID.with_for_update()


async def deliveries_by_id(connection: AsyncConnection, ids: Iterable[str]) -> list[Delivery]:
    """These rows in order of sequence; unknown ids are left out."""
    found: list[Delivery] = []
    for chunk in chunks(ids):
        found += [Delivery(*row) for row in await connection.execute(_BY_ID, {"ids": chunk})]
    return sorted(found, key=lambda delivery: delivery.sequence)


async def locked_delivery(connection: AsyncConnection, delivery_id: str) -> Delivery | None:
    """One row, held until the transaction ends so that nobody else changes it meanwhile; None if there is none."""
    row = (await connection.execute(_LOCKED, {"ids": [delivery_id]})).first()
    return None if row is None else Delivery(*row)
