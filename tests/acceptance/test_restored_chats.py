"""A copy of the database put back after more was posted: the real libraries, two Slack and two Discord channels, nothing twice.

``pytest tests/acceptance/test_restored_chats.py`` prints the figures of docs/operations.md, Restoring.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest


async def watchlamp(folder: Path, *arguments: str) -> str:
    """Run a verb as an operator does; its standard output."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli.main", *arguments, "-c", "config.toml", cwd=folder, stdout=pipe, stderr=pipe
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


def standing(held: list[Any], entries: list[Any]) -> Counter[tuple[str, str]]:
    """How often each entry stands in each kind of chat."""
    return Counter((message.platform, entry.title) for message in held for entry in entries if entry.title in message.text)


async def lost_time(room: Any) -> tuple[list[Any], list[Any]]:
    """Two posts that the copy knows, then four that it does not, and a copy that was put back: the entries of both."""
    known = await room.post()
    await room.settled(known, "what the copy knows was posted")
    await watchlamp(room.folder, "backup", "copy.db")  # while the bot runs
    unknown: list[Any] = []
    for _ in range(2):
        more = await room.post()
        await room.settled(more, "what the copy does not know was posted")
        unknown += more
    assert await room.tools.stop(room.bot) == 0
    told = await watchlamp(room.folder, "restore", "copy.db")
    assert "Every channel is held." in told
    assert len(list(room.folder.glob("bot.db.replaced-*"))) == 1
    titles = ", ".join(f"'{entry.title}'" for entry in unknown)
    assert room.count(f"select count(*) from items where title in ({titles})") == 0
    return known, unknown


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_after_a_restore_nothing_is_posted_twice_where_the_channels_can_be_read(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tools.chats.open_chats(burst=30) as chats:
        await chats.let_slack_be_read()
        room = tools.newsroom.Newsroom(tmp_path, tools, chats)
        try:
            await room.open()
            known, unknown = await lost_time(room)
            before, payloads = await chats.held(), (await chats.verdict())["payloads"]
            await room.start()
            await room.settled(unknown, "the lost time was found out")
            recalled = room.count(
                "select count(*) from deliveries where state = 'sent' and attempt = 0 and message_ref is not null"
            )
            assert await chats.held() == before
            assert (await chats.verdict())["payloads"] == payloads  # nothing was even sent
            fresh = await room.post()
            await room.settled(fresh, "it goes on")
            held = await chats.held()
        finally:
            await room.close()
    assert recalled == 4 * len(unknown)
    assert set(standing(held, [*known, *unknown, *fresh]).values()) == {2}  # in each of the platform's two channels once
    assert not any(message.marked for message in held)
    with capsys.disabled():
        print(f"\nposted in the lost time: {recalled}; posted again: 0; posted since: {4 * len(fresh)}")  # noqa: T201


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_what_slack_may_not_tell_after_a_restore_waits_for_a_person_and_discord_is_asked(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tools.chats.open_chats(burst=30) as chats:
        room = tools.newsroom.Newsroom(tmp_path, tools, chats)
        try:
            await room.open()
            _, unknown = await lost_time(room)
            before = await chats.held()
            await room.start()
            await room.settled(unknown, "the lost time was looked at")
            assert await chats.held() == before
            rows = room.tools.query(
                room.database, "select id, reason, last_error from deliveries where state = 'held' order by sequence"
            )
            fresh = await room.post()
            await room.settled(fresh, "it goes on")
            assert [reason for _, reason, _ in rows] == ["in_doubt"] * 2 * len(unknown)
            assert all("put back from a copy" in error for _, _, error in rows)
            await watchlamp(room.folder, "outbox", "retry", rows[0][0])
            await watchlamp(room.folder, "outbox", "drop", rows[1][0])
            await room.bot.until(
                lambda: room.count(f"select count(*) from deliveries where id = '{rows[0][0]}' and state = 'sent'") == 1,
                "a person let go",
            )
            held = await chats.held()
        finally:
            await room.close()
    stands = standing(held, [*unknown, *fresh])
    assert {count for (platform, _), count in stands.items() if platform == "discord"} == {2}
    assert Counter(count for (platform, _), count in stands.items() if platform == "slack") == {2: 5, 3: 1}  # the one retried
    with capsys.disabled():
        print(f"\nSlack's history closed: {len(rows)} held for a person; Discord's {len(rows)} found; posted again unasked: 0")  # noqa: T201
