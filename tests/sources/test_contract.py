"""What every kind of source promises, whatever it reads. A new kind joins by a small site of its own in ``SITES``.

A real server, the real client, the real sandbox. What a kind makes of the oddities of its own web is tested beside this.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from bot.config.load import load_for_replay
from bot.config.secret import Secret
from bot.config.settings import NetSettings
from bot.config.sources import SOURCE_KINDS
from bot.core.clock import VirtualClock
from bot.core.errors import DocumentError, FetchError
from bot.core.sources import SourceConfig
from bot.net.client import Fetcher
from bot.sandbox.pool import Sandbox
from bot.sources import registry
from bot.sources.contract import Polled, Validators

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
KEY = "k3y-canary-4711"
FEED = """<rss version="2.0"><channel><title>The Ledger</title><link>https://ledger.example/</link>
<item><title>Second {said}</title><link>https://ledger.example/2</link><guid>2</guid>
<pubDate>Sun, 28 Feb 2027 10:00:00 GMT</pubDate></item>
<item><title>First</title><link>https://ledger.example/1</link><guid>1</guid><pubDate>Sat, 27 Feb 2027 10:00:00 GMT</pubDate></item>
</channel></rss>"""
POSTS = [
    {"title": "First", "url": "https://ledger.example/1", "date": "2027-02-27"},
    {"title": "Second {said}", "url": "https://ledger.example/2", "date": "2027-02-28"},
]
NOTICES = {"results": [{"id": n, "title": f"Notice {n} {{said}}", "url": f"https://ledger.example/{n}"} for n in (2, 1)]}
LIST = """<!doctype html><html><head><title>Notices</title></head><body><main><ul>
<li><a href="/2">Second notice of the harbour police {said}</a></li><li><a href="/1">First notice of the harbour police</a></li>
</ul></main></body></html>"""
MAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://ledger.example/2027/second-report</loc><lastmod>2027-02-28T10:00:00Z</lastmod></url>
<url><loc>https://ledger.example/2027/first-report</loc><lastmod>2027-02-27T10:00:00Z</lastmod></url></urlset>"""
MATTERS = [
    {
        "MatterId": number,
        "MatterGuid": f"G{number}",
        "MatterLastModifiedUtc": f"2027-02-2{number}T10:00:00",
        "MatterFile": f"CB {number}",
        "MatterTitle": f"An ordinance on number plate readers, part {number} {{said}}",
        "MatterIntroDate": "2027-02-18T00:00:00",
    }
    for number in (1, 2)
]
OPINIONS = {
    "count": 2,
    "next": None,
    "results": [
        {
            "absolute_url": f"/opinion/{number}/harbour-v-doe/",
            "caseName": f"Harbour v. Doe {number} {{said}}",
            "cluster_id": number,
            "court": "Harbour Court of Appeals",
            "dateFiled": f"2027-02-2{number}",
            "opinions": [{"id": number, "snippet": "A camera that reads number plates"}],
        }
        for number in (2, 1)
    ],
}


@dataclass(frozen=True)
class Site:
    """Where a kind is shown at its best.

    Attributes:
        table: of the configuration, without id, kind and url.
        body: what is at its address; ``{said}`` stands where a server may repeat what it was told.
        path: of its address.
        type: of the content.
        url: of the table; some kinds know it by themselves.
    """

    table: str
    body: str
    path: str = "/listing"
    type: str = "application/json"
    url: bool = True


SITES = {
    "feed": Site("", FEED, type="application/rss+xml"),
    "websub": Site("", FEED, type="application/rss+xml"),
    "posts": Site("", json.dumps(POSTS)),
    "json": Site('options = { items = "results", fields = { id = "id", title = "title", url = "url" } }', json.dumps(NOTICES)),
    "page": Site('options = { items = "li" }', LIST, type="text/html"),
    "sitemap": Site("", MAP, type="application/xml"),
    "legistar": Site('options = { client = "harbour", what = ["matters"] }', json.dumps(MATTERS), "/v1/harbour", url=False),
    "courtlistener": Site(
        'secret = "COURT"\noptions = { query = "plates", type = "o" }', json.dumps(OPINIONS), "/api/rest/v4/search/", url=False
    ),
}


class World:
    """One kind on its site.

    Attributes:
        changed: what is served in place of the site's own body, or status.
        asked: paths, in order.
    """

    def __init__(self, kind: str, site: Site) -> None:
        self.kind, self.site = kind, site
        self.changed: bytes | int | None = None
        self.asked: list[str] = []
        self.echo = ""
        self.config: SourceConfig
        self.fetcher: Fetcher
        self.sandbox: Sandbox

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        self.asked.append(request.path_qs)
        if isinstance(self.changed, int):
            return web.Response(status=self.changed, text=f"not for {self.echo}")
        body = self.site.body.replace("{said}", self.echo).encode() if self.changed is None else self.changed
        return web.Response(body=body, headers={"Content-Type": self.site.type, "ETag": '"one"'})

    async def poll(self, validators: Validators | None = None, *, key: str = KEY) -> Polled:
        return await registry.poll(
            self.config, validators or Validators(), fetcher=self.fetcher, sandbox=self.sandbox, now=NOW, authorization=Secret(key)
        )


