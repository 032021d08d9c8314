"""The courtlistener kind against an archive in the documented shape: searches, dockets, cursors, limits, broken answers."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import web

from bot.core.kinds import CourtListenerOptions
from bot.core.model import TextState
from bot.sources import courtlistener


def opinion(number: int, filed: str = "2027-02-20", **given: Any) -> dict[str, Any]:
    return {
        "absolute_url": f"/opinion/{number}/harbour-v-doe/",
        "caseName": f"Harbour v. Doe {number}",
        "citation": ["12 Harb. 34"],
        "cluster_id": number,
        "court": "Harbour Court of Appeals",
        "court_id": "harbapp",
        "dateFiled": filed,
        "docketNumber": f"27-{number}",
        "judge": "Okafor",
        "opinions": [{"id": 1, "snippet": "\nA camera that reads <mark>number plates</mark> &amp; keeps them\n"}],
        **given,
    }


def docket(number: int, filed: str = "2027-02-20", *documents: dict[str, Any]) -> dict[str, Any]:
    return {
        "docket_absolute_url": f"/docket/{number}/nwosu-v-harbour/",
        "docket_id": number,
        "caseName": "Nwosu v. City of Harbour",
        "court": "District Court, D. Harbour",
        "docketNumber": "1:27-cv-00012",
        "dateFiled": filed,
        "cause": "42:1983 Civil rights",
        "suitNature": "Civil rights",
        "recap_documents": list(documents),
    }


def document(number: int, filed: str = "2027-02-21") -> dict[str, Any]:
    return {
        "id": number,
        "absolute_url": f"/docket/7/{number}/nwosu-v-city-of-harbour/",
        "description": "MOTION to compel the department to produce its records of searches by Ada Nwosu.",
        "short_description": "Motion to Compel",
        "document_number": number,
        "entry_date_filed": filed,
        "snippet": "searches of number plates",
    }


def row(number: int, changed: str = "2027-02-20T10:00:00-08:00", **given: Any) -> dict[str, Any]:
    return {
        "id": number,
        "docket": "https://www.courtlistener.com/api/rest/v4/dockets/7/",
        "date_created": changed,
        "date_modified": changed,
        "date_filed": "2027-02-19",
        "entry_number": number,
        "description": f"ORDER number {number} about the cameras of the department.",
        "recap_documents": [],
        **given,
    }


class Archive:
    """The interface: a token, 20 rows a page, cursors, newest first."""

    def __init__(self) -> None:
        self.token = "canary"
        self.results: list[Any] = []
        self.rows: list[Any] = []
        self.case: dict[str, Any] | bytes = {
            "id": 7,
            "case_name": "Nwosu v. City of Harbour",
            "absolute_url": "/docket/7/nwosu-v-harbour/",
            "docket_number": "1:27-cv-00012",
            "court_id": "harb",
        }
        self.broken: web.Response | bytes | None = None
        self.gone: set[str] = set()

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/rest/v4/")
        if request.headers.get("Authorization") != f"Token {self.token}":
            return web.json_response({"detail": "Authentication credentials were not provided."}, status=401)
        if path == "dockets/7/":
            return web.Response(body=self.case) if isinstance(self.case, bytes) else web.json_response(self.case)
        if self.broken is not None:
            return self.broken if isinstance(self.broken, web.Response) else web.Response(body=self.broken)
        if path == "docket-entries/":
            assert (request.query["docket"], request.query["order_by"]) == ("7", "-date_modified")
            assert request.query["omit"] == "recap_documents__plain_text"
            found = sorted(self.rows, key=lambda one: one["date_modified"], reverse=True)
        elif path == "search/":
            assert request.query["q"] == '"number plates"'
            found = self.results
        else:
            return web.json_response({"detail": "Not found."}, status=404)
        start = int(request.query.get("cursor", "0"))
        if str(start) in self.gone:
            return web.json_response({"detail": "Invalid page."}, status=404)
        query = urlencode({**{key: value for key, value in request.query.items() if key != "cursor"}, "cursor": start + 20})
        further = f"https://www.courtlistener.com{request.path}?{query}" if start + 20 < len(found) else None
        return web.json_response({"count": len(found), "next": further, "previous": None, "results": found[start : start + 20]})


@pytest.fixture
def archive(service) -> Archive:
    made = Archive()
    service.answer = made.answer
    return made


async def watch(desk, service, *, beside: str | None = None, secret: str | None = "canary", **options: Any) -> None:
    options = options or {"query": '"number plates"', "type": "o"}
    await desk.declare(
        "courtlistener", f"{service.base}/api/rest/v4", CourtListenerOptions(**options), beside=beside, secret=secret
    )


async def test_an_opinion_is_an_item_with_its_court_its_citation_and_the_words_found(desk, service, archive) -> None:
    archive.results = [opinion(5)]
    await watch(desk, service, query='"number plates"', type="o", courts=("harb", "harbapp"))
    await desk.poll()
    (item,) = await desk.items()
    assert item.title == "Harbour v. Doe 5 (27-5)"
    assert item.url == f"{service.base}/opinion/5/harbour-v-doe/"
    assert item.summary == (
        "Court: Harbour Court of Appeals. Docket: 27-5. Judge: Okafor. Citation: 12 Harb. 34.\n\n"
        "A camera that reads number plates & keeps them"
    )
    assert (item.outlet, item.date_published) == ("Harbour Court of Appeals", datetime(2027, 2, 20, tzinfo=UTC))
    assert item.text_state is TextState.FULL
    (asked,) = service.asked
    assert dict(asked.query) == {"q": '"number plates"', "type": "o", "order_by": "dateFiled desc", "court": "harb harbapp"}
    assert asked.headers["Authorization"] == "Token canary"


async def test_a_docket_found_is_an_item_and_so_is_each_document_it_is_shown_with(desk, service, archive) -> None:
    archive.results = [docket(7, "2027-02-20", document(31))]
    await watch(desk, service, query='"number plates"')
    await desk.poll()
    case, filing = await desk.items()
    assert (case.title, case.url) == ("Nwosu v. City of Harbour (1:27-cv-00012)", f"{service.base}/docket/7/nwosu-v-harbour/")
    assert "Nature of suit: Civil rights. Cause: 42:1983 Civil rights." in case.summary
    assert filing.title == "Nwosu v. City of Harbour: Motion to Compel"
    assert filing.date_published == datetime(2027, 2, 21, tzinfo=UTC)
    assert "produce its records of searches by Ada Nwosu." in filing.summary


async def test_documents_and_arguments_are_found_by_their_own_names(desk, service, archive) -> None:
    archive.results = [document(31), {**document(32), "short_description": "", "description": ""}]
    await watch(desk, service, query='"number plates"', type="rd")
    await desk.poll()
    assert {item.title for item in await desk.items()} == {
        "Nwosu v city of harbour: Motion to Compel",
        "Nwosu v city of harbour: document 32",
    }
    assert service.asked[0].query["order_by"] == "entry_date_filed desc"


async def test_an_oral_argument_is_an_item_of_the_day_it_was_heard(desk, service, archive) -> None:
    archive.results = [
        {"id": 4, "absolute_url": "/audio/4/x/", "caseName": "Nwosu v. Harbour", "dateArgued": "2027-02-11", "court": "Harb. App."}
    ]
    await watch(desk, service, query='"number plates"', type="oa")
    await desk.poll()
    (item,) = await desk.items()
    assert (item.title, item.date_published) == ("Nwosu v. Harbour", datetime(2027, 2, 11, tzinfo=UTC))


async def test_a_search_is_read_until_what_is_known_with_two_weeks_for_the_late(desk, service, archive) -> None:
    archive.results = [opinion(number, (date(2027, 2, 20) - timedelta(days=number)).isoformat()) for number in range(60)]
    await watch(desk, service)
    assert (await desk.poll()).baseline
    assert (len(await desk.items()), len(service.asked)) == (20, 1)
    assert (await desk.poll()).new == 0
    assert len(service.asked) == 2  # the first page goes back further than two weeks
    late = opinion(101, "2027-02-08")
    archive.results = [opinion(100, "2027-02-27"), *archive.results[:12], late, *archive.results[12:]]
    assert (await desk.poll()).new == 2
    assert {item.guid for item in await desk.news()} == {"opinion/100", "opinion/101"}


async def test_more_news_than_a_poll_reads_is_read_by_the_next_ones(desk, service, archive, monkeypatch) -> None:
    monkeypatch.setattr(courtlistener, "PAGES", 2)
    archive.results = [opinion(1, "2027-01-02")]
    await watch(desk, service)
    await desk.poll()
    archive.results = [opinion(number, "2027-02-20") for number in range(100, 150)] + archive.results
    assert (await desk.poll()).new == 40
    assert desk.told[-1].notes == ("More is new than 2 pages hold; the next poll reads on.",)
    assert [request.query.get("cursor") for request in service.asked[1:]] == [None, "20"]
    archive.broken = b"{}"
    assert (await desk.poll()).error
    archive.broken = None
    await desk.crash_in_poll()
    del service.asked[:]
    archive.results[:0] = [opinion(number, "2027-03-01") for number in range(200, 230)]
    assert (await desk.poll()).new == 20  # the newest are told at once
    assert [request.query.get("cursor") for request in service.asked] == [None, "40"]
    for _ in range(4):
        await desk.poll()
    assert len(await desk.news()) == 80


async def test_a_place_to_read_on_that_is_gone_is_begun_anew(desk, service, archive, monkeypatch) -> None:
    monkeypatch.setattr(courtlistener, "PAGES", 2)
    archive.results = [opinion(1, "2027-01-02")]
    await watch(desk, service)
    await desk.poll()
    archive.results = [opinion(number, "2027-02-20") for number in range(100, 150)] + archive.results
    await desk.poll()
    archive.gone = {"40"}
    archive.results.insert(0, opinion(200, "2027-03-01"))
    assert (await desk.poll()).new == 1
    assert "begins anew: 127.0.0.1 answered 404" in desk.told[-1].notes[0]
    archive.gone = set()
    assert (await desk.poll()).new == 10


async def test_a_page_that_can_never_be_had_keeps_nobody_from_the_newer_ones(desk, service, archive) -> None:
    archive.results = [opinion(1, "2027-01-02")]
    await watch(desk, service)
    await desk.poll()
    archive.gone = {"20"}
    archive.results = [opinion(number, "2027-02-20") for number in range(100, 150)] + archive.results
    result = await desk.poll()
    assert ("404" in result.error, result.new) == (True, 20)
    archive.results.insert(0, opinion(200, "2027-03-01"))
    assert (await desk.poll()).new == 1
    archive.gone = set()
    assert (await desk.poll()).new > 0
    await desk.poll()
    assert len(await desk.news()) == 51


async def test_pages_without_an_end_are_given_up_and_told_as_a_gap(desk, service, archive, monkeypatch) -> None:
    monkeypatch.setattr(courtlistener, "PAGES", 2)
    monkeypatch.setattr(courtlistener, "POLLS", 2)
    archive.results = [opinion(1, "2027-01-02")]
    await watch(desk, service)
    await desk.poll()
    archive.results = [opinion(number, "2027-02-20") for number in range(100, 300)]
    await desk.poll()
    assert (await desk.state()).gap_at is None
    assert (await desk.poll()).new == 40
    assert (await desk.state()).gap_at == desk.clock.now()
    archive.results.insert(0, opinion(400, "2027-03-01"))
    assert (await desk.poll()).new == 1


@pytest.mark.parametrize("secret", ["canary-of-the-archive/1", "Token canary-of-the-archive/1"])
async def test_a_token_that_the_archive_says_back_stands_nowhere(desk, service, archive, secret) -> None:
    archive.token = "canary-of-the-archive/1"
    await watch(desk, service, secret=secret)
    told = []
    for form in (archive.token, quote(archive.token, safe=""), base64.b64encode(archive.token.encode()).decode()):
        for before in ("", "x " * 140):
            archive.broken = json.dumps({"detail": f"{before}{form} is not known."}).encode()
            told.append((await desk.poll()).error)
        archive.broken = None
        archive.results = [opinion(len(told), caseName=f"Case of {form}", absolute_url=f"/opinion/1/?auth={form}")]
        assert (await desk.poll()).error == ""
    seen = repr((told, desk.told, await desk.items(), await desk.state()))
    for form in ("canary", "of-the-archive", "Y2FuYXJ5"):
        assert form not in seen


async def test_new_entries_of_a_docket_are_items_with_the_case_in_their_headline(desk, service, archive) -> None:
    archive.rows = [row(number) for number in range(1, 31)]
    await watch(desk, service, docket=7)
    await desk.poll()
    exhibits = [
        {
            "id": 1,
            "absolute_url": "/docket/7/45/nwosu-v-harbour/",
            "document_number": "45",
            "attachment_number": None,
            "description": "Motion",
        },
        {"id": 2, "absolute_url": None, "document_number": "45", "attachment_number": 1, "description": "Exhibit A: the contract"},
    ]
    archive.rows.append(
        row(
            45,
            "2027-03-01T03:00:00-08:00",
            recap_documents=exhibits,
            date_filed="2027-02-28",
            description="MOTION to seal\nby the city",
        )
    )
    archive.rows.append(row(46, "2027-03-01T03:00:01-08:00", description="", entry_number=None, date_filed=None))
    assert (await desk.poll()).new == 2
    item, bare = await desk.news()
    assert item.title == "Nwosu v. City of Harbour: MOTION to seal by the city"
    assert item.url == f"{service.base}/docket/7/45/nwosu-v-harbour/"
    assert "Document 45-1: Exhibit A: the contract." in item.summary
    assert item.summary.endswith("Docket: 1:27-cv-00012. Court: harb. Entry: 45.")
    assert item.date_published == datetime(2027, 2, 28, tzinfo=UTC)
    assert (bare.title, bare.url) == ("Nwosu v. City of Harbour: a new entry", f"{service.base}/docket/7/nwosu-v-harbour/?entry=46")
    assert [path.rpartition("v4/")[2] for path in service.paths] == ["dockets/7/", "docket-entries/", "docket-entries/"]
    assert (await desk.poll()).new == 0


async def test_an_entry_whose_words_come_later_stays_the_same_item(desk, service, archive) -> None:
    archive.rows = [row(1, description="Order")]
    await watch(desk, service, docket=7)
    await desk.poll()
    archive.rows = [row(1, "2027-02-28T10:00:00-08:00", description="ORDER that the department stop.")]
    assert (await desk.poll()).new == 0
    (item,) = await desk.items()
    assert (item.title, item.url) == (
        "Nwosu v. City of Harbour: ORDER that the department stop.",
        f"{service.base}/docket/7/nwosu-v-harbour/?entry_gte=1&entry_lte=1",
    )


async def test_all_pages_of_a_docket_are_read_along_their_cursors(desk, service, archive) -> None:
    archive.rows = [row(1)]
    await watch(desk, service, docket=7)
    await desk.poll()
    archive.rows = [row(number, f"2027-02-21T10:{number // 60:02}:{number % 60:02}Z") for number in range(1, 91)]
    assert (await desk.poll()).new == 89
    assert all(request.host == f"127.0.0.1:{service.port}" for request in service.asked)


async def test_a_crash_between_answer_and_commit_loses_nothing(desk, service, archive) -> None:
    archive.rows = [row(1)]
    await watch(desk, service, docket=7)
    await desk.poll()
    archive.rows.append(row(2, "2027-02-28T10:00:00Z"))
    await desk.crash_in_poll()
    assert (await desk.poll()).new == 1


async def test_a_date_of_years_to_come_does_not_end_the_reading(desk, service, archive) -> None:
    archive.results = [opinion(1, "2199-01-01"), opinion(2, "2027-02-20")]
    await watch(desk, service)
    await desk.poll()
    archive.results = [opinion(1, "2199-01-01"), *(opinion(number, "2027-03-01") for number in range(10, 35))]
    assert (await desk.poll()).new == 25


@pytest.mark.parametrize(
    ("status", "secret", "says"),
    [
        (401, None, 'CourtListener wants a token: make an account there, and name its token with secret = "NAME".'),
        (401, "wrong", "Its token is not accepted; look it up in your profile there."),
        (403, "canary", "ask the Free Law Project for access. Or read the site's own feed without one"),
        (404, "canary", "There is no such docket; its number stands in its address"),
        (400, "canary", "CourtListener refuses the question"),
        (500, "canary", "answered 500"),
    ],
)
async def test_a_refusal_says_what_to_do(desk, service, archive, status, secret, says) -> None:
    archive.broken = web.Response(status=status)
    await watch(desk, service, secret=secret, docket=7)
    result = await desk.poll()
    assert says in result.error
    assert result.error.startswith(f"127.0.0.1 answered {status}")
    assert "wrong" not in result.error
    assert "canary" not in repr((result, await desk.state()))


async def test_a_limit_of_a_day_is_obeyed(desk, service, archive) -> None:
    archive.broken = web.Response(status=429, headers={"Retry-After": "85774"})
    await watch(desk, service)
    before = desk.clock.now()
    assert "429" in (await desk.poll()).error
    assert (await desk.state()).next_due_at - before >= timedelta(seconds=85774)


BROKEN: tuple[bytes, ...] = (
    b"", b" ", b"null", b"true", b"12", b'"x"', b"[]", b"{}", b'{"detail": "Request was throttled."}', b'{"results": null}',
    b'{"results": {}}', b'{"results": "none"}', b"{", b'{"results": [', b"\x00", b"\xff\xfe",
    b"<!doctype html><title>Log in</title>", b"<root/>", b"[" * 100_000, b'{"results": ' * 20_000, b'{"results": []}',
    b'{"results": [null]}', b'{"results": [[]]}', b'{"results": [1, "a"]}', b'{"results": [{}]}',
    b'{"results": [{"cluster_id": "x"}]}', b'{"results": [{"cluster_id": -1}]}',
    b'{"results": [{"cluster_id": 8, "caseName": 7, "absolute_url": 9}]}', b'{"results": [{"cluster_id": 9}], "next": 5}',
    b'{"results": [{"cluster_id": 10, "caseName": "Ten", "dateFiled": "soon", "opinions": "none", "citation": {}}]}',
    b'{"results": [{"cluster_id": 11, "caseName": "Eleven", "absolute_url": "javascript:x"}], "next": "javascript:x"}',
    b'{"results": [{"cluster_id": 12, "caseName": "\\u0000\\ud800", "opinions": [1, null, {"snippet": 3}]}]}',
)  # fmt: skip
"""What the archive may send instead of results."""


async def test_a_broken_answer_loses_nothing_and_stops_nobody(desk, service, archive) -> None:
    archive.results = [opinion(100)]
    await watch(desk, service, beside=f"{service.base}/beside")
    await desk.poll()
    for number, body in enumerate(BROKEN, start=101):
        archive.broken = body
        archive.results.insert(0, opinion(number, "2027-03-01"))
        results = await desk.poll_all()
        assert (results["beside"].error, results["beside"].new) == ("", 1), body[:60]
        assert "program failed" not in results["watched"].error, body[:60]
        assert "opinion/100" in {item.guid for item in await desk.items()}, body[:60]
        archive.broken = None
        assert (await desk.poll()).error == "", body[:60]
        assert f"opinion/{number}" in {item.guid for item in await desk.items()}, body[:60]


def test_there_are_thirty_broken_answers() -> None:
    assert len(set(BROKEN)) >= 30


@pytest.mark.parametrize("case", [b"[]", b"{}", b'{"id": "seven"}', b"<html>"])
async def test_a_docket_that_is_none_is_told(desk, service, archive, case) -> None:
    archive.case = case
    await watch(desk, service, docket=7)
    assert "CourtListener sent" in (await desk.poll()).error


async def test_rows_that_cannot_be_used_are_told_and_take_no_other_with_them(desk, service, archive) -> None:
    archive.results = [opinion(1), "row", {"caseName": "Without number"}, opinion(2)]
    await watch(desk, service)
    await desk.poll()
    assert len(await desk.items()) == 2
    assert desk.told[0].notes == ("2 of 4 results of CourtListener have no number and were left out.",)
    assert json.loads((await desk.state()).memory) == {"newest": "2027-02-20"}
