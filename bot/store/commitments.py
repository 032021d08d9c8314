"""Commitments of stories: dated promises with the sentence that makes each.

Promises: what is kept of a story is what its members said when it was last touched, whole; a story that was merged away
keeps none. Never decides what a promise is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Commitment
from bot.store.connected import Connected, chunks
from bot.store.tables import commitments

_FIELDS = tuple(field.name for field in fields(Commitment))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF_STORIES = (
    select(commitments.c.story_id, *(commitments.c[name] for name in _FIELDS))
    .where(commitments.c.story_id.in_(_IDS))
    .order_by(commitments.c.story_id, commitments.c.number)
)
_FORGET = delete(commitments).where(commitments.c.story_id.in_(_IDS))


class CommitmentQueries(Connected):
    """Queries about what stories promise."""

    async def commitments_of(self, story_ids: Collection[str]) -> dict[str, tuple[Commitment, ...]]:
        """What each of these stories promises, by date; an empty tuple where nothing is."""
        found: dict[str, list[Commitment]] = {story_id: [] for story_id in story_ids}
        async with self._read() as connection:
            for chunk in chunks(story_ids):
                for row in await connection.execute(_OF_STORIES, {"ids": chunk}):
                    found[row.story_id].append(Commitment(*row[1:]))
        return {story_id: tuple(made) for story_id, made in found.items()}


async def write_commitments(
    connection: AsyncConnection, of_stories: Iterable[tuple[str, tuple[Commitment, ...]]], gone: Iterable[str]
) -> None:
    """Replace what is kept of these stories, and forget what was kept of those that are ``gone``."""
    made = list(of_stories)
    for chunk in chunks([*(story_id for story_id, _ in made), *gone]):
        await connection.execute(_FORGET, {"ids": chunk})
    rows = [
        {"story_id": story_id, "number": number, **{name: getattr(one, name) for name in _FIELDS}}
        for story_id, several in made
        for number, one in enumerate(several)
    ]
    if rows:
        await connection.execute(insert(commitments), rows)
