"""Rules and entities to plans: names are looked up, every mistake is collected, equal atoms are made once.

Promises: a rule that compiles is matched exactly as written; a rule that does not is told with all its mistakes.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.core.errors import QueryError
from bot.core.identity import digest
from bot.core.model import Entity, Rule
from bot.core.spoken import tr
from bot.rules.article import Atom
from bot.rules.atoms import NearAtom, RegexAtom, TermAtom, UnionAtom
from bot.rules.checks import has_places
from bot.rules.entities import EntityAtom, build, descriptor, names, with_products
from bot.rules.expression import (
    And,
    AtLeast,
    Expression,
    Field,
    Near,
    Not,
    Or,
    Pattern,
    Piece,
    Reference,
    Term,
    Times,
    children,
)
from bot.rules.grammar import failure
from bot.rules.plan import Absent, Leaf, Part, Plan, Repeated, Search, Several
from bot.rules.query import MAX_TERMS, Query, parse
from bot.rules.terms import BadTerm

LANGUAGE_VERSION = "1"
"""Grows when the same query would match other articles than before: it is part of every rule's version."""

MAX_LET_DEPTH = 5
"""How deep named parts may use each other: keeps the walk over a rule far from Python's recursion limit."""

AtomT = TypeVar("AtomT", TermAtom, UnionAtom, NearAtom, EntityAtom)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready for matching.

    Attributes:
        rule: the rule, with its version.
        query: its query as read.
        lets: its named parts as read.
        plan: what to ask of an article.
        entities: ids of the entities it uses.
    """

    rule: Rule
    query: Query
    lets: Mapping[str, Query]
    plan: Plan
    entities: tuple[str, ...]


class Compiler:
    """Compiles rules against one set of entities, sharing atoms between rules."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.book: dict[str, Entity] = {entity.id: entity for entity in entities}
        self._atoms: dict[Hashable, Atom] = {}
        self._regexes: dict[tuple[str, Field], RegexAtom] = {}

    @property
    def size(self) -> int:
        """How many atoms are remembered for rules to share: also those that only rules now gone asked for."""
        return len(self._atoms) + len(self._regexes)

    def check_entities(self) -> Iterator[tuple[str, QueryError]]:
        """Mistakes in names and context terms, as (``@id``, error)."""
        for entity in self.book.values():
            try:
                build(entity, None, self.term)
            except BadTerm as bad:
                shown = ", ".join(names(entity)) or entity.id
                yield f"@{entity.id}", QueryError(bad.message, source=shown, line=1, column=1, suggestion=bad.suggestion)

    def rule(self, rule: Rule) -> tuple[CompiledRule | None, tuple[QueryError, ...]]:
        """The compiled rule, or None and every mistake in it."""
        errors: list[QueryError] = []
        lets: dict[str, Query] = {}
        for name, text in rule.let.items():
            read = _read(text, tr("in let {name}: ", name=name), errors)
            if read is not None:
                lets[name] = read
        query = _read(rule.query, "", errors)
        if query is None:
            return None, tuple(errors)
        walk = _Walk(self, lets, frozenset(rule.let))
        errors += walk.unknown_names(query)
        if errors:
            return None, tuple(errors)
        try:
            plan = walk.plan(query.expression, query.source, None, ())
            for name, part in lets.items():
                walk.plan(part.expression, part.source, None, (name,))
        except QueryError as error:
            return None, (error,)
        used = tuple(sorted(walk.entities))
        version = digest(
            LANGUAGE_VERSION,
            query.normal,
            *(f"{name}={part.normal}" for name, part in sorted(lets.items())),
            *(descriptor(self.book[entity_id]) for entity_id in used),
            size=6,
        )
        return CompiledRule(replace(rule, version=version), query, lets, plan, used), ()

    # ------------------------------------------------------------ atoms, each made once

    def _one(self, key: Hashable, kind: type[AtomT], make: Callable[[], AtomT]) -> AtomT:
        found = self._atoms.get(key)
        if found is None:
            found = self._atoms[key] = make()
        assert isinstance(found, kind)
        return found

    def term(self, pieces: tuple[Piece, ...], exact: bool, field: Field | None, slop: int = 0) -> TermAtom:
        """The atom of a term."""
        return self._one((pieces, exact, field, slop), TermAtom, lambda: TermAtom(pieces, slop=slop, exact=exact, field=field))

    def union(self, parts: tuple[Atom, ...]) -> Atom:
        """The atom of several."""
        return parts[0] if len(parts) == 1 else self._one(("or", parts), UnionAtom, lambda: UnionAtom(parts))

    def near(self, left: Atom, right: Atom, within: int, *, ordered: bool) -> NearAtom:
        """The atom of a NEAR."""
        return self._one(("near", left, right, within, ordered), NearAtom, lambda: NearAtom(left, right, within, ordered=ordered))

    def regex(self, pattern: str, field: Field) -> RegexAtom:
        """The atom of a regular expression."""
        found = self._regexes.get((pattern, field))
        if found is None:
            found = self._regexes[pattern, field] = RegexAtom(pattern, field)
        return found

    def entity(self, entity_id: str, field: Field | None, *, products: bool) -> Atom:
        """The atom of an entity's mentions.

        Raises:
            BadTerm: a name of it, or of a product, holds nothing to search for.
        """
        members = with_products(self.book[entity_id], self.book) if products else (self.book[entity_id],)
        return self.union(tuple(self._entity(member, field) for member in members))

    def _entity(self, entity: Entity, field: Field | None) -> Atom:
        return self._one(("entity", entity.id, field), EntityAtom, lambda: build(entity, field, self.term))


