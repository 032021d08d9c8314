"""The sitemap kind against a site with news sitemaps, plain ones, packed ones, indexes of archives, and broken ones."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.core.kinds import SitemapOptions
from bot.core.model import TextState
from bot.sources import sitemap
from bot.text.slug import title_of_address

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SPACES = (
    "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9' "
    "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'"
)


def at(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def listed(path: str, days: float | None = None, extra: str = "") -> str:
    changed = "" if days is None else f"<lastmod>{at(days)}</lastmod>"
    return f"<url><loc>https://town.example{path}</loc>{changed}{extra}</url>"


def news(path: str, title: str, days: float = 0.5, keywords: str = "cameras, police") -> str:
    about = "<n:publication><n:name>The Town Crier</n:name><n:language>en-gb</n:language></n:publication>"
    said = f"<n:publication_date>{at(days)}</n:publication_date><n:title>{title}</n:title><n:keywords>{keywords}</n:keywords>"
    return listed(path, 0.1, f"<n:news>{about}{said}</n:news>")


def pages(*entries: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><urlset {SPACES}>{''.join(entries)}</urlset>".encode()


class Site:
    """Files by path; an index of those given to it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.files: dict[str, bytes | web.Response] = {}
        self.etags: dict[str, str] = {}

    def index(self, **maps: float | None) -> None:
        rows = "".join(
            f"<sitemap><loc>{self.base}/{name}.xml</loc>{'' if days is None else f'<lastmod>{at(days)}</lastmod>'}</sitemap>"
            for name, days in maps.items()
        )
        self.files["/map"] = f"<sitemapindex {SPACES}>{rows}</sitemapindex>".encode()

    async def answer(self, request: web.Request) -> web.Response:
        found = self.files.get(request.path, web.Response(status=404))
        if isinstance(found, web.Response):
            return web.Response(status=found.status, headers=found.headers)
        etag = self.etags.get(request.path)
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(body=found, headers={"ETag": etag} if etag else {})


@pytest.fixture
def site(service) -> Site:
    made = Site(service.base)
    service.answer = made.answer
    return made


async def watch(desk, service, *, beside: str | None = None, secret: str | None = None, **options: Any) -> None:
    await desk.declare("sitemap", f"{service.base}/map", SitemapOptions(**options), beside=beside, secret=secret)


async def test_what_is_listed_as_news_is_an_item_with_its_own_title_and_date(desk, service, site) -> None:
    site.files["/map"] = pages(news("/2027/a", "Council &amp; police agree on cameras"))
    await watch(desk, service)
    await desk.poll()
    site.files["/map"] = pages(
        news("/2027/b", "Cameras at the harbour", 0.2), news("/2027/a", "Council &amp; police agree on cameras")
    )
    assert (await desk.poll()).new == 1
    first, item = await desk.items()
    assert (first.title, item.title) == ("Council & police agree on cameras", "Cameras at the harbour")
    assert (item.url, item.outlet, item.language, item.tags) == (
        "https://town.example/2027/b",
        "The Town Crier",
        "en",
        ("cameras", "police"),
    )
    assert item.date_published == (NOW - timedelta(days=0.2)).replace(microsecond=0)
    assert item.date_modified == (NOW - timedelta(days=0.1)).replace(microsecond=0)
    assert item.text_state is TextState.NONE
    assert (await desk.poll()).new == 0


async def test_of_other_pages_those_that_were_not_listed_before_are_items(desk, service, site) -> None:
    old = [listed(f"/page-{number}", 400) for number in range(200)]
    picture = "<image:image><image:loc>https://town.example/p.jpg</image:loc><image:title>A picture</image:title></image:image>"
    site.files["/map"] = pages(*old)
    await watch(desk, service)
    assert (await desk.poll()).new == 0
    fresh = listed("/news/police-buy-twelve-drones-81.html", 1, picture)
    site.files["/map"] = pages(
        *old[:100], listed("/page-150", 0.5), fresh, listed("/new-but-old", 300), listed("/undated-piece-of-news")
    )
    assert (await desk.poll()).new == 2
    assert {(item.title, item.date_published) for item in await desk.news()} == {
        ("Police buy twelve drones", None),
        ("Undated piece of news", None),
    }
    (dated,) = [item for item in await desk.news() if item.date_modified]
    assert dated.date_modified == NOW - timedelta(days=1)
    assert (await desk.poll()).new == 0


