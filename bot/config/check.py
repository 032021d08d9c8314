"""What needs more than one key to be judged: ids used twice, names that nothing has, intervals, platforms that are off.

Pure. Each check yields mistakes where they stand; ``warnings`` yields what is allowed but hardly meant.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from bot.config.addresses import Network, address
from bot.config.gathered import SETTING_TABLES, Declared, Gathered, Spot
from bot.config.schema import LIST_TABLES, Net, SourceTable
from bot.config.words import did_you_mean, shown
from bot.core.errors import Mistake
from bot.core.model import Platform

SHORTEST_INTERVAL = timedelta(seconds=60)
"""Nobody else's server is asked more often than this, whatever ``net.min_interval`` says (docs/configuration.md)."""

_SINGULAR = {"channels": "channel", "sources": "source", "entities": "entity", "rules": "rule"}
_PRIVATE_PARAMETERS = frozenset(
    {"token", "key", "apikey", "api_key", "access_token", "auth", "secret", "password", "sig", "signature"}
)


def mistakes(gathered: Gathered, *, replay: bool, complete: bool) -> Iterator[Mistake]:
    """Everything wrong between tables.

    Args:
        gathered: every file.
        replay: channels need not be declared, and nothing is really fetched or sent.
        complete: every file could be read; if not, nobody is blamed for a name that may stand in one of the others.
    """
    yield from _settings_twice(gathered)
    yield from _ids_twice(gathered)
    yield from _channels_twice(gathered)
    yield from _channel_secrets(gathered)
    yield from _rule_dates(gathered)
    if complete:
        yield from _entities(gathered)
    if not replay:
        yield from _intervals(gathered)
    if complete and not replay:
        yield from _unknown_channels(gathered)
        yield from _platforms(gathered)
        yield from _installed_by_workspaces(gathered)
        yield from _pushed(gathered)


# ---------------------------------------------------------------- said twice


def _settings_twice(gathered: Gathered) -> Iterator[Mistake]:
    first: dict[str, Spot] = {}
    for read_file in gathered.files:
        for name in SETTING_TABLES:
            if name in read_file.file.raw:
                spot = Spot(read_file.file, (name,))
                if name in first:
                    yield spot.mistake(f"already written at {_where(first[name])}; only one file may hold it")
                else:
                    first[name] = spot


def _ids_twice(gathered: Gathered) -> Iterator[Mistake]:
    for name in LIST_TABLES:
        first: dict[str, Spot] = {}
        for text, spot in gathered.ids(name):
            if text.casefold() in first:
                where = Spot(spot.file, (*spot.path, "id"))
                yield where.mistake(f"{shown(text)} is already the id of the {_SINGULAR[name]} at {_where(first[text.casefold()])}")
            else:
                first[text.casefold()] = spot


def _where(spot: Spot) -> str:
    return f"{spot.file.name}:{spot.place().line}"


# ---------------------------------------------------------------- names that nothing has


def _channels_twice(gathered: Gathered) -> Iterator[Mistake]:
    last: tuple[Spot | None, set[str]] = (None, set())
    for reference, rule, spot in gathered.references():
        seen = last[1] if last[0] == rule else set()
        if reference in seen:
            yield spot.mistake(f"{shown(reference)} stands here twice")
        last = (rule, {*seen, reference})


def _unknown_channels(gathered: Gathered) -> Iterator[Mistake]:
    known = [text for text, _ in gathered.ids("channels")]
    uses = [(reference, spot) for reference, _, spot in gathered.references()]
    operator = gathered.setting("operator")
    if operator is not None and operator[0] is not None:
        uses.append((operator[0].channel, Spot(operator[1].file, ("operator", "channel"))))
    for reference, spot in uses:
        if ":" not in reference and reference not in known:
            yield spot.mistake(_unknown_channel(reference, known))


def _unknown_channel(reference: str, known: list[str]) -> str:
    hint = did_you_mean(reference, known)
    if not hint:
        hint = f'; declare it under [[channels]], or write an address such as "console:{reference}"'
    return f"no channel has the id {shown(reference)}{hint}"


def _entities(gathered: Gathered) -> Iterator[Mistake]:
    known = [text for text, _ in gathered.ids("entities")]
    entities = gathered.entities()
    parents = {entity.table.id: entity.table.parent for entity in entities}
    for entity in entities:
        used: list[tuple[str, Spot]] = [
            (product, entity.spot("products", index)) for index, product in enumerate(entity.table.products)
        ]
        if entity.table.parent is not None:
            used.append((entity.table.parent, entity.spot("parent")))
        for name, spot in used:
            if name == entity.table.id:
                yield spot.mistake(f"{shown(name)} is this entity itself")
            elif name not in known:
                yield spot.mistake(f"no entity has the id {shown(name)}{did_you_mean(name, known)}")
        ring = _ring(entity.table.id, parents)
        if ring:
            yield entity.spot("parent").mistake(f"is its own parent in the end: {' -> '.join(ring)}")


