"""What the sandbox reads of a sitemap. It crosses a process boundary, so plain data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MappedPage:
    """A page that a sitemap lists.

    Attributes:
        url: http or https.
        modified: its ``lastmod``, or None.
        news: it is listed as news; then ``title``, ``published``, ``outlet``, ``language`` and ``tags`` are what is said of it.
    """

    url: str
    modified: datetime | None
    news: bool = False
    title: str = ""
    published: datetime | None = None
    outlet: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap, or an index of sitemaps.

    Attributes:
        index: it lists sitemaps, not pages.
        pages: what it lists, in order; of an index the sitemaps.
        notes: what was left out.
    """

    index: bool
    pages: tuple[MappedPage, ...]
    notes: tuple[str, ...] = ()
