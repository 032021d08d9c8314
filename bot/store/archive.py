"""The archive: items that may hold certain words, found by the database's own full-text index, newest first.

Promises: every stored item whose words are as the search says is found, on SQLite (FTS5) and PostgreSQL (tsvector) alike. Items
that wait to be filed, and those filed before there was an index, have no words here: every search finds them. So what is found is
a candidate, to be matched again. Words come ready-made and are never cut, folded or stemmed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Executable, Select, TextClause, bindparam, delete, func, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Item
from bot.core.search import ANYTHING, Search, SearchAny, SearchWord
from bot.core.stories import EditedItem, FiledItem
from bot.store.connected import Connected, chunks
from bot.store.items import ITEM
from bot.store.tables import QUEUED, Phase, facts, item_words, items
from bot.store.types import AwareUTC

UNINDEXED = "archive.unindexed"
"""The fact that keeps the largest number of arrival of items that were filed before there was an index."""
VERSION = "archive.words"
"""The fact that keeps which version of words the index holds."""

_SQLITE_INSERT: TextClause = text("INSERT INTO item_words (rowid, words) VALUES (:number, :held)")
_SQLITE_FOUND = select(
    text("SELECT rowid AS arrival FROM item_words WHERE item_words MATCH :asked")
    .columns(item_words.c.arrival)
    .subquery("found")
    .c.arrival
)
_FACT = select(facts.c.value).where(facts.c.name == bindparam("name"))
_EMPTY_SQLITE = text("INSERT INTO item_words (item_words) VALUES ('delete-all')")
_LAST = select(func.max(items.c.arrival))
_FILED_UP_TO = (
    select(items.c.arrival, *ITEM)
    .where(items.c.arrival <= bindparam("last"), items.c.phase == Phase.FILED)
    .order_by(items.c.arrival.desc())
    .limit(bindparam("at_most"))
)
_DATED = func.coalesce(items.c.date_published, items.c.first_seen)
_BY_NUMBER = select(items.c.arrival, *ITEM).where(items.c.arrival.in_(bindparam("numbers", expanding=True)))


class ArchiveQueries(Connected):
    """Queries of the archive."""

    async def archive_numbers(self, search: Search | None, *, words: str, since: datetime | None = None) -> list[int]:
        """Numbers of arrival of items that may hold what is searched for, newest arrival first; all items without a search.

        Args:
            search: words; it may find more than it says, never less.
            words: the version of the words searched for; an index of other ones is not used.
            since: only items published since then, or, without such a date, first seen.
        """
        async with self._read() as connection:
            found: Select[int] = select(items.c.arrival).order_by(items.c.arrival.desc())
            if since is not None:
                found = found.where(bindparam(None, since, type_=AwareUTC) <= _DATED)
            if search is None or await fact_in(connection, VERSION) != words:
                return list((await connection.execute(found)).scalars())
            sqlite = connection.dialect.name == "sqlite"
            older = int(await fact_in(connection, UNINDEXED) or 0)
            with_words = _SQLITE_FOUND
            if not sqlite:
                from bot.store import tsvector  # noqa: PLC0415  # its dialect, where the database speaks it

                await connection.execute(tsvector.BY_INDEX)
                with_words = tsvector.FOUND
            numbers = union(
                with_words,
                select(items.c.arrival).where(items.c.arrival <= older),
                select(items.c.arrival).where(items.c.phase == QUEUED),
            ).subquery("candidates")
            asked = (_fts5 if sqlite else _tsquery)(SearchAny((search, SearchWord(ANYTHING))))
            rows = await connection.execute(found.where(items.c.arrival.in_(select(numbers.c.arrival))), {"asked": asked})
            return list(rows.scalars())

    async def archive_items(self, numbers: Sequence[int]) -> list[Item]:
        """The items of these numbers of arrival, in the order given; those gone since are left out."""
        found: dict[int, Item] = {}
        async with self._read() as connection:
            for chunk in chunks(numbers):
                found.update((row[0], Item(*row[1:])) for row in await connection.execute(_BY_NUMBER, {"numbers": chunk}))
        return [found[number] for number in numbers if number in found]

    async def use_words(self, version: str) -> bool:
        """Empty the index unless it holds words of this version; from then on it does. Returns whether it was emptied."""
        async with self._write() as connection:
            if await fact_in(connection, VERSION) == version:
                return False
            last = await self._empty_words(connection)
            await self._keep(connection, VERSION, version)
            return last is not None

    async def _empty_words(self, connection: AsyncConnection) -> int | None:
        """Empty the index; every item is without words then, up to the number returned."""
        await connection.execute(_EMPTY_SQLITE if connection.dialect.name == "sqlite" else delete(item_words))
        last: int | None = (await connection.execute(_LAST)).scalar()
        await self._keep(connection, UNINDEXED, str(last or 0))
        return last

    async def unindexed(self, limit: int) -> list[tuple[int, Item]]:
        """The newest filed items without words, each with its number of arrival, newest first."""
        async with self._read() as connection:
            last = int(await fact_in(connection, UNINDEXED) or 0)
            if not last:
                return []
            rows = await connection.execute(_FILED_UP_TO, {"last": last, "at_most": limit})
            return [(row[0], Item(*row[1:])) for row in rows]

    async def index_words(self, words: Sequence[tuple[int, tuple[str, ...]]], *, left: int) -> None:
        """Write the words of items that had none; items up to the number ``left`` still have none."""
        async with self._write() as connection:
            await _write(connection, words)
            await self._keep(connection, UNINDEXED, str(left))

    async def _keep(self, connection: AsyncConnection, name: str, value: str) -> None:
        statement = self._insert(facts).values(name=name, value=value)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=[facts.c.name], set_={"value": statement.excluded.value})
        )


async def fact_in(connection: AsyncConnection, name: str) -> str | None:
    """What is kept under a name, asked within a transaction, or None."""
    value = (await connection.execute(_FACT, {"name": name})).scalar()
    return None if value is None else str(value)


async def write_words(connection: AsyncConnection, filed: Sequence[FiledItem]) -> None:
    """Write the words of items that are filed. An item is filed once under its number of arrival, so nothing is ever replaced."""
    await _write(connection, [(entry.order, entry.words) for entry in filed])


async def add_words(connection: AsyncConnection, edited: Sequence[EditedItem]) -> None:
    """Let items that were changed be found by their new words besides their old ones: what is found is matched again."""
    sqlite = connection.dialect.name == "sqlite"
    rows = [
        {"number": entry.order, "held": " ".join(entry.words) if sqlite else list(entry.words)} for entry in edited if entry.words
    ]
    if rows:
        await connection.execute(_SQLITE_INSERT if sqlite else _in_postgresql(replace=True), rows)


async def _write(connection: AsyncConnection, words: Sequence[tuple[int, tuple[str, ...]]]) -> None:
    sqlite = connection.dialect.name == "sqlite"
    rows = [{"number": number, "held": " ".join(held) if sqlite else list(held)} for number, held in words if held]
    if rows:
        await connection.execute(_SQLITE_INSERT if sqlite else _in_postgresql(replace=False), rows)


def _in_postgresql(*, replace: bool) -> Executable:
    """The statement that writes words there."""
    from bot.store import tsvector  # noqa: PLC0415  # its dialect, where the database speaks it

    return tsvector.REPLACE if replace else tsvector.INSERT


def _fts5(search: Search) -> str:
    """In the language of SQLite's FTS5 (https://www.sqlite.org/fts5.html#full_text_query_syntax)."""
    if isinstance(search, SearchWord):
        quoted = search.text.replace('"', '""')
        return f'"{quoted}"*' if search.prefix else f'"{quoted}"'
    operator = " OR " if isinstance(search, SearchAny) else " AND "
    return f"({operator.join(map(_fts5, search.parts))})"


def _tsquery(search: Search) -> str:
    """In the language of PostgreSQL's tsquery (https://www.postgresql.org/docs/current/datatype-textsearch.html)."""
    if isinstance(search, SearchWord):
        quoted = search.text.replace("\\", "\\\\").replace("'", "''")
        return f"'{quoted}':*" if search.prefix else f"'{quoted}'"
    operator = " | " if isinstance(search, SearchAny) else " & "
    return f"({operator.join(map(_tsquery, search.parts))})"
