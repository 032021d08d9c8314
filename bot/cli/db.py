"""``db move``, ``db stay``: from SQLite to PostgreSQL, and back to the old file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn

from bot.cli.run import CONFIG, ConfigOption
from bot.core.errors import UserInputError
from bot.core.moved import MoveProgress


def move(
    target: Annotated[str, typer.Argument(help="postgresql://user@host/name: empty, or left by a move that was broken off.")],
    config: ConfigOption = CONFIG,
) -> None:
    """Copy the SQLite database into PostgreSQL, prove that both are equal, and keep bots off the old one.

    Stop the bot first. The password is read from PGPASSWORD. What is broken off goes on where it was when called again.
    """
    from bot.config.addresses import database_url
    from bot.config.load import database_password, environment, load_for_replay
    from bot.databases import move_database

    try:
        address = database_url(target)
    except ValueError as error:
        raise UserInputError(f"{error}.") from error
    if address.startswith("sqlite:"):
        raise UserInputError("A move leads into PostgreSQL; write postgresql://user@host/name.")
    environ = environment()
    with _progress() as tell:
        settings, password = load_for_replay(config, environ=environ), database_password(environ=environ)
        moved = asyncio.run(move_database(settings, address, password, tell))
    for table in moved:
        typer.echo(f"{table.name}: {table.rows} rows, {table.digest}")
    typer.echo(f"Moved: {sum(table.rows for table in moved)} rows in {len(moved)} tables are equal on both sides.")
    typer.echo(f'Next: write url = "{address}" under [database] in {config}, then `watchlamp run -c {config}`.')


def stay(config: ConfigOption = CONFIG) -> None:
    """Let bots run on the old database again that `db move` copied. Give the new one up first."""
    from bot.config.load import environment, load_for_replay
    from bot.databases import stay_with

    was = asyncio.run(stay_with(load_for_replay(config, environ=environment())))
    typer.echo("Bots may run on this database again." if was else "This database was not moved; nothing was changed.")


@contextmanager
def _progress() -> Iterator[Callable[[MoveProgress], None]]:
    """A line on standard error, where somebody looks at it; gone when the work is done."""
    console = Console(stderr=True)
    with Progress(TextColumn("{task.description}"), console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Beginning", total=None)
        yield lambda now: bar.update(task, description=f"{now.table} {now.doing}, {now.rows:,} rows")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(move)
    app.command()(stay)
