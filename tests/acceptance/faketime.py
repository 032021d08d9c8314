"""The clock of another process in our hand: libfaketime, as its package from PyPI or from a Linux distribution brings it.

Only the wall clock is moved; the monotonic one, by which programs sleep, goes on as in life.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

_SYSTEM = (Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"))
_PROOF = "1980-02-03 12:00:00"


class WallClock:
    """What the clock of a process shows, set from outside; the process is started with ``environment``."""

    def __init__(self, folder: Path) -> None:
        self._stamp = folder / "clock"
        self.set(0)

    def set(self, seconds: int) -> None:
        """Let the clock be so many seconds ahead of the true time, or behind it, from now on."""
        fresh = self._stamp.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self._stamp)

    def environment(self) -> dict[str, str]:
        """What the process needs."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._stamp),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


def library() -> Path | None:
    """The library that a process is to load first, if this machine has one that works."""
    found = [path for folder in _SYSTEM for path in (*folder.glob("*/faketime/libfaketime.so.1"), *folder.glob("faketime/*.so.1"))]
    package = importlib.util.find_spec("libfaketime")
    if package is not None and package.origin is not None:
        found.insert(0, Path(package.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1")
    return next((path for path in found if path.is_file() and _works(path)), None)


def _works(path: Path) -> bool:
    environment = os.environ | {"LD_PRELOAD": str(path), "FAKETIME": f"@{_PROOF}", "TZ": "UTC"}
    asked = [sys.executable, "-c", "import time; print(time.strftime('%Y-%m-%d'))"]
    told = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False, timeout=30)
    return told.stdout.strip() == _PROOF.partition(" ")[0]
