"""The fifty checks of a well-behaved poller, each played to its end and answered by a sentence of what was seen.

A check fails by its assertion. Their numbers and order are those of the poller's published list in docs/sources.md.
"""

from __future__ import annotations

import asyncio
import gzip
import importlib.util
import itertools
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import httpx
from freeport import free_port

from bot.core.errors import FetchError
from bot.core.health import Health
from bot.core.kinds import PageOptions
from bot.core.troubles import TroubleRecord
from bot.hubs import Hubs
from bot.net.decode import zstd
from bot.net.robots import Robots
from bot.service import notices
from bot.service.poll import Poller
from bot.service.sourcehealth import condition
from bot.sources import registry
from bot.web.health import application
from bot.web.server import WebServer

HALF = timedelta(minutes=30)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATE = 1.06
"""What spreading sources apart may add to an interval."""

House = Any
Check = Callable[[House], Awaitable[str]]
CHECKS: dict[int, tuple[str, str, Check]] = {}
publisher: Any = None
"""The module of the publisher, set by who loads this one: test modules cannot import each other."""


def check(number: int, group: str, title: str) -> Callable[[Check], Check]:
    def keep(function: Check) -> Check:
        CHECKS[number] = (group, title, function)
        return function

    return keep


def reply(*values: Any, **fields: str) -> bytes:
    return publisher.reply(*values, **fields)


def rss(*values: Any, **options: Any) -> bytes:
    return publisher.rss(*values, **options)


def feed(**fields: str) -> bytes:
    return reply(200, rss(), content_type="application/rss+xml", **fields)


def validating(etag: str | None = '"v1"', modified: str | None = None, **fields: str) -> Callable[[Any], bytes]:
    """A feed that answers 304 to its own validators alone."""
    said = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value is not None}

    def answer(asked: Any) -> bytes:
        sent = asked.fields.get("if-none-match" if etag is not None else "if-modified-since")
        known = (etag if etag is not None else modified).encode("latin-1") == sent
        return reply(304, b"", **said, **fields) if known else feed(**said, **fields)

    return answer


async def refused(call: Awaitable[object], reason: str, what: str = "it") -> str:
    """The sentence with which a fetch is refused."""
    try:
        await call
    except FetchError as error:
        told = error
    else:
        raise AssertionError(f"{what} was fetched")
    assert told.reason == reason, f"{what}: {told.reason}"
    return str(told)


# ---------------------------------------------------------------- conditional requests


@check(1, "conditional", "the first request is unconditional, all later ones are conditional")
async def _(house: House) -> str:
    paper = await house.one(validating())
    await house.days(2)
    asked = paper.at("/feed")
    assert not asked[0].conditional
    assert len(asked) > 50
    assert all(each.conditional for each in asked[1:])
    return f"1 of {len(asked)} requests in two days was unconditional"


async def echoes(house: House, etag: str | None, modified: str | None) -> None:
    paper = await house.one(validating(etag, modified))
    await house.poll(3)
    for asked in paper.at("/feed")[1:]:
        assert asked.fields.get("if-none-match") == (None if etag is None else etag.encode("latin-1"))
        assert asked.fields.get("if-modified-since") == (None if modified is None else modified.encode("latin-1"))


@check(2, "conditional", "ETag is sent back byte for byte, quotes included")
async def _(house: House) -> str:
    await echoes(house, '"a-\xe9-gzip, b"', None)
    return "quotes, comma and a byte beyond ASCII came back"


@check(3, "conditional", 'a weak ETag, even W/"", is sent back as it is')
async def _(house: House) -> str:
    await echoes(house, 'W/""', None)
    return 'W/"" came back'


@check(4, "conditional", "Last-Modified is sent back byte for byte even where it is no date")
async def _(house: House) -> str:
    await echoes(house, None, "yesterday, about noon +0200")
    return "a sentence came back"


@check(5, "conditional", "both validators are sent where both were given")
async def _(house: House) -> str:
    await echoes(house, '"x"', "Tue, 10 Mar 2026 11:00:00 GMT")
    return "If-None-Match and If-Modified-Since together"


@check(6, "conditional", "a new validator from a 304 is used next")
async def _(house: House) -> str:
    paper = await house.one(feed(ETag='"1"'))
    await house.poll()
    paper.answers["/feed"] = reply(304, ETag='"2"')
    await house.poll(2)
    assert [asked.fields.get("if-none-match") for asked in paper.asked] == [None, b'"1"', b'"2"']
    return "the 304's ETag took the place of the 200's"


@check(7, "conditional", "validators are dropped when a 200 has none")
async def _(house: House) -> str:
    paper = await house.one(feed(ETag='"1"', Last_Modified="x"))
    await house.poll()
    paper.answers["/feed"] = feed()
    await house.poll(2)
    assert [asked.conditional for asked in paper.asked] == [False, True, False]
    return "nothing invented, nothing kept"


@check(8, "conditional", "no validators from errors or from bodies that cannot be read")
async def _(house: House) -> str:
    paper = await house.one(reply(500, b"", ETag='"error"'))
    await house.poll()
    paper.answers["/feed"] = reply(200, b"<html><body>Log in</body></html>", ETag='"page"')
    await house.poll()
    paper.answers["/feed"] = feed(ETag='"1"')
    await house.poll()
    paper.answers["/feed"] = reply(404, b"", ETag='"missing"')
    await house.poll(2)
    assert [asked.fields.get("if-none-match") for asked in paper.asked] == [None, None, None, b'"1"', b'"1"']
    return "those of a 500, a 404 and a login page were never sent"


