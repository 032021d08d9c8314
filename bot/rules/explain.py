"""Why a rule matched an item, or which of its clauses kept it from matching and what came nearest.

Promises: the explanation holds exactly if the engine matches; every place it names is a slice of the item. Meant for
people: ``render_text`` is read by campaigners, not by programmers.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.core.errors import UserInputError
from bot.core.model import Item, Span
from bot.core.spoken import later, tr
from bot.rules.article import Article, values
from bot.rules.compile import CompiledRule
from bot.rules.engine import Engine
from bot.rules.expression import Field
from bot.rules.nearest import nearest
from bot.rules.plan import Absent, Leaf, Part, Plan, Repeated, Search, Several
from bot.rules.wording import meaning, what_is_there
from bot.text.sentences import split

_CLAUSE_WIDTH = 40
_SCOPED = re.compile(r"(?:[^\W\d]\w*:)+\(")
_SHOWN_PLACES = 2
_SHOWN_AROUND = 40
_FIELD_NAMES = {
    "title": later("title"),
    "summary": later("summary"),
    "body": later("text"),
    "source": later("source"),
    "outlet": later("outlet"),
    "lang": later("language"),
    "url": later("address"),
    "tag": later("tags"),
}


class Kind(StrEnum):
    """What a clause is."""

    RULE = "rule"
    TERM = "term"  # a word, phrase, name, NEAR, regular expression or xN:
    ALL = "all"
    ANY = "any"
    COUNT = "count"  # n of (...)
    ABSENT = "absent"
    PART = "part"  # a part named by let


@dataclass(frozen=True, slots=True)
class Explanation:
    """One clause of a rule before one item.

    Attributes:
        clause: its text in the query; for the root, the whole query.
        held: whether the item is as the clause says (a negation holds if nothing was found).
        kind: what the clause is.
        spans: where it was found; for a negation that failed, where the unwanted was found.
        hint: for a miss, what came nearest, as a sentence without its full stop; else empty.
        children: its clauses.
        count: for ``n of``, how many were asked for.
        meaning: what the clause asks for, in words; empty if it says so itself.
        rule_id, rule_title, rule_version: of the root only.
    """

    clause: str
    held: bool
    kind: Kind
    spans: tuple[Span, ...] = ()
    hint: str = ""
    children: tuple[Explanation, ...] = ()
    count: int = 0
    meaning: str = ""
    rule_id: str = ""
    rule_title: str = ""
    rule_version: str = ""


def explain(engine: Engine, rule_id: str, item: Item) -> Explanation:
    """Why the rule, live or draft, matches the item or does not.

    Raises:
        UserInputError: there is no such rule.
    """
    for ready in engine.compiled:
        if ready.rule.id == rule_id:
            return explain_compiled(ready, item)
    near = difflib.get_close_matches(rule_id, [ready.rule.id for ready in engine.compiled], 1)
    raise UserInputError(
        tr("there is no rule {rule_id}", rule_id=rule_id) + (tr("; did you mean {value}?", value=near[0]) if near else "")
    )


def explain_compiled(ready: CompiledRule, item: Item) -> Explanation:
    """The same for one compiled rule."""
    top = _Teller(ready, item).explain(ready.plan)
    return Explanation(
        clause=ready.query.source,
        held=top.held,
        kind=Kind.RULE,
        spans=top.spans,
        children=(top,),
        rule_id=ready.rule.id,
        rule_title=ready.rule.title or ready.rule.id,
        rule_version=ready.rule.version,
    )


class _Teller:
    """One rule before one item."""

    def __init__(self, ready: CompiledRule, item: Item) -> None:
        self.article = Article(item)
        self.lets = {name: query.source for name, query in ready.lets.items()}
        self.values = {
            "title": (item.title,) if item.title else (),
            **{field.value: values(item, field) for field in (Field.SOURCE, Field.OUTLET, Field.URL, Field.TAG, Field.LANG)},
        }

    def explain(self, plan: Plan) -> Explanation:
        article = self.article
        held = plan.holds(article)
        spans = tuple(sorted(set(plan.spans(article)))) if held else ()
        asks = self._meaning(plan)
        match plan:
            case Several():
                kind = Kind.ALL if plan.count == len(plan.parts) else Kind.ANY if plan.count == 1 else Kind.COUNT
                children = tuple(self.explain(part) for part in plan.parts)
                asks = "" if kind is Kind.ALL else asks
                return Explanation(plan.clause, held, kind, spans, children=children, count=plan.count, meaning=asks)
            case Absent():
                unwanted = () if held else tuple(sorted(set(plan.child.spans(article))))
                return Explanation(plan.clause, held, Kind.ABSENT, unwanted)
            case Part():
                child = self.explain(plan.child)
                return Explanation(plan.clause, held, Kind.PART, spans, children=(child,))
            case Repeated():
                found = sum(1 for _ in plan.spans(article))
                hint = (
                    ""
                    if held
                    else tr(
                        "{value}, needed {times}",
                        value=tr("found {times}", times=_times(found)) if found else tr("never found"),
                        times=_times(plan.count),
                    )
                )
                return Explanation(plan.clause, held, Kind.TERM, spans, hint, meaning=asks)
            case Leaf() | Search():
                hint = "" if held or isinstance(plan, Search) else nearest(plan, article)
                if not held and not hint:
                    hint = what_is_there(plan.clause, self.values)
                return Explanation(plan.clause, held, Kind.TERM, spans, hint, meaning=asks)

    def _meaning(self, plan: Plan) -> str:
        names = {}
        for leaf in (plan, *plan.sides) if isinstance(plan, Leaf) else ():
            if leaf.names:
                names[leaf.clause.rpartition("@")[2].removesuffix("+products")] = leaf.names
        return meaning(plan.clause, self.lets, names)


def _times(number: int) -> str:
    return {1: tr("once"), 2: tr("twice")}.get(number) or tr("{number} times", number=number)


# ---------------------------------------------------------------- in words


def why_not(explanation: Explanation) -> str:
    """One sentence for a rule that did not match: what it needs, and what came nearest."""
    return "; ".join(_missing(explanation)) or tr("nothing is missing")


def _missing(node: Explanation) -> Iterator[str]:
    if node.held:
        return
    match node.kind:
        case Kind.RULE | Kind.ALL | Kind.PART:
            for child in node.children:
                yield from _missing(child)
        case Kind.ABSENT:
            first = min(node.spans, key=_order)
            yield tr("{clause} forbids {quote}, found in the {field}", clause=node.clause, quote=_quote(first), field=_field(first))
        case Kind.ANY | Kind.COUNT:
            failed = [child for child in node.children if not child.held]
            wanted = f" {tr('or')} ".join(child.clause for child in failed)
            if _SCOPED.match(node.clause):  # title:(bill OR ban): its alternatives do not say the field
                wanted = node.clause
            if node.kind is Kind.COUNT:
                wanted = tr(
                    "{value} more of {join}",
                    value=node.count - (len(node.children) - len(failed)),
                    join=", ".join(child.clause for child in failed),
                )
            hinted = next((child for child in failed if child.hint), None)
            hint = hinted.hint if hinted is not None else ""
            if hinted is not None and hint.startswith("none of its"):
                hint = f"{hinted.clause}: {hint}"
            yield tr("it needs {wanted}", wanted=wanted) + (f" ({hint})" if hint else "")
        case Kind.TERM:
            yield tr("it needs {clause}", clause=node.clause) + (f" ({node.hint})" if node.hint else "")


def render_text(explanation: Explanation, item: Item) -> str:
    """The explanation as lines of plain text; what was found stands between ``**``."""
    name, version = explanation.rule_title or explanation.clause, explanation.rule_version
    head = tr('Rule "{name}"', name=name) + (tr(" (version {version})", version=version) if version else "")
    lines = [
        tr("{head} matched:", head=head)
        if explanation.held
        else tr("{head} did not match: {why_not}.", head=head, why_not=why_not(explanation))
    ]
    rows = tuple(row for child in explanation.children for row in _rows(child, item, 1))
    width = min(max((len(clause) for clause, _, _ in rows), default=0), _CLAUSE_WIDTH)
    for clause, text, asks in rows:
        indent = " " * (len(clause) - len(clause.lstrip()))
        told = f"{clause.ljust(width)}   {text}" if len(clause) <= width else f"{clause}\n{' ' * width}   {text}"
        lines.append(told.rstrip())
        if asks:
            lines.append(f"{indent}  ({asks})")
    return "\n".join(lines)


def clause_rows(explanation: Explanation, item: Item) -> tuple[tuple[str, str], ...]:
    """The clauses of a rule, each with what came of it; a part of a clause is indented, what was found stands between ``**``."""
    return tuple((clause, text) for child in explanation.children for clause, text, _ in _rows(child, item, 1))


def _rows(node: Explanation, item: Item, depth: int) -> Iterator[tuple[str, str, str]]:
    """Clause, what came of it, and what it asks for."""
    indent = "  " * depth
    clause = indent + " ".join(node.clause.split())
    match node.kind:
        case Kind.ALL if depth == 1:
            for child in node.children:
                yield from _rows(child, item, depth)
        case Kind.ALL | Kind.ANY | Kind.COUNT | Kind.PART:
            asked = {Kind.ALL: tr("all of these"), Kind.ANY: tr("one of these"), Kind.PART: ""}.get(node.kind)
            if asked is None:
                asked = tr("{count} of these", count=node.count)
            yield clause, f"{asked}: {tr('yes') if node.held else tr('no')}".removeprefix(": "), node.meaning
            for child in node.children:
                if child.held or not node.held:
                    yield from _rows(child, item, depth + 1)
        case Kind.ABSENT:
            told = (
                tr("not found, as it should be")
                if node.held
                else tr("must not be found, but is {found}", found=_found(node.spans, item))
            )
            yield clause, told, node.meaning
        case _:
            if node.held:
                yield clause, _found(node.spans, item), node.meaning
            else:
                yield clause, tr("not found") + (f": {node.hint}" if node.hint else ""), node.meaning


def _found(spans: tuple[Span, ...], item: Item) -> str:
    shown = sorted(spans, key=_order)
    parts = [
        tr("in the {where}: {snippet}", where=_where(span, item), snippet=_snippet(span, item)) for span in shown[:_SHOWN_PLACES]
    ]
    more = tr(" and {value} more", value=len(shown) - _SHOWN_PLACES) if len(shown) > _SHOWN_PLACES else ""
    return tr("found {parts}", parts="; ".join(parts) + more)


def _order(span: Span) -> tuple[int, int]:
    """As a reader meets them."""
    return ({"title": 0, "summary": 1, "body": 2}.get(span.field, 3), span.start)


def _where(span: Span, item: Item) -> str:
    if span.field != "body":
        return _field(span)
    at = 0
    for number, sentence in enumerate(split(item.content_text), start=1):
        at = item.content_text.find(sentence, at)
        if at <= span.start < at + len(sentence):
            return tr("text, sentence {number}", number=number)
        at += len(sentence)
    return tr("text")


def _field(span: Span) -> str:
    name = _FIELD_NAMES.get(span.field, span.field)
    return tr(name)


def _quote(span: Span) -> str:
    return f'"{span.text}"'


def _snippet(span: Span, item: Item) -> str:
    value = {"title": item.title, "summary": item.summary, "body": item.content_text}.get(span.field)
    if value is None:
        return f"**{span.text}**"
    before, after = value[: span.start], value[span.end :]
    if len(before) > _SHOWN_AROUND:
        before = "..." + before[-_SHOWN_AROUND:].partition(" ")[2]
    if len(after) > _SHOWN_AROUND:
        after = after[:_SHOWN_AROUND].rpartition(" ")[0] + "..."
    return " ".join(f"{before}**{span.text}**{after}".split())
