"""What is known of platforms and programs: an address in, where its feeds are out; nothing is asked."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.config.sources import OPTIONS
from bot.sources.knownsites import Found, guesses, of_platform, of_program, without_feed
from bot.sources.services import service_of

CHANNEL = "UC" + "a" * 22
VIDEOS = "https://www.youtube.com/feeds/videos.xml"

PLATFORMS = (
    (f"https://www.youtube.com/channel/{CHANNEL}/videos", f"{VIDEOS}?channel_id={CHANNEL}"),
    ("https://m.youtube.com/playlist?list=PLabc_-1", f"{VIDEOS}?playlist_id=PLabc_-1"),
    ("https://youtube.com/watch?v=x&list=PLabc", f"{VIDEOS}?playlist_id=PLabc"),
    ("https://www.youtube.com/user/harbour", f"{VIDEOS}?user=harbour"),
    ("https://github.com/harbour/lamp", "https://github.com/harbour/lamp/releases.atom"),
    ("https://github.com/harbour/lamp.git", "https://github.com/harbour/lamp/releases.atom"),
    ("https://github.com/harbour/lamp/issues/3", "https://github.com/harbour/lamp/releases.atom"),
    ("https://github.com/harbour", "https://github.com/harbour.atom"),
    ("https://old.reddit.com/r/harbour/top", "https://www.reddit.com/r/harbour/new/.rss"),
    ("https://www.reddit.com/r/harbour+port", "https://www.reddit.com/r/harbour+port/new/.rss"),
    ("https://www.reddit.com/r/harbour/search?q=a+b", "https://www.reddit.com/r/harbour/search.rss?q=a+b&restrict_sr=on&sort=new"),
    ("https://www.reddit.com/user/ada", "https://www.reddit.com/user/ada/.rss"),
    ("https://www.reddit.com/search/?q=plate%20readers", "https://www.reddit.com/search.rss?q=plate+readers&sort=new"),
    ("https://medium.com/@ada", "https://medium.com/feed/@ada"),
    ("https://medium.com/harbour-notes/a-post-1a2b", "https://medium.com/feed/harbour-notes"),
    ("https://medium.com/tag/privacy", "https://medium.com/feed/tag/privacy"),
    ("https://ada.medium.com/a-post", "https://ada.medium.com/feed"),
    ("https://bsky.app/profile/ada.example", "https://bsky.app/profile/ada.example/rss"),
    ("https://bsky.app/profile/did:plc:abc/post/1", "https://bsky.app/profile/did:plc:abc/rss"),
    (
        "https://news.google.com/search?q=plate%20readers&hl=en-US&gl=US&ceid=US%3Aen",
        "https://news.google.com/rss/search?q=plate%20readers&hl=en-US&gl=US&ceid=US%3Aen",
    ),
    ("https://news.google.com/topics/CAAq?hl=en", "https://news.google.com/rss/topics/CAAq?hl=en"),
    ("https://harbour.substack.com/p/a-post", "https://harbour.substack.com/feed"),
    ("https://open.substack.com/pub/harbour/p/a-post", "https://harbour.substack.com/feed"),
    ("https://harbour.wordpress.com/2026/03/", "https://harbour.wordpress.com/feed/"),
    ("https://harbour.blogspot.com/", "https://harbour.blogspot.com/feeds/posts/default"),
    ("https://harbour.tumblr.com/post/1", "https://harbour.tumblr.com/rss"),
    ("https://www.tumblr.com/harbour/1", "https://harbour.tumblr.com/rss"),
    ("https://harbour.ghost.io/", "https://harbour.ghost.io/rss/"),
    ("https://harbour.beehiiv.com/", "https://harbour.beehiiv.com/feed"),
    ("https://harbour.hashnode.dev/", "https://harbour.hashnode.dev/rss.xml"),
    ("https://harbour.bearblog.dev/", "https://harbour.bearblog.dev/feed/"),
    ("https://harbour.micro.blog/", "https://harbour.micro.blog/feed.xml"),
    ("https://www.courtlistener.com/docket/123/harbour-v-lamp/", "https://www.courtlistener.com/docket/123/feed/"),
    ("https://www.courtlistener.com/?q=plates&type=r", "https://www.courtlistener.com/feed/search/?q=plates&type=r"),
    ("https://www.muckrock.com/foi/harbour-city-12/plates-345/", "https://www.muckrock.com/foi/feeds/345/"),
    ("https://www.muckrock.com/agency/harbour-city-12/police-67/", "https://www.muckrock.com/foi/feeds/agency/67/"),
    ("https://www.muckrock.com/foi/list/", "https://www.muckrock.com/foi/feeds/submitted/"),
    ("https://www.muckrock.com/news/archives/", "https://www.muckrock.com/news/feeds/"),
    ("https://www.whatdotheyknow.com/search/anpr/all", "https://www.whatdotheyknow.com/feed/search/anpr/all"),
    (
        "https://www.federalregister.gov/documents/search?conditions%5Bterm%5D=face",
        "https://www.federalregister.gov/api/v1/documents.rss?conditions%5Bterm%5D=face",
    ),
    ("https://news.ycombinator.com/newest", "https://news.ycombinator.com/rss"),
)


@pytest.mark.parametrize(("link", "feed"), PLATFORMS)
def test_a_platforms_feed_is_where_it_keeps_everybodys(link: str, feed: str) -> None:
    first, *others = of_platform(link)
    assert (first.url, first.kind, first.how, first.doubt) == (feed, "feed", Found.PLATFORM, 0)
    assert first.why.endswith("there.")
    assert [other.doubt for other in others] == list(range(1, len(others) + 1))


@pytest.mark.parametrize(
    "link",
    [
        "https://ledger.example/r/harbour",
        "https://www.youtube.com/@harbour",
        "https://www.youtube.com/watch?v=abc",
        "https://github.com/topics/privacy",
        "https://github.com/",
        "https://github.com/harbour/lamp/releases.atom",
        "https://www.reddit.com/r/harbour/.rss",
        "https://www.reddit.com/",
        "https://medium.com/feed/@ada",
        "https://medium.com/",
        "https://bsky.app/",
        "https://bsky.app/profile/ada.example/rss",
        "https://news.google.com/",
        "https://news.google.com/rss/search?q=x",
        "https://open.substack.com/",
        "https://www.tumblr.com/dashboard",
        "https://www.courtlistener.com/",
        "https://www.muckrock.com/foi/feeds/1/",
        "https://www.muckrock.com/about/",
        "https://www.whatdotheyknow.com/request/plates",
        "https://www.federalregister.gov/documents/2026/01/01/a",
        "https://notgithub.com/harbour/lamp",
        "https://substack.com.evil.example/",
        "http://[::1",
    ],
)
def test_what_is_not_known_is_left_to_the_page(link: str) -> None:
    assert of_platform(link) == ()


@pytest.mark.parametrize(
    ("link", "feed"),
    [
        ("https://town.example/@ada", "https://town.example/@ada.rss"),
        ("https://town.example/@ada@other.example", "https://town.example/@ada@other.example.rss"),
        ("https://town.example/tags/privacy", "https://town.example/tags/privacy.rss"),
    ],
)
def test_a_handle_on_any_host_may_be_mastodons(link: str, feed: str) -> None:
    (found,) = of_platform(link)
    assert (found.url, found.how) == (feed, Found.GUESSED)


@pytest.mark.parametrize(
    "link", ["https://town.example/@ada.rss", "https://town.example/@ada/123", "https://town.example/tags/a.rss"]
)
def test_what_is_a_feed_or_a_post_already_is_no_profile(link: str) -> None:
    assert of_platform(link) == ()


@pytest.mark.parametrize(
    "link",
    [
        "https://harbourcity.legistar.com/",
        "https://HarbourCity.legistar.com/MeetingDetail.aspx?ID=1",
        "https://webapi.legistar.com/v1/HarbourCity/matters",
    ],
)
def test_a_council_on_legistar_is_a_source_of_its_own_kind(link: str) -> None:
    (found,) = of_platform(link)
    assert (found.kind, found.options, found.url) == ("legistar", (("client", "harbourcity"),), "https://harbourcity.legistar.com")


@pytest.mark.parametrize("link", ["https://www.legistar.com/", "https://webapi.legistar.com/Help", "https://a.b.legistar.com/"])
def test_legistar_itself_is_no_council(link: str) -> None:
    assert of_platform(link) == ()


@pytest.mark.parametrize(
    ("link", "called"),
    [
        ("https://x.com/ada", "X (Twitter)"),
        ("https://mobile.twitter.com/ada", "X (Twitter)"),
        ("https://www.facebook.com/harbour", "Facebook"),
        ("https://www.linkedin.com/company/x", "LinkedIn"),
    ],
)
def test_a_platform_without_feeds_is_named(link: str, called: str) -> None:
    assert (without_feed(link) or "").startswith(f"{called} offers no feed")


@pytest.mark.parametrize("link", ["https://ledger.example/", "https://fedex.com/", "https://notx.com/", "http://[::1"])
def test_other_sites_are_not_taken_for_one(link: str) -> None:
    assert without_feed(link) is None


@pytest.mark.parametrize(
    ("generator", "first"),
    [
        ("WordPress 6.9", "https://l.example/feed/"),
        ("Hugo 0.160.1", "https://l.example/index.xml"),
        ("Jekyll v4.4", "https://l.example/feed.xml"),
        ("Drupal 11 (https://www.drupal.org)", "https://l.example/rss.xml"),
        ("Wix.com Website Builder", "https://l.example/blog-feed.xml"),
        ("Discourse 3.6", "https://l.example/latest.rss"),
    ],
)
def test_a_program_keeps_its_feed_below_the_site(generator: str, first: str) -> None:
    found = of_program(generator, "https://l.example/2026/a?b=c")
    assert (found[0].url, found[0].how) == (first, Found.PROGRAM)


@pytest.mark.parametrize("generator", ["", "Powered by love", "Nextcloud"])
def test_an_unknown_program_says_nothing(generator: str) -> None:
    assert of_program(generator, "https://l.example/") == ()


def test_usual_places_begin_with_the_section_that_was_given() -> None:
    assert [one.url for one in guesses("https://l.example/news/today?x=1")][:2] == [
        "https://l.example/news/feed",
        "https://l.example/feed",
    ]
    assert guesses("https://l.example/2026/03/a")[0].url == "https://l.example/feed"
    assert all(one.how is Found.GUESSED for one in guesses("https://l.example/"))


@example("///@0")
@given(st.text(max_size=60))
def test_no_address_breaks_it(text: str) -> None:
    for link in (text, f"https://{text}", f"https://github.com/{text}", f"https://www.youtube.com/{text}?list={text}"):
        for found in of_platform(link):
            assert found.url.startswith(("http://", "https://"))
        without_feed(link)


# ---------------------------------------------------------------- services with a preset

SERVICES = (
    (f"{VIDEOS}?channel_id={CHANNEL}", "youtube", {"channel": CHANNEL}),
    (f"{VIDEOS}?playlist_id=PLabcdefghijk", "youtube", {"playlist": "PLabcdefghijk"}),
    ("https://github.com/harbour/lamp/releases.atom", "github_releases", {"repository": "harbour/lamp"}),
    ("https://github.com/harbour/lamp/tags.atom", "github_releases", {"repository": "harbour/lamp", "what": "tags"}),
    ("https://www.reddit.com/r/harbour/new/.rss", "reddit", {"subreddit": "harbour"}),
    ("https://www.reddit.com/search.rss?q=plate+readers&sort=new", "reddit", {"query": "plate readers"}),
    (
        "https://www.reddit.com/r/harbour/search.rss?q=a+b&restrict_sr=on&sort=new",
        "reddit",
        {"subreddit": "harbour", "query": "a b"},
    ),
    (
        "https://news.google.com/rss/search?q=%22plate+readers%22+when:1d&hl=de-DE&gl=DE&ceid=DE:de",
        "google_news",
        {"query": '"plate readers"', "when": "1d", "language": "de", "country": "DE"},
    ),
)


@pytest.mark.parametrize(("feed", "preset", "options"), SERVICES)
def test_a_services_feed_is_read_by_its_preset_which_asks_the_same(feed: str, preset: str, options: dict[str, str]) -> None:
    assert service_of(feed) == (preset, options)
    asked = urlsplit(OPTIONS[preset].model_validate(options).address())
    given = urlsplit(feed)
    assert (asked.hostname, asked.path) == (given.hostname, given.path)
    assert parse_qs(asked.query) == parse_qs(given.query)


@pytest.mark.parametrize(
    "feed",
    [
        "https://ledger.example/feeds/videos.xml?channel_id=x",
        f"{VIDEOS}?user=harbour",
        VIDEOS,
        f"{VIDEOS}?channel_id=a&playlist_id=b",
        "https://www.youtube.com/feed",
        "https://github.com/harbour.atom",
        "https://github.com/harbour/lamp/issues.atom",
        "https://www.reddit.com/r/harbour/.rss",
        "https://www.reddit.com/r/harbour/search.rss",
        "https://www.reddit.com/search.rss?sort=new",
        "https://news.google.com/rss/topics/CAAq",
        "https://news.google.com/rss/search?q=when:1d",
        "http://[::1",
    ],
)
def test_what_a_preset_would_not_ask_stays_a_plain_feed(feed: str) -> None:
    assert service_of(feed) is None
