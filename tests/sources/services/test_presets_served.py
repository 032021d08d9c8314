"""Every preset from its configuration to items, against a service that answers in its documented shape.

The shapes are those of the pages that bot/config/presets.toml names; what stands in them is invented.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.config.presets import PRESETS
from bot.core.errors import DocumentError, FetchError
from bot.sources.paging import read_mark

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEY = "k3y-canary-0815"


def declared(world, kind: str, options: str, *, path: str = "", secret: bool = False):
    return world.declared(f"""
[[sources]]
id = "{kind}"
kind = "{kind}"
url = "SERVICE{path}"
options = {options}
{'secret = "KEY"' if secret else ""}
""")


# ---------------------------------------------------------------- Hacker News


def hit(number: int, **more: Any) -> dict[str, Any]:
    created = NOW - timedelta(minutes=number)
    return {
        "objectID": str(40_000_000 + number),
        "title": f"Cameras that read plates, part {number}",
        "url": f"https://blog.example/plates/{number}",
        "author": "ada",
        "points": 3,
        "num_comments": 0,
        "story_text": None,
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "created_at_i": int(created.timestamp()),
        "_tags": ["story", "author_ada"],
        **more,
    }


def hits(*found: dict[str, Any], page: int = 0) -> dict[str, Any]:
    return {"hits": list(found), "nbHits": len(found), "page": page, "nbPages": 1, "hitsPerPage": 100}


async def test_hackernews_gives_stories_and_discussions_without_a_link(world) -> None:
    text = "<p>Has anyone seen <i>this</i>?</p>"
    world.service.answers = [hits(hit(1), hit(2, url=None, story_text=text, title="Ask HN: plate readers?"))]
    config = declared(world, "hackernews", """{ query = '"plate readers" & "cameras"' }""", path="/api/v1/search_by_date")
    polled = await world.ask(config)
    asked = world.service.asked[0]
    assert asked.path == "/api/v1/search_by_date"
    assert asked.query["query"] == '"plate readers" & "cameras"'
    assert asked.query["tags"] == "story"
    assert asked.query["numericFilters"] == f"created_at_i>{int((NOW - timedelta(days=7)).timestamp())}"
    question, story = polled.items
    assert (story.guid, story.url) == ("40000001", "https://blog.example/plates/1")
    assert story.date_published == NOW - timedelta(minutes=1)
    assert story.authors == ("ada",)
    assert question.url == "https://news.ycombinator.com/item?id=40000002"
    assert question.summary == "Has anyone seen this?"
    assert read_mark(polled.memory or "").date == NOW - timedelta(minutes=1)


async def test_hackernews_reads_on_while_pages_are_full(world) -> None:
    world.service.answers = [
        lambda asked: hits(*(hit(int(asked.query["page"]) * 100 + n) for n in range(100)), page=int(asked.query["page"]))
    ]
    polled = await world.ask(declared(world, "hackernews", '{ query = "plates" }'))
    assert [asked.query["page"] for asked in world.service.asked] == ["0", "1", "2"]
    assert len(polled.items) == 300


async def test_hackernews_that_does_not_answer_with_hits_is_an_error(world, reply) -> None:
    world.service.answers = [{"message": "Index does not exist", "status": 404}]
    with pytest.raises(DocumentError, match="answers with an error: Index does not exist"):
        await world.ask(declared(world, "hackernews", '{ query = "plates" }'))
    world.service.answers = [reply(429, "", Retry_After="3600")]
    with pytest.raises(FetchError) as told:
        await world.ask(declared(world, "hackernews", '{ query = "plates" }'))
    assert told.value.throttled
    assert told.value.retry_after == 3600


# ---------------------------------------------------------------- GDELT


def gdelt_article(number: int) -> dict[str, Any]:
    return {
        "url": f"https://courier.example/{number}",
        "url_mobile": "",
        "title": f"Council buys readers , part {number}",
        "seendate": (NOW - timedelta(minutes=15 * number)).strftime("%Y%m%dT%H%M%SZ"),
        "socialimage": "",
        "domain": "courier.example",
        "language": "English",
        "sourcecountry": "United States",
    }


async def test_gdelt_gives_articles_with_outlet_language_and_date(world) -> None:
    world.service.answers = [{"articles": [gdelt_article(1), {**gdelt_article(2), "language": "Spanish"}]}]
    config = declared(world, "gdelt", """{ query = '"license plate reader" sourcelang:english' }""")
    polled = await world.ask(config)
    query = world.service.asked[0].query
    assert (query["mode"], query["format"], query["maxrecords"], query["sort"]) == ("artlist", "json", "250", "datedesc")
    assert query["startdatetime"] == "20260309120000"
    newest = polled.items[-1]
    assert (newest.outlet, newest.language) == ("courier.example", "en")
    assert newest.date_published == NOW - timedelta(minutes=15)
    assert polled.items[0].language == "es"
    await world.ask(config, polled.memory or "")
    assert world.service.asked[1].query["startdatetime"] == "20260310094500"


async def test_gdelt_that_finds_nothing_says_so_with_an_empty_object(world) -> None:
    world.service.answers = [{}]
    polled = await world.ask(declared(world, "gdelt", '{ query = "plates" }'))
    assert (polled.items, polled.notes) == ((), ())


async def test_gdelt_that_wants_fewer_requests_says_so_in_words(world, reply) -> None:
    words = "Please limit requests to one every 5 seconds or contact us for larger queries.\n"
    for answer in (words, reply(429, words)):
        world.service.answers = [answer]
        with pytest.raises(FetchError) as told:
            await world.ask(declared(world, "gdelt", '{ query = "plates" }'))
        assert told.value.throttled
    world.service.answers = ["Your query was too short or too long.\n"]
    with pytest.raises(DocumentError, match=r"in words where JSON was expected: Your query was too short or too long\."):
        await world.ask(declared(world, "gdelt", '{ query = "a" }'))


async def test_gdelt_that_changed_is_no_empty_success(world) -> None:
    world.service.answers = [{"items": []}]
    with pytest.raises(DocumentError, match="There is no list"):
        await world.ask(declared(world, "gdelt", '{ query = "plates" }'))


async def test_gdelt_with_a_full_answer_may_have_left_some_out(world) -> None:
    world.service.answers = [{"articles": [gdelt_article(number) for number in range(250)]}]
    polled = await world.ask(declared(world, "gdelt", '{ query = "police" }'), json.dumps({"date": "2026-03-10T11:00:00Z"}))
    assert any("250 entries" in note for note in polled.notes)


# ---------------------------------------------------------------- Federal Register


def document(number: int) -> dict[str, Any]:
    return {
        "document_number": f"2026-0{number}",
        "title": f"Collection of Biometric Data, part {number}",
        "type": "Proposed Rule",
        "abstract": f"The Department of Harbours proposes part {number}.",
        "html_url": f"https://www.federalregister.gov/documents/2026/03/0{number}/2026-0{number}/collection",
        "publication_date": f"2026-03-0{number}",
        "agencies": [{"raw_name": "DEPARTMENT OF HARBOURS", "name": "Harbours Department", "id": 1}],
    }


async def test_federal_register_gives_documents_with_their_agencies(world) -> None:
    world.service.answers = [
        {
            "description": "Documents matching 'biometric'",
            "count": 3,
            "total_pages": 2,
            "next_page_url": world.service.url + "/api/v1/documents.json?page=2",
            "results": [document(5), document(4)],
        },
        {"count": 3, "total_pages": 2, "results": [document(3)]},
    ]
    config = declared(
        world,
        "federal_register",
        '{ query = "biometric data", agencies = ["harbours-department"], types = ["PRORULE", "RULE"] }',
        path="/api/v1/documents.json",
    )
    polled = await world.ask(config)
    query = world.service.asked[0].query
    assert query["conditions[term]"] == "biometric data"
    assert query.getall("conditions[agencies][]") == ["harbours-department"]
    assert query.getall("conditions[type][]") == ["PRORULE", "RULE"]
    assert query["conditions[publication_date][gte]"] == "2026-02-24"
    assert "abstract" in query.getall("fields[]")
    assert len(polled.items) == 3
    newest = polled.items[-1]
    assert (newest.guid, newest.outlet, newest.authors) == ("2026-05", "Federal Register", ("Harbours Department",))
    assert newest.tags == ("Proposed Rule",)
    assert newest.date_published == datetime(2026, 3, 5, tzinfo=UTC)
    await world.ask(config, polled.memory or "")
    assert world.service.asked[2].query["conditions[publication_date][gte]"] == "2026-03-01"


async def test_federal_register_without_a_find_may_lack_the_list(world) -> None:
    world.service.answers = [{"description": "Documents matching 'x'", "count": 0}]
    assert (await world.ask(declared(world, "federal_register", '{ query = "x" }'))).items == ()
    world.service.answers = [{"errors": {"conditions": "are not valid"}}]
    with pytest.raises(DocumentError, match="answers with an error"):
        await world.ask(declared(world, "federal_register", '{ agencies = ["nobody"] }'))


# ---------------------------------------------------------------- MuckRock


def request_of(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Plate reader contracts, part {number}",
        "requested_docs": f"All contracts about plate readers of district {number}.",
        "slug": "plate-reader-contracts",
        "status": "processed",
        "agency": 2,
        "embargo_status": "public",
        "user": 3,
        "datetime_submitted": f"2026-03-0{number}T07:08:48.911320-05:00",
        "datetime_updated": f"2026-03-0{number}T09:00:01.355367-05:00",
        "datetime_done": None,
        "tracking_id": "",
        "price": "0.00",
        "tags": ["alpr"],
    }


async def test_muckrock_gives_requests_until_those_it_knows(world) -> None:
    world.service.answers = [
        {"next": world.service.url + "/api_v2/requests/?page=2", "previous": None, "results": [request_of(9), request_of(8)]},
        {"next": None, "previous": None, "results": [request_of(7)]},
    ]
    polled = await world.ask(declared(world, "muckrock", '{ query = "plate reader", status = "processed" }'))
    query = world.service.asked[0].query
    assert (query["search"], query["status"], query["ordering"]) == ("plate reader", "processed", "-datetime_submitted")
    assert "Authorization" not in world.service.asked[0].headers
    newest = polled.items[-1]
    assert newest.date_published == datetime(2026, 3, 9, 12, 8, 48, tzinfo=UTC)
    assert (newest.summary, newest.tags) == ("All contracts about plate readers of district 9.", ("alpr",))
    assert newest.url == "https://www.muckrock.com/api_v2/requests/9/"
    assert len(polled.items) == 3


async def test_muckrock_with_a_token_sends_it_as_bearer(world, reply) -> None:
    world.service.answers = [{"next": None, "results": []}]
    await world.ask(declared(world, "muckrock", "{ agency = 2 }", secret=True), secret=KEY)
    assert world.service.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    world.service.answers = [reply(401, {"detail": "Given token not valid"})]
    with pytest.raises(FetchError, match="WATCHLAMP_SECRET_KEY") as told:
        await world.ask(declared(world, "muckrock", "{ agency = 2 }", secret=True), secret=KEY)
    assert KEY not in str(told.value)


# ---------------------------------------------------------------- Congress.gov


def bill(number: int, kind: str = "HR", **more: Any) -> dict[str, Any]:
    return {
        "congress": 119,
        "latestAction": {"actionDate": "2026-03-07", "text": "Referred to the Committee on Harbours."},
        "number": str(number),
        "originChamber": "House",
        "originChamberCode": "H",
        "title": f"Plate Reader Limits Act, part {number}",
        "type": kind,
        "updateDate": "2026-03-08",
        "updateDateIncludingText": "2026-03-08T09:10:11Z",
        "url": f"https://api.congress.gov/v3/bill/119/hr/{number}?format=json",
        **more,
    }


async def test_congress_gives_bills_with_their_latest_action_and_page(world) -> None:
    world.service.answers = [
        {
            "bills": [bill(1), bill(2, "SJRES")],
            "pagination": {"count": 3, "next": world.service.url + "/v3/bill/119?offset=2&limit=2&format=json"},
            "request": {"contentType": "application/json", "format": "json"},
        },
        {"bills": [bill(3, "S", congress=121)], "pagination": {"count": 3}},
    ]
    config = declared(world, "congress", "{ congress = 119 }", path="/v3/bill/119", secret=True)
    polled = await world.ask(config, secret=KEY)
    first, second = world.service.asked
    assert (first.query["api_key"], second.query["api_key"]) == (KEY, KEY)
    assert (first.query["sort"], first.query["limit"]) == ("updateDate desc", "250")
    assert first.query["fromDateTime"] == "2026-03-07T12:00:00Z"
    items = {item.title: item for item in polled.items}
    house = items["HR 1: Plate Reader Limits Act, part 1"]
    assert house.guid == "119/HR/1/2026-03-07"
    assert house.url == "https://www.congress.gov/bill/119th-congress/house-bill/1"
    assert house.summary == "Referred to the Committee on Harbours."
    assert items["SJRES 2: Plate Reader Limits Act, part 2"].url == (
        "https://www.congress.gov/bill/119th-congress/senate-joint-resolution/2"
    )
    assert items["S 3: Plate Reader Limits Act, part 3"].url == "https://www.congress.gov/bill/121st-congress/senate-bill/3"
    assert KEY not in repr(polled)
    assert read_mark(polled.memory or "").date == datetime(2026, 3, 8, 9, 10, 11, tzinfo=UTC)


async def test_a_bill_s_next_action_is_an_item_of_its_own(house, world) -> None:
    config = declared(world, "congress", "{ congress = 119 }", secret=True)
    house.secrets["KEY"] = KEY
    await house.declare(config)
    world.service.answers = [{"bills": [bill(1)], "pagination": {}}]
    await house.poll()
    later = bill(
        1, latestAction={"actionDate": "2026-03-10", "text": "Passed House."}, updateDateIncludingText="2026-03-10T11:00:00Z"
    )
    world.service.answers = [{"bills": [later], "pagination": {}}]
    assert (await house.poll())["congress"].new == 1


async def test_congress_refuses_a_wrong_key_and_too_many(world, reply) -> None:
    config = declared(world, "congress", "{ congress = 119 }", secret=True)
    world.service.answers = [
        reply(403, {"error": {"code": "API_KEY_INVALID", "message": f"An invalid api_key {KEY} was supplied."}})
    ]
    with pytest.raises(FetchError, match="WATCHLAMP_SECRET_KEY") as told:
        await world.ask(config, secret=KEY)
    assert KEY not in str(told.value)
    world.service.answers = [reply(429, {"error": {"code": "OVER_RATE_LIMIT"}}, X_RateLimit_Remaining="0")]
    with pytest.raises(FetchError) as told:
        await world.ask(config, secret=KEY)
    assert told.value.throttled


# ---------------------------------------------------------------- LegiScan


def found_bill(number: int, change: str = "76132191") -> dict[str, Any]:
    return {
        "relevance": 100 - number,
        "state": "WA",
        "bill_number": f"HB{number}",
        "bill_id": 1_500_000 + number,
        "change_hash": f"{change}{number}",
        "url": f"https://legiscan.com/WA/bill/HB{number}/2026",
        "text_url": f"https://legiscan.com/WA/text/HB{number}/2026",
        "research_url": f"https://legiscan.com/WA/research/HB{number}/2026",
        "last_action_date": "2026-03-09",
        "last_action": "Executive action taken in the House Committee on Harbours.",
        "title": f"Concerning plate readers, part {number}.",
    }


def searchresult(*bills: dict[str, Any]) -> dict[str, Any]:
    summary = {
        "page": "1 of 1",
        "range": "1 - 2",
        "relevancy": "100% - 99%",
        "count": len(bills),
        "page_current": 1,
        "page_total": 1,
    }
    return {"status": "OK", "searchresult": {"summary": summary, **{str(i): each for i, each in enumerate(bills)}}}


async def test_legiscan_gives_bills_out_of_its_numbered_object(world) -> None:
    world.service.answers = [searchresult(found_bill(1), found_bill(2))]
    polled = await world.ask(declared(world, "legiscan", """{ query = '"plate reader"', state = "WA" }""", secret=True), secret=KEY)
    query = world.service.asked[0].query
    assert (query["key"], query["op"], query["state"], query["query"]) == (KEY, "getSearch", "WA", '"plate reader"')
    assert query["page"] == "1"
    assert {item.title for item in polled.items} == {
        "WA HB1: Concerning plate readers, part 1.",
        "WA HB2: Concerning plate readers, part 2.",
    }
    assert polled.items[0].url in {"https://legiscan.com/WA/bill/HB1/2026", "https://legiscan.com/WA/bill/HB2/2026"}
    assert polled.items[0].summary == "Executive action taken in the House Committee on Harbours."
    assert len(world.service.asked) == 1


async def test_legiscan_bills_that_changed_are_told_by_their_change_hash(house, world) -> None:
    house.secrets["KEY"] = KEY
    await house.declare(declared(world, "legiscan", '{ query = "plates" }', secret=True))
    world.service.answers = [searchresult(found_bill(1), found_bill(2))]
    assert (await house.poll())["legiscan"].new == 2
    assert (await house.poll())["legiscan"].new == 0
    world.service.answers = [searchresult(found_bill(1, "99999999"), found_bill(2))]
    assert (await house.poll())["legiscan"].new == 1


async def test_legiscan_reads_on_while_pages_are_full(world) -> None:
    world.service.answers = [
        searchresult(*(found_bill(number) for number in range(50))),
        searchresult(*(found_bill(number) for number in range(50, 60))),
    ]
    polled = await world.ask(declared(world, "legiscan", '{ query = "plates" }', secret=True), secret=KEY)
    assert [asked.query["page"] for asked in world.service.asked] == ["1", "2"]
    assert len(polled.items) == 60


async def test_legiscan_errors_come_with_200_and_are_errors(world) -> None:
    world.service.answers = [{"status": "ERROR", "alert": {"message": f"Invalid API Key {KEY}"}}]
    with pytest.raises(DocumentError, match="answers with an error: Invalid API Key") as told:
        await world.ask(declared(world, "legiscan", '{ query = "plates" }', secret=True), secret=KEY)
    assert KEY not in str(told.value)
    world.service.answers = [{"status": "ERROR"}]
    with pytest.raises(DocumentError, match="an error without words"):
        await world.ask(declared(world, "legiscan", '{ query = "plates" }', secret=True), secret=KEY)


# ---------------------------------------------------------------- Bluesky


def post(number: int) -> dict[str, Any]:
    date = (NOW - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "uri": f"at://did:plc:abc/app.bsky.feed.post/3k{number}",
        "cid": f"bafy{number}",
        "author": {"did": "did:plc:abc", "handle": "ada.example", "displayName": "Ada"},
        "record": {
            "$type": "app.bsky.feed.post",
            "text": f"Our town buys plate readers, part {number}",
            "langs": ["en"],
            "createdAt": date,
            "tags": ["alpr"],
        },
        "replyCount": 0,
        "indexedAt": date,
    }


class Bluesky:
    """The methods of an AT Protocol server that the preset asks, tokens that run out included."""

    def __init__(self) -> None:
        self.sessions = 0
        self.renewals = 0
        self.good = ""
        self.refresh = ""
        self.pages: list[dict[str, Any]] = [{"posts": [post(1), post(2)]}]
        self.password = "app-canary"
        self.refused = 401

    def answer(self, asked):
        token = asked.headers.get("Authorization", "")
        if asked.path == "/xrpc/com.atproto.server.createSession":
            assert asked.method == "POST"
            document = json.loads(asked.body)
            if document != {"identifier": "ada.example", "password": self.password}:
                return web.json_response(
                    {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, status=401
                )
            self.sessions += 1
            return self._session()
        if asked.path == "/xrpc/com.atproto.server.refreshSession":
            if token != f"Bearer {self.refresh}":
                return web.json_response({"error": "ExpiredToken"}, status=400)
            self.renewals += 1
            return self._session()
        if token != f"Bearer {self.good}":
            return web.json_response({"error": "ExpiredToken", "message": "Token has expired"}, status=self.refused)
        return self.pages[0] if len(self.pages) == 1 else self.pages.pop(0)

    def _session(self) -> dict[str, Any]:
        number = self.sessions + self.renewals
        self.good, self.refresh = f"access-{number}", f"refresh-{number}"
        return {"did": "did:plc:abc", "handle": "ada.example", "accessJwt": self.good, "refreshJwt": self.refresh}


@pytest.fixture
def bluesky(world) -> Bluesky:
    server = Bluesky()
    world.service.answers = [server.answer]
    return server


def watched(world):
    return declared(
        world, "bluesky", """{ query = '"plate readers"', language = "en" }""", path="/xrpc/app.bsky.feed.searchPosts", secret=True
    )


ACCOUNT = "ada.example:app-canary"


async def test_bluesky_signs_in_once_and_gives_posts_with_their_page(world, bluesky) -> None:
    polled = await world.ask(watched(world), secret=ACCOUNT)
    asked = world.service.asked[-1]
    assert (asked.query["q"], asked.query["lang"], asked.query["sort"]) == ('"plate readers"', "en", "latest")
    assert asked.query["since"] == "2026-03-09T12:00:00Z"
    newest = polled.items[-1]
    assert newest.title == "Our town buys plate readers, part 1"
    assert newest.url == "https://bsky.app/profile/did:plc:abc/post/3k1"
    assert (newest.guid, newest.authors, newest.language) == ("at://did:plc:abc/app.bsky.feed.post/3k1", ("Ada",), "en")
    assert newest.outlet == "Bluesky"
    await world.ask(watched(world), polled.memory or "", secret=ACCOUNT)
    assert bluesky.sessions == 1
    assert "canary" not in repr(polled)
    assert "access-" not in repr(polled)
    assert "access-" not in (polled.memory or "")


async def test_bluesky_follows_the_cursor(world, bluesky) -> None:
    bluesky.pages = [{"posts": [post(1)], "cursor": "100"}, {"posts": [post(2)]}]
    assert len((await world.ask(watched(world), secret=ACCOUNT)).items) == 2
    assert world.service.asked[-1].query["cursor"] == "100"


@pytest.mark.parametrize("status", [400, 401])
async def test_a_token_that_ran_out_is_renewed(world, bluesky, monkeypatch, status: int) -> None:
    monkeypatch.setattr("bot.sources.sessions.FRESH", 0.0)
    bluesky.refused = status
    await world.ask(watched(world), secret=ACCOUNT)
    bluesky.good = "another"
    assert len((await world.ask(watched(world), secret=ACCOUNT)).items) == 2
    assert (bluesky.sessions, bluesky.renewals) == (1, 1)


async def test_a_session_that_cannot_be_renewed_is_begun_anew(world, bluesky, monkeypatch) -> None:
    monkeypatch.setattr("bot.sources.sessions.FRESH", 0.0)
    await world.ask(watched(world), secret=ACCOUNT)
    bluesky.good = bluesky.refresh = "another"
    assert len((await world.ask(watched(world), secret=ACCOUNT)).items) == 2
    assert (bluesky.sessions, bluesky.renewals) == (2, 0)


async def test_a_token_refused_at_once_is_not_renewed_for_ever(world, bluesky) -> None:
    await world.ask(watched(world), secret=ACCOUNT)
    before = len(world.service.asked)
    bluesky.good = "another"
    with pytest.raises(FetchError, match="401"):
        await world.ask(watched(world), secret=ACCOUNT)
    assert len(world.service.asked) == before + 1


async def test_a_wrong_app_password_is_told_without_it(world, bluesky) -> None:
    for secret in ("ada.example:wrong-canary", "no-colon-canary", ":canary", "canary:"):
        with pytest.raises(FetchError) as told:
            await world.ask(watched(world), secret=secret)
        assert "canary" not in str(told.value)
        assert "assword" in str(told.value)
        assert "WATCHLAMP_SECRET_KEY" in str(told.value)


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"accessJwt": 1, "refreshJwt": "x"}', b'{"accessJwt": "a\\nb", "refreshJwt": "x"}', b"[" * 9999]
)
async def test_an_answer_to_signing_in_without_a_token_is_told(world, answer: bytes) -> None:
    world.service.answers = [answer]
    with pytest.raises(FetchError, match="holds no token"):
        await world.ask(watched(world), secret=ACCOUNT)


async def test_a_server_that_is_down_is_not_taken_for_a_wrong_password(world, reply) -> None:
    world.service.answers = [reply(503, "", Retry_After="60")]
    with pytest.raises(FetchError) as told:
        await world.ask(watched(world), secret=ACCOUNT)
    assert (told.value.status, told.value.retry_after) == (503, 60)
    assert "password" not in str(told.value)


async def test_bluesky_that_refuses_a_search_is_an_error(world, bluesky) -> None:
    bluesky.pages = [{"error": "BadQueryString", "message": "Query is malformed"}]
    with pytest.raises(DocumentError, match="Query is malformed"):
        await world.ask(watched(world), secret=ACCOUNT)


# ---------------------------------------------------------------- Mastodon


def status(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(113_000_000_000 + number),
        "created_at": (NOW - timedelta(hours=100 - number)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edited_at": None,
        "spoiler_text": "",
        "language": "en",
        "uri": f"https://harbour.example/users/ada/statuses/{number}",
        "url": f"https://harbour.example/@ada/{number}",
        "content": f"<p>Our town buys plate readers, part {number}. <a href='https://x.example'>More</a></p><p>Read on.</p>",
        "account": {"display_name": "Ada", "acct": "ada@harbour.example"},
        "tags": [{"name": "alpr", "url": "https://harbour.example/tags/alpr"}],
        **more,
    }


def tagged(world):
    return declared(world, "mastodon", '{ server = "harbour.example", tag = "alpr" }', path="/api/v1/timelines/tag/alpr")


async def test_mastodon_gives_posts_whose_first_words_are_their_title(world) -> None:
    world.service.answers = [[status(3), status(2, spoiler_text="Plate readers")], []]
    polled = await world.ask(tagged(world))
    warned, plain = polled.items
    assert plain.title.startswith("Our town buys plate readers, part 3.")
    assert warned.title == "Plate readers"
    assert (plain.url, plain.guid) == ("https://harbour.example/@ada/3", "https://harbour.example/users/ada/statuses/3")
    assert (plain.authors, plain.tags, plain.outlet) == (("Ada",), ("alpr",), "Mastodon")
    assert "<" not in plain.summary + plain.content_text
    assert [asked.query.get("max_id") for asked in world.service.asked] == [None, "113000000002"]


async def test_mastodon_reads_back_to_what_it_knows_and_no_further(world) -> None:
    def answer(asked):
        below = int(asked.query.get("max_id", "113000000099")) - 113_000_000_000
        return [status(number) for number in range(below - 1, below - 11, -1)]

    world.service.answers = [answer]
    first = await world.ask(tagged(world))
    assert len(world.service.asked) == 5
    world.service.asked.clear()
    await world.ask(tagged(world), first.memory or "")
    assert len(world.service.asked) == 1


async def test_mastodon_that_wants_a_token_or_a_pause_says_so(world, reply) -> None:
    world.service.answers = [reply(401, {"error": "This method requires an authenticated user"})]
    with pytest.raises(FetchError, match="It wants a key"):
        await world.ask(tagged(world))
    world.service.answers = [reply(429, {"error": "Too many requests"}, X_RateLimit_Remaining="0")]
    with pytest.raises(FetchError) as told:
        await world.ask(tagged(world))
    assert told.value.throttled
    world.service.answers = [{"error": "Record not found"}]
    with pytest.raises(DocumentError, match="Record not found"):
        await world.ask(tagged(world))


# ---------------------------------------------------------------- feeds by an address pattern


ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xmlns:yt="http://www.youtube.com/xml/schemas/2015">
<title>{title}</title>{entries}</feed>"""


