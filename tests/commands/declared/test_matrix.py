"""Two worlds, one with another workspace and one without it: whatever is asked, who asks reads the same, byte for byte.

Rows are every command of the table asked about every kind of thing, one's own, the public's and the other's; columns are where
something could leak: answers, refusals, counts, suggestions, exports, messages. What the other one has carries a word of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, zip_longest

import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from bot.commands.table import TABLE, Ask, Role
from bot.core.deliveries import Outcome, Receipt
from bot.core.identity import content_hash
from bot.core.model import Channel, Platform, Rule
from bot.outbox.drain import Drain
from bot.service.deliver import Deliverer
from bot.service.reminders import Reminders
from bot.text.urls import canonical_url
from bot.web.metrics import Levels, Metrics

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CANARY = "zebrine"
"""Stands in whatever the other workspace has, and nowhere else."""
MUCH = " ".join(
    f"Sentence {name} is about the contract of the harbour, its cameras and its plates."
    for name in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")
)
_OPAQUE = re.compile(r"(?<!\w)([a-z]?)[0-9a-f]{12,}(?!\w)")


@dataclass(frozen=True)
class Side:
    """A workspace: its platform, the platform's ids of it and of its channel, and the id of the channel in the file."""

    platform: Platform
    team: str
    place: str
    channel: str

    @property
    def key(self) -> str:
        return f"{self.platform.value}:{self.team}"


TEAM = Side(Platform.SLACK, "T1", "C0000000001", "team")
GUILD = Side(Platform.DISCORD, "22", "112233445566778899", "guild")
SECOND_TEAM = Side(Platform.SLACK, "T9", "C0000000009", f"{CANARY}-team")
SECOND_GUILD = Side(Platform.DISCORD, "33", "998877665544332211", f"{CANARY}-guild")
PAIRS = (
    pytest.param((TEAM, SECOND_GUILD), marks=pytest.mark.slow),
    pytest.param((TEAM, SECOND_TEAM), marks=pytest.mark.slow),
    pytest.param((GUILD, SECOND_GUILD), marks=pytest.mark.night),
    pytest.param((GUILD, SECOND_TEAM), marks=pytest.mark.night),
)


class Taking:
    """A chat that takes everything."""

    async def deliver(self, delivery, channel):
        return Receipt(Outcome.ACCEPTED, message_ref=f"{channel.address}/{delivery.story_id}/{delivery.action}")


@dataclass
class World:
    """One of the two worlds. ``other`` is None in the one where nobody else is.

    Attributes:
        heard: what who asks read, question by question, with opaque ids numbered by when they appeared.
        names: what stands for names in questions: the own things of this world, and those of the other workspace as they are called
            in the world that has it.
    """

    town: object
    me: Side
    other: Side | None
    names: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)
    tokens: object = field(default_factory=count)
    metrics: Metrics | None = None
    theirs: object = field(default_factory=lambda: count(0xB00000000000))
    asked: Counter = field(default_factory=Counter)

    async def answer(self, side: Side, text: str, role: Role = Role.OWNER, **more):
        return await self.town.commands.answer(Ask(side.platform, side.team, side.place, "U1", text, role, **more))

    async def mine(self, text: str, *, note: bool = True, **more):
        words = text.format(**self.names)
        self.town.clock.advance(timedelta(seconds=1))
        reply = await self.answer(self.me, words, **more)
        assert not reply.failed, (words, reply)
        self.asked[next((one.name for one in sorted(TABLE, key=lambda one: -len(one.name)) if text.startswith(one.name)), "")] += 1
        if note:
            self.heard.append((text, repr(reply)))
        return reply

    async def their(self, text: str, *, name: str = "", take: str = "", confirm: bool = False, refused: bool = False):
        """The other workspace does something; ``take`` is a pattern of what in the answer is called ``name`` in questions."""
        if self.other is None:
            return
        self.town.numbers, own = self.theirs, self.town.numbers
        try:
            reply = await self.answer(self.other, text.format(**self.names))
            assert refused or not reply.error, (text, reply)
            if name:
                found = re.search(take, repr(reply))
                assert found, (text, take, reply)
                self.names[name] = found[0]
            if confirm:
                assert not (await self.answer(self.other, reply.buttons[0].words)).error
        finally:
            self.town.numbers = own

    async def arrive(self, *items) -> None:
        made = []

        def filed(batch) -> None:
            made.extend(batch.deliveries)
            if self.metrics is not None:
                self.metrics.filed(batch)

        await self.town.arrive(*items, on_filed=filed)
        for row in made:
            self.names.setdefault(f"story_{row.channel_id}", row.story_id or "")

    async def comes_to_them(self, item) -> None:
        if self.other is not None:
            await self.arrive(replace(item, source_id=f"{self.other.key}/{CANARY}"))

    async def send(self, minutes: int) -> None:
        channels, store, clock = self.town.in_force.current.channels, self.town.store, self.town.clock
        clock.advance(timedelta(minutes=minutes))
        drain = Drain(
            store,
            dict.fromkeys(Platform, Taking()),
            channels,
            clock,
            new_token=lambda: f"t{next(self.tokens)}",
            on_settled=lambda row: self.metrics and self.metrics.settled(row),
        )
        await Deliverer(store=store, drain=drain, channels=channels, clock=clock).send_all_due()
        await Reminders(store, channels, clock).tell_due()

    async def told(self) -> list[tuple[str, str]]:
        """What the channel of who asks was told or will be."""
        rows = [row for row in await self.town.store.deliveries(state=None, limit=5_000) if row.channel_id == self.me.channel]
        return [
            (f"delivery {number}", repr((row.action, row.state, row.reason, row.story_id, row.not_before, row.message)))
            for number, row in enumerate(sorted(rows, key=lambda row: row.sequence))
        ]

    async def suggested(self) -> None:
        ask = Ask(self.me.platform, self.me.team, self.me.place, "U1", "", Role.OWNER)
        for command in TABLE:
            for parameter in command.parameters:
                for typed in ("", CANARY[:2], f"{self.names['their_key']}/"):
                    found = await self.town.commands.complete(ask, command, parameter, typed)
                    self.heard.append((f"{command.name} {parameter.name} {typed}...", repr(found)))


