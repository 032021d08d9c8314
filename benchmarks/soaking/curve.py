"""What the process of the soak holds, day after day."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import statistics
import sys
import threading
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Day:
    """What the process holds after a day."""

    day: int
    objects: int
    blocks: int
    pss: float
    files: int
    threads: int
    tasks: int
    database: int
    log: int

    def line(self) -> str:
        """A line of the curve."""
        return (
            f"{self.day:4} {self.objects:9,} {self.blocks:10,} {self.pss:8.1f} {self.files:6} {self.threads:4} {self.tasks:4} "
            f"{self.database / 1e6:8.2f} {self.log / 1e6:7.2f}"
        )


HEAD = " day   objects     blocks   PSS MB  files thrd task    DB MB  WAL MB"


def measured(day: int, database: Path) -> Day:
    """Look at this process."""
    gc.collect()
    pss, files = 0.0, 0
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                pss = int(line.split()[1]) / 1024
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # a listing that opens itself, each time alike
    log = database.with_name(f"{database.name}-wal")
    return Day(
        day=day,
        objects=len(gc.get_objects()),
        blocks=sys.getallocatedblocks(),
        pss=pss,
        files=files,
        threads=threading.active_count(),
        tasks=len(asyncio.all_tasks()),
        database=database.stat().st_size,
        log=log.stat().st_size if log.exists() else 0,
    )


def slope(values: list[float]) -> float:
    """Growth a day as the median of the slopes between all pairs of days (Theil and Sen), which no single day bends."""
    pairs = [(later - former) / (b - a) for (a, former), (b, later) in itertools.combinations(enumerate(values), 2)]
    return statistics.median(pairs) if pairs else 0.0
