"""Which pages are asked: small worked examples, and a service whose list grows between polls that fail now and then."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.documents import FeedEntry
from bot.core.jsonlisting import JsonOptions, Key, Listing, Paging, Since
from bot.sources.keys import Spellings, hidden, request_of, spellings, without_secret
from bot.sources.paging import Course, Mark, read_mark, with_parameters, without_parameter

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
URL = "https://service.example/v1/list"


def entry(number: int, date: datetime | None = None, **more: object) -> FeedEntry:
    made = FeedEntry(
        title=f"t{number}", link=None, id=str(number), published=date, updated=None, summary=None, content=None, summary_text="",
        content_text="", authors=(), tags=(), outlet=None, language=None,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def options(paging: Paging | None = None, since: Since | None = None, **more: object) -> JsonOptions:
    return replace(JsonOptions("items", (("title", ("title",)),), paging=paging, since=since), **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- addresses

NAME = st.text(min_size=1)


@given(pairs=st.lists(st.tuples(NAME, st.text()), max_size=5))
def test_parameters_come_out_as_they_went_in(pairs: list[tuple[str, str]]) -> None:
    made = with_parameters(f"{URL}?kept=1", [(name, value) for name, value in pairs if name != "kept"])
    assert parse_qsl(urlsplit(made).query, keep_blank_values=True) == [
        ("kept", "1"),
        *((name, value) for name, value in pairs if name != "kept"),
    ]
    assert made.startswith(URL)
    assert made.isascii()


@given(name=NAME, value=st.text())
def test_a_parameter_that_is_taken_out_is_gone_and_nothing_else(name: str, value: str) -> None:
    whole = with_parameters(f"{URL}?kept=a+b&x=%2F", [(name, value)])
    expected = {"kept": URL + "?x=%2F", "x": URL + "?kept=a+b"}.get(name, f"{URL}?kept=a+b&x=%2F")
    assert without_parameter(whole, name) == expected


def test_what_stands_in_an_address_stays_as_it_is_written() -> None:
    assert with_parameters("https://x.example/?a=1&b=%7e&a=2#part", [("c", "d e")]) == "https://x.example/?a=1&b=%7e&a=2&c=d%20e"
    assert with_parameters("https://x.example/?a=1&b=2&a=3", [("a", "4")]) == "https://x.example/?b=2&a=4"
    assert with_parameters("https://x.example/", []) == "https://x.example/"
    assert without_parameter("https://x.example/?a=1", "a") == "https://x.example/"
    assert without_parameter("https://x.example/", "a") == "https://x.example/"


def test_a_service_behind_a_proxy_may_not_know_that_it_speaks_https() -> None:
    course = Course(URL, options(Paging("next", "next")), "", NOW, keyed=True)
    course.first()
    page = Listing((entry(1),), 1, "http://service.example:80/v1/list?page=2")
    assert course.after(page, URL) == "https://service.example/v1/list?page=2"
    assert course.after(replace(page, next="http://other.example/v1/list?page=3"), URL) is None
    assert len(course.notes) == 1


# ---------------------------------------------------------------- marks


@pytest.mark.parametrize("mark", [Mark(), Mark(NOW), Mark(id="17"), Mark(id="at://x")])
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert read_mark(mark.text()) == mark


def test_a_page_that_never_gets_ahead_of_its_overlap_still_moves_on() -> None:
    since = Since("from", overlap=7200.0, oldest_first=True)
    wanted = options(Paging("page", parameter="p"), since, pages=1)
    course = Course(URL, wanted, Mark(NOW - timedelta(hours=5)).text(), NOW, keyed=False)
    course.first()
    course.after(Listing((entry(1, NOW - timedelta(hours=7)), entry(2, NOW - timedelta(hours=6))), 2, None), URL)
    later = Course(URL, wanted, course.memory() or "", NOW, keyed=False)
    assert "from=2026-03-10T06%3A00%3A01Z" in later.first() or "from=2026-03-10T05%3A59%3A59Z" in later.first()


# ---------------------------------------------------------------- a service that grows while it is polled


@dataclass
class Grows:
    """A list that begins with its newest entry, a few to a page."""

    size: int
    entries: list[FeedEntry]

    def page(self, url: str) -> Listing:
        asked = dict(parse_qsl(urlsplit(url).query))
        start = datetime.fromisoformat(asked["from"]) if "from" in asked else datetime.min.replace(tzinfo=UTC)
        wanted = [each for each in self.entries if each.published is not None and each.published >= start]
        shown = wanted[int(asked["p"]) * self.size : (int(asked["p"]) + 1) * self.size]
        return Listing(tuple(shown), len(shown), None)


@given(
    batches=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12), st.sampled_from([0, 0, 0, 1, 2, 3])), min_size=1, max_size=8),
    size=st.integers(1, 5),
    overlap=st.integers(0, 12),
    told=st.booleans(),
)
@example(batches=[(1, 0, 0), (1, 9, 0)], size=2, overlap=10, told=True)
@example(batches=[(5, 0, 0), (1, 9, 0)], size=1, overlap=10, told=False)
def test_nothing_is_lost_over_growth_late_entries_and_pages_that_fail(
    batches: list[tuple[int, int, int]], size: int, overlap: int, told: bool
) -> None:
    """In each batch some entries are added, some hours late, and the poll fails at some page; ``told``: the service filters."""
    wanted = options(
        Paging("page", parameter="p", first=0, size=size), Since("from" if told else "", overlap=overlap * 3600.0), pages=100
    )
    service, seen, memory, now, number = Grows(size, []), set(), "", NOW, 0
    for added, late, fails_at in [*batches, (0, 0, 0)]:
        now += timedelta(hours=6)
        for _ in range(added):
            number += 1
            service.entries.insert(0, entry(number, now - timedelta(hours=min(late, overlap))))
        service.entries.sort(key=lambda each: each.published or now, reverse=True)
        course = Course(URL, wanted, memory, now, keyed=False)
        target: str | None = course.first()
        while target is not None and (not fails_at or course.pages + 1 < fails_at):
            listing = service.page(target)
            seen |= {each.id for each in listing.entries}
            target = course.after(listing, target)
        written = course.memory()
        assert written is None or target is None
        memory = memory if written is None else written
    assert seen == {str(each) for each in range(1, number + 1)}


# ---------------------------------------------------------------- keys


class Secret:
    def __init__(self, value: str) -> None:
        self.value = value

    def reveal(self) -> str:
        return self.value


@given(secret=st.text(min_size=6).filter(lambda text: "%" not in text and "*" not in text), text=st.text())
def test_a_secret_is_taken_out_of_any_text(secret: str, text: str) -> None:
    parts = spellings(Secret(secret))
    assert secret not in hidden(f"{text}{secret}{text}", parts)
    told = without_secret(entry(1, title=f"x {secret} y", link=f"https://x.example/?a={secret}&b=2"), parts)
    assert secret not in repr((told.title, told.link))


def _spelled(secret: str) -> dict[str, str]:
    """Ways in which services write back what they were sent."""
    return {
        "quoted": quote(secret, safe=""),
        "quoted, slashes left": quote(secret),
        "quoted, in small letters": quote(secret, safe="").lower(),
        "quoted throughout": "".join(f"%{byte:02x}" for byte in secret.encode()),
        "quoted twice": quote(quote(secret, safe=""), safe=""),
        "form": quote_plus(secret),
        "json": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "json throughout": "".join(f"\\u{unit:04X}" for unit in memoryview(secret.encode("utf-16")[2:]).cast("H")),
        "html": escape(secret),
        "html throughout": "".join(f"&#{ord(letter)};" for letter in secret),
        "capitals": secret.upper(),
        "base64": b64encode(secret.encode()).decode(),
        "base64 in an address": urlsafe_b64encode(secret.encode()).decode().rstrip("="),
        "base64 quoted": quote(b64encode(secret.encode()).decode(), safe="/"),
    }


@pytest.mark.parametrize("way", _spelled(""))
@pytest.mark.parametrize("secret", ["ada.example:cAn/aRy+ S<3>&cret==", 'cAn/aRy+ S3"cret==', "clé/kéÿ?🔑>~~"])
def test_a_secret_is_found_however_it_is_spelled(secret: str, way: str) -> None:
    assert hidden(f"before {_spelled(secret)[way]} after", spellings(Secret(secret))) == "before *** after"


def test_no_field_of_an_entry_keeps_a_secret() -> None:
    told = entry(1)
    for field in fields(FeedEntry):
        if field.name not in {"published", "updated"}:
            told = replace(
                told, **{field.name: ("x canary-1 y",) if field.name in {"authors", "tags"} else "https://x.example/canary-1"}
            )
    told = without_secret(told, spellings(Secret("canary-1")))
    assert "canary" not in repr(told)
    assert (told.authors, told.tags, told.link) == (("x *** y",), ("x *** y",), None)


def test_half_a_character_keeps_no_secret_in_a_text() -> None:
    assert hidden("\ud800 canary-1", spellings(Secret("canary-1"))) == "? ***"


def test_a_password_alone_is_taken_out_too() -> None:
    parts = spellings(Secret("ada.example:app-canary"))
    assert hidden("the password app-canary of ada.example:app-canary", parts) == "the password *** of ***"
    assert spellings(None) == Spellings()


def test_a_short_secret_is_hidden_in_words_about_errors_and_leaves_articles_alone() -> None:
    parts = spellings(Secret("demo"))
    assert hidden("bad key demo", parts) == "bad key ***"
    assert without_secret(entry(1, title="A demo of cameras"), parts).title == "A demo of cameras"


def test_a_request_without_a_key_or_a_place_for_it_is_as_for_feeds() -> None:
    secret = Secret("x" * 10)
    assert request_of(URL, None, secret) == (URL, secret, "Authorization")
    assert request_of(URL, Key(parameter="k"), None) == (URL, None, "Authorization")
    assert request_of(URL, Key(session=True), secret) == (URL, secret, "Authorization")
