"""The feed source from the wire to its items: a real server, the real client, the real sandbox."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.errors import DocumentError, FetchError
from bot.core.sources import SourceConfig
from bot.net.client import Fetcher
from bot.sandbox.pool import Sandbox
from bot.sources import registry

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class Settings:
    allow_ports: tuple[int, ...]
    contact: str = ""
    allow: tuple[ipaddress.IPv4Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"),)
    proxy: str | None = None
    ca_file: Path | None = None


class Secret:
    def reveal(self) -> str:
        return "user:canary"


def feed(count: int) -> str:
    items = "".join(
        f"<item><title>T{number}</title><link>/{number}</link><guid isPermaLink='false'>{number}</guid></item>"
        for number in reversed(range(count))
    )
    return f'<rss version="2.0"><channel><title>The Wire</title>{items}</channel></rss>'


class Wire:
    """A publisher whose answer a test sets."""

    def __init__(self) -> None:
        self.body = feed(3)
        self.headers = {"ETag": 'W/"1"', "Last-Modified": "Tue, 10 Mar 2026 10:00:00 GMT", "Content-Type": "application/rss+xml"}
        self.status = 200
        self.asked: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        if request.path == "/moved":
            raise web.HTTPMovedPermanently("/feed")
        if self.headers.get("ETag") and request.headers.get("If-None-Match") == self.headers["ETag"]:
            return web.Response(status=304, headers={"ETag": 'W/"2"'})
        return web.Response(text=self.body, status=self.status, headers=self.headers)


@pytest.fixture
async def wire() -> AsyncIterator[tuple[Wire, SourceConfig, Fetcher, Sandbox]]:
    publisher = Wire()
    application = web.Application()
    application.router.add_get("/{name}", publisher.answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.5", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    config = SourceConfig(id="wire", kind="feed", url=f"http://127.0.0.5:{port}/feed")
    async with Fetcher(Settings((port,))) as fetcher, Sandbox() as sandbox:
        yield publisher, config, fetcher, sandbox
    await runner.cleanup()


async def poll(wire, config: SourceConfig | None = None, **validators: bytes | None) -> registry.Polled:
    _, declared, fetcher, sandbox = wire
    return await registry.poll(config or declared, registry.Validators(**validators), fetcher=fetcher, sandbox=sandbox, now=NOW)


async def test_a_poll_brings_items_oldest_first_and_validators(wire) -> None:
    polled = await poll(wire)
    assert [item.title for item in polled.items] == ["T0", "T1", "T2"]
    assert {item.outlet for item in polled.items} == {"The Wire"}
    assert polled.items[0].url == wire[1].url.replace("/feed", "/0")
    assert (polled.etag, polled.last_modified) == (b'W/"1"', b"Tue, 10 Mar 2026 10:00:00 GMT")
    assert not polled.not_modified
    assert polled.notes == ()


async def test_an_unchanged_feed_brings_nothing_but_fresh_validators(wire) -> None:
    polled = await poll(wire, etag=b'W/"1"', last_modified=b"as sent")
    assert polled == registry.Polled((), True, b'W/"2"', b"as sent", place=polled.place)
    assert polled.place
    assert wire[0].asked[-1]["If-Modified-Since"] == "as sent"


async def test_the_same_entries_get_the_same_ids_in_the_next_poll(wire) -> None:
    first = await poll(wire)
    wire[0].body = feed(4)
    second = await poll(wire)
    assert [item.id for item in first.items] == [item.id for item in second.items][:3]


async def test_a_feed_that_became_a_login_page_is_told(wire) -> None:
    wire[0].body = "<!doctype html><title>Log in</title>"
    with pytest.raises(DocumentError, match="web page, not a feed"):
        await poll(wire)


async def test_an_error_of_the_server_is_told(wire) -> None:
    wire[0].status = 503
    wire[0].headers = {"Retry-After": "120"}
    with pytest.raises(FetchError) as told:
        await poll(wire)
    assert (told.value.status, told.value.retry_after) == (503, 120.0)


async def test_a_feed_that_moved_for_good_is_read_and_told(wire) -> None:
    config = replace(wire[1], url=wire[1].url.replace("/feed", "/moved"))
    polled = await poll(wire, config)
    assert len(polled.items) == 3
    assert polled.notes == (f"The feed has moved for good to {wire[1].url}; change its url.",)
    secret = await poll(wire, replace(config, url_secret=True))
    assert secret.notes == ("The feed has moved for good; change its url.",)


async def test_a_credential_is_sent(wire) -> None:
    _, config, fetcher, sandbox = wire
    await registry.poll(config, registry.Validators(), fetcher=fetcher, sandbox=sandbox, now=NOW, authorization=Secret())
    assert wire[0].asked[-1]["Authorization"] == "Basic dXNlcjpjYW5hcnk="


async def test_other_work_goes_on_while_a_long_feed_becomes_items(wire) -> None:
    wire[0].body = feed(1000)
    turns = 0
    done = False

    async def other() -> None:
        nonlocal turns
        while not done:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    polled = await poll(wire)
    done = True
    await task
    assert len(polled.items) == 1000
    assert turns > 1000 / 25


async def test_an_unknown_kind_is_told(wire) -> None:
    with pytest.raises(FetchError, match="no kind of source called 'gopher'; there are feed, "):
        await poll(wire, replace(wire[1], kind="gopher"))


async def test_what_the_server_and_the_document_ask_of_pollers_is_handed_on(wire) -> None:
    wire[0].body = feed(3).replace(
        "<channel>",
        '<channel xmlns:atom="http://www.w3.org/2005/Atom"><ttl>60</ttl><atom:link rel="hub" href="https://hub.example/"/>'
        '<atom:link rel="self" href="/own"/>',
    )
    wire[0].headers = {"Cache-Control": "max-age=900"}
    polled = await poll(wire)
    assert (polled.wishes.fresh, polled.wishes.ttl) == (900, 3600)
    assert polled.hub == "https://hub.example/"
    assert polled.topic is not None
    assert polled.topic.endswith("/own")
    assert polled.window
    wire[0].headers = {"Link": '<https://other.example/>; rel="hub"'}
    assert (await poll(wire)).hub == "https://other.example/", "header fields come first"
