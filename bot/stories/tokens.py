"""Text to words, and words to stems, for story decisions alone.

It promises the same stems for the same text on every machine and in every version of the rules: stored fingerprints are
compared with new ones for years, so this tokeniser is not the rules' and changes only together with
``fingerprint.FORMAT_VERSION``. It never looks at case, except in ``names``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.core.memo import memo
from bot.stories.words import COUNTRIES, NUMBERS, SAME, STOP

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+")
_FIGURE = re.compile(r"\d[.,]\d")
_PLAIN_ASCII = "".join(character.lower() if character.isalnum() else " " for character in map(chr, range(128)))
_TYPESET = "“”‘—–"
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")
_POSSESSIVE = re.compile(r"['’]s\b|['’](?=\W|$)")
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_COUNTRY = {word: country for country, words in COUNTRIES.items() for word in words.split()}
_AMOUNT = re.compile(r"[\d.,]+(?:m|bn|b|mn|k)")
_NAME_WORD = re.compile(r"[^\W_][\w’'.&-]*")
SHORT_TEXT = 160
"""Characters up to which a text's words are remembered: a headline is read a dozen times while its story is decided."""


def words(text: str) -> list[str]:
    """Lower-case words and figures in order; Han and Kana characters stand alone, as those scripts write no blanks.

    Of a text cut at a blank it gives the words of one part, then those of the other.
    """
    return list(_short_words(text)) if len(text) <= SHORT_TEXT else _words(text)


@memo(256)
def _short_words(text: str) -> tuple[str, ...]:
    """The same of a headline or a word, which many look at in turn."""
    return tuple(_words(text))


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
        for mark in _TYPESET:
            text = text.replace(mark, " ")  # most articles have no other letters than ASCII's, which are read far quicker
        if not text.isascii():
            text = _UNSPACED.sub(r" \1 ", text)
    # Most texts have neither, and looking for one character is far cheaper than a substitution.
    if _may_have_initials(text):
        text = _INITIALS.sub(lambda found: found.group().replace(".", ""), text)
    if "'" in text or "’" in text:
        text = _POSSESSIVE.sub("", text).replace("'", "")
    if text.isascii() and not _FIGURE.search(text):
        return text.translate(_PLAIN_ASCII).split()  # the same in half the time
    return _WORD.findall(text.casefold())


def _may_have_initials(text: str) -> bool:
    """Whether two full stops stand one character apart, as in "U.S." and hardly anywhere else."""
    at = text.find(".")
    while at >= 0:
        if text[at + 2 : at + 3] == ".":
            return True
        at = text.find(".", at + 1)
    return False


@memo(1024)
def stem(word: str) -> str:
    """The word without its commonest English endings, spelled alike where news English has several words for one thing."""
    if word in NUMBERS:
        return NUMBERS[word]
    if word[0].isdigit() and _AMOUNT.fullmatch(word):
        return word.rstrip("mbnk")
    return _strip(_COUNTRY.get(word) or SAME.get(word, word))


def _strip(word: str) -> str:
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word != "news" and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, shortest in (("ing", 6), ("ed", 5)):
        if word.endswith(ending) and len(word) >= shortest:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    if word.endswith("y") and len(word) > 3 and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    return word


def stems(text: str) -> list[str]:
    """Stems in order, without stop words and single letters; ``12 months`` counts as ``1 year``."""
    return stems_of(words(text))


def stems_of(found: Sequence[str]) -> list[str]:
    """The same of words."""
    if "month" in found or "months" in found:
        return _stems_with_months(found)
    return [stem(word) for word in found if word not in STOP and (len(word) > 1 or word.isdigit() or not word.isascii())]


def _stems_with_months(found: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for position, word in enumerate(found):
        if word in STOP or (len(word) == 1 and word.isascii() and not word.isdigit()):
            continue
        if word in {"month", "months"} and position and found[position - 1] in {"12", "twelve", "24", "36"}:
            if kept:
                kept[-1] = {"12": "1", "24": "2", "36": "3"}.get(kept[-1], kept[-1])
            kept.append(stem("year"))
            continue
        kept.append(stem(word))
    return kept


def is_number(term: str) -> bool:
    """Whether a stem is a figure, with or without a unit glued to it (``588``, ``7.5m``, ``q1``, ``2nd``)."""
    return term[0].isdigit() or (len(term) == 2 and term[1].isdigit())


def name_words(text: str) -> list[str]:
    """Words as written, for deciding which of them are names."""
    return _NAME_WORD.findall(text.replace("’", "'"))
