"""One web page, or one saved text page, reduced to the article it holds. Runs in a sandbox child.

Promises: never the whole page for an article; where the text cannot be had it is empty and a note says why. Must never
fetch anything the page names.
"""

from __future__ import annotations

import codecs
import logging
import re
from typing import Any

import trafilatura
from lxml import html as lxml_html
from trafilatura.utils import detect_encoding, load_html

from bot.core.documents import Page
from bot.core.errors import DocumentError
from bot.sandbox.jobs.htmlscan import scan
from bot.sandbox.jobs.linkblocks import without_link_blocks
from bot.sandbox.jobs.pagefacts import PageFacts, read_facts
from bot.sandbox.jobs.post import page_of_post
from bot.text import furniture, remarks
from bot.text.boilerplate import PAYWALLED, clean
from bot.text.clean import clean_line, clean_text
from bot.text.language import guess, words_of

MAX_BYTES = 2 * 1024 * 1024
"""Largest page read, decoded from its transfer encoding."""

NO_TEXT = "The article's text could not be found on this page."
TOO_DEEP = "This page is nested too deeply to be read; its text may be incomplete."

_THIN = 250
"""Below so many characters the slow extractor gets a chance (reference measurements)."""

_LEAD_ONLY = 1500
"""A page that says it is not free and gives fewer characters than this gave its lead only."""

_PAYWALL_LINE_TEXT = 600
_SENTENCE_WORDS = 6
_SLOGAN = 0.3
"""A description that shares fewer of its words with the article describes the site, not the article."""

