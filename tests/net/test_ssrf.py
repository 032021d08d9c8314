"""The whole suite against addresses that lead inside, counted: every spelling by every way out, and what only looks like an answer.

    pytest tests/net/test_ssrf.py -q -s

prints how many addresses and tricks were tried, and how many connections a listener inside had.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from spellings import PRIVATE_NAMES, SPELLINGS, WITH_BLANKS

from bot.config.secret import Secret
from bot.core.clock import VirtualClock
from bot.core.errors import DocumentError, FetchError
from bot.core.links import PageLink, SitePage
from bot.net.calls import Caller
from bot.net.robots import Robots
from bot.sources import discovery

OUTSIDE = "127.0.0.3"
"""Stands for a public address: the only one that is allowed here."""


@dataclass
class Values:
    allow_ports: tuple[int, ...]
    allow: tuple[Any, ...] = (ipaddress.ip_network(f"{OUTSIDE}/32"),)
    contact: str = ""
    proxy: str | None = None
    ca_file: Any = None


@dataclass
class Tried:
    """What was tried, by the way out that it took."""

    by_way: dict[str, set[str]] = field(default_factory=dict)

    def note(self, way: str, trick: str) -> None:
        self.by_way.setdefault(way, set()).add(trick)

    @property
    def addresses(self) -> int:
        return len(self.by_way["source"])

    @property
    def attempts(self) -> int:
        return sum(map(len, self.by_way.values()))


@pytest.fixture
async def field_of_attack(start, fetcher, names, clock):
    """A listener inside, a site outside on the same port that everything may ask, and the two clients that go out."""
    outside = await start(OUTSIDE)
    inside = await start("127.0.0.9", outside.port)
    names.table.update({name: [list(answer) for answer in answers] for name, answers in PRIVATE_NAMES.items()})
    names.table |= {
        "outside.example": [[OUTSIDE]],
        "turning.example": [[OUTSIDE], ["127.0.0.9"], ["127.0.0.9"]],
        "second.example": [[OUTSIDE, "127.0.0.9"]],
        "first.example": [["127.0.0.9", OUTSIDE]],
        "translated.example": [["64:ff9b::127.0.0.9"]],
        "tunnelled.example": [["2002:7f00:9::"]],
    }
    client = fetcher(outside, inside, allow=(ipaddress.ip_network(f"{OUTSIDE}/32"),))
    caller = Caller(Values((outside.port,)), clock=VirtualClock(clock.now()), resolver=names)
    yield outside, inside, client, caller
    await caller.close()


def spelled(port: int) -> list[str]:
    every = [spelling.format(port=port) for spelling in (*SPELLINGS, *WITH_BLANKS)]
    more = [f"http://{name}:{port}/" for name in ("second.example", "first.example", "translated.example", "tunnelled.example")]
    return [*every, *more]


async def test_by_no_way_out_does_any_address_or_trick_reach_a_listener_inside(field_of_attack, reply, capsys, monkeypatch) -> None:
    outside, inside, client, caller = field_of_attack
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, inside.url())  # an environment that points inside counts for nothing
    tried = Tried()
    for url in spelled(outside.port):
        await by_every_way(url, outside, client, caller, tried, reply)
    await named_by_a_document(outside, client, tried, reply)
    await a_name_that_turns(outside, client, tried, reply)
    with capsys.disabled():
        ways = ", ".join(f"{way} {len(tricks)}" for way, tricks in tried.by_way.items())
        print(  # noqa: T201  # the count is what this is for
            f"\nSSRF: {tried.addresses} addresses, {tried.attempts} attempts by {len(tried.by_way)} ways ({ways}): "
            f"{inside.connections} connections to the listener inside"
        )
    assert tried.addresses >= 80
    assert tried.attempts >= 500
    assert inside.connections == 0


async def by_every_way(url: str, outside: Any, client: Any, caller: Any, tried: Tried, reply: Any) -> None:
    """A source, a page's robots.txt, a hub, a webhook, a service with a token; and a redirect from outside, of every kind."""
    with pytest.raises(FetchError):
        await client.get(url, accept="*/*", max_bytes=1000)
    tried.note("source", url)
    with pytest.raises(FetchError):
        await client.post(url, form={"hub.mode": "subscribe"})
    tried.note("hub", url)
    with pytest.raises(FetchError):
        await client.exchange(url, document=b"{}", max_bytes=1000)
    tried.note("service", url)
    called = await caller.call(Secret(url), b"{}", {})
    assert called.status is None
    assert not called.sent
    tried.note("webhook", url)
    if "\r" in url or "\n" in url or not url:
        return  # these end the header field, or the redirect is none
    located = url.encode("utf-8", "replace").decode("latin-1")
    for way, status in (("redirect", 302), ("redirect of a hub", 307)):
        outside.answers["/moved"] = reply(status, location=located)
        before = len(outside.requests)
        try:
            await (
                client.get(outside.url("/moved"), accept="*/*", max_bytes=1000)
                if status == 302
                else client.post(outside.url("/moved"), form={})
            )
        except FetchError:
            pass
        else:
            assert len(outside.requests) > before + 1, "a redirect that was read as an address of the very site"
        tried.note(way, f"{way} to {url}")


async def named_by_a_document(outside: Any, client: Any, tried: Tried, reply: Any) -> None:
    """What a page or an answer names is asked through the same gate: feeds, where a page sends browsers, hubs, robots.txt."""
    port = outside.port
    for url in (f"http://127.0.0.9:{port}/feed", f"http://inside.example:{port}/feed", f"http://2130706441:{port}/"):
        site = SitePage(
            "t",
            "",
            None,
            "",
            None,
            (PageLink(url, "feed", "application/rss+xml"),),
            (PageLink(url, "rss", ""),),
            False,
            False,
            False,
            9,
            refresh=url,
        )

        class Reads:
            async def run(self, job: str, /, **given: Any) -> Any:
                if job == "feed":
                    raise DocumentError("This is a web page, not a feed.")
                return site  # noqa: B023  # called in this very round

        outside.answers["/"] = reply(body=b"<html></html>", content_type="text/html", link=f'<{url}>; rel="hub"')
        found = await discovery.discover(outside.url("/"), fetcher=client, sandbox=Reads())
        assert not found.feeds
        tried.note("discovery", f"named by a page: {url}")
        outside.answers["/robots.txt"] = reply(302, location=url)
        robots = Robots(client, VirtualClock(datetime(2026, 3, 10, tzinfo=UTC)))
        with pytest.raises(FetchError):
            await robots.check(f"http://127.0.0.9:{port}/page")
        tried.note("robots.txt", f"of {url}")


async def a_name_that_turns(outside: Any, client: Any, tried: Tried, reply: Any) -> None:
    """The first answer of a name is allowed, the later ones lead inside."""
    outside.answers["/"] = reply(body=b"outside", connection="close")
    assert (await client.get(f"http://turning.example:{outside.port}/", accept="*/*", max_bytes=100)).body == b"outside"
    tried.note("rebinding", "first answer")
    for _ in range(2):
        with pytest.raises(FetchError):
            await client.get(f"http://turning.example:{outside.port}/", accept="*/*", max_bytes=100)
    tried.note("rebinding", "second answer")
    chain = ["/1", "/2", "/3"]
    for place, following in zip(chain, [*chain[1:], f"http://inside.example:{outside.port}/"], strict=True):
        outside.answers[place] = reply(302, location=following)
    with pytest.raises(FetchError):
        await client.get(outside.url("/1"), accept="*/*", max_bytes=100)
    tried.note("redirect", "after a chain of three")
