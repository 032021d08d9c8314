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
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from bot.text.characters import Mode, keep, origins

_WORD = r"[^ &+#'.]"
_TOKEN = re.compile(
    rf"(?:[A-Za-z](?:\+\+?(?![+]|{_WORD})|#(?!#|{_WORD})))"  # C++ C# of a single letter
    rf"|{_WORD}+(?:[&+#]{_WORD}+)*(?:\+\+(?!\+|{_WORD}))?"
)
_SIGN = re.compile("[&+#]")
_INITIAL = r"[^ &+#'.a-z0-9]"  # and some more: whether it is a capital is asked afterwards
_DOTTED = re.compile(rf"\.(?<={_INITIAL}\.)(?<!{_WORD}{_WORD}\.){_INITIAL}(?!{_WORD})")  # two initials stand like this
_INITIALS = re.compile(rf"(?<!{_WORD}){_INITIAL}(?:\.{_INITIAL}(?!{_WORD}))+")

_FEW_SLICES = 12
"""Slices up to which walking to each is quicker than finding the bounds of all words (4 us each against 50 us on 2 kB)."""


class Row(ABC):
    """Words side by side, and ways to find some of them that cost little where few are asked for.

    Searching in the joined line is one call of C code per word asked for; an index would first look at every word there is.
    """

    __slots__ = ("_index", "_line", "_tokens", "_vocabulary")

    def __init__(self) -> None:
        self._tokens: list[str] | None = None
        self._line: str | None = None
        self._index: dict[str, list[int]] | None = None
        self._vocabulary: list[str] | None = None

    @abstractmethod
    def _cut(self) -> list[str]:
        """The words of what it was made from."""

    @property
    def tokens(self) -> list[str]:
        """The words in order."""
        if self._tokens is None:
            self._tokens = self._cut()
        return self._tokens

    @property
    def line(self) -> str:
        """The words with one blank between, and one at each end."""
        if self._line is None:
            self._line = f" {' '.join(self.tokens)} " if self.tokens else " "
        return self._line

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

    def places(self, phrase: str) -> list[int]:
        """Positions of the first word of a row of whole words, joined by blanks, ascending."""
        return [position for position, _ in self._search(f" {phrase} ")]

    def beginning(self, stem: str) -> list[tuple[int, str]]:
        """Position and word of every word that begins with the stem, ascending."""
        line = self.line
        return [(position, line[at + 1 : line.index(" ", at + 1)]) for position, at in self._search(f" {stem}")]

    def _search(self, wanted: str) -> Iterator[tuple[int, int]]:
        line = self.line
        position = done = 0
        at = line.find(wanted)
        while at >= 0:
            position += line.count(" ", done, at)
            yield position, at
            done = at
            at = line.find(wanted, at + 1)


