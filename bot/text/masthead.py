"""Which publication a saved page comes from, as the page prints it: masthead, footer or byline. Pure; names no publication.

It answers None rather than take a section, a company in a copyright line or an agency in a photo credit for the publication.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.text import furniture
from bot.text.language import words_of
from bot.text.pagelines import Line
from bot.text.wordset import word_set

_LONGEST_NAME = 6
_GENERIC = word_set(
    "about account ads all alerts analysis and app archive art arts audio australia best blog books breaking business",
    "canada career careers cars cities climate columns comment community contact country crime culture cybersecurity daily",
    "data defence design economy education energy english entertainment environment europe events explainer explainers",
    "exclusive family fashion featured features film finance food football for games gear gadgets health help home house",
    "image in inside international internet investigation investigations jobs latest law legal life lifestyle live local",
    "login long main markets media member menu mobile mobility money more morning music my national nature network",
    "networking new news newsletter newsletters now of on online opinion opinions our page podcast podcasts policy politics",
    "premium press privacy product products profile property rankings reads real estate recipes regional research resources",
    "reviews rights rss school science search section security see series services shop shopping sign site skip social",
    "society software sport sports special start startups stories story style subscribe support surveillance tech",
    "technology the this tips to today tools top topic topics transport travel trending tv uk update updates us usa video",
    "videos view voices watch weather week welcome world you your nachrichten politik wirtschaft wissen kultur reise",
    "startseite actualités politique économie accueil noticias política economía mundo inicio notícias economia início",
    "esporte cronaca esteri nieuws binnenland buitenland",
)
_PRESS = word_set(
    "news times post daily herald tribune gazette journal chronicle courier observer guardian telegraph mail star sun globe",
    "mirror register press today review reporter report weekly wire magazine beacon bulletin dispatch examiner independent",
    "inquirer ledger mercury monitor sentinel standard voice record radio broadcasting public argus advocate echo express",
    "advertiser citizen leader messenger world insider outlook zeitung tageszeitung anzeiger blatt rundschau kurier bote",
    "nachrichten presse le la el il figaro diario periódico jornal folha correio gazzetta corriere giornale dagblad courant",
    "krant nieuwsblad",
)
_COMPOUND_ENDINGS = tuple(sorted(word for word in _PRESS if len(word) >= 4))
"""``Hafenanzeiger``, ``Harbourpost``: one word that ends in what publications are called."""

_COMPANY = re.compile(r"\b(?:inc|llc|ltd|gmbh|ag|corp|corporation|plc|limited|s\.a|b\.v|holdings?|logo)\b\.?", re.IGNORECASE)
_HOME = re.compile(r"^(?P<name>.{2,40}?)\s+(?:home(?: ?page)?|logo)\b", re.IGNORECASE)
_TAGLINE = re.compile(r"\s+[|–—:•·-]\s+|\s*[|•]\s*|, (?=the\b)")
_WELCOME = re.compile(r"^(?:welcome to|bienvenue sur|willkommen bei|bienvenido a)\s+(?P<name>.{2,40})$", re.IGNORECASE)
_RIGHTS = re.compile(r"^(?:©|\(c\)|copyright)[\s©]*(?:\d{4}(?:\s*[-–]\s*\d{4})?)?[\s,]*(?P<name>[^.|•·©]{2,60})", re.IGNORECASE)
_FOR = re.compile(r"^(?:by|von|par|por)\s+.{2,80}?(?:,|\||•| for| at)\s+(?P<name>[^,|•]{2,40})$", re.IGNORECASE)
_STAFF = re.compile(r"(?:^|\b[Bb]y )(?P<name>(?:[A-Z][\w’'&-]*\s?){1,4}) Staff\b(?! Writers?\b)")
_FOOTER_LINES = 14


def masthead(above: Sequence[Line], everything: Sequence[Line], title: str) -> str | None:
    """The publication's name above the headline, or None.

    Args:
        above: the lines above the headline, top first.
        everything: all lines of the page: a single word counts only if the page says it again elsewhere.
        title: the headline, which is never its own publication.
    """
    for at, line in enumerate(above):
        named = _named(line.text)
        name = named or line.text
        if line.bullet or not _may_be_name(name) or name == title or (line.credit and not named):
            continue
        kicker = at + 1 == len(above) and not named
        if _sounds_like_press(name) or named:
            return name
        if len(name.split()) > 1 and not kicker and not line.sentence:
            return name
        if _again(name, line, everything):
            return name
    return None


def footer(below: Sequence[Line], everything: Sequence[Line]) -> str | None:
    """The publication's name in the last lines of the page, or None. A copyright holder counts if it sounds like a publication."""
    last = below[-_FOOTER_LINES:]
    for line in reversed(last):
        if line.bullet or line.junk or line.tail or line.sentence:
            continue
        name = line.text
        if _may_be_name(name) and _sounds_like_press(name) and (line.gap or name.lower().startswith("the ")):
            return name
    for line in reversed(last):
        if found := _RIGHTS.match(line.text):
            name = found["name"].strip(" ,-–")
            if _may_be_name(name) and (_sounds_like_press(name) or _again(name, line, everything)):
                return name
    return None


def byline(lines: Sequence[Line]) -> str | None:
    """The publication a byline names (``By Ana Vale, The Harbour Post``; ``Harbour Post Staff``), or None."""
    for line in lines:
        for pattern in (_FOR, _STAFF):
            found = pattern.search(line.text) if not line.sentence else None
            if found and _may_be_name(name := found["name"].strip()) and not furniture.is_name(name) | ("staff" in name.lower()):
                return name
            if found and pattern is _STAFF and _may_be_name(name := found["name"].strip()):
                return name
    return None


def _named(text: str) -> str | None:
    for pattern in (_WELCOME, _HOME):
        found = pattern.match(text)
        if found and _may_be_name(found["name"].strip()):
            return found["name"].strip()
    parts = [part for part in _TAGLINE.split(text) if part]
    return parts[0].strip() if len(parts) > 1 and _may_be_name(parts[0].strip()) and _sounds_like_press(parts[0]) else None


def _may_be_name(name: str) -> bool:
    words = words_of(name)
    if (
        not words
        or len(name.split()) > _LONGEST_NAME
        or len(name) > 48
        or furniture.ends_sentence(name)
        or "," in name
        or "?" in name
    ):
        return False
    if furniture.is_junk(name) or furniture.is_tail_heading(name) or _COMPANY.search(name) or "@" in name or "://" in name:
        return False
    return name[:1].isupper() and not all(word in _GENERIC for word in words)


def _sounds_like_press(name: str) -> bool:
    words = words_of(name)
    if len(words) == 1:
        return any(words[0].endswith(ending) and words[0] != ending for ending in _COMPOUND_ENDINGS)
    return bool(words) and (words[0] == "the" or any(word in _PRESS for word in words))


def _again(name: str, line: Line, everything: Sequence[Line]) -> bool:
    wanted = name.lower()
    return any(other is not line and wanted in other.text.lower() for other in everything)
