"""A service's JSON to entries: whatever it holds, what comes out is plain, whole and of the right types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError
from bot.core.jsonlisting import Listing
from bot.sandbox.frames import PREFIX, Assembly, answer, unpack
from bot.sandbox.jobs.listing import read_listing

FIELDS = {
    "id": ["id"],
    "title": ["title"],
    "url": ["url", "https://x.example/{id}"],
    "summary": ["summary"],
    "text": ["text"],
    "published": ["published"],
    "updated": ["updated"],
    "outlet": ["outlet.name"],
    "authors": ["authors[].name", "authors"],
    "tags": ["tags"],
    "language": ["language"],
}


def read(document: Any, *, fields: dict[str, list[str]] | None = None, **plan: Any) -> Listing:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    whole = {"items": "items", "fields": fields or FIELDS, "dates": "auto", "error": "", "next": "", "most": 1000, **plan}
    return read_listing(data, "https://service.example/v1/list", None, whole)


def entry(item: dict[str, Any], **more: Any):
    return read({"items": [item]}, **more).entries[0]


# ---------------------------------------------------------------- whatever it holds

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*FIELDS, "name", "items", "x"]) | st.text(), inner, max_size=6)
    ),
    max_leaves=25,
)
ITEM = st.dictionaries(st.sampled_from([*FIELDS, "name"]), ANY, max_size=8)


def crossed(listing: Listing) -> object:
    """The listing as it arrives on the other side of the process boundary."""
    assembly = Assembly(Listing)
    for frame in answer(listing):
        if assembly.add(unpack(frame[PREFIX:])):
            return assembly.value()
    raise AssertionError("an answer without an end")


@given(document=ANY)
def test_any_json_is_a_listing_or_a_sentence(document: Any) -> None:
    told = ""
    try:
        crossed(read(json.dumps(document).encode("utf-8", "surrogatepass"), error="error", next="next"))
    except DocumentError as error:
        told = str(error)
    assert not told or told.startswith(("There is no list at items in the answer", "The service answered"))
    assert len(told) < 400


@given(items=st.lists(ITEM | ANY, max_size=6))
def test_any_entries_cross_to_the_parent_and_none_costs_another(items: list[Any]) -> None:
    good = {"id": "good", "title": "A good one", "url": "https://x.example/good", "published": "2026-03-10"}
    listing = read({"items": [*items, good]})
    assert listing.found == len(items) + 1
    assert listing.entries[-1].id == "good"
    assert len(listing.entries) >= 1 + sum(isinstance(item, dict) for item in items) - len(listing.notes)
    arrived = crossed(listing)
    assert isinstance(arrived, Listing)
    assert len(arrived.entries) == len(listing.entries)
    for each in listing.entries:
        assert "\n" not in each.title
        assert each.link is None or each.link.startswith(("http://", "https://"))
        assert each.published is None or 1995 <= each.published.year < 2100


@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_listing_or_a_sentence(data: bytes) -> None:
    with pytest.raises(DocumentError):
        read(b"\x01" + data)


@given(title=st.text(), text=st.text())
def test_what_is_no_markup_keeps_its_words(title: str, text: str) -> None:
    found = entry({"title": title, "text": text})
    for said, kept in ((title, found.title), (text, found.content_text)):
        letters = [character for character in said if character.isalnum()]
        if not any(mark in said for mark in "<&"):
            assert [character for character in kept if character.isalnum()] == letters


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The answer is empty."),
        (b"\xef\xbb\xbf \n", "The answer is empty."),
        (b"[" * 100_000, "The answer is nested too deeply to be read."),
        (b" <!DOCTYPE html><p>Log in</p>", "The service answered with a web page where JSON was expected."),
        (b'{"items": [', "The answer begins like JSON and is broken off or damaged."),
        (b"<b>Try</b> later", "The service answered in words where JSON was expected: Try later"),
        (b"<x/>", "The service answered with something that is no JSON."),
        (b'{"a": "\xff"}', "The answer is neither UTF-8 nor in an encoding that the service names."),
    ],
)
def test_what_is_no_json_is_told_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError) as told:
        read(data)
    assert str(told.value) == said


def test_an_error_in_the_answer_is_handed_on_in_the_service_s_words() -> None:
    assert read({"error": {"message": "Away"}, "items": []}, error="error") == Listing((), 0, None, "Away")


def test_an_encoding_that_the_header_names_is_believed_and_another_is_not() -> None:
    plan = {"items": "@", "fields": {"title": ["t"]}, "dates": "auto", "error": "", "next": "", "most": 10}
    data = '[{"t": "Stra\xdfe"}]'.encode("latin-1")
    assert read_listing(data, None, 'application/json; charset="ISO-8859-1"', plan).entries[0].title == "Straße"
    for wrong in ("application/json; charset=nonsense", "application/json; charset=ascii", None):
        with pytest.raises(DocumentError, match="neither UTF-8"):
            read_listing(data, None, wrong, plan)


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("value", "form", "date"),
    [
        ("2026-03-10T12:00:00Z", "auto", (2026, 3, 10, 12)),
        ("2026-03-10T12:00:00.123456+02:00", "auto", (2026, 3, 10, 10)),
        ("2026-03-10 12:00:00", "iso", (2026, 3, 10, 12)),
        ("2026-03-10", "auto", (2026, 3, 10)),
        ("20260310T120000Z", "auto", (2026, 3, 10, 12)),
        (1773144000, "auto", (2026, 3, 10, 12)),
        (1773144000.9, "seconds", (2026, 3, 10, 12)),
        ("1773144000", "seconds", (2026, 3, 10, 12)),
        (1773144000000, "auto", (2026, 3, 10, 12)),
        (1773144000000, "milliseconds", (2026, 3, 10, 12)),
        ("10.03.2026", "%d.%m.%Y", (2026, 3, 10)),
        ("10.03.2026 12:00 +0100", "%d.%m.%Y %H:%M %z", (2026, 3, 10, 11)),
        ("2026-03-10", "%d.%m.%Y", None),
        ("2026-03-10", "seconds", None),
        (1773144000, "iso", None),
        (1773144000000, "seconds", None),
        ("1970-01-01", "auto", None),
        ("9999-01-01", "auto", None),
        (-5, "auto", None),
        (True, "auto", None),
        ({"date": "2026-03-10"}, "auto", None),
        ("", "auto", None),
    ],
)
def test_dates_are_read_as_the_service_writes_them(value: Any, form: str, date: tuple[int, ...] | None) -> None:
    expected = None if date is None else datetime(*date, tzinfo=UTC)  # type: ignore[arg-type]
    assert entry({"title": "t", "published": value}, dates=form).published == expected


def test_the_first_way_that_gives_a_date_counts() -> None:
    fields = {"title": ["t"], "published": ["bad", "missing", "good"]}
    assert entry({"t": "t", "bad": "soon", "good": "2026-03-10"}, fields=fields).published == datetime(2026, 3, 10, tzinfo=UTC)


def test_a_template_needs_all_of_its_parts_and_the_next_way_is_tried() -> None:
    fields = {"title": ["{state} {number}: {name}", "{{{name}}}", "name"]}
    assert entry({"state": "WA", "number": 5, "name": "Readers"}, fields=fields).title == "WA 5: Readers"
    assert entry({"number": 5, "name": "Readers"}, fields=fields).title == "{Readers}"
    assert entry({"number": 5}, fields=fields).title == ""


def test_what_goes_into_an_address_is_escaped_as_far_as_it_has_to_be() -> None:
    fields = {"title": ["id"], "url": ["https://x.example/{id}"]}
    assert entry({"id": 'a b/"c"?d=é&e'}, fields=fields).link == "https://x.example/a%20b/%22c%22?d=%C3%A9&e"


@pytest.mark.parametrize(
    ("link", "made"),
    [
        ("/docs/1", "https://service.example/docs/1"),
        ("docs/1", "https://service.example/v1/docs/1"),
        ("//other.example/1", "https://other.example/1"),
        ("javascript:alert(1)", None),
        ("ftp://x.example/1", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_links_are_resolved_and_only_those_of_the_web_are_kept(link: str, made: str | None) -> None:
    assert entry({"title": "t", "url": link}, fields={"title": ["title"], "url": ["url"]}).link == made


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (5, "5"),
        (5.0, "5"),
        (5.5, "5.5"),
        (10**29, str(10**29)),
        (10**31, None),
        (1e300, "1e+300"),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ([], None),
        ([None, "a", "b"], "a"),
        ([["a"]], None),
        ("  a\x00b ", "ab"),
        ({}, None),
    ],
)
def test_ids_are_texts_and_finite_numbers(value: Any, made: str | None) -> None:
    assert entry({"title": "t", "id": value}).id == made


def test_names_are_lists_of_texts_or_one_text() -> None:
    assert entry({"title": "t", "authors": [{"name": "Ada"}, {"name": None}, {"name": "Ada"}, {"name": "Bo"}]}).authors == (
        "Ada",
        "Bo",
    )
    assert entry({"title": "t", "authors": "Ada"}).authors == ("Ada",)
    assert entry({"title": "t", "tags": ["a", 5, None, ["b"], "x" * 300]}).tags == ("a", "5", "b")
    assert entry({"title": "t"}, fields={"title": ["title"], "tags": ["{title}"]}).tags == ("t",)


def test_markup_becomes_plain_text_and_angle_brackets_of_people_stay() -> None:
    found = entry({"title": "Why a <b>tag</b> &amp; 1 < 2", "summary": "<p>One.</p><p>Two.</p>", "text": "x <y and z"})
    assert found.title == "Why a tag & 1 < 2"
    assert found.summary_text == "One.\n\nTwo."
    assert found.content_text == "x <y and z"


def test_languages_are_tags_or_nothing() -> None:
    assert [entry({"title": "t", "language": value}).language for value in ("en", "pt_BR", "English", 5, ["de", "en"])] == [
        "en",
        "pt-br",
        None,
        None,
        "de",
    ]


def test_no_more_entries_are_read_than_wanted() -> None:
    listing = read({"items": [{"title": str(number)} for number in range(9)]}, most=3)
    assert ([each.title for each in listing.entries], listing.found) == (["0", "1", "2"], 9)
    assert listing.notes == ("Only the first 3 entries of the list were read.",)


def test_after_last_gives_what_stands_behind_a_mark() -> None:
    fields = {
        "title": ["after_last(uri, '/')"],
        "id": ["after_last(uri, '')"],
        "url": ["https://x.example/{after_last(none, '/')}"],
    }
    found = entry({"uri": "at://a/b/c"}, fields=fields)
    assert (found.title, found.id, found.link) == ("c", "at://a/b/c", None)


# ---------------------------------------------------------------- the list


def test_the_list_may_be_the_answer_itself() -> None:
    assert [each.title for each in read([{"title": "a"}, {"title": "b"}], items="@").entries] == ["a", "b"]


def test_where_the_next_page_is_may_be_a_path_of_any_kind() -> None:
    assert read({"items": [], "links": {"next": "/p2"}}, next="links.next").next == "/p2"
    assert read({"items": [{"id": 9}], "cursor": 17}, next="cursor").next == "17"
    assert read([{"id": "a"}, {"id": "z"}], items="@", next="[-1].id").next == "z"
    for nothing in (None, "", [], {}, False):
        assert read({"items": [], "next": nothing}, next="next").next is None


def test_entries_that_cannot_be_used_are_counted_in_words() -> None:
    assert read({"items": [None, {"title": "t"}]}).notes == ("An entry of the list is no object and was left out.",)
    assert read({"items": [None, 5, {"title": "t"}]}).notes == ("2 entries of the list are no objects and were left out.",)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"error": "Index is away"}, "There is no list at items in the answer; the service says: Index is away"),
        ({"items": None, "detail": ["a", "b"]}, "There is no list at items in the answer; the service says: a"),
        ({"message": {"code": 5}}, "There is no list at items in the answer; the service says: 5"),
        ({"count": 5}, "There is no list at items in the answer; the service has changed, or this is not the address meant."),
    ],
)
def test_a_missing_list_is_told_with_what_the_service_says(document: Any, said: str) -> None:
    with pytest.raises(DocumentError) as told:
        read(document)
    assert str(told.value) == said


def test_an_answer_that_is_no_list_where_it_should_be_one_is_told() -> None:
    with pytest.raises(DocumentError, match=r"^The answer is no list; the service has changed"):
        read(5, items="@")
    with pytest.raises(DocumentError, match=r"There is no list at values\(found\) in the answer"):
        read({"other": 1}, items="values(found)")
