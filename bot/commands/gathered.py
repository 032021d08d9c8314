"""Everything that is known of one story, as the person who asks may see it: for ``story`` and ``timeline``.

Promises: the story is that of the asker's workspace, with what people merged and split there; of what was sent, only what went to
visible channels counts; reports of one owner count once. Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.commands.decided import story_named, visible
from bot.commands.desk import Desk, View
from bot.commands.links import first_seen_or_dated
from bot.commands.whole import counts
from bot.core.deliveries import Delivery
from bot.core.errors import UserInputError
from bot.core.model import Commitment, Item
from bot.core.spoken import later, tr
from bot.core.stories import HeadlineChange, StoryRecord
from bot.service.shared import Shared
from bot.service.workspaces import chat_workspace
from bot.stories.cluster import going_on
from bot.stories.commitments import commitments
from bot.stories.outlets import Owners, family, outlet_name, plain_name
from bot.stories.overlay import Overlay
from bot.stories.summary import StoryItem

NAMED = 3
"""Outlets of one owner that are named; the rest is counted."""
NOBODY = "unnamed"
"""The family of reports that name neither outlet nor site."""

MESSAGE_ALONE = later("Its message in this channel is all that is shown of it to guests: the articles are this workspace's own.")
"""What a guest hears of a story that a source of the workspace's own brought; the message stands where it is asked."""


@dataclass(frozen=True, slots=True)
class Family:
    """The reports of one owner, or of one wire wherever it was printed.

    Attributes:
        name: as its outlets print themselves.
        reports: by date.
    """

    name: str
    reports: tuple[StoryItem, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A story.

    Attributes:
        record: with the id under which it is asked for again.
        members: its articles, by arrival.
        families: who reported it, the first one first; reruns of something old are no reports of it.
        rows: what visible channels were to be sent of it, by sequence.
        changes: of headlines, oldest first.
        promises: what its articles that a visible rule matched promise, by date.
        follows: stories that it follows and that the asker may see, nearest first.
    """

    record: StoryRecord
    members: tuple[StoryItem, ...]
    families: tuple[Family, ...]
    rows: tuple[Delivery, ...]
    changes: tuple[HeadlineChange, ...]
    promises: tuple[Commitment, ...]
    follows: tuple[StoryRecord, ...]

    @property
    def lead(self) -> Item:
        """The article that the story is named after."""
        return next((one.item for one in self.members if one.item.id == self.record.lead_item_id), self.members[0].item)

    def outlet_of(self, item_id: str) -> str:
        """Who published an article of it."""
        return next((outlet_name(one.item) or "" for one in self.members if one.item.id == item_id), "")


def is_shared(desk: Desk, view: View) -> bool:
    """Whether it is asked in a channel that another workspace shares with that of the person who asks."""
    if view.here is None or view.terminal:
        return False
    theirs = desk.workspace_of(view.here)
    return theirs is not None and chat_workspace(view.here.platform, theirs) != view.workspace_id


async def gather(desk: Desk, view: View, word: str) -> Gathered:
    """The story that a person names by its id or by the address of one of its articles.

    Raises:
        UserInputError: there is none that this person may see.
    """
    named = await story_named(desk, view, word)
    overlay = Overlay(one for one in (await desk.store.constraints())[1] if counts(desk, view, one))
    shared = Shared()
    await shared.know(desk.store, {*overlay.named, named.story_id})
    reached = overlay.reach([named.story_id], shared.stories) or {going_on(named.story_id, shared.stories) or named.story_id}
    await shared.take_in(desk.store, sorted(reached))
    laid = shared.lay(overlay)
    place = laid.story_of.get(named.item_id) if named.item_id else laid.goes_on.get(named.story_id)
    if place is None or not laid.items_of(place):
        raise UserInputError(tr(MESSAGE_ALONE) if is_shared(desk, view) else tr("We keep no article of this story any more."))
    record, every = shared.story(laid, place)
    members = [one for one in every if view.may_read(one.item)]
    if not members:
        raise UserInputError(tr("There is no story of this id here. latest shows the newest ones."))
    rows = await desk.store.deliveries_of(sorted({place, *laid.places_of(place)}), tuple(view.channels))
    changes = await desk.store.headline_changes([one.item.id for one in members])
    seen = {one.item.id for one in members if any(match.rule_id in view.rules for match in one.matches)}
    return Gathered(
        record,
        tuple(members),
        _families(members, desk.regrouper.owners),
        tuple(rows),
        tuple(sorted((one for several in changes.values() for one in several), key=lambda one: one.noticed_at)),
        commitments(members, seen),
        tuple(await _followed(desk, view, record.related)),
    )


async def _followed(desk: Desk, view: View, related: Collection[str]) -> list[StoryRecord]:
    records = await desk.store.stories(related)
    members = await desk.store.members_of(list(records))
    found = []
    for story_id in related:
        own = [member.item_id for member in members if member.story_id == story_id]
        if story_id in records and await visible(desk, view, [story_id], own):
            found.append(records[story_id])
    return found


def _families(members: Sequence[StoryItem], owners: Owners) -> tuple[Family, ...]:
    by_owner: dict[str, list[StoryItem]] = {}
    for member in sorted(members, key=lambda one: (first_seen_or_dated(one.item), one.order)):
        if member.rerun_of is None:
            by_owner.setdefault(family(member.item, owners) or NOBODY, []).append(member)
    return tuple(Family(_called(owner, reports), tuple(reports)) for owner, reports in by_owner.items())


def _called(owner: str, reports: Sequence[StoryItem]) -> str:
    """``Harbour Ledger``; ``The Courier (thecourier.example)``; ``Gannett: The Post``; ``Associated Press: State Radio``."""
    if owner == NOBODY:
        return tr("An outlet that gives no name")
    names = list(dict.fromkeys(name for one in reports if (name := outlet_name(one.item))))
    if len(names) == 1 and owner in (plain_name(names[0]), names[0].casefold()):
        return names[0]
    if len(names) == 1 and "." in owner:  # a name that many have, told apart by its site
        return f"{names[0]} ({owner})"
    shown = ", ".join(names[:NAMED]) + (tr(" and {number} more", number=len(names) - NAMED) if len(names) > NAMED else "")
    title = owner if "." in owner else owner.title()
    return f"{title}: {shown}" if shown and shown != title else title