def numbered(transcript: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The transcript with opaque ids as the first, the second ... that appeared."""
    known: dict[str, str] = {}
    return [
        (question, _OPAQUE.sub(lambda found: known.setdefault(found[0], f"{found[1]}#{len(known)}"), said))
        for question, said in transcript
    ]


def written(event, name, number, when=None, more="", **changes):
    made = event(name, number, when, **changes) if when else event(name, number, **changes)
    text = f"{made.content_text} {more}".strip()
    return replace(made, source_id="harbour", content_text=text, content_hash=content_hash(made.title, "", text))


def hidden(event, name, number, **changes):
    """What the other's source brings: its outlet, address and words carry the canary."""
    url = changes.pop("url", f"https://{CANARY}.example/{name}")
    made = written(event, f"{CANARY}{name}", number, outlet=f"{CANARY} Paper", **changes)
    text = f"{made.content_text} The {CANARY} council will vote on the contract on 20 April 2026."
    title = f"{CANARY} report: {made.title}"
    return replace(
        made, title=title, url=url, canonical_url=canonical_url(url), content_text=text, content_hash=content_hash(title, "", text)
    )


async def live(world: World, event) -> None:
    """The same happens in both worlds, but for what the other workspace and its sources do."""
    town, me = world.town, world.me
    town.serve("https://gazette.example")
    town.serve(f"https://{CANARY}.example")
    for words in ("source add https://gazette.example mine", "rule add watch council cameras"):
        await world.mine((await world.mine(words)).buttons[0].words)
    await world.their(f"source add https://{CANARY}.example {CANARY}", confirm=True)
    await world.their("source add https://gazette.example mine", confirm=True)
    await world.their(f"rule add {CANARY} council cameras", confirm=True)
    await world.their(f"rule add watch fishing OR {CANARY}", confirm=True)
    await world.their("subscribe drones")
    await world.their("channel set timezone Europe/Berlin")
    await world.their("channel set max_per_hour 3")
    await world.comes_to_them(hidden(event, "before", 0, more=MUCH))
    await world.arrive(written(event, "a", 0, more=MUCH))
    await world.arrive(replace(event("own", 1), source_id=f"{me.key}/mine", outlet="Own Paper"))
    await world.comes_to_them(hidden(event, "alone", 3))
    await world.comes_to_them(hidden(event, "copy", 1, url="https://own.example/own"))
    await world.arrive(written(event, "fish", 2))
    await world.comes_to_them(hidden(event, "after", 2))
    await world.send(1)
    await world.arrive(written(event, "b", 0, outlet="Second Post"))
    await world.comes_to_them(hidden(event, "between", 0, url=event("fish", 2).url, more=MUCH))  # between two public stories
    await world.send(30)


THEIRS = (
    *("hold 1h", "release", "mute rule cameras 7d everywhere", f"mute source {CANARY} 7d", "mute outlet {url_outlet} 7d"),
    *("vote no {their_story}", "vote yes {story}", "follow {story}", "follow {their_story}", "remind {story} 3d"),
    *("remind {their_story} 2h", "save {story}", "split {story} {b_url}", "retract {their_story} wrong"),
    *("export", "rule history watch", f"rule pause {CANARY}", "channel info", "digest daily 08:00", "test", "digest off"),
    *(f"rule test {CANARY}", "search cameras", "status", "stats", "commitments", f"source poll {CANARY}", "rule resume zebrine"),
)
"""What the other workspace does before it is asked; refusals are no matter."""
KINDS = {
    "rule": ("watch", "cameras", CANARY, f"{{their_key}}/{CANARY}", f"{CANARY}*"),
    "offered": ("drones", CANARY, f"{{their_key}}/{CANARY}"),
    "source": ("mine", "harbour", CANARY, f"{{their_key}}/{CANARY}", "{their_key}/mine"),
    "entity": (CANARY,),
    "outlet": ("Own Paper", f"{CANARY} Paper"),
    "story": ("{story}", "{fish_url}", "{b_url}", "{their_story}", "{their_url}", "{own_url}", "i0123456789ab"),
    "channel": ("{my_channel}", "{their_channel}", "{their_place}"),
    "mute": (f"{CANARY} Paper", "{their_mute}", CANARY),
    "decision": ("{their_change}", "{their_decision}", "cffffffffffff"),
    "draft": ("{their_draft}", "nffffffffffff"),
    "query": ("council cameras", CANARY, f"source:{CANARY}", "source:z*", "source:m*", "outlet:zebrine*", "@zebrine"),
    "text": (CANARY,),
}
"""What stands for a kind of thing in the questions: one's own, the public's, the other's, and what is nothing at all."""
QUESTIONS = (
    *(
        "help",
        "home",
        "latest 20",
        "commitments",
        "entities",
        "mutes",
        "status",
        "stats",
        "sources",
        "rules",
        "export",
        "channel info",
    ),
    *("help {rule}", "search {query}", "story {story}", "timeline {story}", "why {story}", "entities {entity}", "latest 5 {rule}"),
    *("vote no {story}", "vote yes {story}", "follow {story}", "unfollow {story}", "remind {story} 2d", "remind {story}"),
    *("remind {story} off", "save {story}", "more {story}", "mute rule {rule} 2h", "mute source {source} 2h everywhere"),
    *("mute outlet {outlet} 2h", "mute story {story} 2h", "mute entity {entity} 2h", "mutes", "unmute {mute}", "unmute all"),
    *(
        "merge {story} {fish}",
        "merge {fish} {story}",
        "split {story} {fish}",
        "undo {decision}",
        "retract {story} wrong",
        "test {rule}",
    ),
    *("rule test {query}", "rule test {rule}", "rule add {rule} police council", "rule add new {query}", "rule edit {rule} police"),
    *("rule confirm {draft}", "rule pause {rule}", "rule resume {rule}", "rule history {rule}", "rule remove {rule}"),
    *("subscribe {offered}", "unsubscribe {offered}", "source test https://zebrine.example", "source add https://zebrine.example"),
    *("source add https://gazette.example {source}", "source confirm {draft}", "source pause {source}", "source resume {source}"),
    *(
        "source poll {source}",
        "source remove {source}",
        "import {text}",
        "channel set quiet_hours 22:00-07:00",
        "digest daily 08:00",
    ),
    *("digest off", "hold 1h", "release", "stats", "status", "rules", "sources", "export", "mutes", "home"),
)


async def asks(world: World, questions) -> None:
    """Every question, about every kind of thing that its braces name."""
    for question in questions:
        kinds = [kind for kind in re.findall(r"\{(\w+)\}", question) if kind in KINDS]
        for value in KINDS[kinds[0]] if kinds else ("",):
            await world.mine(question.replace(f"{{{kinds[0]}}}", value, 1) if kinds else question)


async def both(new_town, pair):
    """The world with the other workspace, and the one without."""
    me, other = pair
    rules = (
        Rule("cameras", "council cameras", title="Cameras", channels=(me.channel,)),
        Rule("drones", "police drones", title="Drones"),
    )
    own = (Channel(me.channel, me.platform, me.place), Channel("ops", Platform.CONSOLE, "ops"))
    worlds = []
    for there in (other, None):
        more = (Channel(there.channel, there.platform, there.place),) if there else ()
        file = (Rule(f"{CANARY}-file", "council cameras", title=CANARY, channels=(there.channel,)),) if there else ()
        town = await new_town(
            channels=(*own, *more), workspaces={me.place: me.team, other.place: other.team}, rules=(*rules, *file)
        )
        worlds.append(World(town, me, there))
    return worlds


async def lived(world: World, event, names=None) -> None:
    other = {"their_key": "", "their_channel": f"{CANARY}-guild", "their_place": ""}
    if world.other is not None:
        other = {"their_key": world.other.key, "their_channel": world.other.channel, "their_place": world.other.place}
    world.names = {"my_channel": world.me.channel, **other, **(names or {})}
    await live(world, event)
    stories = await world.town.store.latest_posts((world.me.channel,), 50)
    members = await world.town.store.members_of([one.story_id for one in stories])
    titles = {member.item_id: member.story_id for member in members}
    world.names |= {
        "story": titles[event("a", 0).id],
        "fish": titles[event("fish", 2).id],
        "fish_url": event("fish", 2).url or "",
        "b_url": event("b", 0).url or "",
        "own_url": event("own", 1).url or "",
        "url_outlet": f"'{CANARY} Paper'",
        "their_url": f"https://{CANARY}.example/alone",
    }
    if world.other is not None:
        theirs = await world.town.store.story_of_item(hidden(event, "alone", 3).id)
        world.names["their_story"] = theirs.id
        for words in THEIRS:
            await world.their(words, refused=True)
        await world.their(f'mute outlet "{CANARY} Paper" 9d', name="their_mute", take=r"m[0-9a-f]{12}|c[0-9a-f]{12}")
        await world.their("merge {story} {fish}", name="their_decision", take=r"c[0-9a-f]{12}", refused=True)
        await world.their("rule pause watch", name="their_change", take=r"c[0-9a-f]{12}")
        await world.their(f"rule add {CANARY}2 police {CANARY}", name="their_draft", take=r"n[0-9a-f]{12}")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].channel} beside {pair[1].channel}")
