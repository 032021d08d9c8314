"""feedparser, held to what we promise: identifiers as written, no copied fields, an end after so many entries.

Time grows with the document only, and no entry is lost to an element that one of feedparser's handlers stumbles over.
feedparser has no switches for these, so its two readers are replaced by subclasses with some handlers changed; a test
fails if they are not used. Must never be given a text or a path: feedparser would open or fetch it.
"""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import feedparser.api

MAX_ENTRIES = 10_000
"""Entries read of one document (docs/sources.md: limits)."""

MAX_TAGS = 200
"""Keywords read of one entry; feedparser compares each with all before it."""

_STUMBLES = (KeyError, IndexError, TypeError, ValueError)
"""What feedparser's handlers raise over elements they did not expect: a ``gml:pos`` that stands in no ``where``."""

_ADDRESS = re.compile(r"https?://|/(?!/)", re.IGNORECASE)
_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}(?:[a-z]{2,24}|[0-9]{1,3})(?:\?subject=\S{0,200})?",
    re.ASCII | re.IGNORECASE,
)
"""An e-mail address. feedparser's own pattern takes time with the square of a name's length: 36 s for 100,000 letters."""

MORE = "watchlamp_more"
"""Key of the feed's own fields that says entries were left out."""


class _Faithful:
    """Mixed in before feedparser's own handlers."""

    _full = False

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        """Handle a tag, until there are enough entries."""
        if not self._full:
            with contextlib.suppress(*_STUMBLES):
                super().unknown_starttag(tag, attributes)  # type: ignore[misc]

    def unknown_endtag(self, tag: str) -> None:
        """Handle a tag, until there are enough entries."""
        if self._full:
            return
        try:
            super().unknown_endtag(tag)  # type: ignore[misc]
        except _STUMBLES:  # the rest of what feedparser does at an end: one level of addresses and languages is left
            self._leave()

    def _leave(self) -> None:
        reader: Any = self
        for levels, name in ((reader.basestack, "baseuri"), (reader.langstack, "lang")):
            if levels:
                levels.pop()
            if levels:
                setattr(reader, name, levels[-1])
        reader.depth -= 1

    def handle_data(self, text: str, escape: int = 1) -> None:
        """Handle text, until there are enough entries."""
        if not self._full:
            super().handle_data(text, escape)  # type: ignore[misc]

    def handle_charref(self, ref: str) -> None:
        """Take a reference to a character; for one that there is not (``&#xD800;``) the sign HTML has for that, as browsers do."""
        try:
            super().handle_charref(ref)  # type: ignore[misc]
        except (ValueError, OverflowError):
            super().handle_charref(str(ord("\ufffd")))  # type: ignore[misc]

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        """Keep an ``id`` as written: resolved like a link, one entry would become two when its feed moves.

        The value returned becomes the entry's link if it has none; an id that is no address gives no link.
        """
        if element != "id":
            return super().pop(element, strip_whitespace)  # type: ignore[misc]
        self.guidislink, is_link = False, getattr(self, "guidislink", False)
        try:
            value = super().pop(element, strip_whitespace)  # type: ignore[misc]
        finally:
            self.guidislink = is_link
        if not is_link or not value:
            return value
        return self.resolve_uri(value) if _ADDRESS.match(value) else ""  # type: ignore[attr-defined]

    def _save(self, key: str, value: Any, overwrite: bool = False) -> None:
        """Leave a summary absent that the document does not have: feedparser would copy the content into it."""
        if key != "summary":
            super()._save(key, value, overwrite)  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        """Tell a person's name from the e-mail address beside it, in time that grows with the text only."""
        context = self._get_context()  # type: ignore[attr-defined]
        detail = context.get(f"{key}s", [feedparser.FeedParserDict()])[-1]
        written = context.get(key)
        if detail or not isinstance(written, str) or not written:
            super()._sync_author_detail(key)  # type: ignore[misc]
            return
        mail = _MAIL.search(written)
        name = written
        if mail is not None:
            name = written.replace(mail[0], "").replace("()", "").replace("<>", "").replace("&lt;&gt;", "").strip()
            name = name.removeprefix("(").removesuffix(")").strip()
            detail["email"] = mail[0]
        if name:
            detail["name"] = name
        context.setdefault(f"{key}_detail", detail)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        if len(self._get_context().get("tags", ())) < MAX_TAGS:  # type: ignore[attr-defined]
            super()._add_tag(term, scheme, label)  # type: ignore[misc]

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

    Raises:
        ValueError: it names an encoding that is none, or one in which its bytes are halves of characters.
    """
    given = (("content-type", content_type), ("content-location", url))
    headers = {name: value.replace("\0", "") for name, value in given if value}  # Python knows no encoding with a NUL in its name
    return feedparser.api.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def is_ill_formed(parsed: Any) -> bool:
    """Whether the document is no well-formed XML (feedparser calls wrong media types ``bozo`` too)."""
    kinds = (feedparser.exceptions.UndeclaredNamespace, feedparser.api.xml.sax.SAXException)
    return bool(parsed.get("bozo")) and isinstance(parsed.get("bozo_exception"), kinds)
