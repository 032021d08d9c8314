"""feedparser, held to what we promise: identifiers as written, no copied fields, an end after so many entries.

feedparser has no switches for these, so its two readers are replaced by subclasses with four handlers changed; a test
fails if they are not used. Must never be given a text or a path: feedparser would open or fetch it.
"""

from __future__ import annotations

import io
from typing import Any

import feedparser.api

MAX_ENTRIES = 10_000
"""Entries read of one document (docs/sources.md: limits)."""

MORE = "watchlamp_more"
"""Key of the feed's own fields that says entries were left out."""


class _Faithful:
    """Mixed in before feedparser's own handlers."""

    _full = False

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        """Handle a tag, until there are enough entries."""
        if not self._full:
            super().unknown_starttag(tag, attributes)  # type: ignore[misc]

    def unknown_endtag(self, tag: str) -> None:
        """Handle a tag, until there are enough entries."""
        if not self._full:
            super().unknown_endtag(tag)  # type: ignore[misc]

    def handle_data(self, text: str, escape: int = 1) -> None:
        """Handle text, until there are enough entries."""
        if not self._full:
            super().handle_data(text, escape)  # type: ignore[misc]

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        """Keep an ``id`` as written: resolved like a link, one entry would become two when its feed moves."""
        if element != "id":
            return super().pop(element, strip_whitespace)  # type: ignore[misc]
        self.guidislink, is_link = False, getattr(self, "guidislink", False)
        try:
            value = super().pop(element, strip_whitespace)  # type: ignore[misc]
        finally:
            self.guidislink = is_link
        return self.resolve_uri(value) if is_link and value else value  # type: ignore[attr-defined]

    def _save(self, key: str, value: Any, overwrite: bool = False) -> None:
        """Leave a summary absent that the document does not have: feedparser would copy the content into it."""
        if key != "summary":
            super()._save(key, value, overwrite)  # type: ignore[misc]

    def _start_item(self, attributes: dict[str, str]) -> None:
        if len(self.entries) < MAX_ENTRIES:  # type: ignore[attr-defined]
            super()._start_item(attributes)  # type: ignore[misc]
        else:
            self._full = True
            self.feeddata[MORE] = True  # type: ignore[attr-defined]

    _start_entry = _start_item


feedparser.api.StrictFeedParser = type("StrictFeedParser", (_Faithful, feedparser.api.StrictFeedParser), {})
feedparser.api.LooseFeedParser = type("LooseFeedParser", (_Faithful, feedparser.api.LooseFeedParser), {})


def parse(data: bytes, url: str | None, content_type: str | None) -> Any:
    """What feedparser reads: a dictionary with ``feed``, ``entries``, ``version`` and ``bozo``.

    Args:
        data: the document.
        url: its address, against which feedparser resolves links (and nothing else here).
        content_type: the header, whose charset counts.
    """
    headers = {name: value for name, value in (("content-type", content_type), ("content-location", url)) if value}
    return feedparser.api.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def is_ill_formed(parsed: Any) -> bool:
    """Whether the document is no well-formed XML (feedparser calls wrong media types ``bozo`` too)."""
    kinds = (feedparser.exceptions.UndeclaredNamespace, feedparser.api.xml.sax.SAXException)
    return bool(parsed.get("bozo")) and isinstance(parsed.get("bozo_exception"), kinds)
