"""A full disk: nothing is posted that is not kept, health is red and says so, and all goes on by itself when there is room.

Three ways to be full: SQLite's own bound on a file (everywhere), a file system of four megabytes (Linux, root), and ENOSPC in
the very system call (Linux, strace). What the operator reads afterwards is read here too.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.service import poll, storewatch
from bot.store.database import Store

MEGABYTE = 1024 * 1024


def articles(press: Any, name: str, count: int, size: int) -> list[str]:
    """Publish articles that a rule matches, of so many characters each; their headlines."""
    told = []
    for number in range(count):
        title = f"Council {name} {number} buys cameras {'abcdefghij'[number % 10] * 7}"
        words = " ".join(f"{name}{number}word{index}" for index in range(size // 16))
        press.publish(f"{name}-{number}", title, f"The council has cameras now. {words}")
        told.append(title)
    return told


async def bounded(store: Store, pages: int) -> None:
    """Let the file have so many pages more, as SQLite counts them."""
    async with store._engines.writer.connect() as connection:
        now = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={now + pages}")


async def test_without_room_nothing_is_posted_health_is_red_and_everything_follows_once_there_is_room(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, real = [], Store.open.__func__  # type: ignore[attr-defined]

    async def open_and_keep(cls: type[Store], *args: Any, **options: Any) -> Store:
        opened.append(await real(cls, *args, **options))
        return opened[-1]

    monkeypatch.setattr(Store, "open", classmethod(open_and_keep))
    monkeypatch.setattr(storewatch, "TOLD_AFTER", 0.0)
    monkeypatch.setattr(storewatch, "PROBED_EVERY", 0.5)
    monkeypatch.setattr(poll, "STORE_PAUSE", 0.5)
    web = f'web = {{ listen = "127.0.0.1:{free_port}" }}\noperator = {{ channel = "ops" }}'
    async with house.living(configure(first=True, top=web, channels=house.operator)) as (bot, out, _stop):
        await house.until(lambda: house.baselined(tmp_path) == 1, bot)
        await bounded(opened[0], 2)
        wanted = articles(press, "harbour", 4, 16_000)
        async with asyncio.timeout(30):
            while (red := await house.parts(free_port)).get("ready", True):
                await asyncio.sleep(0.05)
        assert red["database"] is False
        assert out.rows == []
        assert house.query(tmp_path / "bot.db", "select id from deliveries") == []
        await bounded(opened[0], 100_000)
        await house.until(lambda: len(house.headlines(out.rows)) == len(wanted) and bool(house.told(out.rows, "ops")), bot)
        assert (await house.parts(free_port))["ready"] is True
    assert sorted(house.headlines(out.rows)) == sorted(wanted)
    (notice,) = house.told(out.rows, "ops")
    assert notice.startswith("The database could not be used, and works again")
    assert f"There is no room left for the database {tmp_path}/bot.db. Nothing was written; free some space on its disk." in notice


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a file system of our own takes Linux")
async def test_on_a_file_system_of_four_megabytes_that_fills_up_the_process_goes_on_by_itself_when_there_is_room(
    press: Any, configure: Callable[..., Path], tmp_path: Path, free_port: int, house: Any
) -> None:
    web = f'web = {{ listen = "127.0.0.1:{free_port}" }}\noperator = {{ channel = "ops" }}'
    config = configure(first=True, top=web, channels=house.operator)
    with house.small_disk(tmp_path / "disk", 4) as disk:
        config.write_text(config.read_text("utf-8").replace("sqlite:bot.db", f"sqlite:{disk}/bot.db"), "utf-8")
        database = disk / "bot.db"
        async with house.process(config) as bot:
            await bot.until(
                lambda: house.count(database, "select count(*) from sources where baselined_at is not null") == 1, "the first poll"
            )
            first = articles(press, "early", 1, 400)
            await bot.until(lambda: house.headlines(bot.rows) == first, "the first article was posted")
            await bot.until(lambda: house.settled(database) == 1, "and is written down as sent")
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            wanted = articles(press, "late", 8, 30_000)
            async with asyncio.timeout(60):
                while (red := await house.parts(free_port)).get("ready", True):
                    await asyncio.sleep(0.05)
            assert red["database"] is False
            await asyncio.sleep(12)  # as long as it takes to be worth telling
            assert house.headlines(bot.rows) == first, "nothing is posted that could not be kept"
            assert house.count(database, "select count(*) from deliveries where state = 'sent'") == 1
            ballast.unlink()
            await bot.until(lambda: len(house.headlines(bot.rows)) == 1 + len(wanted), "everything was posted")
            await bot.until(lambda: bool(house.told(bot.rows, "ops")), "the operator was told")
            assert (await house.parts(free_port))["ready"] is True
            assert await house.stop(bot) == 0
        assert sorted(house.headlines(bot.rows)) == sorted(first + wanted), "each once"
        (notice,) = house.told(bot.rows, "ops")
        assert "There is no room left for the database" in " ".join(notice.split())
        assert house.whole(database) == "ok"


START = """
import asyncio, resource, sys
from bot.core.errors import StoreError
from bot.store.database import Store

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    asyncio.run(Store.open(sys.argv[1]))
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files takes POSIX")
def test_a_start_that_finds_no_room_for_the_index_of_the_log_does_not_blame_the_disk_alone(database: Path) -> None:
    """A limit on the size of files fails the call that a full disk fails first, and SQLite says the same."""
    done = subprocess.run([sys.executable, "-c", START, f"sqlite:{database}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"There is no room left for the database {database}, or its disk reports an error")
    assert f"{database}-shm could not grow" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a file system of our own takes Linux")
def test_a_start_on_a_file_system_without_a_byte_left_says_that_there_is_no_room(
    prepared_file: Path, tmp_path: Path, house: Any
) -> None:
    with house.small_disk(tmp_path / "disk", 4) as disk:
        config, database = tmp_path / "config.toml", Path(shutil.copyfile(prepared_file, disk / "bot.db"))
        config.write_text(f'database = {{ url = "sqlite:{database}" }}\n', "utf-8")
        with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        code = "from bot.cli.main import main; main()"
        done = subprocess.run([sys.executable, "-c", code, "run", "-c", config], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert f"There is no room left for the database {database}" in done.stderr
        assert house.whole(shutil.copyfile(database, tmp_path / "copy.db")) == "ok"


async def struck(call: int, press: Any, configure: Callable[..., Path], folder: Path, house: Any) -> None:
    """Run with the disk full from one call of pwrite64 on, for two hundred calls, and again without; all is posted once."""
    inject = f"inject=pwrite64:error=ENOSPC:when={call}..{call + 199}"
    full = (house.tracer(), "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", inject)
    config, database = configure(first=True), folder / "bot.db"
    async with house.process(config) as bot:
        await bot.until(lambda: house.count(database, "select count(*) from sources where baselined_at is not null") == 1, "a poll")
        assert await house.stop(bot) == 0
    wanted = articles(press, f"run{call}", 3, 3000)
    rows: list[dict[str, Any]] = []

    def posted() -> list[str]:
        return sorted(house.headlines(rows))

    for under, patience in ((full, 20), ((), 60)):
        async with house.process(config, under=under) as bot:
            bot.rows = rows
            with contextlib.suppress(AssertionError if under else ZeroDivisionError, TimeoutError if under else ZeroDivisionError):
                async with asyncio.timeout(patience):
                    await bot.until(lambda: set(wanted) <= set(posted()), "everything was posted")
            kept = house.count(database, "select count(*) from deliveries where state in ('sending', 'sent')")
            assert kept >= len(posted()), "a post without a row"
            ended = bot.process.returncode if bot.process.returncode is not None else await house.stop(bot)
            assert ended == 0 or (under and ended == 1 and any("There is no room left" in line for line in bot.errors)), bot.errors
    assert house.whole(database) == "ok"
    assert posted() == sorted(wanted)


@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is for Linux")
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(13, marks=pytest.mark.slow),
        *(pytest.param(call, marks=pytest.mark.night) for call in (1, 2, 3, 5, 8, 21, 34, 55, 89)),
    ],
)
async def test_at_any_write_the_disk_may_be_full_and_nothing_is_posted_twice_or_lost(
    call: int, press: Any, configure: Callable[..., Path], tmp_path: Path, house: Any
) -> None:
    await struck(call, press, configure, tmp_path, house)
