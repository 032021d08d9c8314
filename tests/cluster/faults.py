"""What befalls the workers, a row of the table each: every function makes it happen and returns how often it did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from points import POLL_AND_ALERT

DRAINING = (
    "drain.before_claim",
    "claim.before_commit",
    "claim.after_commit",
    "drain.after_claim",
    "drain.before_call",
    "drain.after_call",
    "settle.before_commit",
    "settle.after_commit",
    "drain.after_receipt",
    "drain.in_doubt",
    "drain.after_doubt",
)
CALLS = (
    "chat.postMessage leaves",
    "chat.postMessage unread",
    "POST /channels/N/messages leaves",
    "POST /channels/N/messages unread",
    "POST /channels/N/threads leaves",
    "POST /channels/N/threads unread",
)
FREEZING = (
    "drain.before_claim",
    "claim.after_commit",
    "drain.after_claim",
    "chat.postMessage unread",
    "POST /channels/N/messages unread",
    "POST /channels/N/threads unread",
    "drain.after_call",
    "settle.before_commit",
)
"""Where a worker is frozen in a send: before it looks whether its lease lasts, or once its request is out. What is between, the
writing of the request itself, is no place where anybody could look once more."""
FILING = tuple(point for point in POLL_AND_ALERT if point not in {"poll.due_stored", "poll.begin"})
"""Where a worker dies with news in its hands. At ``poll.due_stored`` nobody has asked for it yet, and at ``poll.begin`` no more is
stored than at ``poll.answered``; tests/acceptance ends the bot at these two as well."""
AFTER_A_DEATH = frozenset({"drain.in_doubt", "drain.after_doubt"})
"""Points that are reached only where a worker has died over a message before."""


async def kill_at_random(cluster: Any, times: int) -> int:
    """``kill -9`` of any worker, at any moment."""
    for _ in range(times):
        await asyncio.sleep(cluster.random.uniform(0.3, 3.0))
        member = cluster.random.choice(cluster.members)
        await member.kill()
        await asyncio.sleep(cluster.random.uniform(0.0, 1.0))
        await member.again()
    return times


async def kill_at(cluster: Any, points: Sequence[str]) -> int:
    """``kill -9`` of the worker that reaches a point first, for each of these points."""
    deaths = 0
    for point in points:
        before = "chat.postMessage unread" if point in AFTER_A_DEATH else ""
        if before:
            await one_meets(cluster, before, "KILL")
        dead = await one_meets(cluster, point, "KILL")
        deaths += len(dead) + bool(before)
        for member in cluster.members:
            await member.again()
    return deaths


async def one_meets(cluster: Any, point: str, how: str, *, channel: str = "") -> list[Any]:
    """Arm everybody, wait until a signal has met one at a point, disarm the others; whom it met (two, if both were there)."""
    alive = [member for member in cluster.members if member.runs]
    met = {member.number: member.heard(f"SIG{how}") for member in alive}

    def those() -> list[Any]:
        return [member for member in alive if member.heard(f"SIG{how}") > met[member.number]]

    for member in alive:
        await member.arm(point, how=how, channel=channel)
    await cluster.until(lambda: bool(those()), f"a worker reached {point}")
    for member in alive:
        if member not in those():
            await member.arm("-")
    hit = those()
    if how == "KILL":
        for member in hit:
            await member.process.wait()
    return hit


@dataclass
class Sleepers:
    """Workers that were frozen, and what they did afterwards.

    Attributes:
        late: requests that a sleeper sent with a lease that was over, by the point at which it had been frozen.
    """

    late: dict[str, int] = field(default_factory=dict)


async def freeze_at(cluster: Any, points: Sequence[str], *, sleep: float, sleepers: Sleepers) -> int:
    """SIGSTOP at a point of a send, for longer than its lease; then SIGCONT."""
    frozen = 0
    for point in points:
        hit = await one_meets(cluster, point, "STOP")
        frozen += len(hit)
        await asyncio.sleep(sleep)
        seen = {member.number: len(member.noted()) for member in hit}
        for member in hit:
            member.thaw()
        for member in hit:
            stopped = [line for line in member.noted()[: seen[member.number]] if line["what"] == "SIGSTOP"][-1]
            await cluster.until(lambda m=member: not m.frozen, "the sleeper goes on")
            if stopped["token"]:
                await cluster.until(lambda m=member, s=stopped: is_done(m, s), "the sleeper is done with what it had in hand")
            after = [line for line in member.noted() if line["at"] > stopped["at"] + sleep / 2 and line["what"].endswith(" leaves")]
            late = [line for line in after if line["token"] == stopped["token"] and stopped["token"]]
            if late:
                sleepers.late[point] = sleepers.late.get(point, 0) + len(late)
    return frozen


def is_done(member: Any, stopped: dict[str, Any]) -> bool:
    """Whether a worker that was frozen over a delivery has written down what came of it, or was told that it is not its own."""
    since = [line for line in member.noted() if line["at"] > stopped["at"]]
    return any(line["what"] == "settled" and line["token"] == stopped["token"] for line in since)


async def restart_server(cluster: Any, times: int) -> int:
    """PostgreSQL restarted with ``-m immediate``."""
    for _ in range(times):
        await asyncio.sleep(cluster.random.uniform(2.0, 6.0))
        await asyncio.to_thread(cluster.server.restart_at_once)
    await asyncio.sleep(2.0)
    return times


async def cut_off(cluster: Any, times: int, *, seconds: float) -> int:
    """A worker cut off from the database, and back; every other time its connections are gone then."""
    for number in range(times):
        await asyncio.sleep(cluster.random.uniform(0.5, 2.0))
        member = cluster.random.choice(cluster.members)
        member.line.cut()
        await asyncio.sleep(seconds)
        member.line.mend(reset=number % 2 == 1)
    return times


async def skew(cluster: Any, times: int, *, seconds: float) -> int:
    """Workers whose machines' clocks are half a minute ahead, behind and right; again and again one begins anew with another."""
    for member, by in zip(cluster.members, (seconds, -seconds, 0.0), strict=False):
        await anew(member, by)
    for _ in range(times):
        await asyncio.sleep(cluster.random.uniform(5.0, 10.0))
        await anew(cluster.random.choice(cluster.members), cluster.random.choice((seconds, -seconds)))
    await asyncio.sleep(5.0)
    return times + len(cluster.members)


