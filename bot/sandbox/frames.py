"""How parent and child speak: length-prefixed frames of JSON, and nothing that could run code on the other side.

Promises: what is decoded has exactly the fields and types of the expected dataclass, or is refused; a large document
comes in many small frames, so that its reader's event loop is never held up for long. Must never unpickle, import or
call anything that a frame names.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

PREFIX = 4
"""Bytes of a frame's length, big-endian."""

MAX_FRAME = 64 * 1024 * 1024
"""Longest frame in bytes: a body is capped at 10 MB, its raw and its plain words together stay below three times that."""

CHUNK = 100
"""Entries a frame: about 250 kB of JSON, 3 ms of the parent's time."""

Plain = Any
"""None, bool, int, float, str, list or dict: what JSON knows."""


class FrameError(Exception):
    """The other side sent something that is no valid answer."""


def pack(message: Plain) -> bytes:
    """A frame that holds ``message``; lone surrogates, which UTF-8 cannot say, become question marks."""
    return pack_bytes(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def pack_bytes(body: bytes) -> bytes:
    """A frame that holds ``body``."""
    return len(body).to_bytes(PREFIX, "big") + body


def unpack(body: bytes) -> dict[str, Plain]:
    """The message of a frame.

    Raises:
        FrameError: the body is no JSON object.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError("an answer that is no JSON") from error
    if not isinstance(message, dict):
        raise FrameError("an answer that is no object")
    return message


def answer(value: object) -> Iterator[bytes]:
    """Frames for a job's result: the value with its long sequences cut off, then these in chunks, then the end."""
    plain = _to_plain(value)
    rest: list[tuple[str, list[Plain]]] = []
    if isinstance(plain, dict):
        for name, part in plain.items():
            if isinstance(part, list) and len(part) > CHUNK:
                rest.append((name, part[CHUNK:]))
                plain[name] = part[:CHUNK]
    yield pack({"value": plain})
    for name, part in rest:
        for start in range(0, len(part), CHUNK):
            yield pack({"more": name, "items": part[start : start + CHUNK]})
    yield pack({"end": True})


class Assembly:
    """Puts an answer together from its frames.

    Args:
        expected: what the job returns: a dataclass of plain data, or ``str``.
    """

    def __init__(self, expected: type) -> None:
        self._expected = expected
        self._value: object = None
        self._more: dict[str, list[object]] = {}
        self._begun = False

    def add(self, message: dict[str, Plain]) -> bool:
        """Take one message; True when the answer is complete.

        Raises:
            FrameError: the message does not fit.
        """
        if "value" in message and not self._begun:
            self._value = _reader(self._expected)(message["value"])
            self._begun = True
            return False
        if "more" in message and self._begun:
            name = message["more"]
            kinds = _field_types(self._expected)
            if not isinstance(name, str) or name not in kinds:
                raise FrameError("a part of no known field")
            parts = _reader(kinds[name])(message.get("items"))
            if not isinstance(parts, tuple):
                raise FrameError("a part of a field that is no sequence")
            self._more.setdefault(name, []).extend(parts)
            return False
        if message.get("end") is True and self._begun:
            return True
        raise FrameError("an answer out of order")

    def value(self) -> object:
        """The whole answer."""
        if not self._more:
            return self._value
        longer = {name: (*getattr(self._value, name), *parts) for name, parts in self._more.items()}
        return dataclasses.replace(typing.cast("Any", self._value), **longer)


def _to_plain(value: object) -> Plain:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | list):
        return [_to_plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


@cache
def _field_types(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind) if dataclasses.is_dataclass(kind) else {}


@cache
def _reader(kind: Any) -> Callable[[Plain], object]:
    """A function that takes plain data and returns a value of type ``kind``, or raises FrameError."""
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        inner = [part for part in typing.get_args(kind) if part is not type(None)]
        read_inner = _reader(inner[0])
        return lambda data: None if data is None else read_inner(data)
    if origin is tuple:
        read_part = _reader(typing.get_args(kind)[0])
        return lambda data: tuple([read_part(part) for part in _a(list, data)])
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(typing.cast("type", kind))
    if kind is datetime:
        return _instant
    if kind is str:
        return _text
    return lambda data: _a(kind, data)


def _dataclass_reader(kind: type) -> Callable[[Plain], object]:
    readers = {name: _reader(hint) for name, hint in _field_types(kind).items()}

    def read(data: Plain) -> object:
        if _a(dict, data).keys() != readers.keys():
            raise FrameError("an answer with other fields than expected")
        return kind(**{name: read_field(data[name]) for name, read_field in readers.items()})

    return read


def _a(kind: type, data: Plain) -> Any:
    if type(data) is not kind:
        raise FrameError(f"{type(data).__name__} where {kind.__name__} is expected")
    return data


def _text(data: Plain) -> str:
    text: str = _a(str, data)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FrameError("a text with half a character") from error
    return text


def _instant(data: Plain) -> datetime:
    try:
        instant = datetime.fromisoformat(_a(str, data))
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise FrameError("a date that is none") from error
