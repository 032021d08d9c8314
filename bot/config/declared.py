"""Tables that a workspace declared in a chat, read as those of a file are: the same keys, the same sentences.

Pure. What a chat may not say is refused here, whatever else a file may: secrets, addresses of webhooks, who is called by a post.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import tomli
from pydantic import ValidationError

from bot.config.build import channel_settings, rule_of, source_of
from bot.config.check import SHORTEST_INTERVAL, is_allowed, private_parameters
from bot.config.schema import ChannelTable, RuleTable, SourceTable
from bot.config.sentences import sentence
from bot.config.settings import Settings
from bot.config.table import Table as SchemaTable
from bot.config.words import inert
from bot.core.declared import Declared, Imported, Table
from bot.core.errors import UserInputError
from bot.core.keyed import holds_a_key
from bot.core.model import Channel, ChannelSettings, Rule
from bot.core.sources import SourceConfig
from bot.core.spoken import tr

CHANNEL_KEYS = (
    "digest",
    "quiet_hours",
    "max_per_hour",
    "break_through",
    "updates",
    "timezone",
    "language",
    "group_wait",
    "group_interval",
    "max_age",
    "heartbeat",
)
"""What a workspace may set for its channels. Not ``backfill``, which posts what is old, nor who is called by a post."""
MOST_AN_HOUR = 60
"""Most posts an hour that a chat may ask for, and it may not ask for no limit: one a minute is more than anybody reads."""
SPANS: Mapping[str, tuple[timedelta, timedelta]] = {
    "group_wait": (timedelta(0), timedelta(hours=1)),
    "group_interval": (timedelta(seconds=30), timedelta(days=1)),
    "max_age": (timedelta(hours=1), timedelta(days=365)),
}
"""The shortest and longest spans that a chat may ask for. A message edited more often than twice a minute only costs what platforms
allow everybody together; what waits longer than an hour is a digest, what is edited less than once a day is no news; under an hour
hardly a feed's article is new enough, and over a year everything is. No limit (``off``) stays: ``max_per_hour`` holds then."""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))
_SOURCE_KEYS = ("kind", "url", "interval", "full_text", "outlet", "language", "tags", "related", "options")
_RULE_KEYS = (
    *("query", "title", "intent", "description", "channels", "level", "status", "let", "tags", "references", "falsepositives"),
    "tests",
)
_INSIDE = frozenset({"localhost", "local", "internal", "lan", "home", "corp"})
"""Last labels of names for machines inside a network: RFC 6761, RFC 6762, and those that ICANN therefore gives to nobody."""
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label of these is no name but an address spelled otherwise: 2130706433, 0x7f.1 (url.spec.whatwg.org, host parsing)."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_IMPORT = 100_000
"""Letters of what is imported at once: a hundred rules with tests are some 50,000."""

_T = TypeVar("_T", bound=SchemaTable)


