"""The strict reader: what it takes, what it leaves to feedparser and why, and that its tables fit the feedparser installed."""

from __future__ import annotations

import html.entities
import re
import subprocess
import sys
import time
from typing import Any

import feedparser
import pytest
from feedparser.html import _cp1252
from feedparser.sanitizer import _HTMLSanitizer

from bot.core.errors import DocumentError
from bot.sandbox.jobs import lenient, strict, strictnames, stricttexts, strictwalk
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.strictdates import parsed_date

HERE = "https://news.example/feeds/all.xml"
XML = "application/rss+xml"


def rss(inside: str, attributes: str = "") -> bytes:
    return f'<rss version="2.0" {attributes}><channel><title>Wire</title>{inside}</channel></rss>'.encode()


def item(inside: str, attributes: str = "") -> bytes:
    return rss(f"<item>{inside}</item>", attributes)


def atom(inside: str, attributes: str = "") -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{inside}</feed>'.encode()


def entry(inside: str, attributes: str = "") -> bytes:
    return atom(f"<entry>{inside}</entry>", attributes)


def read(data: bytes, url: str | None = HERE, content_type: str | None = XML) -> dict[str, Any]:
    return strict.parse(data, url, content_type)


def one(data: bytes) -> dict[str, Any]:
    (found,) = read(data)["entries"]
    return dict(found)


def test_an_ordinary_item_is_read() -> None:
    found = one(
        item(
            "<title>Council &amp;amp; police</title><link> https://news.example/1 </link><guid isPermaLink='false'>tag-1</guid>"
            "<pubDate>Tue, 10 Mar 2026 14:00:00 +0200</pubDate><author>ada@example.org (Ada Example)</author>"
            "<category domain='x'>police</category><description><![CDATA[<p>Words</p>]]></description>"
            "<source url='https://wire.example/'>The Wire</source>"
        )
    )
    assert (found["title"], found["title_detail"]["type"]) == ("Council &amp; police", "text/html")
    assert (found["link"], found["id"]) == ("https://news.example/1", "tag-1")
    assert tuple(found["published_parsed"])[:6] == (2026, 3, 10, 12, 0, 0)
    assert found["authors"] == [{"name": "Ada Example", "email": "ada@example.org"}]
    assert found["tags"] == [{"term": "police", "scheme": "x", "label": None}]
    assert (found["summary"], found["summary_detail"]["type"]) == ("<p>Words</p>", "text/html")
    assert found["source"] == {"title": "The Wire"}


def test_markup_in_atom_is_written_out_without_the_division_around_it() -> None:
    found = one(
        entry(
            '<content type="xhtml" xml:lang="de"> <div xmlns="http://www.w3.org/1999/xhtml">'
            '<p class="a&quot;b">1 &lt; 2<br/></p></div> </content>'
        )
    )
    assert found["content"] == [
        {"type": "application/xhtml+xml", "language": "de", "value": '<p class="a&quot;b">1 &lt; 2<br></br></p>'}
    ]


UNUSUAL = {
    "larger than 10 MB": rss("") + b" " * strict.MAX_BYTES,
    "has a DTD": b"<!DOCTYPE rss>" + rss(""),
    "not well-formed": rss("<item><title>A & B</title></item>"),
    "not in UTF-8": b'<?xml version="1.0" encoding="iso-8859-1"?>' + rss(""),
    "names an encoding in an odd place": b'<?xml version="1.0"?><?x encoding="utf-16"?>' + rss(""),
    "a prefix with two namespaces": item('<a:x xmlns:a="urn:1"/><a:x xmlns:a="urn:2"/>'),
    "a usual prefix with another namespace": item('<dc:x xmlns:dc="urn:1"/>'),
    "a known element in an unknown namespace": item('<title xmlns="urn:1">T</title>'),
    "its root is not": b"<opml/>",
    "not one channel": b"<rss/>",
    "an element beside the channel": b"<rss><channel/><title/></rss>",
    "an element with an odd name": item("<b_c/>"),
    "a prefix with an odd name": item('<_:c xmlns:_="urn:1"/>'),
    "an odd attribute of XML": item('<title xml:id="a">T</title>'),
    "an attribute that looks like another": item('<link x:href="/a" xmlns:x="urn:1">/b</link>'),
    "attributes of a channel definition": rss('<item href="/a"/>'),
    "a base that is no address": item('<link xml:base="sub/">a</link>'),
    "markup where there should be text": item("<title>A <b>bold</b> claim</title>"),
    "a text that is encoded or elsewhere": entry('<content src="https://news.example/1"/>'),
    "a text of an odd type": entry('<content type="image/svg+xml">x</content>'),
    "markup that is not XHTML": entry('<content type="xhtml"><svg xmlns="http://www.w3.org/2000/svg"/></content>'),
    "markup with odd attributes": entry('<content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml" Lang="x"/></content>'),
    "plain text with unusual markup": item("<title>&lt;blink&gt;A&lt;/blink&gt;</title>"),
    "an odd link": item('<link href=""/>'),
    "a field within another": item('<x:box xmlns:x="urn:1"><link>/a</link></x:box>'),
    "with a language or base": item('<x:box xmlns:x="urn:1" xml:lang="de"><title>a</title></x:box>'),
    "with elements in it": item("<enclosure><title>T</title></enclosure>"),
    "a person with odd elements": entry("<author><age>7</age></author>"),
    "keywords with attributes": item(
        '<itunes:keywords a="b" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">c</itunes:keywords>'
    ),
    "a source with odd elements": entry("<source><entry/></source>"),
    "an odd element in a picture": rss("<image><link>/a</link><b/></image>"),
    "<content> in a feed": rss("<content>C</content>"),
    "<item> in an entry": item("<item/>"),
}


