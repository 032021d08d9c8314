"""What follows a message: in its thread, and where that takes nothing, as a reply beside it.

Promises: a message has one thread, which the first reply opens and the next ones join; a thread has the id of the message it hangs
on, so that none has to be remembered; a closed, locked, full or deleted thread loses no reply. A forum post is its own thread.
"""

from __future__ import annotations

from typing import Any

from bot.adapters.discord.limits import THREAD_SLEEPS_AFTER
from bot.adapters.discord.posting import Job, accepted, create
from bot.adapters.discord.receipts import (
    CLOSED_THREAD,
    NO_REFERENCE,
    NO_ROOM_FOR_THREADS,
    THREAD_ASLEEP,
    THREAD_EXISTS,
    UNKNOWN_CHANNEL,
    receipt_of,
)
from bot.adapters.discord.render import thread_name
from bot.adapters.discord.wire import CallError
from bot.core.deliveries import Outcome, Receipt, Scope


async def reply(job: Job) -> Receipt:
    """Post in the thread of a message; where it can have none or its own is closed to us, as a reply beside it.

    Raises:
        CallError: there is no answer, or the answer is no.
    """
    try:
        return await _made(job, job.target, job.body)
    except CallError as error:
        if error.code not in CLOSED_THREAD or job.target_place == job.target:
            raise
        opened = error.code == UNKNOWN_CHANNEL and await _open(job)
    if opened:
        try:
            return await _made(job, job.target, job.body)
        except CallError as error:
            if error.code not in CLOSED_THREAD:
                raise
    reference = {"message_id": job.target, "channel_id": job.target_place, "fail_if_not_exists": True}
    try:
        return await _made(job, job.target_place, job.body | {"message_reference": reference})
    except CallError as error:
        if error.code not in NO_REFERENCE:
            raise
    return await _made(job, job.target_place, job.body)


async def edit(job: Job) -> Receipt:
    """Put the whole new message in the place of the old one; a thread that sleeps is woken for it.

    Raises:
        CallError: there is no answer, or the answer is no.
    """
    path = "/channels/{channel_id}/messages/{message_id}"
    places = {"channel_id": job.target_place, "message_id": job.target}
    try:
        made = await job.wire.call("PATCH", path, places, body=job.body)
    except CallError as error:
        if error.code != THREAD_ASLEEP:
            raise
        awake = {"archived": False}
        await job.wire.call("PATCH", "/channels/{channel_id}", {"channel_id": job.target_place}, body=awake, harmless=True)
        made = await job.wire.call("PATCH", path, places, body=job.body)
    return accepted(job.target_place, made)


async def _open(job: Job) -> bool:
    """Hang a thread on a message; False where that is not possible or not allowed. Done twice, it is there once."""
    body = {"name": thread_name(job.message), "auto_archive_duration": THREAD_SLEEPS_AFTER}
    path = "/channels/{channel_id}/messages/{message_id}/threads"
    places = {"channel_id": job.target_place, "message_id": job.target}
    try:
        await job.wire.call("POST", path, places, body=body, harmless=True)
    except CallError as error:
        if error.code == THREAD_EXISTS:
            return True
        if error.code in NO_ROOM_FOR_THREADS:
            return False  # the server has all the threads it may have: the reply need not wait for that to change
        receipt = receipt_of(error, secret=job.wire.token)
        if receipt.outcome is Outcome.REJECTED and receipt.scope in (Scope.CHANNEL, Scope.CONTENT):
            return False
        raise
    return True


async def _made(job: Job, place: str, body: dict[str, Any]) -> Receipt:
    receipt, _ = await create(job, place, body)
    return receipt
