"""What a failed call means for a delivery. Pure but for the types of discord.py and aiohttp.

Promises: what Discord refused is told by what the refusal is about; what was never sent may be sent again; everything
else is unknown. No receipt holds a secret: details are made of statuses, codes and Discord's own short words.
Codes: docs.discord.com/developers/topics/opcodes-and-status-codes (seen 2026-11).
"""

from __future__ import annotations

import aiohttp

from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import BLOCKED_WAIT, CROWDED_WAIT
from bot.adapters.discord.wire import CallError, ClosedError, MadeOnceError, asked_to_wait
from bot.core.deliveries import Outcome, Receipt, Scope
from bot.core.leased import LeaseOverError
from bot.text.inert import plain

UNKNOWN_CHANNEL = 10_003
UNKNOWN_MESSAGE = 10_008
INVALID_FORM = 50_035
THREAD_EXISTS = 160_004
THREAD_ASLEEP = 50_083
THREAD_LOCKED = 160_005
TOO_MANY_THREADS = 160_006
NO_ROOM_FOR_THREADS = frozenset({TOO_MANY_THREADS, 160_007})
"""A server has as many active threads, or announcement threads, as it may have."""
NO_REFERENCE = frozenset({50_013, 160_002})
"""No reply to a message without permission to read the history it stands in; what needs no reply may be said all the same."""

CANNOT_EDIT = frozenset(
    {
        20_022,  # an announcement that cannot be edited any more
        30_046,  # too many edits of a message older than an hour
    }
)
"""The message stands and may not be changed: what it should say can still be said below it."""

CLOSED_THREAD = frozenset(
    {
        UNKNOWN_CHANNEL,  # none was opened, or a person deleted it
        50_001,  # missing access
        50_013,  # missing permissions: to send in threads, or to wake one that a moderator closed
        30_033,  # as many people follow it as may; who writes there follows it
        THREAD_ASLEEP,
        THREAD_LOCKED,
    }
)
"""What a thread says that takes no message of ours; the channel it hangs in may take it all the same."""
_CHANNEL = frozenset(
    {
        UNKNOWN_CHANNEL,
        10_004,  # unknown guild
        40_067,  # this forum wants a tag on every post
        50_001,  # missing access
        50_007,  # cannot send messages to this user
        50_008,  # not a text channel
        50_013,  # missing permissions
        50_024,  # not on this type of channel
        160_002,  # no reply without permission to read message history
    }
)
_MESSAGE = frozenset(
    {
        UNKNOWN_MESSAGE,
        *CANNOT_EDIT,
        50_005,  # written by another user
        50_021,  # a system message
        30_033,
        THREAD_ASLEEP,
        THREAD_LOCKED,
    }
)
_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, ClosedError, LeaseOverError)
"""Name resolution, connecting and TLS failed, nobody is logged in, or it is another's by now: no byte of the request left."""


def receipt_of(error: CallError, *, secret: str) -> Receipt:
    """What a failed call of a create or an edit means.

    Args:
        error: the failure.
        secret: the token, which no detail may hold, not even if a server sends it back.
    """
    receipt = _receipt(error)
    if error.harmless and receipt.outcome is Outcome.UNKNOWN:
        return Receipt(Outcome.RETRY, detail=receipt.detail)  # nothing that shows twice was asked for
    if error.doubtful and not error.harmless and receipt.outcome is Outcome.RETRY:
        return Receipt(Outcome.UNKNOWN, detail=receipt.detail)  # an earlier request of the same call may have arrived
    if secret and secret in receipt.detail:
        return Receipt(receipt.outcome, scope=receipt.scope, retry_after=receipt.retry_after)
    return receipt


def blocks_everything(error: CallError) -> bool:
    """Whether it was not Discord's API that refused, but the gate-keeper before it: every further call makes it worse."""
    return isinstance(error.cause, discord.HTTPException) and _from_the_gate(error.cause)


def _receipt(error: CallError) -> Receipt:
    cause = error.cause
    match cause:
        case discord.RateLimited() if error.code in _MESSAGE:
            return Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail=f"429, code {error.code}")
        case discord.RateLimited():
            return Receipt(Outcome.RETRY, retry_after=cause.retry_after, detail="rate limited")
        case discord.HTTPException():
            return _refusal(cause)
        case KeyError() | ValueError() | TypeError() if error.limited:  # discord.py found no seconds in the body
            return Receipt(Outcome.RETRY, retry_after=error.wait, detail="rate limited")
    if isinstance(cause, _BEFORE_SENDING):
        return Receipt(Outcome.RETRY, detail=f"not sent ({type(cause).__name__})")
    made_once = isinstance(cause, MadeOnceError)
    return Receipt(Outcome.UNKNOWN, detail="the server failed on a call that is made once" if made_once else type(cause).__name__)


def _refusal(cause: discord.HTTPException) -> Receipt:
    words = plain(cause.text, 200)
    detail = f"{cause.status}, code {cause.code}" + (f": {words}" if cause.code and words else "")
    if _from_the_gate(cause):
        return Receipt(
            Outcome.RETRY,
            retry_after=asked_to_wait(cause.response.headers) or BLOCKED_WAIT,
            detail=f"blocked before the API ({cause.status})",
        )
    if cause.code in NO_ROOM_FOR_THREADS:
        return Receipt(Outcome.RETRY, retry_after=CROWDED_WAIT, detail=detail)
    scope = _about(cause)
    if scope is not None:
        return Receipt(Outcome.REJECTED, scope=scope, detail=detail)
    if cause.status == 429:
        return Receipt(Outcome.RETRY, retry_after=asked_to_wait(cause.response.headers), detail=detail)
    return Receipt(Outcome.UNKNOWN, detail=detail)


def _about(cause: discord.HTTPException) -> Scope | None:
    """What a refusal is about; None if it is none."""
    status, code = cause.status, cause.code
    if status == 401:
        return Scope.TOKEN
    if code in _MESSAGE or (code == INVALID_FORM and "message_reference" in cause.text):
        return Scope.MESSAGE
    if code in _CHANNEL or (status in (403, 404) and not code):
        return Scope.CHANNEL
    return None if status == 429 or status >= 500 else Scope.CONTENT


def _from_the_gate(cause: discord.HTTPException) -> bool:
    """Whether Cloudflare answered: Discord's own answers carry ``Via`` and, where they refuse, a JSON body with a code.

    discord.py tells the two apart by the same header.
    """
    return cause.status in (403, 429) and "Via" not in cause.response.headers and not cause.code
