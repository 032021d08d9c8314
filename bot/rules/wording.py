"""What a clause asks for, in words: for readers of an explanation who have never seen the rule language.

Promises: says nothing that the query does not say, and nothing at all of a plain word or phrase, which speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.core.errors import QueryError
from bot.core.memo import memo
from bot.core.spoken import later, tr, trn
from bot.rules.expression import Expression, Field, Near, Pattern, Reference, Shape, Term, Times, children
from bot.rules.operands import short
from bot.rules.query import read_clause

_LOOKS_AT = {
    Field.TITLE: later("only in the title"),
    Field.SUMMARY: later("only in the summary"),
    Field.BODY: later("only in the text"),
    Field.SOURCE: later("in the id of the source"),
    Field.OUTLET: later("in the name of the publication"),
    Field.URL: later("in the address of the article"),
    Field.TAG: later("as one whole tag of the article"),
    Field.LANG: later("as the language of the article"),
}


@memo(4096)  # a backtest explains the same rule before thousands of articles
def expression_of(clause: str) -> Expression | None:
    """What a clause means by itself; None if it is too little to be read alone."""
    try:
        return read_clause(clause)
    except QueryError:
        return None


def meaning(clause: str, lets: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> str:
    """What the clause asks for, without a full stop; empty if it says so itself.

    Args:
        clause: its text in the query.
        lets: the named parts of the rule.
        names: the names of each entity.
    """
    node = expression_of(clause)
    if node is None:
        return ""
    told = [*_of_node(node), *_of_names(node, lets, names)]
    return "; ".join(dict.fromkeys(told))


def _of_node(node: Expression) -> Iterator[str]:
    match node:
        case Near():
            most = trn("{count} word", "{count} words", node.within)
            between = tr("at most {most} between them", most=most) if node.within else tr("nothing between them")
            yield (
                tr("the first, then the second, {between}", between=between)
                if node.ordered
                else tr("both in either order, {between}", between=between)
            )
        case Times():
            yield tr("in at least {count} places", count=node.count)
        case Pattern():
            yield tr(
                "a regular expression, looked for in the {field}",
                field=tr("address") if node.field is Field.URL else tr(node.field.value),
            )
        case Term():
            yield from _of_term(node)
        case Reference():
            if node.field:
                yield tr(_LOOKS_AT[node.field])
        case _:
            fields = {getattr(child, "field", None) for child in children(node)}
            if len(fields) == 1 and (field := fields.pop()):
                yield tr(_LOOKS_AT[field])
    if isinstance(node, Near | Times):
        for leaf in _leaves(node):
            yield from _of_node(leaf)


def _of_term(node: Term) -> Iterator[str]:
    shapes = {piece.shape for piece in node.pieces}
    if Shape.PREFIX in shapes or any(piece.shape is Shape.PATTERN and piece.text.endswith("*") for piece in node.pieces):
        yield tr("* stands for any ending")
    if Shape.PATTERN in shapes:
        yield tr("? stands for one letter")
    if node.slop:
        yield tr("these words in this order, at most {slop} more between them", slop=node.slop)
    if node.exact:
        yield tr("capitals exactly as written")
    if node.field:
        yield tr(_LOOKS_AT[node.field])


def _of_names(node: Expression, lets: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for leaf in _leaves(node):
        if not isinstance(leaf, Reference):
            continue
        if leaf.name in lets:
            yield tr("@{name} stands for {join}", name=leaf.name, join=" ".join(lets[leaf.name].split()))
        elif known := names.get(leaf.name):
            more = tr(" and more") if len(known) > 4 else ""
            products = tr(", or a name of its products") if leaf.products else ""
            yield tr(
                "@{name} stands for any of its names: {join}{more}{products}",
                name=leaf.name,
                join=", ".join(known[:4]),
                more=more,
                products=products,
            )


def _leaves(node: Expression) -> Iterator[Expression]:
    below = children(node)
    if not below:
        yield node
    for child in below:
        yield from _leaves(child)


def what_is_there(clause: str, values: Mapping[str, tuple[str, ...]]) -> str:
    """What an article says in the field that a clause looks at, for a clause that was not found; empty for text."""
    node = expression_of(clause)
    field = getattr(node, "field", None)
    if field is None or (field is Field.TITLE and not isinstance(node, Pattern)) or field in {Field.SUMMARY, Field.BODY}:
        return ""
    name = {
        Field.TITLE: tr("title"),
        Field.SOURCE: tr("source's id"),
        Field.OUTLET: tr("publication's name"),
        Field.URL: tr("address"),
        Field.LANG: tr("language"),
    }.get(field)
    given = values.get(field.value, ())
    if field is Field.TAG:
        return tr("its tags are {short}", short=short(", ".join(given), 80)) if given else tr("the article has no tags")
    return (
        tr('the {name} is "{short}"', name=name, short=short(given[0], 80)) if given else tr("the {name} is not known", name=name)
    )
