"""When what is forgotten: twice a day, a step at a time, by the terms of the configuration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.retention import Retention, Swept
from bot.service.retention import AT_ONCE, EVERY, RENEW_AT, Forgetful

DAY = timedelta(days=1)


class Kept:
    """A store that says what it was asked to forget."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.texts = [Swept(AT_ONCE, 500), Swept(3)]
        self.full = True
        self.renewed = False

    async def drop_texts(self, before: Any, **more: Any) -> Swept:
        self.asked.append(("texts", {"before": before, **more}))
        return self.texts.pop(0) if self.texts else Swept(0)

    async def drop_messages(self, before: Any, **more: Any) -> Swept:
        self.asked.append(("messages", {"before": before, **more}))
        return Swept(1)

    async def drop_records(self, before: Any, now: Any, **more: Any) -> dict[str, int]:
        full, self.full = self.full, False
        self.asked.append(("records", {"before": before, "now": now, **more}))
        return {"votes": AT_ONCE} if full else {"votes": 1}

    async def pseudonymise(self, before: Any, pseudonym: Any, *, kept: Any) -> int:
        self.asked.append(("people", {"before": before, "named": pseudonym("slack:T1", "U1"), "kept": kept}))
        return 2

    async def renew_words(self, at_least: int) -> bool:
        self.asked.append(("words", {"at_least": at_least}))
        return self.renewed

    async def secret_fact(self, name: str) -> str:
        return name


@pytest.fixture
def kept() -> Kept:
    return Kept()


async def sweep(forgetful: Forgetful, kept: Kept, steps: int = 20) -> list[str]:
    before = len(kept.asked)
    for _ in range(steps):
        await forgetful.keep_up()
    return [what for what, _ in kept.asked[before:]]


async def test_a_sweep_goes_step_by_step_through_everything_and_comes_again_after_half_a_day(kept, clock) -> None:
    forgetful = Forgetful(Retention(), {"ledger": 1}, store=kept, clock=clock)
    everything = ["texts", "texts", "messages", "records", "records", "people", "words"]
    assert await sweep(forgetful, kept) == everything
    clock.move_to(clock.now() + EVERY - timedelta(seconds=1))
    assert await sweep(forgetful, kept) == []
    clock.move_to(clock.now() + timedelta(seconds=1))
    assert await sweep(forgetful, kept) == ["texts", "messages", "records", "people", "words"]


async def test_a_clock_set_back_by_a_day_does_not_put_forgetting_off(kept, clock) -> None:
    forgetful = Forgetful(Retention(), (), store=kept, clock=clock)
    await sweep(forgetful, kept)
    clock.move_to(clock.now() - 2 * DAY)
    assert await sweep(forgetful, kept)


async def test_the_terms_are_those_of_the_configuration(kept, clock) -> None:
    terms = Retention(texts=30 * DAY, most_texts=7, messages=2 * DAY, people=3 * DAY, records=40 * DAY)
    now = clock.now()
    await sweep(Forgetful(terms, {"ledger": 1}, store=kept, clock=clock), kept)
    asked = dict(reversed(kept.asked))
    assert asked["texts"] == {"before": now - 30 * DAY, "floor": now - 7 * DAY, "most": 7, "after": 0, "limit": AT_ONCE}
    assert kept.asked[1][1]["after"] == 500
    assert asked["messages"]["before"] == now - 2 * DAY
    assert asked["messages"]["in_play"] == now - 21 * DAY
    assert asked["messages"]["dead"] == now - 30 * DAY
    assert asked["records"] == {"before": now - 40 * DAY, "now": now, "known_sources": {"ledger"}, "limit": AT_ONCE}
    assert asked["people"]["before"] == now - 3 * DAY
    assert asked["people"]["named"].startswith("person-")
    assert "operator" in asked["people"]["kept"]
    assert asked["words"] == {"at_least": RENEW_AT}


async def test_who_indexes_the_archive_is_told_when_its_words_are_to_be_made_anew(kept, clock) -> None:
    told: list[None] = []
    kept.renewed = True
    await sweep(Forgetful(Retention(), (), store=kept, clock=clock, on_words_gone=lambda: told.append(None)), kept)
    assert told == [None]
