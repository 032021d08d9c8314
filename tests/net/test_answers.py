"""Answers as the poller needs them: freshness and hubs carried along, validators to their own place only, pauses kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


async def get(client, url: str, **options):
    return await client.get(url, accept="text/xml", max_bytes=100_000, **options)


@pytest.mark.parametrize("status", [200, 304])
async def test_an_answer_says_how_long_it_is_fresh_and_which_hub_it_has(status: int, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(
        status,
        cache_control="max-age=900",
        age="100",
        link='<https://hub.example/>; rel="hub", </>; rel="self"',
        etag='"a"',
    )
    answer = await get(fetcher(site), site.url(), etag=b'"a"')
    assert (answer.status, answer.fresh, answer.hub, answer.topic) == (status, 800, "https://hub.example/", site.url())


async def test_an_expiry_is_counted_by_our_clock_where_the_server_has_none(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(expires="Tue, 10 Mar 2026 12:30:00 GMT")
    assert (await get(fetcher(site, clock=VirtualClock(NOON)), site.url())).fresh == 1800


async def test_validators_are_sent_to_the_place_that_gave_them_only(start, fetcher, reply) -> None:
    site, first, second = await start("127.0.0.3"), await start("127.0.0.4"), await start("127.0.0.5")
    site.answers["/"] = reply(302, location=first.url("/feed?signature=1"))
    first.answers["/feed?signature=1"] = reply(body=b"x", etag='"a"', last_modified="yesterday")
    client = fetcher(site, first, second)
    known = await get(client, site.url())
    site.answers["/"] = reply(302, location=first.url("/feed?signature=2"))
    first.answers["/feed?signature=2"] = reply(304)
    again = await get(client, site.url(), etag=known.etag, last_modified=known.last_modified, place=known.place)
    assert again.not_modified, "a signature that changes makes no other place"
    assert again.place == known.place
    assert "if-none-match" not in site.headers()
    site.answers["/"] = reply(302, location=second.url("/feed"))
    second.answers["/feed"] = reply(body=b"y")
    moved = await get(client, site.url(), etag=known.etag, last_modified=known.last_modified, place=known.place)
    assert moved.body == b"y"
    assert not {"if-none-match", "if-modified-since"} & set(second.headers())
    assert moved.place != known.place


async def test_nothing_new_from_a_place_that_was_asked_for_everything_is_no_answer(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(304)
    with pytest.raises(FetchError, match="answered 304"):
        await get(fetcher(site), site.url(), etag=b'"a"', place="elsewhere")


async def test_a_mixed_chain_tells_the_permanent_part_only(start, fetcher, reply) -> None:
    site = await start()
    site.answers["/a"] = reply(308, location="/b")
    site.answers["/b"] = reply(301, location="/c")
    site.answers["/c"] = reply(302, location="/d")
    site.answers["/d"] = reply(301, location="/e")
    site.answers["/e"] = reply(body=b"x")
    answer = await get(fetcher(site), site.url("/a"))
    assert (answer.url, answer.permanent_url) == (site.url("/e"), site.url("/c"))


@pytest.mark.parametrize(("status", "reason"), [(301, "gone"), (302, "status")])
async def test_gone_is_said_of_the_address_itself_or_where_it_moved_for_good(status, reason, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/a"] = reply(status, location="/b")
    site.answers["/b"] = reply(410)
    with pytest.raises(FetchError) as caught:
        await get(fetcher(site), site.url("/a"))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("status", "fields", "throttled"),
    [
        (429, {}, True),
        (503, {}, True),
        (403, {}, False),
        (403, {"retry_after": "60"}, True),
        (403, {"x_ratelimit_remaining": "0"}, True),
        (403, {"x_ratelimit_remaining": "12"}, False),
        (403, {"ratelimit_remaining": "0"}, True),
        (404, {}, False),
        (500, {}, False),
    ],
)
async def test_what_says_that_we_ask_too_often(status: int, fields: dict[str, str], throttled: bool, start, fetcher, reply) -> None:
    site = await start()
    site.answers["/"] = reply(status, **fields)
    with pytest.raises(FetchError) as caught:
        await get(fetcher(site), site.url())
    assert caught.value.throttled is throttled


async def test_a_body_that_only_ends_with_the_connection_is_told_from_one_with_a_length(start, fetcher, reply) -> None:
    site = await start()

    async def unsized(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 x\r\nconnection: close\r\n\r\n<rss>")

    site.answers["/unsized"] = unsized
    site.answers["/sized"] = reply(body=b"<rss/>")
    site.answers["/chunked"] = b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    client = fetcher(site)
    assert [(await get(client, site.url(path))).sized for path in ("/unsized", "/sized", "/chunked")] == [False, True, True]


async def test_between_two_fetches_from_one_host_there_is_a_pause_but_not_within_one(start, fetcher, reply, names) -> None:
    site = await start()
    names.table["news.example"] = [["127.0.0.2"]]
    site.answers["/a"] = reply(302, location="/b")
    site.answers["/b"] = reply(body=b"x")
    url = site.url("/a", host="news.example")
    patient = fetcher(site, pause=60.0)
    async with asyncio.timeout(30):
        await get(patient, url)  # redirects within one fetch follow at once
        for _ in range(5):
            await get(patient, site.url("/b"))  # an address that net.allow holds is one's own
    client = fetcher(site, pause=0.4)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await asyncio.gather(*(get(client, url) for _ in range(3)))
    assert loop.time() - begin >= 0.8


async def test_hosts_that_may_be_asked_again_are_forgotten(start, fetcher, reply, names) -> None:
    site = await start()
    site.answers["/"] = reply(body=b"x")
    client = fetcher(site, pause=0.0)
    await get(client, site.url())
    assert not client._turns._hosts


async def test_a_server_that_has_it_is_spoken_to_in_http_2(start, fetcher, second_generation) -> None:
    site = await second_generation()
    client = fetcher(site, ca_file=site.ca_file)
    url = f"https://127.0.0.2:{site.port}/feed"
    for _ in range(3):
        answer = await get(client, url, etag=b'"a"')
        assert (answer.status, answer.body, answer.etag, answer.sized) == (200, b"<rss/>", b'"b"', True)
    assert site.connections == 1
    assert [dict(headers)[b"if-none-match"] for headers in site.asked] == [b'"a"'] * 3
    assert not {b"cookie", b"referer"} & {name for headers in site.asked for name, _ in headers}
    site.short = True
    with pytest.raises(FetchError):
        await get(client, url)
