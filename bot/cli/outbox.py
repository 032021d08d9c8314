"""``outbox list``, ``retry``, ``drop``: look at deliveries, try dead ones again, give them up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lines import print_row
from bot.cli.run import CONFIG, ConfigOption, Format, FormatOption
from bot.config.settings import Settings
from bot.core.clock import format_instant
from bot.core.deliveries import DeliveryState

app = typer.Typer(help="The outbox: what waits, what was sent, what failed.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="The delivery's number, as `outbox list` prints it.")]


def _settings(config: Path) -> Settings:
    from bot.config.load import environment, load_for_replay

    return load_for_replay(config, environ=environment())


@app.command("list")
def list_deliveries(
    config: ConfigOption = CONFIG,
    state: Annotated[DeliveryState | None, typer.Option("--state", help="Only these.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The newest so many.")] = 50,
    output: FormatOption = Format.TEXT,
) -> None:
    """List deliveries, newest first."""
    from bot import verbs

    for row in asyncio.run(verbs.list_deliveries(_settings(config), state=state, limit=limit)):
        if output is Format.JSONL:
            print_row(
                {
                    "id": row.id,
                    "channel": row.channel_id,
                    "action": str(row.action),
                    "story_id": row.story_id,
                    "story_ids": list(row.story_ids),
                    "state": str(row.state),
                    "reason": str(row.reason),
                    "attempt": row.attempt,
                    "at": format_instant(row.updated_at),
                    "error": row.last_error or None,
                }
            )
        else:
            why = f"  {row.last_error}" if row.last_error else ""
            typer.echo(
                f"{row.id}  {format_instant(row.updated_at)}  {row.channel_id}  {row.action} {row.state} ({row.reason}){why}"
            )


@app.command()
def retry(delivery: IdArgument, config: ConfigOption = CONFIG) -> None:
    """Try a dead or held delivery again, or what waits in a channel that refused the bot."""
    from bot import verbs

    asyncio.run(verbs.retry_delivery(_settings(config), delivery))
    typer.echo(f"{delivery} waits to be sent.")


@app.command()
def drop(delivery: IdArgument, config: ConfigOption = CONFIG) -> None:
    """Give a waiting, held or dead delivery up."""
    from bot import verbs

    asyncio.run(verbs.drop_delivery(_settings(config), delivery))
    typer.echo(f"{delivery} was dropped.")
