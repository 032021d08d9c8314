"""The whole bot in this process: files in a folder, a publisher on loopback, an event that stops it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bypath import loaded
from structlog.testing import capture_logs

from bot.app import Options
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.core.deliveries import Delivery
from bot.core.errors import UserInputError, WorkError
from bot.running import run

outside = loaded(Path(__file__).with_name("outside.py"), "app_outside")
query, PATIENCE = outside.query, outside.PATIENCE


class Terminal(io.StringIO):
    """Collects rows, and tells what was printed so far."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def headlines(self) -> list[str]:
        return [row["text"].splitlines()[0] for row in self.rows]


class Later(SystemClock):
    """The machine's clock a minute ahead, so that every source is due again."""

    def now(self) -> datetime:
        return super().now() + timedelta(minutes=1)


class Closed(io.StringIO):
    """A terminal whose reader went away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


async def until(done: Callable[[], bool], bot: asyncio.Task[int] | None = None) -> None:
    await outside.until(done, "what was waited for", bot)


@contextlib.asynccontextmanager
async def living(config: Path, **options: Any) -> AsyncIterator[tuple[asyncio.Task[int], Terminal, asyncio.Event]]:
    """The bot running on a configuration; stopped at the end if it still runs."""
    out, stop = Terminal(), asyncio.Event()
    bot = asyncio.create_task(run(load(config, environ={}), Options(jsonl=True, out=out, **options), stop=stop))
    try:
        yield bot, out, stop
    finally:
        stop.set()
        await asyncio.gather(bot, return_exceptions=True)


def baselined(folder: Path) -> int:
    database = folder / "bot.db"
    if not database.exists() or not query(database, "select 1 from sqlite_master where name = 'deliveries'"):
        return 0
    return int(query(database, "select count(*) from sources where baselined_at is not null")[0][0])


async def ready(port: int) -> dict[str, Any] | None:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz")
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None


# ---------------------------------------------------------------- for ever


async def test_from_start_over_a_new_entry_to_a_clean_stop(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int
) -> None:
    press.publish("old", "Council buys cameras for the old pier", "It did.")
    config = configure(first=True, top=f'web = {{ listen = "127.0.0.1:{free_port}" }}')
    settled: list[Delivery] = []
    async with living(config, on_settled=settled.append) as (bot, out, stop):
        async with asyncio.timeout(PATIENCE):
            while (told := await ready(free_port)) is None:
                await asyncio.sleep(0.02)
        assert told["status"] == "ready"
        assert all(told["parts"].values())
        await until(lambda: baselined(tmp_path) == 1, bot)
        press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
        await until(lambda: bool(out.rows), bot)
        asked = len(press.asked)
        await until(lambda: len(press.asked) > asked, bot)
        began = time.monotonic()
        stop.set()
        assert await bot == 0
        assert time.monotonic() - began < 10
        assert await ready(free_port) is None
    assert out.headlines == ["Council votes on harbour cameras"]
    (row,) = out.rows
    assert (row["channel"], row["action"], row["state"], row["reason"]) == ("team", "post", "sent", "new_story")
    assert [str(delivery.state) for delivery in settled] == ["sent"]
    assert query(tmp_path / "bot.db", "select state, reason from deliveries order by sequence") == [
        ("skipped", "baseline"),
        ("sent", "new_story"),
    ]


async def test_a_second_run_on_the_same_database_is_refused_with_a_sentence(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    config = configure()
    async with living(config) as (bot, _, _stop):
        await until(lambda: baselined(tmp_path) == 1, bot)
        with pytest.raises(UserInputError, match="Another `watchlamp run` uses the database"):
            await run(load(config, environ={}), Options(out=Terminal()))
        assert not bot.done()


async def test_an_address_in_use_ends_the_start_with_a_sentence(press: Any, configure: Callable[..., Path], tmp_path: Path) -> None:
    config = configure(top=f'web = {{ listen = "127.0.0.1:{press.port}" }}')
    with pytest.raises(WorkError, match="cannot be listened on"):
        await asyncio.wait_for(run(load(config, environ={}), Options(out=Terminal())), PATIENCE)


async def test_a_database_in_a_folder_that_cannot_be_is_told_with_a_sentence(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    config = configure()
    config.write_text(config.read_text("utf-8").replace("sqlite:bot.db", "sqlite:config.toml/bot.db"), "utf-8")
    with pytest.raises(UserInputError, match=r"config\.toml cannot be written .*database\.url"):
        await asyncio.wait_for(run(load(config, environ={}), Options(out=Terminal())), PATIENCE)


async def test_while_the_database_does_not_answer_the_bot_is_not_ready_and_it_recovers(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int
) -> None:
    config = configure(top=f'web = {{ listen = "127.0.0.1:{free_port}" }}')
    # The log is caught: drawing a traceback with all its values takes seconds, and several are told every second.
    with capture_logs() as logs:
        await renamed_and_back(config, tmp_path, free_port)
    assert any("failed" in entry["event"] for entry in logs)


def alter(database: Path, statement: str) -> None:
    """In a thread of its own: it waits for the bot, which works on the test's loop."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.execute(f"alter table {statement}")


