"""What exists in the stand-in: guilds, roles, members, channels, threads, messages. It decides nothing about requests.

Objects know how Discord prints them (``payload``). Ids are snowflakes of the injected clock, so that they sort by time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.core.clock import Clock

from . import permissions as may

EPOCH_MS = 1_420_070_400_000
"""Discord's epoch, the first second of 2015 (reference, Snowflakes)."""

TEXT, DM, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 5, 10, 11, 12, 15
THREADS = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})

EPHEMERAL = 1 << 6
CROSSPOSTED = 1 << 0
HAS_THREAD = 1 << 5


@dataclass
class User:
    """An account."""

    id: str
    name: str
    bot: bool = False
    takes_dms: bool = True

    def payload(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "username": self.name,
            "avatar": None,
            "discriminator": "0",
            "public_flags": 0,
            "flags": 0,
            "bot": self.bot,
            "global_name": None,
            "primary_guild": None,
        }


@dataclass
class Role:
    """A role of a guild."""

    id: str
    name: str
    permissions: int = 0
    mentionable: bool = False

    def payload(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "permissions": str(self.permissions),
            "position": 0 if self.name == "@everyone" else 1,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass
class Message:
    """A message, with what it would have done to people's screens.

    Attributes:
        body: what the author sent, as last edited.
        pings: see ``pings.Pings``; of the first sending, as edits wake nobody.
        edit_pings: what each edit would have woken had it been a new message; a careful author has none here either.
    """

    id: str
    channel_id: str
    author: User
    body: dict[str, Any]
    created: datetime
    flags: int = 0
    edited: datetime | None = None
    nonce: str | int | None = None
    pings: Any = None
    files: tuple[tuple[str, int], ...] = ()
    reference: dict[str, Any] | None = None
    interaction: dict[str, Any] | None = None
    kind: int = 0
    seen_by: User | None = None
    revisions: list[dict[str, Any]] = field(default_factory=list)
    edit_pings: list[Any] = field(default_factory=list)
    late_edits: list[datetime] = field(default_factory=list)

    @property
    def content(self) -> str:
        """The text as it stands."""
        return self.body.get("content") or ""

    @property
    def embeds(self) -> list[dict[str, Any]]:
        """The embeds as they stand."""
        return self.body.get("embeds") or []


@dataclass
class Channel:
    """A channel, a thread, a forum or a direct conversation."""

    id: str
    kind: int
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    owner: User | None = None
    overwrites: dict[str, tuple[int, int]] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()
    moderated: frozenset[str] = frozenset()
    tag_required: bool = False
    applied_tags: tuple[str, ...] = ()
    archived: bool = False
    locked: bool = False
    auto_archive: int = 4320
    changed: datetime | None = None
    created: datetime | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    gone: bool = False

    @property
    def is_thread(self) -> bool:
        """Whether it hangs below another channel."""
        return self.kind in THREADS

    def payload(self) -> dict[str, Any]:
        last = next(reversed(self.messages), None)
        if self.kind == DM:
            assert self.recipient is not None
            return {"id": self.id, "type": DM, "flags": 0, "last_message_id": last, "recipients": [self.recipient.payload()]}
        assert self.guild is not None
        common: dict[str, Any] = {"id": self.id, "type": self.kind, "flags": 0, "guild_id": self.guild.id, "name": self.name}
        if self.is_thread:
            assert self.parent is not None
            assert self.owner is not None
            assert self.created is not None
            return common | {
                "parent_id": self.parent.id,
                "owner_id": self.owner.id,
                "last_message_id": last,
                "applied_tags": list(self.applied_tags),
                "rate_limit_per_user": 0,
                "thread_metadata": {
                    "archived": self.archived,
                    "archive_timestamp": (self.changed or self.created).isoformat(),
                    "auto_archive_duration": self.auto_archive,
                    "locked": self.locked,
                    "create_timestamp": self.created.isoformat(),
                },
                "message_count": len(self.messages),
                "member_count": 1,
                "total_message_sent": len(self.messages) + len(self.deleted),
            }
        common |= {
            "position": 0,
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "last_message_id": last,
            "rate_limit_per_user": 0,
            "permission_overwrites": [
                {"id": key, "type": 0 if key in self.guild.roles else 1, "allow": str(allow), "deny": str(deny)}
                for key, (allow, deny) in self.overwrites.items()
            ],
        }
        if self.kind == FORUM:
            common["flags"] = 1 << 4 if self.tag_required else 0
            common["available_tags"] = [
                {"id": key, "name": name, "moderated": name in self.moderated, "emoji_id": None, "emoji_name": None}
                for key, name in self.tags
            ]
            common |= {"default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
        return common


@dataclass
class Guild:
    """A server; its id is also the id of its role @everyone."""

    id: str
    name: str
    owner: User
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    system_channel: Channel | None = None

    def base(self, user: User) -> int:
        """A member's permissions before any channel's overwrites."""
        if user is self.owner:
            return may.ALL
        base = self.roles[self.id].permissions
        for role in self.members.get(user.id, ()):
            base |= self.roles[role].permissions
        return may.ALL if base & may.ADMINISTRATOR else base


class World:
    """Everything there is, and how to add to it. The application's own account is ``me``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.me = self.add_user("watchlamp", bot=True)
        self.owner = self.add_user("operator")

    def snowflake(self) -> str:
        """A new id."""
        self._count += 1
        return str(((int(self._clock.now().timestamp() * 1000) - EPOCH_MS) << 22) + self._count)

    def add_user(self, name: str, *, bot: bool = False, takes_dms: bool = True) -> User:
        """An account that is in no guild yet."""
        user = User(self.snowflake(), name, bot, takes_dms)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, bot_permissions: int = may.BOT) -> Guild:
        """A guild in which the application is a member with a role of its own."""
        guild = Guild(self.snowflake(), name, self.add_user(f"owner of {name}"))
        guild.roles[guild.id] = Role(guild.id, "@everyone", may.MEMBER)
        guild.members[guild.owner.id] = ()
        self.guilds[guild.id] = guild
        self.add_member(guild, self.me, self.add_role(guild, self.me.name, permissions=bot_permissions))
        return guild

    def add_role(self, guild: Guild, name: str, *, permissions: int = 0, mentionable: bool = False) -> Role:
        """A role."""
        role = Role(self.snowflake(), name, permissions, mentionable)
        guild.roles[role.id] = role
        return role

    def add_member(self, guild: Guild, user: User, *roles: Role) -> User:
        """Let ``user`` join with ``roles``."""
        guild.members[user.id] = tuple(role.id for role in roles)
        return user

    def add_channel(
        self, guild: Guild, name: str, *, kind: int = TEXT, tags: tuple[str, ...] = (), tag_required: bool = False
    ) -> Channel:
        """A text (0), announcement (5) or forum (15) channel; ``tags`` are names, for forums."""
        channel = Channel(self.snowflake(), kind, name, guild, tag_required=tag_required)
        channel.tags = tuple((self.snowflake(), tag) for tag in tags)
        guild.channels[channel.id] = channel
        self.channels[channel.id] = channel
        return channel

    def add_thread(self, parent: Channel, name: str, owner: User, *, id: str | None = None, auto_archive: int = 4320) -> Channel:  # noqa: A002
        """A public thread or a forum post; a thread begun at a message has that message's ``id``."""
        kind = ANNOUNCEMENT_THREAD if parent.kind == ANNOUNCEMENT else PUBLIC_THREAD
        thread = Channel(id or self.snowflake(), kind, name, parent.guild, parent, owner=owner, auto_archive=auto_archive)
        thread.created = self._clock.now()
        self.channels[thread.id] = thread
        return thread

    def conversation(self, user: User) -> Channel:
        """The direct conversation between the application and ``user``, always the same one."""
        for channel in self.channels.values():
            if channel.kind == DM and channel.recipient is user:
                return channel
        channel = Channel(self.snowflake(), DM, user.name, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def threads(self, parent: Channel) -> list[Channel]:
        """Threads of a channel, newest first."""
        found = [channel for channel in self.channels.values() if channel.parent is parent and not channel.gone]
        return sorted(found, key=lambda channel: int(channel.id), reverse=True)

    def permissions(self, user: User, channel: Channel) -> int:
        """What ``user`` may do in ``channel``; threads inherit from their parent."""
        if channel.guild is None:
            return may.ALL if user is self.me or user is channel.recipient else 0
        if user.id not in channel.guild.members:
            return 0
        place = channel.parent or channel
        granted = with_roles(channel.guild, place, user)
        if channel.is_thread:
            # In threads sending has a permission of its own.
            granted = granted | may.SEND_MESSAGES if granted & may.SEND_MESSAGES_IN_THREADS else granted & ~may.SEND_MESSAGES
        return granted

    def deny(self, channel: Channel, bits: int, *, user: User | None = None) -> None:
        """Take ``bits`` from a member (the application by default) in a channel."""
        key = (user or self.me).id
        allow, denied = channel.overwrites.get(key, (0, 0))
        channel.overwrites[key] = (allow & ~bits, denied | bits)

    def post(self, channel: Channel, author: User, body: dict[str, Any], *, id: str | None = None, **more: Any) -> Message:  # noqa: A002
        """Put a message into a channel; one that only ``seen_by`` sees is in none."""
        message = Message(id or self.snowflake(), channel.id, author, body, self._clock.now(), **more)
        message.flags |= body.get("flags") or 0
        if message.seen_by is None:
            channel.messages[message.id] = message
        return message

    def messages(self) -> list[Message]:
        """Every message that is still there, oldest first, wherever it is; ephemeral ones are with their interactions."""
        found = [message for channel in self.channels.values() for message in channel.messages.values()]
        return sorted(found, key=lambda message: int(message.id))

    def age(self, message: Message) -> timedelta:
        """How old a message is."""
        return self._clock.now() - message.created

    def payload(self, message: Message) -> dict[str, Any]:
        """A message as Discord prints it."""
        pings = message.pings
        printed: dict[str, Any] = {
            "id": message.id,
            "type": message.kind,
            "channel_id": message.channel_id,
            "author": message.author.payload(),
            "content": message.content.strip(),
            "mentions": [self.users[user].payload() for user in pings.named_users if user in self.users] if pings else [],
            "mention_roles": list(pings.named_roles) if pings else [],
            "mention_everyone": bool(pings and pings.everyone),
            "attachments": [
                {
                    "id": str(place),
                    "filename": name,
                    "size": size,
                    "url": f"https://cdn.example.invalid/{name}",
                    "proxy_url": f"https://cdn.example.invalid/{name}",
                }
                for place, (name, size) in enumerate(message.files)
            ],
            "embeds": [{"type": "rich", **embed} for embed in message.embeds],
            "timestamp": message.created.isoformat(),
            "edited_timestamp": message.edited.isoformat() if message.edited else None,
            "flags": message.flags,
            "components": numbered(message.body.get("components") or []),
            "pinned": False,
            "tts": False,
        }
        if message.nonce is not None:
            printed["nonce"] = message.nonce
        if message.reference is not None:
            printed["message_reference"] = message.reference
        if message.interaction is not None:
            printed["interaction_metadata"] = message.interaction
        thread = self.channels.get(message.id)
        if thread is not None and message.flags & HAS_THREAD:
            printed["thread"] = thread.payload()
        return printed


def with_roles(guild: Guild, channel: Channel, user: User) -> int:
    """A member's permissions in a channel that is no thread."""
    return may.with_overwrites(
        guild.base(user), channel.overwrites, everyone=guild.id, roles=guild.members.get(user.id, ()), user=user.id
    )


def numbered(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Components with the ids Discord gives to those that have none, depth first from 1."""
    count = 0

    def visit(component: dict[str, Any]) -> dict[str, Any]:
        nonlocal count
        count += 1
        printed = {"id": count, **component}
        if not printed["id"]:
            printed["id"] = count
        for key in ("components",):
            if key in component:
                printed[key] = [visit(child) for child in component[key]]
        for key in ("accessory", "component"):
            if key in component:
                printed[key] = visit(component[key])
        return printed

    return [visit(component) for component in components]
