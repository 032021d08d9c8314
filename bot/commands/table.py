"""Every command, and the one door to them: ``Commands.answer``.

To add a command, write its file and name it in ``TABLE``. Promises: ``answer`` never raises and always answers in a
sentence; the role is checked here, for every face; what a person typed is never logged and never comes back as markup.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog

from bot.commands import (
    channel,
    commitments,
    entities,
    follow,
    hold,
    home,
    latest,
    merge,
    more,
    mute,
    mutes,
    portable,
    release,
    remind,
    retract,
    rule_keeping,
    rules,
    ruling,
    save,
    search,
    sourcing,
    split,
    stats,
    status,
    story,
    subscribing,
    test,
    timeline,
    undo,
    unfollow,
    unmute,
    vote,
    why,
)
from bot.commands import help as helping
from bot.commands import sources as reading
from bot.commands.asking import Ask, Role, ask_in_terminal
from bot.commands.command import Command, Kind, Parameter, said
from bot.commands.desk import AskStore, Desk
from bot.commands.owndesk import own_desk
from bot.commands.reply import Button, Reply, Section
from bot.commands.roles import Roles, WorkspaceOf, is_guest, role_of
from bot.commands.suggest import Choice, suggest
from bot.core.clock import Clock
from bot.core.errors import BusyError, UserInputError, WatchlampError
from bot.core.model import Channel, Platform, Rule
from bot.core.patience import waiting_at_most
from bot.core.sources import SourceConfig
from bot.core.spoken import ENGLISH, speaking, tr
from bot.rules.engine import Engine
from bot.service.declared import Declaring
from bot.service.inforce import Force
from bot.service.regroup import Regrouper
from bot.service.reminders import Reminding
from bot.service.silences import Silences
from bot.stories.outlets import SHIPPED, Owners

__all__ = ["TABLE", "Ask", "Command", "Commands", "Kind", "Parameter", "Reply", "Role", "ask_in_terminal"]

MOST_TYPED = 4_000
"""Letters of a question that are looked at; an address is 2,000 at most, and Discord's longest option 6,000."""
SHOW = "show"
"""As the last word: everybody in the channel sees the answer. Not where a command ends in free text, whose last word it is."""

TABLE: tuple[Command, ...] = (
    helping.command(lambda: TABLE),
    home.command(lambda: TABLE),
    latest.COMMAND,
    search.COMMAND,
    story.COMMAND,
    timeline.COMMAND,
    why.COMMAND,
    vote.COMMAND,
    commitments.COMMAND,
    entities.COMMAND,
    follow.COMMAND,
    unfollow.COMMAND,
    remind.COMMAND,
    save.COMMAND,
    more.COMMAND,
    mute.COMMAND,
    mutes.COMMAND,
    unmute.COMMAND,
    hold.COMMAND,
    release.COMMAND,
    merge.COMMAND,
    split.COMMAND,
    retract.COMMAND,
    undo.command(lambda: TABLE),
    status.COMMAND,
    stats.COMMAND,
    reading.COMMAND,
    test.COMMAND,
    rules.COMMAND,
    *ruling.COMMANDS,
    *rule_keeping.COMMANDS,
    *subscribing.COMMANDS,
    *sourcing.COMMANDS,
    *portable.COMMANDS,
    *channel.COMMANDS,
)

log = structlog.get_logger(__name__)