class NormalText(Row):
    """A value cut into words: the folded ones.

    Attributes:
        value: the original.
        flat: the words in their places, a blank for everything else and one more at each end: what a search for words
            that asks for no position needs.
    """

    __slots__ = ("_bounds", "_exact", "_kept", "_mode", "_one_to_one", "_shouts", "_sliced", "flat", "value")

    def __init__(self, value: str, mode: Mode = Mode.PROSE) -> None:
        super().__init__()
        self.value = value
        self._mode = mode
        self._kept, self._one_to_one = keep(value, mode)
        self.flat = f" {_blank_loose_signs(self._kept.casefold())} "
        self._bounds: list[tuple[int, int]] | None = None
        self._sliced = 0
        self._exact: ExactWords | None = None
        self._shouts: bool | None = None

    def _cut(self) -> list[str]:
        return self.flat.split()

    @property
    def exact(self) -> ExactWords:
        """The words with their case, dotted capitals joined."""
        if self._exact is None:
            self._exact = ExactWords(self._kept)
        return self._exact

    @property
    def joined(self) -> frozenset[str]:
        """Dotted capitals as the exact words join them, folded: no folded word of the text shows them."""
        kept = self._kept
        if "." not in kept or _DOTTED.search(kept) is None:
            return frozenset()
        if _SIGN.search(kept):
            return self.exact.joined
        runs = [
            "".join(letter if letter.isupper() else " " for letter in found.group()[::2]).split()
            for found in _INITIALS.finditer(kept)
        ]
        return frozenset(run.casefold() for row in runs for run in row if len(run) > 1)

    @property
    def shouts(self) -> bool:
        """Whether every letter that has a case is a capital, so that capitals say nothing; asked for every mention, so kept."""
        if self._shouts is None:
            self._shouts = self._kept.isupper()
        return self._shouts

    def slice(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original value from word ``start`` up to, not including, word ``end``."""
        if self._bounds is None:
            self._sliced += 1
            if self._sliced <= _FEW_SLICES and self._is_flat():
                return self._walk_to(start, end)
            self._bounds = self._find_bounds()
        return self._bounds[start][0], self._bounds[end - 1][1]

    def _is_flat(self) -> bool:
        """Whether the words stand in ``flat`` where they stand in the original, one further on."""
        return self._one_to_one and len(self.flat) == len(self._kept) + 2  # folding lengthens some letters

    def _walk_to(self, start: int, end: int) -> tuple[int, int]:
        flat = self.flat
        rest = flat.split(None, start)[-1]
        last = rest.split(None, end - start - 1)[-1]
        return len(flat) - len(rest) - 1, len(flat) - len(last) + len(last.split(None, 1)[0]) - 1

    def slices_of(self, phrase: str) -> list[tuple[int, int]]:
        """Code points of the original value for every place of a word, or of a row of words joined by blanks, ascending."""
        first, *others = phrase.split(" ")
        if not self._is_flat():
            return [self.slice(position, position + 1 + len(others)) for position in self.places(phrase)]
        found = []
        flat = self.flat
        size = len(first)
        wanted = f" {first} "
        at = flat.find(wanted)
        while at >= 0:
            end = at + size + 1
            for word in others:
                while flat[end] == " " and end < len(flat) - 1:
                    end += 1
                if not flat.startswith(word, end) or flat[end + len(word)] != " ":
                    break
                end += len(word)
            else:
                found.append((at, end - 1))
            at = flat.find(wanted, at + size + 1)
        return found

    def _find_bounds(self) -> list[tuple[int, int]]:
        cuts = [match.span() for match in _TOKEN.finditer(self._kept)]
        if self._one_to_one:
            return cuts
        starts, ends = origins(self.value, self._mode)
        return [(starts[first], ends[last - 1]) for first, last in cuts]


class ExactWords(Row):
    """Words with their case, accents stripped, dotted capitals joined.

    Attributes:
        first, last: positions among the folded words that each stands for (``last`` is exclusive).
    """

    __slots__ = ("_kept", "first", "last")

    def __init__(self, kept: str) -> None:
        super().__init__()
        self._kept = kept
        self.first: Sequence[int]
        self.last: Sequence[int]
        if "." in kept and _DOTTED.search(kept) is not None:
            self._tokens, self.first, self.last = _join_dotted(kept)
        else:
            count = len(self.tokens)
            self.first, self.last = range(count), range(1, count + 1)

    def _cut(self) -> list[str]:
        return _blank_loose_signs(self._kept).split()

    @property
    def joined(self) -> frozenset[str]:
        """The folded form of words made of dotted capitals: no folded word of the text shows them."""
        return frozenset(
            word.casefold() for word, first, last in zip(self.tokens, self.first, self.last, strict=True) if last - first > 1
        )


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text."""
    return tuple(NormalText(text).tokens)


def _join_dotted(kept: str) -> tuple[list[str], list[int], list[int]]:
    tokens: list[str] = []
    first_of: list[int] = []
    last_of: list[int] = []
    joinable = False
    previous_end = -1
    for position, match in enumerate(_TOKEN.finditer(kept)):
        word = match.group()
        initial = len(word) == 1 and word.isupper()
        if joinable and initial and match.start() == previous_end + 1 and kept[previous_end] == ".":
            tokens[-1] += word
            last_of[-1] = position + 1
        else:
            tokens.append(word)
            first_of.append(position)
            last_of.append(position + 1)
        joinable = initial
        previous_end = match.end()
    return tokens, first_of, last_of


def _positions(tokens: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position, word in enumerate(tokens):
        at = found.get(word)
        if at is None:
            found[word] = [position]
        else:
            at.append(position)
    return found


def _blank_loose_signs(text: str) -> str:
    """Every ``. '``, and every ``& + #`` that is part of no word (step 4), made a blank, one for one."""
    flat = text.replace(".", " ").replace("'", " ")
    if "&" not in flat and "+" not in flat and "#" not in flat:
        return flat
    parts: list[str] = []
    done = 0
    for sign in _SIGN.finditer(flat):
        if sign.start() < done:
            continue
        start = flat.rfind(" ", done, sign.start()) + 1 or done
        end = flat.find(" ", sign.end())
        end = len(flat) if end < 0 else end
        parts.append(flat[done:start])
        for word in _TOKEN.finditer(flat, start, end):
            parts.append(" " * (word.start() - start))
            parts.append(word.group())
            start = word.end()
        parts.append(" " * (end - start))
        done = end
    parts.append(flat[done:])
    return "".join(parts)
