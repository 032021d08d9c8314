"""Expressions of time in an English sentence that can be a day to come: written days, months and years, spans of time.

Promises: an expression says where it stands and which day it means, given the day of the report; without that day only a
fully written date has a meaning. Weekdays alone, ages, clock times and ranges of history mean nothing here. Never decides
whether anything is promised for the day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

RECENT = timedelta(days=60)
"""A day without its year that passed so recently is the one that is meant, not next year's (reference: dates)."""
EARLIEST = 2000
"""Years before it are history, whatever the anchor."""
FARTHEST = timedelta(days=366 * 30)
"""Years from the report beyond which a year is a slogan or a number."""


class Form(StrEnum):
    """How a date is written, from the surest to the vaguest."""

    DAY = "day"  # June 10, 2027; 10 June; 2027-06-10
    MONTH = "month"  # by June; at the end of 2027; next month
    DURATION = "duration"  # for a year; one-year; within 90 days


@dataclass(frozen=True, slots=True)
class Expression:
    """A date or span as it stands in a sentence.

    Attributes:
        start, end: code-point offsets; a span includes its preposition ("for a year"), a date does not.
        year, month, day: what is written; None for what is not. A month counted from the report's own is ``month_shift``,
            a year ``year_shift`` ("June 30 of next year").
        which: "next" of a month or day ("next June"), "another" of one whose year the sentence counts from something else
            ("of the following year"), else "".
        part: "" (the whole), "start", "early", "mid" or "late" of the month or year.
        count, unit: of a span: so many "day", "week", "month" or "year".
        way: of a span: "for", "within", "given" ("has 30 days to") or "adjective".
    """

    start: int
    end: int
    form: Form
    year: int | None = None
    month: int | None = None
    day: int | None = None
    month_shift: int | None = None
    year_shift: int | None = None
    which: str = ""
    part: str = ""
    count: int = 0
    unit: str = ""
    way: str = ""

    @property
    def whole(self) -> bool:
        """A written day with its year: it needs no anchor."""
        return self.form is Form.DAY and self.year is not None

    @property
    def vague(self) -> bool:
        """A whole year, or this very month, without a part of it: most often when something was, not a term."""
        whole_year = self.form is Form.MONTH and self.month is None and self.month_shift is None
        return not self.part and (whole_year or self.month_shift == 0)

    def means(self, anchor: date | None) -> date | None:
        """The day it means in a report of that day; None if it means none that lies ahead.

        A month or year means its last day, for it is by then that one knows.
        """
        meant = self._day(anchor)
        if meant is None or (anchor is not None and not timedelta() < meant - anchor <= FARTHEST):
            return None
        return meant

    def _day(self, anchor: date | None) -> date | None:
        if self.whole and self.year is not None and self.month is not None and self.day is not None:
            return _valid(self.year, self.month, self.day) if self.year >= EARLIEST else None
        if anchor is None or self.which == "another":
            return None
        if self.form is Form.DURATION:
            return _later(anchor, self.count, self.unit)
        return self._period(anchor) if self.day is None else self._next(anchor)

    def _period(self, anchor: date) -> date | None:
        """The day of a month, quarter or year by which one knows."""
        if self.month_shift is not None:
            months = anchor.year * 12 + anchor.month - 1 + self.month_shift
            return _in_month(months // 12, months % 12 + 1, self.part)
        if self.month is None:
            return _in_year(anchor.year + (self.year_shift or 0) if self.year is None else self.year, self.part)
        return self._next(anchor) if self.year is None else _in_month(self.year, self.month, self.part)

    def _next(self, anchor: date) -> date | None:
        """The next such day or month; None where the last one is so near that it is meant.

        "Next June" is next year's once this year's June has begun; before that, people mean either.
        """
        meant, month = None, self.month or 1
        if self.which == "next" and month > anchor.month:
            return None
        if self.which == "next" or self.year_shift is not None:
            year = anchor.year + (1 if self.year_shift is None else self.year_shift)
            return _in_month(year, month, self.part) if self.day is None else _valid(year, month, self.day)
        for year in (anchor.year - 1, anchor.year, anchor.year + 1):
            meant = _in_month(year, month, self.part) if self.day is None else _valid(year, month, self.day)
            if meant is not None and meant > anchor:
                return meant
            if meant is not None and anchor - meant < RECENT:
                return None
        return meant


def expressions(sentence: str) -> list[Expression]:
    """Every expression of a sentence, by place; they never overlap, the more exact one wins."""
    found: list[Expression] = []
    named = _NAMED.search(sentence) is not None
    in_months = (*_days(sentence), *_months(sentence)) if named else ()
    plain = sentence.lower()
    counted = (*_relative(sentence), *_spans(sentence)) if "year" in plain or "month" in plain or _COUNTED.search(plain) else ()
    for expression in (*in_months, *counted):
        if all(expression.end <= known.start or known.end <= expression.start for known in found):
            found.append(expression)
    return sorted(found, key=lambda expression: expression.start)


_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|"
    r"Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?!\w)"
)
_DAY_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"
_YEAR = r"(?:1[5-9]|2[01])\d\d(?![\w%-]|[.,]\d)"
_ANY_YEAR = r"[1-9]\d{3}(?![\w%-]|[.,]\d)"
"""Behind a day any four figures are its year, however far: without it the day would be this year's."""
_WRITTEN = re.compile(
    rf"(?<![\w-])(?:(?P<month>{_MONTH})\s+(?P<day>{_DAY_NUMBER})(?:,?\s+(?P<year>{_ANY_YEAR}))?"
    rf"|(?P<day2>{_DAY_NUMBER})(?:\s+of)?\s+(?P<month2>{_MONTH})(?:,?\s+(?P<year2>{_ANY_YEAR}))?"
    r"|(?P<year3>[12]\d{3})-(?P<month3>\d\d)-(?P<day3>\d\d)(?![\w-])"
    r"|(?P<month4>\d{1,2})/(?P<day4>1[3-9]|2\d|3[01])/(?P<year4>[12]\d{3})(?![\w/]))"
)
"""Two numbers and a slash are read only where the second can be no month, American order."""
_NO_DATE = re.compile(
    r"\s*(?:attacks?|riots?|insurrection|committee|holiday|massacre|bombings?|protests?|murders?)\b", re.IGNORECASE
)
"""What makes a date a name: the Sept. 11 attacks, the Jan. 6 committee."""

