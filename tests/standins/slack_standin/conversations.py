"""The methods about conversations: what they are, who is in them, what was said."""

from __future__ import annotations

from typing import Any

from .refusals import RefusedError
from .shapes import channel_shown
from .state import APP, Channel, Message, Request, World


class Conversations:
    """conversations.* and users.conversations, and what every method needs of them: the channel, the message as it is shown."""

    world: World

    # ---------------------------------------------------------------- who and where

    def channel(self, id_: str, *, write: bool = False, member: bool = True, outside: str = "not_in_channel") -> Channel:
        """The channel a call is about, if the bot may know of it; ``outside`` is what a method calls not being in it."""
        found = self.world.channels.get(id_)
        if found is None and id_ in self.world.users and write:
            found = self.world.direct(id_)
        if found is not None and found.team != self.world.us.id:
            self.world.violate("wrong workspace", f"a token of {self.world.us.id} was used for {id_}, which is of {found.team}")
            found = None
        if found is None or (found.private and self.world.us.bot_user not in found.members):
            raise RefusedError("channel_not_found")
        if member and self.world.us.bot_user not in found.members and not (write and "chat:write.public" in self.world.scopes):
            raise RefusedError(outside)
        if write and found.user is not None and not self.world.messages_tab:
            raise RefusedError("messages_tab_disabled")
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
        us = self.world.teams[self.world.channels[message.channel].team]
        shown: dict[str, Any] = {"type": "message", "user": message.user, "ts": message.ts, "team": us.id, "text": message.text}
        if message.bot:
            shown |= {"bot_id": us.bot_id, "app_id": APP}
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
            shown["reactions"] = [{"name": name, "count": 1, "users": [us.bot_user]} for name in message.reactions]
        if metadata and message.metadata is not None:
            shown["metadata"] = message.metadata
        return shown

    # ---------------------------------------------------------------- methods

    def _conversations_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], member=False)
        shown = channel_shown(channel, self.world.us)
        if arguments.get("include_num_members"):
            shown["num_members"] = len(channel.members)
        return {"channel": shown}

    def _conversations_join(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], member=False)
        if channel.kind != "channels":
            raise RefusedError("method_not_supported_for_channel_type")
        if channel.archived:
            raise RefusedError("is_archived")
        if self.world.us.bot_user in channel.members:
            return {
                "channel": channel_shown(channel, self.world.us),
                "warning": "already_in_channel",
                "response_metadata": {"warnings": ["already_in_channel"]},
            }
        channel.members.add(self.world.us.bot_user)
        return {"channel": channel_shown(channel, self.world.us)}

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
        return {"channel": channel_shown(channel, self.world.us) if arguments.get("return_im") else {"id": channel.id}}

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
            channel_shown(channel, self.world.us)
            for channel in self.world.channels.values()
            if channel.kind in wanted
            and channel.team == self.world.us.id
            and not (arguments.get("exclude_archived") and channel.archived)
            and (self.world.us.bot_user in channel.members or not (mine or channel.private))
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
        channel = self.channel(arguments["channel"], outside="channel_not_found")
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
