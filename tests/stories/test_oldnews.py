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
        "25 years ago: Harbour City buys its first camera",
        "50 years ago in the Ledger",
        "A look back: the camera vote of 2015",
        "A look back at the vote on cameras",
        "[Archive] Council bans cameras",
        "Council bans cameras (2019)",
        "Vor 20 Jahren: Die erste Kamera",
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
        "Police (archives) refuse access",
        "On this day's agenda: cameras",
        "Court looks back at ten years of searches",
        "Archives of camera footage must be deleted, judge says",
        "Years ago the council promised to end it; today it did",
        "Vendor flashback feature records half a minute more",
        "Two years ago this week, Torford bought cameras. Now voters end the deal",
        "On this day, council will vote on cameras",
        "On this day of protest, council votes on cameras",
        "Archives: staff sue over cameras in the reading room",
        "From the archives: city will end the contract of 2009 tonight",
        "Flashback: the cameras are back this week",
        "Ten years ago today the city bought them; today it takes them down",
        "Court strikes down the Camera Act (2019)",
        "Council bans cameras (2026)",
        "Council bans cameras (2031)",
    ],
)
def test_a_report_that_speaks_of_the_past_is_no_look_back(title: str) -> None:
    assert not looks_back(item(title))


def test_an_opening_that_may_be_news_is_news_where_its_lead_tells_of_now() -> None:
    title = "Two years ago this week, Harbour City bought cameras"
    assert looks_back(item(title))
    assert looks_back(item(title, summary="The council voted six to three, and the first camera went up in May."))
    assert looks_back(item(title, summary="Two years ago this week the council voted six to three."))
    assert not looks_back(item(title, summary="The council will vote on Tuesday to end the contract."))
    assert looks_back(item("On this day: a vote on cameras", summary="On this day in 1998 the council voted for cameras."))
    assert not looks_back(item("On this day: a vote on cameras", summary="The council will vote tonight."))
    assert looks_back(item("From the archives: a vote on cameras", summary="The council will vote tonight."))
    assert not looks_back(item(title, summary="The cameras are coming down, and the vendor wants its money."))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gazette.example/news/2019/mar/05/vote", "2019-03-06"),
        ("https://gazette.example/2019/Mar/5/vote", "2019-03-06"),
        ("https://gazette.example/2019/3/5/vote", "2019-03-06"),
        ("https://gazette.example/2019/13/5/vote", None),
        ("https://gazette.example/2019/mar/vote", "2019-04-01"),
        ("https://gazette.example/2019/3/5", None),
        ("https://gazette.example/2019/feb/31/vote", None),
        ("https://gazette.example/world/council-votes-on-cameras-2019-03-05/", "2019-03-06"),
        ("https://gazette.example/minutes/council-meeting-2019-03-05", None),
        ("https://gazette.example/news/council-votes-to-end-cameras-20190305", "2019-03-06"),
        ("https://gazette.example/news/world-us-canada-20190305", None),
        ("https://gazette.example/article/council-votes-to-end-cameras-20190305", None),
        ("https://gazette.example/bay/council-votes-to-end-cameras-20190305.php", None),
        ("https://gazette.example/agenda-of-the-city-council-20190305", None),
        ("https://archive.ph/20190305120000/https://gazette.example/vote", "2019-03-06"),
        ("https://archive.today/2019.03.05-120000/https://gazette.example/vote", "2019-03-06"),
        ("https://archive.is/20190305/https://gazette.example/2018/01/02/vote", "2018-01-03"),
        ("https://webarchive.loc.gov/all/20190305120000/https://gazette.example/vote", "2019-03-06"),
        ("https://archive.ph/20191305120000/https://gazette.example/vote", None),
        ("https://archive.ph/abc12", None),
        ("https://gazette.example/20190305120000/vote", None),
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
        ("https://gazette.example/votes-on-cameras-20190305", None),
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
