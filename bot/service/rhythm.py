"""When to ask a source next, and where: pure, from its configuration, what is remembered of it, and what was answered.

Promises: never sooner than the operator, the server, the document and ``net.min_interval`` each allow; never for ever later, unless
the server said that it is gone; the same facts give the same instant. Time comes in as ``now``. Never asks, stores or tells.

The interval written in the configuration is what the operator asks for: the base. A source without one is asked about twice
between two of its entries, from every quarter of an hour to once a day (``adaptive``). To either comes what the other side asks
for (``Wishes``), and after failures the back-off; the latest of all these wins. What is added for spreading is the same for a
source every time, so that sources of one interval do not come as a herd.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from bot.core.errors import DocumentError, FetchError, WatchlampError
from bot.core.identity import digest
from bot.core.sources import SourceConfig, SourceState
from bot.core.wishes import NO_WISHES, Wishes
from bot.text.platforms import is_registrable
from bot.text.urls import host

SHORTEST = timedelta(minutes=15)
"""Shortest interval that follows from a source's own rhythm; an operator may write a shorter one."""
LONGEST = timedelta(hours=24)
"""Longest interval that follows from a rhythm or from freshness: a server that calls its answer good for a year does not mean
that its readers should not come back before."""
LONGEST_BACK_OFF = timedelta(hours=24)
"""A failing source is still asked once a day: outages end."""
SILENCE_PARTS = 24
"""A silent source is asked no sooner than after this part of its silence: after a day each hour, after 24 days daily."""
THROTTLED_FOR = timedelta(minutes=30)
"""First pause of a whole site that says it is asked too often and not for how long; doubled each time up to a day."""
ADOPTED_AFTER_POLLS = 5
ADOPTED_AFTER = timedelta(days=2)
"""A permanent redirect is believed after so many identical answers over so long: hacked or misconfigured sites send such too."""
FORSAKEN_AFTER = 5
"""Failures in a row after which an adopted address is given up, and the configured one asked again."""
FORBIDDEN_LATELY = timedelta(days=2)
"""A 403 from a source that worked so lately is taken for "too often": Reddit and others say so in place of 429."""
LATEST_SPREAD = timedelta(minutes=30)
GONE = "gone"
"""``SourceState.trouble`` of a source that is not asked any more."""


class Answer(Protocol):
    """What a source answered, as far as its rhythm goes (``bot.sources.contract.Polled``)."""

    @property
    def not_modified(self) -> bool:
        """The source says that nothing changed."""
        ...

    @property
    def etag(self) -> bytes | None:
        """Validator, the server's own bytes."""
        ...

    @property
    def last_modified(self) -> bytes | None:
        """Validator, the server's own bytes."""
        ...

    @property
    def memory(self) -> str | None:
        """What the kind wrote down for its next poll; None leaves what it wrote before."""
        ...

    @property
    def wishes(self) -> Wishes:
        """What the other side asks for."""
        ...

    @property
    def place(self) -> str:
        """Which address the validators are from."""
        ...

    @property
    def moved_to(self) -> str | None:
        """Where it says that it has moved for good."""
        ...


# ---------------------------------------------------------------- when


def next_poll(
    config: SourceConfig, state: SourceState, now: datetime, *, least: timedelta = timedelta(0), hopeful: bool = False
) -> datetime:
    """When to ask next, by all that is remembered.

    Args:
        config: the source.
        state: after the poll that just ended, or before one that begins.
        now: when that was.
        least: ``net.min_interval``.
        hopeful: a poll begins, so failures before it do not count yet.
    """
    failures = 0 if hopeful else state.failures
    due = now + max(_backed_off(interval(config, state, now), failures), least)
    if not failures and state.wishes is not NO_WISHES:
        due = max(due, wished(state.wishes, now))
    due += spread(config.id) * min((due - now) / 20, LATEST_SPREAD)
    return _outside(state.wishes, due, config.id) if state.wishes.skip_hours or state.wishes.skip_days else due


def interval(config: SourceConfig, state: SourceState, now: datetime) -> timedelta:
    """The time between two polls before anybody else is heard: the operator's, or the source's own."""
    if not config.adaptive or state.distance is None:
        return config.interval
    own = timedelta(seconds=min(state.distance / 2, LONGEST.total_seconds()))
    silence = (now - state.newest_at) / SILENCE_PARTS if state.newest_at is not None else timedelta(0)
    return min(max(own, silence, SHORTEST), LONGEST)


def _backed_off(base: timedelta, failures: int) -> timedelta:
    longest = max(LONGEST_BACK_OFF, base)
    return min(base * 2**failures, longest) if failures < 16 else longest


def wished(wishes: Wishes, now: datetime) -> datetime:
    """The earliest instant that headers and document allow, hours and days to skip left out of account."""
    seconds = max(wishes.fresh or 0, wishes.ttl or 0, 0 if wishes.since else wishes.every or 0)
    due = now + min(timedelta(seconds=seconds), LONGEST)
    if wishes.every and wishes.since:
        due = max(due, min(_next_update(wishes.since, wishes.every, now), now + LONGEST))
    return due


def _next_update(since: datetime, every: int, now: datetime) -> datetime:
    """The first of the instants ``since``, ``since + every`` ... that lies after ``now``."""
    past = (now - since).total_seconds()
    return since + timedelta(seconds=(math.floor(past / every) + 1) * every)


@lru_cache(maxsize=10_000)
def spread(source_id: str) -> float:
    """A number from 0 to 1 that is the source's own and always the same."""
    return int(digest("spread", source_id, size=2), 16) / 0x10000


