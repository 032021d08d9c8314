"""The part of the composition root that asks the outside world: sources, articles' pages, and links that people name.

Promises: everything goes through the guarded client and is read in the sandbox; a source's secrets are put in right before it is
asked. Stores nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.compose import source_behind
from bot.config.load import environment
from bot.config.settings import Settings
from bot.core.clock import Clock
from bot.core.documents import Page
from bot.core.preview import NewSource
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.net.robots import Robots
from bot.sandbox.pool import Sandbox
from bot.service.read import PAGE_DEADLINE
from bot.sources import registry

PAGE_BYTES = 2_000_000
"""Largest page that is read (docs/sources.md: limits)."""
_PAGE_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class Outside:
    """The way out, and the children that read what comes back.

    Args:
        settings: the configuration.
        clock: the present.

    Attributes:
        fetcher: the guarded client.
        sandbox: where documents are read.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.fetcher = Fetcher(settings.net, clock=clock)
        self._robots = Robots(self.fetcher, clock)
        self.sandbox = Sandbox(environ=_system_variables())

    async def ask(self, config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
        """Ask a source for its entries.

        Raises:
            FetchError: it could not be fetched.
            DocumentError: it could not be read.
        """
        return await registry.poll(
            self._settings.with_secret_url(config),
            registry.Validators(state.etag, state.last_modified, state.memory, state.place),
            fetcher=self.fetcher,
            sandbox=self.sandbox,
            authorization=self._settings.source_secrets.get(config.secret) if config.secret else None,
            now=now,
            robots=self._robots,
        )

    async def look_at(self, link: str, declared: Sequence[SourceConfig]) -> NewSource:
        """What a link leads to; see ``bot.compose.source_behind``."""
        return await source_behind(link, fetcher=self.fetcher, sandbox=self.sandbox, now=self._clock.now(), declared=declared)

    async def read_page(self, url: str) -> Page:
        """An article's page, as its text.

        Raises:
            FetchError: it could not be fetched.
            DocumentError: it could not be read.
        """
        response = await self.fetcher.get(url, accept=_PAGE_ACCEPT, max_bytes=PAGE_BYTES, deadline=PAGE_DEADLINE)
        page = await self.sandbox.run("page", data=response.body, url=response.url, content_type=response.content_type)
        assert isinstance(page, Page)
        return page

    async def close(self) -> None:
        """End the children and the connections."""
        await self.sandbox.close()
        await self.fetcher.close()


def _system_variables() -> dict[str, str]:
    """What a child process needs of the environment on Windows; nothing elsewhere."""
    return {name: value for name, value in environment().items() if name.upper() == "SYSTEMROOT"}
