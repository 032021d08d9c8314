"""What a headline names: things and figures. Two headlines that name different ones tell of different events (``compare``).

Told by capitals and by which words news English writes small; headlines in capitals throughout tell only what tables know.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import zip_longest

from bot.core.memo import memo
from bot.stories.model import COMMON_STEMS
from bot.stories.tokens import is_number, name_words, stem, stems, words
from bot.stories.words import (
    BETWEEN,
    CITIES,
    COMPANIES,
    INSTITUTIONS,
    MONTHS,
    NAME_STARTS,
    NO_NAMES,
    STOP,
    TOLL,
    WEEKDAYS,
)

_CVE = re.compile(r"\bcve-(\d{4})-(\d{3,7})\b", re.IGNORECASE)
_WORD_MONTHS = frozenset({"may", "march"})
_NAMELESS_ENDINGS = ("ing", "ed", "ly", "tion", "tions", "ment", "ness", "able", "ists", "ers")
"""In a headline with capitals throughout, an unknown word with such an ending is a word, not a name."""
_PLAIN_SHARE = 0.6
_SCENE = frozenset({"in", "at", "near", "of", "by", "across", "around", "outside"})
_PASSED_OVER = frozenset({"the", "a", "an", "city", "town", "county", "village", "state", "downtown"})
"""What may stand between those and a name ("in the city of ...", "in downtown ...")."""


def title_names(title: str) -> set[str]:
    """Stems of the words a title writes as names; "San Francisco" and its like are one name."""
    written = name_words(title)
    longer = [word[0].isupper() for word in written if len(word) > 3]
    shouted = bool(written) and all(map(str.isupper, written))
    headline_case = sum(longer) > _PLAIN_SHARE * len(longer)
    names = set() if headline_case or shouted else _town_at_head(written)
    start = ""
    for token in map(_capital, written):
        if not token:
            start = ""
        elif start and stem(token) not in COMMON_STEMS and not (start == "new" and token in COMPANIES):
            names.add(start + stem(token))
            start = ""
        elif token in NAME_STARTS:
            start = token
        else:
            start = ""
            if token in COMPANIES or token in CITIES or (not shouted and _is_name(token, headline_case)):
                names.add(stem(token))
    return names


@memo(512)
def _plain(word: str) -> tuple[str, ...]:
    """A written word as plain ones: mostly one."""
    return tuple(words(word))


@memo(512)
def _capital(word: str) -> str:
    """The one plain word that a word with a capital is written for; empty for others."""
    plain = _plain(word)
    return plain[0] if len(plain) == 1 and word[0].isupper() else ""


def _town_at_head(written: list[str]) -> set[str]:
    """Stems of a town's two common words ("Mountain View council"): capitals right before what a town has one of."""
    tokens = [(word, plain[0]) for word in written[:4] if len(plain := _plain(word)) == 1]
    if len(tokens) < 3 or not (tokens[0][0][0].isupper() and tokens[1][0][0].isupper()):
        return set()
    place = 3 if len(tokens) == 4 and tokens[2][1] in BETWEEN else 2
    town = [token for _, token in tokens[:2]]
    nameless = town[1] in NO_NAMES or any(token in STOP or token in COMPANIES for token in town)
    if tokens[place][1] not in INSTITUTIONS or nameless:
        return set()
    return {stem(token) for token in town}


@memo(512)
def _is_name(token: str, headline_case: bool) -> bool:
    if token in STOP or token in NO_NAMES or token in WEEKDAYS or token in MONTHS:
        return False
    if headline_case and token.endswith(_NAMELESS_ENDINGS):
        return False
    term = stem(token)
    return term not in COMMON_STEMS and not is_number(term)


def scene_names(title: str, names: Collection[str]) -> set[str]:
    """Of a title's names those that say who acts or where: at its beginning, after "in" or "by", or with a possessive."""
    found: set[str] = set()
    before, start, opens = "", "", False
    for word in name_words(title):
        plain = _plain(word)
        token = plain[-1] if plain else ""
        if not token or (token in _PASSED_OVER and not start):
            continue
        goes_on = opens  # "Oak Hollow": the second word stands where the first stands
        opens = not before or before in _SCENE or goes_on
        name = start + stem(token) if start + stem(token) in names else stem(token)
        if name in names:
            opens = opens or word.endswith(("'s", "’s", "'", "’"))
            if opens:
                found.add(name)
            start = ""
        elif word[0].isupper() and token in NAME_STARTS:
            start = token
        else:
            # "Port Quill", "Mayor Quill": the first word is a common one, and the name it belongs to follows at once
            opens = opens and not goes_on and word[0].isupper() and token not in COMPANIES
            start = ""
        before = token
    return found


def title_numbers(title: str) -> set[str]:
    """Figures, months, weekdays and CVE numbers of a title; "may" and "march" are months only before a figure."""
    rest = _CVE.sub(" ", title)
    numbers = {f"cve-{year}-{serial}" for year, serial in _CVE.findall(title)}
    plain = words(rest)
    toll = {stem(word) for word, *after in zip(plain, plain[1:], [*plain[2:], ""], strict=False) if not TOLL.isdisjoint(after)}
    numbers.update(term for term in stems(rest) if is_number(term) and term not in toll)
    for word, following in zip_longest(plain, plain[1:], fillvalue=""):
        if word in WEEKDAYS or (word in MONTHS and (word not in _WORD_MONTHS or following[:1].isdigit())):
            numbers.add(word[:3])
    return numbers
