"""A document that stopped two readers is not given to a third, and whoever runs the bot hears which source it is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import DocumentError
from bot.core.health import Health
from bot.core.sources import SourceState
from bot.sandbox import quarantine
from bot.sandbox.quarantine import Quarantine
from bot.service import notices, sourcehealth

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("job", "given"), [("burn", {"data": b"poison"}), ("leave", {}), ("spin", {})])
async def test_after_two_kills_no_reader_is_started_for_a_document(pool, job: str, given: dict[str, bytes]) -> None:
    sandbox = pool(seconds=0.3)
    for _ in range(2):
        with pytest.raises(DocumentError) as told:
            await sandbox.run(job, **given)
        assert not told.value.quarantined
    assert await sandbox.run("echo", data=b"poison", text="alive") == "6 alive", "another job may read it, and the next one runs"
    (pid,) = sandbox.pids
    with pytest.raises(DocumentError, match="stopped its reader twice") as told:
        await sandbox.run(job, **given)
    assert told.value.quarantined
    assert sandbox.pids == (pid,), "the living child was not touched"


async def test_a_changed_document_is_read_at_once(pool) -> None:
    sandbox = pool(seconds=0.3)
    for _ in range(2):
        with pytest.raises(DocumentError):
            await sandbox.run("burn", data=b"poison")
    with pytest.raises(DocumentError, match="stopped after") as told:
        await sandbox.run("burn", data=b"poison, but another")
    assert not told.value.quarantined


async def test_a_document_that_is_refused_stops_nobody_and_is_not_set_aside(pool) -> None:
    sandbox = pool()
    for _ in range(4):
        with pytest.raises(DocumentError, match="no feed") as told:
            await sandbox.run("refuse", why="no feed")
        assert not told.value.quarantined


async def test_readers_that_we_stop_ourselves_count_against_no_document(pool) -> None:
    sandbox = pool()
    await sandbox.close()
    for _ in range(3):
        with pytest.raises(DocumentError, match="shutting down"):
            await sandbox.run("spin")
    assert len(sandbox._quarantine) == 0


def test_it_is_remembered_for_a_day_and_only_so_many_are() -> None:
    kept = Quarantine()
    for _ in range(2):
        kept.killed("feed", {"data": b"x", "url": "https://a.example/"}, 10.0)
    assert kept.holds("feed", {"data": b"x", "url": "https://b.example/"}, 20.0), "the bytes count, not where they came from"
    assert not kept.holds("page", {"data": b"x"}, 20.0)
    assert not kept.holds("feed", {"data": b"x"}, 10.0 + quarantine.SECONDS)
    assert len(kept) == 0
    for number in range(quarantine.MOST + 50):
        kept.killed("feed", {"data": b"%d" % number}, 0.0)
    assert len(kept) == quarantine.MOST
    assert not kept.holds("feed", {"data": b"0"}, 1.0)


def test_the_source_is_named_in_health_and_told_at_once() -> None:
    polled = SourceState("ledger", "file", failures=2, last_polled_at=NOON, last_error=quarantine.SENTENCE)
    state = sourcehealth.refused(polled, DocumentError(quarantine.SENTENCE, quarantined=True), NOON)
    found = sourcehealth.condition(replace(state, failures=3), NOON + timedelta(minutes=5))
    assert (found.health, found.sentence) == (Health.QUARANTINED, quarantine.SENTENCE)
    others = {f"other{number}": SourceState(f"other{number}", "file", last_polled_at=NOON, entries=1) for number in range(9)}
    later = NOON + timedelta(minutes=5)
    matters = notices.of_sources({"ledger": replace(state, failures=3), **others}, later, were_away=False)
    (told,) = notices.decide(matters, {}, later).bad
    assert told.startswith("ledger")
    assert "set aside" in told
