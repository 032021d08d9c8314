"""Sentences that hang on something said before them: a pronoun, a joining word, a report that nobody named. Pure.

English here; the first words of other languages are in ``dangling_languages``.

Promises: a judgement of the words alone, the same for every outlet; a pronoun whose noun comes in the same sentence is no fault,
as far as the sentence's shape tells. Never changes a sentence.
"""

from __future__ import annotations

import re

from bot.stories.dangling_languages import points_back

_TIME = r"(?:week|month|year|morning|afternoon|evening|weekend|summer|autumn|fall|winter|spring)"
_ITSELF = r"(?:(?-i:[A-Z])|(?:article|book|episode|guide|interview|issue|podcast|post|report|review|series|story|talk|video)\b)"
_SPAN = r"(?:minute|hour|day|night|morning|week|month|year|decade)"
_COUNT = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d+|several|some)(?: few)?"
_PLACING = (
    r"(?:in|on|at|by|for|from|with|without|under|among|between|against|after|before|despite|since|until|to|of|like|beyond|behind|"
    r"because of|instead of|as for|according to|thanks to|due to|apart from|aside from|other than|on top of|in addition to)"
)
SPEECH = "said|says|say|told|tells|wrote|writes|added|adds|asked|argued|tweeted|announced|stated|warned|called|insisted|explained"
"""Verbs by which somebody is quoted."""

