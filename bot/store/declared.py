"""What workspaces declared, drafts that wait for a yes, votes, and what was used up. What a declaration means is read elsewhere.

Promises: versions of a declaration, its audit row and the draft that it came from are committed together or not at all; a version
that somebody else wrote in between is never written over; nothing that was declared is ever deleted. Every question names the
workspace that asks, but for the one that brings all of it into force.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.declared import Count, Declared, Draft, Sort, Table, Vote, Wanted
from bot.core.outbox import Stale
from bot.core.overlays import Audited
from bot.core.quotas import HOUR, Use
from bot.store.connected import Connected, chunks
from bot.store.overlays import insert_workspace, write_audited
from bot.store.tables import declared, drafts, sources, uses, votes, workspaces

_NEWEST = (
    select(func.max(declared.c.sequence)).group_by(declared.c.workspace_id, declared.c.sort, declared.c.name).scalar_subquery()
)
_FIELDS = tuple(declared.c[name] for name in ("workspace_id", "sort", "name", "version", "definition", "member", "at"))
_DRAFT = tuple(drafts.c[name] for name in ("id", "workspace_id", "member", "what", "wanted", "made_at", "ends_at"))


MOST_DRAFTS = 50
"""Drafts of one person that are kept: the newest. More than wait for a yes at a time, and nobody pushes out somebody else's."""


