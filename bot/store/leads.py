"""Who may do what only one process may do at a time, and the time by which all processes go.

Promises: of several that ask for a lead one has it; one that is silent for longer than its lease has lost it. On SQLite, which one
process has to itself, all this works too and is not needed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from bot.store.connected import Connected
from bot.store.tables import leads


class LeadQueries(Connected):
    """Queries of leads."""

    async def take_lead(self, name: str, holder: str, token: str, *, now: datetime, lease: timedelta) -> bool:
        """Take a lead that nobody has, or go on with our own; False if another has it.

        Args:
            name: of the lead.
            holder: who asks, for people to read.
            token: by which the holder proves that it is the same; another one each time that it begins.
            now: the present.
            lease: how long it is ours without being asked for again.
        """
        values = {"holder": holder, "token": token, "until": now + lease}
        free = or_(leads.c.token == token, leads.c.until <= now)
        if await self._anothers(name, token, now):  # asked several times a second by who waits: that writes nothing
            return False
        async with self._write() as connection:
            statement = self._insert(leads).values(name=name, **values)
            await connection.execute(statement.on_conflict_do_nothing(index_elements=[leads.c.name]))
            await connection.execute(update(leads).where(leads.c.name == name, free).values(values))
            return (await connection.scalar(select(leads.c.token).where(leads.c.name == name))) == token

    async def _anothers(self, name: str, token: str, now: datetime) -> bool:
        whose = select(leads.c.token).where(leads.c.name == name, leads.c.until > now)
        async with self._read() as connection:
            return await connection.scalar(whose) not in {None, token}

    async def leave_lead(self, name: str, token: str) -> None:
        """Give a lead back, if it is ours."""
        async with self._write() as connection:
            await connection.execute(delete(leads).where(leads.c.name == name, leads.c.token == token))

    async def lead_holders(self, now: datetime) -> dict[str, str]:
        """Who has which lead."""
        async with self._read() as connection:
            rows = await connection.execute(select(leads.c.name, leads.c.holder).where(leads.c.until > now))
            return {row.name: row.holder for row in rows}

    async def server_time(self) -> datetime | None:
        """What time it is on the database server; None for a database that is in this process."""
        if self._engines.dialect != "postgresql":
            return None
        async with self._read() as connection:
            told = await connection.scalar(select(func.clock_timestamp()))
        return None if told is None else told.astimezone(UTC)
