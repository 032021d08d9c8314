"""The way out that the fetcher and the caller share: httpx on the guarded backend, with the operator's proxy and certificates.

Promises: every connection made through it is checked by the gate (``guard``); nothing of the environment is used. Never sends by
itself.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import httpx

from bot import __version__
from bot.core.leased import must_be_ours
from bot.net.address import Network
from bot.net.answer import host_and_port
from bot.net.guard import WEB_PORTS, GuardedBackend, Policy, Resolver


class NetValues(Protocol):
    """What the network needs of the settings (``bot.config.settings.NetSettings`` has it)."""

    @property
    def contact(self) -> str:
        """Told to servers in the User-Agent."""
        ...

    @property
    def allow(self) -> tuple[Network, ...]:
        """Networks let through beside the public internet."""
        ...

    @property
    def allow_ports(self) -> tuple[int, ...]:
        """Ports beside 80 and 443."""
        ...

    @property
    def proxy(self) -> str | None:
        """Address of an HTTP proxy, or None."""
        ...

    @property
    def ca_file(self) -> Path | None:
        """Certificates to trust instead of the shipped ones, or None."""
        ...


class Credential(Protocol):
    """A secret that prints as stars."""

    def reveal(self) -> str:
        """Its value."""
        ...


@dataclass(frozen=True, slots=True)
class WayOut:
    """A transport and what guards it.

    Attributes:
        policy: what is let through.
        guard: asked for every connection of ``transport``.
        agent: how we name ourselves to servers.
    """

    policy: Policy
    guard: GuardedBackend
    transport: httpx.AsyncHTTPTransport
    agent: bytes


LEAVES = "send_request_headers.started"
"""How the name of the event ends after which a request may have left (httpcore.org/extensions: "trace", seen 2026-11)."""


async def only_ours(event: str, info: Mapping[str, Any]) -> None:
    """Stop a request that may not leave any more, in the last moment: connected, and nothing written; httpcore tells of each step.

    Raises:
        LeaseOverError: who sends has no right to it now.
    """
    del info
    if event.endswith(LEAVES):
        must_be_ours()


def way_out(settings: NetValues, *, resolver: Resolver, http2: bool, kept: int, keep_alive: float = 0.0) -> WayOut:
    """Build a guarded transport.

    Args:
        settings: contact, allowed networks and ports, proxy, certificates.
        resolver: who turns names into addresses.
        http2: whether to speak HTTP/2 where a server has it.
        kept: idle connections kept at most; 0 makes every request use a connection of its own.
        keep_alive: seconds for which they are kept.
    """
    for name in ("httpx", "httpcore"):  # both log whole addresses, whose query may be a key
        logging.getLogger(name).setLevel(logging.WARNING)
    policy = Policy(settings.allow, WEB_PORTS | frozenset(settings.allow_ports))
    proxy = httpx.URL(settings.proxy) if settings.proxy else None
    guard = GuardedBackend(policy, resolver=resolver, trusted=() if proxy is None else (host_and_port(proxy),))
    transport = httpx.AsyncHTTPTransport(
        verify=_shipped_certificates() if settings.ca_file is None else ssl.create_default_context(cafile=settings.ca_file),
        trust_env=False,
        http2=http2,
        proxy=None if proxy is None else httpx.Proxy(proxy),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=keep_alive),
    )
    # httpx has no public place for a network backend; a test fails if this one is not asked.
    transport._pool._network_backend = guard
    agent = f"Watchlamp/{__version__}" + (f" (+{settings.contact})" if settings.contact else "")
    return WayOut(policy, guard, transport, agent.encode("utf-8"))


@cache
def _shipped_certificates() -> ssl.SSLContext:
    """The list of certifi; reading it takes 25 ms, so once a process."""
    return httpx.create_ssl_context(trust_env=False)