async def test_the_first_poll_keeps_the_newest_pages_and_remembers_all(desk, service, site) -> None:
    site.files["/map"] = pages(*(listed(f"/story-number-{number}", number / 10) for number in range(120)))
    await watch(desk, service)
    await desk.poll()
    kept = await desk.items()
    assert len(kept) == sitemap.FIRST_PAGES
    assert {item.title for item in kept} == {"Story number"}
    assert (await desk.poll()).new == 0


async def test_of_an_index_only_what_changed_is_read(desk, service, site) -> None:
    site.index(march=0.4, **{f"y{year}": 100 + year for year in range(30)})
    site.files["/march.xml"] = pages(listed("/a-march-story", 0.6))
    for year in range(30):
        site.files[f"/y{year}.xml"] = pages(listed(f"/archived-in-{year}", 100 + year))
    await watch(desk, service)
    await desk.poll()
    assert service.paths == ["/map", "/march.xml", "/y0.xml", "/y1.xml", "/y2.xml", "/y3.xml"]
    site.index(april=0.0, march=0.4, **{f"y{year}": 100 + year for year in range(29)}, y29=0.1)
    site.files["/april.xml"] = pages(listed("/an-april-story"))
    site.files["/y29.xml"] = pages(listed("/archived-in-29", 129), listed("/found-again-undated"), listed("/a-late-addition", 1))
    del service.asked[:]
    assert (await desk.poll()).new == 2
    assert service.paths == ["/map", "/april.xml", "/y29.xml"]
    assert {item.title for item in await desk.news()} == {"An april story", "A late addition"}
    del service.asked[:]
    await desk.poll()
    assert service.paths == ["/map"]


async def test_sitemaps_without_a_date_are_read_in_turn_and_none_is_forgotten(desk, service, site, monkeypatch) -> None:
    monkeypatch.setattr(sitemap, "MAPS", 2)
    monkeypatch.setattr(sitemap, "FIRST_MAPS", 2)
    site.index(**dict.fromkeys("abcd"))
    site.files.update({f"/{name}.xml": pages(listed(f"/first-of-{name}")) for name in "abcd"})
    await watch(desk, service)
    for _ in range(3):
        await desk.poll()
    site.files.update({f"/{name}.xml": pages(listed(f"/first-of-{name}"), listed(f"/second-of-{name}")) for name in "abcd"})
    for _ in range(2):
        await desk.poll()
    assert {item.title for item in await desk.news()} == {f"Second of {name}" for name in "abcd"}


async def test_a_sitemap_beyond_the_room_of_one_poll_waits_for_the_next(desk, service, site, monkeypatch) -> None:
    monkeypatch.setattr(sitemap, "MAPS", 2)
    site.index(old=50)
    site.files["/old.xml"] = pages(listed("/the-old-story", 50))
    await watch(desk, service)
    await desk.poll()
    site.index(old=50, a=0.1, b=0.2, c=0.3)
    site.files.update({f"/{name}.xml": pages(listed(f"/story-of-{name}", 0.4)) for name in "abc"})
    assert (await desk.poll()).new == 2
    assert (await desk.poll()).new == 1


async def test_packed_and_plain_sitemaps_are_read(desk, service, site) -> None:
    site.index(packed=1, plain=1)
    site.files["/packed.xml"] = gzip.compress(pages(listed("/a-packed-story", 1)))
    site.files["/plain.xml"] = b"https://town.example/a-plain-story\nhttps://town.example/another-plain-story\n"
    await watch(desk, service)
    await desk.poll()
    assert {item.title for item in await desk.items()} == {"A packed story", "A plain story", "Another plain story"}


