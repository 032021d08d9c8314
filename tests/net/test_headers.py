"""What header fields say: freshness, links; the rest is shown through the client."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.net.headers import LONGEST_WAIT, freshness, linked

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DATE = "Tue, 10 Mar 2026 12:00:00 GMT"


def said(**fields: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in fields.items()]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"etag": '"x"'}, None),
        ({"cache_control": "max-age=3600"}, 3600),
        ({"cache_control": "public, MAX-AGE = 3600"}, 3600),
        ({"cache_control": 'max-age="3600"'}, 3600),
        ({"cache_control": "max-age=3600", "age": "600"}, 3000),
        ({"cache_control": "max-age=3600", "age": "7200"}, 0),
        ({"cache_control": "max-age=3600", "age": "old"}, 3600),
        ({"cache_control": "max-age=3600, max-age=60"}, 3600),
        ({"cache_control": "max-age=-1"}, 0),
        ({"cache_control": "max-age=soon"}, 0),
        ({"cache_control": "max-age"}, 0),
        ({"cache_control": "max-age=99999999999999999999"}, LONGEST_WAIT),
        ({"cache_control": "s-maxage=3600"}, None),
        ({"cache_control": "s-maxage=3600", "expires": "Tue, 10 Mar 2026 12:05:00 GMT", "date": DATE}, 300),
        ({"cache_control": "no-cache, max-age=3600"}, 0),
        ({"cache_control": "no-store"}, 0),
        ({"cache_control": 'no-cache="Set-Cookie", max-age=3600'}, 3600),
        ({"cache_control": 'private="a, max-age=5", max-age=3600'}, 3600),
        ({"cache_control": "public, must-revalidate"}, None),
        ({"expires": "Tue, 10 Mar 2026 13:00:00 GMT", "date": DATE}, 3600),
        ({"expires": "Tue, 10 Mar 2026 13:00:00 GMT"}, 3600),
        ({"expires": "Tue, 10 Mar 2026 13:00:00 GMT", "date": "Tue, 10 Mar 2026 12:30:00 GMT", "age": "600"}, 1200),
        ({"expires": "Tue, 10 Mar 2026 11:00:00 GMT", "date": DATE}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST_WAIT),
        ({"cache_control": "max-age=60", "expires": "Tue, 10 Mar 2026 13:00:00 GMT", "date": DATE}, 60),
    ],
)
def test_how_long_an_answer_stays_fresh(fields: dict[str, str], seconds: float | None) -> None:
    assert freshness(said(**fields), NOON) == seconds


def test_an_expiry_without_any_clock_says_that_it_is_stale() -> None:
    assert freshness(said(expires="Tue, 10 Mar 2026 13:00:00 GMT"), None) == 0


def test_two_fields_of_one_name_are_one() -> None:
    assert freshness([(b"Cache-Control", b"public"), (b"cache-control", b"max-age=9")], NOON) == 9


BASE = "https://news.example/feeds/all"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('<https://hub.example/>; rel="hub"', {"hub": "https://hub.example/"}),
        ("<https://hub.example/>; rel=hub", {"hub": "https://hub.example/"}),
        ("<https://hub.example/>; REL=Hub", {"hub": "https://hub.example/"}),
        (
            '</feed>; rel="self", <//hub.example/a>; rel="hub"',
            {"self": "https://news.example/feed", "hub": "https://hub.example/a"},
        ),
        (
            '<https://a.example/>; title="x, y; rel=hub"; rel="self hub"',
            {"self": "https://a.example/", "hub": "https://a.example/"},
        ),
        ("<https://one.example/>; rel=hub, <https://two.example/>; rel=hub", {"hub": "https://one.example/"}),
        ("<ftp://hub.example/>; rel=hub", {}),
        ("<javascript:alert(1)>; rel=hub", {}),
        ("<https://hub.example/>", {}),
        ("https://hub.example/; rel=hub", {}),
        ("<http://[broken/>; rel=hub", {}),
        ("", {}),
    ],
)
def test_what_link_fields_name(value: str, found: dict[str, str]) -> None:
    assert linked(said(link=value), BASE) == found