def _outside(wishes: Wishes, due: datetime, source_id: str) -> datetime:
    """The first instant from ``due`` on that lies in no hour and on no day to be skipped; who skips everything, skips nothing."""
    hours, days = frozenset(wishes.skip_hours), frozenset(wishes.skip_days)
    hours = frozenset() if len(hours) >= 24 else hours
    days = frozenset() if len(days) >= 7 else days
    moved = due
    while moved.hour in hours or moved.weekday() in days:
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moved if moved == due else moved + spread(source_id) * timedelta(minutes=10)


# ---------------------------------------------------------------- what is remembered of a poll


def after_success(
    config: SourceConfig, state: SourceState, polled: Answer, now: datetime, *, least: timedelta = timedelta(0)
) -> SourceState:
    """The state after an answer.

    A 200 without validators drops the old ones; a 304 keeps what it does not name, wishes and freshness too (RFC 9111 4.3.4).
    """
    kept = polled.not_modified
    wishes = polled.wishes
    if kept:
        wishes = state.wishes if wishes.fresh is None else replace(state.wishes, fresh=wishes.fresh)
    after = replace(
        _redirected(config, state, polled.moved_to, now),
        etag=polled.etag or (state.etag if kept else None),
        last_modified=polled.last_modified or (state.last_modified if kept else None),
        memory=state.memory if polled.memory is None else polled.memory,
        place=polled.place or (state.place if kept else ""),
        wishes=wishes,
        last_success_at=now,
        baselined_at=state.baselined_at or now,
        failures=0,
        last_error="",
        throttled_until=None,
    )
    return replace(after, next_due_at=next_poll(config, after, now, least=least))


def after_failure(
    config: SourceConfig, state: SourceState, error: WatchlampError, now: datetime, *, least: timedelta = timedelta(0)
) -> SourceState:
    """The state after a failed poll. A server's Retry-After is never undercut; validators and baseline stay.

    An adopted address that fails again and again, or is gone, is given up: the configured one is asked next.
    """
    memory = error.memory if isinstance(error, DocumentError) and error.memory is not None else state.memory
    failed = replace(state, failures=state.failures + 1, last_error=str(error), throttled_until=None, memory=memory)
    if state.adopted_url and (failed.failures >= FORSAKEN_AFTER or is_gone(error)):
        failed = replace(failed, adopted_url="", moved_to="", moved_polls=0, moved_since=None)
    due = next_poll(config, failed, now, least=least)
    asked = retry_after(error)
    if asked is not None:
        due = max(due, now + asked + spread(config.id) * min(asked / 20, LATEST_SPREAD))
    return replace(failed, next_due_at=due)


def retry_after(error: WatchlampError) -> timedelta | None:
    """How long the server asked us to stay away, or None."""
    seconds = error.retry_after if isinstance(error, FetchError) else None
    return None if seconds is None else timedelta(seconds=seconds)


def is_gone(error: WatchlampError) -> bool:
    """Whether the server says that what is at this address will not come back (RFC 9110 15.5.11)."""
    return isinstance(error, FetchError) and error.reason == GONE


# ---------------------------------------------------------------- where


def _redirected(config: SourceConfig, state: SourceState, target: str | None, now: datetime) -> SourceState:
    """The state with what this answer says about where the source lives; a secret address is never written down."""
    if target is None or config.url_secret:
        return state if not state.moved_polls else replace(state, moved_to="", moved_polls=0, moved_since=None)
    if target != state.moved_to:
        return replace(state, moved_to=target, moved_polls=1, moved_since=now)
    polls, since = state.moved_polls + 1, state.moved_since or now
    if polls >= ADOPTED_AFTER_POLLS and now - since >= ADOPTED_AFTER:
        return replace(state, adopted_url=target, moved_to="", moved_polls=0, moved_since=None)
    return replace(state, moved_polls=polls, moved_since=since)


# ---------------------------------------------------------------- a whole site


def site_of(url: str) -> str:
    """Who is meant by "you ask too often": the registrable domain, whatever stands before it; an address in numbers with its port.

    A platform that gives every customer a name below its own (tumblr.com, substack.com) is one site: it counts them together.
    """
    name = host(url)
    if name is None:
        return url
    labels = name.split(".")
    if name.startswith("[") or labels[-1].isdigit() or labels[-1] == "localhost":
        return url.partition("://")[2].partition("/")[0].lower()
    return ".".join(labels[-2:] if len(labels) < 3 or is_registrable(labels[-2:]) else labels[-3:])


@dataclass(frozen=True, slots=True)
class Throttle:
    """A site that wants to be left alone: until when, and how often in a row it said so."""

    until: datetime
    times: int = 1


def is_throttled(state: SourceState, error: WatchlampError, now: datetime) -> bool:
    """Whether a failure is about how often we ask, and so about all sources of the site.

    Args:
        state: before the poll.
        error: the failure.
        now: when it was.
    """
    if not isinstance(error, FetchError):
        return False
    lately = state.last_success_at is not None and now - state.last_success_at <= FORBIDDEN_LATELY
    return error.throttled or (error.status == 403 and lately)


def throttled(before: Throttle | None, error: WatchlampError, now: datetime) -> Throttle:
    """What becomes of a site that was throttled (``before``, or None) and says it again."""
    times = 1 if before is None else before.times + (1 if now >= before.until else 0)
    asked = retry_after(error)
    wait = asked if asked is not None else min(THROTTLED_FOR * 2 ** min(times - 1, 16), LONGEST_BACK_OFF)
    until = now + wait
    return Throttle(until if before is None else max(until, before.until), times)
