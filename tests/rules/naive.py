"""A second evaluator of the rule language: walks the expression over the list of words, without index, memory or prefilter.

Written for clarity: it finds every place of every node by trying them all. With the engine it shares the reader of queries and
the normalisation (each has tests of its own), and nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from bot.core.model import Entity, Item, Nearby
from bot.rules.expression import And, AtLeast, Expression, Near, Not, Or, Pattern, Piece, Reference, Shape, Term, Times, children
from bot.rules.query import parse
from bot.text.normalise import Mode, NormalText

Place = tuple[int, int, int]
"""Number of the text, first word, word after the last."""

Shown = tuple[str, int, int, str]
"""Field, first code point, code point after the last, clause as written."""

PROSE = {"title", "summary", "body"}


class Naive:
    """One article and everything that can be asked about it.

    Attributes:
        heard: how often each kind of clause was asked for, by what came of it: ``(kind, held)``.
    """

    def __init__(self, item: Item, entities: Mapping[str, Entity], heard: Counter[tuple[str, bool]]) -> None:
        values = [("title", item.title), ("summary", item.summary), ("body", item.content_text), ("source", item.source_id)]
        values += [("outlet", item.outlet or ""), ("url", item.canonical_url or item.url or ""), ("lang", item.language or "")]
        values += [("tag", tag) for tag in item.tags]
        self.fields = [name for name, _ in values]
        self.texts = [NormalText(value, Mode.ADDRESS if name == "url" else Mode.PROSE) for name, value in values]
        self.entities = entities
        self.heard = heard
        self.lets: Mapping[str, Expression] = {}

    # ------------------------------------------------------------ whether a clause holds, and what is shown of it

    def holds(self, node: Expression) -> bool:
        held = self._holds(node)
        for kind in kinds(node):
            self.heard[kind, held] += 1
        return held

    def _holds(self, node: Expression) -> bool:
        match node:
            case And():  # every child is asked, also when the answer is known, so that all are counted
                return min([self.holds(child) for child in node.children])
            case Or():
                return max([self.holds(child) for child in node.children])
            case Not():
                return not self.holds(node.child)
            case AtLeast():
                return sum([self.holds(child) for child in node.children]) >= node.count
            case Times(child=Pattern() as pattern):
                return len(list(self.found_by(pattern))) >= node.count
            case Times():
                return most_apart(self.places(node.child)) >= node.count
            case Pattern():
                return any(True for _ in self.found_by(node))
            case Reference() if node.name in self.lets:
                return self.holds(self.part(node))
            case _:
                return bool(self.places(node))

    def part(self, node: Reference) -> Expression:
        part = self.lets[node.name]
        return part if node.field is None else within(part, node.field)

    def found_by(self, node: Pattern) -> Iterator[tuple[int, int, int]]:
        for slot in self.where(node.field):
            for match in re.finditer(node.pattern, self.texts[slot].value, re.IGNORECASE):
                yield slot, *match.span()

    def shown(self, node: Expression, source: str) -> set[Shown]:
        """What is shown of a clause that holds."""
        clause = source[node.start : node.end]
        match node:
            case And() | Or() | AtLeast():
                return set().union(*(self.shown(child, source) for child in node.children if self._holds(child)))
            case Not():
                return set()
            case Reference() if node.name in self.lets:
                return {(*shown[:3], clause) for shown in self.shown(self.part(node), source)}
            case Pattern():
                return {(self.fields[slot], start, end, clause) for slot, start, end in self.found_by(node)}
            case Times():
                below = alternatives(node.child, self.lets)
                return {(*shown[:3], clause) for child in below for shown in self.shown(child, source)}
            case _:
                places = self.places(node, ends=isinstance(node, Near))
                slices = {(slot, *self.texts[slot].slice(first, last)) for slot, first, last in places}
                if isinstance(node, Term) and node.slop:  # of a loose phrase the tightest places
                    slices = {one for one in slices if not any(holds_smaller(one, other) for other in slices)}
                return {(self.fields[slot], start, end, clause) for slot, start, end in slices}

    # ------------------------------------------------------------ places

    def where(self, field: str | None) -> list[int]:
        wanted = PROSE if field is None else {field}
        return [number for number, name in enumerate(self.fields) if name in wanted]

    def places(self, node: Expression, *, ends: bool = False) -> set[Place]:
        """Every place; ``ends``: what is shown of a NEAR, where of a loose phrase the nearest and the furthest end count."""
        match node:
            case Or():
                return set().union(*(self.places(child, ends=ends) for child in node.children))
            case Near():
                return self.near(node, ends=ends)
            case Term():
                found = self.term(node.pieces, node.slop, node.exact, node.field)
                return nearest_and_furthest(found) if ends and node.slop else found
            case Reference() if node.name in self.lets:
                return self.places(self.part(node), ends=ends)
            case Reference():
                members = [self.entities[node.name]]
                if node.products:
                    members += [self.entities[name] for name in members[0].products if name in self.entities]
                return set().union(*(self.entity(member, node.field) for member in members))
        raise AssertionError(node)

    def near(self, node: Near, *, ends: bool) -> set[Place]:
        found = set()
        for one in self.places(node.left, ends=ends):
            for other in self.places(node.right, ends=ends):
                between = max(other[1] - one[2], one[1] - other[2], 0)
                in_order = not node.ordered or one[1] < other[1]
                if one != other and one[0] == other[0] and between <= node.within and in_order:
                    found |= {one, other}
        return found

    def term(self, pieces: tuple[Piece, ...], slop: int, exact: bool, field: str | None) -> set[Place]:
        found = set()
        for slot in self.where(field):
            text = self.texts[slot]
            if exact and self.fields[slot] in PROSE and text.shouts:
                continue
            words = text.exact.tokens if exact else text.tokens
            for positions in selections(pieces, slop, words):
                first, last = positions[0], positions[-1]
                if self.fields[slot] == "tag" and (first != 0 or last != len(words) - 1):
                    continue
                if self.fields[slot] == "lang" and first != 0:
                    continue
                found.add((slot, text.exact.first[first], text.exact.last[last]) if exact else (slot, first, last + 1))
        return found

    # ------------------------------------------------------------ entities

    def entity(self, entity: Entity, field: str | None) -> set[Place]:
        found = set()
        sure = set()
        anchored = False
        for alias in (*entity.aliases, *entity.formerly):
            sure |= self.name(alias, field)
            found |= self.kept(entity, self.name(alias, field), field)
            anchored |= entity.anchor_article and bool(self.kept(entity, self.name(alias, None), field))
        sure_kept = set(found)
        for weak in entity.weak:
            mentions = self.name(weak.text, field, exact=weak.exact)
            vouched = {place for place in mentions if weak.near is None or anchored or self.beside(place, weak.near, field)}
            if weak.exact:
                shouted = {place for place in self.name(weak.text, field) if self.texts[place[0]].shouts}
                vouched |= {
                    place for place in shouted if anchored or (weak.near is not None and self.beside(place, weak.near, field))
                }
            left = {place for place in vouched if not any(holds_inside(place, name) for name in sure - sure_kept)}
            found |= self.kept(entity, left, field)
        return {place for place in found if not any(holds_smaller(other, place) for other in found)}

    def name(self, text: str, field: str | None, *, exact: bool = False) -> set[Place]:
        cut = NormalText(text)
        return self.term(tuple(Piece(Shape.WORD, word) for word in (cut.exact.tokens if exact else cut.tokens)), 0, exact, field)

    def beside(self, mention: Place, near: Nearby, field: str | None) -> bool:
        terms = [term if " " not in term or term.startswith('"') else f'"{term}"' for term in near.any]
        context = set()
        for term in terms:
            read = parse(term).expression
            assert isinstance(read, Term)
            context |= self.term(read.pieces, 0, False, field)
        return any(
            max(other[1] - mention[2], mention[1] - other[2]) <= near.within
            for other in context
            if other[0] == mention[0] and not holds_inside(other, mention)
        )

    def kept(self, entity: Entity, mentions: set[Place], field: str | None) -> set[Place]:
        return {mention for mention in mentions if entity.not_near is None or not self.beside(mention, entity.not_near, field)}


def nearest_and_furthest(places: set[Place]) -> set[Place]:
    ends: dict[tuple[int, int], list[int]] = {}
    for slot, first, last in places:
        ends.setdefault((slot, first), []).append(last)
    return {(*start, last) for start, found in ends.items() for last in (min(found), max(found))}


def holds_inside(one: Place, other: Place) -> bool:
    return one[0] == other[0] and other[1] <= one[1] and one[2] <= other[2]


def holds_smaller(one: Place, other: Place) -> bool:
    return one != other and one[0] == other[0] and one[1] <= other[1] and other[2] <= one[2]


def selections(pieces: tuple[Piece, ...], slop: int, words: list[str]) -> Iterator[tuple[int, ...]]:
    size = len(pieces)
    for start in range(len(words)):
        if same(pieces[0], words[start]):
            for rest in combinations(range(start + 1, min(len(words), start + size + slop)), size - 1):
                if all(same(piece, words[position]) for piece, position in zip(pieces[1:], rest, strict=True)):
                    yield (start, *rest)


def same(piece: Piece, word: str) -> bool:
    if piece.shape is Shape.WORD:
        return word == piece.text or word in piece.also
    if piece.shape is Shape.PREFIX:
        return word.startswith(piece.text)
    stem = piece.text.removesuffix("*")
    enough = len(word) >= len(stem) if piece.text.endswith("*") else len(word) == len(stem)
    return enough and all(asked in {"?", given} for asked, given in zip(stem, word, strict=False))


def most_apart(places: set[Place]) -> int:
    """The most places of which no two share a word (all sets tried)."""

    def most(left: list[Place]) -> int:
        if not left:
            return 0
        first, *others = left
        without = [o for o in others if o[0] != first[0] or o[1] >= first[2] or first[1] >= o[2]]
        return max(1 + most(without), most(others) if len(others) > len(without) else 0)

    return most(sorted(places, key=lambda place: (place[0], place[2])))


def alternatives(node: Expression, lets: Mapping[str, Expression]) -> Iterator[Expression]:
    if isinstance(node, Or):
        for child in node.children:
            yield from alternatives(child, lets)
    elif isinstance(node, Reference) and node.name in lets:
        part = lets[node.name]
        yield from alternatives(part if node.field is None else within(part, node.field), lets)
    else:
        yield node


def within(node: Expression, field: str) -> Expression:
    """The node, looking at a field where it says none of its own."""
    match node:
        case Term() | Reference():
            return node if node.field else replace(node, field=field)
        case And() | Or() | AtLeast():
            return replace(node, children=tuple(within(child, field) for child in node.children))
        case Not() | Times():
            return replace(node, child=within(node.child, field))
        case Near():
            return replace(node, left=within(node.left, field), right=within(node.right, field))
        case _:
            return node


def kinds(node: Expression) -> Iterator[str]:
    """What of the language a clause uses: the names under which its answers are counted."""
    match node:
        case Term():
            if node.exact:
                yield "cs:"
            if node.field:
                yield f"{node.field}:"
            shapes = {piece.shape for piece in node.pieces}
            if Shape.PREFIX in shapes:
                yield "prefix" if len(node.pieces) == 1 else "prefix in a phrase"
            if Shape.PATTERN in shapes:
                yield "?" if len(node.pieces) == 1 else "? in a phrase"
            if node.slop:
                yield "phrase~n"
            elif len(node.pieces) > 1:
                yield "phrase"
            elif any(piece.also for piece in node.pieces):
                yield "word with a plural"
            else:
                yield "word"
        case Reference():
            yield f"@{node.name}{'+products' if node.products else ''}"
            if node.field:
                yield f"{node.field}:@"
        case Pattern():
            yield f"{node.field}:/.../"
        case Near():
            yield "ONEAR" if node.ordered else "NEAR"
            for side in children(node):
                if isinstance(side, Or):
                    yield "NEAR with a group"
                if any("prefix" in kind or "?" in kind for leaf in (*children(side), side) for kind in kinds(leaf)):
                    yield "NEAR with a wildcard"
        case AtLeast():
            yield "n of"
        case Times():
            yield "xN:"
        case _:
            yield type(node).__name__.upper()
