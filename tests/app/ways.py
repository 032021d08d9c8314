"""The ways in which people ask, each over the real SDK against its stand-in, all before one set of commands on one store.

Loaded by its path. A way does what a person does there, waits for what the person is shown, and returns it as text; None where the
platform does not let the question be sent at all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bypath import loaded

from bot.adapters.console.reply import reply_text
from bot.adapters.discord.connection import DiscordConnection
from bot.adapters.slack.connection import SlackConnection
from bot.adapters.slack.manifest import manifest
from bot.commands.command import Command
from bot.commands.roles import Role, role_of
from bot.commands.table import Ask, Commands, Reply, ask_in_terminal
from bot.config.declared import DeclaredTables
from bot.config.load import load_for_replay
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings, SlackSettings
from bot.core.clock import VirtualClock
from bot.core.errors import UserInputError
from bot.core.identity import content_hash
from bot.core.model import Channel, ChannelSettings, Entity, Item, Platform, Rule, TextState
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.outbox.drain import Drain
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Rulebook
from bot.service.declared import Declaring
from bot.service.deliver import Deliverer
from bot.service.inforce import FromFile, InForce
from bot.store.database import Store
from bot.stories.model import build_model
from bot.text.urls import canonical_url
from bot.web.server import WebServer

STANDINS = Path(__file__).parents[1] / "standins"
OPENAPI = Path(__file__).parents[3] / "shared" / "data" / "discord" / "openapi.json"
PATIENCE = 60.0
"""Seconds after which something that should happen is called missing. Nothing is measured against it."""
HERE = "C0000000001"
BETWEEN = timedelta(seconds=5)
"""Between two questions, on the fake clock: nobody types faster, and no platform counts it as a burst."""
AT_ONCE = ChannelSettings(group_wait=timedelta(0), group_interval=timedelta(0), max_per_hour=0)
CAMERAS = Rule("cameras", "council cameras", title="Cameras")
NAMES = (
    Entity("flock_safety", "Flock Safety", "vendor", aliases=("Flock Safety",)),
    Entity("rekognition", "Rekognition", "product", aliases=("Rekognition",)),
)
VOTE = (
    "vote",
    "Harbour City council ends contract for cameras that read number plates",
    (
        "The vote surprised motorists. Mayor Nwosu let the renewal of the council cameras lapse. "
        "The contract expires on June 30, 2026."
    ),
)
SCHOOL = (
    "school",
    "Mill Lane school removes cameras from cafeteria after council complaint",
    "Pupils had paid for lunch with their fingers. The headteacher apologised in the canteen. The machines went back.",
)


class AsTheyAre:
    """Articles that bring their text along."""

    def ready(self, queued: Any) -> Any:
        return list(queued)

    def forget(self, item_ids: Any) -> None:
        del item_ids


class Everybody:
    """Everybody who asks is owner: who may what is another test's matter."""

    owner = editor = ()


