"""From a rule to the words an item must hold for it: what lets the archive's full-text search go first.

Promises: an item that a rule holds for is found by the rule's search over the words of that item (``search_words``), whatever
the script, the sign or the spelling; a rule that no word narrows has no search (None), and then every item is looked at. What is
found is only a candidate. Must never decide a match.

It is safe because an item's words are made by the normalisation that rules are matched by, the words of every field are kept
together, and whatever a word cannot say (order, distance, case, fields, context, exclusion) is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import comb

from bot.core.model import Entity, Item, Rule
from bot.core.search import ANYTHING, Search, SearchAll, SearchAny, SearchWord
from bot.rules.entities import with_products
from bot.rules.expression import And, AtLeast, Expression, Near, Not, Or, Pattern, Piece, Reference, Shape, Term, Times
from bot.rules.query import Query, parse
from bot.rules.stopwords import STOP_WORDS
from bot.text.characters import Mode
from bot.text.normalise import NormalText

WORDS_VERSION = "1"
"""Grows when ``search_words`` would give an item other words than before, be it by a change of the normalisation: an index of other
words would lose matches, so it is made anew."""

LONGEST_WORD = 64
"""Code points of a word that are kept; of a longer one its beginning, in items and searches alike, so that it is still found."""

MOST_WORDS = 20_000
"""Different words of one item that are kept. An article of 10,000 words has some 2,500; an item with more words than this is found
by every search instead (PostgreSQL refuses a text-search vector of 1 MiB, https://www.postgresql.org/docs/current/textsearch-limitations.html)."""

MOST_BYTES = 500_000
"""The same limit by the size of the words in UTF-8."""

DEEPEST = 20
"""Nested groups of a search; what lies deeper is not asked for."""

MOST_CHOICES = 20
"""``n of (...)`` is written out up to so many choices; beyond that only "one of them" is asked for."""

MOST_CLAUSES = 8
"""Clauses of a rule up to which items that lack one of them are searched for: each clause costs a search for the others."""


def search_words(item: Item) -> tuple[str, ...]:
    """The different words of every field of an item, sorted; ``(ANYTHING,)`` if they are too many to keep."""
    found: set[str] = set()
    for value in (item.title, item.summary, item.content_text, item.source_id, item.outlet or "", item.language or "", *item.tags):
        text = NormalText(value.replace("\0", ""))  # as a database keeps it
        found.update(text.tokens)
        if "." in value:
            found.update(text.exact.joined)
    found.update(NormalText((item.canonical_url or item.url or "").replace("\0", ""), Mode.ADDRESS).tokens)
    kept = {word[:LONGEST_WORD] for word in found}
    if len(kept) > MOST_WORDS or sum(len(word.encode()) for word in kept) > MOST_BYTES:
        return (ANYTHING,)
    return tuple(sorted(kept))


def narrow(rule: Rule, entities: Iterable[Entity]) -> Search | None:
    """The search for items that the rule may hold for; None if every item must be looked at.

    Args:
        rule: one that compiles.
        entities: those it was compiled with.

    Raises:
        QueryError: the query cannot be read.
    """
    book = _Book(rule, entities)
    return book.search(parse(rule.query).expression)


def narrow_to_near_misses(rule: Rule, entities: Iterable[Entity]) -> Search | None:
    """The search for items that may lack one clause of the rule and no more; None if every item must be looked at.

    It finds items that the rule holds for, too. A rule of one word, or of words of which one is enough, has no such clause: then
    it is the search for the rule itself.

    Raises:
        QueryError: the query cannot be read.
    """
    book = _Book(rule, entities)
    return book.nearly(parse(rule.query).expression)


class _Book:
    """The names one rule may use."""

    def __init__(self, rule: Rule, entities: Iterable[Entity]) -> None:
        self._entities: Mapping[str, Entity] = {entity.id: entity for entity in entities}
        self._lets: Mapping[str, Query] = {name: parse(text) for name, text in rule.let.items()}

    def search(self, node: Expression, depth: int = 0) -> Search | None:  # noqa: PLR0911  # one a kind
        """What an item must hold if the node holds for it; None if nothing is known."""
        if depth > DEEPEST:
            return None
        match node:
            case Term():
                return _phrase(node.pieces)
            case Reference():
                return self._reference(node, depth)
            case And():
                return _all_of([self.search(child, depth + 1) for child in node.children])
            case Or():
                return _any_of([self.search(child, depth + 1) for child in node.children])
            case AtLeast():
                return _at_least(node.count, [self.search(child, depth + 1) for child in node.children])
            case Near():
                return _all_of([self.search(node.left, depth + 1), self.search(node.right, depth + 1)])
            case Times():
                return self.search(node.child, depth + 1)
            case Not() | Pattern():
                return None

    def nearly(self, node: Expression, depth: int = 0) -> Search | None:
        """What an item must hold if the node holds for it but for one clause."""
        match node:
            case And():
                clauses = [self.search(child, depth + 1) for child in node.children if not isinstance(child, Not)]
                if len(clauses) > MOST_CLAUSES:
                    return None
                lacking_one = [[*clauses[:number], *clauses[number + 1 :]] for number in range(len(clauses))]
                return _any_of([_all_of(others) for others in lacking_one]) if len(clauses) > 1 else clauses[0]
            case Or():
                groups = [child for child in node.children if isinstance(child, And | Or | AtLeast)]
                return _any_of([self.nearly(group, depth + 1) for group in groups]) if groups else self.search(node, depth)
            case AtLeast() if node.count > 1:
                return _at_least(node.count - 1, [self.search(child, depth + 1) for child in node.children])
            case Reference() if node.name in self._lets and depth < DEEPEST:
                return self.nearly(self._lets[node.name].expression, depth + 1)
            case _:
                return self.search(node, depth)

    def _reference(self, node: Reference, depth: int) -> Search | None:
        if node.name in self._lets:
            return self.search(self._lets[node.name].expression, depth + 1)
        entity = self._entities[node.name]
        members = with_products(entity, self._entities) if node.products else (entity,)
        return _any_of([_name(name) for member in members for name in _names(member)])


def _names(entity: Entity) -> list[str]:
    return [*entity.aliases, *entity.formerly, *(weak.text for weak in entity.weak)]


def _name(name: str) -> Search | None:
    """An entity's name: its words, or, with dotted capitals, also its words with those joined."""
    cut = NormalText(name)
    spellings = dict.fromkeys((tuple(cut.tokens), tuple(token.casefold() for token in cut.exact.tokens)))
    return _any_of([_all_of([_word(word) for word in _telling(spelling)]) for spelling in spellings])


def _phrase(pieces: tuple[Piece, ...]) -> Search | None:
    """The words of a term. Its common ones are not asked for if it has others: they rule out next to nothing and cost most."""
    others = [piece for piece in pieces if piece.shape is not Shape.WORD or piece.text.casefold() not in STOP_WORDS]
    return _all_of([_piece(piece) for piece in others or pieces])


def _piece(piece: Piece) -> Search | None:
    text = piece.text.casefold()
    match piece.shape:
        case Shape.WORD:
            return _any_of([_word(form) for form in (text, *piece.also)])
        case Shape.PREFIX:
            return _word(text, prefix=True)
        case Shape.PATTERN:
            return _word(text.partition("?")[0], prefix=True)


def _word(text: str, *, prefix: bool = False) -> Search | None:
    return SearchWord(text[:LONGEST_WORD], prefix) if text else None


def _telling(words: Sequence[str]) -> Sequence[str]:
    return [word for word in words if word not in STOP_WORDS] or words


def _all_of(parts: Iterable[Search | None]) -> Search | None:
    """What is known must be there; what is not known rules nothing out."""
    known: list[Search] = []
    for part in parts:
        if isinstance(part, SearchAll):
            known += part.parts
        elif part is not None:
            known.append(part)
    known = list(dict.fromkeys(known))
    return known[0] if len(known) == 1 else SearchAll(tuple(known)) if known else None


def _any_of(parts: Iterable[Search | None]) -> Search | None:
    """If nothing is known of one of them, nothing is known at all."""
    found: list[Search] = []
    for part in parts:
        if part is None:
            return None
        if isinstance(part, SearchAny):
            found += part.parts
        else:
            found.append(part)
    found = list(dict.fromkeys(found))
    return found[0] if len(found) == 1 else SearchAny(tuple(found)) if found else None


def _at_least(count: int, parts: Sequence[Search | None]) -> Search | None:
    if comb(len(parts), count) <= MOST_CHOICES:
        return _any_of([_all_of(choice) for choice in combinations(parts, count)])
    known = [part for part in parts if part is not None]
    return _any_of(known) if len(parts) - len(known) < count else None
