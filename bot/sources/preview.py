"""What a new source would bring, before it is added: its entries as they would be read, its rhythm, what speaks against it.

Promises: what is shown is what the bot would read, made by the same code; every warning says what to do. ``preview`` is pure; only
``read_source`` asks a server. Never shows an address that is a secret of the configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.core.errors import DocumentError, FetchError
from bot.core.keyed import holds_a_key
from bot.core.kinds import FeedOptions
from bot.core.links import SitePage
from bot.core.model import Item, TextState
from bot.core.preview import Concern, NewSource, OtherSource, Worry
from bot.core.sources import SourceConfig
from bot.core.spoken import tr, trn
from bot.net.client import Credential
from bot.sources import registry
from bot.sources.contract import Fetches, Reads, Validators
from bot.sources.declaring import secret_name, source_id, table
from bot.sources.discovery import LEAST_WORDS, Discovery, FoundFeed
from bot.sources.entry import Entries
from bot.sources.keys import cleared_document, hidden, spellings
from bot.sources.knownsites import Candidate, Found, without_feed
from bot.sources.services import service_of
from bot.sources.shaped_feed import shaped
from bot.text.urls import canonical_url

DEAD = timedelta(days=90)
"""A source whose newest entry is older has probably stopped: weeklies and even quarterlies have not."""

NOISY = 50.0
"""Entries a day from which a source is called noisy: an agency's whole wire, a court's every filing. It is read all the same."""

RECENT = timedelta(days=30)
"""Entries of so long a time tell the rhythm, where there are that many."""

SHARED = 0.5
"""Share of entries that another source has already brought from which the two count as the same."""

FEW = 3
"""Fewer entries in common are a coincidence: a press release, a shared column."""

FEED, PAGE = "feed", "page"
_TURN = 25

_PRIVATE = (
    "Its address seems to hold a key of yours, as members' feeds do. Keep it out of the file: put the address into {variable}, "
    "which the table below names."
)
_WATCHED = (
    "No feed was found, so what changes on the page would become an entry. "
    'With options = { selector = "..." } only a part of it is watched, with options = { items = "..." } its list of links is read.'
)

Configure = Callable[[Candidate, str], SourceConfig]
"""Makes the source that a candidate stands for, under an id; ValueError if its options do not fit its kind."""


async def read_source(
    discovery: Discovery,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    configure: Configure,
    kinds: Collection[str] = (),
    declared: Sequence[SourceConfig] = (),
    authorization: Credential | None = None,
) -> NewSource:
    """What the best source behind a link would bring. A source of another kind than ``feed`` is asked once for it.

    Args:
        discovery: what was found behind the link.
        fetcher: the way out.
        sandbox: where documents are read.
        now: the present.
        configure: makes a source of what was found.
        kinds: that a configuration may name: a feed of a service that has a preset is declared as that.
        declared: sources of the configuration: their ids are taken, and the same source is told.
        authorization: the source's credential.
    """
    taken = {source.id for source in declared}
    feed = next(iter(discovery.feeds), None)
    key = spellings(authorization)
    if feed is not None:
        feed = replace(feed, document=cleared_document(feed.document, key))
        return await _of_feed(discovery, feed, now=now, configure=configure, kinds=kinds, declared=declared)
    trouble: FetchError | DocumentError | None = discovery.trouble
    for candidate in discovery.others[:1]:
        candidate = replace(candidate, title=hidden(candidate.title, key))  # noqa: PLW2901  # without what it repeats of the key
        name = source_id(candidate.title, candidate.url, taken)
        config = configure(candidate, name)
        if candidate.how is Found.WATCHED:  # the page was just read; its first poll would say no more
            title = discovery.page.title if discovery.page is not None else ""
            return preview(
                discovery, candidate, config, items=(), title=title, language=_said(discovery), now=now, declared=declared
            )
        try:
            polled = await registry.poll(
                config, Validators(), fetcher=fetcher, sandbox=sandbox, now=now, authorization=authorization
            )
        except (FetchError, DocumentError) as error:
            trouble = error
            break
        return preview(
            discovery, candidate, config, items=polled.items, title=candidate.title, language=None, now=now, declared=declared
        )
    return NewSource(discovery.asked, now, concerns=(_nothing(discovery, trouble),), others=_others(discovery.others))


def _said(discovery: Discovery) -> str | None:
    return None if discovery.page is None else discovery.page.language


async def _of_feed(
    discovery: Discovery,
    found: FoundFeed,
    *,
    now: datetime,
    configure: Configure,
    kinds: Collection[str],
    declared: Sequence[SourceConfig],
) -> NewSource:
    document = found.document
    name = source_id(document.title or found.candidate.title, found.url, {source.id for source in declared})
    candidate, config = _declared_as(replace(found.candidate, url=found.url), name, configure, kinds)
    entries = Entries(document, config, now)
    for index, entry in enumerate(document.entries):
        entries.add(shaped(entry, config.options) if isinstance(config.options, FeedOptions) else entry)
        if index % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    made = preview(
        discovery,
        candidate,
        config,
        items=entries.items(),
        title=document.title,
        language=document.language,
        now=now,
        declared=declared,
    )
    if found.moved:
        told = Concern(
            Worry.MOVED, tr("{url} has moved there for good; the new address is the one to keep.", url=found.candidate.url)
        )
        made = replace(made, concerns=(*made.concerns, told))
    more = tuple(_other(replace(one.candidate, url=one.url, title=one.document.title)) for one in discovery.feeds[1:])
    return replace(made, others=(*more, *made.others))


def _declared_as(candidate: Candidate, name: str, configure: Configure, kinds: Collection[str]) -> tuple[Candidate, SourceConfig]:
    """A service's feed as the service's preset, if there is one and its options fit; any other feed as a feed."""
    service = service_of(candidate.url)
    if service is not None and service[0] in kinds:
        preset = replace(candidate, kind=service[0], options=tuple(service[1].items()))
        with contextlib.suppress(ValueError):
            return preset, configure(preset, name)
    return candidate, configure(candidate, name)


def preview(
    discovery: Discovery,
    candidate: Candidate,
    config: SourceConfig,
    *,
    items: Sequence[Item],
    title: str,
    language: str | None,
    now: datetime,
    declared: Sequence[SourceConfig] = (),
) -> NewSource:
    """What a source would bring.

    Args:
        discovery: what was found behind the link.
        candidate: how this source was found.
        config: as it would be declared.
        items: its entries, oldest first.
        title: what it calls itself, or empty.
        language: what it says of its language, or None.
        now: the present.
        declared: sources of the configuration.
    """
    newest_first = tuple(reversed(items))
    said = language or next(iter(Counter(item.language for item in items if item.language).most_common(1)), (None,))[0]
    dates = sorted(item.date_published for item in items if item.date_published is not None)
    options = dict(candidate.options)
    private = config.options is None and holds_a_key(config.url)
    return NewSource(
        asked=discovery.asked,
        looked_at=now,
        config=config,
        kind=candidate.kind,
        why=candidate.why,
        title=title or (urlsplit(config.url).hostname or ""),
        language=said,
        items=newest_first,
        per_day=rhythm(dates, now),
        newest=dates[-1] if dates else None,
        concerns=tuple(_concerns(config, newest_first, dates, title, now=now, declared=declared)),
        others=_others(one for one in discovery.others if one != candidate),
        table=table(
            source_id=config.id,
            kind=candidate.kind,
            url=None if options else config.url,
            options=options,
            secret=config.secret,
            url_secret=secret_name(config.id) if private else None,
        ),
    )


def rhythm(dates: Sequence[datetime], now: datetime) -> float | None:
    """Entries a day, from dates in order; None if fewer than two tell.

    A feed shows its last entries, however long they reach back. Where they reach back further than a month and the month has
    entries, the month tells; else all of them do, from the oldest until now: a feed that has stopped slows down. What came within
    one day tells of one day, not of less.
    """
    past = [date for date in dates if date <= now]
    if len(past) < 2:
        return None
    recent = [date for date in past if now - date <= RECENT]
    if past[0] < now - RECENT and len(recent) >= 2:
        return len(recent) / (RECENT / timedelta(days=1))
    return len(past) / max((now - past[0]) / timedelta(days=1), 1.0)


def doubles(config: SourceConfig, known: Mapping[str, str], items: Sequence[Item]) -> Concern | None:
    """Whether another source has brought the same entries.

    Args:
        config: the new source.
        known: id of the source that brought it, by canonical address, of those entries that are in the database.
        items: entries of the new source.
    """
    addresses = {item.canonical_url for item in items if item.canonical_url}
    counts = Counter(known[address] for address in addresses if known.get(address, config.id) != config.id)
    for name, count in counts.most_common(1):
        if count >= FEW and count >= SHARED * len(addresses):
            told = tr(
                "{count} of its {addresses} entries have already come from the source {name}. Adding it brings little new.",
                count=count,
                addresses=len(addresses),
                name=name,
            )
            return Concern(Worry.DOUBLED, told)
    return None


def _concerns(
    config: SourceConfig,
    items: Sequence[Item],
    dates: Sequence[datetime],
    title: str,
    *,
    now: datetime,
    declared: Sequence[SourceConfig],
) -> list[Concern]:
    told = []
    if (same := _declared_already(config, declared)) is not None:
        told.append(
            Concern(Worry.DOUBLED, tr("The source {id} of the configuration is the same. There is nothing to add.", id=same.id))
        )
    if config.options is None and holds_a_key(config.url):
        told.append(Concern(Worry.PRIVATE, _PRIVATE.format(variable=f"WATCHLAMP_URL_{secret_name(config.id)}")))
    if config.kind == PAGE:
        told.append(Concern(Worry.PAGE, _WATCHED))
        return told
    if not items:
        told.append(
            Concern(Worry.EMPTY, tr("It has no entries now. It may be new, or no longer written; look again in some days."))
        )
        return told
    if dates and now - dates[-1] > DEAD:
        days = (now - dates[-1]).days
        told.append(
            Concern(
                Worry.DEAD,
                tr("Its newest entry is {days:,} days old. It has probably stopped; look for where they publish now.", days=days),
            )
        )
    per_day = rhythm(dates, now)
    if per_day is not None and per_day > NOISY:
        told.append(
            Concern(
                Worry.NOISY,
                tr(
                    "It brings {round:,} entries a day. Look for a narrower feed of the same site, such as a section's.",
                    round=round(per_day),
                ),
            )
        )
    if 2 * len(dates) < len(items):
        which = (
            tr("None of its entries has")
            if not dates
            else tr("Only {dates} of its {items} entries have", dates=len(dates), items=len(items))
        )
        told.append(
            Concern(
                Worry.UNDATED,
                tr("{which} a date. Old entries cannot be told from new ones but by when they were first seen.", which=which),
            )
        )
    if _is_about_comments(title):
        told.append(Concern(Worry.COMMENTS, tr("It seems to hold readers' comments, not articles.")))
    short = sum(item.text_state is not TextState.FULL for item in items)
    if config.kind == FEED and 2 * short > len(items):
        which = (
            tr("Its entries have")
            if short == len(items)
            else tr("{short} of its {items} entries have", short=short, items=len(items))
        )
        told.append(
            Concern(
                Worry.TEASERS,
                tr(
                    "{which} no whole article. That is fine: each article's own page is read for the rest.",
                    which=which,
                ),
            )
        )
    return told


def _is_about_comments(title: str) -> bool:
    words = title.casefold()
    return words.startswith(("comments on", "comments for", "kommentare zu", "commentaires sur", "comentarios en"))


def _declared_already(config: SourceConfig, declared: Sequence[SourceConfig]) -> SourceConfig | None:
    """The declared source that asks the same: ``http``, ``www.`` and a slash at the end make no other feed."""
    asked = _same(config)
    return next((source for source in declared if not source.url_secret and _same(source) == asked), None)


def _same(config: SourceConfig) -> tuple[str, str]:
    address = canonical_url(config.url) or config.url
    return (address, "" if config.options is None else f"{config.kind} {config.options!r}")


def _nothing(discovery: Discovery, trouble: FetchError | DocumentError | None) -> Concern:
    """Why there is nothing to add, and what to do."""
    if (sentence := without_feed(discovery.asked)) is not None:
        return Concern(Worry.NONE, sentence)
    if isinstance(trouble, FetchError):
        return _refused(trouble)
    if trouble is not None:
        return Concern(Worry.NONE, str(trouble))
    return Concern(Worry.NONE, _of_page(discovery.page))


def _refused(error: FetchError) -> Concern:
    if error.status in {401, 402, 407}:
        told = tr(
            "{error} It asks for a key: put user:password, or the key, into WATCHLAMP_SECRET_NAME; look again with --secret NAME.",
            error=error,
        )
        return Concern(Worry.KEY, told)
    if error.status in {429, 503}:
        wait = "" if error.retry_after is None else tr(" It asks to wait {span}.", span=_span(error.retry_after))
        return Concern(Worry.BLOCKED, tr("{error}{wait} It has enough requests now; try again later.", error=error, wait=wait))
    if error.status in {403, 451}:
        return Concern(
            Worry.BLOCKED,
            tr("{error} It lets no programs in, or not this one: set net.contact, and ask the publisher for a feed.", error=error),
        )
    return Concern(Worry.NONE, str(error))


def _span(seconds: float) -> str:
    """A time in the largest unit that it has two of, or that it is."""
    if seconds >= 2 * 86_400 or seconds == 86_400:
        return trn("{count:,} day", "{count:,} days", round(seconds / 86_400))
    if seconds >= 2 * 3_600 or seconds == 3_600:
        return trn("{count:,} hour", "{count:,} hours", round(seconds / 3_600))
    if seconds >= 120 or seconds == 60:
        return trn("{count:,} minute", "{count:,} minutes", round(seconds / 60))
    return trn("{count:,} second", "{count:,} seconds", max(round(seconds), 1))


def _of_page(page: SitePage | None) -> str:
    if page is None:
        return tr("Nothing to read was found behind this link.")
    if page.parked:
        return tr("This domain is for sale: whoever was there has gone.")
    if page.login:
        return tr("This page asks for a login and names no feed. If you have an account, look there for a private feed address.")
    if page.words < LEAST_WORDS:
        return tr("This page shows nothing without a browser and names no feed. Look on the site for the word RSS.")
    return tr("This page names no feed, and the usual places have none. Look on the site for the word RSS, or ask the publisher.")


def _others(candidates: Iterable[Candidate]) -> tuple[OtherSource, ...]:
    return tuple(_other(one) for one in candidates)


def _other(candidate: Candidate) -> OtherSource:
    return OtherSource(candidate.kind, candidate.url, candidate.title, candidate.why)
