"""From any link to its feed, over invented sites of unlike makes: a real server, the real client, the real readers."""

from __future__ import annotations

import importlib.util
import ipaddress
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web
from nearby import Nearby

from bot.core.errors import UserInputError
from bot.net.client import Fetcher
from bot.sources.discovery import MAX_REQUESTS, Discovery, discover
from bot.sources.knownsites import Candidate, Found
from bot.sources.pasted import address_of


def _invented() -> ModuleType:
    name = "invented_sites"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


invented = _invented()
Answer, rss, page, alternate = invented.Answer, invented.rss, invented.page, invented.alternate


@dataclass
class Settings:
    allow_ports: tuple[int, ...]
    contact: str = ""
    allow: tuple[ipaddress.IPv4Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"),)
    proxy: str | None = None
    ca_file: Path | None = None


@dataclass
class Web:
    """Every invented site on an address of its own, and what was asked of each."""

    port: int = 0
    sites: dict[str, Mapping[str, object]] = field(default_factory=dict)
    asked: dict[str, list[web.Request]] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        self.asked[host].append(request)
        root = f"http://{request.host}"
        found = self.sites[host].get(request.path_qs)
        if found is None:
            return web.Response(status=404, text="<html><title>Not found</title>", content_type="text/html")
        if isinstance(found, str):
            kind = "text/html" if found.lstrip().lower().startswith(("<!doctype", "<html")) else "application/xml"
            text = found.replace("{root}", root).replace("{netloc}", f"//{request.host}")
            return web.Response(body=text.encode(), headers={"Content-Type": f"{kind}; charset=utf-8"})
        body = found.body if isinstance(found.body, bytes) else found.body.encode()
        headers = {**found.headers, **({"Content-Type": found.type} if found.type else {})}
        return web.Response(body=body, status=found.status, headers=headers)


@pytest.fixture(scope="module")
def addresses() -> Iterator[int]:
    return count(1)


@pytest.fixture
async def town(addresses) -> AsyncIterator[tuple[Web, Callable]]:
    """Puts sites on the web and looks behind links to them."""
    known = Web()
    application = web.Application()
    application.router.add_get("/{path:.*}", known.answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    first = web.TCPSite(runner, "127.0.4.1", 0)
    await first.start()
    known.port = runner.addresses[0][1]

    async def put(paths: Mapping[str, object]) -> str:
        host = f"127.0.5.{next(addresses)}"
        await web.TCPSite(runner, host, known.port).start()
        known.sites[host] = paths
        known.asked[host] = []
        return f"http://{host}:{known.port}"

    async with Fetcher(Settings((known.port,))) as fetcher:

        async def look(link: str, **more: object) -> Discovery:
            return await discover(link, fetcher=fetcher, sandbox=Nearby(), **more)

        yield known, put, look
    await runner.cleanup()


@pytest.mark.parametrize("site", invented.SITES, ids=lambda site: site.told)
async def test_behind_a_link_is(town, site) -> None:
    _, put, look = town
    root = await put(site.paths)
    found = await look(root + site.link)
    urls = [one.url.removeprefix(root) for one in found.feeds]
    assert urls[:1] == ([] if site.finds is None else [site.finds])
    assert found.requests <= site.requests
    offered = {one.url.removeprefix(root) for one in found.others}
    assert offered >= set(site.also)
    assert site.says in str(found.trouble or "")
    if site.says:
        assert found.trouble is not None
    elif site.finds is not None:
        assert found.trouble is None


def test_there_are_enough_unlike_sites() -> None:
    assert len(invented.SITES) >= 40
    assert len({site.told for site in invented.SITES}) == len(invented.SITES)


async def test_a_handful_of_requests_is_the_most_that_a_link_costs(town) -> None:
    known, put, look = town
    feeds = "".join(alternate(f"/dead/{n}") for n in range(40))
    root = await put({"/news/today": page(feeds), "/": page(feeds)})
    found = await look(f"{root}/news/today")
    assert found.feeds == ()
    assert found.requests == sum(map(len, known.asked.values())) <= MAX_REQUESTS
    assert [one.how for one in found.others] == [Found.NAMED] * (40 - 8)


async def test_what_cannot_be_read_here_is_not_offered_and_what_can_is(town) -> None:
    _, put, look = town
    listed = "User-agent: *\nSitemap: https://x.example/sitemap.xml\nSitemap: /news\nSITEMAP : https://x.example/news-sitemap.xml\n"
    robots = Answer(listed, type="text/plain")
    bare = await look(await put({"/": page(), "/robots.txt": robots}))
    assert bare.others == ()
    other = await put({"/": page(), "/robots.txt": robots})
    found = await look(f"{other}/", kinds=("feed", "page", "sitemap"))
    assert [(one.kind, one.url) for one in found.others] == [
        ("sitemap", "https://x.example/news-sitemap.xml"),
        ("page", f"{other}/"),
    ]


async def test_a_council_on_legistar_needs_no_request_at_all(town) -> None:
    _, _, look = town
    found = await look("https://harbourcity.legistar.com/Calendar.aspx", kinds=("feed", "legistar"))
    assert (found.requests, found.feeds) == (0, ())
    assert [(one.kind, one.options) for one in found.others] == [("legistar", (("client", "harbourcity"),))]


async def test_a_credential_goes_to_the_links_own_origin_alone(town) -> None:
    known, put, look = town

    class Key:
        def reveal(self) -> str:
            return "ada:canary"

    elsewhere = await put({"/f": rss()})
    root = await put({"/": page(alternate(f"{elsewhere}/f"))})
    found = await look(root, authorization=Key())
    assert [one.url for one in found.feeds] == [f"{elsewhere}/f"]
    sent = {host: [request.headers.get("Authorization") for request in asked] for host, asked in known.asked.items()}
    assert list(sent.values()) == [[None], ["Basic YWRhOmNhbmFyeQ=="]]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (" <https://ledger.example/news#top> ", "https://ledger.example/news"),
        ("ledger.example", "https://ledger.example"),
        ("www.ledger.example/a?b=c", "https://www.ledger.example/a?b=c"),
        ("feed:https://ledger.example/f", "https://ledger.example/f"),
        ("feed://ledger.example/f", "https://ledger.example/f"),
        ("@ada@town.example", "https://town.example/@ada"),
        ("HTTP://Ledger.example/f", "HTTP://Ledger.example/f"),
    ],
)
def test_what_people_paste_is_understood(given, meant) -> None:
    assert address_of(given) == meant


