"""Indexes and rules between tables laid aside while an empty PostgreSQL database is filled, and made again afterwards.

Promises: what is laid aside is kept in the database itself, in the very words in which PostgreSQL describes it, in the transaction
that takes it away; each is made again in a transaction of its own, which also forgets it, so that a death at any moment costs at
most one of them. Building an index over rows that are there takes less than half of what filling it row by row does.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import StoreError
from bot.store.engine import Engines
from bot.store.schema import MOVING

LATER = "watchlamp_moving_later"
"""The table of what is laid aside; gone when the move is complete."""

_MEMORY = "128MB"
"""What the server may use to sort an index: twice its own default, and still nothing to a small one."""

_LAID_ASIDE = """
INSERT INTO watchlamp_moving_later (table_name, statement)
SELECT table_name, statement FROM (
    SELECT c.conrelid::regclass::text AS table_name, CASE c.contype WHEN 'f' THEN 3 ELSE 1 END AS turn,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS statement
    FROM pg_constraint c WHERE c.conrelid::regclass::text = ANY(:names) AND c.contype IN ('p', 'u', 'f')
    UNION ALL
    SELECT i.indrelid::regclass::text, 2, pg_get_indexdef(i.indexrelid)
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
    WHERE i.indrelid::regclass::text = ANY(:names) AND c.oid IS NULL
) found ORDER BY turn, table_name, statement
"""
_RULES = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
WHERE conrelid::regclass::text = ANY(:names) AND contype IN ('p', 'u', 'f') ORDER BY contype
"""  # foreign keys come first: they lean on the others
_INDEXES = "SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid::regclass::text = ANY(:names)"


async def lay_aside(connection: AsyncConnection, names: list[str]) -> None:
    """Take indexes, keys and foreign keys away from empty tables, in the caller's transaction."""
    await connection.exec_driver_sql(
        f"CREATE TABLE {LATER} (turn serial PRIMARY KEY, table_name text NOT NULL, statement text NOT NULL)"
    )
    await connection.execute(text(_LAID_ASIDE), {"names": names})
    for found in (_RULES, _INDEXES):
        for statement in (await connection.execute(text(found), {"names": names})).scalars().all():
            await connection.exec_driver_sql(statement)


async def make_next(new: Engines) -> tuple[str, int] | None:
    """Make the next of what was laid aside; returns its table's name and how many rows were copied, None when nothing is left.

    Raises:
        StoreError: the rows break a rule, which those of an undamaged database never do.
    """
    async with new.write() as connection:
        await connection.exec_driver_sql(f"LOCK TABLE {LATER} IN SHARE ROW EXCLUSIVE MODE")  # as a killed process's last may go on
        first = (await connection.exec_driver_sql(f"SELECT turn, table_name, statement FROM {LATER} ORDER BY turn LIMIT 1")).first()  # noqa: S608  # own name
        if first is None:
            return None
        await unhurried(connection)
        await connection.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'")
        try:
            await connection.exec_driver_sql(first.statement)
        except IntegrityError as error:
            raise StoreError(
                f"The rows of table {first.table_name} break a rule that the old database should have kept ({error.orig}). It is "
                "damaged: nothing was changed there. Restore a backup, empty the new database, and move again."
            ) from error
        await connection.execute(text(f"DELETE FROM {LATER} WHERE turn = :turn"), {"turn": first.turn})  # noqa: S608  # own name
        asked = text(f"SELECT rows FROM {MOVING} WHERE name = :name")  # noqa: S608  # own name
        rows = await connection.scalar(asked, {"name": first.table_name})
        return str(first.table_name), int(rows or 0)


async def unhurried(connection: AsyncConnection) -> None:
    """Let this transaction take its time: the limits of a bot's are not for work on a whole table."""
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        await connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
