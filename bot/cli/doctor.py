"""``doctor``: looks a set-up over and says what to click or type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.lines import print_row
from bot.cli.run import CONFIG, ConfigOption, Format, FormatOption
from bot.core.findings import Finding, Level


def doctor(
    config: ConfigOption = CONFIG,
    offline: Annotated[bool, typer.Option("--offline", help="Ask neither Slack nor Discord nor any source.")] = False,
    output: FormatOption = Format.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Look the whole set-up over: what will not work, where, and what to click or type."""
    from bot.config.load import environment
    from bot.doctor.examine import examine

    found = asyncio.run(examine(config, environment(), online=not offline))
    if as_json or output is Format.JSONL:
        for finding in found:
            print_row(row(finding))
    else:
        typer.echo(told(found))
    raise typer.Exit(2 if any(finding.level is Level.ERROR for finding in found) else 0)


def row(finding: Finding) -> dict[str, str]:
    """A finding as a line for programs."""
    return {
        "event": "finding",
        "code": finding.code.value,
        "level": finding.level.value,
        "where": finding.where,
        "what": finding.what,
        "do": finding.remedy,
        "link": finding.link,
    }


def told(found: Sequence[Finding]) -> str:
    """The findings for people."""
    if not found:
        return "Nothing stands in the way, as far as can be seen from here."
    parts = []
    for finding in found:
        lines = [f"{finding.level.value}: {finding.where}", f"    {finding.what}"]
        lines += [f"    -> {finding.remedy}"] if finding.remedy else []
        parts.append("\n".join([*lines, f"    {finding.link}"]))
    counts = [(level, sum(finding.level is level for finding in found)) for level in Level]
    last = ", ".join(f"{count} {level.value}{'s' if count > 1 else ''}" for level, count in counts if count)
    return "\n\n".join([*parts, f"{last}."])


def register(app: typer.Typer) -> None:
    """Add the verb of this module."""
    app.command()(doctor)
