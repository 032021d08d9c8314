"""What people do in Discord: ``/watch ...``, what they are offered while typing, buttons, forms, the message command Why.

Promises: every interaction is acknowledged in time, whatever its answer takes: what is there within ``PATIENCE`` is the answer at
once, for the rest the person is asked to wait; every one gets an answer, also one that nobody handles any more and one whose
handling failed; what was begun is brought to its end even if nobody can be told. Answers are for the eyes of who asked unless that
person wants them shown. Who may what is decided by the commands from ids, never from what Discord's client let through. Nothing a
person typed and no name is logged.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import structlog

from bot.adapters.discord import speaking
from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.components import DANGER, Body, Press, Pressed, open_rows, pressed, sure_rows
from bot.adapters.discord.forms import asked_in, filled_in, modal
from bot.adapters.discord.hearing import Heard, asked_about, heard
from bot.adapters.discord.keeping import Keeping
from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import FORM_KEPT
from bot.adapters.discord.speaking import LOST, Interaction
from bot.commands import directly
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Parameter
from bot.commands.reply import Form, Reply, Section
from bot.commands.suggest import Choice
from bot.commands.underway import Underway
from bot.core.clock import Clock
from bot.core.model import Platform
from bot.core.spoken import later, spoken, tr
from bot.core.spoken import speaking as speaking_in

log = structlog.get_logger(__name__)

PATIENCE = 1.5
"""Seconds an answer may take to be the first thing a person sees: a form can only be that. Discord waits three for any
acknowledgement, the ways included (docs.discord.com/developers/interactions/receiving-and-responding, seen 2026-11)."""
TYPING = 1.0
"""Seconds a suggestion may take: who types is ahead of it by then."""


Ours = Callable[[], Awaitable[bool]]
"""Whether an interaction is this process's to answer."""
_WAITED = "waited"
"""Under this name an interaction keeps how many seconds it took to know that."""


async def _alone() -> bool:
    return True


def _gone() -> Reply:
    """What is pressed belongs to a version that is no more."""
    told = tr("It belongs to an earlier version of this bot. The commands of today are in /watch help.")
    return Reply(tr("Nobody listens to this any more."), (Section(text=told),), error=True, language=spoken())


def _failed() -> Reply:
    """A fault of the program."""
    told = tr("The program failed on it; the operator's log says where.")
    return Reply(tr("That could not be answered."), (Section(text=told),), error=True, failed=True, language=spoken())


def _no_link() -> Reply:
    """Nothing to explain."""
    told = tr("Why explains articles: choose it on a message of this bot, or on one with a link.")
    code = tr("/watch why ARTICLE")
    return Reply(tr("There is no link in that message."), (Section(text=told, code=code),), error=True, language=spoken())


_DISCORD = "Discord"
_OPEN_UP = later(
    "Allow direct messages in the privacy settings of this server, see that you have not blocked the bot, and ask once more."
)


class Answering(Protocol):
    """What the listeners need of the commands."""

    @property
    def table(self) -> tuple[Command, ...]:
        """Every command."""
        ...

    def role(self, *, platform: Platform, workspace_id: str, member: str, groups: tuple[str, ...], admin: bool) -> Role:
        """The role of a person."""
        ...

    def language(self, ask: Ask) -> str:
        """In which language the person who asks is answered."""
        ...

    async def answer(self, ask: Ask) -> Reply:
        """Answer one question; never raises."""
        ...

    async def complete(self, ask: Ask, command: Command, parameter: Parameter, typed: str) -> Sequence[Choice]:
        """What may be meant by the letters typed so far."""
        ...


