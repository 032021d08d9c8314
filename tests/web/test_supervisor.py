"""What systemd hears, read from the very socket it would hand over."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.clock import VirtualClock
from bot.web.supervisor import Supervisor

WELL = {"database": True}
pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="only systems with local sockets have such a supervisor")


class Listener:
    """systemd's end of the socket."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        """Every datagram since the last question."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 3, 11, 9, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "notify")


@pytest.fixture
def listener(path: str) -> Iterator[Listener]:
    found = Listener(path)
    yield found
    found.socket.close()


def test_it_hears_of_the_start_of_a_reload_and_of_the_end(listener, path, clock):
    supervisor = Supervisor({"NOTIFY_SOCKET": path}, clock)
    clock.advance(timedelta(seconds=2))
    supervisor.ready("3 sources")
    supervisor.reloading()
    supervisor.ready("4 sources")
    supervisor.stopping()
    assert listener.heard() == [
        "READY=1\nSTATUS=3 sources",
        "RELOADING=1\nMONOTONIC_USEC=2000000\nSTATUS=reloading",
        "READY=1\nSTATUS=4 sources",
        "STOPPING=1\nSTATUS=stopping",
    ]


def test_the_watchdog_is_fed_twice_in_the_time_it_gives_and_by_beats_alone(listener, path, clock):
    supervisor = Supervisor({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, clock)
    supervisor.ready("")
    listener.heard()
    for _ in range(61):
        supervisor.beat(WELL)
        clock.advance(timedelta(seconds=1))
    assert listener.heard() == ["WATCHDOG=1"] * 3
    clock.advance(timedelta(minutes=5))
    assert listener.heard() == []


@pytest.mark.parametrize(
    "given", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}]
)
def test_a_watchdog_that_is_none_or_another_process_s_is_not_fed(listener, path, clock, given):
    Supervisor({"NOTIFY_SOCKET": path, **given}, clock).beat(WELL)
    assert listener.heard() == []


def test_the_status_names_what_does_not_work_once_and_says_when_it_does_again(listener, path, clock):
    supervisor = Supervisor({"NOTIFY_SOCKET": path}, clock)
    supervisor.ready("3 sources")
    for parts in (WELL, {"slack": False, "database": False}, {"slack": False, "database": False}, WELL, WELL):
        supervisor.beat(parts)
    assert listener.heard()[1:] == ["STATUS=3 sources; not ready: database, slack", "STATUS=3 sources"]


def test_a_status_is_not_told_before_the_start_is_over(listener, path, clock):
    Supervisor({"NOTIFY_SOCKET": path}, clock).beat({"scheduler": False})
    assert listener.heard() == []


@pytest.mark.skipif(not Path("/proc/net/unix").exists(), reason="names without files are Linux's")
def test_a_name_without_a_file_is_a_socket_too(clock):
    name = f"watchlamp-{os.getpid()}-{id(clock)}"
    heard = Listener(f"\0{name}")
    Supervisor({"NOTIFY_SOCKET": f"@{name}"}, clock).stopping()
    assert len(heard.heard()) == 1
    heard.socket.close()


@pytest.mark.parametrize("given", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_without_a_supervisor_nothing_is_told(given, clock, capsys):
    Supervisor(given, clock).stopping()
    assert capsys.readouterr().out == ""


def test_a_supervisor_that_is_gone_costs_one_line_of_the_log(path, clock, capsys):
    supervisor = Supervisor({"NOTIFY_SOCKET": path}, clock)
    supervisor.stopping()
    supervisor.stopping()
    assert capsys.readouterr().out.count("the supervisor cannot be told") == 1


def test_a_supervisor_that_does_not_read_keeps_nobody_waiting(listener, path, clock):
    supervisor = Supervisor({"NOTIFY_SOCKET": path}, clock)
    for _ in range(2000):  # more than the socket holds
        supervisor.stopping()
    assert listener.heard()
