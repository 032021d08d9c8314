"""A query on past items: what it finds, nearly finds, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.model import Entity, Item, Rule, RuleStatus, StoryChange, Tier
from bot.core.outbox import AlertBatch
from bot.core.sources import PollRecord, SourceState
from bot.core.stories import FiledItem
from bot.rules.engine import RuleErrors
from bot.rules.narrow import search_words
from bot.service import backtest
from bot.service.archive import Archivist
from bot.service.backtest import Archived, Backtest, Given, Report
from bot.store.database import Store
from bot.stories.model import build_model

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday
MODEL = build_model(frozenset())


def item(item_id: str, title: str, text: str = "", *, days: float = 0, **changes: object) -> Item:
    made = Item(item_id, "gazette", title, NOON, content_text=text, date_published=NOON - timedelta(days=days))
    return replace(made, **changes)  # type: ignore[arg-type]


NEWS = (
    item("vote", "Harbour City council votes on cameras", "The council ended a contract for plate readers.", days=1),
    item("drones", "Sheriff buys drones", "The council of Ferndale was not asked about the cameras.", days=9),
    item("mayor", "Mayor opens bridge", "The council cheered.", days=2),
    item("shop", "Shop hangs up cameras", "Customers complain.", days=3),
    item("sports", "Cameras at the stadium", "The council pays; sports fans cheer.", days=4),
    item("bakery", "Bakery wins prize for rye bread", "It won.", days=5),
)


async def run(
    query: str, items: Sequence[Item] = NEWS, *, replaces: Rule | None = None, entities: tuple[Entity, ...] = ()
) -> Report:
    test = Backtest(Rule("query", query), entities, replaces=replaces)
    return await test.run(Given(items, None), MODEL, on_progress=lambda done, total: None)


def ids(hits: Sequence[object]) -> list[str]:
    return [hit.item.id for hit in hits]  # type: ignore[attr-defined]


async def test_found_items_come_newest_first_with_their_places() -> None:
    report = await run("council cameras")
    assert ids(report.hits) == ["vote", "sports", "drones"]
    assert {span.clause for span in report.hits[0].spans} == {"council", "cameras"}
    assert (report.looked_at, report.narrowed) == (3, True)


async def test_near_misses_lack_one_clause_and_say_which() -> None:
    report = await run("council cameras -sports")
    assert ids(report.hits) == ["vote", "drones"]
    assert [(miss.item.id, miss.clause) for miss in report.near] == [
        ("mayor", "cameras"),
        ("shop", "council"),
        ("sports", "-sports"),
    ]
    assert report.near[2].why == '-sports forbids "sports", found in the text'
    assert report.near_looked_at == 3


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ('"cameras council"', [("vote", '"cameras council"'), ("sports", '"cameras council"'), ("drones", '"cameras council"')]),
        ("bread OR (rye cameras)", [("shop", "rye")]),
        ("(council bread) OR (sheriff mayor)", [("vote", "bread"), ("mayor", "bread")]),
        ("2 of (bakery, prize, stadium) bread", []),
        ("3 of (bakery, prize, stadium)", [("bakery", "stadium")]),
        ("3 of (bakery, prize, stadium, harp)", [("bakery", "3 of (bakery, prize, stadium, harp)")]),
        ("council (stadium OR (mayor bread))", [("mayor", "bread"), ("vote", "(stadium OR (mayor bread))")]),
    ],
)
async def test_one_clause_short_is_told_at_any_depth(query: str, near: list[tuple[str, str]]) -> None:
    report = await run(query)
    told = [(miss.item.id, miss.clause) for miss in report.near]
    assert all(one in told for one in near), told
    assert near or not told


async def test_a_query_that_no_word_narrows_is_asked_of_every_item_and_has_no_near_misses() -> None:
    report = await run("title:/came?ras/")
    assert ids(report.hits) == ["vote", "shop", "sports"]
    assert (report.looked_at, report.narrowed, report.near, report.near_looked_at) == (6, False, (), 0)


async def test_a_part_of_the_rule_may_be_what_is_missing() -> None:
    rule = Rule("r", "@deal council", let={"deal": "contract (tender OR plate)"})
    report = await Backtest(rule, ()).run(Given(NEWS, None), MODEL, on_progress=lambda done, total: None)
    assert ids(report.hits) == ["vote"]
    lone = item("lone", "Council wants a contract")
    again = await Backtest(rule, ()).run(Given([lone], None), MODEL, on_progress=lambda done, total: None)
    assert [(miss.clause, miss.close) for miss in again.near] == [("(tender OR plate)", False)]


async def test_the_sample_of_near_misses_gives_each_clause_its_share_and_close_ones_first() -> None:
    items = [item(f"c{number}", "Cameras", days=number) for number in range(5)]
    items += [item("far", "Council", days=6), item("close", "Council hears of the camra", days=7)]
    report = await run("council cameras", items)
    assert [miss.item.id for miss in report.near_sample(4)] == ["close", "c0", "far", "c1"]


async def test_stories_are_counted_once_in_the_week_of_their_first_item() -> None:
    text = "The council of Harbour City voted six to three to end the contract for cameras that read number plates of motorists."
    twice = [
        item("first", "Harbour City council ends contract for plate cameras", text, days=8),
        item("again", "Harbour City council ends contract for plate cameras", text, days=0),
        item("old", "Ferndale council wants cameras in buses", "Buses get them.", days=29),
    ]
    report = await run("council cameras", twice)
    assert report.stories == 2
    assert [(week.monday, week.items, week.stories) for week in report.weeks] == [
        (date(2026, 2, 9), 1, 1),
        (date(2026, 2, 16), 0, 0),
        (date(2026, 2, 23), 0, 0),
        (date(2026, 3, 2), 1, 1),
        (date(2026, 3, 9), 1, 0),
    ]
    assert ids(report.sample(5)) == ["again", "old"]


async def test_too_many_found_items_are_counted_without_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "MOST_GROUPED", 2)
    report = await run("council cameras")
    assert report.stories is None
    assert {week.stories for week in report.weeks} == {None}
    assert ids(report.sample(2)) == ["vote", "sports"]


async def test_items_without_any_date_make_no_weeks() -> None:
    undated = replace(NEWS[0], date_published=None, first_seen=backtest.UNDATED)
    report = await run("council cameras", [undated])
    assert (len(report.hits), report.stories, report.weeks) == (1, 1, ())


async def test_the_difference_from_a_rule_is_what_it_would_gain_and_lose() -> None:
    old = Rule("cameras", "cameras -council", status=RuleStatus.DRAFT)
    report = await run("cameras -customers", replaces=old)
    assert report.difference is not None
    assert report.difference.rule_id == "cameras"
    assert ids(report.difference.gained) == ["vote", "sports", "drones"]
    assert ids(report.difference.lost) == ["shop"]
    assert report.difference.same == 0
    same = await run("cameras", replaces=replace(old, query="cameras"))
    assert same.difference is not None
    assert (same.difference.same, same.difference.gained, same.difference.lost) == (4, (), ())


async def test_a_wide_rule_to_replace_widens_what_is_looked_at() -> None:
    report = await run("bread", replaces=Rule("odd", "title:/x?cameras/"))
    assert (report.looked_at, report.narrowed) == (6, False)
    assert report.difference is not None
    assert ids(report.difference.lost) == ["vote", "shop", "sports"]


async def test_progress_is_told_from_nothing_to_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "AT_ONCE", 2)
    told: list[tuple[int, int]] = []
    await Backtest(Rule("query", "council"), ()).run(Given(NEWS, None), MODEL, on_progress=lambda *now: told.append(now))
    assert told == [(0, 4), (2, 4), (4, 4)]


async def test_given_items_can_be_limited_by_date() -> None:
    candidates = Given(NEWS, NOON - timedelta(days=3))
    assert [one.id for one in await candidates.items(await candidates.numbers(None))] == ["vote", "mayor", "shop"]


def test_a_query_that_cannot_be_read_or_names_nothing_is_refused() -> None:
    for query in ("(", "@nobody", "-only"):
        with pytest.raises(RuleErrors):
            Backtest(Rule("query", query), ())


async def test_near_misses_are_explained_for_the_newest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "NEAR_LOOKED_AT", 2)
    report = await run("council cameras -sports")
    assert [miss.item.id for miss in report.near] == ["mayor", "shop"]
    assert report.near_looked_at == 2


# ---------------------------------------------------------------- on the store


@pytest.fixture
async def filed(store: Store) -> Store:
    """The news in the archive; the last of them waits."""
    await Archivist(store).at_start()
    await store.commit_poll(PollRecord(SourceState("gazette"), tuple((one, None) for one in NEWS)), NOON)
    queued = await store.queued_items(100)
    entries = tuple(
        FiledItem(one.item, one.order, (), StoryChange(one.item.id, Tier.NEW, None), "{}", (), (), words=search_words(one.item))
        for one in queued[:5]
    )
    await store.commit_alert(AlertBatch(entries, (), (), (), (), NOON))
    return store


@pytest.mark.parametrize("query", ["council cameras -sports", "title:/cameras/", '"rye bread"', "@city (council OR cheer*)"])
async def test_the_archive_gives_what_the_same_items_in_a_file_give(filed: Store, query: str) -> None:
    city = Entity("city", "Harbour City", "agency", aliases=("Harbour City", "Ferndale"))
    test = Backtest(Rule("query", query), (city,), replaces=Rule("old", "council"))
    stored = await test.run(Archived(filed, None), MODEL, on_progress=lambda done, total: None)
    given = await test.run(Given(NEWS, None), MODEL, on_progress=lambda done, total: None)
    assert stored.hits
    assert ids(stored.hits) == ids(given.hits)
    assert [hit.spans for hit in stored.hits] == [hit.spans for hit in given.hits]
    assert stored.difference == given.difference
    assert stored.weeks == given.weeks
    assert {miss.item.id for miss in stored.near} >= {miss.item.id for miss in given.near}


async def test_the_archive_is_asked_for_recent_items_only_where_that_is_wanted(filed: Store) -> None:
    test = Backtest(Rule("query", "council"), ())
    report = await test.run(Archived(filed, NOON - timedelta(days=3)), MODEL, on_progress=lambda done, total: None)
    assert ids(report.hits) == ["vote", "mayor"]
