"""Hostile text made inert: entities decoded, invisible and direction-changing characters gone. Pure, linear, never raises.

Decoding comes first and the platform's own escaping last: a double-escaped ``&lt;!channel&gt;`` must not wake up later.
"""

from __future__ import annotations

import html
import re
import unicodedata

_DECODINGS = 3
"""Feeds send ``&amp;amp;``; what is still escaped after three rounds is meant literally."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_JOINERS = "\u200c\u200d"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # soft hyphen, grapheme joiner, Arabic letter mark, fillers
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"  # zero-width space, direction marks and overrides, isolates
    "\ufeff\uffa0\ufff9-\ufffc"  # byte-order mark, interlinear annotation, object replacement
)
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff" + _INVISIBLE + "]"
)
_LOOSE_JOINER = re.compile(f"[{_JOINERS}]")
_FIRST_JOINING_SCRIPT = "\u0600"
"""Scripts whose spelling uses joiners begin with Arabic; before it (Latin, Greek, Cyrillic, Hebrew) a joiner only hides a word."""

_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_SPACE_AROUND_BREAK = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")
_ANY_SPACE = re.compile(r"\s+")


def decode_entities(text: str) -> str:
    """``&amp;amp;`` and the like decoded until nothing changes, at most three times. Only entities that end in ``;`` count."""
    for _ in range(_DECODINGS):
        decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        if decoded == text:
            break
        text = decoded
    return text


def strip_invisible(text: str) -> str:
    """Without control characters, zero-width characters and direction overrides; tabs and line ends stay.

    Joiners stay inside emoji and in scripts that are spelled with them (Persian, Hindi), and go where they only split a word.
    """
    text = _UNWANTED.sub("", text)
    if not any(joiner in text for joiner in _JOINERS):
        return text
    return _LOOSE_JOINER.sub(lambda found: found[0] if _joins(text, found.start()) else "", text)


def _joins(text: str, at: int) -> bool:
    before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    return before >= _FIRST_JOINING_SCRIPT and after >= _FIRST_JOINING_SCRIPT and after not in _JOINERS and not before.isspace()


def clean_text(text: str) -> str:
    """Text of several paragraphs, inert and tidy: one kind of line end, single blanks, at most one empty line, NFC."""
    text = _LINE_ENDS.sub("\n", strip_invisible(decode_entities(text)))
    text = _SPACE_AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))
    return unicodedata.normalize("NFC", _MANY_BREAKS.sub("\n\n", text)).strip()


def clean_line(text: str) -> str:
    """The same for what must be one line: a title, a name, a summary."""
    return _ANY_SPACE.sub(" ", clean_text(text))
