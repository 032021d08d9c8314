"""Routes of messages: create with nonce memory, edit, delete, read, publish."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from . import checks
from . import permissions as may
from .ask import Answer, Ask, route
from .errors import Refused
from .pings import Pings, pings
from .world import ANNOUNCEMENT, CROSSPOSTED, DM, FORUM, Channel, Message

OLD = timedelta(hours=1)


def channel_of(api: Any, ask: Ask, need: int = may.VIEW_CHANNEL) -> Channel:
    """The channel of the path, with what the application must be allowed there."""
    channel: Channel | None = api.world.channels.get(ask.parameters["channel_id"])
    if channel is None or channel.gone:
        raise Refused(10003)
    require(api, channel, need)
    return channel


def require(api: Any, channel: Channel, need: int) -> None:
    """Refuse unless the application has all of ``need`` in ``channel``."""
    granted = api.world.permissions(api.world.me, channel)
    if not granted & may.VIEW_CHANNEL:
        raise Refused(50001)
    if need & ~granted:
        raise Refused(50013)


def message_of(channel: Channel, message_id: str) -> Message:
    """A message that is still there."""
    message = channel.messages.get(message_id)
    if message is None:
        raise Refused(10008)
    return message


def check_body(api: Any, body: dict[str, Any], *, flags: int, allowed_flags: int, files: int) -> None:
    """Refuse a message body that is too large, contradicts itself or shows nothing."""
    Ask.refuse(checks.message(body, flags=flags, allowed_flags=allowed_flags))
    api.violations += checks.collapsed(body)
    if checks.is_empty(body, files):
        raise Refused(50006)


def check_sending(api: Any, channel: Channel, ask: Ask) -> None:
    """Refuse what the channel's kind, state or permissions forbid."""
    if channel.kind == FORUM:
        raise Refused(50008)
    if channel.kind == DM:
        if channel.recipient is not None and not channel.recipient.takes_dms:
            raise Refused(50007)
        return
    need = may.SEND_MESSAGES
    if ask.body.get("embeds"):
        need |= may.EMBED_LINKS
    if ask.files:
        need |= may.ATTACH_FILES
    if ask.body.get("message_reference"):
        need |= may.READ_MESSAGE_HISTORY
    require(api, channel, need)
    if channel.is_thread and channel.locked and not api.world.permissions(api.world.me, channel) & may.MANAGE_THREADS:
        raise Refused(160005)


def waking(api: Any, channel: Channel, body: dict[str, Any], replied_to: str | None = None) -> Pings:
    """Whom a body of the application wakes in a channel."""
    return pings(body, guild=channel.guild, granted=api.world.permissions(api.world.me, channel), replied_to=replied_to)


@route("POST", "/channels/{channel_id}/messages")
async def create(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask)
    body = ask.body or {}
    check_body(api, body, flags=body.get("flags") or 0, allowed_flags=checks.CREATE_FLAGS, files=len(ask.files))
    check_sending(api, channel, ask)
    nonce = body.get("nonce")
    key = (api.world.me.id, str(nonce))
    if nonce is not None and body.get("enforce_nonce") and key in api.nonces:
        before, at = api.nonces[key]
        if api.clock.now() - at < api.nonce_window:
            home = api.world.channels[before.channel_id]
            if before.id not in home.messages:
                raise Refused(10008)  # the first one was deleted meanwhile
            return Answer(api.world.payload(before))
    reference, replied_to = _reference(channel, body)
    message = api.world.post(
        channel,
        api.world.me,
        body,
        nonce=nonce,
        files=ask.files,
        reference=reference,
        kind=19 if reference else 0,
        pings=waking(api, channel, body, replied_to),
    )
    if channel.is_thread and channel.archived:
        channel.archived = False  # a new message wakes an archived thread that is not locked
        channel.changed = api.clock.now()
    if nonce is not None:
        api.nonces[key] = (message, api.clock.now())
    await api.gateway.dispatch("MESSAGE_CREATE", api.world.payload(message), intent=1 << 9)
    return Answer(api.world.payload(message))


