"""Another program as a chat platform: a signed call is a message (Standard Webhooks, docs/webhooks.md).

Promises: one call makes one request, whose ``webhook-id`` is the delivery's own number on every try, so that a receiver takes it
once however often it comes; what was certainly not sent is told apart from what nobody knows. Never repeats by itself, never
says or logs the address, its host, the secret, or a word of the receiver's answer: each may give the address away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.adapters.webhook.render import document
from bot.core.clock import Clock
from bot.core.deliveries import Action, Delivery, Outcome, Receipt, Scope
from bot.core.messages import Message
from bot.core.model import Channel, Platform

SECRET_MARK = "whsec_"
"""Begins a secret that is written in base64 (Standard Webhooks 1.0.0, "Signature scheme"; seen 2026-11)."""

_LATER = frozenset({408, 425, 429, 503})
"""Not now: the request was not taken (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4, RFC 9110 15.6.4)."""
_CONTENT = frozenset({400, 413, 415, 422})
"""About this document alone (RFC 9110 15.5.1, 15.5.14, 15.5.16, 15.5.21); every other refusal is about the address."""


class Words(Protocol):
    """A secret that prints as stars."""

    def reveal(self) -> str:
        """Its value."""
        ...


class Target(Protocol):
    """Where a channel's calls go, and what they are signed with."""

    @property
    def url(self) -> Words:
        """The address."""
        ...

    @property
    def signing(self) -> Words | None:
        """The secret, or None: then calls are not signed."""
        ...


class Called(Protocol):
    """What came of a call (``bot.net.calls.Called`` has it)."""

    @property
    def status(self) -> int | None:
        """Of the answer, None if there was none."""
        ...

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait as the answer says, or None."""
        ...

    @property
    def sent(self) -> bool:
        """Whether any of the request may have left."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why there is no answer: a word."""
        ...


class Caller(Protocol):
    """Who makes the calls (``bot.net.calls.Caller``)."""

    async def call(self, address: Words, body: bytes, headers: Mapping[str, str]) -> Called:
        """POST ``body``, once."""
        ...


class Tell(Protocol):
    """A message as lines of plain text, as a terminal shows it."""

    def __call__(self, message: Message, action: Action, *, timezone: str, now: datetime) -> str:
        """The text."""
        ...


class WebhookNotifier:
    """Calls the addresses of webhook channels."""

    platform = Platform.WEBHOOK
    taken_once = True
    """A receiver knows a delivery by its number (``bot.outbox.notifier.TakenOnce``)."""

    def __init__(self, targets: Mapping[str, Target], caller: Caller, clock: Clock, *, tell: Tell) -> None:
        """Build a notifier.

        Args:
            targets: by channel id.
            caller: makes the calls.
            clock: dates each call.
            tell: makes the text that stands beside the data.
        """
        self._targets = targets
        self._caller = caller
        self._clock = clock
        self._tell = tell

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Make the one call of a delivery. The receipt's reference is the delivery's own number."""
        if delivery.message is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="the delivery has no message any more")
        target = self._targets.get(channel.id)
        if target is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="no address is set for it")
        now = self._clock.now()
        text = self._tell(delivery.message, delivery.action, timezone=channel.settings.timezone, now=now)
        body = document(delivery, delivery.message, channel, text=text)
        headers = signed(delivery.id, now, body, None if target.signing is None else target.signing.reveal())
        return _receipt(delivery.id, await self._caller.call(target.url, body, headers))


def signed(number: str, now: datetime, body: bytes, secret: str | None) -> dict[str, str]:
    """The headers of a call by Standard Webhooks.

    Args:
        number: of the delivery, the same on every try; no dots.
        now: when the call is made.
        body: byte for byte as it is sent.
        secret: ``whsec_`` and base64, or any other text, which is taken as it is; None leaves the signature out.
    """
    headers = {"Content-Type": "application/json", "webhook-id": number, "webhook-timestamp": str(int(now.timestamp()))}
    if secret is not None:
        content = f"{number}.{headers['webhook-timestamp']}.".encode() + body
        headers["webhook-signature"] = "v1," + base64.b64encode(hmac.digest(key_of(secret), content, hashlib.sha256)).decode()
    return headers


def key_of(secret: str) -> bytes:
    """The key that a secret stands for.

    Raises:
        ValueError: it begins as one in base64 does, and is none.
    """
    if not secret.startswith(SECRET_MARK):
        return secret.encode("utf-8")
    return base64.b64decode(secret.removeprefix(SECRET_MARK), validate=True)


def _receipt(number: str, called: Called) -> Receipt:
    if called.status is not None:
        return _answered(number, called.status, called.retry_after)
    if called.trouble == "address":
        why = "its address may not be called: private networks need net.allow, other ports than 80 and 443 net.allow_ports"
        return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail=why)
    return Receipt(Outcome.UNKNOWN if called.sent else Outcome.RETRY, detail=called.trouble or "")


def _answered(number: str, status: int, wait: float | None) -> Receipt:
    detail = f"status {status}"
    if 200 <= status < 300:
        return Receipt(Outcome.ACCEPTED, message_ref=number)
    if status in _LATER:
        return Receipt(Outcome.RETRY, retry_after=wait, detail=detail)
    if status >= 500:
        # who failed may have done so after taking it; a time to come again is a promise that it was not
        return Receipt(Outcome.UNKNOWN if wait is None else Outcome.RETRY, retry_after=wait, detail=detail)
    if status in _CONTENT:
        return Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail=detail)
    if 300 <= status < 400:
        detail += ": it redirects, and a call is not sent elsewhere"
    return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail=detail)
