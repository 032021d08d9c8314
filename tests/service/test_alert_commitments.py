"""What a story promises is committed with it, and again with every report that changes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PAUSE = " The mayor of Harbour City announced a one-year moratorium on new cameras."
OWN_WORDS = "Nwosu asked for a vote on the lapse of the contract; motorists filled the gallery and read from a diary."


async def kept(store: Store, story_id: str | None) -> list[tuple[str, str, str]]:
    assert story_id is not None
    return [(one.date, str(one.precision), one.kind) for one in (await store.commitments_of([story_id]))[story_id]]


async def test_a_span_is_counted_from_the_report_and_again_from_an_earlier_one(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    late = event("late", 0, NOON)
    await rig.arrive(event("late", 0, NOON, content_text=late.content_text + PAUSE))
    story_id = await rig.story_of("late")
    assert await kept(store, story_id) == [("2027-03-10", "approximate", "expiry")]
    await rig.arrive(
        event("early", 0, NOON - DAY, content_text=OWN_WORDS, title="Harbour City council lets number plate cameras lapse")
    )
    assert await rig.story_of("early") == story_id
    assert await kept(store, story_id) == [("2027-03-09", "approximate", "expiry")]


async def test_a_copy_of_years_later_changes_nothing(make_rig: Callable[..., Any], event: Callable[..., Any], store: Store) -> None:
    rig = make_rig()
    first = event("first", 0, NOON)
    text = first.content_text + PAUSE
    await rig.arrive(event("first", 0, NOON, content_text=text))
    await rig.arrive(event("again", 0, NOON + 1900 * DAY, content_text=text))
    assert await rig.story_of("again") == await rig.story_of("first")
    assert await kept(store, await rig.story_of("first")) == [("2027-03-10", "approximate", "expiry")]


async def test_an_article_that_no_rule_matches_keeps_no_promise(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(event("bread", None, NOON, content_text="The bakery closes on June 30, 2026."))
    assert await rig.story_of("bread") is None
    assert await store.commitments_of([]) == {}
