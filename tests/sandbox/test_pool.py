"""The sandbox: whatever a reader does in its child, the parent gets a result of the right type or a sentence."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.documents import FeedDocument
from bot.core.errors import DocumentError
from bot.sandbox.frames import answer, unpack
from bot.sandbox.pool import JOBS, Job, Limits, Sandbox

ROOT = Path(__file__).resolve().parents[2]


def gone(pid: int) -> bool:
    """Whether a process that is no child of ours has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while not gone(pid):
            await asyncio.sleep(0.01)


async def test_a_job_gets_its_bytes_and_its_words(pool) -> None:
    assert await pool().run("echo", data=b"\x00\xff" * 1_000_000, text="é\n") == "2000000 é\n"


async def test_a_child_serves_many_jobs(pool) -> None:
    sandbox = pool()
    first = await sandbox.run("pid")
    assert await sandbox.run("pid") == first
    assert sandbox.pids == (int(first),)


async def test_a_child_is_replaced_after_its_last_job(pool) -> None:
    sandbox = pool(jobs=2)
    pids = [await sandbox.run("pid") for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]
    await until_gone(int(pids[0]))


async def test_a_child_without_work_is_stopped(pool) -> None:
    sandbox = pool(idle_seconds=0.01)
    pid = int(await sandbox.run("pid"))
    await until_gone(pid)
    assert sandbox.pids == ()
    assert int(await sandbox.run("pid")) != pid


async def test_no_more_children_than_workers(pool) -> None:
    sandbox = pool(2)
    pids = await asyncio.gather(*(sandbox.run("pid") for _ in range(8)))
    assert len(set(pids)) <= 2


async def test_a_refusal_is_told_as_one_printable_line_and_the_child_lives(pool) -> None:
    sandbox = pool()
    with pytest.raises(DocumentError, match=r"^Not a feed\. \[31mred$"):
        await sandbox.run("refuse", why="Not a feed.\n\x1b[31mred".replace("\n\x1b", " "))
    before = sandbox.pids
    with pytest.raises(DocumentError) as told:
        await sandbox.run("refuse", why="\x1b]0;title\x07" + "x" * 10_000)
    assert str(told.value).isprintable()
    assert len(str(told.value)) <= 500
    assert sandbox.pids == before


async def test_a_reader_that_gives_up_does_not_repeat_the_strangers_words(pool) -> None:
    with pytest.raises(DocumentError, match="gave up \\(ValueError\\)") as told:
        await pool().run("give_up")
    assert "canary" not in str(told.value)


async def test_a_document_nested_too_deeply_is_told(pool) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        await pool().run("recurse")


@pytest.mark.parametrize("job", ["spin", "sleep"])
async def test_a_runaway_is_killed_at_its_limit_and_the_next_job_runs(pool, job: str) -> None:
    sandbox = pool(seconds=0.5)
    with pytest.raises(DocumentError, match=r"stopped after 0\.5 seconds"):
        await sandbox.run(job, **({"seconds": 60} if job == "sleep" else {}))
    assert sandbox.pids == ()
    sandbox._limits = Limits()  # a new child first reads in what the job is made of
    assert await sandbox.run("echo", text="alive") == "0 alive"


async def test_a_child_that_eats_memory_is_told_apart(pool) -> None:
    sandbox = pool(memory=256 * 1024**2)
    with pytest.raises(DocumentError, match="more than 256 MiB of memory"):
        await sandbox.run("hog")
    assert await sandbox.run("echo", text="alive") == "0 alive"


@pytest.mark.parametrize(("job", "how"), [("leave", "exit status 7"), ("crash", "SIGSEGV")])
async def test_a_crash_is_told_and_the_next_job_runs(pool, job: str, how: str) -> None:
    sandbox = pool()
    with pytest.raises(DocumentError, match=f"ended unexpectedly \\({how}\\)"):
        await sandbox.run(job)
    assert await sandbox.run("echo", text="alive") == "0 alive"


async def test_a_child_that_died_while_idle_is_replaced(pool) -> None:
    sandbox = pool()
    pid = int(await sandbox.run("pid"))
    ((child, _),) = sandbox._idle
    os.kill(pid, signal.SIGKILL)
    await child._process.wait()
    assert int(await sandbox.run("pid")) != pid


async def test_what_a_library_prints_is_no_answer(pool) -> None:
    assert await pool().run("chatter") == "read ''"


