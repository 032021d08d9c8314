"""Whose voice a sentence speaks in, as the sentences beside it tell: a claim, a fancy, a quotation, a question. Pure.

Promises: what a text attributes, imagines or takes back in a neighbouring sentence is never told without that sentence. A lead-in
stands before what it covers, a verdict after it, a speaker before or after the words. A judgement of form alone; where nothing
says whose words they are, they are told by nobody. Never changes a sentence, and never judges who is right.
English; questions and quotations by their marks, in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.stories.dangling import SPEECH

REACH = 3
"""Paragraphs that a list of claims goes on for, and sentences that one verdict takes back."""
ANSWER = 4
"""Sentences after "Myth:" among which the fact is looked for."""
SHORT_ANSWER = 3
"""Words of an answer that needs the next sentence to say something ("No.", "Not yet.")."""
SHORT_TEXT = 24
"""Its code points, as some scripts write no blanks."""

_OPENERS = '"“„«'
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”“]*”|„[^“”„]*[“”]|«[^»]*»|「[^」]*」|『[^』]*』")
_WHOLE_QUOTE = re.compile(r"^(?:\"[^\"]+\"|“[^”]+”|„[^“”]+[“”]|«[^»]+»|「[^」]+」)[.,。]?$")
_VOICED = re.compile(
    rf"\b(?:{SPEECH}|according|denied|denies|replied|replies|claimed|claims|alleged|alleges|shouted|chanted|yelled|cried|joked|"
    r"noted|notes|testified|testifies|recalled|declared|demanded|remarked|responded|quipped|posted|posts|reads|concluded|"
    r"concludes|urged|urges|pleaded|vowed|sprayed|spoke|speaks|read out|agreed|agrees|complained|wondered)\b"
    r"|(?:述べ|語っ|話し|话|说|表示|称)",
    re.IGNORECASE,
)
"""That somebody speaks."""
_POINTS_TO_WORDS = re.compile(
    r"^(?:(?:those|these|that|the|this|so) )?(?:(?:\w+ )?(?:words|message|slogan|line|sentence|statement|post|comment|remark)s?)\b",
    re.IGNORECASE,
)
_THING = (
    r"(?:\w+ )?(?:claims?|allegations?|accusations?|charges?|rumou?rs?|reports?|posts?|stor(?:y|ies)|letters?|complaints?|"
    r"statements?|videos?|suits?|lawsuits?|plan)"
)
_FALSE = (
    r"false|untrue|not true|(?:a |an )?(?:hoax|lie|fake|fabrication|joke|smear|invention|forgery|parody)|lies|fake|fabricated|"
    r"wrong|incorrect|inaccurate|baseless|groundless|unfounded|satire|fiction|(?:a )?work of fiction|made up|invented|debunked|"
    r"misleading|not the case(?! that)|nonsense|forged|bogus"
)
_TAKES_BACK = re.compile(
    r"^(?:(?:no|nope|false|wrong|untrue|not true|not so|hoax|nonsense|incorrect|pants on fire)[.!,:]|"
    r"(?:fact|reality|truth|verdict)\b.{0,12}:)"
    r"|^(?:(?:but|and|yet) )?(?:that|this|it|they|none of (?:that|this|it|them)|all of (?:that|this|it)|"
    rf"(?:the|these|those|both|such) {_THING}) (?:is|was|are|were|has been|have been|turned out to be|proved(?: to be)?) "
    rf"(?:\w+ly |all )?(?:{_FALSE})\b"
    r"|^(?:das (?:ist|war) (?:falsch|gelogen|nicht wahr)|das stimmt nicht|(?:esto|eso) es (?:falso|mentira)|"
    r"no es (?:cierto|verdad)|c['’]est (?:faux|un mensonge)|(?:isso|isto) é (?:falso|mentira)|não é verdade)\b"
    r"|^(?:none|nothing) of (?:that|this|it|the \w+) (?:is|was|has|had|ever|happened|took)\b",
    re.IGNORECASE,
)
_TAKES_BACK_WITHIN = re.compile(
    r"\b(?:den(?:y|ies|ied)|disput(?:es?|ed)|reject(?:s|ed)?|refut(?:es?|ed)|debunk(?:s|ed)|dismiss(?:es|ed)|retract(?:s|ed)|"
    r"withdrew|threw out|disproved|contradict(?:s|ed)) (?:it|this|that|them|all of|everything|any of|any such|both|"
    rf"(?:the|these|those|its|their|his|her|all|such|any) {_THING})\b"
    r"|\b(?:call(?:s|ed)|brand(?:s|ed)|describe[sd]?|dismiss(?:es|ed)|denounce[sd]?) (?:it|that|this|them|"
    rf"(?:the|these|those) (?:\w+ )?\w+) (?:as )?(?:\w+ly )?(?:{_FALSE})\b"
    r"|\bno (?:evidence|proof|sign|basis|support|truth|record)(?: (?:for|of|to support|behind|in|to) "
    rf"(?:any|all|either|this|that|it|them|(?:the|these|those|such) {_THING})\b[^,;]*)?(?:, [^,;]{{2,40}})?\.$"
    r"|\b(?:is|was|are|were|does|did|do|has|had|have|can|will|would)(?: not|n['’]t)\.$"
    r"|\b(?:disagreed|never happened|did not happen|didn['’]t happen|was a hoax|is a hoax)\b[^,;]{0,30}\.$",
    re.IGNORECASE,
)
"""Sentences that take back what the one before says, by their beginning or by a verb within."""
_VERBS = (
    *(
        "deny",
        "denie",
        "disput",
        "reject",
        "refut",
        "debunk",
        "dismiss",
        "retract",
        "withdrew",
        "threw out",
        "disprov",
        "contradict",
    ),
    *(
        "call",
        "brand",
        "describ",
        "denounc",
        "no evidence",
        "no proof",
        "no sign",
        "no basis",
        "no support",
        "no truth",
        "no record",
    ),
    *("disagreed", "happen", "a hoax", " not.", "n't.", "n’t."),
)
"""What such a sentence holds: looked for first, as a pattern tried at every place of every sentence is what costs."""
_PLURAL_VERDICT = re.compile(
    r"\b(?:none|all|any|nothing|both|everything)\b|"
    r"\b(?:these|those|the) (?:\w+ )?(?:claims|allegations|accusations|charges|rumours|rumors|reports|posts)\b",
    re.IGNORECASE,
)
_JEST = re.compile(
    r"^(?:this (?:(?:article|story|post|piece|page|text) )?(?:is|was) (?:an? |pure )?(?:\w+ )?"
    r"(?:satire|satirical|parody|joke|(?:work of )?fiction)\b|april fools?\b)",
    re.IGNORECASE,
)
"""A sentence that takes back the whole text."""
_ANNOUNCES = re.compile(
    r"\b(?:makes?|made|making|lists?|listed|contain(?:s|ed)?|raises?|raised|levels?|levelled|leveled|includes?|sets? out|gave|"
    r"gives?|repeats?|repeated|spread|spreads|rest(?:s|ed)? on|bring|brings|brought)\b[^.:!?]{0,50}\b(?:claims|allegations|charges|"
    r"accusations|assertions|complaints|rumou?rs|falsehoods|theories|reasons|predictions)"
    r"(?: (?:against|about|of|for|at|to|on) [^.:!?]{2,60})?[.:]$"
    r"|\b(?:claim|allege|argue|assert|say|said|state|maintain|contend|warn|insist|believe|predict)(?:s|d|ed)? "
    r"(?:the following|this|as follows|these things|things like this)\s?[.:]$"
    r"|\b(?:goes|went|reads|runs|ran) (?:like this|as follows)[.:]$",
    re.IGNORECASE,
)
"""A sentence that announces what somebody claims and does not say it."""
_ANNOUNCED = (
    *("claims", "allegation", "charges", "accusation", "assertion", "complaints", "rumors", "rumours", "falsehoods", "theories"),
    *("reasons", "predictions", "following", "follows", "this", "things"),
)
"""What it holds, looked for first."""
_COLON = re.compile(
    r"\b(?:said|says?|claim\w*|alleg\w*|accus\w*|according|argu\w*|reads?|wrote|writes|stat(?:es?|ed)|rumou?r\w*|letter|complaint|"
    r"lawsuit|suit|petition|post(?:ed|s)?|e-?mail|indictment|flyer|leaflet|message|tweet(?:ed)?|warn\w*|predict\w*|believe\w*)\b"
    r"[^.!?]*[:：]$",
    re.IGNORECASE,
)
_IMAGINES = re.compile(
    r"^(?:imagine|picture (?:this|a|an|the|yourself)|suppose|say you|what if|let['’]s (?:say|imagine|suppose)|think of (?:a|an)\b|"
    r"in (?:the|a|an|his|her|this|its|their|one) (?:[\w-]+ ){0,2}(?:novel|film|movie|play|game|short story|dystopia|scenario|"
    r"satire|script|simulation|exercise|drill|nightmare|dream))\b",
    re.IGNORECASE,
)
_MYTH = re.compile(
    r"^(?:the )?(?:myth|claim|rumou?r|fiction|misconception|falsehood|false claim|hoax)(?: (?:no\. ?|number |#)?\d+)?\s?[:–—]",
    re.IGNORECASE,
)
_FACT = re.compile(r"^(?:the )?(?:facts?|reality|truth|verdict|rating|response|finding|answer)\b[^.]{0,12}[:–—]", re.IGNORECASE)
_ASKS = re.compile(r"^Q(?:uestion)?\s?:")
_ANSWERS = re.compile(r"^A(?:nswer)?\s?:")
_QUESTION = re.compile(r"[?？؟][\"”»’']?$")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a text, whether or not it may be shown.

    Attributes:
        text: without its list mark.
        paragraph: number of the paragraph; two that follow each other in the text have numbers that do.
        is_listed: whether a list mark stood before it.
        is_page: whether it belongs to the page, is a label, or asks its reader for something.
    """

    text: str
    paragraph: int
    is_listed: bool = False
    is_page: bool = False


