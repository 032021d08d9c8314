"""What would be: what a rule would have found, what it would find without a word, what a link leads to.

Promises: a workspace is shown only what it may read; looking back takes a core, so one rule at a time is tried, and nobody's many
make another's one wait. Declares nothing: what is shown here takes effect when a person says so.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.core.clock import Clock
from bot.core.declared import shown
from bot.core.errors import UserInputError
from bot.core.model import FILE_WORKSPACE, Entity, Item, Rule
from bot.core.preview import NewSource
from bot.core.search import Search
from bot.core.sources import SourceConfig
from bot.core.spoken import tr
from bot.service import voting
from bot.service.audience import may_read
from bot.service.backtest import Archived, ArchiveStore, Backtest, Progress, Report
from bot.service.inforce import Force
from bot.service.limits import Limits
from bot.service.turns import Turns
from bot.service.voting import Exclusion, Voting
from bot.stories.model import Model

TRIED_SINCE = timedelta(days=30)
"""How far back a rule is shown."""

UNNAMED = ""
"""In place of the id of a source that is not named to people, such as one with a secret: ``source:`` finds nothing there."""

LookAt = Callable[[str, Sequence[SourceConfig]], Awaitable[NewSource]]
"""What a link leads to, beside sources that are there already; raises UserInputError if it is no link."""


class Foresight:
    """Shows a workspace what would be.

    Args:
        current: what is in force.
        store: the archive.
        clock: the present.
        entities: what ``@names`` mean.
        model: makes stories of what a rule would have found.
        voting: knows what people call not relevant.
        limits: count the links that are looked at.
        look_at: reads what a link leads to; None where nothing can be asked.
    """

    def __init__(
        self,
        *,
        current: Callable[[], Force],
        store: ArchiveStore,
        clock: Clock,
        entities: Sequence[Entity],
        model: Model,
        voting: Voting,
        limits: Limits,
        look_at: LookAt | None,
    ) -> None:
        self._current = current
        self._store = store
        self._clock = clock
        self._entities = tuple(entities)
        self._model = model
        self._voting = voting
        self._limits = limits
        self._look_at = look_at
        self._one_at_a_time = asyncio.Lock()
        self._backtests = Turns()
        self._waiting: Counter[str] = Counter()  # of this process: what is bounded is its core

    async def tried(
        self, workspace_id: str, rule: Rule, *, replaces: Rule | None, on_progress: Progress, since: timedelta = TRIED_SINCE
    ) -> Report:
        """What a rule would have found among what this workspace may read.

        Raises:
            RuleErrors: its query cannot be read.
            UserInputError: the workspace has as many waiting as it may.
        """
        backtest = Backtest(rule, self._entities, replaces=replaces)
        unnamed = frozenset(one.id for one in self._current().sources if one.secret or one.url_secret)
        archive = _Readable(Archived(self._store, self._clock.now() - since), workspace_id, unnamed)
        most = self._current().quotas.backtests
        if workspace_id != FILE_WORKSPACE and most and self._waiting[workspace_id] >= most:
            raise UserInputError(
                tr("This workspace has {most} looks back over past articles waiting. Wait until one is done.", most=most)
            )
        self._waiting[workspace_id] += 1
        try:
            async with self._backtests.of(workspace_id), self._one_at_a_time:  # takes a core; nobody's ten make another's one wait
                return await backtest.run(archive, self._model, on_progress=on_progress)
        finally:
            self._waiting[workspace_id] -= 1
            self._waiting += Counter()  # those at 0 go

    async def look_at(self, workspace_id: str, link: str) -> NewSource:
        """What a link leads to.

        Raises:
            UserInputError: it is no link, or nothing can be asked here.
        """
        if self._look_at is None:
            raise UserInputError(tr("Sources are added where the bot runs: ask in a chat, or write it into the file."))
        await self._limits.count_look(workspace_id)
        known = [source for source in self._current().sources if may_read(source.id, workspace_id) and not source.url_secret]
        return await self._look_at(link, [_as_named(source) for source in known])

    async def exclusion(self, workspace_id: str, rule: Rule) -> Exclusion | None:
        """A word that would leave out what people call not relevant, with what the rule would find then; None if there is none."""
        relevant, irrelevant = await self._voting.texts(workspace_id, rule.id)
        found = await asyncio.to_thread(voting.suggestion, rule, relevant, irrelevant)
        if found is None:
            return None
        word, count = found
        changed = replace(rule, query=voting.without(rule, word))
        report = await self.tried(workspace_id, changed, replaces=rule, on_progress=lambda *_: None)
        said = voting.told(word, count, len(irrelevant), await self._voting.counts(workspace_id), rule.id)
        return Exclusion(word, changed.query, said, report)


class _Readable:
    """The archive without what other workspaces' sources brought; what a source that is not named brought has none."""

    def __init__(self, archive: Archived, workspace_id: str, unnamed: frozenset[str]) -> None:
        self._archive = archive
        self._workspace_id = workspace_id
        self._unnamed = frozenset() if workspace_id == FILE_WORKSPACE else unnamed

    async def numbers(self, search: Search | None) -> list[int]:
        """See ``Candidates``."""
        return await self._archive.numbers(search)

    async def items(self, numbers: Sequence[int]) -> list[Item]:
        """See ``Candidates``."""
        found = [item for item in await self._archive.items(numbers) if may_read(item.source_id, self._workspace_id)]
        return [replace(item, source_id=UNNAMED) if item.source_id in self._unnamed else item for item in found]


def _as_named(source: SourceConfig) -> SourceConfig:
    return replace(source, id=shown(source.id))