class DeclaredTables:
    """Reads what workspaces declared, beside a configuration."""

    def __init__(self, settings: Settings) -> None:
        self._net = settings.net
        self._explicit = settings.explicit

    def rule(self, one: Declared) -> Rule:
        """The rule as the file would have it, under the name that its workspace uses.

        Raises:
            UserInputError: with every mistake, a sentence each.
        """
        table = _read(RuleTable, "rules", one, _RULE_KEYS)
        return replace(rule_of(table), workspace_id=one.workspace_id)

    def source(self, one: Declared) -> SourceConfig:
        """The source, likewise; one that asks for a key is refused: a chat holds no secrets.

        Raises:
            UserInputError: with every mistake, a sentence each.
        """
        table = _read(SourceTable, "sources", one, _SOURCE_KEYS)
        made = source_of(table, self._net)
        shortest = max(self._net.min_interval, SHORTEST_INTERVAL, table.least_interval)
        if made.interval < shortest:
            raise UserInputError(tr("interval is shorter than is allowed here, {span}.", span=_span(shortest)))
        if private_parameters(made.url) or (made.options is None and holds_a_key(made.url)):
            raise UserInputError(
                tr(
                    "The address seems to hold a key, and a chat holds no secrets: the operator adds such a source in the "
                    "configuration file."
                )
            )
        if _is_closed(made.url) and not is_allowed(made.url, list(self._net.allow)):
            raise UserInputError(tr("The address is not public: only the operator can allow such a network."))
        return replace(made, workspace_id=one.workspace_id)

    def settings(self, channel: Channel, one: Declared) -> ChannelSettings:
        """The settings of a channel with what its workspace says; what the file writes for this very channel stays.

        Raises:
            UserInputError: with every mistake, a sentence each.
        """
        given = {"id": "channel", "to": "console:channel", **(one.table or {})}
        table = _read(ChannelTable, "channels", replace(one, table=given), (*CHANNEL_KEYS, "id", "to"))
        if table.max_per_hour is not None and not 1 <= table.max_per_hour <= MOST_AN_HOUR:
            raise UserInputError(tr("max_per_hour is 1 to {most_an_hour} here.", most_an_hour=MOST_AN_HOUR))
        for key, (least, most) in SPANS.items():
            span = getattr(table, key)
            if span is not None and not least <= span <= most:
                raise UserInputError(tr("{key} is {least} to {most} here.", key=key, least=_short(least), most=_short(most)))
        free = {key: value for key, value in given.items() if key not in self.fixed(channel.id)}
        kept = ChannelTable.model_validate(free)
        made = channel_settings(channel.settings, kept, kept.timezone or channel.settings.timezone)
        old = channel.settings
        return replace(made, tags=old.tags, publish=old.publish, mentions=old.mentions)

    def fixed(self, channel_id: str) -> frozenset[str]:
        """What the file writes for this very channel."""
        start = f"channels.{channel_id}."
        return frozenset(key.removeprefix(start) for key in self._explicit if key.startswith(start))

    def value(self, key: str, text: str) -> object:
        """What a person typed for a setting, as a table holds it."""
        return int(text) if key == "max_per_hour" and text.isascii() and text.isdigit() else text

    def written(self, rules: Mapping[str, Table], sources: Mapping[str, Table]) -> str:
        """Rules and sources as a file would hold them: what ``imported`` reads back, and what a configuration takes."""
        parts = []
        for plural, tables in (("rules", rules), ("sources", sources)):
            for name, table in tables.items():
                lines = [f"{_key(key)} = {_toml(value)}" for key, value in {"id": name, **table}.items()]
                parts.append("\n".join((f"[[{plural}]]", *lines)))
        return "\n\n".join(parts)

    def imported(self, text: str) -> Imported:
        """The rules and sources of a text in TOML; every other table in it is refused.

        Raises:
            UserInputError: it is no TOML, too long, or holds what cannot be imported.
        """
        if len(text) > LONGEST_IMPORT:
            raise UserInputError(
                tr("It is longer than {longest_import:,} letters; bring it in parts.", longest_import=LONGEST_IMPORT)
            )
        try:
            raw = tomli.loads(text)
        except (tomli.TOMLDecodeError, RecursionError) as error:
            line = getattr(error, "lineno", 0)
            raise UserInputError(
                tr("That is no TOML: look at line {line}.", line=line) if line else tr("That is no TOML.")
            ) from error
        strange = sorted(set(raw) - {"rules", "sources"})
        if strange:
            raise UserInputError(tr("Only [[rules]] and [[sources]] can be imported; leave the rest out."))
        return Imported(_by_name(raw, "rules"), _by_name(raw, "sources"))


def _toml(value: Any) -> str:
    """A value as TOML 1.0 has it. JSON's texts are TOML's, but for one control character."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_toml(inner)}' for key, inner in value.items())} }}" if value else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _by_name(raw: Mapping[str, Any], plural: str) -> dict[str, Table]:
    found: dict[str, Table] = {}
    elements = raw.get(plural, [])
    if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
        raise UserInputError(tr("{plural} are written with double brackets: [[{plural}]].", plural=plural))
    for number, one in enumerate(elements, 1):
        given = one.get("id")
        name = given.casefold() if isinstance(given, str) else ""  # as commands take every name
        if not name or name in found:
            raise UserInputError(
                tr('Number {number} of [[{plural}]] needs an id of its own, such as id = "cameras".', number=number, plural=plural)
            )
        found[name] = {key: value for key, value in one.items() if key != "id"}
    return found


def _read(model: type[_T], plural: str, one: Declared, allowed: Collection[str]) -> _T:
    given = one.table or {}
    told = [tr("{key} cannot be set in a chat.", key=key) for key in given if key not in allowed and key in model.model_fields]
    try:
        table = model.model_validate({"id": one.name, **given})
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            where = tuple(part for part in error["loc"] if part != "[key]")
            key = inert(".".join(part for part in where if isinstance(part, str)))
            key = "name" if key == "id" else key
            said = sentence(error, (plural, 0, *where))
            told.append(f"{key}: {said}." if key else f"{said}.")
        raise UserInputError("\n".join(dict.fromkeys(told))) from errors
    if told:
        raise UserInputError("\n".join(told))
    return table


def _is_closed(url: str) -> bool:
    """Whether an address says by itself that it is inside a machine or network; whoever asks it looks much closer."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host.rpartition(".")[2] in _INSIDE or host.endswith(".home.arpa"):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _short(span: timedelta) -> str:
    """A span as people type it."""
    seconds = int(span.total_seconds())
    return next((f"{seconds // size}{unit}" for size, unit in _UNITS if seconds and seconds % size == 0), f"{seconds}s")


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return tr("{minutes} minutes", minutes=minutes) if minutes != 1 else tr("a minute")
