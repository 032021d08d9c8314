"""What servers send beside documents: addresses, header fields, robots.txt, packed bodies; and what hubs call us with."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import brotli
from starlette.applications import Starlette

from bot.core.clock import VirtualClock
from bot.core.errors import FetchError
from bot.core.kinds import FeedOptions
from bot.core.sources import SourceConfig
from bot.core.subscriptions import Kept, Subscription, SubscriptionState
from bot.net import headers, robots
from bot.net.address import is_allowed
from bot.net.decode import Body
from bot.net.guard import Policy, check_url, literal
from bot.service.intake import Intake
from bot.service.websub import Subscriber
from bot.text.urls import behind_redirectors, canonical_url, host, site, stated_address
from bot.web.websub import callback
from fuzzing import pieces
from fuzzing.draw import Draw
from fuzzing.target import NOW, Target, shows_address, shows_text

# ---------------------------------------------------------------- addresses

HOSTS = (
    "127.0.0.1", "0x7f.1", "2130706433", "017700000001", "[::1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "①②⑦.0.0.1", "127。0。0。1", "news.example", "xn--bcher-kva.example",
    "bücher.example", "localhost", "169.254.169.254", "[fe80::1%25eth0]", "a..b", ".", "", "a_b.example", "*", "%31.0.0.1", "1.1.1.1", "[2606:4700::1111]", "news.example.",
)  # fmt: skip


def address_input(draw: Draw) -> str:
    if draw.chance(40):
        made = draw.pick(pieces.ADDRESSES)
    else:
        made = f"{draw.pick(('http', 'https', 'HTTP', 'ftp', ''))}{draw.pick(('://', '://', ':', '//', ':/'))}{draw.pick(('', '', 'u@', 'u:p@', '@'))}"
        made += draw.pick(HOSTS) + draw.pick(("", "", ":80", ":443", ":22", ":", ":0", ":99999", ":8e1"))
        made += draw.pick(("", "/", "/a?b#c", "\\x", "?u=http://127.0.0.1/"))
    return pieces.damaged_text(draw, made) if draw.chance(50) else made


def gated(url: str) -> None:
    """What the gate lets through has one host, which is a name or a public address, and an allowed port."""
    canonical_url(url)
    behind_redirectors(url)
    stated_address(url, "https://news.example/a")
    host(url)
    site(url)
    found = check_url(url, Policy())
    assert found.scheme in {"http", "https"}
    name = found.raw_host.decode("ascii").strip("[]").rstrip(".")
    assert name
    numeric = literal(name)
    if numeric is not None:
        assert is_allowed(numeric), f"{url!r} leads to {numeric}"
    assert (found.port or {"http": 80, "https": 443}[found.scheme]) in {80, 443}
    again = check_url(str(found), Policy())
    assert again.raw_host == found.raw_host


def canonical(url: str) -> None:
    for found in (canonical_url(url), behind_redirectors(url)):
        if found is not None and found != url:
            found.encode("utf-8")
    first = canonical_url(url)
    if first is not None:
        shows_address(first, 100_000)
        assert canonical_url(first) == first, f"{url!r} is {first!r} is {canonical_url(first)!r}"


# ---------------------------------------------------------------- header fields and bodies


def field_input(draw: Draw) -> tuple[str, bytes]:
    name = draw.pick(("cache-control", "age", "expires", "date", "retry-after", "link", "content-type", "location"))
    parts = (
        "max-age=", "s-maxage=60", "no-store", "private", ",", ";", "=", '"', "\\", *pieces.NUMBERS, *pieces.DATES, "<https://hub.example/>; rel=hub", "<https://x/>; rel=self", "<", ">", 'rel="self hub"',
        "charset=utf-8", "charset=", "text/html", "rel*=UTF-8''hub", "\t",
    )  # fmt: skip
    return name, "".join(draw.pick(parts) for _ in range(draw.below(8))).encode("latin-1", "replace") + draw.octets(2)


def field(given: tuple[str, bytes]) -> None:
    name, value = given
    fields = [(name.encode(), value), (b"date", b"Tue, 10 Mar 2026 12:00:00 GMT")]
    headers.read_date(value)
    for waited in (headers.retry_after(value, NOW), headers.retry_after(value, None)):
        assert waited is None or 0 <= waited < 1e12, waited
    for fresh in (headers.freshness(fields, NOW), headers.freshness(fields[:1], None)):
        assert fresh is None or fresh == fresh, fresh  # no NaN
    for found in headers.linked(fields, "https://news.example/").values():
        shows_address(found)
    for found in headers.named_feeds(fields, "https://news.example/"):
        shows_address(found)
    headers.charset_of(value.decode("latin-1"))


def robots_input(draw: Draw) -> str:
    parts = (
        "User-agent: ",
        "Disallow: ",
        "Allow: ",
        "Crawl-delay: ",
        "Sitemap: ",
        "watchlamp",
        "*",
        "/",
        "/a*b$",
        "*" * 40,
        "$",
        "\n",
        "\r",
        "\ufeff",
        "#",
        *pieces.NUMBERS,
        *pieces.ADDRESSES,
    )
    return "".join(draw.pick(parts) for _ in range(draw.below(20))) + pieces.text(draw, 2)


def obeyed(text: str) -> None:
    found = robots.read(text)
    found.can_fetch("https://news.example/a/b/a/b/a/b/a/b?x=%2F", "watchlamp")
    found.crawl_delay("watchlamp")


def body_input(draw: Draw) -> tuple[str, list[bytes]]:
    plain = draw.pick((b"", b"words " * 50, bytes(300_000), b"<rss/>"))
    kind = draw.pick(("gzip", "br", "zstd", "deflate", "identity", "x-gzip", "GZIP ", "gzip, gzip", "compress", ""))
    data = {
        "gzip": lambda: gzip.compress(plain, 1),
        "br": lambda: brotli.compress(plain, quality=1),
        "deflate": lambda: zlib.compress(plain, 1),
    }.get(kind, lambda: plain)()
    if draw.chance(60):
        data = pieces.damaged(draw, data)
    size = 1 + draw.below(400)
    return kind, [data[at : at + size] for at in range(0, min(len(data), 40 * size), size)]


def unpacked(given: tuple[str, list[bytes]]) -> None:
    kind, chunks = given
    body = Body(kind, max_bytes=100_000, host="news.example")
    for chunk in chunks:
        body.add(chunk)
    assert len(body.finish()) <= 100_000


# ---------------------------------------------------------------- hubs

TOKEN = "token-token-token-1"
SECRET = "a secret of the hub"
TOPIC = "https://news.example/feed.xml"


class Kept1:
    """One subscription; pushes are counted and forgotten."""

    def __init__(self) -> None:
        self.fresh = Subscription(
            TOKEN,
            "ledger",
            f"https://us.example/websub/{TOKEN}",
            "https://hub.example/",
            TOPIC,
            "h",
            secret=SECRET,
            state=SubscriptionState.PENDING,
        )
        self.one = self.fresh
        self.taken: list[bytes] = []

    async def subscription(self, token: str) -> Subscription | None:
        return self.one if token == TOKEN else None

    async def change_subscription(self, after: Subscription) -> bool:
        self.one = replace(after, version=after.version + 1)
        return True

    async def keep_push(self, token: str, digest: str, body: bytes, content_type: str | None, now: Any, *, most: int) -> Kept:
        self.taken.append(body)
        return Kept.NEW

    async def keep_hint(self, token: str, digest: str, now: Any) -> None:
        """Nobody polls here."""


CLOCK = VirtualClock(NOW)
STORE = Kept1()
_SOURCES = {"ledger": SourceConfig("ledger", "feed", TOPIC, options=FeedOptions())}
_APP: Any = Starlette(
    routes=[
        callback(
            Subscriber(
                _SOURCES,
                store=STORE,
                post=None,
                base="https://us.example",
                new_token=lambda: "t" * 20,
                confided=lambda _: True,
                clock=CLOCK,
            ),  # type: ignore[arg-type]
            Intake(
                _SOURCES,
                store=STORE,
                read=None,
                take=None,
                shortest=timedelta(minutes=1),
                clock=CLOCK,
                on_push=lambda: None,
                on_taken=lambda *_: None,
            ),  # type: ignore[arg-type]
        )
    ]
)
LOOP = asyncio.new_event_loop()


def hub_input(draw: Draw) -> dict[str, Any]:
    state = draw.pick(tuple(SubscriptionState))
    token = TOKEN if draw.chance(85) else draw.pick(("x", "../" * 9, "é" * 20, "a" * 300, "%00" * 9))
    if draw.chance(50):
        given = {"hub.mode": draw.pick(("subscribe", "unsubscribe", "denied", "publish", "")), "hub.topic": draw.pick((TOPIC, TOPIC + "%20", *pieces.ADDRESSES)), "hub.challenge": pieces.text(draw, 3), "hub.lease_seconds": draw.pick(pieces.NUMBERS), "hub.reason": pieces.text(draw, 5)}  # fmt: skip
        told = "&".join(f"{name}={value}" for name, value in given.items() if draw.chance(85)).encode("utf-8", "replace")
        return {
            "method": draw.pick(("GET", "GET", "HEAD", "PUT")),
            "token": token,
            "query": told,
            "body": b"",
            "headers": {},
            "state": state,
            "secret": SECRET,
        }
    body = draw.pick((b"", b"<rss/>", b"x" * 5000, draw.octets(20)))
    secret = draw.pick((SECRET, SECRET, None))
    method = draw.pick(("sha1", "sha256", "sha512", "sha384", "md5", "SHA256"))
    right = hmac.new(SECRET.encode(), body, method.lower()).hexdigest()
    signature = draw.pick(
        (
            f"{method}={right}",
            f"{method}={right}",
            f"{method}= {right.upper()}",
            f"{method}={right[:-1]}",
            right,
            "=",
            "sha1=é",
            "",
            f"{method}=" + "0" * 64,
        )
    )
    if draw.chance(20):
        body = pieces.damaged(draw, body)
    said = {
        "x-hub-signature": signature,
        "content-type": draw.pick(("application/rss+xml", "x\xff")),
        "content-length": draw.pick((str(len(body)), "-1", "9" * 30, "x", "²")),
    }
    return {
        "method": "POST",
        "token": token,
        "query": b"",
        "body": body,
        "headers": {name: value for name, value in said.items() if draw.chance(85)},
        "state": state,
        "secret": secret,
    }


def called(given: Mapping[str, Any]) -> None:
    """A status of the protocol; a challenge only for what we asked; a body only kept if it is signed."""
    STORE.one, STORE.taken = replace(STORE.fresh, state=given["state"], secret=given["secret"]), []
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": given["body"]}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": given["method"], "path": f"/websub/{given['token']}", "raw_path": b"/", "root_path": "", "scheme": "http",
        "query_string": given["query"], "headers": [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in given["headers"].items()], "server": ("us.example", 80), "client": ("192.0.2.1", 9),
    }  # fmt: skip
    LOOP.run_until_complete(_APP(scope, receive, send))
    status = sent[0]["status"]
    assert status in {200, 202, 400, 404, 405, 408, 410, 413, 503}, status
    said = b"".join(message.get("body", b"") for message in sent[1:])
    assert SECRET.encode() not in said
    if status == 200 and said:
        assert (b"content-type", b"text/plain; charset=utf-8") in sent[0]["headers"]
        assert given["state"] in {SubscriptionState.PENDING, SubscriptionState.VERIFIED, SubscriptionState.LEAVING}
    for kept in STORE.taken:
        method, _, right = given["headers"]["x-hub-signature"].partition("=")
        assert hmac.new(SECRET.encode(), kept, method.lower()).hexdigest() == right.strip().lower(), (
            "a body was kept that is not signed"
        )
        assert hashlib.sha256(kept)
    shows_text(STORE.one.reason)


ALLOWED = (ip_network("127.0.0.0/8"),)

TARGETS = (
    Target("addresses at the gate", "address", address_input, gated, (FetchError,), share=150),
    Target("canonical addresses", "address", address_input, canonical, (), share=150),
    Target("header fields", "http", field_input, field, (), share=150),
    Target("robots.txt", "http", robots_input, obeyed, (), share=40),
    Target("packed bodies", "http", body_input, unpacked, (FetchError,), share=90),
    Target("hubs", "websub", hub_input, called, (), share=60),
)
