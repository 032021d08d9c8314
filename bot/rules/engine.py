"""Rules compiled once, items matched one by one.

Promises: ``match`` gives exactly the live rules that hold for an item, in the order of the rules, with every place where
a clause was found. The quick refusal by needed words never hides a match. Pure: no clock, no I/O, no state between items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter

from bot.core.errors import QueryError, UserInputError
from bot.core.model import FILE_WORKSPACE, Entity, Item, Match, Rule, RuleStatus
from bot.rules.article import Article
from bot.rules.compile import CompiledRule, Compiler
from bot.rules.entities import names
from bot.rules.expression import Expression, Not, Shape, Term, children
from bot.rules.frequencies import Frequencies
from bot.rules.index import Index, Waiting, waiting
from bot.rules.needs import Needs
from bot.rules.stopwords import STOP_WORDS
from bot.text.normalise import words


class RuleErrors(UserInputError):  # noqa: N818  # several mistakes at once; the name says so
    """Rules have mistakes.

    Attributes:
        errors: (rule id, mistake) pairs in the order of the rules; a mistake in an entity has ``@id``.
    """

    def __init__(self, errors: tuple[tuple[str, QueryError], ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(f"rule {rule_id}: {error}" for rule_id, error in errors))


class Engine:
    """Compiled rules. An engine never changes; ``with_rules`` and ``without`` give another one that shares what is the same."""

    __slots__ = ("_compiler", "_entities", "_frequencies", "_index", "_next", "_numbers", "_ready", "_watch_words")

    def __init__(self, entities: tuple[Entity, ...], compiler: Compiler, frequencies: Frequencies) -> None:
        """An engine without rules; see ``compile``."""
        self._entities = entities
        self._compiler = compiler
        self._frequencies = frequencies
        self._ready: dict[int, CompiledRule] = {}  # by number, in the order of the rules
        self._numbers: dict[tuple[str, str], int] = {}  # by workspace and rule id
        self._next = 0
        self._index = Index()
        self._watch_words: frozenset[str] | None = None

    @classmethod
    def compile(cls, rules: Iterable[Rule], entities: Iterable[Entity] = (), frequencies: Frequencies | None = None) -> Engine:
        """Compile rules. Draft rules are checked and can be explained, but do not match; retired ones are left out.

        Args:
            rules: each with an id of its own in its workspace; of two with one id the later one counts.
            entities: what their ``@names`` mean.
            frequencies: how common words are in the stream; they decide how fast rules are matched, never what they match.
                None: the shipped list. They are read here and in ``with_rules``, and never changed.

        Raises:
            RuleErrors: with every mistake of every rule and entity.
        """
        entities = tuple(entities)
        compiler = Compiler(entities)
        empty = cls(entities, compiler, frequencies or Frequencies())
        return empty._changed(rules, list(compiler.check_entities()))

    def with_rules(self, rules: Iterable[Rule]) -> Engine:
        """The engine with rules put in the place of those with the same ids, or at the end if there are none.

        What it costs depends on these rules, and hardly on how many others there are. It is as if all of them had been
        compiled together. A retired rule goes.

        Raises:
            RuleErrors: with every mistake of these rules; this engine stays as it is.
        """
        return self._changed(rules, [])

    def without(self, rule_ids: Iterable[str], *, workspace_id: str = FILE_WORKSPACE) -> Engine:
        """The engine without some rules of a workspace; ids it does not know are nothing to take away."""
        return self._changed((), [], gone=[(workspace_id, rule_id) for rule_id in rule_ids])

    def _changed(
        self, rules: Iterable[Rule], errors: list[tuple[str, QueryError]], *, gone: Iterable[tuple[str, str]] = ()
    ) -> Engine:
        other = Engine(self._entities, self._shared_compiler(), self._frequencies)
        other._ready, other._numbers, other._next = dict(self._ready), dict(self._numbers), self._next
        needs = Needs(self._frequencies)
        stale = {other._leave_out(key) for key in gone}
        fresh: dict[int, Waiting] = {}
        for rule in rules:
            if rule.status is RuleStatus.RETIRED:
                number = other._leave_out((rule.workspace_id, rule.id))
                stale.add(number)
                fresh.pop(number, None)
                continue
            ready, mistakes = other._compiler.rule(rule)
            errors += [(rule.id, mistake) for mistake in mistakes]
            if ready is None:
                continue
            number = other._put(ready)
            stale.add(number)
            fresh.pop(number, None)
            if rule.status is RuleStatus.LIVE:
                fresh[number] = waiting(number, ready.plan, needs)
        if errors:
            raise RuleErrors(tuple(errors))
        other._index = self._index.changed(stale, fresh.values())
        return other

    def _shared_compiler(self) -> Compiler:
        """The compiler whose atoms new rules share; a fresh one once most of its atoms can belong to rules that are gone."""
        if self._compiler.size <= _ATOMS_A_RULE * len(self._ready) + _ATOMS_AN_ENTITY * len(self._entities) + _SPARE_ATOMS:
            return self._compiler
        return Compiler(self._entities)

    def _put(self, ready: CompiledRule) -> int:
        number = self._numbers.setdefault((ready.rule.workspace_id, ready.rule.id), self._next)
        self._next = max(self._next, number + 1)
        self._ready[number] = ready
        return number

    def _leave_out(self, key: tuple[str, str]) -> int:
        """The number the rule had; -1, which is no rule's, if there was none."""
        number = self._numbers.pop(key, -1)
        self._ready.pop(number, None)
        return number

    @property
    def compiled(self) -> tuple[CompiledRule, ...]:
        """Live and draft rules, in order."""
        return tuple(self._ready.values())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules with their versions, live and draft, in order."""
        return tuple([ready.rule for ready in self._ready.values()])

    @property
    def entities(self) -> tuple[Entity, ...]:
        """What ``@names`` mean."""
        return self._entities

    @property
    def watch_words(self) -> frozenset[str]:
        """Words of the operator's own rules and of all entities, for the story room."""
        if self._watch_words is None:
            self._watch_words = frozenset(_watch_words(self._ready.values(), self._entities))
        return self._watch_words

    def holding(self, item: Item) -> tuple[CompiledRule, ...]:
        """The live rules that hold for the item, in order, without asking where."""
        return tuple([self._ready[number] for number in self._index.holding(Article(item))])

    def match(self, item: Item) -> tuple[Match, ...]:
        """The live rules that hold for the item, in order; spans sorted, each once."""
        article = Article(item)
        found = []
        for number in self._index.holding(article):
            ready = self._ready[number]
            rule = ready.rule
            spans = {_in_order(span): span for span in ready.plan.spans(article)}
            places = tuple([spans[key] for key in sorted(spans)])
            found.append(Match(item.id, rule.id, rule.version, places, rule.workspace_id))
        return tuple(found)


_ATOMS_A_RULE, _ATOMS_AN_ENTITY, _SPARE_ATOMS = 20, 100, 5000
"""Atoms a compiler may remember (some 300 bytes each) before it is left for a fresh one: several times what rules need."""

_in_order = attrgetter("field", "start", "end", "text", "clause")
"""The order of spans, without calling Python for each comparison."""


def _watch_words(compiled: Iterable[CompiledRule], entities: Iterable[Entity]) -> Iterator[str]:
    """Never what one workspace added by chat, never common words."""
    for entity in entities:
        for name in names(entity):
            yield from (word for word in words(name) if word not in STOP_WORDS)
    for ready in compiled:
        if ready.rule.status is RuleStatus.LIVE and ready.rule.workspace_id == FILE_WORKSPACE:
            for query in (ready.query, *ready.lets.values()):
                yield from _plain_words(query.expression)


def _plain_words(node: Expression) -> Iterator[str]:
    if isinstance(node, Term):
        for piece in node.pieces:
            if piece.shape is Shape.WORD:
                yield from (word for word in (piece.text.casefold(), *piece.also) if word not in STOP_WORDS)
    elif not isinstance(node, Not):
        for child in children(node):
            yield from _plain_words(child)
