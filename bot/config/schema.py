"""The shape of a configuration file: every table, every key, its type and its default.

What pydantic reads here is already of the core's types where a single value decides; what needs more than one value is
checked in ``check``, and the frozen core values are made in ``build``. Unknown keys are errors. Imports no other room:
which kinds of source exist is stated here and compared with the code by a test. ``Settings``, what all of it becomes, is
here for its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from bot.config import addresses, values
from bot.config.addresses import Address, Member, Network
from bot.config.kindtable import KindTable
from bot.config.settings import Settings
from bot.config.sources import OPTIONS, SOURCE_KINDS, needs_url, options_of
from bot.config.table import Day, Duration, Id, Interval, QueryName, Reference, SecretName, SomeText, Table, TimeZone
from bot.config.words import as_text, did_you_mean, kind_of, shown
from bot.core.duties import Together
from bot.core.model import Level, OnDoubt, RuleStatus
from bot.core.pool import DIRECT
from bot.core.quotas import Quotas
from bot.core.retention import Retention
from bot.core.sources import FullText
from bot.core.spoken import LANGUAGES

__all__ = [
    "ENTITY_KINDS",
    "LIST_TABLES",
    "PACKS",
    "PACK_TABLES",
    "SOURCE_KINDS",
    "ChannelTable",
    "Context",
    "Defaults",
    "Document",
    "EntityTable",
    "Near",
    "Net",
    "RolesTable",
    "RuleTable",
    "RuleTestTable",
    "Settings",
    "SourceTable",
    "Table",
    "every_key",
    "table_at",
]

ENTITY_KINDS: tuple[str, ...] = ("vendor", "product", "agency", "technology", "law")
"""Kinds of entity (the glossary)."""

PACKS: tuple[str, ...] = ("surveillance",)
"""Shipped packs, for ``include = ["pack:NAME"]``."""

LIST_TABLES: tuple[str, ...] = ("channels", "sources", "entities", "rules")
"""Tables written with double brackets, any number of times, in any file."""

PACK_TABLES: tuple[str, ...] = ("sources", "entities", "rules")
"""What a pack may hold: facts and rules, never a destination or a setting."""


def _level(value: object) -> Level:
    return values.choice(value, Level)


def _level_or_none(value: object) -> Level | None:
    return None if value == "" else _level(value)


def _status(value: object) -> RuleStatus:
    return values.choice(value, RuleStatus)


def _on_doubt(value: object) -> OnDoubt:
    return values.choice(value, OnDoubt)


def _full_text(value: object) -> FullText:
    return values.choice(value, FullText)


def _one_of(words: tuple[str, ...]) -> Callable[[object], str]:
    return lambda value: values.one_of(value, words)


Kept = Annotated[Literal["live", "retired"], PlainValidator(_one_of(("live", "retired")))]
"""Whether a source or an entity counts, or is dropped."""


def _gateway_url(value: object) -> str:
    return addresses.url(value, ("ws", "wss"), "ws://127.0.0.1:8083/gw/")


def _api_url(value: object) -> str:
    return addresses.url(value, example="http://127.0.0.1:8082/api/")


def _source_url(value: object) -> str:
    return addresses.url(value)


def _reference_url(value: object) -> str:
    return addresses.url(value, example="https://www.eff.org/issues/face-recognition")


def _source_kind(given: object) -> str:
    value = as_text(given, "feed")
    if value not in SOURCE_KINDS:
        hint = did_you_mean(value, SOURCE_KINDS) or "; docs/sources.md lists them"
        raise ValueError(f"{shown(value)} is no kind of source and no preset{hint}")
    return value


def _text_as_test(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict):
        return value
    raise ValueError(f"a test is a text in quotes, or {{ title = ..., text = ... }}, not {kind_of(value)}")


class Database(Table):
    """``database``: where everything is kept."""

    url: Annotated[str, PlainValidator(addresses.database_url)]
    connections: Annotated[int, Field(ge=2, le=200)] = DIRECT.connections
    pooler: bool = DIRECT.pooler


class Operator(Table):
    """``operator``: who hears of trouble."""

    channel: Reference


class RolesTable(Table):
    """``roles``: who may do what, by platform ids."""

    owner: list[Annotated[Member, PlainValidator(addresses.member)]] = []
    editor: list[Annotated[Member, PlainValidator(addresses.member)]] = []


class Web(Table):
    """``web``: the endpoints of the bot itself."""

    listen: Annotated[tuple[str, int], PlainValidator(addresses.listen)]
    public_url: Annotated[str, PlainValidator(addresses.public_url)] | None = None


class Slack(Table):
    """``slack``: present = on."""

    mode: Annotated[Literal["socket", "http"], PlainValidator(_one_of(("socket", "http")))] = "socket"
    base_url: Annotated[str, PlainValidator(_api_url)] | None = None
    oauth: bool = False
    teams: list[Annotated[str, PlainValidator(addresses.slack_team)]] = []


class Discord(Table):
    """``discord``: present = on."""

    api_url: Annotated[str, PlainValidator(_api_url)] | None = None
    gateway_url: Annotated[str, PlainValidator(_gateway_url)] | None = None


class Defaults(Table):
    """``defaults``: how channels want to be spoken to, unless a channel says otherwise.

    The defaults of these keys are those of ``ChannelSettings``; what was written is told by ``model_fields_set``.
    """

    group_wait: Duration | None = None
    group_interval: Duration | None = None
    max_per_hour: Annotated[int, Field(ge=0, le=100_000)] | None = None
    max_age: Annotated[timedelta | None, PlainValidator(values.age_limit)] = None
    backfill: Annotated[int, Field(ge=0, le=10_000)] | None = None  # 10,000: the most entries a feed is read for
    on_doubt: Annotated[OnDoubt, PlainValidator(_on_doubt)] | None = None
    quiet_hours: Annotated[tuple[int, int] | None, PlainValidator(values.quiet_hours)] = None
    digest: Annotated[str, PlainValidator(values.digest)] | None = None
    heartbeat: Annotated[str, PlainValidator(values.digest)] | None = None
    language: Annotated[str, PlainValidator(_one_of(tuple(LANGUAGES)))] | None = None
    break_through: Annotated[Level | None, PlainValidator(_level_or_none)] = None
    updates: Annotated[str, PlainValidator(_one_of(("thread", "off")))] | None = None
    mention_level: Annotated[Level, PlainValidator(_level)] | None = None


_KEPT = Retention()
_QUOTAS = Quotas()
_TOGETHER = Together()


def _at_least(shortest: str) -> Callable[[object], timedelta]:
    least = values.duration(shortest)

    def long_enough(value: object) -> timedelta:
        given = values.duration(value)
        if given < least:
            raise ValueError(f"is shorter than {shortest}, which is needed for the work; write {shown(shortest)} or more")
        return given

    return long_enough


class RetentionTable(Table):
    """``retention``: how long what is kept. The defaults are those of ``bot.core.retention.Retention``."""

    texts: Annotated[timedelta, PlainValidator(_at_least("21d"))] = _KEPT.texts
    most_texts: Annotated[int, Field(ge=0)] = _KEPT.most_texts
    messages: Annotated[timedelta, PlainValidator(_at_least("1d"))] = _KEPT.messages
    people: Annotated[timedelta, PlainValidator(_at_least("1d"))] = _KEPT.people
    records: Annotated[timedelta, PlainValidator(_at_least("30d"))] = _KEPT.records


class Limits(Table):
    """``limits``: what each workspace may have and do. The defaults are those of ``bot.core.quotas.Quotas``; 0: no bound."""

    rules: Annotated[int, Field(ge=0)] = _QUOTAS.rules
    sources: Annotated[int, Field(ge=0)] = _QUOTAS.sources
    channels: Annotated[int, Field(ge=0)] = _QUOTAS.channels
    changes_per_hour: Annotated[int, Field(ge=0)] = _QUOTAS.changes_per_hour
    looks_per_hour: Annotated[int, Field(ge=0)] = _QUOTAS.looks_per_hour
    decisions_per_hour: Annotated[int, Field(ge=0)] = _QUOTAS.decisions_per_hour
    backtests: Annotated[int, Field(ge=0)] = _QUOTAS.backtests


class Cluster(Table):
    """``cluster``: how a process works beside others on one PostgreSQL. The defaults are those of ``bot.core.duties.Together``."""

    jobs: Annotated[int, Field(ge=1, le=500)] = _TOGETHER.jobs
    listen: bool = _TOGETHER.listen
    node: Annotated[str, Field(max_length=100)] = _TOGETHER.node
    queue: Annotated[str, PlainValidator(addresses.queue_url)] = _TOGETHER.queue


class Net(Table):
    """``net``: how sources are fetched."""

    contact: Annotated[str, PlainValidator(addresses.contact)] = ""
    allow: list[Annotated[Network, PlainValidator(addresses.network)]] = []
    allow_ports: list[Annotated[int, PlainValidator(addresses.port)]] = []
    min_interval: Duration = timedelta(minutes=5)
    proxy: Annotated[str | None, PlainValidator(addresses.proxy)] = None
    ca_file: str = ""


class ChannelTable(Defaults):
    """``[[channels]]``: a destination with settings."""

    id: Id
    to: Annotated[Address, PlainValidator(addresses.address)]
    timezone: TimeZone | None = None
    secret: SecretName | None = None
    tags: dict[Reference, SomeText] = {}
    publish: bool = False
    mentions: list[Annotated[str, PlainValidator(addresses.mention)]] = []


class SourceTable(Table):
    """``[[sources]]``: where items come from."""

    id: Id
    kind: Annotated[str, PlainValidator(_source_kind)] = "feed"
    url: Annotated[str, PlainValidator(_source_url)] | None = None
    url_secret: SecretName | None = None
    interval: Interval | None = None
    full_text: Annotated[FullText, PlainValidator(_full_text)] = FullText.AUTO
    outlet: SomeText | None = None
    language: Annotated[str, PlainValidator(values.language)] | None = None
    tags: list[SomeText] = []
    secret: SecretName | None = None
    related: bool = False
    options: Annotated[KindTable | None, PlainValidator(options_of)] = Field(default=None, validate_default=True)
    status: Kept = "live"
    notes: str = ""

    @property
    def least_interval(self) -> timedelta:
        """How often the kind's own address may be asked at most; another one is not bound by it."""
        own = self.url is None and self.url_secret is None
        return self.options.least_interval if own and self.options is not None else timedelta(0)

    @model_validator(mode="after")
    def _one_address(self) -> SourceTable:
        if self.url is None and self.url_secret is None and needs_url(self.kind):
            raise ValueError('needs an address: url = "https://...", or url_secret = "NAME" if the address itself is secret')
        if self.url is not None and self.url_secret is not None:
            raise ValueError("has both url and url_secret; keep one of them")
        if self.options is not None and self.options.needs_secret and self.secret is None:
            where = "" if self.options.needs_secret == "the service" else f" from {self.options.needs_secret}"
            raise ValueError(f'needs a key{where}: write secret = "NAME" and put it into WATCHLAMP_SECRET_NAME')
        if self.related and self.kind != "posts":
            raise ValueError('related = true has a meaning for kind = "posts" only; leave it out')
        return self


