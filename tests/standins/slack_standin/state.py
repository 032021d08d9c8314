"""What a workspace holds: channels, people, messages, files, modals, and the record of everything that was asked.

Nothing here speaks HTTP. The server changes this state only when a request passed every check, so a test may read
``World`` as what the people of the workspace really see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .marks import Link, links_of, pings_of

TEAM = "T0STANDIN1"
APP = "A0STANDIN1"
BOT_USER = "U0STANDBOT"
BOT_ID = "B0STANDIN1"
BOT_TOKEN = "xoxb-0000000000-standin"
APP_TOKEN = "xapp-1-A0STANDIN1-0000000000-standin"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"

DEFAULT_SCOPES = (
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:write",
    "groups:history", "groups:read", "im:history", "im:read", "im:write", "reactions:write", "users:read",
)  # fmt: skip
"""What a test that is not about scopes is granted. A test of the shipped manifest passes that manifest."""

TS = re.compile(r"\d{10}\.\d{6}")


class Clock(Protocol):
    """What the stand-in needs to know of time."""

    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Team:
    """A workspace, and who the app is there.

    Attributes:
        bot_user, bot_id: the app's own, in this workspace.
    """

    id: str
    bot_user: str
    bot_id: str
    name: str = "Stand-in"


HOME = Team(TEAM, BOT_USER, BOT_ID)
"""The workspace that is there from the beginning, with a token that nobody had to ask for."""


@dataclass
class User:
    """A member, or a guest of another workspace (``team``)."""

    id: str
    name: str
    team: str = TEAM
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False


@dataclass
class Channel:
    """A conversation: public, private, or (``user`` set) a direct message with the bot."""

    id: str
    name: str
    private: bool = False
    archived: bool = False
    shared: bool = False
    members: set[str] = field(default_factory=set)
    user: str | None = None
    created: int = 1_700_000_000
    team: str = TEAM

    @property
    def kind(self) -> str:
        """Which family of scopes speaks about it."""
        if self.user is not None:
            return "im"
        return "groups" if self.private else "channels"


@dataclass
class Message:
    """A message as the channel shows it, with everything it was before.

    Attributes:
        body: the arguments of the call that made or last changed it, as received (parsed).
        edits: the bodies it had before, oldest first.
        visible_to: the one member who sees it (ephemeral); None for all.
        deleted: whether it is gone.
    """

    channel: str
    ts: str
    user: str
    body: dict[str, Any]
    at: datetime
    bot: bool = True
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    edits: list[dict[str, Any]] = field(default_factory=list)
    edited_at: datetime | None = None
    visible_to: str | None = None
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    client_msg_id: str | None = None
    files: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The top-level text: notification and screen reader."""
        return str(self.body.get("text") or self.body.get("markdown_text") or "")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks it shows."""
        return list(self.body.get("blocks") or [])

    @property
    def pings(self) -> list[str]:
        """Who this message called: every mention that Slack would resolve, in any text it ever had."""
        return [ping for body in (*self.edits, self.body) for ping in pings_of(body)]

    @property
    def links(self) -> list[Link]:
        """Every link a reader can follow: what is shown and where it leads."""
        return links_of(self.body)

    @property
    def forged(self) -> list[Link]:
        """Links whose shown text names another host than the one they lead to."""
        return [link for link in self.links if link.forged]

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class Request:
    """One request as it came in and what was answered.

    Attributes:
        method: Web API method, or ``response_url`` or ``upload``.
        arguments: its arguments after parsing; raw bytes of an upload are not kept here.
        answer: the JSON answered, None when nothing was answered.
        fault: the scripted fault that struck it, if any.
        stored: timestamp of the message it made or changed.
    """

    method: str
    arguments: dict[str, Any]
    at: datetime
    token: str | None = None
    status: int | None = None
    answer: dict[str, Any] | None = None
    fault: str | None = None
    stored: str | None = None
    content_type: str = ""

    @property
    def error(self) -> str | None:
        """The error code answered, None for success or silence."""
        return None if self.answer is None or self.answer.get("ok") else str(self.answer.get("error"))


@dataclass(frozen=True)
class Violation:
    """Something a well-behaved app never does."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass
