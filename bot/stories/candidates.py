"""The sentences of an item that a message may show, and what is wrong with each. Pure.

Promises: every sentence stands word for word in the field it names, from one sentence end to the next, without the list mark or
agency's place before it; half a sentence, half a quotation, furniture of the page and calls to the reader are none. Only the
opening of a text, and of the linked one the paragraphs with a match, are read, so the cost does not grow with
the text. Never chooses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.core.memo import memo, unkept
from bot.core.model import Span
from bot.stories.dangling import SPEECH, dangles, known_thing
from bot.stories.fingerprint import without_furniture
from bot.stories.scraps import ends, ends_open, is_call, is_cut, is_half_quoted, is_label, is_unbalanced
from bot.stories.tokens import stem, words
from bot.stories.voice import Line, voices
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

CONTEXT = 2
"""Paragraphs before and after one that is read which are looked at, for what they say of it."""
BEYOND = 4
"""Sentences behind the last one that is wanted, in its paragraph and in those looked at, for the same."""
MOST = 3
"""Sentences that are shown together at most."""
LONGEST_TOGETHER = 90
"""Words of a sentence and those it cannot be shown without, above which it is not shown."""
LISTED = 6
"""Words from which a line of a list that has no full stop tells something."""

CUT = re.compile(r"\.\.\.|…")
QUOTE = re.compile(r"[\"“”«»„「」『』]")
_ASIDE = re.compile(r"\"[^\"]*\"|“[^”“]*”|„[^“”„]*[“”]|«[^»]*»|「[^」]*」|\[[^\]]*\]|\([^)]*\)")
"""What a text quotes or puts in brackets: dots there are the speaker's pause or the writer's omission, and no cut of a feed."""
_ENDS_CUT = re.compile(r"(?:\.\.\.|…)\W*$")
_PAIR_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_RUN_SCRIPT = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
"""Scripts without blanks between words: two characters of Han or Kana make about a word, five of Thai, Lao, Burmese or Khmer."""
_LIST_MARK = re.compile(r"^(?:[-–—•·*‣▪●]|\d{1,2}[.)])\s")
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
    r"|\d{1,2}\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*|\d{4}-\d\d-\d\d|\d{1,2}\s?/\s?\d{1,2}\s?/\s?\d{4}),?"
    r"(?:\s*\d{4})?,?"
)
_CLOCK = r"\d{1,2}:\s?\d{2}(?:\s*[ap]\.?m\b\.?)?(?:\s+(?:UTC|GMT|BST|CES?T|IST|JST|[ECMP][SD]?T|UK)\b)?,?"
_STAMP = re.compile(
    rf"^(?i:(?:(?:last\s+)?(?:updated|published|posted):?\s+(?:on\s+|at\s+)?)?"
    rf"(?:{_DAY}(?:\s+at)?\s+{_CLOCK}|{_CLOCK}(?:\s+{_DAY})?)\s+|(?:last\s+)?(?:updated|published|posted):?\s+(?:on\s+)?{_DAY}\s+)+"
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
        length: words, as ``length`` counts them.
        report: 0 for the report that the message links to, else the number of the further report it stands in.
        dangles: whether its beginning, or the speaker it quotes, means something said before it, or it greets: it opens nothing.
        leads_on: whether it continues a thought or somebody's speech, though it can be understood alone.
        is_idle: whether it greets, tells that somebody said nothing, names a picture or points to an older report.
        is_list: whether it is a list whose lines were joined.
        is_quote: whether it quotes somebody and says whom.
        is_bare_quote: whether it quotes more than a name or a phrase and does not say whom.
        thing: the noun that it begins with as one the reader knows ("The company said"); empty if it does not.
        place: its place among all sentences of the field, shown or not, so that two next to each other can be told.
        along: sentences of the same field without which it would say something else, in order.
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
    thing: str = ""
    place: int = 0
    along: tuple[Sentence, ...] = ()

    @property
    def together(self) -> tuple[Sentence, ...]:
        """The sentence and what must stand beside it, in the order of their text."""
        return tuple(sorted((*self.along, self), key=lambda told: told.place)) if self.along else (self,)


def _sentence(text: str, field: str, position: int, clauses: frozenset[str], *, report: int, place: int) -> Sentence:
    quotes = QUOTE.search(text) is not None
    said = quotes and _SPEAKER.search(text) is not None
    return Sentence(
        text=text,
        field=field,
        position=position,
        clauses=clauses,
        content=content(text),
        length=length(text),
        report=report,
        dangles=_GREETING.match(text) is not None or dangles(text, quotes=quotes),
        leads_on=_LEADS_ON.match(text) is not None or _LATE_JOINT.match(text) is not None,
        is_idle=_is_idle(text),
        is_list=_LIST.search(text) is not None,
        is_quote=said,
        is_bare_quote=quotes and not said and _LONG_QUOTE.search(text) is not None,
        thing=known_thing(text),
        place=place,
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
    read = _sentences if len(text) <= LONG_TEXT else unkept(_sentences)
    return read(text, field, here, opening, report)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of the text as it was split: its line, where it stands, what matched in it and what may be done with it."""

    line: Line
    raw: str
    length: int
    is_scrap: bool
    clauses: frozenset[str]
    position: int
    place: int
    is_wanted: bool
    ends_line: bool


