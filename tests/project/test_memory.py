"""What a bot keeps in memory for nothing: whole libraries that its configuration never uses."""

from __future__ import annotations

import subprocess
import sys

RUNS = "bot.cli.main, bot.cli.events, bot.running, bot.adapters.slack.connection, bot.adapters.discord.connection"
"""What `run` imports with both chats and a SQLite database."""
UNUSED = {
    "sqlalchemy.dialects.postgresql": "2.3 MB: the dialect of another database",
    "alembic": "9 MB: migrates, once in a version",
    "PIL": "draws pictures when one is asked for",
    "trafilatura": "reads pages, in a process of its own",
    "lxml": "likewise",
}
"""Modules that must not come with it, and what they would take."""


def test_a_bot_on_sqlite_loads_no_library_that_it_does_not_use() -> None:
    code = f"import sys, {RUNS}\nprint(*(name for name in {tuple(UNUSED)} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name: UNUSED[name] for name in loaded} == {}
