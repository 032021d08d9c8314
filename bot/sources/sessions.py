"""Sessions at AT Protocol servers (Bluesky): an app password buys a token that lasts some hours, and another one to renew it.

Promises: tokens stay in the memory of this process, one session for all sources of one account; who signs in makes the others
wait instead of signing in beside them; a token that was refused is renewed once and not again at once. Never writes a password
or a token anywhere.

The methods and their answers: https://docs.bsky.app/docs/api/com-atproto-server-create-session and
https://docs.bsky.app/docs/api/com-atproto-server-refresh-session.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

from bot.core.errors import FetchError
from bot.net.client import Credential

CREATE = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"

MAX_BYTES = 256 * 1024
"""Longest answer read: it holds two tokens and, at times, the account's public document."""

FRESH = 60.0
"""Seconds in which a session is not renewed again: what is refused with a token that new is refused for another reason."""


class Exchanges(Protocol):
    """The guarded client, as far as signing in needs it."""

    async def exchange(self, url: str, *, document: bytes, max_bytes: int, authorization: Credential | None = None) -> bytes:
        """Send a JSON document and read the answer; FetchError if that fails."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A token that prints as stars."""

    value: str = field(repr=False)

    def reveal(self) -> str:
        """The header's value that shows it."""
        return f"Bearer {self.value}"


@dataclass(slots=True)
class _Session:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    access: Token | None = None
    renewal: Token | None = None
    made_at: float = 0.0


_SESSIONS: WeakKeyDictionary[Exchanges, dict[tuple[str, str], _Session]] = WeakKeyDictionary()
"""By the client that made them, with which they end; by server and account."""


async def token(url: str, secret: Credential, client: Exchanges, *, refused: Credential | None = None) -> Credential:
    """The token to ask the server of ``url`` with.

    Args:
        url: any address of the server.
        secret: NAME:PASSWORD of the account, an app password.
        client: the way out.
        refused: a token that the server did not take.

    Raises:
        FetchError: nobody can sign in with that secret, or the server cannot be asked; what was ``refused`` just now stays so.
    """
    name, colon, password = secret.reveal().partition(":")
    if not (colon and name and password):
        raise FetchError("The account's secret must be NAME:PASSWORD, with an app password.", reason="status", status=401)
    session = _SESSIONS.setdefault(client, {}).setdefault((urljoin(url, "/"), name), _Session())
    async with session.lock:
        now = asyncio.get_running_loop().time()
        if session.access is not None and (session.access is not refused or now - session.made_at < FRESH):
            return session.access
        if session.renewal is not None:
            try:
                return await _begin(session, client, urljoin(url, REFRESH), b"", session.renewal)
            except FetchError as error:
                if error.status not in {400, 401}:
                    raise
                session.renewal = None
        document = json.dumps({"identifier": name, "password": password}).encode("utf-8")
        try:
            return await _begin(session, client, urljoin(url, CREATE), document, None)
        except FetchError as error:
            if error.status not in {400, 401}:
                raise
            raise FetchError(
                f"{error} The account's name or app password was not accepted.", reason="status", status=error.status
            ) from None


async def _begin(session: _Session, client: Exchanges, url: str, document: bytes, renewal: Token | None) -> Token:
    answer = await client.exchange(url, document=document, max_bytes=MAX_BYTES, authorization=renewal)
    session.access, session.renewal = _token_of(answer, "accessJwt"), _token_of(answer, "refreshJwt")
    session.made_at = asyncio.get_running_loop().time()
    return session.access


def _token_of(answer: bytes, name: str) -> Token:
    try:
        value = json.loads(answer)[name]
    except (ValueError, TypeError, LookupError, RecursionError):
        value = None
    if not isinstance(value, str) or not value or not value.isascii() or any(character <= " " for character in value):
        raise FetchError("The server's answer to signing in holds no token.", reason="protocol")
    return Token(value)
