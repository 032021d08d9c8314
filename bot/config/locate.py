"""Where each key of a TOML document stands: the line and column that a TOML reader throws away.

Works on documents that tomli has accepted; it promises a place for every path tomli returns, and never a value.
It does not validate: what it cannot read is a ``ValueError``, which after tomli cannot happen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import tomli

Path = tuple[str | int, ...]
"""Keys and 0-based list positions, from the top of the document: ``("sources", 2, "url")``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or list element stands, 1-based, columns in code points.

    Attributes:
        line, column: the key (for a list element without a key, its value; for a table, its header).
        text_line, text_column: first character inside the quotes of a text value; a multi-line text that starts on
            the line below its quotes has that line. For anything else the start of the value.
    """

    line: int
    column: int
    text_line: int
    text_column: int


_BLANK = re.compile(r"[ \t]*")
_BLANK_AND_COMMENTS = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_MULTI_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*+"""(?:"{0,2})', re.DOTALL)
_MULTI_LITERAL = re.compile(r"'''(?:[^']|'(?!''))*+'''(?:'{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def locate(text: str) -> Mapping[Path, Place]:
    """Map every path of the document to its place.

    A table that is only implied (``a`` in ``[a.b]``) has the place where it is first named.

    Raises:
        ValueError: ``text`` is not TOML.
        RecursionError: arrays or inline tables are nested some hundreds deep.
    """
    return _Scanner(text.replace("\r\n", "\n")).places()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._places: dict[Path, Place] = {}
        self._lengths: dict[Path, int] = {}  # arrays of tables seen so far

    def places(self) -> Mapping[Path, Place]:
        table: Path = ()
        while True:
            self._skip(_BLANK_AND_COMMENTS)
            if self._at == len(self._text):
                return self._places
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        start = self._at
        many = self._text.startswith("[[", start)
        self._at += 2 if many else 1
        keys = self._key()
        self._expect("]]" if many else "]")
        table: Path = ()
        for position, (key, _) in enumerate(keys):
            table = (*table, key)
            self._add(table, start, start)
            last = position == len(keys) - 1
            if last and many:
                self._lengths[table] = self._lengths.get(table, 0) + 1
            if table in self._lengths:
                table = (*table, self._lengths[table] - 1)
                self._add(table, start, start)
        if not many:
            # the table's own header says more than the first place where it was implied
            self._places[table] = self._place(start, start)
        return table

    def _pair(self, table: Path) -> None:
        keys = self._key()
        self._expect("=")
        self._skip(_BLANK)
        path = table
        for key, start in keys:
            path = (*path, key)
            self._add(path, start, self._text_start())
        self._value(path)

    def _value(self, path: Path) -> None:
        text, start = self._text, self._at
        if text.startswith(("[", "{"), start):
            self._group(path, "]" if text[start] == "[" else "}")
            return
        if text.startswith('"""', start):
            self._skip(_MULTI_BASIC)
        elif text.startswith("'''", start):
            self._skip(_MULTI_LITERAL)
        elif text.startswith('"', start):
            self._skip(_BASIC)
        elif text.startswith("'", start):
            self._skip(_LITERAL)
        else:
            self._skip(_SCALAR)
        if self._at == start:
            raise ValueError(f"no value at character {start}")

    def _group(self, path: Path, end: str) -> None:
        """An array or an inline table, which may hold line breaks and comments."""
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK_AND_COMMENTS)
            if self._text.startswith(end, self._at):
                self._at += 1
                return
            if end == "]":
                element = (*path, index)
                self._add(element, self._at, self._text_start())
                self._value(element)
                index += 1
            else:
                self._pair(path)
            self._skip(_BLANK_AND_COMMENTS)
            if self._text.startswith(",", self._at):
                self._at += 1
            elif not self._text.startswith(end, self._at):
                raise ValueError(f"no {end} at character {self._at}")

    def _key(self) -> list[tuple[str, int]]:
        """A key of one or more dotted parts, each with where it starts."""
        parts: list[tuple[str, int]] = []
        while True:
            self._skip(_BLANK)
            start = self._at
            for pattern in (_BARE_KEY, _BASIC, _LITERAL):
                self._skip(pattern)
                if self._at > start:
                    break
            else:
                raise ValueError(f"no key at character {start}")
            raw = self._text[start : self._at]
            name = tomli.loads(f"key = {raw}")["key"] if raw[0] in "\"'" else raw
            parts.append((name, start))
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _text_start(self) -> int:
        """Where the value at the present position has its first character of text."""
        text, start = self._text, self._at
        if text.startswith(('"""', "'''"), start):
            return start + 4 if text.startswith("\n", start + 3) else start + 3
        return start + 1 if text.startswith(('"', "'"), start) else start

    def _add(self, path: Path, start: int, text_start: int) -> None:
        if path not in self._places:
            self._places[path] = self._place(start, text_start)

    def _place(self, start: int, text_start: int) -> Place:
        line = bisect_right(self._starts, start)
        text_line = bisect_right(self._starts, text_start)
        return Place(line, start - self._starts[line - 1] + 1, text_line, text_start - self._starts[text_line - 1] + 1)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()

    def _expect(self, mark: str) -> None:
        self._skip(_BLANK)
        if not self._text.startswith(mark, self._at):
            raise ValueError(f"no {mark} at character {self._at}")
        self._at += len(mark)
