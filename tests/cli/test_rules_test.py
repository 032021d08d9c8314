"""``rules test`` and ``rules explain`` on the archive: a query, and a rule, before past articles."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import backtest as printing
from bot.core.clock import SystemClock
from bot.core.model import Item, StoryChange, Tier
from bot.core.outbox import AlertBatch
from bot.core.sources import PollRecord, SourceState
from bot.core.stories import FiledItem
from bot.rules.narrow import search_words
from bot.service.archive import Archivist
from bot.store.database import Store
from bot.stories.keys import item_keys

Watchlamp = Callable[..., Any]
NEWS = [
    {
        "id": "vote",
        "title": "Harbour City council votes on cameras",
        "content_text": "The council ended a contract for plate readers.",
        "published": "2026-03-09T12:00:00Z",
        "outlet": "Ledger",
        "url": "https://ledger.example/vote",
    },
    {
        "id": "drones",
        "title": "Sheriff buys drones",
        "summary": "Council asked about cameras.",
        "published": "2026-03-01T12:00:00Z",
    },
    {"id": "mayor", "title": "Mayor opens bridge", "content_text": "The council cheered.", "published": "2026-03-08T12:00:00Z"},
    {"id": "bakery", "title": "Bakery wins prize for rye bread", "published": "2026-03-07T12:00:00Z"},
]

PAGE = """\
2 articles found, in 2 stories.
Looked at 2 articles that hold its words.

Stories a week (weeks begin on Monday, UTC)
  2026-02-23  ████████████████████████████████████████ 1
  2026-03-02  0
  2026-03-09  ████████████████████████████████████████ 1

A sample: the newest, one of a story
  2026-03-09  Harbour City council votes on cameras  Ledger  [vote]
    Harbour City **council** votes on **cameras**
  2026-03-01  Sheriff buys drones  [drones]
    **Council** asked about **cameras**.

One clause short: 1 article of the newest 1 that came near
  2026-03-08  Mayor opens bridge  [mayor]
    it needs cameras
