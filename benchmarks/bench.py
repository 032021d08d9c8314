"""How fast, and in how much memory: ``make bench SIZE=small`` (a minute, part of the proof) or ``SIZE=full``.

    python benchmarks/bench.py [--size small|full] [--only CASE ...] [--json] [--record]

Each case runs in a process of its own, watched from outside: peak memory is the PSS of that process and its children.
Every figure is compared with the one in figures.toml. Status 1 if a time, a memory or a rate is more than three times
worse than recorded, a ratio to a peer is under 1, or a count is not what it was. ``--record`` writes the figures down; of
rates by the clock on the wall, which tell as much about the machine's other work, the lowest ever recorded stays.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import structlog
import tomli
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "figures.toml"
TOLERANCE = 3.0
"""Machines differ and are busy; three times worse is a mistake in the program."""


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants, as Linux tells them."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            yield from tree(int(child))


def pss(pid: int) -> int:
    """Proportional set size of a process tree in bytes: shared pages count once, split among those who share them."""
    total = 0
    try:
        for member in tree(pid):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return total  # a process ended while it was looked at
    return total


def run_case(name: str, size: str) -> list[dict[str, object]]:
    """Figures of one case with its peak memory."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "PYTHONHASHSEED": "0"}
    environment.pop("COVERAGE_PROCESS_START", None)  # a measured program must not measure itself
    command = [sys.executable, str(HERE / "bench.py"), "--size", size, "--run", name]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        while process.poll() is None:
            peak = max(peak, pss(process.pid))
            time.sleep(0.1)
        assert process.stdout is not None
        answer = process.stdout.read()
    if process.returncode != 0:
        raise SystemExit(f"the case {name} ended with status {process.returncode}; its error is above")
    figures: list[dict[str, object]] = json.loads(answer)
    if peak:
        figures.append(
            {"name": f"{name}.peak_mb", "value": peak / 1e6, "unit": "MB", "better": "less", "note": "PSS of the process tree"}
        )
    return figures


def verdict(figure: dict[str, object], recorded: float | None) -> str:
    """What is wrong with a figure, or an empty string."""
    value = float(str(figure["value"]))
    if figure["better"] == "ratio":
        return "slower than the peer" if value < 1 else ""
    if recorded is None or figure["better"] == "told":
        return ""
    if figure["better"] == "exact":
        return "not what it was" if value != recorded else ""
    worse = value / recorded if figure["better"] == "less" else recorded / value
    return f"{worse:.1f} times worse" if worse > TOLERANCE else ""


def show(figures: list[dict[str, object]], recorded: dict[str, float]) -> None:
    """The table for people."""
    table = Table("figure", "now", "recorded", "", box=None, pad_edge=False)
    for column in (1, 2):
        table.columns[column].justify = "right"
    for figure in figures:
        name, unit = str(figure["name"]), str(figure["unit"])
        known = recorded.get(name)
        now = f"{float(str(figure['value'])):,.2f} {unit}".strip()
        remark = "; ".join(filter(None, (verdict(figure, known).upper(), str(figure["note"]))))
        table.add_row(name, now, "" if known is None else f"{known:,.2f} {unit}".strip(), remark)
    Console(width=160, highlight=False).print(table)


def record(size: str, figures: list[dict[str, object]], only: Sequence[str]) -> None:
    """Write figures.toml anew; the figures of the other size stay, and those of cases that were not run."""
    known = tomli.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.is_file() else {}
    fresh = {str(figure["name"]): round(float(str(figure["value"])), 4) for figure in figures}
    for name in (str(figure["name"]) for figure in figures if figure["better"] == "wall"):
        fresh[name] = min(fresh[name], known.get(size, {}).get(name, fresh[name]))
    before = {name: value for name, value in known.get(size, {}).items() if name != "recorded"} if only else {}
    known[size] = {**before, **fresh}
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    chosen = f" --only {' '.join(only)}" if only else ""
    lines = ["# Figures to compare with, each section as its command printed them. Written by that command: do not edit."]
    for section in sorted(known):
        how = (
            known[section].pop("recorded", "")
            if section != size
            else f"python benchmarks/bench.py --size {size}{chosen} --record ({machine})"
        )
        lines += [
            "",
            f"[{section}]",
            f'recorded = "{how}"',
            *(f'"{name}" = {value}' for name, value in sorted(known[section].items())),
        ]
    RECORDED.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="run these cases alone; rules means all that begin so")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of a table")
    parser.add_argument("--record", action="store_true", help="write the figures down as the ones to compare with")
    parser.add_argument("--run", metavar="CASE", help=argparse.SUPPRESS)
    options = parser.parse_args()

    from cases import CASES, SIZES  # noqa: PLC0415  (the watching process stays small)

    if options.run:
        warnings_only = structlog.make_filtering_bound_logger(logging.WARNING)
        structlog.configure(wrapper_class=warnings_only, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        print(json.dumps([asdict(figure) for figure in CASES[options.run](SIZES[options.size])]))
        return 0
    figures: list[dict[str, object]] = []
    chosen = [name for name in CASES if not options.only or any(f"{name}.".startswith(f"{start}.") for start in options.only)]
    if not chosen:
        parser.error(f"there is no case {' '.join(options.only)}; cases are {', '.join(CASES)}")
    for name in chosen:
        figures += run_case(name, options.size)
    if options.record:
        record(options.size, figures, options.only or ())
    recorded = (tomli.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.is_file() else {}).get(options.size, {})
    if options.json:
        for figure in figures:
            print(json.dumps({**figure, "recorded": recorded.get(figure["name"])}))
    else:
        show(figures, recorded)
    bad = [f"{figure['name']}: {wrong}" for figure in figures if (wrong := verdict(figure, recorded.get(figure["name"])))]
    if bad:
        print("\nTOO SLOW, TOO LARGE OR WRONG:\n" + "\n".join(bad), file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
