"""``watch``: the words of the chats, typed in the terminal by the operator."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import Annotated

import typer

from bot.cli.logs import LogLevel, configure
from bot.cli.run import CONFIG, ConfigOption

WIDEST = 110
"""Columns of an answer: longer lines are hard to read."""


def watch(
    words: Annotated[list[str] | None, typer.Argument(help="What you would type after /watch; none: help.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Ask what people ask in the chats: help, latest, why, status, test. You are owner here."""
    from bot.config.load import environment, load_for_replay
    from bot.verbs import answer

    configure(LogLevel.ERROR)
    width = min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else None
    settings = load_for_replay(config, environ=environment())
    reply, shown = asyncio.run(answer(settings, " ".join(words or ()), width=width, tell=_told))
    (sys.stderr if reply.error else sys.stdout).write(shown)
    if reply.error:
        raise typer.Exit(1 if reply.failed else 2)


def _told(sentence: str) -> None:
    """How far a long answer is, for who looks on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{sentence}\n")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(watch)