async def test_reddit_gives_posts_and_keeps_its_distance(world, reply) -> None:
    entry = (
        "<entry><author><name>/u/ada</name></author><id>t3_abc</id><link href='https://www.reddit.com/r/privacy/comments/abc/x/'/>"
        "<updated>2026-03-10T09:00:00+00:00</updated><published>2026-03-10T09:00:00+00:00</published><title>Plate readers</title>"
        "<content type='html'>&lt;p&gt;They are back&lt;/p&gt;</content></entry>"
    )
    world.service.answers = [reply(200, ATOM.format(title="privacy", entries=entry), Content_Type="application/atom+xml")]
    pauses: list[float] = []
    world.fetcher.ask_for_pause = lambda url, seconds: pauses.append(seconds)
    config = declared(world, "reddit", '{ subreddit = "privacy", query = "plate readers" }', path="/r/privacy/search.rss")
    assert config.options.pause == 0
    polled = await world.ask(replace(config, options=replace(config.options, pause=60.0)))
    assert dict(world.service.asked[0].query) == {"q": "plate readers", "sort": "new", "restrict_sr": "on"}
    assert [(item.title, item.guid) for item in polled.items] == [("Plate readers", "t3_abc")]
    assert pauses == [60.0]


@pytest.mark.parametrize("status_code", [403, 429])
async def test_reddit_that_blocks_is_left_alone_for_a_while(world, reply, status_code: int) -> None:
    config = declared(world, "reddit", '{ subreddit = "privacy" }', path="/r/privacy/new/.rss")
    world.service.answers = [reply(status_code, "blocked")]
    with pytest.raises(FetchError) as told:
        await world.ask(config)
    assert told.value.throttled
    if status_code == 403:
        assert told.value.retry_after == 1800
    world.service.answers = [reply(404, "gone")]
    with pytest.raises(FetchError) as told:
        await world.ask(config)
    assert not told.value.throttled


