"""One person as the installation knows it, for those who ask what is kept about them. Plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Known:
    """In which ways rows tell a person.

    Attributes:
        workspace_id: the person is one of a workspace: the same one elsewhere is another.
        member: the platform's id.
        pseudonym: what stands for it once the id is not kept any more.
        key: the keyed digest under which the person votes, follows and asks to be reminded.
    """

    workspace_id: str
    member: str
    pseudonym: str
    key: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is held about a person.

    Attributes:
        rows: by table, oldest first, each as the names and values of its columns; tables without any are left out.
        named: what people declared in which the person's id stands, such as a channel that calls somebody: (sort, name).
        formerly: the same of each earlier version, which is kept to be taken back to.
    """

    rows: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    named: tuple[tuple[str, str], ...] = ()
    formerly: tuple[tuple[str, str], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows, by table."""
        counted = Counter({table: len(found) for table, found in self.rows.items()})
        if self.formerly:
            counted["declared"] += len(self.formerly)
        return dict(counted)
