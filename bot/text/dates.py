"""Dates as pages print them beside a headline: ``Posted on June 10, 2020, at 6:18 p.m. ET``. Pure; the present is never asked.

Only whole dates count: a month alone, a weekday alone, ``3 hours ago`` or an ambiguous ``03/04/2020`` give nothing. A time
of day without a zone is dropped rather than guessed, and a date without a time is midnight UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_MONTHS_BY_LANGUAGE = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
_MONTHS = {name: number for line in _MONTHS_BY_LANGUAGE for number, name in enumerate(line.split(), start=1)} | {
    "sept": 9,
    "jänner": 1,
}

_FIXED_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540,
    "AKDT": -480, "HST": -600, "AST": -240, "ADT": -180, "SGT": 480, "HKT": 480, "JST": 540, "KST": 540, "AWST": 480,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
"""Minutes east of Greenwich. IST is left out: it is India, Ireland and Israel."""

_US_ZONES = {"ET": -300, "CT": -360, "MT": -420, "PT": -480, "EASTERN": -300, "CENTRAL": -360, "MOUNTAIN": -420, "PACIFIC": -480}

_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_TIME = (
    r"(?:[\s,]*(?:at|um|à|às|a las|alle|kl\.?|om|T|[-–—|•·@])?\s*"
    r"(?P<hour>\d{1,2})(?::|h|\.)(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?(?!\d)\s*(?P<half>[ap]\.?m\b\.?)?\s*(?:Uhr|Uhr,|hrs)?"
    r"\s*\(?(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}:?\d{2}|(?:UTC|GMT)[+-]\d{1,2}(?!\d)|[A-Z]{2,4}\b|Z\b|(?:Eastern|Central|Mountain|Pacific)\b)?(?:\s+Time\b)?\)?)?"
)
_WRITTEN = re.compile(
    rf"(?<![\w.])(?:(?P<month>{_NAMES})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?\s+(?:de\s+)?(?P<month2>{_NAMES})\.?,?\s+(?:de\s+)?(?P<year2>\d{{4}}))(?!\d){_TIME}",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?<![\d./-])(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<year3>\d{4})\s?年\s?(?P<month3>\d{1,2})\s?月\s?(?P<day3>\d{1,2})\s?日"
    r"|(?P<first>\d{1,2})(?P<mark>[./-])(?P<other>\d{1,2})(?P=mark)(?P<year2>\d{4}))(?![\d]|\.\d)" + _TIME
)
_MODIFIED = re.compile(
    r"\b(?:updated|modified|edited|aktualisiert|actualizad[oa]|atualizad[oa]|mis à jour|modifié|aggiornat[oa]|bijgewerkt)\b",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"\b(?:posted|published|first published|publication|issued|veröffentlicht|publié|publicad[oa]|pubblicat[oa]|gepubliceerd)\b",
    re.IGNORECASE,
)
_AGE = (1990, 2100)
_LONGEST_LINE = 240
_STRAY = 9
"""Words beside the date that a date line may hold: a label, a byline, ``Leave a Comment``."""

_STRAY_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date found in a line.

    Attributes:
        instant: aware, UTC; midnight if the line gives no time or no zone.
        exact: the line gave a time and its zone.
        role: ``published`` or ``modified`` if a label before it says so, else an empty string.
        start, end: where it stands in the line, in code points.
    """

    instant: datetime
    exact: bool
    role: str
    start: int
    end: int


def dates_in(line: str) -> tuple[PrintedDate, ...]:
    """Every whole date in ``line``, in order. Lines over 240 code points are prose and give none."""
    if len(line) > _LONGEST_LINE or not any(map(str.isdigit, line)):
        return ()
    found: list[PrintedDate] = []
    matches = sorted(
        (match for pattern in (_WRITTEN, _NUMERIC) for match in pattern.finditer(line)), key=lambda match: match.start()
    )
    after = 0
    for match in matches:
        day = _day(match)
        if day is None or match.start() < after:
            continue
        instant, exact = _instant(day, match)
        found.append(PrintedDate(instant, exact, _role(line[after : match.start()]), match.start(), match.end()))
        after = match.end()
    return tuple(found)


