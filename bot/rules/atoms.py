"""What can be found in an article: terms, unions, pairs near each other, repeats, regular expressions.

Promises: an atom finds every place (docs/rules.md), in ascending order, never across two fields, and depends on
nothing but the article. Atoms are compared by identity: the compiler makes one for each different thing asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise

from bot.rules.article import MAX_PLACES, Article, Atom, Occurrence, Stretch
from bot.rules.expression import PROSE, WHOLE_VALUE, Field, Piece, Shape
from bot.rules.neighbours import Neighbours
from bot.rules.operands import compile_regex
from bot.text.characters import BREAK
from bot.text.normalise import Row


class TermAtom:
    """A word or phrase.

    Attributes:
        pieces, slop, exact, field: see ``expression.Term``.
    """

    __slots__ = ("_forms", "_needed", "_patterns", "_phrase", "exact", "field", "pieces", "slop")

    def __init__(self, pieces: tuple[Piece, ...], *, slop: int = 0, exact: bool = False, field: Field | None = None) -> None:
        self.pieces = pieces
        self.slop = slop
        self.exact = exact
        self.field = field
        first = pieces[0]
        words = all(piece.shape is Shape.WORD for piece in pieces)
        whole = field in WHOLE_VALUE
        single = len(pieces) == 1 and words and not exact and not whole
        self._forms = (first.text, *first.also) if single else ()
        literal = words and not slop and not whole and not any(piece.also for piece in pieces)
        self._phrase = " ".join([piece.text for piece in pieces]) if literal and len(pieces) > 1 else ""
        self._patterns = None if words else [_pattern(piece) for piece in pieces]
        read = field is None or field in PROSE
        self._needed = (
            ()
            if single or not read
            else tuple([piece.text.casefold() for piece in pieces if piece.shape is Shape.WORD and not piece.also])
        )

    @property
    def plain(self) -> tuple[str, ...]:
        """The forms of a single word that may stand anywhere in title, summary and body; empty for every other term."""
        return self._forms if self.field is None else ()

    def holds(self, article: Article) -> bool:
        """Whether it is anywhere: a word by the set of words, a phrase or beginning by one search in the joined line."""
        if self.field is None:
            if self._forms:
                return not article.words.isdisjoint(self._forms)
            if not self.exact:
                words = article.words
                for word in self._needed:
                    if word not in words:
                        return False
                if self._phrase:
                    return f" {self._phrase} " in article.prose.line
                first = self.pieces[0]
                if len(self.pieces) == 1 and first.shape is Shape.PREFIX:
                    return f" {first.text}" in article.prose.line
        return bool(article.found(self))

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every place of the term."""
        if not self._possible(article):
            return ()
        if self.field is None:
            return self._in_prose(article)
        found: list[Occurrence] = []
        for slot in article.slots(self.field):
            text = article.text(slot)
            if not self.exact:
                found += [(slot, first, last) for first, last in self._places(text)]
            elif self.field not in PROSE or not text.shouts:
                words = text.exact
                found += [(slot, words.first[first], words.last[last - 1]) for first, last in self._places(words)]
        return tuple(found)

    def _in_prose(self, article: Article) -> tuple[Occurrence, ...]:
        prose = article.prose
        if self.exact:
            exact = prose.exact
            found = article.occurrences((exact.first[first], exact.last[last - 1]) for first, last in self._places(exact))
            shouting = {slot for slot in {place[0] for place in found} if article.text(slot).shouts}
            return tuple([place for place in found if place[0] not in shouting])
        return tuple(article.occurrences(self._places(prose)))

    def stretches(self, article: Article) -> list[Stretch]:
        """Every place in code points. Of a loose phrase only the tightest: "face ... face recognition" is found once."""
        if self.field is None and not self.exact:  # nearly every term: the text itself is searched, no word is counted
            if self._forms:
                words = article.words
                return [stretch for form in self._forms if form in words for stretch in article.stretches_of(form)]
            if self._phrase:
                return article.stretches_of(self._phrase)
        if not self.slop:
            return [article.stretch(place) for place in article.found(self)]
        return _tightest([article.stretch(place) for place in _tightest(article.found(self))])

    def _possible(self, article: Article) -> bool:
        """Whether every whole word of it is in the article at all, whatever its case and place."""
        if self._forms:
            return self.field is not None or not article.words.isdisjoint(self._forms)
        words = article.words
        missing = [word for word in self._needed if word not in words]
        return not missing or (self.exact and article.joined(self.field).issuperset(missing))

    def _places(self, words: Row) -> Iterable[tuple[int, int]]:
        size = len(self.pieces)
        if self.field in WHOLE_VALUE:
            return self._whole(words)
        if self._phrase:
            return [(at, at + size) for at in words.places(self._phrase)]
        if size == 1:
            return [(position, position + 1) for position in self._positions(0, words)]
        if self.slop:
            return self._loose(words)
        starts = self._positions(0, words)
        rows: dict[Piece, frozenset[int]] = {}
        for offset, piece in enumerate(self.pieces[1:], start=1):
            if not starts:
                return ()
            row = rows.get(piece)
            if row is None:
                row = rows[piece] = frozenset(self._positions(offset, words))
            starts = [at for at in starts if at + offset in row]
        return [(at, at + size) for at in starts]

    def _whole(self, words: Row) -> Iterable[tuple[int, int]]:
        """A tag is compared whole; a language by its leading subtags, as RFC 4647 (3.3.1) does: en finds en-US."""
        size, length = len(self.pieces), len(words.tokens)
        if length < size or (self.field is Field.TAG and length != size):
            return ()
        if all(offset in self._positions(offset, words) for offset in range(size)):
            return ((0, size),)
        return ()

    def _loose(self, words: Row) -> Iterator[tuple[int, int]]:
        """In order, with at most ``slop`` further words inside, all together; of each beginning the nearest and the furthest end.

        The ends between these two decide nothing: whatever is near one of them is near the furthest, and only the nearest is
        shown. A text of one word repeated would have ``slop`` ends for each of its words.
        """
        most = len(self.pieces) + self.slop
        rows: dict[Piece, Sequence[int]] = {}
        for offset, piece in enumerate(self.pieces):
            if piece not in rows:
                rows[piece] = self._positions(offset, words)
        steps: dict[tuple[Piece, Piece], list[int]] = {}
        last_found: Sequence[int] = range(len(rows[self.pieces[0]]))
        for pair in pairwise(self.pieces):
            step = steps.get(pair)
            if step is None:
                step = steps[pair] = _steps(rows[pair[0]], rows[pair[1]])
            last_found = [step[at] for at in last_found]
        ends = rows[self.pieces[-1]]
        walls = [*words.places(BREAK), len(words.tokens)]
        wall = 0
        for start, at in zip(rows[self.pieces[0]], last_found, strict=True):
            while walls[wall] < start:
                wall += 1
            until = min(start + most, walls[wall])
            if at < len(ends) and ends[at] < until:
                yield start, ends[at] + 1
                furthest = ends[bisect_left(ends, until) - 1]
                if furthest > ends[at]:
                    yield start, furthest + 1

    def _positions(self, offset: int, words: Row) -> Sequence[int]:
        """Where one piece of the term is, ascending."""
        piece = self.pieces[offset]
        if piece.shape is Shape.WORD:
            found = words.places(piece.text)
            for other in piece.also:
                found += words.places(other)
            return sorted(found) if piece.also else found
        pattern = self._patterns[offset] if self._patterns else None
        stem = piece.text.partition("?")[0]
        return [at for at, word in words.beginning(stem) if pattern is None or pattern.fullmatch(word)]