_OF_YEAR = re.compile(
    r",?\s+(?:(?:of\s+|in\s+)?(?:the\s+)?(?P<which>this|next|last|following|same|previous|preceding|coming)\s+year\b(?![’'])"
    r"|of\s+the\s+year\s+(?:after|before|that|in)\b|(?:a|one|two|three|four|five|ten|\d+)\s+years?\s+(?:later|earlier|hence)\b)",
    re.IGNORECASE,
)
"""The year of a day or month, counted from this year's or from one that the sentence or another one names."""
_SPACE = 16
"""Code points that hold the words before a date."""
_NEXT_ONE = re.compile(r"\b(?P<which>this|next)(?P<year>\s+year[’']s)?\s+$", re.IGNORECASE)

_NAMED = re.compile(r"\d{4}|\d/\d|[JFMASOND](?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)|[JFMASOND][A-Z]{2}")
_COUNTED = re.compile(r"\b(?:days?|weeks?)\b|-week")
"""Looked for first: most sentences have neither."""
_PART = r"(?P<part>(?:the\s+)?(?:very\s+)?(?:end|start|beginning|middle)\s+of|early(?:\s+in)?|mid(?:dle)?|late(?:r)?(?:\s+in)?)"
_MONTHLY = re.compile(
    rf"(?<![\w-])(?:{_PART}[\s-]+)?(?:(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR}))?|(?P<year2>{_YEAR}))", re.IGNORECASE
)
_RELATIVE = re.compile(
    rf"(?<![\w-])(?:(?:{_PART}\s+)?(?P<which>the|this|next)\s+(?P<unit>month|year)\b(?![’'-])|(?P<yearend>year[’']s\s+end|year-end))",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"(?<![\w-])(?:the\s+)?(?:(?P<name>first|second|third|fourth|last)\s+quarter|Q(?P<number>[1-4]))(?:\s+of)?\s+"
    rf"(?P<year>{_YEAR})",
    re.IGNORECASE,
)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
_LEADS_TO_MONTH = re.compile(
    r"\b(?:by|until|till|through|before|in|for|from|starting|beginning|begins?|starts?|ends?|expires?|effective|no later than|next|"
    r"to|this|coming|end|due|than|during|is|as of)\s+$",
    re.IGNORECASE,
)
"""What must stand before a bare month or year: "May" and "March" are words, and 2027 is a number."""
_NUMBERED_THING = re.compile(
    r"(?:\bfiscal(?:\s+year)?|\bclass of|\bFY|\bsince|\bmodel|\bVision|\bAgenda|\bin the|\bof the)\s+$", re.IGNORECASE
)