async def anew(member: Any, ahead: float) -> None:
    """It dies, and begins again on a machine whose clock shows something else."""
    await member.kill()
    member.clock.set(round(ahead))
    await member.again()


async def anything(cluster: Any, seconds: float, *, longest: float) -> int:
    """All of it in any order, several at once."""
    end, happened = time.monotonic() + seconds, 0
    running: set[asyncio.Task[None]] = set()
    busy: set[int] = set()

    async def on(member: Any, work: Callable[[Any], Awaitable[None]]) -> None:
        try:
            await work(member)
        finally:
            busy.discard(member.number)

    async def die(member: Any) -> None:
        await member.kill()
        await asyncio.sleep(cluster.random.uniform(0.0, 3.0))
        if member.clock is not None:
            member.clock.set(cluster.random.randint(-30, 30))
        await member.again()

    async def doze(member: Any) -> None:
        member.freeze()
        await asyncio.sleep(cluster.random.uniform(1.0, longest))
        member.thaw()

    async def part(member: Any) -> None:
        member.line.cut()
        await asyncio.sleep(cluster.random.uniform(1.0, longest))
        member.line.mend(reset=cluster.random.random() < 0.5)

    while time.monotonic() < end:
        await asyncio.sleep(cluster.random.uniform(0.5, 3.0))
        what = cluster.random.choice([die, die, doze, part, None])
        happened += 1
        if what is None:
            await asyncio.to_thread(cluster.server.restart_at_once)
            continue
        free = [member for member in cluster.members if member.number not in busy]
        if len(free) > 1 or (free and cluster.random.random() < 0.3):  # now and then nobody is left
            member = cluster.random.choice(free)
            busy.add(member.number)
            task = asyncio.create_task(on(member, what))
            running.add(task)
            task.add_done_callback(running.discard)
    while running:
        done, _ = await asyncio.wait(set(running))
        for task in done:
            task.result()
    return happened
