"""robots.txt (RFC 9309): may a page be read, and how far apart.

Promises: asked before a page of a site is read, at most once a day a site, or an hour later if it could not be had; what it
forbids is not read; a server that fails (5xx, no answer) forbids everything until it has been heard, unless it was heard before;
one that says there is none (4xx) allows everything; its ``Crawl-delay`` becomes the pause between two fetches from that host.
Feeds and documented interfaces are made for programs and are not asked about. Never reads more than the first megabyte, and never
spends more than linear time on it.

    robots = Robots(fetcher, clock)
    await robots.check(url)          # raises FetchError(reason="robots") with a sentence where the page may not be read
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego

from bot.core.clock import Clock
from bot.core.errors import FetchError
from bot.net.answer import Response

TOKEN = "Watchlamp"
"""Our product token (RFC 9309 2.2.1): groups of this name, or else of ``*``, are for us."""

KEPT = timedelta(hours=24)
"""How long an answer counts (RFC 9309 2.4: no longer than a day)."""

ASKED_AGAIN = timedelta(hours=1)
"""When a site is asked again whose robots.txt could not be had."""

MAX_BYTES = 1024 * 1024
"""Longest robots.txt read (RFC 9309 2.5: at least 500 KiB)."""

ACCEPT = "text/plain, */*;q=0.1"
_SITES = 2000
_AGENT = re.compile(r"^[ \t]*user[- ]?agent\b[ \t]*:?[ \t]*([^#\n]*)", re.IGNORECASE | re.MULTILINE)
_NEWLINE = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class Gets(Protocol):
    """What is needed of the guarded client."""

    async def get(self, url: str, *, accept: str, max_bytes: int) -> Response:
        """Fetch one document; FetchError if that fails."""
        ...

    def ask_for_pause(self, url: str, seconds: float) -> None:
        """Keep so many seconds between two fetches from the host of ``url``."""
        ...


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a site said. ``rules`` None: nothing can be known, so nothing is read; ``why`` then says why."""

    rules: Protego | None
    until: datetime
    why: str = ""


class Robots:
    """Asks sites what may be read, and remembers it.

    Args:
        fetcher: the way out; robots.txt goes through the same gate, and its redirects too.
        clock: what a day is counted by.
    """

    def __init__(self, fetcher: Gets, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._asking: dict[str, asyncio.Task[_Heard]] = {}

    async def check(self, url: str) -> None:
        """Make sure that a page may be read.

        Raises:
            FetchError: reason ``robots``: it may not, or its site cannot be asked now.
        """
        site = _site(url)
        heard = self._heard.get(site)
        if heard is None or heard.until <= self._clock.now():
            heard = await self._ask_once(site, heard)
        if heard.rules is None:
            raise FetchError(heard.why, reason="robots")
        if not heard.rules.can_fetch(url, TOKEN):
            raise FetchError(f"{urlsplit(url).hostname} asks programs not to read this page (its robots.txt).", reason="robots")
        delay = heard.rules.crawl_delay(TOKEN)
        if delay:
            self._fetcher.ask_for_pause(url, delay)

    async def _ask_once(self, site: str, before: _Heard | None) -> _Heard:
        """Ask a site; those who want to know at the same time wait for the one answer."""
        task = self._asking.get(site)
        if task is None:
            task = self._asking[site] = asyncio.create_task(self._ask(site, before), name="robots.txt")
            task.add_done_callback(self._forgetting(site))
        return await asyncio.shield(task)

    def _forgetting(self, site: str) -> Callable[[asyncio.Task[_Heard]], None]:
        def forget(task: asyncio.Task[_Heard]) -> None:
            self._asking.pop(site, None)
            if not task.cancelled():
                task.exception()  # those who asked have it; if all of them were cancelled, nobody needs it

        return forget

    async def _ask(self, site: str, before: _Heard | None) -> _Heard:
        now = self._clock.now()
        try:
            response = await self._fetcher.get(f"{site}/robots.txt", accept=ACCEPT, max_bytes=MAX_BYTES)
        except FetchError as error:
            heard = self._unheard(site, error, before, now)
        else:
            heard = _Heard(read(response.body.decode("utf-8-sig", "replace")), now + KEPT)
        if len(self._heard) >= _SITES:
            self._heard = {name: known for name, known in self._heard.items() if known.until > now}
        self._heard[site] = heard
        return heard

    @staticmethod
    def _unheard(site: str, error: FetchError, before: _Heard | None, now: datetime) -> _Heard:
        host = urlsplit(site).hostname
        if error.status is not None and 400 <= error.status < 500 and error.status != 429:
            return _Heard(read(""), now + KEPT)  # there is none; 429 says only that now is not the time
        wait = max(ASKED_AGAIN, timedelta(seconds=min(error.retry_after or 0.0, KEPT.total_seconds())))
        if before is not None and before.rules is not None:
            return _Heard(before.rules, now + wait)
        why = f"{host} cannot be asked which pages programs may read ({error}), so none is read until it can."
        return _Heard(None, now + wait, why)


def read(text: str) -> Protego:
    """The rules of one robots.txt.

    Groups of other programs become one: a file with ten thousand of them would take the square of that time.
    """

    def known(found: re.Match[str]) -> str:
        name = found[1].strip().lower()
        ours = name in {"*", TOKEN.lower()} or name.startswith(TOKEN.lower())
        return f"User-agent: {TOKEN if ours and name != '*' else '*' if ours else 'another'}"

    return Protego.parse(_AGENT.sub(known, _NEWLINE.sub("\n", text)))


def _site(url: str) -> str:
    """Scheme, host and port: what one robots.txt is about (RFC 9309 2.3)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
