"""From checked tables to Settings: defaults laid under channels, addresses made channels, secrets put in their places.

Pure but for the secret reader it is given. Assumes that ``check`` found nothing; secrets that are missing are the only
mistakes it can still find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.config.addresses import Address, address
from bot.config.credentials import (
    Credentials,
    apprise_addresses,
    database_address,
    discord_settings,
    slack_settings,
    source_secrets,
    source_urls,
    webhook_secrets,
)
from bot.config.document import dotted
from bot.config.gathered import Declared, Gathered, Spot
from bot.config.schema import (
    ChannelTable,
    Cluster,
    Context,
    Defaults,
    EntityTable,
    Near,
    Net,
    RetentionTable,
    RolesTable,
    RuleTable,
    RuleTestTable,
    SourceTable,
    Web,
)
from bot.config.settings import NetSettings, Origin, Roles, Settings, WebSettings
from bot.core.duties import Together
from bot.core.errors import Mistake
from bot.core.model import Channel, ChannelSettings, Entity, Nearby, Platform, Rule, RuleTest, WeakAlias
from bot.core.pool import DIRECT, Pool
from bot.core.quotas import Quotas
from bot.core.retention import Retention
from bot.core.sources import SourceConfig

DEFAULT_INTERVAL = timedelta(minutes=30)
"""Interval of a source that names none (longer if ``net.min_interval`` is)."""
SHORTEST_OWN = timedelta(minutes=15)
"""Shortest interval that follows from a source's own rhythm (``bot.service.rhythm``); a kind that wants more has no such rhythm."""

REPLAY_DEFAULTS = ChannelSettings(max_per_hour=0, max_age=None, quiet_hours=None, digest="")
"""Settings of channels in a replay, unless the file writes others (docs/commands.md)."""


def build(
    gathered: Gathered,
    credentials: Credentials,
    *,
    path: Path | None,
    files: tuple[Path, ...],
    replay: bool,
    warnings: tuple[Mistake, ...],
) -> Settings:
    """Make the settings.

    Args:
        gathered: checked files; none at all is fine in a replay.
        credentials: where secrets come from.
        path: main file, absolute.
        files: ordinary files read.
        replay: give channels the settings of a replay and make every undeclared id a console channel.
        warnings: to be kept with the settings.
    """
    timezone = gathered.plain("timezone") or "UTC"
    defaults_table: Defaults = gathered.plain("defaults") or Defaults()
    defaults = channel_settings(REPLAY_DEFAULTS if replay else ChannelSettings(), defaults_table, timezone)
    explicit = {f"defaults.{key}" for key in defaults_table.model_fields_set}
    rules, channels, sources = gathered.rules(), gathered.channels(), gathered.sources()
    for channel in channels:
        explicit |= {
            f"channels.{channel.table.id}.{key}" for key in channel.table.model_fields_set & (set(ChannelSettings.__slots__))
        }
    operator = gathered.plain("operator")
    uses = [*_uses(rules), *([(operator.channel, gathered.spot("operator", "channel"))] if operator else [])]
    declared = tuple(
        Channel(
            c.table.id, c.table.to.platform, c.table.to.place, channel_settings(defaults, c.table, c.table.timezone or timezone)
        )
        for c in channels
    )
    direct = _direct_channels(uses, {channel.id for channel in declared}, defaults)
    net = _net(gathered)
    url, password = database_address(gathered, credentials, path)
    return Settings(
        path=path,
        files=files,
        timezone=timezone,
        language=defaults.language,
        database_url=url,
        database_password=password,
        operator_channel=operator.channel if operator else None,
        roles=_roles(gathered.plain("roles")),
        web=_web(gathered),
        slack=slack_settings(
            gathered,
            credentials,
            own_channels=any(one.platform is Platform.SLACK for one in (*declared, *(channel for channel, _ in direct))),
        ),
        discord=discord_settings(gathered, credentials),
        net=net,
        defaults=defaults,
        channels=(*declared, *(channel for channel, _ in direct)),
        sources=tuple(source_of(source.table, net) for source in sources),
        owners={owner: tuple(outlets) for owner, outlets in (gathered.plain("owners") or {}).items()},
        entities=tuple(_entity(entity.table) for entity in gathered.entities()),
        rules=tuple(rule_of(rule.table) for rule in rules),
        source_secrets=source_secrets(sources, credentials),
        source_urls=source_urls(sources, credentials),
        webhooks=webhook_secrets(channels, direct, credentials),
        apprise=apprise_addresses(channels, direct, credentials),
        retention=_retention(gathered),
        quotas=_quotas(gathered),
        database_pool=_pool(gathered),
        together=_together(gathered),
        explicit=frozenset(explicit),
        origins=_origins(gathered, direct),
        text_origins=dict(_text_origins(rules)),
        warnings=warnings,
    )