async def test_patterns_choose_among_the_pages(desk, service, site) -> None:
    site.files["/map"] = pages(*(listed(f"/{part}/some-story-there", 1) for part in ("news", "news/sport", "about")))
    await watch(desk, service, include=(r"/news/",), exclude=(r"/sport/",))
    await desk.poll()
    assert [item.url for item in await desk.items()] == ["https://town.example/news/some-story-there"]


async def test_a_long_sitemap_is_remembered_and_one_that_is_too_long_is_not(desk, service, site, monkeypatch) -> None:
    monkeypatch.setattr(sitemap, "REMEMBERED", 6_000)
    first = "".join(f"<url><loc>/n/{number}</loc></url>" for number in range(4_000))
    site.files["/map"] = pages(first)
    await watch(desk, service)
    await desk.poll()
    assert (await desk.poll()).new == 0
    site.files["/map"] = pages(first, listed("/one-new-story"))
    assert (await desk.poll()).new == 1
    assert len((await desk.state()).memory) < 200_000
    monkeypatch.setattr(sitemap, "REMEMBERED", 10)  # too many to be remembered: then only what is dated as new is
    await desk.poll()
    site.files["/map"] = pages(first, listed("/two-new-stories"), listed("/three-new-stories", 1))
    assert (await desk.poll()).new == 1
    assert len((await desk.state()).memory) < 200


async def test_an_unchanged_sitemap_is_not_read_again_and_an_unfinished_index_is(desk, service, site) -> None:
    site.files["/map"], site.etags["/map"] = pages(listed("/a-first-story", 1)), '"1"'
    await watch(desk, service)
    await desk.poll()
    assert (await desk.poll()).not_modified
    site.index(a=1)
    site.etags["/map"] = '"2"'
    assert "404" in (await desk.poll()).error  # its only sitemap cannot be had
    site.files["/a.xml"] = pages(listed("/a-second-story", 1))
    assert (await desk.poll()).error == ""
    assert (await desk.poll()).not_modified


async def test_a_sitemap_of_an_index_that_fails_is_told_and_read_later(desk, service, site) -> None:
    site.index(a=1)
    site.files["/a.xml"] = pages(listed("/a-first-story", 1))
    site.etags["/map"] = '"1"'
    await watch(desk, service)
    await desk.poll()
    site.index(a=0.5, b=0.5, c=0.5)
    site.files["/a.xml"] = pages(listed("/a-first-story", 1), listed("/a-second-story", 0.5))
    site.files["/c.xml"] = b"<sitemapindex><sitemap><loc>https://town.example/d.xml</loc></sitemap></sitemapindex>"
    site.etags["/map"] = '"2"'
    assert (await desk.poll()).new == 1
    assert desk.told[-1].notes == ("b.xml: 127.0.0.1 answered 404 (Not Found).", "c.xml: an index within an index is not read.")
    site.files["/b.xml"] = pages(listed("/a-third-story"))
    assert (await desk.poll()).new == 1


async def test_a_site_that_wants_to_be_left_alone_is(desk, service, site) -> None:
    site.index(a=1, b=1)
    site.files["/a.xml"] = pages(listed("/a-first-story", 1))
    site.files["/b.xml"] = web.Response(status=429, headers={"Retry-After": "7200"})
    await watch(desk, service)
    before = desk.clock.now()
    assert "429" in (await desk.poll()).error
    state = await desk.state()
    assert state.next_due_at - before >= timedelta(hours=2)
    assert [item.title for item in await desk.items()] == ["A first story"]
    assert await desk.news() == []
    site.files["/b.xml"] = pages(listed("/a-first-story-of-b", 1))
    assert (await desk.poll()).baseline
    assert (len(await desk.items()), await desk.news()) == (2, [])


async def test_a_crash_between_answer_and_commit_loses_nothing(desk, service, site) -> None:
    site.files["/map"] = pages(listed("/a-first-story"))
    await watch(desk, service)
    await desk.poll()
    site.files["/map"] = pages(listed("/a-first-story"), listed("/a-second-story"))
    await desk.crash_in_poll()
    assert (await desk.poll()).new == 1