_NUMBERS = {
    "a": 1, "an": 1, "another": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "forty": 40,
    "forty-five": 45, "sixty": 60, "ninety": 90,
}  # fmt: skip
_NUMBER = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_UNIT = r"(?P<unit>day|week|month|year)"
_ADJECTIVE = re.compile(
    rf"(?<![\w$€£-])(?:{_NUMBER}[\s-]{_UNIT}|(?P<long>year|month|week)-?long)(?=\s+[a-z])(?!\s+(?:old|ago))", re.IGNORECASE
)
_FOR = re.compile(
    rf"\bfor\s+(?:at\s+least\s+|about\s+|another\s+|the\s+next\s+|an?\s+(?:additional|extra|further|full)\s+|roughly\s+|the\s+coming\s+)?"
    rf"(?:{_NUMBER}\s+)?(?:more\s+|full\s+|additional\s+)?{_UNIT}s?\b(?![-’'])(?!\s+(?:old|ago|after|following|from|in\s+prison|in\s+jail|or\s+more))",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    rf"\b(?:in|within)\s+(?:the\s+next\s+|about\s+|the\s+coming\s+|roughly\s+|another\s+)?{_NUMBER}\s+{_UNIT}s?(?:[’']\s*time)?\b"
    r"(?!-)(?!\s+(?:after|of|before|following|prior|from(?!\s+(?:now|today))|ago|in\s+prison|old|when|if|once))",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    rf"\b(?:has|have|is\s+given|gives?\s+(?:\w+\s+){{1,3}}|gave\s+(?:\w+\s+){{1,3}})\s*\b{_NUMBER}\s+(?:more\s+)?{_UNIT}s?\s+(?=to\s+[a-z])",
    re.IGNORECASE,
)
_FROM_NOW = re.compile(rf"\b{_NUMBER}\s+{_UNIT}s?\s+from\s+(?:now|today)\b", re.IGNORECASE)
_SPANS = (
    ("within", _WITHIN, "in"),
    ("within", _FROM_NOW, " from "),
    ("given", _GIVEN, " to "),
    ("for", _FOR, "or"),
    ("adjective", _ADJECTIVE, ""),
)
"""Patterns of spans, each with letters that it cannot do without."""
_NEXT = re.compile(r"\b(?:next|another|additional|extra|further|full|coming)\b", re.IGNORECASE)


def _days(sentence: str) -> Iterator[Expression]:
    for found in _WRITTEN.finditer(sentence):
        number = next(n for n in ("", "2", "3", "4") if found[f"day{n}"])
        month = found[f"month{number}"]
        year = found[f"year{number}"]
        if not _NO_DATE.match(sentence, found.end()):
            expression = Expression(
                *found.span(),
                Form.DAY,
                year=int(year) if year else None,
                month=int(month) if month.isdecimal() else _MONTHS[month[:3].lower()],
                day=int(re.sub(r"\D", "", found[f"day{number}"])),
            )
            yield expression if year else _with_its_year(sentence, expression)


