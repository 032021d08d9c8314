"""Formats are told from how newsrooms mark them, not from what an article is about."""

from __future__ import annotations

import pytest

from bot.core.model import Format
from bot.stories import formats
from bot.stories.formats import format_of, stands_beside


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Council votes to end plate reader contract", Format.NEWS),
        ("Opinion: the cameras must go", Format.OPINION),
        ("We should take the cameras down", Format.OPINION),
        ("The cameras must go | Editorial", Format.OPINION),
        ("Here’s why the vote matters", Format.OPINION),
        ("What you need to know about plate readers", Format.EXPLAINER),
        ("How plate readers work", Format.EXPLAINER),
        ("Plate readers, explained", Format.EXPLAINER),
        ("Lens and Law podcast: the vote in Harbour City", Format.PODCAST),
        ("Gate Talk #212", Format.PODCAST),
        ("Surveillance round-up: bridges, drones and schools", Format.ROUNDUP),
        ("Week in review: cameras everywhere", Format.ROUNDUP),
        ("The best doorbell cameras of 2026", Format.ROUNDUP),
        ("Live: council votes on plate readers", Format.LIVE_BLOG),
        ("Live updates: hearing on plate readers", Format.LIVE_BLOG),
        ("Plate Reader Market Size to Reach New Highs", Format.MARKET_REPORT),
        ("Camera market will grow at a CAGR of 9 %", Format.MARKET_REPORT),
        ("Watch: the night the council voted", Format.VIDEO),
        ("Transparency report, first quarter", Format.TEMPLATE),
        ("CVE-2026-10001 in Gatelight firmware", Format.TEMPLATE),
        ("Public notice of surveillance hearing", Format.TEMPLATE),
        ("Notice of proposed rulemaking on plate readers", Format.TEMPLATE),
        ("Agenda posted for 8 June", Format.TEMPLATE),
        ("Minutes of the oversight board", Format.TEMPLATE),
        ("Request for proposals: plate readers", Format.TEMPLATE),
        ("Northmere City Council regular meeting", Format.TEMPLATE),
        ("Special meeting of the police commission", Format.TEMPLATE),
        ("Planning commission agenda packet", Format.TEMPLATE),
        ("Minutes before the vote, the mayor left the council meeting", Format.NEWS),
        ("Council to meet on cameras", Format.NEWS),
        ("Police notice cameras missing from bridge", Format.NEWS),
        ("Residents fill hall as council hearing on cameras begins", Format.NEWS),
    ],
)
def test_a_title_names_its_format(title, expected):
    assert format_of(title, "", None) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ledger.example/opinion/cameras", Format.OPINION),
        ("https://ledger.example/podcasts/12", Format.PODCAST),
        ("https://ledger.example/live/vote", Format.LIVE_BLOG),
        ("https://ledger.example/newsletters/monday", Format.ROUNDUP),
        ("https://ledger.example/video/vote", Format.VIDEO),
        ("https://ledger.example/explainers/vote", Format.EXPLAINER),
        ("https://ledger.example/news/vote", Format.NEWS),
    ],
)
def test_an_address_names_its_format(url, expected):
    assert format_of("Council votes on cameras", "", url) is expected


def test_a_summary_names_the_format_where_nothing_else_does():
    assert format_of("Cameras on trial", "In this episode we ask who watches.", None) is Format.PODCAST
    assert format_of("Gate Talk: Cameras on trial", "On Gate Talk we ask who watches.", None) is Format.PODCAST
    assert format_of("Ada Quill: cameras are on trial", "The councillor spoke on Monday.", None) is Format.NEWS
    assert format_of("Cameras on trial", "Ada Quill and Ben Ito discuss the vote.", None) is Format.PODCAST
    assert format_of("Cameras on trial", "The top stories of the week.", None) is Format.ROUNDUP


def test_texts_of_their_own_stand_beside_reports_and_beside_each_other():
    assert stands_beside(Format.OPINION, Format.NEWS)
    assert stands_beside(Format.PODCAST, Format.PODCAST)
    assert stands_beside(Format.MARKET_REPORT, Format.NEWS)


def test_a_video_shares_the_story_of_its_event_and_two_write_ups_of_one_market_report_share_theirs():
    assert not stands_beside(Format.VIDEO, Format.NEWS)
    assert not stands_beside(Format.MARKET_REPORT, Format.MARKET_REPORT)


PATTERNS = (*formats._TITLE, *formats._URL, *formats._SUMMARY, *formats._TEMPLATE)
MARKS = (
    "live: x", "Live updates", "as it happened", "minute by minute", "market and its outlook", "market size", "CAGR",
    "report forecasts",
    "markets will reach", "podcasts", "Episode 4", "Ep. 4", "ep 12", "x #22", "listen: x", "radio show", "Audio: x", "roundup",
    "round-up", "news in brief", "morning brief", "newsletter", "digest", "blotter", "links for", "year in review",
    "what you may have missed", "best of the week", "this week's", "The week in", "The gate log 2027: x", "top cameras of 2027",
    "12 things", "Op-Ed: x", "Commentary: x", "letters to the editor: x", "Viewpoint - x", "Perspective | x", "My view: x",
    "Guest column: x", "x | Letters", "here's why", "we need to", "it’s time to", "explainer", "what to know", "what it all means",
    "why cameras", "a beginner's guide to", "Q & A", "interview: x", "FAQ", "should you", "the case against", "Watch: x",
    "x [video]",
    "/live-updates/", "/liveblog", "/podcasts/", "/episode-4", "/newsletter/", "/roundup/", "/digests/", "/op-ed/", "/commentary/",
    "/editorials/", "/letters/", "/columnists/", "/blog/opinion/", "/explainer/", "on this show", "this podcast", "podcast: hosts",
    "top stories of", "in this week's", "tl;dr", "CVE-2027-12345", "transparency report", "patch tuesday", "release notes",
    "version 1.2", "issue 12", "vol. 4", "volume 4", "v2.11", "x changed on 4 May 2027 at 10:10 UTC: y", "Legal notice",
    "Draft agenda", "minutes posted", "Invitations to bid: tenders", "call for bids", "Town board work session agenda",
    "Harbour council hearing", "Emergency session of", "Harbour commission minutes",
)  # fmt: skip


@pytest.mark.parametrize(
    "spell", [str, str.upper, str.title, lambda text: text.replace("i", "İ").replace("s", "ſ").replace("k", "K")]
)
def test_the_words_looked_for_first_hide_no_pattern_from_a_text(spell):
    texts = [spell(mark) for mark in MARKS]
    matched = {(sign.pattern.pattern, text) for sign in PATTERNS for text in texts if sign.pattern.search(text)}
    looked_for = {
        (sign.pattern.pattern, text) for sign in PATTERNS for text in texts if sign.stands_in(text, formats._folded(text))
    }
    assert looked_for == matched
    assert {pattern for pattern, _ in matched} == {sign.pattern.pattern for sign in PATTERNS}