def _steps(row: Sequence[int], other: Sequence[int]) -> list[int]:
    """For each of the row which of the others is the first after it; one more, so that from none comes none."""
    return [*(bisect_right(other, position) for position in row), len(other)]


def _pattern(piece: Piece) -> re.Pattern[str] | None:
    """A wildcard as an expression: fixed characters, single unknown ones, one open end, so it cannot run away."""
    if piece.shape is not Shape.PATTERN:
        return None
    open_end = piece.text.endswith("*")
    body = "".join("." if sign == "?" else re.escape(sign) for sign in piece.text.removesuffix("*"))
    return re.compile(body + (".*" if open_end else ""))


class UnionAtom:
    """The places of several atoms."""

    __slots__ = ("_others", "_words", "parts")

    def __init__(self, parts: tuple[Atom, ...]) -> None:
        self.parts = parts
        plain = [part.plain for part in parts if isinstance(part, TermAtom)]
        self._words = frozenset(word for words in plain for word in words)
        self._others = tuple([part for part in parts if not (isinstance(part, TermAtom) and part.plain)])

    def holds(self, article: Article) -> bool:
        """Whether one of them is anywhere: all plain words are asked for together."""
        if not self._words.isdisjoint(article.words):
            return True
        return any(article.holds(part) for part in self._others)

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """Every place of any of them, each once."""
        found = [article.found(part) for part in self.parts if article.holds(part)]
        if len(found) == 1:
            return found[0]
        return tuple(dict.fromkeys(sorted(chain.from_iterable(found))))  # each is in order already, so that sorting is merging

    def stretches(self, article: Article) -> list[Stretch]:
        """Every place in code points."""
        return [article.stretch(place) for place in article.found(self)]


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

    def holds(self, article: Article) -> bool:
        """Whether a pair is anywhere; asked from the rarer side."""
        if not article.holds(self.left) or not article.holds(self.right):
            return False
        left, right = article.found(self.left), article.found(self.right)
        if len(left) <= len(right):
            return any(True for _ in self._partnered(left, right, first=True))
        return any(True for _ in self._partnered(right, left, first=False))

    def find(self, article: Article) -> tuple[Occurrence, ...]:
        """The places of both sides that have a partner, the first ``MAX_PLACES``."""
        if not article.holds(self):
            return ()
        left, right = article.found(self.left), article.found(self.right)
        found = {*islice(self._partnered(left, right, first=True), MAX_PLACES)}
        found.update(islice(self._partnered(right, left, first=False), MAX_PLACES))
        return tuple(sorted(found)[:MAX_PLACES])

    def stretches(self, article: Article) -> list[Stretch]:
        """The first ``MAX_PLACES`` in code points."""
        return [article.stretch(place) for place in article.found(self)]

    def _partnered(self, places: Sequence[Occurrence], others: Sequence[Occurrence], *, first: bool) -> Iterator[Occurrence]:
        """The places that have a partner among the others; ``first``: they are the left side."""
        among = Neighbours(others)
        near = (among.later if first else among.earlier) if self.ordered else among.near
        within = self.within
        return (place for place in places if near(place, within))


class RegexAtom:
    """A person's regular expression on one field."""

    __slots__ = ("_regex", "field")

    def __init__(self, pattern: str, field: Field) -> None:
        self.field = field
        self._regex = compile_regex(pattern)

    def stretches(self, article: Article) -> list[Stretch]:
        """Every place that does not begin inside another and is not empty."""
        return [
            (slot, *match.span())
            for slot in article.slots(self.field)
            for match in self._regex.finditer(article.text(slot).value.translate(_REGEX_PLAIN))
            if match.end() > match.start()
        ]


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


def _tightest(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Those that hold no smaller one; of places in words or in code points."""
    kept: list[Stretch] = []
    for stretch in sorted(stretches, reverse=True):  # most often in order already
        if kept and kept[-1][0] == stretch[0]:
            if stretch[2] >= kept[-1][2]:
                continue
            if stretch[1] == kept[-1][1]:
                kept.pop()
        kept.append(stretch)
    kept.reverse()
    return kept
