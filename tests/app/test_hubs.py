"""The bot as a process of its own, told of news by a hub on loopback."""

from __future__ import annotations

import itertools
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from bypath import loaded

STANDIN = Path(__file__).parents[1] / "standins" / "hub.py"
EVENTS = (
    ("Harbour City council ends contract for cameras that read number plates", "vote gallery diary motorists renewal lapse"),
    ("Ferndale sheriff hides purchase of drones from county council, cameras aboard", "bridge invoice helicopter pilot deputy"),
    ("Mill Lane school removes cameras from cafeteria after council complaint", "pupils lunch payment fingers headteacher"),
    ("Northport council lets harbour cameras count fishing boats", "trawler quota herring skipper anchorage lighthouse"),
    ("Museum cameras recognise thieves, council of curators boasts", "painting frame burglar curator vase marble"),
    ("Orchard farmers ask council for cameras against apple theft", "apples ladder cider harvest fence wasps"),
)
TITLES = tuple(title for title, _ in EVENTS)


def entry(number: int) -> str:
    title, own = EVENTS[number]
    text = " ".join(f"The {one} came before the {other} that day." for one, other in itertools.pairwise(own.split()))
    return (
        f"<entry><id>urn:report:{number}</id><title>{title}</title><summary>{text}</summary>"
        f"<link href='https://ledger.example/{number}'/></entry>"
    )


@pytest.fixture
async def hub() -> AsyncIterator[Any]:
    standin = loaded(STANDIN, "standins_hub").HubStandIn()
    await standin.start()
    standin.documents["ledger"] = standin.atom("ledger", [])
    yield standin
    await standin.stop()
    assert standin.wrongs == []


@pytest.fixture
def config(hub: Any, free_port: int, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
database = {{ url = "sqlite:bot.db" }}
web = {{ listen = "127.0.0.1:{free_port}", public_url = "http://127.0.0.1:{free_port}/" }}
defaults = {{ group_wait = "0s", max_per_hour = 0 }}
[net]
allow = ["127.0.0.0/8"]
allow_ports = [{hub.port}]
[[channels]]
id = "team"
to = "console:team"
[[sources]]
id = "ledger"
kind = "websub"
url = "{hub.address("ledger")}"
interval = "1h"
full_text = "never"
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["team"]
""",
        encoding="utf-8",
    )
    return path


def told(*bots: Any) -> list[str]:
    """Titles of the stories that were posted, sorted."""
    posts = [post["text"] for bot in bots for post in bot.posts]
    return sorted(title for title in TITLES for text in posts if title in text.splitlines()[0])


@pytest.mark.parametrize("end", [pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL])
async def test_news_of_a_hub_is_posted_at_once_and_what_was_accepted_survives_every_end(
    end: signal.Signals, hub: Any, config: Path, start: Callable[..., Any], tmp_path: Path
) -> None:
    arguments = ("run", "-c", str(config), "--format", "jsonl")
    async with start(*arguments, cwd=tmp_path) as bot:
        await bot.until_logged("a hub brings the source's news from now on")
        await bot.until(lambda: hub.subscribers, "the hub has its answer")
        assert await hub.publish("ledger", hub.atom("ledger", [entry(0)]), changed=False) == [202]
        await bot.until(lambda: told(bot) == [TITLES[0]], "the first story is posted")
        (callback,) = hub.subscribers
        async with httpx.AsyncClient(trust_env=False) as client:
            base = callback.partition("/websub/")[0]
            assert (await client.get(f"{base}/readyz")).json()["parts"].keys() == {"database", "scheduler"}
        answers = [await hub.publish("ledger", hub.atom("ledger", [entry(number)]), changed=False) for number in range(1, 6)]
        assert await bot.signalled(end) == (0 if end is signal.SIGTERM else -signal.SIGKILL)
    accepted = {TITLES[number] for number, answer in enumerate(answers, 1) if answer == [202]}
    assert len(accepted) == 5
    async with start(*arguments, cwd=tmp_path) as again:
        await again.until(lambda: set(told(bot, again)) == set(TITLES), "every story is posted")
        if end is signal.SIGTERM:  # of a send that was cut off nobody knows whether it arrived, so it is repeated
            assert told(bot, again) == sorted(TITLES)
        assert len(hub.requests) == 1, "the lease goes on across the restart"
        assert not [line for line in (*bot.log, *again.log) if callback.rpartition("/")[2] in line or "s3cret" in line]
