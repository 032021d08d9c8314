"""Everything of a configuration that needs a secret: tokens, signing secrets, secret addresses, put in their places.

Reads secrets through the reader it is given and nothing else; what is missing or unusable is collected as mistakes, so that
all of them are told at once. A secret's value never gets into a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import secret as secrets
from bot.config.addresses import Address, url
from bot.config.gathered import Declared, Gathered, Spot
from bot.config.schema import ChannelTable, SourceTable
from bot.config.secret import Secret, SecretReader, SecretUnreadableError
from bot.config.settings import DiscordSettings, SlackInstalling, SlackSettings, WebhookSecrets
from bot.core.errors import Mistake
from bot.core.model import Channel, Platform

DEFAULT_DATABASE = "sqlite:watchlamp.db"
"""Beside the main file."""


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


def webhook_secrets(
    channels: list[Declared[ChannelTable]], direct: list[tuple[Channel, Spot]], credentials: Credentials
) -> Mapping[str, WebhookSecrets]:
    """Address and signing secret of every webhook channel, by channel id."""
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


def apprise_addresses(
    channels: list[Declared[ChannelTable]], direct: list[tuple[Channel, Spot]], credentials: Credentials
) -> Mapping[str, Secret]:
    """Address of every Apprise channel, by channel id."""
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


def slack_settings(gathered: Gathered, credentials: Credentials, *, own_channels: bool) -> SlackSettings | None:
    """How Slack is reached, or None if it is not on.

    Args:
        gathered: the files.
        credentials: where secrets come from.
        own_channels: whether the files name channels of Slack, which are posted to with the bot token.
    """
    table = gathered.plain("slack")
    if table is None:
        return None
    spot = gathered.spot("slack")
    if not table.oauth:
        bot = credentials.need(secrets.SLACK_BOT_TOKEN, spot, "Slack is on, but its bot token (xoxb-...) is not set")
    elif own_channels:
        why = "the channels of Slack that stand in this file are posted to with the bot token (xoxb-...) of one workspace"
        bot = credentials.need(secrets.SLACK_BOT_TOKEN, spot, f"{why}, which is not set")
    else:
        bot = credentials.may_have(secrets.SLACK_BOT_TOKEN, spot)
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
    return SlackSettings(table.mode, table.base_url, bot, app, signing, _installing(gathered, credentials) if table.oauth else None)


def _installing(gathered: Gathered, credentials: Credentials) -> SlackInstalling | None:
    """How workspaces install the app; None where they cannot, which is told elsewhere."""
    table, web, spot = gathered.plain("slack"), gathered.plain("web"), gathered.spot("slack", "oauth")
    client_id = credentials.need(secrets.SLACK_CLIENT_ID, spot, "oauth needs the app's Client ID, which is not set")
    client_secret = credentials.need(secrets.SLACK_CLIENT_SECRET, spot, "oauth needs the app's Client Secret, which is not set")
    whole = credentials.need(secrets.ENCRYPTION_KEY, spot, "oauth needs a key to encrypt tokens with, which is not set")
    keys = () if whole is None else credentials.reader.parts(whole)
    if whole is not None and not (keys and all(map(secrets.can_encrypt, keys))):
        wrong = (
            f"what {secrets.ENCRYPTION_KEY} holds is no key, or no keys with commas between; each is 44 characters, such as "
            "`openssl rand -base64 32 | tr +/ -_` makes"
        )
        credentials.mistakes.append(spot.mistake(wrong))
    if web is None or web.public_url is None:
        return None
    return SlackInstalling(web.public_url, frozenset(table.teams), client_id, client_secret, keys)


def discord_settings(gathered: Gathered, credentials: Credentials) -> DiscordSettings | None:
    """How Discord is reached, or None if it is not on."""
    table = gathered.plain("discord")
    if table is None:
        return None
    token = credentials.need(secrets.DISCORD_TOKEN, gathered.spot("discord"), "Discord is on, but its bot token is not set")
    return DiscordSettings(table.api_url, table.gateway_url, token)


def database_address(gathered: Gathered, credentials: Credentials, path: Path | None) -> tuple[str, Secret | None]:
    """Address of the database, relative SQLite paths beside their file, and its password if one is set."""
    table = gathered.plain("database")
    written = table.url if table else DEFAULT_DATABASE
    scheme, _, rest = written.partition(":")
    if scheme == "postgresql":
        return written, credentials.may_have(secrets.DATABASE_PASSWORD, gathered.spot("database", "url"))
    folder = gathered.spot("database").file.folder if table else (path.parent if path else Path.cwd())
    return f"sqlite:{folder / rest}", None


# ---------------------------------------------------------------- sources


def source_urls(sources: list[Declared[SourceTable]], credentials: Credentials) -> Mapping[str, Secret]:
    """Address of every source whose address is secret, by source id."""
    found: dict[str, Secret] = {}
    for source in sources:
        if source.table.url_secret is not None:
            target = _secret_url(
                source.table.url_secret, source.spot("url_secret"), credentials, "this source's address is not set"
            )
            if target is not None:
                found[source.table.id] = target
    return found


def source_secrets(sources: list[Declared[SourceTable]], credentials: Credentials) -> Mapping[str, Secret]:
    """Secret of every name that a source sends, by name."""
    found: dict[str, Secret] = {}
    for source in sources:
        name = source.table.secret
        if name is not None and name not in found:
            value = credentials.need(secrets.SECRET_PREFIX + name, source.spot("secret"), "this source's secret is not set")
            if value is not None:
                found[name] = value
    return found
