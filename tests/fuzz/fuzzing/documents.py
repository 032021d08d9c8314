"""Reads documents as a child of the sandbox reads them, and says what must hold of what was read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError
from bot.core.sources import SourceConfig
from bot.sandbox.jobs import lenient, strict
from bot.sandbox.jobs.courtlistener import read_courtlistener
from bot.sandbox.jobs.feed import MAX_NAME, parse_feed
from bot.sandbox.jobs.legistar import read_legistar
from bot.sandbox.jobs.links import read_links
from bot.sandbox.jobs.listing import read_listing
from bot.sandbox.jobs.outlines import read_outlines
from bot.sandbox.jobs.page import read_page
from bot.sandbox.jobs.plain import plain_line, plain_paragraphs, plain_text
from bot.sandbox.jobs.post import read_post
from bot.sandbox.jobs.sitemap import read_sitemap
from bot.sandbox.jobs.text import html_to_text
from bot.sandbox.jobs.watched import read_watched
from bot.sources.entry import MAX_TEXT, MAX_TITLE, Entries
from fuzzing.papers import (
    URL,
    feed_input,
    fragment,
    listing_input,
    outline_input,
    page_input,
    post_input,
    service_input,
    sitemap_input,
    watched_input,
)
from fuzzing.target import NOW, Target, crossed, shows_address, shows_line, shows_text

TOO_DEEP = (DocumentError, RecursionError)
"""What a job may raise: the child tells the second as a document that is nested too deeply."""


def holds_entry(entry: FeedEntry) -> None:
    for line in (entry.title, *entry.authors, *entry.tags, entry.outlet or "", entry.language or ""):
        shows_line(line)
    assert all(len(name) <= MAX_NAME for name in (*entry.authors, *entry.tags)), "a name without end"
    for text in (entry.summary_text, entry.content_text):
        shows_text(text)
    shows_address(entry.link)
    for date in (entry.published, entry.updated):
        holds_date(date)


def holds_date(date: datetime | None) -> None:
    if date is not None:
        assert date.utcoffset() == timedelta(0), f"a date that is not in UTC: {date!r}"


def holds_feed(document: FeedDocument) -> None:
    shows_line(document.title)
    for entry in document.entries:
        holds_entry(entry)
    for note in document.notes:
        shows_line(note)
    for address in (document.hub, document.topic, document.home):
        shows_address(address)
    assert len(document.entries) <= lenient.MAX_ENTRIES
    crossed(document)


CONFIG = SourceConfig("ledger", "feed", URL)


def read_feed(given: tuple[bytes, str | None, str | None]) -> None:
    document = parse_feed(*given)
    holds_feed(document)
    entries = Entries(crossed(document), CONFIG, NOW)
    for entry in document.entries:
        entries.add(entry)
    for item in entries.items():
        assert item.id
        assert 0 < len(item.title) <= MAX_TITLE + 1
        assert len(item.content_text) <= MAX_TEXT + 1
        shows_line(item.title)
        shows_address(item.url)
        shows_address(item.canonical_url)


def read_strict(given: tuple[bytes, str | None, str | None]) -> None:
    parsed = strict.parse(*given)
    assert {"feed", "entries", "version"} <= parsed.keys()


def read_lenient(given: tuple[bytes, str | None, str | None]) -> None:
    parsed = lenient.parse(*given)
    assert len(parsed["entries"]) <= lenient.MAX_ENTRIES
    lenient.is_ill_formed(parsed)


def see_page(given: tuple[bytes, str | None, str | None]) -> None:
    page = crossed(read_page(*given))
    for line in (page.title, page.summary, *page.byline, *page.notes, page.site or "", page.outlet or ""):
        shows_line(line)
    shows_text(page.text)
    shows_address(page.url)
    for date in (page.published, page.modified, page.rendered):
        holds_date(date)


def see_links(given: tuple[bytes, str | None, str | None]) -> None:
    page = crossed(read_links(*given))
    for link in (*page.feeds, *page.anchors):
        shows_address(link.url)
        shows_line(link.title)
    shows_address(page.refresh)
    shows_address(page.url)
    shows_line(page.title)


def see_plain(html: str) -> None:
    for text in (plain_text(html), plain_text(html, teasers=False), plain_paragraphs(html), html_to_text(html)):
        shows_text(text)
        assert len(text) <= 8 * len(html) + 8, "a text longer than what it was made of"
    shows_line(plain_line(html, html=True))
    shows_line(plain_line(html, html=False))


def see_sitemap(given: tuple[bytes, list[str]]) -> None:
    data, include = given
    found = crossed(read_sitemap(data=data, url=URL, include=include, exclude=[]))
    for page in found.pages:
        shows_address(page.url)
        for line in (page.title, page.outlet or "", page.language or "", *page.tags):
            shows_line(line)
        for date in (page.modified, page.published):
            holds_date(date)


def see_service(given: tuple[str, bytes, str, str]) -> None:
    kind, data, what, about = given
    if kind == "legistar":
        found = read_legistar(data, what, "harbour", "2026-03-10", about)
    else:
        found = read_courtlistener(data=data, what=what, base="https://court.example/api/", about=about)
    for entry in crossed(found).entries:
        holds_entry(entry)
    shows_address(found.next)
    for part in found.parts:
        json.loads(part)


def see_listing(given: tuple[bytes, str | None, str | None, dict[str, Any]]) -> None:
    found = crossed(read_listing(*given))
    for entry in found.entries:
        holds_entry(entry)
    for line in (found.trouble, *found.notes):
        shows_line(line)


def see_watched(given: dict[str, Any]) -> None:
    page = crossed(read_watched(**given))
    for line in (page.title, *page.lines, *page.notes):
        shows_line(line)
    for entry in page.entries:
        holds_entry(entry)


def see_outlines(data: bytes) -> None:
    document = crossed(read_outlines(data))
    for line in (
        document.title,
        *document.notes,
        *(tag for one in document.outlines for tag in one.tags),
        *(one.title for one in document.outlines),
    ):
        shows_line(line)


TARGETS = (
    Target("feeds", "feed", feed_input, read_feed, TOO_DEEP, share=30),
    Target("feeds read strictly", "feed", feed_input, read_strict, (strict.UnusualError,), share=90),
    Target("feeds read by feedparser", "feed", feed_input, read_lenient, (ValueError,), share=12),
    Target("pages", "page", page_input, see_page, TOO_DEEP, share=5, seconds=10.0),
    Target("links of pages", "page", page_input, see_links, TOO_DEEP, share=12),
    Target("markup in texts", "page", fragment, see_plain, TOO_DEEP, share=25),
    Target("watched pages", "page", watched_input, see_watched, TOO_DEEP, share=8),
    Target("sitemaps", "source kinds", sitemap_input, see_sitemap, TOO_DEEP, share=70),
    Target("legistar and courtlistener", "source kinds", service_input, see_service, TOO_DEEP, share=50),
    Target("json listings", "source kinds", listing_input, see_listing, TOO_DEEP, share=50),
    Target("lists of subscriptions", "source kinds", outline_input, see_outlines, TOO_DEEP, share=25),
    Target("posts", "source kinds", post_input, lambda data: holds_feed(read_post(data)), TOO_DEEP, share=25),
)