@check(9, "conditional", "validators survive a restart")
async def _(house: House) -> str:
    house.on_disk = True
    paper = await house.one(validating())
    await house.poll()
    await house.restart()
    await house.poll()
    assert [asked.fields.get("if-none-match") for asked in paper.asked] == [None, b'"v1"']
    return "the first request after it was conditional"


@check(10, "conditional", "validators are not sent to another address")
async def _(house: House) -> str:
    paper = await house.one(validating())
    paper.answers["/other"] = validating()
    await house.poll()
    house.clock.advance(HOUR)
    await house.restart(house.source(paper.url("/other")))
    await house.poll()
    assert not paper.at("/other")[0].conditional
    paper.answers["/turn"] = reply(302, location="/feed")
    await house.restart(house.source(paper.url("/turn")))
    await house.poll()
    paper.answers["/turn"] = reply(302, location="/other")
    await house.poll()
    assert not paper.at("/other")[-1].conditional
    return "neither after the configured address changed nor after a redirect turned elsewhere"


# ---------------------------------------------------------------- timing


@check(11, "timing", "never below the minimum interval, nor over restarts, reloads and renamed sources")
async def _(house: House) -> str:
    paper = await house.one(feed())
    config = house.source(paper.url("/feed"))
    await house.poll()
    for number in range(6):
        await house.restart(replace(config, interval=HALF if number % 2 else 40 * MINUTE, id="ledger" if number < 3 else "renamed"))
        await house.poller.poll_all_due()
        house.clock.advance(MINUTE / 2)
    await house.days(0.2)
    assert min(paper.gaps("/feed")) >= 5 * MINUTE
    assert len(paper.asked) > 5
    eager = replace(config, id="eager", interval=timedelta(seconds=1))
    await house.restart(eager)
    await house.days(0.2)
    assert min(paper.gaps("/feed")) >= 5 * MINUTE
    await house.shut()
    seen: list[Any] = []

    async def looks(writer: asyncio.StreamWriter) -> None:
        seen.append((house.clock.now(), await house.state("claimed")))
        writer.write(feed(connection="close"))

    paper.answers["/claimed"] = looks
    await house.open(house.source(paper.url("/claimed"), "claimed"))
    await house.poll()
    ((at, state),) = seen
    assert state.next_due_at >= at + 5 * MINUTE, "who dies while asking must not ask again at once"
    return f"shortest distance {min(paper.gaps('/feed')) / MINUTE:.1f} min of 5 min allowed"


async def waits(house: House, answer: Any, *, kept: bool = True) -> timedelta:
    """How long after an answer, and after a 304 that names nothing, the source is asked again."""
    paper = await house.one(answer)
    await house.poll(2)
    if kept:
        paper.answers["/feed"] = reply(304)
        await house.poll(2)
    gaps = paper.gaps("/feed")
    assert max(gaps) <= min(gaps) * LATE
    return min(gaps)


@check(12, "timing", "Cache-Control max-age minus Age is kept, also from a 304")
async def _(house: House) -> str:
    gap = await waits(house, validating(Cache_Control="max-age=7200", Age="1200", s_maxage="1"))
    assert 6000 <= gap.total_seconds() <= 6000 * LATE
    await house.close()
    paper = house.publishers[0]
    assert paper.asked[1].conditional
    return f"asked after {gap} for max-age=7200 with Age 1200, 200 and 304 alike"


@check(13, "timing", "Expires is kept, and max-age wins over it")
async def _(house: House) -> str:
    paper = await house.one(feed(Expires="Tue, 10 Mar 2026 14:00:00 GMT"))
    await house.poll(2)
    first = paper.gaps("/feed")[0]
    assert 2 * HOUR <= first <= 2 * HOUR * LATE
    paper.answers["/feed"] = feed(Cache_Control="max-age=3600", Expires="Wed, 11 Mar 2026 14:00:00 GMT")
    await house.poll(2)
    last = paper.gaps("/feed")[-1]
    assert HOUR <= last <= HOUR * LATE
    return f"{first} for two hours of Expires, {last} for max-age=3600 beside a later Expires"


@check(14, "timing", "RSS ttl is kept, also through 304s")
async def _(house: House) -> str:
    gap = await waits(house, reply(200, rss(channel="<ttl>180</ttl>"), ETag='"1"'))
    assert 3 * HOUR <= gap <= 3 * HOUR * LATE
    return f"asked after {gap} for a ttl of 180 minutes"


@check(15, "timing", "skipHours and skipDays are kept")
async def _(house: House) -> str:
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(7))
    paper = await house.one(
        reply(
            200,
            rss(channel=f"<ttl>120</ttl><skipHours>{hours}</skipHours><skipDays><day>Saturday</day><day>Sunday</day></skipDays>"),
        )
    )
    await house.days(14)
    times = paper.times("/feed")[1:]
    assert all(at.hour >= 7 and at.weekday() < 5 for at in times)
    assert len({at.date() for at in times}) == 11
    paper.answers["/feed"] = reply(500)
    await house.days(7)
    assert len(paper.times("/feed")) > len(times) + 1
    assert all(at.hour >= 7 and at.weekday() < 5 for at in paper.times("/feed")[1:]), "a failure forgets no wish"
    return f"{len(times)} requests in two weeks, none at night or on a weekend"


