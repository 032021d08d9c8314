"""Whatever a site answers: few requests, none twice, none to who asked to be left alone, and only feeds come back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import FetchError
from bot.net.client import Response
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.links import read_links
from bot.sources.discovery import MAX_REQUESTS, PATIENT, discover

HOSTS = ("https://a.example", "https://b.example", "http://a.example")
PATHS = ("/", "/news/", "/feed", "/feed/", "/rss.xml", "/x", "/x/comments/feed", "/robots.txt", "/index.xml", "/@ada", "/@ada.rss")
ADDRESSES = tuple(f"{host}{path}" for host in HOSTS for path in PATHS)
KINDS = ("feed", "page", "sitemap", "legistar")

FEED = '<rss version="2.0"><channel><title>{}</title>{}</channel></rss>'
ENTRY = "<item><title>T</title><guid>1</guid></item>"


def page(links: list[str], words: int) -> str:
    head = "".join(f'<link rel="alternate" type="application/rss+xml" title="{at}" href="{link}">' for at, link in enumerate(links))
    return f"<!doctype html><html><head>{head}</head><body>{'word ' * words}<a href='/rss.xml'>RSS</a></body></html>"


ANSWERS = st.one_of(
    st.sampled_from([200, 301, 401, 403, 404, 410, 429, 500, 503]).map(lambda status: ("status", status)),
    st.sampled_from(["timeout", "connect", "tls", "name", "too_large"]).map(lambda reason: ("reason", reason)),
    st.sampled_from([FEED.format("T", ENTRY), FEED.format("T", ""), FEED.format("Comments on T", ENTRY), "", "{}", "\x89PNG"]).map(
        lambda body: ("body", body)
    ),
    st.builds(
        lambda links, words: ("body", page(links, words)), st.lists(st.sampled_from(ADDRESSES), max_size=6), st.integers(0, 60)
    ),
)


class World:
    """Sites as a strategy drew them, and what was asked of them."""

    def __init__(self, answers: dict[str, tuple[str, Any]]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.closed: set[str] = set()

    async def get(self, url: str, *, accept: str, max_bytes: int, **_: Any) -> Response:
        assert urlsplit(url).netloc not in self.closed, "asked again who wanted to be left alone"
        self.asked.append(url)
        kind, what = self.answers.get(url, ("status", 404))
        if kind == "body":
            return Response(200, url, what.encode("utf-8", "surrogatepass"), "text/html")
        if kind == "reason":
            if what != "too_large":
                self.closed.add(urlsplit(url).netloc)
            raise FetchError("It failed.", reason=what)
        if what in PATIENT:
            self.closed.add(urlsplit(url).netloc)
        if what == 200:
            return Response(200, urljoin(url, "/feed"), FEED.format("T", ENTRY).encode(), permanent_url=urljoin(url, "/feed"))
        raise FetchError(f"It answered {what}.", reason="status", status=what)

    async def run(self, job: str, /, **kwargs: Any) -> object:
        return {"feed": parse_feed, "links": read_links}[job](**kwargs)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(ADDRESSES), ANSWERS, max_size=12), st.sampled_from(ADDRESSES), st.sets(st.sampled_from(KINDS))
)
async def test_a_link_costs_little_and_gives_feeds_alone(answers: dict[str, tuple[str, Any]], link: str, kinds: set[str]) -> None:
    world = World(answers)
    found = await discover(link, fetcher=world, sandbox=world, kinds=kinds)
    assert found.requests == len(world.asked) <= MAX_REQUESTS
    assert len({url.rstrip("/") for url in world.asked}) == len(world.asked)
    assert all(one.candidate.kind == "feed" for one in found.feeds)
    assert all(one.kind in {"feed", *kinds} for one in found.others)
    full = [bool(one.document.entries) for one in found.feeds]
    assert full == sorted(full, reverse=True)  # a feed with entries comes before one without
    if any(full):
        assert found.trouble is None
