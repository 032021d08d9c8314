"""What every file of queries stands on: the two transactions, refused while this program cannot work on the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.errors import StoreError
from bot.store.engine import Engines
from bot.store.faults import DatabaseHealth
from bot.store.revisions import HEAD
from bot.store.schema import is_current

T = TypeVar("T")

BATCH = 1000
"""Values in one IN list; SQLite takes 32,766 parameters a statement, PostgreSQL's protocol 65,535."""


class Connected:
    """A store's connections, and the schema it found."""

    def __init__(self, engines: Engines, revision: str | None) -> None:
        self._engines = engines
        self._found = revision
        self._insert = engines.insert

    @property
    def health(self) -> DatabaseHealth:
        """How the database was found by whoever used it last."""
        return self._engines.health

    def _read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        self._require_head()
        return self._engines.read()

    def _write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        self._require_head()
        return self._engines.write()

    def _require_head(self) -> None:
        if not is_current(self._found):
            state = "is empty" if self._found is None else f"has the schema {self._found} and this program needs {HEAD}"
            raise StoreError(f"The database {self._engines.where} {state}. `watchlamp db upgrade` or `watchlamp run` prepares it.")


def chunks(values: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """``values`` without repetition, in order, at most ``size`` at a time."""
    rest = iter(dict.fromkeys(values))
    while chunk := list(islice(rest, size)):
        yield chunk
