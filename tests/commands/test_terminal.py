"""``watchlamp watch``: the same words in the terminal, as owner, beside a bot that runs."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import Options
from bot.config.load import load_for_replay
from bot.running import run
from bot.store.database import Store
from bot.verbs import answer

CONFIG = """
timezone = "Europe/Berlin"
database = { url = "sqlite:watch.db" }

[[channels]]
id = "ops"
to = "console:ops"

[[rules]]
id = "cameras"
title = "Cameras"
query = "council cameras"
channels = ["ops"]
"""


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    await (await Store.open(f"sqlite:{tmp_path / 'watch.db'}")).close()
    return path


def watch(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.cli.main", "watch", "-c", str(config), *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHLAMP")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=100)


def test_the_answer_is_printed_and_an_error_goes_to_standard_error(config):
    good = watch(config, "latest", "3")
    assert (good.returncode, good.stdout, good.stderr) == (
        0,
        "No story was posted in any channel yet.\n\nstatus says what the bot is doing.\n",
        "",
    )
    wrong = watch(config, "latets")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("There is no command latets.\n")


def test_no_words_are_help(config):
    done = watch(config)
    assert done.returncode == 0
    assert "  watchlamp watch status" in done.stdout


def test_a_database_that_is_missing_is_told_with_what_to_do(config):
    (config.parent / "watch.db").unlink()
    done = watch(config, "status")
    assert done.returncode == 1
    assert "watchlamp run" in done.stderr


async def test_a_terminal_with_colours_gets_them(config):
    _, drawn = await answer(load_for_replay(config), "help", width=80)
    assert "\x1b[1mWhat you can ask\x1b[0m" in drawn


async def test_beside_a_running_bot_a_sample_is_sent_by_that_bot(config):
    settings = load_for_replay(config)
    out, stop = io.StringIO(), asyncio.Event()
    running = asyncio.create_task(run(settings, Options(jsonl=True, out=out), stop=stop))
    try:
        async with asyncio.timeout(60):
            reply, shown = await answer(settings, "test ops", width=None)
            assert not reply.error
            assert shown.startswith("A sample is on its way to ops.\n")
            while "\n" not in out.getvalue():
                await asyncio.sleep(0.05)
    finally:
        stop.set()
        assert await running == 0
    row = json.loads(out.getvalue())
    assert (row["channel"], row["state"], row["reason"], row["story_id"]) == ("ops", "sent", "sample", None)
    assert row["text"].startswith("Test: Harbour City council votes")
    status, _ = await answer(settings, "status", width=None)
    assert dict(status.sections[-1].fields)["Messages"] == "nothing waits"
