"""What a person takes back or puts back: a story's message in one channel, or in every channel of the workspace.

Promises: what is written to the outbox and its audit row are committed together; the row has a number by which ``undo`` turns it
round. A story is taken back as the workspace has it, with what people merged into it; each channel, and who asked, reads it under
a headline that is theirs to read. Never sends anything, never deletes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.changes import numbered
from bot.core.clock import Clock
from bot.core.deliveries import Delivery
from bot.core.errors import StoreError, UserInputError
from bot.core.model import Channel
from bot.core.outbox import AlertBatch, NewDelivery, Revision, Stale
from bot.core.overlays import Audited, Constraint, OverlayChange, own_story
from bot.core.spoken import tr
from bot.outbox.plan import Plan, restore, retract
from bot.outbox.wanted import CAP_WINDOW
from bot.service.audience import reader_of
from bot.service.knownas import known_as
from bot.service.regroup import Named, Person
from bot.service.shared import Shared, StoriesStore
from bot.service.workspaces import WorkspaceOf, holds
from bot.stories.cluster import going_on
from bot.stories.overlay import Overlay

ATTEMPTS = 20
"""Decisions made again on rows that changed meanwhile, before giving up."""
KIND = "retract"
"""What the audit log calls it (``Audited.what``)."""
WITHDRAWN, TOLD = "withdrawn", "told"
"""How a story stands, as the audit log keeps it."""


class RetractStore(StoriesStore, Protocol):
    """What taking back needs of the store."""

    async def constraints(self) -> tuple[int, list[Constraint]]:
        """The number of the last decision of a person, and every constraint that stands."""
        ...

    async def commit_overlay(self, change: OverlayChange, batch: AlertBatch) -> list[Delivery]:
        """Write a decision and what follows from it; raises Stale if the world changed in between."""
        ...


@dataclass(frozen=True, slots=True)
class Retracted:
    """What was done.

    Attributes:
        headline: of the story.
        change: its audit row, with the number that ``undo`` takes.
        deliveries: rows of the outbox that were written or revised.
    """

    headline: str
    change: Audited
    deliveries: tuple[Delivery, ...]


class Retractor:
    """Takes stories back and puts them back."""

    def __init__(self, store: RetractStore, *, channels: Mapping[str, Channel], workspace_of: WorkspaceOf, clock: Clock) -> None:
        self._store = store
        self._channels = channels
        self._workspace_of = workspace_of
        self._clock = clock

    async def take_back(self, person: Person, story: Named, why: str) -> Retracted:
        """Take a story's messages back in the channels of ``person``; they say ``why``.

        Raises:
            UserInputError: nobody was told of it in these channels, or it was taken back before.
        """
        return await self._decide(person, story, why, back=False)

    async def put_back(self, person: Person, story: Named, why: str) -> Retracted:
        """Put back what was taken back with these words.

        Raises:
            UserInputError: nothing of it is taken back in these channels.
        """
        return await self._decide(person, story, why, back=True)

    async def _decide(self, person: Person, story: Named, why: str, *, back: bool) -> Retracted:
        for _ in range(ATTEMPTS):
            try:
                return await self._commit(person, story, why, back=back)
            except Stale:
                continue
        raise StoreError("The story's messages kept changing; nothing was taken back. Try again.")

    async def _commit(self, person: Person, story: Named, why: str, *, back: bool) -> Retracted:
        now = self._clock.now()
        seen, standing = await self._store.constraints()
        shared, root = await self._look(story, standing)
        new: list[NewDelivery] = []
        revisions: list[Revision] = []
        for channel_id in person.channels:
            channel = self._channels[channel_id]
            held = [one for one in standing if holds(one, channel, self._workspace_of)]
            laid = shared.lay(Overlay(held))
            name = laid.story_of.get(story.item_id) if story.item_id else laid.goes_on.get(story.story_id)
            if name is None:
                continue
            found = await self._store.story_deliveries(channel_id, sorted(laid.places_of(name)))
            history = sorted(found, key=lambda row: row.sequence)
            headline = await self._headline(shared, root, reader_of(channel, self._workspace_of))
            recent = await self._store.posts_since(channel_id, now - CAP_WINDOW) if back else 0
            planned: Plan = (
                restore(name, channel, history, recent_posts=recent, now=now)
                if back
                else retract(why, name, channel, history, headline=headline, now=now)
            )
            new += planned.new
            revisions += planned.revisions
        if not new and not revisions:
            done = (
                tr("Nothing of it is taken back here.") if back else tr("Nobody was told of it here, or it is taken back already.")
            )
            raise UserInputError(done)
        words = ((WITHDRAWN, why), (TOLD,))
        before, after = words if back else words[::-1]
        about = (story.item_id or story.story_id, *person.channels)
        change = numbered(Audited(person.workspace_id, person.member, now, KIND, about, before, after))
        batch = AlertBatch((), (), tuple(new), tuple(revisions), tuple(sorted(shared.versions.items())), now)
        rows = await self._store.commit_overlay(OverlayChange((), (), change, seen), batch)
        return Retracted(await self._headline(shared, root, person.workspace_id), change, tuple(rows))

    async def _headline(self, shared: Shared, story_id: str, workspace_id: str) -> str:
        """What the story is called to a workspace."""
        return (await known_as(self._store, {story_id: shared.stories[story_id]}, workspace_id))[story_id].title

    async def _look(self, story: Named, standing: Sequence[Constraint]) -> tuple[Shared, str]:
        """What the story is made of, and the shared story that goes on for it."""
        shared = Shared()
        overlay = Overlay(standing)
        own = {own_story(one.first): one.second for one in standing}
        asked = own.get(story.story_id, story.story_id)
        await shared.know(self._store, {*overlay.named, asked})
        if asked not in shared.stories:
            raise UserInputError(tr("There is no story of this id."))
        root = going_on(asked, shared.stories) or asked
        reached: Collection[str] = overlay.reach(frozenset({root}), shared.stories)
        await shared.take_in(self._store, sorted({root, *reached}))
        return shared, root