@check(16, "timing", "sy:updatePeriod and sy:updateFrequency are kept")
async def _(house: House) -> str:
    channel = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"
    gap = await waits(
        house, reply(200, rss(channel=channel, root='xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'), ETag='"1"')
    )
    assert 6 * HOUR <= gap <= 6 * HOUR * LATE
    return f"asked after {gap} for four times a day"


@check(17, "timing", "requests are spread: no herd on the minute")
async def _(house: House) -> str:
    paper = await house.publisher()
    for number in range(60):
        paper.answers[f"/{number}"] = feed()
    await house.open(*(house.source(paper.url(f"/{number}"), f"s{number}") for number in range(60)))
    await house.poll()
    states = await house.store.source_states()
    due = [state.next_due_at for state in states.values()]
    assert len(set(due)) > 50
    assert sum(at.second == 0 for at in due) < 10
    return f"60 sources of one interval are due at {len(set(due))} instants, {sum(at.second == 0 for at in due)} on the minute"


@check(18, "timing", "an absurd max-age of a year is capped at a day")
async def _(house: House) -> str:
    gap = await waits(house, feed(Cache_Control="max-age=31536000"), kept=False)
    assert DAY <= gap <= DAY * LATE
    return f"asked after {gap}"


# ---------------------------------------------------------------- throttling and errors


async def after_refusal(house: House, status: int, **fields: str) -> timedelta:
    paper = await house.one(reply(status, **fields))
    await house.poll(2)
    return paper.gaps("/feed")[0]


async def rests(house: House, refusal: bytes, *, worked: bool) -> bool:
    """Whether its whole site rests after this answer to one source."""
    paper = await house.one(feed() if worked else refusal)
    await house.poll()
    paper.answers["/feed"] = refusal
    await house.poll()
    until = (await house.state()).throttled_until
    await house.shut()
    return until is not None and until > house.clock.now()


@check(19, "throttling", "429 with Retry-After in seconds")
async def _(house: House) -> str:
    gap = await after_refusal(house, 429, Retry_After="20000")
    assert 20000 <= gap.total_seconds() <= 20000 * LATE
    await house.shut()
    for name in ("RateLimit_Remaining", "X_RateLimit_Remaining"):
        assert await rests(house, reply(403, **{name: "0"}), worked=False), "nothing left is too often, too"
        assert not await rests(house, reply(403, **{name: "7"}), worked=False)
    await house.open()
    return f"asked after {gap} for 20,000 s"


@check(20, "throttling", "429 with Retry-After as a date")
async def _(house: House) -> str:
    gap = await after_refusal(house, 429, Retry_After="Wed, 11 Mar 2026 20:00:00 GMT")
    assert 32 * HOUR <= gap <= 33 * HOUR
    return f"asked after {gap} for a date 32 hours ahead"


@check(21, "throttling", "503 with Retry-After")
async def _(house: House) -> str:
    gap = await after_refusal(house, 503, Retry_After="9000")
    assert 9000 <= gap.total_seconds() <= 9000 * LATE
    return f"asked after {gap} for 9,000 s"


def grows(gaps: list[timedelta]) -> bool:
    return all(after >= before * 1.5 or after >= DAY for before, after in itertools.pairwise(gaps))


@check(22, "throttling", "429 without it: the back-off grows")
async def _(house: House) -> str:
    paper = await house.one(reply(429))
    await house.poll(8)
    gaps = paper.gaps("/feed")
    assert grows(gaps)
    assert DAY <= gaps[-1] <= DAY * LATE
    return f"{' '.join(f'{gap / HOUR:.1f}' for gap in gaps)} h"


@check(23, "throttling", "the back-off is shared by all sources of the site, and by no others")
async def _(house: House) -> str:
    paper, other = await house.publisher("127.0.0.2"), await house.publisher("127.0.0.3")
    for name in ("one", "two", "three"):
        house.names.table[f"{name}.news.example"] = [["127.0.0.2"]]
    house.names.table["www.elsewhere.example"] = [["127.0.0.3"]]
    for path in ("/one", "/two", "/three"):
        paper.answers[path] = feed()
    other.answers["/feed"] = feed()
    sources = [house.source(paper.url(f"/{name}", f"{name}.news.example"), name) for name in ("one", "two", "three")]
    elsewhere = house.source(other.url("/feed", "www.elsewhere.example"), "elsewhere")
    await house.open(*sources, elsewhere)
    await house.poll()
    paper.answers["/one"] = reply(429, retry_after="14400")
    await house.days(0.04)
    began = paper.at("/one")[-1].at
    await house.days(0.08)
    await house.restart()
    await house.days(0.03)
    late = [asked.path for asked in paper.asked if began < asked.at < began + 4 * HOUR]
    assert late == []
    assert len(other.at("/feed")) >= 5
    await house.days(0.1)
    assert {asked.path for asked in paper.asked if asked.at >= began + 4 * HOUR} == {"/one", "/two", "/three"}
    return "three names of one domain rested four hours, a restart included; another site went on"