class Commands:
    """Answers what people ask, on every face alike."""

    def __init__(
        self,
        *,
        store: AskStore,
        engine: Engine,
        rules: Sequence[Rule],
        channels: Mapping[str, Channel],
        sources: Sequence[SourceConfig],
        roles: Roles,
        clock: Clock,
        timezone: str = "UTC",
        language: str = ENGLISH,
        version: str = "",
        workspace_of: WorkspaceOf = lambda _: None,
        on_written: Callable[[], None] = lambda: None,
        owners: Owners = SHIPPED,
        declaring: Declaring | None = None,
    ) -> None:
        """Build the commands.

        Args:
            store: the database.
            engine: the compiled rules.
            rules: every rule of the file.
            channels: configured channels by id.
            sources: configured sources.
            roles: the configured roles.
            clock: tells the time.
            timezone: of the file, for times told outside a configured channel.
            language: of the file, for what is said outside a configured channel.
            version: of the program.
            workspace_of: the Slack team or Discord guild of a channel, as far as its platform has said it.
            on_written: called after a command wrote a delivery, so that it leaves at once.
            owners: who owns which outlets.
            declaring: takes what people declare; None where nobody can.
        """
        self._clock = clock
        self._owners = owners
        self._desk = Desk(
            store=store,
            engine=engine,
            rules=tuple(rules),
            channels=channels,
            sources=tuple(sources),
            timezone=timezone,
            language=language,
            clock=clock,
            version=version,
            workspace_of=workspace_of,
            on_written=on_written,
            regrouper=Regrouper(
                store,
                rules={rule.id: rule for rule in rules},
                channels=channels,
                workspace_of=workspace_of,
                clock=clock,
                owners=owners,
            ),
            silences=Silences(store, clock),
            reminding=Reminding(store, clock),
            declaring=declaring,
        )
        self._roles = roles

    def use(self, force: Force) -> None:
        """Answer by other rules, channels and sources from now on."""
        before = self._desk
        self._desk = replace(
            before,
            engine=force.engine,
            rules=force.rules,
            channels=dict(force.channels),
            sources=force.sources,
            regrouper=Regrouper(
                before.store,
                rules={rule.id: rule for rule in force.rules},
                channels=dict(force.channels),
                workspace_of=before.workspace_of,
                clock=self._clock,
                owners=self._owners,
            ),
        )

    @property
    def table(self) -> tuple[Command, ...]:
        """Every command, for faces that register them one by one."""
        return TABLE

    def role(
        self, *, platform: Platform, workspace_id: str, member: str, groups: Collection[str] = (), admin: bool = False
    ) -> Role:
        """The role of the person who asks; see ``bot.commands.roles.role_of``."""
        return role_of(self._roles, platform=platform, workspace_id=workspace_id, member=member, groups=groups, admin=admin)

    def language(self, ask: Ask) -> str:
        """In which language the person who asks is answered, for what a face says by itself."""
        return self._desk.language_of(ask)

    async def complete(self, ask: Ask, command: Command, parameter: Parameter, typed: str) -> tuple[Choice, ...]:
        """What may be meant by the letters typed so far; nothing for a command that is not open to who types.

        Raises:
            StoreError: the database cannot be read.
        """
        if not ask.role.may(command.role):
            return ()
        return await suggest(own_desk(self._desk, ask), ask, parameter, typed, TABLE)

    async def answer(self, ask: Ask) -> Reply:
        """Answer one question. Never raises: a failure is a Reply with a sentence."""
        text, shown = ask.text[:MOST_TYPED].strip(), ask.shown
        before, _, last = text.rpartition(" ")
        if before and last.casefold() == SHOW and not _ends_in_text(text):
            text, shown = before.rstrip(), True
        if self._desk.declaring is not None:
            await self._catch_up(self._desk.declaring)
        if is_guest(ask, self._desk.channels, self._desk.workspace_of):
            ask = replace(ask, role=Role.VIEWER, admins=None)
        language = self._desk.language_of(ask)
        with speaking(language):
            reply = await self._answered(ask, text, shown=shown)
        return replace(reply, language=language)

    @staticmethod
    async def _catch_up(declaring: Declaring) -> None:
        try:
            with waiting_at_most():
                await declaring.catch_up()
        except WatchlampError as error:  # the question itself may need no database, and says so if it does
            log.warning("what was declared is not in force yet", error=str(error))
        except Exception:
            log.exception("taking up what was declared met a fault of the program")

    async def _answered(self, ask: Ask, text: str, *, shown: bool) -> Reply:
        command, rest = _find(text or "help")
        if command is None:
            return _unknown(text, ask)
        if not ask.role.may(command.role):
            return _refused(command, ask)
        try:
            values = command.read(rest, terminal=ask.terminal, values=ask.values)
            with waiting_at_most():
                reply = await command.run(own_desk(self._desk, ask), ask, values)
        except UserInputError as error:
            return _wrong(command, str(error), ask)
        except WatchlampError as error:
            log.warning("a command failed", command=command.name, error=str(error))
            if ask.terminal:
                told = str(error)
            elif isinstance(error, BusyError):
                told = tr("The database is busy: another program uses it. Nothing was changed; try again in a minute.")
            else:
                told = tr("The operator's log says why. Nothing was changed; try again in a minute.")
            return Reply(tr("{name} could not be answered.", name=command.name), (Section(text=told),), error=True, failed=True)
        except Exception:
            # The last wall between a fault of the program and a person who waits for an answer.
            log.exception("a command met a fault of the program", command=command.name)
            told = tr("The program failed on this question; the operator's log says where.")
            return Reply(tr("{name} could not be answered.", name=command.name), (Section(text=told),), error=True, failed=True)
        return replace(reply, private=reply.error or reply.direct or not shown, buttons=_offered(reply, ask))


