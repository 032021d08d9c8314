"""A row as one text, made by the database itself: as PostgreSQL's COPY takes it, and as both databases write it to be compared.

Promises: what COPY reads is the value that SQLite holds, to the last bit of a number and the last byte of a text; two rows are
alike on both sides if, and only if, their texts to be compared are. Python touches whole blocks of rows and never a single value,
which is what makes a move of millions of rows a matter of minutes. Reads nothing itself.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Float, Integer, LargeBinary, Table

# No text of ours holds NUL (``types.storable``), so a NUL and a letter mark what belongs to no value: the end of a column, the end
# of a row, a backslash that is meant for COPY. They become what they stand for once the values' own bytes are escaped.
_COLUMN = "char(0, 116)"
_BACKSLASH = "char(0, 98)"
_WRITTEN = (
    (b"\\", rb"\\"),
    (b"\n", rb"\n"),
    (b"\r", rb"\r"),
    (b"\t", rb"\t"),
    (b"\0t", b"\t"),
    (b"\0n", b"\n"),
    (b"\0b", b"\\"),
)
"""What COPY's text format calls for, in this order (https://www.postgresql.org/docs/18/sql-copy.html)."""


def names(table: Table) -> str:
    """The columns of a table, as both databases take them."""
    return ", ".join(f'"{column.name}"' for column in table.columns)


def teach(connection: sqlite3.Connection) -> None:
    """Let a connection write numbers exactly, which SQLite's own functions do not, and give texts as bytes."""
    connection.create_function("exact_digits", 1, repr, deterministic=True)
    connection.create_function("exact_bits", 1, lambda value: struct.pack(">d", value).hex(), deterministic=True)
    connection.text_factory = bytes


def to_copy(table: Table) -> str:
    """An expression of SQLite for a row as ``written`` takes it."""
    return f" || {_COLUMN} || ".join(f"coalesce({_given(column)}, {_BACKSLASH} || 'N')" for column in table.columns)


def written(rows: Iterable[bytes]) -> bytes:
    """Rows, as ``to_copy`` gives them, as COPY reads them."""
    whole = b"\0n".join((*rows, b""))
    for raw, instead in _WRITTEN:
        whole = whole.replace(raw, instead)
    return whole


def to_compare(table: Table, dialect: str) -> str:
    """An expression for a row as a text, the same on both databases; each value has an end or a length: none runs into the next."""
    sides = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
    return " || ".join(f"coalesce({sides[dialect](column)}, '-')" for column in table.columns)


def _given(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    if _is(column, Float):
        return f"CASE WHEN {name} IS NOT NULL THEN exact_digits({name}) END"
    if _is(column, LargeBinary):
        return f"CASE WHEN {name} IS NOT NULL THEN {_BACKSLASH} || {_BACKSLASH} || 'x' || hex({name}) END"
    return name


def _on_sqlite(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    if _is(column, Float):
        return f"CASE WHEN {name} IS NOT NULL THEN exact_bits({name}) END"
    if _is(column, LargeBinary):
        return f"CASE WHEN {name} IS NOT NULL THEN hex({name}) || ';' END"
    if _is(column, DateTime):  # PostgreSQL leaves out the zeros at the end of a second, and says that it is UTC
        return f"CASE WHEN instr({name}, '.') THEN rtrim(rtrim({name}, '0'), '.') ELSE {name} END || '+00;'"
    if _is(column, Integer | Boolean):
        return f"{name} || ';'"
    return f"length(CAST({name} AS BLOB)) || ':' || {name}"


def _on_postgresql(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    if _is(column, Float):
        return f"encode(float8send({name}), 'hex')"
    if _is(column, LargeBinary):
        return f"upper(encode({name}, 'hex')) || ';'"
    if _is(column, Boolean):
        return f"{name}::int || ';'"
    if _is(column, Integer | DateTime):
        return f"{name}::text || ';'"
    return f"octet_length({name}) || ':' || {name}"


def _is(column: Column[Any], kind: Any) -> bool:
    return isinstance(getattr(column.type, "impl", column.type), kind)
