"""What a page says about its feeds: the reader alone, on odd and hostile pages."""

from __future__ import annotations

import pytest

from bot.core.errors import DocumentError
from bot.sandbox.jobs.links import MAX_BYTES, MAX_LINKS, read_links

URL = "http://l.example/a/b"
RSS = 'rel="alternate" type="application/rss+xml"'


def read(html: str | bytes, url: str | None = URL, content_type: str | None = None):
    return read_links(html.encode() if isinstance(html, str) else html, url, content_type)


def page(head: str = "", body: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def test_a_page_tells_its_title_site_language_program_and_own_address() -> None:
    found = read(
        '<html lang="DE_ch"><head><title> The\n Ledger </title><meta property="og:site_name" content="Ledger &amp; Co">'
        '<meta name="Generator" content="Hugo"><meta property="og:type" content="article">'
        '<link rel="canonical" href="/real"></head><body>three more words</body></html>'
    )
    assert (found.title, found.site, found.language, found.generator) == ("The Ledger", "Ledger & Co", "de-ch", "Hugo")
    assert (found.url, found.article, found.words, found.login, found.parked) == ("http://l.example/real", True, 5, False, False)


def test_og_url_stands_in_for_a_canonical_link_and_nonsense_for_nothing() -> None:
    assert read(page('<meta property="og:url" content="http://l.example/x">')).url == "http://l.example/x"
    found = read(page('<link rel=canonical href="mailto:x"><meta property="og:locale" content="not a language">'))
    assert (found.url, found.language) == (None, None)


@pytest.mark.parametrize(
    ("link", "feed"),
    [
        (f'<link {RSS} href="f">', "http://l.example/a/f"),
        (f'<link {RSS} href="//c.example/f#top">', "http://c.example/f"),
        (f'<link {RSS} href=" /f ">', "http://l.example/f"),
        (f'<link {RSS} href="feed://l.example/f">', "https://l.example/f"),
        (f'<link {RSS} href="feed:https://l.example/f">', "https://l.example/f"),
        ('<link rel="alternate" type="application/xml" href="/rss.xml">', "http://l.example/rss.xml"),
        ('<link rel="alternate" type="text/xml" title="RSS" href="/x">', "http://l.example/x"),
        ('<link rel="alternate" href="/index.atom">', "http://l.example/index.atom"),
        ('<link rel="service.feed" type="application/atom+xml" href="/f">', "http://l.example/f"),
    ],
)
def test_a_feed_in_the_head_is_found(link: str, feed: str) -> None:
    assert [one.url for one in read(page(link)).feeds] == [feed]


@pytest.mark.parametrize(
    "link",
    [
        f"<link {RSS}>",
        f'<link {RSS} href="">',
        f'<link {RSS} href="javascript:alert(1)">',
        f'<link {RSS} href="data:text/xml,x">',
        f'<link {RSS} href="http://[::1">',
        '<link rel="alternate stylesheet" type="text/css" href="/feed.css">',
        '<link rel="alternate" hreflang="fr" href="/feed/fr">',
        '<link rel="alternate" media="print" href="/feed/print">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/feed/oembed">',
        '<link rel="preload" type="application/rss+xml" href="/f">',
    ],
)
def test_what_is_no_feed_in_the_head_is_not(link: str) -> None:
    assert read(page(link)).feeds == ()


@pytest.mark.parametrize(
    ("anchor", "feed"),
    [
        ('<a href="/feed">Feed</a>', "http://l.example/feed"),
        ('<a href="/rss/">Subscribe via RSS</a>', "http://l.example/rss/"),
        ('<a href="/news.xml">RSS</a>', "http://l.example/news.xml"),
        ('<a href="/x/news.rss"><img src=a alt="feed icon"></a>', "http://l.example/x/news.rss"),
        ('<a href="/all/atom.xml">All of it, fresh every day for you and yours</a>', "http://l.example/all/atom.xml"),
        ('<a href="https://feeds.feedburner.com/ledger" title="RSS"></a>', "https://feeds.feedburner.com/ledger"),
        ('<a href="/q" type="application/rss+xml">x</a>', "http://l.example/q"),
        ('<a href="/blog?format=rss">RSS</a>', "http://l.example/blog?format=rss"),
    ],
)
def test_a_link_that_is_called_a_feed_is_found(anchor: str, feed: str) -> None:
    assert [one.url for one in read(page(body=anchor)).anchors] == [feed]


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/about-rss">What is RSS?</a>',
        '<a href="/news">News feed</a>',
        '<a href="/sitemap.xml">Sitemap</a>',
        '<a href="/feedback">Feedback</a>',
        '<a name="feed">Feed</a>',
        '<a href="mailto:rss@l.example">RSS</a>',
        f'<a href="/feed?{"x" * 1000}">Feed</a>',
        '<a href="http://feeds.example">Feeds</a>',
    ],
)
def test_a_link_that_is_something_else_is_not(anchor: str) -> None:
    assert read(page(body=anchor)).anchors == ()


