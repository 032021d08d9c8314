"""What can be found in an article: terms, unions, pairs near each other, repeats, regular expressions.

Promises: an atom finds every place (docs/rules.md), in ascending order, never across two fields, and depends on
nothing but the article. Atoms are compared by identity: the compiler makes one for each different thing asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from bot.rules.article import Article, Atom, Occurrence, Stretch
from bot.rules.expression import PROSE, WHOLE_VALUE, Field, Piece, Shape
from bot.rules.operands import compile_regex
from bot.text.normalise import ExactWords, NormalText


class TermAtom:
    """A word or phrase.

    Attributes:
        pieces, slop, exact, field: see ``expression.Term``.
    """

    __slots__ = ("_forms", "_literal", "_patterns", "exact", "field", "pieces", "slop")

    def __init__(self, pieces: tuple[Piece, ...], *, slop: int = 0, exact: bool = False, field: Field | None = None) -> None:
        self.pieces = pieces
        self.slop = slop
        self.exact = exact
        self.field = field
        self._patterns = [_pattern(piece) for piece in pieces]
        plain = all(piece.shape is Shape.WORD and not piece.also for piece in pieces)
        self._literal = [piece.text for piece in pieces] if plain else None
        first = pieces[0]
        single = len(pieces) == 1 and first.shape is Shape.WORD and not exact and field not in WHOLE_VALUE
        self._forms = (first.text, *first.also) if single else ()

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every place of the term."""
        found: list[Occurrence] = []
        for slot in article.slots(self.field):
            text = article.text(slot)
            if self._forms:  # nearly every term of nearly every rule: a plain word
                at = [position for form in self._forms for position in text.index.get(form, ())]
                at.sort()
                found += [(slot, position, position + 1) for position in at]
            elif not self.exact:
                found += [(slot, first, last) for first, last in self._places(text)]
            elif self.field not in {None, *PROSE} or not text.shouts:
                words = text.exact
                found += [(slot, words.first[first], words.last[last - 1]) for first, last in self._places(words)]
        return tuple(found)

    def _places(self, words: NormalText | ExactWords) -> Iterable[tuple[int, int]]:
        size = len(self.pieces)
        if self.field in WHOLE_VALUE:
            return self._whole(words)
        if size == 1:
            return [(position, position + 1) for position in self._positions(0, words)]
        if self.slop:
            return self._loose(words)
        if self._literal is not None:
            literal, tokens = self._literal, words.tokens
            return [(at, at + size) for at in words.index.get(literal[0], ()) if tokens[at : at + size] == literal]
        starts = set(self._positions(0, words))
        for offset in range(1, size):
            if not starts:
                return ()
            starts &= {position - offset for position in self._positions(offset, words)}
        return [(at, at + size) for at in sorted(starts)]

    def _whole(self, words: NormalText | ExactWords) -> Iterable[tuple[int, int]]:
        """A tag is compared whole; a language by its leading subtags, as RFC 4647 (3.3.1) does: en finds en-US."""
        size, length = len(self.pieces), len(words.tokens)
        if length < size or (self.field is Field.TAG and length != size):
            return ()
        if all(offset in self._positions(offset, words) for offset in range(size)):
            return ((0, size),)
        return ()

    def _loose(self, words: NormalText | ExactWords) -> Iterator[tuple[int, int]]:
        """In order, with at most ``slop`` further words inside, all together."""
        most = len(self.pieces) + self.slop
        later = [self._positions(offset, words) for offset in range(1, len(self.pieces))]
        for start in self._positions(0, words):
            ends: Sequence[int] = (start,)
            for positions in later:
                ends = positions[bisect_right(positions, ends[0]) : bisect_left(positions, start + most)]
                if not ends:
                    break
            yield from ((start, end + 1) for end in ends)

    def _positions(self, offset: int, words: NormalText | ExactWords) -> Sequence[int]:
        """Where one piece of the term is, ascending."""
        piece = self.pieces[offset]
        index = words.index
        if piece.shape is Shape.WORD:
            own = index.get(piece.text, [])
            others = [index[other] for other in piece.also if other in index]
            return sorted(sum(others, own)) if others else own
        vocabulary = words.vocabulary
        pattern = self._patterns[offset]
        stem = piece.text.partition("?")[0]
        found: list[int] = []
        for at in range(bisect_left(vocabulary, stem), len(vocabulary)):
            word = vocabulary[at]
            if not word.startswith(stem):
                break
            if pattern is None or pattern.fullmatch(word):
                found += index[word]
        return sorted(found)


