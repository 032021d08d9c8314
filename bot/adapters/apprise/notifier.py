"""Any service that Apprise knows as a chat platform: plain text, one way (github.com/caronc/apprise).

Promises: one delivery is one notification of one service, or none; text alone, without marks that a service might obey; a call
lasts at most its deadline and never blocks the loop. Apprise says whether a service took a message, and not why it did not: what is
not certain is unknown, never guessed. Never says or logs the address: it is the credential. Never follows a redirect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import Protocol

from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

from bot.adapters.apprise.escape import calm
from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, Outcome, Receipt, Scope
from bot.core.leased import must_be_ours
from bot.core.messages import Message
from bot.core.model import Channel, Platform
from bot.core.reasons import Reason
from bot.text.inert import clip

DEADLINE = 30.0
"""Seconds of a call: Apprise's own limits are 4 to connect and 4 for each answer (its URLBase); some services need several."""
THREADS = 4
"""Calls at a time, all channels together: Apprise waits in threads."""
_NO_NEWS = frozenset({Reason.NEW_OUTLET, Reason.BETTER_SOURCE, Reason.REVISED})
"""Edits that are left out: a further message for each would be a flood, and corrections and headlines that say something else
come as replies. Merges, what a person took apart, and messages that people took back are told in one."""


class Words(Protocol):
    """A secret that prints as stars."""

    def reveal(self) -> str:
        """Its value."""
        ...


class Tell(Protocol):
    """A message as lines of plain text, as a terminal shows it."""

    def __call__(self, message: Message, action: Action, *, timezone: str, now: datetime) -> str:
        """The text."""
        ...


class AppriseNotifier:
    """Notifies services through Apprise."""

    platform = Platform.APPRISE

    def __init__(self, targets: Mapping[str, Words], clock: Clock, *, tell: Tell, deadline: float = DEADLINE) -> None:
        """Build a notifier.

        Args:
            targets: Apprise addresses by channel id.
            clock: tells the year where a message's date needs it.
            tell: makes the text.
            deadline: seconds a call may last.
        """
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs hosts, and what services answer
        logging.getLogger("urllib3").setLevel(logging.ERROR)  # below it, and it logs whole addresses when it tries again
        self._targets = targets
        self._clock = clock
        self._tell = tell
        self._deadline = deadline
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")

    def close(self) -> None:
        """Begin no more calls; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Make the one notification of a delivery. The receipt's reference is the delivery's own number: services give none."""
        if delivery.message is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="the delivery has no message any more")
        if delivery.action is Action.EDIT and delivery.reason in _NO_NEWS:
            return Receipt(Outcome.REJECTED, scope=Scope.EDIT, detail="the service cannot edit what it was sent")
        target = self._targets.get(channel.id)
        if target is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="no address is set for it")
        text = self._tell(delivery.message, delivery.action, timezone=channel.settings.timezone, now=self._clock.now())
        return await self._called(delivery.id, partial(_notified, target.reveal(), calm(text), self._deadline))

    async def _called(self, number: str, notify: Callable[[], bool | None]) -> Receipt:
        call = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, notify)
        try:
            async with asyncio.timeout(self._deadline):
                taken = await call
        except TimeoutError:
            return Receipt(Outcome.UNKNOWN, detail="no answer in time")
        if taken is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="its address is none that Apprise knows")
        if taken:
            return Receipt(Outcome.ACCEPTED, message_ref=number)
        return Receipt(Outcome.UNKNOWN, detail="Apprise could not say that the service took it")


def _service(address: str, deadline: float) -> Apprise | None:
    """The one service of an address; None if Apprise knows none, or the address names several."""
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, allow_templates=False, service_timeout=deadline)
    asset.async_mode = False
    asset.http_redirects = False
    service = Apprise(asset=asset)
    return service if service.add(address) and len(service) == 1 else None


def _fitting(service: Apprise, text: str) -> tuple[str, str]:
    """Title and body within the service's limits: the first line is the title; a service without titles gets it all as body."""
    (plugin,) = service
    title, _, body = text.partition("\n")
    if not body or plugin.title_maxlen <= 0:
        return "", clip_lines(text, plugin.body_maxlen)
    return clip(title, plugin.title_maxlen), clip_lines(body, plugin.body_maxlen)


def clip_lines(text: str, limit: int) -> str:
    """``text``, or as many whole lines of it as ``limit`` code points hold, with an ellipsis below."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    last = cut.rfind("\n")
    return clip(text, limit) if last < limit // 2 else f"{cut[:last]}\n…"


def _notified(address: str, text: str, deadline: float) -> bool | None:
    """Runs in a thread, with the import of all plugins on the first address; None if the address is not one of one service."""
    service = _service(address, deadline)
    if service is None:
        return None
    title, body = _fitting(service, text)
    must_be_ours()  # the call may have waited for a thread, and for that import
    return bool(service.notify(body=body, title=title, body_format=NotifyFormat.TEXT))
