"""The table of commands as Discord's application commands. Pure.

Promises: ``/watch`` holds what everybody may ask, ``/watch-admin`` what needs a role, and Why stands on every message; all only in
servers where the application is installed. Commands of a family (``rule add``) stand in a group. The same table gives the same
payload, so that a hash of it tells whether Discord must hear of a change. Discord hides ``/watch-admin`` from who may not manage
the server, until the server's settings open it to others; that is looks, the role is checked by the commands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from bot.adapters.discord.escape import words
from bot.adapters.discord.limits import CHOICE_NAME, COMMAND_CHOICES, COMMAND_DESCRIPTION, OPTION_TEXT
from bot.commands.command import Command, Kind, Parameter
from bot.commands.roles import Role

WATCH, ADMIN = "watch", "watch-admin"
SHOW = "show"
"""The option that lets everybody in the channel see the answer."""
WHY = "Why"
"""The command on a message; Discord shows it under Apps."""

_SUBCOMMAND, _GROUP, _STRING, _INTEGER, _BOOLEAN = 1, 2, 3, 4, 5
"""Types of options (docs.discord.com/developers/interactions/application-commands, seen 2026-11)."""
_MANAGE_GUILD = 32
_CHAT_INPUT, _MESSAGE, _IN_GUILDS, _INSTALLED_IN_GUILDS = 1, 3, 0, 0
_SUGGESTED = frozenset({Kind.COMMAND, Kind.CHOICE, Kind.TIME, Kind.WHEN})
"""Kinds for which something can be offered whatever is stored."""


def commands_payload(table: Sequence[Command]) -> list[dict[str, Any]]:
    """The body of "bulk overwrite global application commands"."""
    open_to_all = [command for command in table if command.role is Role.VIEWER]
    restricted = [command for command in table if command.role is not Role.VIEWER]
    payload = [_command(WATCH, "What was posted here, and why", open_to_all)]
    if restricted:
        payload.append(_command(ADMIN, "Change what is watched and where it is posted", restricted) | _restricted())
    if any(command.name == "why" for command in open_to_all):
        payload.append({"type": _MESSAGE, "name": WHY, **_where()})
    return payload


def fingerprint(payload: Sequence[dict[str, Any]], application_id: str) -> str:
    """Changes when anything of the payload does, or when it is for another application."""
    told = json.dumps([application_id, payload], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _command(name: str, description: str, commands: Sequence[Command]) -> dict[str, Any]:
    return {"type": _CHAT_INPUT, "name": name, "description": description, **_where(), "options": _parts(commands)}


def _where() -> dict[str, Any]:
    return {"contexts": [_IN_GUILDS], "integration_types": [_INSTALLED_IN_GUILDS]}


def _restricted() -> dict[str, Any]:
    return {"default_member_permissions": _MANAGE_GUILD}


def _parts(commands: Sequence[Command]) -> list[dict[str, Any]]:
    """Subcommands, those of a family in a group of its name, each where its first one stands in the table."""
    parts: dict[str, dict[str, Any]] = {}
    for command in commands:
        family, _, member = command.name.partition(" ")
        if not member:
            parts[f"{command.name} "] = _subcommand(command, command.name)
            continue
        group = parts.setdefault(
            family, {"type": _GROUP, "name": family, "description": f"All about a {family}"[:COMMAND_DESCRIPTION], "options": []}
        )
        group["options"].append(_subcommand(command, member))
    return list(parts.values())


def _subcommand(command: Command, name: str) -> dict[str, Any]:
    offered = command.parameters_in(terminal=False)
    parameters = [_option(one) for one in sorted(offered, key=lambda one: not one.required)]
    shown = {"type": _BOOLEAN, "name": SHOW, "description": "Let everybody in the channel see the answer"}
    return {
        "type": _SUBCOMMAND,
        "name": name,
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
    if parameter.kind is Kind.CHOICE and len(parameter.choices) <= COMMAND_CHOICES:
        return option | {"choices": [{"name": words(choice, CHOICE_NAME), "value": choice} for choice in parameter.choices]}
    option["max_length"] = min(parameter.most, OPTION_TEXT)
    if parameter.suggest or parameter.kind in _SUGGESTED:
        option["autocomplete"] = True
    return option
