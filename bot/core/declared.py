"""What workspaces declare beside the file: rules, sources, subscriptions and settings of channels, with every version of each.

A declaration is a table as the configuration file would hold it, kept as data: what it means is read by ``bot.config``, so that
what was said in a chat and what was written in a file cannot drift apart, and an export is the table itself. Values alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.model import FILE_WORKSPACE

Table = Mapping[str, Any]
"""A table of the configuration file: texts, whole numbers, truth values, lists and tables of these."""

_SCOPED = re.compile(r"((?:slack|discord):[A-Za-z0-9]+|file)/(.+)", re.DOTALL)


class Sort(StrEnum):
    """What is declared."""

    RULE = "rule"  # a rule of the workspace's own
    SOURCE = "source"  # a source of the workspace's own
    SUBSCRIPTION = "subscription"  # a rule of a pack, told in channels of the workspace; its name is the rule's id
    CHANNEL = "channel"  # settings of one of the workspace's channels; its name is the place, ``slack:C1``


@dataclass(frozen=True, slots=True)
class Declared:
    """One version of one declaration.

    Attributes:
        workspace_id: whose it is: ``file``, or platform and id of a chat's workspace (``slack:T1``).
        name: as the workspace calls it; unique in it for its sort.
        version: 1, 2, 3 ... without a gap.
        table: what it says; None: it was removed.
        member: who declared it: the platform's id of the person in that workspace; ``operator`` in the terminal.
        at: when.
    """

    workspace_id: str
    sort: Sort
    name: str
    version: int
    table: Table | None
    member: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A declaration to be written.

    Attributes:
        seen: number of the version that it follows; 0: there was none. Another one that came in between is never lost.
        table: None removes it.
    """

    sort: Sort
    name: str
    seen: int
    table: Table | None


@dataclass(frozen=True, slots=True)
class Imported:
    """Tables that somebody brings, by name."""

    rules: Mapping[str, Table]
    sources: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Draft:
    """A declaration that waits for a person's yes.

    Attributes:
        id: opaque, ``n`` and hex digits.
        member: who made it, and may confirm it.
        wanted: what a yes declares.
        ends_at: from then on it is forgotten.
        what: the command it came from.
        made_at: when it was made.
    """

    id: str
    workspace_id: str
    member: str
    what: str
    wanted: tuple[Wanted, ...]
    made_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Vote:
    """Whether a story was what a rule is for, as one person sees it.

    Attributes:
        rule_id: as it is in force (scoped, if it is a workspace's own).
        voter: HMAC of the person's id: it tells that a person voted twice, and not who it was.
    """

    workspace_id: str
    rule_id: str
    story_id: str
    voter: str
    relevant: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """Votes on what a rule brought: stories by what most of their voters say; a tie is not relevant."""

    relevant: int = 0
    irrelevant: int = 0

    @property
    def precision(self) -> float | None:
        """Share of the judged stories that are what the rule is for; None without votes."""
        judged = self.relevant + self.irrelevant
        return self.relevant / judged if judged else None


def scoped(workspace_id: str, name: str) -> str:
    """The id under which a workspace's own thing is in force: never that of another workspace's, nor of the file's."""
    return f"{workspace_id}/{name}"


def shown(name: str) -> str:
    """An id as its workspace calls it: without the scope."""
    found = _SCOPED.fullmatch(name)
    return name if found is None else found[2]


def scope_of(name: str) -> str:
    """The workspace that an id belongs to; ``file`` for what the file declares."""
    found = _SCOPED.fullmatch(name)
    return FILE_WORKSPACE if found is None else found[1]
