"""The bot as a process, polling sixty real feeds on loopback: silent at first, then every new entry once, whatever happens."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from points import POLL_AND_ALERT

CHANNELS = ("one", "two")
POINTS = (
    *POLL_AND_ALERT,
    "drain.before_claim",
    "claim.begin",
    "claim.before_commit",
    "claim.after_commit",
    "drain.after_claim",
    "drain.before_call",
    "terminal.before_write",
    "terminal.after_write",
    "drain.after_call",
    "settle.begin",
    "settle.before_commit",
    "settle.after_commit",
    "drain.after_receipt",
)


def configuration(folder: Path, house: Any, token: str) -> Path:
    sources = "".join(
        f'[[sources]]\nid = "s{number}"\nurl = "{house.url(name)}"\ninterval = "1s"\nfull_text = "never"\n'
        for number, name in enumerate(sorted(house.documents))
    )
    channels = "".join(f'[[channels]]\nid = "{name}"\nto = "console:{name}"\n' for name in CHANNELS)
    path = folder / "config.toml"
    path.write_text(
        f"""
database = {{ url = "sqlite:bot.db" }}
defaults = {{ group_wait = "0s", max_per_hour = 0 }}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{house.port}]
min_interval = "1s"
{channels}
{sources}
[[rules]]
id = "signal"
query = "{token}"
channels = {list(CHANNELS)!r}
""",
        encoding="utf-8",
    )
    return path


def documents(shared_data: Path, tools: Any, now: datetime) -> dict[str, bytes]:
    return {
        path.name: tools.feedhouse.shifted(path.read_bytes(), now) for path in sorted((shared_data / "feeds" / "real").iterdir())
    }


def plant(house: Any, tools: Any, originals: dict[str, bytes]) -> None:
    """A new entry in each of twelve feeds, every fifth one, unlike any other."""
    now = datetime.now(UTC)
    readable = [name for name in sorted(originals) if b"<item" in originals[name] or b"<entry" in originals[name]]
    for number, title in enumerate(tools.titles):
        name = readable[number * 4]
        text = f"{title}, as the {tools.token} reported this morning."
        house.documents[name] = tools.feedhouse.planted(
            originals[name],
            f"{title} {tools.token}",
            text,
            f"planted-{number}",
            f"http://127.0.0.1:{house.port}/article/{number}",
            now,
        )


def told(posts: list[dict[str, Any]], titles: tuple[str, ...]) -> Counter[tuple[str, str]]:
    """How often each planted entry was printed in each channel."""
    found: Counter[tuple[str, str]] = Counter()
    for post in posts:
        (title,) = [title for title in titles if title in post["text"]]
        found[post["channel"], title] += 1
    return found


def in_commit_order(posts: list[dict[str, Any]], database: Path, tools: Any) -> bool:
    arrival = {title.rsplit(" ", 1)[0]: order for title, order in tools.query(database, "select title, arrival from items")}
    for channel in CHANNELS:
        order = [
            next(arrival[title] for title in tools.titles if title in post["text"]) for post in posts if post["channel"] == channel
        ]
        if order != sorted(order):
            return False
    return True


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_sixty_feeds_first_silent_then_each_new_entry_once_in_each_channel_in_order(
    shared_data: Path, tmp_path: Path, tools: Any
) -> None:
    originals = documents(shared_data, tools, datetime.now(UTC))
    house = tools.feedhouse.FeedHouse(originals)
    first = next(name for name in sorted(originals) if b"<item" in originals[name])
    old = tools.feedhouse.planted(
        originals[first], f"Old news {tools.token}", "Was there before.", "old", "http://127.0.0.1/old", datetime.now(UTC)
    )
    house.documents[first] = originals[first] = old
    await house.start()
    try:
        config, database = configuration(tmp_path, house, tools.token), tmp_path / "bot.db"
        arguments = ("-m", "bot.cli.main", "run", "-c", str(config), "--format", "jsonl", "--show", "deliveries")
        async with tools.started(*arguments, cwd=tmp_path) as bot:
            await bot.until(lambda: len({name for name, _ in house.requests}) == 60, "every feed was asked")
            await bot.until(lambda: baselined(database, tools) == 59, "59 feeds were read")
            await bot.until(lambda: queued(database, tools) == 0, "the first poll was filed")
            await bot.until(lambda: bool(bot.rows), "what was found at first is told")
            assert bot.posts == []
            assert {row["reason"] for row in bot.rows} == {"baseline"}
            plant(house, tools, originals)
            await bot.until(lambda: len(bot.posts) >= 24, "every new entry was posted in both channels")
            asked = len(house.requests)
            await bot.until(lambda: len(house.requests) > asked + 120, "everything was polled again")
            assert await tools.stop(bot) == 0
            assert told(bot.posts, tools.titles) == {(channel, title): 1 for channel in CHANNELS for title in tools.titles}
            assert in_commit_order(bot.posts, database, tools)
        async with tools.started(*arguments, cwd=tmp_path) as again:
            asked = len(house.requests)
            await again.until(lambda: len(house.requests) > asked + 120, "everything was polled again after the restart")
            assert await tools.stop(again) == 0
            assert again.posts == []
        assert Counter(status for _, status in house.requests[asked:])[304] > 0
    finally:
        await house.stop()


def baselined(database: Path, tools: Any) -> int:
    if not database.exists() or not tools.query(database, "select 1 from sqlite_master where name = 'sources'"):
        return 0
    return int(tools.query(database, "select count(*) from sources where baselined_at is not null")[0][0])


def queued(database: Path, tools: Any) -> int:
    return int(tools.query(database, "select count(*) from items where phase = 'queued'")[0][0])


@pytest.mark.night
@pytest.mark.timeout(900)
async def test_killed_at_any_point_nothing_is_lost_and_only_what_had_no_receipt_is_repeated(
    shared_data: Path, tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    originals = documents(shared_data, tools, datetime.now(UTC))
    house = tools.feedhouse.FeedHouse(originals)
    await house.start()
    try:
        before = tmp_path / "before"
        before.mkdir()
        config = configuration(before, house, tools.token)
        async with tools.started(tools.crashing, str(config), "-", "1", cwd=before) as bot:
            await bot.until(lambda: baselined(before / "bot.db", tools) == 59, "59 feeds were read")
            await bot.until(lambda: queued(before / "bot.db", tools) == 0, "the first poll was filed")
            assert await tools.stop(bot) == 0
        plant(house, tools, originals)
        table = [await crash(point, tools, before, tmp_path / point) for point in POINTS]
    finally:
        await house.stop()
    with capsys.disabled():
        print("\nkilled at               lost  repeated  without receipt then  in order")  # noqa: T201  # the table is the result
        for row in table:
            settled = "yes" if row.ordered else "no"
            print(f"{row.point:22} {row.lost:5} {len(row.repeated):9} {len(row.doubtful):21}  {settled}")  # noqa: T201
    assert [row.point for row in table if row.lost] == []
    assert [row.point for row in table if not row.repeated <= row.doubtful] == []
    assert [row.point for row in table if row.unmarked] == []
    assert [row.point for row in table if not row.ordered] == []
    assert any(row.repeated for row in table), "no death fell between writing and receipt, so nothing was proven"


@dataclass(frozen=True)
class Outcome:
    """What a death and a restart did: entries lost, repeated, repeated without a mark; and rows without receipt at the death."""

    point: str
    lost: int
    repeated: set[tuple[str, str]]
    unmarked: set[tuple[str, str]]
    doubtful: set[tuple[str, str]]
    ordered: bool


async def crash(point: str, tools: Any, before: Path, folder: Path) -> Outcome:
    """Start from the state after the first poll, die at ``point``, start again until all is settled."""
    shutil.copytree(before, folder)
    config, database = str(folder / "config.toml"), folder / "bot.db"
    async with tools.started(tools.crashing, config, point, "1", cwd=folder) as bot:
        assert await bot.ended() == -signal.SIGKILL, f"{point} was never reached"
    first = bot.posts
    sending = tools.query(database, "select channel_id, message from deliveries where state = 'sending'")
    doubtful = {(channel, next(title for title in tools.titles if title in message)) for channel, message in sending}
    async with tools.started(tools.crashing, config, "-", "1", cwd=folder) as bot:
        await bot.until(lambda: len(told([*first, *bot.posts], tools.titles)) == 24, f"all was posted after a death at {point}")
        await bot.until(lambda: pending(database, tools) == 0, "everything was settled")
        assert await tools.stop(bot) == 0
    posts = [*first, *bot.posts]
    counted = told(posts, tools.titles)
    repeated = {key for key, count in counted.items() if count > 1}
    again = {_key(post, tools): post["reason"] for post in bot.posts}
    firsts = [post for number, post in enumerate(posts) if told(posts[:number], tools.titles)[_key(post, tools)] == 0]
    return Outcome(
        point,
        lost=24 - len(counted),
        repeated=repeated,
        unmarked={key for key in repeated if again[key] != "repeated"} | {key for key, count in counted.items() if count > 2},
        doubtful=doubtful,
        ordered=in_commit_order(firsts, database, tools),
    )


def _key(post: dict[str, Any], tools: Any) -> tuple[str, str]:
    return next(iter(told([post], tools.titles)))


def pending(database: Path, tools: Any) -> int:
    return int(tools.query(database, "select count(*) from deliveries where state in ('pending', 'sending', 'in_doubt')")[0][0])
