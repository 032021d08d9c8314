"""Another version takes the place of the one that runs, process by process, under load: nothing lost, nothing twice.

``pytest tests/cluster/test_rolling.py -m "slow or not slow" -s`` prints the figures. The new version is this one with a migration
more, which it works with (``release.py``); the old one is this one as it is. Feeds, chats and the server are real processes on
loopback, and people ask all the while.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bypath import loaded

from bot.store import schema

HERE = Path(__file__).parent
BOUND = 300.0
"""Seconds after the last change in which everything has to be said: claims last two minutes, and one may be left by who ended."""
PAUSE = 3.0
"""Seconds between two events, each of which is told in six channels."""

release = loaded(HERE / "release.py", "cluster_release")


def next_release(folder: Path) -> Path:
    """The migrations of the new version."""
    migrations = folder / "migrations"
    shutil.copytree(schema.FOLDER, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions" / f"{release.NEXT}_next.py").write_text(release.migration(schema.HEAD), encoding="utf-8")
    return migrations


async def start_new(cluster: Any, tools: Any, number: int, migrations: Path) -> Any:
    """A process of the new version, as a member of the cluster."""
    line = tools.cutting.Line(cluster.server.port)
    await line.open()
    member = tools.cluster.Member(number, cluster, line)
    (cluster.folder / f"config-{number}.toml").write_text(cluster._configuration(line.port), encoding="utf-8")
    arguments = [str(HERE / "release.py"), str(migrations), *cluster.verb, "-c", f"config-{number}.toml"]
    with member.errors.open("ab") as errors:
        member.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=cluster.folder,
            env=cluster.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
        )
    cluster.members.append(member)
    return member


async def end(cluster: Any, member: Any) -> None:
    """SIGTERM; it ends with 0 and takes part no more."""
    cluster.members.remove(member)
    member.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        assert await member.process.wait() == 0, member.tail()
    await member.line.close()


@asynccontextmanager
async def asking(cluster: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """Meanwhile somebody in each chat asks again and again; yields what came of it, which grows."""
    answers: list[dict[str, Any]] = []
    enough = asyncio.Event()

    async def ask(platform: str) -> None:
        while not enough.is_set():
            answers.append(await cluster.chats.ask(platform))
            await asyncio.sleep(0.7)

    async with asyncio.TaskGroup() as people:
        for platform in ("slack", "discord"):
            people.create_task(ask(platform))
        try:
            yield answers
        finally:
            enough.set()  # who asked last still gets an answer


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform != "linux", reason="processes are told to end as Linux has it")
async def test_a_new_version_takes_over_under_load_and_nobody_notices(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    migrations = next_release(tmp_path)
    written = f"select count(*) from items where {release.COLUMN} "

    async def filed(cluster: Any, more: int) -> None:
        """Let so many more articles be filed."""
        now = cluster.count("select count(*) from items where phase = 'filed'")
        await cluster.until(
            lambda: (cluster.count("select count(*) from items where phase = 'filed'") or 0) >= now + more, "news was filed"
        )

    async def roll(cluster: Any) -> int:
        old = list(cluster.members)
        await filed(cluster, 2)
        await start_new(cluster, tools, 10, migrations)
        await cluster.until(
            lambda: cluster.server.query("select version_num from alembic_version") == [(release.NEXT,)], "the schema was upgraded"
        )
        before = cluster.count(written + "= ''")
        await cluster.until(lambda: cluster.count(written + "= ''") > before, "the old version stored articles on the new schema")
        await end(cluster, old[0])
        await start_new(cluster, tools, 11, migrations)
        await filed(cluster, 2)
        await end(cluster, old[1])
        await cluster.until(lambda: cluster.count(written + "<> ''") > 0, "the new version stored articles")
        await filed(cluster, 3)
        return len(old)

    async with tools.cluster.opened(tmp_path, tools, verb=("run",), members=2, lease=None) as cluster:
        await cluster.chats.ready()
        async with asking(cluster) as answers:
            count = await cluster.row("another version, process by process", roll, within=BOUND, pause=PAUSE)
        told = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("errors-*"))
        failed = [answer for answer in answers if not answer["good"]]
        asked = Counter(answer["platform"] for answer in answers)
        slowest = max(answer["seconds"] for answer in answers)
        with capsys.disabled():
            print("\n" + tools.counting.table([count]))  # noqa: T201  # the table is the result
            print(f"asked meanwhile: {dict(asked)}; errors: {len(failed)}; longest wait {slowest:.1f} s")  # noqa: T201
    assert count.wrong == []
    assert (count.lost, count.doubled_slack, count.doubled_discord, count.order) == (0, 0, 0, 0)
    assert failed == []
    assert min(asked["slack"], asked["discord"]) >= 3
    assert "Traceback" not in told