def is_date_line(line: str, dates: tuple[PrintedDate, ...]) -> bool:
    """Whether ``line`` does nothing but state those dates (with a label, a byline, a comment count), and is no sentence."""
    if not dates:
        return False
    rest = "".join(line[before:after] for before, after in _gaps(line, dates))
    stray = _STRAY_WORD.findall(rest)
    return len(stray) <= _STRAY and not line[dates[-1].end :].rstrip().endswith((".", "!", "?", "…", ".”", '."'))


def outside(line: str, dates: tuple[PrintedDate, ...]) -> tuple[str, ...]:
    """The parts of ``line`` before, between and after its dates, stripped of marks; empty ones are left out."""
    parts = (line[before:after].strip(" \t,;:|•·–—-()") for before, after in _gaps(line, dates))
    return tuple(part for part in parts if part)


def _gaps(line: str, dates: tuple[PrintedDate, ...]) -> list[tuple[int, int]]:
    edges = [0, *(edge for found in dates for edge in (found.start, found.end)), len(line)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _role(label: str) -> str:
    modified, published = _MODIFIED.search(label), _PUBLISHED.search(label)
    if modified:
        return "modified"
    return "published" if published else ""


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    if name := parts.get("month") if match.re is _WRITTEN else None:
        numbers = (int(parts["year"]), _MONTHS[name.lower()], int(parts["day"]))
    elif name := parts.get("month2"):
        numbers = (int(parts["year2"]), _MONTHS[name.lower()], int(parts["day2"]))
    elif parts.get("mark"):
        day, month = int(parts["first"]), int(parts["other"])
        if parts["mark"] == "/" and month > 12 >= day:
            day, month = month, day
        elif parts["mark"] != "." and day != month and day <= 12 and month <= 12:
            return None
        numbers = (int(parts["year2"]), month, day)
    else:
        suffix = "" if parts["year"] else "3"
        numbers = (int(parts[f"year{suffix}"]), int(parts[f"month{suffix}"]), int(parts[f"day{suffix}"]))
    try:
        return date(*numbers) if _AGE[0] <= numbers[0] <= _AGE[1] else None
    except ValueError:
        return None


def _instant(day: date, match: re.Match[str]) -> tuple[datetime, bool]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if match["hour"] is None or match["zone"] is None:
        return midnight, False
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return midnight, False
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    if hour > 23 or int(match["minute"]) > 59:
        return midnight, False
    local = midnight + timedelta(hours=hour, minutes=int(match["minute"]), seconds=min(int(match["second"] or 0), 59))
    offset = _offset(match["zone"], local)
    return (midnight, False) if offset is None else (local - timedelta(minutes=offset), True)


def _offset(zone: str, local: datetime) -> int | None:
    """Minutes east of Greenwich, or None for a zone we do not know."""
    name = zone.upper()
    if name in _FIXED_ZONES:
        return _FIXED_ZONES[name]
    if name in _US_ZONES:
        return _US_ZONES[name] + (60 if _us_summer(local) else 0)
    number = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", name)
    if number is None:
        return None
    minutes = int(number[2]) * 60 + int(number[3] or 0)
    return minutes if number[1] == "+" else -minutes


def _us_summer(local: datetime) -> bool:
    """Daylight saving time in the United States: 15 U.S.C. 260a, as amended in 2005 (in force since 2007) and 1986."""
    if local.year >= 2007:
        begins, ends = _sunday(local.year, 3, 8), _sunday(local.year, 11, 1)
    else:
        begins, ends = _sunday(local.year, 4, 1), _sunday(local.year, 10, 25)
    return begins <= local < ends


def _sunday(year: int, month: int, day: int) -> datetime:
    """Two in the morning of the first Sunday on or after that day."""
    first = datetime(year, month, day, 2, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7)
