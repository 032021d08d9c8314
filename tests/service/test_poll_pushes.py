"""The poller beside somebody who brings news without a poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.identity import content_hash
from bot.core.model import Item
from bot.core.sources import PollRecord, SourceConfig, SourceState
from bot.service.poll import Poller
from bot.sources.contract import Polled

HALF_AN_HOUR = timedelta(minutes=30)


def item(name, now):
    return Item(name, "ledger", name, first_seen=now, guid=name, content_hash=content_hash(name, "", ""))


class Hub:
    """Brings the news of one source, and hears of what it left out."""

    def __init__(self, wait):
        self.wait = wait
        self.heard = []

    def shortest_wait(self, source_id):
        return self.wait if source_id == "ledger" else timedelta(0)

    def polled(self, source_id, new):
        self.heard.append((source_id, new))


@pytest.fixture
async def polling(store, clock):
    """A poller on the real store whose source answers what ``answers`` holds."""
    answers: list[Polled] = []
    news: list[str] = []
    hub = Hub(timedelta(hours=6))
    configs = {"ledger": SourceConfig("ledger", "feed", "https://ledger.example/", interval=HALF_AN_HOUR)}

    async def ask(config, state, now):
        return answers.pop(0)

    await store.declare_sources(tuple(configs.values()), clock.now())
    poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: news.append("news"), at=lambda _: None, pushes=hub)
    yield poller, answers, hub, news
    await poller.stop()


async def test_a_source_whose_news_is_brought_is_asked_at_the_slower_pace(polling, store, clock):
    poller, answers, hub, _ = polling
    answers.append(Polled())
    await poller.poll_all_due()
    assert (await store.source_state("ledger")).next_due_at == clock.now() + timedelta(hours=6)
    hub.wait = timedelta(0)
    clock.move_to((await store.source_state("ledger")).next_due_at)
    answers.append(Polled())
    await poller.poll_all_due()
    wait = (await store.source_state("ledger")).next_due_at - clock.now()
    assert HALF_AN_HOUR <= wait < timedelta(hours=1)


async def test_what_only_a_poll_found_is_told_to_who_should_have_brought_it(polling, store, clock):
    poller, answers, hub, _ = polling
    for names in (("first",), ("first", "second"), ("first", "second")):
        clock.move_to((await store.source_state("ledger")).next_due_at)
        answers.append(Polled(tuple(item(name, clock.now()) for name in names)))
        await poller.poll_all_due()
    assert hub.heard == [("ledger", 1), ("ledger", 0)], "the first poll of a source is no news"


async def test_what_is_brought_is_stored_as_a_poll_is_and_wakes_the_next_stage(polling, store, clock):
    poller, answers, _, news = polling
    answers.append(Polled((item("first", clock.now()),), etag=b"1"))
    await poller.poll_all_due()
    before = await store.source_state("ledger")
    news.clear()
    brought = PollRecord(SourceState("ledger"), ((item("second", clock.now()), None), (item("first", clock.now()), None)), push=1)
    assert (await poller.take(brought)).new == ("second",)
    assert news == ["news"]
    assert (await poller.take(replace(brought, push=2))).new == ()
    assert news == ["news"]
    assert await store.source_state("ledger") == before
