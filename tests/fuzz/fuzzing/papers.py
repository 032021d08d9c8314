"""Feeds, pages, sitemaps and answers of services, made by small grammars and damaged."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

from fuzzing import pieces
from fuzzing.draw import Draw

URL = "https://news.example/feed.xml"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds" / "real"

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"', 'xmlns:dc="http://purl.org/dc/elements/1.1/"',
    'xmlns:media="http://search.yahoo.com/mrss/"', 'xmlns:atom="http://www.w3.org/2005/Atom"', 'xmlns="http://www.w3.org/2005/Atom"',
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"', 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"',
    'xmlns:georss="http://www.georss.org/georss"', 'xmlns:gml="http://www.opengis.net/gml"', 'xmlns:dc="urn:other"', 'xmlns="http://purl.org/rss/1.0/"',
    'xml:lang="de"', 'xml:base="/b/"', 'xml:base="http://["', 'version="2.0"', 'version="\x00"',
)  # fmt: skip
ELEMENTS = (
    *"title link guid pubDate description author category source enclosure comments updated published id summary content name email uri".split(),  # noqa: SIM905
    *"content:encoded dc:creator dc:date dc:title dc:subject media:content media:title media:group media:thumbnail atom:link atom:id".split(),  # noqa: SIM905
    *"itunes:duration itunes:author itunes:summary itunes:image sy:updatePeriod sy:updateFrequency ttl skipHours skipDays hour day cloud".split(),  # noqa: SIM905
    *"georss:point georss:where gml:pos gml:Point gml:posList textInput image url language generator rights contributor x x:y psc:chapter".split(),  # noqa: SIM905
)  # fmt: skip
ATTRIBUTES = (
    'type="html"', 'type="xhtml"', 'type="text/plain"', 'type="application/xml"', 'mode="base64"', 'mode="escaped"', 'isPermaLink="false"',
    'rel="self"', 'rel="hub"', 'rel="enclosure"', 'href="/x"', 'href="javascript:x"', 'href="http://["', 'src="/y"', 'url="/z"', 'term="t"', 'label=""',
    'xml:lang="x-\u0130"', 'xml:base="http://[::1"', 'length="-1"', 'domain="d"', "unquoted=1", "a a", 'href="https://hub.example/"', 'lang=""',
)  # fmt: skip
TAGS = (
    *"p div span a b i br hr img h1 h2 h3 ul ol li table tr td th article section main header footer nav aside script style noscript".split(),  # noqa: SIM905
    *"title meta link base html head body form input button select option textarea iframe svg math template figure figcaption time".split(),  # noqa: SIM905
    *"blockquote pre code q cite dl dt dd details summary video audio source object embed param frameset frame font center x-y o:p".split(),  # noqa: SIM905
)  # fmt: skip
PAGE_ATTRIBUTES = (
    'class="article-body"', 'class="related"', 'id="content"', "hidden", 'style="display:none"', 'href="/a"', 'href="javascript:x"', 'href="http://["',
    'rel="canonical" href="https://news.example/x"', 'rel="alternate" type="application/rss+xml" href="/feed"', 'property="og:title" content="T &amp; t"',
    'property="og:url" content="http://["', 'name="description" content="d"', 'charset="utf-7"', 'charset="x-unknown"', 'http-equiv="refresh" content="0;url=/n"',
    'property="article:published_time" content="2026-13-45"', 'name="generator" content="WordPress 6"', 'itemprop="datePublished" datetime="x"', 'lang="de"',
    'type="application/ld+json"', 'type="password"', 'datetime="2026-03-10"', "onclick=alert(1)", "a='", 'b="', "=", "\x00", 'src="data:x"', 'title="<p>"',
)  # fmt: skip
LINKED_DATA = (
    '{"@context":"https://schema.org","@type":"NewsArticle","headline":"Council votes","datePublished":"2026-03-10","author":[{"name":"Ada"}],'
    '"isAccessibleForFree":"False","publisher":{"name":"Ledger"},"@graph":[{"@type":"Article","articleBody":"Words of it."}],"url":"/x"}'
)


# ---------------------------------------------------------------- what is made


def xml_text(draw: Draw) -> str:
    made = pieces.text(draw)
    kind = draw.below(6)
    if kind < 3:
        return made.replace("&", "&amp;").replace("<", "&lt;")
    if kind == 3:
        return f"<![CDATA[{made}]]>"
    return made if kind == 4 else draw.pick((*pieces.DATES, *pieces.ADDRESSES, *pieces.NUMBERS))


def element(draw: Draw, depth: int = 2) -> str:
    name = draw.pick(ELEMENTS)
    attributes = "".join(f" {draw.pick(ATTRIBUTES)}" for _ in range(draw.below(3)))
    inner = "".join(element(draw, depth - 1) for _ in range(draw.below(3))) if depth and draw.chance(25) else xml_text(draw)
    return f"<{name}{attributes}>{inner}" + ("" if draw.chance(4) else f"</{name}>")


def xml_feed(draw: Draw) -> bytes:
    spaces = " ".join(dict.fromkeys(draw.pick(NAMESPACES) for _ in range(draw.below(6))))
    kind = draw.below(4)
    name = ("item", "entry", "item", "entry")[kind]
    entries = "".join(
        f"<{name}>{''.join(element(draw) for _ in range(draw.below(8)))}" + ("" if draw.chance(4) else f"</{name}>")
        for _ in range(draw.below(4))
    )
    head = "".join(element(draw) for _ in range(draw.below(4)))
    body = (
        f'<rss version="2.0" {spaces}><channel>{head}{entries}</channel></rss>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" {spaces}>{head}{entries}</feed>',
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {spaces}><channel>{head}</channel>{entries}</rdf:RDF>',
        f"<{draw.pick(('rss', 'feed', 'channel', 'html', 'x'))} {spaces}>{head}{entries}",
    )[kind]
    if draw.chance(10):
        body = (
            "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]>" + body + "&b;&c;"
        )
    code = draw.pick(("utf-8", "utf-8", "utf-8", "utf-8", "latin-1", "utf-16", "utf-32", "cp1251", "shift_jis", "utf-7"))
    stated = draw.pick((code, code, "utf-8", "x-nothing", "")) if draw.chance(60) else None
    start = f'<?xml version="1.0" encoding="{stated}"?>' if stated is not None else ""
    return (start + body).encode(code, "replace")


def json_feed(draw: Draw) -> bytes:
    item = {
        "id": "7", "url": "https://news.example/7", "external_url": "/x", "title": "Council votes", "content_html": "<p>Words</p>", "content_text": "Words",
        "summary": "In short", "date_published": "2026-03-10T12:00:00Z", "date_modified": "2026-03-10", "author": {"name": "Ada"},
        "authors": [{"name": "Ada"}, {"url": "/a"}], "tags": ["police", "drone"], "language": "en", "attachments": [{"url": "/a.mp3", "size_in_bytes": 7}],
    }  # fmt: skip
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "Ledger", "home_page_url": "https://news.example/", "feed_url": URL,
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}], "language": "en-US", "items": [item] * (1 + draw.below(3)),
    }  # fmt: skip
    return pieces.told(draw, pieces.bent(draw, feed))


def grown_feed(draw: Draw) -> bytes:
    """A well-formed feed by the grammar of the differential tests."""
    from made_feeds import made_feed  # noqa: PLC0415  # of tests/sandbox

    return made_feed(random.Random(draw.below(2**31)), odd=0.2)


def _real() -> tuple[bytes, ...]:
    """Real feeds where they are at hand; short ones, since what is looked for is not size."""
    found = sorted(SHARED.glob("*")) if SHARED.is_dir() else []
    return tuple(path.read_bytes()[:6_000] for path in found if path.is_file() and path.stat().st_size > 400)


REAL = _real()


def feed_input(draw: Draw) -> tuple[bytes, str | None, str | None]:
    kind = draw.below(10)
    if kind < 4:
        data = xml_feed(draw)
    elif kind < 6:
        data = json_feed(draw)
    elif kind < 9 or not REAL:
        data = grown_feed(draw)
    else:
        data = draw.pick(REAL)
    if draw.chance(40):
        data = pieces.damaged(draw, data)
    url = draw.pick((URL, URL, URL, None, *pieces.ADDRESSES))
    kinds = (
        "application/xml",
        "text/xml",
        "application/rss+xml; charset=latin-1",
        "text/html",
        "application/json",
        "x; charset=",
        "text/xml; charset=\x00",
    )
    return data, url, draw.pick((None, None, *kinds))


def markup(draw: Draw, depth: int = 5) -> str:
    made = []
    for _ in range(draw.below(7)):
        kind = draw.below(12)
        if kind < 5 or not depth:
            made.append(pieces.text(draw))
        elif kind < 11:
            tag = draw.pick(TAGS)
            attributes = "".join(f" {draw.pick(PAGE_ATTRIBUTES)}" for _ in range(draw.below(3)))
            made.append(f"<{tag}{attributes}>{markup(draw, depth - 1)}" + ("" if draw.chance(15) else f"</{tag}>"))
        else:
            made.append(
                draw.pick(
                    (
                        "<script type='application/ld+json'>" + LINKED_DATA + "</script>",
                        "<!-- x --!>",
                        "<",
                        "</",
                        "<p",
                        "<![if x]>",
                        "&#x1F600;",
                        "<?x",
                    )
                )
            )
    return "".join(made)


PROSE = (
    "<p>The council of Northmere voted six to three on Tuesday to end its contract with Gatelight, whose cameras read plates.</p>"
    "<p>“We were never asked,” said Nia Addo, who sits on the oversight board. The police did not answer questions about it.</p>"
)


def page_input(draw: Draw) -> tuple[bytes, str | None, str | None]:
    body = f"{markup(draw)}{PROSE if draw.chance(50) else ''}{markup(draw)}"
    frame = draw.below(5)
    if frame < 3:
        body = f"<!doctype html><html><head><title>{pieces.text(draw)}</title>{markup(draw, 1)}</head><body>{body}</body></html>"
    elif frame == 3:
        body = (
            draw.pick(
                ("---\ntitle: T\ndate: 2026-03-10\nx: [1\n---\n", "---\ntitle: T\n---\n", "Title\n\nBy Ada\n\nMarch 10, 2026\n\n")
            )
            + body
        )
    data = body.encode(draw.pick(("utf-8", "utf-8", "utf-8", "latin-1", "utf-16", "cp1252")), "replace")
    if draw.chance(30):
        data = pieces.damaged(draw, data)
    url = draw.pick(("https://news.example/2026/03/a", None, *pieces.ADDRESSES))
    return (
        data,
        url,
        draw.pick((None, "text/html", "text/html; charset=utf-8", "text/plain", "text/html; charset=x", "application/pdf")),
    )


def fragment(draw: Draw) -> str:
    made = markup(draw)
    return pieces.damaged_text(draw, made) if draw.chance(30) else made


def sitemap_input(draw: Draw) -> tuple[bytes, list[str]]:
    def one() -> str:
        news = f"<news:news><news:title>{xml_text(draw)}</news:title><news:publication_date>{draw.pick(pieces.DATES)}</news:publication_date></news:news>"
        return f"<url><loc>{draw.pick(pieces.ADDRESSES)}</loc><lastmod>{draw.pick(pieces.DATES)}</lastmod>{news if draw.chance(40) else xml_text(draw)}</url>"

    root = draw.pick(("urlset", "sitemapindex", "urlset", "x"))
    text = (
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    )
    text += (
        "".join(one().replace("url>", "sitemap>") if root == "sitemapindex" else one() for _ in range(draw.below(6))) + f"</{root}>"
    )
    if draw.chance(15):
        text = "\n".join(draw.pick(pieces.ADDRESSES) for _ in range(draw.below(6)))
    data = text.encode("utf-8", "replace")
    if draw.chance(40):
        data = pieces.damaged(draw, data)
    if draw.chance(15):
        data = gzip.compress(data, 1)
        data = pieces.damaged(draw, data) if draw.chance(50) else data
    return data, [draw.pick(("", "/2026/", "a|b", "."))]


MATTER = {
    "MatterId": 7, "MatterFile": "R-7", "MatterName": "N", "MatterTitle": "A resolution", "MatterTypeName": "Resolution", "MatterStatusName": "Passed",
    "MatterIntroDate": "2026-03-01T00:00:00", "MatterAgendaDate": "2026-03-09T00:00:00", "MatterPassedDate": None, "MatterLastModifiedUtc": "2026-03-10T10:00:00.123",
    "MatterBodyName": "Council", "MatterGuid": "g",
}  # fmt: skip
EVENT = {
    "EventId": 2, "EventBodyName": "Council", "EventDate": "2026-03-12T00:00:00", "EventTime": "9 AM", "EventLastModifiedUtc": "2026-03-01T10:00:00",
    "EventAgendaFile": "https://a.example/2.pdf", "EventComment": "Cancelled", "EventInSiteURL": "https://harbour.legistar.com/M.aspx", "EventLocation": "Hall",
    "EventItemId": 3, "EventItemTitle": "Report on the drones of the police", "EventItemAgendaNumber": "7.", "EventItemMatterFile": "R-3", "EventItemMatterId": 9,
}  # fmt: skip
CASE = {
    "id": 5, "docket_id": 1, "cluster_id": 3, "caseName": "Nwosu v. Harbour", "caseNameFull": "", "dateFiled": "2026-02-01", "dateArgued": "2026-02-02", "court": "harb",
    "docketNumber": "1:27", "docket_absolute_url": "/docket/1/n/", "absolute_url": "/docket/1/12/nwosu-v-harbour/", "entry_date_filed": "2026-02-01",
    "date_modified": "2026-02-01T10:00:00-08:00", "date_filed": "2026-02-01", "description": "Motion", "document_number": 12, "entry_number": 3, "snippet": "<mark>x</mark>",
    "recap_documents": [{"id": 5, "document_number": 12, "description": "D", "attachment_number": 1, "absolute_url": "/d/"}], "opinions": [{"id": 1, "snippet": "s"}],
    "case_name": "N", "docket_number": "1", "court_id": "harb", "assignedTo": "J", "citation": ["1 U.S. 1"],
}  # fmt: skip


def service_input(draw: Draw) -> tuple[str, bytes, str, str]:
    kind = draw.pick(("legistar", "courtlistener"))
    if kind == "legistar":
        what = draw.pick(("matters", "events", "agenda"))
        rows: Any = [MATTER if what == "matters" else EVENT] * (1 + draw.below(3))
        about = (
            json.dumps(
                {"id": "2", "body": "Council", "date": "2026-03-12", "time": "", "url": "https://h.example/M.aspx", "published": ""}
            )
            if what == "agenda"
            else ""
        )
    else:
        what = draw.pick(("o", "r", "rd", "d", "oa", "entries", "docket"))
        rows = (
            CASE
            if what == "docket"
            else {"results": [CASE] * (1 + draw.below(3)), "next": "/api/?cursor=2", "count": 7, "detail": "d"}
        )
        about = (
            json.dumps({"case": "N", "docket": "1", "court": "h", "url": "https://c.example/d/"})
            if what == "entries" and draw.chance(80)
            else ""
        )
    return kind, pieces.told(draw, pieces.bent(draw, rows)), what, about


FIELDS = {
    "id": ["id"], "title": ["title", "name"], "url": ["url", "https://x.example/{id}?q={title}"], "summary": ["summary"], "text": ["text", "body[].p"], "published": ["published"],
    "updated": ["updated"], "outlet": ["outlet.name"], "authors": ["authors[].name", "authors"], "tags": ["tags"], "language": ["language"],
}  # fmt: skip


def listing_input(draw: Draw) -> tuple[bytes, str | None, str | None, dict[str, Any]]:
    item = {
        "id": "7", "title": "Council votes", "url": "/7", "summary": "<p>In short</p>", "text": "Words", "published": "2026-03-10", "updated": 1773144000, "outlet": {"name": "L"},
        "authors": [{"name": "Ada"}], "tags": ["a", "b"], "language": "en", "body": [{"p": "x"}],
    }  # fmt: skip
    answered = pieces.bent(draw, {"items": [item] * (1 + draw.below(4)), "next": {"cursor": "abc"}, "error": None, "message": "m"})
    plan = {"items": draw.pick(("items", "items", "@", "items[]", "next")), "fields": FIELDS, "dates": draw.pick(("auto", "iso", "seconds", "milliseconds", "%Y-%m-%d", "%d/%m/%y")),
            "error": draw.pick(("", "error", "error.message")), "next": draw.pick(("", "next.cursor", "next")), "most": 1000}  # fmt: skip
    return (
        pieces.told(draw, answered),
        draw.pick((URL, None, *pieces.ADDRESSES)),
        draw.pick((None, "application/json; charset=utf-16", "x")),
        plan,
    )


SELECTORS = ("body", "main", ".article-body", "#content", "table tr", "li, p", "a[href]", "div > p:first-child", "h2 ~ p")


def watched_input(draw: Draw) -> dict[str, Any]:
    data, url, kind = page_input(draw)
    return {"data": data, "url": url or URL, "content_type": kind, "selector": draw.pick(SELECTORS), "exclude": draw.many(2, lambda: draw.pick(SELECTORS[1:])),
            "ignore": draw.many(2, lambda: draw.pick((r"[0-9]+", "^x", r"\bpolice\b", "."))), "entries": bool(draw.below(2))}  # fmt: skip


def outline_input(draw: Draw) -> bytes:
    def one(depth: int) -> str:
        given = f'text="{pieces.text(draw, 2).replace("<", "")}" {draw.pick(("xmlUrl", "xmlurl", "htmlUrl", "type", "category"))}="{draw.pick(pieces.ADDRESSES)}"'
        return f"<outline {given}>{''.join(one(depth - 1) for _ in range(draw.below(3))) if depth else ''}</outline>"

    text = f"<opml version='2.0'><head><title>{xml_text(draw)}</title></head><body>{''.join(one(3) for _ in range(draw.below(4)))}</body></opml>"
    data = text.encode("utf-8", "replace")
    return pieces.damaged(draw, data) if draw.chance(60) else data


def post_input(draw: Draw) -> bytes:
    lines = [f"{draw.pick(('title', 'date', 'excerpt', 'sourceUrl', 'webUrl', 'tags', 'related', 'x', '? [a', '<<', '&a', '*a', '!!python/object:os.system'))}: {draw.pick((pieces.text(draw, 3), '[1, 2', '{a: b}', '*a', '&a [*a]', '|', '>', '2026-03-10', '!!binary x', chr(34)))}" for _ in range(draw.below(8))]  # fmt: skip
    text = "---\n" + "\n".join(lines) + "\n---\n" + fragment(draw)
    if draw.chance(25):
        text = json.dumps(
            pieces.bent(
                draw,
                [
                    {
                        "title": "T",
                        "date": "2026-03-10",
                        "sourceUrl": "https://news.example/",
                        "body": "<p>x</p>",
                        "related": [{"title": "R"}],
                    }
                ],
            )
        )
    data = text.encode("utf-8", "replace")
    return pieces.damaged(draw, data) if draw.chance(30) else data
