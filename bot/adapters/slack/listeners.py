"""Hears people in Slack: commands, mentions, direct messages, buttons, forms, shortcuts, the Home tab, and invitations.

Promises: everything is acknowledged within three seconds whatever the answer takes, and answered afterwards, in private unless
the answer is to be shown; nothing a person does stays without an answer, a word or a button nobody knows included; what comes
twice is done once. Decides nothing: words go to ``Commands`` as they were typed, and a press is words. Never logs what somebody
wrote.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.adapters.slack.answer import FORM
from bot.adapters.slack.fixed import failed, no_link, only_posts, unknown_button
from bot.adapters.slack.manifest import WHY_THIS
from bot.adapters.slack.place import Place, acted_at, after_mention, commanded_at, team_of, told_of, typed
from bot.adapters.slack.render import ASK, WHY
from bot.adapters.slack.windows import AWAITED, FILLED, View, asked_again, carried, filled_in, seen_at
from bot.commands.asking import Ask
from bot.commands.reply import Reply
from bot.commands.roles import Role
from bot.commands.underway import Underway
from bot.commands.welcome import welcome
from bot.core.model import Platform
from bot.core.spoken import ENGLISH, speaking, tr

HOME = "home"
"""The command that fills the Home tab."""
ACK_WITHIN = 1.8
"""Seconds that a submitted form waits for its answer, to show it at once: Slack wants to hear within three, the network included
(docs.slack.dev/interactivity/handling-user-interaction, seen 2026-11)."""
OPEN_WITHIN = 2.2
"""Seconds after which a form is not opened any more but offered: a trigger serves for three
(docs.slack.dev/reference/methods/views.open, seen 2026-11)."""
AFTER_ACK = 0.4
"""Seconds between an acknowledgement that changes a window and the window's next change, which must not overtake it."""
WAIT_BEFORE_SAYING_SO = 0.8
"""Seconds after which a window says that its answer is under way."""

MOST_LINES = 3
"""Lines about how far an answer is that are said at most where one cannot take the place of another: an address for answers takes
five in all (docs.slack.dev/interactivity/handling-user-interaction, seen 2026-11), and the answer may need two."""
BETWEEN_LINES = 20.0
"""Seconds between two of them."""

_ANYTHING = re.compile(r".*", re.DOTALL)
_ASKS = re.compile(rf"{WHY}|{re.escape(ASK)}[a-z0-9]{{1,20}}")
_OLD = re.compile(r"s[0-9a-z]{1,40}")
"""What the Why button held before it held what it asks: the id of a story."""
_TYPED = frozenset({None, "", "file_share", "me_message", "thread_broadcast"})
"""Kinds of message that a person typed; all others are news of the channel or of other messages
(docs.slack.dev/reference/events/message, seen 2026-11)."""
_NOTHING: Mapping[str, str] = MappingProxyType({})

log = structlog.get_logger(__name__)


class Named(Protocol):
    """What listening needs to know of a command."""

    @property
    def name(self) -> str:
        """Its words."""
        ...


class Answers(Protocol):
    """What listening needs of the commands."""

    @property
    def table(self) -> Sequence[Named]:
        """Every command that is answered."""
        ...

    def role(self, *, platform: Platform, workspace_id: str, member: str, admin: bool = False) -> Role:
        """The role of the person who asks."""
        ...

    def language(self, ask: Ask) -> str:
        """In which language the person who asks is answered."""
        ...

    async def answer(self, ask: Ask) -> Reply:
        """Answer one question; never raises."""
        ...


class Speaker(Protocol):
    """Answers the person who acted. Nothing of it raises."""

    async def say(self, place: Place, reply: Reply, words: str = "") -> None:
        """Show the reply: to this person alone, or to the channel if the reply is not private."""
        ...

    def view(self, place: Place, reply: Reply | None, *, step: int = 0) -> View:
        """The window for a reply; None: that there will be one."""
        ...

    async def open(self, place: Place, reply: Reply | None) -> str:
        """Open a window; its id, or empty."""
        ...

    async def change(self, place: Place, reply: Reply | None, *, step: int = 0) -> bool:
        """Show a reply in the window of a place; False where that is closed."""
        ...

    async def publish(self, user: str, reply: Reply) -> None:
        """Show a reply as somebody's Home tab."""
        ...

    async def send_directly(self, user: str, reply: Reply) -> Reply:
        """Send a reply to somebody's direct messages; what the place where it was asked is to hear."""
        ...

    @property
    def may_ask_for_admins(self) -> bool:
        """Whether Slack tells us who administers our workspace."""
        ...

    async def is_admin(self, user: str, team: str) -> bool:
        """Whether Slack says that this member of our workspace administers it; False where it may not be asked."""
        ...


