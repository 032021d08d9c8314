"""What the bot learns about its stream's words: kept, decayed, and given to the engine now and then."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.core.model import Item, Match, Rule
from bot.rules.engine import Engine
from bot.rules.frequencies import Frequencies
from bot.service.kept import SAVED_EVERY
from bot.service.learn import COMPILED_AFTER, DECAY, DECAYED_AFTER, FACT, Learner, learnt
from bot.store.database import Store

RULES = (Rule(id="cameras", query="council cameras"),)


class Recorder:
    """Compiles as the bot does, and remembers with what."""

    def __init__(self) -> None:
        self.given: list[Frequencies] = []

    def __call__(self, frequencies: Frequencies) -> Engine:
        self.given.append(frequencies)
        return Engine.compile(RULES)


@pytest.fixture
def compiled() -> Recorder:
    return Recorder()


@pytest.fixture
def learner(store: Store, clock: VirtualClock, compiled: Recorder) -> Learner:
    return Learner(Frequencies(), Engine.compile(RULES), compiled=compiled, store=store, clock=clock)


async def test_what_was_learnt_outlives_the_process(learner: Learner, store: Store) -> None:
    learner.observe([("harbour", "camera"), ("harbour",)])
    await learner.close()
    known = await learnt(store)
    assert known.documents == 2
    for word in ("harbour", "camera"):
        assert known.share(word) > Frequencies().share(word)


async def test_an_installation_that_has_learnt_nothing_yet_begins_with_the_shipped_list(store: Store) -> None:
    assert (await learnt(store)).share("police") == Frequencies().share("police")


async def test_a_memory_that_cannot_be_read_is_told_and_learning_begins_anew(store: Store) -> None:
    await store.keep_fact(FACT, "[1, 2")
    with capture_logs() as logs:
        assert (await learnt(store)).documents == 0
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_it_is_saved_at_intervals_and_not_between_them(learner: Learner, store: Store, clock: VirtualClock) -> None:
    learner.observe([("harbour",)])
    await learner.keep_up()
    assert await store.fact(FACT) is None
    clock.advance(SAVED_EVERY)
    await learner.keep_up()
    assert json.loads(await store.fact(FACT) or "")["documents"] == 1
    learner.observe([("harbour",)])
    await learner.keep_up()
    assert json.loads(await store.fact(FACT) or "")["documents"] == 1


async def test_with_nothing_new_nothing_is_written(learner: Learner, store: Store, clock: VirtualClock) -> None:
    clock.advance(SAVED_EVERY)
    await learner.keep_up()
    await learner.close()
    assert await store.fact(FACT) is None


async def test_older_articles_count_less_and_less(learner: Learner, store: Store) -> None:
    learner.observe([("harbour",)] * DECAYED_AFTER)
    learner.observe([("orchard",)] * (DECAYED_AFTER - 1))
    await learner.close()
    kept = json.loads(await store.fact(FACT) or "")["counts"]
    assert kept["harbour"] == pytest.approx(DECAYED_AFTER * DECAY)
    assert kept["orchard"] == DECAYED_AFTER - 1


async def test_rules_are_compiled_anew_when_the_stream_has_grown_by_half_and_not_with_every_article(
    learner: Learner, compiled: Recorder, clock: VirtualClock
) -> None:
    async def after(articles: int) -> int:
        learner.observe([("harbour",)] * articles)
        clock.advance(SAVED_EVERY)
        await learner.keep_up()
        return len(compiled.given)

    assert await after(COMPILED_AFTER - 1) == 0
    assert await after(1) == 1
    assert compiled.given[0].documents == pytest.approx(COMPILED_AFTER * DECAY)
    assert await after(COMPILED_AFTER - 1) == 1
    assert await after(1) == 2
    assert await after(4 * COMPILED_AFTER) == 3
    assert await after(2 * COMPILED_AFTER) == 3
    assert await after(2 * COMPILED_AFTER) == 4


async def test_what_is_compiled_anew_gets_a_copy_and_takes_over(store: Store, clock: VirtualClock) -> None:
    class Newer:
        def match(self, item: Item) -> tuple[Match, ...]:
            return (Match(item.id, "newer", "1", ()),)

    given: list[Frequencies] = []

    def compiled(frequencies: Frequencies) -> Newer:
        given.append(frequencies)
        return Newer()

    own = Frequencies()
    learner = Learner(own, Engine.compile(RULES), compiled=compiled, store=store, clock=clock)
    item = Item("a", "ledger", "Council buys cameras", clock.now())
    assert [match.rule_id for match in learner.match(item)] == ["cameras"]
    learner.observe([("harbour",)] * COMPILED_AFTER)
    clock.advance(SAVED_EVERY)
    await learner.keep_up()
    assert [match.rule_id for match in learner.match(item)] == ["newer"]
    assert given[0] is not own
    assert given[0].to_json() == own.to_json()


async def test_a_database_that_does_not_answer_costs_an_interval_and_at_the_end_a_warning(clock: VirtualClock) -> None:
    class Away:
        asked = 0

        async def fact(self, name: str) -> str | None:
            return None

        async def keep_fact(self, name: str, value: str) -> None:
            self.asked += 1
            raise StoreError("The database does not answer.")

    store = Away()
    learner = Learner(
        await learnt(store), Engine.compile(RULES), compiled=lambda _: Engine.compile(RULES), store=store, clock=clock
    )
    learner.observe([("harbour",)])
    clock.advance(SAVED_EVERY)
    with pytest.raises(StoreError):
        await learner.keep_up()
    await learner.keep_up()
    assert store.asked == 1
    clock.advance(timedelta(seconds=1))
    with capture_logs() as logs:
        await learner.close()
    assert store.asked == 2
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_each_filed_item_is_told_with_its_words(
    make_rig: Callable[..., Any], event: Callable[..., Any], clock: VirtualClock, learner: Learner, store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, clock.now()))
    (filed,) = rig.filed
    learner.observe(entry.words for entry in filed.items)
    await learner.close()
    assert {"harbour", "cameras", "council"} <= (json.loads(await store.fact(FACT) or "")["counts"]).keys()