def _within(value: object, number: ValidatorFunctionWrapHandler) -> Any:
    return None if value == "article" else number(value)


class Context(Table):
    """``near``: words within so many words, or anywhere in the article."""

    within: Annotated[int | None, Field(ge=0, le=50), WrapValidator(_within)]  # 50: the widest NEAR of the rule language
    any: Annotated[list[SomeText], Field(min_length=1)]


class Near(Table):
    """``not_near``: words within so many words."""

    within: Annotated[int, Field(ge=0, le=50)]  # 50: the widest NEAR of the rule language
    any: Annotated[list[SomeText], Field(min_length=1)]


class Weak(Table):
    """``weak``: a name that is also an ordinary word."""

    text: SomeText
    case: Annotated[Literal["exact", "any"], PlainValidator(_one_of(("exact", "any")))] = "any"
    near: Context | None = None

    @model_validator(mode="after")
    def _needs_evidence(self) -> Weak:
        if self.near is None and self.case != "exact":
            raise ValueError(
                'a weak alias needs case = "exact", or near = { within = 12, any = ["..."] }; a sure name belongs in aliases'
            )
        return self


class EntityTable(Table):
    """``[[entities]]``: a thing with names."""

    id: QueryName
    name: SomeText
    kind: Annotated[str, PlainValidator(_one_of(ENTITY_KINDS))]
    aliases: list[SomeText] = []
    weak: list[Weak] = []
    formerly: list[SomeText] = []
    products: list[QueryName] = []
    parent: QueryName | None = None
    not_near: Near | None = None
    anchor: Annotated[Literal["article"], PlainValidator(_one_of(("article",)))] | None = None
    wikidata: Annotated[str, PlainValidator(values.wikidata)] | None = None
    status: Kept = "live"
    notes: str = ""

    @model_validator(mode="after")
    def _has_a_name(self) -> EntityTable:
        if not (self.aliases or self.weak or self.formerly):
            raise ValueError('has no name to look for; add aliases = ["..."]')
        return self