def _with_its_year(sentence: str, expression: Expression) -> Expression:
    """A day or month with what its sentence says of its year: "of next year" behind it, or "next" before it."""
    behind = _OF_YEAR.match(sentence, expression.end)
    before = None if behind else _NEXT_ONE.search(sentence, max(0, expression.start - _SPACE), expression.start)
    named = behind or before
    if named is None:
        return expression
    which = (named["which"] or "").lower()
    end = behind.end() if behind else expression.end
    if which == "next" and before and not before["year"]:
        return replace(expression, which="next")
    if which not in {"this", "next"}:
        return replace(expression, end=end, which="another")
    return replace(expression, end=end, year_shift=int(which == "next"))


def _months(sentence: str) -> Iterator[Expression]:
    for found in _QUARTER.finditer(sentence):
        quarter = int(found["number"] or _QUARTERS[found["name"].lower()])
        yield Expression(*found.span(), Form.MONTH, year=int(found["year"]), month=3 * quarter)
    for found in _MONTHLY.finditer(sentence):
        name = found["month"]
        if name and not name[0].isupper():
            continue
        led = found["part"] or (name and found["year"]) or _LEADS_TO_MONTH.search(sentence, 0, found.start())
        if not led or _NUMBERED_THING.search(sentence[: found.start()]):
            continue
        year = found["year"] or found["year2"]
        expression = Expression(
            *found.span(),
            Form.MONTH,
            year=int(year) if year else None,
            month=_MONTHS[name[:3].lower()] if name else None,
            part=_part(found["part"]),
        )
        yield expression if year else _with_its_year(sentence, expression)


def _relative(sentence: str) -> Iterator[Expression]:
    for found in _RELATIVE.finditer(sentence):
        which, part = (found["which"] or "the").lower(), _part(found["part"])
        if which == "the" and not found["yearend"] and (not found["part"] or part != "late" or "end" not in found["part"].lower()):
            continue
        shift = 1 if which == "next" else 0
        if found["unit"] and found["unit"].lower() == "month":
            yield Expression(*found.span(), Form.MONTH, month_shift=shift, part=part)
        else:
            yield Expression(*found.span(), Form.MONTH, year_shift=shift, part="late" if found["yearend"] else part)


def _spans(sentence: str) -> Iterator[Expression]:
    plain = sentence.lower()
    for way, pattern, hint in _SPANS:
        if hint not in plain:
            continue
        for found in pattern.finditer(sentence):
            if way == "for" and found["count"] is None and not _NEXT.search(found[0]):
                continue  # "for years", "for months"
            written = (found["count"] or "one").lower()
            count = int(written) if written.isdecimal() else _NUMBERS[written]
            unit = (found["unit"] if way != "adjective" else found["unit"] or found["long"]).lower()
            if count:
                yield Expression(*found.span(), Form.DURATION, count=count, unit=unit, way=way)


def _part(written: str | None) -> str:
    """The part of a month or year that its words name."""
    plain = (written or "").lower()
    for word, part in (("start", "start"), ("beginning", "start"), ("early", "early"), ("mid", "mid")):
        if word in plain:
            return part
    return "late" if plain else ""


def _in_month(year: int, month: int, part: str) -> date | None:
    day = {"start": 1, "early": 10, "mid": 15}.get(part) or monthrange(year, month)[1]
    return _valid(year, month, day)


def _in_year(year: int, part: str) -> date | None:
    month, day = {"start": (1, 31), "early": (3, 31), "mid": (6, 30)}.get(part, (12, 31))
    return _valid(year, month, day)


def _later(anchor: date, count: int, unit: str) -> date | None:
    if unit in {"day", "week"}:
        days = timedelta(days=count * (7 if unit == "week" else 1))
        return anchor + days if days <= date.max - anchor else None
    months = anchor.year * 12 + anchor.month - 1 + count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    return _valid(year, month, min(anchor.day, monthrange(year, month)[1])) if year <= date.max.year else None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
