"""Random rules over a stored archive: the search leaves over every item that the rule matches, and the same on every database."""

from __future__ import annotations

import importlib.util
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.sources import PollRecord
from bot.rules.engine import Engine
from bot.rules.narrow import WORDS_VERSION, narrow, search_words
from bot.service.backtest import may_hold

_SPEC = importlib.util.spec_from_file_location("random_rules", Path(__file__).parents[1] / "rules" / "random_rules.py")
assert _SPEC is not None
assert _SPEC.loader is not None
RANDOM = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(RANDOM)


@pytest.mark.slow
@pytest.mark.durable
async def test_a_narrowed_search_finds_what_a_full_scan_finds(database, build, now):
    rng = random.Random(7)
    store = await database.open()
    await store.use_words(WORDS_VERSION)
    items = [replace(RANDOM.random_item(rng, f"i{number}"), first_seen=now) for number in range(150)]
    await store.commit_poll(PollRecord(build.state(), tuple((item, None) for item in items)), now)
    queued = await store.queued_items(1000)
    for start in range(0, 140, 50):  # the last ten wait
        batch = queued[start : min(start + 50, 140)]
        await store.commit_alert(build.batch(*(replace(build.filed(one), words=search_words(one.item)) for one in batch)))
    everything = await store.archive_items(await store.archive_numbers(None, words=WORDS_VERSION))
    assert len(everything) == 150
    words = {item.id: frozenset(search_words(item)) for item in everything}
    waiting = {entry.item.id for entry in queued[140:]}
    narrowed = found = spared = 0
    for rule in RANDOM.random_rules(rng, 120):
        search = narrow(rule, RANDOM.ENTITIES)
        if search is None:
            continue
        narrowed += 1
        engine = Engine.compile([rule], RANDOM.ENTITIES)
        candidates = await store.archive_items(await store.archive_numbers(search, words=WORDS_VERSION))
        held = [item for item in everything if item.id in waiting or may_hold(search, words[item.id])]
        assert candidates == held, f"no database finds more or less: {rule.query}"
        wanted = [item for item in everything if engine.match(item)]
        assert [item for item in candidates if engine.match(item)] == wanted, rule.query
        found += len(wanted)
        spared += len(everything) - len(candidates)
    assert narrowed > 70
    assert found > 500
    assert spared > 1000
    await store.close()
