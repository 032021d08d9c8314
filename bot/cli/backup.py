"""``backup`` and ``restore``: a copy of the database while the bot runs, and its way back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.run import CONFIG, ConfigOption
from bot.config.settings import Settings
from bot.core.clock import format_instant
from bot.core.errors import UserInputError


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


def restore(
    file: Annotated[Path | None, typer.Argument(help="The copy to put back.")] = None,
    config: ConfigOption = CONFIG,
    in_place: Annotated[
        bool,
        typer.Option("--in-place", help="The database was put back by other means: only hold it until it knows what was posted."),
    ] = False,
) -> None:
    """Put a copy of the database back; nothing is posted before it is known what was posted since."""
    from bot import keeping

    if (file is None) is not in_place:
        raise UserInputError("Name the copy to put back, or say --in-place if the database was put back by other means.")
    done = asyncio.run(keeping.restore(_settings(config), file))
    typer.echo(f"The database is as it was at {format_instant(done.since)}.")
    if done.replaced is not None:
        typer.echo(f"The one before is kept as {done.replaced}.")
    typer.echo(
        "Every channel is held. `watchlamp run` asks the platforms what was posted since then, counts that as sent, and goes on by "
        "itself. What nobody can tell is held for you: `watchlamp outbox list --state held`."
    )


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(backup)
    app.command()(restore)
