"""The feed source for services whose feeds have ways of their own (``FeedOptions``); any other feed is read as it is.

Promises: what is particular is done around the feed source, which knows nothing of it: entries are put right before they become
items, and a refusal that means 'too often' is one. Pure but for what it passes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import FetchError
from bot.core.kinds import FeedOptions
from bot.core.sources import SourceConfig
from bot.net.client import Credential
from bot.sources import feed
from bot.sources.contract import Fetches, Polled, Reads, Validators


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Ask the feed once.

    Raises:
        FetchError: it could not be fetched; ``throttled`` if that is what the service means.
        DocumentError: it is no feed, or could not be read.
    """
    options = config.options
    reader = reading(config, sandbox)
    if not isinstance(options, FeedOptions):
        return await feed.poll(config, validators, fetcher=fetcher, sandbox=reader, now=now, authorization=authorization)
    if options.pause:
        fetcher.ask_for_pause(config.url, options.pause)
    try:
        return await feed.poll(config, validators, fetcher=fetcher, sandbox=reader, now=now, authorization=authorization)
    except FetchError as error:
        if error.status not in options.too_many:
            raise
        wait = options.wait if error.retry_after is None else error.retry_after
        raise FetchError(str(error), reason="status", status=error.status, retry_after=wait, throttled=True) from None


def reading(config: SourceConfig, sandbox: Reads) -> Reads:
    """The sandbox as this source's documents are read in it, whoever brings them."""
    return _Shaping(sandbox, config.options) if isinstance(config.options, FeedOptions) else sandbox


class _Shaping:
    """The sandbox, whose feeds are put right."""

    def __init__(self, sandbox: Reads, options: FeedOptions) -> None:
        self._sandbox = sandbox
        self._options = options

    async def run(self, job: str, /, **kwargs: Any) -> object:
        """Read a document; DocumentError if that cannot be done."""
        document = await self._sandbox.run(job, **kwargs)
        if not isinstance(document, FeedDocument):
            return document
        entries = [shaped(entry, self._options) for entry in document.entries]
        if self._options.opaque:
            entries = list({entry.id or str(index): entry for index, entry in reversed(list(enumerate(entries)))}.values())[::-1]
        return replace(document, entries=tuple(entries))


def shaped(entry: FeedEntry, options: FeedOptions) -> FeedEntry:
    """An entry as it would be if its service wrote feeds as others do."""
    title = entry.title
    if options.outlet_ends_title and entry.outlet:
        title = title.removesuffix(f" - {entry.outlet}").rstrip() or title
    entry_id = f"{title}\n{entry.outlet or ''}" if options.opaque and title else entry.id
    return replace(entry, title=title, id=entry_id)
