"""The sentences of an item that a message may show, and what is wrong with each. Pure.

Promises: every sentence stands word for word in the field it names, from one sentence end to the next, without the list mark or
agency's place before it; half a sentence, half a quotation, furniture of the page and calls to the reader are none. Only the
opening of a text, and of the linked one the paragraphs with a match, are read, so the cost does not grow with
the text. Never chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.model import Span
from bot.stories.dangling import SPEECH, dangles
from bot.stories.fingerprint import without_furniture
from bot.stories.scraps import ends, is_call, is_cut, is_half_quoted, is_label, is_unbalanced
from bot.stories.tokens import stem, words
from bot.stories.words import STOP
from bot.text.sentences import split

SHORTEST = 4
"""Words that make a sentence; fewer are a label."""
OPENING = 8
"""Sentences of a text that are read whether or not they hold a match: the news stands above."""
SENTENCE_SPACE = 300
"""Code points of a paragraph without a match that are read for each sentence wanted; no sentence is shown that ends beyond."""
KEPT = 128
"""Fields whose sentences are remembered: a story is told to many channels, and again with each report that joins it."""
LONG_TEXT = 20_000
"""Code points above which a field is not remembered, so that what is remembered stays under a few megabytes."""

CUT = re.compile(r"\.\.\.|…")
QUOTE = re.compile(r"[\"“”«»„]")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_DASH = re.compile(
    r"^(?:[-–—•·*]+|[A-Z]{3,}[\w .'’-]{0,30}, [A-Z][\w.]{1,12} ?(?:--|[–—])|"
    r"[A-Z][A-Z .'’-]{2,30}(?:, [A-Z][\w. ]{1,20}){0,2}(?:,? [A-Z][a-z]{2,8}\.? \d{1,2})?(?: \([A-Z][\w /]{1,20}\))? ?[-–—]{1,2}|"
    r"[A-Z][\w .'’-]{2,30} \([A-Z][\w /]{1,20}\) ?[-–—]{1,2}|\([A-Z][\w /]{1,20}\) ?[-–—]{1,2}|"
    r"[A-Z][A-Z ]{4,25}(?:, (?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}\.?))?:(?=\s+[A-Z]))\s+"
)
"""A list mark, or the place, day and name that begin a news agency's report."""
_DAY = (
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d{1,2}"
    r"|\d{1,2}\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*|\d{4}-\d\d-\d\d),?(?:\s*\d{4})?,?"
)
_CLOCK = r"\d{1,2}:\d{2}(?:\s*[ap]\.?m\b\.?)?(?:\s+(?:UTC|GMT|BST|CES?T|IST|JST|[ECMP][SD]?T|UK)\b)?,?"
_STAMP = re.compile(
    rf"^(?i:(?:(?:updated|published|posted):?\s+(?:on\s+|at\s+)?)?(?:{_DAY}(?:\s+at)?\s+{_CLOCK}|{_CLOCK}(?:\s+{_DAY})?)\s+|"
    rf"(?:updated|published|posted):?\s+(?:on\s+)?{_DAY}\s+)+"
    r"(?=[\"“'‘]?[A-Z])"
)
"""The moment of publication, run into the first sentence: a clock time in front, or "Published" and a day, is the page's."""
_NO_ANSWER = re.compile(
    r"\b(?:declined to comment|(?:request|reached|asked|contacted|approached) (?:\w+ )?for (?:a )?(?:comment|response)|"
    r"(?:not|n['’]t) (?:\w+ )?(?:respond|repl[yi]|return|answer)\w*)\b",
    re.IGNORECASE,
)
"""That somebody said nothing is the last thing a reader in a hurry needs."""
_OWN_PAST = re.compile(r"\b(?:previously|earlier|first) reported\b(?! by| cases| that)|\bas we reported\b", re.IGNORECASE)
"""An outlet pointing to its own older report."""
_LATE_JOINT = re.compile(
    r"^(?:[^\W\d_][\w’'.-]* ){1,3}(?:also|too|however|therefore|meanwhile|, too)\b|^[^,]{2,25}, (?:however|too|meanwhile),"
)
"""A word that joins a sentence to the one before it, a few words after its beginning, as in "Ring also failed"."""
_LEADS_ON = re.compile(r"(?:then|still|now|even|of these|we|our|us|i|my|you|your)\b(?!-)", re.IGNORECASE)
_GREETING = re.compile(
    r"^[\[(]?(?:welcome to\b|hello\b|hi\b|let['’]s\b|this (?:piece|article|story|post|review|column|episode) "
    r"(?:was |has |is )?(?:been )?(?:originally|first|part|based)\b)",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"from left\b|(?:top|bottom|above|left|right|pictured|file photo|photo|image)\b[^.]{0,20}:", re.IGNORECASE)
