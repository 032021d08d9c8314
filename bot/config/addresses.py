"""Addresses of a configuration and what they mean: destinations of messages, members, networks, web addresses, databases.

Each function takes the value as TOML gave it and returns what it means, or raises ``ValueError`` with a sentence that
says what is wrong and, where it can be guessed, what to write. Pure; no value of a secret shape is ever shown.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from bot.config.values import ID, NAME
from bot.config.words import as_text, did_you_mean, kind_of, listed, shown
from bot.core.model import Platform

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# ---------------------------------------------------------------- where messages go, and who may do what


@dataclass(frozen=True, slots=True)
class Address:
    """A destination: the platform, and its own name for the place."""

    platform: Platform
    place: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who has a role.

    Attributes:
        platform: slack or discord.
        workspace: id of the Slack team or Discord guild.
        kind: ``user``, or for Discord also ``role``.
        id: platform id of the user or role.
    """

    platform: Platform
    workspace: str
    kind: str
    id: str


_PLACES: dict[Platform, tuple[re.Pattern[str], str]] = {
    Platform.CONSOLE: (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
        "console:NAME, where NAME is any name you like, such as console:alerts",
    ),
    Platform.WEBHOOK: (NAME, "webhook:NAME, where the secret address stands in WATCHLAMP_URL_NAME"),
    Platform.APPRISE: (NAME, "apprise:NAME, where the secret Apprise address stands in WATCHLAMP_URL_NAME"),
    # Slack: public channels C, private ones G, direct messages D (docs.slack.dev/reference/objects, seen 2026-11)
    Platform.SLACK: (
        re.compile(r"[CGD][A-Z0-9]{2,24}"),
        "slack:ID, where ID begins with C, G or D, such as slack:C0123456789 (in Slack: channel details, at the very bottom)",
    ),
    # Discord: snowflakes, 17 to 20 digits since 2015 (docs.discord.com/developers/reference#snowflakes, seen 2026-11)
    Platform.DISCORD: (
        re.compile(r"[0-9]{17,20}"),
        "discord:ID, where ID has 17 to 20 digits, such as discord:112233445566778899 (in Discord: right click, Copy Channel ID)",
    ),
}
_MENTION = re.compile(r"role:[0-9]{15,20}|user:(?:[0-9]{15,20}|[UW][A-Z0-9]{5,20})|group:S[A-Z0-9]{5,20}|here|channel")
_SLACK_TEAM = re.compile(r"T[A-Z0-9]{2,24}")
_SLACK_MEMBER = re.compile(r"(T[A-Z0-9]+)/([UW][A-Z0-9]+)")
_DISCORD_MEMBER = re.compile(r"G?([0-9]{1,20})/(?:U?([0-9]{1,20})|role/R?([0-9]{1,20}))")


def address(given: object) -> Address:
    """``slack:ID``, ``discord:ID``, ``webhook:NAME``, ``apprise:NAME`` or ``console:NAME``."""
    value = as_text(given, "console:alerts")
    scheme, colon, place = value.partition(":")
    platforms = [platform.value for platform in _PLACES]
    if not colon or scheme not in platforms:
        hint = did_you_mean(f"{scheme}:", [f"{name}:" for name in platforms]) if colon else ""
        raise ValueError(
            f"{shown(value)} is not an address; write slack:ID, discord:ID, webhook:NAME, apprise:NAME or console:NAME{hint}"
        )
    platform = Platform(scheme)
    form, words = _PLACES[platform]
    if not form.fullmatch(place):
        upper = place.strip().upper()
        likely = re.search(r"[0-9]", upper) and form.fullmatch(upper)
        hint = f'; did you mean "{scheme}:{upper}"?' if likely else ""
        name = "; a channel's name does not do, since names change" if place.startswith("#") else ""
        raise ValueError(f"{shown(value)} is not complete or not right; write {words}{hint or name}")
    return Address(platform, place)