@dataclass(slots=True)
class Voice:
    """What must stand beside a sentence.

    Attributes:
        needs: places of the sentences without which it would say something else than its text does.
        is_barred: whether no sentence beside it can make it sound.
        is_spoken: whether it is part of a quotation over several paragraphs whose speaker is known: half its marks are no fault.
    """

    needs: set[int] = field(default_factory=set)
    is_barred: bool = False
    is_spoken: bool = False


def voices(lines: Sequence[Line]) -> list[Voice]:
    """For each line what it needs; lines that do not follow each other in the text know nothing of each other.

    What belongs to the page is passed over, as if it did not stand between two sentences.
    """
    kept: list[int] = []
    told: list[Line] = []
    page_only = {line.paragraph for line in lines} - {line.paragraph for line in lines if not line.is_page}
    passed = 0
    for at, line in enumerate(lines):
        if not line.is_page:
            kept.append(at)
            told.append(replace(line, paragraph=line.paragraph - passed))
        elif line.paragraph in page_only:
            page_only.discard(line.paragraph)
            passed += 1
    found = [Voice(is_barred=line.is_page) for line in lines]
    for at, voice in zip(kept, _among(told), strict=True):
        calls = at + 1 < len(lines) and lines[at + 1].is_page and lines[at + 1].paragraph == lines[at].paragraph
        is_asked_of_reader = calls and _QUESTION.search(lines[at].text) is not None
        found[at] = replace(voice, needs={kept[place] for place in voice.needs}, is_barred=voice.is_barred or is_asked_of_reader)
    return found