def told(states: Any, known: dict[str, TroubleRecord], now: Any) -> tuple[list[str], dict[str, TroubleRecord]]:
    """What the operator hears now, and what is remembered of it."""
    decision = notices.decide(notices.of_sources(states, now), known, now)
    kept = {**known, **{record.subject: record for record in decision.kept}}
    for subject in decision.forgotten:
        kept.pop(subject, None)
    return [*decision.bad, *decision.good], kept


async def notices_over(house: House, days: float, known: dict[str, TroubleRecord] | None = None) -> tuple[list[str], Any]:
    lines: list[str] = []
    known = known or {}
    for _ in range(int(days * 24)):
        await house.days(1 / 24)
        states = await house.store.source_states()
        heard, known = told({name: states[name] for name in house.configs}, known, house.clock.now())
        lines += heard
    return lines, known


@check(24, "errors", "5xx, silence and resets: exponential back-off and one alert")
async def _(house: House) -> str:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)

    paper = await house.publisher()
    paper.answers |= {"/500": reply(500), "/cut": cut, "/silent": silent}
    for name in ("500", "cut", "silent"):
        await house.open(house.source(paper.url(f"/{name}"), f"s{name}"), deadline=0.1)
        await house.poll(7)
        # a kept connection that breaks is tried once more at once: the same request
        gaps = [gap for gap in paper.gaps(f"/{name}") if gap]
        assert grows(gaps), f"{name}: {gaps}"
        await house.shut()
    await house.open(house.source(paper.url("/500"), "again"))
    lines, known = await notices_over(house, 3)
    assert len(lines) == 1, lines
    paper.answers["/500"] = lambda asked: reply(200, rss(dated=asked.at))
    recovered, _ = await notices_over(house, 4, known)
    assert len(recovered) == 1, recovered
    return "each doubled its distance up to a day; in three days one alert, then one that it is over"


@check(25, "errors", "410 stops for good and tells the operator")
async def _(house: House) -> str:
    house.on_disk = True
    paper = await house.one(feed())
    await house.poll()
    paper.answers["/feed"] = reply(410)
    lines, _ = await notices_over(house, 4)
    await house.restart()
    await house.days(60)
    assert len(paper.at("/feed")) == 2
    assert condition(await house.state(), house.clock.now()).health is Health.GONE
    assert len(lines) == 1
    return "asked no more in 64 days and over a restart; one notice"


@check(26, "errors", "404 and 403 back off and do not stop")
async def _(house: House) -> str:
    paper = await house.publisher()
    paper.answers |= {"/404": reply(404), "/403": reply(403)}
    for name in ("404", "403"):
        await house.open(house.source(paper.url(f"/{name}"), f"s{name}"))
        await house.poll(9)
        assert grows(paper.gaps(f"/{name}"))
        paper.answers[f"/{name}"] = feed()
        (result,) = await house.poll()
        assert not result.error
        await house.shut()
    assert await rests(house, reply(403), worked=True), "from who gave the feed a moment ago a 403 means that it is too often"
    assert not await rests(house, reply(404), worked=True)
    await house.open()
    return "distance doubled to a day; both were read again when they came back"


# ---------------------------------------------------------------- redirects


@check(27, "redirects", "301 and 308 are followed, and adopted after five identical answers over two days")
async def _(house: House) -> str:
    paper = await house.one(reply(308, location="/new"))
    paper.answers["/new"] = validating()
    await house.days(1.9)
    before = len(paper.at("/feed"))
    assert before > 50
    assert (await house.state()).adopted_url == ""
    await house.days(0.2)
    assert (await house.state()).adopted_url == paper.url("/new")
    old = len(paper.at("/feed"))
    await house.restart()
    await house.days(1)
    assert len(paper.at("/feed")) == old
    assert all(asked.conditional for asked in paper.at("/new")[1:])
    assert condition(await house.state(), house.clock.now()).health is Health.MOVED
    moving = reply(308, location="/new")
    paper.answers |= {"/daily": moving, "/elsewhere": feed()}
    await house.restart(house.source(paper.url("/daily"), "daily", interval=DAY))
    for between in (feed(), reply(308, location="/elsewhere")):
        await house.poll(4)
        assert (await house.state("daily")).adopted_url == "", "four answers over three days are not enough"
        paper.answers["/daily"] = between
        await house.poll()
        paper.answers["/daily"] = moving
    await house.poll(4)
    assert (await house.state("daily")).adopted_url == "", "another answer between begins the count anew"
    await house.poll()
    assert (await house.state("daily")).adopted_url == paper.url("/new")
    return f"asked at the old address {old} times, then never again; conditional all the way; the operator is told"


@check(28, "redirects", "302, 303 and 307 are followed and never stored")
async def _(house: House) -> str:
    paper = await house.one(reply(302, location="/new"))
    paper.answers["/new"] = feed()
    for status in (302, 303, 307):
        paper.answers["/feed"] = reply(status, location="/new")
        await house.days(1)
    state = await house.state()
    assert (state.adopted_url, state.moved_to, state.failures) == ("", "", 0)
    assert len(paper.at("/feed")) == len(paper.at("/new"))
    return f"{len(paper.at('/new'))} redirects in three days, the configured address asked each time"