_BEGINNING = re.compile(
    r"[\"“'‘(\[]*(?:"
    # pronouns and what points back
    r"(?:it|they|he|she|his|her|hers|their|theirs|its|such|those|these|others)\b|both\b(?!.{1,80}\band\b)|"
    r"(?:it|they|he|she|that|there|here)['’](?:s|re|ve|d|ll)\b|"
    rf"this(?! {_TIME}\b)\b|that\b|(?:[a-z]+,|if) (?:it|they|he|she|this|that)\b|"
    r"(?:on|in|at|last|this|earlier|later|during|yesterday|today)\b[^,]{0,50}, (?:he|she|they)\b|"
    rf"{_PLACING} (?:(?:that|these|those|there|then|both)\b|(?:it|him|her|them),|this(?! {_TIME}\b| {_ITSELF})\b)|"
    r"(?:one|some|all|none|most|many|few|each|both|neither|either|half|two|three|four|five|several) of "
    r"(?:them|these|those|which|whom)\b|neither\b(?!.{1,80}\bnor\b)|"
    r"the (?:latter|same|next day|following (?:day|week|month|year)|reason for (?:that|this|it))\b|the former\b(?! [a-z])|"
    # joining words
    r"(?:but|and|or|nor|also|however|instead|meanwhile|yet|nevertheless|nonetheless|therefore|thus|hence|otherwise|besides|"
    r"conversely|likewise|similarly|subsequently|afterwards?|thereafter|moreover|furthermore|consequently|additionally|"
    r"accordingly)\b|"
    r"(?:plus|still|now|again|rather|indeed|finally|eventually|alternatively|elsewhere|separately|ultimately|regardless|"
    r"specifically|either way|in response|at the time),|"
    r"so(?! (?:far|long|many|much|few)\b)\b|then\b(?!-)|there(?:,| (?:he|she|it|they|we)\b)|"
    r"here(?:,| (?:is|are|was|were|he|she|it|they|we|the)\b)|"
    r"(?:as a result|in addition|after all|even so|turns out|if (?:so|not)|to be sure|in (?:contrast|turn)|of course|"
    r"on the other hand|at the same time|in the meantime|for (?:instance|example)|by (?:contrast|comparison)|as such|"
    r"(?:to do|in doing) so|back then|(?:soon|shortly) (?:after|afterwards?)(?=,))\b|"
    rf"in (?:other|some) cases?\b|(?:later|earlier) that {_SPAN}\b|{_COUNT} {_SPAN}s? (?:later|earlier|before that|after that)\b"
    r")",
    re.IGNORECASE,
)
"""A beginning that means something said before."""
_SAYS_PRONOUN = re.compile(rf"(?:he|she|they|it) (?:\w+ )?(?:{SPEECH})\b", re.IGNORECASE)
_NOBODY_YET = re.compile(
    rf"(?:I(?:['’](?:m|ve|d|ll))?|My|Mine|Me) (?=[a-z])|(?:[^\W\d_][\w’'.-]* ){{1,3}}also (?:{SPEECH})\b|"
    r"[Tt]he \d{1,3}-year-old (?:was|is|has|had|said|told|faces|will|died|also|who)\b"
)
"""A beginning that speaks of somebody whom the sentence before it named, or in the first person of somebody."""
_UNNAMED = re.compile(
    r"the (?P<noun>company|firm|agency|department|vendor|maker|officer|man|woman|suspect|group|organi[sz]ation|lawsuit|suit|"
    r"complaint|ruling|report|study|audit|letter|bill|measure|proposal|system|technology|app|device|tool|agreement|deal|"
    r"contract)s? "
    rf"(?:\w+ly |also |then |later )?(?:{SPEECH}|is|was|are|were|has|had|have|will|would|could|can|does|did|denied|denies|claims|"
    r"found|finds|shows?|regrets|makes|made)\b",
    re.IGNORECASE,
)
"""A beginning that names a thing as one the reader knows."""
_SOMEBODY = re.compile(
    rf"[”\"»“][,.]? (?:(?:(?:the |a )?\w+ )?(?:he|she|they|it)|(?:{SPEECH}) (?:he|she|they|it))\b", re.IGNORECASE
)
"""A quotation whose speaker is a pronoun."""
_UNNAMED_PAPER = re.compile(
    r", the (?:report|study|survey|audit|review|lawsuit|complaint|document|documents|records|memo|ruling|letter)"
    r" (?:found|finds|says?|said|shows?|showed|adds|added|notes|noted|claims|claimed|concludes|concluded)\.$"
)
"""An end that names a source as one the reader knows: the sentence before it told which."""
_POINTING = re.compile(
    r"[\"“'‘(\[]*(?:it|they|he|she|his|her|hers|its|their|theirs|this|that|these|those|such|both)\b", re.IGNORECASE
)
_POINTS_BACK = re.compile(
    r"\b(?:(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+|some|most|many|all|none|both|each|several|half|few) )?"
    r"of (?:them|these|those)\b|(?:to|about|for|with|in|on|from|by|of) (?:those|these) [a-z]+s\b|the latter\b(?! half\b))",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\b(?:[^\W\d_]{3,}(?<!s)s|people|men|women|children|and|or|two|three|four|five|six|\d+)\b", re.IGNORECASE)
"""Something of which there may be several: what is pointed back to may have been named in the sentence itself."""


def dangles(text: str, *, quotes: bool) -> bool:
    """Whether a sentence can be understood only after the one before it.

    Args:
        text: the sentence.
        quotes: whether it has quotation marks.
    """
    if (
        _BEGINNING.match(text)
        or _NOBODY_YET.match(text)
        or points_back(text)
        or _SAYS_PRONOUN.match(text)
        or _UNNAMED_PAPER.search(text)
    ):
        return True
    if quotes and _SOMEBODY.search(text):
        return True
    found = _POINTS_BACK.search(text)
    return found is not None and _SEVERAL.search(text, 0, found.start()) is None


def points_at_somebody(text: str) -> bool:
    """Whether a sentence that dangles begins with a pronoun or quotes one: beside another sentence it would mean somebody else."""
    return _POINTING.match(text) is not None or _SOMEBODY.search(text) is not None or points_back(text)


def known_thing(text: str) -> str:
    """The noun of a beginning like "The company said", which only what is shown before can explain; empty if there is none."""
    found = _UNNAMED.match(text)
    return found["noun"].casefold() if found else ""


def has_name(headline: str) -> bool:
    """Whether a headline may name somebody: a capital within, or one on each word, which tells nothing."""
    return any(word[:1].isupper() for word in headline.split()[1:])
