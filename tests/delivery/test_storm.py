"""The storm: five hundred messages to two platforms, nine tries in ten are asked to wait, in every form in which that can be said.

Both real SDKs against the stand-ins, which put down every request that comes before its time. ``pytest
tests/delivery/test_storm.py`` prints the figures of docs/delivery.md.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.deliveries import DeliveryState
from bot.core.model import Platform

CHANNELS = 5
"""On each platform."""
SHARE = 0.9
LONGEST = 120
UNTOLD = 0.08
"""Of those that are asked to wait, this share is not told how long: that counts as a failed try, of which there are eleven."""
POST, FORUM_POST = "POST /channels/{channel_id}/messages", "POST /channels/{channel_id}/threads"


class Storm:
    """Which of the calls are asked to wait, for how long, and how that is said."""

    def __init__(self, forms: tuple[str, ...]) -> None:
        self.chance = random.Random(20261122)
        self.forms = forms
        self.said = Counter[str]()

    def gust(self) -> tuple[str, int] | None:
        """The form and the seconds, or None for a call that is taken."""
        if self.chance.random() >= SHARE:
            return None
        form = "missing" if self.chance.random() < UNTOLD else self.chance.choice(self.forms)
        self.said[form] += 1
        return form, self.chance.randint(1, LONGEST)


@dataclass
class OverSlack:
    """Takes the place of Slack's fault script."""

    fault: Any
    storm: Storm

    def next(self, method: str, channel: str | None) -> Any:
        gust = self.storm.gust() if method == "chat.postMessage" else None
        return None if gust is None else self.fault(method, "ratelimited", told=gust[0], retry_after=gust[1])

    def unspent(self) -> list[Any]:
        return []


@dataclass
class OverDiscord:
    """Stands among Discord's scripted faults."""

    parts: Any
    storm: Storm
    route: str
    fault: Any = None
    spent: bool = field(default=True, init=False)

    def takes(self) -> bool:
        gust = self.storm.gust()
        if gust is not None:
            self.fault = self.parts.RateLimited(float(gust[1]), told=gust[0])
        return gust is not None


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("platform", "messages"),
    [
        pytest.param("slack", 50, marks=pytest.mark.slow),
        pytest.param("discord", 50, marks=pytest.mark.slow),
        pytest.param("slack", 100, marks=pytest.mark.night),
        pytest.param("discord", 100, marks=pytest.mark.night),
    ],
)
def test_a_storm_of_requests_to_wait_calls_nobody_too_early_and_brings_everything_once_in_order(
    platform: str, messages: int, house: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def storm() -> tuple[Any, Storm, int, timedelta]:
        async with house.platforms.opened(tmp_path) as rig:
            names = [f"{platform}-{number}" for number in range(CHANNELS)]
            for number, name in enumerate(names):
                if platform == "slack":
                    rig.on_slack(name)
                else:
                    rig.on_discord(name, kind=house.platforms.FORUM if number == 0 else house.platforms.TEXT)
            wind = blown(rig, platform)
            wanted = {name: [f"{name}-{number:03}" for number in range(messages)] for name in names}
            for name, numbers in wanted.items():
                await rig.write(name, *numbers)
            await rig.deliver()
            rows = await rig.rows()
            assert Counter(row.state for row in rows) == {DeliveryState.SENT: CHANNELS * messages}
            for name, numbers in wanted.items():
                assert rig.shown(name) == [(number, False) for number in numbers]
            witness = rig.notifiers[Platform(platform)]
            assert rig.troubles == []
            return witness, wind, sum(rig.asked(name) for name in names), rig.clock.now() - house.platforms.START

    with house.inturn.without_threads():
        witness, wind, asked, lasted = house.platforms.played(storm)
    assert witness.early() == []
    assert witness.most == 1
    assert set(wind.said) == {*wind.forms, "missing"}
    assert 0.88 < wind.said.total() / asked < 0.92
    with capsys.disabled():
        forms = ", ".join(f"{form} {number:,}" for form, number in sorted(wind.said.items()))
        print(  # noqa: T201  # the figures are the result
            f"\n{platform}: {CHANNELS * messages} messages, {asked:,} requests, {wind.said.total():,} asked to wait ({forms}); "
            f"0 early, {witness.most} at once in a channel, all sent once and in order after {lasted.total_seconds() / 3600:.1f} h"
        )


def blown(rig: Any, platform: str) -> Storm:
    """A storm over one platform."""
    if platform == "slack":
        wind = Storm(("seconds", "float", "date"))
        rig.slack.faults = OverSlack(rig.parts[Platform.SLACK].Fault, wind)
        return wind
    wind = Storm(("both", "date"))
    for route in (POST, FORUM_POST):
        rig.discord._scripted.append(OverDiscord(rig.parts[Platform.DISCORD], wind, route))
    return wind