def test_what_the_head_names_is_not_told_twice_and_lists_end() -> None:
    many = "".join(f'<link {RSS} href="/f{n}" title="{"t" * 300}">' for n in range(MAX_LINKS + 10))
    found = read(page(many + many, '<a href="/f1">RSS</a><a href="/feed">RSS</a>'))
    assert len(found.feeds) == MAX_LINKS
    assert len(found.feeds[0].title) == 200
    assert [one.url for one in found.anchors] == ["http://l.example/feed"]


@pytest.mark.parametrize(
    ("base", "feed"),
    [
        ('<base href="/c/">', "http://l.example/c/f"),
        ('<base target="_top"><base href="https://m.example/">', "https://m.example/f"),
        ('<base href="javascript:x">', "http://l.example/a/f"),
        ("", "http://l.example/a/f"),
    ],
)
def test_links_are_resolved_against_the_pages_base(base: str, feed: str) -> None:
    assert [one.url for one in read(page(base + f'<link {RSS} href="f">')).feeds] == [feed]


def test_a_page_without_an_address_gives_whole_links_alone() -> None:
    assert [one.url for one in read(page(f'<link {RSS} href="f"><link {RSS} href="http://m.example/f">'), None).feeds] == [
        "http://m.example/f"
    ]


@pytest.mark.parametrize(
    ("data", "content_type", "title"),
    [
        (page("<title>Новости</title>").encode("windows-1251"), "text/html; charset=windows-1251", "Новости"),
        (page('<meta charset="windows-1251"><title>Новости</title>').encode("windows-1251"), None, "Новости"),
        (page("<title>Née</title>").encode("utf-16"), None, "Née"),
        (b"\xef\xbb\xbf" + page("<title>Née</title>").encode(), "text/html; charset=nonsense", "Née"),
        (page("<title>Née</title>").encode("latin-1"), None, "Née"),
    ],
)
def test_a_page_is_read_in_its_own_letters(data: bytes, content_type: str | None, title: str) -> None:
    assert read(data, URL, content_type).title == title


@pytest.mark.parametrize("data", ["", "just words", '{"a": 1}', "\0\0\0", "%PDF-1.7", "<rss><channel/></rss>"])
def test_what_is_no_page_is_refused(data: str) -> None:
    with pytest.raises(DocumentError, match="neither a feed nor a web page"):
        read(data)


def test_pages_that_are_built_to_stall_are_refused_or_read() -> None:
    with pytest.raises(DocumentError, match="larger than 2 MB"):
        read(b"<html>" + b" " * MAX_BYTES)
    with pytest.raises(DocumentError, match="without closing one"):
        read("<html>" + "<b>" * 30_000)
    with pytest.raises(DocumentError, match="no markup"):
        read("<script>x")
    assert read(page(f'<meta http-equiv="refresh" content="0;url=a{" " * 60_000}b">')).refresh == "http://l.example/a/a"
    deep = page(f'<link {RSS} href="/f">', "<div>" * 5_000 + "x")
    assert len(read(deep).feeds) == 1
    wide = page("".join(f'<link rel="alternate" href="/feed{"/" * 50}{n}">' for n in range(15_000)))
    assert len(read(wide).feeds) == MAX_LINKS


def test_terminal_sequences_and_markup_in_titles_are_gone() -> None:
    found = read(page(f'<title>A\x1b[31m &lt;b&gt; \u202eB</title><link {RSS} href="/f" title="x\ny">'))
    assert "\x1b" not in found.title
    assert found.feeds[0].title == "x y"


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("0;url=/x", "http://l.example/x"),
        ("0; URL='/x'", "http://l.example/x"),
        ('5,url="http://m.example/y z"', "http://m.example/y z"),
        ("url=/x", "http://l.example/x"),
        ("0.5; url = x", "http://l.example/a/x"),
        ("11;url=/x", None),
        ("600", None),
        ("0;url=javascript:alert(1)", None),
        ("soon", None),
        ("", None),
    ],
)
def test_where_a_page_sends_browsers_at_once_is_told(said: str, there: str | None) -> None:
    quoted = said.replace('"', "&quot;")
    assert read(page(f'<meta http-equiv="refresh" content="{quoted}">')).refresh == there
