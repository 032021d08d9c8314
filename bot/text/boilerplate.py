"""The article in a saved page that is text only: no tags, only lines, most of them menus, adverts and other headlines.

Promises: what it keeps is verbatim the page's own lines; where it finds no article it keeps nothing and says so, never the
whole page. Pure. The rules are general: they look at the shape of lines, at function words of the page's language and at
kinds of page furniture, and know no site.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.documents import Page
from bot.text import furniture, masthead, remarks
from bot.text.clean import clean_line
from bot.text.dates import outside
from bot.text.language import words_of
from bot.text.pagelines import Line, read
from bot.text.sentences import split
from bot.text.stretch import main_stretch

NO_ARTICLE = "No article could be found on this page."
PAYWALLED = "Paywalled: only the lead could be read."

_STANDFIRST_WORDS = 45
_CAPTION_WORDS = 38
_LONGEST_LIST = 60
_LONG_LINE_WORDS = 20
_MOST_PARAGRAPHS = 400
"""Above so many paragraphs repeated lines are not looked for: that would cost their square."""

_TITLE_REACH = 40
"""Lines above the first paragraph among which the headline is looked for."""

_PAYWALL_WORDS = 120
"""Below so many words (600 characters) a subscription line means that only the lead is there (reference measurements)."""

_OWN_URL = re.compile(
    r"^(?:(?:(?:page|article|original|source|canonical|web) )?(?:url|link|address)|permalink|canonical)\s*[:=]\s*<?"
    r"(?P<url>https?://\S+?)>?$",
    re.IGNORECASE,
)
_BARE_URL = re.compile(r"^<?(?P<url>https?://\S+?)>?$", re.IGNORECASE)
_PAST_SPEECH = re.compile(r"\b(?:said|says|told|announced|asked|added|wrote|according)\b|[\"“”]", re.IGNORECASE)
_LEAD_SIGN = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:said|told|announced)\b|\b(?:19|20)\d\d\b"
    r"|^(?-i:[A-ZÀ-Þ]{3,}[A-ZÀ-Þ ,.]*)(?:\([A-Za-z ]+\))? ?[—–-]",
    re.IGNORECASE,
)
"""What a first paragraph has and a standfirst seldom: a weekday, a year, who said it, a place in capitals."""


@dataclass(frozen=True, slots=True)
class Article:
    """Which lines of a page are the article: 1-based numbers, for tests and for explaining.

    Attributes:
        title, standfirst: one line each, or None.
        body: paragraphs and list items in order.
    """

    title: int | None = None
    standfirst: int | None = None
    body: tuple[int, ...] = ()


def clean(text: str, *, hint_title: str | None = None) -> Page:
    """Reduce a saved text page to its article.

    Args:
        text: the page as saved.
        hint_title: the headline if it is known from elsewhere (a feed); it is looked for on the page.

    Returns:
        The article; with an empty ``text`` and a note if none could be found. A date line above the headline is ``rendered``,
        one below it ``published``.
    """
    return _page(*_locate(text, hint_title))


def locate(text: str, *, hint_title: str | None = None) -> Article:
    """The line numbers of what ``clean`` keeps."""
    return _locate(text, hint_title)[2]


def _locate(text: str, hint_title: str | None) -> tuple[list[Line], str | None, Article, str | None]:
    lines, language = read(text)
    stretch = main_stretch(lines, language)
    if stretch is None:
        return lines, language, Article(), hint_title
    first, last = stretch
    title = _find_title(lines, first, last, language, hint_title)
    last = _closing(lines, title, first, last)
    kept = _keep(lines, title, last, language)
    standfirst = _standfirst(lines, title, kept, language)
    body = tuple(lines[at].number for at in kept if at != standfirst)
    return (
        lines,
        language,
        Article(None if title is None else lines[title].number, None if standfirst is None else lines[standfirst].number, body),
        hint_title,
    )


# ---------------------------------------------------------------- where the article ends


def _closing(lines: list[Line], title: int | None, first: int, last: int) -> int:
    """The article's last line: short sentences that follow belong to it, a note near its end closes it."""
    begin = first if title is None else title
    total = sum(lines[at].words for at in range(begin, last + 1) if lines[at].prose)
    seen = 0
    for at in range(begin, last + 1):
        seen += lines[at].words if lines[at].prose else 0
        if lines[at].note and at > first and total - seen < total / 4:
            return at - 1
    at = last
    while at + 1 < len(lines):
        line = lines[at + 1]
        listed = line.bullet and (lines[at].text.endswith(":") or (lines[at].bullet and at > last))
        spoken = line.words >= 3 and not line.bullet and (line.sentence or _opens_list(lines, at + 1))
        if line.tail or not line.plain or not (listed or spoken):
            break
        at += 1
    return at