def _offered(reply: Reply, ask: Ask) -> tuple[Button, ...]:
    """The buttons that lead somewhere: their command is there, and open to who asks. Pressing asks again, and is checked again."""
    return tuple(one for one in reply.buttons if (meant := _find(one.words)[0]) is not None and ask.role.may(meant.role))


def _ends_in_text(text: str) -> bool:
    """Whether the last word belongs to what is looked for, or to a rule: nobody shows others a search by searching for a show."""
    command, _ = _find(text)
    return command is not None and any(one.kind is Kind.TEXT for one in command.parameters[-1:])


def _find(text: str) -> tuple[Command | None, str]:
    """The command that a line begins with, and what stands after its name."""
    words = text.split(maxsplit=2)
    first = words[0].casefold().lstrip("/")
    for count, name in ((2, f"{first} {words[1].casefold()}" if len(words) > 1 else ""), (1, first)):
        command = next((command for command in TABLE if command.name == name), None)
        if command is not None:
            parts = text.split(maxsplit=count)
            return command, parts[count] if len(parts) > count else ""
    return None, ""


def _unknown(text: str, ask: Ask) -> Reply:
    """Nobody knows the words: tell the command that is meant, or the family's members, or all there are."""
    names = [command.name for command in TABLE]
    typed = [said(word.casefold()) for word in text.split(maxsplit=2)[:2]]
    family = [name for name in names if typed and name.startswith(f"{typed[0]} ")]
    near = difflib.get_close_matches(" ".join(typed), names, 1) or difflib.get_close_matches(typed[0] if typed else "", names, 1)
    called = (
        tr("There is no command {words}.", words=" ".join(typed[: 2 if family else 1]))
        if typed and typed[0]
        else tr("That is no command.")
    )
    told = tr("Did you mean {words}?", words=near[0]) if near else tr("There are: {words}.", words=", ".join(family or names))
    meant = next(command for command in TABLE if command.name == (near or family or names)[0])
    return Reply(called, (Section(text=told, code=meant.usage(ask)),), error=True)


def _refused(command: Command, ask: Ask) -> Reply:
    """Which role it needs and how this person gets it, as it is true where it is asked."""
    text = tr("It needs the role {role}; you have the role {own}.", role=command.role, own=ask.role)
    if not ask.workspace_id or not ask.member:
        told = Section(text=tr("{text} Roles count in the channels of a workspace: ask there, not in a direct message.", text=text))
    elif ask.admins is None:
        told = Section(text=tr("{text} Guests of a shared channel may ask, and no more.", text=text))
    else:
        told = Section(
            text=tr(
                "{text} {admins}The operator gives it by naming you in the configuration file:", text=text, admins=_admins(ask)
            ),
            code=f'roles = {{ {command.role} = ["{ask.platform}:{ask.workspace_id}/{ask.member}"] }}',
        )
    return Reply(tr("{name} is not open to you.", name=command.name), (told,), error=True)


def _admins(ask: Ask) -> str:
    """What administering the workspace counts for, where it is asked."""
    if ask.platform is Platform.DISCORD:
        return tr("Who has Manage Server is owner without being named. ")
    if ask.admins:
        return tr("Who administers this workspace is owner without being named. ")
    return tr("Slack does not tell this app who administers the workspace (optional scope users:read), so admins are named too. ")


def _wrong(command: Command, sentence: str, ask: Ask) -> Reply:
    code = f"{command.usage(ask)}\n{command.examples_for(ask)[0]}"
    return Reply(sentence, (Section(text=tr("It is typed like this:"), code=code),), error=True)
