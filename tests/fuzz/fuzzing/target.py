"""What one reader of strangers' input is: how its inputs are made, how one is read, what may be raised, how long it may take."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.errors import WatchlampError
from bot.sandbox.frames import PREFIX, Assembly, answer, unpack
from fuzzing.draw import Draw

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        name: in small words.
        family: what the plan of walls calls it.
        make: makes an input.
        read: reads it, and says by AssertionError what does not hold.
        promised: what reading may raise instead.
        share: its weight among the targets of a sweep: what costs a tenth of a millisecond gets more than what costs five.
        seconds: of CPU that one input may take; what takes more hangs.
    """

    name: str
    family: str
    make: Callable[[Draw], Any]
    read: Callable[[Any], None]
    promised: tuple[type[BaseException], ...] = (WatchlampError,)
    share: int = 10
    seconds: float = 5.0


def is_sentence(error: BaseException) -> None:
    """What a person is told: visible text, and no word of Python's."""
    told = str(error)
    assert told.strip(), "an error without words"
    shows_text(told)
    for word in ("Traceback", "object at 0x", "NoneType", "pydantic", "Error("):
        assert word not in told, f"{word} in a sentence: {told[:200]!r}"
    assert len(told) < 200_000, "a sentence without end"


def shows_text(text: str) -> None:
    """No control character but line ends and tabs, no direction override, nothing that UTF-8 cannot say."""
    for character in text:
        if character < " " and character not in "\n\t":
            raise AssertionError(f"control character {character!r} in {text[:200]!r}")
        if character > "~" and (unicodedata.category(character) in {"Cc", "Cs"} or "\u202a" <= character <= "\u202e"):
            raise AssertionError(f"{character!r} in {text[:200]!r}")


def shows_line(text: str) -> None:
    """The same on one line."""
    shows_text(text)
    assert "\n" not in text, f"a line that is two: {text[:200]!r}"


def shows_address(address: str | None, longest: int = 8192) -> None:
    """None, or an address of the web without controls."""
    if address is None:
        return
    assert address.lower().startswith(("http://", "https://")), address[:200]
    assert len(address) <= longest, f"{len(address)} characters of address"
    assert not any(character < " " or character == "\x7f" for character in address), ascii(address[:200])


def crossed(value: Any) -> Any:
    """The value as it comes out on the other side of the process boundary; whatever is read has to get there."""
    assembly = Assembly(type(value))
    ended = False
    for frame in answer(value):
        ended = assembly.add(unpack(frame[PREFIX:]))
    assert ended, "an answer without an end"
    return assembly.value()
