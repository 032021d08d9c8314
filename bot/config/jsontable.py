"""``options`` of ``kind = "json"``: how a service that answers in JSON is asked, and what of its answer means what.

Pure. Every path and template is compiled here, so that a mistake in one is told with its line and not by a poll that finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import Field, PlainValidator, model_validator

from bot.config import values
from bot.config.kindtable import KindTable
from bot.config.table import Duration, SomeText, Table
from bot.config.words import as_text, did_you_mean, kind_of, listed, shown
from bot.core.jsonlisting import OWN_FUNCTIONS, JsonOptions, Key, Paging, Since, TooMany

FIELDS: tuple[str, ...] = (
    "id",
    "url",
    "title",
    "summary",
    "text",
    "published",
    "updated",
    "outlet",
    "authors",
    "tags",
    "language",
)
"""What an entry may have (docs/sources.md)."""

_WORDS = ("title", "summary", "text")
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_FUNCTION = re.compile(r"(?<![\w.\"'`])([a-z_][a-z0-9_]*)\s*\(")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`")
_KNOWN_FUNCTIONS = (*sorted(Functions.FUNCTION_TABLE), *OWN_FUNCTIONS)
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_READ = "aAwdbBmyYHIpMSfzZjUWcxX%GuV"
"""Directives of Python's ``strptime``."""
_WRITTEN = _READ
"""Those of ``strftime`` that do not differ from one system to the next (docs.python.org, strftime format codes)."""
_DATES = ("auto", "iso", "seconds", "milliseconds")

T = TypeVar("T", bound=Table)


def part(table: type[T]) -> Callable[[object], T]:
    """A reader for a table inside ``options``, which tells an unknown key with the keys there are."""

    def read(given: object) -> T:
        if not isinstance(given, dict):
            names = list(table.model_fields)[:2]
            raise ValueError(f"must be a table such as {{ {', '.join(f'{name} = ...' for name in names)} }}, not {kind_of(given)}")  # noqa: TRY004  # a sentence, as everywhere here
        for key in given:
            if key not in table.model_fields:
                known = listed(table.model_fields, "and")
                raise ValueError(f'unknown key "{key}"{did_you_mean(key, table.model_fields) or f"; here may stand {known}"}')
        return table.model_validate(given)

    return read


# ---------------------------------------------------------------- paths and templates


def path(given: object) -> str:
    """A JMESPath expression, such as ``data.results``."""
    text = as_text(given, "data.results").strip()
    if not text:
        raise ValueError("is empty; write where the value stands, such as data.results, or @ for the answer itself")
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"{shown(text)} is not a path (JMESPath){_where(error, text)}{_path_hint(text)}") from None
    called = (found[1] for found in _FUNCTION.finditer(_QUOTED.sub("''", text)))
    for name in called:
        if name not in _KNOWN_FUNCTIONS:
            raise ValueError(f"{shown(text)} calls {name}(), which JMESPath does not have{did_you_mean(name, _KNOWN_FUNCTIONS)}")
    return text


def _where(error: JMESPathError, text: str) -> str:
    column = getattr(error, "lex_position", None)
    if not isinstance(column, int):
        return ""
    return ": it is broken off" if column >= len(text) else f": column {column + 1} cannot be read"


def _path_hint(text: str) -> str:
    """The path that was most likely meant: without JSONPath's ``$.``, and names with a dash in quotes."""
    parts = text.removeprefix("$").removeprefix(".").split(".")
    if not all(_NAME.fullmatch(part) for part in parts):
        return ""
    quoted = ".".join(part if "-" not in part else f'"{part}"' for part in parts)
    return f"; did you mean '{quoted}'?"


def way(given: object) -> str:
    """A path, or a text with paths in braces: ``"https://x.example/{docket_id}"``."""
    text = as_text(given, "title")
    if "{" not in text and "}" not in text:
        return path(text)
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        raise ValueError(f"{shown(text)} has a brace without its other half; a brace itself is written twice")
    for found in _PLACE.finditer(text):
        if found[1] is not None:
            path(found[1])
    return text


def ways(given: object) -> tuple[str, ...]:
    """One way, or several, best first."""
    if isinstance(given, list):
        if not given:
            raise ValueError("is an empty list; write where the value stands")
        return tuple(way(text) for text in given)
    return (way(given),)


