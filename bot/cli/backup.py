"""``backup``: a copy of the database, while the bot runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.run import CONFIG, ConfigOption
from bot.config.settings import Settings


def _settings(config: Path) -> Settings:
    from bot.config.load import environment, load_for_replay

    return load_for_replay(config, environ=environment())


def backup(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet, or a folder: then the name tells the time.")],
    config: ConfigOption = CONFIG,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="In a folder: keep the newest so many, this one counted, remove older ones.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Copy the database, while the bot runs or not."""
    from bot import keeping

    made = asyncio.run(keeping.back_up(_settings(config), file, keep=keep, replace=force))
    typer.echo(f"{made.path}: {made.size}, checked, readable by you alone. {made.what}")
    for gone in made.removed:
        typer.echo(f"Removed the older copy {gone}.")
    typer.echo("Not in it: the configuration and the tokens. Keep those yourself, elsewhere.")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(backup)