class Hearing(Commands):
    """The real commands, which remember what each question was and what was answered."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.heard: list[tuple[Ask, Reply]] = []

    def role(self, **known: Any) -> Role:
        return Role.OWNER if known["workspace_id"] and known["member"] else role_of(Everybody, **known)

    async def answer(self, ask: Ask) -> Reply:
        reply = await super().answer(ask)
        self.heard.append((ask, reply))
        return reply


@dataclass
class Office:
    """What stands behind every way: a store with two posted stories, and the commands.

    Attributes:
        workspaces: by channel id, the platform's id of the workspace it is in; filled by who connects.
    """

    store: Store
    clock: VirtualClock
    channels: dict[str, Channel]
    workspaces: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tables = DeclaredTables(load_for_replay(None))
        sources = tuple(SourceConfig(name, "feed", f"https://{name}.example/feed") for name, *_ in (VOTE, SCHOOL))
        rules = (replace(CAMERAS, channels=tuple(self.channels)),)
        file = FromFile(rules, tuple(self.channels.values()), sources, NAMES)
        self.in_force = InForce(file, tables, store=self.store, engine=Engine.compile(rules, NAMES))
        numbers = count(1)
        declaring = Declaring(
            current=lambda: self.in_force.current,
            tables=tables,
            store=self.store,
            clock=self.clock,
            new_id=lambda: f"{next(numbers):012x}",
            entities=NAMES,
            least=timedelta(minutes=5),
            model=build_model(),
            look_at=self._look_at,
            on_declared=self.in_force.refresh,
        )
        force = self.in_force.current
        self.commands = Hearing(
            store=self.store,
            engine=force.engine,
            rules=force.rules,
            channels=dict(force.channels),
            sources=force.sources,
            roles=Everybody(),
            clock=self.clock,
            version="1.2.3",
            workspace_of=lambda channel: self.workspaces.get(channel.id),
            declaring=declaring,
        )
        self.in_force.listen(self.commands.use)

    @staticmethod
    async def _look_at(link: str, declared: Any) -> Any:
        raise UserInputError("Nothing can be read there.")

    async def tell(self, notifiers: Mapping[Platform, Any]) -> None:
        """Two stories come and are posted."""
        for name, title, text in (VOTE, SCHOOL):
            now = self.clock.now()
            url = f"https://{name}.example/{name}"
            item = Item(
                id=f"i{name.encode().hex():0<16}"[:17],
                source_id=name,
                guid=name,
                title=title,
                url=url,
                canonical_url=canonical_url(url),
                content_text=text,
                text_state=TextState.FULL,
                outlet=f"The {name.title()}",
                date_published=now,
                first_seen=now,
                content_hash=content_hash(title, "", text),
            )
            await self.store.commit_poll(PollRecord(SourceState(name), ((item, None),)), now)
        force = self.in_force.current
        alerter = Alerter(
            store=self.store,
            rulebook=Rulebook(force.engine, {rule.id: rule for rule in force.rules}, force.channels),
            model=build_model(force.engine.watch_words),
            reader=AsTheyAre(),
            clock=self.clock,
            on_filed=lambda _: None,
            at=lambda _: None,
        )
        await alerter.file_ready()
        tokens = count()
        drain = Drain(self.store, notifiers, self.channels, self.clock, new_token=lambda: f"t{next(tokens)}")
        await Deliverer(store=self.store, drain=drain, channels=self.channels, clock=self.clock).send_all_due()

    def typed(self, command: Command, rest: str) -> str:
        """A question as words."""
        return f"{command.name} {rest}".strip()


Sends = Callable[[Command, str], Any]


@dataclass
class Way:
    """One way in.

    Attributes:
        name: of the way.
        office: what answers.
        ask: asks a command with what is typed after its name; what is shown, or None where it cannot be sent.
        person: who asks, as the stand-in has them; None in the terminal.
        place: the channel of the stand-in in which is asked, where it has one.
    """

    name: str
    office: Office
    ask: Sends
    person: Any = None
    place: Any = None


async def until(done: Callable[[], Any], what: str) -> Any:
    """What ``done`` tells as soon as it is something."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (told := done()):
                await asyncio.sleep(0.003)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen") from None
    return told


# ---------------------------------------------------------------- Slack


@asynccontextmanager
async def slack_way(name: str, clock: VirtualClock) -> AsyncIterator[Way]:
    """Slack: ``slash`` over Socket Mode or (``http``) over HTTP, ``mention`` and ``direct`` over Socket Mode."""
    parts = loaded(STANDINS / "slack.py", "standins_slack").parts
    http = name == "Slack, HTTP"
    async with AsyncExitStack() as stack:
        standin = parts.SlackStandIn(clock=clock, manifest=manifest("socket"), grant_optional=True, burst=10_000)
        await standin.start()
        stack.push_async_callback(standin.stop)
        store = await Store.open("sqlite::memory:")
        stack.push_async_callback(store.close)
        office = Office(store, clock, {"team": Channel("team", Platform.SLACK, HERE, AT_ONCE)})
        settings = SlackSettings(
            base_url=standin.base_url,
            bot_token=Secret(standin.bot_token),
            app_token=None if http else Secret(standin.app_token),
            signing_secret=Secret(parts.SIGNING_SECRET),
            mode="http" if http else "socket",
        )
        connection = SlackConnection(settings, clock=clock, commands=office.commands, check_every=0.02)
        await connection.start()
        stack.push_async_callback(connection.stop)
        office.workspaces["team"] = connection.team_id
        door = None
        if http:
            server = WebServer(connection.asgi, "127.0.0.1", 0)
            await server.start()
            stack.push_async_callback(server.stop)

            class Door(parts.HttpDoor):
                """Signs by the test's clock, which is the bot's."""

                def signed(self, body: str, at: int | None = None) -> Any:
                    return super().signed(body, int(clock.now().timestamp()) if at is None else at)

            door = Door(f"http://127.0.0.1:{server.port}/slack/events")
        person = parts.Person(standin, door=door)
        await office.tell({Platform.SLACK: connection.notifier})
        direct = standin.world.direct(person.user.id).id

        def seen() -> list[Any]:
            """Everything that the bot ever showed this person: private answers, direct messages, windows."""
            world = standin.world
            mine = [message for message in world.messages[direct] if message.bot]
            return [*world.ephemerals, *mine, *[view for view in world.views.values() if view.user == person.user.id]]

        async def ask(command: Command, rest: str) -> str | None:
            clock.advance(BETWEEN)
            before = [id(one) for one in seen()]
            words = office.typed(command, rest)
            if name == "Slack, mention":
                envelope = await person.mention(words)
            elif name == "Slack, direct message":
                envelope = await person.dm(words)
            else:
                envelope = await person.slash(words)
            assert envelope.acked, f"{words} was not acknowledged"
            new = await until(lambda: [one for one in seen() if id(one) not in before], f"an answer to {words!r}")
            for view in [one for one in standin.world.views.values() if one.user == person.user.id]:
                person.close(view)
            return "\n".join(json.dumps(getattr(one, "blocks", None) or one.body, ensure_ascii=False) for one in new)

        yield Way(name, office, ask, person)
    assert standin.verdict() == [], "\n".join(map(str, standin.verdict()))


