"""docs/privacy.md names every table and column of the newest schema, says how long it is kept, and names none that is gone."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from bot.core.retention import Retention
from bot.store.database import Store
from bot.store.tables import metadata

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
_ROW = re.compile(r"^\| `(\w+)` \| ((?:`\w+` ?)+)\| ([^|]+) \| (public|workspace|person|nobody) \| ([^|]+) \|$", re.MULTILINE)
PERSONAL = frozenset(("member", "voter", "follower", "asked_by"))
"""Columns that tell a person from another."""


@pytest.fixture
def page() -> dict[tuple[str, str], tuple[str, str]]:
    """(of whom, how long) by table and column."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for table, columns, _, whose, term in _ROW.findall(PAGE.read_text(encoding="utf-8")):
        for column in re.findall(r"\w+", columns):
            assert (table, column) not in found, "a column stands in one line"
            found[table, column] = (whose, term.strip())
    return found


async def test_every_column_of_the_newest_schema_has_one_line_and_no_other_has(page, tmp_path: Path) -> None:
    path = tmp_path / "watchlamp.db"
    await (await Store.open(f"sqlite:{path}")).close()
    with sqlite3.connect(path) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        inner = {f"item_words_{part}" for part in ("data", "idx", "content", "docsize", "config")}
        stored = {
            (table, row[1])
            for table in tables
            if table not in inner and not table.startswith("sqlite_") and table != "alembic_version"
            for row in database.execute(f"PRAGMA table_info({table})")
        }
    database.close()
    known = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert stored | known == page.keys()


def test_what_tells_a_person_is_said_to_be_a_persons_and_ends(page) -> None:
    of_people = {place for place in page if place[1] in PERSONAL}
    assert {place for place, (whose, _) in page.items() if whose == "person" and place[1] in PERSONAL} == of_people
    assert [place for place in of_people if "for ever" in page[place][1]] == []


def test_the_terms_on_the_page_are_the_defaults(page) -> None:
    kept = Retention()
    for place, words in {
        ("items", "content_text"): (f"{kept.texts.days} days (`texts`)", f"{kept.most_texts:,}"),
        ("deliveries", "message"): (f"{kept.messages.days} days after", "21 days"),
        ("audit", "member"): (f"{kept.people.days} days (`people`)",),
        ("audit", "what"): ("a year (`records`)",),
    }.items():
        assert all(word in page[place][1] for word in words), place
    assert kept.records.days == 365
