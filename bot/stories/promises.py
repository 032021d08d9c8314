"""What an English sentence promises for a day to come: its kind and the expression of time it is tied to.

Promises: only what a sentence itself says is planned, ordered, promised or bound to end is taken; what was, what somebody
asks for, what might be, standing rules, ages, prison terms and offers to readers are not. Pure, without a memory. Never
computes a date: that takes the day of the report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.stories.dated import Expression, Form, expressions
from bot.stories.promise_words import (
    ANOTHER_START,
    ARTICLE,
    ASIDE,
    ASKED,
    ATTRIBUTE,
    BACKWARD,
    BEGINS_OR_ENDS,
    BILL,
    CLAUSE,
    CONTRACT,
    CUES,
    DATE_OF,
    DECIDED,
    DENIED,
    DEPENDS,
    DONE,
    FORECAST,
    FROM_THEN,
    FUTURE,
    GIVEN_THING,
    HABIT,
    INVITED,
    KEEPS_BY,
    KEEPS_TO,
    LEAD,
    LIMIT,
    LISTED,
    MIGHT,
    NARRATED,
    NEXT_VERB,
    NO_LONGER_THEN,
    OF_OLD,
    PAST,
    PERIOD,
    PRESENT,
    PUTS_OFF,
    REFUSED,
    RULES,
    STANDING,
    STOPS,
    SUSPENDING,
    TAKES_UP,
    TIMELY,
    TOLD_OF,
    UNLESS,
    UNSURE,
    UP_TO,
    WHEN,
    Kind,
)
from bot.stories.scraps import is_call
from bot.stories.withdrawn import DOUBLE, doubted, moved_to, withdrawn

SURENESS = {Form.DAY: 0.9, Form.MONTH: 0.7, Form.DURATION: 0.65}
"""By form: the share that were right in a hand-judged sample of news (reference: dates and commitments), where a cue was asked
for and weekdays were not taken."""
GUESSED_YEAR = 0.05
UNSURE_LESS = 0.15
FAR_LESS = 0.1
"""What is taken away for a year that is not written, for "would", "expected" and "unless", for more than ``NEAR`` words between."""
NEAR = 5
BEFORE, AFTER, BESIDE = 16, 6, 2
"""Words before and after an expression among which the cue that makes it a promise is sought; after one that does not open its
clause only those beside it, as in "set May 4 as the deadline"."""
CUE_WITHIN = 200
"""Code points that hold so many words."""
OPENING = 3
"""Words before an expression that opens its clause: "Starting on July 1"."""
AFTER_COSTS = 3
"""A cue usually stands before its date; one after it counts as so many words farther away."""
CLOSE = 2
"""Words between a cue and a date that belong together."""
ASKED_WITHIN = 90
"""Code points before a cue in which "call for" and "whether" are about it: a dozen words."""
NAMED = 40
"""Code points before ", which" that name what it is about: three or four words."""
MOST_DATES = 6
"""Expressions above which a sentence is a timetable."""
LONGEST_SENTENCE = 600
"""Code points above which a piece of text is a list that was not cut, not a sentence."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A dated promise as a sentence makes it, before the day of the report is known.

    Attributes:
        confidence: 0 to 1, from how the date is written and how near to it the word stands that makes it a promise.
    """

    sentence: str
    kind: Kind
    expression: Expression
    confidence: float


@dataclass(frozen=True, slots=True)
class _Clause:
    """What stands before and after an expression in its own clause; the sentence; what a clause with "which" is about."""

    before: str
    after: str
    sentence: str
    named: str

    @property
    def text(self) -> str:
        return self.before + self.after


@dataclass(frozen=True, slots=True, order=True)
class _Cue:
    """The word that says what a date is for: how many words from it, which, and where in ``before`` it begins."""

    distance: int
    rank: int
    kind: Kind
    at: int


def claims(sentence: str) -> tuple[Claim, ...]:
    """The dated promises of one sentence, in the order of their dates in it."""
    if len(sentence) > LONGEST_SENTENCE or not TIMELY.search(sentence):
        return ()
    if is_call(sentence) or sentence.rstrip("\"”’')").endswith(("...", "…", "?")):
        return ()
    dates = expressions(sentence)
    made = (
        _of_span(sentence, expression) if expression.form is Form.DURATION else _of_date(sentence, expression)
        for expression in (dates if len(dates) <= MOST_DATES else ())
    )
    kept = [claim for claim in made if claim is not None]
    ends = any(claim.expression.form is Form.DAY and claim.kind in _ENDS for claim in kept)
    return tuple(claim for claim in kept if not (ends and claim.expression.way == "adjective" and claim.kind in _ENDS))


_ENDS = frozenset({Kind.EXPIRY, Kind.CONTRACT_END})
"""Of these a sentence that writes the day needs no span: "the six-month pause will end on July 15"."""


def _clause(sentence: str, expression: Expression) -> _Clause:
    ahead = ASIDE.sub("", UNLESS.sub("", sentence[: expression.start]))
    start = max((found.end() for found in CLAUSE.finditer(ahead)), default=0)
    rest = CLAUSE.search(sentence, expression.end)
    named = ahead[:start][-NAMED:] if ahead[:start].lower().rstrip().endswith("which") else ""
    return _Clause(ahead[start:], sentence[expression.end : rest.start() if rest else None], sentence, named)


def _nearest(clause: _Clause, *, lasts: bool = False, rules: bool = False, opens: bool = False) -> _Cue | None:
    """The cue nearest to the expression; a pause is one for what ``lasts`` until a day, a rule for what ``rules`` from one."""
    cues = []
    more = ((Kind.EXPIRY, SUSPENDING),) if lasts else ((Kind.EFFECTIVE, RULES),) if rules else ()
    for rank, (kind, pattern) in enumerate((*CUES, *more)):
        for found in pattern.finditer(clause.before, max(0, len(clause.before) - CUE_WITHIN)):
            distance = len(clause.before[found.end() :].split())
            if distance <= BEFORE:
                cues.append(_Cue(distance, rank, kind, found.start()))
        opens = opens or len(clause.before.split()) <= OPENING
        for found in pattern.finditer(clause.after):
            distance = len(clause.after[: found.start()].split())
            if distance <= (AFTER if opens else BESIDE):
                cues.append(_Cue(distance + AFTER_COSTS, rank, kind, len(clause.before)))
    return min(cues, default=None)


# ---------------------------------------------------------------- days and months


def _of_date(sentence: str, expression: Expression) -> Claim | None:
    """The promise tied to a written day, month or year, if there is one."""
    clause = _clause(sentence, expression)
    found = LEAD.search(clause.before)
    lead = found["lead"].lower() if found else ""
    if withdrawn(sentence, expression):
        return None
    lasts = lead in UP_TO or (lead == "to" and PUTS_OFF.search(clause.before) is not None)
    cue = None
    if NO_LONGER_THEN.search(clause.before):
        sureness = SURENESS[expression.form] - (GUESSED_YEAR if expression.form is Form.DAY and not expression.whole else 0)
        kind = None if LISTED.search(sentence) or PAST.search(clause.before) else _named(Kind.EXPIRY, clause)
        return None if kind is None else _claim(kind, expression, clause, sureness)
    moved = moved_to(clause.before)
    if moved:
        cue = _nearest(clause, opens=True)
        lasts = lasts and cue is None
    elif lead in FROM_THEN and RULES.search(clause.before):
        cue = _nearest(clause, rules=True)
    if cue is None and _ahead(lead, clause, expression, lasts=lasts):
        cue = _nearest(clause, lasts=lasts)
    if cue is None or _elsewhere(clause) or not _led(found, clause, cue):
        return None
    if expression.vague and not (lead in KEEPS_BY or (cue.kind in BEGINS_OR_ENDS and cue.distance <= CLOSE)):
        return None
    if _wished(clause.before[: cue.at], cue.kind):
        return None
    sureness = SURENESS[expression.form] - (GUESSED_YEAR if expression.form is Form.DAY and not expression.whole else 0)
    sureness -= FAR_LESS * (cue.distance > NEAR)
    return _claim(_named(cue.kind, clause, ends=lasts or (lead == "to" and not moved)), expression, clause, sureness)


def _elsewhere(clause: _Clause) -> bool:
    """Whether a clause tells of the past, of what might be, of what always is, or of something for another diary."""
    text = clause.text
    past = PAST.search(clause.before + OF_OLD.sub("", clause.after))
    perhaps = MIGHT.search(text) and not INVITED.search(text)
    guards = (BILL, FORECAST, HABIT)
    denied = DENIED.search(DOUBLE.sub("", text))
    return bool(perhaps or denied or past or LISTED.search(clause.sentence) or any(guard.search(text) for guard in guards))


def _led(found: re.Match[str] | None, clause: _Clause, cue: _Cue) -> bool:
    """Whether the preposition before a date leads forward to it: "agreed in June to buy" tells when it was agreed."""
    lead = found["lead"].lower() if found else ""
    head = clause.before[: found.start()].rstrip() if found else ""
    attribute = ARTICLE.search(clause.before) and ATTRIBUTE.match(clause.after)
    tells_when = lead in WHEN and any(done.end() == len(head) for done in DONE.finditer(head))
    back = lead in BACKWARD and not DATE_OF.search(clause.before)
    if attribute or tells_when or back or (cue.kind is Kind.PROMISE and lead not in KEEPS_TO):
        return False
    return lead != "after" or STOPS.search(clause.before) is not None


def _ahead(lead: str, clause: _Clause, expression: Expression, *, lasts: bool) -> bool:
    """Whether a clause speaks of the time to come; what was suspended until a day does, too.

    Where the year is not written and no preposition leads forward, the last verb before the date must.
    """
    if lead in WHEN and expression.year is None and len(clause.before.split()) > OPENING:
        ahead = max((found.end() for words in (FUTURE, PRESENT) for found in words.finditer(clause.before)), default=-1)
        if ahead < max((found.start() for found in DONE.finditer(clause.before)), default=0):
            return False
    return bool((lasts and SUSPENDING.search(clause.before)) or FUTURE.search(clause.text) or PRESENT.search(clause.text))


def _wished(before: str, kind: Kind | None) -> bool:
    """Whether what stands before a cue makes it a mere wish or a thing refused. That a body takes up a wish is a vote."""
    near = before[-ASKED_WITHIN:]
    if kind in BEGINS_OR_ENDS and GIVEN_THING.search(near):
        return False
    refused = near[max((verb.end() for verb in NEXT_VERB.finditer(near)), default=0) :]
    return REFUSED.search(refused) is not None or (kind is not Kind.VOTE and ASKED.search(near) is not None)


def _named(kind: Kind, clause: _Clause, *, ends: bool = False) -> Kind:
    """A contract that ends is told apart from other ends, a trial that begins from other beginnings."""
    if kind is Kind.EFFECTIVE and CUES[0][1].search(clause.before):
        return Kind.COURT
    if kind is Kind.EFFECTIVE and ends:
        kind = Kind.EXPIRY  # "runs from May 1 to October 31"
    if kind is Kind.EXPIRY and ends and "deadline" in clause.before.lower():
        return Kind.DEADLINE  # "the deadline was extended to May 1"
    around = clause.named + clause.text
    contract = kind is Kind.EXPIRY and CONTRACT.search(around) and not LIMIT.search(around)
    return Kind.CONTRACT_END if contract else kind


def _claim(kind: Kind, expression: Expression, clause: _Clause, sureness: float) -> Claim:
    unsure = UNSURE.search(clause.text) or DEPENDS.search(clause.sentence)
    return Claim(clause.sentence, kind, expression, round(sureness - UNSURE_LESS * (unsure is not None), 2))


# ---------------------------------------------------------------- spans


_DUE_WITHIN = frozenset({"within", "given"})
"""Spans in which something is due: those of a pause begin with it, whatever else the sentence tells."""
_NO_SPAN = (BILL, PAST, MIGHT, HABIT, LISTED, FORECAST)


def _of_span(sentence: str, expression: Expression) -> Claim | None:
    """The promise that lasts, or is to be kept within, a span of time."""
    clause = _clause(sentence, expression)
    elsewhere = expression.way in _DUE_WITHIN and ANOTHER_START.search(sentence)
    if (
        doubted(sentence, expression)
        or elsewhere
        or TOLD_OF.search(sentence)
        or any(guard.search(clause.text) for guard in _NO_SPAN)
    ):
        return None
    finder = {"adjective": _of_period, "for": _of_pause, "within": _of_term, "given": _of_grace}[expression.way]
    kind = finder(clause)
    return None if kind is None else _claim(kind, expression, clause, SURENESS[Form.DURATION])


def _of_pause(clause: _Clause) -> Kind | None:
    """What lasts so long from now: suspended "for a year"."""
    pauses = list(SUSPENDING.finditer(clause.before))
    if not pauses or STANDING.search(clause.text):
        return None
    before = clause.before[: pauses[-1].start()]
    return None if _wished(before, None) or NARRATED.search(before) else Kind.EXPIRY


def _of_term(clause: _Clause) -> Kind | None:
    """What is to be done by then: the agency must reply "within 90 days"."""
    cue = _nearest(clause)
    if cue is None or not (FUTURE.search(clause.text) or (cue.distance <= CLOSE and PRESENT.search(clause.before))):
        return None
    if DENIED.search(clause.text) or STANDING.search(clause.text):
        return None
    return None if _wished(clause.before[: cue.at], cue.kind) else _named(cue.kind, clause)


def _of_grace(clause: _Clause) -> Kind | None:
    """What somebody was given so long for: the company has "30 days" to appeal."""
    return None if DENIED.search(clause.text) or STANDING.search(clause.text) or _wished(clause.before, None) else Kind.DEADLINE


def _of_period(clause: _Clause) -> Kind | None:
    """A "one-year" pause, trial run, time for comments or contract, each only where it comes into being."""
    period = PERIOD.match(clause.after)
    if period is None or NARRATED.search(clause.before) or _wished(clause.before, None) or DENIED.search(clause.before):
        return None
    if not any(period[name] for name in ("contract", "review", "run", "comment")):
        return Kind.EXPIRY if DECIDED.search(clause.text) else None
    if not TAKES_UP.search(clause.before):
        return None
    if period["contract"]:
        return Kind.CONTRACT_END
    if period["review"]:
        return Kind.REVIEW
    return Kind.EXPIRY if period["run"] else Kind.DEADLINE
