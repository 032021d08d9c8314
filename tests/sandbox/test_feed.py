"""Feeds of every family, whole and broken: what the document says, and nothing it does not say."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError
from bot.sandbox.jobs import feed as feed_job
from bot.sandbox.jobs import lenient, strictwalk
from bot.sandbox.jobs.dates import read_date, read_iso
from bot.sandbox.jobs.feed import http_link, parse_feed
from bot.sandbox.jobs.footers import without_footers

HERE = "https://news.example/feeds/all.xml"


def read(text: str | bytes, url: str | None = HERE, content_type: str | None = None) -> FeedDocument:
    return parse_feed(text.encode() if isinstance(text, str) else text, url, content_type)


def rss(item: str, channel: str = "<title>Example Wire</title>") -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel>{channel}<item>{item}</item></channel></rss>"
    )


def atom(entry: str, feed: str = "<title>Example Wire</title>", attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{feed}<entry>{entry}</entry></feed>'


def one(text: str | bytes, url: str | None = HERE, content_type: str | None = None) -> FeedEntry:
    (entry,) = read(text, url, content_type).entries
    return entry


def test_rss_2_is_read_whole() -> None:
    document = read(
        rss(
            "<title>Council ends contract</title><link>https://news.example/1</link>"
            '<guid isPermaLink="false">tag-1</guid><pubDate>Tue, 10 Mar 2026 14:00:00 +0200</pubDate>'
            "<dc:creator>Ada Example</dc:creator><category>police</category><category>privacy</category>"
            "<description>&lt;p&gt;The council &lt;b&gt;voted&lt;/b&gt;.&lt;/p&gt;</description>"
            "<content:encoded><![CDATA[<p>The council voted.</p><p>It was close.</p>]]></content:encoded>"
            '<source url="https://wire.example/rss">The Wire</source>',
            "<title>Example &amp;amp; Wire</title><language>en-GB</language>",
        )
    )
    assert document == FeedDocument(
        title="Example & Wire",
        language="en-gb",
        entries=(
            FeedEntry(
                title="Council ends contract",
                link="https://news.example/1",
                id="tag-1",
                published=datetime(2026, 3, 10, 12, tzinfo=UTC),
                updated=None,
                summary="<p>The council <b>voted</b>.</p>",
                content="<p>The council voted.</p><p>It was close.</p>",
                summary_text="The council voted.",
                content_text="The council voted.\n\nIt was close.",
                authors=("Ada Example",),
                tags=("police", "privacy"),
                outlet="The Wire",
                language="en-gb",
            ),
        ),
    )


def test_atom_is_read_whole() -> None:
    entry = one(
        atom(
            '<title type="html">AT&amp;amp;T &amp;lt;b&amp;gt;sued&amp;lt;/b&amp;gt; &lt;i&gt;again&lt;/i&gt;</title>'
            '<link rel="self" href="/self"/><link rel="enclosure" href="/sound.mp3"/><link href="/2"/>'
            "<id>urn:x:2</id><published>2026-03-10T12:00:00.5Z</published><updated>2026-03-10T15:30:00+02:00</updated>"
            "<author><name>Ada Example</name><email>ada@example.org</email></author><author><name>Bo Example</name></author>"
            '<category term="privacy" label="Privacy"/><summary>Short.</summary>'
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long <em>and</em> whole.</p></div></content>'
            "<source><title>Planet Example</title><id>urn:planet</id><updated>2001-01-01T00:00:00Z</updated></source>",
            attributes='xml:lang="de" xml:base="https://base.example/dir/"',
        )
    )
    assert entry.title == "AT&T <b>sued</b> again"
    assert entry.link == "https://base.example/2"
    assert entry.id == "urn:x:2"
    assert entry.published == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert entry.updated == datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    assert (entry.summary, entry.summary_text, entry.content_text) == ("Short.", "Short.", "Long and whole.")
    assert entry.authors == ("Ada Example", "Bo Example")
    assert entry.tags == ("privacy",)
    assert entry.outlet == "Planet Example"
    assert entry.language == "de"


RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>T</title></channel>'
    '<item rdf:about="https://news.example/3"><title>Three</title><link>https://news.example/3</link>'
    "<dc:date>2026-03-10T12:00:00Z</dc:date><description>Words</description></item></rdf:RDF>"
)


def test_rdf_is_read() -> None:
    entry = one(RDF)
    assert (entry.title, entry.link, entry.id) == ("Three", "https://news.example/3", "https://news.example/3")
    assert entry.updated == datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94", "2.0", "2.1", ""])
def test_every_version_of_rss_is_read(version: str) -> None:
    assert one(f'<rss version="{version}"><channel><item><title>T</title></item></channel></rss>').title == "T"


# ---------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("guid", "given"),
    [
        ("<guid>https://news.example/?p=1&amp;x=2</guid>", "https://news.example/?p=1&x=2"),
        ("<guid>/relative</guid>", "/relative"),
        ("<guid>http:///three/slashes</guid>", "http:///three/slashes"),
        ('<guid isPermaLink="false">17</guid>', "17"),
        ('<guid isPermaLink="true">17</guid>', "17"),
        ("<guid>  spaced  </guid>", "spaced"),
        ("<guid/>", None),
        ("<guid> </guid>", None),
        ("", None),
    ],
)
def test_a_guid_is_kept_as_written(guid: str, given: str | None) -> None:
    assert one(rss(f"<title>T</title><link>https://news.example/1</link>{guid}")).id == given


def test_an_atom_id_is_not_resolved() -> None:
    assert one(atom("<id>1</id><title>T</title>", attributes='xml:base="https://base.example/"')).id == "1"


def test_a_permalink_stands_in_for_a_missing_link() -> None:
    assert one(rss("<title>T</title><guid>https://news.example/9</guid>")).link == "https://news.example/9"
    assert one(rss("<title>T</title><guid>/9</guid>")).link == "https://news.example/9"
    assert one(rss('<title>T</title><guid isPermaLink="false">https://news.example/9</guid>')).link is None


@pytest.mark.parametrize("name", ["2", "post-2", "tag:news.example,2031:2", "mailto:desk@news.example"])
def test_an_identifier_that_is_no_address_never_becomes_a_link(name: str) -> None:
    assert one(rss(f"<title>T</title><guid>{name}</guid>")).link is None
    assert one(atom(f"<id>{name}</id><title>T</title>")).link is None
    later = one(rss(f"<title>T</title><guid>{name}</guid><link>https://news.example/a</link>"))
    assert (later.id, later.link) == (name, "https://news.example/a")
    assert one(atom(f'<id>{name}</id><link href="/a"/><title>T</title>')).link == "https://news.example/a"


def test_feedparsers_own_readers_are_the_replaced_ones() -> None:
    assert lenient._Faithful in lenient.feedparser.api.StrictFeedParser.__mro__
    assert lenient._Faithful in lenient.feedparser.api.LooseFeedParser.__mro__


@pytest.mark.parametrize("broken", ["", "<p>unclosed &nbsp; & bare"])
def test_a_summary_is_not_a_copy_of_the_content(broken: str) -> None:
    entry = one(rss(f"<title>T</title><content:encoded>whole</content:encoded>{broken}"))
    assert (entry.summary, entry.content) == (None, "whole")
    entry = one(rss(f"<title>T</title><content:encoded>whole</content:encoded><description>short</description>{broken}"))
    assert entry.summary is not None
    assert entry.summary.startswith("short")


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        ("<![CDATA[Hello <script>alert(1)</script>world]]>", "Hello world"),
        ("<![CDATA[<style>p{color:red}</style>Hello <b>world</b>]]>", "Hello world"),
        ("&lt;script type='x'&gt;alert(1)&lt;/script&gt;Hello world", "Hello world"),
        ("Why &lt;/script&gt; ends a script in JSON", "Why </script> ends a script in JSON"),
    ],
)
def test_a_script_in_a_title_is_no_word_of_it(title: str, read_as: str) -> None:
    assert one(rss(f"<title>{title}</title>")).title == read_as


def test_a_title_that_atom_calls_plain_text_is_as_written() -> None:
    assert one(atom("<title>How &lt;script&gt; and &lt;/script&gt; work</title>")).title == "How <script> and </script> work"


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("desk@news.example (Dana Vale)", ("Dana Vale",)),
        ("Dana Vale &lt;desk@news.example&gt;", ("Dana Vale",)),
        ("desk@news.example", ()),
        ("Dana Vale @ Example Wire", ("Dana Vale @ Example Wire",)),
        ("Dana Vale", ("Dana Vale",)),
    ],
)
def test_an_authors_name_is_told_without_the_address(author: str, names: tuple[str, ...]) -> None:
    assert one(rss(f"<title>T</title><author>{author}</author>")).authors == names


@pytest.mark.parametrize("author", ["a" * 1_000_000, "@" + "a." * 500_000, "a@" * 500_000, "a@a." * 250_000, "-" * 1_000_000])
@pytest.mark.parametrize("element", ["author", "dc:creator", "managingEditor"])
def test_a_name_of_a_million_letters_costs_neither_the_feed_nor_its_time(element: str, author: str) -> None:
    started = time.process_time()
    entry = one(rss(f"<title>T</title><{element}>{author}</{element}>"))
    assert (entry.title, entry.authors) == ("T", ())
    assert time.process_time() - started < 5, "time must grow with the length of the name only"


def test_keywords_without_end_are_few_and_short() -> None:
    tags = "".join(f"<category>c{n}</category>" for n in range(20_000)) + f"<category>{'x' * 5000}</category>"
    started = time.process_time()
    entry = one(rss(f"<title>T</title>{tags}"))
    assert entry.tags[:2] == ("c0", "c1")
    assert len(entry.tags) == lenient.MAX_TAGS
    assert time.process_time() - started < 5
    assert one(rss(f"<title>T</title><category>{'x' * 5000}</category><category>short</category>")).tags == ("short",)


@pytest.mark.parametrize("element", ["gml:pos", "gml:posList"])
@pytest.mark.parametrize("broken", ["", "<p>unclosed &nbsp; & bare"])
def test_an_element_over_which_a_handler_stumbles_loses_no_entry(element: str, broken: str) -> None:
    odd = f'<title>One</title><{element} xmlns:gml="http://www.opengis.net/gml">1 2</{element}><guid>g1</guid></item>'
    document = read(rss(f"{odd}<item><title>Two</title><link>https://news.example/2</link>{broken}"))
    assert [(entry.title, entry.id) for entry in document.entries] == [("One", "g1"), ("Two", None)]
    assert document.entries[1].link == "https://news.example/2"


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("link", "base", "resolved"),
    [
        ("https://a.example/x?a=1&b=2#c", None, "https://a.example/x?a=1&b=2#c"),
        ("/x", "https://a.example/feed", "https://a.example/x"),
        ("x", "https://a.example/dir/feed", "https://a.example/dir/x"),
        ("//b.example/x", "https://a.example/feed", "https://b.example/x"),
        ("https://news.google.com/rss/articles/CBMi0?oc=5", None, "https://news.google.com/rss/articles/CBMi0?oc=5"),
        (" https://a.example/ ", None, "https://a.example/"),
        ("HTTP://A.example/", None, "HTTP://A.example/"),
        ("x", None, None),
        ("javascript:alert(1)", "https://a.example/", None),
        ("JaVaScRiPt:alert(1)", "https://a.example/", None),
        ("data:text/html,x", "https://a.example/", None),
        ("file:///etc/passwd", "https://a.example/", None),
        ("mailto:a@b.example", "https://a.example/", None),
        ("http://", None, None),
        ("http:///", None, None),
        ("http://[", None, None),
        ("http://a.example/\x01", None, None),
        ("https://a.example/" + "x" * 9000, None, None),
        ("", "https://a.example/", None),
        (None, "https://a.example/", None),
        (7, None, None),
    ],
)
def test_links_are_http_or_nothing(link: object, base: str | None, resolved: str | None) -> None:
    assert http_link(link, base) == resolved


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_a_hostile_link_is_dropped_and_the_entry_stays(link: str) -> None:
    entry = one(rss(f"<title>T</title><link>{link}</link>"))
    assert (entry.title, entry.link) == ("T", None)


def test_the_next_alternate_link_is_taken_when_the_first_is_none() -> None:
    assert (
        one(atom('<title>T</title><link href="ftp://a.example/"/><link href="https://a.example/"/>')).link == "https://a.example/"
    )


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("Tue, 10 Mar 2026 12:00:00 GMT", "2026-03-10T12:00:00"),
        ("Tue, 10 Mar 2026 14:00:00 +02:00", "2026-03-10T12:00:00"),
        ("Tue, 10 Mar 2026 07:00 EST", "2026-03-10T12:00:00"),
        ("10 March 2026", "2026-03-10T00:00:00"),
        ("2026-03-10", "2026-03-10T00:00:00"),
        ("2026-03-10T12:00:00.123456Z", "2026-03-10T12:00:00"),
        ("2026-03-10 12:00:00 +0000", "2026-03-10T12:00:00"),
        ("1773144000", "2026-03-10T12:00:00"),
        ("1773144000.75", "2026-03-10T12:00:00"),
        ("1773144000123", "2026-03-10T12:00:00"),
        ("999999999999", "2001-09-09T01:46:39"),
        ("123456789", None),
        ("0", None),
        ("-1773144000", None),
        ("99999999999999999", None),
        ("yesterday-ish", None),
        ("09/06/2021 16:45", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Sat, 31 Dec 1994 23:59:59 GMT", None),
        ("Sun, 01 Jan 1995 00:00:00 GMT", "1995-01-01T00:00:00"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", None),
        ("", None),
    ],
)
def test_dates_are_what_the_document_says_or_nothing(text: str, read_as: str | None) -> None:
    published = one(rss(f"<title>T</title><pubDate>{text}</pubDate>")).published
    assert (published.isoformat() if published else None) == (f"{read_as}+00:00" if read_as else None)


def test_a_date_of_creation_is_one_of_publication() -> None:
    entry = one(
        '<rss version="2.0" xmlns:dcterms="http://purl.org/dc/terms/"><channel><item><title>T</title>'
        "<dcterms:created>2026-03-10T12:00:00Z</dcterms:created></item></channel></rss>"
    )
    assert entry.published == datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_dates_that_no_calendar_has_are_nothing() -> None:
    assert read_date("x", (10**9, 1, 1, 0, 0, 0, 0, 1, 0)) is None  # type: ignore[arg-type]
    assert read_date("x", (10**30, 1, 1, 0, 0, 0, 0, 1, 0)) is None  # type: ignore[arg-type]
    assert read_iso("2026-03-10T12:00:00") == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert read_iso("soon") is None
    assert read_iso(7) is None
    assert read_iso("0001-01-01T00:00:00+23:59") is None


# ---------------------------------------------------------------- JSON Feed


def json_feed(*items: object, **more: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": list(items), **more}).encode()


def test_json_feed_is_read_whole() -> None:
    document = read(
        json_feed(
            {
                "id": 7,
                "url": "/7",
                "title": "T &amp; U",
                "summary": "S",
                "content_html": "<p>a</p><p>b</p>",
                "content_text": "not this",
                "date_published": "2026-03-10T14:00:00+02:00",
                "date_modified": "2026-03-11T00:00:00Z",
                "authors": [{"name": "Ada"}, {"name": "Ada"}, {"url": "x"}, "odd"],
                "tags": ["a", 7, "a", "b"],
                "language": "en-US",
            },
            language="de",
        )
    )
    assert document.title == "J"
    assert document.language == "de"
    assert document.entries == (
        FeedEntry(
            title="T & U",
            link="https://news.example/7",
            id="7",
            published=datetime(2026, 3, 10, 12, tzinfo=UTC),
            updated=datetime(2026, 3, 11, tzinfo=UTC),
            summary="S",
            content="<p>a</p><p>b</p>",
            summary_text="S",
            content_text="a\n\nb",
            authors=("Ada",),
            tags=("a", "b"),
            outlet=None,
            language="en-us",
        ),
    )


def test_json_feed_1_0_names_one_author_and_the_feed_stands_in() -> None:
    data = json_feed(
        {"id": "1", "author": {"name": "Ada"}}, {"id": "2"}, version="https://jsonfeed.org/version/1", author={"name": "Bo"}
    )
    assert [entry.authors for entry in read(data).entries] == [("Ada",), ("Bo",)]


def test_json_feed_with_plain_text_keeps_its_angle_brackets() -> None:
    entry = one(json_feed({"id": "1", "content_text": "a <b and c\n\nd &amp; e", "external_url": "https://x.example/"}))
    assert entry.content_text == "a <b and c\n\nd & e"
    assert entry.link == "https://x.example/"


@pytest.mark.parametrize("odd", [True, None, "", [], {}])
def test_an_id_that_is_none_is_none(odd: object) -> None:
    assert one(json_feed({"id": odd, "title": "T"})).id is None


def test_odd_json_items_are_left_out_with_a_note() -> None:
    document = read(json_feed({"id": "1", "title": 7, "tags": "x", "authors": 3}, "odd", None))
    assert [entry.id for entry in document.entries] == ["1"]
    assert document.notes == ("Some items are no objects and were left out.",)


# ---------------------------------------------------------------- what is no feed, or a broken one

NO_FEED = {
    "empty": (b"", "empty"),
    "blanks": (b" \n\xef\xbb\xbf\x00", "empty"),
    "a page": (b"<!DOCTYPE html><html><head><title>Log in</title></head><body>x</body></html>", "web page"),
    "a page behind comments": (b"<?xml version='1.0'?>\n<!-- x -->\n<HTML><body>x", "web page"),
    "words": (b"Not found", "no well-formed XML"),
    "other XML": (b"<opml version='2.0'><body/></opml>", "not a feed"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "feed"),
    "JSON": (b'{"a": 1}', "not a JSON Feed"),
    "a JSON list": (b"[]", "not a JSON Feed"),
    "broken JSON": (b'{"version": "https://jsonfeed.org/version/1", ', "cannot be read as JSON"),
    "deep JSON": (b"[" * 200_000, "cannot be read as JSON"),
    "JSON Feed without items": (b'{"version": "https://jsonfeed.org/version/1"}', "no list of items"),
    "broken without entries": (b"<rss version=2.0><channel><title>T</channel>", "no entry"),
}


@pytest.mark.parametrize(("data", "sentence"), NO_FEED.values(), ids=NO_FEED)
def test_what_is_no_feed_is_told(data: bytes, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence) as told:
        read(data)
    assert str(told.value).endswith(".")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read('<rss version="2.0"><channel><title>T</title></channel></rss>').entries == ()
    assert read(json_feed()).entries == ()


def test_a_broken_feed_gives_what_can_be_read_and_a_note() -> None:
    document = read(rss("<title>AT&T & police&nbsp;caf&eacute;</title><link>https://news.example/?a=1&b=2</link>") + "<oops")
    (entry,) = document.entries
    assert entry.link == "https://news.example/?a=1&b=2"
    assert "police café" in entry.title
    assert document.notes == ("The document is not well-formed XML; it was read as far as possible.",)


def test_a_wrong_media_type_is_no_fault_of_the_document() -> None:
    assert read(rss("<title>T</title>"), content_type="text/html").notes == ()


def test_a_truncated_feed_gives_its_whole_entries() -> None:
    items = "".join(f"<item><title>T{number}</title></item>" for number in range(10))
    document = read(f'<rss version="2.0"><channel>{items}'[:-40])
    assert [entry.title for entry in document.entries][:8] == [f"T{number}" for number in range(8)]


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (rss("<title>Zürich</title>").encode("utf-8"), None),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + rss("<title>Zürich</title>").encode("latin-1"), None),
        (rss("<title>Zürich</title>").encode("latin-1"), "application/rss+xml; charset=iso-8859-1"),
        (
            b'<?xml version="1.0" encoding="iso-8859-1"?>' + rss("<title>Zürich</title>").encode("utf-8"),
            "application/xml; charset=utf-8",
        ),
        (
            b'<?xml version="1.0" encoding="utf-16"?>'.decode().encode("utf-16") + rss("<title>Zürich</title>").encode("utf-16-le"),
            None,
        ),
        (rss("<title>Zürich</title>").encode("utf-8"), "text/xml"),
        (rss("<title>Zürich</title>").encode("utf-8-sig"), "text/plain"),
    ],
)
def test_the_charset_is_found(data: bytes, content_type: str | None) -> None:
    assert one(data, content_type=content_type).title == "Zürich"


def test_entities_of_a_bomb_are_not_expanded() -> None:
    declared = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10))
    document = read(f'<!DOCTYPE rss [<!ENTITY a0 "ha">{declared}]>' + rss("<title>&a9;</title><description>words</description>"))
    assert len(document.entries[0].title) < 1000
    assert document.entries[0].summary == "words"


def test_an_external_entity_is_not_fetched(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    document = read(f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + rss("<title>T &x;</title>"))
    assert "canary" not in repr(document)


def test_a_document_that_looks_like_a_path_or_an_address_is_not_opened() -> None:
    for text in ("/etc/passwd", "http://127.0.0.1:1/feed"):
        with pytest.raises(DocumentError):
            read(text)


@pytest.mark.parametrize("tail", ["", "<oops &"])
def test_no_more_entries_than_the_limit_are_read(tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lenient, "MAX_ENTRIES", 3)
    monkeypatch.setattr(strictwalk, "MAX_ENTRIES", 3)
    monkeypatch.setattr(feed_job, "MAX_ENTRIES", 3)
    items = "".join(f"<item><title>T{number}</title>words</item>" for number in range(5))
    for document in (
        read(f'<rss version="2.0"><channel>{items}{tail}</channel></rss>'),
        read(json_feed(*({"id": str(number), "title": f"T{number}"} for number in range(5)))),
    ):
        assert [entry.title for entry in document.entries] == ["T0", "T1", "T2"]
        assert document.notes[-1] == "Only the first 3 entries were read."


def test_the_limit_is_ten_thousand_everywhere() -> None:
    assert lenient.MAX_ENTRIES == feed_job.MAX_ENTRIES == strictwalk.MAX_ENTRIES == 10_000


def test_an_entry_that_cannot_be_read_does_not_lose_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = feed_job._entry

    def fail_once(entry, url, language, **more):
        if entry.get("title") == "bad":
            raise ValueError("odd")
        return whole(entry, url, language, **more)

    monkeypatch.setattr(feed_job, "_entry", fail_once)
    document = read('<rss version="2.0"><channel><item><title>bad</title></item><item><title>good</title></item></channel></rss>')
    assert [entry.title for entry in document.entries] == ["good"]
    assert document.notes == ("An entry could not be read (ValueError).",)


@pytest.mark.parametrize("tag", ["english", "e", "en_US", "", "1"])
def test_a_language_is_a_tag_or_nothing(tag: str) -> None:
    language = read(rss("<title>T</title>", f"<title>T</title><language>{tag}</language>")).language
    assert language == {"en_US": "en-us"}.get(tag)


RUNNING = "The council of Harbour voted on Tuesday to end its contract with Lantern, whose drones filmed the port."


def test_full_text_in_a_feed_loses_what_only_leads_to_other_articles() -> None:
    whole = (
        f"<p>{RUNNING}</p><p>Also read: <a href='/x'>Ferry fares rise</a></p><p>{RUNNING}</p>"
        "<ul><li><a href='/a'>Mayor jailed in camera affair</a></li><li><a href='/b'>Ten walks along the quay</a></li></ul>"
    )
    entry = one(rss(f"<title>T</title><content:encoded><![CDATA[{whole}]]></content:encoded>"))
    assert entry.content_text.split("\n\n") == [RUNNING, RUNNING]


def test_a_feed_text_that_is_a_list_of_links_stays_whole() -> None:
    links = "".join(f"<li><a href='/{n}'>Headline number {n} about the harbour and its cameras</a></li>" for n in range(9))
    entry = one(rss(f"<title>T</title><content:encoded><![CDATA[<p>This week.</p><ul>{links}</ul>]]></content:encoded>"))
    assert entry.content_text.count("Headline number") == 9


def test_a_summary_that_is_a_link_stays() -> None:
    entry = one(rss("<title>T</title><description><![CDATA[<p><a href='/x'>Mayor jailed in camera affair</a></p>]]></description>"))
    assert entry.summary_text == "Mayor jailed in camera affair"


def test_hostile_words_are_plain() -> None:
    entry = one(
        rss(
            "<title>\u202egnp.exe &lt;script&gt;x&lt;/script&gt;</title>"
            "<description>a&#x200b;b &lt;script&gt;alert(1)&lt;/script&gt;&lt;img onerror=x&gt;</description>"
        )
    )
    assert entry.title == "gnp.exe"
    assert entry.summary_text == "ab"


# ---------------------------------------------------------------- footers


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Words.\n\nThe post A title appeared first on Example Wire.", "Words."),
        ("Words. The post A title first appeared on Example Wire.", "Words."),
        ("Words.\n\nDer Beitrag Titel erschien zuerst auf Beispiel.", "Words."),
        ("Words […]\n\nThe post A title appeared first on Example Wire.", "Words…"),
        ("Words [...]", "Words…"),
        ("Words… Continue reading A title →", "Words…"),
        ("Words ... Read more", "Words…"),
        ("Words.\nContinue reading", "Words."),
        ("Words.\n\nRead more: Another title", "Words."),
        ("Words.\n\nRead the full story at example.org", "Words."),
        ("Words.\n\n[link] [comments]", "Words."),
        ("Words.\n\nsubmitted by /u/someone\n[link] [12 comments]", "Words."),
        ("Article URL: https://a.example/\n\nComments URL: https://b.example/\n\nPoints: 7\n\n# Comments: 9", ""),
        ("Words.\n\n(Image credit: Ada Example)", "Words."),
        ("Comments", ""),
        ("Words.\n\nThis story originally ran in Example Weekly.", "Words.\n\nThis story originally ran in Example Weekly."),
        ("Read on paper, the bill is harmless.", "Read on paper, the bill is harmless."),
        ("The post office closed first on Monday.", "The post office closed first on Monday."),
        ("He asked for comments.", "He asked for comments."),
        ("", ""),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_footers_are_not_the_articles_words(text: str, kept: str) -> None:
    assert without_footers(text) == kept


PIECES = st.sampled_from(
    """
    <rss> </rss> <channel> <item> </item> <entry> <feed> <title> </title> <link> <guid> <pubDate> <content> <source> </source>
    <description> <![CDATA[ ]]> &amp; &x; & < words 2026-03-10 http://a.example/ <link/> {
    """.split()  # noqa: SIM905  # markup, not a list
)


@given(st.lists(PIECES, max_size=25))
@settings(max_examples=150)
def test_any_soup_gives_a_document_or_a_sentence(pieces: list[str]) -> None:
    try:
        document = read("".join(pieces))
    except DocumentError:
        return
    for entry in document.entries:
        assert entry.link is None or entry.link.startswith(("http://", "https://"))
        assert entry.id is None or entry.id


def test_a_thousand_comments_before_what_is_no_feed_take_no_time() -> None:
    started = time.process_time()
    with pytest.raises(DocumentError, match="neither RSS"):
        read("<!-- x -->" * 1000 + "<opml/>")
    assert time.process_time() - started < 1
