"""What the readers of the sandbox say of pages and lists that lead to sources: values that cross a process, so plain data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of a page that may lead to a feed.

    Attributes:
        url: http or https address, resolved against the page's base.
        title: what the page calls it, one line; may be empty.
        type: media type in small letters as the page states it, or empty.
    """

    url: str
    title: str
    type: str


@dataclass(frozen=True, slots=True)
class SitePage:
    """What a web page says about where its feeds are.

    Attributes:
        title: of the page; site: the name of the whole site, or empty.
        generator: the program that made it, as it says itself, or empty.
        url: its own canonical address, or None.
        feeds: from ``link`` elements that name an alternate version or a feed, in order.
        anchors: links in its body that look like feeds, in order.
        login: it asks for a password.
        parked: it offers its domain for sale and has little else.
        article: it says that it is one article, not a section or a front page.
        words: how many words it shows.
        refresh: where it sends a browser by itself at once, or None.
    """

    title: str
    site: str
    language: str | None
    generator: str
    url: str | None
    feeds: tuple[PageLink, ...]
    anchors: tuple[PageLink, ...]
    login: bool
    parked: bool
    article: bool
    words: int
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """One line of a list of subscriptions.

    Attributes:
        line: 1-based line of the document.
        url: as written; empty if it names only a site.
        site: the site's own address as written, or empty.
        tags: names of the groups it stands in and of its categories.
        again: further lines where the same address stands.
    """

    line: int
    title: str
    url: str
    site: str
    tags: tuple[str, ...]
    again: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OutlineDocument:
    """A list of subscriptions: its title, what it lists, and what was odd about it."""

    title: str
    outlines: tuple[Outline, ...]
    notes: tuple[str, ...] = ()
