"""What people decided about stories, and the audit log. What a decision means is decided elsewhere.

Promises: a constraint, what it takes back, its audit row and the messages that follow from it are committed together or not
at all; nothing is ever deleted: what was taken back says since when.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.outbox import Stale
from bot.core.overlays import Audited, Constraint, OverlayChange
from bot.store.connected import Connected, chunks
from bot.store.tables import audit, memberships, overlays, workspaces

_CONSTRAINT = tuple(overlays.c[field.name] for field in fields(Constraint))
_AUDITED = tuple(audit.c[field.name] for field in fields(Audited))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_HOME = func.coalesce(memberships.c.home, memberships.c.story_id)
_HOMES = select(memberships.c.item_id, _HOME).where(memberships.c.story_id.in_(_IDS))
_VERSION = select(func.coalesce(func.max(audit.c.sequence), 0))
_STANDING = select(*_CONSTRAINT).where(overlays.c.undone_at.is_(None)).order_by(overlays.c.at, overlays.c.id)
_TAKE_BACK = (
    update(overlays)
    .where(overlays.c.id == bindparam("of_constraint"), overlays.c.undone_at.is_(None))
    .values(undone_at=bindparam("now"))
)


class OverlayQueries(Connected):
    """Queries of overlays."""

    async def constraints(self) -> tuple[int, list[Constraint]]:
        """The number of the last decision (0: none yet) and every constraint that stands, by time; both of one moment."""
        async with self._read() as connection:
            version = int(await connection.scalar(_VERSION) or 0)
            if not version:
                return 0, []
            return version, [Constraint(*row) for row in await connection.execute(_STANDING)]

    async def all_constraints(self, workspace_id: str) -> list[Constraint]:
        """Every constraint of a workspace, those taken back included, by time."""
        query = select(*_CONSTRAINT).where(overlays.c.workspace_id == workspace_id).order_by(overlays.c.at, overlays.c.id)
        async with self._read() as connection:
            return [Constraint(*row) for row in await connection.execute(query)]

    async def audited(self, workspace_id: str) -> list[Audited]:
        """The audit log of a workspace, oldest first."""
        query = select(*_AUDITED).where(audit.c.workspace_id == workspace_id).order_by(audit.c.sequence)
        async with self._read() as connection:
            return [Audited(*row) for row in await connection.execute(query)]

    async def audited_change(self, workspace_id: str, number: str) -> Audited | None:
        """The change of this number (``bot.core.changes``) in a workspace; None if it has none."""
        query = select(*_AUDITED).where(audit.c.workspace_id == workspace_id, audit.c.number == number)
        async with self._read() as connection:
            row = (await connection.execute(query.order_by(audit.c.sequence.desc()).limit(1))).first()
        return None if row is None or not number else Audited(*row)

    async def homes(self, story_ids: Collection[str]) -> dict[str, str]:
        """For every member of these stories, the story in which it was first filed."""
        found: dict[str, str] = {}
        async with self._read() as connection:
            for chunk in chunks(story_ids):
                found.update((row[0], row[1]) for row in await connection.execute(_HOMES, {"ids": chunk}))
        return found


async def check_overlays(connection: AsyncConnection, seen: int | None) -> None:
    """Raises Stale if a decision was made after the one numbered ``seen``; None asks for nothing."""
    if seen is not None and int(await connection.scalar(_VERSION) or 0) != seen:
        raise Stale("a person decided about stories in between")


async def write_overlays(connection: AsyncConnection, insert_known: Any, change: OverlayChange) -> None:
    """Write a decision.

    Args:
        connection: of the transaction.
        insert_known: the dialect's INSERT into ``workspaces`` that leaves known rows as they are.
        change: the decision; it was checked before that none came in between.
    """
    await write_audited(connection, insert_known, change.audited)
    if change.undone:
        await connection.execute(_TAKE_BACK, [{"of_constraint": gone, "now": change.audited.at} for gone in change.undone])
    if change.made:
        await connection.execute(insert(overlays), [_row(one) for one in change.made])


async def write_audited(connection: AsyncConnection, insert_known: Any, audited: Audited) -> None:
    """Write one row of the audit log, in the transaction of the change that it tells; ``insert_known`` as above."""
    await connection.execute(insert_known, [{"id": audited.workspace_id}])
    await connection.execute(insert(audit), [_row(audited)])


def insert_workspace(insert_into: Any) -> Any:
    """The INSERT that ``write_overlays`` takes, of a dialect's own kind."""
    return insert_into(workspaces).on_conflict_do_nothing()


def _row(value: Constraint | Audited) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