def channel_settings(base: ChannelSettings, table: Defaults, timezone: str) -> ChannelSettings:
    """``base`` with what a table writes."""

    def pick(key: str) -> Any:
        return getattr(table, key) if key in table.model_fields_set else getattr(base, key)

    return ChannelSettings(
        group_wait=pick("group_wait"),
        group_interval=pick("group_interval"),
        max_per_hour=pick("max_per_hour"),
        max_age=pick("max_age"),
        backfill=pick("backfill"),
        on_doubt=pick("on_doubt"),
        quiet_hours=pick("quiet_hours"),
        digest=pick("digest"),
        heartbeat=pick("heartbeat"),
        timezone=timezone,
        language=pick("language"),
        break_through=pick("break_through"),
        updates=pick("updates"),
        mention_level=pick("mention_level"),
        **_of_one_channel(table),
    )


def _of_one_channel(table: Defaults) -> dict[str, Any]:
    """What only a channel itself can say."""
    if not isinstance(table, ChannelTable):
        return {}
    return {"tags": dict(table.tags), "publish": table.publish, "mentions": tuple(table.mentions)}


def _uses(rules: list[Declared[RuleTable]]) -> Iterator[tuple[str, Spot]]:
    for rule in rules:
        for position, reference in enumerate(rule.table.channels):
            yield reference, rule.spot("channels", position)


def _direct_channels(uses: list[tuple[str, Spot]], known: set[str], defaults: ChannelSettings) -> list[tuple[Channel, Spot]]:
    """Channels for what rules name without declaring it: an address is its own id; an id (in a replay) is a console."""
    made: dict[str, tuple[Channel, Spot]] = {}
    for reference, spot in uses:
        if reference not in known and reference not in made:
            to = address(reference) if ":" in reference else Address(Platform.CONSOLE, reference)
            made[reference] = (Channel(reference, to.platform, to.place, defaults), spot)
    return list(made.values())


def _roles(table: RolesTable | None) -> Roles:
    return Roles(tuple(table.owner), tuple(table.editor)) if table else Roles()


def _web(gathered: Gathered) -> WebSettings | None:
    table: Web | None = gathered.plain("web")
    if table is None:
        return None
    host, port = table.listen
    return WebSettings(host, port, table.public_url)


def _net(gathered: Gathered) -> NetSettings:
    table: Net = gathered.plain("net") or Net()
    ca_file = gathered.spot("net").file.folder / table.ca_file if table.ca_file else None
    return NetSettings(table.contact, tuple(table.allow), tuple(table.allow_ports), table.min_interval, table.proxy, ca_file)


def _pool(gathered: Gathered) -> Pool:
    table = gathered.plain("database")
    return Pool(table.connections, table.pooler) if table else DIRECT


def _retention(gathered: Gathered) -> Retention:
    table: RetentionTable = gathered.plain("retention") or RetentionTable()
    return Retention(table.texts, table.most_texts, table.messages, table.people, table.records)


def _quotas(gathered: Gathered) -> Quotas:
    table = gathered.plain("limits")
    return Quotas(**{name: getattr(table, name) for name in type(table).model_fields}) if table else Quotas()


def _together(gathered: Gathered) -> Together:
    table: Cluster = gathered.plain("cluster") or Cluster()
    return Together(table.jobs, table.listen, table.node, table.queue)


# ---------------------------------------------------------------- sources, entities, rules


