"""Rules compiled once, items matched one by one.

Promises: ``match`` gives exactly the live rules that hold for an item, in the order of the rules, with every place where
a clause was found. The quick refusal by needed words never hides a match. Pure: no clock, no I/O, no state between items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.errors import QueryError, UserInputError
from bot.core.model import FILE_WORKSPACE, Entity, Item, Match, Rule, RuleStatus
from bot.rules.article import Article
from bot.rules.compile import CompiledRule, Compiler
from bot.rules.entities import names
from bot.rules.expression import Expression, Field, Not, Shape, Term, children
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


@dataclass(frozen=True, slots=True)
class Engine:
    """Compiled rules.

    Attributes:
        compiled: live and draft rules, in order.
        watch_words: words of the operator's own rules and of all entities, for the story room.
    """

    compiled: tuple[CompiledRule, ...]
    watch_words: frozenset[str]
    _live: tuple[CompiledRule, ...]
    _by_word: Mapping[str, tuple[int, ...]]
    _words: frozenset[str]
    _always: tuple[int, ...]
    _fields: frozenset[Field]
    _joined: bool

    @classmethod
    def compile(cls, rules: Iterable[Rule], entities: Iterable[Entity] = ()) -> Engine:
        """Compile rules. Draft rules are checked and can be explained, but do not match; retired ones are left out.

        Raises:
            RuleErrors: with every mistake of every rule and entity.
        """
        entities = tuple(entities)
        compiler = Compiler(entities)
        errors = list(compiler.check_entities())
        compiled: list[CompiledRule] = []
        for rule in rules:
            if rule.status is RuleStatus.RETIRED:
                continue
            ready, mistakes = compiler.rule(rule)
            errors += [(rule.id, mistake) for mistake in mistakes]
            if ready is not None:
                compiled.append(ready)
        if errors:
            raise RuleErrors(tuple(errors))
        live = tuple(ready for ready in compiled if ready.rule.status is RuleStatus.LIVE)
        by_word: dict[str, list[int]] = {}
        always: list[int] = []
        for number, ready in enumerate(live):
            waits_for = ready.plan.needed()
            if waits_for is None:
                always.append(number)
            for word in waits_for or ():
                by_word.setdefault(word, []).append(number)
        return cls(
            compiled=tuple(compiled),
            watch_words=frozenset(_watch_words(compiled, entities)),
            _live=live,
            _by_word={word: tuple(numbers) for word, numbers in by_word.items()},
            _words=frozenset(by_word),
            _always=tuple(always),
            _fields=frozenset(compiler.fields),
            _joined=compiler.exact,
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules with their versions, live and draft, in order."""
        return tuple(ready.rule for ready in self.compiled)

    def match(self, item: Item) -> tuple[Match, ...]:
        """The live rules that hold for the item, in order; spans sorted, each once."""
        article = Article(item)
        candidates = set(self._always)
        for word in self._words & article.vocabulary(self._fields, joined=self._joined):
            candidates.update(self._by_word[word])
        found = []
        for number in sorted(candidates):
            ready = self._live[number]
            if ready.plan.holds(article):
                places = tuple(sorted(set(ready.plan.spans(article))))
                found.append(Match(item.id, ready.rule.id, ready.rule.version, places, ready.rule.workspace_id))
        return tuple(found)


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
