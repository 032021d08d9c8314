"""Why a rule matched an item, or which of its clauses kept it from matching and what came nearest.

Promises: the explanation holds exactly if the engine matches; every place it names is a slice of the item. Meant for
people: ``render_text`` is read by campaigners, not by programmers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.core.errors import UserInputError
from bot.core.model import Item, Span
from bot.rules.article import Article
from bot.rules.compile import CompiledRule
from bot.rules.engine import Engine
from bot.rules.nearest import nearest
from bot.rules.plan import Absent, Leaf, Part, Plan, Repeated, Search, Several
from bot.text.sentences import split

_SHOWN_PLACES = 2
_SHOWN_AROUND = 40
_FIELD_NAMES = {"body": "text", "lang": "language", "url": "address", "tag": "tags"}


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
        rule_id, rule_title, rule_version: of the root only.
    """

    clause: str
    held: bool
    kind: Kind
    spans: tuple[Span, ...] = ()
    hint: str = ""
    children: tuple[Explanation, ...] = ()
    count: int = 0
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
    raise UserInputError(f"there is no rule {rule_id}" + (f"; did you mean {near[0]}?" if near else ""))


def explain_compiled(ready: CompiledRule, item: Item) -> Explanation:
    """The same for one compiled rule."""
    top = _explain(ready.plan, Article(item))
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


def _explain(plan: Plan, article: Article) -> Explanation:
    held = plan.holds(article)
    spans = tuple(sorted(set(plan.spans(article)))) if held else ()
    match plan:
        case Several():
            kind = Kind.ALL if plan.count == len(plan.parts) else Kind.ANY if plan.count == 1 else Kind.COUNT
            children = tuple(_explain(part, article) for part in plan.parts)
            return Explanation(plan.clause, held, kind, spans, children=children, count=plan.count)
        case Absent():
            unwanted = () if held else tuple(sorted(set(plan.child.spans(article))))
            return Explanation(plan.clause, held, Kind.ABSENT, unwanted)
        case Part():
            child = _explain(plan.child, article)
            return Explanation(plan.clause, held, Kind.PART, spans, children=(child,))
        case Repeated():
            found = sum(1 for _ in plan.spans(article))
            hint = "" if held else f"found {_times(found)}, needed {_times(plan.count)}"
            return Explanation(plan.clause, held, Kind.TERM, spans, hint)
        case Leaf() | Search():
            hint = "" if held or isinstance(plan, Search) else nearest(plan, article)
            return Explanation(plan.clause, held, Kind.TERM, spans, hint)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


# ---------------------------------------------------------------- in words


def why_not(explanation: Explanation) -> str:
    """One sentence for a rule that did not match: what it needs, and what came nearest."""
    return "; ".join(_missing(explanation)) or "nothing is missing"


def _missing(node: Explanation) -> Iterator[str]:
    if node.held:
        return
    match node.kind:
        case Kind.RULE | Kind.ALL | Kind.PART:
            for child in node.children:
                yield from _missing(child)
        case Kind.ABSENT:
            yield f"{node.clause} forbids {_quote(node.spans[0])}, found in the {_field(node.spans[0])}"
        case Kind.ANY | Kind.COUNT:
            failed = [child for child in node.children if not child.held]
            wanted = " or ".join(child.clause for child in failed)
            if node.kind is Kind.COUNT:
                wanted = f"{node.count - (len(node.children) - len(failed))} more of {', '.join(child.clause for child in failed)}"
            hint = next((child.hint for child in failed if child.hint), "")
            yield f"it needs {wanted}" + (f" ({hint})" if hint else "")
        case Kind.TERM:
            yield f"it needs {node.clause}" + (f" ({node.hint})" if node.hint else "")


def render_text(explanation: Explanation, item: Item) -> str:
    """The explanation as lines of plain text; what was found stands between ``**``."""
    name, version = explanation.rule_title or explanation.clause, explanation.rule_version
    head = f'Rule "{name}"' + (f" (version {version})" if version else "")
    lines = [f"{head} matched:" if explanation.held else f"{head} did not match: {why_not(explanation)}."]
    rows = clause_rows(explanation, item)
    width = min(max((len(clause) for clause, text in rows if text), default=0), 40)
    lines += [f"{clause.ljust(width)}   {text}".rstrip() for clause, text in rows]
    return "\n".join(lines)


def clause_rows(explanation: Explanation, item: Item) -> tuple[tuple[str, str], ...]:
    """The clauses of a rule, each with what came of it; a part of a clause is indented, what was found stands between ``**``."""
    return tuple(row for child in explanation.children for row in _rows(child, item, 1))


def _rows(node: Explanation, item: Item, depth: int) -> Iterator[tuple[str, str]]:
    indent = "  " * depth
    clause = indent + " ".join(node.clause.split())
    match node.kind:
        case Kind.ALL if depth == 1:
            for child in node.children:
                yield from _rows(child, item, depth)
        case Kind.ALL | Kind.ANY | Kind.COUNT | Kind.PART:
            asked = {Kind.ALL: "all of these", Kind.ANY: "one of these", Kind.PART: ""}.get(node.kind, f"{node.count} of these")
            yield clause, f"{asked}: {'yes' if node.held else 'no'}".removeprefix(": ")
            for child in node.children:
                if child.held or not node.held:
                    yield from _rows(child, item, depth + 1)
        case Kind.ABSENT:
            yield clause, "not found, as it should be" if node.held else f"must not be found, but is {_found(node.spans, item)}"
        case _:
            if node.held:
                yield clause, _found(node.spans, item)
            else:
                yield clause, "not found" + (f": {node.hint}" if node.hint else "")


def _found(spans: tuple[Span, ...], item: Item) -> str:
    order = {"title": 0, "summary": 1, "body": 2}
    shown = sorted(spans, key=lambda span: (order.get(span.field, 3), span.start))
    parts = [f"in the {_where(span, item)}: {_snippet(span, item)}" for span in shown[:_SHOWN_PLACES]]
    more = f" and {len(shown) - _SHOWN_PLACES} more" if len(shown) > _SHOWN_PLACES else ""
    return "found " + "; ".join(parts) + more


def _where(span: Span, item: Item) -> str:
    if span.field != "body":
        return _field(span)
    at = 0
    for number, sentence in enumerate(split(item.content_text), start=1):
        at = item.content_text.find(sentence, at)
        if at <= span.start < at + len(sentence):
            return f"text, sentence {number}"
        at += len(sentence)
    return "text"


def _field(span: Span) -> str:
    return _FIELD_NAMES.get(span.field, span.field)


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
