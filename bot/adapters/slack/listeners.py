"""Hears people in Slack: ``/watch``, the same words after a mention or in a direct message, and the Why button.

Promises: everything is acknowledged at once and answered afterwards, in private unless the answer is to be shown; nothing
a person does stays without an answer, a word or a button nobody knows included; what comes twice is done once. Decides
nothing: the words go to ``Commands`` as they were typed. Never logs what somebody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.adapters.slack.render import WHY
from bot.commands.asking import Ask
from bot.commands.reply import Reply, Section
from bot.commands.roles import Role
from bot.core.model import Platform

ONLY_POSTS = Reply(
    "This Watchlamp only posts.", (Section(text="It runs without commands here; ask whoever installed it."),), error=True
)
UNKNOWN_BUTTON = Reply(
    "This button does nothing any more.",
    (Section(text="The message is from another version. Try:", code="/watch help"),),
    error=True,
)
FAILED = Reply("That could not be answered.", (Section(text="The program failed; the operator's log says where."),), error=True)

_ANYTHING = re.compile(r".*", re.DOTALL)
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_AFTER_A_NAME = " \t\n,:;.!-–—"
"""What people put between a name and what they ask."""
_TYPED = frozenset({None, "", "file_share", "me_message", "thread_broadcast"})
"""Kinds of message that a person typed; all others are news of the channel or of other messages
(docs.slack.dev/reference/events/message, seen 2026-11)."""
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_ENTITIES))

log = structlog.get_logger(__name__)


class Answers(Protocol):
    """What listening needs of the commands."""

    def role(self, *, platform: Platform, workspace_id: str, member: str, admin: bool = False) -> Role:
        """The role of the person who asks."""
        ...

    async def answer(self, ask: Ask) -> Reply:
        """Answer one question; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes.

    Attributes:
        channel: the conversation.
        user: who asked.
        thread: timestamp of the thread's first message, or None.
        response_url: Slack's address for answers to a command or a press, or None after a mention and in a direct message.
        direct: a direct message with the bot: nobody else is there.
    """

    channel: str
    user: str
    thread: str | None = None
    response_url: str | None = None
    direct: bool = False


class Speaker(Protocol):
    """Answers the person who acted."""

    async def say(self, place: Place, reply: Reply) -> None:
        """Show the reply: to this person alone, or to the channel if the reply is not private. Never raises."""
        ...

    @property
    def may_ask_for_admins(self) -> bool:
        """Whether Slack tells us who administers our workspace."""
        ...

    async def is_admin(self, user: str) -> bool:
        """Whether Slack says that this member of our workspace administers it; False where it may not be asked."""
        ...


class Listeners:
    """Every listener of the app."""

    def __init__(
        self,
        *,
        commands: Answers | None,
        speaker: Speaker,
        team: Callable[[], str],
        is_new: Callable[..., bool],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Build them.

        Args:
            commands: None for an installation that only posts.
            speaker: sends answers.
            team: id of our workspace.
            is_new: whether none of the given keys was seen lately.
            spawn: runs a coroutine beside us; whoever stops the app waits for it.
        """
        self._commands = commands
        self._speaker = speaker
        self._team = team
        self._is_new = is_new
        self._spawn = spawn

    def register(self, app: AsyncApp) -> None:
        """Register with the app, catch-alls last: what Slack sends us and nobody hears would show an error to the person."""
        app.command(_ANYTHING)(self._command)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._message)
        app.action(WHY)(self._why)
        app.action(_ANYTHING)(self._other_button)

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        place = Place(body["channel_id"], body["user_id"], response_url=body.get("response_url"))
        self._spawn(self._answer(place, body.get("team_id", ""), _typed(body.get("text", ""))))

    async def _mentioned(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        words = _after_mention(event.get("text", ""), context.bot_user_id)
        self._heard(event, body, words, direct=event.get("channel", "").startswith("D"))

    async def _message(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        """A direct message. What a bot wrote, and what nobody typed, is none."""
        if event.get("channel_type") != "im" or event.get("bot_id") or not event.get("user"):
            return
        if event.get("subtype") in _TYPED:
            self._heard(event, body, _after_mention(event.get("text", ""), context.bot_user_id), direct=True)

    def _heard(self, event: Mapping[str, Any], body: Mapping[str, Any], words: str, *, direct: bool) -> None:
        if not event.get("user") or not self._is_new(f"{event['channel']}/{event['ts']}"):
            return
        place = Place(event["channel"], event["user"], thread=event.get("thread_ts"), direct=direct)
        self._spawn(self._answer(place, event.get("user_team") or event.get("team") or body.get("team_id", ""), _typed(words)))

    async def _why(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        self._spawn(self._answer(_pressed_at(body), _team_of(body), f"why {action.get('value', '')}"))

    async def _other_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        if not action.get("url"):  # a button that is a link opens by itself
            self._spawn(self._speaker.say(_pressed_at(body), UNKNOWN_BUTTON))

    async def _answer(self, place: Place, team: str, words: str) -> None:
        reply = ONLY_POSTS
        if self._commands is not None:
            ours = bool(team) and team == self._team()
            admin = ours and await self._speaker.is_admin(place.user)
            admins = self._speaker.may_ask_for_admins if ours else None
            role = self._commands.role(platform=Platform.SLACK, workspace_id=team, member=place.user, admin=admin)
            try:
                reply = await self._commands.answer(
                    Ask(Platform.SLACK, team, place.channel, place.user, words, role, admins=admins)
                )
            except Exception as error:  # noqa: BLE001  # it promises never to raise; the person must hear something even so
                log.warning("a command raised", error=type(error).__name__)
                reply = FAILED
        await self._speaker.say(place, reply)


def _after_mention(text: str, own: str | None) -> str:
    """The words after the bot's own name, or after the first name while we do not know ours; all of them without any."""
    names = list(_MENTION.finditer(text))
    name = next((one for one in names if one[1] == own), None if own else next(iter(names), None))
    return text if name is None else text[name.end() :].lstrip(_AFTER_A_NAME)


def _typed(text: str) -> str:
    """What the person typed: Slack escapes three characters in what it hands on."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text).strip()


def _pressed_at(body: Mapping[str, Any]) -> Place:
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id", "")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    return Place(channel, body["user"]["id"], thread=thread, response_url=body.get("response_url"))


def _team_of(body: Mapping[str, Any]) -> str:
    """The team of the person, who may be a guest of another one."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")