@pytest.mark.parametrize(("reason", "document"), UNUSUAL.items(), ids=UNUSUAL)
def test_an_unusual_document_is_left_to_feedparser(reason: str, document: bytes) -> None:
    with pytest.raises(strict.UnusualError, match=re.escape(reason)):
        read(document)


@pytest.mark.parametrize(
    ("address", "content_type", "head", "fast"),
    [
        (HERE, XML, "", True),
        (HERE, "text/xml; charset=UTF-8", "", True),
        (HERE, 'text/xml; charset="utf8"', "", True),
        (HERE, "text/xml", "", False),
        (HERE, "text/xml", '<?xml version="1.0" encoding="UTF-8"?>', True),
        (HERE, None, "", False),
        (HERE, None, '<?xml version="1.0" encoding="utf-8"?>', True),
        (None, None, "", True),
        (HERE, "application/xml; charset=iso-8859-1", "", False),
        ("feed:all", XML, "", False),
    ],
)
def test_only_what_feedparser_reads_as_utf8_is_read_fast(
    address: str | None, content_type: str | None, head: str, *, fast: bool
) -> None:
    data = head.encode() + rss("<item><title>caf\u00e9 \u2019</title></item>")
    if fast:
        assert read(data, address, content_type)["entries"][0]["title"] == "caf\u00e9 \u2019"
        assert lenient.parse(data, address, content_type)["entries"][0]["title"] == "caf\u00e9 \u2019"
    else:
        with pytest.raises(strict.UnusualError):
            read(data, address, content_type)


def test_a_byte_order_mark_and_other_encodings_are_told_apart() -> None:
    assert read(b"\xef\xbb\xbf" + item("<title>T</title>"))["entries"][0]["title"] == "T"
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        with pytest.raises(strict.UnusualError, match="not in UTF-8"):
            read(item("<title>T</title>").decode().encode(encoding))


def test_a_base_of_its_own_needs_an_address_to_start_from() -> None:
    data = item('<link xml:base="https://base.example/d/">a</link>')
    assert one(data)["link"] == "https://base.example/d/a"
    with pytest.raises(strict.UnusualError, match="no address"):
        read(data, None)


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>' + item("<title>&c;</title>"),
        b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + item("<title>&a;</title>"),
        b'<!-- <!DOCTYPE x> --><?x <!ENTITY a "b"> ?>' + item("<title>T</title>"),
        b"<!-- never ends " + item("<title>T</title>"),
        item("<title>&a;</title>"),
        item("<title>T</title>" + "<x>" * 300 + "</x>" * 300),
        b"<rss><channel><item><title>" + b"a" * 10_000_001 + b"</title></item></channel></rss>",
    ],
    ids=["entities", "external", "in a comment", "no end", "undeclared", "deep", "long"],
)
def test_no_entity_is_resolved_and_nothing_deep_or_endless_is_read(document: bytes) -> None:
    started = time.process_time()
    with pytest.raises(strict.UnusualError):
        read(document)
    assert time.process_time() - started < 2


def test_a_tag_with_a_hundred_thousand_attributes_is_not_given_to_libxml2() -> None:
    many = " ".join(f"a{number}='>'" for number in range(100_000))
    started = time.process_time()
    with pytest.raises(strict.UnusualError, match="very long tag"):
        read(item(f"<link {many}/>"))
    assert time.process_time() - started < 1
    with pytest.raises(strict.UnusualError, match="very long tag"):
        read(item("<title>T</title>")[:-1] + b" " * 20_000)
    long = "words &gt; " * 5_000
    found = one(item(f"<title>T</title><description a='&gt;>'>{long}</description>") + b" " * 50_000)
    assert found["summary"] == long.replace("&gt;", ">").strip()
    quoting = "don't > " * 5_000
    assert one(item(f"<description><![CDATA[{quoting}]]></description>"))["summary"] == quoting.strip()


def test_a_document_of_comments_only_has_no_root() -> None:
    assert strict.root_at(b"<!-- a --> <?b ?>") == 17
    assert strict.root_at(b"<!-- a") == 6
    with pytest.raises(DocumentError):
        parse_feed(b"<!-- a -->", None, None)


def test_a_person_in_a_source_or_with_a_picture_is_understood() -> None:
    found = one(
        entry(
            "<author><name>Ada</name><g:image rel='r' xmlns:g='urn:g'/></author>"
            "<source><title>Planet</title><author><name>No</name></author><rights>R</rights></source>"
        )
    )
    assert (found["authors"], found["source"]["title"]) == ([{"name": "Ada"}], "Planet")


