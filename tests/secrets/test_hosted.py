"""Many workspaces: Slack fails in every way while it gets their tokens; none of them, nor the app's secret or key, is told."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.slack.connection import SlackConnection
from bot.adapters.slack.install import INSTALL
from bot.adapters.slack.manifest import REDIRECT
from bot.adapters.slack.vault import Vault
from bot.config.load import load
from bot.core.clock import SystemClock
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.installations import Installation
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Platform
from bot.core.reasons import Reason
from bot.store.database import Store

WAYS = ("400", "401", "403", "404", "418", "429", "500", "echo-json", "echo-html", "echo-headers", "echo-reason", "broken-json",
        "not-http", "half-head", "hangs-up", "truncated", "elsewhere", "empty", "refused")  # fmt: skip
TEAM = "T0123456"
URL = "https://watch.example.org"


@pytest.fixture
def many(world: Any, platform_tokens: dict[str, str], cores: dict[str, str]) -> Any:
    """Writes a configuration for many workspaces, at an address that goes this way."""
    key = (cores["slackkey"] + "A" * 43)[:43]

    def write(way: str) -> Any:
        world.environ.update(platform_tokens)
        world.environ |= {
            "WATCHLAMP_SLACK_CLIENT_ID": "1.2",
            "WATCHLAMP_SLACK_CLIENT_SECRET": cores["slackclient"],
            "WATCHLAMP_ENCRYPTION_KEY": f"{key[:42]}A=",
        }
        del world.environ["WATCHLAMP_SLACK_BOT_TOKEN"]
        world.tables.clear()
        world.tables.append(
            f'[slack]\nbase_url = "{world.at(way)}/api/"\noauth = true\n[web]\nlisten = "127.0.0.1:8090"\npublic_url = "{URL}"'
        )
        world.write()
        return load(world.path, environ=world.environ)

    return write


def delivery(moment: Any) -> Delivery:
    message = StoryMessage("s1", "A camera", "https://press.example/1", "press.example", ("One.",), "The Press", moment)
    return Delivery(
        "d1", 1, f"slack:{TEAM}", "slack:C1", Action.POST, DeliveryState.SENDING, Reason.NEW_STORY, message, "s1", (),
        created_at=moment, not_before=moment, updated_at=moment, attempt=1,
    )  # fmt: skip


async def page(bot: SlackConnection, path: str, query: str = "", cookie: str = "") -> tuple[dict[str, str], str]:
    sent: list[Any] = []

    async def send(part: Any) -> None:
        sent.append(part)

    scope = {"type": "http", "method": "GET", "query_string": query.encode(), "headers": [(b"cookie", cookie.encode())]}
    await bot.pages[path](scope, None, send)  # type: ignore[arg-type]
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}, sent[1]["body"].decode()


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(timedelta(hours=1), id="soon"),
        pytest.param(timedelta(hours=-1), id="expired", marks=pytest.mark.slow),
        pytest.param(timedelta(hours=9), id="good", marks=pytest.mark.slow),
    ],
)
async def test_no_way_of_failing_tells_a_token_of_a_workspace_or_what_opens_it(
    world: Any, many: Any, said: Any, hunter: Any, walked: Any, echo: Any, cores: dict[str, str], contents: Any, left: timedelta
) -> None:
    printed = io.StringIO()
    store = await Store.open(f"sqlite:{world.database}")
    clock = SystemClock()
    try:
        for way in WAYS:
            settings = many(way)
            vault = Vault(settings.slack.installing.keys)
            now = clock.now()
            sealed = {
                "bot_token": vault.seal(TEAM, f"xoxe.xoxb-1-{cores['hostedtoken']}"),
                "refresh_token": vault.seal(TEAM, f"xoxe-1-{cores['hostedrefresh']}"),
            }
            await store.install(Installation(TEAM, installed_at=now, expires_at=now + left, **sealed), f"slack:{TEAM}")
            bot = SlackConnection(settings.slack, clock=clock, installations=store)
            await bot.start(listen=False)
            try:
                channel = Channel("slack:C1", Platform.SLACK, "C1", workspace_id=f"slack:{TEAM}")
                printed.write(
                    f"{await bot.notifier.deliver(delivery(now), channel)!r}{await bot.notifier.find(delivery(now), channel)!r}"
                )
                await bot._hosted._left({"type": "app_uninstalled"}, {"team_id": TEAM})  # type: ignore[union-attr]
                begun, _ = await page(bot, INSTALL)
                cookie = begun["set-cookie"].split(";")[0]
                state = cookie.partition("=")[2]
                headers, body = await page(bot, REDIRECT, f"code={cores['hostedcode']}&state={state}", cookie)
                printed.write(f"{headers}{body}{bot!r}{bot.notifier!r}{settings!r}{settings.slack!r}{vault!r}")
                printed.write(f"{await store.installations()!r}")
            finally:
                await bot.stop()
    finally:
        await store.close()
    told = "\n".join(echo.told)
    assert cores["hostedcode"] in told
    assert cores["hostedrefresh" if left < timedelta(hours=2) else "hostedtoken"] in told, "what was looked for never went out"
    for where, text in {
        "pages, receipts and reprs": printed.getvalue(),
        "the log": said.shown.getvalue(),
        "the log before it is redacted": said.raw.getvalue(),
        "the database": contents(world.database),
    }.items():
        hunter.search(where, text)
    walked(f"many workspaces, token {left}", [f"{way}-{left}" for way in WAYS])
