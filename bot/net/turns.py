"""Whose turn it is: one fetch per host at a time, a pause between two, and a bound on all together.

Promises: a host (name and port) is never asked by two fetches at once, nor sooner after the last one than its pause; who waits
for a host takes no room from others. A host written as an address inside ``net.allow`` is one's own and has no pause unless it
asked for one.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.net.address import Network

PAUSE = 1.0
"""Seconds between the end of one fetch from a host and the next: a site with many feeds blocks readers that ask for all of them
in a second (FreshRSS issue 6973: one to two seconds wished)."""

LONGEST_PAUSE = 300.0
"""Seconds; a longer Crawl-delay is served by the interval between two polls, which is never shorter than this by default."""

_REMEMBERED = 4096
"""Hosts remembered at a time; those that may be asked at once are forgotten first."""


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pause: float = 0.0
    free_at: float = 0.0
    askers: int = 0


class Turns:
    """Keeps the order.

    Args:
        allow: networks whose addresses have no pause.
        concurrency: fetches at a time, all hosts together.
        pause: seconds between two fetches from one host.
    """

    def __init__(self, allow: Sequence[Network], *, concurrency: int, pause: float = PAUSE) -> None:
        self._allow = tuple(allow)
        self._slots = asyncio.Semaphore(concurrency)
        self._pause = pause
        self._hosts: dict[str, _Host] = {}

    def ask_for_pause(self, name: str, port: int, seconds: float) -> None:
        """Keep at least so many seconds between two fetches from a host (its ``Crawl-delay``), at most ``LONGEST_PAUSE``."""
        host = self._host(name, port)
        asked = min(seconds, LONGEST_PAUSE)
        if asked > host.pause:
            host.free_at = asyncio.get_running_loop().time() + asked  # it was heard from just now
            host.pause = asked

    @asynccontextmanager
    async def turn(self, name: str, port: int, *, follows: bool = False) -> AsyncIterator[None]:
        """Wait for a host's turn, and hold it.

        Args:
            name: of the host; an IPv6 address without brackets.
            port: its port.
            follows: this request belongs to the one before it (a redirect), so there is no pause before it.
        """
        host = self._host(name, port)
        host.askers += 1
        loop = asyncio.get_running_loop()
        try:
            async with host.lock:
                if not follows and (wait := host.free_at - loop.time()) > 0:
                    await asyncio.sleep(wait)
                async with self._slots:
                    try:
                        yield
                    finally:
                        host.free_at = loop.time() + host.pause
        finally:
            host.askers -= 1
            if not host.askers and not host.pause:
                self._hosts.pop(f"{name}:{port}", None)

    def _host(self, name: str, port: int) -> _Host:
        key = f"{name}:{port}"
        known = self._hosts.get(key)
        if known is None:
            if len(self._hosts) >= _REMEMBERED:
                self._forget()
            known = self._hosts[key] = _Host(pause=0.0 if self._is_own(name) else self._pause)
        return known

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._hosts = {key: host for key, host in self._hosts.items() if host.askers or host.free_at > now}

    def _is_own(self, name: str) -> bool:
        name = "127.0.0.1" if name == "localhost" or name.endswith(".localhost") else name
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return any(address in network for network in self._allow)
