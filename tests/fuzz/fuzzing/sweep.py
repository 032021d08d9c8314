"""Walks targets with so many inputs, and counts: inputs, crashes, hangs, seconds.

An input is made from a seed that names the target and a number, so that each can be made again:

    python tests/fuzz/sweep.py --inputs 20000            all targets by their shares
    python tests/fuzz/sweep.py --target feeds --number 17   that one alone, with its input
"""

from __future__ import annotations

import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.core.errors import WatchlampError
from fuzzing.draw import Draw, Seeded
from fuzzing.target import Target, is_sentence


class HangError(BaseException):
    """An input took more processor time than its reader may; no Exception, so that no wall of ours catches it."""


@dataclass
class Tally:
    """What came of one target's inputs.

    Attributes:
        refused: inputs that were answered with a promised error.
        crashes, hangs: one of each kind (by where it happened), with a seed that brings it about and its story.
        seconds: of CPU; slowest: the longest single input.
    """

    target: Target
    inputs: int = 0
    refused: int = 0
    crashes: dict[str, tuple[str, str]] = field(default_factory=dict)
    hangs: dict[str, tuple[str, str]] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: float = 0.0


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise HangError when so much processor time is used up; what is inside C code is told as soon as it returns."""

    def over(*_: Any) -> None:
        raise HangError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def attempt(target: Target, draw: Draw, tally: Tally, seed: str) -> None:
    """Make one input, read it, and note what came of it."""
    tally.inputs += 1
    given = target.make(draw)
    began = time.process_time()
    try:
        with _limited(target.seconds):
            target.read(given)
    except HangError:
        tally.hangs.setdefault(_place(), (seed, f"{_place()}\n{given!r}"[:4000]))
    except target.promised as error:
        tally.refused += 1
        try:
            if isinstance(error, WatchlampError):
                is_sentence(error)
        except AssertionError as strange:
            tally.crashes.setdefault(f"sentence {str(strange)[:60]}", (seed, f"{strange}\n{given!r}"[:4000]))
    except Exception:  # noqa: BLE001  # every other error is what is looked for
        tally.crashes.setdefault(_place(), (seed, f"{traceback.format_exc()}\n{given!r}"[-6000:]))
    tally.slowest = max(tally.slowest, time.process_time() - began)


def _place() -> str:
    """The kind of an error and where it happened: two inputs that break at one place are one finding."""
    kind, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "/bot/" in frame.filename] or list(frames)
    last = ours[-1]
    return f"{kind.__name__ if kind else ''} {last.filename.rpartition('/bot/')[2]}:{last.lineno}" + (
        f" {str(error)[:60]}" if isinstance(error, AssertionError) else ""
    )


def walk(targets: Sequence[Target], inputs: int, *, salt: str = "", tell: Callable[[str], None] = lambda _: None) -> list[Tally]:
    """Read so many inputs, divided over the targets by their shares; rounds of all targets, so that an early end covers them all."""
    with _quietly():
        return _walk(targets, inputs, salt, tell)


@contextmanager
def _quietly() -> Iterator[None]:
    """Nothing of the program's own log: it would say a line an input."""
    before = structlog.get_config()
    structlog.configure(processors=[_dropped])
    try:
        yield
    finally:
        structlog.configure(**before)


def _dropped(*_: Any) -> Any:
    raise structlog.DropEvent


def _walk(targets: Sequence[Target], inputs: int, salt: str, tell: Callable[[str], None]) -> list[Tally]:
    tallies = [Tally(target) for target in targets]
    whole = sum(target.share for target in targets)
    wanted = [max(1, round(inputs * target.share / whole)) for target in targets]
    wanted[-1] += inputs - sum(wanted)
    rounds = max(1, inputs // 20_000)
    for number in range(rounds):
        for tally, most in zip(tallies, wanted, strict=True):
            began = time.process_time()
            while tally.inputs < most * (number + 1) // rounds:
                seed = f"{salt}{tally.target.name}/{tally.inputs}"
                attempt(tally.target, Seeded(seed), tally, seed)
            tally.seconds += time.process_time() - began
        tell(table(tallies))
    return tallies


def table(tallies: Sequence[Tally]) -> str:
    """The count, a line a target."""
    lines = [f"{'target':<28}{'inputs':>10}{'refused':>10}{'crashes':>9}{'hangs':>7}{'CPU s':>9}{'slowest s':>11}"]
    lines += [
        f"{one.target.name:<28}{one.inputs:>10,}{one.refused:>10,}{len(one.crashes):>9}{len(one.hangs):>7}{one.seconds:>9.1f}{one.slowest:>11.3f}"
        for one in tallies
    ]
    total = (sum(one.inputs for one in tallies), sum(len(one.crashes) for one in tallies), sum(len(one.hangs) for one in tallies))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines.append(
        f"{total[0]:,} inputs, crashes {total[1]}, hangs {total[2]}, {sum(one.seconds for one in tallies):.0f} s of CPU, {peak} MB at most"
    )
    return "\n".join(lines)


def stories(tallies: Sequence[Tally]) -> str:
    """Every finding with its seed."""
    found = [
        (one, kind, seed, story) for one in tallies for part in (one.crashes, one.hangs) for kind, (seed, story) in part.items()
    ]
    return "\n\n".join(f"== {one.target.name}: {kind}\nseed {seed!r}\n{story}" for one, kind, seed, story in found)
