"""The bot killed (SIGKILL) at every point between a feed and four chat channels, started again, and the chats asked what they hold.

The chats live in a process of their own, as strict as a Slack and a Discord that a person starts, and never hear that the
bot died. ``pytest -m night tests/acceptance/test_killed_chats.py`` kills it at every point and prints the table of
docs/delivery.md; by day every third point has its turn, and each at which a second death follows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

COLUMNS = ("posted", "lost", "unsure", "doubled", "marked", "held")


PLATFORMS = ("slack", "discord")


async def run_through(deaths: Sequence[Any], folder: Path, tools: Any, connecting: Sequence[str] = ()) -> list[tuple[Any, Any]]:
    """Die all these deaths, one after the other, over one database and in the same channels."""
    folder.mkdir()
    async with tools.chats.open_chats(burst=30) as chats:
        room = tools.newsroom.Newsroom(folder, tools, chats)
        try:
            await room.open(connecting)
            rows = [(death, await room.die(death)) for death in deaths]
        finally:
            await room.close()
        assert (await chats.verdict())["violations"] == {"slack": [], "discord": []}
        assert chats.checked == {"slack": True, "discord": True}
    return rows


def sample(deaths: Sequence[Any], apart: int) -> list[Any]:
    """One death in so many, and all that are followed by another."""
    return [death for number, death in enumerate(deaths) if number % apart == 0 or death.then]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("apart", [pytest.param(3, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.night)])
async def test_killed_at_any_point_nothing_is_lost_discord_is_told_once_and_slack_is_told_of_a_repeat(
    shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str], apart: int
) -> None:
    deaths = tools.deaths
    first = (*deaths.CONNECTING[:-1:apart], *deaths.TELLING_COMMANDS[::apart], deaths.CONNECTING[-1])
    async with asyncio.TaskGroup() as group:
        on_slack = group.create_task(run_through(sample(deaths.ON_SLACK, apart), tmp_path / "slack", tools, first))
        on_discord = group.create_task(run_through(sample(deaths.ON_DISCORD, apart), tmp_path / "discord", tools))
    rows = [*on_slack.result(), *on_discord.result()]
    with capsys.disabled():
        show(rows)
    every = {(death.label, channel): count for death, counted in rows for channel, count in counted.items()}
    assert {place: count.lost for place, count in every.items() if count.lost} == {}
    assert {place: count.wrong for place, count in every.items() if count.wrong} == {}
    repeated = {place: count for place, count in every.items() if count.doubled or count.marked or count.held}
    assert {place for place in repeated if not place[1].startswith("slack")} == set()
    assert {place for place in repeated if "history readable" in place[0]} == set()
    assert all(count.doubled <= min(count.marked, count.unsure) for count in repeated.values())
    served = {death: counted[death.channel] for death, counted in rows if death.channel.startswith("slack")}
    for death, count in served.items():
        assert count.doubled == (death.leaves_a_doubt and death.action != "edit" and not death.may_read), death.label
    assert [count.held for death, count in served.items() if death.then == ("chat.postMessage unread",)] == [1]


def show(rows: Sequence[tuple[Any, Any]]) -> None:
    """Print the table over all channels, then by stage what became of the channel that was being served, and everything."""
    wide = max(len(death.label) for death, _ in rows)
    heads = [f"{platform.title()}: {' '.join(COLUMNS)}" for platform in PLATFORMS]
    lines = ["", f"{'killed at':{wide}}  {'  '.join(heads)}"]
    lines += [f"{death.label:{wide}}  {_cells(counted.items())}" for death, counted in rows]
    lines += ["", "the channel that was being served (while polling and deciding: every channel)"]
    stages: dict[str, list[Any]] = {}
    for death, counted in rows:
        stages.setdefault(death.stage, []).append((death, counted))
    for stage, some in stages.items():
        served = [
            (channel, count) for death, counted in some for channel, count in counted.items() if death.channel in ("", channel)
        ]
        lines.append(f"{f'{stage}: {_deaths(some)} deaths':{wide}}  {_cells(served)}")
    everything = [place for _, counted in rows for place in counted.items()]
    lines += [f"{f'every channel, all {_deaths(rows)} deaths':{wide}}  {_cells(everything)}"]
    print("\n".join(lines))  # noqa: T201  # the table is the result


def _deaths(rows: Sequence[tuple[Any, Any]]) -> int:
    return sum(1 + len(death.then) for death, _ in rows)


def _cells(counted: Iterable[tuple[str, Any]]) -> str:
    """The sums of the columns, platform by platform."""
    sums = {platform: Counter[str]() for platform in PLATFORMS}
    for channel, count in counted:
        sums[channel.partition("-")[0]].update({name: asdict(count)[name] for name in COLUMNS})
    return "  ".join(
        " " * (len(platform) + 2) + " ".join(f"{total[name]:{len(name)}}" for name in COLUMNS) for platform, total in sums.items()
    )