def _pattern(piece: Piece) -> re.Pattern[str] | None:
    """A wildcard as an expression: fixed characters, single unknown ones, one open end, so it cannot run away."""
    if piece.shape is not Shape.PATTERN:
        return None
    open_end = piece.text.endswith("*")
    body = "".join("." if sign == "?" else re.escape(sign) for sign in piece.text.removesuffix("*"))
    return re.compile(body + (".*" if open_end else ""))


class UnionAtom:
    """The places of several atoms."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Atom, ...]) -> None:
        self.parts = parts

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every place of any of them, each once."""
        return tuple(sorted({place for part in self.parts for place in article.found(part)}))


class NearAtom:
    """Places of two atoms with at most so many words between.

    Overlapping places have no word between; a place is never near itself. ``ordered``: the left one begins first.
    """

    __slots__ = ("left", "ordered", "right", "within")

    def __init__(self, left: Atom, right: Atom, within: int, *, ordered: bool) -> None:
        self.left = left
        self.right = right
        self.within = within
        self.ordered = ordered

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """The places of both sides that have a partner."""
        kept: set[Occurrence] = set()
        for one, other in pairs(article.found(self.left), article.found(self.right), self.within):
            if not self.ordered or one[1] < other[1]:
                kept.add(one)
                kept.add(other)
        return tuple(sorted(kept))


def pairs(left: Sequence[Occurrence], right: Sequence[Occurrence], within: int) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Pairs in one text with at most ``within`` words between them; ``right`` is ascending."""
    if not left or not right:
        return
    longest = max(last - first for _, first, last in right)
    for one in left:
        slot, first, last = one
        for at in range(bisect_left(right, (slot, first - within - longest, 0)), len(right)):
            other = right[at]
            if other[0] != slot or other[1] > last + within:
                break
            if first - other[2] <= within and other != one:
                yield one, other


class Stretches(Protocol):
    """Something found in an article whose places need not be whole words."""

    def stretches(self, article: Article) -> tuple[Stretch, ...]:
        """Every place in code points."""


class RegexAtom:
    """A person's regular expression on one field."""

    __slots__ = ("_regex", "field")

    def __init__(self, pattern: str, field: Field) -> None:
        self.field = field
        self._regex = compile_regex(pattern)

    def stretches(self, article: Article) -> tuple[Stretch, ...]:
        """Every place that does not begin inside another and is not empty."""
        return tuple(
            (slot, *match.span())
            for slot in article.slots(self.field)
            for match in self._regex.finditer(article.text(slot).value.translate(_REGEX_PLAIN))
            if match.end() > match.start()
        )


# Typographic signs as a person types them, one for one; half a surrogate pair cannot be given to RE2.
_REGEX_PLAIN = {
    **dict.fromkeys(map(ord, "’‘"), "'"),
    **dict.fromkeys(map(ord, "“”„"), '"'),
    **dict.fromkeys(map(ord, "‐‑–—"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}


def apart(stretches: Iterable[Stretch]) -> int:
    """How many of the places can be counted without counting any character twice."""
    count = 0
    slot, until = -1, 0
    for other, start, end in sorted(stretches, key=lambda stretch: (stretch[0], stretch[2], -stretch[1])):
        if other != slot or start >= until:
            count += 1
            slot, until = other, end
    return count
