"""What was heard lately, so that of several processes that hear the same one works on it.

Promises: of all that say a name within its time one is told that it is the first; that costs one statement. What a name stands for
cannot be read out of the database: only its digest comes here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.store.connected import Connected
from bot.store.tables import heard


class HeardQueries(Connected):
    """Queries of what was heard."""

    async def hear_first(self, digests: Iterable[str], *, now: datetime, kept: timedelta) -> bool:
        """Whether nobody said any of the names lately; all of them are remembered from now on.

        Args:
            digests: of the names of one thing that was heard.
            now: the present.
            kept: how long a name counts.
        """
        names = sorted(set(digests))  # in one order, so that no two processes wait for each other
        statement = self._insert(heard).values([{"digest": name, "until": now + kept} for name in names])
        taken = statement.on_conflict_do_update(
            index_elements=[heard.c.digest], set_={"until": now + kept}, where=heard.c.until <= now
        )
        async with self._write() as connection:
            return len((await connection.execute(taken.returning(heard.c.digest))).all()) == len(names)

    async def forget_heard(self, now: datetime) -> None:
        """Forget names that count no more."""
        async with self._write() as connection:
            await connection.execute(delete(heard).where(heard.c.until <= now))
