"""A story as the workspace of the person who asks has it: what people merged or split is told as one or apart.

Promises: only decisions that hold where it is asked count; where none touches the story, there is nothing to add to the shared
one. Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.desk import Desk, View
from bot.core.model import FILE_WORKSPACE, Commitment
from bot.core.overlays import Constraint
from bot.service.shared import Shared
from bot.service.workspaces import holds
from bot.stories.cluster import going_on
from bot.stories.commitments import commitments
from bot.stories.overlay import Overlay
from bot.stories.summary import StoryItem


@dataclass(frozen=True, slots=True)
class Whole:
    """A story that decisions of people touch.

    Attributes:
        story_ids: every id under which a message of it may have been sent.
        members: its articles, by arrival.
    """

    story_ids: tuple[str, ...]
    members: Sequence[StoryItem]


async def as_decided(desk: Desk, view: View, story_id: str, item_id: str | None = None) -> Whole | None:
    """The story, or the one that an article of it is in, under the decisions that hold for the person who asks; None if none does.

    Args:
        desk: for the store.
        view: who asks, where.
        story_id: a shared story, or the own one of an article that was taken out of one.
        item_id: an article of it.
    """
    overlay = Overlay(one for one in (await desk.store.constraints())[1] if counts(desk, view, one))
    if not overlay.constraints:
        return None
    shared = Shared()
    await shared.know(desk.store, {*overlay.named, story_id})
    reached = overlay.reach([story_id], shared.stories)
    if not reached:
        return None
    await shared.take_in(desk.store, sorted(reached))
    laid = shared.lay(overlay)
    place = laid.story_of.get(item_id) if item_id else laid.goes_on.get(story_id)
    if place is None or not laid.items_of(place):
        return None
    _, members = shared.story(laid, place)
    return Whole(tuple(sorted({place, *laid.places_of(place)})), members)


async def promised(desk: Desk, view: View, story_id: str, whole: Whole | None) -> tuple[Commitment, ...]:
    """The dates that a story promises in articles which a visible rule matched, by date.

    What is kept of a story names one article for each date, which may be none that the person who asks has.

    Args:
        desk: for the store.
        view: who asks.
        story_id: a shared story.
        whole: the story as people decided about it, if they did.
    """
    if whole is not None:
        members = whole.members
    else:
        shared = Shared()
        await shared.know(desk.store, [story_id])
        root = going_on(story_id, shared.stories)
        if root is None:
            return ()
        await shared.take_in(desk.store, [root])
        members = sorted(shared.members.values(), key=lambda one: one.order)
    members = [one for one in members if view.may_read(one.item)]
    return commitments(members, {one.item.id for one in members if any(match.rule_id in view.rules for match in one.matches)})


def counts(desk: Desk, view: View, constraint: Constraint) -> bool:
    """Whether a decision holds here, or, asked outside the channels, in any that is seen; the terminal is the file's."""
    if view.terminal:
        return constraint.workspace_id == FILE_WORKSPACE
    channels = [view.here] if view.here else view.channels.values()
    return any(holds(constraint, channel, desk.workspace_of) for channel in channels)
