"""Every source, webhook and Apprise service fails in every way, at DEBUG, and no canary is in anything that was said.

Looked through are the log before and after it is redacted, rows of the database and its write-ahead log, what the chats answer to
``sources``, ``why`` and ``status``, the metrics and the health, and what the terminal prints.
"""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest

from bot.app import Bot, Options
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.core.deliveries import DeliveryState
from bot.net.guard import SystemResolver
from bot.store.database import Store
from bot.verbs import answer
from bot.web.health import application

PLACES = ("bearer", "password", "query", "path")
"""Where a feed's secret stands."""
KEYED = ("parameter", "header", "session", "legistar", "courtlistener")
"""Where a listing's secret goes."""
CLOSED = ("no-such-name", "refused", "wrong-host", "self-signed", "expired", "not-tls")
LISTED = ("echo-json", "broken-json", "echo-html", "401", "403", "404", "429", "500", "elsewhere", "refused")
HOOKS = ("good", "echo-html", "echo-headers", "echo-reason", "not-http", "half-head", "hangs-up", "400", "401", "403", "404", "410",
         "429", "500", "503", "elsewhere", "refused", "wrong-host", "no-such-name")  # fmt: skip
SERVICES = ("good", "401", "404", "429", "500", "hangs-up", "not-http", "refused")


@pytest.fixture(autouse=True)
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked up outside; a failing look-up repeats the name, as some systems do."""

    async def resolve(_: SystemResolver, host: str, port: int) -> list[str]:
        raise OSError(f"[Errno -2] Name or service not known: {host}:{port}")

    monkeypatch.setattr(SystemResolver, "resolve", resolve)


async def once(world: Any, said: Any) -> tuple[Bot, str, Any]:
    """One whole run over the configuration; returns what the terminal showed and the deliveries, too."""
    settings = load(world.path, environ=world.environ)
    store = await Store.open(settings.database_url)
    shown = io.StringIO()
    bot = Bot(settings, store, Options(once=True, out=shown), SystemClock())
    try:
        await bot.prepare()
        results = await bot.once()
        said.shown.write("\n".join(f"{result.source_id}: {result.error}" for result in results))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(application(bot.readiness, None, (bot.metrics.route,))), base_url="http://bot"
        ) as client:
            for path in ("/metrics", "/healthz", "/readyz"):
                told = await client.get(path)
                shown.write(f"{told.headers}{told.text}")
        rows = await store.deliveries(limit=500)
        shown.write("\n".join(map(repr, (results, bot, settings, settings.net, rows))))
    finally:
        await bot.close()
        await store.close()
    return bot, shown.getvalue(), rows


async def replies(world: Any, sources: list[str]) -> str:
    """What the bot answers when it is asked about all this."""
    settings = load(world.path, environ=world.environ)
    asked = [
        "status",
        "sources",
        "stats",
        "test",
        *(f"sources {name}" for name in sources),
        *(f"why {name}" for name in sources[:3]),
    ]
    return "\n".join([(await answer(settings, text, width=None))[1] for text in asked])


async def test_no_source_that_fails_tells_its_secret(world, said, hunter, walked, contents, echo, cores) -> None:
    paths = {f"{way}-{how}": (way, how) for how in PLACES for way in (*echo_ways(echo), *CLOSED)}
    paths |= {f"{way}-{how}": (way, how) for how in KEYED for way in LISTED}
    paths["good-userinfo"] = ("good", "userinfo")
    for name, (way, how) in paths.items():
        world.source(name, way, how)
    world.write()
    _, shown, _ = await once(world, said)
    asked = "\n".join(echo.told)
    assert not [kind for kind in ("bearer", "query", "path", *KEYED) if cores[kind] not in asked], "a secret never went out"
    states = await _states(world)
    assert states.keys() == paths.keys()
    failed = [name for name, state in states.items() if state.failures]
    assert len(failed) >= 0.6 * len(paths)
    for where, text in {
        "the log": said.shown.getvalue(),
        "the log before it is redacted": said.raw.getvalue(),
        "the terminal, metrics, health and reprs": shown,
        "the database": contents(world.database),
        "answers": await replies(world, sorted(paths)),
    }.items():
        assert len(text) > 1000, where
        hunter.search(where, text)
    walked("sources", sorted(paths))


def echo_ways(echo: Any) -> tuple[str, ...]:
    """What the server can do."""
    import sys  # noqa: PLC0415

    ways: tuple[str, ...] = sys.modules[type(echo).__module__].WAYS
    return ways


async def _states(world: Any) -> Any:
    store = await Store.open(f"sqlite:{world.database}", migrate=False)
    try:
        return await store.source_states()
    finally:
        await store.close()


async def test_no_webhook_and_no_service_that_fails_tells_its_address(world, said, hunter, walked, contents, echo, cores) -> None:
    for way in HOOKS:
        name, place = way.upper().replace("-", "_"), world.at(way)
        target = f"{place}/{cores['hookpath']}/x?token={cores['hookquery']}".replace("://", f"://anna:{cores['hookuser']}@")
        world.address(f"HOOK_{name}", target)
        world.secret(f"HOOK_{name}", cores["signing"])
        world.tables.append(f'[[channels]]\nid = "hook-{way}"\nto = "webhook:HOOK_{name}"\nsecret = "HOOK_{name}"')
    for way in SERVICES:
        name, place = way.upper().replace("-", "_"), world.at(way).removeprefix("http://")
        world.address(
            f"APP_{name}", f"json://anna:{cores['appriseuser']}@{place}/{cores['apprisepath']}?+X-Key={cores['hookquery']}"
        )
        world.tables.append(f'[[channels]]\nid = "app-{way}"\nto = "apprise:APP_{name}"')
    world.source("plain", "good", "bearer")
    channels = (*(f"hook-{way}" for way in HOOKS), *(f"app-{way}" for way in SERVICES))
    world.write(rule_channels=channels)
    _, shown, rows = await once(world, said)
    assert {row.channel_id for row in rows} == set(channels)
    assert {row.state for row in rows if "good" in row.channel_id} == {DeliveryState.SENT}
    assert all(row.last_error for row in rows if row.state is not DeliveryState.SENT)
    assert [row for row in rows if row.state is not DeliveryState.SENT]
    asked = "\n".join(echo.told)
    assert not [kind for kind in ("hookpath", "hookquery", "apprisepath") if cores[kind] not in asked]
    for where, text in {
        "the log": said.shown.getvalue(),
        "the log before it is redacted": said.raw.getvalue(),
        "the terminal, metrics, health and reprs": shown,
        "the database": contents(world.database),
        "answers": await replies(world, ["plain"]),
    }.items():
        hunter.search(where, text)
    walked("webhooks and services", list(channels))
