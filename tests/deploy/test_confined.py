"""The bot runs under what the unit asks for; what the unit forbids really is forbidden there."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "deploy" / "confined.py"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("confined", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


confined = loaded()
REASON = confined.missing()
needs_means = pytest.mark.skipif(bool(REASON), reason=REASON or "all is there")

PROBE = """
import ctypes, json, mmap, os, socket, sys

libc = ctypes.CDLL(None, use_errno=True)


def refused(name, *arguments):
    ctypes.set_errno(0)
    if getattr(libc, name)(*arguments) != -1:
        return ""
    return os.strerror(ctypes.get_errno())


def tried(work):
    try:
        work()
        return ""
    except (OSError, ValueError) as error:
        return type(error).__name__


def outside():
    with socket.create_connection(("192.0.2.1", 80), timeout=2):
        pass


print(json.dumps({
    "write to the system": tried(lambda: open("/etc/probe", "w")),
    "write to the program": tried(lambda: open(sys.argv[1], "a")),
    "see the kernel's settings": tried(lambda: open("/proc/sys/kernel/hostname")),
    "see other processes": tried(lambda: os.listdir("/proc/2") and open("/proc/2/status")),
    "read the disk": tried(lambda: os.listdir("/dev/disk")),
    "become root": refused("setuid", 0),
    "mount": refused("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "make a user namespace": refused("unshare", 0x10000000),
    "set the clock": refused("settimeofday", (ctypes.c_long * 2)(1, 0), None),
    "set the host's name": refused("sethostname", b"x", 1),
    "read the kernel's log": refused("klogctl", 3, ctypes.create_string_buffer(9), 9),
    "run as real time": refused("sched_setscheduler", 0, 1, (ctypes.c_int * 1)(1)),
    "make a set-user-id file": tried(lambda: (open("own", "w").close(), os.chmod("own", 0o4755))),
    "open an exotic socket": tried(lambda: socket.socket(17, socket.SOCK_RAW)),
    "change its personality": refused("personality", 0x0040000),
    "run memory it may write": tried(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)),
    "reach the network": tried(outside),
    "raise its limits": tried(lambda: __import__("resource").setrlimit(7, (9999, 9999))),
}))
print(json.dumps({
    "write its state": tried(lambda: open("state", "w").write("x")),
    "write to /tmp": tried(lambda: open(os.path.join("/tmp", "x"), "w").write("x")),
    "read the program": tried(lambda: open(sys.argv[1]).read()),
    "listen on loopback": tried(lambda: socket.create_server(("127.0.0.1", 0)).close()),
    "read chance": tried(lambda: open("/dev/urandom", "rb").read(1)),
}))
"""
"""Tries what the unit forbids, then what it leaves; tells by what each was refused."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    # measured, it would want to write beside the sources, which the unit forbids
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    words = [sys.executable, str(SCRIPT), "--report", *command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=90, env=environment)


def test_every_setting_of_the_unit_is_in_force_by_something_or_named_as_not():
    asked = confined.settings().keys()
    assert asked == confined.BY.keys() | confined.NOT_HERE.keys()
    assert not confined.BY.keys() & confined.NOT_HERE.keys()


@needs_means
def test_what_the_unit_forbids_is_refused_and_what_it_leaves_is_not():
    done = run(sys.executable, "-c", PROBE, str(ROOT / "bot" / "app.py"))
    assert done.returncode == 0, done.stderr
    forbidden, left = (json.loads(line) for line in done.stdout.splitlines())
    assert [name for name, answer in forbidden.items() if not answer] == []
    assert {name: answer for name, answer in left.items() if answer} == {}
    assert len(done.stderr.splitlines()) == len(confined.settings())


@needs_means
def test_the_calls_that_are_allowed_are_those_that_systemd_names():
    calls = confined.allowed_calls(confined.settings()["SystemCallFilter"])
    assert {"read", "futex", "epoll_wait", "getrandom"} <= calls
    assert not {"mount", "reboot", "ptrace", "init_module", "chown", "setuid", "sched_setscheduler"} & calls


@needs_means
@pytest.mark.slow
def test_the_demo_runs_under_the_restrictions_of_the_unit():
    done = run(sys.executable, "-c", "from bot.cli.main import main; main()", "demo")
    assert done.returncode == 0, done.stderr
    assert "Why was that posted?" in done.stdout
    assert "Traceback" not in done.stderr


@needs_means
@pytest.mark.slow
def test_a_page_is_read_by_a_reading_worker_there():
    page = ROOT / "tests" / "deploy" / "page.html"
    done = run(sys.executable, "-c", "from bot.cli.main import main; main()", "extract", str(page), "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    assert "forty-two readers" in json.loads(done.stdout)["text"]