class ResponseUrl:
    """A response_url: five uses within thirty minutes (docs.slack.dev, responding to interactions)."""

    id: str
    channel: str
    user: str
    issued: datetime
    message_ts: str | None = None
    uses: int = 0


@dataclass
class Trigger:
    """A trigger_id: one use within three seconds (views.open)."""

    id: str
    user: str
    issued: datetime
    used: bool = False


@dataclass
class View:
    """An open modal or a published Home tab."""

    id: str
    user: str
    body: dict[str, Any]
    hash: str
    root: str
    previous: str | None = None
    response_urls: tuple[str, ...] = ()
    team: Team = HOME


@dataclass
class File:
    """A file between getUploadURLExternal and completeUploadExternal, and after."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    complete: bool = False
    title: str | None = None


class World:
    """The whole workspace and the record of a test."""

    def __init__(self, clock: Clock, scopes: tuple[str, ...]) -> None:
        self.clock = clock
        self.scopes = scopes
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, User] = {}
        self.messages: dict[str, list[Message]] = {}
        self.ephemerals: list[Message] = []
        self.requests: list[Request] = []
        self.violations: list[Violation] = []
        self.response_urls: dict[str, ResponseUrl] = {}
        self.triggers: dict[str, Trigger] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.tokens = {BOT_TOKEN: "ok", APP_TOKEN: "ok"}
        self.teams = {TEAM: HOME}
        self.holders = {BOT_TOKEN: HOME}
        self.every_scope = scopes
        self.us = HOME
        self.commands: set[str] = set()
        self.home_tab = self.messages_tab = True
        self._last_ts = 0
        self._serial = 0

    def serial(self, prefix: str) -> str:
        """A new id such as Slack makes them: a letter and ten signs."""
        self._serial += 1
        return f"{prefix}{self._serial:010d}"

    def next_ts(self) -> str:
        """A timestamp no other message has, never before the last one."""
        micros = max(int(self.clock.now().timestamp() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000:010d}.{micros % 1_000_000:06d}"

    def violate(self, kind: str, what: str) -> None:
        """Put down what a well-behaved app never does."""
        self.violations.append(Violation(kind, what))

    def add_channel(
        self, id_: str, name: str, *, member: bool = True, private: bool = False, archived: bool = False, shared: bool = False,
        team: str = TEAM,
    ) -> Channel:  # fmt: skip
        """A channel; with ``member`` the bot is in it."""
        own = {self.teams[team].bot_user} if member else set()
        channel = Channel(id_, name, private, archived, shared, own, team=team)
        self.channels[id_] = channel
        self.messages.setdefault(id_, [])
        return channel

    def add_user(self, id_: str, name: str, **facts: Any) -> User:
        """A person, who is in every public channel."""
        self.users[id_] = User(id_, name, **facts)
        return self.users[id_]

    def direct(self, user: str) -> Channel:
        """The direct conversation of a person and the bot, made when it is first needed."""
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        new = self.serial("D")
        team = self.home_of(user)
        self.channels[new] = Channel(new, "", True, members={team.bot_user, user}, user=user, team=team.id)
        self.messages[new] = []
        return self.channels[new]

    def home_of(self, user: str) -> Team:
        """The workspace in which a person meets the app: their own, if it is there."""
        return self.teams.get(self.users[user].team, HOME)

    def bot_in(self, channel: str) -> str:
        """Who the app is in a channel."""
        return self.teams[self.channels[channel].team].bot_user

    def find(self, channel: str, ts: str) -> Message | None:
        """A message that still stands."""
        return next((found for found in self.messages.get(channel, ()) if found.ts == ts and not found.deleted), None)
