"""Subscriptions at WebSub hubs: made where a source names a hub, renewed, given up, ended.

Promises: a hub is asked only after what it will meet on its return is stored, so that no crash makes a stranger of it; nothing
that was decided on an older state of a subscription overwrites a newer one; a source whose hub is silent, refuses or is gone is
polled as if there were none. Never tells a secret, a callback or a topic to a log, and never sends a secret where it could be
overheard.

When to do what is decided in ``leases``; what hubs bring is taken in by ``intake``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from bot.core.clock import Clock, format_instant
from bot.core.errors import FetchError
from bot.core.identity import digest
from bot.core.sources import SourceConfig
from bot.core.subscriptions import Subscription, SubscriptionState
from bot.service import leases
from bot.service.leases import REFUSED, Step, Verdict

PATH = "/websub/"
"""Where callbacks begin, below ``web.public_url``."""
KINDS = frozenset(("feed", "websub"))
"""Kinds of source whose documents can name a hub."""
AT_ONCE = 8
"""Hubs asked at a time."""
REMEMBERED = timedelta(days=30)
"""How long the digest of a push is kept: three leases of ten days, so that what a hub sent is not taken twice."""
TIDIED = timedelta(hours=1)

_UNREACHED = frozenset(("connect", "tls", "timeout", "protocol", "proxy"))

log = structlog.get_logger(__name__)

Post = Callable[[str, Mapping[str, str]], Awaitable[int]]
"""Send a form to an address; raises FetchError unless the answer is one of 2xx."""


class SubscriptionStore(Protocol):
    """What subscribing needs of the store."""

    async def subscriptions(self) -> Sequence[Subscription]:
        """Every subscription."""
        ...

    async def subscription(self, token: str) -> Subscription | None:
        """The one whose callback ends so."""
        ...

    async def due_subscriptions(self, now: datetime, limit: int) -> Sequence[Subscription]:
        """Those with something to do."""
        ...

    async def add_subscription(self, subscription: Subscription) -> None:
        """Keep a new one."""
        ...

    async def change_subscription(self, subscription: Subscription) -> bool:
        """Store one as it is now, unless it was changed since it was read."""
        ...

    async def remove_subscription(self, token: str) -> None:
        """Forget one."""
        ...

    async def forget_last_push(self, token: str) -> None:
        """Note that the hub missed something."""
        ...

    async def forget_pushes(self, before: datetime) -> int:
        """Forget what came before an instant."""
        ...


class Subscriber:
    """Keeps one subscription for each source that names a hub.

    Args:
        sources: declared, by id.
        store: what is remembered.
        post: the way out to hubs.
        base: address under which hubs reach this process, without a slash at the end.
        new_token: makes random texts of 128 bits or more, shorter than 200 bytes.
        confided: whether what is sent to an address can be overheard by nobody: https, or a network of our own.
        clock: the present.
        on_wanted: called when there is a hub to ask.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceConfig],
        *,
        store: SubscriptionStore,
        post: Post,
        base: str,
        new_token: Callable[[], str],
        confided: Callable[[str], bool],
        clock: Clock,
        on_wanted: Callable[[], None] = lambda: None,
    ) -> None:
        self._sources = sources
        self._store = store
        self._post = post
        self._base = base
        self._new_token = new_token
        self._confided = confided
        self._clock = clock
        self._on_wanted = on_wanted
        self._known: dict[str, dict[str, Subscription]] = {}  # by source and token
        self._differing: dict[str, tuple[tuple[str | None, str], int]] = {}
        self._missed: set[str] = set()
        self._hubless: set[str] = set()
        self._tidied_at: datetime | None = None
        self._working: set[asyncio.Task[None]] = set()
        self._stopping = False

    # ------------------------------------------------------------ sources

    async def at_start(self) -> None:
        """Take up what earlier runs left: end what belongs to no source any more, move what is reached at another address."""
        now = self._clock.now()
        for subscription in await self._store.subscriptions():
            self._remember(subscription)
            if not leases.is_wanted(subscription):
                continue
            config = self._sources.get(subscription.source_id)
            if config is None or not _may_subscribe(config) or subscription.address_hash != digest(config.asked):
                await self._change(leases.leaving(subscription, now))
            elif subscription.callback != self._callback(subscription.token):
                await self._change(leases.leaving(subscription, now))
                await self._add(config, subscription.hub, subscription.topic)
            elif subscription.next_due_at is None or subscription.next_due_at > now + leases.LONGEST_LEASE:
                await self._change(replace(subscription, next_due_at=now))  # the clock was years ahead when that was written

    async def refresh(self) -> None:
        """Hear what other processes did to subscriptions, and tell them what this one's polls showed.

        Raises:
            StoreError: the database does not answer.
        """
        for token in tuple(self._missed):
            await self._store.forget_last_push(token)
            self._missed.discard(token)
        known: dict[str, dict[str, Subscription]] = {}
        for subscription in await self._store.subscriptions():
            known.setdefault(subscription.source_id, {})[subscription.token] = subscription
        self._known = known

    async def discovered(self, config: SourceConfig, hub: str | None, topic: str | None, *, not_modified: bool) -> None:
        """Take note of what a source's answer says about its hub; to be called before the answer is stored.

        Args:
            config: the source.
            hub: the hub it names, None if it names none.
            topic: the address its hub knows it by; None for its own.
            not_modified: there was no document, which may name what the header fields do not: only both together count then.
        """
        if not _may_subscribe(config) or (not_modified and (hub is None or topic is None)):
            return
        current = self._current(config.id)
        if hub is not None and not (topic or config.url):
            return  # its address is secret, and it does not say by which other its hub knows it
        if hub is None and current is None:
            if config.kind == "websub" and config.id not in self._hubless:
                self._hubless.add(config.id)
                log.warning("the source names no hub, so it is polled like a feed", source=config.id)
            return
        named = (hub, topic or config.url)
        settled = [one for one in self._known.get(config.id, {}).values() if one is current or leases.is_set_aside(one)]
        if hub is not None and any((one.hub, one.topic) == named for one in settled):
            self._differing.pop(config.id, None)
            return
        before, times = self._differing.pop(config.id, (named, 0))
        times = times + 1 if before == named else 1
        if current is not None and times < leases.AGREED:
            self._differing[config.id] = (named, times)
            return
        if current is not None:
            await self._change(leases.leaving(current, self._clock.now()))
        if hub is not None:
            await self._add(config, hub, topic or config.url)
        self._on_wanted()

    def shortest_wait(self, source_id: str) -> timedelta:
        """The least time between two polls of a source: long while its hub brings its news."""
        current = self._current(source_id)
        return timedelta(0) if current is None else leases.shortest_wait(current, self._clock.now())

    def polled(self, source_id: str, new: int) -> None:
        """A poll found so many entries that the hub had not brought: from then on it has to prove itself again."""
        current = self._current(source_id)
        if new and current is not None and current.last_push_at is not None:
            self._remember(replace(current, last_push_at=None))
            self._missed.add(current.token)

    def pushed(self, source_id: str, token: str) -> None:
        """What a source's hub brought at this callback is stored."""
        known = self._known.get(source_id, {}).get(token)
        if known is not None:
            self._remember(replace(known, last_push_at=self._clock.now()))
            self._missed.discard(token)

    # ------------------------------------------------------------ hubs

    async def verify(self, token: str, asked: Mapping[str, str]) -> Verdict:
        """Answer a hub that comes back to see whether it was us who asked, or to say no.

        Raises:
            StoreError: the database does not answer.
        """
        for _ in range(3):
            subscription = await self._store.subscription(token)
            if subscription is None:
                return REFUSED
            decided = leases.verdict(subscription, asked, self._clock.now())
            if decided.after is None:
                log.warning("a hub asked about a subscription that nobody wants", source=subscription.source_id)
                return decided
            if await self._change(decided.after):
                _tell(subscription, decided.after)
                return decided
        return Verdict(503)

    async def keep_up(self) -> None:
        """Ask, renew, end and forget whatever is due; to be called often.

        Raises:
            StoreError: the database does not answer.
        """
        now = self._clock.now()
        for token in tuple(self._missed):
            await self._store.forget_last_push(token)
            self._missed.discard(token)
        if self._tidied_at is None or now - self._tidied_at >= TIDIED:
            await self._store.forget_pushes(now - REMEMBERED)
            self._tidied_at = now
        while not self._stopping and (due := await self._store.due_subscriptions(self._clock.now(), AT_ONCE)):
            self._working = {asyncio.create_task(self._do(one), name=f"hub of {one.source_id}") for one in due}
            for outcome in await asyncio.gather(*self._working, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def stop(self) -> None:
        """Ask nobody any more and wait for no hub's answer: what is stored already says what to do about it at the next start."""
        self._stopping = True
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _do(self, subscription: Subscription) -> None:
        now = self._clock.now()
        step = leases.due(subscription, now)
        if step is Step.FORGET:  # whose source names that hub with its next document subscribes anew, at another callback
            await self._store.remove_subscription(subscription.token)
            self._known.get(subscription.source_id, {}).pop(subscription.token, None)
        elif step is Step.GIVE_UP:
            reason = "its lease is over" if subscription.state is SubscriptionState.LEAVING else "the hub never agreed"
            after = leases.given_up(subscription, now, reason)
            if await self._change(after):
                _tell(subscription, after)
        else:
            await self._ask(leases.asking(subscription, now), subscribe=step is Step.SUBSCRIBE)

    async def _ask(self, asked: Subscription, *, subscribe: bool) -> None:
        """Ask a hub to begin or to end. Its address is tried encrypted first (8.2); only so it learns the secret."""
        for address in self._addresses(asked.hub):
            confided = self._confided(address)
            secret = (asked.secret or self._new_token()) if confided else None
            asked = replace(asked, secret=secret)
            if not await self._change(asked):
                return  # the hub, or another part of ours, was faster
            asked = replace(asked, version=asked.version + 1)
            try:
                await self._post(address, _form(asked, "subscribe" if subscribe else "unsubscribe"))
            except FetchError as error:
                if error.reason in _UNREACHED and address != asked.hub:
                    continue
                await self._not_agreed(asked, error)
            return

    async def _not_agreed(self, asked: Subscription, error: FetchError) -> None:
        told = log.warning if asked.failures == 1 else log.debug
        told(
            "a hub did not take our request, it is asked again later",
            source=asked.source_id,
            hub=_host(asked.hub),
            error=str(error),
        )
        after = leases.unanswered(asked, self._clock.now(), status=error.status, retry_after=error.retry_after)
        if after is not None and await self._change(after):
            _tell(asked, after)

    def _addresses(self, hub: str) -> Sequence[str]:
        parts = urlsplit(hub)
        if parts.scheme == "http" and parts.port is None and not self._confided(hub):
            return (parts._replace(scheme="https").geturl(), hub)
        return (hub,)

    # ------------------------------------------------------------ what is known

    def _current(self, source_id: str) -> Subscription | None:
        return next((one for one in self._known.get(source_id, {}).values() if leases.is_wanted(one)), None)

    def _remember(self, subscription: Subscription) -> None:
        self._known.setdefault(subscription.source_id, {})[subscription.token] = subscription

    def _callback(self, token: str) -> str:
        return f"{self._base}{PATH}{token}"

    async def _add(self, config: SourceConfig, hub: str, topic: str) -> None:
        token = self._new_token()
        added = Subscription(
            token,
            config.id,
            self._callback(token),
            hub,
            topic,
            digest(self._sources.get(config.id, config).asked),  # as it is declared, not where it has moved to since
            workspace_id=config.workspace_id,
            next_due_at=self._clock.now(),
        )
        await self._store.add_subscription(added)
        self._remember(added)

    async def _change(self, after: Subscription) -> bool:
        """Store a subscription as it is now, unless it was changed since ``after`` was decided."""
        if not await self._store.change_subscription(after):
            return False
        known = self._known.get(after.source_id, {}).get(after.token, after)
        self._remember(replace(after, version=after.version + 1, last_push_at=known.last_push_at))
        return True


def _may_subscribe(config: SourceConfig) -> bool:
    """A feed whose address or contents are secret is handed to a hub only where its kind says that this is meant."""
    private = config.secret is not None or config.url_secret
    return config.kind in KINDS and (config.kind == "websub" or not private)


def _form(subscription: Subscription, mode: str) -> dict[str, str]:
    """The request of section 5.1. ``hub.verify`` is for hubs of the older PubSubHubbub 0.3, which refuse to go without."""
    form = {
        "hub.mode": mode,
        "hub.topic": subscription.topic,
        "hub.callback": subscription.callback,
        "hub.verify": "async",
    }
    if mode == "subscribe":
        form["hub.lease_seconds"] = str(int(leases.LEASE.total_seconds()))
        if subscription.secret is not None:
            form["hub.secret"] = subscription.secret
    return form


def _tell(before: Subscription, after: Subscription) -> None:
    """Say in the log what became of a subscription; a renewal is no news."""
    about = {"source": after.source_id, "hub": _host(after.hub)}
    if after.state is SubscriptionState.VERIFIED and before.state is not after.state:
        log.info("a hub brings the source's news from now on", **about, lease_ends=format_instant(after.lease_ends_at))
    elif after.state is SubscriptionState.LEFT:
        log.info("a subscription has ended", **about, reason=after.reason)
    elif leases.is_set_aside(after):
        log.warning("no hub brings the source's news, it is polled", **about, reason=after.reason)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
