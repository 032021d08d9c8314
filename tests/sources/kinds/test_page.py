"""The page kind against a site that is rebuilt, logs people out, breaks, and changes its mind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.core.kinds import PageOptions
from bot.core.model import TextState
from bot.net.robots import Robots
from bot.sources.page import SHOWN, Snapshot, compared, in_words

RULES = [f"Rule {number} of the harbour police says what a camera of kind {number} may be used for." for number in range(1, 11)]
LOGIN = "<html><body><h1>Log in</h1><form><input type='password' name='p'></form></body></html>"


def page(*lines: str, title: str = "Camera rules", head: str = "", around: str = "") -> str:
    body = "".join(f"<p>{line}</p>" for line in lines)
    start = f"<!doctype html><html lang='en-GB'><head><title>{title}</title>{head}</head>"
    return f"{start}<body>{around}<main>{body}</main></body></html>"


class Site:
    """A page, its robots.txt, and how it answers."""

    def __init__(self) -> None:
        self.body: str | bytes = page(*RULES)
        self.robots = ""
        self.status = 200
        self.headers: dict[str, str] = {}

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(text=self.robots)
        etag = self.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return web.Response(body=body, status=self.status, headers={"Content-Type": "text/html; charset=utf-8", **self.headers})


@pytest.fixture
def site(service) -> Site:
    made = Site()
    service.answer = made.answer
    return made


async def watch(desk, service, *, beside: str | None = None, outlet: str | None = None, **options: Any) -> None:
    await desk.declare("page", f"{service.base}/rules", PageOptions(**options), beside=beside, outlet=outlet)


# ---------------------------------------------------------------- a page watched as a whole


async def test_the_first_look_tells_nothing_and_a_change_is_told_in_words(desk, service, site) -> None:
    await watch(desk, service, selector="main")
    assert (await desk.poll()).baseline
    assert await desk.items() == []
    changed = RULES[2].replace("camera", "drone")
    site.body = page(*RULES[:2], changed, *RULES[3:9], "The department now keeps number plates for ninety days.")
    assert (await desk.poll()).new == 1
    (item,) = await desk.news()
    assert item.title == f"Camera rules changed on 1 March 2027 at 12:{desk.clock.now():%M} UTC: {changed}"
    assert item.url == f"{service.base}/rules"
    assert item.canonical_url is None
    assert item.summary == (
        f"“{RULES[2]}” is now “{changed}”\nNew: “The department now keeps number plates for ninety days.”\nGone: “{RULES[9]}”"
    )
    assert (item.text_state, item.content_text, item.outlet, item.language) == (TextState.FULL, "", "Camera rules", "en")
    assert item.date_published == desk.clock.now()


async def test_a_change_and_its_undoing_and_its_return_are_three_changes(desk, service, site) -> None:
    await watch(desk, service)
    await desk.poll()
    first, second = page(*RULES), page(*RULES[:9], "Cameras may now be used at protests.")
    for body in (second, first, second, second):
        site.body = body
        await desk.poll()
    told = await desk.news()
    assert [item.title.partition("UTC: ")[2] for item in told] == [
        "Cameras may now be used at protests.",
        RULES[9],
        "Cameras may now be used at protests.",
    ]
    assert len({item.id for item in told}) == 3


async def test_each_change_of_a_page_is_a_story_of_its_own(desk, service, site, tmp_path) -> None:
    await watch(desk, service)
    await desk.poll()
    other = page(*RULES[:9], "The chief alone decides who is filmed by the cameras of the harbour police.")
    for body in (
        other,
        page(*RULES),
        other,
        page(*RULES[:9], "Nobody decides who is filmed by the cameras of the harbour police."),
    ):
        site.body = body
        await desk.poll()
    lines = [
        {"id": item.id, "title": item.title, "summary": item.summary, "published": item.date_published.isoformat()}
        for item in await desk.news()
        if item.date_published is not None
    ]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "bot.cli.main", "stories", "group", "items.jsonl", "--format", "jsonl"]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert len({json.loads(line)["story_id"] for line in printed.splitlines()}) == 4


async def test_a_page_that_only_lost_words_says_which(desk, service, site) -> None:
    await watch(desk, service)
    await desk.poll()
    site.body = page(*RULES[1:])
    await desk.poll()
    assert (await desk.news())[0].title.endswith(f"UTC: no longer says “{RULES[0]}”")


async def test_a_crash_neither_loses_nor_doubles_a_change(desk, service, site) -> None:
    await watch(desk, service)
    await desk.poll()
    site.body = page(*RULES, "An eleventh rule.")
    await desk.crash_in_poll()
    lost = desk.told[-1].items
    assert await desk.news() == []
    await desk.poll()
    assert [item.id for item in await desk.news()] == [item.id for item in lost]
    assert (await desk.poll()).new == 0


@pytest.mark.parametrize(
    "body",
    [
        page(*reversed(RULES)),
        page(*(rule.replace(" of ", "  of\n\u200b ") for rule in RULES)),
        page(*(rule.upper() for rule in RULES)),
        page(
            *RULES,
            head="<script>var token = '81';</script>",
            around="<input type='hidden' name='csrf' value='82'><nav hidden>x</nav>",
        ),
        page(*(f"<b class='v{at}'>{rule}</b>" for at, rule in enumerate(RULES)), title="Camera rules (2)"),
        page(*RULES, "<span style='display: none'>9</span>", "<!-- built at 12:31 -->", "<script>12:32</script>"),
    ],
    ids=["order", "blanks", "capitals", "tokens", "markup", "hidden"],
)
async def test_what_no_reader_would_call_a_change_is_none(desk, service, site, body) -> None:
    await watch(desk, service)
    await desk.poll()
    site.body = body
    assert (await desk.poll()).new == 0
    assert (await desk.poll()).new == 0


async def test_what_is_excluded_or_ignored_changes_nothing(desk, service, site) -> None:
    def body(time: str, views: int) -> str:
        return page(
            *RULES, f"Seen by {views} people", f"Updated at {time}", around=f"<aside>{time}</aside><ul class='new'><li>{views}</ul>"
        )

    site.body = body("12:31", 7)
    await watch(desk, service, exclude=("aside", ".new"), ignore=(r"\d+ people", r"(?i)^updated at .*"))
    await desk.poll()
    site.body = body("12:59", 8)
    assert (await desk.poll()).new == 0
    site.body = body("12:59", 9).replace("Rule 3", "Rule three")
    assert (await desk.poll()).new == 1


async def test_a_selector_that_finds_nothing_is_trouble_and_the_last_state_stays(desk, service, site) -> None:
    await watch(desk, service, selector="main")
    await desk.poll()
    before = (await desk.state()).memory
    site.body = page(*RULES).replace("main>", "div>")
    for _ in range(3):
        result = await desk.poll()
        assert 'Nothing on the page is found by "main"' in result.error
    site.body = page()
    assert 'Nothing of what "main" finds on the page says anything.' in (await desk.poll()).error
    assert (await desk.state()).memory == before
    site.body = page(*RULES)
    assert (await desk.poll()).new == 0


async def test_a_page_that_shows_a_login_is_doubted_and_nothing_was_removed(desk, service, site) -> None:
    await watch(desk, service)
    await desk.poll()
    site.body = LOGIN
    result = await desk.poll()
    assert "10 of the 10 lines that were watched are gone at once" in result.error
    site.body = page(*RULES)
    assert (await desk.poll()).error == ""
    assert await desk.news() == []
    site.body = LOGIN
    assert "believed if it stays so" in (await desk.poll()).error  # doubted anew, for it did not stay so


async def test_a_page_that_was_really_emptied_is_believed_at_the_second_look(desk, service, site) -> None:
    site.headers = {"ETag": '"1"'}
    await watch(desk, service, outlet="Harbour police")
    await desk.poll()
    site.body, site.headers = page("This page has been retired."), {"ETag": '"2"'}
    assert (await desk.poll()).error
    assert (await desk.poll()).new == 1
    (item,) = await desk.news()
    assert item.title.startswith("Harbour police changed on 1 March 2027 at ")
    assert item.title.endswith(" UTC: This page has been retired.")
    assert item.summary.split("\n") == ["New: “This page has been retired.”", *(f"Gone: “{rule}”" for rule in RULES)]


async def test_an_error_of_the_server_changes_nothing(desk, service, site) -> None:
    await watch(desk, service)
    await desk.poll()
    for status in (404, 500, 503, 403):
        site.status, site.body = status, "<p>Error</p>"
        assert str(status) in (await desk.poll()).error
    site.status, site.body = 200, page(*RULES)
    assert (await desk.poll()).new == 0
    assert await desk.news() == []


async def test_an_unchanged_page_is_not_read_again(desk, service, site) -> None:
    site.headers = {"ETag": '"1"'}
    await watch(desk, service)
    await desk.poll()
    assert (await desk.poll()).not_modified
    assert Snapshot.read((await desk.state()).memory) == Snapshot("", tuple(RULES))


async def test_a_great_change_is_told_in_a_few_lines_and_kept_in_all(desk, service, site) -> None:
    site.body = page(*RULES)
    await watch(desk, service, selector="main")
    await desk.poll()
    fresh = [f"Section {number} concerns {'abcdefghijklmnopqrstuvwxyz'[number % 26] * 9} and nothing else." for number in range(40)]
    site.body = page(*RULES, *fresh)
    await desk.poll()
    (item,) = await desk.news()
    assert item.summary.count("New: ") == SHOWN
    assert item.summary.endswith("\n… and 28 more lines.")
    assert item.content_text.split("\n") == [f"New: “{line}”" for line in fresh]


async def test_a_page_of_plain_text_can_be_watched(desk, service, site) -> None:
    site.body, site.headers = "One line\nanother line\n", {"Content-Type": "text/plain"}
    await watch(desk, service)
    await desk.poll()
    site.body = "One line\nanother line\na third\n"
    assert (await desk.poll()).new == 1
    assert re.fullmatch(r"127\.0\.0\.1 changed on .* UTC: a third", (await desk.news())[0].title)


async def test_the_rest_of_a_very_long_page_is_not_watched_and_that_is_told(desk, service, site) -> None:
    site.body = page(*(f"line {number} {'x' * 1200}" for number in range(400)))
    await watch(desk, service)
    await desk.poll()
    assert desk.told[0].notes == ("The page is long; only its first part is watched. A narrower selector would help.",)
    assert len((await desk.state()).memory) < 250_000


# ---------------------------------------------------------------- robots.txt


async def test_a_page_that_programs_are_asked_not_to_read_is_not_read(desk, service, site) -> None:
    desk.robots = Robots(desk.fetcher, desk.clock)
    site.robots = "User-agent: *\nDisallow: /rules"
    await watch(desk, service)
    result = await desk.poll()
    assert "robots.txt" in result.error
    assert service.paths == ["/robots.txt"]


async def test_a_source_may_be_told_to_read_it_all_the_same(desk, service, site) -> None:
    desk.robots = Robots(desk.fetcher, desk.clock)
    site.robots = "User-agent: *\nDisallow: /rules"
    await watch(desk, service, robots=False)
    assert (await desk.poll()).error == ""
    assert service.paths == ["/rules"]


# ---------------------------------------------------------------- a list


def news(*entries: str) -> str:
    return f"<html><head><title>Press room</title></head><body><nav><li>Home</li></nav><ul>{''.join(entries)}</ul></body></html>"


def release(number: int) -> str:
    return (
        f"<li class='news'><time datetime='2027-02-{number:02}T09:00:00Z'>{number} February</time> <h3><a href='/press/{number}'>"
        f"Release number {number} about cameras</a></h3><p>What release {number} says.</p><a href='#'>Share</a></li>"
    )


async def test_every_new_element_of_a_list_is_an_item(desk, service, site) -> None:
    site.body = news(release(2), release(1))
    await watch(desk, service, items="li.news")
    await desk.poll()
    site.body = news(
        release(3), release(2), "<li class='news'>No link here</li>", "<li class='news'><a href='/bare'>A bare link</a></li>"
    )
    assert (await desk.poll()).new == 2
    bare, item = await desk.news()
    assert (bare.title, bare.date_published) == ("A bare link", None)
    assert (item.title, item.url) == ("Release number 3 about cameras", f"{service.base}/press/3")
    assert item.date_published == datetime(2027, 2, 3, 9, tzinfo=UTC)
    assert item.outlet == "Press room"
    assert "What release 3 says." in item.summary
    assert desk.told[-1].notes == ("1 of 4 elements of the list have no link and were left out.",)
    assert (await desk.poll()).new == 0


async def test_elements_that_are_links_and_links_around_headings_are_entries_too(desk, service, site) -> None:
    site.body = news(
        "<a class='c' href='/a'>First of two</a><a class='c' href='//news.example/b'><img alt='x'><h2>Second of two</h2></a>"
    )
    await watch(desk, service, items="a.c")
    await desk.poll()
    assert {(item.title, item.url) for item in await desk.items()} == {
        ("First of two", f"{service.base}/a"),
        ("Second of two", "http://news.example/b"),
    }


async def test_a_list_that_is_not_there_is_trouble(desk, service, site) -> None:
    site.body = news(release(1))
    await watch(desk, service, items="li.news")
    await desk.poll()
    site.body = LOGIN
    assert (await desk.poll()).error.endswith("it shows something else, or was rebuilt. The page asks for a password.")
    site.body = news("<li class='news'>Nothing yet</li>")
    assert 'Nothing of what "li.news" finds on the page has a link.' in (await desk.poll()).error


# ---------------------------------------------------------------- broken pages

BROKEN: tuple[bytes, ...] = (
    b"", b" ", b"\x00", b"\x00\x01\x02\x03" * 100, b"%PDF-1.7 \x80\x81\x00\x05\x06", b"\xff\xfe", b"\xef\xbb\xbf", b"<", b"<html",
    b"<html>", b"<html></html>", b"<html><body>", b"<html><body></body></html>", b"<!doctype html>", b"<!-- " + b"-" * 10_000,
    b"<main>", b"</main>", b"<html><body><main></main></body></html>", b"{}", b'{"main": []}', b"<div>" * 30_000, b"<main>" * 300,
    b"<html><body><main><script>words()</script></main></body></html>", b"<html><body><main hidden>words</main></body></html>",
    b"<html><frameset><frame src=x></frameset></html>", b"<rss version='2.0'><channel><title>T</title></channel></rss>",
    b"<a " + b"b=c " * 50_000 + b">", b"<html><head><title>" + b"t" * 100_000, b"&#x110000;&#0;&nope;" * 100, LOGIN.encode(),
    b"<html><body><p>404</p></body></html>", b"<html><meta charset=utf-16><body><main></main>",
    "<html><body><p>\u202e\ufeff\u200b</p></body></html>".encode(),
)  # fmt: skip
"""What a site may show instead of its page."""


@pytest.mark.parametrize("options", [{"selector": "main"}, {"items": "li.news"}], ids=["whole", "list"])
async def test_a_broken_page_changes_nothing_and_stops_nobody(desk, service, site, options) -> None:
    good = site.body = page(*RULES, release(1))
    await watch(desk, service, beside=f"{service.base}/beside", **options)
    await desk.poll()
    items, memory = await desk.items(), (await desk.state()).memory
    for body in BROKEN:
        site.body = body
        results = await desk.poll_all()
        assert (results["beside"].error, results["beside"].new) == ("", 1), body[:60]
        assert results["watched"].error, body[:60]
        assert "program failed" not in results["watched"].error, body[:60]
        assert (await desk.state()).memory == memory, body[:60]
        site.body = good
        assert (await desk.poll()).error == "", body[:60]
        assert await desk.items() == items, body[:60]


def test_there_are_thirty_broken_pages() -> None:
    assert len(set(BROKEN)) >= 30


# ---------------------------------------------------------------- what changed, in words


def test_a_line_told_twice_is_missed_once() -> None:
    change = compared(["a b", "a b", "c"], ["c", "A B"])
    assert (change.new, change.gone) == ((), ("a b",))
    assert in_words(change) == ("Gone: “a b”",)


async def test_a_change_within_a_paragraph_is_told_in_its_sentences(desk, service, site) -> None:
    site.body = page("Cameras are allowed at the port. Recordings are kept for a month. Nobody may copy them.")
    await watch(desk, service, selector="main")
    await desk.poll()
    site.body = page("Cameras are allowed at the port. Recordings are kept for a year. Faces may be searched for.")
    await desk.poll()
    (item,) = await desk.news()
    assert item.summary.split("\n") == [
        "“Recordings are kept for a month.” is now “Recordings are kept for a year.”",
        "New: “Faces may be searched for.”",
        "Gone: “Nobody may copy them.”",
    ]


def test_many_changed_lines_are_not_compared_with_each_other() -> None:
    before = [f"the number of line {number} is {number}" for number in range(300)]
    after = [f"the number of line {number} is not {number}" for number in range(300)]
    assert compared(before, after).changed == ()
    assert len(compared(before[:50], after[:50]).changed) == 50


async def test_a_doubt_lasts_over_polls_that_fail(desk, service, site) -> None:
    await watch(desk, service)
    await desk.poll()
    site.body = page("Short now.")
    assert "gone at once" in (await desk.poll()).error
    site.status = 500
    await desk.poll()
    site.status = 200
    assert (await desk.poll()).new == 1
    assert desk.clock.now() - datetime(2027, 3, 1, 12, tzinfo=UTC) > timedelta(hours=1)


# ---------------------------------------------------------------- what is shown in a page's place, and what has no room


async def test_a_doubt_is_confirmed_by_the_same_strange_page_only(desk, service, site) -> None:
    maintenance = page("This site is being maintained.", "Please come back in an hour.", title="Maintenance")
    await watch(desk, service)
    await desk.poll()
    for strange in (maintenance, LOGIN, maintenance, LOGIN):
        site.body = strange
        assert "gone at once" in (await desk.poll()).error
    site.body = page(*RULES)
    assert (await desk.poll()).error == ""
    assert await desk.news() == []
    replaced = [f"Chapter {number} is about something else altogether." for number in range(12)]
    site.body = page(*replaced, "Seen 17 times.")
    assert "gone at once" in (await desk.poll()).error
    site.body = page(*replaced, "Seen 18 times.")
    assert (await desk.poll()).new == 1


REGISTER = [f"Row {number} of the register of cameras." for number in range(5_200)]


async def test_what_only_moved_out_of_a_very_long_page_is_not_told_as_gone(desk, service, site) -> None:
    site.body = page(*REGISTER)
    await watch(desk, service)
    await desk.poll()
    site.body = page("A brand new first line.", *REGISTER)
    assert (await desk.poll()).new == 1
    site.body = page("A brand new first line.", *REGISTER[:20], *REGISTER[23:])
    assert (await desk.poll()).new == 1
    first, second = await desk.news()
    assert first.summary == "New: “A brand new first line.”"
    assert second.summary.split("\n") == [f"Gone: “{line}”" for line in REGISTER[20:23]]
    site.body = page("A brand new first line.", *REGISTER[:20], *REGISTER[23:4_000])
    assert (await desk.poll()).new == 1
    assert "New:" not in (await desk.news())[-1].content_text


async def test_of_a_very_long_list_the_newest_are_read_whether_they_stand_first_or_last(desk, service, site) -> None:
    site.body = news(*(release(number) for number in range(1, 601)))
    await watch(desk, service, items="li.news")
    await desk.poll()
    assert desk.told[-1].notes == ("Only the first and the last 250 of 600 elements of the list were read.",)
    site.body = news(*(release(number) for number in range(1, 603)))
    assert (await desk.poll()).new == 2
    site.body = news(release(603), *(release(number) for number in range(1, 603)))
    assert (await desk.poll()).new == 1


async def test_a_list_that_shows_nothing_known_was_asked_too_late(desk, service, site) -> None:
    site.body = news(*(release(number) for number in range(1, 11)))
    await watch(desk, service, items="li.news")
    await desk.poll()
    site.body = news(*(release(number) for number in range(8, 18)))
    await desk.poll()
    assert (await desk.state()).gap_at is None
    site.body = news(*(release(number) for number in range(40, 50)))
    await desk.poll()
    assert (await desk.state()).gap_at == desk.clock.now()


async def test_a_page_without_a_change_is_not_empty(desk, service, site) -> None:
    await watch(desk, service)
    for _ in range(3):
        await desk.poll()
        assert desk.told[-1].listed == 10
