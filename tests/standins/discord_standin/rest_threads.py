"""Routes of channels, threads and forum posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import checks
from . import permissions as may
from .ask import Answer, Ask, route
from .errors import Refused
from .rest_messages import channel_of, check_body, message_of, require, waking
from .world import ANNOUNCEMENT, DM, FORUM, HAS_THREAD, TEXT, Channel


@route("GET", "/channels/{channel_id}")
async def read(api: Any, ask: Ask) -> Answer:
    return Answer(channel_of(api, ask).payload())


@route("PATCH", "/channels/{channel_id}")
async def change(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask)
    body = ask.body or {}
    if not channel.is_thread:
        require(api, channel, may.MANAGE_CHANNELS)
        raise NotImplementedError("the stand-in changes threads only")
    granted = api.world.permissions(api.world.me, channel)
    manages = bool(granted & may.MANAGE_THREADS)
    own = channel.owner is api.world.me
    if ("locked" in body or channel.locked) and not manages:
        raise Refused(50013)
    if body.keys() - {"archived"} and channel.archived and body.get("archived") is not False:
        raise Refused(50083)
    if not own and not manages and not (body.keys() == {"archived"} and body["archived"] is False):
        raise Refused(50013)
    Ask.refuse(checks.thread({"name": channel.name, **body}))
    channel.name = body.get("name", channel.name)
    channel.locked = body.get("locked", channel.locked)
    channel.auto_archive = body.get("auto_archive_duration", channel.auto_archive)
    if "applied_tags" in body:
        channel.applied_tags = _tags(channel.parent, body)
    if "archived" in body:
        channel.archived = body["archived"]
        channel.changed = api.clock.now()
    await api.gateway.dispatch("THREAD_UPDATE", channel.payload())
    return Answer(channel.payload())


def _tags(forum: Channel | None, body: dict[str, Any]) -> tuple[str, ...]:
    applied = tuple(map(str, body.get("applied_tags") or ()))
    known = {key for key, _ in forum.tags} if forum is not None else set()
    if strange := set(applied) - known:
        raise Refused(50035, problems=[(("applied_tags",), f"unknown tags {sorted(strange)}")], lawful=True)
    return applied


@route("POST", "/channels/{channel_id}/threads")
async def begin(api: Any, ask: Ask) -> Answer:
    """A forum post with its first message, or a thread without one."""
    parent = channel_of(api, ask)
    body = ask.body or {}
    Ask.refuse(checks.thread(body))
    if parent.kind not in {FORUM, TEXT, ANNOUNCEMENT}:
        raise Refused(50024)
    if parent.kind != FORUM:
        require(api, parent, may.CREATE_PUBLIC_THREADS)
        thread = await _open(api, parent, body)
        return Answer(thread.payload(), 201)
    first = body.get("message")
    if first is None:
        raise Refused(50035, problems=[(("message",), "This field is required")])
    if "nonce" in first or "enforce_nonce" in first:
        raise Refused(50035, problems=[(("message", "nonce"), "the first message of a forum post has no nonce")])
    check_body(api, first, flags=first.get("flags") or 0, allowed_flags=checks.CREATE_FLAGS, files=len(ask.files))
    require(
        api, parent, may.SEND_MESSAGES | (may.EMBED_LINKS if first.get("embeds") else 0) | (may.ATTACH_FILES if ask.files else 0)
    )
    tags = _tags(parent, body)
    closed = {key for key, name in parent.tags if name in parent.moderated}
    if closed & set(tags):
        require(api, parent, may.MANAGE_THREADS)
    if parent.tag_required and not tags:
        raise Refused(40067)
    thread = await _open(api, parent, body)
    thread.applied_tags = tags
    message = api.world.post(thread, api.world.me, first, id=thread.id, files=ask.files, pings=waking(api, thread, first))
    return Answer({**thread.payload(), "message": api.world.payload(message)}, 201)


async def _open(api: Any, parent: Channel, body: dict[str, Any], thread_id: str | None = None) -> Channel:
    thread: Channel = api.world.add_thread(
        parent, body["name"].strip(), api.world.me, id=thread_id, auto_archive=body.get("auto_archive_duration") or 4320
    )
    await api.gateway.dispatch("THREAD_CREATE", {**thread.payload(), "newly_created": True})
    return thread


@route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
async def begin_at_message(api: Any, ask: Ask) -> Answer:
    parent = channel_of(api, ask, may.VIEW_CHANNEL | may.CREATE_PUBLIC_THREADS)
    if parent.kind not in {TEXT, ANNOUNCEMENT}:
        raise Refused(50024)
    message = message_of(parent, ask.parameters["message_id"])
    Ask.refuse(checks.thread(ask.body or {}))
    if message.flags & HAS_THREAD:
        raise Refused(160004)
    thread = await _open(api, parent, ask.body, message.id)
    message.flags |= HAS_THREAD
    return Answer(thread.payload(), 201)


@route("GET", "/channels/{channel_id}/threads/archived/public")
async def archived(api: Any, ask: Ask) -> Answer:
    parent = channel_of(api, ask, may.VIEW_CHANNEL | may.READ_MESSAGE_HISTORY)
    if parent.kind == DM or parent.is_thread:
        raise Refused(50024)
    found = [thread for thread in api.world.threads(parent) if thread.archived]
    found.sort(key=lambda thread: thread.changed, reverse=True)
    if "before" in ask.query:
        before = datetime.fromisoformat(ask.query["before"])
        found = [thread for thread in found if thread.changed < before]
    limit = int(ask.query.get("limit", "50"))
    return Answer({"threads": [thread.payload() for thread in found[:limit]], "members": [], "has_more": len(found) > limit})


@route("GET", "/guilds/{guild_id}/threads/active")
async def active(api: Any, ask: Ask) -> Answer:
    guild = api.world.guilds.get(ask.parameters["guild_id"])
    if guild is None:
        raise Refused(10004)
    found = [
        thread
        for parent in guild.channels.values()
        for thread in api.world.threads(parent)
        if not thread.archived and api.world.permissions(api.world.me, thread) & may.VIEW_CHANNEL
    ]
    return Answer({"threads": [thread.payload() for thread in found], "members": [], "has_more": False})


@route("POST", "/users/@me/channels")
async def converse(api: Any, ask: Ask) -> Answer:
    user = api.world.users.get(str((ask.body or {}).get("recipient_id")))
    if user is None:
        raise Refused(50035, problems=[(("recipient_id",), "unknown user")], lawful=True)
    if user is api.world.me:
        raise Refused(50007)
    return Answer(api.world.conversation(user).payload())
