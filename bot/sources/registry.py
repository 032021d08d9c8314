"""Every kind of source by its name, and the one way to ask a source.

Promises: a kind is a function; adding one is a file beside this and a line here; whatever a kind forgot, a source's secret does
not come back from here in an item, a note, an address or an error. Must never know rules, stories or the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.errors import FetchError, WatchlampError
from bot.core.sources import SourceConfig
from bot.net.client import Credential
from bot.sources import courtlistener, json_listing, legistar, page, posts, shaped_feed, sitemap
from bot.sources.contract import AsksRobots, Fetches, Polled, Reads, SourceKind, Validators
from bot.sources.keys import Spellings, address_spellings, clear_error, cleared, cleared_of_address, spellings

__all__ = ["KINDS", "Polled", "SourceKind", "Validators", "poll"]

KINDS: Mapping[str, SourceKind] = {
    "feed": shaped_feed.poll,
    "websub": shaped_feed.poll,
    "posts": posts.poll,
    "json": json_listing.poll,
    "page": page.poll,
    "sitemap": sitemap.poll,
    "legistar": legistar.poll,
    "courtlistener": courtlistener.poll,
}
"""What ``kind`` of a source may be."""


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
    robots: AsksRobots | None = None,
) -> Polled:
    """Ask one source for its entries.

    Args:
        config: the source.
        validators: what its server said last time.
        fetcher: the way out.
        sandbox: where its documents are read.
        now: the present; dates are checked against it.
        authorization: the source's credential.
        robots: who knows what a site wants no program to read; asked about addresses that are made for people.

    Raises:
        FetchError: it could not be fetched.
        DocumentError: what was fetched could not be read.
    """
    if config.kind not in KINDS:
        raise FetchError(f"There is no kind of source called {config.kind!r}; there are {', '.join(KINDS)}.", reason="kind")
    if robots is not None and config.options is not None and config.options.asks_robots:
        await robots.check(config.url)
    secret = spellings(authorization)
    address = address_spellings(config.url) if config.url_secret else Spellings()
    try:
        polled = await KINDS[config.kind](
            config, validators, fetcher=fetcher, sandbox=sandbox, now=now, authorization=authorization
        )
    except WatchlampError as error:
        clear_error(error, secret)
        clear_error(error, address)
        raise
    return cleared_of_address(cleared(polled, secret), address)
