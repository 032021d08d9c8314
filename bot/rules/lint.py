"""What is wrong, or looks wrong, with rules: everything ``check`` says of them before they run.

Promises: a rule without an error finding compiles, and passes its own tests. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from bot.core.model import Entity, Item, Rule, RuleStatus, RuleTest
from bot.rules.article import Article
from bot.rules.compile import CompiledRule, Compiler
from bot.rules.explain import explain_compiled, why_not
from bot.rules.expression import Expression, Pattern, Reference, children
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
    """

    rule_id: str
    level: FindingLevel
    message: str
    line: int = 0
    column: int = 0
    source: str = field(default="", compare=False, repr=False)


def lint(rules: Iterable[Rule], entities: Iterable[Entity] = ()) -> tuple[Finding, ...]:
    """Every finding, in the order of the rules. Retired rules are left alone."""
    compiler = Compiler(entities)
    findings = [Finding(name, FindingLevel.ERROR, error.message) for name, error in compiler.check_entities()]
    seen: set[tuple[str, str]] = set()
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
    return tuple(findings)


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
            yield Finding(ready.rule.id, FindingLevel.ERROR, f'test {number} "{_short(test)}" {kind}: {reason}')


def _cautions(ready: CompiledRule) -> Iterator[Finding]:
    for name, query in (("", ready.query), *ready.lets.items()):
        where = f"in let {name}: " if name else ""
        for caution in query.cautions:
            yield Finding(
                ready.rule.id, FindingLevel.WARNING, where + caution.message, *place(query.source, caution.offset), query.source
            )
        for node in _nodes(query.expression):
            if isinstance(node, Pattern):
                message = f"{where}a regular expression is tried on every article; words are quicker and easier to read"
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