async def test_github_releases_are_read_with_validators(world, reply) -> None:
    entry = (
        "<entry><id>tag:github.com,2008:Repository/1/v2.0</id><updated>2026-03-09T10:00:00Z</updated>"
        "<link rel='alternate' type='text/html' href='https://github.com/owner/project/releases/tag/v2.0'/><title>v2.0</title>"
        "<content type='html'>&lt;p&gt;Reads plates&lt;/p&gt;</content><author><name>ada</name></author></entry>"
    )
    world.service.answers = [reply(200, ATOM.format(title="Release notes from project", entries=entry), ETag='W/"1"'), reply(304)]
    config = declared(world, "github_releases", '{ repository = "owner/project" }', path="/owner/project/releases.atom")
    polled = await world.ask(config)
    assert [item.title for item in polled.items] == ["v2.0"]
    assert (await world.ask(config, etag=polled.etag)).not_modified


async def test_youtube_s_videos_are_read_and_its_hiccups_are_failures(world, reply) -> None:
    entry = (
        "<entry><id>yt:video:abc</id><yt:videoId>abc</yt:videoId><title>Council meeting</title>"
        "<link rel='alternate' href='https://www.youtube.com/watch?v=abc'/><published>2026-03-09T10:00:00+00:00</published>"
        "<media:group><media:title>Council meeting</media:title><media:description>Item 4: plate readers</media:description>"
        "</media:group></entry>"
    )
    world.service.answers = [ATOM.format(title="Harbour City Council", entries=entry)]
    config = declared(world, "youtube", '{ channel = "UC0123456789abcdefghijkl" }', path="/feeds/videos.xml")
    polled = await world.ask(config)
    assert world.service.asked[0].query["channel_id"] == "UC0123456789abcdefghijkl"
    item = polled.items[0]
    assert (item.title, item.url) == ("Council meeting", "https://www.youtube.com/watch?v=abc")
    assert "plate readers" in item.summary + item.content_text
    for code in (404, 500):
        world.service.answers = [reply(code)]
        with pytest.raises(FetchError) as told:
            await world.ask(config)
        assert told.value.reason == "status"


