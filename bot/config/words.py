"""Wording that every complaint about a configuration shares: how a value is shown, and the nearest right spelling.

Pure. A value is shown short and inert: no control characters, no line breaks, no secrets.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable

from bot.config.secret import redact
from bot.core.spoken import later, tr

_LONGEST_SHOWN = 60


def inert(text: str) -> str:
    """``text`` without secrets, control characters, invisible marks and line breaks."""
    return redact("".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text))


def shown(value: object) -> str:
    """A value as it may stand in a sentence: text in quotes, cut when long, secrets masked."""
    if not isinstance(value, str):
        return redact(str(value))[:_LONGEST_SHOWN]
    text = inert(value)
    if len(text) > _LONGEST_SHOWN:
        text = text[: _LONGEST_SHOWN - 1] + "…"
    return f'"{text}"'


def kind_of(value: object) -> str:
    """What a TOML value is, in words of people."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, tr("true or false")),
        (str, tr("text")),
        ((int, float), tr("a number")),
        (list, tr("a list")),
        (dict, tr("a table")),
        ((dt.date, dt.time), tr("a date or time")),
    )
    return next((name for types, name in names if isinstance(value, types)), tr("something else"))


def as_text(value: object, example: str = "", hint: str = "") -> str:
    """``value`` if it is text.

    Raises:
        ValueError: it is something else; the sentence says what, gives the example and ends with the hint.
    """
    if isinstance(value, str):
        return value
    such = tr(', such as "{example}",', example=example) if example else ","
    raise ValueError(tr("must be text in quotes{such} not {kind_of}{hint}", such=such, kind_of=kind_of(value), hint=hint))


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None if none is as alike as difflib's ratio ``likeness``."""
    candidates = list(dict.fromkeys(known))
    flat = {_flat(candidate): candidate for candidate in reversed(candidates)}
    close = difflib.get_close_matches(_flat(word), list(flat), n=1, cutoff=likeness)
    return flat[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """``; did you mean "interval"?`` or an empty string."""
    found = nearest(word, known, likeness)
    return tr('; did you mean "{found}"?', found=found) if found else ""


def listed(words: Iterable[str], last: str = later("or")) -> str:
    """``a, b or c``."""
    *most, end = list(words)
    return f"{', '.join(most)} {tr(last)} {end}" if most else end


def _flat(word: str) -> str:
    return word.casefold().replace("-", "_").strip()
