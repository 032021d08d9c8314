"""What a bot keeps in memory for nothing: whole libraries that its configuration never uses."""

from __future__ import annotations

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
}
"""Modules that must not come with a first start on SQLite, both chats connected, and what they take or do."""
STARTS = f"""
import asyncio, sys
from pathlib import Path
import bot.cli.main, bot.cli.events, bot.adapters.slack.connection, bot.adapters.discord.connection
from bot.config.load import load
from bot.options import Options
from bot.running import run

status = asyncio.run(run(load(Path("config.toml"), environ={{}}), Options(once=True, lean=True)))
print(status, *(name for name in {tuple(UNUSED)} if name in sys.modules))
"""


@pytest.mark.slow
def test_the_first_start_on_sqlite_loads_no_library_that_the_bot_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('include = ["pack:surveillance"]\ndatabase = { url = "sqlite:first.db" }\n')
    done = subprocess.run([sys.executable, "-c", STARTS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    status, *loaded = done.stdout.split()
    assert (status, {name: UNUSED[name] for name in loaded}) == ("0", {})
    assert (tmp_path / "first.db").is_file()
