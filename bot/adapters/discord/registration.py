"""The table of commands as Discord's application commands. Pure.

Promises: ``/watch`` holds what everybody may ask, ``/watch-admin`` what needs a role; both only in servers where the
application is installed. The same table gives the same payload, so that a hash of it tells whether Discord must hear of a
change. Discord hides ``/watch-admin`` from who may not manage the server, until the server's settings open it to others; that
is looks, the role is checked by the commands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from bot.adapters.discord.escape import words
from bot.adapters.discord.limits import COMMAND_DESCRIPTION
from bot.commands.command import Command, Kind, Parameter
from bot.commands.roles import Role

WATCH, ADMIN = "watch", "watch-admin"
SHOW = "show"
"""The option that lets everybody in the channel see the answer."""
LONGEST_WORD = 2_000
"""Letters of a text option: no address is longer."""

_SUBCOMMAND, _STRING, _INTEGER, _BOOLEAN = 1, 3, 4, 5
"""Types of options (docs.discord.com/developers/interactions/application-commands, seen 2026-11)."""
_MANAGE_GUILD = 32
_CHAT_INPUT, _IN_GUILDS, _INSTALLED_IN_GUILDS = 1, 0, 0


def commands_payload(table: Sequence[Command]) -> list[dict[str, Any]]:
    """The body of "bulk overwrite global application commands"."""
    open_to_all = [command for command in table if command.role is Role.VIEWER]
    restricted = [command for command in table if command.role is not Role.VIEWER]
    payload = [_command(WATCH, "What was posted here, and why", open_to_all)]
    if restricted:
        payload.append(_command(ADMIN, "Change what is watched and where it is posted", restricted) | _restricted())
    return payload


def fingerprint(payload: Sequence[dict[str, Any]], application_id: str) -> str:
    """Changes when anything of the payload does, or when it is for another application."""
    told = json.dumps([application_id, payload], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def matching(names: Iterable[str], typed: str, most: int) -> list[str]:
    """What may be meant by the letters typed so far: names that begin with them, then names that hold them."""
    begun = typed.strip().casefold()
    found = [name for name in names if begun in name]
    return sorted(found, key=lambda name: not name.startswith(begun))[:most]


def _command(name: str, description: str, commands: Sequence[Command]) -> dict[str, Any]:
    return {
        "type": _CHAT_INPUT,
        "name": name,
        "description": description,
        "contexts": [_IN_GUILDS],
        "integration_types": [_INSTALLED_IN_GUILDS],
        "options": [_subcommand(command) for command in commands],
    }


def _restricted() -> dict[str, Any]:
    return {"default_member_permissions": _MANAGE_GUILD}


def _subcommand(command: Command) -> dict[str, Any]:
    parameters = [_option(parameter) for parameter in command.parameters_in(terminal=False)]
    shown = {"type": _BOOLEAN, "name": SHOW, "description": "Let everybody in the channel see the answer"}
    return {
        "type": _SUBCOMMAND,
        "name": command.name,
        "description": words(command.summary, COMMAND_DESCRIPTION),
        "options": [*parameters, shown],
    }


def _option(parameter: Parameter) -> dict[str, Any]:
    option: dict[str, Any] = {
        "type": _STRING,
        "name": parameter.name,
        "description": words(parameter.meaning, COMMAND_DESCRIPTION),
        "required": parameter.required,
    }
    if parameter.kind is Kind.NUMBER:
        return option | {"type": _INTEGER, "min_value": parameter.lowest, "max_value": parameter.highest}
    if parameter.kind is Kind.COMMAND:
        return option | {"autocomplete": True, "max_length": LONGEST_WORD}
    return option | {"max_length": LONGEST_WORD}
