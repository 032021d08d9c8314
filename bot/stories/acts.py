"""What a headline says was done: later stages of an event, talk about it, and deeds that begin or end something.

A follow-up repeats most words of what it follows, so likeness cannot tell it apart; what was done can. Read from the printed
headline by word forms and a few phrases, as English headlines are built: who, did what, to what.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.stories import words as tables
from bot.stories.tokens import stem, words
from bot.stories.words import STOP

_STAGE_OF = {form: stage for stage, forms in tables.STAGES.items() for form in forms.split()}
_TALK_OF = {form: stage for stage, forms in tables.TALK.items() for form in forms.split()}
_COURT = r"(?:court|judge|tribunal|justices?)"
_UNDONE = r"(?:bans?|moratorium|lawsuits?|suit|appeal|charges|restrictions|limits|suspension|freeze)"
_SAME_PHRASE = r"(?: (?!(?:in|with|for|after|over|amid|by|as|and|to|on)\b)[\w'-]+){0,5}"
"""Words between a verb and its object; a preposition begins something else."""
_DECIDES = (
    r"(?:rules?|ruled|orders?|ordered|blocks?|blocked|strikes?|struck|upholds?|upheld|tosses|throws?|dismisses|allows?|sides?|"
    r"finds?|halts?)"
)
_FINDS = r"(?:finds?|found|says?|shows?|reveals?|warns?|confirms?)"
_COURTS = "court judge tribunal justice justices"
_PHRASES: tuple[tuple[str, frozenset[str], re.Pattern[str]], ...] = tuple(
    (stage, frozenset(needed.split()), re.compile(pattern))
    for stage, needed, pattern in (
        (
            "reverse",
            "ban bans moratorium lawsuit lawsuits suit appeal charges restrictions limits suspension freeze",
            rf"\b(?:drop|end|cancel|scrap|withdraw|remove|abandon|ditch)\w*{_SAME_PHRASE} {_UNDONE}\b",
        ),
        ("appeal", "court", r"\b(?:higher|appeals) court\b"),
        (
            "sue",
            _COURTS,
            rf"\b(?:asks?|asked|goes? to|went to|petitions?|turns? to|takes? [\w' -]{{2,40}} to) (?:an? |the )?{_COURT}\b",
        ),
        ("sue", "suit legal class", r"\b(?:files? suit|legal challenge|class action|legal action)\b"),
        ("sue", "court", r"\bchalleng(?:e|es|ed) in (?:[\w'-]+ )?court\b"),
        ("ruling", _COURTS, rf"\b{_COURT} (?:\w+ ){{0,2}}{_DECIDES}\b"),
        ("trial", "trial guilty", r"\bon trial\b|\btrial (?:opens|over)\b|\bfound guilty\b"),
        ("resign", "down", r"\bsteps? down\b"),
        ("veto", "into", r"\binto law\b"),
    )
)
"""Stage, words of which a phrase has one (most headlines have none: then nothing is searched), and the phrase."""
_TALK_PHRASES: tuple[tuple[str, frozenset[str], re.Pattern[str]], ...] = tuple(
    (stage, frozenset(needed.split()), re.compile(pattern))
    for stage, needed, pattern in (
        ("respond", "call calls hit hits open letter", r"\b(?:calls? (?:on|for)|hits? back|open letter|letter to)\b"),
        ("probe", "order orders", r"\borders? (?:an? )?(?:\w+ )?(?:review|inquiry|audit)\b"),
        (
            "study",
            "study audit auditor researcher researchers survey",
            rf"\b(?:study|audit|auditor|researchers?|survey)\b(?: [\w'-]+){{0,3}}? {_FINDS}\b",
        ),
    )
)
_SEEN: dict[str, tuple[str, ...]] = {}
for _table in (tables.STAGES, tables.TALK, tables.ALSO):
    for _stage, _forms in _table.items():
        for _form in _forms.split():
            _SEEN[stem(_form)] = tuple(dict.fromkeys((*_SEEN.get(stem(_form), ()), _stage)))
_ANSWERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("grants", tables.GRANTS),
    ("refuses", tables.REFUSES),
    ("defers", tables.DEFERS),
    ("keeps", tables.KEEPS),
    ("ends", tables.ENDS | tables.FORBIDS),
)
_ANSWER_PHRASES: tuple[tuple[str, frozenset[str], re.Pattern[str]], ...] = tuple(
    (name, frozenset(needed.split()), re.compile(pattern))
    for name, needed, pattern in (
        (
            "refuses",
            "vote votes voted turn turns turned strikes struck",
            r"\b(?:vot(?:e|es|ed)|turn(?:s|ed)?|strikes?|struck) down\b|\bvot(?:e|es|ed) against\b",
        ),
        ("ends", "off down", r"\b(?:turn|turns|turned|switch|switches|switched|shut|shuts)\b.* (?:off|down)\b"),
        ("keeps", "back on", r"\b(?:turn|turns|turned|switch|switches|switched)\b.* back on\b"),
        (
            "plans",
            "to consider considers weigh weighs mull mulls propose proposes proposed",
            r"\bto (?:vote|decide|consider|weigh|discuss)\b|\b(?:considers|weighs|mulls|proposes|proposed)\b",
        ),
    )
)
_CONTRARY = (
    ("grants", "refuses"), ("grants", "defers"), ("refuses", "defers"), ("keeps", "ends"),
    ("plans", "grants"), ("plans", "refuses"), ("plans", "ends"), ("plans", "keeps"), ("plans", "defers"),
)  # fmt: skip
"""Answers that no two reports of one decision give."""
_NOT = frozenset(
    {
        "not",
        "never",
        "denies",
        "denied",
        "deny",
        "denying",
        "false",
        "untrue",
        "didnt",
        "dont",
        "doesnt",
        "didn",
        "don",
        "doesn",
        "isn",
        "wasn",
    }
)
_BARE = frozenset(STOP | {"t", "correction", "do", "did", "does", "say", "says", "said", "show", "shows", "record", "records"})
_SAME_WORDS = 0.6
"""Share of two headlines' words, apart from "not", from which one of them only denies the other."""
_END_STEMS = frozenset(stem(form) for form in tables.ENDS)
_DEED_STEMS = frozenset(stem(form) for form in tables.DEEDS | tables.STARTS | tables.ENDS) - {stem("use"), stem("get")}
_DEEDS = tables.DEEDS | tables.STARTS | tables.ENDS


