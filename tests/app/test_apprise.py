"""A service that Apprise knows as a channel, the whole way: the bot as a process, the real library, a service on loopback."""

from __future__ import annotations

import importlib.util
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest


def _service() -> Any:
    name = "adapters_apprise_harness"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "adapters" / "apprise_harness.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name].Service()


@pytest.fixture
async def service() -> AsyncIterator[Any]:
    """The service, listening."""
    served = _service()
    await served.start()
    yield served
    await served.stop()


@pytest.mark.slow
async def test_a_story_arrives_once_and_the_address_shows_nowhere(
    press: Any, service: Any, configure: Callable[..., Path], start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHLAMP_URL_MATRIX", service.address("/CANARY-path").replace("//", "//anna:CANARY-pass@", 1))
    config = configure(channels='[[channels]]\nid = "team"\nto = "apprise:MATRIX"\n')
    async with start("run", "-c", str(config), "--format", "jsonl", "--log-level", "debug", cwd=tmp_path) as bot:
        await bot.until_logged("event=polled")
        press.publish("vote", "Council votes on harbour cameras", "The council votes on the cameras of the harbour on Monday.")
        await bot.until(lambda: len(bot.posts) == 1, "the row says that it was sent")
        assert await bot.signalled(signal.SIGTERM) == 0
    (told,) = service.told
    assert told["title"] == "Council votes on harbour cameras"
    places = ["\n".join(bot.log), repr(bot.rows), *(path.read_bytes().decode("latin-1") for path in tmp_path.glob("bot.db*"))]
    assert not any("CANARY" in place for place in places)
