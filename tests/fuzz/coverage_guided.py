"""Fuzzing that follows coverage, by atheris (https://github.com/google/atheris), where that is installed: Linux, for development alone.

    pip install atheris
    python tests/fuzz/coverage_guided.py feeds -runs=100000      one target by its name; what follows goes to libFuzzer

The bytes that atheris chooses drive the same grammars as everywhere else (``fuzzing.draw.Spent``), so that each of them makes an
input of the right kind. An input that breaks something is written to a file, which can be given in place of a folder to run it again.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sandbox"), str(HERE.parent.parent)]


def main() -> None:
    """Fuzz one target until told to stop, or until something breaks."""
    import atheris  # noqa: PLC0415  # optional

    with atheris.instrument_imports(include=["bot"]):
        from fuzzing.targets import TARGETS  # noqa: PLC0415  # instrumented
    import structlog  # noqa: PLC0415
    from fuzzing.draw import Spent  # noqa: PLC0415

    def drop(*_: object) -> object:
        raise structlog.DropEvent

    structlog.configure(processors=[drop])
    logging.disable(logging.CRITICAL)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    (target,) = [one for one in TARGETS if one.name == wanted] or sys.exit(f"There are: {', '.join(one.name for one in TARGETS)}.")

    def once(data: bytes) -> None:
        with contextlib.suppress(*target.promised):
            target.read(target.make(Spent(data)))

    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
