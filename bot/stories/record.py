"""A story's record after a change: computed from its members alone, so that memory and store can never tell it differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.core.model import Format, StoryChange
from bot.core.stories import StoryRecord
from bot.stories.fingerprint import Fingerprint

Told = tuple[Fingerprint, str | None, str | None]
"""A member as records see it: fingerprint, ``rerun_of``, ``duplicate_of``."""


def lead(members: Sequence[Told]) -> Fingerprint:
    """The earliest-dated original: no rerun, no copy, published before rendered-only and undated ones, then by arrival."""
    originals = [mark for mark, rerun_of, duplicate_of in members if rerun_of is None and duplicate_of is None]
    fresh = [mark for mark, rerun_of, _ in members if rerun_of is None]
    return min(originals or fresh or [mark for mark, _, _ in members], key=_precedence)


def _precedence(mark: Fingerprint) -> tuple[bool, float, int]:
    return (mark.published is None, mark.published.timestamp() if mark.published else 0.0, mark.order)


def update_story(previous: StoryRecord | None, members: Sequence[Told], change: StoryChange, now: datetime) -> StoryRecord:
    """The record of ``change.story_id`` once the change is applied.

    Args:
        previous: the record before, or None for a story the change opens.
        members: all members after the change, those adopted or merged in included, in order of arrival.
        change: what happened.
        now: when; a new story opens at it.
    """
    first = lead(members)
    published = [mark.published for mark, rerun_of, _ in members if rerun_of is None and mark.published is not None]
    formats = Counter(mark.format for mark, rerun_of, _ in members if rerun_of is None)
    most = max(formats.values(), default=0)
    kind = (
        first.format
        if formats[first.format] == most
        else min((found for found in formats if formats[found] == most), key=_plainness)
    )
    known = previous.related if previous else ()
    # The lead's headline may have been changed since its fingerprint was made; the record says how it reads now.
    title = previous.title if previous and previous.lead_item_id == first.item_id else first.title
    related = tuple(dict.fromkeys((*known, *(sid for sid in change.related if sid != change.story_id))))
    return StoryRecord(
        id=change.story_id or "",
        title=title,
        lead_item_id=first.item_id,
        format=kind,
        opened_at=previous.opened_at if previous else now,
        first_published=min(published, default=None),
        last_published=max(published, default=None),
        related=tuple(sid for sid in related if sid not in change.merged),
        merged_into=previous.merged_into if previous else None,
        version=previous.version + 1 if previous else 1,
    )


def _plainness(kind: Format) -> int:
    return list(Format).index(kind)