BROKEN: tuple[bytes, ...] = (
    b"", b" ", b"\x00", b"\xef\xbb\xbf", b"\x1f\x8b", b"\x1f\x8b\x08\x00garbage", gzip.compress(b"x" * 10)[:-6],
    gzip.compress(b""), gzip.compress(b" " * (51 * 1024 * 1024)), b"not a sitemap", b"{}", b"[]", b"<", b"<urlset", b"<urlset>",
    b"</urlset>", b"<html>",
    b"<!doctype html><title>Log in</title>", b"<rss version='2.0'/>", b"<feed xmlns='http://www.w3.org/2005/Atom'/>", b"<other/>",
    b"<!DOCTYPE urlset [<!ENTITY a 'b'>]><urlset><url><loc>&a;</loc></url></urlset>", b"<urlset><url><loc>",
    b"<urlset><url></urlset>",
    b"<urlset><url><loc></loc></url></urlset>", b"<urlset><url><loc>javascript:alert(1)</loc></url></urlset>",
    b"<urlset><url><loc>http://[</loc></url></urlset>", b"<urlset><url><lastmod>2027</lastmod></url></urlset>", b"<urlset>" * 5000,
    b"<sitemapindex></sitemapindex>", b"<sitemapindex><sitemap></sitemap></sitemapindex>", b"<urlset>&nope;</urlset>",
    b"\xff\xfe<\x00u\x00", b"<?xml version='1.0' encoding='nope'?><urlset/>", b"http://a.example/x words\nmore words\nand more",
    b"<urlset><url><loc>https://t.example/" + b"a" * 100_000 + b"</loc></url></urlset>",
)  # fmt: skip
"""What a site may send instead of a sitemap."""


async def test_a_broken_sitemap_loses_nothing_and_stops_nobody(desk, service, site) -> None:
    stories = [listed("/a-first-story")]
    site.files["/map"] = pages(*stories)
    await watch(desk, service, beside=f"{service.base}/beside")
    await desk.poll()
    for number, body in enumerate(BROKEN):
        site.files["/map"] = body
        results = await desk.poll_all()
        assert (results["beside"].error, results["beside"].new) == ("", 1), body[:60]
        assert "program failed" not in results["watched"].error, body[:60]
        assert results["watched"].new == 0, body[:60]
        stories.append(listed(f"/another-story-{'x' * (number + 2)}"))
        site.files["/map"] = pages(*stories)
        assert (await desk.poll()).new == 1, body[:60]
    assert len({item.url for item in await desk.items()}) == len(stories)


async def test_pages_that_were_gone_for_a_while_are_no_news_when_they_come_back(desk, service, site) -> None:
    site.files["/map"] = pages(*(listed(f"/page-{number}-of-many") for number in range(100)))
    await watch(desk, service)
    await desk.poll()
    for fewer in (0, 3):
        site.files["/map"] = pages(*(listed(f"/page-{number}-of-many") for number in range(fewer)))
        assert (await desk.poll()).error == ""
    site.files["/map"] = pages(*(listed(f"/page-{number}-of-many") for number in range(101)))
    assert (await desk.poll()).new == 1


def test_there_are_thirty_broken_sitemaps() -> None:
    assert len(set(BROKEN)) >= 30


async def test_a_sitemap_that_breaks_off_is_read_as_far_as_it_goes(desk, service, site) -> None:
    site.files["/map"] = pages(listed("/a-first-story"), "<url><loc>ftp://x</loc></url>", listed("/a-second-story"))[:-30]
    await watch(desk, service)
    await desk.poll()
    assert [item.title for item in await desk.items()] == ["A first story"]
    assert desk.told[0].notes == (
        "The sitemap is not well-formed XML; it was read as far as possible.",
        "1 of 2 addresses of the sitemap are none and were left out.",
    )


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://x.example/2027/03/police-buy-drones-81.html", "Police buy drones"),
        ("https://x.example/a1b2c3d4e5/the_mayor%20says_no/", "The mayor says no"),
        ("https://x.example/news/20270301-cameras-go", "Cameras go"),
        ("https://x.example/story-of-a-camera/4711", "Story of a camera"),
        ("https://x.example/news/4711", ""),
        ("https://x.example/", ""),
        ("https://x.example/a%00b-c%1fd", ""),
        ("https://[x/story-of-a-camera", ""),
    ],
)
def test_a_headline_is_guessed_from_an_address_that_has_words(url: str, title: str) -> None:
    assert title_of_address(url) == title


