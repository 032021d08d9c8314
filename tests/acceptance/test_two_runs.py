"""Two bots by mistake on one database: the second is refused with a sentence, other verbs work beside the first, and one that was
killed leaves nothing to clean up.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

VERB = ("-m", "bot.cli.main")
RUN = (*VERB, "run", "-c", "config.toml", "--format", "jsonl")


def configuration(tools: Any, house: Any) -> str:
    return f"""
database = {{ url = "sqlite:bot.db" }}
defaults = {{ group_wait = "0s", max_per_hour = 0 }}
[net]
allow = ["127.0.0.0/8"]
allow_ports = [{house.port}]
min_interval = "1s"
[[sources]]
id = "north"
url = "{house.url("north")}"
interval = "1s"
full_text = "never"
[[rules]]
id = "signal"
query = "{tools.press.TOKEN}"
channels = ["console:team"]
"""


async def said(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    """Exit status and what a verb printed on both streams."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=cwd, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def written(database: Path) -> int:
    """Messages that are down as sent: one that is killed before that may say them again."""
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute("select count(*) from deliveries where state = 'sent'").fetchone()[0])


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_second_run_is_refused_other_verbs_are_not_and_a_killed_one_bars_nobody(tmp_path: Path, tools: Any) -> None:
    old, new = tools.press.Entry.first("old"), tools.press.Entry.first("new")
    house = tools.feedhouse.FeedHouse({})
    await house.start()
    try:
        published = datetime.now(UTC)
        house.documents["north"] = tools.press.document("north", [old], published)
        (tmp_path / "config.toml").write_text(configuration(tools, house), encoding="utf-8")
        database = tmp_path / "bot.db"
        async with tools.started(*RUN, cwd=tmp_path) as first:
            await first.until(lambda: tools.count(database, "select count(*) from items where phase = 'filed'") == 1, "it reads")
            for more in ((), ("--once",)):
                status, out, err = await said(*RUN, *more, cwd=tmp_path)
                assert (status, out) == (2, "")
                assert re.search(r"Another `watchlamp run` uses the database \S*bot\.db\. Stop it first", " ".join(err.split()))
                assert "Traceback" not in err
            for verb in (
                ("outbox", "list", "-c", "config.toml"),
                ("check", "-c", "config.toml"),
                ("run", "--once", "--dry-run", "-c", "config.toml"),
            ):
                status, _, err = await said(*VERB, *verb, cwd=tmp_path)
                assert status == 0, (verb, err)
            house.documents["north"] = tools.press.document("north", [new, old], published)
            await first.until(lambda: len(first.posts) == 1, "the first goes on")
            await first.until(lambda: written(database) == 1, "and has written down that it was sent")
            first.process.send_signal(signal.SIGKILL)
            assert await first.ended() == -signal.SIGKILL
        async with tools.started(*RUN, cwd=tmp_path) as second:
            asked = len(house.requests)
            await second.until(lambda: len(house.requests) > asked + 1, "another starts after it was killed")
            assert await tools.stop(second) == 0
            assert second.posts == []
    finally:
        await house.stop()
