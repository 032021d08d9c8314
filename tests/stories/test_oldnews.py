"""What an article says of its own age, beside what its source says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.model import Item
from bot.stories.oldnews import looks_back, old_date, stated_date

SEEN = datetime(2026, 3, 10, 12, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def item(title: str = "Council votes on cameras", **fields: object) -> Item:
    return Item(id="a", source_id="s", title=title, first_seen=SEEN, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "title",
    [
        "On this day: Harbour City switched on its first camera",
        "On This Day in 1998, the council bought a camera",
        "This week in history: a vote on cameras",
        "Today in history: cameras come to town",
        "Throwback Thursday: the first camera",
        "#TBT The first camera",
        "From the archives: when cameras were news",
        "From our archive | The camera on Mill Lane",
        "Flashback: the council and its cameras",
        "Ten years ago today, the council bought cameras",
        "25 years ago this week: cameras",
        "The camera on Mill Lane - From the Archives",
        "The camera on Mill Lane [Archive]",
        "Rückblick: Die erste Kamera",
        "Looking back: a year of cameras",
    ],
)
def test_what_calls_itself_a_look_back_is_one(title: str) -> None:
    assert looks_back(item(title))


@pytest.mark.parametrize(
    "title",
    [
        "Ten years after its first camera, the council ends the contract",
        "Council marks anniversary of camera ban with a new one",
        "Council throws back camera contract at vendor",
        "Police archive of faces was hacked",
        "On this day's agenda: cameras",
        "Court looks back at ten years of searches",
        "Archives of camera footage must be deleted, judge says",
        "Years ago the council promised to end it; today it did",
        "Vendor flashback feature records half a minute more",
    ],
)
def test_a_report_that_speaks_of_the_past_is_no_look_back(title: str) -> None:
    assert not looks_back(item(title))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gazette.example/2019/03/05/vote", "2019-03-06"),
        ("https://gazette.example/news/2019-03-05/vote", "2019-03-06"),
        ("https://gazette.example/news/2019-03-05-vote", "2019-03-06"),
        ("https://gazette.example/articles/27425/20190305/vote", "2019-03-06"),
        ("https://gazette.example/article/20190305/NEWS02/303109982", "2019-03-06"),
        ("https://gazette.example/news/2019/0305/601468-vote/", "2019-03-06"),
        ("https://gazette.example/news/20190305/vote", None),
        ("https://gazette.example/news/20190305", None),
        ("https://gazette.example/story/20191234/vote", None),
        ("https://gazette.example/id/20190305xyz", None),
        ("https://gazette.example/20190305-report-of-the-council.pdf", None),
        ("https://gazette.example/council-votes-on-cameras-20190305", None),
        ("https://gazette.example/a/19991231/council-votes-on-cameras", None),
        ("https://gazette.example/2019/0305", None),
        ("https://gazette.example/case/2019-03-0512/vote", None),
        ("https://gazette.example/2019/03/vote", "2019-04-01"),
        ("https://gazette.example/2019/12/vote", "2020-01-01"),
        ("https://web.archive.org/web/20190305120000/https://gazette.example/vote", "2019-03-06"),
        ("https://web.archive.org/web/20190305120000/https://gazette.example/2018/01/02/vote", "2018-01-03"),
        ("https://gazette.example/web/20190305120000/vote", None),
        ("https://gazette.example/2019/02/31/vote", None),
        ("https://gazette.example/1905/03/05/vote", None),
        ("https://gazette.example/2031/03/05/vote", None),
        ("https://gazette.example/vote-2019", None),
        ("https://gazette.example/story/201903051234", None),
        ("https://gazette.example/report/2019/14/vote", None),
        (None, None),
    ],
)
def test_the_date_in_an_address_is_read_to_its_end(url: str | None, expected: str | None) -> None:
    assert stated_date(item(url=url)) == (day(expected) if expected else None)


def test_the_earlier_of_address_and_page_counts() -> None:
    url = "https://gazette.example/2019/03/05/vote"
    assert stated_date(item(url=url, date_rendered=day("2018-01-01"))) == day("2018-01-01")
    assert stated_date(item(url=url, date_rendered=day("2020-01-01"))) == day("2019-03-06")
    assert stated_date(item(date_rendered=day("2027-01-01"))) is None


def test_a_stated_date_is_told_only_where_the_source_says_another_or_none() -> None:
    url = "https://gazette.example/2026/03/05/vote"
    assert old_date(item(url=url)) == day("2026-03-06")
    assert old_date(item(url=url, date_published=day("2026-03-07"))) is None
    assert old_date(item(url=url, date_published=day("2026-03-09"))) == day("2026-03-06")
    assert old_date(item(date_published=day("2026-03-09"))) is None
