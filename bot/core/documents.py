"""What the sandbox's readers give back: values that cross a process boundary, so plain data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.wishes import NO_WISHES, Wishes


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed document.

    Attributes:
        title: plain text (markup and entities resolved).
        link: http or https address, resolved against the document's, or None.
        id: guid or atom:id byte for byte, or None if the document has none.
        summary, content: raw, as the document holds them; ``content`` is the first one.
        summary_text, content_text: the same as plain text.
        outlet: name of the original publisher where the entry names one (RSS ``source``), or None.
    """

    title: str
    link: str | None
    id: str | None
    published: datetime | None
    updated: datetime | None
    summary: str | None
    content: str | None
    summary_text: str
    content_text: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    outlet: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as read: its own title, language and entries, and what was odd about it.

    Attributes:
        wishes: how often it wants to be asked.
        hub, topic: its WebSub hub and its own address as the document states them, or None.
        well_formed: whether it is in order up to its end; if not, entries may be missing.
        home: address of the site that it says it is of, or None.
    """

    title: str
    language: str | None
    entries: tuple[FeedEntry, ...]
    notes: tuple[str, ...] = ()
    wishes: Wishes = NO_WISHES
    hub: str | None = None
    topic: str | None = None
    well_formed: bool = True
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One web page, or one saved text page, reduced to the article it holds.

    Attributes:
        title: the article's headline.
        summary: its standfirst, or an empty string.
        text: the article's own words, paragraphs separated by a blank line; empty if they could not be had.
        published: publication instant stated by the page, or None.
        rendered: a date the page shows above its title, or None.
        url: the address the page itself states (canonical), or None.
        site: og:site_name or the masthead; outlet: the publisher as resolved. None if the page does not say.
        notes: sentences for people: updates, syndication, why the text is missing.
    """

    title: str
    summary: str
    text: str
    byline: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    rendered: datetime | None = None
    url: str | None = None
    site: str | None = None
    outlet: str | None = None
    language: str | None = None
    paywalled: bool = False
    notes: tuple[str, ...] = ()
