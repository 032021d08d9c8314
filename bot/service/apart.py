"""Story decisions that nobody's hidden articles take for others. Pure.

Stories are shared, and a workspace's own source brings articles that nobody else may read. Promises: which public articles are one
story is decided by public articles alone; an article of a workspace's own is compared with what that workspace may read, joins what
it belongs to, and never makes one story of two that somebody else reads something of. A story that one workspace alone reads is
joined by a public article as ever. Never decides how alike articles are: that does ``stories``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.core.declared import scope_of
from bot.core.model import FILE_WORKSPACE, StoryChange
from bot.core.stories import Member, StoryRecord
from bot.service.audience import NOBODY, may_read
from bot.stories.cluster import going_on
from bot.stories.view import stored_print

Decide = Callable[[Sequence[Member]], StoryChange]
"""Where an item belongs, given these neighbours."""


def decided_apart(source_id: str, near: Sequence[Member], stories: Mapping[str, StoryRecord], decide: Decide) -> StoryChange:
    """Where an item belongs.

    Args:
        source_id: the item's source.
        near: stored items that it could belong to, with the other members of their stories.
        stories: records of their stories.
        decide: decides it by some of them.
    """
    scope = scope_of(source_id)
    sources = {member.item_id: stored_print(member.fingerprint).source_id for member in near}
    reader = NOBODY if scope == FILE_WORKSPACE else scope
    seen = [member for member in near if may_read(sources[member.item_id], reader)]
    if scope == FILE_WORKSPACE:
        everything = decide(near)
        if len(seen) == len(near):
            return everything
        public = _stories_of(seen, stories)
        by_public = decide(seen)
        return everything if _parts(everything) & public == _parts(by_public) & public else by_public
    others = _stories_of([member for member in seen if scope_of(sources[member.item_id]) != scope], stories)
    change = decide(seen)
    while change.merged and _parts(change) & others:
        left = _parts(change) - _kept(change, seen, stories, others)
        seen = [member for member in seen if going_on(member.story_id, stories) not in left]
        change = decide(seen)
    return change


def _parts(change: StoryChange) -> set[str]:
    """The stories that are one by a decision; none if the item is of none."""
    return {story for story in (change.story_id, *change.merged) if story is not None}


def _stories_of(members: Sequence[Member], stories: Mapping[str, StoryRecord]) -> set[str]:
    return {story for member in members if (story := going_on(member.story_id, stories)) is not None}


def _kept(change: StoryChange, seen: Sequence[Member], stories: Mapping[str, StoryRecord], others: set[str]) -> set[str]:
    """Of several stories that an article of a workspace's own stands between, those it stays with.

    That of what it repeats before all, else those that its workspace alone reads, else the oldest.
    """
    homes = {going_on(member.story_id, stories) for member in seen if member.item_id == change.duplicate_of}
    home = next((story for story in homes if story in _parts(change)), None)
    if home is not None and home in others:
        return {home}
    return _parts(change) - others or {change.story_id or ""}
