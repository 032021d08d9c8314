"""What only the outside can say: the platforms, and sources that were never read.

Promises: nothing is posted; a source is asked once, as a poll would ask it, and what it says is not stored. At most ``SOURCES`` of
them, since a person waits and servers are not there for tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from urllib.parse import urlsplit

from bot.config.settings import Settings
from bot.core.clock import Clock
from bot.core.errors import DocumentError, FetchError
from bot.core.findings import Code, Finding, error, warning
from bot.core.sources import SourceConfig
from bot.doctor.remembered import Remembered, page
from bot.net.client import Fetcher
from bot.net.guard import SystemResolver
from bot.net.robots import Robots
from bot.sandbox.pool import Sandbox
from bot.sources import registry
from bot.sources.contract import Validators
from bot.verbs import ask_chats

SOURCES = 10
SEVERAL = 3
RESOLVE_WITHIN = 10.0
"""Seconds for a name: twice what a resolver's own first try takes (resolv.conf(5), timeout)."""
_OWN = {"slack": "slack.com", "discord": "discord.com"}
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_UNREACHED = frozenset({"proxy", "connect", "timeout"})
"""Reasons of a fetch that a proxy can be behind, where there is one: nothing was answered by the source itself."""
_AWAY = frozenset({Code.SLACK_UNREACHABLE, Code.DISCORD_UNREACHABLE})


async def look(settings: Settings, remembered: Remembered, clock: Clock, environ: Mapping[str, str]) -> list[Finding]:
    """Ask the platforms and the unread sources.

    Args:
        settings: the configuration, with its secrets.
        remembered: which sources were never read, and what Discord was told.
        clock: tells the time.
        environ: says whether other programs here use a proxy.
    """
    found = list(await ask_chats(settings, now=clock.now(), told_commands=remembered.told_commands))
    away = {finding.where: finding for finding in found if finding.code in _AWAY}
    names = await _names({platform: _host(settings, platform) for platform in away})
    found += _together([*names, *await _sources(settings, remembered, clock)])
    if any(finding.code in _AWAY or finding.code is Code.NO_NAME for finding in found):
        found += _proxy(settings, environ)
    return found


def _together(found: list[Finding]) -> list[Finding]:
    """Where several names lead nowhere it is this machine's name service, and one finding says so."""
    nowhere = [finding for finding in found if finding.code is Code.NO_NAME]
    if len(nowhere) < SEVERAL:
        return found
    said = f"This machine finds no address for any of {len(nowhere)} names: its name service (DNS) is down, or set wrong."
    one = error(Code.NO_NAME, "network", said, "Type `getent hosts example.org`; /etc/resolv.conf names the servers asked.")
    return [one, *(finding for finding in found if finding.code is not Code.NO_NAME)]


def _host(settings: Settings, platform: str) -> str:
    told = settings.slack.base_url if platform == "slack" and settings.slack is not None else None
    told = settings.discord.api_url if platform == "discord" and settings.discord is not None else told
    return (urlsplit(told).hostname if told else None) or _OWN[platform]


async def _names(hosts: Mapping[str, str]) -> list[Finding]:
    """Whether the names of platforms that do not answer lead to an address at all."""
    resolver = SystemResolver()
    found = []
    try:
        for platform, host in hosts.items():
            try:
                async with asyncio.timeout(RESOLVE_WITHIN):
                    await resolver.resolve(host, 443)
            except (OSError, TimeoutError):
                found.append(nameless(platform, host))
    finally:
        resolver.close()
    return found


def nameless(where: str, host: str) -> Finding:
    """A name that leads nowhere."""
    return error(
        Code.NO_NAME,
        where,
        f"This machine finds no address for {host}.",
        f"Type `getent hosts {host}`: if nothing comes, its name service (DNS) or its network is down, or the name is misspelt.",
    )


def _proxy(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    given = next((name for name in _PROXIES if environ.get(name)), None)
    if settings.net.proxy is None and given is not None:
        said = f"Other programs here go through a proxy ({given}); Watchlamp does not: it takes nothing from that variable."
        yield warning(Code.PROXY, "net.proxy", said, 'Write net = { proxy = "http://host:port" } with its address.')
    elif settings.net.proxy is not None:
        said = "The proxy of the configuration (net.proxy) lets nothing through, or is not there."
        yield warning(Code.PROXY, "net.proxy", said, "Try it by hand: curl --proxy ADDRESS https://slack.com")


async def _sources(settings: Settings, remembered: Remembered, clock: Clock) -> list[Finding]:
    asked = [source for source in settings.sources if source.id in remembered.unread][:SOURCES]
    if not asked:
        return []
    async with Fetcher(settings.net, clock=clock) as fetcher, Sandbox(workers=1) as sandbox:
        robots = Robots(fetcher, clock)

        async def poll(source: SourceConfig) -> object:
            key = settings.source_secrets.get(source.secret) if source.secret else None
            whole = settings.with_secret_url(source)
            return await registry.poll(
                whole, Validators(), fetcher=fetcher, sandbox=sandbox, now=clock.now(), authorization=key, robots=robots
            )

        told = await asyncio.gather(*(_source(settings, source, poll) for source in asked))
    return [finding for finding in told if finding is not None]


async def _source(settings: Settings, source: SourceConfig, poll: Callable[[SourceConfig], Awaitable[object]]) -> Finding | None:
    try:
        await poll(source)
    except DocumentError as refused:
        return page(source.id, str(refused))
    except FetchError as refused:
        return _unfetched(settings, source, refused)
    return None


def _unfetched(settings: Settings, source: SourceConfig, refused: FetchError) -> Finding:
    where = f"sources.{source.id}"
    if refused.reason == "name" and source.id not in settings.source_urls:
        return nameless(where, urlsplit(source.url).hostname or source.url)
    if settings.net.proxy is not None and refused.reason in _UNREACHED:
        return warning(Code.PROXY, "net.proxy", f'The source "{source.id}" cannot be reached through the proxy. {refused}')
    said = f'The source "{source.id}" cannot be read. {refused}'
    return warning(Code.SOURCE_FAILING, where, said, "Open its address in a browser; `watchlamp sources test ADDRESS` says more.")