class Listeners:
    """Answers interactions."""

    def __init__(self, commands: Answering, clock: Clock, *, timezone: str = "UTC") -> None:
        """Build the listeners.

        Args:
            commands: answer what is asked.
            clock: tells the time.
            timezone: of the times on cards.
        """
        self._commands = commands
        self._clock = clock
        self._timezone = timezone
        self._busy: set[asyncio.Task[Any]] = set()
        self._forms: Keeping[Form] = Keeping(clock, FORM_KEPT)
        """Forms that came too late to be opened, by the person and the words they are for."""
        self._questions: Keeping[str] = Keeping(clock, FORM_KEPT)
        """What is asked before a button's words are, by these words."""

    async def finish(self, seconds: float) -> None:
        """Let answers that are being made come to their end, for so long; what takes longer is cut off."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=seconds)
        for task in self._busy:
            task.cancel()

    async def on_interaction(self, interaction: Interaction, ours: Ours = _alone) -> None:
        """Answer one interaction. Never raises what answering can meet.

        Args:
            interaction: what somebody did.
            ours: whether it is this process's to answer; the time that it takes to tell counts as the answer's.
        """
        task = asyncio.current_task()
        if task is not None:
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        came = asyncio.get_running_loop().time()
        if not await ours():
            return
        interaction.extras[_WAITED] = asyncio.get_running_loop().time() - came
        with speaking_in(self._commands.language(self._ask(interaction, ""))):
            try:
                await self._handle(interaction)
            except LOST as error:
                log.warning("an interaction could not be answered", kind=interaction.type.name, error=_word(error))
            except Exception as error:  # noqa: BLE001  # the last wall between a fault of the program and a person who waits
                log.warning("an interaction met a fault of the program", kind=interaction.type.name, error=type(error).__name__)
                with contextlib.suppress(*LOST):
                    await self._tell(interaction, _failed())

    async def _handle(self, interaction: Interaction) -> None:
        data: dict[str, Any] = dict(interaction.data or {})
        match interaction.type:
            case discord.InteractionType.autocomplete:
                await self._complete(interaction, heard(data))
            case discord.InteractionType.application_command:
                await self._command(interaction, data)
            case discord.InteractionType.component:
                await self._pressed(interaction, pressed(str(data.get("custom_id", ""))))
            case discord.InteractionType.modal_submit:
                sent = pressed(str(data.get("custom_id", "")))
                if sent is None or sent.press is not Press.FORM:
                    await self._tell(interaction, _gone())
                    return
                await self._answer(interaction, self._ask(interaction, sent.words, values=filled_in(data)))
            case _:
                pass  # a ping, which the gateway never sends

    # ------------------------------------------------------------ commands

    async def _command(self, interaction: Interaction, data: Mapping[str, Any]) -> None:
        if data.get("type") == discord.AppCommandType.message.value:
            own = interaction.client.user
            article = asked_about(data, str(own.id) if own else "")
            if article is None:
                await self._tell(interaction, _no_link())
                return
            await self._answer(interaction, self._ask(interaction, f"why {article}"))
            return
        found = heard(data)
        if found is None:
            await self._tell(interaction, _gone())
            return
        await self._answer(interaction, self._ask(interaction, found.name, values=found.values, shown=found.shown))

    async def _complete(self, interaction: Interaction, found: Heard | None) -> None:
        """Offer what may be meant, or nothing where that takes too long or fails: the person goes on typing."""
        command = next((entry for entry in self._commands.table if found and entry.name == found.name), None)
        parameter = next((one for one in command.parameters if found and one.name == found.typing), None) if command else None
        choices: Sequence[Choice] = ()
        if found and command and parameter:
            ask = self._ask(interaction, found.name, values=found.values)
            try:
                async with asyncio.timeout(TYPING):
                    choices = await self._commands.complete(ask, command, parameter, found.typed)
            except Exception as error:  # noqa: BLE001  # nothing to choose from is an answer too
                log.info("nothing could be suggested", command=command.name, error=type(error).__name__)
        await speaking.offer(interaction, choices)

    # ------------------------------------------------------------ buttons

    async def _pressed(self, interaction: Interaction, found: Pressed | None) -> None:
        match found:
            case Pressed(Press.ASK, words):
                await self._answer(interaction, self._ask(interaction, words))
            case Pressed(Press.SURE, words):
                await self._make_sure(interaction, words)
            case Pressed(Press.YES, words):
                await self._answer(interaction, self._ask(interaction, words), in_place=True)
            case Pressed(Press.NO, _):
                await speaking.say_in_place(interaction, self._body(Reply(tr("Nothing was changed."), language=spoken())))
            case Pressed(Press.OPEN, words):
                await self._open(interaction, words)
            case _:
                await self._tell(interaction, _gone())

    async def _make_sure(self, interaction: Interaction, words: str) -> None:
        """Ask whether it is meant; the question itself is known as long as this process remembers it."""
        told = _component(interaction)
        label = told.label if told is not None and told.label else words
        question = self._questions.get(words) or tr("{label}: really?", label=label)
        danger = told is not None and told.style.value == DANGER
        body = self._body(Reply(question, language=spoken())) | {"components": sure_rows(words, danger=danger)}
        await speaking.say(interaction, body, private=True)

    async def _open(self, interaction: Interaction, words: str) -> None:
        """Open a form that came too late before; one that is not remembered is asked for again."""
        form = self._forms.get(f"{interaction.user.id} {words}")
        shown = modal(form) if form is not None else None
        if shown is not None:
            await speaking.open_form(interaction, shown)
        else:
            await self._answer(interaction, self._ask(interaction, words))

    # ------------------------------------------------------------ answers

    async def _answer(self, interaction: Interaction, ask: Ask, *, in_place: bool = False) -> None:
        """Ask; answer at once what is known soon, and have the person wait for the rest."""
        underway = Underway()
        work = asyncio.create_task(self._worked(interaction, replace(ask, tell=underway.tell)))
        try:
            await asyncio.wait({work}, timeout=max(PATIENCE - interaction.extras.get(_WAITED, 0.0), 0.0))
            lost: BaseException | None = None
            waited = not work.done()
            if waited:
                try:
                    await speaking.ask_to_wait(interaction, private=not ask.shown, in_place=in_place)
                    underway.begin(partial(self._meanwhile, interaction))
                except LOST as error:
                    lost = error  # nobody waits for the answer, and what was begun is brought to its end
            reply = await work
            await underway.end()
        except asyncio.CancelledError:
            work.cancel()
            raise
        if lost is not None:
            raise lost
        for button in reply.buttons:
            if button.confirm:
                self._questions.keep(button.words, button.confirm)
        await (self._later if waited else self._at_once)(interaction, ask, reply, in_place=in_place)

    async def _meanwhile(self, interaction: Interaction, reply: Reply) -> None:
        """Show how far an answer is; what cannot be shown is left out."""
        with contextlib.suppress(*LOST):
            await speaking.say_meanwhile(interaction, self._body(reply))

    async def _worked(self, interaction: Interaction, ask: Ask) -> Reply:
        """The answer; one that is for the person's direct messages is sent there, and what came of it is the answer here."""
        reply = await self._commands.answer(ask)
        if not reply.direct or interaction.guild_id is None:
            return reply
        try:
            await speaking.say_directly(interaction, self._body(reply))
        except discord.HTTPException as error:
            log.warning("a direct message did not get through", error=_word(error))
            if error.status >= speaking.FAULT_OF_DISCORD:
                return directly.unsure(reply, _DISCORD)
            word = f"{error.code} {error.text}".strip()
            closed = isinstance(error, discord.Forbidden)  # most often 50007: cannot send messages to this user
            return directly.refused(reply, _DISCORD, _OPEN_UP, word) if closed else directly.put_off(reply, _DISCORD)
        except discord.RateLimited:
            return directly.put_off(reply, _DISCORD)
        except (*LOST, TimeoutError, ValueError) as error:
            log.warning("a direct message did not get through", error=_word(error))
            return directly.unsure(reply, _DISCORD)
        return directly.arrived(reply)

    async def _at_once(self, interaction: Interaction, ask: Ask, reply: Reply, *, in_place: bool) -> None:
        sent = interaction.type is discord.InteractionType.modal_submit  # Discord answers a form with anything but a form
        wanted = asked_in(reply)
        form = modal(wanted) if wanted is not None and not sent else None
        if form is not None:
            await speaking.open_form(interaction, form)
        elif in_place:
            await speaking.say_in_place(interaction, self._with_form(ask, reply), reply.picture)
        else:
            await speaking.say(interaction, self._with_form(ask, reply), private=reply.private, picture=reply.picture)

    async def _later(self, interaction: Interaction, ask: Ask, reply: Reply, *, in_place: bool) -> None:
        body = self._with_form(ask, reply)
        if ask.shown and reply.private and not in_place:  # what went wrong is nobody else's business
            await speaking.say_aside(interaction, body, reply.picture)
        else:
            await speaking.say_later(interaction, body, reply.picture)

    def _with_form(self, ask: Ask, reply: Reply) -> Body:
        """The answer as a message; a form that cannot be opened now is a button."""
        body = self._body(reply)
        wanted = asked_in(reply)
        if reply.form is None or wanted is None or modal(wanted) is None:
            return body
        self._forms.keep(f"{ask.member} {reply.form.words}", wanted)
        with speaking_in(reply.language):
            opening = open_rows(reply.form.words)
        return body | {"components": [*opening, *body["components"]]}

    async def _tell(self, interaction: Interaction, reply: Reply) -> None:
        """Say something whether the interaction was acknowledged or not."""
        if not interaction.response.is_done():
            await speaking.say(interaction, self._body(reply), private=True)
        else:
            await speaking.say_later(interaction, self._body(reply))

    def _body(self, reply: Reply) -> Body:
        return reply_body(reply, timezone=self._timezone, now=self._clock.now())

    def _ask(self, interaction: Interaction, text: str, *, values: Mapping[str, str] | None = None, shown: bool = False) -> Ask:
        guild = str(interaction.guild_id) if interaction.guild_id is not None else ""
        member = str(interaction.user.id)
        groups = tuple(str(role.id) for role in interaction.user.roles) if isinstance(interaction.user, discord.Member) else ()
        may = interaction.permissions
        admin = bool(guild) and (may.manage_guild or may.administrator)
        parent = getattr(interaction.channel, "parent_id", None)
        return Ask(
            platform=Platform.DISCORD,
            workspace_id=guild,
            channel_id=str(interaction.channel_id) if interaction.channel_id is not None else None,
            within=str(parent) if parent is not None else None,
            member=member,
            role=self._commands.role(platform=Platform.DISCORD, workspace_id=guild, member=member, groups=groups, admin=admin),
            text=text,
            values=values or {},
            shown=shown,
        )


def _component(interaction: Interaction) -> discord.Button | None:
    """The button that was pressed, as it stands in its message."""
    wanted = dict(interaction.data or {}).get("custom_id")
    for row in interaction.message.components if interaction.message is not None else ():
        for child in getattr(row, "children", ()):
            if isinstance(child, discord.Button) and child.custom_id == wanted:
                return child
    return None


def _word(error: BaseException) -> str:
    """What happened, without what was said: a type and Discord's code."""
    code = f" {error.code}" if isinstance(error, discord.HTTPException) else ""
    return f"{type(error).__name__}{code}"
