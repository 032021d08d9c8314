"""The readers behind watched pages, sitemaps, Legistar and CourtListener, called as a child calls them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.core.errors import DocumentError
from bot.core.watched import WatchedPage
from bot.sandbox.jobs import sitemap as sitemaps
from bot.sandbox.jobs import watched as pages
from bot.sandbox.jobs.courtlistener import read_courtlistener
from bot.sandbox.jobs.legistar import read_legistar
from bot.sandbox.jobs.rows import number, read_json, shortened, written
from bot.sandbox.jobs.sitemap import read_sitemap
from bot.sandbox.jobs.watched import read_watched

BASE = "https://harbour.example/page"


def watched(html: str | bytes, selector: str = "body", *, kind: str = "text/html; charset=utf-8", **given: Any) -> WatchedPage:
    data = html if isinstance(html, bytes) else html.encode()
    options: dict[str, Any] = {"exclude": [], "ignore": [], "entries": False, **given}
    return read_watched(data=data, url=BASE, content_type=kind, selector=selector, **options)


# ---------------------------------------------------------------- watched pages


def test_blocks_are_lines_and_what_nobody_sees_is_none() -> None:
    page = watched(
        "<html lang='de-AT'><title> The  rules </title><body>Loose <b>words</b><br>after a break<p>A paragraph</p>tail"
        "<table><tr><td>one</td><td>two</td></tr></table><ul><li>first<li>second</ul>"
        "<form><label>Name</label><input value=x></form><div hidden>h</div><div aria-hidden=true>a</div>"
        "<p style='visibility: hidden'>v</p><noscript>n</noscript><!-- c --></body></html>"
    )
    assert page.lines == ("Loose words", "after a break", "A paragraph", "tail", "one", "two", "first", "second", "Name")
    assert (page.title, page.language, page.found, page.login) == ("The rules", "de", 1, False)


def test_elements_within_found_elements_are_read_once_and_excluded_ones_never() -> None:
    html = "<html><body><div class=x>a<div class=x>b</div><nav>c</nav></div><div class=x>d<i class=no>e</i> f</div></body></html>"
    page = watched(html, ".x", exclude=["nav", ".no", "html"], ignore=["[0-9]+", "^d "])
    assert (page.found, page.lines) == (2, ("a", "b", "f"))


def test_a_page_that_asks_for_a_password_says_so() -> None:
    assert watched("<html><body><p>Log in</p><input type=PASSWORD></body></html>").login


def test_plain_text_has_lines_and_nothing_that_a_selector_finds() -> None:
    assert watched("one\n\ntwo 2\n", kind="text/plain", ignore=["[0-9]"]).lines == ("one", "two")
    assert watched("one\ntwo\n", "main", kind="text/plain").found == 0
    assert watched("\n".join(f"line {number}" for number in range(6000)), kind="text/plain").notes


def test_long_lines_and_long_pages_are_cut_and_that_is_told() -> None:
    page = watched("<html><body>" + f"<p>{'word ' * 400}</p>" * 300 + "</body></html>")
    assert all(len(line) <= pages.MAX_LINE + 1 for line in page.lines)
    assert sum(map(len, page.lines)) <= pages.MAX_CHARACTERS + pages.MAX_LINE + 1
    assert "narrower selector" in page.notes[0]


def test_a_deep_page_is_read_with_a_remark() -> None:
    page = watched("<html><body>" + "<div>" * 300 + "deep" + "</div>" * 300 + "</body></html>")
    assert "nested too deeply" in page.notes[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x" * (pages.MAX_BYTES + 1), "larger than 2 MB"),
        (b"<html>\x01\x02\x03\x04", "no page has"),
        (b"<!doctype html><!-- nothing else -->", "holds nothing"),
    ],
)
def test_what_is_no_page_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        watched(data)


def test_the_elements_of_a_list_give_title_link_day_and_the_rest() -> None:
    html = """<html><head><base href="https://other.example/x/"></head><body>
        <article><a href="/i.png"><img></a><h2><a href="one">First</a></h2><time>2027-02-03</time><p>About it</p></article>
        <article><h3>Second</h3><a href="mailto:x@y.example">mail</a><a href="two">Read on</a></article>
        <article><a href="three"><img></a> Third words</article><article>No link</article><time><a href=four>Fourth</a></time>
        </body></html>"""
    page = watched(html, "article, time:not(article time)", entries=True)
    told = [(entry.title, entry.link, entry.published) for entry in page.entries]
    assert told == [
        ("First", "https://other.example/x/one", datetime(2027, 2, 3, tzinfo=UTC)),
        ("Second", "https://other.example/x/two", None),
        ("Third words", "https://other.example/x/three", None),
        ("Fourth", "https://other.example/x/four", None),
    ]
    assert "About it" in page.entries[0].summary_text
    assert page.notes == ("1 of 5 elements of the list have no link and were left out.",)


def test_of_a_list_without_end_the_first_and_the_last_elements_are_read() -> None:
    page = watched("<html><body>" + "<li><a href=x>y</a></li>" * 600 + "</body></html>", "li", entries=True)
    assert len(page.entries) == pages.MAX_ENTRIES
    assert page.notes == ("Only the first and the last 250 of 600 elements of the list were read.",)


# ---------------------------------------------------------------- sitemaps


def mapped(data: str | bytes, **given: list[str]):
    data = data if isinstance(data, bytes) else data.encode()
    return read_sitemap(
        data=data, url="https://harbour.example/map.xml", include=given.get("include", []), exclude=given.get("exclude", [])
    )


def test_news_is_told_with_its_own_words_and_pictures_change_nothing() -> None:
    found = mapped(
        "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9' xmlns:i='urn:i'><url>"
        "<i:image><i:loc>/p</i:loc><i:title>P</i:title></i:image><loc>/a</loc><lastmod>2027-02</lastmod><n:news>"
        "<n:publication><n:name>The Crier</n:name><n:language>zh-cn</n:language></n:publication>"
        "<n:publication_date>2027-02-03</n:publication_date><n:title>A &amp;amp; B</n:title><n:keywords>x,,y, x</n:keywords>"
        "</n:news></url><url><loc>/b</loc><n:news><n:title>C</n:title></n:news></url><url><!-- c --></url></urlset>"
    )
    first, second = found.pages
    assert (first.url, first.title, first.outlet, first.language, first.tags) == (
        "https://harbour.example/a", "A & B", "The Crier", "zh", ("x", "y"),
    )  # fmt: skip
    assert (first.modified, first.published) == (None, datetime(2027, 2, 3, tzinfo=UTC))
    assert (second.title, second.outlet, second.language) == ("C", None, None)
    assert found.notes == ("1 of 3 addresses of the sitemap are none and were left out.",)


def test_an_index_lists_sitemaps_whatever_the_patterns() -> None:
    found = mapped(
        "<sitemapindex><sitemap><loc>/m.xml</loc><lastmod>2027-02-03T04:05:06Z</lastmod></sitemap></sitemapindex>", include=["z"]
    )
    assert (found.index, found.pages[0].modified) == (True, datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC))


def test_lists_and_packed_lists_of_addresses_are_read_and_chosen_from() -> None:
    text = b"https://x.example/a/1\nhttps://x.example/b/2\n\nhttps://x.example/a/b\n"
    for data in (text, gzip.compress(text)):
        assert [page.url for page in mapped(data, include=["/a/"], exclude=["/b$"]).pages] == ["https://x.example/a/1"]


def test_more_addresses_than_a_sitemap_may_have_are_not_read() -> None:
    for data in ("<urlset>" + "<url><loc>/a</loc></url>" * 50_010 + "</urlset>", "https://x.example/\n" * 50_010):
        found = mapped(data)
        assert (len(found.pages), found.notes) == (
            sitemaps.MAX_PAGES,
            ("Only the first 50,000 addresses of the sitemap were read.",),
        )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b" ", "is empty"),
        (b"\x1f\x8b\x08bad", "damaged"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-4], "ends in the middle"),
        (gzip.compress(b" " * (51 * 1024 * 1024), mtime=0), "larger than 50 MB"),
        (b"words\nand words\nhttps://x.example/", "neither a sitemap"),
        (b"<html>", "web page"),
        (b"<rss/>", 'kind = "feed"'),
        (b"<!DOCTYPE x><urlset/>", "document type"),
        (b"<other/>", "another kind"),
        (b"<urlset>", "no well-formed XML"),
    ],
)
def test_what_is_no_sitemap_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        mapped(data)


def test_a_sitemap_is_read_up_to_where_it_breaks() -> None:
    found = mapped("<urlset><url><loc>/a</loc></url><url><loc>/b</l")
    assert ([page.url for page in found.pages], found.notes) == (
        ["https://harbour.example/a"],
        ("The sitemap is not well-formed XML; it was read as far as possible.",),
    )


# ---------------------------------------------------------------- services


def legistar(rows: Any, what: str, about: dict[str, str] | None = None):
    return read_legistar(json.dumps(rows).encode(), what, "harbour", "2027-03-01", json.dumps(about) if about else "")


def test_matters_are_named_by_what_they_have() -> None:
    found = legistar(
        [
            {"MatterId": 1, "MatterFile": "R-1", "MatterName": "Named", "MatterLastModifiedUtc": "2027-02-01T10:00:00"},
            {"MatterId": "2", "MatterTitle": "x " * 400, "MatterStatusName": "Passed", "MatterPassedDate": "2027-02-01T00:00:00"},
            {"MatterId": 3, "MatterFile": "R-3"},
            {"MatterId": 4},
            {"MatterTitle": "No number"},
            {
                "MatterId": 5,
                "MatterTitle": "Later",
                "MatterAgendaDate": "2027-03-09T00:00:00",
                "MatterLastModifiedUtc": "2027-02-02T10:00:00",
            },
        ],
        "matters",
    )
    assert [entry.title.partition(" x")[0] for entry in found.entries] == ["R-1: Named", "Passed:", "R-3", "Later"]
    assert found.entries[1].summary_text.startswith("x x x")
    assert found.entries[3].published == datetime(2027, 2, 2, 10, tzinfo=UTC)
    assert (found.rows, found.newest, found.oldest) == (6, "2027-02-02T10:00:00", "2027-02-01T10:00:00")
    assert found.notes == ("1 of 6 matters of Legistar have no number and were left out.",)


def test_meetings_ahead_have_an_agenda_to_be_asked_for() -> None:
    meeting = {"EventBodyName": "Council", "EventDate": "2027-03-12T00:00:00", "EventLastModifiedUtc": "2027-02-01T10:00:00"}
    found = legistar(
        [
            {**meeting, "EventId": 2, "EventTime": "9 AM", "EventAgendaFile": "https://a.example/2.pdf"},
            {**meeting, "EventId": 1, "EventDate": "2027-02-01T00:00:00", "EventLastModifiedUtc": "2027-02-20T10:00:00"},
            {**meeting, "EventId": 3, "EventComment": "Cancelled"},
            {**meeting, "EventId": 4, "EventBodyName": ""},
            {**meeting, "EventId": 5, "EventDate": None, "EventLastModifiedUtc": "2099-01-01T00:00:00"},
            {**meeting, "EventId": 6, "EventLastModifiedUtc": None},
        ],
        "events",
    )
    assert [json.loads(part)["id"] for part in found.parts] == ["2", "6"]
    assert [(entry.title, entry.link) for entry in found.entries] == [
        ("Council meets on 12 March 2027", "https://a.example/2.pdf"),
        ("Council met on 1 February 2027", None),
        ("Cancelled: Council was to meet on 12 March 2027", None),
        ("Council meets on 12 March 2027", None),
    ]
    assert found.entries[1].published == datetime(2027, 2, 1, tzinfo=UTC)
    assert found.newest == "2027-02-20T10:00:00"


def test_subjects_of_an_agenda_are_items_and_its_formalities_are_not() -> None:
    about = {
        "id": "2",
        "body": "Council",
        "date": "2027-03-12",
        "time": "",
        "url": "https://harbour.legistar.com/M.aspx",
        "published": "",
    }
    rows = [
        {"EventItemId": 1, "EventItemTitle": "Adjournment"},
        {"EventItemId": 2, "EventItemTitle": "Report on the drones of the police", "EventItemAgendaNumber": "7."},
        {"EventItemId": 3, "EventItemMatterFile": "R-3"},
        {"EventItemId": 4, "EventItemTitle": "Appointment", "EventItemMatterId": 9},
    ]
    found = legistar(rows, "agenda", about)
    assert [entry.title for entry in found.entries] == [
        "Agenda of 12 March 2027: Report on the drones of the police",
        "Agenda of 12 March 2027: R-3",
        "Agenda of 12 March 2027: Appointment",
    ]
    assert found.entries[0].link == "https://harbour.legistar.com/M.aspx?Item=2"
    assert "Item 7 of the agenda." in found.entries[0].summary_text
    assert legistar(rows, "agenda", {**about, "url": "", "date": "soon"}).entries == ()


def court(value: Any, what: str, about: dict[str, str] | None = None):
    data = json.dumps(value).encode()
    return read_courtlistener(data=data, what=what, base="https://court.example/api/", about=json.dumps(about) if about else "")


def test_results_are_told_by_their_type() -> None:
    document = {"id": 5, "document_number": 12, "description": "Long " * 60, "absolute_url": "/docket/1/12/nwosu-v-harbour/"}
    case = {"docket_id": 1, "caseName": "Nwosu v. Harbour", "dateFiled": "2027-02-01", "docket_absolute_url": "/docket/1/n/"}
    found = court({"results": [{**case, "recap_documents": [document, {"id": None}, 7]}], "next": "/api/?cursor=2"}, "r")
    assert [(entry.id, entry.link) for entry in found.entries] == [
        ("docket/1", "https://court.example/docket/1/n/"),
        ("document/5", "https://court.example/docket/1/12/nwosu-v-harbour/"),
    ]
    assert (found.next, found.newest) == ("https://court.example/api/?cursor=2", "2027-02-01")
    assert found.entries[1].title.startswith("Nwosu v. Harbour: Long Long")
    assert found.entries[1].title.endswith("…")
    assert [entry.title for entry in court({"results": [{**document, "description": ""}, {"id": 6}]}, "rd").entries] == [
        "Nwosu v harbour: document 12",
        "A document",
    ]
    assert court({"results": [{"cluster_id": 3}, {"caseName": "x"}]}, "o").entries == ()
    (heard,) = court({"results": [{"id": 3, "caseName": "C", "citation": "x", "dateArgued": "2027-02-11"}]}, "oa").entries
    assert (heard.id, heard.title, heard.link, heard.published) == ("argument/3", "C", None, datetime(2027, 2, 11, tzinfo=UTC))


def test_entries_of_a_docket_name_their_documents() -> None:
    about = {"case": "", "docket": "1:27", "court": "harb", "url": "https://court.example/docket/1/n/"}
    documents = [
        {"document_number": "3", "description": "Motion"},
        {"description": "Unnumbered"},
        {"document_number": "3", "attachment_number": 1, "description": "A"},
    ]
    rows = [
        {
            "id": 1,
            "entry_number": 3,
            "recap_documents": documents,
            "date_modified": "2027-02-01T10:00:00-08:00",
            "date_filed": "2027-01-31",
        },
        {"id": 2, "description": "Order", "date_created": "2027-02-01T10:00:00Z"},
        {"description": "No number"},
    ]
    found = court({"results": rows}, "entries", about)
    first, second = found.entries
    assert (first.title, first.link) == ("Docket: Motion", "https://court.example/docket/1/n/?entry_gte=3&entry_lte=3")
    assert "Document 3-1: A." in first.summary_text
    assert (second.link, second.published) == ("https://court.example/docket/1/n/?entry=2", datetime(2027, 2, 1, 10, tzinfo=UTC))
    assert found.newest == "2027-02-01T18:00:00"
    assert court({"results": rows}, "entries").entries[0].link is None


def test_a_docket_says_what_its_entries_need() -> None:
    (part,) = court({"id": 1, "case_name_full": "Nwosu v. Harbour", "absolute_url": "/docket/1/n/"}, "docket").parts
    assert json.loads(part) == {"case": "Nwosu v. Harbour", "docket": "", "court": "", "url": "https://court.example/docket/1/n/"}


@pytest.mark.parametrize(
    ("value", "what", "says"),
    [
        ([], "o", "something else than results"),
        ({"detail": "Slow down."}, "o", "without results: Slow down"),
        ({}, "docket", "than a docket"),
    ],
)
def test_what_are_no_results_is_refused(value: Any, what: str, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        court(value, what)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b" ", "empty"), (b"<x/>", "instead of JSON"), (b"{", "not readable JSON"), (b"[" * 100_000, "nested too deeply")],
)
def test_what_is_no_json_is_refused_in_the_services_name(data: bytes, says: str) -> None:
    with pytest.raises(DocumentError, match=f"Archive sent .*{says}"):
        read_json(data, "Archive")
    with pytest.raises(DocumentError, match="Legistar sent something else"):
        read_legistar(b"{}", "matters", "harbour", "2027-03-01")


def test_numbers_days_and_long_texts_are_written_as_people_do() -> None:
    assert [number({"n": value}, "n") for value in (7, "8", "x", True, -1, 1.0, None)] == ["7", "8", "", "", "", "", ""]
    assert written(date(2027, 3, 2)) == "2 March 2027"
    assert (shortened("one two three", 8), shortened("onetwothree", 4)) == ("one two…", "onet…")
