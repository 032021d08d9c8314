"""What is refused for good: a revoked token, a bot that was removed, a channel that is archived or gone.

Each is met once, the operator is told once, what waits is kept, and everybody else is served. The real SDKs against the stand-ins;
``pytest tests/delivery/test_refused.py`` prints the table of docs/delivery.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.deliveries import DeliveryState
from bot.core.model import Platform
from bot.core.reasons import Reason

WAITING = 20
"""Messages that wait in the channel that is refused, and in each of the others."""


def slack_revoked(rig: Any, address: str) -> None:
    rig.slack.revoke()


def slack_removed(rig: Any, address: str) -> None:
    rig.slack.world.channels[address].members.clear()


def slack_archived(rig: Any, address: str) -> None:
    rig.slack.world.channels[address].archived = True


def discord_revoked(rig: Any, address: str) -> None:
    rig.discord.token = "another"


def discord_removed(rig: Any, address: str) -> None:
    rig.discord.world.deny(rig.discord.world.channels[address], rig.parts[Platform.DISCORD].world.may.VIEW_CHANNEL)


def discord_gone(rig: Any, address: str) -> None:
    rig.discord.world.channels[address].gone = True


CASES: dict[str, tuple[Callable[[Any, str], None], Reason]] = {
    "slack, token revoked": (slack_revoked, Reason.TOKEN_REFUSED),
    "slack, bot removed": (slack_removed, Reason.CHANNEL_GONE),
    "slack, channel archived": (slack_archived, Reason.CHANNEL_GONE),
    "discord, token revoked": (discord_revoked, Reason.TOKEN_REFUSED),
    "discord, bot removed": (discord_removed, Reason.CHANNEL_GONE),
    "discord, channel deleted": (discord_gone, Reason.CHANNEL_GONE),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_for_good_is_met_once_told_once_and_costs_no_other_channel_anything(
    case: str, house: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    befall, reason = CASES[case]
    platform = case.partition(",")[0]

    async def refused() -> tuple[int, list[Any], list[Any], dict[str, int]]:
        async with house.platforms.opened(tmp_path) as rig:
            for name in ("slack-a", "slack-b"):
                rig.on_slack(name)
            for name in ("discord-a", "discord-b"):
                rig.on_discord(name)
            for name in rig.channels:
                await rig.write(name, f"{name}-told")
            await rig.deliver()
            before = len(rig.slack.requests) if platform == "slack" else len(rig.discord.calls)
            befall(rig, rig.channels[f"{platform}-a"].address)
            for name in rig.channels:
                await rig.write(name, *(f"{name}-{number:02}" for number in range(WAITING)))
            await rig.deliver()
            served = {name: len(rig.shown(name)) for name in rig.channels}
            rows = [row for row in await rig.rows() if row.state is not DeliveryState.SENT]
            tried = rig.slack.requests[before:] if platform == "slack" else rig.discord.calls[before:]
            no = [one for one in tried if (not one.answer["ok"] if platform == "slack" else one.status >= 400)]
            rig.slack.forgive()
            return len(no), list(rig.troubles), rows, served

    with house.inturn.without_threads():
        tries, troubles, rows, served = house.platforms.played(refused)
    whole = reason is Reason.TOKEN_REFUSED
    silent = {name for name in served if name.startswith(platform) and (whole or name.endswith("-a"))}
    with capsys.disabled():
        others = sum(number - 1 for name, number in served.items() if name not in silent)
        print(f"\n{case:26} {tries} tried, {len(troubles)} told, {len(rows)} kept, {others} sent elsewhere", end="")  # noqa: T201
    assert 1 <= tries <= len(silent), "each channel once, and those of a platform at most at the same moment"
    assert [trouble.reason for trouble in troubles] == [reason]
    assert {row.state for row in rows} == {DeliveryState.PENDING}
    assert len(rows) == WAITING * len(silent)
    assert served == {name: 1 if name in silent else 1 + WAITING for name in served}