def _among(lines: Sequence[Line]) -> list[Voice]:
    found = [Voice() for _ in lines]
    verdicts = [_takes_back(line.text) for line in lines]
    for at, line in enumerate(lines):
        needing = [*_covered(lines, at, verdicts), *(_taken_back(lines, at, verdicts, found) if verdicts[at] else ())]
        for place in range(len(lines)) if _JEST.match(line.text) else needing:
            found[place].needs.add(at)
        if _MYTH.match(line.text):
            _answered(lines, at, found)
        if _QUESTION.search(line.text) and not _is_voiced(line.text):
            _asked(lines, at, found)
        if _WHOLE_QUOTE.match(line.text):
            speaker = _speaker(lines, at)
            found[at].is_barred |= speaker is None
            found[at].needs.update(() if speaker is None else (speaker,))
    _over_paragraphs(lines, found)
    for at, voice in enumerate(found):
        voice.needs.discard(at)
    return found


def _takes_back(text: str) -> bool:
    if _TAKES_BACK.match(text):
        return True
    lowered = text.casefold()
    return any(verb in lowered for verb in _VERBS) and _TAKES_BACK_WITHIN.search(text) is not None


def _beside(lines: Sequence[Line], at: int, other: int) -> bool:
    return 0 <= other < len(lines) and abs(lines[at].paragraph - lines[other].paragraph) <= 1


def _is_voiced(text: str) -> bool:
    return _VOICED.search(_QUOTED.sub(" ", text)) is not None


def _covered(lines: Sequence[Line], at: int, verdicts: Sequence[bool]) -> Iterator[int]:
    """Places of what a lead-in speaks of: the rest of its paragraph, or if it ends one, the list or the paragraphs that follow."""
    text = lines[at].text
    colon = text.endswith((":", "：")) and _COLON.search(text) is not None
    announces = any(noun in text for noun in _ANNOUNCED) and _ANNOUNCES.search(text) is not None
    fancy = not (colon or announces) and (_IMAGINES.match(text) or _ASKS.match(text) or _ANSWERS.match(text)) is not None
    if not (colon or announces or fancy):
        return
    last = lines[at].paragraph
    own = at + 1 < len(lines) and lines[at + 1].paragraph == last
    reach = last if own else last + (REACH if announces else 1)
    if fancy and _ANSWERS.match(text):
        reach = last
        if at and _beside(lines, at, at - 1):
            yield at
    for place in range(at + 1, len(lines)):
        line = lines[place]
        if line.paragraph - lines[place - 1].paragraph > 1 or verdicts[place]:
            return
        if line.is_listed and not own:
            reach = max(reach, line.paragraph)
        if line.paragraph > reach or (_is_voiced(line.text) and not line.is_listed):
            return
        yield place