@pytest.mark.parametrize(
    "odd",
    [
        "<author>words<name>A</name></author>",
        "<source>words<title>A</title></source>",
        '<source><link href="/a">words</link></source>',
    ],
)
def test_words_among_elements_are_left_to_feedparser(odd: str) -> None:
    with pytest.raises(strict.UnusualError, match="odd elements"):
        read(entry(odd))


def test_no_more_entries_than_the_limit_are_read_of_rdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strictwalk, "MAX_ENTRIES", 2)
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/>'
        f"{'<item/>' * 3}</rdf:RDF>"
    )
    parsed = read(rdf.encode())
    assert (len(parsed["entries"]), parsed["feed"][strict.MORE]) == (2, True)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 31 Feb 2026 14:00:00 GMT",
        "0001-01-01T00:00:00+23:00",
        "2026-03-10",
        "yesterday",
        "10 March 2026",
        "2026-069T12:00:00Z",
    ],
)
def test_a_date_in_no_usual_form_or_that_never_was_is_feedparsers(text: str) -> None:
    expected = feedparser.datetimes._parse_date(text)
    assert (parsed_date(text) or ())[:6] == (expected or ())[:6]


def test_a_child_that_reads_ordinary_feeds_never_imports_feedparser() -> None:
    script = (
        "import sys; from bot.sandbox.jobs.feed import parse_feed\n"
        f"parse_feed({item('<title>T</title><pubDate>Tue, 10 Mar 2026 14:00:00 GMT</pubDate>')!r}, None, None)\n"
        "print([name for name in ('feedparser', 'urllib.request', 'email') if name in sys.modules])\n"
        "parse_feed(b'<rss><channel><item><title>A & B</title></item></channel></rss>', None, None)\n"
        "print('feedparser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "True"]


# ---------------------------------------------------------------- the tables


def handlers() -> set[str]:
    """Every element that feedparser has a handler for, as we write it."""
    found = {
        re.sub(r"_(start|end)_", "", name, count=1)
        for name in dir(feedparser.api.StrictFeedParser)
        if re.match(r"_(start|end)_", name)
    }
    prefixes = tuple(f"{prefix}_" for prefix in strictnames.CANONICAL)
    return {(name.replace("_", ":", 1) if name.startswith(prefixes) else name).lower() for name in found}


def test_every_element_that_feedparser_handles_has_its_place() -> None:
    known = {*strictnames.FEED, *strictnames.ENTRY, *strictnames.CONSTRUCTS, *strictnames.HARMLESS, *strictnames.REFUSED}
    left = {name for name in handlers() - known if name.partition(":")[0] not in strictnames.REFUSED}
    # These two hold others, and do nothing to them.
    assert left == {"media:group", "media:content"}
    assert all(":" in name or "_" not in name for name in left)


def test_every_namespace_that_means_something_to_feedparser_is_known() -> None:
    meaning = {name.partition(":")[0] for name in handlers() if ":" in name}
    assert meaning <= {prefix.lower() for prefix in strictnames.CANONICAL}
    for uri, prefix in feedparser.mixin._FeedParserMixin.namespaces.items():
        if prefix == "" or prefix.lower() in meaning or prefix in {"xml", "rdf"}:
            assert strictnames.canonical(uri) == prefix, uri
        else:
            assert strictnames.canonical(uri) in {prefix, None}, uri


def test_the_keys_of_feedparsers_entries_are_no_harmless_names() -> None:
    keys = {"links", "link", "authors", "author", "tags", "source", "content", "summary", "title", "id", "published", "updated"}
    for name in keys | set(feedparser.FeedParserDict.keymap) | {"created", "feed", "entries"}:
        if name not in strictnames.ENTRY and name not in strictnames.CONSTRUCTS and "_" not in name:
            assert not strictnames.is_harmless(name, entry=True), name


def test_the_tables_of_markup_and_characters_are_part_of_feedparsers() -> None:
    assert set(_HTMLSanitizer.acceptable_elements) >= strictnames.MARKUP
    assert set(html.entities.entitydefs) >= strictnames.ENTITIES
    assert _cp1252 == stricttexts._WINDOWS
    assert (strictwalk.MAX_TAGS, strict.MORE) == (lenient.MAX_TAGS, lenient.MORE)
    assert stricttexts._MAIL == lenient._MAIL


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example",
        "https://a.example/b;c",
        "http:///a.example/b",
        "HTTPS://a.example/b",
        "https://a.example/b?",
        "https://a.example/../b",
        "//b.example/c",
        "https://a.example/b#",
        "https://[::1/",
        "?a",
        "/b c",
        "https://a.example?x=1",
        "https://a.example/b?c=/d#e",
        "https://-a.example/",
    ],
)
@pytest.mark.parametrize("base", ["", HERE, "http://other.example/"])
def test_a_link_is_resolved_as_feedparser_does(link: str, base: str) -> None:
    assert stricttexts.join(base, link) == feedparser.urls._urljoin(base, link)