def _ring(start: str, parents: dict[str, str | None]) -> list[str]:
    """The way from an entity over its parents back to itself, told once, at the entity that comes first in the alphabet."""
    way = [start]
    parent = parents.get(start)
    while parent is not None and parent not in way:
        way.append(parent)
        parent = parents.get(parent)
    return [*way, start] if parent == start and len(way) > 1 and start == min(way) else []


def _rule_dates(gathered: Gathered) -> Iterator[Mistake]:
    for rule in gathered.rules():
        created, modified = rule.table.created, rule.table.modified
        if created is not None and modified is not None and modified < created:
            yield rule.spot("modified").mistake(f"{modified} is before the day on which the rule was created, {created}")


# ---------------------------------------------------------------- intervals


def _intervals(gathered: Gathered) -> Iterator[Mistake]:
    found = gathered.setting("net")
    net = found[0] if found and found[0] else Net()
    if found and net.min_interval < SHORTEST_INTERVAL and not net.allow:
        yield Spot(found[1].file, ("net", "min_interval")).mistake(
            'under 60s is only for hosts in net.allow, which is empty; write "60s" or more, or name your own network in allow'
        )
    for source in gathered.sources():
        if source.table.url_secret is None:
            yield from _interval(source, source.table.url, net)


def secret_intervals(gathered: Gathered, urls: Mapping[str, str]) -> Iterator[Mistake]:
    """Intervals of the sources whose address is secret; they can be judged only when it has been looked up.

    Args:
        gathered: every file.
        urls: addresses by source id; a source whose address is not set is no business of this check.
    """
    found = gathered.setting("net")
    net = found[0] if found and found[0] else Net()
    for source in gathered.sources():
        if source.table.url_secret is not None and source.table.id in urls:
            yield from _interval(source, urls[source.table.id], net)


def _interval(source: Declared[SourceTable], url: str | None, net: Net) -> Iterator[Mistake]:
    interval = source.table.interval
    if interval is None:
        return
    if interval < SHORTEST_INTERVAL and not is_allowed(url, net.allow):
        yield source.spot("interval").mistake('is under 60s, which is only for hosts in net.allow; write "60s" or more')
    elif interval < source.table.least_interval:
        yield source.spot("interval").mistake(
            f"is shorter than {source.table.kind} allows, {_text(source.table.least_interval)}; lengthen it"
        )
    elif interval < net.min_interval:
        yield source.spot("interval").mistake(
            f"is shorter than net.min_interval, {_text(net.min_interval)}; lengthen this one, or shorten that"
        )


def is_allowed(url: str | None, allow: list[Network]) -> bool:
    """Whether an address's host is, literally, inside one of the networks; ``localhost`` is 127.0.0.1 and ::1."""
    host = (urlsplit(url).hostname or "") if url else ""
    names = ["127.0.0.1", "::1"] if host == "localhost" or host.endswith(".localhost") else [host]
    for name in names:
        try:
            literal = ipaddress.ip_address(name)
        except ValueError:
            continue
        if any(literal in network for network in allow):
            return True
    return False


def private_parameters(url: str) -> list[str]:
    """Names of the parameters of an address whose values look like secrets."""
    given = parse_qsl(urlsplit(url).query)
    return [name for name, value in given if name.casefold() in _PRIVATE_PARAMETERS and len(value) > 5]


