"""kill -9 at every statement of a migration leaves the old schema or the new, never one between."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store import schema

PROGRAM = Path(__file__).with_name("kill_migration.py")
NEXT = f'''
"""A migration that adds, moves and deletes."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{schema.HEAD}"


def upgrade():
    op.create_table("teams", sa.Column("name", sa.Text, primary_key=True))
    op.add_column("stories", sa.Column("note", sa.Text))
    op.execute("INSERT INTO teams SELECT id FROM workspaces WHERE id <> 'file'")
    op.execute("DELETE FROM workspaces WHERE id <> 'file'")
'''


def walk(*arguments):
    done = subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, timeout=230, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.durable
@pytest.mark.parametrize(
    ("mode", "step"),
    [
        pytest.param("first", 29, marks=pytest.mark.slow),
        ("next", 9),
        pytest.param("first", 1, marks=[pytest.mark.night, pytest.mark.timeout(240)]),
        pytest.param("next", 1, marks=[pytest.mark.slow, pytest.mark.timeout(240)]),
    ],
)
def test_a_migration_killed_at_any_statement_is_done_wholly_or_not_at_all(empty_database, tmp_path, mode, step):
    folder = tmp_path / "migrations"
    shutil.copytree(schema.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_next.py").write_text(NEXT)
    points, stderr = walk(mode, empty_database.url, str(step), str(folder))
    *killed, last = points
    assert len(killed) * step > 20
    assert all(point["killed"] for point in killed)
    assert (last["status"], last["after"]) == (0, "new"), stderr
    assert {point["after"] for point in killed} <= {"old", "new"}, stderr
    assert step > 1 or {point["after"] for point in killed} == {"old", "new"}
    assert [point for point in points if not point["sound"]] == []
    assert [point for point in points if point["finally"] != "new"] == [], stderr
    if mode == "first":
        assert [point for point in points if point["again"]] == [], stderr