def _read(text: str, where: str, errors: list[QueryError]) -> Query | None:
    try:
        return parse(text)
    except QueryError as error:
        errors.append(
            QueryError(
                where + error.message, source=error.source, line=error.line, column=error.column, suggestion=error.suggestion
            )
        )
        return None


class _Walk:
    """One rule's way from expressions to plans."""

    def __init__(self, compiler: Compiler, lets: Mapping[str, Query], names: frozenset[str]) -> None:
        self.compiler = compiler
        self.lets = lets
        self.names = names
        self.entities: set[str] = set()
        self._size = 0

    def unknown_names(self, query: Query) -> list[QueryError]:
        """Every name, in the query and in the parts, that is neither a part nor an entity."""
        known = sorted(self.names | set(self.compiler.book))
        errors = []
        for source, expression in [
            (query.source, query.expression),
            *((part.source, part.expression) for part in self.lets.values()),
        ]:
            for reference in _references(expression):
                if reference.name not in known:
                    near = self._nearest_name(reference.name)
                    meant = (
                        tr("Did you mean @{near}?", near=near)
                        if near
                        else tr("Declare it under [[entities]], or in this rule's let.")
                    )
                    errors.append(
                        failure(
                            source, reference.start, tr("there is no entity and no part named {name}", name=reference.name), meant
                        )
                    )
        return errors

    def _nearest_name(self, wanted: str) -> str | None:
        """A part or an entity that is spelled nearly so, in any case, or one of whose names is."""
        spelled = {name.lower(): entity.id for entity in self.compiler.book.values() for name in names(entity)}
        spelled = {name.replace(" ", "_"): found for name, found in spelled.items()}
        spelled |= {name.lower(): name for name in (*self.compiler.book, *self.names)}
        near = difflib.get_close_matches(wanted.lower(), spelled, 1)
        return spelled[near[0]] if near else None

    def plan(self, node: Expression, source: str, field: Field | None, path: tuple[str, ...]) -> Plan:  # noqa: PLR0911  # one a kind
        """The plan of a node.

        Args:
            node: what to plan.
            source: the text it was read from.
            field: a field that stands around it (``title:@part``).
            path: the named parts around it.

        Raises:
            QueryError: a name is used where what it names cannot stand.
        """
        self._size += 1
        if self._size > 2 * MAX_TERMS:
            raise failure(
                source,
                node.start,
                tr("with its named parts written out, this rule has too many words"),
                tr("Split it into several rules."),
            )
        clause = source[node.start : node.end]
        match node:
            case And():
                parts = sorted(node.children, key=lambda child: isinstance(child, Not))
                return Several(clause, len(parts), tuple(self.plan(child, source, field, path) for child in parts))
            case Or():
                return Several(clause, 1, tuple(self.plan(child, source, field, path) for child in node.children))
            case AtLeast():
                return Several(clause, node.count, tuple(self.plan(child, source, field, path) for child in node.children))
            case Not():
                return Absent(clause, self.plan(node.child, source, field, path))
            case Reference() if node.name in self.lets:
                part = self._part(node, source, path)
                inner = self.plan(part.expression, part.source, self._scope(node, node.field, field, source), (*path, node.name))
                return Part(clause, inner)
            case Pattern():
                return Search(clause, self._regex(node, source, field))
            case Times():
                return Repeated(clause, node.count, tuple(self._counted(node.child, source, field, path)))
            case _:
                return self._leaf(node, source, field, path)

    def _leaf(self, node: Expression, source: str, field: Field | None, path: tuple[str, ...]) -> Leaf:
        clause = source[node.start : node.end]
        atom = self._atom(node, source, field, path)
        if isinstance(node, Near):
            return Leaf(clause, atom, sides=tuple(self._leaf(side, source, field, path) for side in (node.left, node.right)))
        if isinstance(node, Reference) and node.name not in self.lets:
            return Leaf(clause, atom, names=tuple(name for member in self._members(node) for name in names(member)))
        return Leaf(clause, atom)

    def _atom(self, node: Expression, source: str, field: Field | None, path: tuple[str, ...]) -> Atom:
        """The places of a node; only for what ``checks.has_places`` lets stand beside NEAR, and NEAR itself."""
        match node:
            case Term():
                scope = self._scope(node, node.field, field, source)
                return self.compiler.term(node.pieces, node.exact, scope, node.slop)
            case Or():
                return self.compiler.union(tuple(self._atom(child, source, field, path) for child in node.children))
            case Near():
                left = self._atom(node.left, source, field, path)
                right = self._atom(node.right, source, field, path)
                return self.compiler.near(left, right, node.within, ordered=node.ordered)
            case Reference() if node.name in self.lets:
                part = self._part(node, source, path)
                self._refuse_other_than_places(node, part.expression, source)
                return self._atom(part.expression, part.source, self._scope(node, node.field, field, source), (*path, node.name))
            case Reference():
                return self._entity(node, source, self._scope(node, node.field, field, source))
            case _:
                raise AssertionError(f"{type(node).__name__} has no places")

    def _counted(self, node: Expression, source: str, field: Field | None, path: tuple[str, ...]) -> Iterator[Leaf | Search]:
        """What xN: counts."""
        clause = source[node.start : node.end]
        match node:
            case Or():
                for child in node.children:
                    yield from self._counted(child, source, field, path)
            case Pattern():
                yield Search(clause, self._regex(node, source, field))
            case Reference() if node.name in self.lets:
                part = self._part(node, source, path)
                self._refuse_other_than_places(node, part.expression, source, patterns=True)
                yield from self._counted(
                    part.expression, part.source, self._scope(node, node.field, field, source), (*path, node.name)
                )
            case _:
                yield self._leaf(node, source, field, path)

    def _part(self, node: Reference, source: str, path: tuple[str, ...]) -> Query:
        if node.products:
            raise failure(
                source,
                node.start,
                tr("{name} is a part of this rule, and only entities have products", name=node.name),
                tr("Write @{name}.", name=node.name),
            )
        if node.name in path:
            raise failure(
                source, node.start, tr("the part {name} uses itself: {join}", name=node.name, join=" -> ".join((*path, node.name)))
            )
        if len(path) >= MAX_LET_DEPTH:
            raise failure(
                source,
                node.start,
                tr("named parts use each other more than {max_let_depth} deep", max_let_depth=MAX_LET_DEPTH),
                tr("Write one of them out."),
            )
        return self.lets[node.name]

    def _refuse_other_than_places(self, node: Reference, expression: Expression, source: str, *, patterns: bool = False) -> None:
        if not has_places(expression, patterns=patterns):
            raise failure(
                source,
                node.start,
                tr("the part {name} cannot stand here: NEAR and xN: take words, phrases and names", name=node.name),
                tr("Write out what must be near."),
            )

    def _scope(self, node: Term | Reference | Pattern, own: Field | None, around: Field | None, source: str) -> Field | None:
        if own is not None and around is not None and own is not around:
            raise failure(
                source,
                node.start,
                tr("{own}: stands in a part that is used under {around}:, and no word is in both", own=own, around=around),
            )
        return own or around

    def _regex(self, node: Pattern, source: str, field: Field | None) -> RegexAtom:
        scope = self._scope(node, node.field, field, source)
        assert scope is not None
        return self.compiler.regex(node.pattern, scope)

    def _members(self, node: Reference) -> tuple[Entity, ...]:
        entity = self.compiler.book[node.name]
        return with_products(entity, self.compiler.book) if node.products else (entity,)

    def _entity(self, node: Reference, source: str, field: Field | None) -> Atom:
        entity = self.compiler.book[node.name]
        members = self._members(node)
        if not entity.retired and not any(names(member) for member in members):
            meant = (
                tr("Write @{name}+products.", name=node.name) if entity.products and not node.products else tr("Give it aliases.")
            )
            raise failure(source, node.start, tr("the entity {name} has no name to search for", name=node.name), meant)
        self.entities.update(member.id for member in members)
        try:
            return self.compiler.entity(node.name, field, products=node.products)
        except BadTerm as bad:
            raise failure(
                source, node.start, tr("the entity {name}: {message}", name=node.name, message=bad.message), bad.suggestion
            ) from None


def _references(node: Expression) -> Iterator[Reference]:
    if isinstance(node, Reference):
        yield node
    for child in children(node):
        yield from _references(child)
