"""robots.txt through the real client: what is asked, how often, and what a silent or failing site means."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError
from bot.net import turns
from bot.net.robots import Robots, read

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


def body(*lines: str) -> bytes:
    return "\n".join(lines).encode()


async def refused(robots: Robots, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        await robots.check(url)
    assert caught.value.reason == "robots"
    return str(caught.value)


async def test_what_a_site_forbids_is_not_read_and_what_it_allows_within_is(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(body=body("User-agent: *", "Disallow: /private/", "Allow: /private/agenda"))
    robots = Robots(fetcher(site), clock)
    await robots.check(site.url("/news"))
    await robots.check(site.url("/private/agenda/3"))
    assert "asks programs not to read this page" in await refused(robots, site.url("/private/minutes"))
    assert len(site.requests) == 1, "asked once, remembered for the rest"


async def test_a_group_of_our_own_name_wins_over_the_one_for_everybody(start, fetcher, reply, clock) -> None:
    site = await start()
    lines = body(
        "User-agent: *", "Disallow: /", "", "User-Agent: watchlamp", "Disallow: /drafts", "", "User-agent: OtherBot", "Disallow: /"
    )
    site.answers["/robots.txt"] = reply(body=lines)
    robots = Robots(fetcher(site), clock)
    await robots.check(site.url("/news"))
    await refused(robots, site.url("/drafts/1"))


async def test_a_group_of_another_program_is_not_ours(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(body=body("User-agent: *", "Disallow:", "User-agent: SomeCrawler", "Disallow: /"))
    await Robots(fetcher(site), clock).check(site.url("/news"))


async def test_it_is_asked_again_after_a_day_and_not_before(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(body=body("User-agent: *", "Disallow: /a"))
    robots = Robots(fetcher(site), clock)
    await refused(robots, site.url("/a"))
    site.answers["/robots.txt"] = reply(body=body("User-agent: *", "Disallow: /b"))
    clock.advance(timedelta(hours=23, minutes=59))
    await refused(robots, site.url("/a"))
    clock.advance(timedelta(minutes=1))
    await robots.check(site.url("/a"))
    await refused(robots, site.url("/b"))
    assert len(site.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_where_there_is_none_everything_may_be_read(status: int, start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(status)
    await Robots(fetcher(site), clock).check(site.url("/news"))


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_site_that_cannot_answer_is_not_read_until_it_can(status: int, start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(status)
    robots = Robots(fetcher(site), clock)
    assert "cannot be asked which pages programs may read" in await refused(robots, site.url("/news"))
    await refused(robots, site.url("/other"))
    assert len(site.requests) == 1, "a server in trouble is not asked again for every page"
    site.answers["/robots.txt"] = reply(body=b"")
    clock.advance(timedelta(hours=1))
    await robots.check(site.url("/news"))


async def test_a_site_that_asks_for_time_gets_it(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(503, retry_after="18000")
    robots = Robots(fetcher(site), clock)
    await refused(robots, site.url("/news"))
    site.answers["/robots.txt"] = reply(body=b"")
    clock.advance(timedelta(hours=4, minutes=59))
    await refused(robots, site.url("/news"))
    clock.advance(timedelta(minutes=1))
    await robots.check(site.url("/news"))


async def test_while_a_site_fails_what_it_said_before_goes_on_to_count(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(body=body("User-agent: *", "Disallow: /a"))
    robots = Robots(fetcher(site), clock)
    await robots.check(site.url("/news"))
    site.answers["/robots.txt"] = reply(500)
    clock.advance(timedelta(days=2))
    await robots.check(site.url("/news"))
    await refused(robots, site.url("/a"))
    assert len(site.requests) == 2


async def test_a_redirect_is_followed_through_the_gate(start, fetcher, reply, clock) -> None:
    site, other = await start("127.0.0.3"), await start("127.0.0.4")
    site.answers["/robots.txt"] = reply(301, location=other.url("/rules"))
    other.answers["/rules"] = reply(body=body("User-agent: *", "Disallow: /a"))
    robots = Robots(fetcher(site, other), clock)
    await refused(robots, site.url("/a"))
    site.answers["/robots.txt"] = reply(301, location="http://10.0.0.1/robots.txt")
    clock.advance(timedelta(days=2))
    await refused(robots, site.url("/a"))


async def test_many_pages_at_once_ask_once(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(body=b"")
    robots = Robots(fetcher(site), clock)
    await asyncio.gather(*(robots.check(site.url(f"/{number}")) for number in range(20)))
    assert len(site.requests) == 1


async def test_who_stops_waiting_does_not_stop_the_others(start, fetcher, reply, clock) -> None:
    site = await start()
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await answer.wait()
        writer.write(reply(body=body("User-agent: *", "Disallow: /a")))

    site.answers["/robots.txt"] = slow
    robots = Robots(fetcher(site), clock)
    first = asyncio.create_task(robots.check(site.url("/a")))
    await asked.wait()
    second = asyncio.create_task(refused(robots, site.url("/a")))
    first.cancel()
    answer.set()
    await second
    assert len(site.requests) == 1


async def test_a_crawl_delay_becomes_the_pause_between_two_fetches(start, fetcher, reply, clock) -> None:
    site = await start()
    site.answers["/robots.txt"] = reply(body=body("User-agent: *", "Crawl-delay: 0.3"))
    site.answers["/a"] = reply(body=b"x")
    client = fetcher(site)
    await Robots(client, clock).check(site.url("/a"))
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for _ in range(2):
        await client.get(site.url("/a"), accept="text/html", max_bytes=100)
    assert loop.time() - begin >= 0.55


async def test_an_absurd_crawl_delay_does_not_stop_a_host_for_ever() -> None:
    assert read("User-agent: *\nCrawl-delay: 1e300").crawl_delay("Watchlamp") == 1e300
    waiting = turns.Turns((), concurrency=1)
    waiting.ask_for_pause("h", 80, 1e300)
    assert waiting._hosts["h:80"].pause == turns.LONGEST_PAUSE


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"User-agent: bot{number}\n" for number in range(30_000)) + "Disallow: /x\n" * 30_000,
        "User-agent: *\nDisallow: /" + "*a" * 200_000 + "b",
        "User-agent: *\n" + "Disallow: /*a*b\n" * 50_000,
        "user agent " * 90_000,
        "\x00\xff" * 400_000,
    ],
    ids=["many groups", "many wildcards", "many rules", "one line of agents", "no text"],
)
def test_a_hostile_file_is_read_in_time_that_grows_with_its_length_only(text: str) -> None:
    begin = time.process_time()
    assert read(text).can_fetch("https://site.example/a" + "a" * 2000, "Watchlamp")
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_and_a_group_of_several_names(end: str) -> None:
    rules = read(
        end.join(["User-agent: OtherBot", "User-agent: Watchlamp # us", "Disallow: /a", "", "User-agent: *", "Disallow: /b"])
    )
    assert not rules.can_fetch("https://site.example/a", "Watchlamp")
    assert rules.can_fetch("https://site.example/b", "Watchlamp")
