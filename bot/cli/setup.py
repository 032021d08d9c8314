"""``init``, ``check``, ``db upgrade``: first configuration, its mistakes, its database."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.run import CONFIG, ConfigOption
from bot.core.errors import ConfigError, UserInputError
from bot.core.findings import Level

db_app = typer.Typer(help="The database.", no_args_is_help=True)


@db_app.callback()
def _db() -> None:
    pass


def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a first configuration that works as it is."""
    from bot.config.template import TEMPLATE

    try:
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(TEMPLATE)
    except FileExistsError as error:
        raise UserInputError(f"{file} is there already. Choose another name, or replace it with --force.") from error
    except OSError as error:
        raise UserInputError(f"{file} cannot be written ({error.strerror}).") from error
    typer.echo(f"Wrote {file}. Next: `watchlamp check -c {file}`, then `watchlamp run -c {file}`.")


def check(
    config: ConfigOption = CONFIG,
    online: Annotated[bool, typer.Option("--online", help="Also ask Slack and Discord about tokens, scopes and channels.")] = False,
) -> None:
    """Read the configuration, run the rules' tests, and tell every mistake at once."""
    from bot.config.load import environment, load

    status = report(config, environ=environment())
    if online and status == 0:
        from bot.verbs import ask_chats

        found = asyncio.run(ask_chats(load(config, environ=environment())))
        troubles = [finding for finding in found if finding.level is not Level.NOTE]
        notes = [finding for finding in found if finding.level is Level.NOTE]
        for trouble in troubles:
            sys.stderr.write(f"{trouble}\n")
        for note in notes:
            typer.echo(f"Note: {note}")
        if not troubles and notes:
            typer.echo("Nothing else stands in the way, as far as Slack and Discord say.")
        elif not troubles:
            typer.echo("Slack and Discord, where they are configured, have everything they need.")
        status = 2 if troubles else 0
    raise typer.Exit(status)


def manifest(
    platform: Annotated[str, typer.Argument(help="slack or discord.")],
    mode: Annotated[str, typer.Option("--mode", help="Slack: socket, or http where Slack can reach this machine.")] = "socket",
    url: Annotated[
        str, typer.Option("--url", help="Slack in http mode and with --oauth: where it reaches this machine.")
    ] = "https://YOUR-HOST",
    oauth: Annotated[
        bool, typer.Option("--oauth", help="Slack: for many workspaces, which install the app by themselves.")
    ] = False,
    application: Annotated[str, typer.Option("--application", help="Discord: the application's id.")] = "APPLICATION_ID",
) -> None:
    """Print what to paste where to make your own app: see docs/slack.md and docs/discord.md."""
    from bot.verbs import manifest_text

    typer.echo(manifest_text(platform, mode=mode, url=url, oauth=oauth, application=application))


def report(config: Path, *, environ: Mapping[str, str] | None) -> int:
    """Print every mistake and warning of a configuration; 2 if there is a mistake, else 0.

    ``environ`` None leaves channels and secrets aside: then only rules and entities are judged.
    """
    from bot.compose import rule_findings
    from bot.config.load import load, load_for_replay

    try:
        settings = load(config, environ=environ) if environ is not None else load_for_replay(config, environ={})
        mistakes, warnings = rule_findings(settings)
        warnings += settings.warnings
    except ConfigError as error:
        mistakes, warnings = list(error.mistakes), []
        settings = None
    for mistake in sorted(mistakes):
        sys.stderr.write(f"{mistake}\n")
    for warning in sorted(warnings):
        sys.stderr.write(f"warning: {warning}\n")
    if mistakes:
        sys.stderr.write(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}.\n")
        return 2
    assert settings is not None
    live = sum(rule.status == "live" for rule in settings.rules)
    typer.echo(
        f"{config}: good. {len(settings.sources)} sources, {live} live rules, {len(settings.entities)} entities, "
        f"{len(settings.channels)} channels."
    )
    return 0


@db_app.command()
def upgrade(config: ConfigOption = CONFIG) -> None:
    """Bring the database to this version's schema."""
    from bot.config.load import environment, load_for_replay
    from bot.keeping import upgrade_database

    revision, copy = asyncio.run(upgrade_database(load_for_replay(config, environ=environment())))
    if copy is not None:
        typer.echo(f"As it was before: {copy}.")
    typer.echo(f"The database is at revision {revision}.")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(init)
    app.command()(check)
    app.command()(manifest)
