"""The posts source: one post, a list, an index; what fails is told and asked for again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module

import pytest

from bot.core.errors import DocumentError, FetchError
from bot.core.sources import SourceConfig
from bot.net.client import Credential, Response
from bot.sandbox.pool import JOBS
from bot.sources.contract import Polled, Validators
from bot.sources.posts import MAX_POSTS, index_names, poll

NOW = datetime(2031, 3, 10, tzinfo=UTC)
BASE = "https://posts.example/feed/"


def post(title: str, day: int = 3) -> bytes:
    related = f"related:\n  - title: Beside {title}\n    webUrl: https://r.example/{day}\n"
    text = f"---\ntitle: {title}\nexcerpt: About {title}.\npublishedDateTime: 2031-03-{day:02}T09:00:00Z\nwebUrl: https://h.example/{day}\n"
    return f"{text}{related}---\n".encode()


class Secret:
    def reveal(self) -> str:
        return "key"


class Site:
    """A server that answers from a table, and remembers what it was asked."""

    def __init__(self, pages: dict[str, bytes | Exception], *, modified: bool = True) -> None:
        self.pages = pages
        self.modified = modified
        self.asked: list[tuple[str, bytes | None, bool]] = []

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        etag: bytes | None = None,
        last_modified: bytes | None = None,
        authorization: Credential | None = None,
    ) -> Response:
        self.asked.append((url, etag, authorization is not None))
        if not self.modified:
            return Response(304, url, b"", etag=etag, last_modified=last_modified)
        body = self.pages[url]
        if isinstance(body, Exception):
            raise body
        return Response(200, url, body, etag=b'"v2"', last_modified=b"now")


class Direct:
    """The sandbox's own job, run here."""

    async def run(self, job: str, /, **kwargs: object) -> object:
        module, _, name = JOBS[job].path.partition(":")
        return getattr(import_module(module), name)(**kwargs)


async def ask(site: Site, *, related: bool = False, secret: Secret | None = None) -> Polled:
    config = SourceConfig(id="posts", kind="posts", url=BASE + "index", related=related, outlet="Posts", tags=("extra",))
    answer = await poll(config, Validators(b'"v1"', b"before"), fetcher=site, sandbox=Direct(), now=NOW, authorization=secret)
    assert isinstance(answer, Polled)
    return answer


async def test_one_post_is_one_item_and_its_related_entries_only_on_request() -> None:
    site = Site({BASE + "index": post("Drones")})
    answer = await ask(site)
    (item,) = answer.items
    assert (item.title, item.summary, item.url, item.outlet, item.tags) == (
        "Drones", "About Drones.", "https://h.example/3", "Posts", ("extra",)
    )  # fmt: skip
    assert (item.guid, item.first_seen, answer.etag) == (None, NOW, b'"v2"')
    assert site.asked == [(BASE + "index", b'"v1"', False)]
    assert {found.title for found in (await ask(site, related=True)).items} == {"Drones", "Beside Drones"}


async def test_nothing_new_is_nothing_read() -> None:
    answer = await ask(Site({}, modified=False))
    assert answer == Polled(not_modified=True, etag=b'"v1"', last_modified=b"before")


async def test_a_json_list_of_posts_is_read_at_once() -> None:
    posts = [
        {"title": "Late", "publishedDateTime": "2031-03-05T00:00:00Z"},
        {"title": "Early", "publishedDateTime": "2031-03-04T00:00:00Z"},
    ]
    answer = await ask(Site({BASE + "index": json.dumps(posts).encode()}))
    assert [item.title for item in answer.items] == ["Early", "Late"]


@pytest.mark.parametrize(
    "index",
    [
        b"# posts\n2031-03-04-b.md\n\nhttps://posts.example/feed/2031-03-03-a.md\n",
        json.dumps(["2031-03-04-b.md", "2031-03-03-a.md", 7]).encode(),
        json.dumps(
            [{"name": "2031-03-04-b.md"}, {"path": "feed/x", "download_url": BASE + "2031-03-03-a.md"}, {"name": "assets"}]
        ).encode(),
    ],
)
async def test_an_index_leads_to_its_posts_oldest_first(index: bytes) -> None:
    site = Site({BASE + "index": index, BASE + "2031-03-04-b.md": post("Second", 4), BASE + "2031-03-03-a.md": post("First", 3)})
    answer = await ask(site, secret=Secret())
    assert [item.title for item in answer.items] == ["First", "Second"]
    assert (answer.etag, answer.last_modified, answer.notes) == (b'"v2"', b"now", ())
    assert all(told for _, _, told in site.asked)


async def test_the_credential_stays_with_its_own_host() -> None:
    other = "https://other.example/a.md"
    site = Site({BASE + "index": other.encode(), other: post("First")})
    await ask(site, secret=Secret())
    assert site.asked[1] == (other, None, False)


async def test_a_post_that_fails_is_told_and_the_index_is_asked_again() -> None:
    gone = FetchError("The server said 404.", reason="status", status=404)
    site = Site(
        {BASE + "index": b"a.md\nb.md\nc.md", BASE + "a.md": gone, BASE + "b.md": b"---\nx: [\n---\n", BASE + "c.md": post("Good")}
    )
    answer = await ask(site)
    assert [item.title for item in answer.items] == ["Good"]
    assert (answer.etag, answer.last_modified) == (None, None)
    assert len(answer.notes) == 2
    assert answer.notes[0] == "a.md: The server said 404."
    assert answer.notes[1].startswith("b.md: line 3:")


async def test_when_every_post_fails_the_poll_fails() -> None:
    with pytest.raises(FetchError, match="404"):
        await ask(Site({BASE + "index": b"a.md", BASE + "a.md": FetchError("404", reason="status", status=404)}))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\xff\xfe\xff", "not UTF-8"),
        (b"<html><p>Not found</p></html>", "neither a post"),
        (b"", "neither a post"),
        (b"https://[x/a-post.md\n", "neither a post"),
        (b"//a]b/a-post.md\n", "neither a post"),
        (b"a file.md\n" + b"x" * 3000, "neither a post"),
        (b"[1, 2", "not readable JSON"),
        (b"[" * 100_000, "not readable JSON"),
        (b"[]", "neither a post"),
        (b'{"posts": 3}', "no list of posts"),
    ],
)
async def test_what_is_no_post_and_no_index_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        await ask(Site({BASE + "index": body}))


def test_of_a_long_index_the_latest_names_are_read() -> None:
    names = [f"2031-01-01-{number:04}.md" for number in range(MAX_POSTS + 10)]
    assert index_names("\n".join(reversed(names)).encode()) == tuple(names[10:])