def channel_reference(given: object) -> str:
    """What a rule may name: the id of a channel, or an address."""
    value = as_text(given, "team")
    if ":" in value:
        address(value)
        return value
    if not ID.fullmatch(value):
        raise ValueError(f"{shown(value)} is neither the id of a channel nor an address such as console:alerts")
    return value


def member(given: object) -> Member:
    """``slack:TEAM/USER``, ``discord:GUILD/USER`` or ``discord:GUILD/role/ROLE``, by ids.

    A letter G, U or R before a Discord id is allowed and means nothing.
    """
    value = as_text(given, "slack:T0123456/U0123456")
    platform, _, rest = value.partition(":")
    if platform == "slack" and (slack := _SLACK_MEMBER.fullmatch(rest)):
        return Member(Platform.SLACK, slack[1], "user", slack[2])
    if platform == "discord" and (discord := _DISCORD_MEMBER.fullmatch(rest)):
        kind = "user" if discord[2] else "role"
        return Member(Platform.DISCORD, discord[1], kind, discord[2] or discord[3])
    raise ValueError(
        f"{shown(value)} names nobody; write slack:TEAM/USER, discord:SERVER/USER or discord:SERVER/role/ROLE, all by their ids, "
        "such as slack:T0123456/U0123456"
    )


def slack_team(given: object) -> str:
    """The id of a Slack workspace."""
    value = as_text(given, "T0123456")
    if _SLACK_TEAM.fullmatch(value) is None:
        raise ValueError(
            f"{shown(value)} is no id of a Slack workspace; it begins with T, such as T0123456: open Slack in a browser, it stands "
            "in the address after /client/"
        )
    return value


def mention(given: object) -> str:
    """Who a post calls: ``role:ID`` or ``user:ID`` (Discord), ``group:ID``, ``user:ID``, ``here`` or ``channel`` (Slack)."""
    value = as_text(given, "role:123456789012345678")
    if not _MENTION.fullmatch(value):
        raise ValueError(
            f"{shown(value)} calls nobody; write role:ID or user:ID (Discord), group:ID, user:ID, here or channel (Slack), "
            "with the id that the platform shows"
        )
    return value


# ---------------------------------------------------------------- the network


def network(given: object) -> Network:
    """An address or a network: ``127.0.0.1``, ``10.0.0.0/8``, ``fd00::/8``."""
    value = as_text(given, "127.0.0.0/8")
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        try:
            hint = f'; did you mean "{ipaddress.ip_network(value.strip(), strict=False)}"?'
        except ValueError:
            hint = '; for this machine write "127.0.0.0/8"' if value.strip().lower() == "localhost" else ""
        raise ValueError(f'{shown(value)} is not an address or network such as "127.0.0.0/8"{hint}') from None


