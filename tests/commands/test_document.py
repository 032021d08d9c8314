"""The page for people says of every command what the table says: it is made from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands.document import BEGINS, ENDS, chat_part, with_chat_part, write
from bot.commands.table import TABLE
from bot.core.errors import UserInputError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


def test_the_page_is_as_the_table_makes_it():
    page = PAGE.read_text(encoding="utf-8")
    assert with_chat_part(page) == page, "run `make docs-commands`"


def test_every_command_has_its_help_its_parameters_and_examples_on_the_page():
    made = chat_part()
    for command in TABLE:
        part = made.split(f"\n### `{command.name}`\n", 1)[1].split("\n### ", 1)[0]
        assert command.help in part
        assert all(f"/watch {example}" in part for example in command.examples)
        assert all(f"| `{parameter.name}` | {parameter.meaning}" in part for parameter in command.parameters)
        assert f"| {command.role} | {command.summary} |" in made


def test_what_stands_outside_the_marks_stays_and_a_page_without_them_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGINS}\nold\n{ENDS}\nafter\n", encoding="utf-8")
    assert write(page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGINS}\n\n| command |")
    assert text.endswith(f"{ENDS}\nafter\n")
    assert "old\n" not in text
    assert not write(page)
    for wrong in ("", BEGINS, ENDS, f"{ENDS}\n{BEGINS}"):
        with pytest.raises(UserInputError, match="The page has no line"):
            with_chat_part(wrong)


def test_it_is_run_as_a_program(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"{BEGINS}\n{ENDS}\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "bot.commands.document", str(page)], check=True)
    assert "### `help`" in page.read_text(encoding="utf-8")