@memo(KEPT)
def _sentences(text: str, field: str, matched: tuple[tuple[int, str], ...], opening: int, report: int) -> tuple[Sentence, ...]:
    pieces = _pieces(text, matched, opening, report)
    some_end = any(ends(piece.raw) for piece in pieces)
    told = voices([piece.line for piece in pieces])
    shown = _Shown(field, report)
    alone: list[int] = []
    for at, (piece, voice) in enumerate(zip(pieces, told, strict=True)):
        if piece.line.is_page:
            continue
        sound = not piece.is_scrap or (voice.is_spoken and not (is_label(piece.raw) or _is_torn(piece.raw)))
        whole = sound and (not is_cut(piece.line.text, others_end=some_end) or _is_listed(piece))
        if whole or piece.line.text.endswith((":", "：")):
            shown.pieces[at] = piece
        if whole and piece.is_wanted and not voice.is_barred and piece.length >= SHORTEST:
            alone.append(at)
    needs = [voice.needs for voice in told]
    found = []
    for at in alone:
        along = _along(at, shown, needs)
        if along is not None:
            found.append(replace(shown[at], along=along) if along else shown[at])
    return tuple(found)


class _Shown:
    """The pieces of a field that may be shown, each made a sentence when it is first asked for: most are looked at and left."""

    def __init__(self, field: str, report: int) -> None:
        self.pieces: dict[int, _Piece] = {}
        self._field = field
        self._report = report
        self._made: dict[int, Sentence] = {}

    def __contains__(self, at: int) -> bool:
        return at in self.pieces

    def __getitem__(self, at: int) -> Sentence:
        if at not in self._made:
            piece = self.pieces[at]
            text, field = piece.line.text, self._field
            self._made[at] = _sentence(text, field, piece.position, piece.clauses, report=self._report, place=piece.place)
        return self._made[at]


def _along(at: int, made: _Shown, needs: Sequence[Collection[int]]) -> tuple[Sentence, ...] | None:
    """What must stand beside a sentence, in order; None if that cannot be shown or is too much.

    A lead-in that hangs brings what it hangs on.
    """
    wanted, left = {at}, [at]
    while left:
        place = left.pop()
        if place not in made or len(wanted) > MOST:
            return None
        further = set(needs[place])
        if place != at and place == min(wanted) and place < at and made[place].dangles:
            further.add(place - 1)
        left += further - wanted
        wanted |= further
    together = tuple(made[place] for place in sorted(wanted))
    if len(together) > 1 and sum(sentence.length for sentence in together) > LONGEST_TOGETHER:
        return None
    return tuple(sentence for sentence in together if sentence is not made[at])