_MARKUP = re.compile(r"<(?:!doctype|html|head|body|title|meta|div|p|article|section|main|h1|h2|table|span|a)\b", re.IGNORECASE)
_SNIFFED = 4096
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_TAGS = re.compile(rb"<(?:!doctype|html|head|body|meta|div|p|title)\b", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BINARY = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_BINARY_SHARE = 0.01
_LIST_MARK = re.compile(r"^[-*•]\s+")

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a child has no log; what matters is in the notes


def read_page(data: bytes, url: str | None = None, content_type: str | None = None) -> Page:
    """Read one page: HTML, plain text, or a front-matter post, told apart by content.

    Args:
        data: the page as served or saved.
        url: where it came from, or None.
        content_type: the Content-Type header, or None.

    Raises:
        DocumentError: too large, not text, or built to stall a parser.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"This page is larger than {MAX_BYTES // 1024 // 1024} MB; it was not read.")
    text = decode(data, content_type)
    if text.startswith("---\n") and (page := page_of_post(text)) is not None:
        return page
    if is_html(text):
        return _read_html(text, url)
    return clean(text)


def is_html(text: str) -> bool:
    """Whether the beginning of a document has tags of a page; a sentence about ``<b>`` is no page."""
    beginning = text[:_SNIFFED]
    return len(_MARKUP.findall(beginning)) >= (1 if beginning.lstrip("\ufeff \t\r\n").startswith("<") else 3)


def decode(data: bytes, content_type: str | None = None) -> str:
    """Text of a document: byte-order mark, header, meta tag, UTF-8, then a guess.

    Raises:
        DocumentError: the bytes are no text.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _text(data.decode(name, "replace"))
    header = _HEADER_CHARSET.search(content_type or "")
    declared = _META_CHARSET.search(data[:_SNIFFED])
    candidates = [header[1] if header else None, declared[1].decode("ascii", "ignore") if declared else None, "utf-8"]
    guessed = detect_encoding(data[: 64 * 1024]) if _TAGS.search(data[:_SNIFFED]) else []
    for name in [*filter(None, candidates), *guessed]:
        try:
            return _text(data.decode(name))
        except (LookupError, UnicodeError):
            continue
    text = _text(data.decode("windows-1252", "replace"))
    if not guessed:
        raise DocumentError("This text is not UTF-8 and does not say what else it is. Save it as UTF-8.")
    return text


def _text(text: str) -> str:
    """The text, if it is one."""
    sample = text[: 64 * 1024]
    if len(_BINARY.findall(sample)) > _BINARY_SHARE * len(sample):
        raise DocumentError("This file is not text: it holds bytes that no page has.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _read_html(html: str, url: str | None) -> Page:
    scanned = scan(html)
    tree: Any = load_html(f"<html><body>{scanned.html}</body></html>" if "<body" not in scanned.html.lower() else scanned.html)
    facts = read_facts(tree, scanned.linked_data, url)
    raw = _extract(tree)
    paragraphs, notes, asks_to_pay = _own_words(raw, facts)
    if not paragraphs and facts.body:
        paragraphs, notes, asks_to_pay = _own_words(facts.body, facts)
    text = "\n\n".join(paragraphs)
    if scanned.flattened:
        notes.append(TOO_DEEP)
    lead_only = (facts.locked and len(text) < _LEAD_ONLY) or (asks_to_pay and len(text) < _PAYWALL_LINE_TEXT)
    if not text:
        notes.append(NO_TEXT)
    elif lead_only:
        notes.append(PAYWALLED)
    return Page(
        title=facts.title,
        summary=_summary(facts, text),
        text=text,
        byline=facts.authors,
        published=facts.published,
        modified=facts.modified,
        url=facts.url,
        site=facts.site,
        outlet=facts.publisher or facts.site,
        language=_language(facts, text),
        paywalled=facts.locked or lead_only,
        notes=tuple(dict.fromkeys(notes)),
    )


def _extract(tree: Any) -> str:
    """The article's text as trafilatura finds it, without what leads to other pages. The tree is used up."""
    if tree is None:
        return ""
    without_link_blocks(tree)
    html = str(lxml_html.tostring(tree, encoding="unicode"))
    text = _bare(tree, fast=True)
    if len(text) < _THIN:
        slower = _bare(html, fast=False)
        text = slower if len(slower) > len(text) else text
    return text


def _bare(page: Any, *, fast: bool) -> str:
    found = trafilatura.bare_extraction(page, fast=fast, include_comments=False, with_metadata=False)
    text = getattr(found, "text", None)
    return text if isinstance(text, str) else ""


def _own_words(text: str, facts: PageFacts) -> tuple[list[str], list[str], bool]:
    """The article's paragraphs; its notes; whether a line asks for a subscription."""
    headline = words_of(facts.title)
    paragraphs: list[str] = []
    notes: list[str] = []
    asks = False
    for raw in clean_text(text).split("\n"):
        parts = remarks.apart(_LIST_MARK.sub("", raw).strip(" |"))
        asks = asks or parts.asks
        notes += parts.notes
        line = parts.text
        if not line or words_of(line) == headline:
            continue
        if not (
            furniture.is_junk(line) or furniture.is_credit(line) or furniture.is_tail_heading(line) or furniture.is_byline(line)
        ):
            paragraphs.append(line)
    return (paragraphs if any(map(_is_running_text, paragraphs)) else []), notes, asks


def _is_running_text(line: str) -> bool:
    """What a menu has not got: a sentence of some length."""
    return (furniture.ends_sentence(line) and max(len(line.split()), len(line) // 8) >= _SENTENCE_WORDS) or len(line.split()) >= 25


def _summary(facts: PageFacts, text: str) -> str:
    description = clean_line(facts.description)
    if not description or words_of(description) == words_of(facts.title) or furniture.is_junk(description):
        return ""
    own = furniture.content_words([description], facts.language or "en")
    known = furniture.content_words([text, facts.title], facts.language or "en")
    return description if not text or not own or len(own & known) >= _SLOGAN * len(own) else ""


def _language(facts: PageFacts, text: str) -> str | None:
    """What the page says, unless its text is clearly in another language."""
    return guess(text) or facts.language