@check(29, "redirects", "of a mixed chain (308, then 302) only the 308 is kept")
async def _(house: House) -> str:
    paper = await house.one(reply(308, location="/kept"))
    paper.answers |= {"/kept": reply(302, location="/today"), "/today": feed()}
    await house.days(3)
    assert (await house.state()).adopted_url == paper.url("/kept")
    return "the target of the 308 was adopted, that of the 302 not"


@check(30, "redirects", "a loop ends at the limit")
async def _(house: House) -> str:
    paper = await house.one(reply(302, location="/feed"))
    (result,) = await house.poll()
    assert "redirects more than 5 times" in result.error
    assert len(paper.asked) == 6
    return f"{result.error} 6 requests"


@check(31, "redirects", "a redirect from https to http is refused")
async def _(house: House) -> str:
    paper = await house.one(feed())
    hop = house.fetcher._hop

    async def secure(target: Any, *values: Any, **options: Any) -> Any:
        """The first hop is answered as by a server that speaks TLS; all others by the network."""
        if target.scheme != "https":
            return await hop(target, *values, **options)
        answer = house.stand_in(status=302, header=lambda name: paper.url("/feed").encode() if name == b"location" else None)
        return answer, 0.0

    house.fetcher._hop = secure
    told = await refused(house.fetcher.get(f"https://127.0.0.2:{paper.port}/", accept="*/*", max_bytes=10), "redirect")
    location, paper.answers["/form"] = paper.url("/form"), reply(200)

    async def moved(target: Any, *values: Any, **options: Any) -> Any:
        """The same for a form."""
        if target.scheme != "https":
            return await hop(target, *values, **options)
        return house.stand_in(status=307, header=lambda name: location.encode() if name == b"location" else None), 0.0

    house.fetcher._hop = moved
    await refused(house.fetcher.post(f"https://127.0.0.2:{paper.port}/", form={"a": "b"}), "redirect")
    assert paper.asked == []
    return told


class Key:
    def reveal(self) -> str:
        return "reader:canary"


@check(32, "redirects", "a credential is not sent to another origin")
async def _(house: House) -> str:
    paper, other = await house.publisher("127.0.0.2"), await house.publisher("127.0.0.3")
    paper.answers |= {"/feed": reply(302, location=other.url("/feed")), "/same": reply(302, location="/own"), "/own": feed()}
    other.answers["/feed"] = feed()
    await house.open()
    for path in ("/feed", "/same"):
        await house.fetcher.get(paper.url(path), accept="*/*", max_bytes=10_000, authorization=Key())
    assert all("authorization" in asked.fields for asked in paper.asked)
    assert not any("authorization" in asked.fields for asked in other.asked)
    return "sent to the source's own origin, dropped on the way elsewhere"


# ---------------------------------------------------------------- manners


@check(33, "manners", "User-Agent with name, version and contact")
async def _(house: House) -> str:
    paper = await house.one(feed())
    await house.poll()
    agent = paper.asked[0].fields["user-agent"].decode()
    assert agent.startswith("Watchlamp/")
    assert agent.endswith("(+mailto:ops@example.org)")
    return agent


@check(34, "manners", "no cookies, no Referer, nothing added to the query, no Cache-Control: no-cache")
async def _(house: House) -> str:
    paper = await house.one(feed(set_cookie="a=b; Path=/", ETag='"1"'), path="/feed?x=1")
    await house.poll(4)
    for asked in paper.asked:
        assert asked.path == "/feed?x=1"
        assert set(asked.fields) <= {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    return f"fields sent: {' '.join(sorted(paper.asked[-1].fields))}"


@check(35, "manners", "gzip, br and zstd are accepted and decoded, bombs stopped at the cap")
async def _(house: House) -> str:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "br": lambda data: brotli.compress(data, quality=1),
        "zstd": zstd.compress,
    }
    paper = await house.one(feed())
    sources = []
    for name, pack in packers.items():
        paper.answers[f"/{name}"] = reply(200, pack(rss()), content_encoding=name)
        paper.answers[f"/{name}-bomb"] = reply(200, pack(b"<rss>" + b" " * 12_000_000), content_encoding=name)
        sources += [house.source(paper.url(f"/{name}"), name), house.source(paper.url(f"/{name}-bomb"), f"{name}-bomb")]
    await house.restart(*sources)
    results = {result.source_id: result for result in await house.poll()}
    for name in packers:
        assert (results[name].new, results[name].error) == (3, "")
        assert "more than 10,485,760 bytes" in results[f"{name}-bomb"].error
        assert name.encode() in paper.asked[0].fields.get("accept-encoding", b"gzip, br, zstd")
    return "three feeds read, three bombs of 12 MB refused at 10 MB"


