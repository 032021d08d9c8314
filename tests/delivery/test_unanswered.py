"""Accepted, and no answer: the connection reset, cut or broken off within the answer's headers, a server fault, silence.

The real SDKs against the stand-ins. What a reader sees in the end, how often each SDK sent, and how long it took until the row was
settled: ``pytest tests/delivery/test_unanswered.py`` prints the table of docs/delivery.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.deliveries import DeliveryState
from bot.core.model import OnDoubt, Platform

FAULTS = ("reset", "cut", "half headers", "500", "silence")
SETTLED = timedelta(minutes=2)
ON_SLACK = {"reset": "reset", "cut": "cut", "half headers": "half", "500": "status", "silence": "hang"}
ON_DISCORD: dict[str, Callable[[Any], Any]] = {
    "reset": lambda parts: parts.Reset(accepted=True),
    "cut": lambda parts: parts.Cut(accepted=True),
    "half headers": lambda parts: parts.HalfHeaders(accepted=True),
    "500": lambda parts: parts.Status(500, accepted=True),
    "silence": lambda parts: parts.Hang(accepted=True),
}
POST, FORUM_POST = "POST /channels/{channel_id}/messages", "POST /channels/{channel_id}/threads"
PLACES = {
    # place: messages left, whether the last is marked, the row in the end
    "slack, repeat": (2, True, DeliveryState.SENT),
    "slack, hold": (1, False, DeliveryState.HELD),
    "slack, readable": (1, False, DeliveryState.SENT),
    "discord, text": (1, False, DeliveryState.SENT),
    "discord, forum": (1, False, DeliveryState.SENT),
}


async def unanswered(place: str, folder: Path, house: Any) -> dict[str, tuple[int, bool, DeliveryState, int, timedelta]]:
    """By fault: messages left, whether the last is marked, the row's state, requests it took, time until it was settled."""
    found = {}
    platform, kind = place.split(", ")
    async with house.platforms.opened(folder, readable=kind == "readable") as rig:
        for number, fault in enumerate(FAULTS):
            name = f"{platform}-{number}"
            if platform == "slack":
                channel = rig.on_slack(name, on_doubt=OnDoubt.HOLD if kind == "hold" else OnDoubt.REPEAT)
                rig.slack.fault("chat.postMessage", ON_SLACK[fault], commit=True, status=500, channel=channel.address)
            else:
                rig.on_discord(name, kind=house.platforms.FORUM if kind == "forum" else house.platforms.TEXT)
                rig.discord.fault(FORUM_POST if kind == "forum" else POST, ON_DISCORD[fault](rig.parts[Platform.DISCORD]))
            began = rig.clock.now()
            await rig.write(name, f"{name}-first")
            await rig.deliver()
            row = await rig.row(f"{name}-first")
            took = row.updated_at - began
            sent = rig.asked(name)
            await rig.write(name, f"{name}-next")
            await rig.deliver()
            shown = rig.shown(name)
            assert [said for said, _ in shown][-1] == f"{name}-next", "what comes after it goes out"
            firsts = [marked for said, marked in shown if said == f"{name}-first"]
            assert firsts[0] is False
            found[fault] = (len(firsts), firsts[-1], row.state, sent, took)
        assert [trouble.reason for trouble in rig.troubles] == ["in_doubt"] * (len(FAULTS) if kind == "hold" else 0)
    return found


@pytest.mark.parametrize("place", PLACES)
def test_what_was_accepted_and_not_answered_stands_once_or_is_marked_or_held_and_is_settled_in_two_minutes(
    place: str, house: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with house.inturn.without_threads():
        found = house.platforms.played(lambda: unanswered(place, tmp_path, house))
    with capsys.disabled():
        for fault, (left, marked, state, sent, took) in found.items():
            how = f"{left} ({'the last marked' if marked else 'unmarked'})"
            print(f"\n{place:16} {fault:13} left {how:22} {state:5} {sent} requests, {took.total_seconds():.0f} s", end="")  # noqa: T201
    assert {fault: told[:3] for fault, told in found.items()} == dict.fromkeys(FAULTS, PLACES[place])
    assert max(took for *_, took in found.values()) < SETTLED
    if place.startswith("slack"):
        assert {sent for _, marked, _, sent, _ in found.values() if not marked} <= {1}, "Slack's SDK repeats nothing"
