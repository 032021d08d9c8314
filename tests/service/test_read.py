"""Which pages are fetched, and what an item takes from its page."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.core.documents import Page
from bot.core.errors import FetchError
from bot.core.model import Item, TextState
from bot.core.sources import FullText, QueuedItem, SourceConfig
from bot.service.read import PAGES_AT_ONCE, UNREAD, UNREAD_HEADLINE, Reader, wants_page, with_page
from bot.text.boilerplate import PAYWALLED

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ITEM = Item(
    "i1", "ledger", "Council votes", NOW, url="https://ledger.example/1", summary="A short lead.", text_state=TextState.EXCERPT
)


def source(full_text: FullText) -> SourceConfig:
    return SourceConfig("ledger", "feed", "https://ledger.example/feed", full_text=full_text)


@pytest.mark.parametrize(
    ("policy", "state", "wanted"),
    [
        (FullText.AUTO, TextState.EXCERPT, True),
        (FullText.AUTO, TextState.NONE, True),
        (FullText.AUTO, TextState.FULL, False),
        (FullText.ALWAYS, TextState.FULL, True),
        (FullText.NEVER, TextState.NONE, False),
    ],
)
def test_a_page_is_fetched_where_the_source_gives_no_text(policy: FullText, state: TextState, wanted: bool) -> None:
    item = Item("i1", "ledger", "Council votes", NOW, url="https://ledger.example/1", text_state=state)
    assert wants_page(QueuedItem(item, 1), source(policy), backfill=0) is wanted


def test_an_item_without_address_or_of_an_unknown_source_is_taken_as_it_is() -> None:
    bare = Item("i2", "ledger", "Council votes", NOW)
    assert not wants_page(QueuedItem(bare, 1), source(FullText.ALWAYS), backfill=0)
    assert not wants_page(QueuedItem(ITEM, 1), None, backfill=0)


@pytest.mark.parametrize("url", ["https://ledger.example/notes#June_10", "https://ledger.example/app#/news/1"])
def test_the_page_of_an_article_that_is_but_a_part_of_it_is_not_taken_for_its_text(url: str) -> None:
    item = Item("i3", "ledger", "June 10", NOW, url=url)
    assert not wants_page(QueuedItem(item, 1), source(FullText.ALWAYS), backfill=0)


def test_pages_of_a_first_poll_are_fetched_only_for_what_will_be_posted() -> None:
    assert not wants_page(QueuedItem(ITEM, 1, baseline_rank=0), source(FullText.ALWAYS), backfill=0)
    assert wants_page(QueuedItem(ITEM, 1, baseline_rank=1), source(FullText.ALWAYS), backfill=2)
    assert not wants_page(QueuedItem(ITEM, 1, baseline_rank=2), source(FullText.ALWAYS), backfill=2)


def test_the_page_fills_what_the_source_left_out_and_overrules_nothing() -> None:
    page = Page(
        title="Another headline",
        summary="The page's standfirst.",
        text="The council voted on Tuesday. " * 20,
        byline=("Ada Nwosu",),
        published=NOW - timedelta(hours=1),
        outlet="Harbour Ledger",
        language="en",
        notes=("Updated on Wednesday.",),
    )
    read = with_page(ITEM, page)
    assert (read.title, read.summary) == ("Council votes", "A short lead.")
    assert (read.content_text, read.text_state) == (page.text, TextState.FULL)
    assert (read.outlet, read.authors, read.language) == ("Harbour Ledger", ("Ada Nwosu",), "en")
    assert read.date_published == page.published
    assert read.notes == ("Updated on Wednesday.",)
    assert read.content_hash == ITEM.content_hash


@pytest.mark.parametrize("stated", [datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(days=3)])
def test_a_date_of_a_page_that_no_publication_has_is_none(stated: datetime) -> None:
    read = with_page(ITEM, Page("", "", "Text.", published=stated, modified=stated, rendered=stated))
    assert (read.date_published, read.date_modified, read.date_rendered) == (None, None, None)
    assert with_page(ITEM, Page("", "", "Text.", published=NOW + timedelta(hours=40))).date_published is not None


def test_a_page_without_text_leaves_the_sources_own_words_and_says_why() -> None:
    read = with_page(ITEM, Page("", "", "", notes=("No article was found on the page.",)))
    assert (read.content_text, read.text_state, read.notes) == ("", TextState.EXCERPT, ("No article was found on the page.",))


def test_the_lead_of_a_page_behind_a_paywall_is_an_excerpt() -> None:
    read = with_page(ITEM, Page("", "", "The council voted on Tuesday.", paywalled=True, notes=(PAYWALLED,)))
    assert (read.content_text, read.text_state, read.notes) == ("The council voted on Tuesday.", TextState.EXCERPT, (PAYWALLED,))


def test_the_address_a_page_states_becomes_the_canonical_one_and_the_link_stays() -> None:
    own = "https://www.ledger.example/2026/council-votes-on-cameras?utm_source=x"
    item = replace(ITEM, canonical_url="https://ledger.example/1")
    read = with_page(item, Page("", "", "Text.", url=own))
    assert (read.url, read.canonical_url) == ("https://ledger.example/1", "https://ledger.example/2026/council-votes-on-cameras")
    assert with_page(item, Page("", "", "Text.")).canonical_url == "https://ledger.example/1"
    assert with_page(ITEM, Page("", "", "Text.", url=own)).canonical_url is None


async def test_a_slow_page_holds_up_only_its_own_item() -> None:
    release, ready = asyncio.Event(), asyncio.Event()

    async def read_page(url: str) -> Page:
        if url.endswith("/slow"):
            await release.wait()
        return Page("", "", f"Text of {url}.")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=ready.set)
    slow = QueuedItem(Item("slow", "ledger", "Slow", NOW, url="https://ledger.example/slow"), 1)
    quick = QueuedItem(Item("quick", "ledger", "Quick", NOW, url="https://quick.example/quick"), 2)
    assert reader.ready([slow, quick]) == []
    await ready.wait()
    assert [entry.item.id for entry in reader.ready([slow, quick])] == ["quick"]
    reader.forget(["quick"])
    release.set()
    await reader.wait()
    settled = reader.ready([slow])
    assert [entry.item.content_text for entry in settled] == ["Text of https://ledger.example/slow."]
    await reader.stop()


async def test_a_page_that_cannot_be_fetched_becomes_a_note() -> None:
    async def read_page(url: str) -> Page:
        raise FetchError("ledger.example answered 403.", reason="status", status=403)

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    assert reader.ready([QueuedItem(ITEM, 1)]) == []
    await reader.wait()
    (settled,) = reader.ready([QueuedItem(ITEM, 1)])
    assert settled.item.notes == (UNREAD,)
    assert settled.item.text_state is TextState.EXCERPT
    await reader.stop()


async def test_a_fault_of_the_program_on_one_page_holds_up_no_other_item() -> None:
    async def read_page(url: str) -> Page:
        if url.endswith("/odd"):
            raise ZeroDivisionError
        return Page("", "", "Text.")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    odd = QueuedItem(Item("odd", "ledger", "Odd", NOW, url="https://ledger.example/odd"), 1)
    plain = QueuedItem(Item("plain", "ledger", "Plain", NOW, url="https://ledger.example/plain"), 2)
    assert reader.ready([odd, plain]) == []
    with structlog.testing.capture_logs() as logs:
        assert await reader.wait()
    assert [(entry["log_level"], entry["item"]) for entry in logs] == [("error", "odd")]
    settled = reader.ready([odd, plain])
    assert [entry.item.notes for entry in settled] == [(UNREAD_HEADLINE,), ()]
    assert not await reader.wait()
    await reader.stop()


async def test_stopping_drops_what_is_being_read() -> None:
    started = asyncio.Event()

    async def read_page(url: str) -> Page:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    reader.ready([QueuedItem(ITEM, 1)])
    await started.wait()
    await reader.stop()
    await reader.wait()


async def test_a_source_that_brings_its_archive_is_not_fetched_page_by_page() -> None:
    asked: list[str] = []
    go = asyncio.Event()

    async def read_page(url: str) -> Page:
        asked.append(url)
        await go.wait()
        return Page("", "", "Text.")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None, concurrency=1000)
    flood = [QueuedItem(Item(f"i{n}", "ledger", "T", NOW, url=f"https://ledger.example/{n}"), n) for n in range(PAGES_AT_ONCE + 7)]
    settled = reader.ready(flood)
    assert [entry.item.notes for entry in settled] == [(UNREAD_HEADLINE,)] * 7
    go.set()
    await reader.wait()
    assert len(asked) == PAGES_AT_ONCE
    reader.forget([entry.item.id for entry in flood])
    assert reader.ready([QueuedItem(ITEM, 1)]) == []
    await reader.wait()
    assert len(asked) == PAGES_AT_ONCE + 1
    await reader.stop()


async def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.service.read.PATIENCE", 0.01)

    async def read_page(url: str) -> Page:
        await asyncio.Event().wait()
        raise AssertionError

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    assert reader.ready([QueuedItem(ITEM, 1)]) == []
    await reader.wait()
    (settled,) = reader.ready([QueuedItem(ITEM, 1)])
    assert settled.item.notes == (UNREAD,)


def entry(number: int, address: str, *, summary: str = "A short lead.") -> QueuedItem:
    return QueuedItem(Item(f"i{number}", "ledger", f"Title {number}", NOW, url=address, summary=summary), number)


async def test_articles_of_one_slow_site_take_no_reader_from_other_sites() -> None:
    asked: list[str] = []
    release, ready = asyncio.Event(), asyncio.Event()

    async def read_page(url: str) -> Page:
        asked.append(url)
        if "slow" in url:
            await release.wait()
        return Page("", "", "Text.")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=ready.set, concurrency=2)
    slow = [entry(n, f"https://slow.example/{n}") for n in range(8)]
    other = entry(9, "https://quick.example/9")
    assert reader.ready([*slow, other]) == []
    async with asyncio.timeout(5):
        await ready.wait()
    assert [settled.item.id for settled in reader.ready([*slow, other])] == ["i9"]
    assert asked == ["https://slow.example/0", "https://quick.example/9"]
    release.set()
    await reader.wait()
    assert [settled.item.content_text for settled in reader.ready(slow)] == ["Text."] * 8


async def test_after_a_site_did_not_answer_in_time_those_that_wait_for_it_wait_no_longer_and_later_ones_try_again() -> None:
    asked: list[str] = []
    silent = True

    async def read_page(url: str) -> Page:
        asked.append(url)
        if silent and "slow" in url:
            raise FetchError("slow.example did not answer in full within 10 seconds.", reason="timeout")
        return Page("", "", "Text.")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    slow = [entry(n, f"https://slow.example/{n}") for n in range(4)]
    elsewhere = entry(8, "https://slow.example:8443/8")
    assert reader.ready([*slow, elsewhere]) == []
    await reader.wait()
    assert asked == ["https://slow.example/0", "https://slow.example:8443/8"]
    assert [settled.item.notes for settled in reader.ready(slow)] == [(UNREAD,)] * 4
    silent = False
    later = entry(5, "https://slow.example/5")
    assert reader.ready([later]) == []
    await reader.wait()
    assert [settled.item.content_text for settled in reader.ready([later])] == ["Text."]


async def test_a_refused_page_leaves_the_others_of_its_site_their_turn() -> None:
    async def read_page(url: str) -> Page:
        if url.endswith("/0"):
            raise FetchError("ledger.example answered 403.", reason="status", status=403)
        return Page("", "", "Text.")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    two = [entry(n, f"https://ledger.example/{n}") for n in range(2)]
    assert reader.ready(two) == []
    await reader.wait()
    assert [settled.item.notes for settled in reader.ready(two)] == [(UNREAD,), ()]


async def test_readers_are_told_that_a_page_was_not_read_and_the_log_is_told_why() -> None:
    why = "127.0.0.1 redirects elsewhere, which was refused: 169.254.169.254 is not public; add its network to net.allow."

    async def read_page(url: str) -> Page:
        raise FetchError(why, reason="address")

    reader = Reader({"ledger": source(FullText.AUTO)}, read_page=read_page, on_ready=lambda: None)
    two = [entry(1, "https://one.example/"), entry(2, "https://[broken", summary="")]
    with structlog.testing.capture_logs() as logs:
        assert reader.ready(two) == []
        await reader.wait()
    assert [settled.item.notes for settled in reader.ready(two)] == [(UNREAD,), (UNREAD_HEADLINE,)]
    assert [line["why"] for line in logs] == [why, why]
    assert UNREAD == "The article's page could not be read; this is the feed's summary."
