"""The small texts of a configuration and what they mean: durations, hours of the day, names, choices.

Each function takes the value as TOML gave it and returns what it means, or raises ``ValueError`` with a sentence that
says what is wrong and, where it can be guessed, what to write. No value of a secret shape is ever shown.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import zoneinfo
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from bot.config.words import as_text, did_you_mean, listed, nearest, shown
from bot.core.spoken import tr

_E = TypeVar("_E", bound=StrEnum)

# ---------------------------------------------------------------- durations

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:([0-9]{1,9})w)?(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")
_LONG_UNIT = re.compile(r"(weeks?|wks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?)\b")
_FRACTION = re.compile(r"([0-9]{1,6}[.][0-9]{1,6})([wdhm])")
LONGEST = timedelta(days=365_000)
"""A thousand years: far above any use, and low enough that subtracting it from today is still a date."""


def duration(given: object) -> timedelta:
    """``"30s"``, ``"5m"``, ``"2h"``, ``"7d"``, ``"2w"`` or several, large before small: ``"1h30m"``."""
    plain = isinstance(given, int) and not isinstance(given, bool)
    value = as_text(given, "30s", tr(' (for {given} seconds write "{given}s")', given=given) if plain else "")
    span = _duration(value)
    if span is None:
        tidy = _LONG_UNIT.sub(lambda match: match[1][0], value.lower())
        tidy = _FRACTION.sub(_whole, re.sub(r"\s+", "", tidy))
        hint = tr('; did you mean "{tidy}"?', tidy=tidy) if tidy != value and _duration(tidy) is not None else ""
        raise ValueError(
            tr(
                '{value} is not a duration; write a number and w, d, h, m or s, such as "30s" or "1h30m"{hint}',
                value=shown(value),
                hint=hint,
            )
        )
    if span > LONGEST:
        raise ValueError(tr("{value} is more than a thousand years", value=shown(value)))
    return span


def _whole(match: re.Match[str]) -> str:
    """``1.5h`` as ``1h30m``."""
    seconds, parts = round(float(match[1]) * _UNITS[match[2]]), ""
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        parts += f"{count}{unit}" if count else ""
    return parts


def _duration(text: str) -> timedelta | None:
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return None
    return timedelta(seconds=sum(int(count) * size for count, size in zip(match.groups("0"), _UNITS.values(), strict=True)))


def positive_duration(value: object) -> timedelta:
    """A duration of at least one second."""
    span = duration(value)
    if not span:
        raise ValueError(tr("must be longer than 0"))
    return span


def age_limit(value: object) -> timedelta | None:
    """A duration; an empty text or a duration of 0 means no limit."""
    if value == "":
        return None
    return duration(value) or None


# ---------------------------------------------------------------- hours of the day

_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_QUIET = re.compile(rf"{_CLOCK}-{_CLOCK}")
_DIGEST = re.compile(rf"hourly|daily {_CLOCK}|weekly (mon|tue|wed|thu|fri|sat|sun) {_CLOCK}")
_LOOSE_CLOCK = re.compile(r"\b([0-9]{1,2})(?:[:.]([0-9][0-9]))?\b")


def quiet_hours(given: object) -> tuple[int, int] | None:
    """``"22:00-07:00"`` as minutes after midnight; an empty text is None."""
    value = as_text(given, "22:00-07:00")
    if not value:
        return None
    match = _QUIET.fullmatch(value)
    if match is None:
        tidy = _tidy_clocks(re.sub(r"\s*(?:-|–|—|\bto\b)\s*", "-", value.strip()))
        hint = tr('; did you mean "{tidy}"?', tidy=tidy) if _QUIET.fullmatch(tidy) else ""
        raise ValueError(tr('{value} is not a span of the day such as "22:00-07:00"{hint}', value=shown(value), hint=hint))
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start == end:
        raise ValueError(
            tr(
                '{value} begins and ends at the same time; leave quiet hours out, or use digest = "daily {value2}"',
                value=shown(value),
                value2=value[:5],
            )
        )
    return start, end


def digest(given: object) -> str:
    """``""``, ``"hourly"``, ``"daily 08:00"`` or ``"weekly mon 08:00"``."""
    value = as_text(given, "daily 08:00")
    if value and not _DIGEST.fullmatch(value):
        hint = _digest_hint(value)
        meant = tr('; did you mean "{hint}"?', hint=hint) if hint else ""
        raise ValueError(
            tr(
                '{value} is not a rhythm; write "hourly", "daily 08:00" or "weekly mon 08:00"{meant}',
                value=shown(value),
                meant=meant,
            )
        )
    return value


def _digest_hint(value: str) -> str | None:
    first, *rest = _tidy_clocks(value.lower()).replace(",", " ").split() or [""]
    rhythm = nearest(first, ("hourly", "daily", "weekly"))
    clock = next((word for word in rest if re.fullmatch(_CLOCK, word)), "08:00")
    if rhythm == "weekly":
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        day = next((word[:3] for word in rest if word[:3] in days), "mon")
        return f"weekly {day} {clock}"
    return f"daily {clock}" if rhythm == "daily" else rhythm


def _tidy_clocks(text: str) -> str:
    return _LOOSE_CLOCK.sub(lambda match: f"{match[1]:0>2}:{match[2] or '00'}", text)


_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,3}", re.ASCII)
"""Names of zones: up to three parts in all of 600 there are (IANA time zone database, theory.html, seen 2026-11)."""


def time_zone(given: object) -> str:
    """An IANA name such as ``Europe/Berlin``."""
    value = as_text(given, "Europe/Berlin")
    try:
        # Python looks for a package of every name, and for a long one until its stack is full.
        zoneinfo.ZoneInfo(value if _ZONE.fullmatch(value) else "no zone")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        names = sorted(zoneinfo.available_timezones())
        cities = {name.rsplit("/", 1)[-1].casefold(): name for name in names}
        city = cities.get(value.strip().replace(" ", "_").casefold())
        hint = tr('; did you mean "{city}"?', city=city) if city else did_you_mean(value.strip().replace(" ", "_"), names, 0.8)
        raise ValueError(
            tr('{value} is not a time zone; use a name such as "Europe/Berlin" or "UTC"{hint}', value=shown(value), hint=hint)
        ) from None
    return value


# ---------------------------------------------------------------- names

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


def identifier(given: object) -> str:
    """Id of a channel, source or rule: letters, digits, dot, dash and underscore, at most 64 characters."""
    value = as_text(given, "face-police")
    if not ID.fullmatch(value):
        tidy = re.sub(r"[^A-Za-z0-9._-]+", "-", _plain(value)).strip("-._")[:64]
        hint = tr('; did you mean "{tidy}"?', tidy=tidy) if tidy else ""
        raise ValueError(
            tr(
                "{value} cannot be an id; use up to 64 of the letters a-z, digits, dot, dash and underscore{hint}",
                value=shown(value),
                hint=hint,
            )
        )
    return value


def query_name(given: object) -> str:
    """A name that queries use after ``@``: a letter, then letters, digits and underscores, at most 64 characters."""
    value = as_text(given, "clearview_ai")
    if not NAME.fullmatch(value):
        tidy = re.sub(r"[^A-Za-z0-9_]+", "_", _plain(value)).strip("_")[:64]
        hint = tr('; did you mean "{tidy}"?', tidy=tidy) if NAME.fullmatch(tidy) else ""
        raise ValueError(
            tr(
                "{value} cannot be used as @name in a query; use letters a-z, digits and underscores, a letter first{hint}",
                value=shown(value),
                hint=hint,
            )
        )
    return value


def _plain(text: str) -> str:
    """Letters without their accents."""
    return "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))


def _looks_like_a_key(value: str) -> bool:
    """Long, of one piece and full of figures: nobody calls a secret so, but this is how one looks."""
    return len(value) >= 20 and "_" not in value and sum(map(str.isdigit, value)) >= 3


def secret_name(given: object) -> str:
    """NAME in ``WATCHLAMP_SECRET_NAME``."""
    value = as_text(given, "NEWSROOM")
    if not NAME.fullmatch(value) or _looks_like_a_key(value):
        raise ValueError(
            tr('must be the name of a secret, not the secret: a letter, then letters, digits and underscores, such as "NEWSROOM"')
        )
    return value


def choice(value: object, kinds: type[_E]) -> _E:
    """One of an enum's values."""
    return kinds(one_of(value, tuple(kind.value for kind in kinds)))


