"""The gate: every address is checked when its connection is made, and it is the checked address that is connected to.

Promises: a name is resolved once and every answer must be allowed, so that a second answer cannot lead elsewhere; the
server still sees its own name (Host and TLS server name). Never sends a byte to a refused address. A configured proxy is a
trusted hop: names are then resolved by it, only addresses written as numbers can be refused here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpcore
import httpx

from bot.core.errors import FetchError
from bot.net.address import Address, Network, is_allowed

CONNECT_SECONDS = 10.0
"""For one address of a host; the next one is tried after that."""

RESOLVERS = 16
"""Names looked up at a time; a look-up that gets no answer holds its thread for half a minute."""

WEB_PORTS = frozenset((80, 443))

_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_DOTTED_QUAD = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")


class Resolver(Protocol):
    """Turns a name into addresses."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """All addresses of ``host``, best first; raises OSError if there are none."""
        ...


class SystemResolver:
    """The system's own resolver, in threads of its own: names that hang must not use up those of the event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """All addresses of ``host`` in the order of RFC 6724."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        """Start no more look-ups; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate lets through.

    Attributes:
        allow: networks beside the public internet.
        ports: every port that may be connected to.
    """

    allow: tuple[Network, ...] = ()
    ports: frozenset[int] = WEB_PORTS


def refused(message: str) -> FetchError:
    """An error of the gate."""
    return FetchError(message, reason="address")


def check_url(url: str, policy: Policy) -> httpx.URL:
    """Read an address strictly: what two readers could understand in two ways is refused.

    Args:
        url: as configured, or as a redirect names it.
        policy: ports and networks.

    Returns:
        The address as it will be used; its host is a name or a plain IP address.

    Raises:
        FetchError: reason ``address``; the sentence names the host at most.
    """
    if any(char <= " " or "\x7f" <= char <= "\xa0" or char in "\\\u2028\u2029" for char in url):
        raise refused("The address has a blank, a backslash or a control character in it; write these as %20 and the like.")
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
        parsed = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise refused("The address cannot be read as a web address.") from None
    if parts.scheme not in {"http", "https"} or parsed.scheme != parts.scheme:
        raise refused("The address does not begin with http:// or https://.")
    if "@" in parts.netloc:
        raise refused("The address has a user name in it; put the credential into a secret instead.")
    if not name or not name.strip(".") or "%" in parts.netloc:
        raise refused("The address has no readable host.")
    _check_host(name, parsed, policy)
    port = port if port is not None else {"http": 80, "https": 443}[parts.scheme]
    if port not in policy.ports:
        raise refused(f"Port {port} of {name} is not allowed; 80 and 443 are, others can be added to net.allow_ports.")
    return parsed


def _check_host(name: str, parsed: httpx.URL, policy: Policy) -> None:
    plain = unicodedata.normalize("NFKC", name).lower().rstrip(".")
    host = parsed.raw_host.decode("ascii").strip("[]").rstrip(".")
    last = plain.rpartition(".")[2]
    if ":" not in plain and _NUMERIC_LABEL.fullmatch(last) and not _DOTTED_QUAD.fullmatch(plain):
        raise refused(f"{plain} is a number that programs read in different ways; write an IP address as four decimal numbers.")
    if name.isascii() and host != name.lower().rstrip("."):
        raise refused(f"The host of the address, {plain}, can be read in two ways.")
    address = literal(host)
    if address is not None and not is_allowed(address, policy.allow):
        raise _private(host)


def literal(host: str) -> Address | None:
    """The IP address that ``host`` is, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _private(host: str) -> FetchError:
    return refused(f"{host} is at an address that is not public; if it is meant, add its network to net.allow.")


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects httpx to checked addresses only.

    Args:
        policy: what is let through.
        resolver: who turns names into addresses.
        trusted: (host, port) of the configured proxy, which the operator answers for.
        inner: who makes the connection.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        resolver: Resolver,
        trusted: Collection[tuple[str, int]] = (),
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._trusted = frozenset(trusted)
        self._inner = inner or httpcore.AnyIOBackend()
        self.connections = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve once, check every answer, connect to the first that accepts.

        Raises:
            FetchError: an address or the port is refused, or the name has no address.
            httpcore.ConnectError, httpcore.ConnectTimeout: no address accepted.
        """
        addresses = await self._checked(host, port)
        self.connections += 1
        for index, address in enumerate(addresses):
            try:
                return _Stream(await self._inner.connect_tcp(address, port, CONNECT_SECONDS, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if index == len(addresses) - 1:
                    raise
        raise httpcore.ConnectError("no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never allowed: no source is behind a local socket."""
        raise refused("A source cannot be behind a local socket.")

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's own use."""
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        trusted = (host, port) in self._trusted
        if not trusted and port not in self._policy.ports:
            raise refused(f"Port {port} of {host} is not allowed; 80 and 443 are, others can be added to net.allow_ports.")
        if literal(host) is not None:
            found: Sequence[str] = (host,)
        else:
            try:
                found = await self._resolver.resolve(host, port)
            except (OSError, UnicodeError):
                raise FetchError(f"The name {host} has no address.", reason="name") from None
        if not found:
            raise FetchError(f"The name {host} has no address.", reason="name")
        for answer in found:
            address = literal(answer.partition("%")[0])
            if not trusted and (address is None or not is_allowed(address, self._policy.allow)):
                raise _private(host)
        return found


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed when its encryption is not agreed on in time: httpcore leaves it open when cancelled."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's signature
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
