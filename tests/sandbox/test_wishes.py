"""How often a feed wants to be asked and who tells of its news, read from its own part whatever its entries are like."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bot.core.wishes import NO_WISHES, Wishes
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.wishes import Asked, read_json, read_xml

URL = "https://news.example/feeds/all"
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
ITEM = "<item><title>A</title><guid>1</guid></item>"


def rss(channel: str, *, after: str = "", root: str = "", item: str = ITEM) -> bytes:
    return (
        f'<?xml version="1.0"?><rss version="2.0" {root}><channel><title>T</title>{channel}{item}{after}</channel></rss>'.encode()
    )


def wishes(data: bytes) -> Wishes:
    return read_xml(data, URL).wishes


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("", NO_WISHES),
        ("<ttl>60</ttl>", Wishes(ttl=3600)),
        ("<ttl> 60\n</ttl>", Wishes(ttl=3600)),
        ("<ttl>0</ttl>", NO_WISHES),
        ("<ttl>soon</ttl>", NO_WISHES),
        ("<ttl>-5</ttl>", NO_WISHES),
        ("<ttl>99999999999</ttl>", Wishes(ttl=30 * 86400)),
        ("<skipHours><hour>0</hour><hour> 23 </hour><hour>7</hour></skipHours>", Wishes(skip_hours=(0, 7, 23))),
        ("<skipHours><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", Wishes(skip_hours=(0,))),
        ("<skipDays><day>Sunday</day><day>saturday</day><day>Someday</day></skipDays>", Wishes(skip_days=(5, 6))),
        ("<skipDays><day>Sunday</day>", Wishes(skip_days=(6,))),
        ("<!-- <ttl>60</ttl> -->", NO_WISHES),
        ("<description><![CDATA[<ttl>60</ttl>]]></description>", NO_WISHES),
        ("<description>&lt;ttl>60&lt;/ttl></description>", NO_WISHES),
    ],
)
def test_what_rss_asks(channel: str, expected: Wishes) -> None:
    assert wishes(rss(channel)) == expected
    assert wishes(rss("", after=channel)) == expected, "behind the entries too"


@pytest.mark.parametrize(
    ("channel", "every"),
    [
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", 3600),
        ("<sy:updatePeriod>\n hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 900),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 7 * 86400),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 43200),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 86400),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", 30 * 86400),
        ("<sy:updatePeriod>sometimes</sy:updatePeriod>", None),
        ("", None),
    ],
)
def test_what_the_syndication_module_asks(channel: str, every: int | None) -> None:
    assert wishes(rss(channel, root=SY)) == Wishes(every=every)
    assert wishes(rss(channel.replace("sy:", "s:"), root=SY.replace(":sy", ":s"))) == Wishes(every=every), "by its namespace"
    assert wishes(rss(channel, root=SY.replace("purl.org", "other.example"))) == NO_WISHES


def test_an_update_has_an_instant_where_the_module_names_one() -> None:
    channel = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase>"
    assert wishes(rss(channel, root=SY)) == Wishes(every=86400, since=datetime(2000, 1, 1, 12, tzinfo=UTC))
    assert wishes(rss(channel.replace("2000-01-01T12:00+00:00", "noon"), root=SY)) == Wishes(every=86400)


ATOM = 'xmlns:atom="http://www.w3.org/2005/Atom"'


@pytest.mark.parametrize(
    ("channel", "hub", "topic"),
    [
        ('<atom:link rel="hub" href="https://hub.example/"/>', "https://hub.example/", None),
        ("<atom:link href='/own' rel='self' type='x'/>", None, "https://news.example/own"),
        (
            '<link rel="hub self" href="https://a.example/?x=1&amp;y=2" />',
            "https://a.example/?x=1&y=2",
            "https://a.example/?x=1&y=2",
        ),
        (
            '<link rel="hub" href="https://one.example/"/><link rel="hub" href="https://two.example/"/>',
            "https://one.example/",
            None,
        ),
        ('<link rel="HUB" href="https://hub.example/"></link>', "https://hub.example/", None),
        ('<link rel="hub" href="javascript:alert(1)"/><link rel="hub" href=""/><link rel="hub"/>', None, None),
        ('<link rel="hub" href="http://[broken/"/><link rel="hub" href="https://x.example/a b"/>', None, None),
        ("<link>https://news.example/</link>", None, None),
    ],
)
def test_hubs_and_own_addresses(channel: str, hub: str | None, topic: str | None) -> None:
    asked = read_xml(rss(channel, root=ATOM), URL)
    assert (asked.hub, asked.topic) == (hub, topic)


def test_an_entry_asks_nothing() -> None:
    inside = '<item><title>A</title><ttl>60</ttl><link rel="hub" href="https://hub.example/"/></item>'
    assert read_xml(rss("", item=inside), URL) == Asked()
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="https://a.example/"/><entry><link rel="hub" href="https://b.example/"/></entry></feed>'
    assert read_xml(atom.encode(), URL) == Asked(topic="https://a.example/")


def test_json_feeds_name_their_hubs_and_themselves() -> None:
    hubs = [
        {"type": "rssCloud", "url": "https://x.example/"},
        "odd",
        {"type": "WebSub", "url": 7},
        {"type": "WebSub", "url": "https://hub.example/"},
    ]
    assert read_json({"hubs": hubs, "feed_url": "/own.json"}, URL) == Asked(
        hub="https://hub.example/", topic="https://news.example/own.json"
    )
    assert read_json({"hubs": "odd", "feed_url": 7}, URL) == Asked()
    assert read_json({}, None) == Asked()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_any_encoding(encoding: str) -> None:
    text = rss("<ttl>60</ttl>").decode().replace('"1.0"?', f'"1.0" encoding="{encoding.removesuffix("-sig")}"?')
    document = parse_feed(text.encode(encoding), URL, None)
    assert document.wishes == Wishes(ttl=3600)


def test_broken_and_whole_documents_ask_the_same_and_say_which_they_are() -> None:
    whole = parse_feed(rss("<ttl>60</ttl>"), URL, "application/rss+xml")
    cut = parse_feed(rss("<ttl>60</ttl>", item=ITEM * 3)[:-40], URL, "application/rss+xml")
    assert (whole.wishes, whole.well_formed) == (Wishes(ttl=3600), True)
    assert (cut.wishes, cut.well_formed) == (Wishes(ttl=3600), False)


@pytest.mark.parametrize(
    "data",
    [
        b"<rss>" + b"<link " * 400_000,
        b"<rss>" + b"<skipHours><hour>" * 200_000,
        b"<rss>" + b"<ttl>" * 500_000,
        b"<rss>" + b"<!--" * 500_000,
        b"<rss>" + b"<![CDATA[" * 300_000,
        b"<rss>" + b"<link " + b'a="' * 500_000,
        b"<item>" + b"</item " * 500_000,
        b"<item></item>" * 200_000,
        b"<" * 3_000_000,
    ],
)
def test_hostile_documents_take_time_that_grows_with_their_length_only(data: bytes) -> None:
    begin = time.process_time()
    read_xml(data, URL)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("document", "home"),
    [
        (rss("<link>https://news.example/?a=1&amp;b=2</link>"), "https://news.example/?a=1&b=2"),
        (rss("<link> /all </link>"), "https://news.example/all"),
        (rss("<link>mailto:a@news.example</link>"), None),
        (rss(""), None),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/x"/><link href="https://quay.example/"/><entry/></feed>',
            "https://quay.example/",
        ),
    ],
)
def test_the_site_that_a_feed_says_it_is_of(document: bytes, home: str | None) -> None:
    assert read_xml(document, URL).home == home


def test_the_site_that_a_json_feed_says_it_is_of() -> None:
    assert read_json({"home_page_url": "https://quay.example/"}, URL).home == "https://quay.example/"
    assert read_json({"home_page_url": 7}, URL).home is None