async def renamed_and_back(config: Path, tmp_path: Path, free_port: int) -> None:
    """The bot on a database whose most important table is gone for a while."""
    async with living(config) as (bot, _, _stop):
        await until(lambda: baselined(tmp_path) == 1, bot)
        for statement, answers in (("sources rename to elsewhere", False), ("elsewhere rename to sources", True)):
            await asyncio.to_thread(alter, tmp_path / "bot.db", statement)
            async with asyncio.timeout(PATIENCE):
                while (await ready(free_port) is not None) is not answers:
                    await asyncio.sleep(0.02)
        assert not bot.done()


async def test_a_page_is_fetched_for_an_entry_without_text(press: Any, configure: Callable[..., Path], tmp_path: Path) -> None:
    config = configure(full_text="auto")
    async with living(config) as (bot, out, _):
        await until(lambda: baselined(tmp_path) == 1, bot)
        sentence = "The council wants cameras at every gate of the fish market, the clerk told reporters on Tuesday."
        press.publish(
            "gates",
            "Clerk speaks of gates",
            "\n".join([sentence] * 3 + ["Nobody objected to it in the hall that evening."]),
            page=True,
        )
        await until(lambda: bool(out.rows), bot)
    assert "page gates" in press.asked
    assert "cameras at every gate" in out.rows[0]["text"]