@pytest.mark.parametrize("job", ["connect", "spawn"])
async def test_a_child_opens_no_connection_and_no_process(pool, job: str) -> None:
    arrived: list[object] = []
    server = await asyncio.start_server(lambda reader, writer: arrived.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(DocumentError, match="PermissionError"):
            await pool().run(job, **({"port": port} if job == "connect" else {}))
    assert arrived == []


async def test_a_child_knows_nothing_of_our_environment(pool, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHLAMP_SLACK_BOT_TOKEN", "canary")
    known = set((await pool().run("environment")).split(","))
    assert known - set(environ) <= {"LC_ALL", "LC_CTYPE", "PYTHONHASHSEED", "PYTHONUTF8", "TZ"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
async def test_limits_are_set_in_the_child(pool) -> None:
    assert await pool().run("limits") == f"{1024**3},64,0"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is told whom to end first")
async def test_a_child_is_the_first_to_go_where_memory_runs_out(pool) -> None:
    assert await pool().run("first_to_go") == "1000"


def frame(text: str) -> str:
    body = text.encode()
    return (len(body).to_bytes(4, "big") + body).hex()


HOSTILE = {
    "no JSON": frame("{"),
    "no object": frame("[]"),
    "an empty object": frame("{}"),
    "nested too deep": frame("[" * 100_000),
    "too long": b"\xff\xff\xff\xff".hex(),
    "another type": frame(json.dumps({"value": {"__reduce__": "os.system"}})),
    "half a character": frame('{"value": "\\ud800"}'),
    "end before value": frame('{"end": true}'),
    "part of no field": frame('{"value": "x"}') + frame('{"more": "__class__", "items": []}'),
    "ready again": frame('{"ready": true}'),
    "two values": frame('{"value": "x"}') * 2,
}


@pytest.mark.parametrize("frames", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_answer_is_refused(pool, frames: str) -> None:
    sandbox = pool()
    with pytest.raises(DocumentError, match="reader was stopped: it sent"):
        await sandbox.run("lie", frames=[frames])
    assert sandbox.pids == ()


async def test_an_endless_answer_is_cut_off(pool) -> None:
    part = frame(json.dumps({"more": "notes", "items": ["x" * 60_000] * 16}))
    (first, *_) = answer(FeedDocument("", None, ()))
    sandbox = pool(seconds=30)
    sandbox._jobs = {"lie": Job("sandbox_jobs:lie", FeedDocument)}
    with pytest.raises(DocumentError, match="too long an answer"):
        await sandbox.run("lie", frames=[frame(json.dumps(unpack(first[4:]))), *[part] * 80])


async def test_a_wrong_result_type_is_refused(pool) -> None:
    with pytest.raises(DocumentError, match="int where str is expected"):
        await pool().run("wrong_type")


@pytest.mark.parametrize("entries", [0, 1, 100, 101, 1234])
async def test_a_document_comes_back_whole(pool, entries: int) -> None:
    document = await pool().run("document", entries=entries)
    assert isinstance(document, FeedDocument)
    assert len(document.entries) == entries
    assert document.notes == ("odd",)
    for entry in document.entries:
        assert entry.title == "Ein Satz über ? alles"
        assert entry.published is not None
        assert entry.published.isoformat() == "2026-03-01T12:30:00+00:00"
        assert entry.authors == ("A", "B")


async def test_a_missing_reader_is_told(pool) -> None:
    with pytest.raises(DocumentError, match="AttributeError"):
        await pool().run("missing")


async def test_a_cancelled_caller_leaves_no_child_behind(pool) -> None:
    sandbox = pool()
    await sandbox.run("echo")
    (pid,) = sandbox.pids
    task = asyncio.create_task(sandbox.run("sleep", seconds=60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_gone(pid)


async def test_closing_ends_jobs_in_hand_and_refuses_new_ones(pool) -> None:
    sandbox = pool()
    await sandbox.run("echo")
    running = asyncio.create_task(sandbox.run("sleep", seconds=60))
    waiting = asyncio.create_task(sandbox.run("echo"))
    await asyncio.sleep(0)
    await sandbox.close()
    for task in (running, waiting):
        with pytest.raises(DocumentError):
            await task
    with pytest.raises(DocumentError, match="shutting down"):
        await sandbox.run("echo")


async def test_a_child_that_cannot_start_is_told(jobs) -> None:
    async with Sandbox(jobs=jobs, environ={"PYTHONHOME": "/nowhere"}) as sandbox:
        with pytest.raises(DocumentError, match="did not start \\(exit status 1\\)"):
            await sandbox.run("echo")


async def test_a_child_that_takes_too_long_to_start_is_told(jobs, environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time\n\ntime.sleep(60)\n")
    slow = {**environ, "PYTHONPATH": str(tmp_path)}
    async with Sandbox(jobs=jobs, environ=slow, limits=Limits(start_seconds=0.1)) as sandbox:
        with pytest.raises(DocumentError, match="did not start within"):
            await sandbox.run("echo")


PARENT = """
import asyncio, sys
from bot.sandbox.pool import Job, Sandbox

async def main():
    sandbox = Sandbox(jobs={"pid": Job("sandbox_jobs:pid", str)}, environ={"PYTHONPATH": sys.argv[1]})
    print(await sandbox.run("pid"), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_child_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(Path(__file__).parent)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    assert not gone(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await until_gone(pid)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_job_names_a_function_of_a_module_of_ours(name: str) -> None:
    module, _, function = JOBS[name].path.partition(":")
    assert module.startswith("bot.sandbox.jobs.")
    assert callable(getattr(importlib.import_module(module), function))


async def test_other_work_goes_on_between_the_frames_of_a_long_answer(pool) -> None:
    sandbox = pool(seconds=60)
    await sandbox.run("echo")
    (child,) = (child for child, _ in sandbox._idle)
    turns = 0
    messages = child._messages

    async def counted():
        nonlocal turns
        async for message in messages():
            before = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(before.set_result, None)
            yield message
            turns += before.done()

    child._messages = counted
    document = await sandbox.run("document", entries=10_000)
    assert len(document.entries) == 10_000
    assert turns >= 10_000 / 100 - 1
