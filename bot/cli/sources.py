"""``sources``: what a feed holds, what a link leads to, and lists of sources in and out."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot.cli.lines import entry_row, print_row
from bot.cli.read import FileArgument, UrlOption, read_file
from bot.cli.run import CONFIG, Format, FormatOption, OptionalConfig

app = typer.Typer(help="Sources: what a feed holds, what a link leads to, lists in and out.", no_args_is_help=True)

WIDEST = 110
"""Columns of a page, as of the answers of ``watch``."""


@app.command("parse")
def parse(file: FileArgument, url: UrlOption = None, output: FormatOption = Format.TEXT) -> None:
    """Read one saved feed document; one line an entry."""
    from bot.verbs import read_feed

    feed = asyncio.run(read_feed(read_file(file), url))
    if output is Format.JSONL:
        for entry in feed.entries:
            print_row(entry_row(entry))
        return
    typer.echo(f"{feed.title or '(no title)'}: {len(feed.entries)} entries")
    for entry in feed.entries:
        row = entry_row(entry)
        typer.echo(f"  {row['published'] or 'no date':20}  {row['title']}\n  {'':20}  {row['link'] or '(no link)'}")


@app.command("test")
def try_source(
    link: Annotated[str, typer.Argument(help="Any link: a feed, a site, a channel, a council's page.")],
    config: OptionalConfig = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Find the feed behind a link, and show what it would bring; nothing is stored."""
    from bot.cli.preview import preview_rows, print_preview
    from bot.config.load import environment, load_for_replay
    from bot.verbs import look_at_source

    settings = load_for_replay(config or (CONFIG if CONFIG.exists() else None), environ=environment())
    made = asyncio.run(look_at_source(settings, link, with_rules=settings.path is not None))
    if output is Format.JSONL:
        for row in preview_rows(made):
            print_row(row)
    elif made.config is None:
        for concern in made.concerns:
            sys.stderr.write(f"{concern.sentence}\n")
    else:
        print_preview(made, page(), zone=ZoneInfo(settings.timezone))
    raise typer.Exit(1 if made.config is None else 0)


def page() -> Console:
    """What a page is printed on: as wide as the terminal, within reason."""
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    return Console(highlight=False, width=min(wide, WIDEST))
