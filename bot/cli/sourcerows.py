"""Sources printed: how each does, and what became of a list that was read.

Promises: what a stranger wrote is inert; an address that is a secret is never printed. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from bot.adapters.console.escape import clip, plain
from bot.cli.lines import Row
from bot.commands.sources import WELL, in_words
from bot.core.clock import format_instant
from bot.service.sourcehealth import condition
from bot.sourcebook import Imported, Kept

NAME = 30
"""Most columns of a source's name; ids have 64 characters at most and seldom 20."""

TOLD = 20
"""Lines that could not be used, told one by one; the rest is counted."""


def kept_row(one: Kept, now: datetime) -> Row:
    """One source for programs."""
    config, state = one.config, one.state
    found = condition(state, now)
    return {
        "event": "source",
        "id": config.id,
        "kind": config.kind,
        "url": None if config.url_secret else config.url,
        "health": str(found.health),
        "since": format_instant(found.since),
        "sentence": found.sentence or None,
        "advice": found.advice or None,
        "last_success": format_instant(state.last_success_at) if state else None,
        "next_due": format_instant(state.next_due_at) if state else None,
        "failures": state.failures if state else 0,
        "items_7d": one.items,
    }


def print_kept(kept: Sequence[Kept], console: Console, *, zone: ZoneInfo, now: datetime) -> None:
    """A line a source, in the order of the configuration; below one in trouble, what is the matter and what to do."""
    if not kept:
        console.print(
            Text("The configuration names no source. `watchlamp sources test LINK` finds what can be read behind any link.")
        )
        return
    rows = [(one, in_words(one.state, one.items, zone=zone, now=now)) for one in kept]
    columns = [
        (clip(one.config.id, NAME), one.config.kind, str(told.condition.health).replace("_", " "), told.brought, told.read)
        for one, told in rows
    ]
    widths = [max(len(row[at]) for row in columns) for at in range(4)]
    for (name, kind, health, brought, read), (_, told) in zip(columns, rows, strict=True):
        well = told.condition.health in WELL
        line = Text.assemble(
            (f"{name:<{widths[0]}}  ", "bold"),
            (f"{kind:<{widths[1]}}  ", "dim"),
            (f"{health:<{widths[2]}}  ", "green" if well else "yellow"),
            f"{brought:>{widths[3]}}  ",
            (read, "dim"),
        )
        console.print(line, soft_wrap=True)
        if not well:
            console.print(Text(f"  {plain(f'{told.condition.sentence} {told.condition.advice}'.strip(), 500)}", style="yellow"))


def imported_rows(made: Imported) -> Iterator[Row]:
    """Everything that became of a list, a row each: source, mistake, double, note."""
    for one in made.sources:
        yield {
            "event": "source",
            "line": one.line,
            "id": one.id,
            "kind": "feed",
            "url": one.url,
            "title": one.title,
            "tags": list(one.tags),
        }
    for event, remarks in (("mistake", made.mistakes), ("double", made.doubles), ("note", made.notes)):
        for remark in remarks:
            yield {"event": event, "line": remark.line or None, "sentence": remark.sentence}


def tell_imported(made: Imported, file: Path, stream: TextIO) -> None:
    """What could not be taken, and how much could."""
    for remarks in (made.notes, made.doubles, made.mistakes):
        stream.writelines(f"{file}: {plain(str(remark), 400)}\n" for remark in remarks[:TOLD])
        if len(remarks) > TOLD:
            stream.write(f"{file}: and {len(remarks) - TOLD:,} more like these.\n")
    number = len(made.sources)
    parts = [f"{number:,} {'source' if number == 1 else 'sources'}"]
    parts += [f"{len(made.doubles):,} left out as doubles"] if made.doubles else []
    parts += [f"{len(made.mistakes):,} cannot be used"] if made.mistakes else []
    stream.write(f"{', '.join(parts)}.\n")
