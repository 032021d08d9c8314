"""One call to Discord's API through discord.py's own client: its rate limits and repeats kept, its surprises taken out.

Promises: a request has a deadline; a call without a nonce is made once, never again after a server fault that may have
carried it out; what a failure means is kept beside it (``CallError.doubtful``). Never decides what follows, never logs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import CALL_SECONDS, CONNECT_SECONDS
from bot.core.leased import LeaseOverError, must_be_ours


class CallError(Exception):
    """A call that brought no answer we can use.

    Attributes:
        cause: discord.py's or aiohttp's own error.
        doubtful: an earlier request of the same call may have been carried out.
        harmless: the call can be made again without a second thought.
        code: Discord's own error code, or 0. discord.py keeps it to itself where a refusal comes as a 429 with a long wait.
        place: the id of the channel or thread that the call was about, or nothing.
        limited: the last answer was a 429, which nobody takes.
        wait: seconds that its header asked for, or None. discord.py looks into the body alone.
    """

    def __init__(
        self,
        cause: BaseException,
        *,
        doubtful: bool,
        harmless: bool = False,
        code: int = 0,
        place: str = "",
        limited: bool = False,
        wait: float | None = None,
    ) -> None:
        self.cause = cause
        self.limited = limited
        self.wait = wait
        self.place = place
        self.code = cause.code if isinstance(cause, discord.HTTPException) else code
        self.harmless = harmless
        self.doubtful = doubtful
        super().__init__(type(cause).__name__)


def refusal_of(error: CallError) -> str:
    """What Discord said of a refused body: its places and sentences; empty if it did not speak. Never to be shown or logged."""
    return error.cause.text if isinstance(error.cause, discord.HTTPException) else ""


_AGES = 1e9
"""Seconds that nobody means: thirty years."""


class MadeOnceError(Exception):
    """The second request of a call that must be made once: the first one's outcome is unknown."""


class ClosedError(Exception):
    """The client is not logged in, or closed already: nothing was sent."""


_EXPECTED = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
    MadeOnceError,
    LeaseOverError,
    ValueError,  # an answer that is no JSON
    KeyError,  # a 429 without the seconds to wait
    TypeError,  # a 429 whose seconds are no number
)


@dataclass(slots=True)
class _Call:
    once: bool
    doubtful: bool = False
    code: int = 0
    limited: bool = False
    wait: float | None = None


_call: ContextVar[_Call | None] = ContextVar("discord_call", default=None)


def trace(heard: Callable[[Mapping[str, str]], None] = lambda _: None) -> aiohttp.TraceConfig:
    """What a client is built with (``http_trace``) so that ``Wire`` sees each request of a call.

    Args:
        heard: is told the headers of every answer.
    """

    async def after(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        heard(params.response.headers)
        await _after(params)

    config = aiohttp.TraceConfig()
    config.on_request_start.append(_before)
    config.on_request_end.append(after)
    return config


async def _before(_: aiohttp.ClientSession, __: SimpleNamespace, ___: aiohttp.TraceRequestStartParams) -> None:
    call = _call.get()
    if call is not None and call.once and call.doubtful:
        raise MadeOnceError
    if call is not None:
        must_be_ours()  # discord.py may have waited for a limit before this request, and before each repeat


async def _after(params: aiohttp.TraceRequestEndParams) -> None:
    call = _call.get()
    if call is None:
        return
    if params.response.status >= 500:
        call.doubtful = True
    call.limited = params.response.status == 429
    if call.limited:
        call.wait = asked_to_wait(params.response.headers)
        call.code = _code_in(await params.response.text())


def _code_in(text: str) -> int:
    """The error code in a refusal's body, or 0."""
    try:
        code = json.loads(text)["code"]
    except (ValueError, KeyError, TypeError):
        return 0
    return code if isinstance(code, int) else 0


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``: a number, or a date by the clock of who says it (RFC 9110, 10.2.3); None if it says nothing."""
    given = headers.get("Retry-After", "")
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = max(0.0, (_instant(given) - _instant(headers.get("Date", ""))).total_seconds())
        except (ValueError, TypeError):
            return None
    return seconds if 0 <= seconds < _AGES else None


def _instant(date: str) -> datetime:
    told = parsedate_to_datetime(date)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


class Wire:
    """Calls through a logged-in client."""

    def __init__(self, client: discord.Client, *, seconds: float = CALL_SECONDS) -> None:
        """Build a wire.

        Args:
            client: logged in, and built with ``http_trace=trace()``.
            seconds: deadline of one request.
        """
        self._client = client
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)

    @property
    def own_id(self) -> str:
        """The bot's user id."""
        return str(self._client.user.id) if self._client.user else ""

    @property
    def token(self) -> str:
        """What must never be shown."""
        return self._client.http.token or ""

    async def call(
        self,
        method: str,
        path: str,
        places: Mapping[str, str],
        *,
        body: Any = None,
        once: bool = False,
        harmless: bool = False,
        apart: str | None = None,
    ) -> Any:
        """Make one call and return the JSON answer.

        Args:
            method: of HTTP.
            path: with the names of ``places`` in braces, as Discord's pages write it.
            places: what stands for the names in ``path``.
            body: JSON, or None for none.
            once: make it once: it carries no nonce, and done twice it would show twice.
            harmless: made twice, it shows nothing twice; so does every GET.
            apart: a name under which discord.py keeps the limits of this call apart from those of others to the same path. Its own
                way refuses every call to a path whose window ends later than the longest wait, however many it still has
                (``Ratelimit.acquire`` of discord.py 2.7.1); who says this counts the calls.

        Raises:
            CallError: there is no answer, or the answer is no.
        """
        if self._client.user is None or self._client.is_closed():
            raise CallError(ClosedError(), doubtful=False)
        state = _Call(once)
        reset = _call.set(state)
        options: dict[str, Any] = {"timeout": self._timeout, "allow_redirects": False}  # a redirected post would be a second one
        if body is not None:
            options["json"] = body
        try:
            return await self._client.http.request(discord.http.Route(method, path, metadata=apart, **places), **options)
        except _EXPECTED as error:
            harmless = harmless or method == "GET"
            place = places.get("channel_id", "")
            raise CallError(
                error,
                doubtful=state.doubtful,
                harmless=harmless,
                code=state.code,
                place=place,
                limited=state.limited,
                wait=state.wait,
            ) from error
        finally:
            _call.reset(reset)
