"""Every input that fuzzing broke something with, at its smallest: what it broke is mended, and stays so."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import pytest
from fuzzing.papers import URL
from fuzzing.slack_events import RESPONSE, SIGNING, enveloped, signed, slack
from fuzzing.target import NOW, is_sentence, shows_line, shows_text
from fuzzing.written import DECLARED, setting

from bot.core.declared import Declared, Sort
from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, FetchError, QueryError, UserInputError
from bot.core.sources import SourceConfig
from bot.net.guard import Policy, check_url
from bot.rules.query import parse
from bot.sandbox.jobs.courtlistener import read_courtlistener
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.legistar import read_legistar
from bot.sandbox.jobs.outlines import read_outlines
from bot.sandbox.jobs.page import read_page
from bot.sandbox.jobs.post import read_post
from bot.sandbox.jobs.watched import read_watched
from bot.sources.entry import Entries
from bot.text.urls import canonical_url


@pytest.mark.parametrize("reference", ["&#xD800;", "&#99999999999999999999;", "&#x110000;"])
def test_a_reference_to_no_character_costs_a_broken_feed_none_of_its_entries(reference: str) -> None:
    broken = f"<rss><channel><item><title>One{reference} & two</title></item><item><title>Three</title></item></channel>"
    document = parse_feed(broken.encode(), URL, None)
    assert [entry.title for entry in document.entries] == ["One\ufffd & two", "Three"]


def test_a_charset_with_a_nul_in_its_name_is_none() -> None:
    feed = "<?xml version='1.0' encoding='latin-1'?><rss><channel><item><title>Caf\u00e9</title></item></channel></rss>".encode(
        "latin-1"
    )
    assert parse_feed(feed, URL, "text/xml; charset=\0").entries[0].title == "Caf\u00e9"
    with pytest.raises(DocumentError, match="no text in the encoding"):
        parse_feed(b"<?xml version='1.0' encoding='a\0b'?><rss><channel><title>x</title></channel></rss>", URL, None)


def test_a_control_character_behind_an_excluded_part_costs_no_page_its_words() -> None:
    html = b"<html><body><p>one</p><nav>menu</nav>two \x01 three<nav>more</nav><p>" + b"four " * 9 + b"</p></body></html>"
    page = read_watched(data=html, url=URL, content_type="text/html", selector="body", exclude=["nav"], ignore=[], entries=False)
    assert page.lines == ("one", "two three", "four four four four four four four four four")


def test_a_control_character_behind_a_teaser_costs_no_article_its_words() -> None:
    prose = "The council of Northmere voted six to three on Tuesday to end its contract with Gatelight, whose cameras read plates. "
    teaser = "<p>Also read: <a href='/x'>Another story</a></p>"
    html = f"<html><body><article><h1>Council votes</h1>{teaser}\x02<p>{prose * 3}</p>words\x03{teaser}\x04 and more</article></body></html>"
    assert prose.strip() in read_page(html.encode(), URL, "text/html").text


def test_a_citation_is_plain_text_like_everything_else_of_a_court() -> None:
    data = '{"results": [{"cluster_id": 3, "caseName": "N", "citation": ["1 U.S. \\u202e1", "\\u0001", "<b>2</b>"]}]}'
    found = read_courtlistener(data=data.encode(), what="o", base="https://court.example/api/")
    assert found.entries[0].summary_text == "Citation: 1 U.S. 1, 2."


def test_a_case_whose_address_is_none_costs_a_court_none_of_its_others() -> None:
    rows = [
        {"cluster_id": 3, "caseName": "", "absolute_url": "https://court.example\x1b]8;;x"},
        {"cluster_id": 4, "caseName": "A v. B"},
    ]
    found = read_courtlistener(data=json.dumps({"results": rows}).encode(), what="o", base="https://court.example/api/")
    assert any("A v. B" in (entry.title or "") for entry in found.entries)


def test_bytes_that_are_no_text_cost_a_list_only_their_own_line() -> None:
    data = b"<opml version='2.0'><body><outline text='\xed\xa0\x80' xmlUrl='https://a.example/'/><outline text='b' xmlUrl='https://b.example/f'/></body></opml>"
    assert "https://b.example/f" in [one.url for one in read_outlines(data).outlines]


def test_a_title_that_is_made_of_an_address_is_as_plain_as_any() -> None:
    entry = FeedEntry("", "https://news.example/\u202etxt.exe", None, None, None, None, None, "", "", (), (), None, None)
    entries = Entries(FeedDocument("", None, (entry,)), SourceConfig("s", "feed", URL), NOW)
    entries.add(entry)
    (item,) = entries.items()
    shows_line(item.title)
    assert item.title == "news.example/txt.exe"


def test_a_mistake_in_a_rule_shows_no_control_character_that_counts_as_a_blank() -> None:
    for text in ("(police \x1f drone", "O\x0bR", "\u0130s\x0ct", "the\x1dof"):
        with pytest.raises(QueryError) as told:
            parse(text)
        is_sentence(told.value)


def test_a_tag_without_end_is_none_at_a_council_either() -> None:
    row = {"MatterId": 7, "MatterTitle": "A resolution", "MatterTypeName": "x" * 300, "MatterBodyName": "Council"}
    found = read_legistar(json.dumps([row]).encode(), "matters", "harbour", "2026-03-10")
    assert all(len(tag) <= 200 for entry in found.entries for tag in entry.tags)


def test_the_address_of_an_agenda_turns_no_words_around() -> None:
    row = {
        "EventId": 2,
        "EventBodyName": "Council",
        "EventDate": "2026-03-12T00:00:00",
        "EventAgendaFile": "https://news.example/\u202e",
    }
    found = read_legistar(json.dumps([row]).encode(), "events", "harbour", "2026-03-10")
    shows_text(found.entries[0].summary_text)


def test_a_key_that_nobody_can_see_is_told_in_words_that_everybody_can() -> None:
    with pytest.raises(UserInputError, match="unknown key") as told:
        DECLARED.rule(Declared("slack:T1", Sort.RULE, "a", 1, {"query": "police", "\0\x1b[31m": 1}, "U1", NOW))
    is_sentence(told.value)


def test_the_address_of_a_post_has_one_line_or_there_is_none() -> None:
    post = [{"title": "T", "sourceUrl": "http://news.example/\nU.S.", "webUrl": " https://news.example/a ", "body": "<p>x</p>"}]
    assert read_post(json.dumps(post).encode()).entries[0].link == "https://news.example/a"


@pytest.mark.parametrize("zone", ["a/" * 4000, "<script>" * 1400, "../../etc/passwd", "Europe/Berlin\0", "Europe/__init__"])
def test_a_time_zone_that_is_none_is_refused_without_being_looked_for(zone: str) -> None:
    with pytest.raises(UserInputError, match="not a time zone") as told:
        setting({"timezone": zone})
    is_sentence(told.value)


@pytest.mark.parametrize("url", ["http://.:443/", "http://./", "http://../x"])
def test_an_address_whose_host_is_nothing_but_dots_has_none(url: str) -> None:
    with pytest.raises(FetchError, match="no readable host"):
        check_url(url, Policy())


@pytest.mark.parametrize("url", ["http://news.example/a%3%31p", "http://news.example/\ud800", "http://news.example/a/\udfff/b?c"])
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    once = canonical_url(url)
    assert once is not None
    assert canonical_url(once) == once


def test_an_address_in_a_zone_of_one_machine_is_nobodys() -> None:
    assert canonical_url("https://[fe80::1%25eth0\0]/") is None


# ---------------------------------------------------------------- payloads that are none of Slack's


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "event_callback", "event": True},
        {"type": "event_callback", "event": {"type": "message"}, "authorizations": {"a": 1}},
        {"type": "event_callback", "authorizations": "x", "team": 7},
        {"command": "/watch", "text": 0, "response_url": RESPONSE},
        {"type": "block_actions", "actions": "x", "user": {"id": {}}, "team": []},
        {"type": "view_submission", "view": [], "user": None},
    ],
)
def test_an_envelope_of_another_shape_is_acknowledged_and_costs_only_itself(payload: dict[str, Any]) -> None:
    enveloped(("interactive", payload, False))
    enveloped(
        (
            "slash_commands",
            {"command": "/watch", "text": "help", "team_id": "T1", "channel_id": "C1", "user_id": "U1", "response_url": RESPONSE},
            True,
        )
    )
    assert slack().line.sent, "what came after it is answered"


def test_a_signed_request_of_another_shape_is_no_fault_of_the_server() -> None:
    body = b"payload=%7B%22type%22%3A%20%22view_submission%22%2C%20%22response_urls%22%3A%20%22x%22%7D"
    stamp = str(int(NOW.timestamp()))
    right = "v0=" + hmac.new(SIGNING.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": right, "content-type": "application/x-www-form-urlencoded"}
    signed((body, headers, True, False))


def test_what_an_answer_raises_is_told_by_its_type_alone(capsys: pytest.CaptureFixture[str]) -> None:
    heard = slack()

    async def fails() -> None:
        raise ValueError("what somebody wrote")

    async def hear() -> None:
        await asyncio.wait({heard.connection._spawn(fails())})
        await asyncio.sleep(0)

    heard.run(hear())
    told = capsys.readouterr()
    assert "what somebody wrote" not in told.out + told.err
