"""``privacy export`` and ``forget``: what is held about one person, and its end."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.run import CONFIG, ConfigOption
from bot.config.settings import Settings
from bot.core.clock import format_instant
from bot.core.errors import UserInputError

app = typer.Typer(help="What is held about one person: tell it, forget it.", no_args_is_help=True)
PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="By ids: slack:TEAM/USER or discord:SERVER/USER, such as slack:T0123456/U0123456.")
]


def _settings(config: Path) -> Settings:
    from bot.config.load import environment, load_for_replay

    return load_for_replay(config, environ=environment())


def _person(text: str) -> tuple[str, str]:
    """Workspace and id.

    Raises:
        UserInputError: it names no single person.
    """
    from bot.config.addresses import member

    try:
        found = member(text)
    except ValueError as error:
        raise UserInputError(f"{error}.") from error
    if found.kind != "user":
        raise UserInputError(f"{text} is a role, which many people have. Name one person: discord:SERVER/USER.")
    return f"{found.platform}:{found.workspace}", found.id


def _plain(value: Any) -> Any:
    """A value as JSON has it: instants as everywhere, records by their fields, unknown things by their words."""
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    fields = getattr(value, "__dataclass_fields__", None)
    return {name: _plain(getattr(value, name)) for name in fields} if fields is not None else value


@app.command("export")
def export(person: PersonArgument, config: ConfigOption = CONFIG) -> None:
    """Print everything that is held about a person, as one JSON object."""
    from bot import verbs

    workspace, member = _person(person)
    settings = _settings(config)
    held = asyncio.run(verbs.held_about(settings, workspace, member))
    rows = {table: [{name: _plain(value) for name, value in row.items()} for row in found] for table, found in held.rows.items()}
    told = {
        "person": person,
        "workspace": workspace,
        "counts": held.counts,
        "roles": sorted(verbs.roles_of(settings, workspace, member)),
        "named_in": [f"{sort} {name}" for sort, name in held.named],
        "formerly_named_in": [f"{sort} {name}" for sort, name in dict.fromkeys(held.formerly)],
        "held": rows,
    }
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


@app.command("forget")
def forget(
    person: PersonArgument,
    config: ConfigOption = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only said what would go.")] = False,
) -> None:
    """Take a person out of everything that is held: what was done stays done, and says no longer by whom."""
    from bot import verbs

    workspace, member = _person(person)
    settings = _settings(config)
    if yes:
        told = dict(asyncio.run(verbs.forget_person(settings, workspace, member)))
    else:
        told = asyncio.run(verbs.held_about(settings, workspace, member)).counts
    counted = ", ".join(f"{count} in {table}" for table, count in sorted(told.items()))
    if not counted:
        typer.echo(f"Nothing is held about {person}.")
    elif yes:
        typer.echo(f"{person} was forgotten: {counted}. Backups made before hold it still.")
    else:
        typer.echo(f"Held about {person}: {counted}. Nothing was changed; --yes forgets it.")