@dataclass(frozen=True, slots=True)
class Acts:
    """What an item says was done.

    Attributes:
        stages: what its title says has happened to an earlier event.
        talk: what its title says people do about one, if it says so before any deed.
        answers: how its title says that a question was decided: grants, refuses, defers, keeps, ends.
        denied: its title says that something is not so.
        said: stems of what its title says besides denying it.
        deed: its title tells a deed that others can talk about.
        starts, ends: its title names a deed that begins, or one that ends, something.
        told: the stages its title and opening tell of in any way.
        told_end: they tell of an end.
        told_deed: they tell a deed.
    """

    stages: frozenset[str]
    talk: frozenset[str]
    answers: frozenset[str]
    denied: bool
    said: frozenset[str]
    deed: bool
    starts: bool
    ends: bool
    told: frozenset[str]
    told_end: bool
    told_deed: bool


def acts(title: str, terms: Collection[str]) -> Acts:
    """Read a headline.

    Args:
        title: as printed.
        terms: stems of the title and of how the text begins.
    """
    found = words(title)
    plain = " ".join(found)
    stages = {_STAGE_OF[word] for word in found if word in _STAGE_OF}
    stages.update(stage for stage, needed, phrase in _PHRASES if not needed.isdisjoint(found) and phrase.search(plain))
    if not tables.DENIALS.isdisjoint(found):
        stages.discard("extend")  # a vote against a renewal is an end, however it is put
    first = next((place for place, word in enumerate(found) if word in _DEEDS), len(found))
    talk = {_TALK_OF[word] for word in found[:first] if word in _TALK_OF}
    before = " ".join(found[:first])
    talk.update(stage for stage, needed, phrase in _TALK_PHRASES if not needed.isdisjoint(found) and phrase.search(before))
    return Acts(
        stages=frozenset(stages),
        talk=frozenset(talk),
        answers=_answers(found, plain),
        denied=not _NOT.isdisjoint(found),
        said=frozenset(stem(word) for word in found if word not in _NOT and word not in _BARE),
        deed=first < len(found),
        starts=not tables.STARTS.isdisjoint(found),
        ends=not tables.ENDS.isdisjoint(found),
        told=frozenset(stage for term in terms if term in _SEEN for stage in _SEEN[term]) | stages | talk,
        told_end=not _END_STEMS.isdisjoint(terms),
        told_deed=first < len(found) or not _DEED_STEMS.isdisjoint(terms),
    )


def _answers(found: list[str], plain: str) -> frozenset[str]:
    """What a headline says was decided. One that decides about a ban or an end is compared with its like alone."""
    answers = {name for name, forms in _ANSWERS if not forms.isdisjoint(found)}
    answers.update(name for name, needed, phrase in _ANSWER_PHRASES if not needed.isdisjoint(found) and phrase.search(plain))
    if "plans" in answers:
        return frozenset({"plans"})  # what is planned is not decided
    if answers & {"grants", "refuses"} and not tables.UNDOING.isdisjoint(found):
        turned = {"ends"} if "grants" in answers else set()
        return frozenset(turned | ({"keeps"} if "refuses" in answers else set()))
    return frozenset(answers)


def another_act(one: Acts, other: Acts) -> bool:
    """Whether two items tell of different acts, whatever else they have in common."""
    return _is_past(one, other) or _is_past(other, one) or _contrary(one, other)


def _contrary(one: Acts, other: Acts) -> bool:
    """Whether one headline says the contrary of the other: another answer to the same question, or the same with a "not"."""
    if one.denied is not other.denied:
        alike = len(one.said & other.said)
        if alike >= _SAME_WORDS * len(one.said | other.said):
            return True
    if not one.answers or not other.answers or one.answers & other.answers:
        return False
    return any(
        (first in one.answers and second in other.answers) or (second in one.answers and first in other.answers)
        for first, second in _CONTRARY
    )


def _is_past(one: Acts, other: Acts) -> bool:
    """Whether the first tells what was done after, or about, what the other tells."""
    if one.stages - other.told:
        return True
    if other.told_deed and not one.deed and one.talk and not one.talk & other.told:
        return True
    return one.ends and not one.starts and other.starts and not other.ends and not other.told_end
