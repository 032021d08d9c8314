"""A process whose work is over ends, even if something that was broken off does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

STUBBORN = """
import asyncio, sys
from bot.cli.run import ended

async def stubborn():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

kept = []

async def work():
    kept.append(asyncio.create_task(stubborn()))
    await asyncio.sleep(0)
    print("done")
    return 3

sys.exit(ended(work(), patient=False))
"""


@pytest.mark.slow
def test_what_never_ends_does_not_keep_a_process_that_is_done() -> None:
    told = subprocess.run([sys.executable, "-c", STUBBORN], capture_output=True, text=True, timeout=50, check=False)
    assert (told.returncode, told.stdout) == (3, "done\n")