"""


def test_a_query_on_a_file_of_items_is_told_on_one_page(watchlamp: Watchlamp, items: Any) -> None:
    ended = watchlamp("rules", "test", "council cameras", "--items", items(NEWS))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == PAGE


def test_programs_get_a_row_for_everything(watchlamp: Watchlamp, items: Any, config: Any) -> None:
    ended = watchlamp(
        "rules", "test", "council -cheered", "--items", items(NEWS), "-c", config(), "--replaces", "cameras", "--format", "jsonl"
    )
    assert (ended.status, ended.err) == (0, "")
    assert ended.of("backtest") == [
        {
            "event": "backtest",
            "query": "council -cheered",
            "since": None,
            "looked_at": 3,
            "narrowed": True,
            "items": 2,
            "stories": 2,
            "near_misses": 1,
            "near_misses_looked_at": 1,
            "replaces": "cameras",
            "same": 2,
            "gained": 0,
            "lost": 0,
        }
    ]
    assert ended.of("week")[0] == {"event": "week", "monday": "2026-02-23", "items": 1, "stories": 1}
    (vote, drones) = ended.of("hit")
    assert vote["item_id"] == "vote"
    assert vote["spans"][0] == {"field": "body", "start": 4, "end": 11, "text": "council", "clause": "council"}
    assert (drones["outlet"], drones["url"], drones["published"]) == (None, None, "2026-03-01T12:00:00Z")
    assert [(row["item_id"], row["clause"]) for row in ended.of("near_miss")] == [("mayor", "-cheered")]


def test_what_a_query_would_change_is_told(watchlamp: Watchlamp, items: Any, config: Any) -> None:
    ended = watchlamp("rules", "test", "council -plate", "--items", items(NEWS), "-c", config(), "--replaces", "cameras")
    assert "\nInstead of cameras: 1 gained, 1 lost, 1 the same\n  gained:\n  2026-03-08  Mayor opens bridge  [mayor]\n" in ended.out
    assert "  lost:\n  2026-03-09  Harbour City council votes on cameras  Ledger  [vote]\n" in ended.out


def test_many_changes_are_counted_and_a_few_shown(watchlamp: Watchlamp, items: Any, config: Any) -> None:
    many = [{"id": f"n{number}", "title": f"Council number{number} word{number}"} for number in range(7)]
    rule = '[[rules]]\nid = "old"\nquery = "word3 OR bakery"\n'
    arguments = ("rules", "test", "council", "--items", items([*many, NEWS[3]]), "-c", config(rule=rule), "--replaces", "old")
    ended = watchlamp(*arguments)
    assert "Instead of old: 6 gained, 1 lost, 1 the same" in ended.out
    assert "  and 1 more gained\n" in ended.out
    rows = watchlamp(*arguments, "--format", "jsonl")
    assert [row["item_id"] for row in rows.of("lost")] == ["bakery"]
    assert {row["item_id"] for row in rows.of("gained")} == {"n0", "n1", "n2", "n4", "n5", "n6"}
    assert rows.of("lost")[0]["spans"][0]["text"] == "Bakery"


def test_too_many_articles_are_charted_without_stories(watchlamp: Watchlamp, items: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.service.backtest.MOST_GROUPED", 1)
    ended = watchlamp("rules", "test", "council cameras", "--items", items(NEWS))
    assert ended.out.startswith("2 articles found.\n")
    assert "\nArticles a week (weeks begin on Monday, UTC)\n  2026-02-23  ███" in ended.out


def test_further_articles_of_a_story_are_counted(watchlamp: Watchlamp, items: Any) -> None:
    twice = [NEWS[0], {**NEWS[0], "id": "copy", "url": "https://radio.example/vote", "published": "2026-03-09T13:00:00Z"}]
    ended = watchlamp("rules", "test", "council cameras", "--items", items(twice))
    assert ended.out.startswith("2 articles found, in 1 story.")
    assert "    and 1 more article of the story\n" in ended.out


def test_words_near_each_other_are_shown_in_one_line_and_a_word_inside_another_once(watchlamp: Watchlamp, items: Any) -> None:
    ended = watchlamp("rules", "test", '"plate readers" plate contract', "--items", items(NEWS))
    assert "    The council ended a **contract** for **plate readers**.\n" in ended.out


def test_a_query_that_finds_nothing_says_so(watchlamp: Watchlamp, items: Any) -> None:
    ended = watchlamp("rules", "test", "zeppelin", "--items", items(NEWS))
    assert ended.out == "0 articles found, in 0 stories.\nLooked at 0 articles that hold its words.\n"
    wide = watchlamp("rules", "test", "title:/zep+elin/", "--items", items(NEWS))
    assert wide.out == "0 articles found, in 0 stories.\nLooked at 4 articles (no word of it narrows the search).\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("council (",), "line 1, column 9: this ( is never closed\n  council (\n          ^\n"),
        (("@nobody",), "there is no entity and no part named nobody"),
        (("council", "--since", "soon"), '--since: "soon" is not a duration'),
        (("council", "--since", "2026-02-30"), "--since 2026-02-30: there is no such day."),
        (("council", "--replaces", "camera"), "--replaces: the configuration has no rule camera. Did you mean cameras?"),
        (("council", "--replaces", "zzz"), "--replaces: the configuration has no rule zzz."),
    ],
)
def test_bad_input_gets_a_clear_sentence(
    watchlamp: Watchlamp, items: Any, config: Any, arguments: tuple[str, ...], told: str
) -> None:
    ended = watchlamp("rules", "test", *arguments, "--items", items(NEWS), "-c", config())
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err


def test_what_an_author_may_not_have_meant_is_told_beside_the_result(watchlamp: Watchlamp, items: Any) -> None:
    ended = watchlamp("rules", "test", "council or cameras", "--items", items(NEWS))
    assert ended.status == 0
    assert ended.err.startswith("warning: column 9: or is searched for as a word")


def test_a_query_that_begins_with_a_minus_stands_behind_two_of_them(watchlamp: Watchlamp, items: Any) -> None:
    ended = watchlamp("rules", "test", "--items", items(NEWS), "--", "-plate council")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("2 articles found")


def test_parts_of_the_rule_to_replace_may_be_used(watchlamp: Watchlamp, items: Any, config: Any) -> None:
    rule = '[[rules]]\nid = "r"\nquery = "@deal council"\nlet = { deal = "contract OR tender" }\n'
    path = config(rule=rule)
    ended = watchlamp("rules", "test", "@deal plate", "--items", items(NEWS), "-c", path, "--replaces", "r")
    assert ended.status == 0
    assert "Instead of r: 0 gained, 0 lost, 1 the same" in ended.out


def test_since_is_a_duration_a_day_or_everything(watchlamp: Watchlamp, items: Any) -> None:
    path = items(NEWS)
    some = watchlamp("rules", "test", "council", "--items", path, "--since", "2026-03-05")
    assert some.out.startswith("2 articles found since 2026-03-05, in 2 stories.")
    every = watchlamp("rules", "test", "council", "--items", path, "--since", "all")
    assert every.out.startswith("3 articles found, in 3 stories.")
    none = watchlamp("rules", "test", "council", "--items", path, "--since", "1s")
    assert none.out.startswith("0 articles found since ")


def test_a_long_chart_shows_the_last_half_year(watchlamp: Watchlamp, items: Any) -> None:
    start = datetime(2025, 1, 6, tzinfo=UTC)
    rows = [
        {"id": f"i{week}", "title": f"Council word{week} thing{week}", "published": (start + timedelta(weeks=week)).isoformat()}
        for week in range(printing.WEEKS + 4)
    ]
    ended = watchlamp("rules", "test", "council", "--items", items(rows))
    assert "(4 earlier weeks are not shown)" in ended.out
    assert "2025-01-27" not in ended.out
    assert "2025-02-03  ████" in ended.out


def test_hostile_text_is_inert_and_long_text_is_cut_around_what_matched(watchlamp: Watchlamp, items: Any) -> None:
    long = "far before " * 20 + "the council met" + " far behind" * 20 + " and cameras\x1b[31m\u202e hung" + " end" * 40
    rows = [{"id": "a", "title": "Evil\x1b]0;title\x07 council", "content_text": long, "published": "2026-03-01T00:00:00Z"}]
    ended = watchlamp("rules", "test", "body:council body:cameras outlet:x", "--items", items([{**rows[0], "outlet": "X"}]))
    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out
    (line,) = [line for line in ended.out.splitlines() if "**council**" in line]
    assert line.startswith("    ...")
    assert "the **council** met far behind" in line
    assert line.endswith("...")
    assert "...." not in line
    assert "... behind and **cameras** hung" in line or "... far behind" in line
    assert "    outlet: **X**" in ended.out


# ---------------------------------------------------------------- the archive


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A database beside the configuration: two articles of this week that are filed, one of last year, one that waits."""
    now = SystemClock().now()

    def article(number: int, item_id: str, title: str, days: int) -> Item:
        url = f"https://ledger.example/{item_id}"
        published = now - timedelta(days=days)
        return Item(item_id, "ledger", title, now, url=url, canonical_url=url, date_published=published, content_hash=str(number))

    news = [
        article(0, "old", "Council sells cameras", 400),
        article(1, "vote", "Council votes on cameras", 2),
        article(2, "mayor", "Mayor opens bridge", 1),
        article(3, "waits", "Council waits for cameras to come", 0),
    ]

    async def fill() -> None:
        store = await Store.open(f"sqlite:{tmp_path / 'watchlamp.db'}")
        await Archivist(store).at_start()
        await store.commit_poll(PollRecord(SourceState("ledger"), tuple((item, None) for item in news)), now)
        filed = tuple(
            FiledItem(
                one.item, one.order, (), StoryChange(one.item.id, Tier.NEW, None), "{}",
                item_keys(one.item), (), words=search_words(one.item),
            )
            for one in (await store.queued_items(10))[:3]
        )  # fmt: skip
        await store.commit_alert(AlertBatch(filed, (), (), (), (), now))
        await store.close()

    asyncio.run(fill())
    return tmp_path / "watchlamp.db"


