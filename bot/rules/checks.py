"""What a readable query may still not say: rules that match everything, or that cannot do what they ask.

Promises: whatever passes holds something that must be found in an article, and every negation stands beside it.
Knows no names: a ``@name`` counts as content, since what it names is checked by itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from bot.core.spoken import tr
from bot.rules.covering import Covering
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
from bot.rules.habits import LANGUAGE_NAMES
from bot.rules.operands import short
from bot.rules.stopwords import STOP_WORDS

_IN_EVERY_ADDRESS = frozenset({"http", "https", "www", "com"})
"""Words of an address that say nothing about its page."""


def check(source: str, expression: Expression) -> tuple[Caution, ...]:
    """Refuse what would match everything or nothing; say what nearly does.

    Raises:
        QueryError: with the place and what to write instead.
    """
    if isinstance(expression, Not) or (
        isinstance(expression, And) and all(isinstance(child, Not) for child in expression.children)
    ):
        raise failure(
            source, expression.start, tr("this says only what must not be found, so it would match nearly every article"),
            tr("Add what must be found: police -sports."),
        )  # fmt: skip
    _check_node(source, expression)
    return _check_content(source, expression)


def _check_content(source: str, expression: Expression) -> tuple[Caution, ...]:
    common = without_content(expression)
    if common is None:
        return ()
    shown = source[common.start : common.end]
    if any(not is_common(term) for term in _positive_terms(expression)):
        return (
            Caution(
                tr("{shown} is in nearly every article, and alone would make this rule match it", shown=shown),
                common.start,
                tr("Take it out, or put it in quotes with the words that belong to it."),
            ),
        )
    capitals = tr(", or cs:{upper} if it is an abbreviation", upper=shown.upper()) if shown.isalpha() and len(shown) <= 4 else ""
    raise failure(
        source,
        common.start,
        tr("{shown}: only words that nearly every article holds, so this rule would match everything", shown=shown),
        tr('Add a telling word, or put a phrase in quotes: "to be or not to be"{capitals}.', capitals=capitals),
    )


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
            raise failure(source, node.start, tr("a double negation is a plain word"), tr("Take both away."))
        case Not():
            _refuse_common_negation(source, node)
        case Term(field=Field.LANG):
            _check_language(source, node)
        case And() if all(isinstance(child, Not) for child in node.children):
            raise failure(
                source,
                node.start,
                tr("this group says only what must not be found"),
                tr("Put what must be found into the same group."),
            )
        case And():
            _refuse_contradictions(source, node)
        case _:
            pass
    for child in children(node):
        _check_node(source, child)


def _refuse_negation(source: str, node: Or | AtLeast) -> None:
    for child in node.children:
        if isinstance(child, Not) or (isinstance(child, And) and all(isinstance(part, Not) for part in child.children)):
            kind = tr("an OR") if isinstance(node, Or) else tr("a list")
            raise failure(
                source,
                child.start,
                tr("a part that must not be found, alone in {kind}, would match nearly every article", kind=kind),
                tr("Put it beside something that must be found: drone (camera -police)."),
            )


def _refuse_common_negation(source: str, node: Not) -> None:
    common = without_content(node.child)
    if common is not None:
        shown = source[common.start : common.end]
        raise failure(
            source, node.start, tr('nearly every article holds "{shown}", so with this nothing would match', shown=shown),
            tr("Take it away, or put the whole phrase in quotes."),
        )  # fmt: skip


def _refuse_contradictions(source: str, node: And) -> None:
    """What is asked for and forbidden at once, and two languages of one article."""
    forbidden = Covering()
    for child in node.children:
        if isinstance(child, Not):
            forbidden.add(child.child)
    languages: dict[str, Term] = {}
    for child in node.children:
        met = None if isinstance(child, Not) else forbidden.met_by(child)
        if met is not None:
            asked, unwanted = short(source[child.start : child.end]), short(source[met.start : met.end])
            raise failure(
                source,
                child.start,
                tr("{asked} must be found and -{unwanted} forbids it, so this can never match", asked=asked, unwanted=unwanted),
                tr("Take one of the two away."),
            )
        if isinstance(child, Term) and child.field is Field.LANG:
            languages[child.pieces[0].text] = child
    if len(languages) > 1:
        one, other = list(languages)[:2]
        raise failure(
            source,
            languages[other].start,
            tr("no article is in two languages, {one} and {other}", one=one, other=other),
            tr("Write lang:({one} OR {other}).", one=one, other=other),
        )


def _check_language(source: str, node: Term) -> None:
    first, *rest = (piece.text for piece in node.pieces)
    plain = all(piece.shape is Shape.WORD for piece in node.pieces)
    if plain and re.fullmatch(r"[a-z]{2,3}", first) and all(re.fullmatch(r"[a-z0-9]{1,8}", part) for part in rest):
        return
    near = difflib.get_close_matches(first, LANGUAGE_NAMES, 1, 0.8)
    shown = short(source[node.start : node.end].removeprefix("lang:"))
    raise failure(
        source, node.start, tr("lang: takes the code of a language (RFC 5646), and {shown} is none", shown=shown),
        tr("Write lang:{value}.", value=LANGUAGE_NAMES[near[0]]) if near else tr("Write lang:en, or lang:pt-BR for one country."),
    )  # fmt: skip


def _check_near(source: str, node: Near) -> None:
    for side in (node.left, node.right):
        if not has_places(side):
            instead = tr("Put the rest outside: (drone NEAR/8 police) camera -sports.")
            shown = " ".join(word for word in source[side.start : side.end].strip("()").split() if word != "AND")
            if isinstance(side, And) and re.fullmatch(r"[\w\s]{3,60}", shown):
                instead = tr(
                    'Put a phrase in quotes: "{shown}". If each word may be the near one: ({join}).',
                    shown=shown,
                    join=" OR ".join(shown.split()),
                )
            raise failure(source, side.start, tr("NEAR takes a word, a phrase, a @name or an OR of these on each side"), instead)
    left, right = _fields(node.left), _fields(node.right)
    for side, fields in ((node.left, left), (node.right, right)):
        if fields & WHOLE_VALUE:
            raise failure(
                source,
                side.start,
                tr("tag: and lang: compare whole values, so nothing is near them"),
                tr("Put them outside: tag:police (a NEAR/8 b)."),
            )
    if not left & right:
        raise failure(
            source, node.start, tr("the sides of NEAR look at different fields, and NEAR never crosses from one field to another"),
            tr("Use AND, or the same field on both sides."),
        )  # fmt: skip


def _check_times(source: str, node: Times) -> None:
    if not has_places(node.child, patterns=True):
        raise failure(
            source, node.start, tr("x{count}: counts places of a word, a phrase, a @name or an OR of these", count=node.count),
            tr("Put the rest outside: x{count}:drone police.", count=node.count),
        )  # fmt: skip


def _fields(node: Expression) -> set[Field]:
    if isinstance(node, Or):
        return {field for child in node.children for field in _fields(child)}
    assert isinstance(node, Term | Reference)
    return set(PROSE) if node.field is None else {node.field}


def without_content(node: Expression) -> Expression | None:  # noqa: PLR0911  # one answer a kind of node
    """The part by which the node could hold in nearly every article, or None if there is none."""
    match node:
        case Term():
            return node if is_common(node) else None
        case And():
            found = [without_content(child) for child in node.children if not isinstance(child, Not)]
            return (found[0] if len(found) == 1 else node) if found and all(found) else None
        case Or():
            return next((found for found in map(without_content, node.children) if found), None)
        case AtLeast():
            empty = [found for found in map(without_content, node.children) if found]
            return empty[0] if len(empty) >= node.count else None
        case Near():
            return node if without_content(node.left) and without_content(node.right) else None
        case Times():
            return without_content(node.child)
        case _:
            return None


def is_common(node: Expression) -> bool:
    """Whether the node is a bare word that nearly every article holds."""
    if isinstance(node, Term) and node.field is Field.URL and len(node.pieces) == 1:
        return node.pieces[0].text in _IN_EVERY_ADDRESS
    if not isinstance(node, Term) or node.quoted or node.exact or node.field not in {None, *PROSE}:
        return False
    return len(node.pieces) == 1 and node.pieces[0].shape is Shape.WORD and node.pieces[0].text in STOP_WORDS


def _positive_terms(node: Expression) -> Iterator[Term | Reference | Pattern]:
    if isinstance(node, Term | Reference | Pattern):
        yield node
    elif not isinstance(node, Not):
        for child in children(node):
            yield from _positive_terms(child)
