"""Whose eyes what a source brings is for. Pure.

What a source of the file brings is for everybody; what a workspace's own source brings is for that workspace, and nobody else
learns that it came: neither the article nor the source.
"""

from __future__ import annotations

from bot.core.declared import scope_of
from bot.core.model import FILE_WORKSPACE, Item, Match


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
