"""A few words that the installation remembers between two runs."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.connected import Connected
from bot.store.tables import facts


class FactQueries(Connected):
    """Queries of facts."""

    async def fact(self, name: str) -> str | None:
        """What was kept under this name, or None."""
        async with self._read() as connection:
            value = await connection.scalar(select(facts.c.value).where(facts.c.name == name))
        return None if value is None else str(value)

    async def settled_fact(self, name: str, value: str) -> str:
        """What is kept under a name, from now on this value if there was nothing: the first to come decides for all."""
        statement = self._insert(facts).values(name=name, value=value).on_conflict_do_nothing()
        async with self._write() as connection:
            await connection.execute(statement)
            kept = await connection.scalar(select(facts.c.value).where(facts.c.name == name))
        return str(kept)

    async def keep_fact(self, name: str, value: str) -> None:
        """Keep a value under a name; the one before is forgotten."""
        statement = self._insert(facts).values(name=name, value=value)
        async with self._write() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": statement.excluded.value})
            )
