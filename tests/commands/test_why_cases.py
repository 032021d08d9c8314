"""Why answers for every way that an article can go: forty cases, each with the sentence that a person reads.

``pytest tests/commands/test_why_cases.py -s`` prints them as a table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.asking import Role
from bot.core.deliveries import Outcome, Receipt, Scope
from bot.core.model import Entity, Rule, RuleStatus, TextState
from bot.core.sources import SourceConfig, SourceState

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
A = "https://a.example/a"
B = "https://b.example/b"
MATCHED = 'rule "Cameras" matched.'


@dataclass(frozen=True)
class Case:
    """What happened to an article, what is asked, and what is answered.

    Attributes:
        name: what happened, in a few words.
        arrange: makes it happen, and may return what is asked.
        title: how the answer begins.
        told: sentences of the answer.
        settings: of the channel.
        asked: the words, unless ``arrange`` returns them.
        where: the channel in which it is asked, or ``terminal``.
    """

    name: str
    arrange: Callable[[Any, Any], Awaitable[str | None]]
    title: str
    told: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    asked: str = f"why {A}"
    where: str = "team"


CASES: list[Case] = []


def case(name: str, title: str, *told: str, asked: str = f"why {A}", where: str = "team", **settings: Any) -> Callable[..., Any]:
    """Puts a case into the table."""

    def add(arrange: Callable[[Any, Any], Awaitable[str | None]]) -> Callable[[Any, Any], Awaitable[str | None]]:
        CASES.append(Case(name, arrange, title, told, tuple(settings.items()), asked, where))
        return arrange

    return add


async def posted(rig: Any, *items: Any, **options: Any) -> None:
    await rig.arrive(*items, **options)
    await rig.send()
    rig.clock.advance(3 * HOUR)


def second_report(rig: Any, event: Any) -> Any:
    """Another report of the first event, in other words."""
    text = "The council of Harbour City let the contract lapse. Number plates are read no more. Police searched 11,400 times."
    title = "Harbour City council ends contract for cameras that read plates"
    return event("b", 0, rig.clock.now(), title=title, content_text=text)


# Told


@case("posted", f"Posted because {MATCHED}", "This channel got it at 12:00 as a first alert.", "council: found in the title:")
async def _posted(rig, event):
    await posted(rig, event("a", 0))


@case("posted and edited since", f"Posted because {MATCHED}", "as a first alert, edited once since.", "Story of 2 articles.")
async def _edited(rig, event):
    await posted(rig, event("a", 0))
    await posted(rig, event("b", 0, rig.clock.now() - DAY))


@case("posted from a first poll", f"Posted because {MATCHED}", "got it at 12:00 from the first poll of its source", backfill=1)
async def _backfilled(rig, event):
    await posted(rig, event("a", 0), baseline=True)


@case(
    "posted late, after quiet hours",
    f"Posted because {MATCHED}",
    "late (The channel was in its quiet hours.",
    quiet_hours=(660, 780),
)
async def _late(rig, event):
    await rig.arrive(event("a", 0))
    rig.clock.advance(2 * HOUR)
    await rig.send()


@case("told in a digest", f"Told in a digest, because {MATCHED}", "This channel got it in a digest at 16:00.", digest="hourly")
async def _digested(rig, event):
    await rig.arrive(event("a", 0))
    rig.clock.advance(2 * HOUR)
    await rig.arrive(event("b", 1))
    rig.clock.advance(2 * HOUR)
    await rig.send()


@case("posted elsewhere, asked in a direct message", f"Posted because {MATCHED}", "team got it at 12:00", where="D0000000001")
async def _elsewhere(rig, event):
    await posted(rig, event("a", 0))


@case("posted, asked by the id of its story", f"Posted because {MATCHED}", "Story of 1 article.")
async def _by_story(rig, event):
    await posted(rig, event("a", 0))
    return f"why {(await rig.store.story_of_item(event('a', 0).id)).id}"


@case("a sample", "That is a sample message: somebody asked for it with test. It is no news.", asked="why sample")
async def _sample(rig, event):
    await rig.ask("test", role=Role.EDITOR)


@case("its headline was changed since", f"Posted because {MATCHED}", 'Its headline was "Harbour City council ends contract')
async def _retitled(rig, event):
    await posted(rig, event("a", 0))
    await rig.come(event("a", 0, title="Harbour City council keeps its cameras after all"))


@case(
    "taken back by a person",
    "Posted, and taken back by a person here.",
    "It was taken back at 15:00: The outlet withdrew its report.",
)
async def _taken_back(rig, event):
    await posted(rig, event("a", 0))
    assert not (await rig.ask(f"retract {A} The outlet withdrew its report.", role=Role.EDITOR)).error
    await rig.send()


@case("deleted by a person", f"Posted because {MATCHED}", "is not there: a person deleted it, which ends the story in this channel")
async def _deleted(rig, event):
    await posted(rig, event("a", 0))
    rig.slack.receipt = Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail="refused")
    await posted(rig, event("b", 0, rig.clock.now() - DAY))


# On the way, held, stopped


@case(
    "waits for its first copies",
    f"On its way, because {MATCHED}",
    "This channel gets it soon. It leaves at 12:10.",
    group_wait=10 * MINUTE,
)
async def _waits(rig, event):
    await rig.arrive(event("a", 0))


@case("is being sent", f"On its way, because {MATCHED}", "This channel gets it soon.")
async def _sending(rig, event):
    await rig.arrive(event("a", 0))
    await rig.store.claim_next("team", now=rig.clock.now(), lease=HOUR, token="t")


@case(
    "a try failed", f"On its way, because {MATCHED}", "Try 1 failed: the platform could not take the message (the service is down)."
)
async def _failed_once(rig, event):
    rig.slack.receipt = Receipt(Outcome.RETRY, detail="the service is down")
    await rig.arrive(event("a", 0))
    await rig.send()


@case("held by quiet hours", "Held. The channel was in its quiet hours.", "This channel: held until 13:00.", quiet_hours=(660, 780))
async def _quiet(rig, event):
    await rig.arrive(event("a", 0))


@case("held for a digest", "Held. The channel wants digests", "This channel: held until 13:00.", digest="hourly")
async def _for_digest(rig, event):
    await rig.arrive(event("a", 0))


@case("capped", "Held. The channel had its max_per_hour.", "Raise max_per_hour; 0 is no cap.", asked=f"why {B}", max_per_hour=1)
async def _capped(rig, event):
    await rig.arrive(event("a", 0), event("b", 1))
    await rig.send()


@case("the channel is on hold", "Waiting. A person here put this channel on hold at 12:00 until 18:00.", "The command release lets")
async def _on_hold(rig, event):
    assert not (await rig.ask("hold 6h", role=Role.OWNER)).error
    await rig.arrive(event("a", 0))
    await rig.send()


@case("the channel refused the bot", "Waiting. The channel cannot be posted to", "Invite the bot, or change the channel")
async def _parked(rig, event):
    rig.slack.receipt = Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="not_in_channel")
    await rig.arrive(event("a", 0))
    await rig.send()


@case(
    "in doubt",
    "Perhaps posted: the platform has not said whether the message arrived.",
    "This channel: sent at 12:00, without an answer.",
)
async def _in_doubt(rig, event):
    await rig.arrive(event("a", 0))
    await rig.store.claim_next("team", now=rig.clock.now(), lease=HOUR, token="t")
    await rig.store.take_in_doubt(rig.clock.now(), all_sending=True)


@case(
    "in doubt, and held for a person",
    "Held. The platform did not say whether the message arrived",
    "This channel: held.",
    on_doubt="hold",
)
async def _doubt_held(rig, event):
    rig.slack.receipt = Receipt(Outcome.UNKNOWN)
    await rig.arrive(event("a", 0))
    await rig.send()


@case("dead: its content was refused", "Not posted. The platform refused this content.", "This channel: given up at 12:00.")
async def _refused(rig, event):
    rig.slack.receipt = Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="refused")
    await rig.arrive(event("a", 0))
    await rig.send()


@case("dead: every try failed", "Not posted. Eleven tries over about a day failed.", "watchlamp outbox retry")
async def _exhausted(rig, event):
    rig.slack.receipt = Receipt(Outcome.RETRY, detail="the service is down")
    await rig.arrive(event("a", 0))
    for _ in range(12):
        await rig.send()
        rig.clock.advance(12 * HOUR)


# Passed over


MUTED = "Not posted. A person here silenced its rule"


async def mute(rig: Any, words: str) -> None:
    assert not (await rig.ask(f"mute {words}", role=Role.EDITOR)).error


@case("muted: its rule", MUTED, 'The rule "Cameras" is muted until Tue 17 March, 12:00; unmute ends it.', "Look at mutes")
async def _muted_rule(rig, event):
    await mute(rig, "rule cameras 7d")
    await posted(rig, event("a", 0))


@case("muted: its outlet", MUTED, 'The outlet "Outlet a" is muted until somebody ends it; unmute ends it.')
async def _muted_outlet(rig, event):
    await posted(rig, event("z", 3, outlet="Outlet a"))
    await mute(rig, "outlet Outlet a")
    await posted(rig, event("a", 0))


@case("muted: its source", MUTED, 'The source "source-a" is muted until')
async def _muted_source(rig, event):
    rig.sources = (SourceConfig("source-a", "feed", "https://a.example/feed"),)
    await mute(rig, "source source-a")
    await posted(rig, event("a", 0))


@case("muted: what it is about", MUTED, 'The entity "Harbour City" is muted until')
async def _muted_entity(rig, event):
    rig.entities = (Entity("harbour", "Harbour City", "agency", aliases=("Harbour City",)),)
    rig.rules = (Rule("city", "@harbour council", title="City", channels=("team",)),)
    await mute(rig, "entity Harbour City")
    await posted(rig, event("a", 0))


@case("a first poll", "Not posted. The article came with the first poll of its source", "Set backfill.")
async def _baseline(rig, event):
    await posted(rig, event("a", 0), baseline=True)


@case("too old", "Not posted. It was published longer ago than max_age.", "Raise max_age.")
async def _too_old(rig, event):
    await posted(rig, event("a", 0, rig.clock.now() - 30 * DAY))


@case("old by its address", "Not posted. Its source calls it new or gives no date", asked="why https://a.example/2024/01/05/vote")
async def _old_address(rig, event):
    await posted(rig, event("a", 0, url="https://a.example/2024/01/05/vote"))


@case("looks back", "Not posted. It calls itself a look back at something old")
async def _looks_back(rig, event):
    await posted(rig, event("a", 0, title="On this day: Harbour City council ends contract for cameras"))


@case(
    "a rerun",
    'Not posted: it matched rule "Cameras", but it is old news.',
    "It repeats something old that we have",
    asked=f"why {B}",
)
async def _rerun(rig, event):
    await posted(rig, event("a", 0, rig.clock.now() - 400 * DAY))
    await posted(rig, event("b", 0, rig.clock.now(), title="Plates stay private: council ends cameras deal"))


@case(
    "a copy",
    'Not posted of its own: it matched rule "Cameras", but repeats an article we have.',
    "100 % of the text",
    asked=f"why {B}",
)
async def _copy(rig, event):
    await posted(rig, event("a", 0))
    await posted(rig, event("b", 0, rig.clock.now(), title="Plates stay private: council ends cameras deal, says the diary"))


@case(
    "folded into a story",
    'Told in the message of its story, not in one of its own: it matched rule "Cameras".',
    "Story of 2 articles.",
    asked=f"why {B}",
)
async def _folded(rig, event):
    await posted(rig, event("a", 0))
    await posted(rig, second_report(rig, event))


@case("taken out of its story by a person", "Posted because", "Story of 1 article.", asked=f"why {B}")
async def _split(rig, event):
    await posted(rig, event("a", 0))
    await posted(rig, second_report(rig, event))
    await rig.ask(f"split {A} {B}", role=Role.EDITOR)
    await rig.send()


@case("dropped by a person", "Not posted. A person dropped it")
async def _dropped(rig, event):
    await rig.arrive(event("a", 0))
    (row,) = await rig.store.pending("team")
    await rig.store.drop(row.id, rig.clock.now())


@case("its rule posts into no channel", 'Not posted: it matched rule "Quiet", which posts into no channel.', where="terminal")
async def _no_channel(rig, event):
    rig.rules = (Rule("quiet", "council cameras", title="Quiet"),)
    await rig.arrive(event("a", 0))


# Not matched


@case(
    "not matched",
    "Not posted: no rule that posts here matched.",
    'Rule "Cameras" did not match: it needs cameras.',
    "council: found in the title",
    "cameras: not found",
)
async def _not_matched(rig, event):
    await rig.arrive(event("a", None, title="Council buys benches", content_text="The council met."))


@case(
    "not matched, words come near",
    "Not posted: no rule that posts here matched.",
    'it needs "plate readers" or alpr',
    "plate cameras",
)
async def _near(rig, event):
    rig.rules = (Rule("plates", '"plate readers" OR alpr', title="plate readers", channels=("team",)),)
    await rig.arrive(event("a", None, title="Council buys plate cameras", content_text="The council met."))


@case(
    "matched by a rule in draft alone",
    "Not posted: no rule that posts here matched.",
    'A rule in draft matched, and posted nothing: "Cameras".',
)
async def _draft(rig, event):
    rig.rules = (replace(rig.rules[0], status=RuleStatus.DRAFT), Rule("x", "zeppelin", channels=("team",)))
    await rig.arrive(event("a", 0))


@case(
    "the rule came later",
    "Not posted: no rule that posts here matched.",
    'Rule "Bread" matches it now. It did not when the article came',
)
async def _later(rig, event):
    await rig.arrive(event("a", None))
    rig.rules = (Rule("bread", "bread", title="Bread", channels=("team",)),)


@case("only its title is known", "Not posted: no rule that posts here matched.", "We hold only its title, not its text.")
async def _no_text(rig, event):
    await rig.arrive(event("a", None, text_state=TextState.NONE))


# Not here


@case("not read yet", "It came, and is not matched yet.", "It waits to be read and matched, with 1 more.")
async def _queued(rig, event):
    await rig.come(event("a", 0), event("b", 1))


@case(
    "never seen, on a site that is read",
    "We have not seen this address: none of 1 source brought it.",
    "Source gazette reads this site, every 1 hour; asked 5 minutes ago.",
    asked="why https://www.gazette.example/story",
)
async def _site_known(rig, event):
    rig.sources = (SourceConfig("gazette", "feed", "https://feeds.gazette.example/rss", HOUR),)
    await rig.store.save_source_states([SourceState("gazette", last_polled_at=rig.clock.now() - 5 * MINUTE)])


@case(
    "never seen, its source fails",
    "We have not seen this address",
    "It fails at present (it worked last on Sun 8 March, 12:00), so what is new there is not seen; status says more.",
    asked="why https://www.gazette.example/story",
)
async def _source_fails(rig, event):
    rig.sources = (SourceConfig("gazette", "feed", "https://feeds.gazette.example/rss", HOUR),)
    now = rig.clock.now()
    state = SourceState("gazette", last_polled_at=now - 5 * MINUTE, last_success_at=now - 2 * DAY, failures=7)
    await rig.store.save_source_states([state])


@case(
    "never seen, on a site that nobody reads",
    "We have not seen this address: none of 0 sources brought it.",
    "No source of ours reads this site.",
    "source add https://other.example/",
    asked="why https://other.example/2026/story",
)
async def _site_unknown(rig, event):
    pass


@case("an unknown story", "We have no story of this id here.", "latest shows the newest ones.", asked="why s0123456789ab")
async def _no_story(rig, event):
    pass


@case("a front page", "That is the front page of a site. Give the address of an article.", asked="why https://gazette.example/")
async def _front_page(rig, event):
    pass


@case("no address at all", "article is the address of an article, or the id of a story", "/watch why ARTICLE", asked="why council")
async def _no_address(rig, event):
    pass


@case("another workspace's story", "We have no story of this id here.", where="guild")
async def _foreign(rig, event):
    await posted(rig, event("a", 0))
    return f"why {(await rig.store.story_of_item(event('a', 0).id)).id}"


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
async def test_every_way_that_an_article_can_go_has_its_answer(make_rig, event, words, one):
    rig = make_rig(**dict(one.settings))
    asked = await one.arrange(rig, event) or one.asked
    reply = await rig.ask(asked, one.where)
    print(f"{one.name:45} {reply.title}")  # noqa: T201  # the table
    assert reply.title.startswith(one.title)
    assert not reply.failed
    for sentence in one.told:
        assert sentence in words(reply), sentence


def test_there_are_cases_enough_and_no_two_alike():
    assert len(CASES) >= 30
    assert len({one.name for one in CASES}) == len(CASES)
