"""A disk that does not keep what it was told to keep: the process says so, ends with status 1, and the next start is clean.

After a failed fsync, Linux marks what it could not write as written; a second try would succeed and lie. Every call of fdatasync
in a life with two articles is failed in turn by strace, in the very system call; a sample with the slow tests, all at night.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.store.database import Store
from bot.store.faults import told
from bot.text.telling import REPEATED

TITLES = ("Council of Harbour buys cameras", "Council at Mill Lane sells drones and cameras")
SAMPLE = (9, 11, 12)
"""Calls among which one keeps a decision or a message; the others are SQLite's own."""
MOST = 40
"""More calls than a life with two articles makes."""


def as_sqlite_says(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


async def test_after_a_disk_that_lied_nothing_is_written_any_more_and_health_stays_red(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'watchlamp.db'}")
    with pytest.raises(StoreError, match="did not keep what was written"), told("the file", store.health):
        raise as_sqlite_says(sqlite3.SQLITE_IOERR_FSYNC)
    assert store.health.broken.is_set()
    with pytest.raises(StoreError, match="Look after the disk; the next start reads what is there"):
        await store.keep_fact("name", "value")
    store.health.worked()
    assert "did not keep" in store.health.trouble
    assert await store.fact("name") is None
    await store.close()


async def test_another_error_of_the_disk_is_told_and_tried_again(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:{tmp_path / 'watchlamp.db'}")
    with pytest.raises(StoreError, match="The disk under the database the file reports an error"), told("the file", store.health):
        raise as_sqlite_says(sqlite3.SQLITE_IOERR_WRITE)
    assert store.health.trouble
    await store.keep_fact("name", "value")
    assert (store.health.trouble, store.health.broken.is_set()) == ("", False)
    await store.close()


async def life(call: int | None, press: Any, config: Path, house: Any) -> tuple[list[dict[str, Any]], int, list[str], bool]:
    """A life from a start to two articles posted, in which a call of fdatasync fails.

    Returns:
        Its rows, its exit status, its log, and whether the call was made at all.
    """
    database, trace = config.parent / "bot.db", config.parent / "trace"
    inject = ("-e", "trace=fdatasync", "-e", f"inject=fdatasync:error=EIO:when={call}")
    under = () if call is None else (house.tracer(), "-f", "-qq", "-o", str(trace), *inject)
    async with house.process(config, under=under) as bot:
        with contextlib.suppress(AssertionError) if call else contextlib.nullcontext():
            baselined = "select count(*) from sources where baselined_at is not null"
            await bot.until(lambda: house.count(database, baselined) == 1, "the first poll")
            for number, title in enumerate(TITLES):
                if not any(story.title == title for story in press.stories):
                    press.publish(f"vote-{number}", title, f"It did so in a session of {number + 2} hours.")
            await bot.until(lambda: house.settled(database) == len(TITLES), "both were posted")
            # A life that finds everything posted has to be up first: before that, a signal meets a reading interpreter.
            await bot.until(lambda: any("running" in line for line in bot.errors), "it runs")
            assert await house.stop(bot) == 0
        await bot.ended()
        met = call is not None and "(INJECTED)" in trace.read_text("utf-8", "replace")
        return bot.rows, int(bot.process.returncode), bot.errors, met


async def failed_at(call: int, press: Any, config: Path, house: Any) -> int | None:
    """Fail one call, start again; the exit status of the first life, None if it never made the call.

    The status is 0 where SQLite itself needs no success: it copies its log into the file now and then, and tries that again.
    """
    rows, status, log, met = await life(call, press, config, house)
    assert house.whole(config.parent / "bot.db") == "ok"
    if met and status != 0:
        assert status == 1, log
        assert any("did not keep what was written" in line for line in log), log
        more, again, log, _ = await life(None, press, config, house)
        assert again == 0, log
        assert house.whole(config.parent / "bot.db") == "ok"
        rows = rows + more
    said = [row["text"] for row in rows if row["state"] == "sent"]
    once = Counter(text.splitlines()[0] for text in said if REPEATED not in text)
    assert all(any(title in text for text in said) for title in TITLES), "nothing is lost"
    assert max(once.values()) == 1, "nothing is said twice without a mark"
    return status if met else None


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is for Linux")
async def test_a_process_whose_disk_fails_ends_with_status_1_and_the_next_start_is_clean(
    press: Any, configure: Callable[..., Path], tmp_path: Path, house: Any
) -> None:
    config = configure()
    for call in SAMPLE:
        for file in tmp_path.glob("bot.db*"):
            file.unlink()
        press.stories.clear()
        status = await failed_at(call, press, config, house)
        if status == 1:
            return
    raise AssertionError("no call that keeps something was failed")


@pytest.mark.night
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is for Linux")
async def test_at_every_call_of_fdatasync_the_disk_may_fail(
    press: Any, configure: Callable[..., Path], tmp_path: Path, house: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configure()
    ends = Counter[int]()
    for call in range(1, MOST):
        for file in tmp_path.glob("bot.db*"):
            file.unlink()
        press.stories.clear()
        status = await failed_at(call, press, config, house)
        if status is None:
            break
        ends[status] += 1
    assert ends.total() < MOST - 1, "the last call that was failed came after everything was said"
    assert set(ends) <= {0, 1}
    assert ends[1] > 4
    with capsys.disabled():
        print(  # noqa: T201  # the figures are the result
            f"\nfdatasync failed at each of {ends.total()} calls: {ends[1]} times status 1 and a clean start, {ends[0]} times "
            "SQLite tried again by itself; nothing lost, nothing twice without a mark"
        )
