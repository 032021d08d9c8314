"""Dates beside a headline, in the forms that pages print."""

from __future__ import annotations

import pytest

from bot.core.clock import format_instant
from bot.text.dates import dates_in, is_date_line, outside


@pytest.mark.parametrize(
    ("line", "instant", "exact"),
    [
        ("Posted on June 10, 2031, at 6:18 p.m. ET", "2031-06-10T22:18:00Z", True),
        ("Posted on January 10, 2031, at 6:18 p.m. ET", "2031-01-10T23:18:00Z", True),
        ("March 10, 2030 1:59 a.m. ET", "2030-03-10T06:59:00Z", True),
        ("March 10, 2030 2:01 a.m. ET", "2030-03-10T06:01:00Z", True),
        ("Oct. 28, 2005 12:05 p.m. PT", "2005-10-28T19:05:00Z", True),
        ("Friday, Aug 01, 2031", "2031-08-01T00:00:00Z", False),
        ("June 17, 2031 Harbour Staff Leave a Comment", "2031-06-17T00:00:00Z", False),
        ("17 June 2031 09:30 GMT", "2031-06-17T09:30:00Z", True),
        ("17th June 2031, 9.30am BST", "2031-06-17T08:30:00Z", True),
        ("2031-06-17T09:30:15+02:00", "2031-06-17T07:30:15Z", True),
        ("2031-06-17 09:30 UTC-5", "2031-06-17T14:30:00Z", True),
        ("2031-06-17 09:30 (GMT+0530)", "2031-06-17T04:00:00Z", True),
        ("2031-06-17T09:30:15Z", "2031-06-17T09:30:15Z", True),
        ("2031/6/7", "2031-06-07T00:00:00Z", False),
        ("Stand: 17.06.2031, 14:05 Uhr", "2031-06-17T00:00:00Z", False),
        ("17. Juni 2031 um 14:05 Uhr CEST", "2031-06-17T12:05:00Z", True),
        ("Publié le 1er août 2031 à 10h30", "2031-08-01T00:00:00Z", False),
        ("4 de maio de 2031", "2031-05-04T00:00:00Z", False),
        ("6/17/2031", "2031-06-17T00:00:00Z", False),
        ("17/6/2031", "2031-06-17T00:00:00Z", False),
        ("6/6/2031", "2031-06-06T00:00:00Z", False),
        ("2031年6月17日", "2031-06-17T00:00:00Z", False),
        ("June 10, 2031 at 6:18 p.m. IST", "2031-06-10T00:00:00Z", False),
        ("June 10, 2031 at 6:18 p.m.", "2031-06-10T00:00:00Z", False),
        ("June 10, 2031 at 13:18 p.m. ET", "2031-06-10T00:00:00Z", False),
        ("June 10, 2031 at 29:18 ET", "2031-06-10T00:00:00Z", False),
        ("June 10, 2031 12:00 a.m. UTC", "2031-06-10T00:00:00Z", True),
        ("June 10, 2031 | 3:05 PM Eastern Time", "2031-06-10T19:05:00Z", True),
    ],
)
def test_a_printed_date_becomes_an_instant(line: str, instant: str, exact: bool) -> None:
    (found,) = dates_in(line)
    assert (format_instant(found.instant), found.exact) == (instant, exact)
    assert is_date_line(line, (found,))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "June 2031",
        "Wednesday",
        "3 hours ago",
        "03/04/2031",
        "31 June 2031",
        "June 10, 1066",
        "2031-13-01",
        "Version 2031.1.2.3",
        "Call 555-2031",
        "On June 10, 2031, " + "the council met again, " * 20,
    ],
)
def test_what_is_no_whole_date_gives_none(line: str) -> None:
    assert not is_date_line(line, dates_in(line))


def test_two_dates_in_a_line_have_their_own_roles() -> None:
    line = "Published June 3, 2031 | Last updated: June 4, 2031, 8:00 UTC"
    first, second = dates_in(line)
    assert (first.role, second.role) == ("published", "modified")
    assert second.exact
    assert outside(line, (first, second)) == ("Published", "Last updated")


def test_a_sentence_with_a_date_is_no_date_line() -> None:
    for line in (
        "He was hired on June 17, 2031.",
        "On June 17, 2031 the harbour police began to film every passenger who boarded a ferry",
    ):
        found = dates_in(line)
        assert len(found) == 1
        assert not is_date_line(line, found)


def test_what_stands_beside_the_date_is_told() -> None:
    line = "June 17, 2031 • Dana Vale"
    assert outside(line, dates_in(line)) == ("Dana Vale",)
