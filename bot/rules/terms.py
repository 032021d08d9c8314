"""From a word or phrase as typed to the pieces that are compared with an article's words.

Promises: what a query's word becomes is what ``bot.text.normalise`` makes of the same word in an article. Wildcards
that could match nearly everything, or that would have no effect, are refused with a sentence.
"""

from __future__ import annotations

import unicodedata

from bot.core.spoken import tr
from bot.rules.expression import Field, Piece, Shape
from bot.text.characters import Mode, is_dense
from bot.text.normalise import NormalText

MIN_PREFIX = 3
"""Shortest word before a star, in letters (docs/rules.md). A Korean syllable counts as the letters it is built of."""

MIN_PLURAL = 4
"""Shortest word that also matches its regular plural (docs/rules.md)."""


class BadTerm(ValueError):  # noqa: N818  # never leaves the reader: it becomes a QueryError there, with its place
    """Why a word or phrase is refused, and what to write instead."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


def plural(word: str) -> str:
    """The regular English plural: consonant + y -> ies; s, x, z, ch, sh -> + es; else + s (docs/rules.md)."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def pieces(text: str, *, quoted: bool, exact: bool = False, field: Field | None = None) -> tuple[Piece, ...]:
    """The pieces of a word or phrase.

    Args:
        text: as typed, without quotes.
        quoted: no plurals.
        exact: with case, so no plurals either.
        field: where it will look; addresses are cut more finely, languages have no plurals.

    Raises:
        BadTerm: nothing to search for, or a wildcard that may not stand where it stands.
    """
    if field is Field.URL and "?" in text:
        raise BadTerm(
            tr("in url: a ? is part of the address, not a wildcard"), tr("Leave it out, or search for its parts: url:one url:two")
        )
    cut = NormalText(text, Mode.ADDRESS_PATTERN if field is Field.URL else Mode.PATTERN)
    words = cut.exact.tokens if exact else cut.tokens
    if not words:
        raise BadTerm(tr("there is no letter or digit to search for in {value}", value=text.strip() or "an empty phrase"))
    found = tuple(_piece(word, text) for word in words)
    only = found[0]
    if quoted or exact or len(found) > 1 or only.shape is not Shape.WORD or field is Field.LANG:
        return found
    if len(only.text) >= MIN_PLURAL and only.text.isascii() and only.text.isalpha():
        return (Piece(Shape.WORD, only.text, (plural(only.text),)),)
    return found


def _piece(word: str, text: str) -> Piece:
    stem = word.removesuffix("*")
    if "*" in stem or not stem:
        if any(is_dense(character) for character in text):
            raise BadTerm(
                tr("words of this script are found inside longer ones anyway, so a * does nothing"), tr("Leave out the *.")
            )
        if not stem and text.strip() != "*":
            raise BadTerm(
                tr("a * stands only at the end of a word, never alone"), tr('For words in between write "face recognition"~2.')
            )
        raise BadTerm(
            tr("a * stands only at the end of a word of three letters or more"), tr("Write the beginning of the word: surveill*")
        )
    if stem.startswith("?") or stem.endswith("?"):
        raise BadTerm(
            tr("a ? stands for one character inside a word, never at its edge"), tr("Leave it out, or write * for any ending.")
        )
    if "?" in stem:
        if word.endswith("*"):
            _check_prefix(stem.replace("?", ""), stem)
        return Piece(Shape.PATTERN, word)
    if word.endswith("*"):
        _check_prefix(stem, stem)
        return Piece(Shape.PREFIX, stem)
    return Piece(Shape.WORD, word)


def _check_prefix(letters: str, shown: str) -> None:
    if len(unicodedata.normalize("NFD", letters)) < MIN_PREFIX:
        raise BadTerm(tr("{shown}* would match too many words: at least three letters must stand before the *", shown=shown))
