"""Which stretch of a saved page is its article: prose that hangs together, told from teasers, comments and notices. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.text import furniture
from bot.text.pagelines import Line

_GAP = 8
"""So many lines that are neither prose nor furniture end a stretch of prose: what follows is another part of the page."""

_INLINE_GAP = 3
_INLINE_SHARE = 0.2
_MODULE_LINES = 24
"""Lines that a list of teasers inside an article may have."""

_SUBJECT_WORDS = 15
_LEAST_ARTICLE_WORDS = 15


def main_stretch(lines: list[Line], language: str | None) -> tuple[int, int] | None:
    """First and last line of the longest stretch of prose, or None if the page has none."""
    stretches: list[list[int]] = []
    for at, line in enumerate(lines):
        if not line.prose or (line.bullet and not stretches):
            continue
        if stretches and _connected(lines, stretches[-1], at):
            stretches[-1].append(at)
        elif not line.bullet:
            stretches.append([at])
    if not stretches:
        return None
    stretches = _rejoin(lines, stretches, language)
    best = max(stretches, key=lambda stretch: _standing(lines, stretch))
    if _weight(lines, best) < _LEAST_ARTICLE_WORDS or _is_listing(lines, best):
        return None
    return best[0], best[-1]


def _weight(lines: list[Line], stretch: Sequence[int]) -> int:
    return sum(max(lines[at].words, len(lines[at].text) // 8) for at in stretch)


def _connected(lines: list[Line], stretch: list[int], at: int) -> bool:
    between = lines[stretch[-1] + 1 : at]
    strange = sum(not (line.junk or line.note or line.credit or line.dates or line.sentence or line.bullet) for line in between)
    return strange <= _GAP and not any(line.tail for line in between) and not _begins_article(between)


def _begins_article(between: Sequence[Line]) -> bool:
    """Whether the lines hold a headline with a date or byline right below it: another article, or its teaser, begins."""
    return any(
        line.plain
        and not line.sentence
        and line.words >= 3
        and any(other.dates or furniture.is_byline(other.text) for other in below)
        for line, below in ((line, between[at + 1 : at + 3]) for at, line in enumerate(between))
    )


def _standing(lines: list[Line], stretch: Sequence[int]) -> float:
    """Words of a stretch; paragraphs that stand alone between other lines count half."""
    members = set(stretch)
    beside = {at for at in stretch if at - 1 in members or at + 1 in members}
    return _weight(lines, stretch) / 2 + _weight(lines, sorted(beside)) / 2


def _rejoin(lines: list[Line], stretches: list[list[int]], language: str | None) -> list[list[int]]:
    """What stands inside an article, READ MORE with its teasers, does not end it: the article goes on behind it."""
    joined = [stretches[0]]
    for stretch in stretches[1:]:
        between = lines[joined[-1][-1] + 1 : stretch[0]]
        weight, before = _weight(lines, stretch), _weight(lines, joined[-1])
        short = sum(not line.junk or line.tail for line in between) <= _INLINE_GAP
        foreign = _begins_article(between) or any(furniture.opens_comments(line.text) for line in between)
        if not foreign and (
            (short and weight >= _INLINE_SHARE * before) or _goes_on(lines, joined[-1], stretch, between, language)
        ):
            joined[-1] += stretch
        else:
            joined.append(stretch)
    return joined


def _goes_on(lines: list[Line], stretch: list[int], later: list[int], between: Sequence[Line], language: str | None) -> bool:
    """Whether prose behind a list of teasers is about the same: most of its paragraphs use the words the article keeps using."""
    if len(between) > _MODULE_LINES or len(later) < 2:
        return False
    counted = Counter(word for at in stretch for word in furniture.content_words([lines[at].text], language))
    subject = {word for word, count in counted.most_common(_SUBJECT_WORDS) if count > 1}
    alike = sum(len(furniture.content_words([lines[at].text], language) & subject) >= 2 for at in later)
    return len(subject) >= 4 and alike >= 0.6 * len(later)


def _is_listing(lines: list[Line], stretch: list[int]) -> bool:
    """Whether every paragraph has a headline of its own: a front page with teasers, not an article."""
    headed = sum(at > 0 and not lines[at - 1].sentence and lines[at - 1].plain and lines[at - 1].words >= 3 for at in stretch)
    return headed >= max(4, 0.7 * len(stretch))
