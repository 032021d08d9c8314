"""What each method does to the workspace and what it answers, after token, scope and arguments were found right.

Shapes follow the published samples of the Web API (slackapi/java-slack-sdk, json-logs). A refusal is a ``RefusedError``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import content
from .state import APP, BOT_ID, BOT_USER, TEAM, TS, Channel, File, Message, Request, Trigger, User, View, World

TRIGGER_SECONDS = 3.0
"""How long a trigger_id serves (docs.slack.dev/reference/methods/views.open: about three seconds)."""


class RefusedError(Exception):
    """The call is answered ``ok: false`` with this error and these further keys."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


class Answers:
    """The methods, over one world."""

    def __init__(self, world: World, base: Callable[[], str], ticket: Callable[[], str], schema: dict[str, Any] | None) -> None:
        self.world = world
        self.schema = schema
        self._base = base
        self._ticket = ticket

    def answer(self, method: str, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        """Carry out a call.

        Raises:
            RefusedError: what was asked cannot be done.
        """
        handler: Callable[[dict[str, Any], Request], dict[str, Any]] = getattr(self, "_" + method.replace(".", "_"))
        return {"ok": True, **handler(arguments, request)}

    # ---------------------------------------------------------------- who and where

    def channel(self, id_: str, *, write: bool = False, member: bool = True) -> Channel:
        """The channel a call is about, if the bot may know of it."""
        found = self.world.channels.get(id_)
        if found is None and id_ in self.world.users and write:
            found = self.world.direct(id_)
        if found is None or (found.private and BOT_USER not in found.members):
            raise RefusedError("channel_not_found")
        if member and BOT_USER not in found.members and not (write and "chat:write.public" in self.world.scopes):
            raise RefusedError("not_in_channel")
        if write and found.archived:
            raise RefusedError("is_archived")
        return found

    def _own(self, channel: str, ts: str, refusal: str) -> Message:
        message = self.world.find(channel, ts)
        if message is None or message.visible_to is not None:
            raise RefusedError("message_not_found")
        if not message.bot:
            raise RefusedError(refusal)
        return message

    def shown(self, message: Message, *, metadata: bool = False) -> dict[str, Any]:
        """A message as the Web API shows it."""
        shown: dict[str, Any] = {"type": "message", "user": message.user, "ts": message.ts, "team": TEAM, "text": message.text}
        if message.bot:
            shown |= {"bot_id": BOT_ID, "app_id": APP}
        if message.client_msg_id:
            shown["client_msg_id"] = message.client_msg_id
        if message.blocks:
            shown["blocks"] = [
                {**block, "block_id": block.get("block_id") or f"gen{number}"} for number, block in enumerate(message.blocks)
            ]
        if message.body.get("attachments"):
            shown["attachments"] = message.body["attachments"]
        if message.thread_ts:
            shown["thread_ts"] = message.thread_ts
            if message.is_reply:
                shown["parent_user_id"] = next(
                    (parent.user for parent in self.world.messages[message.channel] if parent.ts == message.thread_ts), ""
                )
        replies = [
            other
            for other in self.world.messages[message.channel]
            if other.thread_ts == message.ts and other.is_reply and not other.deleted
        ]
        if replies:
            shown |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
        if message.edited_at is not None:
            shown["edited"] = {"user": message.user, "ts": f"{int(message.edited_at.timestamp())}.000000"}
        if message.reactions:
            shown["reactions"] = [{"name": name, "count": 1, "users": [BOT_USER]} for name in message.reactions]
        if metadata and message.metadata is not None:
            shown["metadata"] = message.metadata
        return shown

    # ---------------------------------------------------------------- app and people

    def _api_test(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if "error" in arguments:
            raise RefusedError(arguments["error"], args=arguments)
        return {"args": arguments}

    def _auth_test(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        return {
            "url": "https://standin.slack.com/", "team": "Stand-in", "user": "watchlamp", "team_id": TEAM, "user_id": BOT_USER,
            "bot_id": BOT_ID, "is_enterprise_install": False,
        }  # fmt: skip

    def _apps_connections_open(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        return {"url": self._base().replace("http://", "ws://") + f"/link?ticket={self._ticket()}&app_id={APP}"}

    def _blocks_validate(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if len(arguments) != 1:
            raise RefusedError(
                "invalid_arguments", response_metadata={"messages": ["[ERROR] exactly one of blocks, view, message"]}
            )
        name, value = next(iter(arguments.items()))
        problems = (
            content.view_problems(value) if name == "view" else content.problems(value if name == "message" else {"blocks": value})
        )
        if problems:
            raise RefusedError("invalid_blocks", **content.told(problems))
        return {}

    def _bots_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if arguments.get("bot", BOT_ID) != BOT_ID:
            raise RefusedError("bot_not_found")
        return {
            "bot": {
                "id": BOT_ID,
                "deleted": False,
                "name": "watchlamp",
                "updated": 1_700_000_000,
                "app_id": APP,
                "user_id": BOT_USER,
            }
        }

    def _team_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if arguments.get("team", TEAM) != TEAM:
            raise RefusedError("team_not_found")
        return {"team": {"id": TEAM, "name": "Stand-in", "url": "https://standin.slack.com/", "domain": "standin"}}

    def _users_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        user = self.world.users.get(arguments["user"])
        if user is None:
            raise RefusedError("user_not_found")
        return {"user": _user(user)}

    # ---------------------------------------------------------------- messages

    def _chat_postMessage(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802  (the method's own name)
        channel = self.channel(arguments["channel"], write=True)
        self._content(arguments)
        if arguments.get("metadata") is not None:
            _check_metadata(arguments["metadata"])
        thread = self._thread(channel, arguments)
        if thread is None and arguments.get("reply_broadcast"):
            self.world.violate("invalid payload", "reply_broadcast without thread_ts")
        if not arguments.get("text"):
            self.world.violate("no text", "a message without top-level text: nothing for notifications and screen readers")
        if arguments.get("blocks") and (arguments.get("unfurl_links") is not False or arguments.get("unfurl_media") is not False):
            self.world.violate("unfurling", "a message with blocks that does not turn unfurl_links and unfurl_media off")
        message = Message(
            channel.id,
            self.world.next_ts(),
            BOT_USER,
            arguments,
            self.world.clock.now(),
            thread_ts=thread,
            metadata=arguments.get("metadata"),
        )
        self.world.messages[channel.id].append(message)
        request.stored = message.ts
        return {"channel": channel.id, "ts": message.ts, "message": self.shown(message)}

    def _thread(self, channel: Channel, arguments: dict[str, Any]) -> str | None:
        ts = arguments.get("thread_ts")
        if ts is None:
            return None
        if not TS.fullmatch(ts):
            raise RefusedError("invalid_thread_ts")
        parent = self.world.find(channel.id, ts)
        if parent is None:
            raise RefusedError("thread_not_found")
        if parent.is_reply:
            self.world.violate("thread", f"a reply to {ts}, which is itself a reply")
            raise RefusedError("cannot_reply_to_message")
        return ts

    def _content(self, arguments: dict[str, Any], *, update: bool = False) -> None:
        refusal = content.refusal(arguments, update=update, schema=self.schema)
        if refusal is not None:
            error, more = refusal
            raise RefusedError(error, **more)

    def _chat_postEphemeral(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        channel = self.channel(arguments["channel"], write=True)
        self._content(arguments)
        if arguments["user"] not in self.world.users or (channel.private and arguments["user"] not in channel.members):
            raise RefusedError("user_not_in_channel")
        message = Message(
            channel.id, self.world.next_ts(), BOT_USER, arguments, self.world.clock.now(),
            thread_ts=self._thread(channel, arguments), visible_to=arguments["user"],
        )  # fmt: skip
        self.world.ephemerals.append(message)
        request.stored = message.ts
        return {"message_ts": message.ts}

    def _chat_update(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"])
        message = self._own(channel.id, arguments["ts"], "cant_update_message")
        if channel.archived:
            raise RefusedError("cant_update_message")
        self._content(arguments, update=True)
        if arguments.get("metadata") is not None:
            _check_metadata(arguments["metadata"])
            message.metadata = arguments["metadata"]
        message.edits.append(message.body)
        kept = {name: message.body[name] for name in ("unfurl_links", "unfurl_media", "mrkdwn") if name in message.body}
        if "blocks" not in arguments and "attachments" not in arguments and message.body.get("blocks") and "text" not in arguments:
            kept["blocks"] = message.body["blocks"]
        message.body = {**kept, **arguments}
        message.edited_at = self.world.clock.now()
        request.stored = message.ts
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": self.shown(message)}

    def _chat_delete(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"])
        message = self._own(channel.id, arguments["ts"], "cant_delete_message")
        message.deleted = True
        request.stored = message.ts
        return {"channel": channel.id, "ts": message.ts}

    def _chat_getPermalink(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        channel = self.channel(arguments["channel"], member=False)
        if self.world.find(channel.id, arguments["message_ts"]) is None:
            raise RefusedError("message_not_found")
        return {
            "channel": channel.id,
            "permalink": f"https://standin.slack.com/archives/{channel.id}/p{arguments['message_ts'].replace('.', '')}",
        }

    def _reactions_add(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"])
        if channel.archived:
            raise RefusedError("is_archived")
        message = self.world.find(channel.id, arguments["timestamp"])
        if message is None:
            raise RefusedError("message_not_found")
        if not arguments["name"].replace("_", "").replace("-", "").replace("+", "").isalnum():
            raise RefusedError("invalid_name")
        if arguments["name"] in message.reactions:
            raise RefusedError("already_reacted")
        message.reactions.append(arguments["name"])
        return {}

    # ---------------------------------------------------------------- conversations

    def _conversations_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], member=False)
        shown = _channel(channel)
        if arguments.get("include_num_members"):
            shown["num_members"] = len(channel.members)
        return {"channel": shown}

    def _conversations_join(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], member=False)
        if channel.kind != "channels":
            raise RefusedError("method_not_supported_for_channel_type")
        if channel.archived:
            raise RefusedError("is_archived")
        if BOT_USER in channel.members:
            return {
                "channel": _channel(channel),
                "warning": "already_in_channel",
                "response_metadata": {"warnings": ["already_in_channel"]},
            }
        channel.members.add(BOT_USER)
        return {"channel": _channel(channel)}

    def _conversations_open(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        users = arguments.get("users") or []
        if "channel" in arguments:
            channel = self.channel(arguments["channel"], member=False)
            if channel.user is None:
                raise RefusedError("method_not_supported_for_channel_type")
        elif len(users) != 1:
            raise RefusedError("users_list_not_supplied" if not users else "method_not_supported_for_channel_type")
        elif users[0] not in self.world.users:
            raise RefusedError("user_not_found")
        else:
            existing = any(channel.user == users[0] for channel in self.world.channels.values())
            channel = self.world.direct(users[0])
            if existing:
                return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
        return {"channel": _channel(channel) if arguments.get("return_im") else {"id": channel.id}}

    def _conversations_list(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        return self._conversations(arguments, mine=False)

    def _users_conversations(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        return self._conversations(arguments, mine=True)

    def _conversations(self, arguments: dict[str, Any], *, mine: bool) -> dict[str, Any]:
        kinds = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
        types = arguments.get("types", "public_channel").split(",")
        if unknown := [kind for kind in types if kind.strip() not in kinds]:
            raise RefusedError("invalid_types", response_metadata={"messages": [f"[ERROR] unknown type {unknown[0]}"]})
        wanted = {kinds[kind.strip()] for kind in types}
        for kind in sorted(wanted):
            if f"{kind}:read" not in self.world.scopes:
                raise RefusedError("missing_scope", needed=f"{kind}:read", provided=",".join(self.world.scopes))
        found = [
            _channel(channel)
            for channel in self.world.channels.values()
            if channel.kind in wanted
            and not (arguments.get("exclude_archived") and channel.archived)
            and (BOT_USER in channel.members or not (mine or channel.private))
        ]
        return self._page("channels", found, arguments)

    def _conversations_members(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], member=False)
        return self._page("members", sorted(channel.members), arguments)

    def _conversations_history(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"])
        standing = [
            one
            for one in self.world.messages[channel.id]
            if not one.deleted and (not one.is_reply or one.body.get("reply_broadcast"))
        ]
        return self._span(standing[::-1], arguments)

    def _conversations_replies(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"])
        if self.world.find(channel.id, arguments["ts"]) is None:
            raise RefusedError("thread_not_found")
        thread = [one for one in self.world.messages[channel.id] if not one.deleted and arguments["ts"] in {one.ts, one.thread_ts}]
        return self._span(thread, arguments)

    def _span(self, messages: list[Message], arguments: dict[str, Any]) -> dict[str, Any]:
        for name in ("oldest", "latest"):
            given = arguments.get(name)
            if given is not None and not given.replace(".", "", 1).isdigit():
                raise RefusedError(f"invalid_ts_{name}")
        oldest = float(arguments.get("oldest", 0))
        latest = float(arguments.get("latest", 2**40))
        inclusive = arguments.get("inclusive", False)
        inside = [
            message
            for message in messages
            if oldest < float(message.ts) < latest or (inclusive and float(message.ts) in {oldest, latest})
        ]
        metadata = bool(arguments.get("include_all_metadata"))
        answer = self._page("messages", [self.shown(message, metadata=metadata) for message in inside], arguments)
        answer["has_more"] = bool(answer["response_metadata"]["next_cursor"])
        return answer

    def _page(self, name: str, found: list[Any], arguments: dict[str, Any]) -> dict[str, Any]:
        cursor = arguments.get("cursor") or "0"
        if not cursor.isdigit():
            raise RefusedError("invalid_cursor")
        start, limit = int(cursor), arguments.get("limit", 100)
        if not 1 <= limit <= 1000:
            raise RefusedError("invalid_limit")
        end = start + limit
        return {name: found[start:end], "response_metadata": {"next_cursor": str(end) if end < len(found) else ""}}

    # ---------------------------------------------------------------- files

    def _files_getUploadURLExternal(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        file = File(self.world.serial("F"), arguments["filename"], arguments["length"])
        self.world.files[file.id] = file
        return {"upload_url": f"{self._base()}/upload/{file.id}", "file_id": file.id}

    def _files_completeUploadExternal(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        files = []
        for given in arguments["files"]:
            file = self.world.files.get(given.get("id", "") if isinstance(given, dict) else "")
            if file is None or file.content is None or file.complete:
                raise RefusedError("file_not_found")
            files.append((file, given.get("title")))
        if target := arguments.get("channel_id") or arguments.get("channels"):
            channel = self.channel(target, write=True)
            body = {"channel": channel.id, "text": arguments.get("initial_comment", ""), "blocks": arguments.get("blocks")}
            message = Message(
                channel.id, self.world.next_ts(), BOT_USER, body, self.world.clock.now(),
                thread_ts=self._thread(channel, arguments), files=[file.id for file, _ in files],
            )  # fmt: skip
            self.world.messages[channel.id].append(message)
            request.stored = message.ts
        for file, title in files:
            file.complete, file.title = True, title
        return {"files": [{"id": file.id, "title": title or file.name} for file, title in files]}

    # ---------------------------------------------------------------- views

    def trigger(self, user: str, now: datetime) -> Trigger:
        """A new trigger for something a person did."""
        trigger = Trigger(f"{self.world.serial('')}.{TEAM}.{hashlib.sha256(user.encode()).hexdigest()[:16]}", user, now)
        self.world.triggers[trigger.id] = trigger
        return trigger

    def _used(self, arguments: dict[str, Any]) -> Trigger:
        trigger = self.world.triggers.get(arguments.get("trigger_id", ""))
        if trigger is None:
            raise RefusedError("invalid_trigger_id")
        if trigger.used:
            raise RefusedError("exchanged_trigger_id")
        if (self.world.clock.now() - trigger.issued).total_seconds() > TRIGGER_SECONDS:
            raise RefusedError("expired_trigger_id")
        trigger.used = True
        return trigger

    def _view(self, body: Any, kind: str) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise RefusedError("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
        if len(json.dumps(body)) > content.VIEW_BYTES:
            raise RefusedError("view_too_large")
        problems = content.view_problems(body)
        if body.get("type") != kind:
            problems.append(content.Problem(f"unsupported type: {body.get('type')}", "/type", {"type": "enum", "expected": [kind]}))
        if problems:
            told = content.told(problems, view=True)
            raise RefusedError("invalid_arguments", response_metadata=told["response_metadata"])
        external = body.get("external_id")
        if external and any(view.body.get("external_id") == external for view in self.world.views.values()):
            raise RefusedError("duplicate_external_id")
        return body

    def _stored(self, user: str, body: dict[str, Any], previous: View | None = None) -> View:
        new = self.world.serial("V")
        return View(
            new, user, body, self.world.serial("156986"), previous.root if previous else new, previous.id if previous else None
        )

    def _views_open(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        trigger = self._used(arguments)
        view = self._stored(trigger.user, self._view(arguments["view"], "modal"))
        self.world.views[view.id] = view
        return {"view": view_shown(view)}

    def _views_push(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        trigger = self._used(arguments)
        stack = [view for view in self.world.views.values() if view.user == trigger.user]
        if not stack:
            raise RefusedError("not_found")
        if len(stack) >= 3:
            raise RefusedError("push_limit_reached")
        view = self._stored(trigger.user, self._view(arguments["view"], "modal"), stack[-1])
        self.world.views[view.id] = view
        return {"view": view_shown(view)}

    def _views_update(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        external = arguments.get("external_id")
        view = self.world.views.get(arguments.get("view_id", "")) or next(
            (one for one in self.world.views.values() if external and one.body.get("external_id") == external), None
        )
        if view is None:
            raise RefusedError("not_found")
        if arguments.get("hash") not in {None, view.hash}:
            raise RefusedError("hash_conflict")
        body = self._view({**arguments["view"], "external_id": ""}, "modal") if external else self._view(arguments["view"], "modal")
        view.body, view.hash = {**body, **({"external_id": external} if external else {})}, self.world.serial("156986")
        return {"view": view_shown(view)}

    def _views_publish(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        user = arguments["user_id"]
        if user not in self.world.users:
            raise RefusedError("missing_profile_id")
        before = self.world.homes.get(user)
        if before is not None and arguments.get("hash") not in {None, before.hash}:
            raise RefusedError("hash_conflict")
        view = self._stored(user, self._view(arguments["view"], "home"))
        self.world.homes[user] = view
        return {"view": view_shown(view)}


def view_shown(view: View) -> dict[str, Any]:
    """A view as the Web API and payloads show it."""
    optional = (
        "title",
        "submit",
        "close",
        "blocks",
        "private_metadata",
        "callback_id",
        "external_id",
        "clear_on_close",
        "notify_on_close",
    )
    defaults = {"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": False, "notify_on_close": False}
    return {
        "id": view.id, "team_id": TEAM, "type": view.body["type"], "state": {"values": {}}, "hash": view.hash, "app_id": APP,
        "bot_id": BOT_ID, "app_installed_team_id": TEAM, "root_view_id": view.root, "previous_view_id": view.previous,
        **{name: view.body.get(name, defaults.get(name)) for name in optional},
    }  # fmt: skip


def _channel(channel: Channel) -> dict[str, Any]:
    if channel.user is not None:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.archived,
            "is_im": True,
            "is_org_shared": False,
            "user": channel.user,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_general": False,
        "unlinked": 0,
        "name_normalized": channel.name,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "creator": "U0CREATOR1",
        "is_member": BOT_USER in channel.members,
        "is_private": channel.private,
        "is_mpim": False,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def _user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": False,
        "real_name": user.name,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team},
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }


METADATA_BYTES = 8_000
"""Slack names no figure for ``metadata_too_large``; this one is our own and far above what an opaque key needs."""


def _check_metadata(metadata: Any) -> None:
    """``{event_type, event_payload}``; values strings, numbers, booleans, one nested level or lists of such objects."""
    if not isinstance(metadata, dict) or set(metadata) - {"entities"} != {"event_type", "event_payload"}:
        raise RefusedError("invalid_metadata_format")
    kind, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(kind, str) or not 1 <= len(kind) <= 255 or not isinstance(payload, dict):
        raise RefusedError("invalid_metadata_format")

    def plain(value: Any) -> bool:
        return isinstance(value, (str, int, float, bool))

    for value in payload.values():
        nested = value if isinstance(value, list) else [value]
        if not all(plain(one) or (isinstance(one, dict) and all(plain(leaf) for leaf in one.values())) for one in nested):
            raise RefusedError("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise RefusedError("metadata_too_large")
