"""A process takes the time of the database server from an answer that came quickly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cluster import hear_time
from bot.core.clock import SharedClock, VirtualClock

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Server:
    """Answers with its own time, a minute ahead, after so many seconds each."""

    def __init__(self, own: VirtualClock, *seconds: float) -> None:
        self._own = own
        self._seconds = list(seconds)
        self.asked = 0

    async def server_time(self) -> datetime:
        self.asked += 1
        told = self._own.now() + timedelta(minutes=1)
        self._own.advance(timedelta(seconds=self._seconds.pop(0)))
        return told


async def heard(*seconds: float) -> tuple[int, timedelta]:
    own = VirtualClock(NOON)
    clock = SharedClock(own)
    server: Any = Server(own, *seconds)
    await hear_time(server, clock)
    return server.asked, clock.ahead


async def test_an_answer_that_took_long_is_asked_for_again() -> None:
    assert await heard(0.0) == (1, timedelta(minutes=1))
    assert await heard(20.0, 0.0) == (2, timedelta(minutes=1))


async def test_where_every_answer_takes_long_the_last_is_taken() -> None:
    assert await heard(8.0, 6.0, 4.0) == (3, timedelta(minutes=1, seconds=-2))