class Greeted(Protocol):
    """Remembers for good which channels were greeted."""

    async def get(self, name: str) -> str | None:
        """What was set under this name, or None."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Keep it."""
        ...


Spawn = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]
"""Runs a coroutine beside us; whoever stops the app waits for it."""


class Listeners:
    """Every listener of the app."""

    def __init__(
        self,
        *,
        commands: Answers | None,
        speakers: Callable[[str], Speaker],
        is_new: Callable[..., Awaitable[bool]],
        spawn: Spawn,
        greeted: Greeted | None = None,
        alone: bool = True,
    ) -> None:
        """Build them.

        Args:
            commands: None for an installation that only posts.
            speakers: who sends answers in a workspace.
            is_new: whether none of the given keys was seen lately.
            spawn: runs a coroutine beside us.
            greeted: which channels were greeted; without, those of this run are remembered.
            alone: our workspace is the only one; else a stranger in a shared channel has rights at home alone.
        """
        self._commands = commands
        self._speakers = speakers
        self._is_new = is_new
        self._spawn = spawn
        self._greeted = greeted
        self._alone = alone
        self._names: Collection[str] = frozenset() if commands is None else frozenset(one.name for one in commands.table)

    def register(self, app: AsyncApp) -> None:
        """Register with the app, catch-alls last: what Slack sends us and nobody hears would show an error to the person."""
        app.command(_ANYTHING)(self._command)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._message)
        app.event("app_home_opened")(self._home_opened)
        app.event("member_joined_channel")(self._joined)
        app.action(_ASKS)(self._pressed)
        app.action(FORM)(self._form_wanted)
        app.action(_ANYTHING)(self._other_button)
        app.view(_ANYTHING)(self._submitted)
        app.shortcut(_ANYTHING)(self._shortcut)

    # ------------------------------------------------------------ words

    async def _command(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._spawn(self._answer(_for(context, commanded_at(body)), body.get("team_id", ""), typed(body.get("text", ""))))

    async def _mentioned(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        words = after_mention(event.get("text", ""), context.bot_user_id)
        self._heard(event, body, context, words, direct=event.get("channel", "").startswith("D"))

    async def _message(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        """A direct message. What a bot wrote, and what nobody typed, is none."""
        if event.get("channel_type") != "im" or event.get("bot_id") or not event.get("user"):
            return
        if event.get("subtype") in _TYPED:
            self._heard(event, body, context, after_mention(event.get("text", ""), context.bot_user_id), direct=True)

    def _heard(
        self, event: Mapping[str, Any], body: Mapping[str, Any], context: AsyncBoltContext, words: str, *, direct: bool
    ) -> None:
        if not event.get("user"):
            return
        place = _for(context, Place(event["channel"], event["user"], thread=event.get("thread_ts"), direct=direct))
        team = event.get("user_team") or event.get("team") or body.get("team_id", "")
        self._spawn(self._answer_once(f"{event['channel']}/{event['ts']}", place, team, typed(words)))

    async def _answer_once(self, key: str, place: Place, team: str, words: str) -> None:
        """Answer a message: a mention in a direct message is told of as both."""
        if await self._is_new(key):
            await self._answer(place, team, words)

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """A shortcut of a message: why it is here, or why what it links to is not."""
        await ack()
        if body.get("type") != "message_action" or body.get("callback_id") != WHY_THIS:
            self._unknown(_for(context, _private(body["user"]["id"])), body)
            return
        place = _for(context, acted_at(body))
        about = told_of(body.get("message") or {}, _known(context, "bot_id"))
        with self._spoken(place, team_of(body)):
            self._spawn(self._answer(place, team_of(body), f"{WHY} {about}") if about else self._say(place, no_link()))

    # ------------------------------------------------------------ what is pressed

    async def _pressed(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        words = str(action.get("value") or "")
        if action.get("action_id") == WHY and _OLD.fullmatch(words):
            words = f"{WHY} {words}"
        team = team_of(body)
        if "view" not in body:
            self._spawn(self._answer(_for(context, acted_at(body)), team, words))
        elif (place := _for(context, seen_at(body))).home and words == HOME:
            self._spawn(self._publish(place, team))
        else:
            self._spawn(self._in_window(place, team, words))

    async def _form_wanted(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        place = _for(context, seen_at(body) if "view" in body else acted_at(body))
        self._spawn(self._in_window(place, team_of(body), str(action.get("value") or "")))

    async def _other_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        if not action.get("url"):  # a button that is a link opens by itself
            self._unknown(_for(context, _private(body["user"]["id"]) if "view" in body else acted_at(body)), body)

    def _unknown(self, place: Place, body: Mapping[str, Any]) -> None:
        with self._spoken(place, team_of(body)):
            self._spawn(self._say(place, unknown_button()))

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """A form: its answer takes its place, at once where there is one, else as soon as there is."""
        view, place = body["view"], _for(context, seen_at(body))
        here = carried(view)
        if view.get("callback_id") != FILLED or not here.words:
            await ack()
            self._unknown(_private(place.user, place.team), body)
            return
        with self._spoken(place, team_of(body)):
            await self._filled(ack, body, place)

    async def _filled(self, ack: AsyncAck, body: dict[str, Any], place: Place) -> None:
        view = body["view"]
        here, underway = carried(view), Underway()
        asking = self._spawn(self._asked(place, team_of(body), here.words, filled_in(view), underway))
        await asyncio.wait({asking}, timeout=ACK_WITHIN)
        reply: Reply | None = asking.result() if asking.done() else None
        if reply is None or reply.picture is not None:  # a picture takes calls of its own
            await ack(response_action="update", view=self._speakers(place.team).view(place, None))
            self._spawn(self._later(asking, place, here.step + 1, underway))
            return
        if reply.error and not reply.failed and reply.form is None:
            await ack(response_action="update", view=asked_again(view, reply))
            return
        await ack(response_action="update", view=self._speakers(place.team).view(place, reply, step=here.step + 1))
        await self._shown_too(place, reply)

    async def _later(self, asking: asyncio.Task[Reply], place: Place, step: int, underway: Underway) -> None:
        await asyncio.sleep(AFTER_ACK)
        underway.begin(partial(self._speakers(place.team).change, place), below=tr(AWAITED))
        reply = await asking
        await underway.end()
        if not await self._speakers(place.team).change(place, reply, step=step):
            await self._say(_private(place.user, place.team), reply)
        await self._shown_too(place, reply)

    # ------------------------------------------------------------ the Home tab, and invitations

    async def _home_opened(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab") == "home" and event.get("user"):
            self._spawn(self._publish(_for(context, Place("", event["user"], home=True)), body.get("team_id", "")))

    async def _publish(self, place: Place, team: str) -> None:
        place = Place("", place.user, home=True, team=place.team)
        await self._speakers(place.team).publish(place.user, await self._asked(place, team, HOME))

    async def _joined(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Somebody came into a channel; if that is us, we were invited."""
        channel, team = event.get("channel"), event.get("team") or body.get("team_id", "")
        own = context.bot_user_id
        if own and event.get("user") == own and channel:
            self._spawn(self._greet(f"joined {own} {channel}", _for(context, Place(channel, event.get("inviter") or own)), team))

    async def _greet(self, key: str, place: Place, team: str) -> None:
        """Greet a channel, once for good: a bot that is taken out and invited again says nothing new."""
        if not await self._is_new(key):
            return
        name = f"slack.greeted.{team}.{place.channel}"
        if self._greeted is not None:
            try:
                if await self._greeted.get(name) is not None:
                    return
                await self._greeted.set(name, "yes")
            except Exception as error:  # noqa: BLE001  # a greeting twice is better than none
                log.warning("whether a channel was greeted is not known", error=type(error).__name__)
        ask = Ask(Platform.SLACK, team, place.channel, place.user, "")
        with self._spoken(place, team):
            await self._say(place, welcome(ask, self._names) if self._commands is not None else only_posts())

    # ------------------------------------------------------------ asking

    async def _answer(self, place: Place, team: str, words: str) -> None:
        """Ask, and answer where it was asked; a form opens while its trigger serves, else it is offered."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        underway = Underway()
        underway.begin(partial(self._speakers(place.team).say, place), most=MOST_LINES, gap=BETWEEN_LINES)
        reply = await self._asked(place, team, words, underway=underway)
        await underway.end()
        if (
            reply.form is not None
            and place.trigger
            and loop.time() - began < OPEN_WITHIN
            and await self._speakers(place.team).open(place, reply)
        ):
            return
        await self._say(place, reply, words)

    async def _in_window(self, place: Place, team: str, words: str) -> None:
        """Ask, and answer in the window in which it was asked, or in a new one."""
        with self._spoken(place, team):
            await self._answered_in_window(place, team, words)

    async def _answered_in_window(self, place: Place, team: str, words: str) -> None:
        underway = Underway()
        asking = self._spawn(self._asked(place, team, words, underway=underway))
        await asyncio.wait({asking}, timeout=WAIT_BEFORE_SAYING_SO)
        if asking.done() and not place.view and asking.result().picture is None:
            shown = bool(await self._speakers(place.team).open(place, asking.result()))
        else:
            if not place.view:
                place = replace(place, view=await self._speakers(place.team).open(place, None))
            elif not asking.done():
                await self._speakers(place.team).change(place, None)
            if place.view:
                underway.begin(partial(self._speakers(place.team).change, place), below=tr(AWAITED))
            reply = await asking
            await underway.end()
            shown = bool(place.view) and await self._speakers(place.team).change(place, reply)
        reply = await asking
        if not shown:
            await self._say(_private(place.user, place.team), reply, words)
        await self._shown_too(place, reply)

    async def _shown_too(self, place: Place, reply: Reply) -> None:
        """What was asked in a window and is for everybody is said in the channel too."""
        if not reply.private and place.channel:
            await self._say(place, reply)

    async def _say(self, place: Place, reply: Reply, words: str = "") -> None:
        await self._speakers(place.team).say(place, reply, words)

    def _spoken(self, place: Place, team: str) -> AbstractContextManager[None]:
        """What is said by ourselves is said in the language of the channel."""
        ask = Ask(Platform.SLACK, team, place.channel or None, place.user, "")
        return speaking(ENGLISH if self._commands is None else self._commands.language(ask))

    async def _asked(
        self, place: Place, team: str, words: str, values: Mapping[str, str] = _NOTHING, underway: Underway | None = None
    ) -> Reply:
        """The answer; how far it is is told ``underway``. Never raises."""
        if self._commands is None:
            return only_posts()
        speaker = self._speakers(place.team)
        ours = bool(team) and team == place.team
        admin = ours and await speaker.is_admin(place.user, team)
        admins = speaker.may_ask_for_admins if ours else None
        role = Role.VIEWER
        if ours or self._alone:
            role = self._commands.role(platform=Platform.SLACK, workspace_id=team, member=place.user, admin=admin)
        ask = Ask(Platform.SLACK, team, place.channel or None, place.user, words, role, admins=admins, values=values)
        if underway is not None:
            ask = replace(ask, tell=underway.tell)
        try:
            reply = await self._commands.answer(ask)
        except Exception as error:  # noqa: BLE001  # it promises never to raise; the person must hear something even so
            log.warning("a command raised", error=type(error).__name__)
            with self._spoken(place, team):
                return failed()
        return await speaker.send_directly(place.user, reply) if reply.direct and not place.direct else reply


def _known(context: AsyncBoltContext, what: str) -> str:
    """What is known of us where something came from, such as ``team_id``; empty while Slack has not said it."""
    result: Mapping[str, Any] | None = context.authorize_result
    return str((result or {}).get(what) or "")


def _for(context: AsyncBoltContext, place: Place) -> Place:
    """A place with the workspace whose bot heard it."""
    return replace(place, team=_known(context, "team_id"))


def _private(user: str, team: str = "") -> Place:
    """A direct message, where nothing else is left: Slack takes a member's id for the conversation with that member."""
    return Place(user, user, direct=True, team=team)
