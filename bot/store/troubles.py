"""What the operator was told about the bot's own health, and the figures that this is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import and_, delete, func, select

from bot.core.deliveries import Action, DeliveryState
from bot.core.model import FILE_WORKSPACE
from bot.core.outbox import NewDelivery
from bot.core.reasons import Reason
from bot.core.troubles import TroubleRecord
from bot.store.connected import chunks
from bot.store.deliverywriter import DeliveryWriter
from bot.store.tables import deliveries, facts, items, matches, troubles

_TROUBLE = tuple(troubles.c[field.name] for field in fields(TroubleRecord))


class TroubleQueries(DeliveryWriter):
    """Queries about trouble."""

    async def troubles(self, *, workspace_id: str = FILE_WORKSPACE) -> dict[str, TroubleRecord]:
        """Everything that is remembered, by subject."""
        query = select(*_TROUBLE).where(troubles.c.workspace_id == workspace_id)
        async with self._read() as connection:
            return {row.subject: TroubleRecord(*row) for row in await connection.execute(query)}

    async def commit_notices(
        self,
        notices: Sequence[NewDelivery],
        kept: Sequence[TroubleRecord],
        forgotten: Sequence[str],
        facts_kept: Mapping[str, str],
        now: datetime,
        *,
        workspace_id: str = FILE_WORKSPACE,
    ) -> None:
        """Write notices together with what is remembered of them, so that none is told twice or forgotten.

        Args:
            notices: rows of the outbox.
            kept: records that are new or changed.
            forgotten: subjects whose record goes.
            facts_kept: values by the names they are kept under.
            now: when.
            workspace_id: whose.
        """
        async with self._write() as connection:
            for chunk in chunks(forgotten):
                mine = and_(troubles.c.workspace_id == workspace_id, troubles.c.subject.in_(chunk))
                await connection.execute(delete(troubles).where(mine))
            if kept:
                statement = self._insert(troubles)
                names = [column.name for column in troubles.columns if not column.primary_key]
                statement = statement.on_conflict_do_update(
                    index_elements=[troubles.c.workspace_id, troubles.c.subject],
                    set_={name: statement.excluded[name] for name in names},
                )
                rows = [
                    {"workspace_id": workspace_id, **{field.name: getattr(record, field.name) for field in fields(TroubleRecord)}}
                    for record in kept
                ]
                await connection.execute(statement, rows)
            for name, value in facts_kept.items():
                written = self._insert(facts).values(name=name, value=value)
                await connection.execute(
                    written.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": written.excluded.value})
                )
            await self._write_deliveries(connection, notices, now)

    async def matched_between(self, start: datetime, end: datetime, *, workspace_id: str = FILE_WORKSPACE) -> dict[str, int]:
        """How many articles first seen from ``start`` until before ``end`` each rule matched, by rule id."""
        query = (
            select(matches.c.rule_id, func.count().label("how_many"))
            .join(items, items.c.id == matches.c.item_id)
            .where(matches.c.workspace_id == workspace_id, items.c.first_seen >= start, items.c.first_seen < end)
            .group_by(matches.c.rule_id)
        )
        async with self._read() as connection:
            return {row.rule_id: row.how_many for row in await connection.execute(query)}

    async def newest_arrival(self) -> int:
        """Number of the newest article; 0 if there is none."""
        async with self._read() as connection:
            return int(await connection.scalar(select(func.coalesce(func.max(items.c.arrival), 0))) or 0)

    async def posted_since(self, channel_id: str, since: datetime) -> bool:
        """Whether news was posted to a channel since then, or is on its way to it; notices are no news."""
        told = deliveries.c.state.in_([DeliveryState.SENT, DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.IN_DOUBT])
        query = select(deliveries.c.id).where(
            deliveries.c.channel_id == channel_id,
            told,
            deliveries.c.updated_at >= since,
            deliveries.c.action.in_([Action.POST, Action.DIGEST]),
            deliveries.c.planned_reason != Reason.NOTICE,
        )
        async with self._read() as connection:
            return (await connection.execute(query.limit(1))).first() is not None

    async def given_up_since(self, since: datetime) -> dict[str, int]:
        """How many messages were given up since then, by channel."""
        query = (
            select(deliveries.c.channel_id, func.count().label("how_many"))
            .where(deliveries.c.state == DeliveryState.DEAD, deliveries.c.updated_at >= since)
            .group_by(deliveries.c.channel_id)
            .order_by(deliveries.c.channel_id)
        )
        async with self._read() as connection:
            return {row.channel_id: row.how_many for row in await connection.execute(query)}
