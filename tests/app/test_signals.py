"""The bot as a process of its own: what signals make of it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow)])
async def test_a_signal_ends_the_run_cleanly(
    press: Any, configure: Callable[..., Path], start: Any, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    async with start("run", "-c", str(configure()), "--format", "jsonl", cwd=tmp_path) as bot:
        await bot.until_logged("event=polled")
        assert await bot.signalled(number) == status
        assert not [line for line in bot.log if "Traceback" in line]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow)])
async def test_a_single_pass_that_is_told_to_end_drops_what_is_slow(
    press: Any, configure: Callable[..., Path], start: Any, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    press.slow = 25.0
    async with start("run", "--once", "-c", str(configure()), cwd=tmp_path) as bot:
        await bot.until(lambda: bool(press.asked), "the source was asked")
        assert await bot.signalled(number) == status
        assert not [line for line in bot.log if "Traceback" in line]


@pytest.mark.slow
async def test_a_hang_up_reads_the_file_again_and_a_bad_one_changes_nothing(
    press: Any, configure: Callable[..., Path], start: Any, tmp_path: Path
) -> None:
    config = configure()
    arguments = ("run", "-c", str(config), "--format", "jsonl", "--show", "deliveries")
    async with start(*arguments, cwd=tmp_path) as bot:
        await bot.until_logged("event=polled")

        good = config.read_text("utf-8")
        config.write_text(good.replace('query = "council cameras"', 'query = "council ("'), "utf-8")
        bot.process.send_signal(signal.SIGHUP)
        await bot.until_logged("configuration not reloaded, the running one stays")
        config.write_text(good.replace("sqlite:bot.db", "sqlite:other.db"), "utf-8")
        bot.process.send_signal(signal.SIGHUP)
        await bot.until_logged("needs a restart")
        press.publish("one", "Council votes on harbour cameras", "The vote is on Monday.")
        await bot.until(lambda: len(bot.posts) == 1, "the running configuration still posts")

        config.write_text(f'web = {{ listen = "127.0.0.1:{press.port}" }}\n' + good, "utf-8")
        bot.process.send_signal(signal.SIGHUP)
        await bot.until_logged("the changed configuration cannot run, the one before goes on")
        press.publish("two", "Council asks who watches the cameras of the lighthouse keeper", "Nobody answered the question.")
        await bot.until(lambda: len(bot.posts) == 2, "the configuration before goes on")

        quiet = '[[channels]]\nid = "night"\nto = "console:night"\nquiet_hours = "00:00-23:59"\ndigest = "daily 08:00"\n'
        config.write_text(good.replace('channels = ["team"]', 'channels = ["team", "night"]') + quiet, "utf-8")
        bot.process.send_signal(signal.SIGHUP)
        await bot.until_logged("configuration reloaded", times=2)
        press.publish(
            "three", "Orchard cameras: council finds apples missing again", "A ladder was found beside the fence of the orchard."
        )
        await bot.until(lambda: len(bot.posts) == 3, "the new configuration posts")
        held = [row for row in bot.rows if row["channel"] == "night"]
        assert [(row["action"], row["state"], row["reason"]) for row in held] == [("post", "held", "digest_only")]
        assert await bot.signalled(signal.SIGTERM) == 0
    assert not (tmp_path / "other.db").exists()


STARTING = """
import os, signal, sys
import bot.cli.main
from bot.cli import run

number = getattr(signal, sys.argv.pop(1))
moment = sys.argv.pop(1)


class Import:
    def find_spec(self, name, *_):
        if name == moment:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), number)


if moment == "open":
    from bot.store.database import Store

    opened = Store.open

    async def open_store(*arguments, **named):
        os.kill(os.getpid(), number)
        return await opened(*arguments, **named)

    Store.open = open_store
else:
    sys.meta_path.insert(0, Import())
bot.cli.main.main()
"""
"""Runs the command and sends itself a signal in the middle of its start: while a module is imported, or the database opened."""


@pytest.mark.parametrize("moment", [pytest.param("bot.app", marks=pytest.mark.slow), "open"])
async def test_a_signal_to_end_is_obeyed_from_the_first_moment_on(
    press: Any, configure: Callable[..., Path], start_code: Any, tmp_path: Path, moment: str
) -> None:
    async with start_code(STARTING, "SIGTERM", moment, "run", "-c", str(configure()), cwd=tmp_path) as bot:
        assert await bot.ended() == 0
    assert not [line for line in bot.log if "Traceback" in line or "event=running" in line]


@pytest.mark.parametrize("moment", ["bot.app", pytest.param("open", marks=pytest.mark.slow)])
async def test_a_hang_up_while_the_bot_starts_does_not_end_it(
    press: Any, configure: Callable[..., Path], start_code: Any, tmp_path: Path, moment: str
) -> None:
    async with start_code(STARTING, "SIGHUP", moment, "run", "-c", str(configure()), cwd=tmp_path) as bot:
        await bot.until_logged("event=running")
        assert await bot.signalled(signal.SIGTERM) == 0
