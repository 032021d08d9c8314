"""A life of weeks in minutes, with faults at random: nothing is lost, nothing comes twice, and nothing grows.

What happens is drawn from one seed; ``benchmarks/soak.py`` is the world, and prints the curve. The slow tests live through a few
days, the night through four weeks. Who counts is tested too: it has to see what is planted.
"""

from __future__ import annotations

import asyncio
import copy
import importlib
import importlib.util
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.discord.render import message_body
from bot.adapters.slack.render import message_payload
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage, Message, StoryMessage

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "soaking"
GROWTH = 0.01
"""Share of what is held, a day: a hundred bytes that leak with each of the requests of a day would be more."""
LARGEST_LOG = 16 * 1024 * 1024
LONGEST = 600.0
"""Seconds of the processors for four weeks."""
NOW = datetime(2026, 3, 13, 15, tzinfo=UTC)


def part(name: str) -> Any:
    """A module of the soak."""
    if "soaking" not in sys.modules:
        spec = importlib.util.spec_from_file_location("soaking", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)])
        assert spec is not None
        assert spec.loader is not None
        sys.modules["soaking"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["soaking"])
    return importlib.import_module(f"soaking.{name}")


@pytest.fixture
def soak() -> Callable[..., Any]:
    played: Callable[..., Any] = part("life").soak
    return played


def three_days(folder: Path, meddle: Callable[[Any], None] | None = None) -> Any:
    """A short life in which much goes wrong."""
    world = part("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "CHAT_FAULTS", 0.7)
        patch.setattr(world, "FAULTS", {kind: share * 5 for kind, share in world.FAULTS.items()})
        return part("life").soak(folder, days=3, sources=4, seed=5, meddle=meddle)


@pytest.fixture(scope="module")
def meddled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[str]]:
    """Three days at whose end somebody adds a message in Slack and takes one away in Discord; what was told, and these two."""
    ledger, planted = part("ledger"), list[str]()

    def meddle(rig: Any) -> None:
        posts = rig.slack.world.messages[part("life").ROOM]
        (added,) = ledger.headlines("slack", posts[0].body)
        posts.append(copy.copy(posts[0]))
        number, gone = next(iter(rig.place.messages.items()))
        del rig.place.messages[number]
        (missing,) = ledger.headlines("discord", gone.body)
        planted.extend((ledger.event(added), ledger.event(missing)))

    return three_days(tmp_path_factory.mktemp("meddled"), meddle), planted


def judge(told: Any) -> None:
    """What holds for any length."""
    assert told.ledger.lost() == {}
    assert told.ledger.doubled() == {}
    assert told.ledger.strange() == {}
    assert not told.ledger.marked, "both chats can be asked what arrived, so nothing has to be repeated with a mark"
    assert set(told.states) <= {"sent", "skipped"}, "nothing waits, is in doubt or was given up"
    assert told.largest_log < LARGEST_LOG
    assert max(day.files for day in told.steady) - min(day.files for day in told.steady) <= 8
    assert max(day.threads for day in told.days) <= 16
    assert max(day.tasks for day in told.days) - min(day.tasks for day in told.days) <= 8


def story(name: str, **changes: Any) -> StoryMessage:
    """What the bot says of an event."""
    fields: dict[str, Any] = {
        "story_id": f"s{name}", "headline": f"{name.title()}: the council votes", "url": f"https://outlet.example/{name}",
        "host": "outlet.example", "sentences": ("It voted.",), "outlet": "Outlet", "published": NOW,
    }  # fmt: skip
    return StoryMessage(**{**fields, **changes})


def entered(*messages: Message) -> Any:
    """The ledger of two channels that show these messages, as the bot makes them; events one to four are wanted."""
    ledger = part("ledger").Ledger(["one", "two", "three", "four"], ["slack", "discord"])
    for message in messages:
        ledger.read("slack", message_payload(message, Action.POST, timezone="UTC", now=NOW))
        ledger.read("discord", message_body(message, Action.POST, timezone="UTC", now=NOW))
    return ledger


def both(*events: str) -> dict[str, list[str]]:
    """The same found in both channels."""
    return {"slack": list(events), "discord": list(events)}


def test_the_slope_of_a_curve_is_not_bent_by_a_single_day() -> None:
    slope = part("curve").slope
    assert slope([5.0] * 10) == 0
    assert slope([5.0] * 4 + [500.0] + [5.0] * 5) == 0
    assert slope([float(day) for day in range(10)]) == 1
    assert slope([3.0]) == 0


def test_no_two_events_that_a_rule_matches_share_an_invented_word() -> None:
    world = part("world")
    found = [word for number in range(5000) for word in world.words(number)]
    assert len(found) == len(set(found)) == 5000 * world.WORDS
    with pytest.raises(ValueError, match="there are words for 5461 events"):
        world.words(5461)


def test_nobodys_luck_depends_on_who_else_asked_before() -> None:
    world = part("world")
    alone, crowd, other = world.World(7, 6, 9), world.World(7, 6, 9), world.World(8, 6, 9)
    noon = 1.5 * world.DAY

    def asked(where: Any, *, beside: bool) -> list[Any]:
        found = []
        for number in range(400):
            for source in range(9) if beside else ():
                where.source_is(noon, source) if source != 3 else None
            where.chat_is(noon, "discord") if beside else None
            found += [where.source_is(noon, 3), where.chat_is(noon, "slack"), number]
        return found

    assert asked(alone, beside=False) == asked(crowd, beside=True) != asked(other, beside=False)


