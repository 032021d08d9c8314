"""The bot as a process that kills itself (SIGKILL) at a named point: ``python crashing.py CONFIG POINT NTH``.

The points are the program's own progress hooks, and the instants just before and after each transaction is committed
and each row is written to the terminal. With POINT ``-`` it runs to the end like any other.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.app import Options, run
from bot.cli.logs import LogLevel, configure
from bot.config.load import load
from bot.store.database import Store

WORK = contextvars.ContextVar("work", default="other")
TRANSACTIONS = {
    "save_source_states": "state",
    "commit_polls": "poll",
    "commit_alert": "alert",
    "claim_next": "claim",
    "settle": "settle",
}


class Killer:
    """Counts named points and ends the process at one of them."""

    def __init__(self, point: str, nth: int) -> None:
        self._point = point
        self._nth = nth
        self._seen: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        self._seen[point] += 1
        if point == self._point and self._seen[point] == self._nth:
            os.kill(os.getpid(), signal.SIGKILL)


class Terminal(io.TextIOBase):
    """Standard output, with a point before and after each row."""

    encoding = "utf-8"

    def __init__(self, at: Killer) -> None:
        self._at = at

    def write(self, text: str) -> int:
        self._at("terminal.before_write")
        written = sys.stdout.write(text)
        sys.stdout.flush()
        self._at("terminal.after_write")
        return written


def watch_transactions(at: Killer) -> None:
    """Put a point before and after the commit of each of the store's transactions between poll and receipt."""
    for method, name in TRANSACTIONS.items():
        setattr(Store, method, _named(getattr(Store, method), name, at))
    opened = Store.open.__func__  # type: ignore[attr-defined]

    async def open_and_watch(cls: type[Store], *args: Any, **kwargs: Any) -> Store:
        store = await opened(cls, *args, **kwargs)
        event.listen(store._engines.writer.sync_engine, "commit", lambda _: at(f"{WORK.get()}.before_commit"))
        return store

    Store.open = classmethod(open_and_watch)  # type: ignore[assignment,method-assign]


def _named(method: Any, name: str, at: Killer) -> Any:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        token = WORK.set(name)
        try:
            at(f"{name}.begin")
            result = await method(*args, **kwargs)
            at(f"{name}.after_commit")
            return result
        finally:
            WORK.reset(token)

    return wrapped


def main() -> int:
    config, point, nth = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    configure(LogLevel.INFO)
    at = Killer(point, nth)
    if point != "-":
        watch_transactions(at)
    options = Options(jsonl=True, out=Terminal(at), at=at)
    return asyncio.run(run(load(config, environ=os.environ), options))


if __name__ == "__main__":
    sys.exit(main())
