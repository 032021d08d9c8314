"""A person in the workspace: types, presses, submits; refuses what Slack's client would not let a person do.

What a person does reaches the app over Socket Mode, or over HTTP signed as Slack signs. Every act waits for the app's
acknowledgement and shows what it said.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from . import content
from .client import ImpossibleError, filled, pressed_of, typed
from .door import PATIENCE, HttpDoor
from .server import SlackStandIn
from .shapes import view_shown
from .sockets import Envelope
from .state import APP, Message, ResponseUrl, View


class Person:
    """A member of the workspace.

    Args:
        standin: the workspace.
        user: whose hands these are.
        door: where the app listens over HTTP; None for Socket Mode.
    """

    def __init__(self, standin: SlackStandIn, user: str = "U0000000001", door: HttpDoor | None = None) -> None:
        self.standin = standin
        self.world = standin.world
        self.user = self.world.users[user]
        self.door = door
        self.home = self.world.home_of(user)

    # ---------------------------------------------------------------- what a person sees

    def sees(self, channel: str) -> list[Message]:
        """What this person is shown in a channel, ephemeral messages included, oldest first."""
        alone = [message for message in self.world.ephemerals if message.channel == channel and message.visible_to == self.user.id]
        return sorted((one for one in [*self.world.messages[channel], *alone] if not one.deleted), key=lambda one: one.ts)

    def modal(self) -> View:
        """The modal on top."""
        views = [view for view in self.world.views.values() if view.user == self.user.id]
        if not views:
            raise ImpossibleError("no modal is open")
        return views[-1]

    async def until(self, done: Callable[[], Any], what: str) -> Any:
        """Wait until something shows."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := done()):
                    await asyncio.sleep(0.005)
                return found
        except TimeoutError:
            raise AssertionError(f"{what} did not happen") from None

    # ---------------------------------------------------------------- what a person does

    async def slash(
        self,
        text: str = "",
        *,
        command: str = "/watch",
        channel: str = "C0000000001",
        thread_ts: str | None = None,
        wait: bool = True,
    ) -> Envelope:
        """Type a slash command."""
        if thread_ts is not None:
            raise ImpossibleError(f"{command} is not supported in threads")
        if command not in self.world.commands:
            raise ImpossibleError(f"{command} is not a valid command")
        self._may_write(channel)
        where = self.world.channels[channel]
        payload = {
            "token": "standin",
            "team_id": self.home.id,
            "team_domain": "standin",
            "channel_id": channel,
            "channel_name": "directmessage" if where.user else where.name,
            "user_id": self.user.id,
            "user_name": self.user.name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._response_url(channel),
            "trigger_id": self._trigger(),
        }
        envelope = await self._deliver("slash_commands", payload, wait=wait, answerable=True)
        self._said(envelope, channel)
        return envelope

    async def mention(
        self, text: str, *, channel: str = "C0000000001", thread_ts: str | None = None, wait: bool = True
    ) -> Envelope:
        """Write a message that begins with a mention of the bot."""
        self._may_write(channel)
        bot = self.world.bot_in(channel)
        if bot not in self.world.channels[channel].members:
            raise ImpossibleError("the bot is not in this channel: Slack asks whether to invite it and delivers nothing")
        if thread_ts is not None and self.world.find(channel, thread_ts) is None:
            raise ImpossibleError("there is no such thread")
        self._subscribed("app_mention")
        return await self._event("app_mention", f"<@{bot}> {typed(text)}", channel, thread_ts, wait)

    async def dm(self, text: str, *, thread_ts: str | None = None, wait: bool = True) -> Envelope:
        """Write to the bot alone."""
        self._subscribed("message.im")
        if not self.world.messages_tab or self.standin.read_only_tab:
            raise ImpossibleError("the app's messages tab is off or takes no messages: there is nothing to type into")
        channel = self.world.direct(self.user.id)
        return await self._event("message", typed(text), channel.id, thread_ts, wait, channel_type="im")

    async def open_home(self, *, wait: bool = True) -> Envelope:
        """Open the app's Home tab."""
        self._subscribed("app_home_opened")
        if not self.world.home_tab:
            raise ImpossibleError("the app has no Home tab")
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": self.user.id,
            "channel": self.world.direct(self.user.id).id,
            "tab": "home",
        }
        if home := self.world.homes.get(self.user.id):
            event["view"] = view_shown(home)
        return await self._deliver("events_api", self._callback({**event, "event_ts": self.world.next_ts()}), wait=wait)

    async def press(self, message: Message, action: str, *, option: str | None = None, wait: bool = True) -> Envelope:
        """Press a button by its ``action_id``, or choose ``option`` (a value) of a menu."""
        if message.deleted or (message.visible_to not in {None, self.user.id}):
            raise ImpossibleError("this person does not see that message")
        shown = self.standin.answers.shown(message, metadata=True)
        pressed = pressed_of(shown.get("blocks", []), action, option)
        payload = self._interaction("block_actions", actions=[pressed]) | {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": bool(message.visible_to),
            },
            "channel": {"id": message.channel, "name": self.world.channels[message.channel].name or "directmessage"},
            "state": {"values": {}},
            "response_url": self._response_url(message.channel, message.ts),
        }
        if message.thread_ts:
            payload["container"]["thread_ts"] = message.thread_ts
        if not message.visible_to:
            payload["message"] = shown
        return await self._deliver("interactive", payload, wait=wait)

    async def press_in_view(self, view: View, action: str, *, option: str | None = None, wait: bool = True) -> Envelope:
        """Press a button or choose in a modal or in the Home tab."""
        if view.user != self.user.id:
            raise ImpossibleError("this person does not see that view")
        shown = view_shown(view)
        shown["blocks"] = [{**block, "block_id": block.get("block_id") or f"gen{n}"} for n, block in enumerate(shown["blocks"])]
        payload = self._interaction("block_actions", actions=[pressed_of(shown["blocks"], action, option)]) | {
            "container": {"type": "view", "view_id": view.id},
            "view": shown,
        }
        return await self._deliver("interactive", payload, wait=wait)

    async def submit(self, view: View, values: dict[str, dict[str, Any]], *, wait: bool = True) -> Envelope:
        """Submit a modal; ``values`` maps block_id -> action_id -> what was typed or chosen (the value alone)."""
        if view.id not in self.world.views or view.user != self.user.id:
            raise ImpossibleError("this modal is not open for this person")
        if "submit" not in view.body:
            raise ImpossibleError("this modal has no submit button")
        state = filled(view, values)
        payload = self._interaction("view_submission") | {"view": {**view_shown(view), "state": {"values": state}}}
        envelope = await self._deliver("interactive", payload, wait=wait, answerable=True)
        if envelope.acked:
            self._view_answered(view, envelope.answer or {})
        return envelope

    def close(self, view: View) -> None:
        """Close a modal, and with it those it stands on."""
        if view.id not in self.world.views or view.user != self.user.id:
            raise ImpossibleError("this modal is not open for this person")
        for other in [one for one in self.world.views.values() if one.user == self.user.id and one.root == view.root]:
            del self.world.views[other.id]

    async def shortcut(self, message: Message, callback: str, *, wait: bool = True) -> Envelope:
        """Choose a shortcut from the menu of a message."""
        if callback not in self.standin.shortcuts:
            raise ImpossibleError(f"the app's manifest has no shortcut {callback!r}")
        if message.deleted or message.visible_to is not None:
            raise ImpossibleError("there is no menu of that message")
        payload = self._interaction("message_action", callback_id=callback) | {
            "action_ts": self.world.next_ts(),
            "message_ts": message.ts,
            "channel": {"id": message.channel, "name": self.world.channels[message.channel].name or "directmessage"},
            "message": self.standin.answers.shown(message),
            "response_url": self._response_url(message.channel),
        }
        del payload["api_app_id"], payload["user"]["username"]  # of this kind alone Slack does not tell them
        return await self._deliver("interactive", payload, wait=wait)

    async def remove_app(self) -> list[Envelope]:
        """Remove the app from the workspace; what Slack tells of it, if the app asked to hear."""
        self.standin.installs.remove(self.home)
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.home.bot_user]}}
        events = [one for one in (revoked, {"type": "app_uninstalled"}) if one["type"] in self.standin.events]
        return [await self._deliver("events_api", self._callback(event), wait=True) for event in events]

    async def delete(self, message: Message) -> None:
        """Delete a message: one's own, or as an admin anybody's."""
        if message.user != self.user.id and not self.user.is_admin:
            raise ImpossibleError("only an admin deletes what another wrote")
        message.deleted = True

    async def invite_bot(self, channel: str) -> None:
        """``/invite`` the bot; it hears of it if it asked to and may."""
        self._may_write(channel)
        where = self.world.channels[channel]
        bot = self.world.bot_in(channel)
        if bot in where.members:
            raise ImpossibleError("the bot is in this channel already")
        where.members.add(bot)
        if "member_joined_channel" in self.standin.events and f"{where.kind}:read" in self.world.scopes:
            await self.came(bot, channel, inviter=self.user.id)

    async def came(self, user: str, channel: str, *, inviter: str | None = None) -> Envelope:
        """What Slack tells of a member who came into a channel."""
        where = self.world.channels[channel]
        kind = "G" if where.private else "C"
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel,
            "channel_type": kind,
            "team": where.team,
        }
        told = {**event, **({"inviter": inviter} if inviter else {}), "event_ts": self.world.next_ts()}
        return await self._deliver("events_api", self._callback(told), wait=True)

    async def remove_bot(self, channel: str) -> None:
        """``/remove`` the bot."""
        self._may_write(channel)
        self.world.channels[channel].members.discard(self.world.bot_in(channel))

    async def archive(self, channel: str) -> None:
        """Archive a channel."""
        self._may_write(channel)
        self.world.channels[channel].archived = True

    async def again(self, envelope: Envelope, reason: str = "timeout") -> Envelope:
        """Slack's own retry of an event nobody acknowledged, or of one it believes nobody did."""
        if envelope.type != "events_api":
            raise ImpossibleError("Slack repeats events alone: an unanswered command or button is shown to the person as failed")
        if self.door is None:
            return await self.standin.sockets.redeliver(envelope, reason)
        retry = Envelope(
            secrets.token_hex(8), envelope.type, envelope.payload, self.world.clock.now(), retries=envelope.retries + 1
        )
        self.standin.sockets.envelopes.append(retry)
        await self.door.send(retry, self.world.clock.now)
        return retry

    # ---------------------------------------------------------------- how it is sent

    async def _deliver(self, kind: str, payload: dict[str, Any], *, wait: bool, answerable: bool = False) -> Envelope:
        if self.door is not None:
            envelope = Envelope(secrets.token_hex(8), kind, payload, self.world.clock.now(), answerable)
            self.standin.sockets.envelopes.append(envelope)
            await self.door.send(envelope, self.world.clock.now)
        else:
            envelope = await self.standin.sockets.send(kind, payload, answerable=answerable)
        if wait and not envelope.lost:
            try:
                async with asyncio.timeout(PATIENCE if self.door is None else 0.001):
                    await envelope.done.wait()
            except TimeoutError:
                self.world.violate("ack", f"{kind} was never acknowledged: {json.dumps(payload)[:160]}")
        return envelope

    async def _event(self, kind: str, text: str, channel: str, thread_ts: str | None, wait: bool, **more: str) -> Envelope:
        ts = self.world.next_ts()
        mine = Message(
            channel,
            ts,
            self.user.id,
            {"text": text},
            self.world.clock.now(),
            bot=False,
            thread_ts=thread_ts,
            client_msg_id=secrets.token_hex(16),
        )
        self.world.messages[channel].append(mine)
        event: dict[str, Any] = {
            "type": kind,
            "user": self.user.id,
            "ts": ts,
            "client_msg_id": mine.client_msg_id,
            "text": text,
            "team": self.user.team,
            "channel": channel,
            "event_ts": ts,
            "blocks": [
                {
                    "type": "rich_text",
                    "block_id": "rt",
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
                }
            ],
            **more,
        }
        if thread_ts is not None:
            event["thread_ts"] = thread_ts
        return await self._deliver("events_api", self._callback(event), wait=wait)

    def _callback(self, event: dict[str, Any]) -> dict[str, Any]:
        where = self.world.channels.get(event.get("channel", ""))
        us = self.home if where is None else self.world.teams[where.team]
        return {
            "token": "standin",
            "team_id": us.id,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": self.world.serial("Ev"),
            "event_time": int(self.world.clock.now().timestamp()),
            "authorizations": [
                {"enterprise_id": None, "team_id": us.id, "user_id": us.bot_user, "is_bot": True, "is_enterprise_install": False}
            ],
            "is_ext_shared_channel": bool(where is not None and where.shared),
            "event_context": "4-standin",
        }

    def _interaction(self, kind: str, **more: Any) -> dict[str, Any]:
        if not self.standin.interactive:
            raise ImpossibleError("interactivity is off in the app's manifest: Slack delivers nothing")
        return {
            "type": kind,
            "team": {"id": self.home.id, "domain": "standin"},
            "enterprise": None,
            "is_enterprise_install": False,
            "api_app_id": APP,
            "user": {"id": self.user.id, "username": self.user.name, "name": self.user.name, "team_id": self.user.team},
            "token": "standin",
            "trigger_id": self._trigger(),
            **more,
        }

    def _trigger(self) -> str:
        return self.standin.answers.trigger(self.user.id, self.world.clock.now()).id

    def _response_url(self, channel: str, message_ts: str | None = None) -> str:
        id_ = secrets.token_hex(12)
        self.world.response_urls[id_] = ResponseUrl(id_, channel, self.user.id, self.world.clock.now(), message_ts)
        return f"{self.standin.url}/response/{id_}"

    # ---------------------------------------------------------------- what Slack's client allows

    def _may_write(self, channel: str) -> None:
        where = self.world.channels.get(channel)
        if where is None or (where.private and self.user.id not in where.members):
            raise ImpossibleError("this person does not see that channel")
        if where.archived:
            raise ImpossibleError("the channel is archived: nobody can write there")

    def _subscribed(self, event: str) -> None:
        if event not in self.standin.events:
            raise ImpossibleError(f"the app's manifest does not subscribe to {event}: Slack delivers nothing")

    # ---------------------------------------------------------------- what the app's ack does

    def _said(self, envelope: Envelope, channel: str) -> None:
        """An ack of a command may carry a message."""
        said = envelope.answer
        if not said:
            return
        if refusal := content.refusal(said, update=False, schema=self.standin.schema):
            self.world.violate("invalid payload", f"ack of a command: {refusal}")
            return
        alone = said.get("response_type", "ephemeral") == "ephemeral"
        message = Message(
            channel,
            self.world.next_ts(),
            self.world.bot_in(channel),
            said,
            self.world.clock.now(),
            visible_to=self.user.id if alone else None,
        )
        (self.world.ephemerals if alone else self.world.messages[channel]).append(message)

    def _view_answered(self, view: View, answer: dict[str, Any]) -> None:
        """An ack of a submission closes, changes, stacks or keeps the modal."""
        action = answer.get("response_action")
        if action is None:
            del self.world.views[view.id]
        elif action == "clear":
            for other in [one for one in self.world.views.values() if one.user == self.user.id]:
                del self.world.views[other.id]
        elif action == "errors":
            blocks = {block.get("block_id") for block in view.body["blocks"] if block["type"] == "input"}
            if not answer.get("errors") or set(answer["errors"]) - blocks:
                self.world.violate(
                    "invalid payload",
                    f"errors for {sorted(answer.get('errors', {}))}, the modal's inputs are {sorted(map(str, blocks))}",
                )
        elif action in {"update", "push"}:
            problems = content.view_problems(answer.get("view"))
            if problems:
                self.world.violate("invalid payload", f"response_action {action}: {problems[0]}")
            elif action == "update":
                view.body, view.hash = answer["view"], self.world.serial("156986")
            else:
                new = self.world.serial("V")
                self.world.views[new] = View(new, self.user.id, answer["view"], self.world.serial("156986"), view.root, view.id)
        else:
            self.world.violate("invalid payload", f"unknown response_action {action!r}")
