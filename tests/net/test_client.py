"""The fetcher against servers that are slow, wrong or hostile: a whole body, the server's own validators, or a sentence."""

from __future__ import annotations

import asyncio
import gzip
import logging
import tracemalloc
import zlib
from datetime import UTC, datetime

import brotli
import pytest

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError
from bot.core.leased import LeaseOverError, leaving_while
from bot.net.client import Response
from bot.net.decode import Body, zstd
from bot.net.headers import authorization_header, charset_of, retry_after


class Key:
    def __init__(self, value: str) -> None:
        self.value = value

    def reveal(self) -> str:
        return self.value


async def get(client, url: str, *, max_bytes: int = 100_000, **options) -> Response:
    return await client.get(url, accept="text/xml", max_bytes=max_bytes, **options)


async def test_manners(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/feed?key=1"] = reply(body=b"x", set_cookie="a=b; Path=/", content_type='text/xml; charset="ISO-8859-1"')
    client = fetcher(site)
    response = await get(client, site.url("/feed?key=1"))
    await get(client, site.url("/feed?key=1#part"))
    said = Response(200, site.url("/feed?key=1"), b"x", 'text/xml; charset="ISO-8859-1"', "iso-8859-1", place=response.place)
    assert response == said
    sent = site.headers()
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding"}
    assert sent["user-agent"].startswith(b"Watchlamp/")
    assert sent["user-agent"].endswith(b" (+mailto:ops@example.org)")
    assert sent["accept-encoding"] == b"gzip, br, zstd"
    assert site.connections == 1, "the connection is kept for the next feed of the same host"


@pytest.mark.parametrize("kept", [False, True], ids=["a new connection", "a kept connection"])
async def test_who_may_not_ask_any_more_has_written_nothing(start, fetcher, reply, kept: bool) -> None:
    site = await start()
    site.answers["/"] = reply()
    client = fetcher(site)
    if kept:
        await get(client, site.url())
    with leaving_while(lambda: False), pytest.raises(LeaseOverError):
        await get(client, site.url())
    assert len(site.requests) == kept
    await get(client, site.url())
    assert len(site.requests) == 1 + kept


async def test_without_contact_the_agent_is_bare(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply()
    await get(fetcher(site, contact=""), site.url())
    assert b"(" not in site.headers()["user-agent"]


VALIDATORS = [
    ('"plain"', "Wed, 10 Jun 2020 22:18:00 GMT"),
    ('W/"weak"', None),
    ('W/""', "yesterday"),
    ("unquoted", "2020-06-10"),
    ('"é\xff"', "  "),
    ('"a", "b"', "Wed, 10 Jun 2020 22:18:00 +0000"),
    (None, "Thu, 01 Jan 1970 00:00:00 GMT"),
]


@pytest.mark.parametrize(("etag", "modified"), VALIDATORS)
async def test_validators_travel_byte_for_byte(etag: str | None, modified: str | None, start, fetcher, reply) -> None:
    site = await start()
    given = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value}
    site.answers["/"] = reply(body=b"x", **given)
    client = fetcher(site)
    first = await get(client, site.url())
    assert first.etag == (etag.encode("latin-1") if etag else None)
    assert first.last_modified == (modified.strip().encode("latin-1") if modified else None)
    site.answers["/"] = reply(304)
    second = await get(client, site.url(), etag=first.etag, last_modified=first.last_modified)
    assert site.headers().get("if-none-match") == first.etag
    assert site.headers().get("if-modified-since") == (first.last_modified or None)
    assert second.not_modified
    assert second.body == b""
    assert (second.etag, second.last_modified) == (first.etag, first.last_modified)


async def test_a_304_freshens_validators_and_keeps_the_connection(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(304, etag='"new"', last_modified="then")
    client = fetcher(site)
    for _ in range(3):
        response = await get(client, site.url(), etag=b'"old"', last_modified=b"before")
        assert (response.etag, response.last_modified) == (b'"new"', b"then")
    assert site.connections == 1


async def test_a_200_without_validators_drops_them(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(body=b"x")
    response = await get(fetcher(site), site.url(), etag=b'"old"', last_modified=b"before")
    assert (response.etag, response.last_modified) == (None, None)


async def test_a_304_that_nobody_asked_for_is_an_error(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(304)
    with pytest.raises(FetchError, match="304"):
        await get(fetcher(site), site.url())


@pytest.mark.parametrize("status", [204, 206, 226, 300, 400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 599, 700])
async def test_a_status_that_brings_no_document_is_told_without_the_address(status: int, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/private?key=canary"] = reply(status, b"" if status == 204 else b"words", etag='"x"', retry_after="7")
    with pytest.raises(FetchError) as told:
        await get(fetcher(site), site.url("/private?key=canary"))
    assert told.value.reason == ("gone" if status == 410 else "status")
    assert told.value.status == status
    assert told.value.retry_after == (7.0 if status >= 400 else None)
    assert told.value.throttled == (status >= 400), "who asks for time asks for less"
    assert f"127.0.0.2 answered {status}" in str(told.value)
    assert "canary" not in str(told.value)
    assert "private" not in str(told.value)


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        (b"120", 120.0),
        (b" 0 ", 0.0),
        (b"1.5", 1.5),
        (b"-5", 0.0),
        (b"Tue, 10 Mar 2026 12:02:00 GMT", 120.0),
        (b"Tue, 10 Mar 2026 12:02:00 -0000", 120.0),
        (b"Tue, 10 Mar 2026 14:02:00 +0200", 120.0),
        (b"Tuesday, 10-Mar-26 12:02:00 GMT", 120.0),
        (b"Mon, 09 Mar 2026 12:00:00 GMT", 0.0),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", 30 * 86400.0),
        (b"1e300", 30 * 86400.0),
        (b"inf", 30 * 86400.0),
        (b"nan", None),
        (b"soon", None),
        (b"", None),
        (b"Tue, 10 Mar 20260 12:02:00 GMT", None),
        (b"Tue, 99 Mar 2026 12:02:00 GMT", None),
        (b"\xff", None),
    ],
)
def test_retry_after_is_read_in_every_form(value: bytes | None, seconds: float | None) -> None:
    assert retry_after(value, NOON) == seconds


@pytest.mark.parametrize(
    ("date", "clock", "seconds"),
    [
        (None, VirtualClock(NOON), 30.0),
        ("Tue, 10 Mar 2026 12:00:10 GMT", VirtualClock(NOON), 20.0),
        ("Tue, 10 Mar 2026 12:00:10 GMT", None, 20.0),
        ("noon", VirtualClock(NOON), 30.0),
        (None, None, None),
    ],
)
async def test_a_date_in_retry_after_is_counted_from_the_servers_own_time(date, clock, seconds, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(503, retry_after="Tue, 10 Mar 2026 12:00:30 GMT", **({"date": date} if date else {}))
    with pytest.raises(FetchError) as told:
        await get(fetcher(site, clock=clock), site.url())
    assert told.value.retry_after == seconds


# ---------------------------------------------------------------- redirects


def chain(site, reply, *statuses: int) -> None:
    for index, status in enumerate(statuses):
        site.answers[f"/{index}"] = reply(status, b"moved", location=f"/{index + 1}")
    site.answers[f"/{len(statuses)}"] = reply(body=b"end")


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ((), None),
        ((301,), 1),
        ((308, 301), 2),
        ((302,), None),
        ((303, 301), None),
        ((307, 308), None),
        ((308, 302), 1),
        ((301, 308, 302, 301), 2),
        ((301, 301, 301, 301, 301), 5),
    ],
)
async def test_only_the_permanent_beginning_of_a_chain_moves_a_source(statuses, permanent, start, fetcher, reply) -> None:
    site = await start()
    chain(site, reply, *statuses)
    response = await get(fetcher(site), site.url("/0"))
    assert response.body == b"end"
    assert response.url == site.url(f"/{len(statuses)}")
    assert response.permanent_url == (None if permanent is None else site.url(f"/{permanent}"))


async def test_six_redirects_and_loops_end(start, fetcher, reply) -> None:
    site = await start()
    chain(site, reply, *[302] * 6)
    site.answers["/loop"] = reply(301, location="/loop")
    for target in ("/0", "/loop"):
        site.requests.clear()
        with pytest.raises(FetchError, match="more than 5 times") as told:
            await get(fetcher(site), site.url(target))
        assert told.value.reason == "redirect"
        assert len(site.requests) == 6


async def test_a_redirect_without_a_place_is_a_status(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(301)
    with pytest.raises(FetchError, match="301"):
        await get(fetcher(site), site.url())


async def test_raw_blanks_and_letters_in_a_location_are_escaped(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = b"HTTP/1.1 302 x\r\nlocation: /a b/\xc3\xa9?q=%20#part\r\ncontent-length: 0\r\n\r\n"
    site.answers["/a%20b/%C3%A9?q=%20"] = reply(body=b"there")
    response = await get(fetcher(site), site.url())
    assert response.body == b"there"
    assert "#" not in response.url


async def test_a_credential_stays_at_its_origin(start, fetcher, reply) -> None:
    first, second = await start("127.0.0.3"), await start("127.0.0.4")
    first.answers["/"] = reply(302, location="/same")
    first.answers["/same"] = reply(302, location=second.url("/other"))
    second.answers["/other"] = reply(302, location=first.url("/back"))
    first.answers["/back"] = reply(body=b"end")
    await get(fetcher(first, second), first.url(), authorization=Key("user:canary"), etag=b'"x"')
    assert [b"authorization" in request.lower() for request in first.requests] == [True, True, False]
    assert b"authorization" not in second.requests[0].lower()
    assert second.headers()["if-none-match"] == b'"x"'


@pytest.mark.parametrize(
    ("secret", "header"),
    [
        ("user:pass word", b"Basic dXNlcjpwYXNzIHdvcmQ="),
        ("token", b"Bearer token"),
        ("Basic abc", b"Basic abc"),
        ("Token abc:def", b"Token abc:def"),
    ],
)
def test_a_credential_becomes_a_header(secret: str, header: bytes) -> None:
    assert authorization_header(secret) == header


async def test_from_https_to_http_is_refused(start, fetcher, reply) -> None:
    site = await start()
    client = fetcher(site, allow_ports=(site.port,))
    answers = iter([(302, site.url("/plain"))])

    async def hop(target, headers, max_bytes, left, allowed, *, follows):
        status, place = next(answers)
        return type("Hop", (), {"status": status, "headers": [], "header": lambda self, name: place.encode()})(), 0.0

    client._hop = hop
    with pytest.raises(FetchError, match="from https to http") as told:
        await get(client, f"https://127.0.0.2:{site.port}/")
    assert told.value.reason == "redirect"
    assert site.connections == 0


# ---------------------------------------------------------------- bodies


def windowed(log: int) -> bytes:
    """A zstd frame whose head asks for a window of 2 to the power of ``log`` bytes."""
    machine = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: log})
    return machine.compress(b"x" * 1000) + machine.flush()


def packed(data: bytes, bits: int) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, bits)
    return machine.compress(data) + machine.flush()


BODY = b"words " * 1000
GOOD = {
    "identity": ("", BODY),
    "named identity": ("identity", BODY),
    "gzip": ("gzip", gzip.compress(BODY)),
    "x-gzip": ("X-GZip", gzip.compress(BODY)),
    "two members": ("gzip", gzip.compress(BODY[:3000]) + gzip.compress(BODY[3000:])),
    "padding": ("gzip", gzip.compress(BODY) + b"\0" * 512),
    "deflate": ("deflate", packed(BODY, 15)),
    "bare deflate": ("deflate", packed(BODY, -15)),
    "empty gzip": ("gzip", b""),
    "brotli": ("br", brotli.compress(BODY)),
    "empty brotli": ("br", b""),
    "zstd": ("zstd", zstd.compress(BODY)),
    "zstd in two frames": ("zstd", zstd.compress(BODY[:3000]) + zstd.compress(BODY[3000:])),
    "empty zstd": ("zstd", b""),
}


@pytest.mark.parametrize(("encoding", "raw"), GOOD.values(), ids=GOOD)
async def test_bodies_are_decoded_whole(encoding: str, raw: bytes, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(body=raw, **({"content_encoding": encoding} if encoding else {}))
    response = await get(fetcher(site), site.url(), max_bytes=len(BODY))
    assert response.body == (BODY if raw else b"")


@pytest.mark.parametrize(("encoding", "raw"), GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("size", [1, 2, 7])
def test_bodies_may_be_cut_anywhere_on_the_way(encoding: str, raw: bytes, size: int) -> None:
    body = Body(encoding, max_bytes=len(BODY), host="h")
    for start in range(0, len(raw), size):
        body.add(raw[start : start + size])
    assert body.finish() == (BODY if raw else b"")


@pytest.mark.parametrize(
    ("encoding", "raw"), [("br", brotli.compress(b"\0" * 50_000_000, quality=1)), ("zstd", zstd.compress(b"\0" * 50_000_000))]
)
def test_a_bomb_is_never_unpacked_beyond_the_cap(encoding: str, raw: bytes) -> None:
    most = 1_000_000
    body = Body(encoding, max_bytes=most, host="h")
    tracemalloc.start()
    try:
        with pytest.raises(FetchError):
            body.add(raw)
        assert tracemalloc.get_traced_memory()[1] < 4 * most
    finally:
        tracemalloc.stop()


BAD = {
    "one byte too long": ("", b"x" * 101, "too_large"),
    "gzip bomb": ("gzip", gzip.compress(b"\0" * 50_000_000), "too_large"),
    "bare deflate bomb": ("deflate", packed(b"\0" * 50_000_000, -15), "too_large"),
    "empty members for ever": ("gzip", gzip.compress(b"") * 10_000, "too_large"),
    "truncated gzip": ("gzip", gzip.compress(b"x" * 90)[:-4], "truncated"),
    "no gzip": ("gzip", b"<rss/>", "encoding"),
    "damaged gzip": ("gzip", gzip.compress(b"words")[:10] + b"\xff" * 20, "encoding"),
    "brotli bomb": ("br", brotli.compress(b"\0" * 50_000_000, quality=1), "too_large"),
    "zstd bomb": ("zstd", zstd.compress(b"\0" * 50_000_000), "too_large"),
    "zstd frames that hold nothing, for ever": ("zstd", zstd.compress(b"") * 30_000, "too_large"),
    "zstd with a window of 128 MB": ("zstd", windowed(27), "encoding"),
    "truncated brotli": ("br", brotli.compress(bytes(range(90)))[:-4], "truncated"),
    "truncated zstd": ("zstd", zstd.compress(bytes(range(90)))[:-4], "truncated"),
    "no brotli": ("br", b"<rss version='2.0'/>", "encoding"),
    "no zstd": ("zstd", b"<rss/>", "encoding"),
    "unknown": ("lzma", b"x", "encoding"),
    "twice": ("gzip, gzip", b"x", "encoding"),
}


@pytest.mark.parametrize(("encoding", "raw", "reason"), BAD.values(), ids=BAD)
async def test_bad_bodies_are_told(encoding: str, raw: bytes, reason: str, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(body=raw, **({"content_encoding": encoding} if encoding else {}))
    with pytest.raises(FetchError) as told:
        await get(fetcher(site), site.url(), max_bytes=100)
    assert told.value.reason == reason


def test_a_bomb_never_holds_more_than_the_cap() -> None:
    body = Body("gzip", max_bytes=1_000_000, host="h")
    with pytest.raises(FetchError, match="more than 1,000,000 bytes"):
        body.add(gzip.compress(b"\0" * 200_000_000))
    assert sum(map(len, body._parts)) <= 1_000_000


CUT = {
    "content-length lies": (b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\nshort", "truncated"),
    "chunks cut off": (b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n", "truncated"),
    "headers cut off": (b"HTTP/1.1 200 x\r\ncontent-le", "protocol"),
    "no HTTP": (b"220 mail.example ESMTP\r\n", "protocol"),
    "nothing": (b"", "protocol"),
    "endless headers": (b"HTTP/1.1 200 x\r\n" + b"a: " + b"b" * 200_000, "protocol"),
    "bad chunk": (b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "protocol"),
}


@pytest.mark.parametrize(("raw", "reason"), CUT.values(), ids=CUT)
async def test_a_server_that_breaks_off_is_told(raw: bytes, reason: str, start, fetcher) -> None:
    site = await start()

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    site.answers["/"] = say
    with pytest.raises(FetchError) as told:
        await get(fetcher(site), site.url())
    assert told.value.reason == reason


async def test_a_server_that_resets_is_told(start, fetcher) -> None:
    site = await start()

    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\nshort")
        await writer.drain()
        writer.transport.abort()

    site.answers["/"] = reset
    with pytest.raises(FetchError) as told:
        await get(fetcher(site), site.url())
    assert told.value.reason in {"connect", "truncated"}


async def test_a_kept_connection_that_the_server_closed_is_replaced(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(body=b"first")
    client = fetcher(site)
    await get(client, site.url())

    async def close(writer: asyncio.StreamWriter) -> None:
        site.answers["/"] = reply(body=b"second")

    site.answers["/"] = close
    assert (await get(client, site.url())).body == b"second"
    assert (len(site.requests), site.connections) == (3, 2)


async def test_https_to_a_plain_server_is_told(start, fetcher) -> None:
    site = await start()
    with pytest.raises(FetchError) as told:
        await get(fetcher(site, deadline=0.5), site.url().replace("http:", "https:"))
    assert told.value.reason == "timeout", "the server waits for the end of a request it cannot read"


async def test_a_server_that_answers_tls_in_plain_words_is_told(fetcher) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(say, "127.0.0.2", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchError) as told:
            await get(fetcher(allow_ports=(port,)), f"https://127.0.0.2:{port}/")
    assert told.value.reason == "tls"


# ---------------------------------------------------------------- time and turns


@pytest.mark.parametrize("part", ["headers", "body"])
async def test_a_slow_drip_ends_at_the_deadline(part: str, start, fetcher) -> None:
    site = await start()

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\n" + (b"content-length: 100000\r\n\r\n" if part == "body" else b"a: "))
        while not writer.is_closing():
            writer.write(b"b")
            await writer.drain()
            await asyncio.sleep(0.02)

    site.answers["/"] = drip
    with pytest.raises(FetchError, match=r"within 0\.5 seconds") as told:
        await get(fetcher(site, deadline=0.5), site.url())
    assert told.value.reason == "timeout"


@pytest.mark.parametrize(("own", "said"), [(0.3, "0.3"), (60.0, "0.5")])
async def test_a_fetch_may_have_less_time_than_others_and_never_more(own: float, said: str, start, fetcher) -> None:
    site = await start()

    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    site.answers["/"] = silent
    with pytest.raises(FetchError, match=f"within {said} seconds"):
        await get(fetcher(site, deadline=0.5), site.url(), deadline=own)


async def test_redirects_share_one_deadline(start, fetcher, reply) -> None:
    site = await start()

    async def slowly(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6)
        writer.write(b"HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    site.answers["/"] = slowly
    with pytest.raises(FetchError) as told:
        await get(fetcher(site, deadline=1.0), site.url())
    assert told.value.reason == "timeout"
    assert 1 <= len(site.requests) <= 2


async def test_one_request_at_a_time_to_one_host(start, fetcher, reply) -> None:
    site, other = await start("127.0.0.3"), await start("127.0.0.4")
    for place in (site, other):
        place.answers["/"] = reply(body=b"x")
    client = fetcher(site, other)
    await asyncio.gather(*(get(client, place.url()) for place in (site, other) for _ in range(10)))
    assert (site.most_at_once, other.most_at_once) == (1, 1)
    assert len(client._turns._hosts) == 0, "nothing is kept of hosts that nobody asks"


async def test_hosts_are_asked_side_by_side_up_to_the_limit(start, fetcher) -> None:
    sites = [await start(f"127.0.0.{number}") for number in range(10, 15)]
    inside = most = 0
    enough = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside == 3:
            enough.set()
        await enough.wait()
        writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n")
        inside -= 1

    for site in sites:
        site.answers["/"] = wait
    client = fetcher(*sites, concurrency=3)
    await asyncio.gather(*(get(client, site.url()) for site in sites))
    assert most == 3


async def test_waiting_for_a_turn_does_not_use_up_the_deadline(start, fetcher) -> None:
    site = await start()

    async def slowly(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 1\r\n\r\nx")

    site.answers["/"] = slowly
    client = fetcher(site, deadline=2.0)
    answers = await asyncio.gather(*(get(client, site.url()) for _ in range(8)))
    assert [answer.body for answer in answers] == [b"x"] * 8


async def test_a_cancelled_fetch_leaves_the_host_free(start, fetcher, reply) -> None:
    site = await start()

    async def never(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    site.answers["/never"] = never
    site.answers["/"] = reply(body=b"x")
    client = fetcher(site)
    task = asyncio.create_task(get(client, site.url("/never")))
    async with asyncio.timeout(10):
        while not site.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await get(client, site.url())).body == b"x"


async def test_no_log_holds_an_address(start, fetcher, reply, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    site = await start()
    site.answers["/?key=canary"] = reply(302, location="/?other=canary")
    site.answers["/?other=canary"] = reply(500)
    with caplog.at_level(logging.DEBUG), pytest.raises(FetchError) as told:
        await get(fetcher(site), site.url("/?key=canary"), authorization=Key("canary"))
    assert "canary" not in caplog.text
    assert "canary" not in str(told.value)
    assert "canary" not in repr(told.value)


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        (None, None),
        ("", None),
        ("text/xml", None),
        ("text/xml; charset=UTF-8", "utf-8"),
        ("text/xml;charset='x'", "'x'"),
        (";;;", None),
    ],
)
def test_the_charset_of_a_content_type(content_type: str | None, charset: str | None) -> None:
    assert charset_of(content_type) == charset


async def test_own_certificates_may_be_trusted_instead(tmp_path, fetcher) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(OSError, match=r"(?i)ssl|pem|certificate"):
        fetcher(ca_file=broken)


# ---------------------------------------------------------------- forms


async def test_a_form_is_posted_with_our_name_through_the_gate(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/hub"] = reply(202, b"will see")
    client = fetcher(site)
    assert await client.post(site.url("/hub"), form={"hub.mode": "subscribe", "topic": "https://x.example/?a=1&b=é"}) == 202
    assert site.requests[0].startswith(b"POST /hub HTTP/1.1\r\n")
    sent = site.headers()
    assert sent["content-type"] == b"application/x-www-form-urlencoded"
    assert sent["user-agent"].endswith(b" (+mailto:ops@example.org)")
    assert site.bodies == [b"hub.mode=subscribe&topic=https%3A%2F%2Fx.example%2F%3Fa%3D1%26b%3D%C3%A9"]
    assert client.connections == 1, "the gate was asked"
    with pytest.raises(FetchError, match="not public"):
        await fetcher(site, allow=()).post(site.url("/hub"), form={})


@pytest.mark.parametrize("status", [307, 308])
async def test_a_form_follows_a_redirect_that_keeps_the_request(status: int, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/old"] = reply(status, location="/new")
    site.answers["/new"] = reply(204)
    assert await fetcher(site).post(site.url("/old"), form={"a": "1"}) == 204
    assert [request.split(b" ")[:2] for request in site.requests] == [[b"POST", b"/old"], [b"POST", b"/new"]]
    assert site.bodies == [b"a=1", b"a=1"]


@pytest.mark.parametrize("status", [301, 302, 303, 400, 404, 410, 500])
async def test_another_answer_to_a_form_is_told_with_its_status(status: int, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/hub"] = reply(status, location="/elsewhere")
    with pytest.raises(FetchError) as caught:
        await fetcher(site).post(site.url("/hub"), form={"secret": "s3cret"})
    assert (caught.value.reason, caught.value.status) == ("status", status)
    assert "s3cret" not in str(caught.value)
    assert len(site.requests) == 1


async def test_a_form_obeys_the_limits_of_a_fetch(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/loop"] = reply(307, location="/loop")
    site.answers["/busy"] = reply(429, retry_after="120")

    async def hang(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    site.answers["/hang"] = hang
    client = fetcher(site)
    with pytest.raises(FetchError, match="more than 5 times"):
        await client.post(site.url("/loop"), form={})
    with pytest.raises(FetchError) as busy:
        await client.post(site.url("/busy"), form={})
    assert busy.value.retry_after == 120
    with pytest.raises(FetchError, match=r"within 0\.1 seconds"):
        await client.post(site.url("/hang"), form={}, deadline=0.1)