class DeclaredQueries(Connected):
    """Queries of declarations, drafts and votes."""

    async def declared_version(self) -> int:
        """A number that grows with every declaration of anybody; 0 before the first."""
        async with self._read() as connection:
            return int(await connection.scalar(select(func.coalesce(func.max(declared.c.sequence), 0))) or 0)

    async def declarations(self) -> tuple[int, list[Declared]]:
        """That number, and what every workspace declares now, in the order in which it was declared first; of one moment."""
        first = (
            select(declared.c.workspace_id, declared.c.sort, declared.c.name, declared.c.sequence)
            .where(declared.c.version == 1)
            .subquery()
        )
        same = and_(*(declared.c[name] == first.c[name] for name in ("workspace_id", "sort", "name")))
        query = (
            select(*_FIELDS, declared.c.sequence)
            .join(first, same)
            .where(declared.c.sequence.in_(_NEWEST), declared.c.definition.is_not(None))
            .order_by(first.c.sequence)
        )
        async with self._read() as connection:
            number = int(await connection.scalar(select(func.coalesce(func.max(declared.c.sequence), 0))) or 0)
            return number, [_declared(row) for row in await connection.execute(query)] if number else []

    async def declared_by(self, workspace_id: str, sort: Sort | None = None) -> list[Declared]:
        """What a workspace declares now, by name."""
        query = select(*_FIELDS).where(
            declared.c.workspace_id == workspace_id, declared.c.sequence.in_(_NEWEST), declared.c.definition.is_not(None)
        )
        if sort is not None:
            query = query.where(declared.c.sort == sort)
        async with self._read() as connection:
            return [_declared(row) for row in await connection.execute(query.order_by(declared.c.sort, declared.c.name))]

    async def declared_versions(self, workspace_id: str, sort: Sort, name: str) -> list[Declared]:
        """Every version of one declaration, oldest first, also of one that was removed."""
        async with self._read() as connection:
            return [_declared(row) for row in await connection.execute(_versions(workspace_id, sort, name))]

    async def changes_since(self, workspace_id: str, since: datetime) -> int:
        """How many declarations a workspace changed since then."""
        query = select(func.count()).where(declared.c.workspace_id == workspace_id, declared.c.at > since)
        async with self._read() as connection:
            return int(await connection.scalar(query) or 0)

    async def use(self, workspace_id: str, what: Use, now: datetime, *, most: int) -> bool:
        """Count a use, of which a workspace has at most ``most`` in an hour; False if it had them, then nothing is counted."""
        async with self._write() as connection:
            await connection.execute(insert_workspace(self._insert), [{"id": workspace_id}])
            if connection.dialect.name == "postgresql":  # another process that counts for the same workspace waits here
                await connection.execute(select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update())
            mine = uses.c.workspace_id == workspace_id
            await connection.execute(delete(uses).where(mine, uses.c.at <= now - HOUR))
            used = int(await connection.scalar(select(func.count()).where(mine, uses.c.what == what)) or 0)
            if used >= most:
                return False
            await connection.execute(insert(uses), [{"workspace_id": workspace_id, "what": what, "at": now}])
            return True

    async def used_since(self, workspace_id: str, since: datetime) -> dict[Use, int]:
        """How often a workspace did what is counted, since then."""
        query = select(uses.c.what, func.count()).where(uses.c.workspace_id == workspace_id, uses.c.at > since)
        async with self._read() as connection:
            return {row[0]: int(row[1]) for row in await connection.execute(query.group_by(uses.c.what))}

    async def declare(
        self, made: Sequence[Declared], audited: Audited, *, draft_id: str | None = None, silent: Collection[str] = ()
    ) -> None:
        """Write versions, in one transaction with their audit row and the end of the draft that they come from.

        Args:
            made: new versions of different declarations of one workspace.
            audited: the row of the audit log.
            draft_id: the draft, which ends here.
            silent: ids of sources whose next poll is a first one: what they have by then is no news.

        Raises:
            Stale: one of them has another version by now, or the draft ended already.
        """
        async with self._write() as connection:
            await write_audited(connection, insert_workspace(self._insert), audited)
            if draft_id is not None:
                ended = await connection.execute(delete(drafts).where(drafts.c.id == draft_id))
                if ended.rowcount != 1:
                    raise Stale("the draft was confirmed already")
            for one in made:
                newest = await self._newest(connection, one)
                if newest != one.version - 1:
                    raise Stale(f"{one.sort} {one.name} was changed in between")
                await connection.execute(insert(declared), [_row(one)])
            for source_ids in chunks(silent):
                known = sources.update().where(sources.c.workspace_id == audited.workspace_id, sources.c.source_id.in_(source_ids))
                await connection.execute(known.values(baselined_at=None, etag=None, last_modified=None, memory="", trouble=""))

    async def _newest(self, connection: AsyncConnection, one: Declared) -> int:
        query = select(func.max(declared.c.version)).where(
            declared.c.workspace_id == one.workspace_id, declared.c.sort == one.sort, declared.c.name == one.name
        )
        return int(await connection.scalar(query) or 0)

    async def hurry_source(self, source_id: str, now: datetime, least: timedelta) -> datetime | None:
        """Make a source due as soon as it may be asked: ``least`` after its last poll, and after its site's own wish for rest.

        When that is; None if the source was never polled, and so is due anyway.
        """
        async with self._write() as connection:
            query = select(sources.c.last_polled_at, sources.c.throttled_until, sources.c.next_due_at)
            row = (await connection.execute(query.where(sources.c.source_id == source_id))).one_or_none()
            if row is None or row.last_polled_at is None:
                return None
            due: datetime = max(now, row.last_polled_at + least, row.throttled_until or now)
            due = min(due, row.next_due_at or due)
            await connection.execute(sources.update().where(sources.c.source_id == source_id).values(next_due_at=due))
            return due

    async def keep_draft(self, draft: Draft) -> None:
        """Keep a draft; those whose time is over go."""
        async with self._write() as connection:
            await connection.execute(insert_workspace(self._insert), [{"id": draft.workspace_id}])
            await connection.execute(delete(drafts).where(drafts.c.ends_at <= draft.made_at))
            row = {name.name: getattr(draft, name.name) for name in _DRAFT} | {"wanted": _wanted_text(draft.wanted)}
            await connection.execute(insert(drafts), [row])
            theirs = and_(drafts.c.workspace_id == draft.workspace_id, drafts.c.member == draft.member)
            newest = select(drafts.c.id).where(theirs).order_by(drafts.c.made_at.desc()).limit(MOST_DRAFTS)
            kept = (await connection.execute(newest)).scalars().all()
            await connection.execute(delete(drafts).where(theirs, drafts.c.id.not_in(kept)))

    async def draft(self, workspace_id: str, draft_id: str, now: datetime) -> Draft | None:
        """A draft of a workspace whose time is not over, or None."""
        query = select(*_DRAFT).where(drafts.c.id == draft_id, drafts.c.workspace_id == workspace_id, drafts.c.ends_at > now)
        async with self._read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Draft(row.id, row.workspace_id, row.member, row.what, _wanted(row.wanted), row.made_at, row.ends_at)

    async def vote(self, cast: Sequence[Vote]) -> None:
        """Keep votes; a person's earlier one on the same rule and story goes."""
        async with self._write() as connection:
            await connection.execute(insert_workspace(self._insert), [{"id": one.workspace_id} for one in cast])
            statement = self._insert(votes)
            statement = statement.on_conflict_do_update(
                index_elements=[votes.c.workspace_id, votes.c.rule_id, votes.c.story_id, votes.c.voter],
                set_={"relevant": statement.excluded.relevant, "at": statement.excluded.at},
            )
            rows = [{column.name: getattr(one, column.name) for column in votes.c} for one in cast]
            await connection.execute(statement, rows)

    async def vote_counts(self, workspace_id: str) -> dict[str, Count]:
        """Judged stories by rule, each by what most of its voters say."""
        said = select(votes.c.rule_id, func.sum(case((votes.c.relevant, 1), else_=-1)).label("balance")).where(
            votes.c.workspace_id == workspace_id
        )
        balances = said.group_by(votes.c.rule_id, votes.c.story_id).subquery()
        good = func.sum(case((balances.c.balance > 0, 1), else_=0))
        query = select(balances.c.rule_id, good, func.count()).group_by(balances.c.rule_id)
        async with self._read() as connection:
            rows = [(row[0], int(row[1]), int(row[2])) for row in await connection.execute(query)]
        return {rule_id: Count(relevant, judged - relevant) for rule_id, relevant, judged in rows}

    async def judged_stories(self, workspace_id: str, rule_id: str) -> dict[str, bool]:
        """Stories that were voted on for a rule, and whether they are what it is for, as most of their voters say; oldest first."""
        balance = func.sum(case((votes.c.relevant, 1), else_=-1))
        query = (
            select(votes.c.story_id, balance)
            .where(votes.c.workspace_id == workspace_id, votes.c.rule_id == rule_id)
            .group_by(votes.c.story_id)
            .order_by(func.min(votes.c.at), votes.c.story_id)
        )
        async with self._read() as connection:
            return {row[0]: int(row[1]) > 0 for row in await connection.execute(query)}


def _versions(workspace_id: str, sort: Sort, name: str) -> Select[Any]:
    return (
        select(*_FIELDS)
        .where(declared.c.workspace_id == workspace_id, declared.c.sort == sort, declared.c.name == name)
        .order_by(declared.c.version)
    )


def _declared(row: Any) -> Declared:
    table = None if row.definition is None else json.loads(row.definition)
    return Declared(row.workspace_id, Sort(row.sort), row.name, row.version, table, row.member, row.at)


def _row(one: Declared) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace_id,
        "sort": one.sort,
        "name": one.name,
        "version": one.version,
        "definition": _text(one.table),
        "member": one.member,
        "at": one.at,
    }


def _text(table: Table | None) -> str | None:
    return None if table is None else json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def _wanted_text(wanted: Sequence[Wanted]) -> str:
    return json.dumps([[one.sort, one.name, one.seen, one.table] for one in wanted], ensure_ascii=False, separators=(",", ":"))


def _wanted(text: str) -> tuple[Wanted, ...]:
    return tuple(Wanted(Sort(sort), name, seen, table) for sort, name, seen, table in json.loads(text))
