"""The bot killed (SIGKILL) at every point between a feed and four chat channels, started again, and the chats asked what they hold.

The chats live in a process of their own, as strict as a Slack and a Discord that a person starts, and never hear that the
bot died. ``pytest tests/acceptance/test_killed_chats.py`` prints the table of docs/delivery.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

COLUMNS = ("posted", "lost", "unsure", "doubled", "marked", "held")


async def run_through(deaths: Sequence[Any], folder: Path, tools: Any, connecting: Sequence[str] = ()) -> list[tuple[Any, Any]]:
    """Die all these deaths, one after the other, over one database and in the same channels."""
    folder.mkdir()
    async with tools.chats.open_chats() as chats:
        room = tools.newsroom.Newsroom(folder, tools, chats)
        try:
            await room.open(connecting)
            rows = [(death, await room.die(death)) for death in deaths]
        finally:
            await room.close()
        assert (await chats.verdict())["violations"] == {"slack": [], "discord": []}
        assert chats.checked == {"slack": True, "discord": True}
    return rows


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_killed_at_any_point_nothing_is_lost_discord_is_told_once_and_slack_is_told_of_a_repeat(
    shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    deaths = tools.deaths
    first = (*deaths.CONNECTING[:-1], *deaths.TELLING_COMMANDS, deaths.CONNECTING[-1])
    async with asyncio.TaskGroup() as group:
        on_slack = group.create_task(run_through(deaths.ON_SLACK, tmp_path / "slack", tools, first))
        on_discord = group.create_task(run_through(deaths.ON_DISCORD, tmp_path / "discord", tools))
    rows = [*on_slack.result(), *on_discord.result()]
    with capsys.disabled():
        show(rows)
    slack = {death.label: counted["slack"] for death, counted in rows}
    discord = {death.label: counted["discord"] for death, counted in rows}
    for counts in (slack, discord):
        assert {label: count.lost for label, count in counts.items() if count.lost} == {}
        assert {label: count.wrong for label, count in counts.items() if count.wrong} == {}
    assert {label: count for label, count in discord.items() if count.doubled or count.marked or count.held} == {}
    assert all(count.doubled <= count.marked and count.doubled <= count.unsure for count in slack.values())
    readable = [slack[death.label] for death, _ in rows if death.may_read]
    assert len(readable) == 3
    assert [count for count in readable if count.doubled or count.marked] == []
    assert any(count.doubled for count in slack.values()), "no death fell between acceptance and receipt on Slack"
    assert any(count.held for count in slack.values()), "no repeat was left without a receipt"


def show(rows: Sequence[tuple[Any, Any]]) -> None:
    """Print the table."""
    wide = max(len(death.label) for death, _ in rows)
    heads = [f"{platform}: {' '.join(COLUMNS)}" for platform in ("Slack", "Discord")]
    lines = ["", f"{'killed at':{wide}}  {'  '.join(heads)}"]
    total = {"slack": Counter[str](), "discord": Counter[str]()}
    for death, counted in rows:
        for platform, count in counted.items():
            total[platform].update({name: asdict(count)[name] for name in COLUMNS})
        lines.append(f"{death.label:{wide}}  {_cells({name: asdict(count) for name, count in counted.items()})}")
    lines.append(f"{f'all {len(rows)} rows':{wide}}  {_cells(total)}")
    print("\n".join(lines))  # noqa: T201  # the table is the result


def _cells(counts: Any) -> str:
    return "  ".join(
        " " * (len(platform) + 2) + " ".join(f"{count[name]:{len(name)}}" for name in COLUMNS) for platform, count in counts.items()
    )
