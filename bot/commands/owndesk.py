"""What is at hand for who asks: the installation as far as the person's workspace may hear of it.

Promises: no command, whatever it asks of the desk, is handed a rule, a source, a channel or an article of another workspace; in the
terminal, where the operator sits, everything is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, cast

from bot.commands.asking import Ask
from bot.commands.desk import AskStore, Desk
from bot.core.model import FILE_WORKSPACE, Item
from bot.core.records import Member
from bot.service.audience import NOBODY, may_read
from bot.service.workspaces import chat_workspace


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
        store=cast("AskStore", _OwnArticles(desk.store, mine)) if shared else desk.store,
    )


class _OwnArticles:
    """The store without the articles that other workspaces' sources brought; everything else is the store itself."""

    def __init__(self, store: AskStore, workspace_id: str) -> None:
        self._store = store
        self._workspace_id = workspace_id

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
        known = await self.items([member.item_id for member in members])
        return [member for member in members if member.item_id in known]

    def _mine(self, item: Item) -> bool:
        return may_read(item.source_id, self._workspace_id)
