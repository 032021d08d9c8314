"""What a batch brought, as the workspaces see it whose people decided about its stories.

Promises: a channel in which no constraint holds sees the shared stories; elsewhere its messages follow the overlay. Never changes a
shared story, never sends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import Channel, Rule
from bot.core.outbox import NewDelivery, Revision
from bot.core.overlays import Constraint
from bot.outbox.plan import Plan
from bot.service.muted import QuietIn
from bot.service.shared import Shared, StoriesStore
from bot.service.teller import Brought, Teller
from bot.service.workspaces import WorkspaceOf, holds
from bot.stories.outlets import Owners
from bot.stories.overlay import Laid, Overlay


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A batch as the workspaces see it whose people decided about its stories.

    Attributes:
        shared: the stories looked at.
        channels: by channel in which a constraint touches them, its stories.
        brought: the batch.
    """

    shared: Shared
    channels: Mapping[str, Laid]
    brought: Brought

    async def plan(
        self,
        store: StoriesStore,
        rules: Mapping[str, Rule],
        channels: Mapping[str, Channel],
        recent: dict[str, int],
        *,
        owners: Owners,
        quiet_in: QuietIn,
        reads: Callable[[Channel], str],
    ) -> Plan:
        """What these channels are told, in order of arrival; ``recent`` grows with what is planned."""
        teller = Teller(store, rules, self.shared, owners, now=self.brought.now, recent=recent, quiet_in=quiet_in, reads=reads)
        filed = [change.item_id for change in self.brought.changes if change.story_id is not None]
        new: list[NewDelivery] = []
        revisions: list[Revision] = []
        for channel_id, laid in self.channels.items():
            places = [laid.story_of[item_id] for item_id in (*filed, *self.brought.edited) if item_id in laid.story_of]
            for story_id in dict.fromkeys(places):
                planned = await teller.tell(channels[channel_id], laid, story_id, brought=self.brought)
                new += planned.new
                revisions += planned.revisions
        return Plan(tuple(new), tuple(revisions))


async def lay_over(
    store: StoriesStore,
    constraints: Sequence[Constraint],
    channels: Mapping[str, Channel],
    workspace_of: WorkspaceOf,
    brought: Brought,
) -> Overlaid:
    """Lay every workspace's constraints over what a batch brought; only channels where they touch it are overlaid."""
    shared = Shared(stories=dict(brought.stories))
    by_constraints: dict[tuple[Constraint, ...], list[str]] = {}
    for channel in channels.values():
        if held := tuple(one for one in constraints if holds(one, channel, workspace_of)):
            by_constraints.setdefault(held, []).append(channel.id)
    overlays = {held: Overlay(held) for held in by_constraints}
    for overlay in overlays.values():
        await shared.know(store, overlay.named)
    touched = frozenset(brought.members)
    reached = {held: overlay.reach(touched, shared.stories) for held, overlay in overlays.items()}
    if not any(reached.values()):
        return Overlaid(Shared(), {}, brought)
    await shared.take_in(store, sorted(frozenset().union(*reached.values()) - touched))
    shared.homes.update(await store.homes({*touched, *(gone for change in brought.changes for gone in change.merged)}))
    for change in brought.changes:
        if change.story_id is not None:
            shared.homes.update(dict.fromkeys((change.item_id, *change.adopted), change.story_id))
    shared.members.update((member.item.id, member) for members in brought.members.values() for member in members)
    await shared.know(store, shared.homes.values())
    laid = {held: shared.lay(overlays[held]) for held, stories in reached.items() if stories}
    return Overlaid(shared, {channel_id: laid[held] for held in laid for channel_id in by_constraints[held]}, brought)
