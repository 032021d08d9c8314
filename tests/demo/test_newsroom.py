"""The sample newsroom: every article can be told apart, and every feed reads back as it was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.core.documents import FeedDocument
from bot.demo.newsroom import ARTICLES, LAST_STEP, OUTLETS, feed, link
from bot.demo.server import Newsroom
from bot.demo.show import TALE
from bot.sandbox.pool import Sandbox

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as pool:
        yield pool


def test_every_article_has_an_address_of_its_own_and_an_outlet() -> None:
    assert [address for address, count in Counter(map(link, ARTICLES)).items() if count > 1] == []
    assert Counter((article.outlet, article.slug) for article in ARTICLES).most_common(1)[0][1] == 1
    assert {article.outlet for article in ARTICLES} == {outlet.id for outlet in OUTLETS}
    assert {outlet.form for outlet in OUTLETS} == {"rss", "atom", "json"}
    assert all(outlet.host.endswith(".example") for outlet in OUTLETS)


def test_every_step_of_the_tale_has_its_sentence_and_something_to_happen() -> None:
    assert len(TALE) == LAST_STEP + 1
    assert {article.step for article in ARTICLES} == set(range(LAST_STEP + 1))
    assert all(article.age > timedelta(0) for article in ARTICLES)


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: outlet.id)
async def test_a_feed_reads_back_as_it_was_written(sandbox: Sandbox, outlet: object) -> None:
    assert outlet in OUTLETS
    (known,) = [each for each in OUTLETS if each is outlet]
    content_type, document = feed(known, step=LAST_STEP, start=START)
    read = await sandbox.run("feed", data=document.encode(), url=f"https://{known.host}/feed", content_type=content_type)
    assert isinstance(read, FeedDocument)
    assert (read.title, read.notes) == (known.name, ())
    written = {article.title: article for article in ARTICLES if article.outlet == known.id}
    assert {entry.title for entry in read.entries} == set(written)
    for entry in read.entries:
        article = written[entry.title]
        assert entry.link == link(article)
        assert entry.published == (START - article.age).replace(microsecond=0)
        assert entry.summary_text == article.standfirst
        assert [line for line in entry.content_text.splitlines() if line] == list(article.paragraphs)
    ages = [written[entry.title].age for entry in read.entries]
    assert ages == sorted(ages)


def test_a_feed_shows_only_what_was_published_by_its_step() -> None:
    (ledger,) = [outlet for outlet in OUTLETS if outlet.id == "ledger"]
    first = next(article for article in ARTICLES if article.step == 1)
    assert first.title not in feed(ledger, step=0, start=START)[1]
    assert first.title in feed(ledger, step=1, start=START)[1]


async def test_the_newsroom_serves_its_feeds_on_loopback_and_nothing_else() -> None:
    newsroom = Newsroom(START)
    await newsroom.start()
    try:
        assert newsroom.base_url == f"http://127.0.0.1:{newsroom.port}"
        async with httpx.AsyncClient(base_url=newsroom.base_url, trust_env=False) as client:
            answers = {outlet.id: await client.get(f"/{outlet.id}/feed") for outlet in OUTLETS}
            assert {answer.status_code for answer in answers.values()} == {200}
            assert answers["courier"].headers["content-type"].startswith("application/feed+json")
            newsroom.step = 1
            later = await client.get("/ledger/feed")
            assert len(later.text) > len(answers["ledger"].text)
            assert (await client.get("/nobody/feed")).status_code == 404
    finally:
        await newsroom.stop()