def remembered(polled: Polled, before: Validators | None = None) -> Validators:
    """What the next poll is given, as the poller keeps it."""
    memory = polled.memory if polled.memory is not None else before.memory if before else ""
    return Validators(polled.etag, polled.last_modified, memory, polled.place)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One for all: what starts its child takes longer than most of these tests."""
    async with Sandbox(workers=1) as opened:
        yield opened


@pytest.fixture(params=sorted(SITES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(loop_scope="module")
async def world(kind: str, tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[World]:
    made = World(kind, SITES[kind])
    application = web.Application()
    application.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}{made.site.path}"
    path = tmp_path / "config.toml"
    told = f'url = "{url}"\n' if made.site.url else ""
    path.write_text(f'[[sources]]\nid = "watched"\nkind = "{kind}"\n{told}{made.site.table}\n', encoding="utf-8")
    made.config = replace(_declared(path), url=url)
    net = NetSettings(allow=(ipaddress.ip_network("127.0.0.0/8"),), allow_ports=(port,))
    async with Fetcher(net, clock=VirtualClock(NOW), pause=0.0) as fetcher:
        made.fetcher, made.sandbox = fetcher, sandbox
        yield made
    await runner.cleanup()


def _declared(path: Path) -> SourceConfig:
    (source,) = [source for source in load_for_replay(path).sources if source.id == "watched"]
    return source


def test_every_kind_has_its_site() -> None:
    assert set(SITES) == set(registry.KINDS)
    assert set(SITES) <= set(SOURCE_KINDS)


@pytest.mark.asyncio(loop_scope="module")
async def test_it_keeps_what_every_kind_promises(world: World) -> None:
    first = await world.poll()
    asked = len(world.asked)
    assert asked >= 1  # through the fetcher it was given, and nothing else is there to ask
    again = await world.poll()
    then = await world.poll(remembered(first))

    for item in (*first.items, *again.items, *then.items):
        assert item.source_id == "watched"
        assert item.id
        assert item.title.strip()
        assert item.first_seen == NOW
    dated = [item.date_published for item in first.items if item.date_published]
    assert dated == sorted(dated)  # oldest first
    assert [item.id for item in first.items] == [item.id for item in again.items]  # an id is the item's, not the poll's
    assert {item.id for item in then.items} <= {item.id for item in first.items}  # nothing is new because it was asked again
    known = [item.id for item in first.items]
    assert len(set(known)) == len(known)


@pytest.mark.asyncio(loop_scope="module")
async def test_what_it_lists_comes_as_items(world: World) -> None:
    assert len((await world.poll()).items) == 2


async def outcome(world: World) -> tuple[Polled | None, DocumentError | FetchError | None]:
    """What a poll brought, or how it failed; it fails in no other way than these two."""
    try:
        return await world.poll(), None
    except (DocumentError, FetchError) as error:
        return None, error


BROKEN = {
    "nothing": b"",
    "noise": bytes(range(256)) * 8,
    "a page": b"<!doctype html><html><head><title>Log in</title></head><body><form><input type=password></form></body></html>",
    "half": None,
    "nested": b"[" * 100_000,
}


@pytest.mark.parametrize("what", sorted(BROKEN))
@pytest.mark.asyncio(loop_scope="module")
async def test_a_document_that_cannot_be_read_is_said_and_makes_no_item(world: World, what: str) -> None:
    body = BROKEN[what]
    world.changed = world.site.body.encode()[: len(world.site.body) // 2] if body is None else body
    polled, error = await outcome(world)
    assert polled is None or len(polled.items) <= 1  # what was whole before the break
    assert error is None or str(error).endswith(".")


@pytest.mark.parametrize("status", [403, 404, 500])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_server_that_refuses_is_said_with_its_status(world: World, status: int) -> None:
    world.changed = status
    with pytest.raises(FetchError) as told:
        await world.poll()
    assert told.value.status == status


@pytest.mark.parametrize("changed", [None, 403, b"not for k3y-canary-4711"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_key_that_the_server_repeats_comes_back_nowhere(world: World, changed: bytes | int | None) -> None:
    world.echo, world.changed = KEY, changed
    polled, error = await outcome(world)
    assert KEY not in repr(polled)
    assert KEY not in f"{error} {error!r} {vars(error) if error else ''}"
