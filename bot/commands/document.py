"""Pages that are made from the table of commands: ``python -m bot.commands.document docs``.

Promises: what docs/commands.md says of a command is what ``help`` says of it, and what docs/rights.md says of rights is what the
tests try. Writes only between the two marks of a page, and only where they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.commands.asking import Ask
from bot.commands.command import Command, Kind, Parameter
from bot.commands.rights import rights_part
from bot.commands.table import TABLE
from bot.core.errors import UserInputError
from bot.core.model import Platform

BEGINS = "<!-- made from the table of commands by `make docs-commands`; change bot/commands instead -->"
ENDS = "<!-- here ends what is made -->"

_ASK = Ask(Platform.SLACK, "T1", "C1", "U1", "")


def chat_part(table: Sequence[Command]) -> str:
    """What stands between the marks: every command in one table, then each with its help, its parameters and examples."""
    return "\n".join(_lines(table))


def _lines(table: Sequence[Command]) -> Iterator[str]:
    yield from ("| command | parameters | role | what it does |", "| --- | --- | --- | --- |")
    for command in table:
        cells = (f"[`{command.name}`](#{_anchor(command)})", _parameters(command), command.role.value, command.summary)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    for command in table:
        yield from ("", f"### `{command.name}`", "", command.help, "")
        yield from ("```text", command.usage(_ASK), "```")
        offered = command.parameters_in(terminal=True)
        if offered:
            yield from ("", "| parameter | what it is |", "| --- | --- |")
            yield from (f"| `{one.name}` | {_meaning(one)} |" for one in offered)
        examples = command.examples_for(_ASK)
        yield from ("", "For example:", "", "```text", *examples, "```")


def _anchor(command: Command) -> str:
    return command.name.replace(" ", "-")


def _parameters(command: Command) -> str:
    told = [f"`{one.name}`{'' if one.required else ' (may be left out)'}" for one in command.parameters_in(terminal=False)]
    told += [f"`{one.name}` (in the terminal alone)" for one in command.parameters if one.terminal_only]
    return ", ".join(told) or "none"


def _meaning(one: Parameter) -> str:
    parts = [one.meaning]
    if one.kind is Kind.NUMBER:
        parts.append(f"{one.lowest} to {one.highest}")
    if one.kind is Kind.CHOICE:
        parts.append(f"one of {', '.join(f'`{choice}`' for choice in one.choices)}")
    parts.append("needed" if one.required else "may be left out")
    if one.terminal_only:
        parts.append("in the terminal alone: in a chat it is the place where you ask")
    return "; ".join(parts).replace("|", "\\|")


PAGES: Mapping[str, Callable[[Sequence[Command]], str]] = {"commands.md": chat_part, "rights.md": rights_part}
"""What is made for each page."""


def made(page: str, part: str) -> str:
    """A page with another part between the marks.

    Raises:
        UserInputError: the marks are not there, or not in order.
    """
    before, begins, rest = page.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if not begins or not ends:
        raise UserInputError(f"The page has no line {BEGINS!r} with a line {ENDS!r} after it.")
    return f"{before}{BEGINS}\n\n{part}\n\n{ENDS}{after}"


def write(docs: Path) -> list[str]:
    """Bring the pages of a folder up to date; the names of those that were not.

    Raises:
        UserInputError: a page has no marks.
    """
    changed = []
    for name, part in PAGES.items():
        page = (docs / name).read_text(encoding="utf-8")
        new = made(page, part(TABLE))
        if new != page:
            (docs / name).write_text(new, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    write(Path(sys.argv[1]))
