"""Presets: services described in ``presets.toml``, each a kind of source that stands on one with code.

A configuration names a preset as its ``kind`` and its ``options``; what the running bot sees is the kind below it with everything
filled in. What people write into options never changes an address beyond its own place in it: it is escaped, and where it is
part of a path or a host it must have the form that the preset states.

Reads one file, which is shipped with the program; otherwise pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import resources
from typing import Annotated, Any, ClassVar, Literal, cast
from urllib.parse import quote

import tomli
from pydantic import PlainValidator, create_model, model_validator

from bot.config import values
from bot.config.jsontable import JsonTable, TooManyTable, pairs, parameter, part
from bot.config.kindtable import KindTable
from bot.config.table import Duration, SomeText, Table
from bot.config.words import as_text, kind_of, listed, shown
from bot.core.kinds import FORM, FeedOptions, KindOptions

_PLACE = re.compile(r"\{([a-z_]+)\}")


def _pattern(given: object) -> re.Pattern[str]:
    return re.compile(as_text(given))


# ---------------------------------------------------------------- what presets.toml holds


class TakesTable(Table):
    """One option of a preset.

    Attributes:
        means: what it is, for people.
        default: its value if none is named.
        form: what it must look like; needed where it becomes part of a path or a host.
        one_of: the words it may be.
        several: a list of them may be named.
    """

    means: SomeText
    default: str | None = None
    form: Annotated[re.Pattern[str], PlainValidator(_pattern)] | None = None
    one_of: list[str] = []
    several: bool = False


class WayTable(Table):
    """One way to ask: the options it needs, the address, its parameters."""

    needs: list[str]
    url: SomeText
    parameters: dict[str, Any] = {}


class FeedTable(Table):
    """What is particular about a service's feeds."""

    outlet_ends_title: bool = False
    opaque: bool = False
    too_many: Annotated[TooManyTable, PlainValidator(part(TooManyTable))] = TooManyTable()
    pause: Duration = timedelta(0)

    def value(self) -> FeedOptions:
        """What the kind is given."""
        return FeedOptions(
            self.outlet_ends_title,
            self.opaque,
            tuple(self.too_many.statuses),
            self.too_many.wait.total_seconds(),
            self.pause.total_seconds(),
        )


class DescriptionTable(Table):
    """A preset."""

    about: SomeText
    documentation: SomeText
    read: date
    kind: Literal["feed", "json"]
    gives: SomeText
    limits: SomeText
    interval: Duration
    key: str = ""
    example: dict[str, Any] = {}
    takes: dict[str, TakesTable] = {}
    ways: list[WayTable] = []
    options: dict[str, Any] = {}
    own_address: bool = False


# ---------------------------------------------------------------- what a configuration may write


@dataclass(frozen=True, slots=True)
class Expanded:
    """A preset with its options filled in.

    Attributes:
        url: with escaped options, without parameters.
        parameters: in order, those left out whose options are not named.
    """

    url: str
    parameters: tuple[tuple[str, str], ...]