_CREDIT = re.compile(
    r"\((?:[\w.,/’' -]{1,40} )?(?:photo|screenshot|image|illustration|via|courtesy|getty|file)\b[^)]{0,40}\)", re.IGNORECASE
)
_MID_SENTENCE = re.compile(r"\W*(?:\d+\)\s)?[a-zß-öø-ÿ](?![A-Z])")
"""A sentence whose first letter is small (but not "iPhone") began before the feed's excerpt did."""
_SPEAKER = re.compile(rf"\b(?:{SPEECH}|according)\b", re.IGNORECASE)
_LONG_QUOTE = re.compile(r"[\"“„«]\S+(?: [^\s\"”“»]+){4,}[\"”“»]|^[\"“„«]")
_LIST = re.compile(r"(?:^| )[-–—•*] \w[^-–—•*]{3,80} [-–—•*] \w")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that may be shown.

    Attributes:
        text: as it stands in the source.
        field: ``summary`` or ``body``.
        position: its place among those of the field that may be shown; a paragraph that was not read counts as one.
        clauses: of the rules, those that match in it.
        content: its stems without stop words.
        length: words.
        report: 0 for the report that the message links to, else the number of the further report it stands in.
        dangles: whether its beginning, or the speaker it quotes, means something said before it, or it greets: it opens nothing.
        leads_on: whether it continues a thought or somebody's speech, though it can be understood alone.
        is_idle: whether it greets, tells that somebody said nothing, names a picture or points to an older report.
        is_list: whether it is a list whose lines were joined.
        is_quote: whether it quotes somebody and says whom.
        is_bare_quote: whether it quotes more than a name or a phrase and does not say whom.
    """

    text: str
    field: str
    position: int
    clauses: frozenset[str]
    content: frozenset[str]
    length: int
    report: int
    dangles: bool
    leads_on: bool
    is_idle: bool
    is_list: bool
    is_quote: bool
    is_bare_quote: bool


def _sentence(text: str, field: str, position: int, clauses: frozenset[str], report: int) -> Sentence:
    quotes = QUOTE.search(text) is not None
    said = quotes and _SPEAKER.search(text) is not None
    return Sentence(
        text=text,
        field=field,
        position=position,
        clauses=clauses,
        content=content(text),
        length=len(text.split()),
        report=report,
        dangles=_GREETING.match(text) is not None or dangles(text, quotes=quotes),
        leads_on=_LEADS_ON.match(text) is not None or _LATE_JOINT.match(text) is not None,
        is_idle=_is_idle(text),
        is_list=_LIST.search(text) is not None,
        is_quote=said,
        is_bare_quote=quotes and not said and _LONG_QUOTE.search(text) is not None,
    )


def _is_idle(text: str) -> bool:
    """The plain words are looked for first: most sentences have none, and a pattern tried at every place is what costs."""
    if _GREETING.match(text) or _CAPTION.match(text) or ("(" in text and _CREDIT.search(text)):
        return True
    if " reported" in text and _OWN_PAST.search(text):
        return True
    lowered = text.casefold()
    return (
        any(word in lowered for word in ("comment", "respon", "repl", "return", "answer")) and _NO_ANSWER.search(text) is not None
    )


def sentences(text: str, field: str, spans: Sequence[Span], *, opening: int = OPENING, report: int = 0) -> tuple[Sentence, ...]:
    """The sentences of a field that may be shown: the first ones, and in the linked report those of every paragraph with a match.

    Args:
        text: the field's value.
        field: its name in spans.
        spans: where rules matched, in any field.
        opening: how many are read whether or not they hold a match.
        report: number of the report.
    """
    here = tuple((span.start, span.clause) for span in spans if span.field == field)
    read = _sentences if len(text) <= LONG_TEXT else _sentences.__wrapped__
    return read(text, field, here, opening, report)


@lru_cache(maxsize=KEPT)
def _sentences(text: str, field: str, matched: tuple[tuple[int, str], ...], opening: int, report: int) -> tuple[Sentence, ...]:
    found: list[Sentence] = []
    position, some_end = 0, False
    for start, end in _paragraphs(text):
        within = [(place - start, clause) for place, clause in matched if start <= place < end]
        whole = bool(within) and not report
        if whole or len(found) < opening:
            paragraph = text[start:end] if whole else text[start : min(end, start + opening * SENTENCE_SPACE)]
            pieces = split(paragraph)
            if len(paragraph) < end - start:
                pieces = pieces[:-1]
            for told, clauses in _of_paragraph(paragraph, pieces, within):
                found.append(_sentence(told, field, position, clauses, report))
                position += 1
                if not whole and len(found) >= opening:
                    break
            some_end = some_end or any(map(ends, pieces))
        elif report:
            break
        else:
            position += 1
    return tuple(sentence for sentence in found if not is_cut(sentence.text, others_end=some_end))


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Where each paragraph begins and ends, as ``split`` divides them."""
    bounds = []
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        bounds.append((start, gap.start()))
        start = gap.end()
    return [*bounds, (start, len(text))]


def _of_paragraph(
    paragraph: str, pieces: Sequence[str], matched: Sequence[tuple[int, str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Text and matching clauses of the pieces that may be shown."""
    at = 0
    for piece in pieces:
        start = paragraph.index(piece, at)
        at = start + len(piece)
        if not of_the_report(piece) or is_half_quoted(piece) or is_unbalanced(piece) or is_label(piece) or CUT.search(piece):
            continue
        told = _DASH.sub("", _STAMP.sub("", piece))
        if len(told.split()) >= SHORTEST:
            yield told, frozenset(clause for place, clause in matched if start <= place < at)


def of_the_report(piece: str) -> bool:
    """Whether a piece says something of the report, from its beginning, and not something of its page."""
    return not (is_call(piece) or _MID_SENTENCE.match(piece)) and without_furniture(piece) == piece


def content(text: str) -> frozenset[str]:
    """Stems of a text without stop words."""
    return frozenset(stem(word) for word in words(text) if word not in STOP)
