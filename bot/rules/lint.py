"""What is wrong, or looks wrong, with rules: everything ``check`` says of them before they run.

Promises: a rule without an error finding compiles, and passes its own tests. Pure.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from bot.core.model import Entity, Item, Rule, RuleStatus, RuleTest
from bot.rules.article import Article
from bot.rules.compile import CompiledRule, Compiler
from bot.rules.explain import explain_compiled, why_not
from bot.rules.expression import Expression, Field, Pattern, Reference, Term, children
from bot.rules.grammar import place
from bot.rules.query import Query

_SEEN = datetime(1970, 1, 1, tzinfo=UTC)


class FindingLevel(StrEnum):
    """An error keeps the rule from running; a warning is advice."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell about a rule.

    Attributes:
        rule_id: the rule; for an entity ``@id``.
        level: see FindingLevel.
        message: a sentence, with a suggestion where there is one.
        line, column: place in the rule's query, from 1; 0 if it has none.
        source: the query, or the part of let, that the place is in.
        failing_test: one of the rule's own tests failed.
    """

    rule_id: str
    level: FindingLevel
    message: str
    line: int = 0
    column: int = 0
    source: str = field(default="", compare=False, repr=False)
    failing_test: bool = False


def lint(rules: Iterable[Rule], entities: Iterable[Entity] = (), sources: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Every finding, in the order of the rules; a retired rule is not read: retiring is how a pack's rule is dropped.

    Args:
        rules: the rules, of one workspace or of many.
        entities: what their @names may mean.
        sources: ids of the sources, if they are known: then a ``source:`` that names none of them is told.
    """
    rules, sources = tuple(rules), tuple(sources)
    compiler = Compiler(entities)
    findings = [Finding(name, FindingLevel.ERROR, error.message) for name, error in compiler.check_entities()]
    seen: set[tuple[str, str]] = set()
    same: dict[tuple[object, ...], str] = {}
    for rule in rules:
        if rule.status is RuleStatus.RETIRED:
            continue
        if (rule.workspace_id, rule.id) in seen:
            findings.append(Finding(rule.id, FindingLevel.ERROR, "another rule has the same id; give each its own"))
        seen.add((rule.workspace_id, rule.id))
        ready, errors = compiler.rule(rule)
        for error in errors:
            told = f"{error.message}. {error.suggestion}" if error.suggestion else error.message
            findings.append(Finding(rule.id, FindingLevel.ERROR, told, error.line, error.column, error.source))
        if ready is not None:
            findings += _failing_tests(ready)
            findings += _cautions(ready)
            findings += _advice(ready, compiler)
            findings += _unknown_sources(ready, compiler, sources)
            other = same.setdefault(_said(ready), rule.id)
            if other != rule.id:
                findings.append(
                    Finding(
                        rule.id, FindingLevel.WARNING, f"the rule {other} asks for the same; take one away, or join their channels"
                    )
                )
    return tuple(findings)


