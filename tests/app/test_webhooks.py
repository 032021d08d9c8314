"""A webhook as a channel, the whole way: the bot as a process, a receiver that checks signatures and lives on when the bot dies."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.config.load import load
from bot.keeping import restore
from bot.store.backup import back_up

KEY = b"0123456789abcdef0123456789abcdef"
PATIENCE = 60.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""
COUNCIL = ("vote", "Council votes on harbour cameras", "The council votes on the cameras of the harbour on Monday.")
LIGHTHOUSE = ("keeper", "Lighthouse keeper asks council about cameras", "Nobody on the council answered the keeper's question.")


def _receiver() -> ModuleType:
    name = "standins_receiver"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "standins" / "receiver.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
async def partner(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """The receiver, with its address and secret where the bot finds them."""
    receiver = _receiver().Receiver(key=KEY)
    await receiver.start()
    monkeypatch.setenv("WATCHLAMP_URL_PARTNER", receiver.url("/CANARY-path?key=CANARY-key").replace("//", "//anna:CANARY-pass@"))
    monkeypatch.setenv("WATCHLAMP_SECRET_PARTNER", "whsec_" + base64.b64encode(KEY).decode())
    yield receiver
    await receiver.stop()
    assert receiver.faults == []


@pytest.fixture
def config(configure: Callable[..., Path], press: Any, partner: Any) -> Path:
    channels = '[[channels]]\nid = "team"\nto = "webhook:PARTNER"\nsecret = "PARTNER"\n'
    path = configure(sources=("ledger", "courier"), channels=channels)
    text = path.read_text("utf-8").replace(f"allow_ports = [{press.port}]", f"allow_ports = [{press.port}, {partner.port}]")
    path.write_text(text, "utf-8")
    return path


async def until(done: Callable[[], Any], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not done():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen") from None


async def baselined(bot: Any, press: Any) -> None:
    """Both sources were polled once (one of them perhaps more often): what comes from now on is news."""

    def polled(source: str) -> bool:
        return any("event=polled" in line and f"source={source}" in line for line in bot.log)

    await bot.until(lambda: polled("ledger") and polled("courier"), "both sources were polled")


def arguments(config: Path) -> tuple[str, ...]:
    return ("run", "-c", str(config), "--format", "jsonl", "--log-level", "debug")


def secrets_in(folder: Path, bot: Any) -> list[str]:
    """Where the canary shows: the log, the printed rows, every file the bot wrote."""
    places = {"the log": "\n".join(bot.log), "the rows": repr(bot.rows)}
    places |= {path.name: path.read_bytes().decode("latin-1") for path in folder.iterdir() if path.name.startswith("bot.db")}
    return [name for name, text in places.items() if "CANARY" in text]


@pytest.mark.slow
async def test_each_story_arrives_once_signed_and_in_order_and_no_secret_shows_anywhere(
    press: Any, partner: Any, config: Path, start: Any, tmp_path: Path
) -> None:
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await baselined(bot, press)
        press.publish(*COUNCIL)
        await until(lambda: partner.taken, "the call")
        first = next(iter(partner.taken.values()))
        assert first.told["type"] == "story.posted"
        assert first.told["data"]["message"]["title"] == COUNCIL[1]
        assert first.headers["authorization"].startswith("Basic ")
        press.publish(*LIGHTHOUSE)
        await until(lambda: LIGHTHOUSE[1] in repr(partner.taken.values()), "the second story")
        assert await bot.signalled(signal.SIGTERM) == 0
        assert secrets_in(tmp_path, bot) == []
    assert len(partner.calls) == len(partner.taken)


@pytest.mark.slow
async def test_a_call_that_was_taken_and_not_answered_comes_again_under_its_number_and_nothing_overtakes_it(
    press: Any, partner: Any, config: Path, start: Any, tmp_path: Path
) -> None:
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await baselined(bot, press)
        partner.script = [None, b"HTTP/1.1 500 Confused\r\ncontent-length: 0\r\n\r\n"]
        press.publish(*COUNCIL)
        await until(lambda: partner.calls, "the first try")
        press.publish(*LIGHTHOUSE)
        await until(lambda: LIGHTHOUSE[1] in repr(partner.taken.values()), "the second story")
        assert await bot.signalled(signal.SIGTERM) == 0
        assert secrets_in(tmp_path, bot) == []
    numbers = [call.number for call in partner.calls]
    assert numbers[:3] == [numbers[0]] * 3
    assert numbers[0] not in numbers[3:]
    assert not any(call.told["data"]["message"]["repeated"] for call in partner.calls)
    assert bot.posts[0]["reason"] == "repeated"


@pytest.mark.slow
async def test_a_bot_killed_before_it_read_the_answer_sends_the_same_number_again_and_the_receiver_shows_it_once(
    press: Any, partner: Any, config: Path, start: Any, tmp_path: Path
) -> None:
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await baselined(bot, press)
        partner.hang, partner.script = asyncio.Event(), [None]
        press.publish(*COUNCIL)
        await until(lambda: partner.taken, "the call")
        bot.process.kill()
        await bot.ended()
    partner.hang.set()
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await until(lambda: len(partner.calls) >= 2, "the second try")
        await bot.until(lambda: any(row.get("state") == "sent" for row in bot.rows), "the row says so")
        assert await bot.signalled(signal.SIGTERM) == 0
        assert secrets_in(tmp_path, bot) == []
    posts = [call for call in partner.calls if call.told["type"] == "story.posted"]
    assert len(posts) == 2
    assert len({call.number for call in posts}) == 1
    assert posts[1].told["data"]["message"]["repeated"] is False
    assert posts[1].told["data"]["reason"] == "repeated"


@pytest.mark.slow
async def test_an_address_that_is_gone_stops_the_channel_and_a_start_delivers_what_waited(
    press: Any, partner: Any, config: Path, start: Any, tmp_path: Path
) -> None:
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await baselined(bot, press)
        partner.script = [b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"]
        press.publish(*COUNCIL)
        await bot.until_logged("channel_gone")
        assert await bot.signalled(signal.SIGTERM) == 0
        assert secrets_in(tmp_path, bot) == []
    assert partner.taken == {}
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await until(lambda: partner.taken, "the call")
        assert await bot.signalled(signal.SIGTERM) == 0
    assert next(iter(partner.taken.values())).told["data"]["message"]["title"] == COUNCIL[1]


WARDS = ("harbour", "orchard", "foundry", "cathedral", "racecourse", "glasshouse")
VERBS = ("bans", "buys", "counts", "hides", "repairs", "sells")


@pytest.mark.slow
async def test_after_a_restore_each_message_comes_under_the_number_that_it_had_and_in_no_digest(
    press: Any, partner: Any, config: Path, start: Any, tmp_path: Path
) -> None:
    """Receivers cannot be asked what they have; they know a message by its number."""

    def posts() -> list[Any]:
        return [call for call in partner.calls if call.told["type"] == "story.posted"]

    async with start(*arguments(config), cwd=tmp_path) as bot:
        await baselined(bot, press)
        await asyncio.to_thread(back_up, tmp_path / "bot.db", tmp_path / "copy.db", datetime.now(UTC))
        for ward, what in zip(WARDS, VERBS, strict=True):
            press.publish(ward, f"Council {what} cameras of the {ward}", f"The {ward} of the council has cameras that it {what}.")
        await until(lambda: len(posts()) >= len(WARDS), "every story")
        assert await bot.signalled(signal.SIGTERM) == 0
    before = [call.number for call in posts()]
    await restore(load(config, environ=os.environ), tmp_path / "copy.db")
    async with start(*arguments(config), cwd=tmp_path) as bot:
        await until(lambda: len(posts()) >= 2 * len(before), "every story again")
        assert await bot.signalled(signal.SIGTERM) == 0
    assert sorted(call.number for call in posts()) == sorted(2 * before)
    assert {call.told["type"] for call in partner.calls} <= {"story.posted", "story.updated"}