def _pieces(text: str, matched: Sequence[tuple[int, str]], opening: int, report: int) -> list[_Piece]:
    """The sentences that are wanted and those around them, in order."""
    bounds = _paragraphs(text)
    within = [[(place, clause) for place, clause in matched if start <= place < end] if matched else [] for start, end in bounds]
    wanted = {number for number, marks in enumerate(within) if marks and not report}
    near = {number + step for number in wanted for step in range(-CONTEXT, CONTEXT + 1)}
    found: list[_Piece] = []
    position = place = count = after = 0
    for number, (start, end) in enumerate(bounds):
        opens = count < opening
        is_wanted = number in wanted or opens
        if not is_wanted:
            position += 1
            after += 1
            if after > CONTEXT and number not in near:
                if report or number > max(near, default=0):
                    break
                place += 1
                continue
        else:
            after = 0
        whole = number in wanted
        paragraph = text[start:end] if whole else text[start : min(end, start + opening * SENTENCE_SPACE)]
        split_up = split(paragraph)
        if len(paragraph) < end - start:
            split_up = split_up[:-1]
        at = beyond = 0
        for raw in split_up:
            here = paragraph.index(raw, at)
            at = here + len(raw)
            shown = _DASH.sub("", _STAMP.sub("", raw))
            clauses = frozenset(clause for spot, clause in within[number] if here <= spot - start < at)
            words_long, scrap = length(shown), _is_scrap(raw)
            listed = _LIST_MARK.match(raw) is not None
            is_page = not of_the_report(shown[:1].upper() + shown[1:] if listed and clauses else raw)
            takes = is_wanted and (whole or count < opening)
            beyond = 0 if takes else beyond + 1
            if beyond > BEYOND and number not in near:
                break
            found.append(
                _Piece(
                    line=Line(shown, number, listed, is_page or _is_heading(raw, words_long)),
                    raw=raw,
                    length=words_long,
                    is_scrap=scrap,
                    clauses=clauses,
                    position=position,
                    place=place,
                    is_wanted=takes,
                    ends_line=paragraph[at : at + 1] in ("", "\n"),
                )
            )
            place += not found[-1].line.is_page
            if takes and not (is_page or scrap) and words_long >= SHORTEST:
                count += 1
                position += 1
    return found


def _is_heading(raw: str, words_long: int) -> bool:
    """Whether a piece is a label between sentences ("Advertisement"), and none that leads to the next one ("It said:")."""
    return is_label(raw) or (words_long < SHORTEST and not ends(raw) and not raw.endswith((":", "：")))


def _is_scrap(raw: str) -> bool:
    return is_half_quoted(raw) or is_label(raw) or _is_torn(raw)


def _is_torn(raw: str) -> bool:
    """Whether a bracket lacks its other half, or the source cut something out."""
    if is_unbalanced(raw):
        return True
    return CUT.search(raw) is not None and (_ENDS_CUT.search(raw) is not None or CUT.search(_ASIDE.sub(" ", raw)) is not None)


def _is_listed(piece: _Piece) -> bool:
    """Whether a piece without a full stop is a matched line of a list, whole as it stands."""
    if not piece.clauses or not piece.ends_line or ends(piece.raw) or ends_open(piece.raw):
        return False
    return piece.length >= LISTED and (piece.line.is_listed or ": " in piece.line.text)


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Where each paragraph begins and ends, as ``split`` divides them."""
    bounds = []
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        bounds.append((start, gap.start()))
        start = gap.end()
    return [*bounds, (start, len(text))]


def of_the_report(piece: str) -> bool:
    """Whether a piece says something of the report, from its beginning, and not something of its page."""
    return not (is_call(piece) or _MID_SENTENCE.match(piece)) and without_furniture(piece) == piece


def length(text: str) -> int:
    """Words of a text; where a script writes no blanks, as many as its characters make on the average."""
    if text.isascii():
        return len(text.split())
    pairs, runs = "".join(_PAIR_SCRIPT.findall(text)), "".join(_RUN_SCRIPT.findall(text))
    if not (pairs or runs):
        return len(text.split())
    rest = _RUN_SCRIPT.sub(" ", _PAIR_SCRIPT.sub(" ", text)).split()
    return sum(any(map(str.isalnum, word)) for word in rest) + (len(pairs) + 1) // 2 + (len(runs) + 4) // 5


def content(text: str) -> frozenset[str]:
    """Stems of a text without stop words; pairs of characters where a script writes no blanks, as one alone says nothing."""
    if text.isascii() or not (runs := _PAIR_SCRIPT.findall(text)):
        return frozenset(stem(word) for word in words(text) if word not in STOP)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    return frozenset(stem(word) for word in words(_PAIR_SCRIPT.sub(" ", text)) if word not in STOP) | pairs
