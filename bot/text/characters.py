"""Characters of a value, one by one: what each becomes before words are cut (steps 1 to 3 of ``bot.text.normalise``).

Promises: what a character becomes depends on nothing but the marks written over it, so that a query and an article agree;
and every character of the outcome is known by the code points it came from. Must never look at anything but its argument.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import Enum


class Mode(Enum):
    """How a value is cut into words."""

    PROSE = "prose"  # titles, summaries, texts, names, tags
    ADDRESS = "address"  # web addresses: only letters and digits count
    PATTERN = "pattern"  # a query's words: * and ? belong to the word
    ADDRESS_PATTERN = "address_pattern"  # both: a query's words that look at an address
    JOINED = "joined"  # several values of prose, with BREAK between them, a word of its own


BREAK = "\0"
"""Stands between values that are cut together: no text keeps this character, so that no word and no query holds it."""

_APOSTROPHES = frozenset("'’‘‛ʼʻ´`′＇")
_BLANKED_MARKS = frozenset("™℠⁰¹²³⁴⁵⁶⁷⁸⁹")
_KEPT_SIGNS = "&+#'."
# Letters with a stroke or ligatures: Unicode does not decompose them, readers type them without.
_STROKES: Mapping[str, str] = {
    **dict(zip("øØłŁđĐħĦŧŦı", "oOlLdDhHtTi", strict=True)),
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
}
# Blocks whose words are not separated by blanks (Unicode 15, Blocks.txt): first and last code point.
_DENSE_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK and Kangxi radicals
    (0x3005, 0x3007),  # iteration mark, closing mark, zero
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3100, 0x312F),  # Bopomofo
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAA7F),  # Myanmar extended A
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x1B000, 0x1B16F),  # Kana supplement, extended
    (0x20000, 0x3FFFF),  # CJK extensions B and later
)
_LOOSE_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u3099\u309a"
_INVISIBLE = "\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
_NEEDS_COMPOSING = re.compile(f"[{_LOOSE_MARKS}{_INVISIBLE}\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f]")
_KOREAN_REST = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
_KOREAN = re.compile("[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb]")
_HALF_WIDTH_SOUND = re.compile("[\uff9e\uff9f]")  # composes only in its full-width form
_LOOSE = re.compile(f"[{_LOOSE_MARKS}]+")
_POSSESSIVE = re.compile(r"'(?<=[^ &'.]')[sS](?![^ &+#'.])")  # begins with a fixed sign, so that most of a text is skipped
_NOT_ASCII = re.compile("[^\x00-\x7f]")
# The eight typographic characters of ordinary news text, one for one: afterwards most articles are ASCII and take the quick way.
_TYPOGRAPHY = (("’", "'"), ("‘", "'"), ("“", " "), ("”", " "), ("–", " "), ("—", " "), ("\u00a0", " "), ("…", " "))
_TYPOGRAPHY_MAP = dict(_TYPOGRAPHY)


def is_dense(character: str) -> bool:
    """Whether the character belongs to a script written without blanks between words."""
    code = ord(character)
    return code >= 0x0E00 and any(first <= code <= last for first, last in _DENSE_BLOCKS)


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Cf" or (category == "Mn" and unicodedata.name(character, "").startswith("VARIATION SELECTOR"))


def _is_wordlike(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


_MOST_MARKS = 30
"""Marks that one letter may carry: the limit of the Stream-Safe Text Format (UAX #15, section 13). Sorting more is slow."""

_MOST_REPLACED = 16
"""Different characters up to which replacing one after the other is quicker than one translation of the whole text (measured
on 2 kB: 0.5 us each against 120 us); more of them are no longer a Latin text with accents."""

_REMEMBERED = 20_000
"""Code points a table remembers: more than all that ordinary text in any language uses."""


class _Table(dict[int, str]):
    """Code point to what it becomes, found once and remembered: what ``str.translate`` wants."""

    def __init__(self, kept: str) -> None:
        super().__init__()
        self._kept = kept

    def __missing__(self, code: int) -> str:
        piece = self._map(chr(code))
        if len(self) < _REMEMBERED:  # a text of all characters there are must not fill the memory
            self[code] = piece
        return piece

    def _map(self, character: str) -> str:  # one answer a kind of character
        if character in self._kept:
            return character
        if character in _APOSTROPHES:
            return "'" if "'" in self._kept else " "
        if character in _TYPOGRAPHY_MAP or character in _BLANKED_MARKS:
            return " "
        if _is_invisible(character):
            return ""
        spelled = "".join(self._spell(part) for part in unicodedata.normalize("NFKC", character))
        if any(map(is_dense, spelled)):
            spelled = "".join(f" {part} " if is_dense(part) else part for part in spelled)
        if " " in spelled.strip():
            return f" {spelled} "  # one character that spells several words (a vulgar fraction, a squared phrase) touches no other
        return spelled

    def _spell(self, character: str) -> str:
        if character in _APOSTROPHES or character in _KEPT_SIGNS:
            sign = "'" if character in _APOSTROPHES else character
            return sign if sign in self._kept else " "
        if character in _STROKES:
            return _STROKES[character]
        if _LOOSE.match(character):
            return ""  # the mark of a sign that spells a blank with a mark, as the spacing macron does
        if not _is_wordlike(character):
            return " "
        base = unicodedata.normalize("NFKD", character)[0]
        if base != character and "LATIN" in unicodedata.name(base, ""):
            return _STROKES.get(base, base)
        return character


_TABLES: Mapping[Mode, _Table] = {
    Mode.PROSE: _Table(_KEPT_SIGNS),
    Mode.ADDRESS: _Table(""),
    Mode.PATTERN: _Table(_KEPT_SIGNS + "*?"),
    Mode.ADDRESS_PATTERN: _Table("*?"),
    Mode.JOINED: _Table(_KEPT_SIGNS + BREAK),
}


def keep(value: str, mode: Mode) -> tuple[str, bool]:
    """A value's letters, digits and marks and a few signs in their case, blanks for the rest; and whether it is one for one."""
    text = value
    one_to_one = True
    if not text.isascii():
        for sign, plain in _TYPOGRAPHY:
            text = text.replace(sign, plain)
        if not text.isascii():
            text, one_to_one = _spell_foreign(text, value, _TABLES[mode])
    kept = text.translate(_TABLES[mode])
    if "'" in kept:
        kept = _POSSESSIVE.sub("  ", kept)
    return kept, one_to_one


def origins(value: str, mode: Mode) -> tuple[list[int], list[int]]:
    """Where each code point of what ``keep`` gives comes from: first code point of the original, and the one after the last."""
    starts: list[int] = []
    ends: list[int] = []
    table = _TABLES[mode]
    for start, end, cluster in _clusters(value):
        for character in cluster:
            for _ in table[ord(character)]:
                starts.append(start)
                ends.append(end)
    return starts, ends


def _spell_foreign(text: str, value: str, table: _Table) -> tuple[str, bool]:
    """What is not ASCII made ASCII where it can be, as ``str.translate`` is many times faster on ASCII; and whether one for one.

    Args:
        text: the value with plain typography.
        value: the original.
        table: what each character becomes.
    """
    foreign = set(_NOT_ASCII.findall(text))
    hidden = {character for character in foreign if _is_invisible(character)}
    for character in hidden:
        text = text.replace(character, "")
    foreign -= hidden
    if not _is_composed(text, "".join(foreign)):
        return "".join(cluster for _, _, cluster in _clusters(value)), False
    spelled = {character: table[ord(character)] for character in foreign}
    if len(spelled) <= _MOST_REPLACED and all(map(str.isascii, spelled.values())):
        for character, plain in spelled.items():
            text = text.replace(character, plain)
    return text, not hidden and all(len(plain) == 1 for plain in spelled.values())


def _clusters(value: str) -> Iterator[tuple[int, int, str]]:
    """Pieces of the value that become letters together: (start, end, composed text)."""
    if _is_composed(value):
        for position, character in enumerate(value):
            yield position, position + 1, character
        return
    start, end, visible, base = 0, 0, "", ""
    for position, character in enumerate(value):
        hidden = _is_invisible(character)
        if position and not hidden and (len(visible) > _MOST_MARKS or not _joins(base, character)):
            yield from _compose(value, start, position, end, visible)
            start, visible, base = position, "", ""
        if not hidden:
            visible += character
            base = base if _LOOSE.match(character) else character
            end = position + 1
    yield from _compose(value, start, len(value), end, visible)


def _compose(value: str, start: int, until: int, end: int, visible: str) -> Iterator[tuple[int, int, str]]:
    ready_made = unicodedata.normalize("NFKC" if _HALF_WIDTH_SOUND.search(visible) else "NFC", visible)
    composed = unicodedata.normalize("NFC", _LOOSE.sub("", ready_made))
    if composed == value[start:until]:
        yield from ((at, at + 1, value[at]) for at in range(start, until))
    elif composed:
        yield start + value[start:end].index(visible[0]), end, composed


def _is_composed(text: str, foreign: str | None = None) -> bool:
    """Whether each letter is one code point and nothing is invisible; ``foreign``: the characters that are not ASCII."""
    return not _NEEDS_COMPOSING.search(text if foreign is None else foreign) and unicodedata.is_normalized("NFC", text)


def _joins(before: str, character: str) -> bool:
    """Whether the character belongs to the letter before it: a mark, a Korean vowel or final, a half-width sound mark."""
    if unicodedata.category(character)[0] == "M":
        return True
    if _HALF_WIDTH_SOUND.match(character):
        return "\uff66" <= before <= "\uff9d"
    return bool(_KOREAN_REST.match(character) and _KOREAN.match(before))