def _opens_list(lines: list[Line], at: int) -> bool:
    """Whether the line introduces a list of sentences."""
    return lines[at].text.endswith(":") and at + 1 < len(lines) and lines[at + 1].bullet and lines[at + 1].sentence


# ---------------------------------------------------------------- headline


def _find_title(lines: list[Line], first: int, last: int, language: str | None, hint: str | None) -> int | None:
    wanted = words_of(hint or "")
    if wanted:
        for at, line in enumerate(lines[: last + 1]):
            if words_of(line.text)[: len(wanted)] == wanted and line.words <= len(wanted) + 6:
                return at
    paragraphs = [lines[at].text for at in range(first, last + 1) if lines[at].prose][:8]
    about = furniture.content_words(paragraphs, language)
    best, best_score = None, 1.0
    for at in range(max(first - _TITLE_REACH, 0), first):
        score = _title_score(lines, at, first, about, language)
        if score > best_score:
            best, best_score = at, score
    return best


def _may_be_title(line: Line) -> bool:
    if not line.plain or line.bullet or furniture.is_byline(line.text) or len(line.text) > 240:
        return False
    return 2 <= max(line.words, len(line.text) // 4) <= 32


def _title_score(lines: list[Line], at: int, first: int, about: frozenset[str], language: str | None) -> float:
    line = lines[at]
    if not _may_be_title(line):
        return 0.0
    own = furniture.content_words([line.text], language)
    shared = len(own & about)
    score = min(shared, 4) * 0.5 + (shared / len(own) if own else 0.0)
    score += 1.0 if 4 <= line.words <= 22 else 0.0
    score -= 1.0 if line.text.endswith((".", ":", ",")) else 0.0
    score -= 1.0 if line.text[:1].islower() else 0.0
    score += 1.0 if any(other is not line and other.text == line.text for other in lines[max(at - 3, 0) : first]) else 0.0
    near = lines[at + 1 : at + 4]
    score += 0.6 if any(other.dates or furniture.is_byline(other.text) or other.prose for other in near) else 0.0
    before = lines[max(at - 2, 0) : at]
    score -= 0.8 if any(other.credit or (other.dates and at > 3) or furniture.is_byline(other.text) for other in before) else 0.0
    return score + 0.3 * (at + 1) / first


# ---------------------------------------------------------------- what is kept


def _keep(lines: list[Line], title: int | None, last: int, language: str | None) -> list[int]:
    begin = 0 if title is None else title + 1
    if title is None:
        begin = next(at for at, line in enumerate(lines) if line.prose)
    headline = words_of(lines[title].text) if title is not None else []
    about = furniture.content_words([lines[title].text] if title is not None else [], language)
    kept: list[int] = []
    for at in range(begin, last + 1):
        line = lines[at]
        if not line.plain or words_of(line.text) == headline or furniture.is_teaser(line.text) or furniture.is_byline(line.text):
            continue
        if line.bullet:
            if _list_item_stays(lines, at, kept):
                kept.append(at)
            continue
        before = lines[kept[-1]].text if kept else ""
        if _is_caption(lines, at, about, begin, kept) or furniture.is_embed(line.text, before) or _is_author_line(lines, at, last):
            continue
        if line.prose or (line.sentence and (line.words >= 3 or len(line.text) > 8)) or _runs_on(lines, at, kept):
            kept.append(at)
    return _without_pull_quotes(lines, kept)


def _runs_on(lines: list[Line], at: int, kept: list[int]) -> bool:
    """A paragraph that lost its full stop, a line that introduces a list, or a standfirst without a stop below the headline."""
    line = lines[at]
    if line.words >= _LONG_LINE_WORDS or (line.text.endswith(":") and at + 1 < len(lines) and lines[at + 1].bullet):
        return True
    if kept or line.words < 6 or line.text[:1].islower() or at == 0:
        return False
    following = lines[at + 1 : at + 3]
    above = lines[at - 1]
    return (
        above.plain
        and not above.prose
        and any(other.dates or furniture.is_byline(other.text) or furniture.is_name(other.text) for other in following)
    )


def _list_item_stays(lines: list[Line], at: int, kept: list[int]) -> bool:
    """Items stay when the paragraph above them is kept and they are introduced by it, or are sentences themselves."""
    start = at
    while start and lines[start - 1].bullet and at - start < _LONGEST_LIST:
        start -= 1
    end = at
    while end + 1 < len(lines) and lines[end + 1].bullet and end - at < _LONGEST_LIST:
        end += 1
    group = lines[start : end + 1]
    above = start - 1
    while above >= 0 and lines[above].junk and not lines[above].tail:
        above -= 1
    if above not in kept[-_LONGEST_LIST:]:
        return False
    sentences = sum(line.sentence for line in group)
    return lines[above].text.endswith(":") or 2 * sentences >= len(group)


def _is_caption(lines: list[Line], at: int, about: frozenset[str], begin: int, kept: list[int]) -> bool:
    """A sentence about a picture: it says so, or it stands at a credit, tells nothing of the headline and reports no speech."""
    line = lines[at]
    if _PAST_SPEECH.search(line.text) or line.words > _CAPTION_WORDS + 10:
        return False
    if furniture.has_caption_mark(line.text):
        return True
    if line.words > _CAPTION_WORDS or len(split(line.text)) > 1 or len(furniture.content_words([line.text], None) & about) >= 2:
        return False
    below = lines[at + 1] if at + 1 < len(lines) else None
    above = lines[at - 1] if at > begin else None
    if below is not None and below.credit and (at > begin if not kept else line.gap and not below.gap):
        return True
    over = lines[at - 2] if at - 2 >= begin else None
    return above is not None and above.credit and (over is None or not over.plain or over.sentence)


def _is_author_line(lines: list[Line], at: int, last: int) -> bool:
    """A presentation of the author at the article's very end."""
    return at >= last - 1 and furniture.is_bio(lines[at].text)


def _without_pull_quotes(lines: list[Line], kept: list[int]) -> list[int]:
    """Without lines that only repeat part of a longer paragraph in large letters."""
    if len(kept) > _MOST_PARAGRAPHS:
        return kept
    flat = {at: f" {' '.join(words_of(lines[at].text))} " for at in kept}
    whole = "\n".join(flat.values())
    return [
        at
        for at in kept
        if not (4 <= lines[at].words <= _CAPTION_WORDS and len(flat[at]) > 20 and whole.count(flat[at]) > 1 and _repeats(flat, at))
    ]


def _repeats(flat: dict[int, str], at: int) -> bool:
    return any(other != at and flat[at] in words and (len(words) > len(flat[at]) or other < at) for other, words in flat.items())


def _standfirst(lines: list[Line], title: int | None, kept: list[int], language: str | None) -> int | None:
    """The line between headline and text that sums the article up, or None."""
    if title is None or len(kept) < 2:
        return None
    first, second = kept[0], kept[1]
    line = lines[first]
    headline = words_of(lines[title].text)
    between = [other for other in lines[title + 1 : first] if words_of(other.text) != headline]
    if any(not other.junk for other in between) or line.words > _STANDFIRST_WORDS or line.bullet or len(split(line.text)) > 2:
        return None
    if any(not other.junk for other in lines[first + 1 : second]):
        return first
    if not line.sentence:
        return first
    about = furniture.content_words([lines[title].text], language)
    shared = len(furniture.content_words([line.text], language) & about)
    shared_next = len(furniture.content_words([lines[second].text], language) & about)
    alone = len(split(line.text)) == 1 and not _LEAD_SIGN.search(line.text)
    return first if alone and _LEAD_SIGN.search(lines[second].text) and shared_next >= max(shared, 2) else None


# ---------------------------------------------------------------- the page


def _page(lines: list[Line], language: str | None, article: Article, hint_title: str | None) -> Page:
    at = {line.number: index for index, line in enumerate(lines)}
    title = None if article.title is None else at[article.title]
    headline = lines[title].text if title is not None else clean_line(hint_title or "")
    if not article.body:
        site = masthead.masthead(lines[:6], lines, headline)
        return Page(
            title=headline, summary="", text="", url=_own_url(lines), site=site, outlet=site, language=language, notes=(NO_ARTICLE,)
        )
    first, last = at[article.body[0]], at[article.body[-1]]
    head = first if article.standfirst is None else at[article.standfirst]
    top = lines[: head if title is None else title]
    below_title = lines[len(top) : first + 1]
    after = lines[last + 1 :]
    site = masthead.masthead(top, lines, headline)
    text = "\n\n".join(own for number in article.body if (own := _own_words(lines[at[number]])))
    published, modified = _stated_dates(below_title, after)
    page = Page(
        title=headline,
        summary="" if article.standfirst is None else lines[at[article.standfirst]].text,
        text=text,
        byline=_authors(below_title),
        published=published,
        modified=modified,
        rendered=next((line.dates[0].instant for line in reversed(top) if line.dates and not line.bullet), None),
        url=_own_url(lines),
        site=site,
        outlet=site or masthead.footer(after, lines) or masthead.byline(below_title),
        language=language,
        notes=_notes([*below_title, *lines[first : last + 1], *after[:6]]),
    )
    near = [*lines[first:last], *after[:8]]
    if len(text) < _PAYWALL_WORDS * 5 and any(remarks.apart(line.text).asks for line in near):
        return replace(page, paywalled=True, notes=(*page.notes, PAYWALLED))
    return page


def _own_words(line: Line) -> str:
    """A paragraph without remarks about the article and calls for a subscription."""
    return line.text if line.bullet else remarks.apart(line.text).text


def _stated_dates(below_title: Sequence[Line], after: Sequence[Line]) -> tuple[datetime | None, datetime | None]:
    published = modified = None
    for line in [*below_title, *after[:3]]:
        for found in line.dates:
            if found.role == "modified":
                modified = modified or found.instant
            elif line in below_title or found.role == "published":
                published = published or found.instant
    return published, modified


def _authors(below_title: Sequence[Line]) -> tuple[str, ...]:
    for line in below_title:
        parts = outside(line.text, line.dates) if line.dates else (line.text,)
        for part in parts:
            if names := furniture.byline_names(part):
                return names
            if line.dates and (staff := re.match(r"(?:[A-Z][\w’'&-]*\s){1,4}Staff\b", part)):
                return (staff[0],)
            if not line.prose and not line.sentence and not line.credit and furniture.is_name(part):
                return (part,)
    return ()


def _notes(lines: Sequence[Line]) -> tuple[str, ...]:
    found: list[str] = []
    for line in lines:
        if not line.bullet:
            found += remarks.apart(line.text).notes
    return tuple(dict.fromkeys(found))


def _own_url(lines: Sequence[Line]) -> str | None:
    for line in lines:
        if found := _OWN_URL.match(line.text):
            return found["url"]
    for line in (*lines[:1], *lines[-1:]):
        if found := _BARE_URL.match(line.text):
            return found["url"]
    return None
