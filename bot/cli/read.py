"""``extract``: what the reader makes of one page; and how any verb reads a saved document."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lines import page_row, print_row
from bot.cli.run import Format, FormatOption
from bot.core.errors import UserInputError

UrlOption = Annotated[str | None, typer.Option("--url", help="The address the document came from, for relative links.")]
FileArgument = Annotated[Path, typer.Argument(help="The saved document.")]


def read_file(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        UserInputError: there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserInputError(f"{path}: cannot be read ({error.strerror}). Give the path of a saved document.") from error


def extract(file: FileArgument, url: UrlOption = None, output: FormatOption = Format.TEXT) -> None:
    """Read the article out of one saved page (HTML or text)."""
    from bot.verbs import read_page

    page = asyncio.run(read_page(read_file(file), url))
    if output is Format.JSONL:
        print_row(page_row(page))
        return
    for name, value in page_row(page).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        if name == "byline" and page.summary:
            typer.echo(f"summary: {page.summary}")
        if name == "text":
            typer.echo(f"\n{shown or '(no text could be read)'}\n")
        elif shown not in (None, "", False):
            typer.echo(f"{name}: {shown}")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(extract)