class RuleTestTable(Table):
    """One test of a rule: a text, or some of an item's fields."""

    title: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    outlet: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> RuleTestTable:
        if not (self.title or self.summary or self.text or self.url or self.outlet):
            raise ValueError("this test is empty; write a text that the rule must, or must not, match")
        return self


RuleTestValue = Annotated[RuleTestTable, BeforeValidator(_text_as_test)]


class RuleTests(Table):
    """``tests``: examples that a rule must, and must not, match."""

    match: list[RuleTestValue] = []
    no_match: list[RuleTestValue] = []


class RuleTable(Table):
    """``[[rules]]``: a query with channels."""

    id: Id
    query: SomeText
    title: str = ""
    intent: str = ""
    description: str = ""
    author: str = ""
    created: Day | None = None
    modified: Day | None = None
    channels: list[Reference] = []
    level: Annotated[Level, PlainValidator(_level)] = Level.NORMAL
    status: Annotated[RuleStatus, PlainValidator(_status)] = RuleStatus.LIVE
    let: dict[QueryName, SomeText] = {}
    tags: list[SomeText] = []
    references: list[Annotated[str, PlainValidator(_reference_url)]] = []
    falsepositives: list[SomeText] = []
    tests: RuleTests = RuleTests()


class Document(Table):
    """One whole file."""

    timezone: TimeZone = "UTC"
    include: list[SomeText] = []
    database: Database | None = None
    operator: Operator | None = None
    roles: RolesTable | None = None
    web: Web | None = None
    slack: Slack | None = None
    discord: Discord | None = None
    defaults: Defaults | None = None
    net: Net | None = None
    retention: RetentionTable | None = None
    limits: Limits | None = None
    cluster: Cluster | None = None
    owners: dict[SomeText, list[SomeText]] = {}
    channels: list[ChannelTable] = []
    sources: list[SourceTable] = []
    entities: list[EntityTable] = []
    rules: list[RuleTable] = []


def table_at(path: tuple[str | int, ...]) -> type[Table] | None:
    """The table that stands at a path of a document, or None if a plain value does."""
    model: type[Table] | None = Document
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        model = _table_in(field.annotation) if field else None
    return model


def every_key() -> Iterator[tuple[str, ...]]:
    """Every key that a configuration may have, tables included, outermost first: ``("rules", "tests", "match")``."""
    yield from _keys(Document, ())


def _keys(model: type[Table], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        path = (*above, name)
        yield path
        inner = _table_in(field.annotation)
        if inner is KindTable:
            yield from dict.fromkeys(key for table in OPTIONS.values() for key in _keys(table, path))
        elif inner is not None:
            yield from _keys(inner, path)


def _table_in(annotation: Any) -> type[Table] | None:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next((found for part in get_args(annotation) if (found := _table_in(part)) is not None), None)
