"""Column types: what a value becomes in a database, and back, the same on SQLite and PostgreSQL.

Promises: an instant comes back as the aware UTC instant it was; a text comes back as it was, save for the characters
no database can hold (see ``SafeText``). Never changes a value for any other reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, UserDefinedType

from bot.core.clock import require_utc
from bot.core.codec import decode_message, encode_message
from bot.core.messages import Message
from bot.core.model import Span
from bot.core.wishes import Wishes, decode_wishes, encode_wishes

E = TypeVar("E", bound=StrEnum)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    r"""``text`` without NUL, and with U+FFFD for each lone surrogate.

    PostgreSQL's ``text`` cannot hold NUL and SQLite's own functions stop at it; a lone surrogate (JSON allows ``\ud800``) has
    no UTF-8 form at all. One such character in one entry must not make a whole poll fail, and both databases must keep the
    same text, so both lose the same characters here. Neither stands for anything a reader could see.
    """
    if _UNSTORABLE.search(text) is None:
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text)


class SafeText(TypeDecorator[str]):
    """Text of any length; see ``storable``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else storable(value)


class WordsIndex(UserDefinedType[str]):
    """PostgreSQL's ``tsvector``, by its name alone: SQLAlchemy's own type of it would bring the whole dialect to SQLite.

    Nothing is read from such a column, and what is written to it are functions of PostgreSQL (``bot.store.tsvector``).
    """

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name where a table is made."""
        return "TSVECTOR"


class AwareUTC(TypeDecorator[datetime]):
    """An instant: ``timestamptz`` in PostgreSQL, UTC text of fixed width (which sorts as it should) in SQLite.

    A naive value, or one of another zone, is a ValueError: it would be stored as another instant without a word.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        require_utc(value)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database. The PostgreSQL session runs in UTC (see ``engine``), so no value is shifted past year 9999."""
        return None if value is None else value.replace(tzinfo=UTC)


class EnumText(TypeDecorator[E]):
    """An enum stored as its value, so that a person reading the database sees the words of the code."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """From the database."""
        return None if value is None else self.words(value)


class TextTuple(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str:
        """To the database; absent is empty."""
        return _dumps([storable(text) for text in value or ()])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """From the database."""
        return tuple(json.loads(value or "[]"))


class SpansText(TypeDecorator[tuple[Span, ...]]):
    """The spans of a match as a JSON list of ``[field, start, end, text, clause]``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[Span] | None, dialect: Dialect) -> str:
        """To the database; absent is empty."""
        return storable(_dumps([[span.field, span.start, span.end, span.text, span.clause] for span in value or ()]))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Span, ...]:
        """From the database."""
        return tuple(Span(*span) for span in json.loads(value or "[]"))


class MessageText(TypeDecorator[Message]):
    """A message in the words of ``core.codec``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Message | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else storable(encode_message(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Message | None:
        """From the database."""
        return None if value is None else decode_message(value)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class WishesText(TypeDecorator[Wishes]):
    """What pollers are asked for, as JSON text; empty where nothing is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Wishes | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else encode_wishes(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Wishes | None:
        """From the database."""
        return None if value is None else decode_wishes(value)