def google(*items: tuple[str, str, str]) -> str:
    entries = "".join(
        f"<item><title>{title} - {outlet}</title><link>https://news.google.com/rss/articles/{opaque}?oc=5</link>"
        f'<guid isPermaLink="false">{opaque}</guid><pubDate>Tue, 10 Mar 2026 08:00:00 GMT</pubDate>'
        f'<description>&lt;a href="x"&gt;{title}&lt;/a&gt;</description><source url="https://courier.example">{outlet}</source></item>'
        for title, outlet, opaque in items
    )
    return f'<rss version="2.0"><channel><title>Google News</title>{entries}</channel></rss>'


async def test_google_news_gives_titles_without_their_publisher_and_knows_them_under_new_links(world) -> None:
    config = declared(world, "google_news", """{ query = '"plate readers" police', when = "1d" }""", path="/rss/search")
    world.service.answers = [
        google(
            ("Readers - and no end", "The Courier", "CBMi1"),
            ("Readers banned", "The Herald", "CBMi2"),
            ("Same", "The Post", "CBMi3"),
            ("Same", "The Post", "CBMi4"),
        ),
        google(("Readers - and no end", "The Courier", "CBMi9")),
    ]
    first = await world.ask(config)
    query = world.service.asked[0].query
    assert dict(query) == {"q": '"plate readers" police when:1d', "hl": "en-US", "gl": "US", "ceid": "US:en"}
    assert {(item.title, item.outlet) for item in first.items} == {
        ("Readers - and no end", "The Courier"),
        ("Readers banned", "The Herald"),
        ("Same", "The Post"),
    }
    second = await world.ask(config)
    assert {item.id for item in second.items} < {item.id for item in first.items}