class PresetTable(KindTable):
    """``options`` of a source of one preset; the preset's own options are fields of its subclass."""

    preset_name: ClassVar[str] = ""
    preset: ClassVar[DescriptionTable]

    @model_validator(mode="after")
    def _can_be_asked(self) -> PresetTable:
        if self.preset.ways and self._way() is None:
            takes = self.preset.takes
            choices = [" and ".join(f"{need} ({takes[need].means})" for need in way.needs) for way in self.preset.ways]
            needed = choices[-1] if len(choices) == 1 else listed(dict.fromkeys(choices))
            raise ValueError(f"{self.preset_name} needs {needed}; write options = {example_of(self.preset)}")
        return self

    @property
    def stands_on(self) -> str:
        """The kind with code."""
        return self.preset.kind

    @property
    def needs_secret(self) -> str:
        """Where its key comes from if it answers nothing without one."""
        return self.preset.key

    def address(self) -> str:
        """The service's own address, for feeds with its parameters."""
        way = self.expanded()
        return way.url if self.preset.kind == "json" else _with(way.url, way.parameters)

    def at(self, url: str) -> str:
        """Another address in place of the service's own: a stand-in, a proxy."""
        return url if self.preset.kind == "json" else _with(url, self.expanded().parameters)

    def value(self) -> KindOptions | None:
        """What the kind is given."""
        if self.preset.kind == "feed":
            return FeedTable.model_validate(self.preset.options).value() if self.preset.options else None
        parameters: dict[str, list[str]] = {}
        for name, text in self.expanded().parameters:
            parameters.setdefault(name, []).append(text)
        return JsonTable.model_validate({**self.preset.options, "parameters": parameters}).value()

    def value_at(self, url: str | None) -> KindOptions | None:
        """What the kind is given; how often the service wants to be asked is nothing to another server in its place."""
        value = self.value()
        return value if url is None or value is None else replace(cast("FeedOptions", value), pause=0.0)

    def service_at(self, url: str | None) -> str | None:
        """The preset's name, what was written, and an address in place of its own; not what the shipped file says of it today."""
        takes = self.preset.takes
        written = {name: value for name in takes if (value := getattr(self, name)) is not None and value != takes[name].default}
        return json.dumps([FORM, self.preset_name, written, url or ""], sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def expanded(self) -> Expanded:
        """Address and parameters of the first way whose needs are named."""
        way = self._way()
        if way is None:
            return Expanded("", ())
        named = self._named()
        url = _PLACE.sub(lambda found: quote(named[found[1]][0], safe="/+:@,."), way.url)
        parameters = ((name, tuple(_filled(parameter(given), named))) for name, given in way.parameters.items())
        return Expanded(url, tuple(pairs(parameters)))

    def _way(self) -> WayTable | None:
        named = self._named()
        return next((way for way in self.preset.ways if all(need in named for need in way.needs)), None)

    def _named(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, takes in self.preset.takes.items():
            value = getattr(self, name)
            if value is None:
                value = takes.default
            if value is not None:
                found[name] = tuple(value) if isinstance(value, list) else (value,)
        return found


def _filled(texts: tuple[str, ...], named: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A parameter's values with options in their places; none if one of them is not named."""
    for text in texts:
        places = _PLACE.findall(text)
        if any(place not in named for place in places):
            continue
        if len(places) == 1 and text == f"{{{places[0]}}}":
            yield from named[places[0]]
        else:
            yield _PLACE.sub(lambda found: named[found[1]][0], text)


def _with(url: str, parameters: tuple[tuple[str, str], ...]) -> str:
    """An address with parameters behind those it has."""
    query = "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in parameters)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def example_of(preset: DescriptionTable) -> str:
    """The preset's example as it is written in a configuration."""

    def text_of(value: object) -> str:
        if isinstance(value, list):
            return f"[{', '.join(text_of(each) for each in value)}]"
        if isinstance(value, str):
            return f"'{value}'" if '"' in value else f'"{value}"'
        return str(value)

    return "{ " + ", ".join(f"{name} = {text_of(value)}" for name, value in preset.example.items()) + " }"


# ---------------------------------------------------------------- presets as kinds


def _reader(name: str, takes: TakesTable) -> Callable[[object], str]:
    """A reader for one value of an option."""

    def read(given: object) -> str:
        if isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        text = values.one_of(given, tuple(takes.one_of)) if takes.one_of else values.some_text(given)
        if any(character < " " or character in "\x7f\u2028\u2029" for character in text):
            raise ValueError("has a line break or a control character in it; write one line of text")
        if takes.form is not None and not takes.form.fullmatch(text):
            raise ValueError(f"{shown(text)} is no {name}: it is {takes.means}")
        return text.strip()

    return read


def _list_reader(name: str, takes: TakesTable) -> Callable[[object], list[str]]:
    read = _reader(name, takes)

    def read_all(given: object) -> list[str]:
        if not isinstance(given, list):
            raise ValueError(f'must be a list such as ["{(takes.one_of or ["..."])[0]}"], not {kind_of(given)}')  # noqa: TRY004  # a sentence, as everywhere here
        if not given:
            raise ValueError("is an empty list; leave it out instead")
        return [read(each) for each in given]

    return read_all


def _table(name: str, preset: DescriptionTable) -> type[PresetTable]:
    fields: dict[str, Any] = {}
    for option, takes in preset.takes.items():
        if takes.several:
            fields[option] = (Annotated[list[str], PlainValidator(_list_reader(option, takes))] | None, None)
        else:
            fields[option] = (Annotated[str, PlainValidator(_reader(option, takes))] | None, None)
    made: Any = create_model(f"{name.title().replace('_', '')}Options", __base__=PresetTable, __module__=__name__, **fields)
    made.__doc__ = f'``options`` of ``kind = "{name}"``: {preset.about}.'
    made.preset_name, made.preset = name, preset
    made.needs_url, made.least_interval = preset.own_address, preset.interval
    return cast("type[PresetTable]", made)


def read_presets(text: str) -> dict[str, type[PresetTable]]:
    """The presets of a file, each as the table of its options.

    Raises:
        ValueError: the file is no TOML, or a preset in it is not complete (pydantic says where).
    """
    found = tomli.loads(text)
    return {name: _table(name, DescriptionTable.model_validate(table)) for name, table in found.items()}


PRESETS: Mapping[str, type[PresetTable]] = read_presets(
    resources.files("bot.config").joinpath("presets.toml").read_text(encoding="utf-8")
)
"""Every preset that is shipped, by its name."""