def _fields(given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict):
        raise ValueError(f'must be a table such as {{ title = "title", url = "link" }}, not {kind_of(given)}')  # noqa: TRY004  # a sentence, as everywhere here
    found: dict[str, tuple[str, ...]] = {}
    wrong: list[str] = []
    for name, value in given.items():
        if name not in FIELDS:
            hint = did_you_mean(name, FIELDS) or f"; there are {listed(FIELDS, 'and')}"
            wrong.append(f"{shown(name)} is no field of an entry{hint}")
            continue
        try:
            found[name] = ways(value)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise ValueError("; and ".join(wrong))
    if not any(name in found for name in _WORDS):
        raise ValueError("says nothing about an entry's words; at least title, summary or text must be there")
    return found


def parameter(given: object) -> tuple[str, ...]:
    """The value of one parameter, or several of them: texts and numbers."""
    listed_values = given if isinstance(given, list) else [given]
    for value in listed_values:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"must be text, a number or a list of them, not {kind_of(value)}")  # noqa: TRY004  # a sentence, as everywhere here
    return tuple(str(value) for value in listed_values)


def _parameters(given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict):
        raise ValueError(f'must be a table such as {{ q = "drone", limit = 50 }}, not {kind_of(given)}')  # noqa: TRY004  # a sentence, as everywhere here
    found: dict[str, tuple[str, ...]] = {}
    for name, value in given.items():
        try:
            found[name] = parameter(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


def _pattern(text: str, known: str) -> str:
    """A pattern of a date, with directives that this program knows on every machine it runs on."""
    for found in _DIRECTIVE.finditer(text):
        if not found[1] or found[1] not in known:
            raise ValueError(
                f"{shown(text)} has {found[0]} in it, which stands for no part of a date; a percent sign is written %%"
            )
    return text


def _dates(given: object) -> str:
    text = as_text(given, "iso")
    return _pattern(text, _READ) if "%" in text else values.one_of(text, _DATES)


def _form(given: object) -> str:
    text = as_text(given, "iso")
    return _pattern(text, _WRITTEN) if "%" in text else values.one_of(text, ("iso", "seconds", "milliseconds", "day"))


def _header(given: object) -> str:
    text = as_text(given, "X-Api-Key")
    if not _HEADER.fullmatch(text):
        raise ValueError(f"{shown(text)} is not the name of a header, such as X-Api-Key")
    return text


def _template(given: object) -> str:
    text = as_text(given, "{since}")
    if "{since}" not in text:
        raise ValueError(f"{shown(text)} has no {{since}} in it, so the service would never be told")
    return text


def _of(given: object) -> str:
    return values.one_of(given, ("published", "updated", "id"))


def _order(given: object) -> str:
    return values.one_of(given, ("newest", "oldest"))


Path = Annotated[str, PlainValidator(path)]


# ---------------------------------------------------------------- tables


class PagingTable(Table):
    """``paging``: one of ``next``, ``cursor``, ``page`` and ``offset``."""

    next: Path | None = None
    cursor: Path | None = None
    parameter: SomeText | None = None
    page: SomeText | None = None
    offset: SomeText | None = None
    first: Annotated[int, Field(ge=0, le=1)] = 1
    size: Annotated[int, Field(ge=0, le=10_000)] = 0

    @model_validator(mode="after")
    def _one_way(self) -> PagingTable:
        named = [name for name in ("next", "cursor", "page", "offset") if getattr(self, name) is not None]
        if len(named) != 1:
            said = "names " + listed(named, "and") if named else "does not say how"
            raise ValueError(f'{said}; write one of next = "PATH", cursor = "PATH", page = "PARAMETER" and offset = "PARAMETER"')
        if (self.cursor is None) != (self.parameter is None):
            raise ValueError("cursor and parameter belong together: where the mark stands, and what it is sent in")
        return self

    def value(self) -> Paging:
        """What the kind is given."""
        if self.next is not None:
            return Paging("next", at=self.next)
        if self.cursor is not None:
            return Paging("cursor", at=self.cursor, parameter=self.parameter or "")
        if self.page is not None:
            return Paging("page", parameter=self.page, first=self.first, size=self.size)
        return Paging("offset", parameter=self.offset or "", size=self.size)


class SinceTable(Table):
    """``since``: what is new since the last poll."""

    parameter: SomeText | None = None
    template: Annotated[str, PlainValidator(_template)] = "{since}"
    of: Annotated[Literal["published", "updated", "id"], PlainValidator(_of)] = "published"
    form: Annotated[str, PlainValidator(_form)] = "iso"
    overlap: Duration = timedelta(hours=1)
    first: Duration = timedelta(0)
    order: Annotated[Literal["newest", "oldest"], PlainValidator(_order)] = "newest"

    @model_validator(mode="after")
    def _fits(self) -> SinceTable:
        if self.order == "oldest" and self.parameter is None:
            raise ValueError('order = "oldest" needs the parameter that tells the service where to begin')
        return self

    def value(self) -> Since:
        """What the kind is given."""
        return Since(
            parameter=self.parameter or "",
            template=self.template,
            of=self.of,
            form=self.form,
            overlap=self.overlap.total_seconds(),
            first=self.first.total_seconds(),
            oldest_first=self.order == "oldest",
        )


class KeyTable(Table):
    """``key``: where the source's secret goes."""

    parameter: SomeText | None = None
    header: Annotated[str, PlainValidator(_header)] | None = None
    prefix: str = ""
    session: bool = False
    optional: bool = False

    @model_validator(mode="after")
    def _one_place(self) -> KeyTable:
        if sum((self.parameter is not None, self.header is not None, self.session)) != 1:
            raise ValueError('goes to one place: parameter = "api_key", header = "X-Api-Key" or session = true')
        return self

    def value(self) -> Key:
        """What the kind is given."""
        return Key(self.parameter or "", self.header or "", self.prefix, self.session, not self.optional)


class TooManyTable(Table):
    """``too_many``: what means 'you ask too often', beside 429 and 503."""

    statuses: list[Annotated[int, Field(ge=400, le=599)]] = []
    text: str = ""
    wait: Duration = timedelta(minutes=15)

    def value(self) -> TooMany:
        """What the kind is given."""
        return TooMany(tuple(self.statuses), self.text.lower(), self.wait.total_seconds())


class JsonTable(KindTable):
    """``options`` of ``kind = "json"``."""

    items: Path = "@"
    fields: Annotated[dict[str, tuple[str, ...]] | None, PlainValidator(_fields)] = None
    parameters: Annotated[dict[str, tuple[str, ...]], PlainValidator(_parameters)] = {}
    dates: Annotated[str, PlainValidator(_dates)] = "auto"
    error: Path | None = None
    paging: Annotated[PagingTable, PlainValidator(part(PagingTable))] | None = None
    since: Annotated[SinceTable, PlainValidator(part(SinceTable))] | None = None
    key: Annotated[KeyTable, PlainValidator(part(KeyTable))] | None = None
    too_many: Annotated[TooManyTable, PlainValidator(part(TooManyTable))] = TooManyTable()
    pages: Annotated[int, Field(ge=1, le=50)] = 5
    entries: Annotated[int, Field(ge=1, le=10_000)] = 1000
    full: Annotated[int, Field(ge=0, le=10_000)] = 0
    pause: Duration = timedelta(0)

    @model_validator(mode="after")
    def _has_fields(self) -> JsonTable:
        if self.fields is None:
            raise ValueError('needs fields, which say what of an entry is what: fields = { title = "title", url = "link" }')
        if self.since is not None:
            needed = {"published": ("published", "updated"), "updated": ("updated",), "id": ("id",)}[self.since.of]
            if not any(name in self.fields for name in needed):
                raise ValueError(
                    f'since.of = "{self.since.of}" remembers the newest {needed[0]}, but fields does not say where that stands; '
                    f"add {needed[0]} to fields"
                )
        return self

    @property
    def needs_secret(self) -> str:
        """The service itself gives keys, if it wants one."""
        return "" if self.key is None or self.key.optional else "the service"

    def value(self) -> JsonOptions:
        """What the kind is given."""
        return JsonOptions(
            items=self.items,
            fields=tuple((self.fields or {}).items()),
            parameters=tuple(pairs(self.parameters.items())),
            dates=self.dates,
            error=self.error or "",
            paging=None if self.paging is None else self.paging.value(),
            since=None if self.since is None else self.since.value(),
            key=None if self.key is None else self.key.value(),
            too_many=self.too_many.value(),
            pages=self.pages,
            entries=self.entries,
            full=self.full,
            pause=self.pause.total_seconds(),
        )


def pairs(parameters: Iterable[tuple[str, Iterable[Any]]]) -> Iterable[tuple[str, str]]:
    """Parameters one by one: one with several values stands there several times."""
    return ((name, value) for name, several in parameters for value in several)