def of_day(site: Site, *names: str) -> None:
    """An index whose sitemaps have a day and no time."""
    rows = "".join(f"<sitemap><loc>{site.base}/{name}.xml</loc><lastmod>2027-03-01</lastmod></sitemap>" for name in names)
    site.files["/map"] = f"<sitemapindex {SPACES}>{rows}</sitemapindex>".encode()


async def test_a_sitemap_whose_change_has_a_day_and_no_time_is_read_until_that_day_is_over_everywhere(desk, service, site) -> None:
    of_day(site, "today")
    site.etags["/map"] = '"1"'
    stories: list[str] = []
    await watch(desk, service)
    while desk.clock.now() < NOW + timedelta(hours=20):
        stories.append(listed(f"/story-of-the-day-{'x' * (len(stories) + 2)}", 0.1))
        site.files["/today.xml"] = pages(*stories)
        assert (await desk.poll()).error == ""
    assert len(await desk.news()) == len(stories) - 1
    desk.clock.move_to(NOW + timedelta(hours=25))
    await desk.poll()
    del service.asked[:]
    await desk.poll()
    assert "/today.xml" not in service.paths


async def test_a_sitemap_that_can_never_be_had_keeps_nobody_from_the_others(desk, service, site) -> None:
    site.index(good=1.0)
    site.files["/good.xml"] = pages(listed("/a-first-story", 1))
    await watch(desk, service)
    await desk.poll()
    refusals: list[web.Response | bytes] = [web.Response(status=503), web.Response(status=404), b"<html>"]
    for number, refusal in enumerate(refusals, start=2):
        site.files["/bad.xml"] = refusal
        site.index(good=1 - number / 10, bad=0)
        site.files["/good.xml"] = pages(listed("/a-first-story", 1), listed(f"/another-story-{'x' * number}", 0.2))
        result = await desk.poll()
        assert (result.error, result.new) == ("", 1)
        assert desk.told[-1].notes[0].startswith("bad.xml: ")
        assert (await desk.poll()).error == ""  # nothing else has changed
        assert service.paths[-1] == "/bad.xml"
    site.files["/bad.xml"] = pages(listed("/what-could-not-be-had", 0.1))
    assert (await desk.poll()).new == 1


async def test_a_sitemap_that_is_refused_again_and_again_rests_and_the_first_poll_comes_to_an_end(desk, service, site) -> None:
    site.index(a=1, b=1)
    site.files["/a.xml"] = pages(listed("/a-first-story", 1))
    site.files["/b.xml"] = web.Response(status=429, headers={"Retry-After": "7200"})
    await watch(desk, service)
    assert "429" in (await desk.poll()).error
    assert (await desk.poll()).error == ""
    site.index(a=0.5, b=1)
    site.files["/a.xml"] = pages(listed("/a-first-story", 1), listed("/a-second-story", 0.5))
    del service.asked[:]
    assert (await desk.poll()).new == 1
    assert service.paths == ["/map", "/a.xml"]  # two hours are not over


async def test_an_index_of_sitemaps_that_all_fail_is_trouble(desk, service, site) -> None:
    site.index(a=1, b=1)
    await watch(desk, service)
    assert "404" in (await desk.poll()).error
    assert "404" in (await desk.poll()).error


async def test_sitemaps_without_news_still_list_something(desk, service, site) -> None:
    site.index(a=1, b=1)
    site.files["/a.xml"] = site.files["/b.xml"] = pages(listed("/a-first-story", 1), listed("/another-first-story", 1))
    await watch(desk, service)
    for _ in range(3):
        await desk.poll()
        assert desk.told[-1].listed == 4
    site.files["/map"] = pages(listed("/a-first-story", 1))
    await desk.poll()
    assert desk.told[-1].listed == 1