# ---------------------------------------------------------------- Discord


@asynccontextmanager
async def discord_way(name: str, clock: VirtualClock) -> AsyncIterator[Way]:
    """Discord: application commands over the gateway."""
    parts = loaded(STANDINS / "discord.py", "standin_discord_loader").load()
    async with AsyncExitStack() as stack:
        standin = parts.DiscordStandIn(clock=clock, openapi=OPENAPI if OPENAPI.is_file() else None)
        await standin.start()
        stack.push_async_callback(standin.stop)
        guild = standin.world.add_guild("Watch group")
        place = standin.world.add_channel(guild, "alerts")
        store = await Store.open("sqlite::memory:")
        stack.push_async_callback(store.close)
        office = Office(store, clock, {"guild": Channel("guild", Platform.DISCORD, place.id, AT_ONCE)})
        settings = DiscordSettings(token=Secret(standin.token), api_url=standin.api_url, gateway_url=standin.gateway_url)
        connection = DiscordConnection(settings, clock=clock, commands=office.commands, gateway=True)
        await connection.start()
        stack.push_async_callback(connection.stop)
        await standin.gateway.until_online()
        await until(lambda: connection.ready and connection.workspace_of(place.id), "Discord told its server")
        office.workspaces["guild"] = guild.id
        chief = standin.world.add_role(guild, "chief", permissions=parts.world.may.MANAGE_GUILD)
        person = standin.person("Ada", guild, chief)
        await office.tell({Platform.DISCORD: connection.notifier})

        async def ask(command: Command, rest: str) -> str | None:
            clock.advance(BETWEEN)
            begins = "watch" if command.role is Role.VIEWER else "watch-admin"
            try:
                asked = await person.slash(place, f"{begins} {command.name}", options(command, rest))
            except parts.Impossible:
                return None
            await until(lambda: not asked.waiting, f"an answer to {command.name} {rest!r}")
            if asked.modal is not None:
                return json.dumps(asked.modal, ensure_ascii=False)
            assert asked.original is not None, f"{command.name} {rest!r} was not answered"
            assert asked.ephemeral, f"the answer to {command.name} {rest!r} was shown to everybody"
            assert asked.original.body["allowed_mentions"] == {"parse": []}
            return json.dumps(asked.original.body, ensure_ascii=False)

        yield Way(name, office, ask, person, place)
    problems = standin.settle()
    assert not problems, "\n".join(problems)


def options(command: Command, rest: str) -> dict[str, Any]:
    """What is typed after a command, as somebody fills it into its options: word by word, the last one takes what is left."""
    offered = command.parameters_in(terminal=False)
    try:
        values = command.read(rest, terminal=False)
    except UserInputError:
        pieces = rest.split(maxsplit=max(len(offered) - 1, 0)) if offered else rest.split()
        values = dict(zip((one.name for one in offered), pieces, strict=False))
        if len(pieces) > len(offered):
            values["more"] = pieces[len(offered)]
    kinds = {one.name: one for one in offered}
    told: dict[str, Any] = {}
    for key, value in values.items():
        number = key in kinds and kinds[key].kind.value == "number"
        told[key] = int(value) if number and str(value).isdecimal() else value
    return told


# ---------------------------------------------------------------- the terminal


@asynccontextmanager
async def terminal_way(name: str, clock: VirtualClock) -> AsyncIterator[Way]:
    """The operator's terminal: the same words, and the answer as it is printed."""
    store = await Store.open("sqlite::memory:")
    office = Office(store, clock, {"ops": Channel("ops", Platform.CONSOLE, "ops", AT_ONCE)})

    async def ask(command: Command, rest: str) -> str | None:
        more = [one.example.replace("team", "ops") for one in command.parameters if one.terminal_only and not rest]
        reply = await office.commands.answer(ask_in_terminal(" ".join([office.typed(command, rest), *more])))
        return reply_text(reply, timezone="UTC", now=clock.now())

    try:
        yield Way(name, office, ask)
    finally:
        await store.close()


WAYS: dict[str, Callable[[str, VirtualClock], Any]] = {
    "Slack, Socket Mode": slack_way,
    "Slack, HTTP": slack_way,
    "Slack, mention": slack_way,
    "Slack, direct message": slack_way,
    "Discord": discord_way,
    "terminal": terminal_way,
}
