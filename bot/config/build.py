"""From checked tables to Settings: defaults laid under channels, addresses made channels, secrets put in their places.

Pure but for the secret reader it is given. Assumes that ``check`` found nothing; secrets that are missing are the only
mistakes it can still find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.config import secret as secrets
from bot.config.addresses import Address, address, url
from bot.config.document import dotted
from bot.config.gathered import Declared, Gathered, Spot
from bot.config.schema import (
    ChannelTable,
    Context,
    Defaults,
    EntityTable,
    Near,
    Net,
    RolesTable,
    RuleTable,
    RuleTestTable,
    SourceTable,
    Web,
)
from bot.config.secret import Secret, SecretReader, SecretUnreadableError
from bot.config.settings import DiscordSettings, NetSettings, Origin, Roles, Settings, SlackSettings, WebhookSecrets, WebSettings
from bot.core.errors import Mistake
from bot.core.model import Channel, ChannelSettings, Entity, Nearby, Platform, Rule, RuleTest, WeakAlias
from bot.core.records import SourceConfig

DEFAULT_INTERVAL = timedelta(minutes=30)
"""Interval of a source that names none (longer if ``net.min_interval`` is)."""
SHORTEST_OWN = timedelta(minutes=15)
"""Shortest interval that follows from a source's own rhythm (``bot.service.rhythm``); a kind that wants more has no such rhythm."""

DEFAULT_DATABASE = "sqlite:watchlamp.db"
"""Beside the main file."""

REPLAY_DEFAULTS = ChannelSettings(max_per_hour=0, max_age=None, quiet_hours=None, digest="")
"""Settings of channels in a replay, unless the file writes others (docs/commands.md)."""


@dataclass(slots=True)
class Credentials:
    """Looks up secrets and collects, instead of raising, what is missing or unusable.

    Attributes:
        reader: where secrets come from.
        needed: false in a replay, which talks to nobody.
        mistakes: what was found wrong.
    """

    reader: SecretReader
    needed: bool = True
    mistakes: list[Mistake] = field(default_factory=list)

    def need(self, name: str, spot: Spot, why: str) -> Secret | None:
        """The secret of that name; a mistake at ``spot`` if there is none."""
        if not self.needed:
            return None
        before = len(self.mistakes)
        found = self.may_have(name, spot)
        if found is None and len(self.mistakes) == before:
            self.mistakes.append(spot.mistake(f"{why}: {secrets.where_to_set(name)}"))
        return found

    def may_have(self, name: str, spot: Spot) -> Secret | None:
        """The secret of that name, or None; a mistake only if it is set and cannot be used."""
        try:
            return self.reader.get(name) or self.reader.get(name.upper())
        except SecretUnreadableError as error:
            self.mistakes.append(spot.mistake(str(error)))
            return None


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
    timezone = _plain(gathered, "timezone") or "UTC"
    defaults_table: Defaults = _plain(gathered, "defaults") or Defaults()
    defaults = channel_settings(REPLAY_DEFAULTS if replay else ChannelSettings(), defaults_table, timezone)
    explicit = {f"defaults.{key}" for key in defaults_table.model_fields_set}
    rules, channels, sources = gathered.rules(), gathered.channels(), gathered.sources()
    for channel in channels:
        explicit |= {
            f"channels.{channel.table.id}.{key}" for key in channel.table.model_fields_set & (set(ChannelSettings.__slots__))
        }
    operator = _plain(gathered, "operator")
    uses = [*_uses(rules), *([(operator.channel, _spot(gathered, "operator", "channel"))] if operator else [])]
    declared = tuple(
        Channel(
            c.table.id, c.table.to.platform, c.table.to.place, channel_settings(defaults, c.table, c.table.timezone or timezone)
        )
        for c in channels
    )
    direct = _direct_channels(uses, {channel.id for channel in declared}, defaults)
    net = _net(gathered)
    url, password = _database(gathered, credentials, path)
    return Settings(
        path=path,
        files=files,
        timezone=timezone,
        language=defaults.language,
        database_url=url,
        database_password=password,
        operator_channel=operator.channel if operator else None,
        roles=_roles(_plain(gathered, "roles")),
        web=_web(gathered),
        slack=_slack(gathered, credentials),
        discord=_discord(gathered, credentials),
        net=net,
        defaults=defaults,
        channels=(*declared, *(channel for channel, _ in direct)),
        sources=tuple(source_of(source.table, net) for source in sources),
        owners={owner: tuple(outlets) for owner, outlets in (_plain(gathered, "owners") or {}).items()},
        entities=tuple(_entity(entity.table) for entity in gathered.entities()),
        rules=tuple(rule_of(rule.table) for rule in rules),
        source_secrets=_source_secrets(sources, credentials),
        source_urls=_source_urls(sources, credentials),
        webhooks=_webhooks(channels, direct, credentials),
        apprise=_apprise(channels, direct, credentials),
        explicit=frozenset(explicit),
        origins=_origins(gathered, direct),
        text_origins=dict(_text_origins(rules)),
        warnings=warnings,
    )


