"""A query's text to the expression it means: the reader of the rule language (docs/rules.md).

Promises: what is accepted means one thing and is matched in full; what could mean two things, or could do nothing of what
its author wants, is refused with line, column and what to write instead. Knows no entities and no articles: names are
looked up by ``bot.rules.plan``. Needs the checked depth of ``bot.rules.grammar``: that is what bounds its recursion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lark import Token, Tree

from bot.core.errors import QueryError
from bot.core.spoken import tr
from bot.rules import grammar, habits
from bot.rules.cautions import remarks
from bot.rules.checks import check
from bot.rules.expression import And, AtLeast, Caution, Expression, Near, Not, Or, Term, Times
from bot.rules.habits import Habit
from bot.rules.operands import MAX_BETWEEN, Operands, Scope, number, short

MAX_TERMS = 2_000
"""Most words, phrases and names in one query."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read.

    Attributes:
        source: the text as written.
        expression: what it means.
        met: what its author may not have meant, as far as reading shows it.
        terms: how many words, phrases and names it has.
    """

    source: str
    expression: Expression
    met: tuple[Caution, ...] = ()
    terms: int = 0

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What its author may not have meant, in order; worked out for who asks, as loading ten thousand rules asks for none."""
        found = [*self.met, *remarks(self.source, grammar.plain(self.source), self.expression)]
        return tuple(sorted(dict.fromkeys(found), key=lambda caution: caution.offset))

    @property
    def normal(self) -> str:
        """The same for all queries that say the same in another order or spelling."""
        return self.expression.normal()


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it cannot be read, could mean two things, or could never do what it seems to ask.
    """
    tree = grammar.read(text)
    reader = _Reader(text)
    sequence = tree.children[0]
    assert isinstance(sequence, Tree)
    expression = reader.sequence(sequence, Scope())
    checked = check(text, expression)
    return Query(text, expression, (*reader.operands.cautions, *checked), reader.terms)


def read_clause(text: str) -> Expression:
    """What a piece of a query that was taken means by itself, unchecked: a clause alone may be a rule nobody may have.

    Raises:
        QueryError: it cannot be read.
    """
    tree = grammar.read(text)
    sequence = tree.children[0]
    assert isinstance(sequence, Tree)
    return _Reader(text).sequence(sequence, Scope())


@dataclass(frozen=True, slots=True)
class _Operator:
    name: str  # AND OR NEAR ONEAR, or "" where two items stand side by side
    start: int
    within: int = 0


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.operands = Operands(source)
        self.terms = 0

    def fail(self, offset: int, message: str, suggestion: str | None = None) -> QueryError:
        return grammar.failure(self.source, offset, message, suggestion)

    # ------------------------------------------------------------ sequences and operators

    def sequence(self, tree: Tree[Token], scope: Scope) -> Expression:
        """Items and operators, flat: NEAR binds its neighbours, then all the rest must be AND or all OR."""
        nodes: list[Expression] = []
        operators: list[_Operator] = []
        pending: _Operator | None = None
        for child in tree.children:
            assert isinstance(child, Tree)
            if child.data == "operator":
                pending = self._operator(child)
                continue
            node = self._item(child, scope)
            if nodes:
                operators.append(pending or _Operator("", node.start))
            nodes.append(node)
            pending = None
        self._refuse_mixtures(nodes, operators)
        nodes, operators = self._join_near(nodes, operators)
        if len(nodes) == 1:
            return nodes[0]
        start, end = nodes[0].start, nodes[-1].end
        if operators[0].name == "OR":
            return Or(start, end, tuple(_flat(nodes, Or)))
        return And(start, end, tuple(_flat(nodes, And)))

    def _operator(self, tree: Tree[Token]) -> _Operator:
        token = tree.children[0]
        assert isinstance(token, Token)
        start = token.start_pos or 0
        if token.type != "NEAR":
            return _Operator(token.value, start)
        name, _, digits = token.value.partition("/")
        within = number(digits)
        if within is None or within > MAX_BETWEEN:
            raise self.fail(
                start,
                tr(
                    "{short} needs the most words that may stand between, 0 (side by side) to {max_between}",
                    short=short(token.value),
                    max_between=MAX_BETWEEN,
                ),
                tr('Write {name}/8, or "{lower}" to search for the word.', name=name, lower=name.lower()),
            )
        return _Operator(name, start, within)

    def _refuse_mixtures(self, nodes: list[Expression], operators: list[_Operator]) -> None:
        kinds = ["OR" if operator.name == "OR" else "AND" if operator.name in {"", "AND"} else "NEAR" for operator in operators]
        if "OR" not in kinds or len(set(kinds)) == 1:
            return
        other = "NEAR" if "NEAR" in kinds else "AND"
        first = kinds[0]
        where = next(operator for operator, kind in zip(operators, kinds, strict=True) if kind != first)
        shown = [short(self.source[node.start : node.end]) for node in nodes]
        words = [operator.name + (f"/{operator.within}" if "NEAR" in operator.name else "") for operator in operators]
        readings = [
            _grouped(shown, words, [kind == "OR" for kind in kinds]),
            _grouped(shown, words, [kind != "OR" for kind in kinds]),
        ]
        beside = (
            tr("words side by side (which all must be found)") if where.name == "" or ("" in words and other == "AND") else other
        )
        raise self.fail(
            where.start, tr("OR and {beside} stand together without parentheses, which can be read two ways", beside=beside),
            tr("Write {value}, or {value2}.", value=readings[0], value2=readings[1]),
        )  # fmt: skip

    def _join_near(self, nodes: list[Expression], operators: list[_Operator]) -> tuple[list[Expression], list[_Operator]]:
        joined = [nodes[0]]
        left: list[_Operator] = []
        for position, operator in enumerate(operators):
            node = nodes[position + 1]
            if "NEAR" not in operator.name:
                joined.append(node)
                left.append(operator)
                continue
            if isinstance(joined[-1], Near) and joined[-1] is not nodes[position]:
                raise self.fail(
                    operator.start,
                    tr("NEAR joins two sides, and here is a third"),
                    tr("Write (a NEAR/5 b) (b NEAR/5 c), each pair by itself."),
                )
            side = joined[-1]
            before, after = operators[position - 1 : position] if position else [], operators[position + 1 : position + 2]
            around = [(nodes[position - 1], nodes[position])] if before and before[0].name == "" else []
            around += [(node, nodes[position + 2])] if after and after[0].name == "" else []
            if any(_is_bare(one) and _is_bare(other) for one, other in around):
                self.operands.cautions.append(
                    Caution(
                        tr(
                            "{name}/{within} joins only {short} and {short2}",
                            name=operator.name,
                            within=operator.within,
                            short=short(self.text(side)),
                            short2=short(self.text(node)),
                        ),
                        operator.start,
                        tr("Put a phrase in quotes, or parentheses around the pair."),
                    )
                )
            joined[-1] = Near(side.start, node.end, side, node, operator.within, operator.name == "ONEAR")
        return joined, left

    # ------------------------------------------------------------ items

    def _item(self, tree: Tree[Token], scope: Scope) -> Expression:
        *negations, body = tree.children
        if negations:
            first = negations[0]
            assert isinstance(first, Token)
            start = first.start_pos or 0
            if len(negations) > 1:
                raise self.fail(start, tr("a double negation is a plain word"), tr("Take both away."))
        node = self._body(body, scope)
        return Not(start, node.end, node) if negations else node

    def _body(self, body: Tree[Token] | Token, scope: Scope) -> Expression:
        assert isinstance(body, Tree)
        if body.data == "group":
            return self._group(body, scope)
        if body.data == "many":
            return self._many(body, scope)
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self.fail(
                body.meta.start_pos,
                tr("the query has more than {max_terms} words and phrases", max_terms=MAX_TERMS),
                tr("Split it into several rules."),
            )
        tokens = [token for token in body.children if isinstance(token, Token)]
        self._habits(tokens)
        if tokens[-1].type == "WORD":
            return self.operands.word(tokens[-1], scope)
        if tokens[-1].type == "REGEX":
            return self.operands.regex(tokens[-1], scope)
        return self.operands.quoted(tokens, scope)

    def _habits(self, tokens: list[Token]) -> None:
        """Refuse what is an operator, a sign or a field elsewhere but not here; remark on what may be one."""
        for token in tokens:
            start, end = token.start_pos or 0, token.end_pos or 0
            found: Iterable[Habit] = ()
            if token.type == "WORD":
                found = habits.of_word(token.value, self.operands.plain[end : end + 9])
            elif token.type in {"PREFIX", "REGEX"}:
                told = habits.of_prefix(token.value) if token.type == "PREFIX" else habits.of_regex(token.value)
                found = (told,) if told else ()
            elif token.type == "QUOTED":
                start, found = start + 1, habits.of_phrase(token.value[1:].partition('"')[0])
            for habit in found:
                if habit.refused:
                    raise self.fail(start + habit.offset, habit.message, habit.suggestion)
                self.operands.cautions.append(Caution(habit.message, start + habit.offset, habit.suggestion))

    def _group(self, tree: Tree[Token], scope: Scope) -> Expression:
        prefix, count = None, None
        start, end = tree.meta.start_pos, tree.meta.end_pos
        first = tree.children[0]
        assert isinstance(first, Token)
        if first.type == "PREFIX":
            prefix = first
            self._habits([first])
            scope, count, _ = self.operands.scopes(first.value, start, scope)
        inner = next(child for child in tree.children if isinstance(child, Tree))
        node = self.sequence(inner, scope)
        if count is not None:
            return Times(start, end, count, node)
        if prefix is not None and isinstance(node, Not):
            raise self.fail(
                node.start,
                tr("{value} stands before what must not be found", value=prefix.value),
                tr("Write -{value}word.", value=prefix.value),
            )
        return replace(node, start=start, end=end) if prefix is not None or isinstance(node, And | Or) else node

    def _many(self, tree: Tree[Token], scope: Scope) -> Expression:
        start, end = tree.meta.start_pos, tree.meta.end_pos
        head = tree.children[0]
        assert isinstance(head, Token)
        parts = tuple(self.sequence(child, scope) for child in tree.children if isinstance(child, Tree))
        digits = head.value.split()[0]
        if len(parts) == 1:
            raise self.fail(
                start, tr("this list has only one part"), tr("Put commas between the parts: 2 of (drone, camera, police).")
            )
        count = number(digits)
        if count is None or not 1 <= count <= len(parts):
            raise self.fail(
                start,
                tr("{short} of {parts} parts can never be found", short=short(digits), parts=len(parts)),
                tr("Write a number from 1 to {parts}.", parts=len(parts)),
            )
        return AtLeast(start, end, count, parts)

    def text(self, node: Expression) -> str:
        return self.source[node.start : node.end]


def _is_bare(node: Expression) -> bool:
    """A single word without quotes: the next one may have been meant to belong to it."""
    return isinstance(node, Term) and not node.quoted and len(node.pieces) == 1


def _flat(nodes: list[Expression], kind: type[And | Or]) -> Iterator[Expression]:
    """Groups of the same kind are one sequence: (a b) c is a b c."""
    for node in nodes:
        if isinstance(node, kind):
            yield from node.children
        else:
            yield node


def _grouped(items: list[str], operators: list[str], tight: list[bool]) -> str:
    """The sequence with parentheses around what the tight operators join."""
    groups = [[items[0]]]
    between: list[str] = []
    for item, operator, binds in zip(items[1:], operators, tight, strict=True):
        if binds:
            groups[-1] += [operator, item] if operator else [item]
        else:
            between.append(operator)
            groups.append([item])
    shown = [group[0] if len(group) == 1 else f"({' '.join(group)})" for group in groups]
    parts = [shown[0]]
    for operator, group in zip(between, shown[1:], strict=True):
        parts += [operator, group] if operator else [group]
    return " ".join(parts)
