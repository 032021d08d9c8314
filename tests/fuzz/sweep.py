"""Walks the fuzz targets outside a test run: ``python tests/fuzz/sweep.py --inputs 1000000``; see ``fuzzing.sweep``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sandbox"), str(HERE.parent.parent)]

from fuzzing.sweep import stories, table, walk  # noqa: E402  # the folder above makes it importable
from fuzzing.targets import TARGETS  # noqa: E402


def main() -> int:
    """Walk; the exit status is 1 if anything was found."""
    options = argparse.ArgumentParser(description="Walk the fuzz targets.")
    options.add_argument("--inputs", type=int, default=20_000)
    options.add_argument("--target", action="append", help="only targets whose name contains this")
    options.add_argument("--salt", default="", help="other inputs than without")
    given = options.parse_args()
    targets = [one for one in TARGETS if not given.target or any(word in one.name for word in given.target)]
    tallies = walk(targets, given.inputs, salt=given.salt, tell=lambda text: print(text, file=sys.stderr, flush=True))
    print(table(tallies))
    if found := stories(tallies):
        print(found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
