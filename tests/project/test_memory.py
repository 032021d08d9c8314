"""What a bot keeps in memory for nothing: libraries that its configuration never uses, and what only a start needs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

UNUSED = {
    "sqlalchemy.dialects.postgresql": "2.3 MB: the dialect of another database",
    "alembic": "9 MB: migrates, once in a version",
    "PIL": "draws pictures when one is asked for",
    "trafilatura": "reads pages, in a process of its own",
    "lxml": "likewise",
    "feedparser": "likewise",
    "Place": "1.7 MB: where each key of the shipped pack stands",
}
"""Modules and types that must not be there after a first start on SQLite with both chats, and what they take or do."""
STARTS = f"""
import atexit, gc, sys
import bot.adapters.slack.connection, bot.adapters.discord.connection
from bot.cli.main import main

def tell():
    gc.unfreeze()
    there = {{*sys.modules, *(type(each).__name__ for each in gc.get_objects())}}
    print(*(name for name in {tuple(UNUSED)} if name in there))

atexit.register(tell)
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="how a start tells that it is over")
def test_after_the_first_start_on_sqlite_nothing_is_kept_that_the_bot_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('include = ["pack:surveillance"]\ndatabase = { url = "sqlite:first.db" }\n')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        command = [sys.executable, "-c", STARTS, "run", "--listen", "none", "--log-level", "error"]
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as bot:
            try:
                while "READY=1" not in manager.recv(4096).decode():
                    pass
            finally:
                bot.send_signal(signal.SIGTERM)
            kept, _ = bot.communicate(timeout=30)
    assert (bot.returncode, {name: UNUSED[name] for name in kept.split()}) == (0, {})