def source_of(table: SourceTable, net: NetSettings) -> SourceConfig:
    """The source that a table declares; of a secret address nothing is known here."""
    return SourceConfig(
        id=table.id,
        kind=(table.options.stands_on if table.options is not None else "") or table.kind,
        url=_address(table),
        interval=table.interval or max(DEFAULT_INTERVAL, net.min_interval, table.least_interval),
        adaptive=table.interval is None and table.least_interval <= SHORTEST_OWN,
        full_text=table.full_text,
        outlet=table.outlet,
        language=table.language,
        tags=tuple(table.tags),
        secret=table.secret,
        url_secret=table.url_secret is not None,
        related=table.related,
        options=None if table.options is None else table.options.value_at(table.url),
        service=None if table.options is None or table.url_secret is not None else table.options.service_at(table.url),
    )


def _address(table: SourceTable) -> str:
    """What is asked; empty for a source whose address is secret."""
    if table.options is None or table.url_secret is not None:
        return table.url or ""
    return table.options.address() if table.url is None else table.options.at(table.url)


def _near(table: Context | Near | None) -> Nearby | None:
    return Nearby(table.within, tuple(table.any)) if table else None


def _entity(table: EntityTable) -> Entity:
    if table.status == "retired":  # known, so that rules that name it stay right, and found nowhere
        return Entity(id=table.id, name=table.name, kind=table.kind, notes=table.notes, retired=True)
    return Entity(
        id=table.id,
        name=table.name,
        kind=table.kind,
        aliases=tuple(table.aliases),
        weak=tuple(WeakAlias(weak.text, exact=weak.case == "exact", near=_near(weak.near)) for weak in table.weak),
        formerly=tuple(table.formerly),
        products=tuple(table.products),
        parent=table.parent,
        not_near=_near(table.not_near),
        anchor_article=table.anchor == "article",
        wikidata=table.wikidata,
        notes=table.notes,
    )


def rule_of(table: RuleTable) -> Rule:
    """The rule that a table declares."""
    return Rule(
        id=table.id,
        query=table.query,
        title=table.title,
        intent=table.intent,
        description=table.description,
        author=table.author,
        created=table.created,
        modified=table.modified,
        channels=tuple(table.channels),
        level=table.level,
        status=table.status,
        let=dict(table.let),
        tags=tuple(table.tags),
        references=tuple(table.references),
        falsepositives=tuple(table.falsepositives),
        match_tests=tuple(_test(test) for test in table.tests.match),
        no_match_tests=tuple(_test(test) for test in table.tests.no_match),
    )


def _test(table: RuleTestTable) -> RuleTest:
    return RuleTest(title=table.title, summary=table.summary, text=table.text, url=table.url, outlet=table.outlet)


# ---------------------------------------------------------------- where things stand


def _origins(gathered: Gathered, direct: list[tuple[Channel, Spot]]) -> Mapping[tuple[str, str], tuple[str, int]]:
    found: dict[tuple[str, str], tuple[str, int]] = {}

    def add(kind: str, name: str, spot: Spot) -> None:
        found[kind, name] = (spot.file.name, spot.place().line)

    for channel in gathered.channels():
        add("channel", channel.table.id, channel.spot())
    for made, spot in direct:
        add("channel", made.id, spot)
    for source in gathered.sources():
        add("source", source.table.id, source.spot())
    for entity in gathered.entities():
        add("entity", entity.table.id, entity.spot())
    for rule in gathered.rules():
        add("rule", rule.table.id, rule.spot())
    for name in ("database", "operator", "roles", "web", "slack", "discord", "defaults", "net", "retention", "limits", "cluster"):
        written = gathered.setting(name)
        if written is not None:
            add("table", name, written[1])
    for key, origin in _text_origins(gathered.rules()):
        found[key] = (origin.file, origin.line)
    return found


def _text_origins(rules: list[Declared[RuleTable]]) -> Iterator[tuple[tuple[str, str], Origin]]:
    for rule in rules:
        yield ("query", rule.table.id), _text_origin(rule.spot("query"))
        for name in rule.table.let:
            yield ("let", f"{rule.table.id}.{name}"), _text_origin(rule.spot("let", name))


def _text_origin(spot: Spot) -> Origin:
    place = spot.place()
    return Origin(spot.file.name, place.text_line, place.text_column, dotted(spot.path))