@check(36, "manners", "one request in flight and a pause per host, and a bound on all")
async def _(house: House) -> str:
    papers = [await house.publisher(f"127.0.0.{number}") for number in range(10, 50)]
    together = most = 0
    enough = asyncio.Event()

    async def held(writer: asyncio.StreamWriter) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        if together >= 32:
            asyncio.get_running_loop().call_later(0.1, enough.set)
        await enough.wait()
        together -= 1
        writer.write(feed())

    for paper in papers:
        paper.answers |= {"/a": held, "/b": held}
    sources = [house.source(paper.url(path), f"{paper.host}{path}") for paper in papers for path in ("/a", "/b")]
    await house.open(*sources)
    await house.poller.poll_all_due()
    assert most == 32
    assert {paper.most_at_once for paper in papers} == {1}
    spaced = papers[0]
    house.names.table["spaced.example"] = [[spaced.host]]
    spaced.answers |= {"/c": feed(), "/d": feed()}
    await house.restart(*(house.source(spaced.url(path, "spaced.example"), path[1:]) for path in ("/c", "/d")), pause=0.4)
    begin = asyncio.get_running_loop().time()
    await house.poll()
    took = asyncio.get_running_loop().time() - begin
    assert took >= 0.4

    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(feed(connection="close"))

    single = papers[1]
    single.answers |= {"/e": slow, "/f": slow}
    single.most_at_once = 0
    await asyncio.gather(*(house.fetcher.get(single.url(path), accept="*/*", max_bytes=10_000) for path in ("/e", "/f", "/e")))
    assert single.most_at_once == 1, "whoever fetches, a host is asked one thing at a time"
    return f"80 due sources on 40 hosts: 32 in flight at most, 1 a host; two of one host {took:.1f} s apart where 0.4 s are set"


@check(37, "manners", "connections are kept within a host")
async def _(house: House) -> str:
    paper = await house.publisher()
    for number in range(12):
        paper.answers[f"/{number}"] = feed()
    await house.open(*(house.source(paper.url(f"/{number}"), f"s{number}") for number in range(12)))
    await house.poll()
    assert (len(paper.asked), paper.connections) == (12, 1)
    return "12 requests over 1 connection (HTTP/2 where TLS offers it: tests/net/test_answers.py)"


@check(38, "manners", "a body that drips is stopped by a deadline for the whole")
async def _(house: House) -> str:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    await house.one(drip, deadline=0.3)
    begin = asyncio.get_running_loop().time()
    (result,) = await house.poll()
    took = asyncio.get_running_loop().time() - begin
    assert "did not answer in full" in result.error
    assert took < 5
    await house.shut()

    def hop(number: int) -> Any:
        async def late(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.2)
            writer.write(feed(connection="close") if number == 3 else reply(302, location=f"/{number + 1}", connection="close"))

        return late

    paper = house.publishers[0]
    paper.answers |= {f"/{number}": hop(number) for number in range(4)}
    await house.open(house.source(paper.url("/0"), "hops"), deadline=0.5)
    (hopped,) = await house.poll()
    assert "did not answer in full" in hopped.error, "four hops of 0.2 s are more than 0.5 s"
    return f"{result.error}"


