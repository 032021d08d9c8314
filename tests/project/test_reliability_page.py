"""docs/reliability.md names, for each attack, tests that exist and run when the page says they do."""

from __future__ import annotations

import re
from pathlib import Path

MARKS = ("slow", "night")


def rows(root: Path) -> list[list[str]]:
    page = (root / "docs" / "reliability.md").read_text(encoding="utf-8")
    table = page.split("| attack | how | passed if | test |\n", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[1:]]


def test_every_test_that_the_page_names_exists_and_is_marked_as_it_says(root: Path) -> None:
    for attack, *_, tests in rows(root):
        named = re.findall(r"`(tests/[\w/]+\.py)`(?: \(([a-z, ]+)\))?", tests)
        assert named, attack
        for path, marks in named:
            text = (root / path).read_text(encoding="utf-8")
            assert re.search(r"^(?:async )?def test_", text, re.MULTILINE), path
            for mark in filter(None, marks.split(", ")):
                assert mark in MARKS, path
                assert f"pytest.mark.{mark}" in text, path


def test_no_attack_is_there_twice_and_each_says_when_it_is_passed(root: Path) -> None:
    table = rows(root)
    assert len({attack for attack, *_ in table}) == len(table) >= 20
    assert all(len(row) == 4 and all(row) for row in table)
