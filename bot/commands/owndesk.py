"""What is at hand for who asks: the installation as far as the person's workspace may hear of it.

Promises: no command, whatever it asks of the desk, is handed a rule, a source, a channel or an article of another workspace; in the
terminal, where the operator sits, everything is. A story has the name of an article that the person who asks may read, and an
article repeats none that this person may not read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from bot.commands.asking import Ask
from bot.commands.desk import AskStore, Desk
from bot.core.declared import scope_of
from bot.core.model import FILE_WORKSPACE, Item
from bot.core.overview import Arrived
from bot.core.reasons import Reason
from bot.core.silences import Mute, Silenced
from bot.core.spoken import tr
from bot.core.stories import Filing, Member, StoryRecord
from bot.service.audience import NOBODY, may_read, seen_by
from bot.service.knownas import known_as
from bot.service.workspaces import chat_workspace
from bot.stories.summary import StoryItem
from bot.text.telling import UNTITLED


def own_desk(desk: Desk, ask: Ask) -> Desk:
    """The desk of who asks."""
    if ask.terminal:
        return desk
    mine = chat_workspace(ask.platform, ask.workspace_id) if ask.workspace_id else NOBODY
    sources = tuple(source for source in desk.sources if may_read(source.id, mine))
    shared = desk.declaring is not None and desk.declaring.force.version > 0  # a source that is gone left its articles behind
    return replace(
        desk,
        rules=tuple(rule for rule in desk.rules if rule.workspace_id in (FILE_WORKSPACE, mine)),
        sources=sources,
        channels={name: channel for name, channel in desk.channels.items() if channel.workspace_id in (FILE_WORKSPACE, mine)},
        store=own_articles(desk.store, mine) if shared else desk.store,
    )


def own_articles(store: AskStore, workspace_id: str) -> AskStore:
    """The store as a workspace may hear of it, whoever heard by it before; the operator (``file``) hears of everything."""
    whole = store.whole if isinstance(store, _OwnArticles) else store
    return whole if workspace_id == FILE_WORKSPACE else cast("AskStore", _OwnArticles(whole, workspace_id))


class _OwnArticles:
    """The store without the articles that other workspaces' sources brought, as a story's lead or a copy's original neither."""

    def __init__(self, store: AskStore, workspace_id: str) -> None:
        self._store = store
        self._workspace_id = workspace_id

    @property
    def whole(self) -> AskStore:
        """The store itself."""
        return self._store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """See the store."""
        found = await self._store.items(ids)
        return {item_id: item for item_id, item in found.items() if self._mine(item)}

    async def items_under(self, keys: Collection[str]) -> list[Item]:
        """See the store."""
        return [item for item in await self._store.items_under(keys) if self._mine(item)]

    async def queued_at(self, canonical_url: str) -> list[Item]:
        """See the store."""
        return [item for item in await self._store.queued_at(canonical_url) if self._mine(item)]

    async def archive_items(self, numbers: Sequence[int]) -> list[Item]:
        """See the store."""
        return [item for item in await self._store.archive_items(numbers) if self._mine(item)]

    async def members_of(self, story_ids: Collection[str]) -> list[Member]:
        """See the store."""
        members = await self._store.members_of(story_ids)
        items = await self._store.items([member.item_id for member in members])
        every = [
            StoryItem(items[member.item_id], (), member.rerun_of, member.duplicate_of, member.order)
            for member in members
            if member.item_id in items
        ]
        seen = {one.item.id: one for one in seen_by(self._workspace_id, every)}
        return [
            replace(member, duplicate_of=one.duplicate_of, rerun_of=one.rerun_of)
            for member in members
            if (one := seen.get(member.item_id)) is not None
        ]

    async def stories(self, ids: Collection[str]) -> dict[str, StoryRecord]:
        """See the store."""
        return await known_as(self._store, await self._store.stories(ids), self._workspace_id)

    async def filings(self, item_ids: Collection[str]) -> dict[str, Filing]:
        """See the store."""
        found = await self._store.filings(item_ids)
        known = await self.items({one for filing in found.values() for one in (filing.duplicate_of, filing.rerun_of) if one})
        hidden = {item_id for item_id, filing in found.items() if not _all_known(filing, known)}
        stories = {story for item_id in hidden if (story := found[item_id].story_id)}
        seen = {member.item_id: member for member in await self.members_of(stories)} if hidden else {}
        return {item_id: _filed(filing, seen.get(item_id), hidden=item_id in hidden) for item_id, filing in found.items()}

    async def arrived(self, since: datetime, rule_ids: Collection[str]) -> Arrived:
        """See the store."""
        found = await self._store.arrived(since, rule_ids)
        copies, firsts = dict(found.copies), set()
        for source_id, source_of_original, original in sorted(found.copied):
            if may_read(source_id, self._workspace_id) and not may_read(source_of_original, self._workspace_id):
                copies[source_id] -= original not in firsts  # the first is no copy of anything here, the others are of it
                firsts.add(original)
        return replace(found, copies=copies)

    async def mutes_in_force(self, now: datetime) -> list[Mute]:
        """See the store."""
        mutes = [mute for mute in await self._store.mutes_in_force(now) if self._about_mine(mute)]
        stories = await self.stories([mute.subject for mute in mutes if mute.kind is Silenced.STORY])
        raw = await self._store.stories(list(stories))
        return [
            replace(mute, name=stories[mute.subject].title or tr(UNTITLED))
            if mute.subject in stories and stories[mute.subject].lead_item_id != raw[mute.subject].lead_item_id
            else mute
            for mute in mutes
        ]

    def _about_mine(self, mute: Mute) -> bool:
        named = mute.kind in (Silenced.RULE, Silenced.SOURCE)
        return not named or scope_of(mute.subject) in (FILE_WORKSPACE, self._workspace_id)

    def _mine(self, item: Item) -> bool:
        return may_read(item.source_id, self._workspace_id)


def _all_known(filing: Filing, known: Collection[str]) -> bool:
    return all(one is None or one in known for one in (filing.duplicate_of, filing.rerun_of))


def _filed(filing: Filing, seen: Member | None, *, hidden: bool) -> Filing:
    """What repeats an article that is not known here, as it is seen; why it was filed names another's headline."""
    if not hidden:
        return filing if filing.duplicate_of else replace(filing, why="")
    if seen is not None and seen.duplicate_of:
        reason = Reason.RERUN if seen.rerun_of else Reason.COPY
        return replace(filing, duplicate_of=seen.duplicate_of, rerun_of=seen.rerun_of, why="", reason=reason)
    own = Reason.SAME_STORY if filing.reason in (Reason.COPY, Reason.RERUN) else filing.reason
    return replace(filing, duplicate_of=None, rerun_of=None, why="", reason=own)
