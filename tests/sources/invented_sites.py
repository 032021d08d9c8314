"""Invented sites of unlike makes, each with what is behind a link to it. Served by a real server in ``test_discovery``.

A site is what its paths answer: a text (a page or a feed, told by its beginning), or ``Answer`` for everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """What a path answers, where it is not simply a document."""

    body: str | bytes = ""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """One site and what should be found there.

    Attributes:
        told: what is special about it, a sentence.
        paths: what it answers; everything else is 404.
        link: where the person points.
        finds: path of the feed that should come first, or None.
        requests: most requests that it may cost.
        also: paths that should be offered besides.
        says: words of the trouble, or empty.
    """

    told: str
    paths: Mapping[str, str | Answer]
    finds: str | None
    link: str = "/"
    requests: int = 2
    also: tuple[str, ...] = ()
    says: str = ""


def rss(title: str = "Harbour Ledger", entries: int = 2) -> str:
    items = "".join(
        f"<item><title>Story {n}</title><link>/a/{n}</link><guid isPermaLink='false'>{n}</guid></item>" for n in range(entries)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def atom(title: str = "Harbour Ledger") -> str:
    entry = "<entry><id>urn:x:1</id><title>Story</title><link href='/a/1'/><updated>2026-03-10T10:00:00Z</updated></entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title><id>urn:x</id>{entry}</feed>'


def json_feed(title: str = "Harbour Ledger") -> Answer:
    body = f'{{"version":"https://jsonfeed.org/version/1.1","title":"{title}","items":[{{"id":"1","content_text":"Hello","url":"/a"}}]}}'
    return Answer(body, type="application/feed+json")


def page(head: str = "", body: str = "<p>" + "News of the town. " * 20 + "</p>", *, attributes: str = ' lang="en"') -> str:
    return f"<!DOCTYPE html>\n<html{attributes}><head><title>Harbour Ledger</title>{head}</head><body>{body}</body></html>"


def alternate(href: str, title: str = "News", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def moved(to: str, status: int = 301) -> Answer:
    return Answer(status=status, headers={"Location": to})


def refused(status: int, **headers: str) -> Answer:
    return Answer("<h1>No</h1>", status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


_DEEP = "<div>" * 3000
_WP = '<meta name="generator" content="WordPress 6.9">'

SITES: tuple[Site, ...] = (
    Site("the link is an RSS feed", {"/f.xml": rss()}, "/f.xml", "/f.xml", 1),
    Site("the link is an Atom feed", {"/f.xml": atom()}, "/f.xml", "/f.xml", 1),
    Site("the link is a JSON Feed", {"/f.json": json_feed()}, "/f.json", "/f.json", 1),
    Site("a feed is served as a web page", {"/f": Answer(rss(), type="text/html")}, "/f", "/f", 1),
    Site("a feed is served as plain text after blank lines", {"/f": Answer("\n\n" + rss(), type="text/plain")}, "/f", "/f", 1),
    Site("a feed stands behind two redirects", {"/f": moved("/g", 302), "/g": moved("/h", 302), "/h": rss()}, "/f", "/f", 1),
    Site("a feed that moved for good is kept where it is now", {"/old": moved("/new"), "/new": rss()}, "/new", "/old", 1),
    Site("a page names one feed", {"/": page(alternate("/feed.rss")), "/feed.rss": rss()}, "/feed.rss"),
    Site("a page names its feed relative to itself", {"/b/": page(alternate("x/f")), "/b/x/f": atom()}, "/b/x/f", "/b/"),
    Site("a base element counts", {"/": page('<base href="/deep/er/">' + alternate("f")), "/deep/er/f": rss()}, "/deep/er/f"),
    Site("an address without scheme is of the same scheme", {"/": page(alternate("{netloc}/f")), "/f": rss()}, "/f"),
    Site("the old feed scheme is undone", {"/": page(alternate("feed:{root}/f")), "/f": rss()}, "/f"),
    Site(
        "rel has other words too", {"/": page('<link type="application/atom+xml" rel="Home Alternate" href=f>'), "/f": atom()}, "/f"
    ),
    Site(
        "a Link header names the feed",
        {
            "/": Answer(
                page(),
                headers={
                    "Link": '</wp-json>; rel="alternate"; type="application/json", <f>; rel=alternate; type="application/rss+xml"'
                },
            ),
            "/f": rss(),
        },
        "/f",
    ),
    Site("rel feed without a type", {"/": page('<link rel="feed" href="/f">'), "/f": atom()}, "/f"),
    Site(
        "types in capitals with a charset",
        {"/": page(alternate("/f", kind="Application/RSS+XML; charset=utf-8")), "/f": rss()},
        "/f",
    ),
    Site(
        "a JSON Feed under the media type of its first version",
        {"/": page(alternate("/feed.json", kind="application/json")), "/feed.json": json_feed()},
        "/feed.json",
    ),
    Site(
        "comments come last, whatever the order",
        {
            "/": page(alternate("/comments/feed/", "Ledger » Comments Feed") + alternate("/feed/", "Ledger » Feed")),
            "/feed/": rss(),
            "/comments/feed/": rss("Comments"),
        },
        "/feed/",
    ),
    Site(
        "comments in German come last too",
        {"/": page(alternate("/k", "Kommentar-Feed") + alternate("/f", "Feed")), "/f": rss(), "/k": rss()},
        "/f",
    ),
    Site(
        "a section's own feed wins where the section was asked for",
        {
            "/police/": page(alternate("/feed", "All") + alternate("/police/feed", "Police")),
            "/feed": rss(),
            "/police/feed": rss("Police"),
        },
        "/police/feed",
        "/police/",
        also=("/feed",),
    ),
    Site(
        "an article's own feed is of its comments",
        {
            "/2026/03/council-ends-camera-contract/": page(
                alternate("/2026/03/council-ends-camera-contract/feed/", "Council") + alternate("/feed/", "Ledger")
            ),
            "/feed/": rss(),
            "/2026/03/council-ends-camera-contract/feed/": rss("Readers say"),
        },
        "/feed/",
        "/2026/03/council-ends-camera-contract/",
    ),
    Site(
        "several feeds: the general one is read, the others are offered",
        {
            "/": page(alternate("/category/sport/feed", "Sport") + alternate("/feed", "All") + alternate("/tag/x/feed", "Tag")),
            "/feed": rss(),
        },
        "/feed",
        also=("/category/sport/feed", "/tag/x/feed"),
    ),
    Site(
        "what is no feed is passed over",
        {
            "/": page(
                '<link rel="alternate" hreflang="de" href="/de/">'
                '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">'
                '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">'
                '<link rel="alternate" media="handheld" href="/m/feedback">'
                '<link rel="alternate stylesheet" type="text/css" href="/feed.css">' + alternate("/f")
            ),
            "/f": rss(),
        },
        "/f",
    ),
    Site(
        "the first named feed is gone, the second is not",
        {"/": page(alternate("/gone") + alternate("/f")), "/f": rss()},
        "/f",
        requests=3,
    ),
    Site(
        "a named feed is empty, another is not",
        {"/": page(alternate("/e") + alternate("/f")), "/e": rss(entries=0), "/f": rss()},
        "/f",
        requests=3,
    ),
    Site("an empty feed is better than none", {"/": page(alternate("/e")), "/e": rss(entries=0)}, "/e", requests=8),
    Site(
        "the feed is only linked in the footer",
        {"/": page(body='<footer><a href="/news.rss">RSS</a></footer>'), "/news.rss": rss()},
        "/news.rss",
    ),
    Site(
        "the link's picture says RSS",
        {"/": page(body='<a href="/xml/all.xml"><img alt="RSS Feed" src=i></a>'), "/xml/all.xml": rss()},
        "/xml/all.xml",
    ),
    Site(
        "a link with the type of a feed",
        {"/": page(body='<a type="application/atom+xml" href="/q?id=7">Follow us</a>'), "/q?id=7": atom()},
        "/q?id=7",
    ),
    Site(
        "tags that are never closed",
        {"/": "<html><head><title>x</title>" + "<link rel=alternate type=application/rss+xml href=/f><body><p>" * 3, "/f": rss()},
        "/f",
    ),
    Site(
        "attributes without quotes, in capitals",
        {"/": "<HTML><HEAD><LINK REL=ALTERNATE TYPE=application/rss+xml HREF=/f></HEAD><P>Hi", "/f": rss()},
        "/f",
    ),
    Site("a page nested three thousand deep", {"/": page(alternate("/f"), _DEEP), "/f": rss()}, "/f"),
    Site(
        "a page in windows-1251",
        {"/": Answer(page(alternate("/f", "Новости")).encode("cp1251"), type="text/html; charset=windows-1251"), "/f": rss()},
        "/f",
    ),
    Site("a page in UTF-16", {"/": Answer(page(alternate("/f")).encode("utf-16")), "/f": rss()}, "/f"),
    Site("a page with NUL bytes", {"/": Answer(page(alternate("/f")).replace("News", "Ne\0ws")), "/f": rss()}, "/f"),
    Site("a page served without a type", {"/": Answer(page(alternate("/f")), type=""), "/f": rss()}, "/f"),
    Site("WordPress that names nothing", {"/": page(_WP), "/feed/": rss()}, "/feed/"),
    Site("Hugo", {"/": page('<meta name="generator" content="Hugo 0.160">'), "/index.xml": rss()}, "/index.xml"),
    Site("Ghost", {"/": page('<meta name="generator" content="Ghost 6">'), "/rss/": rss()}, "/rss/"),
    Site(
        "Blogger under a domain of its own",
        {"/": page('<meta content="blogger" name="generator">'), "/feeds/posts/default": atom()},
        "/feeds/posts/default",
    ),
    Site(
        "Drupal", {"/": page('<meta name="Generator" content="Drupal 11 (https://www.drupal.org)">'), "/rss.xml": rss()}, "/rss.xml"
    ),
    Site("a feed that is nowhere named, in a usual place", {"/": page(), "/rss.xml": rss()}, "/rss.xml", requests=4),
    Site(
        "an article names nothing, the front page does", {"/a/1": page(), "/": page(alternate("/f")), "/f": rss()}, "/f", "/a/1", 3
    ),
    Site("the link is gone, the front page is there", {"/": page(alternate("/f")), "/f": rss()}, "/f", "/gone", 3),
    Site(
        "everything answers with the front page",
        {path: page() for path in ("/", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")},
        None,
        requests=7,
    ),
    Site(
        "a feed's address shows a page", {"/feed": page(alternate("/feed?real=1")), "/feed?real=1": rss()}, "/feed?real=1", "/feed"
    ),
    Site(
        "a page that sends browsers on",
        {"/": page('<meta http-equiv="Refresh" content="0; URL=start/">'), "/start/": page(alternate("f")), "/start/f": rss()},
        "/start/f",
        requests=3,
    ),
    Site(
        "a page that sends browsers nowhere",
        {"/": page('<meta http-equiv="refresh" content="0;url=/gone">'), "/feed": rss()},
        "/feed",
        requests=3,
    ),
    Site("a page that loads itself anew", {"/": page('<meta http-equiv="refresh" content="300;url=/">'), "/feed": rss()}, "/feed"),
    Site("a page that sends browsers to its feed", {"/": page("<meta http-equiv=refresh content='1;url=/f'>"), "/f": rss()}, "/f"),
    Site("a page of three megabytes", {"/": Answer(page(body="word " * 600_000)), "/feed": rss()}, "/feed"),
    Site("a login page", {"/": page(body='<form><input type=text><input type="PassWord"></form>')}, None, requests=7),
    Site(
        "a login page that names its feed", {"/": page(alternate("/f"), '<form><input type="password"></form>'), "/f": rss()}, "/f"
    ),
    Site(
        "a parked domain",
        {"/": page(body="<h1>harbour.example</h1><p>This domain is for sale! Buy this domain.</p>")},
        None,
        requests=1,
    ),
    Site(
        "an article about parked domains",
        {"/": page(alternate("/f"), "<p>The notice said: this domain is for sale. " + "It stood there. " * 300), "/f": rss()},
        "/f",
    ),
    Site("pages are forbidden, the feed is not", {"/": refused(403), "/feed": rss()}, "/feed", says=""),
    Site("everything is forbidden", {path: refused(403) for path in ("/", "/feed", "/rss.xml")}, None, requests=3, says="403"),
    Site("it asks for a key", {path: refused(401) for path in ("/", "/feed", "/rss.xml")}, None, requests=3, says="401"),
    Site("it asks us to wait, so nothing more is asked", {"/": refused(429, Retry_After="120")}, None, requests=1, says="429"),
    Site(
        "its named feed asks us to wait, so nothing more is asked",
        {"/": page(alternate("/f")), "/f": refused(503)},
        None,
        requests=2,
    ),
    Site("it redirects in a circle", {"/": moved("/x", 302), "/x": moved("/", 302)}, None, requests=1, says="redirects more than"),
    Site(
        "it redirects to this machine's metadata", {"/": moved("http://169.254.169.254/latest/")}, None, requests=1, says="refused"
    ),
    Site(
        "it serves a picture",
        {"/": Answer(b"\x89PNG\r\n\x1a\n" + b"\0" * 500, type="image/png")},
        None,
        requests=1,
        says="neither a feed nor a web page",
    ),
    Site("it serves nothing at all", {"/": Answer("")}, None, requests=1, says="empty"),
    Site("JSON that is no feed", {"/": Answer('{"ok": true}', type="application/json")}, None, requests=1, says="not a JSON Feed"),
    Site("a page made by scripts alone", {"/": page(body='<div id="root"></div><script src=a.js></script>')}, None, requests=7),
    Site("a person on Mastodon", {"/@ada": page(alternate("/@ada.rss", "RSS")), "/@ada.rss": rss("Ada")}, "/@ada.rss", "/@ada"),
    Site("a Mastodon that shows pages to browsers alone", {"/@ada": refused(403), "/@ada.rss": rss("Ada")}, "/@ada.rss", "/@ada"),
    Site(
        "an at sign in a path is not always Mastodon",
        {"/@ada": page(alternate("/@ada/feed")), "/@ada/feed": rss()},
        "/@ada/feed",
        "/@ada",
        3,
    ),
)