def test_an_event_is_told_by_a_message_of_its_own_or_by_a_line_of_a_digest() -> None:
    ledger = entered(story("one"), story("two"), DigestMessage("2 stories", (story("three"), story("four"))))
    assert (ledger.lost(), ledger.doubled(), ledger.strange()) == ({}, {}, {})


def test_the_story_that_a_message_follows_is_named_and_not_told() -> None:
    before = ("Two: the council votes", NOW)
    ledger = entered(story("one"), story("three", follows=before), story("four"))
    assert (ledger.lost(), ledger.doubled()) == (both("two"), {})
    ledger = entered(story("one"), story("two"), story("three", follows=before), story("four"))
    assert (ledger.lost(), ledger.doubled()) == ({}, {})


def test_what_comes_twice_is_found_out_in_messages_and_in_digests() -> None:
    digest = DigestMessage("2 stories", (story("two"), story("three")))
    ledger = entered(story("one"), story("one"), story("two"), digest, story("four"))
    assert (ledger.lost(), ledger.doubled()) == ({}, both("one", "two"))
    assert entered(DigestMessage("2 stories", (story("one"), story("one")))).doubled() == both("one")


def test_what_a_digest_only_counts_is_missing_and_what_no_rule_matches_is_strange() -> None:
    assert entered(DigestMessage("4 stories", (story("one"),))).lost() == both("four", "three", "two")
    assert entered(story("five")).strange() == both("five")


def test_a_message_that_points_to_another_tells_nothing() -> None:
    assert entered(story("one", pointer="Two: the council votes")).lost() == both("four", "one", "three", "two")


def test_a_repeat_that_says_so_is_counted_apart_and_tells_what_nothing_else_tells() -> None:
    ledger = entered(story("one"), story("one", repeated=True), story("two", repeated=True))
    assert (ledger.lost(), ledger.doubled()) == (both("four", "three"), {})
    assert ledger.marked == {"slack": 2, "discord": 2}
    digest = DigestMessage("2 stories", (story("one"), story("two")), repeated=True)
    assert entered(story("one"), story("two"), digest).doubled() == {}


def test_no_time_of_the_fake_clock_passes_while_a_reader_reads_or_ends() -> None:
    """However long its process takes for it: else a life goes on at another time after each restart."""
    life = part("life")

    async def read_and_ended() -> float:
        loop = asyncio.get_running_loop()
        sandbox = life.patient_sandbox(loop)()
        later = loop.call_later(300, lambda: None)
        assert await sandbox.run("text", html="<p>The council met.</p>") == "The council met."
        await sandbox.close()
        later.cancel()
        return loop.time()

    with asyncio.Runner(loop_factory=life.loaded("standins", "loops").FakeTimeLoop) as runner:
        assert runner.run(read_and_ended()) == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="sources on addresses of their own take Linux")
def test_a_message_that_somebody_adds_and_one_that_somebody_takes_away_are_found_out(meddled: tuple[Any, list[str]]) -> None:
    told, planted = meddled
    assert told.ledger.doubled() == {"slack": planted[:1]}
    assert told.ledger.lost() == {"discord": planted[1:]}


@pytest.mark.night
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="sources on addresses of their own take Linux")
def test_a_life_is_lived_again_by_its_seed(meddled: tuple[Any, list[str]], tmp_path: Path) -> None:
    """The same goes wrong at the same moments, and the chats show the same, said at the same moments."""
    told, planted = meddled
    again = three_days(tmp_path)
    assert {where.partition(" ")[0] for _, where, _ in again.log} == {"clock", "database", "discord", "slack", "source"}
    assert again.log == told.log
    event = part("ledger").event
    untouched = [post for post in again.posts if [event(line) for line in post[2]] not in ([planted[0]], [planted[1]])]
    assert untouched
    assert untouched == [post for post in told.posts if [event(line) for line in post[2]] not in ([planted[0]], [planted[1]])]
    assert again.states == told.states


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="sources on addresses of their own, and what a process holds, take Linux")
def test_a_few_days_with_faults_at_random_lose_nothing_and_repeat_nothing(soak: Callable[..., Any], tmp_path: Path) -> None:
    told = soak(tmp_path, days=4, sources=40, seed=3)
    judge(told)
    assert {"clock: set", "database: held"} <= set(told.met)
    assert told.restarts > 0


@pytest.mark.night
@pytest.mark.timeout(3000)
@pytest.mark.skipif(sys.platform != "linux", reason="sources on addresses of their own, and what a process holds, take Linux")
def test_four_weeks_with_faults_at_random_lose_nothing_repeat_nothing_and_grow_nothing(
    soak: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        told = soak(tmp_path, days=28, sources=40, seed=1)
        sys.stdout.write(f"{told.seconds:.0f} s, of which the processors computed {told.processor:.0f}\n")
    judge(told)
    assert told.restarts >= 10
    assert told.processor < LONGEST
    for what in ("objects", "blocks", "pss", "files"):
        assert told.growth(what) < GROWTH, what