async def test_google_news_that_blocks_is_left_alone(world, reply) -> None:
    world.service.answers = [reply(403)]
    with pytest.raises(FetchError) as told:
        await world.ask(declared(world, "google_news", '{ query = "x" }'))
    assert told.value.throttled


async def test_a_google_alert_gives_the_publisher_s_own_link(world) -> None:
    entry = (
        "<entry><id>tag:google.com,2013:googlealerts/feed:1</id><title type='html'>Town buys &lt;b&gt;readers&lt;/b&gt;</title>"
        "<link href='https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://courier.example/readers&amp;ct=ga&amp;usg=x'/>"
        "<published>2026-03-10T09:00:00Z</published><updated>2026-03-10T09:00:00Z</updated>"
        "<content type='html'>The town &lt;b&gt;bought&lt;/b&gt; them.</content><author><name/></author></entry>"
    )
    world.service.answers = [ATOM.format(title="Google Alert - plate readers", entries=entry)]
    config = world.declared('[[sources]]\nid = "alert"\nkind = "google_alerts"\nurl = "SERVICE/alerts/feeds/1/2"\n')
    assert config.kind == "feed"
    item = (await world.ask(config)).items[0]
    assert (item.title, item.url) == ("Town buys readers", "https://courier.example/readers")


# ---------------------------------------------------------------- what holds for all of them

