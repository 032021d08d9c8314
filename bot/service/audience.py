"""Whose eyes what a source brings is for. Pure.

What a source of the file brings is for everybody; what a workspace's own source brings is for that workspace, and nobody else
learns that it came: neither the article, nor the source, nor by what is told of a story that it is part of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.declared import scope_of
from bot.core.model import FILE_WORKSPACE, Channel, Item, Match, StoryChange, Tier
from bot.outbox.plan import NewsFacts
from bot.service.workspaces import WorkspaceOf, chat_workspace
from bot.stories.summary import StoryItem

NOBODY = ""
"""The workspace of a channel of which none is known, and of one that is in none: it reads what the file's sources bring."""


def may_read(source_id: str, workspace_id: str) -> bool:
    """Whether a workspace may hear of what a source brings. The operator, whose workspace is the file's, hears of everything."""
    scope = scope_of(source_id)
    return workspace_id == FILE_WORKSPACE or scope in (FILE_WORKSPACE, workspace_id)


def for_whom(item: Item, matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Those matches that count: of what a workspace's own source brought, the matches of that workspace's own rules.

    A rule of the file posts into channels of many workspaces, so it never holds for what one of them brings.
    """
    scope = scope_of(item.source_id)
    return matches if scope == FILE_WORKSPACE else tuple(match for match in matches if match.workspace_id == scope)


def reader_of(channel: Channel, workspace_of: WorkspaceOf) -> str:
    """The workspace that reads a channel."""
    if channel.workspace_id != FILE_WORKSPACE:
        return channel.workspace_id
    known = workspace_of(channel)
    return NOBODY if known is None else chat_workspace(channel.platform, known)


def seen_by(workspace_id: str, members: Sequence[StoryItem]) -> Sequence[StoryItem]:
    """A story's articles as a workspace has them.

    Of those that repeat one that it does not have, the earliest is a report of its own, and the others repeat that one: they would
    if the hidden one had never come.
    """
    seen = [member for member in members if may_read(member.item.source_id, workspace_id)]
    if len(seen) == len(members):
        return members
    ids = {member.item.id for member in seen}
    firsts: dict[str, StoryItem] = {}
    for member in sorted(seen, key=_seniority):
        hidden = _original(member)
        if hidden is not None and hidden not in ids:
            firsts.setdefault(hidden, member)
    return [_repeating(member, firsts.get(_original(member) or "")) for member in seen]


def _original(member: StoryItem) -> str | None:
    return member.duplicate_of or member.rerun_of


def _seniority(member: StoryItem) -> tuple[bool, float, int]:
    """Earliest-dated first, undated last, then by arrival, as among the articles that the stories are made of."""
    dated = member.item.date_published or member.item.date_rendered
    return (dated is None, dated.timestamp() if dated else 0.0, member.order)


def _repeating(member: StoryItem, first: StoryItem | None) -> StoryItem:
    """The article with ``first`` in place of the hidden one that both repeat; as it is if it repeats none that is hidden."""
    if first is None:
        return member
    if first is member:
        return replace(member, duplicate_of=None, rerun_of=None)
    return replace(
        member,
        duplicate_of=first.item.id if member.duplicate_of else None,
        rerun_of=first.item.id if member.rerun_of and not first.rerun_of else None,
    )


def changes_seen(changes: Iterable[StoryChange], seen: Sequence[StoryItem]) -> list[StoryChange]:
    """What those articles did to their story that a workspace has."""
    own = {member.item.id: member for member in seen}
    return [
        replace(change, tier=Tier.NEW, duplicate_of=None, rerun_of=None)
        if change.tier in (Tier.KEY, Tier.COPY) and own[change.item_id].duplicate_of is None
        else replace(change, duplicate_of=own[change.item_id].duplicate_of, rerun_of=own[change.item_id].rerun_of)
        for change in changes
        if change.item_id in own
    ]


def news_seen(facts: NewsFacts, seen: Sequence[StoryItem]) -> NewsFacts:
    """What came to a story, of what a workspace has."""
    own = {member.item.id: member for member in seen}
    return NewsFacts(
        tuple(
            replace(
                arrival,
                copy=own[arrival.item_id].duplicate_of is not None,
                rerun=own[arrival.item_id].rerun_of is not None,
            )
            for arrival in facts.arrivals
            if arrival.item_id in own
        )
    )