def _plain(gathered: Gathered, name: str) -> Any:
    found = gathered.setting(name)
    return found[0] if found else None


def _spot(gathered: Gathered, *path: str) -> Spot:
    found = gathered.setting(path[0])
    file = found[1].file if found else gathered.files[0].file
    return Spot(file, path)


# ---------------------------------------------------------------- channels


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


def _webhooks(
    channels: list[Declared[ChannelTable]], direct: list[tuple[Channel, Spot]], credentials: Credentials
) -> Mapping[str, WebhookSecrets]:
    found: dict[str, WebhookSecrets] = {}
    wanted: list[tuple[str, str, Spot, Secret | None]] = []
    for channel in channels:
        if channel.table.to.platform is Platform.WEBHOOK:
            name, spot = channel.table.secret, channel.spot("secret")
            signing = (
                credentials.need(secrets.SECRET_PREFIX + name, spot, "this webhook's signing secret is not set") if name else None
            )
            if signing is not None and not secrets.can_sign(signing):
                wrong = f"what {secrets.SECRET_PREFIX}{name} holds begins with whsec_, but what follows is not base64"
                credentials.mistakes.append(spot.mistake(wrong))
            wanted.append((channel.table.id, channel.table.to.place, channel.spot("to"), signing))
    wanted.extend((channel.id, channel.address, spot, None) for channel, spot in direct if channel.platform is Platform.WEBHOOK)
    for channel_id, place, spot, signing in wanted:
        target = _secret_url(place, spot, credentials, "this webhook's address is not set")
        if target is not None:
            found[channel_id] = WebhookSecrets(target, signing)
    return found


def _apprise(
    channels: list[Declared[ChannelTable]], direct: list[tuple[Channel, Spot]], credentials: Credentials
) -> Mapping[str, Secret]:
    wanted = [(channel.table.id, channel.table.to, channel.spot("to")) for channel in channels]
    wanted += [(channel.id, Address(channel.platform, channel.address), spot) for channel, spot in direct]
    found: dict[str, Secret] = {}
    for channel_id, to, spot in wanted:
        if to.platform is Platform.APPRISE:
            variable = secrets.URL_PREFIX + to.place
            target = credentials.need(variable, spot, "the Apprise address of this channel is not set")
            if target is not None and "://" not in target.reveal():
                credentials.mistakes.append(spot.mistake(f"what {variable} holds is not an Apprise address, such as ntfy://topic"))
            elif target is not None:
                found[channel_id] = target
    return found


def _secret_url(name: str, spot: Spot, credentials: Credentials, why: str) -> Secret | None:
    variable = secrets.URL_PREFIX + name
    found = credentials.need(variable, spot, why)
    if found is not None:
        try:
            # a name and password in it are fine: the whole address is secret
            url(urlsplit(found.reveal())._replace(netloc=urlsplit(found.reveal()).netloc.rpartition("@")[2]).geturl())
        except ValueError:
            credentials.mistakes.append(
                spot.mistake(f"what {variable} holds is not an address that begins with http:// or https://")
            )
            return None
    return found