def one_of(given: object, words: tuple[str, ...]) -> str:
    """One of some words."""
    value = as_text(given, words[0])
    if value not in words:
        raise ValueError(
            tr(
                "{value} is not known here; write {words}{did_you_mean}",
                value=shown(value),
                words=listed(words),
                did_you_mean=did_you_mean(value, words),
            )
        )
    return value


def some_text(given: object) -> str:
    """Text that is more than blanks."""
    value = as_text(given)
    if not value.strip():
        raise ValueError(tr("is empty"))
    return value


def language(given: object) -> str:
    """A language tag (BCP 47) such as ``en`` or ``pt-BR``."""
    value = as_text(given, "en")
    if not re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", value):
        raise ValueError(tr('{value} is not a language tag such as "en", "de" or "pt-BR"', value=shown(value)))
    return value


def wikidata(given: object) -> str:
    """An item number of Wikidata, such as ``Q42``."""
    value = as_text(given, "Q42")
    if not re.fullmatch(r"Q[1-9][0-9]{0,11}", value):
        raise ValueError(tr('{value} is not a Wikidata item number such as "Q42"', value=shown(value)))
    return value


def day(given: object) -> dt.date:
    """A day, as TOML writes it (``2026-03-01``) or in quotes."""
    if isinstance(given, dt.datetime):
        raise ValueError(tr("a day is enough here; write {isoformat}", isoformat=given.date().isoformat()))  # noqa: TRY004  # a sentence, as everywhere here
    if isinstance(given, dt.date):
        return given
    value = as_text(given, "2026-03-01", tr(" (without quotes 2026-03-01 will do too)"))
    found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", value.strip().replace("/", "-").replace(".", "-"))
    try:
        tidy = dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        raise ValueError(tr("there is no day {value}; write year, month and day such as 2026-03-01", value=shown(value))) from None
    if tidy is None:
        raise ValueError(tr("{value} is not a day; write year, month and day such as 2026-03-01", value=shown(value)))
    if value != tidy.isoformat():
        raise ValueError(
            tr(
                '{value} is not a day as it is written here; did you mean "{isoformat}"?',
                value=shown(value),
                isoformat=tidy.isoformat(),
            )
        )
    return tidy
