"""What is not kept any longer: texts, words of messages, ids of people, and records that are over.

Promises: every step is one short transaction over at most ``limit`` rows of one table; nothing goes by which old news is told from
new: an item keeps its ids, addresses, title, fingerprint and its entries in both indexes, and a story its members; what still
waits, stands or may change is never touched. How long is long enough is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deliveries import DeliveryState
from bot.core.model import TextState
from bot.core.retention import PSEUDONYM, Swept
from bot.store.archive import ArchiveQueries, fact_in
from bot.store.connected import chunks
from bot.store.tables import (
    Phase,
    audit,
    commitments,
    declared,
    deliveries,
    draft_matches,
    drafts,
    follows,
    holds,
    item_edits,
    item_words,
    items,
    matches,
    mutes,
    overlays,
    reminders,
    sources,
    stories,
    votes,
)
from bot.store.types import TextTuple

_IDS: Any = bindparam("ids", expanding=True)
_FINAL = (DeliveryState.SENT, DeliveryState.SKIPPED)
BY_ID: tuple[Table, ...] = (audit, declared, overlays, mutes, holds)
"""Tables in which the platform's id of a person stands beside what that person did, in ``member``, with ``at``."""

MOST_VERSIONS = 50
"""Versions of one declaration that are kept, whatever their age; and the first, by which declarations are ordered."""


EMPTIED = "archive.emptied"
"""The fact that counts, on SQLite, the articles in the index of words that have no texts any more."""


class RetentionQueries(ArchiveQueries):
    """Statements that forget."""

    async def drop_texts(self, before: datetime, *, floor: datetime, most: int, after: int, limit: int) -> Swept:
        """Take the texts out of old items, in order of arrival.

        Args:
            before: items first seen before it lose their texts.
            floor: only of those first seen before it, when there are too many.
            most: items whose texts are kept; 0 for all.
            after: number of arrival after which to look.
            limit: rows to look at.
        """
        nothing = bindparam(None, (), type_=TextTuple)
        state = or_(items.c.content_text != "", items.c.summary != "", items.c.tags != nothing, items.c.authors != nothing)
        looked = (
            select(items.c.arrival, items.c.id, items.c.first_seen, items.c.phase, state.label("has_text"))
            .where(items.c.arrival > after)
            .order_by(items.c.arrival)
            .limit(limit)
        )
        async with self._write() as connection:
            newest = int(await connection.scalar(select(func.coalesce(func.max(items.c.arrival), 0))) or 0)
            rows = (await connection.execute(looked)).all()
            beyond = newest - most if most else 0

            def is_old(row: Any) -> bool:
                return bool(row.first_seen < before or (row.arrival <= beyond and row.first_seen < floor))

            old = [row for row in rows if row.phase is Phase.FILED and row.has_text and is_old(row)]
            if old:
                await self._without_text(connection, [row.id for row in old], [row.arrival for row in old])
        more = len(rows) == limit and any(map(is_old, rows))
        return Swept(len(old), rows[-1].arrival if more else None)

    async def _without_text(self, connection: AsyncConnection, ids: Collection[str], arrivals: Collection[int]) -> None:
        for chunk in chunks(ids):
            of_items = {"ids": chunk}
            emptied = update(items).where(items.c.id.in_(_IDS))
            values = {"summary": "", "content_text": "", "authors": (), "tags": (), "text_state": TextState.NONE}
            await connection.execute(emptied.values(**values), of_items)
            await connection.execute(update(matches).where(matches.c.item_id.in_(_IDS)).values(spans=()), of_items)
            await connection.execute(delete(draft_matches).where(draft_matches.c.item_id.in_(_IDS)), of_items)
            settled = (item_edits.c.item_id.in_(_IDS), item_edits.c.settled_at.is_not(None))
            await connection.execute(delete(item_edits).where(*settled), of_items)
        if connection.dialect.name == "postgresql":
            for numbers in chunks(map(str, arrivals)):
                await connection.execute(delete(item_words).where(item_words.c.arrival.in_(list(map(int, numbers)))))
        else:  # SQLite takes no single entry out of an index that keeps no texts: it is made anew when enough are gone
            await self._keep(connection, EMPTIED, str(int(await fact_in(connection, EMPTIED) or 0) + len(arrivals)))

    async def renew_words(self, at_least: int) -> bool:
        """Empty the archive's index of words, to be made anew, if so many of its articles lost their texts; whether it was."""
        async with self._write() as connection:
            if int(await fact_in(connection, EMPTIED) or 0) < at_least:
                return False
            await self._empty_words(connection)
            await self._keep(connection, EMPTIED, "0")
            return True

    async def drop_messages(self, before: datetime, *, in_play: datetime, dead: datetime, after: int, limit: int) -> Swept:
        """Take the words out of messages that were sent or given up, in order of sequence; what is waiting keeps its own.

        Args:
            before: of those that were settled before it.
            in_play: not of stories that had a report since then.
            dead: of those that failed before it: until then a person may send them again.
            after: sequence after which to look.
            limit: rows to look at.
        """
        columns = (deliveries.c.sequence, deliveries.c.id, deliveries.c.state, deliveries.c.updated_at, deliveries.c.story_id)
        looked = (
            select(*columns, deliveries.c.message.is_not(None).label("has_words"))
            .where(deliveries.c.sequence > after)
            .order_by(deliveries.c.sequence)
            .limit(limit)
        )
        async with self._write() as connection:
            rows = (await connection.execute(looked)).all()
            over = [row for row in rows if row.has_words and row.state in _FINAL and row.updated_at < before]
            told = await _in_play(connection, {row.story_id for row in over if row.story_id}, in_play)
            gone = [row.id for row in over if row.story_id not in told]
            gone += [row.id for row in rows if row.has_words and row.state is DeliveryState.DEAD and row.updated_at < dead]
            for chunk in chunks(gone):
                await connection.execute(update(deliveries).where(deliveries.c.id.in_(_IDS)).values(message=None), {"ids": chunk})
        more = len(rows) == limit and any(row.updated_at < before for row in rows)
        return Swept(len(gone), rows[-1].sequence if more else None)

    async def pseudonymise(self, before: datetime, pseudonym: Callable[[str, str], str], *, kept: Collection[str]) -> int:
        """Put a pseudonym in place of people's ids beside what they did before then; how many rows that were.

        Args:
            before: of what was done before it.
            pseudonym: makes one of a workspace and an id.
            kept: what is no person's id.
        """
        changed = 0
        async with self._write() as connection:
            for table in BY_ID:
                old = and_(
                    table.c.at < before, table.c.member.not_in(list(kept)), table.c.member.not_like(f"{PSEUDONYM}%", escape="\\")
                )
                people = (await connection.execute(select(table.c.workspace_id, table.c.member).where(old).distinct())).all()
                for workspace_id, member in people:
                    theirs = and_(old, table.c.workspace_id == workspace_id, table.c.member == member)
                    done = await connection.execute(update(table).where(theirs).values(member=pseudonym(workspace_id, member)))
                    changed += done.rowcount
        return changed

    async def drop_records(self, before: datetime, now: datetime, *, known_sources: Collection[str], limit: int) -> dict[str, int]:
        """Delete what is over since before then, at most ``limit`` rows of each table; returns how many, by table.

        The newest decision stays, by whose number the others are told to be new; so does what was declared last, and first.
        """
        newest = select(func.max(audit.c.sequence)).scalar_subquery()
        over: dict[Table, ColumnElement[bool]] = {
            deliveries: and_(deliveries.c.state.in_([*_FINAL, DeliveryState.DEAD]), deliveries.c.updated_at < before),
            audit: and_(audit.c.at < before, audit.c.sequence < newest),
            overlays: overlays.c.undone_at < before,
            mutes: or_(mutes.c.ended_at < before, mutes.c.until < before),
            holds: holds.c.settled_at < before,
            reminders: reminders.c.ended_at < before,
            follows: follows.c.at < before,
            votes: votes.c.at < before,
            drafts: drafts.c.ends_at <= now,
            commitments: commitments.c.date < before.date().isoformat(),
            declared: _outlived(before),
            sources: and_(
                sources.c.source_id.not_in(list(known_sources)),
                func.coalesce(sources.c.last_polled_at, sources.c.next_due_at) < before,
            ),
        }
        gone = {}
        for table, condition in over.items():
            async with self._write() as connection:
                key = list(table.primary_key)
                some = select(*key).where(condition).limit(limit)
                rows = [tuple(row) for row in await connection.execute(some)]
                if rows:
                    these = [{f"of_{column.name}": value for column, value in zip(key, row, strict=True)} for row in rows]
                    await connection.execute(delete(table).where(*(c == bindparam(f"of_{c.name}") for c in key)), these)
                    gone[table.name] = len(rows)
        return gone


