"""What a story is called to a workspace.

Promises: a story is named after an article that the workspace has, the one that leads the story there; one of which it has no
article has no name. A story whose lead everybody may read is called by it, as it is stored, and
began when an article did that one may read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

from bot.core.model import FILE_WORKSPACE, Item
from bot.core.stories import Member, StoryRecord
from bot.service.audience import may_read, seen_by
from bot.stories.cluster import going_on
from bot.stories.summary import StoryItem, lead_member


class NamingStore(Protocol):
    """What is read to name stories."""

    async def stories(self, ids: Collection[str]) -> dict[str, StoryRecord]:
        """Stories by id."""
        ...

    async def members_of(self, story_ids: Collection[str]) -> list[Member]:
        """Members of these stories, by arrival."""
        ...

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by id."""
        ...


async def known_as(store: NamingStore, records: Mapping[str, StoryRecord], workspace_id: str) -> dict[str, StoryRecord]:
    """Stories as a workspace may know them: title, lead and first date are those of articles that it has.

    Args:
        store: the whole of it.
        records: as stored, by id; one that was merged away is called as the one that goes on.
        workspace_id: who shall read the title.
    """
    named = dict(records)
    if workspace_id == FILE_WORKSPACE:
        return named
    leads = await store.items({record.lead_item_id for record in records.values()})
    hidden = [
        record
        for record in records.values()
        if record.lead_item_id not in leads or not may_read(leads[record.lead_item_id].source_id, workspace_id)
    ]
    unsure = [
        record
        for record in records.values()
        if record not in hidden and record.first_published not in (None, leads[record.lead_item_id].date_published)
    ]  # its first date is that of another article, perhaps one that the workspace does not have
    if not hidden and not unsure:
        return named
    places = await _places(store, [*hidden, *unsure])
    members = await store.members_of(set(places.values()))
    items = await store.items([member.item_id for member in members])
    for record in (*hidden, *unsure):
        inside = [
            StoryItem(items[member.item_id], (), member.rerun_of, member.duplicate_of, member.order)
            for member in members
            if member.story_id == places[record.id] and member.item_id in items
        ]
        seen = seen_by(workspace_id, inside)
        lead = lead_member(seen).item if seen else None
        if record in unsure and len(seen) == len(inside):
            continue
        dates = [one.item.date_published for one in seen if one.rerun_of is None and one.item.date_published is not None]
        named[record.id] = replace(
            record,
            title=record.title if record in unsure else lead.title if lead else "",
            lead_item_id=record.lead_item_id if record in unsure else lead.id if lead else "",
            first_published=min(dates, default=None),
        )
    return named


async def _places(store: NamingStore, records: Collection[StoryRecord]) -> dict[str, str]:
    """The story that goes on for each of these."""
    known = {record.id: record for record in records}
    while wanted := {one.merged_into for one in known.values() if one.merged_into} - known.keys():
        found = await store.stories(wanted)
        if not found:
            break
        known.update(found)
    return {record.id: going_on(record.id, known) or record.id for record in records}