@pytest.mark.parametrize(
    "given",
    ["", "ledger", "not a link", "ftp://ledger.example/", "javascript:alert(1)", "http://", "http://[::1", "ada@town.example"],
)
def test_what_is_no_link_is_told_with_an_example(given) -> None:
    with pytest.raises(UserInputError, match="no web address"):
        address_of(given)


def test_a_password_in_a_link_is_refused_without_being_repeated() -> None:
    with pytest.raises(UserInputError, match="secret") as told:
        address_of("https://ada:canary@ledger.example/f")
    assert "canary" not in str(told.value)


async def test_a_link_without_a_scheme_is_asked_without_encryption_where_there_is_none(town) -> None:
    _, put, look = town
    root = await put({"/": page(alternate("/f")), "/f": rss()})
    found = await look(root.removeprefix("http://"))
    assert [one.url for one in found.feeds] == [f"{root}/f"]
    assert found.requests == 3
    assert (await look(root.replace("http://", "https://"))).feeds == ()


async def test_a_platform_that_refuses_is_not_asked_for_its_pages_too(town, monkeypatch) -> None:
    known, put, look = town
    root = await put({"/": Answer("no", status=403)})
    sure = Candidate(f"{root}/feed", Found.PLATFORM, "why")
    known.sites[root.split("//")[1].partition(":")[0]] = {"/feed": Answer("no", status=403), "/": page(), "/p": page()}
    monkeypatch.setattr("bot.sources.discovery.of_platform", lambda _: (sure,))
    found = await look(f"{root}/p")
    assert (found.feeds, found.requests) == ((), 1)
    assert "403" in str(found.trouble)


async def test_a_platform_whose_rule_fails_is_looked_at_as_any_site(town, monkeypatch) -> None:
    _, put, look = town
    root = await put({"/p": page(alternate("/real")), "/real": rss()})
    sure = (Candidate(f"{root}/feed", Found.PLATFORM, "why"), Candidate(f"{root}/second", Found.PLATFORM, "why", doubt=1))
    monkeypatch.setattr("bot.sources.discovery.of_platform", lambda link: sure if link == f"{root}/p" else ())
    found = await look(f"{root}/p")
    assert [one.url for one in found.feeds] == [f"{root}/real"]
    assert [one.url for one in found.others] == [f"{root}/second"]


async def test_the_canonical_address_of_a_page_can_tell_the_platform(town, monkeypatch) -> None:
    """A channel's page under its handle states the address with the channel's id."""
    _, put, look = town
    root = await put({"/@harbour/videos": page('<link rel="canonical" href="/channel/1">'), "/feed-of-1": rss()})
    sure = Candidate(f"{root}/feed-of-1", Found.PLATFORM, "why")
    monkeypatch.setattr("bot.sources.discovery.of_platform", lambda link: (sure,) if link.endswith("/channel/1") else ())
    found = await look(f"{root}/@harbour/videos")
    assert [(one.url, one.candidate.how) for one in found.feeds] == [(f"{root}/feed-of-1", Found.PLATFORM)]


async def test_a_robots_txt_that_cannot_be_had_is_no_trouble(town) -> None:
    _, put, look = town
    root = await put({"/": page(), "/robots.txt": Answer("no", status=500)})
    found = await look(f"{root}/", kinds=("feed", "sitemap"))
    assert (found.others, found.trouble) == ((), None)
