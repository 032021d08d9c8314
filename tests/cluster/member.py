"""One process of a cluster that can be told where to end or to freeze: ``python member.py ORDERS VERB ...``.

It runs the program's own command line with the arguments after ORDERS, a JSON object: ``journal``, the file in which it writes
what it does to the chats and that it heard an order; ``lease``, seconds of a claim in place of the program's two minutes, so
that many of them end within a test; ``spare``, the rest of a lease that a call needs; ``quick``, whether the silent count as dead
after seconds instead of half a minute. Orders come as lines on standard input:
``{"point", "nth", "channel", "action", "signal"}``; the points are those of ``crashing.py`` beside the acceptance tests.
"""

from __future__ import annotations

import contextvars
import importlib.util
import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import bot.outbox.drain
import bot.running
import bot.scheduler.cluster
import bot.scheduler.leads
from bot.options import Options
from bot.outbox.drain import Drain
from bot.store.database import Store

ACCEPTANCE = Path(__file__).resolve().parent.parent / "acceptance"
DELIVERY = contextvars.ContextVar("delivery", default=("", ""))
"""What is being sent, and the token of its claim."""
WRITING = ("chat.postMessage leaves", "chat.update leaves", "POST /channels/N/messages leaves", "POST /channels/N/threads leaves")

spec = importlib.util.spec_from_file_location("cluster_crashing", ACCEPTANCE / "crashing.py")
assert spec is not None
assert spec.loader is not None
crashing = importlib.util.module_from_spec(spec)
sys.modules["cluster_crashing"] = crashing
spec.loader.exec_module(crashing)


@dataclass
class Order(crashing.Order):  # type: ignore[misc,name-defined]  # loaded by its path
    """Where a signal is to meet the process."""

    signal: str = "KILL"


class Hand:
    """Counts named points, keeps the journal, and sends the process its signal."""

    def __init__(self, journal: Path) -> None:
        self._journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.order = Order("-")

    def write(self, what: str, **more: Any) -> None:
        """A line, there for whoever reads at once, and after a death; times are of the clock that nobody sets."""
        delivery, token = DELIVERY.get()
        line = {"at": time.monotonic(), "what": what, "delivery": delivery, "token": token, **more}
        os.write(self._journal, json.dumps(line).encode() + b"\n")

    def __call__(self, point: str) -> None:
        if point in WRITING or point == "drain.after_claim":
            self.write(point)
        order = self.order
        here = order.channel in {"", crashing.CHANNEL.get()} and order.action in {"", crashing.ACTION.get()}
        if point != order.point or not here:
            return
        order.nth -= 1
        if order.nth == 0:
            self.write(f"SIG{order.signal}", point=point, channel=crashing.CHANNEL.get())
            os.kill(os.getpid(), signal.Signals[f"SIG{order.signal}"])
            self.write("goes on")

    def listen(self) -> None:
        """Take orders, in a thread of its own."""
        for line in sys.stdin:
            order = Order(**json.loads(line))
            self.write("armed")  # first: the signal may come the moment after
            self.order = order
        os.kill(os.getpid(), signal.SIGKILL)  # the test is gone


def watch_claims(hand: Hand) -> None:
    """Keep in mind which delivery a task has in hand, and note when it is done with it."""
    claimed = Store.claim_next

    async def claim_next(self: Store, channel_id: str, **more: Any) -> Any:
        claim = await claimed(self, channel_id, **more)
        DELIVERY.set(("", "") if claim is None else (claim.delivery.id, claim.lease_token))
        return claim

    Store.claim_next = claim_next  # type: ignore[method-assign]
    settled = Store.settle

    async def settle(self: Store, *args: Any) -> Any:
        try:
            return await settled(self, *args)
        finally:
            hand.write("settled")

    Store.settle = settle  # type: ignore[method-assign]


def shorten(lease: float, spare: float) -> None:
    """Let claims last as long as a test has patience for."""
    assert Drain.__init__.__kwdefaults__ is not None
    Drain.__init__.__kwdefaults__["lease"] = timedelta(seconds=lease)
    bot.outbox.drain.LEASE_NEEDED = timedelta(seconds=spare)  # type: ignore[misc]


def hurry() -> None:
    """Take the silent for dead in a fifth of the time, and a lead for lost in a third."""
    jobs, leads = bot.scheduler.cluster, bot.scheduler.leads
    jobs.HEARTBEAT, jobs.DEAD_AFTER, jobs.REAPED_EVERY = 2.0, 6.0, 3.0  # type: ignore[misc]
    leads.LEASE, leads.RENEWED_EVERY, leads.BELIEVED_FOR = timedelta(seconds=12), 3.0, 8.0  # type: ignore[misc]
    leads.ANSWERED_WITHIN, leads.ASKED_EVERY = 2.5, 1.0  # type: ignore[misc]


def main() -> None:
    orders = json.loads(sys.argv[1])
    hand = Hand(Path(orders["journal"]))
    if orders.get("lease"):
        shorten(orders["lease"], orders["spare"])
    if orders["quick"]:
        hurry()
    crashing.watch_sending()
    watch_claims(hand)
    crashing.watch_transactions(hand)
    crashing.watch_requests(hand)
    begun = bot.running.run

    async def run(settings: Any, options: Options, **more: Any) -> int:
        return await begun(settings, replace(options, at=hand), **more)

    bot.running.run = run
    threading.Thread(target=hand.listen, daemon=True).start()
    sys.argv = ["watchlamp", *sys.argv[2:]]
    from bot.cli.main import main as watchlamp  # noqa: PLC0415  # with all of the above in place

    watchlamp()


if __name__ == "__main__":
    main()
