"""A saved text page as lines that each know what they look like. Pure; decides nothing about the article yet."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from bot.text import furniture, remarks
from bot.text.clean import clean_line, decode_entities, strip_invisible
from bot.text.dates import PrintedDate, dates_in, is_date_line
from bot.text.language import STOP_WORDS, guess, words_of

_PROSE_WORDS = 12
"""Least words of a line that counts as running text by itself; shorter ones count only between such lines."""

_PROSE_WORDS_UNKNOWN = 8
"""The same for a language without a word list, where nothing but the length tells prose from headlines."""

_NARROW_PAGE = 100
"""If no line is longer, in code points, and many break in mid-sentence, the page was wrapped by the program that saved it."""

_WRAPPED_LINE = 45
_LIST_RUN = 4
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


@dataclass(slots=True)
class Line:
    """One line that is not blank.

    Attributes:
        number: 1-based line of the page (the first one, if wrapped lines were joined).
        text: cleaned, without its list mark.
        words: number of words.
        bullet: it had a list mark.
        gap: a blank line stands above it.
        prose: running text of the page's language.
        foreign: clearly another language than the page's.
    """

    number: int
    text: str
    words: int
    bullet: bool
    gap: bool
    junk: bool = False
    tail: bool = False
    note: bool = False
    credit: bool = False
    prose: bool = False
    foreign: bool = False
    dates: tuple[PrintedDate, ...] = field(default=())

    @property
    def sentence(self) -> bool:
        """Whether it ends like a sentence."""
        return furniture.ends_sentence(self.text)

    @property
    def plain(self) -> bool:
        """Neither furniture nor a date, a note or a credit: it may be somebody's words."""
        return not (self.junk or self.tail or self.note or self.credit or self.foreign or self.dates)


def read(text: str) -> tuple[list[Line], str | None]:
    """The lines of a page, classified, and the language most of its prose is in (None if that is not clear)."""
    lines = _unwrap(_lines(text))
    for line in lines:
        line.junk = furniture.is_junk(line.text) or remarks.is_paywall(line.text)
        line.tail = furniture.is_tail_heading(line.text)
        line.credit = furniture.is_credit(line.text)
        line.note = not line.bullet and _is_remark(line.text)
        found = dates_in(line.text)
        line.dates = found if is_date_line(line.text, found) else ()
    spoken = {id(line): guess(line.text) for line in lines if line.words >= _PROSE_WORDS and not line.junk}
    language, clear = _main_language(lines, spoken)
    known = language in STOP_WORDS
    least = _PROSE_WORDS if known else _PROSE_WORDS_UNKNOWN
    for line in lines:
        own = spoken.get(id(line))
        line.foreign = clear and own is not None and own != language
        line.prose = line.plain and furniture.is_prose(line.text, language if known else None, least)
    _demote_link_lists(lines)
    return lines, language


def _is_remark(line: str) -> bool:
    """Whether the line is a remark about the article, or one and who wrote it."""
    parts = remarks.apart(line)
    return bool(parts.notes) and (not parts.text or furniture.is_bio(parts.text))


def _lines(text: str) -> list[Line]:
    found: list[Line] = []
    gap = True
    for number, raw in enumerate(_LINE_ENDS.sub("\n", strip_invisible(decode_entities(text))).split("\n"), start=1):
        whole = clean_line(raw)
        shown = furniture.without_bullet(whole) if whole else ""
        if not shown:
            gap = gap or not whole
            continue
        found.append(Line(number, shown, len(shown.split()), furniture.is_bullet(whole), gap))
        gap = False
    return found


def _unwrap(lines: list[Line]) -> list[Line]:
    """Paragraphs joined again where the page was wrapped at a fixed width."""
    if not lines or max(len(line.text) for line in lines) > _NARROW_PAGE:
        return lines
    broken = [
        after
        for line, after in pairwise(lines)
        if len(line.text) >= _WRAPPED_LINE and not line.sentence and not after.gap and after.text[:1].islower()
    ]
    if len(broken) < 3:
        return lines
    joined = [lines[0]]
    last_width = len(lines[0].text)
    for line in lines[1:]:
        before = joined[-1]
        if line.gap or line.bullet or last_width < _WRAPPED_LINE or furniture.is_junk(line.text):
            joined.append(line)
        else:
            before.text = f"{before.text} {line.text}"
            before.words += line.words
        last_width = len(line.text)
    return joined


def _main_language(lines: list[Line], spoken: dict[int, str | None]) -> tuple[str | None, bool]:
    """The language of most running text, or None for one we cannot tell; and whether there is any running text."""
    weights: Counter[str | None] = Counter()
    for line in lines:
        code = spoken.get(id(line))
        if code is not None or (line.sentence and line.words >= _PROSE_WORDS and not line.junk):
            weights[code] += max(line.words, len(line.text) // 8)
    if weights:
        return weights.most_common(1)[0][0], True
    return guess("\n".join(line.text for line in lines if not line.junk)), False


def _demote_link_lists(lines: list[Line]) -> None:
    """A headline that happens to end like a sentence is not prose when it stands in a list of headlines."""
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and not lines[end].gap:
            continue
        run = lines[start:end]
        start = end
        if len(run) < _LIST_RUN or 2 * sum(line.prose for line in run) >= len(run):
            continue
        alone = [
            at
            for at, line in enumerate(run)
            if line.prose and not (at and run[at - 1].prose) and not (at + 1 < len(run) and run[at + 1].prose)
        ]
        for at in alone:
            run[at].prose = len(words_of(run[at].text)) > 2 * _PROSE_WORDS + 16