def _answered(lines: Sequence[Line], at: int, found: Sequence[Voice]) -> None:
    """What "Myth:" introduces needs the fact that follows it."""
    fact = next((place for place in range(at + 1, min(len(lines), at + 1 + ANSWER)) if _FACT.match(lines[place].text)), None)
    for place in range(at, len(lines)):
        if lines[place].paragraph != lines[at].paragraph or place == fact:
            return
        found[place].needs.add(at)
        if fact is None:
            found[place].is_barred = True
        else:
            found[place].needs.add(fact)


def _taken_back(lines: Sequence[Line], at: int, verdicts: Sequence[bool], found: Sequence[Voice]) -> Iterator[int]:
    """The sentence before a verdict, those under one lead-in with it, and their paragraph if it is of several things."""
    before = at - 1
    if not _beside(lines, at, before) or verdicts[before]:
        return
    yield before
    lead_ins = {place for place in found[before].needs if place < before}
    yield from (place for place in range(before) if lead_ins & found[place].needs)
    if _PLURAL_VERDICT.search(lines[at].text):
        for place in range(before - 1, max(-1, before - REACH), -1):
            if lines[place].paragraph != lines[before].paragraph or verdicts[place]:
                return
            yield place


def _asked(lines: Sequence[Line], at: int, found: Sequence[Voice]) -> None:
    """A question needs what follows it, and the sentence after that where it is a word or two."""
    answer = at + 1
    if not _beside(lines, at, answer):
        found[at].is_barred = True
        return
    found[at].needs.add(answer)
    further = answer + 1
    short = len(lines[answer].text.split()) <= SHORT_ANSWER and len(lines[answer].text) <= SHORT_TEXT
    if short and _beside(lines, answer, further):
        found[at].needs.add(further)


def _speaker(lines: Sequence[Line], at: int) -> int | None:
    """Where it is told who speaks the quotation that a line is: beside it in the paragraph, else in the one before or after."""
    near = [place for place in (at - 1, at + 1) if _beside(lines, at, place)]
    for place in sorted(near, key=lambda place: lines[place].paragraph != lines[at].paragraph):
        text = lines[place].text
        if place < at and text.endswith((":", "：")):
            return place
        if not _WHOLE_QUOTE.match(text) and (_is_voiced(text) or (place > at and _POINTS_TO_WORDS.match(text))):
            return place
    return None


def _over_paragraphs(lines: Sequence[Line], found: Sequence[Voice]) -> None:
    """Quotations that are closed in another sentence: the whole of it needs its speaker, or is not told."""
    chain: list[int] = []
    first_of: dict[int, int] = {}
    is_open = False
    for at, line in enumerate(lines):
        gap = line.paragraph - lines[at - 1].paragraph if at else 0
        if gap and is_open and (gap > 1 or line.text[:1] not in _OPENERS):
            _settle(lines, found, chain, first_of, None)
            chain, is_open = [], False
        new = not at or gap > 0
        if new and is_open:
            is_open = False  # the mark that begins the next paragraph opens nothing new
        began = is_open
        is_open = _left_open(line.text, began)
        if began or is_open or (new and chain):
            if new or not chain:
                first_of[line.paragraph] = at
            chain.append(at)
            if not is_open:
                _settle(lines, found, chain, first_of, at)
                chain = []
    if chain:
        _settle(lines, found, chain, first_of, None)


def _left_open(text: str, is_open: bool) -> bool:
    for mark in re.finditer(r"(?<!\d)\"|[“”„«»]", text):
        if mark[0] == '"':
            is_open = not is_open
        elif mark[0] == "“":
            is_open = not (is_open and "„" in text)
        else:
            is_open = mark[0] in "„«"
    return is_open


def _settle(
    lines: Sequence[Line], found: Sequence[Voice], chain: Sequence[int], first_of: dict[int, int], closing: int | None
) -> None:
    """What a quotation over several sentences needs, once its end is known; ``closing`` is None if it has none."""
    if len(chain) < 2 or closing is None or lines[chain[0]].paragraph == lines[closing].paragraph:
        for place in chain:
            if place not in (closing, chain[0]) and not _is_voiced(lines[place].text):
                found[place].is_barred = True
        return
    after = closing + 1
    speaker = None
    if _is_voiced(lines[closing].text):
        speaker = closing
    elif after < len(lines) and lines[after].paragraph == lines[closing].paragraph and _is_voiced(lines[after].text):
        speaker = after
    for place in chain:
        if place == closing:
            continue
        if speaker is None:
            found[place].is_barred = True
            continue
        found[place].is_spoken = True
        found[place].needs.update({speaker, first_of[lines[place].paragraph]})
