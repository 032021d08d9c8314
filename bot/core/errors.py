"""The errors a person may meet, and what each carries.

    WatchlampError
    +-- UserInputError        the person's input is wrong; the command line ends with status 2
    |   +-- ConfigError       one or more mistakes in a configuration
    |   +-- QueryError        a query that cannot be read or must not be accepted
    +-- WorkError             the input was fine, the work failed; status 1
        +-- FetchError        a source or a page could not be fetched
        +-- DocumentError     what was fetched could not be read
        +-- StoreError        the database is missing, foreign, newer, busy or full
            +-- BusyError     another program holds it; the same may be tried again

Every message is a whole sentence that says what is wrong and what to do. An error never contains a secret:
messages are built from names and hosts, never from full addresses with credentials.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from bot.core.spoken import tr


class WatchlampError(Exception):
    """Base of every error that is told to a person as a sentence instead of a traceback."""


class UserInputError(WatchlampError):
    """The person's input is wrong. Nothing was changed."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a file.

    Attributes:
        file: the file as the person named it.
        line: 1-based line, or 0 if the mistake has no line (a missing table, say).
        key: dotted key such as ``sources[2].url``, or an empty string.
        message: what is wrong, with the nearest right spelling if there is one.
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigError(UserInputError):
    """A configuration has mistakes; all of them are in ``mistakes``, in file order."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


class QueryError(UserInputError):
    """A query cannot be read, or is refused because it could not do what its author means.

    Attributes:
        message: what is wrong, as a sentence.
        line: 1-based line in the query.
        column: 1-based column in code points.
        source: the query's text.
        suggestion: what to write instead, or None.
    """

    def __init__(self, message: str, *, source: str, line: int, column: int, suggestion: str | None = None) -> None:
        self.message = message
        self.source = source
        self.line = line
        self.column = column
        self.suggestion = suggestion
        super().__init__(self._text())

    def _text(self) -> str:
        where = tr("line {line}, column {column}: {message}", line=self.line, column=self.column, message=self.message)
        parts = [where, *(f"  {line}" for line in self.pointed_at())]
        if self.suggestion:
            parts.append(f"  {self.suggestion}")
        return "\n".join(parts)

    def pointed_at(self) -> tuple[str, str]:
        """The line of the query, cut around the place if it is long, and a line with a mark under the place."""
        lines = self.source.splitlines() or [""]
        line, at = lines[min(self.line, len(lines)) - 1].replace("\t", " "), self.column - 1
        first = max(0, at - _SHOWN // 2) if len(line) > _SHOWN else 0
        return line[first : first + _SHOWN], " " * sum(map(_columns, line[first:at])) + "^"


_SHOWN = 100
"""Code points of a query's line that are shown: it fits a terminal with its indent."""


def _columns(character: str) -> int:
    """Columns of a character in a terminal (Unicode Standard Annex 11: wide and full-width ones take two, marks none)."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


class WorkError(WatchlampError):
    """The input was fine, the work failed."""


class FetchError(WorkError):
    """A source or page could not be fetched.

    Attributes:
        reason: a short stable word for health and metrics (``timeout``, ``refused``, ``status``, ``address``, ...).
        status: HTTP status if there was a response, else None.
        retry_after: seconds the server asked us to wait, or None.
        throttled: the server says that it is asked too often, or has no room now: what is meant is us, not this address.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        status: int | None = None,
        retry_after: float | None = None,
        throttled: bool = False,
    ) -> None:
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        self.throttled = throttled
        super().__init__(message)


class DocumentError(WorkError):
    """A document could not be read: not a feed, too large, too deep, or its reader was stopped for taking too long.

    Attributes:
        memory: what the kind of source writes down for its next poll all the same, or None.
        quarantined: it stopped its reader twice and is not read again for a while.
    """

    def __init__(self, message: str, *, memory: str | None = None, quarantined: bool = False) -> None:
        self.memory = memory
        self.quarantined = quarantined
        super().__init__(message)


class StoreError(WorkError):
    """The database cannot be used: foreign, newer than this program, busy for too long, or full."""


class BusyError(StoreError):
    """Another program holds the database and did not let go of it in time; the same may be tried again."""
