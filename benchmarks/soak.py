"""Weeks of a bot's life in minutes: sources and chats fail at random, clocks are set, other programs hold the database.

    python benchmarks/soak.py [--days 28] [--sources 300] [--seed 1]

The program's own parts, as the composition root wires them (``bot.app.Bot``: poller, reader of feeds in its child process, store
on a file, alerts, outbox, both adapters with their real SDKs, learning, monitor, upkeep), between servers on loopback and the
stand-ins of ``tests/standins``. Time is that of the event loop: it stands still while anything can be done, and goes on to the next
timer when nothing can. What differs from a run: the stages are woken every five minutes instead of every second (and by each other
at once, as always), nothing beats once a second for a supervisor, SQLite's calls are made without threads, and nobody listens at
the chats' sockets (a heartbeat every half minute, for weeks). A restart is a clean one.

Prints a line a day: objects that the garbage collector knows after a collection, memory blocks, PSS of the process, open files,
threads, tasks, bytes of the database and of its write-ahead log. At the end, who knows what was published looks at what the chats
show: every event that a rule matches stands there once, and nothing else. PSS and open files are told on Linux only.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from soaking.life import soak


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--days", type=float, default=28)
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="watchlamp-soak-"))
    try:
        told = soak(folder, days=arguments.days, sources=arguments.sources, seed=arguments.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    shown = told.ledger
    told_all = {what: f"{told.growth(what):+.3%}" for what in ("objects", "blocks", "pss", "files")}
    sys.stdout.write(
        f"{told.asked:,} requests to sources, {told.restarts} restarts, met: {dict(sorted(told.met.items()))}\n"
        f"{len(shown.wanted)} events to tell; deliveries {told.states}; marked as repeats {dict(shown.marked)}\n"
        f"lost {shown.lost()}, doubled {shown.doubled()}, strange {shown.strange()}\n"
        f"growth a day over the second half (Theil-Sen slope / median): {told_all}; largest log {told.largest_log / 1e6:.2f} MB\n"
        f"{told.seconds:.0f} s, of which the processors computed {told.processor:.0f}\n"
    )
    sys.exit(1 if shown.lost() or shown.doubled() or shown.strange() else 0)


if __name__ == "__main__":
    main()
