"""What decides stories: thresholds, watch words and word frequencies, under one version.

Promises: the same arguments give the same model with the same version, and the version changes with every table,
threshold and watch word, so that a stored decision names what made it. Never changes after it is built.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.identity import digest
from bot.stories import words
from bot.stories.tokens import stem
from bot.stories.tokens import words as split_words
from bot.text.frequency_table import COMMON, LEVELS

CODE_VERSION = 6
"""Grows when the way of deciding changes and no table or threshold does."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of the three tiers. Set on the development data with ``benchmarks/eval_stories.py``.

    Attributes:
        story: similarity from which an item joins a story.
        bridge: average similarity from which two stories are one.
        best_share: weight of the most similar member against the average member in an item's similarity to a story.
        related: similarity from which a story is named as followed or beside.
        copy_body: share of the smaller text's 5-word shingles that the larger one holds.
        copy_lead: the same of summaries and leads.
        copy_text: similarity of title and summary as words without order, none damped, from which two items are copies.
        copy_words: fewest informative words for that.
        body_size: fewest 5-word shingles of a text of substance: where both items have one, it alone tells copies.
        title_body: share of the shingles that two publishers' texts under one headline have in common if they are one article.
        copy_ratio: how many times longer than its copy a text may be.
        template: similarity of titles without their figures from which differing figures mean two issues of one template.
        window, longest: how far a story reaches beyond its last report, and in all.
        title_key: how far apart two sources may publish one title.
        rerun: how much later than its original a copy is a rerun; a copy on the same days is syndication.
        damping: weight of a shipped watch word against an equally rare other word.
        own_damping: the same for the words of a file's own rules and entities: they are names more often, and names also tell
            events apart.
    """

    story: float = 0.305
    bridge: float = 0.35
    best_share: float = 0.67
    related: float = 0.22
    copy_body: float = 0.7
    copy_lead: float = 0.8
    copy_text: float = 0.88
    copy_words: int = 8
    body_size: int = 24
    title_body: float = 0.3
    copy_ratio: float = 5.0
    template: float = 0.6
    window: timedelta = timedelta(days=7)
    longest: timedelta = timedelta(days=21)
    title_key: timedelta = timedelta(days=30)
    rerun: timedelta = timedelta(days=2)
    damping: float = 0.5
    own_damping: float = 0.8


def _rarity() -> dict[str, float]:
    return {term: level / 10 for level, terms in LEVELS.items() for term in terms.split()}


_RARITY = _rarity()
_RAREST = max(_RARITY.values()) + 0.6
"""Weight of a word the table does not hold: as if it stood in one or two of its documents."""
_UNKNOWN = (_RAREST, _RAREST)
COMMON_STEMS = frozenset(COMMON.split())
_WATCH_STEMS = frozenset(stem(word) for word in words.WATCH)
_TABLES = digest(
    *(
        repr(sorted(value) if isinstance(value, frozenset) else value)
        for name, value in sorted(vars(words).items())
        if name.isupper()
    ),
    repr(sorted(LEVELS.items())),
    COMMON,
)


@dataclass(frozen=True, eq=False)
class Model:
    """Thresholds, watch words and word weights.

    Attributes:
        version: of everything that decides.
        watch: stems of the watch words.
        min_shared_terms: how many terms a stored item must share with a new one to be looked at.
        candidate_limit: most items looked at for one item, those whose shared terms weigh most.
        newest: of all that share enough with an item, so many of the newest are looked at too: old issues of a template share
            more than the report of this morning.
        lone_weight: what one shared term must weigh (``term_weight``) for an item to be looked at that shares no other: it alone
            stands under it.
        recent: how many of the newest items under one term or key are looked at; a term of more is common here, whatever the
            tables say, and what it alone finds of older days is no neighbour.
    """

    version: str
    thresholds: Thresholds
    watch: frozenset[str]
    min_shared_terms: int = 2
    candidate_limit: int = 16
    newest: int = 8
    recent: int = 120
    lone_weight: int = 64
    known: Mapping[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    def weight(self, term: str) -> float:
        """Rarity of a stem in news English, damped if it is a watch word."""
        return self.weights(term)[0]

    def rarity(self, term: str) -> float:
        """Rarity of a stem in news English, watch word or not."""
        return self.weights(term)[1]

    def weights(self, term: str) -> tuple[float, float]:
        """Damped and undamped weight of a stem."""
        known = self.known.get(term)
        if known is not None:
            return known
        return (_RAREST * self.damping(term), _RAREST) if term in self.watch else _UNKNOWN

    def damping(self, term: str) -> float:
        """What a stem's rarity is multiplied by."""
        if term in _WATCH_STEMS:
            return self.thresholds.damping
        return self.thresholds.own_damping if term in self.watch else 1.0


def term_weight(size: int) -> int:
    """What sharing a term says for looking at an item, by how many items stand under the term: its rarity in this archive.

    The square of 8 if one does, of one less with each doubling, 1 from 65 on: squared as in the product of two vectors of tf-idf,
    and a whole number, so that memory and both databases rank alike.
    """
    return max(1, 8 - (max(size, 1) - 1).bit_length()) ** 2


def build_model(extra_watch_words: Collection[str] = (), thresholds: Thresholds | None = None) -> Model:
    """The shipped model with the watch words of a configuration.

    Args:
        extra_watch_words: words or phrases of the file's rules and entities (never of one workspace's chat rules).
        thresholds: for measuring; None means the shipped ones.
    """
    limits = thresholds or Thresholds()
    extra = frozenset(stem(word) for phrase in extra_watch_words for word in split_words(phrase) if word not in words.STOP)
    watch = _WATCH_STEMS | extra
    version = "s" + digest(str(CODE_VERSION), _TABLES, repr(dataclasses.astuple(limits)), *sorted(watch), size=5)
    plain = Model(version=version, thresholds=limits, watch=watch)
    weights = {term: (rarity * plain.damping(term), rarity) for term, rarity in _RARITY.items()}
    return dataclasses.replace(plain, known=weights)