def _outlived(before: datetime) -> ColumnElement[bool]:
    """Versions that nobody needs: old ones far from the newest, and everything of what was removed long ago."""
    name = ("workspace_id", "sort", "name")
    newest, each = declared.alias("newest"), declared.alias("each")
    last_of_each = select(func.max(each.c.sequence)).group_by(*(each.c[part] for part in name))
    of_it = and_(*(newest.c[part] == declared.c[part] for part in name), newest.c.sequence.in_(last_of_each))
    removed = exists().where(of_it, newest.c.definition.is_(None), newest.c.at < before)
    far = exists().where(of_it, newest.c.version - MOST_VERSIONS >= declared.c.version)
    last = select(func.max(each.c.sequence)).scalar_subquery()  # by which it is seen that somebody declared something
    aged = and_(declared.c.at < before, declared.c.version > 1, far)
    return and_(or_(aged, removed), declared.c.sequence < last)


async def _in_play(connection: AsyncConnection, story_ids: Collection[str], since: datetime) -> set[str]:
    """Those of the stories that had a report since then, or were merged into one that had."""
    found: set[str] = set()
    into = stories.alias("into")
    for chunk in chunks(story_ids):
        recent = [or_(table.c.last_published >= since, table.c.opened_at >= since) for table in (stories, into)]
        query = select(stories.c.id).outerjoin(into, into.c.id == stories.c.merged_into).where(stories.c.id.in_(_IDS), or_(*recent))
        found.update((await connection.execute(query, {"ids": chunk})).scalars())
    return found
