"""One normalisation for rules and articles, with the way back to the original text.

Promises: a query and an article are cut into words by the same function, so that what a person types is what is found;
every word knows the code points of the original value it stands for. Must never look at anything but its argument.

What happens to a value, in this order:

1. Combining marks are composed (NFC) with the letter before them, so that one letter is one code point; marks that stay
   loose (an accent no ready-made letter has) are dropped.
2. Every code point is mapped on its own: compatibility forms are spelled out (NFKC), Latin accents are stripped, every
   kind of apostrophe becomes ``'``, invisible characters (soft hyphen, zero width, direction marks, variation selectors)
   vanish, and whatever is no letter, digit or mark becomes a blank: hyphen, slash, dash, quotes, underscore, emoji.
   Only ``& + # ' .`` are looked at once more.
3. A possessive ``'s`` is dropped (``s'`` needs no rule: the apostrophe is a blank).
4. Words are cut. ``&``, ``+`` and ``#`` are kept inside a word (``AT&T``), ``++`` at its end (``C++``), and ``+`` or ``#``
   after a word of a single letter (``C#``); anywhere else they are blanks, as ``.`` and ``'`` are.
5. Words are case-folded. The *exact* words, for case-sensitive clauses, are the same words before folding, with dotted
   capitals joined (``A.L.P.R.`` is the four words a l p r and the one exact word ALPR).

Scripts written without blanks (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan) have no words that can be cut without a
dictionary, so each of their characters is a word of its own; a query in them is a row of such words, which finds it
anywhere in a text, as a substring search would.

Two departures from plain NFKC: the signs for trade and service marks and superscript digits become blanks, because
NFKC would glue them to the word before them (a footnote or a trade mark would hide a name).
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
_WORD = r"[^ &+#'.]"
_TOKEN = re.compile(
    rf"(?:[A-Za-z](?:\+\+?(?![+]|{_WORD})|#(?!#|{_WORD})))"  # C++ C# of a single letter
    rf"|{_WORD}+(?:[&+#]{_WORD}+)*(?:\+\+(?!\+|{_WORD}))?"
)
_PLAIN_WORD = re.compile(r"[^ ]+")
_POSSESSIVE = re.compile(r"(?<=[^ &'.])'[sS](?![^ &+#'.])")
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
}


class NormalText:
    """A value cut into words.

    Attributes:
        value: the original.
        tokens: its folded words, in order.
    """

    __slots__ = ("_bounds", "_exact", "_index", "_kept", "_mode", "_one_to_one", "_vocabulary", "tokens", "value")

    def __init__(self, value: str, mode: Mode = Mode.PROSE) -> None:
        self.value = value
        self._mode = mode
        self._kept, self._one_to_one = _keep(value, mode)
        self.tokens: list[str] = _cut(self._kept.casefold())
        self._bounds: list[tuple[int, int]] | None = None
        self._index: dict[str, list[int]] | None = None
        self._vocabulary: list[str] | None = None
        self._exact: ExactWords | None = None

    @property
    def index(self) -> Mapping[str, list[int]]:
        """Each word's positions, ascending."""
        if self._index is None:
            self._index = _positions(self.tokens)
        return self._index

    @property
    def vocabulary(self) -> list[str]:
        """The different words, sorted."""
        if self._vocabulary is None:
            self._vocabulary = sorted(self.index)
        return self._vocabulary

    @property
    def exact(self) -> ExactWords:
        """The words with their case, dotted capitals joined."""
        if self._exact is None:
            self._exact = ExactWords(self._kept)
        return self._exact

    @property
    def shouts(self) -> bool:
        """Whether every letter that has a case is a capital, so that capitals say nothing."""
        return self._kept.isupper()

    def slice(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original value from word ``start`` up to, not including, word ``end``."""
        if self._bounds is None:
            self._bounds = self._find_bounds()
        return self._bounds[start][0], self._bounds[end - 1][1]

    def _find_bounds(self) -> list[tuple[int, int]]:
        cuts = [match.span() for match in _TOKEN.finditer(self._kept)]
        if self._one_to_one:
            return cuts
        starts: list[int] = []
        ends: list[int] = []
        table = _TABLES[self._mode]
        for start, end, cluster in _clusters(self.value):
            for character in cluster:
                for _ in table[ord(character)]:
                    starts.append(start)
                    ends.append(end)
        return [(starts[first], ends[last - 1]) for first, last in cuts]


class ExactWords:
    """Words with their case. ``first`` and ``last`` give the folded words each stands for (``last`` is exclusive).

    Attributes:
        tokens: the words as written, accents stripped, dotted capitals joined.
        first, last: positions among the folded words.
    """

    __slots__ = ("_index", "_vocabulary", "first", "last", "tokens")

    def __init__(self, kept: str) -> None:
        self.tokens: list[str] = []
        self.first: list[int] = []
        self.last: list[int] = []
        self._index: dict[str, list[int]] | None = None
        self._vocabulary: list[str] | None = None
        joinable = False
        previous_end = -1
        for position, match in enumerate(_TOKEN.finditer(kept)):
            word = match.group()
            initial = len(word) == 1 and word.isupper()
            if joinable and initial and match.start() == previous_end + 1 and kept[previous_end] == ".":
                self.tokens[-1] += word
                self.last[-1] = position + 1
            else:
                self.tokens.append(word)
                self.first.append(position)
                self.last.append(position + 1)
            joinable = initial
            previous_end = match.end()

    @property
    def index(self) -> Mapping[str, list[int]]:
        """Each exact word's positions among the exact words, ascending."""
        if self._index is None:
            self._index = _positions(self.tokens)
        return self._index

    @property
    def vocabulary(self) -> list[str]:
        """The different exact words, sorted."""
        if self._vocabulary is None:
            self._vocabulary = sorted(self.index)
        return self._vocabulary

    @property
    def joined(self) -> frozenset[str]:
        """The folded form of words made of dotted capitals: no folded word of the text shows them."""
        return frozenset(
            word.casefold() for word, first, last in zip(self.tokens, self.first, self.last, strict=True) if last - first > 1
        )


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text."""
    return tuple(NormalText(text).tokens)


def _positions(tokens: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, word in enumerate(tokens):
        at = found.get(word)
        if at is None:
            found[word] = [position]
        else:
            at.append(position)
    return found


def _keep(value: str, mode: Mode) -> tuple[str, bool]:
    """Steps 1 to 3; and whether each code point became exactly one."""
    text = value
    if not text.isascii():
        for sign, plain in _TYPOGRAPHY:
            if sign in text:
                text = text.replace(sign, plain)
    one_to_one = text.isascii()
    if not one_to_one and not _is_composed(text):
        text = "".join(cluster for _, _, cluster in _clusters(value))
    kept = text.translate(_TABLES[mode])
    if "'" in kept:
        kept = _POSSESSIVE.sub("  ", kept)
    return kept, one_to_one


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


def _is_composed(text: str) -> bool:
    return not _NEEDS_COMPOSING.search(text) and unicodedata.is_normalized("NFC", text)


def _joins(before: str, character: str) -> bool:
    """Whether the character belongs to the letter before it: a mark, a Korean vowel or final, a half-width sound mark."""
    if unicodedata.category(character)[0] == "M":
        return True
    if _HALF_WIDTH_SOUND.match(character):
        return "\uff66" <= before <= "\uff9d"
    return bool(_KOREAN_REST.match(character) and _KOREAN.match(before))


def _cut(folded: str) -> list[str]:
    if "&" in folded or "+" in folded or "#" in folded:
        return _TOKEN.findall(folded)
    return folded.replace(".", " ").replace("'", " ").split()
