"""How many articles hold a word: what the engine waits for first is the rarest thing that a rule needs.

Promises: frequencies decide how fast rules are matched, never what they match. Pure: whoever has a store saves and loads
them (``to_json``, ``from_json``), and whoever sees the stream feeds them (``observe``, ``decay``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from bot.rules.stopwords import STOP_WORDS
from bot.text.frequency_table import LEVELS

START_WEIGHT = 500
"""Documents of the stream that count as much as the shipped list: a day or two of forty feeds."""

MOST_WORDS = 20_000
"""Words remembered: half as many again as the rules of a large installation ask for; 0.5 MB as JSON."""

_ARTICLE_IN_LEADS = 7
"""How many independent headlines with leads hold as much of a word as one article of 2 kB does: the median, over 2,237 words of
348 news articles, of log(1 - share in articles) / log(1 - share in the table)."""

_STOP_SHARE = 0.5
_RAREST_SHARE = 1 / 3000
"""Share of a word that the table, made of some 3,000 documents, does not hold."""

_ENDINGS = ("", "s", "e", "d", "es", "ed", "y", "ing", "ies")
"""What a word may have beyond the stem it stands under in the table."""


class Frequencies:
    """Document frequencies: the shipped start list, and what a stream has shown so far. Not thread-safe.

    ``observe`` and ``decay`` change it; an engine reads it only while it is being compiled.
    """

    __slots__ = ("_counts", "_documents")

    def __init__(self, counts: Mapping[str, float] | None = None, documents: float = 0.0) -> None:
        self._counts: dict[str, float] = dict(counts or {})
        self._documents = documents

    @property
    def documents(self) -> float:
        """How many articles of the stream count; decaying makes it a fraction."""
        return self._documents

    def observe(self, words: Iterable[str]) -> None:
        """One more article.

        Args:
            words: its different folded words, as ``bot.rules.article.vocabulary`` gives them.
        """
        self._documents += 1
        counts = self._counts
        for word in words:
            counts[word] = counts.get(word, 0.0) + 1.0
        if len(counts) > 3 * MOST_WORDS:
            self._forget()

    def decay(self, factor: float) -> None:
        """What was seen counts less from now on, so that the news of last year does not decide for ever.

        Args:
            factor: between 0 (forget everything) and 1 (forget nothing).

        Raises:
            ValueError: the factor lies outside.
        """
        if not 0 <= factor <= 1:
            raise ValueError(f"a factor of decay lies between 0 and 1, not {factor}")
        self._documents *= factor
        self._counts = {word: count * factor for word, count in self._counts.items()} if factor else {}
        self._forget()

    def copy(self) -> Frequencies:
        """The same as they are now: what is observed later changes one of the two. Quick, so that slow work can go elsewhere."""
        return Frequencies(self._counts, self._documents)

    def share(self, word: str) -> float:
        """The share of articles that hold the word, above 0 and at most 1: a mixture of the start list and the stream."""
        seen = min(self._counts.get(word, 0.0), self._documents)
        return (START_WEIGHT * start_share(word) + seen) / (START_WEIGHT + self._documents)

    def to_json(self) -> str:
        """What the stream has shown, for ``from_json``; the shipped list is not in it."""
        counts = {word: round(count, 2) for word, count in self._common()}
        return json.dumps({"documents": round(self._documents, 2), "counts": counts}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Frequencies:
        """What ``to_json`` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            read = json.loads(text)
            documents = float(read["documents"])
            counts = {str(word): float(count) for word, count in read["counts"].items()}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"these are no word frequencies ({error}); without them the shipped list is used") from error
        if not all(0 <= number < math.inf for number in (documents, *counts.values())):
            raise ValueError("these are no word frequencies (a count is below 0 or no number)")
        return cls(counts, documents)

    def _forget(self) -> None:
        if len(self._counts) > MOST_WORDS:
            self._counts = dict(self._common())

    def _common(self) -> list[tuple[str, float]]:
        """The commonest words, rarer ones left out; words of one count in the order of the alphabet."""
        return sorted(self._counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_WORDS]


def start_share(word: str) -> float:
    """The share of news articles that hold the word, by the shipped list."""
    if word in STOP_WORDS:
        return _STOP_SHARE
    for ending in _ENDINGS:
        if word.endswith(ending):
            share = _START.get(word[: len(word) - len(ending)])
            if share is not None:
                return share
    return _RAREST_SHARE


_START: Mapping[str, float] = {
    stem: 1 - (1 - math.exp(-level / 10)) ** _ARTICLE_IN_LEADS for level, stems in LEVELS.items() for stem in stems.split()
}
