"""Votes on what rules bring, and what they suggest.

Promises: a vote is counted under an HMAC of the person's id, with a key that never leaves the installation: a person who votes
twice is counted once, and nobody can read who it was. A suggested exclusion leaves out nothing that people called relevant, and is
only ever suggested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.declared import Count, Vote
from bot.core.members import MEMBER_SECRET, member_key
from bot.core.model import Item, Rule
from bot.core.stories import Member
from bot.rules.stopwords import STOP_WORDS
from bot.service.audience import may_read
from bot.service.backtest import Report
from bot.text.normalise import words

ENOUGH = 5
"""Stories that most voters call not relevant, before an exclusion is looked for: fewer have too many words in common by chance."""
SHARED = 0.6
"""Share of these stories that a word stands in, before it is suggested."""
SHORTEST = 4
"""Letters of a suggested word: shorter ones stand in too much."""


class VotingStore(Protocol):
    """What voting needs of the store."""

    async def secret_fact(self, name: str) -> str:
        """A key of the installation."""
        ...

    async def vote(self, cast: Sequence[Vote]) -> None:
        """Keep votes."""
        ...

    async def vote_counts(self, workspace_id: str) -> dict[str, Count]:
        """Judged stories by rule."""
        ...

    async def judged_stories(self, workspace_id: str, rule_id: str) -> dict[str, bool]:
        """Stories voted on for a rule, and whether they are relevant."""
        ...

    async def members_of(self, story_ids: Collection[str]) -> list[Member]:
        """Members of stories."""
        ...

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by id."""
        ...


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A word that would leave out what people call not relevant.

    Attributes:
        query: the rule's query with it.
        said: how many of the judged stories hold it, a sentence.
        report: what the changed rule would have found.
    """

    word: str
    query: str
    said: str
    report: Report


class Voting:
    """Counts votes.

    Args:
        store: keeps them.
    """

    def __init__(self, store: VotingStore) -> None:
        self._store = store

    async def vote(
        self, workspace_id: str, member: str, rule_ids: Iterable[str], story_id: str, *, relevant: bool, now: datetime
    ) -> None:
        """Count one person's vote on a story, for every rule that brought it."""
        voter = member_key(await self._store.secret_fact(MEMBER_SECRET), workspace_id, member)
        await self._store.vote([Vote(workspace_id, rule_id, story_id, voter, relevant, now) for rule_id in rule_ids])

    async def counts(self, workspace_id: str) -> dict[str, Count]:
        """Judged stories by rule."""
        return await self._store.vote_counts(workspace_id)

    async def texts(self, workspace_id: str, rule_id: str) -> tuple[list[str], list[str]]:
        """What the relevant and the irrelevant stories of a rule say: headline and summary of their articles, a text a story."""
        judged = await self._store.judged_stories(workspace_id, rule_id)
        members = await self._store.members_of(list(judged))
        items = await self._store.items([member.item_id for member in members])
        told: dict[str, list[str]] = {}
        for member in members:
            item = items.get(member.item_id)
            if item is not None and member.story_id is not None and may_read(item.source_id, workspace_id):
                told.setdefault(member.story_id, []).append(f"{item.title}\n{item.summary}\n{item.content_text}")
        relevant = ["\n".join(told[story]) for story, good in judged.items() if good and story in told]
        irrelevant = ["\n".join(told[story]) for story, good in judged.items() if not good and story in told]
        return relevant, irrelevant


def suggestion(rule: Rule, relevant: Sequence[str], irrelevant: Sequence[str]) -> tuple[str, int] | None:
    """The word that stands in most irrelevant stories and in no relevant one, with in how many; None if none stands in enough.

    Never a word that the rule itself looks for.
    """
    if len(irrelevant) < ENOUGH:
        return None
    own = set(words(" ".join((rule.query, *rule.let.values()))))
    good = {word for text in relevant for word in words(text)}
    counts = Counter(word for text in irrelevant for word in set(words(text)))
    fit = {
        word: count
        for word, count in counts.items()
        if count >= SHARED * len(irrelevant)
        and len(word) >= SHORTEST
        and word.isalpha()
        and word not in STOP_WORDS
        and word not in good
        and not any(word.startswith(mine) or mine.startswith(word) for mine in own)
    }
    return min(fit.items(), key=lambda pair: (-pair[1], -len(pair[0]), pair[0]), default=None)


def without(rule: Rule, word: str) -> str:
    """The rule's query with a word left out."""
    return f"({rule.query}) -{word}"


def told(word: str, count: int, irrelevant: int, counts: Mapping[str, Count], rule_id: str) -> str:
    """How well a word tells the irrelevant stories from the others, a sentence."""
    relevant = counts[rule_id].relevant if rule_id in counts else 0
    others = f"and in none of the {relevant} relevant ones" if relevant else "and nobody called a story relevant yet"
    return f"{word} stands in {count} of the {irrelevant} stories that are not relevant, {others}."