async def test_who_asks_reads_the_same_whether_there_is_another_workspace_or_not(new_town, event, pair):
    beside, alone = await both(new_town, pair)
    await lived(beside, event)
    theirs = {name: value for name, value in beside.names.items() if name.startswith("their_")}
    await lived(alone, event, theirs)
    for world in (beside, alone):
        world.names |= theirs
        await world.town.store.declare_sources(world.town.in_force.current.sources, world.town.clock.now())
        await world.suggested()
        await asks(world, QUESTIONS)
        await world.send(300)
        world.heard += await world.told()
    pairs = zip_longest(numbered(beside.heard), numbered(alone.heard), fillvalue=("", "nothing"))
    differing = [(question or second, said, other) for (question, said), (second, other) in pairs if said != other]
    assert not differing, "\n\n".join(f"{question}\n  beside {said}\n  alone  {other}" for question, said, other in differing)
    assert {command.name for command in TABLE} <= set(beside.asked), "a command that nobody asked"


OF_OPERATORS = {"source", "channel", "name", "workspace"}
"""Fields of the log that hold ids, for who runs the bot (docs/metrics.md)."""


@pytest.mark.slow
async def test_numbers_and_log_tell_nothing_of_whose_things_there_are(new_town, event):
    told = []
    for world in await both(new_town, (TEAM, SECOND_GUILD)):
        world.metrics = Metrics(version="1", channels=world.town.in_force.current.channels, levels=_levels, schema="1")
        with capture_logs() as logs:
            await lived(world, event, {"their_key": "", "their_channel": "", "their_place": ""})
        answer = await world.metrics.route.endpoint(Request({"type": "http", "method": "GET", "headers": []}))
        text = bytes(answer.body).decode()
        assert CANARY not in text
        assert not [part for side in (TEAM, SECOND_GUILD) for part in (side.team, side.place, side.channel) if f'"{part}"' in text]
        assert logs
        assert {key for line in logs for key, value in line.items() if CANARY in str(value)} <= OF_OPERATORS
        told.append({line.split(" ")[0].split("{")[0] for line in text.splitlines()})
    assert told[0] == told[1], "which numbers there are does not hang on who is there"


async def _levels() -> Levels:
    return Levels(NOON)