def without_channel(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Live rules that post nothing: one finding however many they are. Not for the rules of a pack, which leave it to others."""
    silent = [rule.id for rule in rules if rule.status is RuleStatus.LIVE and not rule.channels]
    if not silent:
        return
    others = silent[1:]
    told = f"; so have {', '.join(others[:5])}" if others else ""
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    yield Finding(
        silent[0],
        FindingLevel.WARNING,
        f"the rule has no channel, so it posts nothing until one subscribes to it; write channels = [...]{told}{more}",
    )


def _said(ready: CompiledRule) -> tuple[object, ...]:
    """The same for two rules of one workspace that ask for the same."""
    return (ready.rule.workspace_id, ready.query.normal, tuple(sorted((name, part.normal) for name, part in ready.lets.items())))


def _unknown_sources(ready: CompiledRule, compiler: Compiler, sources: tuple[str, ...]) -> Iterator[Finding]:
    if not sources:
        return
    for name, query in (("", ready.query), *ready.lets.items()):
        for node in _nodes(query.expression):
            if not isinstance(node, Term) or node.field is not Field.SOURCE:
                continue
            clause = query.source[node.start : node.end]
            asked, _ = compiler.rule(Rule("source", clause if "source:" in clause else f"source:{clause}"))
            if asked is None or any(asked.plan.holds(Article(_item(source))) for source in sources):
                continue
            wanted = clause.rpartition(":")[2]
            near = difflib.get_close_matches(wanted, sources, 1)
            meant = f" Did you mean source:{near[0]}?" if near else f" Sources are {', '.join(sorted(sources)[:8])}."
            where = f"in let {name}: " if name else ""
            yield Finding(
                ready.rule.id,
                FindingLevel.WARNING,
                f"{where}no source has the id {wanted}.{meant}",
                *place(query.source, node.start),
                query.source,
            )


def _item(source: str) -> Item:
    return Item(id="test", source_id=source, title="", first_seen=_SEEN)


def example(test: RuleTest) -> Item:
    """A rule's test as an item."""
    return Item(
        id="test",
        source_id="test",
        title=test.title,
        summary=test.summary,
        content_text=test.text,
        url=test.url or None,
        canonical_url=test.url or None,
        outlet=test.outlet or None,
        first_seen=_SEEN,
    )


def _failing_tests(ready: CompiledRule) -> Iterator[Finding]:
    for wanted, tests in ((True, ready.rule.match_tests), (False, ready.rule.no_match_tests)):
        for number, test in enumerate(tests, start=1):
            item = example(test)
            if ready.plan.holds(Article(item)) is wanted:
                continue
            if wanted:
                reason = why_not(explain_compiled(ready, item))
            else:
                found = sorted({f'{span.clause} ("{span.text}")' for span in ready.plan.spans(Article(item))})
                reason = "it was found by " + ", ".join(found)
            kind = "should match and does not" if wanted else "should not match and does"
            told = f'test {number} "{_short(test)}" {kind}: {reason}'
            yield Finding(ready.rule.id, FindingLevel.ERROR, told, failing_test=True)


def _cautions(ready: CompiledRule) -> Iterator[Finding]:
    for name, query in (("", ready.query), *ready.lets.items()):
        where = f"in let {name}: " if name else ""
        for caution in query.cautions:
            yield Finding(
                ready.rule.id,
                FindingLevel.WARNING,
                f"{where}{caution.message}. {caution.suggestion}",
                *place(query.source, caution.offset),
                query.source,
            )
        for node in _nodes(query.expression):
            if isinstance(node, Pattern):
                message = f"{where}a regular expression is tried on every article. Words are quicker, and easier to read."
                yield Finding(ready.rule.id, FindingLevel.WARNING, message, *place(query.source, node.start), query.source)


def _advice(ready: CompiledRule, compiler: Compiler) -> Iterator[Finding]:
    used = {node.name for query in _queries(ready) for node in _nodes(query.expression) if isinstance(node, Reference)}
    for name in ready.lets:
        if name not in used:
            yield Finding(ready.rule.id, FindingLevel.WARNING, f"the part {name} of let is never used")
        if name in compiler.book:
            yield Finding(ready.rule.id, FindingLevel.WARNING, f"the part {name} of let hides the entity of the same name")
    kinds = (("match", ready.rule.match_tests), ("no_match", ready.rule.no_match_tests))
    if missing := " and none of the kind ".join(kind for kind, tests in kinds if not tests):
        yield Finding(ready.rule.id, FindingLevel.WARNING, f"there is no test of the kind {missing}; add an example to tests")


def _queries(ready: CompiledRule) -> tuple[Query, ...]:
    return (ready.query, *ready.lets.values())


def _nodes(node: Expression) -> Iterator[Expression]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def _short(test: RuleTest) -> str:
    text = " ".join((test.title or test.text or test.summary or test.url or test.outlet).split())
    return text if len(text) <= 60 else text[:57] + "..."
