"""What publishers change in articles after they were filed: noticed with the poll, taken in with the next decisions.

Promises: a headline that changed is remembered, with the old one and when that was noticed; nothing is taken in that was
changed again meanwhile; headlines that take turns are followed there and back, and then once a day. An item keeps the summary and
the text that it was matched by until new matches are written with the new ones. Where an item belongs stays as it was decided:
neither its fingerprint nor its membership is touched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.identity import says_more
from bot.core.model import Item, Match, TextState
from bot.core.outbox import Stale
from bot.core.stories import ChangedItem, EditedItem, HeadlineChange
from bot.store.connected import Connected, chunks
from bot.store.items import ITEM
from bot.store.tables import item_edits, items, matches, memberships

TEXT_LOOKED_AT = timedelta(hours=48)
"""How long after an item was first seen a change of its text alone is taken in. A corrected headline always is."""
MOST_EDITS = 12
"""Changes of one item that are taken in: a live page that is rewritten all day must not edit its message all day."""

RESTS = timedelta(hours=24)
"""How long a headline that its publisher took back must have been away before it is taken in again: a publisher that tries two
headlines on its readers in turn must not edit a message with each look. Taking one back once, as a correction does, is followed
at once, and the headline that stays is taken in the end."""


@dataclass(frozen=True, slots=True)
class _Read:
    """How an item reads, with what waits to be taken in, and when it was first seen."""

    first_seen: datetime
    title: str
    summary: str
    content_text: str
    text_state: TextState


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_WORDS = (
    select(items.c.id, *(items.c[field.name] for field in fields(_Read)))
    .join(memberships, memberships.c.item_id == items.c.id)
    .where(items.c.id.in_(_IDS), or_(memberships.c.story_id.is_not(None), memberships.c.matched.is_(True)))
    .order_by(items.c.arrival)
)
_COUNTS = select(item_edits.c.item_id, func.count()).where(item_edits.c.item_id.in_(_IDS)).group_by(item_edits.c.item_id)
_OF_ITEM = update(items).where(items.c.id == bindparam("of_item"))
_NEWEST = (
    select(
        item_edits.c.item_id,
        func.max(item_edits.c.number).label("number"),
        func.max(case((item_edits.c.before != item_edits.c.after, 1), else_=0)).label("retitled"),
    )
    .where(item_edits.c.settled_at.is_(None))
    .group_by(item_edits.c.item_id)
    .order_by(func.min(item_edits.c.number))
    .limit(bindparam("at_most"))
    .subquery("newest")
)
_GIVEN = ("summary", "content_text", "text_state")
"""What of an item waits in the row of a change until that is settled."""
_NEW = tuple(func.coalesce(item_edits.c[name], items.c[name]).label(f"new_{name}") for name in _GIVEN)
_EDITED = (
    select(items.c.arrival, _NEWEST.c.number, _NEWEST.c.retitled, *_NEW, *ITEM)
    .select_from(_NEWEST)
    .join(items, _NEWEST.c.item_id == items.c.id)
    .join(item_edits, _NEWEST.c.number == item_edits.c.number)
    .order_by(_NEWEST.c.number)
)
_WAITING = (
    select(item_edits.c.item_id, *(item_edits.c[name] for name in _GIVEN))
    .where(item_edits.c.item_id.in_(_IDS), item_edits.c.settled_at.is_(None), item_edits.c.content_text.is_not(None))
    .order_by(item_edits.c.number)
)
_HEADLINES = (
    select(*(item_edits.c[field.name] for field in fields(HeadlineChange)))
    .where(item_edits.c.item_id.in_(_IDS), item_edits.c.before != item_edits.c.after)
    .order_by(item_edits.c.number)
)
_LATEST = select(item_edits.c.item_id, func.max(item_edits.c.number)).where(item_edits.c.item_id.in_(_IDS))
_LATEST = _LATEST.group_by(item_edits.c.item_id)
_FORGET_MATCHES = delete(matches).where(matches.c.item_id.in_(_IDS))
_SETTLED = (
    item_edits.c.item_id == bindparam("of_item"),
    item_edits.c.number <= bindparam("up_to"),
    item_edits.c.settled_at.is_(None),
)
_SETTLE = update(item_edits).where(*_SETTLED).values(settled_at=bindparam("now"), summary=None, content_text=None, text_state=None)
_FORGET = delete(item_edits).where(*_SETTLED)


class EditQueries(Connected):
    """Queries about changed items."""

    async def edited_items(self, limit: int) -> list[ChangedItem]:
        """The first ``limit`` items whose changes are not taken in yet, in the order in which they were noticed."""
        async with self._read() as connection:
            rows = await connection.execute(_EDITED, {"at_most": limit})
            found = []
            for order, number, retitled, summary, text, state, *values in rows:
                filed = Item(*values)
                given = replace(filed, summary=summary, content_text=text, text_state=state)
                found.append(ChangedItem(given, order, number, filed, bool(retitled)))
            return found

    async def headline_changes(self, item_ids: Collection[str]) -> dict[str, tuple[HeadlineChange, ...]]:
        """What changed in the headlines of these items, oldest first; items whose headline never did are left out."""
        found: dict[str, list[HeadlineChange]] = {}
        async with self._read() as connection:
            for chunk in chunks(item_ids):
                for row in await connection.execute(_HEADLINES, {"ids": chunk}):
                    found.setdefault(row.item_id, []).append(HeadlineChange(*row))
        return {item_id: tuple(changes) for item_id, changes in found.items()}


async def note_edits(connection: AsyncConnection, changed: Sequence[Item], now: datetime) -> tuple[str, ...]:
    """Take the new words of filed items that belong to a story or matched a rule, where a reader would learn something.

    Returns the ids of those that were taken; the others are as they were.
    """
    by_id = {item.id: item for item in changed}
    before: dict[str, _Read] = {}
    counts: dict[str, int] = {}
    told: dict[str, list[HeadlineChange]] = {}
    for chunk in chunks(by_id):
        before.update((row[0], _Read(*row[1:])) for row in await connection.execute(_WORDS, {"ids": chunk}))
        for item_id, *given in await connection.execute(_WAITING, {"ids": chunk}):
            if item_id in before:
                before[item_id] = replace(before[item_id], **dict(zip(_GIVEN, given, strict=True)))
        counts.update((row[0], row[1]) for row in await connection.execute(_COUNTS, {"ids": chunk}))
        for row in await connection.execute(_HEADLINES, {"ids": chunk}):
            told.setdefault(row.item_id, []).append(HeadlineChange(*row))
    resting = [item_id for item_id in before if _rests(by_id[item_id].title, told.get(item_id, ()), now)]
    by_id.update((item_id, replace(by_id[item_id], title=before[item_id].title)) for item_id in resting)
    if resting:  # asked about again with the next poll: by then it may have rested long enough
        await connection.execute(_OF_ITEM, [{"of_item": item_id, "content_hash": ""} for item_id in resting])
    taken = {
        item_id: _words(by_id[item_id], row)
        for item_id, row in before.items()
        if counts.get(item_id, 0) < MOST_EDITS and _matters(by_id[item_id], row, now)
    }
    if taken:
        await connection.execute(_OF_ITEM, [{"of_item": item_id, "title": words["title"]} for item_id, words in taken.items()])
        rows = [
            {
                "item_id": item_id,
                "noticed_at": now,
                "before": before[item_id].title,
                "after": words["title"],
                **{name: words[name] for name in _GIVEN},
            }
            for item_id, words in taken.items()
        ]
        await connection.execute(insert(item_edits), rows)
    return tuple(taken)


def _rests(title: str, changes: Sequence[HeadlineChange], now: datetime) -> bool:
    """Whether a headline was taken back less than ``RESTS`` ago, in an article that took a headline up again before."""
    words = title.split()
    seen: list[list[str]] = []
    again = False
    for change in changes:
        seen.append(change.before.split())
        again = again or change.after.split() in seen
    left = max((change.noticed_at for change in changes if change.before.split() == words), default=None)
    return again and left is not None and now - left < RESTS


def _matters(item: Item, row: _Read, now: datetime) -> bool:
    if item.title and item.title.split() != row.title.split():
        return True
    if now - row.first_seen > TEXT_LOOKED_AT:
        return False
    words = _words(item, row)
    new, old = f"{words['summary']} {words['content_text']}", f"{row.summary} {row.content_text}"
    return says_more(old, new) or says_more(new, old)


def _words(item: Item, row: _Read) -> Mapping[str, Any]:
    """The words as they are from now on: nothing empty replaces anything, no excerpt replaces a whole text."""
    whole = row.text_state is TextState.FULL and item.text_state is not TextState.FULL
    text = {"content_text": row.content_text, "text_state": row.text_state}
    if item.content_text and not whole:
        text = {"content_text": item.content_text, "text_state": item.text_state}
    return {"title": item.title or row.title, "summary": item.summary or row.summary, **text}


async def settle_edits(connection: AsyncConnection, edited: Sequence[EditedItem], now: datetime) -> None:
    """Write how changed items read now, replace their matches, and mark their changes as taken in; forget what is none.

    Raises:
        Stale: one of them was changed again, or is queued anew; nothing was written.
    """
    latest: dict[str, int] = {}
    for chunk in chunks(entry.item_id for entry in edited):
        latest.update((row[0], row[1]) for row in await connection.execute(_LATEST, {"ids": chunk}))
    for entry in edited:
        if latest.get(entry.item_id) != entry.number:
            raise Stale(f"item {entry.item_id} changed again")
    news = [(entry, entry.item) for entry in edited if entry.item is not None]
    none = [{"of_item": entry.item_id, "up_to": entry.number} for entry in edited if entry.item is None]
    for chunk in chunks(entry.item_id for entry, _ in news):
        await connection.execute(_FORGET_MATCHES, {"ids": chunk})
    rows = [{field.name: getattr(match, field.name) for field in fields(Match)} for entry, _ in news for match in entry.matches]
    if rows:
        await connection.execute(insert(matches), rows)
    if news:
        words = [{"of_item": item.id, **{name: getattr(item, name) for name in (*_GIVEN, "notes")}} for _, item in news]
        await connection.execute(_OF_ITEM, words)
        await connection.execute(_SETTLE, [{"of_item": entry.item_id, "up_to": entry.number, "now": now} for entry, _ in news])
    if none:
        await connection.execute(_FORGET, none)
