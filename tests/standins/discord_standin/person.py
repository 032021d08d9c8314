"""A person in front of a client: does through the gateway what a client would let a person do, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from . import permissions as may
from .checks import walk
from .interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from .rest_application import member_payload
from .rest_messages import remove
from .world import DM, Channel, Message, Role, User

MESSAGE = 3
"""The type of a command on a message (interactions/application-commands)."""
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, NUMBER = 1, 2, 3, 4, 5, 6, 7, 8, 10
TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
}


class Impossible(Exception):  # noqa: N818 - it says what a person cannot do
    """A client would not let a person do this."""


class Person:
    """Someone with an account.

    Acts wait until the application has answered, and return the interaction; ``wait=False`` returns at once.
    """

    def __init__(self, api: Any, user: User) -> None:
        self._api = api
        self.user = user

    # ------------------------------------------------------------ commands

    async def slash(
        self, channel: Channel, words: str, options: Mapping[str, Any] | None = None, *, wait: bool = True
    ) -> Interaction:
        """Run ``/words`` with ``options``, as typed into ``channel``.

        Raises:
            Impossible: no such command is offered here, an option is missing, unknown or has a value the client would not send.
        """
        command, path, leaf = self._find(channel, words)
        given = self._given(leaf, dict(options or {}))
        return await self._command(channel, command, path, given, COMMAND, wait=wait)

    async def complete(
        self, channel: Channel, words: str, option: str, typed: str, others: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """What is offered while ``typed`` stands in ``option`` of ``/words``.

        Raises:
            Impossible: the option does not complete.
        """
        command, path, leaf = self._find(channel, words)
        entry = next((entry for entry in leaf.get("options") or [] if entry["name"] == option), None)
        if entry is None or not entry.get("autocomplete"):
            raise Impossible(f"/{words} does not complete {option!r}")
        given = self._given(leaf, dict(others or {}), partial=True)
        given.append({"name": option, "type": entry["type"], "value": typed, "focused": True})
        interaction = await self._command(channel, command, path, given, AUTOCOMPLETE, wait=True)
        assert interaction.choices is not None
        return interaction.choices

    def offered(self, channel: Channel) -> list[str]:
        """The commands the client offers this person in ``channel``, by name."""
        return sorted(command["name"] for command in self._offered(channel))

    def _offered(self, channel: Channel) -> list[dict[str, Any]]:
        self._must_see(channel)
        granted = self._api.world.permissions(self.user, channel)
        if channel.guild is not None and not granted & may.USE_APPLICATION_COMMANDS:
            return []
        local = [] if channel.guild is None else self._api.commands.get(channel.guild.id, [])
        context = 1 if channel.kind == DM else 0
        everywhere = [command for command in self._api.commands[None] if context in (command.get("contexts") or [0, 1])]
        return [command for command in [*local, *everywhere] if self._may_run(command, channel, granted)]

    def _may_run(self, command: dict[str, Any], channel: Channel, granted: int) -> bool:
        needed = command.get("default_member_permissions")
        if needed is None or channel.guild is None:
            return True
        if granted & may.ADMINISTRATOR:
            return True
        return int(needed) != 0 and not int(needed) & ~granted

    def _find(self, channel: Channel, words: str) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
        """The registered command, the sub-commands below it on the way, and the one that runs."""
        name, *below = words.removeprefix("/").split()
        command = next((entry for entry in self._offered(channel) if entry["name"] == name and entry.get("type", 1) == 1), None)
        if command is None:
            raise Impossible(f"{self.user.name} is not offered /{name} in #{channel.name}")
        leaf, path = command, []
        for word in below:
            leaf = next(
                (entry for entry in leaf.get("options") or [] if entry["name"] == word and entry["type"] in {SUBCOMMAND, GROUP}), {}
            )
            if not leaf:
                raise Impossible(f"/{words}: there is no {word!r}")
            path.append(leaf)
        if any(entry["type"] in {SUBCOMMAND, GROUP} for entry in leaf.get("options") or []):
            raise Impossible(f"/{words} needs a sub-command")
        return command, path, leaf

    def _given(self, leaf: dict[str, Any], options: dict[str, Any], *, partial: bool = False) -> list[dict[str, Any]]:
        given = []
        for entry in leaf.get("options") or []:
            if entry["name"] in options:
                value = options.pop(entry["name"])
                self._check_value(entry, value)
                given.append({"name": entry["name"], "type": entry["type"], "value": getattr(value, "id", value)})
            elif entry.get("required") and not partial:
                raise Impossible(f"the option {entry['name']!r} is required")
        if options:
            raise Impossible(f"there are no options {sorted(options)}")
        return given

    @staticmethod
    def _check_value(entry: dict[str, Any], value: Any) -> None:
        kind, name = entry["type"], entry["name"]
        expected = TYPES.get(kind)
        if expected is not None and (not isinstance(value, expected) or (isinstance(value, bool) and kind != BOOLEAN)):
            raise Impossible(f"the option {name!r} does not take {value!r}")
        if entry.get("choices") and value not in [choice["value"] for choice in entry["choices"]]:
            raise Impossible(f"{value!r} is not among the choices of {name!r}")
        if kind == STRING and not entry.get("min_length", 0) <= len(value) <= entry.get("max_length", 6000):
            raise Impossible(f"{name!r} does not take {len(value)} characters")
        if kind in {INTEGER, NUMBER} and not entry.get("min_value", value) <= value <= entry.get("max_value", value):
            raise Impossible(f"{name!r} does not take {value}")
        if kind == CHANNEL and entry.get("channel_types") and value.kind not in entry["channel_types"]:
            raise Impossible(f"{name!r} does not take a channel of type {value.kind}")

    async def _command(
        self,
        channel: Channel,
        command: dict[str, Any],
        path: list[dict[str, Any]],
        given: list[dict[str, Any]],
        kind: int,
        *,
        wait: bool,
    ) -> Interaction:
        options = given
        for entry in reversed(path):
            options = [{"name": entry["name"], "type": entry["type"], "options": options}]
        data: dict[str, Any] = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if resolved := self._resolved(given, channel):
            data["resolved"] = resolved
        return await self._act(channel, kind, data, wait=wait)

    def _resolved(self, given: list[dict[str, Any]], channel: Channel) -> dict[str, Any]:
        world = self._api.world
        resolved: dict[str, Any] = {}
        for option in given:
            key = option["value"]
            if option["type"] == CHANNEL:
                place = world.channels[key]
                resolved.setdefault("channels", {})[key] = {
                    "id": key,
                    "type": place.kind,
                    "name": place.name,
                    "permissions": str(world.permissions(self.user, place)),
                    "app_permissions": str(world.permissions(world.me, place)),
                    "parent_id": None if place.parent is None else place.parent.id,
                    **({"thread_metadata": place.payload()["thread_metadata"]} if place.is_thread else {}),
                }
            elif option["type"] == USER:
                resolved.setdefault("users", {})[key] = world.users[key].payload()
                if channel.guild is not None and key in channel.guild.members:
                    member = member_payload(channel.guild, world.users[key])
                    member["permissions"] = str(channel.guild.base(world.users[key]))
                    resolved.setdefault("members", {})[key] = {
                        name: value for name, value in member.items() if name not in {"user", "mute", "deaf"}
                    }
            elif option["type"] == ROLE and channel.guild is not None:
                resolved.setdefault("roles", {})[key] = channel.guild.roles[key].payload()
        return resolved

    async def on_message(self, message: Message, name: str, *, wait: bool = True) -> Interaction:
        """Choose the message command ``name`` under Apps in a message's menu.

        Raises:
            Impossible: the person cannot see the message, or no such command is offered there.
        """
        channel = self._api.world.channels[message.channel_id]
        offered = [entry for entry in self._offered(channel) if entry["name"] == name and entry.get("type") == MESSAGE]
        if message.id not in channel.messages:
            raise Impossible("this message is gone")
        if not offered:
            raise Impossible(f"{self.user.name} is not offered {name!r} on messages in #{channel.name}")
        told = self._api.world.payload(message)
        data = {
            "id": offered[0]["id"],
            "name": name,
            "type": MESSAGE,
            "target_id": message.id,
            "resolved": {"messages": {message.id: told}},
        }
        return await self._act(channel, COMMAND, data, wait=wait)

    # ------------------------------------------------------------ buttons, menus, modals

    async def press(self, message: Message, custom_id: str, *, wait: bool = True) -> Interaction:
        """Press a button.

        Raises:
            Impossible: the person cannot see it, or it is disabled or a link.
        """
        component = self._component(message, custom_id, kind=2)
        data = {"custom_id": custom_id, "component_type": 2, "id": component["id"]}
        return await self._act(self._api.world.channels[message.channel_id], COMPONENT, data, message=message, wait=wait)

    async def choose(self, message: Message, custom_id: str, *values: str, wait: bool = True) -> Interaction:
        """Choose from a menu of texts.

        Raises:
            Impossible: the menu does not offer this.
        """
        component = self._component(message, custom_id, kind=3)
        offered = {option["value"] for option in component["options"]}
        if set(values) - offered or not component.get("min_values", 1) <= len(values) <= component.get("max_values", 1):
            raise Impossible(f"the menu does not let a person choose {values}")
        data = {"custom_id": custom_id, "component_type": 3, "id": component["id"], "values": list(values)}
        return await self._act(self._api.world.channels[message.channel_id], COMPONENT, data, message=message, wait=wait)

    def _component(self, message: Message, custom_id: str, *, kind: int) -> dict[str, Any]:
        channel = self._api.world.channels[message.channel_id]
        self._must_see(channel)
        if message.seen_by is not None and message.seen_by is not self.user:
            raise Impossible("this message is shown to someone else only")
        if message.seen_by is None and message.id not in channel.messages:
            raise Impossible("this message is gone")
        for _, component in walk(self._api.world.payload(message)["components"]):
            if component.get("custom_id") == custom_id and component["type"] == kind:
                if component.get("disabled"):
                    raise Impossible(f"{custom_id!r} is disabled")
                return component
        raise Impossible(f"the message has no component {custom_id!r} of type {kind}")

    async def submit(self, opened: Interaction, values: Mapping[str, str], *, wait: bool = True) -> Interaction:
        """Fill in the modal that ``opened`` showed, by custom id, and send it.

        Raises:
            Impossible: no modal is shown, or a text does not fit its field.
        """
        if opened.modal is None:
            raise Impossible("no modal is shown")
        if opened.user is not self.user:
            raise Impossible("the modal is shown to someone else")
        modal, opened.modal = opened.modal, None
        left = dict(values)
        sent = [self._filled(part, left, number) for number, part in enumerate(modal["components"], 1)]
        if left:
            opened.modal = modal
            raise Impossible(f"the modal has no fields {sorted(left)}")
        data = {"custom_id": modal["custom_id"], "components": sent, "resolved": {}}
        return await self._act(opened.channel, MODAL, data, message=opened.message, trigger=opened, wait=wait)

    def _filled(self, part: dict[str, Any], values: dict[str, str], number: int) -> dict[str, Any]:
        """A part of a modal as it is sent back: what shows, left out; what was filled in, with its value."""
        if part["type"] == 10:
            return {"type": 10, "id": part.get("id", number)}
        inputs = [part["component"]] if part["type"] == 18 else part["components"]
        filled = []
        for place, entry in enumerate(inputs):
            if entry["type"] == 3:
                filled.append(self._picked(entry, values, number * 10 + place))
                continue
            text = values.pop(entry["custom_id"], entry.get("value") or "")
            if entry.get("required", True) and not text:
                raise Impossible(f"{entry['custom_id']!r} is required")
            if text and not entry.get("min_length", 0) <= len(text) <= entry.get("max_length", 4000):
                raise Impossible(f"{entry['custom_id']!r} does not take {len(text)} characters")
            filled.append(
                {"type": entry["type"], "id": entry.get("id", number * 10 + place), "custom_id": entry["custom_id"], "value": text}
            )
        if part["type"] == 18:
            return {"type": 18, "id": part.get("id", number), "component": filled[0]}
        return {"type": 1, "id": part.get("id", number), "components": filled}

    @staticmethod
    def _picked(menu: dict[str, Any], values: dict[str, str], number: int) -> dict[str, Any]:
        """A menu of a modal as it is sent back: at most one value, as ours have."""
        usual = next((option["value"] for option in menu["options"] if option.get("default")), "")
        picked = values.pop(menu["custom_id"], usual)
        if menu.get("required", True) and not picked:
            raise Impossible(f"{menu['custom_id']!r} is required")
        if picked and picked not in [option["value"] for option in menu["options"]]:
            raise Impossible(f"the menu {menu['custom_id']!r} does not offer {picked!r}")
        chosen = [picked] if picked else []
        return {"type": 3, "id": menu.get("id", number), "custom_id": menu["custom_id"], "values": chosen}

    # ------------------------------------------------------------ messages

    def say(self, channel: Channel, content: str) -> Message:
        """Write into a channel.

        Raises:
            Impossible: the person may not.
        """
        self._must_see(channel)
        if not self._api.world.permissions(self.user, channel) & may.SEND_MESSAGES:
            raise Impossible(f"{self.user.name} may not write in #{channel.name}")
        message: Message = self._api.world.post(channel, self.user, {"content": content})
        return message

    def delete(self, message: Message) -> None:
        """Delete a message: one's own, or anybody's with Manage Messages.

        Raises:
            Impossible: the person may not.
        """
        channel = self._api.world.channels[message.channel_id]
        self._must_see(channel)
        if message.id not in channel.messages:
            raise Impossible("this message is gone")
        if message.author is not self.user and not self._api.world.permissions(self.user, channel) & may.MANAGE_MESSAGES:
            raise Impossible(f"{self.user.name} may not delete messages of others")
        remove(channel, message)

    def sees(self, channel: Channel) -> list[Message]:
        """The messages of a channel as this person sees them, ephemeral ones included, oldest first."""
        self._must_see(channel)
        private = [
            message
            for interaction in self._api.interactions.values()
            if interaction.user is self.user and interaction.channel is channel
            for message in (interaction.original, *interaction.followups)
            if message is not None and message.seen_by is self.user
        ]
        return sorted([*channel.messages.values(), *private], key=lambda message: int(message.id))

    def _must_see(self, channel: Channel) -> None:
        if channel.gone or not self._api.world.permissions(self.user, channel) & may.VIEW_CHANNEL:
            raise Impossible(f"{self.user.name} does not see #{channel.name}")

    # ------------------------------------------------------------ the gateway

    async def _act(
        self,
        channel: Channel,
        kind: int,
        data: dict[str, Any],
        *,
        wait: bool,
        message: Message | None = None,
        trigger: Interaction | None = None,
    ) -> Interaction:
        api = self._api
        if not api.gateway.hears(channel.guild.id if channel.guild is not None else None):
            raise Impossible("the application is not online: the client says that it did not respond")
        token = f"aW50ZXJhY3Rpb24{api.world.snowflake()}"
        interaction = Interaction(
            api.world.snowflake(), token, kind, self.user, channel, api.clock.now(), data, message, trigger=trigger
        )
        api.interactions[token] = interaction
        await api.gateway.dispatch("INTERACTION_CREATE", self._payload(interaction), intent=None)
        if wait:
            try:
                async with asyncio.timeout(api.patience):
                    await interaction.done.wait()
            except TimeoutError:
                raise AssertionError(f"the application did not answer {data}") from None
        return interaction

    def _payload(self, interaction: Interaction) -> dict[str, Any]:
        world, channel = self._api.world, interaction.channel
        payload: dict[str, Any] = {
            "id": interaction.id,
            "application_id": world.me.id,
            "type": interaction.kind,
            "data": interaction.data,
            "channel": channel.payload(),
            "channel_id": channel.id,
            "token": interaction.token,
            "version": 1,
            "app_permissions": str(world.permissions(world.me, channel)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": channel.guild.id if channel.guild else "0"},
            "context": 1 if channel.kind == DM else 0,
            "attachment_size_limit": 10_485_760,
        }
        if channel.guild is None:
            payload["user"] = self.user.payload()
        else:
            payload["guild_id"] = channel.guild.id
            payload["guild"] = {"id": channel.guild.id, "features": [], "locale": "en-US"}
            payload["guild_locale"] = "en-US"
            payload["member"] = member_payload(channel.guild, self.user) | {
                "permissions": str(world.permissions(self.user, channel))
            }
        if interaction.message is not None:
            payload["message"] = world.payload(interaction.message)
        return payload
