"""The feed source: RSS, RDF, Atom and JSON Feed over http and https.

Promises: asks with the server's own validators; reads in the sandbox; one bad entry never loses the others; long documents
are turned into items without holding up other work; what the server and the document ask of pollers is handed on. Never stores
anything: validators of a document that could not be read, or that may have been cut off, are not handed on.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.core.documents import FeedDocument
from bot.core.sources import SourceConfig
from bot.net.client import Credential, Response
from bot.sources.contract import Fetches, Polled, Reads, Validators
from bot.sources.entry import Entries

MAX_BYTES = 10 * 1024 * 1024
"""Longest feed read, decoded (docs/sources.md: limits)."""

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.6, */*;q=0.1"
)

_TURN = 25
"""Entries made into items between two turns of the event loop: about 2 ms."""


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
        FetchError: it could not be fetched.
        DocumentError: it is no feed, or could not be read.
    """
    response = await fetcher.get(
        config.url,
        accept=ACCEPT,
        max_bytes=MAX_BYTES,
        etag=validators.etag,
        last_modified=validators.last_modified,
        authorization=authorization,
        place=validators.place or None,
    )
    moved = _moved(config, response)
    if response.not_modified:
        return Polled(
            not_modified=True,
            etag=response.etag,
            last_modified=response.last_modified,
            notes=moved,
            hub=response.hub,
            topic=response.topic,
            wishes=response.wishes,
            place=response.place,
            moved_to=response.permanent_url,
        )
    document = await sandbox.run("feed", data=response.body, url=response.url, content_type=response.content_type)
    assert isinstance(document, FeedDocument)
    entries = Entries(document, config, now)
    for index, entry in enumerate(document.entries):
        entries.add(entry)
        if index % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    # A broken document without a stated end may be half of one: with its validators the rest would never be asked for.
    whole = response.sized or document.well_formed
    return Polled(
        items=entries.items(),
        etag=response.etag if whole else None,
        last_modified=response.last_modified if whole else None,
        notes=(*moved, *document.notes, *entries.notes),
        hub=response.hub or document.hub,  # header fields first: WebSub 4
        topic=response.topic or document.topic,
        wishes=replace(document.wishes, fresh=response.wishes.fresh),
        place=response.place,
        moved_to=response.permanent_url,
        window=whole,
    )


def _moved(config: SourceConfig, response: Response) -> tuple[str, ...]:
    if response.permanent_url is None:
        return ()
    where = "" if config.url_secret else f" to {response.permanent_url}"
    return (f"The feed has moved for good{where}; change its url.",)
