"""Settings: what a configuration means, frozen, in the words of the core.

Made by ``bot.config.load``; everybody else only reads them. Secrets in here never print.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.config.addresses import Member, Network
from bot.config.secret import Secret
from bot.core.duties import Together
from bot.core.errors import Mistake, QueryError
from bot.core.model import Channel, ChannelSettings, Entity, Rule
from bot.core.pool import DIRECT, Pool
from bot.core.quotas import Quotas
from bot.core.retention import Retention
from bot.core.sources import SourceConfig


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may do what, by platform ids; everybody else is a viewer."""

    owner: tuple[Member, ...] = ()
    editor: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the bot's own endpoints listen.

    Attributes:
        public_url: the address under which the rest of the world reaches them, without a slash at its end; None if it does not.
    """

    host: str
    port: int
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class SlackInstalling:
    """Workspaces install the app by themselves.

    Attributes:
        public_url: the address of this installation, without a slash at its end; Slack leads people back there.
        teams: ids of the workspaces that may; empty for all.
        client_id, client_secret: of the app.
        keys: what tokens are encrypted with: with the first; the others still open what was sealed with them.
    """

    public_url: str
    teams: frozenset[str] = frozenset()
    client_id: Secret | None = None
    client_secret: Secret | None = None
    keys: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Slack is on.

    Attributes:
        mode: ``socket`` or ``http``.
        base_url: another address of the Web API, or None for Slack's own.
        bot_token, app_token, signing_secret: None where the mode does not need them, and in ``load_for_replay``.
        installing: None where one workspace, that of ``bot_token``, is all.
    """

    mode: str = "socket"
    base_url: str | None = None
    bot_token: Secret | None = None
    app_token: Secret | None = None
    signing_secret: Secret | None = None
    installing: SlackInstalling | None = None


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """Discord is on.

    Attributes:
        api_url, gateway_url: other addresses, or None for Discord's own.
        token: None only in ``load_for_replay``.
    """

    api_url: str | None = None
    gateway_url: str | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """Of a webhook channel: its address, and what its calls are signed with (None: not signed)."""

    url: Secret
    signing: Secret | None = None


@dataclass(frozen=True, slots=True)
class NetSettings:
    """How sources are fetched.

    Attributes:
        contact: told to servers in the User-Agent; may be empty.
        allow: networks that the address guard lets through although they are not public.
        allow_ports: ports beside 80 and 443.
        min_interval: shortest interval of a source; under 60 s only for hosts in ``allow``.
        proxy: address of an HTTP proxy, or None.
        ca_file: certificates to trust instead of the shipped ones, or None.
    """

    contact: str = ""
    allow: tuple[Network, ...] = ()
    allow_ports: tuple[int, ...] = ()
    min_interval: timedelta = timedelta(minutes=5)
    proxy: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written: file as people name it, 1-based line and column, dotted key."""

    file: str
    line: int
    column: int
    key: str


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """A whole configuration.

    Attributes:
        path: the main file, absolute, or None if there was none.
        files: every ordinary file that was read, absolute, main file first.
        timezone: IANA name; local time where a channel has no other.
        language: what the bot says outside a channel.
        database_url: ``sqlite:/absolute/path`` or ``postgresql://user@host/db``, never with a password.
        database_password: from PGPASSWORD, for PostgreSQL only.
        database_pool: how to be connected, for PostgreSQL only.
        operator_channel: id of the channel that hears of trouble, or None.
        defaults: settings of channels that say nothing themselves.
        channels: the declared ones, then the addresses that rules or ``operator`` use directly.
        source_secrets: by the name that ``SourceConfig.secret`` holds: a key, a bearer or ``user:password``.
        source_urls: by source id: addresses that are secret; such a source's own ``url`` is empty (see ``with_secret_url``).
        webhooks: by channel id.
        apprise: the Apprise address of each such channel, by its id.
        retention: how long what is kept.
        quotas: what each workspace may have and do.
        together: how a process works beside others, where the database is a server.
        explicit: which keys of ``defaults`` and channels were written: ``defaults.max_age``, ``channels.team.digest``.
        origins: where things were written, by (``rule`` | ``entity`` | ``source`` | ``channel``, id), (``table``, name);
            for (``query``, rule id) and (``let``, ``rule id.name``) the line where the text itself begins.
        text_origins: the same for query and let texts, with columns.
        warnings: what is allowed but hardly meant.
    """

    path: Path | None
    files: tuple[Path, ...]
    timezone: str
    language: str
    database_url: str
    database_password: Secret | None
    operator_channel: str | None
    roles: Roles
    web: WebSettings | None
    slack: SlackSettings | None
    discord: DiscordSettings | None
    net: NetSettings
    defaults: ChannelSettings
    channels: tuple[Channel, ...]
    sources: tuple[SourceConfig, ...]
    owners: Mapping[str, tuple[str, ...]]
    entities: tuple[Entity, ...]
    rules: tuple[Rule, ...]
    source_secrets: Mapping[str, Secret]
    source_urls: Mapping[str, Secret]
    webhooks: Mapping[str, WebhookSecrets]
    explicit: frozenset[str]
    origins: Mapping[tuple[str, str], tuple[str, int]]
    text_origins: Mapping[tuple[str, str], Origin]
    warnings: tuple[Mistake, ...]
    apprise: Mapping[str, Secret] = field(default_factory=dict)
    retention: Retention = field(default_factory=Retention)
    quotas: Quotas = field(default_factory=Quotas)
    database_pool: Pool = DIRECT
    together: Together = field(default_factory=Together)

    def __repr__(self) -> str:
        counts = (
            f"{len(self.channels)} channels, {len(self.sources)} sources, {len(self.entities)} entities, {len(self.rules)} rules"
        )
        return f"<Settings {self.path}: {counts}>"

    def with_secret_url(self, source: SourceConfig) -> SourceConfig:
        """The source with its secret address filled in, for the one call that fetches it; others are returned as they are."""
        secret = self.source_urls.get(source.id)
        return source if secret is None else dataclasses.replace(source, url=secret.reveal())

    def query_mistake(self, rule_id: str, error: QueryError, *, let: str | None = None) -> Mistake:
        """A query's error as a mistake of the file: the query's lines counted on from where its text begins.

        The message shows the line of the query with a mark under the place, and ends with the suggestion as a sentence of
        its own. Columns are exact for texts without escapes.

        Args:
            rule_id: the rule.
            error: what the rule language says.
            let: name of the part of ``let`` that is wrong, or None for the query itself.
        """
        origin = self.text_origins["query", rule_id] if let is None else self.text_origins["let", f"{rule_id}.{let}"]
        column = error.column + (origin.column - 1 if error.line == 1 else 0)
        hint = f". {error.suggestion}" if error.suggestion else ""
        told = f"column {column}: {error.message}{hint}{_pointed_at(error)}"
        return Mistake(origin.file, origin.line + error.line - 1, origin.key, told)


def _pointed_at(error: QueryError) -> str:
    """The line of the query and a mark under the place, as two more lines; nothing if the error does not say its query."""
    lines = error.source.splitlines()
    if not 0 < error.line <= len(lines):
        return ""
    line, mark = error.pointed_at()
    return f"\n    {line.rstrip()}\n    {mark}"