def _text(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


# ---------------------------------------------------------------- platforms


def _channel_secrets(gathered: Gathered) -> Iterator[Mistake]:
    for channel in gathered.channels():
        if channel.table.secret is not None and channel.table.to.platform is not Platform.WEBHOOK:
            yield channel.spot("secret").mistake("a secret signs the calls of a webhook; leave it out here")


def _platforms(gathered: Gathered) -> Iterator[Mistake]:
    for platform in (Platform.SLACK, Platform.DISCORD):
        if gathered.setting(platform.value) is None and not _set_aside(gathered, platform.value):
            name = platform.value.capitalize()
            for spot in _used(gathered, platform):
                yield spot.mistake(
                    f"{name} is off in this file; switch it on with a line [{platform.value}], which may stand alone"
                )
    slack = gathered.setting("slack")
    if (
        slack is not None
        and slack[0] is not None
        and slack[0].mode == "http"
        and gathered.setting("web") is None
        and not _set_aside(gathered, "web")
    ):
        yield Spot(slack[1].file, ("slack", "mode")).mistake(
            'mode "http" needs web = { listen = "127.0.0.1:8090" }, where Slack reaches the bot'
        )


def _installed_by_workspaces(gathered: Gathered) -> Iterator[Mistake]:
    slack, web = gathered.setting("slack"), gathered.setting("web")
    if slack is None or slack[0] is None:
        return
    if slack[0].teams and not slack[0].oauth:
        yield Spot(slack[1].file, ("slack", "teams")).mistake(
            "teams may install the app with oauth = true only; write that, or leave teams out"
        )
    reached = _set_aside(gathered, "web") if web is None else web[0] is None or web[0].public_url is not None
    if slack[0].oauth and not reached:
        yield Spot(slack[1].file, ("slack", "oauth")).mistake(
            'oauth needs web = { listen = "127.0.0.1:8090", public_url = "https://watchlamp.example.org" }, where Slack leads '
            "people back after they installed the app"
        )


def _pushed(gathered: Gathered) -> Iterator[Mistake]:
    web = gathered.setting("web")
    if (web is not None and (web[0] is None or web[0].public_url is not None)) or (web is None and _set_aside(gathered, "web")):
        return
    for source in gathered.sources():
        if source.table.kind == "websub":
            yield source.spot("kind").mistake(
                'kind "websub" needs web = { listen = "127.0.0.1:8090", public_url = "https://watchlamp.example.org" }, where hubs '
                'reach the bot; without it, write kind = "feed"'
            )


def _set_aside(gathered: Gathered, name: str) -> bool:
    return any(name in read_file.file.raw for read_file in gathered.files)


def _used(gathered: Gathered, platform: Platform) -> Iterator[Spot]:
    yield from (channel.spot("to") for channel in gathered.channels() if channel.table.to.platform is platform)
    for rule in gathered.rules():
        for position, reference in enumerate(rule.table.channels):
            if ":" in reference and address(reference).platform is platform:
                yield rule.spot("channels", position)
    operator = gathered.setting("operator")
    if operator is not None and operator[0] is not None:
        reference = operator[0].channel
        if ":" in reference and address(reference).platform is platform:
            yield Spot(operator[1].file, ("operator", "channel"))


# ---------------------------------------------------------------- allowed, but hardly meant


def warnings(gathered: Gathered) -> Iterator[Mistake]:
    """What is no mistake but should be looked at."""
    yield from _same_place(gathered)
    yield from _odd_addresses(gathered)
    net = gathered.setting("net")
    for position, network in enumerate(net[0].allow if net and net[0] else ()):
        if net is not None and network.prefixlen == 0:
            spot = Spot(net[1].file, ("net", "allow", position))
            yield spot.mistake("this lets every address through and switches the address guard off")
    web = gathered.setting("web")
    if web is not None and web[0] is not None and web[0].public_url is not None:
        allowed = net[0].allow if net and net[0] else []
        if web[0].public_url.startswith("http:") and not is_allowed(web[0].public_url, allowed):
            spot = Spot(web[1].file, ("web", "public_url"))
            yield spot.mistake("what hubs send to an http:// address can be read on the way; many refuse it; write https://")


def _same_place(gathered: Gathered) -> Iterator[Mistake]:
    places: dict[str, str] = {}
    for channel in gathered.channels():
        to = f"{channel.table.to.platform.value}:{channel.table.to.place}"
        if to in places:
            yield channel.spot("to").mistake(
                f"the channel {shown(places[to])} goes to the same place; a story may be told there twice"
            )
        places.setdefault(to, channel.table.id)
    for rule in gathered.rules():
        for position, reference in enumerate(rule.table.channels):
            if reference in places:
                yield rule.spot("channels", position).mistake(
                    f"the channel {shown(places[reference])} goes to the same place; write its id, or a story may be told twice"
                )


def _odd_addresses(gathered: Gathered) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for source in gathered.sources():
        url = source.table.url
        if url is None:
            continue
        if url in seen:
            yield source.spot("url").mistake(f"the source {shown(seen[url])} has the same address; one of the two is enough")
        seen.setdefault(url, source.table.id)
        private = private_parameters(url)
        if private:
            yield source.spot("url").mistake(
                f"{shown(private[0])} in this address looks like a secret; "
                'write url_secret = "NAME" and put the whole address into WATCHLAMP_URL_NAME'
            )
