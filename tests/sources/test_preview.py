"""What a new source would bring, as a decision over values: its rhythm, what speaks against it, what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, FetchError
from bot.core.kinds import FeedOptions, KindOptions
from bot.core.links import SitePage
from bot.core.model import Item, TextState
from bot.core.preview import Worry, say_rhythm
from bot.core.sources import SourceConfig
from bot.sources import registry
from bot.sources.discovery import Discovery, FoundFeed
from bot.sources.knownsites import Candidate, Found
from bot.sources.preview import doubles, preview, read_source, rhythm

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = Candidate("https://l.example/feed", Found.ITSELF, "The address is itself a feed.")
EMPTY = Discovery("https://l.example/", (), (), None, None, 1)
PAGE = SitePage("T", "", "en", "", None, (), (), login=False, parked=False, article=False, words=100)


def config(url: str = "https://l.example/feed", **more: Any) -> SourceConfig:
    return SourceConfig("l", more.pop("kind", "feed"), url, **more)


def item(number: int, age: timedelta | None = DAY, *, full: bool = True, **more: Any) -> Item:
    state = TextState.FULL if full else TextState.EXCERPT
    url = f"https://l.example/{number}"
    return Item(
        id=f"i{number}",
        source_id="l",
        title=f"T{number}",
        first_seen=NOW,
        url=url,
        canonical_url=url,
        text_state=state,
        date_published=None if age is None else NOW - age,
        **more,
    )


def made(items: list[Item], *, title: str = "Ledger", declared: tuple[SourceConfig, ...] = (), own: SourceConfig | None = None):
    return preview(EMPTY, HERE, own or config(), items=items, title=title, language=None, now=NOW, declared=declared)


def words(*items: Item, **more: Any) -> list[str]:
    return [str(concern.word) for concern in made(list(items), **more).concerns]


# ---------------------------------------------------------------- rhythm


@pytest.mark.parametrize(
    ("ages", "per_day", "told"),
    [
        ([], None, ""),
        ([1], None, ""),
        ([1, 2], 1.0, "about 1 a day"),
        ([0.1, 0.2, 0.3, 0.4], 4.0, "about 4 a day"),
        ([1, 8, 15, 22], 4 / 22, "about 1 a week"),
        ([2, 4, 6, 8, 10, 100], 5 / 30, "about 1 a week"),
        ([1, 20, 400], 2 / 30, "about 2 a month"),
        ([10, 20, 100], 2 / 30, "about 2 a month"),
        ([200, 300, 400], 3 / 400, "less than one a month"),
        ([-1, 1, 2], 1.0, "about 1 a day"),
    ],
)
def test_the_rhythm_is_of_the_last_month_where_it_tells(ages: list[float], per_day: float | None, told: str) -> None:
    found = rhythm(sorted(NOW - age * DAY for age in ages), NOW)
    assert found == (None if per_day is None else pytest.approx(per_day))
    assert say_rhythm(found) == told


def test_a_burst_of_an_instant_is_as_many_a_day_as_there_are() -> None:
    assert rhythm([NOW - timedelta(seconds=2), NOW - timedelta(seconds=1)], NOW) == pytest.approx(2)
    assert rhythm([NOW - timedelta(hours=2)] * 144, NOW) == pytest.approx(144)


# ---------------------------------------------------------------- concerns


def test_a_lively_feed_with_whole_articles_has_nothing_against_it() -> None:
    found = made([item(n, n * DAY) for n in range(9, 0, -1)])
    assert found.concerns == ()
    assert [one.title for one in found.items] == [f"T{n}" for n in range(1, 10)]
    assert (found.newest, found.title, found.why) == (NOW - DAY, "Ledger", "The address is itself a feed.")
    assert found.table == '[[sources]]\nid = "l"\nkind = "feed"\nurl = "https://l.example/feed"\n'


def test_dead_is_older_than_ninety_days() -> None:
    assert words(item(1, 90 * DAY)) == []
    assert words(item(1, 90 * DAY + timedelta(seconds=1))) == ["dead"]


def test_noisy_is_more_than_fifty_a_day() -> None:
    assert words(*(item(n, n * DAY / 40) for n in range(80, 0, -1))) == []
    assert words(*(item(n, n * DAY / 60) for n in range(120, 0, -1))) == ["noisy"]


def test_undated_is_more_than_half() -> None:
    assert words(item(1, None), item(2)) == []
    assert words(item(1, None), item(2, None), item(3)) == ["undated"]
    found = made([item(1, None), item(2, None)])
    assert found.concerns[0].sentence.startswith("None of its entries has a date.")
    assert (found.per_day, found.newest) == (None, None)


def test_teasers_are_more_than_half_and_of_feeds_alone() -> None:
    assert words(item(1, full=False), item(2)) == []
    assert words(item(1, full=False), item(2, full=False), item(3)) == ["teasers"]
    assert words(item(1, full=False), own=config(kind="legistar")) == []


def test_a_feed_that_calls_itself_one_of_comments_is_told() -> None:
    assert words(item(1), title="Comments on: Council votes") == ["comments"]
    assert words(item(1), title="Commentary") == []


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://l.example/rss?token=abcdefgh", True),
        ("https://l.example/rss?a=b&Api_Key=12345678", True),
        ("https://l.example/feed/0123456789abcdef0123456789abcdef.xml", True),
        ("https://l.example/123e4567-e89b-12d3-a456-426614174000/rss", True),
        ("https://l.example/m/aB3dE5gH7jK9mN1pQ3sT5vX7/feed", True),
        ("https://l.example/rss?key=1", False),
        ("https://l.example/rss?q=0123456789abcdef0123456789abcdef", False),
        ("https://l.example/council-ends-contract-for-cameras-2026/feed", False),
        ("https://l.example/Internationalisierungsbeauftragte/feed", False),
        ("https://l.example/feed", False),
    ],
)
def test_an_address_that_seems_to_hold_a_key_is_told(url: str, private: bool) -> None:
    assert words(item(1), own=config(url)) == (["private"] if private else [])
    table = made([item(1)], own=config(url)).table
    assert (url in table) is not private
    assert ('url_secret = "L"  # the whole address stands in the environment: WATCHLAMP_URL_L=...' in table) is private


@pytest.mark.parametrize(
    "url", ["https://l.example/feed", "http://l.example/feed", "https://www.l.example/feed/", "https://L.example:443/feed"]
)
def test_the_same_address_in_other_clothes_is_doubled(url: str) -> None:
    found = made([item(1)], declared=(SourceConfig("mine", "feed", url),))
    assert [concern.sentence for concern in found.concerns] == [
        "The source mine of the configuration is the same. There is nothing to add."
    ]


def test_other_addresses_and_other_options_are_not_doubled() -> None:
    declared = (
        SourceConfig("query", "feed", "https://l.example/feed?x=1"),
        SourceConfig("secret", "feed", "https://l.example/feed", url_secret=True),
        SourceConfig("kind", "json", "https://l.example/feed", options=KindOptions()),
    )
    assert words(item(1), declared=declared) == []


def test_entries_that_another_source_brought_are_doubled_from_half_and_three() -> None:
    items = [item(n) for n in range(6)]

    def known(count: int, source: str = "other") -> dict[str, str]:
        return {one.canonical_url: source for one in items[:count] if one.canonical_url}

    assert doubles(config(), known(2), items[:4]) is None
    assert doubles(config(), known(3), [*items, item(7)]) is None
    assert doubles(config(), known(6, "l"), items) is None
    found = doubles(config(), known(3), items)
    assert found is not None
    assert found.word is Worry.DOUBLED
    assert "3 of its 6 entries have already come from the source other" in found.sentence


def test_the_language_is_its_own_else_that_of_its_entries() -> None:
    assert made([item(1, language="de"), item(2, language="de"), item(3, language="en")]).language == "de"
    assert preview(EMPTY, HERE, config(), items=[item(1, language="de")], title="", language="fr", now=NOW).language == "fr"
    assert made([item(1)]).language is None


# ---------------------------------------------------------------- reading what was found


def configure(candidate: Candidate, name: str) -> SourceConfig:
    return SourceConfig(name, candidate.kind, candidate.url)


class Nobody:
    """A fetcher and a sandbox that must not be needed."""

    async def get(self, url: str, **_: Any) -> Any:
        raise AssertionError(url)

    async def run(self, job: str, /, **_: Any) -> object:
        raise AssertionError(job)


async def read(discovery: Discovery, **more: Any):
    return await read_source(discovery, fetcher=Nobody(), sandbox=Nobody(), now=NOW, configure=configure, **more)


def document(entries: int = 40, title: str = "Harbour Ledger") -> FeedDocument:
    entry = FeedEntry("T", None, None, NOW - DAY, None, None, None, "", "word " * 200, (), (), None, None)
    listed = tuple(replace(entry, title=f"T{n}", id=str(n), link=f"https://l.example/{n}") for n in range(entries))
    return FeedDocument(title, "en", listed)


async def test_the_best_feed_is_read_and_the_others_are_offered() -> None:
    second = FoundFeed(Candidate("https://l.example/b", Found.NAMED, "why"), document(1, "Second"), "https://l.example/b")
    more = Candidate("https://l.example/c", Found.LINKED, "linked", title="Third")
    found = await read(
        Discovery(
            "https://l.example/", (FoundFeed(HERE, document(), "https://l.example/new", moved=True), second), (more,), None, None, 2
        ),
        declared=(SourceConfig("harbour-ledger", "feed", "https://z.example/"),),
    )
    assert found.config is not None
    assert (found.config.id, found.config.url, len(found.items)) == ("harbour-ledger-2", "https://l.example/new", 40)
    assert [str(concern.word) for concern in found.concerns] == ["moved"]
    assert [(other.url, other.title) for other in found.others] == [
        ("https://l.example/b", "Second"),
        ("https://l.example/c", "Third"),
    ]


@pytest.mark.parametrize(
    ("kinds", "fits", "kind"),
    [(("feed", "reddit"), True, "reddit"), (("feed",), True, "feed"), (("feed", "reddit"), False, "feed")],
)
async def test_a_services_feed_is_declared_as_its_preset_where_there_is_one(kinds: Any, fits: bool, kind: str) -> None:
    def choose(candidate: Candidate, name: str) -> SourceConfig:
        if candidate.kind == "reddit" and not fits:
            raise ValueError("no")
        return SourceConfig(name, "feed", candidate.url, options=FeedOptions(outlet_ends_title=True))

    entry = replace(document(1).entries[0], title="Council votes - The Bugle", outlet="The Bugle")
    found = FoundFeed(
        Candidate("https://www.reddit.com/r/harbour/new/.rss", Found.PLATFORM, "why"),
        FeedDocument("harbour", "en", (entry,)),
        "https://www.reddit.com/r/harbour/new/.rss",
    )
    read_one = await read_source(
        Discovery("https://www.reddit.com/r/harbour", (found,), (), None, None, 1),
        fetcher=Nobody(),
        sandbox=Nobody(),
        now=NOW,
        configure=choose,
        kinds=kinds,
    )
    assert read_one.kind == kind
    assert [one.title for one in read_one.items] == ["Council votes"]
    last = 'options = { subreddit = "harbour" }' if kind == "reddit" else 'url = "https://www.reddit.com/r/harbour/new/.rss"'
    assert read_one.table == f'[[sources]]\nid = "harbour"\nkind = "{kind}"\n{last}\n'


async def test_another_kind_is_asked_once_through_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    async def council(config: SourceConfig, *_: Any, **__: Any) -> registry.Polled:
        return registry.Polled((item(1), item(2)))

    async def closed(config: SourceConfig, *_: Any, **__: Any) -> registry.Polled:
        raise FetchError("webapi answered 401 (Unauthorized).", reason="status", status=401)

    candidate = Candidate("https://h.legistar.com", Found.PLATFORM, "why", kind="council", options=(("client", "h"),))
    found = Discovery("https://h.legistar.com/", (), (candidate,), None, None, 0)
    monkeypatch.setattr(registry, "KINDS", {"council": council})
    read_one = await read(found)
    assert (len(read_one.items), read_one.title) == (2, "h.legistar.com")
    assert read_one.table == '[[sources]]\nid = "h-legistar"\nkind = "council"\noptions = { client = "h" }\n'
    monkeypatch.setattr(registry, "KINDS", {"council": closed})
    refused = await read(found)
    assert refused.config is None
    assert [str(concern.word) for concern in refused.concerns] == ["key"]


async def test_a_page_to_be_watched_is_not_asked_again() -> None:
    candidate = Candidate("https://l.example/p", Found.WATCHED, "why", kind="page", title="T")
    found = await read(Discovery("https://l.example/p", (), (candidate,), PAGE, None, 8))
    assert (found.kind, found.title, found.language, found.items) == ("page", "T", "en", ())
    assert [str(concern.word) for concern in found.concerns] == ["page"]
    assert found.others == ()


@pytest.mark.parametrize(
    ("trouble", "page", "word", "told"),
    [
        (FetchError("l answered 402.", reason="status", status=402), None, "key", "WATCHLAMP_SECRET_NAME"),
        (FetchError("l answered 403.", reason="status", status=403), None, "blocked", "set net.contact"),
        (FetchError("l answered 429.", reason="status", status=429, retry_after=90), None, "blocked", "asks to wait 90 seconds"),
        (FetchError("l answered 429.", reason="status", status=429, retry_after=0), None, "blocked", "asks to wait 1 second."),
        (FetchError("l answered 429.", reason="status", status=429, retry_after=3600), None, "blocked", "asks to wait 1 hour."),
        (FetchError("l answered 429.", reason="status", status=429, retry_after=2592000), None, "blocked", "asks to wait 30 days."),
        (FetchError("l answered 503.", reason="status", status=503), None, "blocked", "try again later"),
        (FetchError("l did not answer.", reason="timeout"), None, "none", "did not answer"),
        (DocumentError("It is empty."), None, "none", "It is empty."),
        (None, None, "none", "Nothing to read was found"),
        (None, PAGE, "none", "names no feed, and the usual places"),
        (None, replace(PAGE, words=3), "none", "without a browser"),
        (None, replace(PAGE, login=True), "none", "login"),
        (None, replace(PAGE, parked=True), "none", "for sale"),
    ],
)
async def test_where_nothing_can_be_read_it_says_why_and_what_to_do(trouble: Any, page: Any, word: str, told: str) -> None:
    found = await read(Discovery("https://l.example/", (), (), page, trouble, 1))
    assert found.config is None
    assert found.table == ""
    (concern,) = found.concerns
    assert (str(concern.word), told in concern.sentence) == (word, True)
