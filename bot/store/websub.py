"""Subscriptions at hubs, and what hubs push, kept until its items are stored.

Promises: a change to a subscription that was taken on an older version of it is not made; a push is kept before its hub is told
so, once however often it comes, and is settled in the very transaction that stores its items. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.subscriptions import Kept, Push, PushState, Subscription
from bot.store.connected import Connected
from bot.store.tables import DONE, pushes, sources, subscriptions

_FIELDS = tuple(field.name for field in fields(Subscription))
_ROW = tuple(subscriptions.c[name] for name in _FIELDS)
_CHANGED = frozenset(_FIELDS) - {"token", "last_push_at", "version"}


class SubscriptionQueries(Connected):
    """Queries of subscriptions and pushes."""

    async def add_subscription(self, subscription: Subscription) -> None:
        """Keep a new subscription."""
        async with self._write() as connection:
            await connection.execute(insert(subscriptions), [{name: getattr(subscription, name) for name in _FIELDS}])

    async def subscriptions(self) -> list[Subscription]:
        """Every subscription, those that are over too, of every workspace."""
        query = select(*_ROW).order_by(subscriptions.c.source_id)
        async with self._read() as connection:
            return [Subscription(*row) for row in await connection.execute(query)]

    async def subscription(self, token: str) -> Subscription | None:
        """The subscription whose callback ends so, or None."""
        async with self._read() as connection:
            row = (await connection.execute(select(*_ROW).where(subscriptions.c.token == token))).one_or_none()
        return None if row is None else Subscription(*row)

    async def due_subscriptions(self, now: datetime, limit: int) -> list[Subscription]:
        """Those with something to do at ``now``, longest overdue first, of every workspace."""
        query = (
            select(*_ROW)
            .where(subscriptions.c.next_due_at <= now)
            .order_by(subscriptions.c.next_due_at, subscriptions.c.token)
            .limit(limit)
        )
        async with self._read() as connection:
            return [Subscription(*row) for row in await connection.execute(query)]

    async def change_subscription(self, subscription: Subscription) -> bool:
        """Store a subscription as it is now; False, and nothing done, if it was changed since it was read.

        When its hub last pushed is not part of that: ``commit_polls`` and ``forget_last_push`` say so.
        """
        statement = (
            update(subscriptions)
            .where(subscriptions.c.token == subscription.token, subscriptions.c.version == subscription.version)
            .values({name: getattr(subscription, name) for name in _CHANGED})
            .values(version=subscription.version + 1)
        )
        async with self._write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def remove_subscription(self, token: str) -> None:
        """Forget a subscription and what came of it."""
        async with self._write() as connection:
            await connection.execute(delete(subscriptions).where(subscriptions.c.token == token))

    async def forget_last_push(self, token: str) -> None:
        """Note that the hub missed something since it last pushed."""
        async with self._write() as connection:
            await connection.execute(update(subscriptions).where(subscriptions.c.token == token).values(last_push_at=None))

    async def keep_push(self, token: str, digest: str, body: bytes, content_type: str | None, now: datetime, *, most: int) -> Kept:
        """Keep what a hub brought, unless the same came before or ``most`` pushes of the subscription wait already.

        Args:
            token: of the subscription.
            digest: of the body.
            body: as it came.
            content_type: what the hub calls it.
            now: when it came.
            most: bounds what one hub can make us keep.
        """
        row = {
            "token": token,
            "digest": digest,
            "state": PushState.OPEN,
            "received_at": now,
            "content_type": content_type,
            "body": body,
        }
        waiting = select(func.count()).select_from(pushes).where(pushes.c.state != DONE, pushes.c.token == token)
        async with self._write() as connection:
            if (await connection.scalar(waiting) or 0) >= most:
                return Kept.FULL
            number = await connection.scalar(self._insert(pushes).values(row).on_conflict_do_nothing().returning(pushes.c.number))
            return Kept.KNOWN if number is None else Kept.NEW

    async def keep_hint(self, token: str, digest: str, now: datetime) -> None:
        """Keep that a hub told of news without bringing it; one that waits already is as if it had come now.

        Args:
            token: of the subscription.
            digest: one that no other push of it has.
            now: when it came.
        """
        hinted = (pushes.c.token == token) & (pushes.c.state == PushState.HINT)
        row = {"token": token, "digest": digest, "state": PushState.HINT, "received_at": now}
        async with self._write() as connection:
            if not (await connection.execute(update(pushes).where(hinted).values(received_at=now))).rowcount:
                await connection.execute(insert(pushes), [row])

    async def waiting_pushes(self, state: PushState, limit: int) -> list[Push]:
        """Of each subscription whose source was ever polled, the oldest push in a state that is not done; oldest first."""
        oldest = (
            select(func.min(pushes.c.number))
            .join(subscriptions, subscriptions.c.token == pushes.c.token)
            .join(
                sources,
                (sources.c.workspace_id == subscriptions.c.workspace_id) & (sources.c.source_id == subscriptions.c.source_id),
            )
            .where(pushes.c.state != DONE, pushes.c.state == state, sources.c.baselined_at.is_not(None))
            .group_by(pushes.c.token)
            .order_by(func.min(pushes.c.number))
            .limit(limit)
        )
        found = (
            select(
                pushes.c.number,
                pushes.c.token,
                subscriptions.c.source_id,
                subscriptions.c.topic,
                pushes.c.state,
                pushes.c.received_at,
                pushes.c.content_type,
                func.coalesce(pushes.c.body, b""),
                subscriptions.c.workspace_id,
            )
            .join(subscriptions, subscriptions.c.token == pushes.c.token)
            .where(pushes.c.number.in_(oldest))
            .order_by(pushes.c.number)
        )
        async with self._read() as connection:
            return [Push(*row) for row in await connection.execute(found)]

    async def settle_push(self, number: int) -> None:
        """Nothing is left to do about a push; its body is forgotten, its digest stays."""
        async with self._write() as connection:
            await _settle(connection, [number])

    async def make_hint(self, number: int) -> None:
        """Nothing can be taken from a push: it is a reason to poll. Its body is forgotten; the same one is again a reason."""
        hint = {"state": PushState.HINT, "digest": f"hint {number}", "body": None, "content_type": None}
        async with self._write() as connection:
            await connection.execute(update(pushes).where(pushes.c.number == number).values(hint))

    async def hasten_poll(self, source_id: str, due: datetime) -> bool:
        """Make a source due at ``due`` if it is due later, unless its polls fail: then its own time counts. Whether it was made."""
        later = (
            update(sources)
            .where(sources.c.source_id == source_id, sources.c.failures == 0, sources.c.next_due_at > due)
            .values(next_due_at=due)
        )
        async with self._write() as connection:
            return (await connection.execute(later)).rowcount == 1

    async def forget_pushes(self, before: datetime) -> int:
        """Forget what came before an instant, with its digest; how many that were."""
        async with self._write() as connection:
            return (await connection.execute(delete(pushes).where(pushes.c.received_at < before))).rowcount


async def settle_pushes(connection: AsyncConnection, numbers: Collection[int], now: datetime) -> None:
    """Within a transaction that stores what pushes brought: nothing is left to do about them, and their hubs do their work."""
    if not numbers:
        return
    tokens = select(pushes.c.token).where(pushes.c.number.in_(numbers))
    await connection.execute(update(subscriptions).where(subscriptions.c.token.in_(tokens)).values(last_push_at=now))
    await _settle(connection, numbers)


async def _settle(connection: AsyncConnection, numbers: Collection[int]) -> None:
    settled = update(pushes).where(pushes.c.number.in_(numbers)).values(state=PushState.DONE, body=None, content_type=None)
    await connection.execute(settled)
