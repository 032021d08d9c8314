"""``watchlamp demo`` as a person starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from bot.demo.newsroom import LAST_STEP
from bot.demo.show import TALE

PATIENCE = 60.0


def interruptible() -> None:
    """A shell that starts this run in the background has told it to ignore Ctrl+C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def started(*arguments: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cli.main",
        "demo",
        *arguments,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=interruptible,
    )


def flowing(text: str) -> str:
    """The text without the breaks of its lines."""
    return " ".join(text.split())


@pytest.mark.slow
async def test_the_demo_tells_its_tale_in_under_half_a_minute_and_ends(tmp_path: Path) -> None:
    began = time.monotonic()
    process = await started(folder=tmp_path)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err.decode()) == (0, "")
    assert time.monotonic() - began < 30
    told = out.decode()
    steps = [told.index(f"\n{step + 1}. ") for step in range(LAST_STEP + 1)]
    assert steps == sorted(steps)
    parts = [told[start:end] for start, end in zip(steps, [*steps[1:], told.index("Why was that posted?")], strict=True)]
    for part, sentence in zip(parts, TALE, strict=True):
        assert flowing(sentence) in flowing(part)
    cards = [part.count("╭─ team ─") for part in parts]
    edits = [part.count("╭─ team · edited ─") for part in parts]
    assert cards == [0, 1, 0, 0, 0, 1, 1]
    assert edits == [0, 0, 1, 1, 0, 0, 0]
    assert "0 posted" in parts[0]
    assert "2 independent outlets" in flowing(parts[2].replace("│", " "))
    assert "3 independent outlets" in flowing(parts[3].replace("│", " "))
    assert "Not posted: it repeats a story we know (Harbour Ledger" in flowing(parts[4])
    assert "Follows: Harbour City council votes to end licence-plate reader contract" in parts[6]
    assert "Slack and Discord" in told[told.index("Your own") :]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
async def test_ctrl_c_ends_the_demo_without_a_word_of_fault(tmp_path: Path) -> None:
    process = await started(folder=tmp_path)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while b"remembered" not in await process.stdout.readline():
            pass
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err.decode()) == (130, "")


@pytest.mark.slow
async def test_with_keep_the_newsroom_stays_until_it_is_told_to_end(tmp_path: Path) -> None:
    process = await started("--keep", folder=tmp_path)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while b"until you press Ctrl+C" not in await process.stdout.readline():
            pass
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err.decode()) == (0, "")