async def test_a_stop_while_a_source_is_slow_does_not_wait_for_it(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    press.slow = 25.0
    async with living(configure()) as (bot, _, stop):
        await until(lambda: bool(press.asked), bot)
        began = time.monotonic()
        stop.set()
        assert await bot == 0
        assert time.monotonic() - began < 10
    assert baselined(tmp_path) == 0


# ---------------------------------------------------------------- once


async def test_once_polls_files_sends_what_is_pending_without_group_wait_and_ends(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    config = configure(group_wait="10m", interval="1s")
    assert await run(load(config, environ={}), Options(once=True, out=Terminal())) == 0
    press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
    out = Terminal()
    assert await run(load(config, environ={}), Options(once=True, jsonl=True, out=out), clock=Later()) == 0
    assert out.headlines == ["Council votes on harbour cameras"]


async def test_a_run_goes_on_from_what_earlier_runs_learnt_about_the_words_of_the_stream(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    def learnt() -> dict[str, Any]:
        ((kept,),) = query(tmp_path / "bot.db", "select value from facts where name = 'word_frequencies'")
        told: dict[str, Any] = json.loads(kept)
        return told

    config = configure(interval="1s")
    press.publish("old", "Council buys cameras for the old pier", "It did.")
    assert await run(load(config, environ={}), Options(once=True, out=Terminal())) == 0
    assert learnt()["documents"] == 1
    async with living(config) as (bot, _, stop):
        await until(lambda: baselined(tmp_path) == 1, bot)
        press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
        await until(lambda: query(tmp_path / "bot.db", "select count(*) from deliveries") == [(2,)], bot)
        stop.set()
        assert await bot == 0
    assert (learnt()["documents"], learnt()["counts"]["cameras"], learnt()["counts"]["harbour"]) == (2, 2, 1)


async def test_once_sends_the_posts_that_an_earlier_run_left_waiting(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    config = configure(group_wait="10m")
    async with living(config) as (bot, out, _):
        await until(lambda: baselined(tmp_path) == 1, bot)
        press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
        await until(lambda: query(tmp_path / "bot.db", "select count(*) from deliveries where state = 'pending'") == [(1,)], bot)
    assert out.rows == []
    press.broken.add("ledger")
    out = Terminal()
    await run(load(config, environ={}), Options(once=True, jsonl=True, out=out))
    assert out.headlines == ["Council votes on harbour cameras"]


async def test_once_fails_only_if_every_source_failed(
    press: Any, configure: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    press.broken = {"ledger"}
    config = configure(sources=("ledger", "radio"), interval="1s")
    assert await run(load(config, environ={}), Options(once=True, out=Terminal())) == 0
    assert capsys.readouterr().err.splitlines() != []
    press.broken = {"ledger", "radio"}
    all_broken = configure(sources=("courier", "ledger2"), name="other.toml")
    press.broken = {"courier", "ledger2"}
    assert await run(load(all_broken, environ={}), Options(once=True, out=Terminal())) == 1
    told = capsys.readouterr().err
    assert "courier: " in told
    assert "ledger2: " in told
    assert "500" in told


async def test_once_with_nothing_due_does_nothing_and_succeeds(press: Any, configure: Callable[..., Path]) -> None:
    config = configure(interval="1h")
    assert await run(load(config, environ={}), Options(once=True, out=Terminal())) == 0
    assert await run(load(config, environ={}), Options(once=True, out=Terminal())) == 0
    assert len(press.asked) == 1


async def test_once_reads_every_page_however_many_wait(
    press: Any, configure: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.alert.LOOK_AHEAD", 3)
    config = configure(full_text="auto", top="", more="", interval="1s")
    config.write_text(config.read_text("utf-8").replace("max_per_hour = 0", "max_per_hour = 0, backfill = 20"), "utf-8")
    for number in range(8):
        press.publish(f"s{number}", f"Page {number}", f"Council matter {number * 7919} and its cameras.\nNothing else.", page=True)
    assert await run(load(config, environ={}), Options(once=True, out=Terminal())) == 0
    assert query(tmp_path / "bot.db", "select count(*) from items where phase = 'queued'") == [(0,)]
    assert len([asked for asked in press.asked if asked.startswith("page")]) == 8


# ---------------------------------------------------------------- dry


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


async def test_a_dry_run_shows_messages_and_leaves_every_file_byte_for_byte(
    press: Any, configure: Callable[..., Path], tmp_path: Path
) -> None:
    config = configure()
    await run(load(config, environ={}), Options(once=True, out=Terminal()))
    press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
    before = fingerprint(tmp_path)
    out = Terminal()
    assert await run(load(config, environ={}), Options(once=True, dry_run=True, jsonl=True, out=out), clock=Later()) == 0
    assert out.headlines == ["Council votes on harbour cameras"]
    assert fingerprint(tmp_path) == before
    again = Terminal()
    assert await run(load(config, environ={}), Options(once=True, jsonl=True, out=again), clock=Later()) == 0
    assert again.headlines == out.headlines


async def test_a_dry_run_works_beside_a_running_bot_and_on_its_address(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int
) -> None:
    config = configure(top=f'web = {{ listen = "127.0.0.1:{free_port}" }}')
    async with living(config) as (bot, _, _stop):
        await until(lambda: baselined(tmp_path) == 1, bot)
        async with living(config, dry_run=True) as (dry, shown, _dry_stop):
            press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
            await until(lambda: bool(shown.rows), dry)
        assert not bot.done()


async def test_a_dry_run_without_a_database_yet_makes_none(press: Any, configure: Callable[..., Path], tmp_path: Path) -> None:
    config = configure(first=True)
    assert await run(load(config, environ={}), Options(once=True, dry_run=True, out=Terminal())) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


async def test_a_dry_run_on_postgresql_is_refused_with_a_sentence(press: Any, configure: Callable[..., Path]) -> None:
    config = configure()
    config.write_text(config.read_text("utf-8").replace("sqlite:bot.db", "postgresql://bot@127.0.0.1/bot"), "utf-8")
    with pytest.raises(UserInputError, match="--dry-run works on a copy"):
        await run(load(config, environ={}), Options(once=True, dry_run=True, out=Terminal()))


# ---------------------------------------------------------------- what a start settles


async def test_a_start_lets_a_parked_terminal_speak_again(press: Any, configure: Callable[..., Path], tmp_path: Path) -> None:
    config = configure(group_wait="0s")
    await run(load(config, environ={}), Options(once=True, out=Terminal()))
    press.publish("new", "Council votes on harbour cameras", "The vote is on Monday.")
    await run(load(config, environ={}), Options(once=True, jsonl=True, out=Closed()), clock=Later())
    assert query(tmp_path / "bot.db", "select parked from channels") == [("channel_gone",)]
    out = Terminal()
    await run(load(config, environ={}), Options(once=True, jsonl=True, out=out), clock=Later())
    assert query(tmp_path / "bot.db", "select parked from channels") == [(None,)]