def port(value: object) -> int:
    """1 to 65535."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= 65535:
            raise ValueError(f"{value} is not a port; ports go from 1 to 65535")
        return value
    raise ValueError(f"must be a number from 1 to 65535 without quotes, such as 8081, not {kind_of(value)}")


def listen(given: object) -> tuple[str, int]:
    """``"127.0.0.1:8090"`` or ``"[::1]:8090"`` as host and port."""
    value = as_text(given, "127.0.0.1:8090")
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})", value)
    if match is None:
        raise ValueError(
            f'{shown(value)} is not HOST:PORT, such as "127.0.0.1:8090" for this machine alone or "0.0.0.0:8090" for all'
        )
    return match[1] or match[2], port(int(match[3]))


def url(given: object, schemes: tuple[str, ...] = ("http", "https"), example: str = "https://www.eff.org/rss/updates.xml") -> str:
    """An absolute address with one of the schemes and a host, without a name or password."""
    value = as_text(given, example)
    parts = _split(value)
    if parts is None or parts.scheme not in schemes or not parts.hostname:
        begins = listed(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"{shown(value)} is not an address that begins with {begins}{_url_hint(value, schemes)}")
    if "@" in parts.netloc:
        raise ValueError(
            'no name or password may stand in an address; write secret = "NAME" and put user:password into WATCHLAMP_SECRET_NAME'
        )
    return value


def _url_hint(value: str, schemes: tuple[str, ...]) -> str:
    rest = re.sub(r"^(?:feed:(?=https?:))?[A-Za-z][A-Za-z0-9+.-]*:/*(?=[^/]*\.)|^//", "", value.strip())
    in_digits = re.match(r"[0-9.]+(?::|/|$)", rest)  # such an address is near by, and seldom speaks TLS
    guess = f"{schemes[0] if in_digits else schemes[-1]}://{rest}"
    parts = _split(guess)
    good = parts is not None and parts.hostname and re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", parts.hostname) and "@" not in parts.netloc
    return f"; did you mean {shown(guess)}?" if good else ""


def _split(value: str) -> SplitResult | None:
    """The parts of an address, or None if it has blanks, control characters, a bad port or no possible host."""
    if not value.isprintable() or any(character.isspace() or character in '<>"\\' for character in value):
        return None
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  # raises if the port is not a number up to 65535
    except ValueError:
        return None
    return parts


def contact(given: object) -> str:
    """Where servers' operators can reach ours: ``mailto:`` or a web page, or an empty text."""
    value = as_text(given, "mailto:ops@example.org")
    mail = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+"  # ASCII, for it is sent in a header
    if not value or re.fullmatch(f"mailto:{mail}", value):
        return value
    if re.fullmatch(mail, value):
        raise ValueError(f'{shown(value)} is not an address to write to; did you mean "mailto:{value}"?')
    try:
        page = url(value)
    except ValueError:
        page = ""
    if not page or not page.isascii():
        raise ValueError(f'{shown(value)} is not "mailto:" with an e-mail address, and not the https:// address of a page')
    return page


def public_url(given: object) -> str:
    """An address under which others reach this program, without a slash at its end."""
    value = url(given, example="https://watchlamp.example.org")
    if "?" in value or "#" in value:
        raise ValueError(f"{shown(value)} has to end with its host or path; leave out what begins with ? or #")
    return value.rstrip("/")


def proxy(value: object) -> str | None:
    """``http://host:port``, or None for an empty text."""
    if value == "":
        return None
    return url(value, example="http://127.0.0.1:3128")


def queue_url(given: object) -> str:
    """``postgresql://user@host/db``, without a password, or nothing."""
    value = as_text(given, "postgresql://bot@localhost/watchlamp")
    if value and not value.startswith("postgresql:"):
        raise ValueError("is no address of a PostgreSQL, such as postgresql://bot@localhost/watchlamp")
    return database_url(value) if value else ""


def database_url(given: object) -> str:
    """``sqlite:FILE`` or ``postgresql://user@host/db``, without a password."""
    value = as_text(given, "sqlite:watchlamp.db")
    scheme, _, rest = value.partition(":")
    if scheme == "sqlite":
        if not rest or rest.startswith(":") or "\0" in rest:
            raise ValueError(
                'name a file after "sqlite:", such as "sqlite:watchlamp.db"; a database in memory would forget everything'
            )
        if rest.startswith("//"):
            name = rest.lstrip("/") or "watchlamp.db"
            meant = f"/{name}" if rest.startswith("////") else name
            raise ValueError(f'write the file after "sqlite:" without slashes before it; did you mean {shown("sqlite:" + meant)}?')
        return value
    if scheme != "postgresql":
        meant = (
            f"; did you mean {shown('postgresql:' + rest)}?"
            if scheme.startswith(("postgres", "pg"))
            else did_you_mean(scheme, ("sqlite", "postgresql"))
        )
        raise ValueError(f'{shown(value)} is not a database; write "sqlite:watchlamp.db" or "postgresql://user@host/db"{meant}')
    parts = _split(value)
    if parts is None or not rest.startswith("//") or not parts.path.strip("/"):
        raise ValueError(f'{shown(value)} is not complete; write "postgresql://user@host/db"')
    if parts.password is not None or "password=" in parts.query:
        raise ValueError("a database password stands here; leave it out and put it into PGPASSWORD")
    return value