def test_a_query_is_tried_on_the_last_thirty_days_of_the_archive(watchlamp: Watchlamp, config: Any, archive: Path) -> None:
    before = archive.read_bytes()
    path = config()
    ended = watchlamp("rules", "test", "council cameras", "-c", path, "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    assert [row["item_id"] for row in ended.of("hit")] == ["waits", "vote"]
    assert ended.of("backtest")[0]["since"] is not None
    every = watchlamp("rules", "test", "council cameras", "-c", path, "--since", "all", "--format", "jsonl")
    assert [row["item_id"] for row in every.of("hit")] == ["waits", "vote", "old"]
    assert archive.read_bytes() == before
    with closing(sqlite3.connect(archive)) as connection:
        assert connection.execute("SELECT count(*) FROM deliveries").fetchone() == (0,)


def test_a_query_without_a_database_says_how_to_get_one(watchlamp: Watchlamp, config: Any, tmp_path: Path) -> None:
    ended = watchlamp("rules", "test", "council", "-c", config())
    assert ended.status == 1
    assert "watchlamp run" in ended.err
    assert not (tmp_path / "watchlamp.db").exists()


def test_without_a_configuration_only_a_file_of_items_can_be_asked(
    watchlamp: Watchlamp, items: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert watchlamp("rules", "test", "council", "--items", items(NEWS)).status == 0
    ended = watchlamp("rules", "test", "council")
    assert ended.status == 2
    assert "config.toml: there is no such file" in ended.err


@pytest.mark.parametrize("wanted", ["mayor", "https://ledger.example/mayor?utm_source=x"])
def test_explain_finds_articles_of_the_archive_that_were_never_posted(
    watchlamp: Watchlamp, config: Any, archive: Path, wanted: str
) -> None:
    ended = watchlamp("rules", "explain", "cameras", wanted, "-c", config())
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith('Rule "cameras" (version ')
    assert ") did not match: it needs council; it needs cameras" in ended.out


def test_explain_tells_what_the_file_says_of_the_rule(watchlamp: Watchlamp, items: Any, config: Any) -> None:
    said = 'intent = "Cameras of the town."\nfalsepositives = ["film cameras"]\nauthor = "Desk"\ncreated = 2026-03-01\n'
    path = config(rule=f'[[rules]]\nid = "cameras"\nquery = "council cameras"\n{said}')
    ended = watchlamp("rules", "explain", "cameras", "vote", "--items", items(NEWS), "-c", path)
    assert ended.out.endswith(
        "\n\nMeant to find: Cameras of the town.\nKnown false alarms: film cameras\nWritten by Desk on 2026-03-01.\n"
    )


def test_explain_finds_an_article_that_waits(watchlamp: Watchlamp, config: Any, archive: Path) -> None:
    ended = watchlamp("rules", "explain", "cameras", "https://ledger.example/waits", "-c", config())
    assert ") matched:\n" in ended.out


@pytest.mark.parametrize("wanted", ["nothing", "https://ledger.example/never", "::"])
def test_explain_says_that_an_article_is_not_there(watchlamp: Watchlamp, config: Any, archive: Path, wanted: str) -> None:
    ended = watchlamp("rules", "explain", "cameras", wanted, "-c", config())
    assert ended.status == 2
    assert f"The database holds no item with the id or address {wanted!r}." in ended.err
