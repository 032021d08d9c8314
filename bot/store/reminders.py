"""Reminders: what people asked to be reminded of, until it is told or taken back.

Promises: a reminder and the delivery that tells it are committed together; one that has ended is never told again. Never decides
when one is due.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, insert, select, update

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.outbox import NewDelivery, Stale
from bot.core.overlays import Audited
from bot.core.reasons import Reason
from bot.core.reminders import Reminder
from bot.store.connected import chunks
from bot.store.deliverywriter import DeliveryWriter
from bot.store.overlays import insert_workspace, write_audited
from bot.store.rows import DELIVERY, deliveries_by_id
from bot.store.tables import deliveries, reminders

_REMINDER = tuple(reminders.c[field.name] for field in fields(Reminder))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


class ReminderQueries(DeliveryWriter):
    """Queries of reminders."""

    async def reminders_due(self, now: datetime, *, limit: int, gone: Collection[str] = ()) -> list[Reminder]:
        """Reminders whose time has come, the oldest ``limit`` of them; none of channels that are ``gone``."""
        due = select(*_REMINDER).where(reminders.c.ended_at.is_(None), reminders.c.due_at <= now)
        if gone:
            due = due.where(reminders.c.channel_id.not_in(list(gone)))
        async with self._read() as connection:
            rows = await connection.execute(due.order_by(reminders.c.due_at, reminders.c.id).limit(limit))
            return [Reminder(*row) for row in rows]

    async def reminders_of(self, story_ids: Collection[str], channel_ids: Collection[str]) -> list[Reminder]:
        """Reminders of these stories in these channels that wait, by time."""
        found: list[Reminder] = []
        async with self._read() as connection:
            for channel_chunk in chunks(channel_ids, 100):
                for chunk in chunks(story_ids):
                    query = select(*_REMINDER).where(
                        reminders.c.story_id.in_(chunk),
                        reminders.c.channel_id.in_(channel_chunk),
                        reminders.c.ended_at.is_(None),
                    )
                    found += [Reminder(*row) for row in await connection.execute(query)]
        return sorted(found, key=lambda one: (one.due_at, one.id))

    async def reminders_waiting(self, channel_ids: Collection[str]) -> list[Reminder]:
        """Every reminder in these channels that waits, by time."""
        query = select(*_REMINDER).where(reminders.c.channel_id.in_(_IDS), reminders.c.ended_at.is_(None))
        found: list[Reminder] = []
        async with self._read() as connection:
            for chunk in chunks(channel_ids):
                found += [Reminder(*row) for row in await connection.execute(query, {"ids": chunk})]
        return sorted(found, key=lambda one: (one.due_at, one.id))

    async def reminders_named(self, workspace_id: str, ids: Collection[str]) -> list[Reminder]:
        """These reminders of a workspace, whatever became of them, by time."""
        query = select(*_REMINDER).where(reminders.c.workspace_id == workspace_id, reminders.c.id.in_(_IDS))
        found: list[Reminder] = []
        async with self._read() as connection:
            for chunk in chunks(ids):
                found += [Reminder(*row) for row in await connection.execute(query, {"ids": chunk})]
        return sorted(found, key=lambda one: (one.due_at, one.id))

    async def change_reminders(
        self, *, made: Sequence[Reminder], ended: Collection[str], restored: Collection[str], audited: Audited
    ) -> None:
        """Make reminders, take some back and let those taken back wait again, with the audit row; what was told stays told."""
        async with self._write() as connection:
            await write_audited(connection, insert_workspace(self._insert), audited)
            mine = (reminders.c.workspace_id == audited.workspace_id, reminders.c.told_by.is_(None))
            for ids, at in ((ended, audited.at), (restored, None)):
                if ids:
                    await connection.execute(update(reminders).where(*mine, reminders.c.id.in_(list(ids))).values(ended_at=at))
            if made:
                await connection.execute(insert(reminders), [_row(one) for one in made])

    async def tell_reminder(self, reminder_id: str, row: NewDelivery, now: datetime) -> Delivery:
        """Write the delivery of a reminder, which has been told by that.

        Raises:
            Stale: it was told or taken back in between; nothing was written.
        """
        waiting = (reminders.c.id == reminder_id, reminders.c.ended_at.is_(None))
        async with self._write() as connection:
            told = update(reminders).where(*waiting).values(told_by=row.id, ended_at=now).returning(reminders.c.id)
            if (await connection.execute(told)).first() is None:
                raise Stale(f"reminder {reminder_id} waits no longer")
            await self._write_deliveries(connection, [row], now)
            return (await deliveries_by_id(connection, [row.id]))[0]

    async def reminders_lost(self, since: datetime) -> list[tuple[Reminder, Delivery]]:
        """Reminders that since then proved to be told under a message that was gone, which nobody saw, each with its delivery."""
        gone = (
            deliveries.c.action == Action.REMIND,
            deliveries.c.state == DeliveryState.SKIPPED,
            deliveries.c.reason == Reason.MESSAGE_GONE,
            deliveries.c.updated_at >= since,  # they may have waited long behind a hold
        )
        query = select(*_REMINDER, *DELIVERY).join(deliveries, deliveries.c.id == reminders.c.told_by).where(*gone)
        size = len(_REMINDER)
        async with self._read() as connection:
            rows = await connection.execute(query.order_by(deliveries.c.sequence))
            return [(Reminder(*row[:size]), Delivery(*row[size:])) for row in rows]

    async def retell_reminder(self, reminder_id: str, told_by: str, row: NewDelivery, now: datetime) -> Delivery:
        """Tell a reminder once more, in place of a delivery that came to nothing.

        Raises:
            Stale: somebody else did; nothing was written.
        """
        mine = (reminders.c.id == reminder_id, reminders.c.told_by == told_by)
        async with self._write() as connection:
            retold = update(reminders).where(*mine).values(told_by=row.id).returning(reminders.c.id)
            if (await connection.execute(retold)).first() is None:
                raise Stale(f"reminder {reminder_id} was told already")
            await self._write_deliveries(connection, [row], now)
            return (await deliveries_by_id(connection, [row.id]))[0]


def _row(value: Reminder) -> dict[str, Any]:
    return {"due_at": value.due_at, **{field.name: getattr(value, field.name) for field in fields(value)}}
