"""What each method does to the workspace and what it answers, after token, scope and arguments were found right.

Shapes follow the published samples of the Web API (slackapi/java-slack-sdk, json-logs). A refusal is a ``RefusedError``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import content
from .conversations import Conversations
from .files import Files
from .installs import Installs
from .refusals import RefusedError, check_metadata
from .shapes import user_shown
from .state import APP, TEAM, TS, Channel, Message, Request, World
from .views import Views


class Answers(Conversations, Files, Installs, Views):
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

    # ---------------------------------------------------------------- app and people

    def _api_test(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if "error" in arguments:
            raise RefusedError(arguments["error"], args=arguments)
        return {"args": arguments}

    def _auth_test(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        return {
            "url": "https://standin.slack.com/", "team": self.world.us.name, "user": "watchlamp", "team_id": self.world.us.id,
            "user_id": self.world.us.bot_user, "bot_id": self.world.us.bot_id, "is_enterprise_install": False,
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
        if arguments.get("bot", self.world.us.bot_id) != self.world.us.bot_id:
            raise RefusedError("bot_not_found")
        return {
            "bot": {
                "id": self.world.us.bot_id,
                "deleted": False,
                "name": "watchlamp",
                "updated": 1_700_000_000,
                "app_id": APP,
                "user_id": self.world.us.bot_user,
            }
        }

    def _team_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if arguments.get("team", self.world.us.id) != self.world.us.id:
            raise RefusedError("team_not_found")
        return {
            "team": {"id": self.world.us.id, "name": self.world.us.name, "url": "https://standin.slack.com/", "domain": "standin"}
        }

    def _users_info(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        user = self.world.users.get(arguments["user"])
        if user is None or (self.world.us.id != TEAM and user.team != self.world.us.id):
            raise RefusedError("user_not_found")
        return {"user": user_shown(user)}

    # ---------------------------------------------------------------- messages

    def _chat_postMessage(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802  (the method's own name)
        channel = self.channel(arguments["channel"], write=True)
        self._content(arguments)
        if arguments.get("metadata") is not None:
            check_metadata(arguments["metadata"])
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
            self.world.us.bot_user,
            arguments,
            self.world.clock.now(),
            thread_ts=thread,
            metadata=arguments.get("metadata"),
        )
        self.world.messages[channel.id].append(message)
        request.stored = message.ts
        return {"channel": channel.id, "ts": message.ts, "message": self.shown(message)}

    def _thread(self, channel: Channel, arguments: dict[str, Any]) -> str | None:
        ts: str | None = arguments.get("thread_ts")
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
        refusal = content.refusal(arguments, update=update, schema=self.schema) or self.refused_files(arguments)
        if refusal is not None:
            error, more = refusal
            raise RefusedError(error, **more)

    def _chat_postEphemeral(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:  # noqa: N802
        channel = self.channel(arguments["channel"], write=True)
        self._content(arguments)
        if arguments["user"] not in self.world.users or (channel.private and arguments["user"] not in channel.members):
            raise RefusedError("user_not_in_channel")
        message = Message(
            channel.id, self.world.next_ts(), self.world.us.bot_user, arguments, self.world.clock.now(),
            thread_ts=self._thread(channel, arguments), visible_to=arguments["user"],
        )  # fmt: skip
        self.world.ephemerals.append(message)
        request.stored = message.ts
        return {"message_ts": message.ts}

    def _chat_update(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], outside="channel_not_found")
        message = self._own(channel.id, arguments["ts"], "cant_update_message")
        if channel.archived:
            raise RefusedError("cant_update_message")
        self._content(arguments, update=True)
        if arguments.get("metadata") is not None:
            check_metadata(arguments["metadata"])
            message.metadata = arguments["metadata"]
        message.edits.append(message.body)
        kept: dict[str, Any] = {
            name: message.body[name] for name in ("unfurl_links", "unfurl_media", "mrkdwn") if name in message.body
        }
        message.body = {**kept, **arguments}
        message.edited_at = self.world.clock.now()
        request.stored = message.ts
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": self.shown(message)}

    def _chat_delete(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        channel = self.channel(arguments["channel"], outside="channel_not_found")
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
        channel = self.channel(arguments["channel"], outside="no_access")
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
