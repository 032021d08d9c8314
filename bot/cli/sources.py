"""``sources``: what a feed holds, what a link leads to, and lists of sources in and out."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot.cli.lines import entry_row, print_row
from bot.cli.read import FileArgument, UrlOption, read_file
from bot.cli.run import CONFIG, ConfigOption, Format, FormatOption, OptionalConfig
from bot.core.errors import UserInputError

app = typer.Typer(help="Sources: what a link leads to, how each source does, lists in and out.", no_args_is_help=True)

OutOption = Annotated[Path | None, typer.Option("-o", "--out", help="The file to write; standard output unless named.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]

WIDEST = 110
"""Columns of a page, as of the answers of ``watch``."""


@app.command("parse")
def parse(file: FileArgument, url: UrlOption = None, output: FormatOption = Format.TEXT) -> None:
    """Read one saved feed document; one line an entry."""
    from bot.cli.preview import counted
    from bot.verbs import read_feed

    feed = asyncio.run(read_feed(read_file(file), url))
    if output is Format.JSONL:
        for entry in feed.entries:
            print_row(entry_row(entry))
        return
    typer.echo(f"{feed.title or '(no title)'}: {counted(len(feed.entries))}")
    for entry in feed.entries:
        row = entry_row(entry)
        typer.echo(f"  {row['published'] or 'no date':20}  {row['title']}\n  {'':20}  {row['link'] or '(no link)'}")


@app.command("test")
def try_source(
    link: Annotated[str, typer.Argument(help="Any link: a feed, a site, a channel, a council's page.")],
    config: OptionalConfig = None,
    secret: Annotated[
        str | None,
        typer.Option("--secret", help="Name of its key: the variable WATCHLAMP_SECRET_NAME holds user:password or a key."),
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Find the feed behind a link, and show what it would bring; nothing is stored."""
    from bot.cli.preview import preview_rows, print_preview
    from bot.config.load import environment, load_for_replay, named_secret
    from bot.sourcebook import look_at_source

    settings = load_for_replay(config or (CONFIG if CONFIG.exists() else None), environ=environment())
    key = None if secret is None else named_secret(secret, environ=environment())
    made = asyncio.run(look_at_source(settings, link, with_rules=settings.path is not None, secret=secret, key=key))
    if output is Format.JSONL:
        for row in preview_rows(made):
            print_row(row)
    elif made.config is None:
        for concern in made.concerns:
            sys.stderr.write(f"{concern.sentence}\n")
    else:
        print_preview(made, page(), zone=ZoneInfo(settings.timezone))
    raise typer.Exit(1 if made.config is None else 0)


@app.command("list")
def list_all(config: ConfigOption = CONFIG, output: FormatOption = Format.TEXT) -> None:
    """How each source does: its health, when it was read, what it brought in seven days."""
    from bot.cli.sourcerows import kept_row, print_kept
    from bot.config.load import environment, load_for_replay
    from bot.sourcebook import list_sources

    settings = load_for_replay(config, environ=environment())
    now, kept = asyncio.run(list_sources(settings))
    if output is Format.JSONL:
        for one in kept:
            print_row(kept_row(one, now))
        return
    print_kept(kept, page(), zone=ZoneInfo(settings.timezone), now=now)


@app.command("import-opml")
def import_list(
    file: Annotated[Path, typer.Argument(help="An OPML file, or addresses one a line.")],
    config: OptionalConfig = None,
    out: OutOption = None,
    force: ForceOption = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Turn a list of subscriptions into tables for the configuration."""
    from bot.cli.sourcerows import imported_rows, tell_imported
    from bot.config.load import environment, load_for_replay
    from bot.sourcebook import import_list as read
    from bot.sourcebook import tables

    settings = load_for_replay(config or (CONFIG if CONFIG.exists() else None), environ=environment())
    data = read_file(file)
    made = asyncio.run(read(data, settings))
    if output is Format.JSONL:
        for row in imported_rows(made):
            print_row(row)
    else:
        write(tables(made), out, force=force)
        tell_imported(made, file, sys.stderr)
    raise typer.Exit(1 if made.mistakes else 0)


@app.command("export-opml")
def export_list(config: ConfigOption = CONFIG, out: OutOption = None, force: ForceOption = False) -> None:
    """Write the feeds of the configuration as OPML, for other readers; without secrets."""
    from bot.config.load import environment, load_for_replay
    from bot.sourcebook import export_list as exported

    text, left_out = exported(load_for_replay(config, environ=environment()))
    write(text, out, force=force)
    for sentence in left_out:
        sys.stderr.write(f"{sentence}\n")


def write(text: str, out: Path | None, *, force: bool) -> None:
    """Put a text into a file, or onto standard output if there is none.

    Raises:
        UserInputError: the file is there already, or cannot be written.
    """
    if out is None:
        sys.stdout.write(text)
        return
    try:
        with out.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UserInputError(f"{out} is there already. Choose another name, or replace it with --force.") from error
    except OSError as error:
        raise UserInputError(f"{out} cannot be written ({error.strerror}).") from error


def page() -> Console:
    """What a page is printed on: as wide as the terminal, within reason."""
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    return Console(highlight=False, width=min(wide, WIDEST))