@check(39, "manners", "a body cut short is no full feed, whatever its length says")
async def _(house: House) -> str:
    body = rss(*(f"title {number}" for number in range(50)))

    async def unsized(writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 x\r\nETag: "cut"\r\nconnection: close\r\n\r\n' + body[: len(body) // 2])

    async def short(writer: asyncio.StreamWriter) -> None:
        writer.write(reply(200, body[:-200], content_length=str(len(body)), ETag='"cut"'))

    async def chunked(writer: asyncio.StreamWriter) -> None:
        writer.write(reply(200, b"40\r\n" + body[:0x40], transfer_encoding="chunked", ETag='"cut"'))

    paper = await house.one(short)
    for answer in (short, chunked, reply(200, gzip.compress(body)[:-20], content_encoding="gzip", ETag='"cut"')):
        paper.answers["/feed"] = answer
        (result,) = await house.poll()
        assert result.error
    assert await house.titles() == set()
    paper.answers["/feed"] = unsized
    await house.poll()
    paper.answers["/feed"] = reply(200, body)
    await house.poll()
    assert not any(asked.conditional for asked in paper.asked), "half a body's validators would hide the other half"
    assert len(await house.titles()) == 50
    return "short, unfinished and cut bodies are errors; one that nobody can measure gives no validators"


# ---------------------------------------------------------------- content


@check(40, "content", "no delta is asked for, and a 226 is never taken for a full feed")
async def _(house: House) -> str:
    paper = await house.one(reply(226, rss("only new"), im="feed", ETag='"delta"'))
    (result,) = await house.poll()
    assert "answered 226" in result.error
    assert "a-im" not in paper.asked[0].fields
    paper.answers["/feed"] = feed()
    await house.poll()
    assert not paper.asked[-1].conditional
    return "A-IM is not sent; an unasked 226 is an error"


@check(41, "content", "WebSub: discovery, challenge, wrong topic, signatures, renewal, 410")
async def _(house: House) -> str:
    path = Path(__file__).parents[1] / "standins" / "hub.py"
    hub = loaded(path, "standins_hub").HubStandIn()
    await hub.start()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    hub.documents["ledger"] = hub.atom("ledger", [entry(1)])
    await house.open(house.source(hub.address("ledger")), allow_ports=(hub.port,))

    async def take(record: Any) -> Any:
        return await poller.take(record)

    hubs = Hubs(
        house.stand_in(net=house.settings()),
        base,
        house.configs,
        store=house.store,
        fetcher=house.fetcher,
        sandbox=publisher.SameProcess(),
        clock=house.clock,
        new_token=lambda: "token-of-the-scoring-house-1",
        take=take,
    )

    async def ask(config: Any, state: Any, now: Any) -> Any:
        validators = registry.Validators(state.etag, state.last_modified, state.memory, state.place)
        polled = await registry.poll(config, validators, fetcher=house.fetcher, sandbox=publisher.SameProcess(), now=now)
        await hubs.named(config, polled)
        return polled

    poller = Poller(
        house.configs,
        store=house.store,
        ask=ask,
        clock=house.clock,
        on_news=lambda: None,
        at=lambda _: None,
        pushes=hubs.subscriber,
    )
    server = WebServer(application(dict, routes=(hubs.route,)), "127.0.0.1", port)
    await server.start()
    try:
        await hubs.subscriber.at_start()
        await poller.poll_all_due()
        await hubs.subscriber.keep_up()
        await hub.settled()
        assert hub.verdicts == [("subscribe", 200)], "discovered, asked for, challenge echoed"
        (callback,) = hub.subscribers
        async with httpx.AsyncClient(trust_env=False) as client:
            asked = {"hub.mode": "subscribe", "hub.topic": "https://other.example/", "hub.challenge": "x"}
            assert (await client.get(callback, params=asked)).status_code == 404
        body = hub.atom("ledger", [entry(2)]).encode()
        for signature in ({}, {"x_hub_signature": "sha256=" + "0" * 64}, {"x_hub_signature": "sha1=nonsense"}):
            await hub.push(callback, body, **signature)
        await hubs.intake.process()
        assert await house.titles() == {"Report 1"}, "unsigned and forged pushes change nothing"
        await hub.publish("ledger", body.decode())
        await hubs.intake.process()
        assert await house.titles() == {"Report 1", "Report 2"}
        house.clock.advance(8.5 * DAY)
        await hubs.subscriber.keep_up()
        await hub.settled()
        assert hub.verdicts == [("subscribe", 200), ("subscribe", 200)], "renewed before its ten days were over"
        assert (await _status(f"{base}/websub/token-that-nobody-ever-had")) in {404, 410}
        assert hub.wrongs == []
    finally:
        await hubs.intake.stop()
        await poller.stop()
        await server.stop()
        await hub.stop()
    return "one push of four was believed; lease renewed on its ninth day; a callback nobody has is refused"


async def _status(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(url, content=b"<feed/>")).status_code


def loaded(path: Path, name: str) -> Any:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def entry(number: int) -> str:
    return (
        f"<entry><id>urn:entry:{number}</id><title>Report {number}</title><summary>The council met.</summary>"
        f"<link href='https://ledger.example/{number}'/><updated>2026-03-10T0{number}:00:00Z</updated></entry>"
    )


@check(42, "content", "a feed that becomes a web page is an error, and its entries stay")
async def _(house: House) -> str:
    paper = await house.one(feed())
    await house.poll()
    paper.answers["/feed"] = reply(200, b"<!doctype html><title>Log in</title><form>", content_type="text/html", ETag='"page"')
    (result,) = await house.poll()
    assert "web page, not a feed" in result.error
    assert await house.titles() == {"A", "B", "C"}
    paper.answers["/feed"] = feed()
    (again,) = await house.poll()
    assert (again.new, again.error) == (0, "")
    return result.error


# ---------------------------------------------------------------- addresses that must not be reached

DOTTED = (
    "127.0.0.1 127.8.9.10 10.0.0.1 172.16.0.1 172.31.255.254 192.168.0.1 169.254.169.254 100.64.0.1 100.127.255.254 0.0.0.0 "
    "0.1.2.3 224.0.0.1 255.255.255.255"
)
COLONS = (
    "::1 :: fc00::1 fd12:3456::1 fe80::1 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 2002:7f00:1:: "
    "2001:0:7f00:1::"
)
NUMBERS = "2130706433 0x7f000001 0x7f.0.0.1 017700000001 0177.0.0.1 127.1 127.0.1 ①②⑦.0.0.1"
ADDRESSES = [*DOTTED.split(" "), *COLONS.split(" ")]
PRIVATE = [*DOTTED.split(" "), *(f"[{address}]" for address in COLONS.split(" ")), *NUMBERS.split(" ")]


async def refusals(house: House, urls: list[str]) -> None:
    for url in urls:
        await refused(house.fetcher.get(url, accept="*/*", max_bytes=10), "address", url)


async def closed(house: House) -> Any:
    """A listener on loopback, and a fetcher to which loopback is as private as to anybody."""
    trap = await house.publisher("127.0.0.1")
    trap.answers["/"] = feed()
    await house.open(allow=(), allow_ports=(trap.port,))
    return trap


@check(43, "addresses", "literal private addresses in every spelling are refused")
async def _(house: House) -> str:
    trap = await closed(house)
    await refusals(house, [f"http://{host}:{trap.port}/" for host in PRIVATE] + [f"http://{host}/" for host in PRIVATE])
    assert trap.connections == 0
    return f"{len(PRIVATE)} spellings, 0 connections"


@check(44, "addresses", "names that resolve to them are refused")
async def _(house: House) -> str:
    trap = await closed(house)
    for number, address in enumerate(ADDRESSES):
        house.names.table[f"n{number}.example"] = [[address]]
    await refusals(house, [f"http://n{number}.example:{trap.port}/" for number in range(len(ADDRESSES))])
    assert trap.connections == 0
    return f"{len(ADDRESSES)} names, 0 connections"


@check(45, "addresses", "a name with one public and one private address is refused")
async def _(house: House) -> str:
    trap = await closed(house)
    house.names.table["mixed.example"] = [["93.184.216.34", "127.0.0.1"]]
    await refusals(house, [f"http://mixed.example:{trap.port}/"])
    assert (trap.connections, house.fetcher.connections) == (0, 0)
    return "neither address was connected to"


@check(46, "addresses", "a name that changes its address between check and use gains nothing")
async def _(house: House) -> str:
    trap = await closed(house)
    house.names.table["rebound.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    connected: list[str] = []

    class Wire:
        async def connect_tcp(self, host: str, *values: Any, **options: Any) -> Any:
            connected.append(host)
            raise OSError("no way there")

    house.fetcher._guard._inner = Wire()
    for _ in range(2):
        try:
            await house.fetcher.get(f"http://rebound.example:{trap.port}/", accept="*/*", max_bytes=10)
        except FetchError:
            continue
    assert connected == ["93.184.216.34"]
    assert house.names.asked == ["rebound.example"] * 2, "asked once a connection, and what it said was used"
    assert trap.connections == 0
    return "connected to the very address that was checked; the second answer was refused"


@check(47, "addresses", "redirects to them are refused")
async def _(house: House) -> str:
    trap, paper = await house.publisher("127.0.0.1"), await house.publisher("127.0.0.2")
    paper.answers["/file"] = reply(302, location="file:///etc/passwd")
    paths = ["/file"]
    for number, host in enumerate(PRIVATE):
        location = f"http://{host}:{trap.port}/".encode().decode("latin-1")  # as bytes of UTF-8, like servers send them
        paper.answers[f"/{number}"] = reply(302, location=location)
        paths.append(f"/{number}")
    only = publisher.ipaddress.ip_network("127.0.0.2/32")
    await house.open(allow=(only,))
    await refusals(house, [paper.url(path) for path in paths])
    assert trap.connections == 0
    return f"{len(paths)} targets, 0 connections"


@check(48, "addresses", "addresses that two readers understand in two ways, and other schemes, are refused")
async def _(house: House) -> str:
    trap = await closed(house)
    odd = [
        "http://a\\@127.0.0.1/",
        "http://news.example\\@127.0.0.1/",
        "http://user:key@news.example/",
        "http://127.0.0.1#@news.example/",
    ]
    odd += [
        "file:///etc/passwd",
        "gopher://news.example/",
        "ftp://news.example/",
        "http://news.example%2f@127.0.0.1/",
        "http:///feed",
    ]
    odd += ["http://news.example:22/", "http://[::1%25eth0]/", "http://127.0.0.1\t/", "HTTP://\u2170.example/", "//news.example/"]
    house.names.table["news.example"] = [["127.0.0.1"]]
    await refusals(house, odd)
    assert trap.connections == 0
    return f"{len(odd)} spellings"


@check(49, "addresses", "hubs, callbacks, pages and robots.txt go through the same gate")
async def _(house: House) -> str:
    trap = await closed(house)
    house.names.table["hub.example"] = [["127.0.0.1"]]
    for url in (f"http://127.0.0.1:{trap.port}/hub", f"http://hub.example:{trap.port}/hub", "http://169.254.169.254/hub"):
        await refused(house.fetcher.post(url, form={"hub.mode": "subscribe"}), "address", url)
    await refused(Robots(house.fetcher, house.clock).check(f"http://hub.example:{trap.port}/page"), "robots")
    assert trap.connections == 0
    return "forms to hubs and robots.txt were refused like feeds"


# ---------------------------------------------------------------- pages


@check(50, "pages", "robots.txt is fetched, kept for a day and honoured")
async def _(house: House) -> str:
    paper = await house.publisher()
    paper.answers["/robots.txt"] = reply(200, b"User-agent: *\nDisallow: /private\nCrawl-delay: 0.2\n")
    paper.answers |= {"/page": feed(), "/private": feed()}
    await house.open()
    robots = Robots(house.fetcher, house.clock)
    for _ in range(20):
        await robots.check(paper.url("/page"))
        house.clock.advance(HOUR)
    await refused(robots.check(paper.url("/private")), "robots")
    assert len(paper.at("/robots.txt")) == 1
    begin = asyncio.get_running_loop().time()
    for _ in range(2):
        await house.fetcher.get(paper.url("/page"), accept="text/html", max_bytes=10_000)
    assert asyncio.get_running_loop().time() - begin >= 0.2
    house.clock.advance(5 * HOUR)
    paper.answers["/robots.txt"] = reply(503)
    await robots.check(paper.url("/page"))
    assert len(paper.at("/robots.txt")) == 2
    paper.answers["/robots.txt"] = reply(200, b"User-agent: *\nDisallow: /private\n")
    html = b"<html><head><title>Rules</title></head><body><p>What a camera may be used for.</p></body></html>"
    paper.answers |= {"/private": reply(200, html), "/open": reply(200, html)}
    pages = [house.source(paper.url(f"/{name}"), name, kind="page", options=PageOptions()) for name in ("private", "open")]
    await house.restart(*pages)
    results = {result.source_id: result for result in await house.poll()}
    assert "robots.txt" in results["private"].error
    assert results["open"].error == ""
    assert (len(paper.at("/private")), len(paper.at("/open"))) == (0, 1), "a polled page is asked about first"
    return "1 request in 20 hours, the forbidden page left alone, Crawl-delay kept, asked again after a day"
