"""Two workspaces and a guest do anything in any order: nobody reads a word that only another workspace's source wrote."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.commands.asking import Ask, Role
from bot.core.deliveries import Outcome, Receipt
from bot.core.identity import content_hash
from bot.core.model import Platform
from bot.outbox.drain import Drain
from bot.service.deliver import Deliverer
from bot.service.reminders import Reminders
from bot.text.urls import canonical_url

HERE, THEIRS = "C0000000001", "112233445566778899"
WORDS = {"slack:T1": "onlyteam", "discord:22": "onlyguild", "file": "public"}
"""A word in whatever the sources of each bring."""
UNHEARD = {"slack:T1": "onlyguild", "discord:22": "onlyteam", "guest": "onlyguild"}
STEPS = 150
NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")
PLAIN = (
    "latest",
    "home",
    "status",
    "stats",
    "sources",
    "rules",
    "commitments",
    "mutes",
    "export",
    "channel info",
    "hold 1h",
    "release",
)
OF_STORY = (
    *(
        "why {}",
        "story {}",
        "timeline {}",
        "follow {}",
        "unfollow {}",
        "remind {} 2d",
        "remind {}",
        "remind {} off",
        "save {}",
        "more {}",
    ),
    *("vote no {}", "vote yes {}", "mute story {} 2h", "mute outlet {} 2h", "merge {} {}", "split {} {}", "retract {} wrong"),
)
SOUGHT = ("search council cameras", "search contract", "rule test council cameras", "rule test contract vote", "unmute all")


class Taking:
    """A chat that takes everything."""

    async def deliver(self, delivery, channel):
        return Receipt(Outcome.ACCEPTED, message_ref=f"{channel.address}/{delivery.sequence}")


class Walk:
    """What is done at random."""

    def __init__(self, town, event, seed) -> None:
        self.town, self.event, self.random = town, event, random.Random(seed)
        self.stories: list[str] = []
        self.urls: list[str] = []
        self.asked = 0

    async def begin(self) -> None:
        for ask, name in ((self.town.ask, "team"), (self.town.other, "guild")):
            self.town.serve(f"https://{name}.example")
            for words in (f"source add https://{name}.example {name}", f"rule add {name} council cameras"):
                await ask((await ask(words)).buttons[0].words)

    async def arrive(self, number: int) -> None:
        owner = self.random.choice(tuple(WORDS))
        made, word = self.event(f"n{number}", self.random.randrange(4)), WORDS[owner]
        title = self.random.choice((made.title, f"{word} reports: {made.title}", f"Council {word} on harbour cameras"))
        more = " ".join(f"Sentence {name} on the contract." for name in self.random.sample(NAMES, self.random.choice((2, 12))))
        day = f" The council will vote on the contract for the cameras on {self.random.randrange(1, 28)} April 2026."
        url = self.random.choice((f"https://paper.example/n{number}", *self.urls[-3:]))
        text = f"{made.content_text} {more}{self.random.choice(('', day))}"
        item = replace(
            made,
            source_id={"slack:T1": "slack:T1/team", "discord:22": "discord:22/guild", "file": "harbour"}[owner],
            title=title,
            outlet=f"{word} Paper",
            url=url,
            canonical_url=canonical_url(url),
            content_text=text,
            content_hash=content_hash(title, "", text),
            date_published=self.town.clock.now() - timedelta(hours=self.random.choice((0, 1, 50, 1000))),
        )
        self.urls.append(url)
        self.stories += [row.story_id for row in await self.town.arrive(item) if row.story_id]

    async def send(self, tokens) -> None:
        channels, store, clock = self.town.in_force.current.channels, self.town.store, self.town.clock
        clock.advance(timedelta(minutes=self.random.choice((1, 30, 600))))
        drain = Drain(store, dict.fromkeys(Platform, Taking()), channels, clock, new_token=lambda: f"t{next(tokens)}")
        await Deliverer(store=store, drain=drain, channels=channels, clock=clock).send_all_due()
        await Reminders(store, channels, clock).tell_due()

    async def ask(self) -> None:
        who = self.random.choice(("slack:T1", "discord:22", "guest"))
        meant = self.random.choices([*self.stories[-8:], *self.urls[-4:], "s0123456789ab"], k=2)
        words = self.random.choice((*PLAIN, *OF_STORY, *OF_STORY, *SOUGHT)).format(*meant)
        if who == "guest":
            reply = await self.town.commands.answer(Ask(Platform.SLACK, "T2", HERE, "U9", words, Role.OWNER, admins=None))
        else:
            reply = await (self.town.ask(words) if who == "slack:T1" else self.town.other(words))
        assert UNHEARD[who] not in str(reply).casefold(), (who, words, reply)
        assert not reply.failed, (who, words, reply)
        self.asked += 1


@pytest.mark.parametrize(
    "seed", [pytest.param(1, marks=pytest.mark.slow), *(pytest.param(seed, marks=pytest.mark.night) for seed in range(2, 10))]
)
async def test_whatever_is_done_nobody_reads_what_anothers_source_wrote(town, event, seed):
    walk, tokens = Walk(town, event, seed), count()
    await walk.begin()
    for number in range(STEPS):
        step = walk.random.random()
        await (walk.arrive(number) if step < 0.35 else walk.send(tokens) if step < 0.45 else walk.ask())
    assert walk.asked > STEPS // 3
    told = await town.store.deliveries(state=None, limit=5_000)
    assert {row.channel_id for row in told} >= {"team", "guild"}
    for row in told:
        unheard = {"guild": "onlyteam", "team": "onlyguild"}[row.channel_id]
        assert unheard not in str(row).casefold(), row
