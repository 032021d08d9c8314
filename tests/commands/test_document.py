"""The page for people says of every command what the table says: it is made from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands.document import BEGINS, ENDS, PAGES, chat_part, made, write
from bot.commands.table import TABLE
from bot.core.errors import UserInputError

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_table_makes_it(name):
    page = (DOCS / name).read_text(encoding="utf-8")
    assert made(page, PAGES[name](TABLE)) == page, "run `make docs-commands`"


def test_every_command_has_its_help_its_parameters_and_examples_on_the_page():
    page = chat_part(TABLE)
    for command in TABLE:
        part = page.split(f"\n### `{command.name}`\n", 1)[1].split("\n### ", 1)[0]
        assert command.help in part
        assert all(f"/watch {example}" in part for example in command.examples)
        assert all(f"| `{parameter.name}` | {parameter.meaning}" in part for parameter in command.parameters)
        assert f"| {command.role} | {command.summary} |" in page


def test_what_stands_outside_the_marks_stays_and_a_page_without_them_is_refused(tmp_path):
    for name in PAGES:
        (tmp_path / name).write_text(f"before\n{BEGINS}\nold\n{ENDS}\nafter\n", encoding="utf-8")
    assert write(tmp_path) == list(PAGES)
    assert write(tmp_path) == []
    for name, table in (("commands.md", "| command |"), ("rights.md", "| who, where |")):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.startswith(f"before\n{BEGINS}\n\n{table}")
        assert text.endswith(f"{ENDS}\nafter\n")
        assert "\nold\n" not in text
    for wrong in ("", BEGINS, ENDS, f"{ENDS}\n{BEGINS}"):
        with pytest.raises(UserInputError, match="The page has no line"):
            made(wrong, "")


def test_it_is_run_as_a_program(tmp_path):
    for name in PAGES:
        (tmp_path / name).write_text(f"{BEGINS}\n{ENDS}\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "bot.commands.document", str(tmp_path)], check=True)
    assert "### `help`" in (tmp_path / "commands.md").read_text(encoding="utf-8")