def _reference(channel: Channel, body: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """The message replied to and its author's id."""
    given = body.get("message_reference")
    if not given:
        return None, None
    target = channel.messages.get(str(given.get("message_id")))
    if target is None:
        if given.get("fail_if_not_exists", True):
            raise Refused(50035, problems=[(("message_reference",), "Unknown message")], lawful=True)
        return None, None
    reference = {"type": 0, "channel_id": channel.id, "message_id": target.id}
    if channel.guild is not None:
        reference["guild_id"] = channel.guild.id
    return reference, target.author.id


@route("GET", "/channels/{channel_id}/messages")
async def history(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask, may.VIEW_CHANNEL | may.READ_MESSAGE_HISTORY)
    limit = int(ask.query.get("limit", "50"))
    if not 1 <= limit <= 100:
        raise Refused(50035, problems=[(("limit",), "int value should be between 1 and 100.")])
    if sum(name in ask.query for name in ("before", "after", "around")) > 1:
        raise Refused(50035, problems=[((), "before, after and around exclude each other")])
    found = sorted(channel.messages.values(), key=lambda message: int(message.id))
    if "before" in ask.query:
        found = [message for message in found if int(message.id) < int(ask.query["before"])][-limit:]
    elif "after" in ask.query:
        found = [message for message in found if int(message.id) > int(ask.query["after"])][:limit]
    elif "around" in ask.query:
        middle = int(ask.query["around"])
        found = sorted(
            sorted(found, key=lambda message: abs(int(message.id) - middle))[:limit], key=lambda message: int(message.id)
        )
    else:
        found = found[-limit:]
    return Answer([api.world.payload(message) for message in reversed(found)])


@route("GET", "/channels/{channel_id}/messages/{message_id}")
async def read(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask, may.VIEW_CHANNEL | may.READ_MESSAGE_HISTORY)
    return Answer(api.world.payload(message_of(channel, ask.parameters["message_id"])))


def merge(message: Message, body: dict[str, Any]) -> dict[str, Any]:
    """A message's body after an edit: fields that the edit does not name stay."""
    kept = {key: value for key, value in message.body.items() if key in {"content", "embeds", "components", "attachments", "flags"}}
    return kept | {key: value for key, value in body.items() if key in {"content", "embeds", "components", "attachments", "flags"}}


def apply_edit(api: Any, message: Message, ask: Ask, *, allowed_flags: int = checks.EDIT_FLAGS) -> None:
    """Check an edit against what the message would be, and make it."""
    body = ask.body or {}
    flags = message.flags
    if body.get("flags") is not None:
        if message.flags & checks.COMPONENTS_V2 and not body["flags"] & checks.COMPONENTS_V2:
            raise Refused(50035, problems=[(("flags",), "IS_COMPONENTS_V2 cannot be taken from a message")])
        flags = (message.flags & ~checks.EDIT_FLAGS) | body["flags"]
    after = merge(message, body)
    check_body(
        api,
        {**after, "allowed_mentions": body.get("allowed_mentions"), "flags": body.get("flags")},
        flags=flags,
        allowed_flags=allowed_flags,
        files=len(message.files) + len(ask.files),
    )
    message.revisions.append(message.body)
    message.edit_pings.append(
        waking(api, api.world.channels[message.channel_id], {**after, "allowed_mentions": body.get("allowed_mentions")})
    )
    message.body = after
    message.flags = flags
    message.files += ask.files
    message.edited = api.clock.now()


@route("PATCH", "/channels/{channel_id}/messages/{message_id}")
async def edit(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask)
    message = message_of(channel, ask.parameters["message_id"])
    if message.author is not api.world.me:
        raise Refused(50005)
    if channel.is_thread and channel.archived:
        raise Refused(50083)
    if (ask.body or {}).get("embeds"):
        require(api, channel, may.EMBED_LINKS)
    if api.world.age(message) > OLD:
        now = api.clock.now()
        message.late_edits = [at for at in message.late_edits if now - at < OLD]
        if len(message.late_edits) >= api.old_edits:
            raise Refused(30046, retry_after=(message.late_edits[0] + OLD - now).total_seconds())
        message.late_edits.append(now)
    apply_edit(api, message, ask)
    return Answer(api.world.payload(message))


@route("DELETE", "/channels/{channel_id}/messages/{message_id}")
async def delete(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask)
    message = message_of(channel, ask.parameters["message_id"])
    if channel.is_thread and channel.archived:
        raise Refused(50083)
    if message.author is not api.world.me:
        require(api, channel, may.MANAGE_MESSAGES)
    remove(channel, message)
    return Answer(status=204)


def remove(channel: Channel, message: Message) -> None:
    """Take a message out of its channel."""
    del channel.messages[message.id]
    channel.deleted.add(message.id)


@route("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
async def publish(api: Any, ask: Ask) -> Answer:
    channel = channel_of(api, ask, may.VIEW_CHANNEL | may.SEND_MESSAGES)
    message = message_of(channel, ask.parameters["message_id"])
    if channel.kind != ANNOUNCEMENT:
        raise Refused(50024)
    if message.author is not api.world.me:
        require(api, channel, may.MANAGE_MESSAGES)
    if message.flags & CROSSPOSTED:
        raise Refused(40033)
    message.flags |= CROSSPOSTED
    return Answer(api.world.payload(message))
