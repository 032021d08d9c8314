"""Mutes, holds and followed stories. What they silence and who may change them is decided elsewhere.

Promises: a mute, a hold and their audit row are committed together or not at all; nothing that a person silenced is deleted: what
has ended says since when. Who follows is kept as a keyed digest, and forgotten when that person unfollows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.overlays import Audited
from bot.core.silences import Hold, Mute, Silenced
from bot.store.connected import Connected, chunks
from bot.store.overlays import insert_workspace, write_audited
from bot.store.tables import follows, holds, items, matches, memberships, mutes, reminders

_MUTE = tuple(mutes.c[field.name] for field in fields(Mute))
_HOLD = tuple(holds.c[field.name] for field in fields(Hold))
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_BEFORE = 50_000
"""Newest items among which outlets are looked for: some weeks of hundreds of sources, read in a moment."""


class SilenceQueries(Connected):
    """Queries of mutes, holds and follows."""

    async def mutes_in_force(self, now: datetime) -> list[Mute]:
        """Every workspace's mutes that silence something at this instant, oldest first."""
        lasting = or_(mutes.c.until.is_(None), mutes.c.until > now)
        query = select(*_MUTE).where(mutes.c.ended_at.is_(None), lasting).order_by(mutes.c.at, mutes.c.id)
        async with self._read() as connection:
            return [Mute(*row) for row in await connection.execute(query)]

    async def mutes_named(self, workspace_id: str, ids: Collection[str]) -> list[Mute]:
        """These mutes of a workspace, ended ones too, oldest first."""
        query = select(*_MUTE).where(mutes.c.workspace_id == workspace_id, mutes.c.id.in_(_IDS)).order_by(mutes.c.at, mutes.c.id)
        found: list[Mute] = []
        async with self._read() as connection:
            for chunk in chunks(ids):
                found += [Mute(*row) for row in await connection.execute(query, {"ids": chunk})]
        return found

    async def change_mutes(
        self, *, made: Sequence[Mute], ended: Collection[str], restored: Collection[str], audited: Audited
    ) -> None:
        """Make mutes, end some and let ended ones hold again, with the audit row; all in force from its instant on."""
        async with self._write() as connection:
            await write_audited(connection, insert_workspace(self._insert), audited)
            of_workspace = mutes.c.workspace_id == audited.workspace_id
            for ids, at in ((ended, audited.at), (restored, None)):
                if ids:
                    await connection.execute(update(mutes).where(of_workspace, mutes.c.id.in_(list(ids))).values(ended_at=at))
            if made:
                await connection.execute(insert(mutes), [_row(one) for one in made])

    async def holds_standing(self) -> list[Hold]:
        """Every hold under which nothing is sent yet, oldest first: those in force, and those whose end nobody has settled."""
        query = select(*_HOLD).where(holds.c.settled_at.is_(None)).order_by(holds.c.at, holds.c.id, holds.c.channel_id)
        async with self._read() as connection:
            return [Hold(*row) for row in await connection.execute(query)]

    async def holds_named(self, workspace_id: str, ids: Collection[str]) -> list[Hold]:
        """The rows of these holds of a workspace, ended ones too."""
        query = select(*_HOLD).where(holds.c.workspace_id == workspace_id, holds.c.id.in_(_IDS)).order_by(holds.c.channel_id)
        found: list[Hold] = []
        async with self._read() as connection:
            for chunk in chunks(ids):
                found += [Hold(*row) for row in await connection.execute(query, {"ids": chunk})]
        return found

    async def change_holds(
        self, *, made: Sequence[Hold], ended: Collection[str], restored: Collection[str], audited: Audited
    ) -> None:
        """Make holds, end some and let ended ones stand again, with the audit row."""
        async with self._write() as connection:
            await write_audited(connection, insert_workspace(self._insert), audited)
            for ids, values in ((ended, {"ended_at": audited.at}), (restored, {"ended_at": None, "settled_at": None})):
                if ids:
                    mine = (holds.c.workspace_id == audited.workspace_id, holds.c.id.in_(list(ids)))
                    await connection.execute(update(holds).where(*mine).values(values))
            if made:
                await connection.execute(insert(holds), [_row(one) for one in made])

    async def extend_holds(self, reaching: Sequence[Hold]) -> None:
        """Let holds reach further channels too; one that does already is left as it is."""
        if reaching:
            async with self._write() as connection:
                rows = [_row(one) for one in reaching]
                await connection.execute(self._insert(holds).on_conflict_do_nothing(), rows)

    async def settle_holds(self, channel_id: str, now: datetime) -> bool:
        """What waited behind ended holds of this channel was let out: it may send again, unless another hold stands there."""
        over = or_(holds.c.ended_at.is_not(None), holds.c.until <= now)
        mine = and_(holds.c.channel_id == channel_id, holds.c.settled_at.is_(None))
        async with self._write() as connection:
            await connection.execute(update(holds).where(mine, over).values(settled_at=now))
            return not bool(await connection.scalar(select(exists().where(mine))))

    async def pull_back_silences(self, now: datetime) -> int:
        """Let mutes, holds and reminders that a clock made that was ahead begin now, each as long as meant; returns how many."""
        moved = 0
        async with self._write() as connection:
            for table in (mutes, holds):
                standing = select(table).where(table.c.ended_at.is_(None), table.c.until.is_not(None), table.c.at > now)
                for row in (await connection.execute(standing)).all():
                    this = [column == getattr(row, column.name) for column in table.primary_key]
                    await connection.execute(update(table).where(*this).values(at=now, until=row.until - (row.at - now)))
                    moved += 1
            columns = (reminders.c.id, reminders.c.made_at, reminders.c.due_at, reminders.c.message)
            waiting = select(*columns).where(
                reminders.c.told_by.is_(None), reminders.c.ended_at.is_(None), reminders.c.made_at > now
            )
            for row in (await connection.execute(waiting)).all():
                due = row.due_at - (row.made_at - now)
                later = {"made_at": now, "due_at": due, "message": replace(row.message, due=due)}
                await connection.execute(update(reminders).where(reminders.c.id == row.id).values(**later))
                moved += 1
        return moved

    async def followed(self, story_ids: Collection[str]) -> set[tuple[str, str]]:
        """(channel, story) wherever somebody follows one of these stories."""
        query = select(follows.c.channel_id, follows.c.story_id).where(follows.c.story_id.in_(_IDS)).distinct()
        found: set[tuple[str, str]] = set()
        if not story_ids:
            return found
        async with self._read() as connection:
            for chunk in chunks(story_ids):
                found.update((row[0], row[1]) for row in await connection.execute(query, {"ids": chunk}))
        return found

    async def follow(self, workspace_id: str, channel_id: str, story_id: str, follower: str, at: datetime) -> bool:
        """Remember that somebody follows a story in a channel; False if that was known."""
        row = {"workspace_id": workspace_id, "channel_id": channel_id, "story_id": story_id, "follower": follower, "at": at}
        async with self._write() as connection:
            await connection.execute(insert_workspace(self._insert), [{"id": workspace_id}])
            statement = self._insert(follows).values(row).on_conflict_do_nothing().returning(follows.c.follower)
            return (await connection.execute(statement)).first() is not None

    async def unfollow(self, channel_id: str, story_ids: Collection[str], follower: str) -> int:
        """Forget that somebody follows these stories in a channel; how many that were."""
        gone = 0
        async with self._write() as connection:
            for chunk in chunks(story_ids):
                mine = (follows.c.channel_id == channel_id, follows.c.follower == follower, follows.c.story_id.in_(chunk))
                rows = await connection.execute(delete(follows).where(*mine).returning(follows.c.story_id))
                gone += len(rows.all())
        return gone

    async def followed_by(self, channel_ids: Collection[str], follower: str) -> list[tuple[str, str]]:
        """(channel, story) of what somebody follows in these channels, newest first."""
        query = (
            select(follows.c.channel_id, follows.c.story_id)
            .where(follows.c.follower == follower, follows.c.channel_id.in_(_IDS))
            .order_by(follows.c.at.desc(), follows.c.story_id)
        )
        async with self._read() as connection:
            return [(row[0], row[1]) for chunk in chunks(channel_ids) for row in await connection.execute(query, {"ids": chunk})]

    async def outlets_matched(self, rule_ids: Collection[str], *, limit: int) -> list[tuple[str | None, str | None]]:
        """(outlet as printed, address) of the newest items that any of these rules matched, newest first, each pair once."""
        newest = select(items.c.arrival).order_by(items.c.arrival.desc()).offset(_BEFORE).limit(1).scalar_subquery()
        query = (
            select(items.c.outlet, items.c.url)
            .join(memberships, memberships.c.arrival == items.c.arrival)
            .where(
                memberships.c.matched,
                or_(newest.is_(None), items.c.arrival > newest),
                exists().where(matches.c.item_id == items.c.id, matches.c.rule_id.in_(list(rule_ids))),
            )
            .order_by(items.c.arrival.desc())
            .limit(limit)
        )
        async with self._read() as connection:
            return list(dict.fromkeys((row[0], row[1]) for row in await connection.execute(query)))


def no_hold(channel_id: Any) -> Any:
    """True for a channel that no hold keeps silent; of a column or an id."""
    return ~exists().where(holds.c.channel_id == channel_id, holds.c.settled_at.is_(None))


async def carry_over(connection: AsyncConnection, insert_into: Any, merged: Iterable[tuple[str, str]]) -> None:
    """What people silenced, follow and wait for moves with each story that was merged into another, in this order."""
    for gone, into in merged:
        of_story = and_(mutes.c.kind == Silenced.STORY, mutes.c.subject == gone, mutes.c.ended_at.is_(None))
        await connection.execute(update(mutes).where(of_story).values(subject=into))
        waiting = and_(reminders.c.story_id == gone, reminders.c.ended_at.is_(None))
        await connection.execute(update(reminders).where(waiting).values(story_id=into))
        rows = (await connection.execute(select(follows).where(follows.c.story_id == gone))).mappings().all()
        if rows:
            values = [{**row, "story_id": into} for row in rows]
            await connection.execute(insert_into(follows).on_conflict_do_nothing(), values)
            await connection.execute(delete(follows).where(follows.c.story_id == gone))


def _row(value: Mute | Hold) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
