"""A running bot goes by what people declare, without a restart: rules, sources, and a file that is read again beside them."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.config.load import load
from bot.verbs import answer

RUN = ("run", "--format", "jsonl")
ROPE = ("rope", "Harbour tug breaks rope at Pier Nine", "A tug lost its rope at Pier Nine on Monday. Nobody was hurt.")
FERRY = ("ferry", "Ferry runs aground off Northport", "The evening ferry ran aground off Northport. Tugs pulled it free by rope.")


async def declare(path: Path, line: str) -> str:
    """Ask in the terminal while the bot runs, and confirm what is shown."""
    settings = load(path, environ={})
    reply, text = await answer(settings, line, width=None)
    assert not reply.error, text
    confirm = next((one.words for one in reply.buttons if " confirm " in one.words), None)
    if confirm is None:
        return text
    done, told = await answer(settings, confirm, width=None)
    assert not done.error, told
    return told


@pytest.mark.slow
async def test_a_rule_and_a_source_count_while_the_bot_runs_and_after_the_file_is_read_again(
    press: Any, configure: Callable[..., Path], start: Callable[..., Any], tmp_path: Path
) -> None:
    press.publish("old", "Old rope found", "An old rope was found long ago.")
    path = configure()
    async with start(*RUN, "-c", str(path), cwd=tmp_path) as bot:
        await bot.until_logged("polled")
        await declare(path, 'rule add ropes channels=team "lost its rope" OR "by rope"')
        await bot.until_logged("declarations in force")
        press.publish(*ROPE)
        await bot.until(lambda: len(bot.posts) == 1, "the declared rule posts")
        assert "Pier Nine" in bot.posts[0]["text"]
        assert sum("running" in line and "sources=" in line for line in bot.log) == 1

        told = await declare(path, f"source add http://127.0.0.1:{press.port}/feed/gazette gazette")
        assert "In force: source gazette" in told
        await bot.until(lambda: "feed gazette" in press.asked, "the declared source is read")
        await bot.until(lambda: sum("source=file/gazette" in line for line in bot.log) >= 1, "its first poll is stored")
        assert len(bot.posts) == 1  # its first poll posts nothing

        path.write_text(path.read_text(encoding="utf-8").replace("council cameras", "council OR nothing"), encoding="utf-8")
        bot.process.send_signal(signal.SIGHUP)
        await bot.until_logged("configuration reloaded")
        await bot.until(lambda: sum("running" in line and "sources=2" in line for line in bot.log) == 1, "it runs again")
        press.publish(*FERRY)
        await bot.until(lambda: any("Northport" in row["text"] for row in bot.posts), "both go on")

        settings = load(path, environ={})
        for private in ("http://10.0.0.1/feed", "http://[::ffff:10.0.0.1]/", "http://127.0.0.1:22/", "file:///etc/passwd"):
            reply, _ = await answer(settings, f"source add {private}", width=None)
            assert reply.error, private
            assert not reply.buttons

        await declare(path, "rule pause ropes")
        await bot.until_logged("declarations in force", times=4)
        assert await bot.signalled(signal.SIGTERM) == 0
