"""Rules made from a seed, in a form that any engine can be given: our rule language, one pattern, a boolean query.

The mixture is that of real rule files: words together, alternatives beside a word, phrases of two and three words, things
left out, things near each other; one to six terms, three on average. Their words are of the articles' own vocabulary, so
they match more often than most people's rules do; that favours nobody in particular.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import corpus

from bot.core.model import Rule
from bot.rules.stopwords import STOP_WORDS

Phrase = tuple[str, ...]
Group = tuple[Phrase, ...]
"""Alternatives: one of them is enough."""

COMMONEST, RAREST = 300, 12_000
"""Ranks of the words that rules ask for: with these about 17 of 10,000 rules match an article."""


@dataclass(frozen=True, slots=True)
class Near:
    """Two groups with at most ``within`` words between, in any order or (``ordered``) the left one first."""

    left: Group
    right: Group
    within: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule: every group of ``all``, every pair of ``near``, and nothing of ``none``."""

    id: str
    all: tuple[Group, ...] = ()
    near: tuple[Near, ...] = ()
    none: Group = ()

    def groups(self) -> Iterator[Group]:
        """Every group that must be found, those of ``near`` too."""
        yield from self.all
        for pair in self.near:
            yield pair.left
            yield pair.right

    def query(self) -> str:
        """The rule in the rule language."""
        near = [
            f"{_group(pair.left)} {'ONEAR' if pair.ordered else 'NEAR'}/{pair.within} {_group(pair.right)}" for pair in self.near
        ]
        return " ".join([*map(_group, self.all), *near, *(f"-{_term(phrase)}" for phrase in self.none)])

    def rule(self) -> Rule:
        """The rule as the engine compiles it."""
        return Rule(id=self.id, query=self.query(), channels=("bench",))

    def terms(self) -> int:
        """How many words and phrases it holds."""
        return sum(map(len, self.groups())) + len(self.none)


def _group(group: Group) -> str:
    text = " OR ".join(map(_term, group))
    return f"({text})" if len(group) > 1 else text


def _term(phrase: Phrase) -> str:
    return phrase[0] if len(phrase) == 1 else f'"{" ".join(phrase)}"'


def forms(phrase: Phrase) -> Iterator[Phrase]:
    """What a phrase stands for: itself, and for a single word of four letters or more its regular plural too.

    Written from docs/rules.md, not with the engine's own function: the peers must find what the page promises.
    """
    yield phrase
    if len(phrase) == 1 and len(word := phrase[0]) >= 4:
        if word[-1] == "y" and word[-2] not in "aeiou":
            yield (word[:-1] + "ies",)
        elif word[-1] in "sxz" or word[-2:] in {"ch", "sh"}:
            yield (word + "es",)
        else:
            yield (word + "s",)


def rules(seed: int, count: int) -> list[Wanted]:
    """``count`` rules; the first of them are the same whatever the count."""
    writer = corpus.Writer(seed)
    return [_rule(writer, number) for number in range(count)]


def _rule(writer: corpus.Writer, number: int) -> Wanted:
    name, draw = f"rule-{number:05}", _Draw(writer)
    word, phrase = draw.word, draw.phrase
    shape = writer.random.choices(range(len(_SHARES)), weights=_SHARES)[0]
    return (
        lambda: Wanted(name, ((word(),),)),
        lambda: Wanted(name, ((phrase(),),)),
        lambda: Wanted(name, ((word(),), (word(),))),
        lambda: Wanted(name, ((word(), word()), (word(),))),
        lambda: Wanted(name, ((phrase(),), (word(),))),
        lambda: Wanted(name, ((phrase(), word(), word()), (word(), word()))),
        lambda: Wanted(name, ((word(),), (word(), word())), none=(word(),)),
        lambda: Wanted(name, ((word(),), (word(), word())), none=(phrase(),)),
        lambda: Wanted(name, near=draw.near(lambda: (word(),), lambda: (word(),))),
        lambda: Wanted(name, near=draw.near(lambda: (word(), word()), lambda: (word(), phrase()))),
        lambda: Wanted(name, ((word(), word(), word()), (word(), phrase(), word()))),
    )[shape]()


_SHARES = (3, 7, 22, 14, 10, 11, 7, 5, 7, 8, 6)
"""Of a hundred rules, how many have each shape of ``_rule``."""


class _Draw:
    """Draws the parts of rules."""

    def __init__(self, writer: corpus.Writer) -> None:
        self.writer = writer

    def word(self) -> Phrase:
        while (found := self.writer.content_word(common=COMMONEST, rare=RAREST)) in STOP_WORDS:
            pass  # a rule of such a word alone is refused
        return (found,)

    def phrase(self) -> Phrase:
        return self.writer.company(*self.word(), self.writer.random.choice((2, 2, 3)))

    def near(self, left: Callable[[], Group], right: Callable[[], Group]) -> tuple[Near, ...]:
        within, ordered = self.writer.random.choice((2, 5, 8)), self.writer.random.random() < 0.3
        while True:  # engines differ in what overlapping places mean, so the sides share no word
            sides = left(), right()
            if _vocabulary(sides[0]).isdisjoint(_vocabulary(sides[1])):
                return (Near(*sides, within, ordered),)


def _vocabulary(group: Group) -> set[str]:
    return {word for phrase in group for form in forms(phrase) for word in form}
