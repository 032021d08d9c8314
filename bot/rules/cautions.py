"""What a query may say, and what its author may not have meant by it.

Promises: refuses nothing; every remark names a place and what to write instead. Whoever means what the remark is about can
write the same in another way that brings none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.spoken import tr
from bot.rules.checks import is_common, without_content
from bot.rules.covering import Covering
from bot.rules.expression import (
    PROSE,
    And,
    AtLeast,
    Caution,
    Expression,
    Field,
    Not,
    Or,
    Pattern,
    Reference,
    Shape,
    Term,
    Times,
    children,
)
from bot.rules.habits import NOT_HERE, SHORTER_LANGUAGE
from bot.rules.operands import compile_regex, short
from bot.rules.stopwords import ORDINARY_WORDS, STOP_WORDS

_OWN_PREFIX = re.compile(r"((?:[^\W\d]\w*:)+)[^\s(\"]")
_ANYWHERE = {True: ("https://www.example.org",), False: ("the", "of", "and", "to", "in", "for")}
"""What nearly every address, and nearly every title, holds."""

_OPERATOR_WORDS = frozenset({"and", "or", "not", "near", "onear"})


def remarks(source: str, plain: str, expression: Expression) -> Iterator[Caution]:
    """Every remark on a query.

    Args:
        source: the query as written.
        plain: the same with plain quotes and dashes, same length.
        expression: what it means; it has passed ``bot.rules.checks``.
    """
    looking_at = set(_fields(expression))
    if looking_at == {Field.LANG}:
        yield Caution(
            tr("this rule names a language and nothing else, so it matches every article in it"),
            expression.start,
            tr("Add what must be found: lang:en drone."),
        )
    yield from _of_node(source, plain, expression)


def _of_node(source: str, plain: str, node: Expression) -> Iterator[Caution]:
    match node:
        case And():
            yield from _of_neighbours(source, plain, node)
            yield from _of_common_words(source, node)
            yield from _of_repeats(source, node)
            yield from _of_forbidden_alternatives(source, node)
        case Or():
            yield from _of_idle_alternatives(source, node)
        case AtLeast():
            yield from _of_list(source, node)
        case Term():
            yield from _of_term(source, node)
        case Pattern():
            yield from _of_pattern(node)
        case _:
            pass
    for child in children(node):
        yield from _of_node(source, plain, child)


# ---------------------------------------------------------------- words side by side


def _of_neighbours(source: str, plain: str, node: And) -> Iterator[Caution]:
    """``title:facial recognition``: the field belongs to the first word alone. So do cs:, xN: and the minus."""
    for number, (one, other) in enumerate(zip(node.children, node.children[1:], strict=False)):
        if not _is_bare(plain, other) or plain[one.end : other.start].strip():
            continue
        first, second = source[one.start : one.end], source[other.start : other.end]
        inner = one.child if isinstance(one, Not) else one
        prefix = _OWN_PREFIX.match(plain, inner.start)
        bare = source[prefix.end() - 1 : one.end] if prefix else source[inner.start : inner.end]
        if prefix and _binds_a_name(inner, bare, second):
            label = prefix[1]
            yield Caution(
                tr(
                    "{label} belongs to {short} alone; {short2} is searched for by itself",
                    label=label,
                    short=short(bare),
                    short2=short(second),
                ),
                one.start,
                tr(
                    'Write {label}"{bare} {second}" for the phrase, or {second} {first} if this is meant.',
                    label=label,
                    bare=bare,
                    second=second,
                    first=first,
                ),
            )
        elif number and isinstance(one, Not) and _is_bare(plain, inner):
            yield Caution(
                tr("the minus belongs to {short} alone; {short2} must be found", short=short(bare), short2=short(second)),
                one.start,
                tr(
                    'Write -"{bare} {second}" if both are meant, or {second} {first} if not.', bare=bare, second=second, first=first
                ),
            )


def _is_bare(plain: str, node: Expression) -> bool:
    """A single word without quotes or prefix that says something by itself."""
    if not isinstance(node, Term) or node.quoted or len(node.pieces) > 1 or plain[node.start] == "(":
        return False
    return not _OWN_PREFIX.match(plain, node.start) and node.pieces[0].text not in STOP_WORDS


def _binds_a_name(node: Expression, one: str, other: str) -> bool:
    if isinstance(node, Times):
        node = node.child
    if not isinstance(node, Term) or node.quoted or "*" in one:
        return False
    if node.field is Field.OUTLET or node.exact:  # a publication or a name of two words, both with capitals
        return one[:1].isupper() and other[:1].isupper()
    return node.field in {None, Field.TAG, *PROSE}


def _of_common_words(source: str, node: And) -> Iterator[Caution]:
    for number, child in enumerate(node.children):
        common = without_content(child) if isinstance(child, Or) else None
        if common is not None:
            yield Caution(
                tr(
                    "{short} is in nearly every article, so these alternatives ask for nothing",
                    short=short(source[common.start : common.end]),
                ),
                common.start,
                tr("Take it out, or put words that belong together in quotes."),
            )
        if not isinstance(child, Term) or not is_common(child) or child.pieces[0].text in _OPERATOR_WORDS:
            continue
        shown = source[child.start : child.end]
        if shown.isupper() and len(shown) > 1:
            continue  # told as an abbreviation
        around = [part for part in node.children[max(0, number - 1) : number + 2] if isinstance(part, Term)]
        words = [source[part.start : part.end] for part in around]
        yield Caution(
            tr("{shown} is in nearly every article, so here it asks for nothing", shown=shown),
            child.start,
            tr('Leave it out, or put words that belong together in quotes: "{words}".', words=" ".join(words))
            if len(words) > 1 and all(word.isalnum() for word in words)
            else tr("Leave it out, or put words that belong together in quotes."),
        )


def _of_repeats(source: str, node: And) -> Iterator[Caution]:
    seen: set[str] = set()
    for child in node.children:
        normal = child.normal()
        if normal in seen:
            shown = short(source[child.start : child.end])
            counted = tr(" Write x2:{shown} if two places are meant.", shown=shown) if isinstance(child, Term) else ""
            yield Caution(
                tr("{shown} stands here twice, which changes nothing", shown=shown),
                child.start,
                tr("Take one away.{counted}", counted=counted),
            )
        seen.add(normal)


def _of_forbidden_alternatives(source: str, node: And) -> Iterator[Caution]:
    forbidden = Covering()
    for child in node.children:
        if isinstance(child, Not):
            forbidden.add(child.child)
    for child in node.children:
        for part in child.children if isinstance(child, Or | AtLeast) else ():
            met = forbidden.met_by(part)
            if met is not None:
                shown = short(source[part.start : part.end])
                yield Caution(
                    tr("{shown} can never help: -{short} forbids it", shown=shown, short=short(source[met.start : met.end])),
                    part.start,
                    tr("Take one of the two away."),
                )


# ---------------------------------------------------------------- alternatives and lists


def _of_idle_alternatives(source: str, node: Or) -> Iterator[Caution]:
    """An alternative that another one finds anyway."""
    seen = Covering()
    for child in sorted(node.children, key=_width):
        wider = seen.wider(child) if isinstance(child, Term | Reference) else None
        if wider is not None:
            one, other = short(source[child.start : child.end]), short(source[wider.start : wider.end])
            told = (
                tr("{one} stands here twice", one=one)
                if one == other
                else tr("{one} adds nothing: {other} finds it too", one=one, other=other)
            )
            yield Caution(told, child.start, tr("Take one of the two away."))
        seen.add(child)


def _width(node: Expression) -> tuple[bool, bool, bool, int]:
    """What finds more comes first: no field, a beginning of a word, one word, a plural or more words between."""
    if not isinstance(node, Term):
        return (True, not (isinstance(node, Reference) and node.products), True, 0)
    first = node.pieces[0]
    return (node.field is not None, first.shape is not Shape.PREFIX, len(node.pieces) > 1, -len(first.also) - node.slop)


def _of_list(source: str, node: AtLeast) -> Iterator[Caution]:
    seen: set[str] = set()
    for child in node.children:
        shown, normal = short(source[child.start : child.end]), child.normal()
        if normal in seen:
            yield Caution(
                tr("{shown} stands in this list twice, and counts twice", shown=shown),
                child.start,
                tr("Take one away. Write x2:{shown} if two places are meant.", shown=shown),
            )
        seen.add(normal)
        if is_common(child):
            yield Caution(
                tr("{shown} is in nearly every article, so it always counts", shown=shown),
                child.start,
                tr("Take it out of the list."),
            )


# ---------------------------------------------------------------- single terms


def _of_term(source: str, node: Term) -> Iterator[Caution]:
    shown = source[node.start : node.end]
    if node.field is Field.LANG:
        usual = SHORTER_LANGUAGE.get(node.pieces[0].text)
        if usual:
            yield Caution(
                tr("sources write {usual} for this language, not {text}", usual=usual, text=node.pieces[0].text),
                node.start,
                tr("Write lang:{usual}.", usual=usual),
            )
        return
    if node.exact or node.field not in {None, *PROSE} or any(piece.shape is not Shape.WORD for piece in node.pieces):
        return
    dotted = re.fullmatch(r"(?:\w+:)*((?:[^\W\d_]\.){2,}[^\W\d_]?\.?)", shown)
    if dotted:
        joined = dotted[1].replace(".", "")
        yield Caution(
            tr("{value} does not find {joined}", value=dotted[1], joined=joined),
            node.start,
            tr("Write ({value} OR {joined}) for both spellings.", value=dotted[1], joined=joined),
        )
    if len(node.pieces) > 1:
        return
    letters = shown[shown.rfind(":") + 1 :].strip('"“”„«».')
    if not re.fullmatch("[A-Z]{2,}", letters) or letters in NOT_HERE or letters.lower() in _OPERATOR_WORDS:
        return
    if node.pieces[0].text in ORDINARY_WORDS | STOP_WORDS:
        yield Caution(
            tr(
                "capitals do not count here: {letters} also finds the ordinary word {lower}", letters=letters, lower=letters.lower()
            ),
            node.start,
            tr("Write cs:{letters} if only the capitals are meant.", letters=letters),
        )


def _of_pattern(node: Pattern) -> Iterator[Caution]:
    if re.match(r"\([imsU]+\?\)", node.pattern):
        yield Caution(
            tr("{value} makes these letters optional, and sets no option", value=node.pattern[: node.pattern.index(")") + 1]),
            node.start,
            tr("Take it away: capitals do not count anyway. (?-i) makes them count."),
        )
    fits = next((word for word in _ANYWHERE[node.field is Field.URL] if compile_regex(node.pattern).search(word)), None)
    if fits is not None:
        yield Caution(
            tr('this regular expression fits "{fits}", so it matches nearly everything', fits=fits),
            node.start,
            tr("Write more of the word."),
        )


def _fields(node: Expression) -> Iterator[Field | None]:
    if isinstance(node, Not):
        return
    below = children(node)
    if not below:
        yield getattr(node, "field", None)
    for child in below:
        yield from _fields(child)
