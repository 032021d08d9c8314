"""Nothing old is shown as new: what states an old date, or calls itself a look back, is kept and posted nowhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.reasons import Reason

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
OLD_URL = "https://gazette.example/2019/03/05/cameras"


async def first(rig: Any, item: Any, **options: Any) -> tuple[str, str, Reason]:
    (row,) = await rig.arrive(item, **options)
    return str(row.action), str(row.state), row.reason


@pytest.mark.parametrize("published", [MORNING, None])
async def test_an_old_date_in_the_address_goes_before_a_new_one_or_none_in_the_feed(
    make_rig: Callable[..., Any], event: Callable[..., Any], published: datetime | None
) -> None:
    assert await first(make_rig(), event("a", 0, published, url=OLD_URL)) == ("post", "skipped", Reason.OLD_DATE)
    assert await make_rig().send() == []


async def test_an_old_date_above_the_title_does_the_same(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    told = await first(make_rig(), event("a", 0, MORNING, date_rendered=MORNING - timedelta(days=300)))
    assert told == ("post", "skipped", Reason.OLD_DATE)


async def test_a_channel_without_a_limit_takes_it(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    told = await first(make_rig(max_age=None), event("a", 0, MORNING, url=OLD_URL))
    assert told == ("post", "pending", Reason.NEW_STORY)


async def test_an_undated_article_without_any_date_is_news_when_it_comes(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    assert await first(make_rig(), event("a", 0, None)) == ("post", "pending", Reason.NEW_STORY)


async def test_a_date_of_this_week_in_the_address_is_no_reason(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    told = await first(make_rig(), event("a", 0, MORNING, url="https://gazette.example/2026/03/05/cameras"))
    assert told == ("post", "pending", Reason.NEW_STORY)


async def test_a_look_back_is_passed_over_until_somebody_reports_the_event_anew(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    old = event("a", 0, MORNING)
    title = f"From the archives: {old.title}"
    assert await first(rig, event("a", 0, MORNING, title=title)) == ("post", "skipped", Reason.LOOKS_BACK)
    rows = await rig.arrive(
        event(
            "b",
            0,
            MORNING + timedelta(hours=1),
            content_text="Nine members voted. The contract for cameras that read number plates ends, Harbour City says.",
        )
    )
    assert [(str(row.action), str(row.state), row.reason) for row in rows] == [("post", "pending", Reason.NEW_STORY)]


async def test_what_is_passed_over_for_its_age_stays_so_when_it_comes_in_a_first_poll(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    assert await first(make_rig(), event("a", 0, MORNING, url=OLD_URL), baseline=True) == ("post", "skipped", Reason.BASELINE)