OPTIONS = {
    "hackernews": '{ query = "x" }',
    "gdelt": '{ query = "x" }',
    "federal_register": '{ query = "x" }',
    "muckrock": '{ query = "x" }',
    "congress": "{ congress = 119 }",
    "legiscan": '{ query = "x" }',
    "mastodon": '{ server = "harbour.example", tag = "x" }',
    "reddit": '{ query = "x" }',
    "github_releases": '{ repository = "a/b" }',
    "youtube": '{ channel = "UC0123456789abcdefghijkl" }',
    "google_news": '{ query = "x" }',
    "google_alerts": "{}",
}


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("seconds", [120, 85_774])
async def test_every_service_may_say_for_how_long_it_wants_to_be_left_alone(world, reply, kind: str, seconds: int) -> None:
    world.service.answers = [reply(429, "Too many requests", Retry_After=str(seconds))]
    config = declared(world, kind, OPTIONS[kind], secret=bool(PRESETS[kind].preset.key))
    with pytest.raises(FetchError) as told:
        await world.ask(config, secret=KEY if config.secret else None)
    assert told.value.throttled
    assert told.value.retry_after == seconds
    assert KEY not in str(told.value)


@pytest.mark.parametrize("kind", OPTIONS)
async def test_a_login_page_is_no_empty_list_for_any_service(world, reply, kind: str) -> None:
    world.service.answers = [reply(200, "<!doctype html><html><body>Log in</body></html>", Content_Type="text/html")]
    config = declared(world, kind, OPTIONS[kind], secret=bool(PRESETS[kind].preset.key))
    with pytest.raises(DocumentError, match="web page"):
        await world.ask(config, secret=KEY if config.secret else None)


def test_every_preset_is_served_here() -> None:
    assert set(PRESETS) == {*OPTIONS, "bluesky"}
