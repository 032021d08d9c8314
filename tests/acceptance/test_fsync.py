"""The bot killed (SIGKILL) at each of its own calls of fdatasync, between a feed and four chat channels, then started again.

strace kills it in the very system call, so that no step of the program is left out because nobody thought of a name for it: the
database's own steps between two of ours are met as well. A sample runs with the slow tests, every call at night.
``pytest tests/acceptance/test_fsync.py`` prints the table of docs/delivery.md.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

SAMPLE = (1, 3, 5, 8, 12, 16, 20, 25)
"""Spread over a start, a poll, a decision, and the claims and receipts of eight messages."""
COLUMNS = ("posted", "lost", "unsure", "doubled", "marked", "held")
MOST, MOST_EDITS = 200, 60
"""More calls than a run makes before everything is said: two posts in four channels, an edit in each."""


def tracer() -> str:
    """The path of strace; the test is skipped where there is none, or where it may trace nobody."""
    path = shutil.which("strace")
    if path is None:
        pytest.skip("strace is not installed (a package of every Linux distribution)")
    tried = subprocess.run([path, "-f", "-e", "trace=fdatasync", "true"], capture_output=True, check=False, timeout=30)
    if tried.returncode != 0:
        pytest.skip("strace may trace no process here (ptrace is not allowed)")
    return path


def killing(nth: int) -> list[str]:
    """The program that runs the bot and kills it at its nth call (counted in each of its threads)."""
    return [tracer(), "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", f"inject=fdatasync:signal=KILL:when={nth}"]


def whole(database: Path, folder: Path) -> str:
    """What SQLite says of the file as the dead process left it; a copy is asked, so that nothing is mended before its time."""
    folder.mkdir()
    for path in database.parent.glob(f"{database.name}*"):
        shutil.copy(path, folder)
    with closing(sqlite3.connect(folder / database.name)) as copy:
        (told,) = copy.execute("pragma integrity_check").fetchone()
    shutil.rmtree(folder)
    return str(told)


async def swept(calls: Iterable[int], action: str, folder: Path, tools: Any) -> tuple[Any, set[str], Any]:
    """Die at these calls over one database and in the same channels, until a death comes after everything was said.

    Returns:
        A row for each death, everything that SQLite said of the files, and what a strict chat would not forgive.
    """
    rows, verdicts = [], set()
    async with tools.chats.open_chats(burst=30, judged=False) as chats:
        room = tools.newsroom.Newsroom(folder, tools, chats)
        try:
            await room.open()
            if action == "edit":  # something to edit, once for each death
                for _ in range(MOST_EDITS // 2):
                    told = await room.post()
                    await room.settled(told, "it was told")
                    room.remember(told, await chats.held())
            for nth in calls:
                death = tools.deaths.Death(f"fdatasync {nth}", action=action)
                counted, over = await room.killed_under(
                    killing(nth), death, lambda: verdicts.add(whole(room.database, folder / "copy"))
                )
                rows.append((death, counted))
                if over:
                    break
        finally:
            await room.close()
        violations = (await chats.verdict())["violations"]
    return rows, verdicts, violations


def judge(rows: list[tuple[Any, Any]], verdicts: set[str]) -> None:
    """Nothing lost, nothing out of order, doubles where nobody could know and with the mark, and never on Discord."""
    assert verdicts == {"ok"}
    every = {(death.label, channel): counted for death, by_channel in rows for channel, counted in by_channel.items()}
    assert {place: one.lost for place, one in every.items() if one.lost} == {}
    assert {place: one.wrong for place, one in every.items() if one.wrong} == {}
    for (label, channel), one in every.items():
        assert one.doubled <= min(one.marked, one.unsure), (label, channel)
        assert channel.startswith("slack") or not (one.doubled or one.marked or one.held), (label, channel)


def show(rows: list[tuple[Any, Any]], verdicts: set[str]) -> None:
    """Print the sums of each platform."""
    sums = {platform: Counter[str]() for platform in ("slack", "discord")}
    for _, by_channel in rows:
        for channel, one in by_channel.items():
            sums[channel.partition("-")[0]].update({name: asdict(one)[name] for name in COLUMNS})
    deaths = Counter(death.action for death, _ in rows)
    print(f"\nkilled at {sum(deaths.values())} calls of fdatasync ({dict(deaths)}); integrity_check: {', '.join(verdicts)}")  # noqa: T201
    for platform, total in sums.items():
        print(f"{platform:8} " + "  ".join(f"{name} {total[name]}" for name in COLUMNS))  # noqa: T201  # the table is the result


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is for Linux")
async def test_killed_at_a_sample_of_its_calls_of_fdatasync_nothing_is_lost_and_the_file_is_whole(
    shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    tracer()
    rows, verdicts, violations = await swept(SAMPLE, "post", tmp_path, tools)
    with capsys.disabled():
        show(rows, verdicts)
    judge(rows, verdicts)
    assert violations == {"slack": [], "discord": []}
    assert len(rows) == len(SAMPLE)


@pytest.mark.night
@pytest.mark.timeout(3500)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is for Linux")
@pytest.mark.parametrize(("action", "most"), [("post", MOST), ("edit", MOST_EDITS)])
async def test_killed_at_every_call_of_fdatasync_nothing_is_lost_and_the_file_is_whole(
    action: str, most: int, shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    tracer()
    rows, verdicts, violations = await swept(range(1, most), action, tmp_path, tools)
    with capsys.disabled():
        show(rows, verdicts)
    judge(rows, verdicts)
    assert violations == {"slack": [], "discord": []}
    assert len(SAMPLE) < len(rows) < most - 1, "the last death came after everything was said"
