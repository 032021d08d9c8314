"""What is known of a database that is copied into another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MovedTable:
    """A table on the new side.

    Attributes:
        name: its name.
        rows: how many it has.
        digest: hex; the sum of the hashes of its rows modulo 2^128, so that it does not depend on their order.
    """

    name: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """How far a move is.

    Attributes:
        doing: ``copied``, ``indexed`` (one of its indexes or rules more) or ``compared``.
        table: which table.
        rows: rows of it so far.
    """

    doing: str
    table: str
    rows: int
