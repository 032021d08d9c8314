"""What a readable query may still not say: rules that match everything, or that cannot do what they ask.

Promises: whatever passes holds something that must be found in an article, and every negation stands beside it.
Knows no names: a ``@name`` counts as content, since what it names is checked by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.rules.expression import (
    PROSE,
    WHOLE_VALUE,
    And,
    AtLeast,
    Caution,
    Expression,
    Field,
    Near,
    Not,
    Or,
    Pattern,
    Reference,
    Shape,
    Term,
    Times,
    children,
)
from bot.rules.grammar import failure
from bot.rules.stopwords import STOP_WORDS


def check(source: str, expression: Expression) -> tuple[Caution, ...]:
    """Refuse what would match everything or nothing; say what nearly does.

    Raises:
        QueryError: with the place and what to write instead.
    """
    if isinstance(expression, Not) or (
        isinstance(expression, And) and all(isinstance(child, Not) for child in expression.children)
    ):
        raise failure(
            source, expression.start, "this says only what must not be found, so it would match nearly every article",
            "Add what must be found: police -sports.",
        )  # fmt: skip
    _check_node(source, expression)
    return _check_content(source, expression)


def _check_content(source: str, expression: Expression) -> tuple[Caution, ...]:
    common = _without_content(expression)
    if common is None:
        return ()
    shown = source[common.start : common.end]
    if any(not _is_common(term) for term in _positive_terms(expression)):
        return (Caution(f"{shown} is in nearly every article, and alone would make this rule match it", common.start),)
    capitals = f", or cs:{shown.upper()} if it is an abbreviation" if shown.isalpha() and len(shown) <= 4 else ""
    raise failure(
        source, common.start, f"{shown}: only words that nearly every article holds, so this rule would match everything",
        f'Add a telling word, or put a phrase in quotes: "to be or not to be"{capitals}.',
    )  # fmt: skip


def has_places(node: Expression, *, patterns: bool = False) -> bool:
    """Whether the node stands for words in a text, so that NEAR and xN: can work with it. Names are looked up elsewhere.

    Args:
        node: what is asked about.
        patterns: a regular expression will do too (it can be counted, but its places need not be words).
    """
    if isinstance(node, Or):
        return all(has_places(child, patterns=patterns) for child in node.children)
    return isinstance(node, Term | Reference) or (patterns and isinstance(node, Pattern))


def _check_node(source: str, node: Expression) -> None:
    match node:
        case Or() | AtLeast():
            _refuse_negation(source, node)
        case Near():
            _check_near(source, node)
        case Times():
            _check_times(source, node)
        case Not(child=Not()):
            raise failure(source, node.start, "a double negation is a plain word", "Take both away.")
        case And() if all(isinstance(child, Not) for child in node.children):
            raise failure(
                source, node.start, "this group says only what must not be found", "Put what must be found into the same group."
            )
        case _:
            pass
    for child in children(node):
        _check_node(source, child)


def _refuse_negation(source: str, node: Or | AtLeast) -> None:
    for child in node.children:
        if isinstance(child, Not) or (isinstance(child, And) and all(isinstance(part, Not) for part in child.children)):
            kind = "an OR" if isinstance(node, Or) else "a list"
            raise failure(
                source, child.start, f"a part that must not be found, alone in {kind}, would match nearly every article",
                "Put it beside something that must be found: drone (camera -police).",
            )  # fmt: skip


def _check_near(source: str, node: Near) -> None:
    for side in (node.left, node.right):
        if not has_places(side):
            raise failure(
                source, side.start, "NEAR takes a word, a phrase, a @name or an OR of these on each side",
                "Put the rest outside: (drone NEAR/8 police) camera -sports.",
            )  # fmt: skip
    left, right = _fields(node.left), _fields(node.right)
    for side, fields in ((node.left, left), (node.right, right)):
        if fields & WHOLE_VALUE:
            raise failure(
                source,
                side.start,
                "tag: and lang: compare whole values, so nothing is near them",
                "Put them outside: tag:police (a NEAR/8 b).",
            )
    if not left & right:
        raise failure(
            source, node.start, "the sides of NEAR look at different fields, and NEAR never crosses from one field to another",
            "Use AND, or the same field on both sides.",
        )  # fmt: skip


def _check_times(source: str, node: Times) -> None:
    if not has_places(node.child, patterns=True):
        raise failure(
            source, node.start, f"x{node.count}: counts places of a word, a phrase, a @name or an OR of these",
            f"Put the rest outside: x{node.count}:drone police.",
        )  # fmt: skip


def _fields(node: Expression) -> set[Field]:
    if isinstance(node, Or):
        return {field for child in node.children for field in _fields(child)}
    assert isinstance(node, Term | Reference)
    return set(PROSE) if node.field is None else {node.field}


def _without_content(node: Expression) -> Expression | None:  # noqa: PLR0911  # one answer a kind of node
    """The part by which the node could hold in nearly every article, or None if there is none."""
    match node:
        case Term():
            return node if _is_common(node) else None
        case And():
            found = [_without_content(child) for child in node.children if not isinstance(child, Not)]
            return (found[0] if len(found) == 1 else node) if all(found) else None
        case Or():
            return next((found for found in map(_without_content, node.children) if found), None)
        case AtLeast():
            empty = [found for found in map(_without_content, node.children) if found]
            return empty[0] if len(empty) >= node.count else None
        case Near():
            return node if _without_content(node.left) and _without_content(node.right) else None
        case Times():
            return _without_content(node.child)
        case _:
            return None


def _is_common(node: Term | Reference | Pattern) -> bool:
    if not isinstance(node, Term) or node.quoted or node.exact or node.field not in {None, *PROSE}:
        return False
    return len(node.pieces) == 1 and node.pieces[0].shape is Shape.WORD and node.pieces[0].text in STOP_WORDS


def _positive_terms(node: Expression) -> Iterator[Term | Reference | Pattern]:
    if isinstance(node, Term | Reference | Pattern):
        yield node
    elif not isinstance(node, Not):
        for child in children(node):
            yield from _positive_terms(child)