# ---------------------------------------------------------------- platforms


def _slack(gathered: Gathered, credentials: Credentials) -> SlackSettings | None:
    table = _plain(gathered, "slack")
    if table is None:
        return None
    spot = _spot(gathered, "slack")
    bot = credentials.need(secrets.SLACK_BOT_TOKEN, spot, "Slack is on, but its bot token (xoxb-...) is not set")
    app = signing = None
    if table.mode == "socket":
        app = credentials.need(
            secrets.SLACK_APP_TOKEN, spot, "Slack's socket mode needs its app token (xapp-...), which is not set"
        )
    else:
        signing = credentials.need(
            secrets.SLACK_SIGNING_SECRET, spot, "Slack's HTTP mode needs its signing secret, which is not set"
        )
    for token, name, wrong, other in (
        (bot, secrets.SLACK_BOT_TOKEN, "xapp-", "an app token"),
        (app, secrets.SLACK_APP_TOKEN, "xoxb-", "a bot token"),
    ):
        if token is not None and token.reveal().startswith(wrong):
            credentials.mistakes.append(spot.mistake(f"{name} holds {other} ({wrong}...); were the two exchanged?"))
    return SlackSettings(table.mode, table.base_url, bot, app, signing)


def _discord(gathered: Gathered, credentials: Credentials) -> DiscordSettings | None:
    table = _plain(gathered, "discord")
    if table is None:
        return None
    token = credentials.need(secrets.DISCORD_TOKEN, _spot(gathered, "discord"), "Discord is on, but its bot token is not set")
    return DiscordSettings(table.api_url, table.gateway_url, token)


def _roles(table: RolesTable | None) -> Roles:
    return Roles(tuple(table.owner), tuple(table.editor)) if table else Roles()


def _web(gathered: Gathered) -> WebSettings | None:
    table: Web | None = _plain(gathered, "web")
    if table is None:
        return None
    host, port = table.listen
    return WebSettings(host, port, table.public_url)


def _net(gathered: Gathered) -> NetSettings:
    table: Net = _plain(gathered, "net") or Net()
    ca_file = _spot(gathered, "net").file.folder / table.ca_file if table.ca_file else None
    return NetSettings(table.contact, tuple(table.allow), tuple(table.allow_ports), table.min_interval, table.proxy, ca_file)


def _database(gathered: Gathered, credentials: Credentials, path: Path | None) -> tuple[str, Secret | None]:
    table = _plain(gathered, "database")
    written = table.url if table else DEFAULT_DATABASE
    scheme, _, rest = written.partition(":")
    if scheme == "postgresql":
        return written, credentials.may_have(secrets.DATABASE_PASSWORD, _spot(gathered, "database", "url"))
    folder = _spot(gathered, "database").file.folder if table else (path.parent if path else Path.cwd())
    return f"sqlite:{folder / rest}", None


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


def _source_urls(sources: list[Declared[SourceTable]], credentials: Credentials) -> Mapping[str, Secret]:
    found: dict[str, Secret] = {}
    for source in sources:
        if source.table.url_secret is not None:
            target = _secret_url(
                source.table.url_secret, source.spot("url_secret"), credentials, "this source's address is not set"
            )
            if target is not None:
                found[source.table.id] = target
    return found


def _source_secrets(sources: list[Declared[SourceTable]], credentials: Credentials) -> Mapping[str, Secret]:
    found: dict[str, Secret] = {}
    for source in sources:
        name = source.table.secret
        if name is not None and name not in found:
            value = credentials.need(secrets.SECRET_PREFIX + name, source.spot("secret"), "this source's secret is not set")
            if value is not None:
                found[name] = value
    return found


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
    for name in ("database", "operator", "roles", "web", "slack", "discord", "defaults", "net"):
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
