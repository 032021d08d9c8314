"""The bench of several workers: it counts right, and what it counts is exact at a size that a test can afford."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def world(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import clusterworld  # noqa: PLC0415  # it stands beside the other benches, which are no package

    return clusterworld.World(3)


async def ask(port, path, *, host="a", method="GET", body=b"", more=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head


async def end(server):
    """Close it, and wait until every connection has ended."""
    server.close()
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})


async def test_the_outside_sees_who_is_asked_twice_and_which_host_is_asked_by_two_at_once(world, monkeypatch):
    server = await asyncio.start_server(world.feed, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    first = await ask(port, "/0")
    await ask(port, "/1")
    assert await ask(port, "/2", more='If-None-Match: "2-0"\r\n') == b'HTTP/1.1 304 Not Modified\r\nETag: "2-0"\r\n\r\n'
    assert first.startswith(b"HTTP/1.1 200 OK")
    counted = world.obey(["count"])
    assert (counted["asked"], counted["again"], counted["most_at_once"]) == (3, 0, 1)
    await asyncio.gather(ask(port, "/0", host="a"), ask(port, "/1", host="b"))
    assert world.obey(["count"])["most_at_once"] == 1, "two hosts may be asked at once"
    monkeypatch.setattr("clusterworld.THINKS", 0.5)  # the second comes while the first is thought about, on any machine
    await asyncio.gather(ask(port, "/0"), ask(port, "/0"))
    counted = world.obey(["count"])
    assert (counted["asked"], counted["again"], counted["most_at_once"]) == (1, 1, 2)
    await end(server)


async def test_the_outside_sees_what_came_twice_and_what_did_not_come(world):
    server = await asyncio.start_server(world.hook, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    first, second = world.obey(["publish", [0, 7], [1, 7]])
    for channel in (4, 5):
        await ask(port, f"/{channel}", method="POST", body=b"... event%06d ... event%06d" % (first, first))
    told = world.obey(["received", first])
    assert (told["different"], told["calls"], told["twice"]) == (2, 2, 0)
    await ask(port, "/5", method="POST", body=b"event%06d" % first)
    await ask(port, "/5", method="POST", body=b"event%06d" % second)
    told = world.obey(["received", first])
    assert (told["different"], told["calls"], told["twice"]) == (3, 4, 1)
    assert world.obey(["received", second])["calls"] == 1
    await end(server)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_workers_ask_and_send_everything_once(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "cluster.py", "--quick"],
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.rstrip().endswith("connections; exact")
