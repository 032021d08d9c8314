"""Whether a sentence takes back the date it names: called off, struck down, denied, doubted, moved to another day.

Promises: what stands before the date and what follows it is read, both only as far as they speak of it: a law that somebody sues
to stop still takes effect, one that a judge stopped does not. Pure; every pattern is bounded, so no sentence is slow. Never
decides what a date is for.
"""

from __future__ import annotations

import re

from bot.stories.dated import Expression

REACH = 220
"""Code points before and after a date that are read: some thirty-five words, a long sentence's half."""

# ---------------------------------------------------------------- the verbs

_ENDED = (
    r"cancell?ed|scrapped|dropped|withdrawn|withdrew|abandoned|shelved|rescinded|revoked|repealed|overturned|reversed|voided|"
    r"annulled|invalidated|quashed|nixed|axed|ditched|killed|vetoed|tabled|blocked|halted|frozen|froze|enjoined|struck down|"
    r"torn up|tore up|ripped up|set aside|rolled back|discarded|disowned|removed|deleted|erased|superseded|thrown out|threw "
    r"out|called off|walked back|retracted|undone|undid|defeated|rejected|aborted|suspended|stopped|prevented|"
    r"pulled|stayed|waived|lifted|averted|vacated|nullified|jettisoned|mothballed|gutted|derailed|put (?:on|off|back)|put "
    r"(?:\w+ )?on hold"
)
_BROKEN = (
    r"(?:broke|broken)(?! (?:with|into|out|up|ground))|reneged on|backed (?:away from|out of|down from|off)|went back on|"
    r"gone back on|gave up(?: on)?|given up(?: on)?|"
    r"pulled the plug on|pulled back from|retreated from|walked away from|missed|violated"
)
_MOVED = (
    r"moved(?: up| back| forward)?|pushed(?: back)?|postponed|delayed|rescheduled|shifted|changed|advanced|brought forward|bumped|"
    r"deferred|adjourned|put (?:off|back)|reset"
)
_ENDS = (
    r"cancels|scraps|drops|withdraws|abandons|shelves|rescinds|revokes|repeals|overturns|reverses|voids|annuls|quashes|nixes|axes|"
    r"ditches|kills|vetoes|blocks|halts|freezes|strikes down|throws out|calls off|walks back|retracts|rejects|suspends|"
    r"stops|prevents|"
    r"backs (?:away from|out of|off)|gives up(?: on)?|goes back on|reneges on|breaks|postpones|delays|defers|puts (?:off|on hold)"
)
_END = (
    r"cancel|scrap|drop|withdraw|abandon|shelve|rescind|revoke|repeal|overturn|reverse|void|annul|quash|nix|axe|ditch|kill|veto|"
    r"block|halt|freeze|strike down|throw out|call off|walk back|retract|reject|suspend|stop|prevent|back (?:away from|out of|off)|"
    r"give up(?: on)?|go back on|renege on|break|postpone|delay|defer|put (?:off|on hold)"
)
_RESOLVED = r"(?:(?:voted|agreed|decided|chose|chosen|opted|moved|forced|votes|agrees|decides) to|will)"
_STOPPING = rf"(?<!to be )\b(?:{_ENDED}|{_BROKEN}|{_MOVED}|{_ENDS}|{_RESOLVED} (?:{_END}))"
"""A stop that came, or was resolved on; one that somebody asks for is none."""
_UNDONE = re.compile(
    r"\b(?:not|never|\w+n[’']t|without|no longer|nobody|no one)\s+(?:(?:yet|been|be|ever|even|\w+ly)\s+){0,2}$", re.IGNORECASE
)
_OR_WISHED = re.compile(
    r"\b(?:if|unless|could be|may be|might be|would be|should be|to be|whether)\s+(?:[\w’'-]+\s+){0,3}$", re.IGNORECASE
)
"""What stands before a verb of stopping that stopped nothing."""

DOUBLE = re.compile(rf"\b(?:not|never|\w+n[’']t)\s+(?:{_END})\b", re.IGNORECASE)
"""A plan that was not given up is a plan."""

# ---------------------------------------------------------------- what it stops, up to the date

_ONWARD = r"(?:(?!,? (?:but|and (?:will|must|is|are|has|plans|ordered|said|the|it|they|he|she))\b|, and\b)[^;:]){0,150}$"
"""From there to the date, as long as nothing new begins."""
_PLAN = (
    r"(?:plans?|promises?|pledges?|vows?|commitments?|bids?|proposals?|efforts?|attempts?|decisions?|intentions?|goals?|offers?|"
    r"orders?|requirements?|threats?|deals?|agreements?|resolutions?|directives?|targets?|rules?|laws?)"
)
_EVENT = (
    r"(?:votes?|hearings?|meetings?|referendum|ballot|elections?|trial|deadlines?|sessions?|workshops?|debates?|launch|rollout|"
    r"start|date|sentencing|expiry|expiration|ban|switch-on|forum|town hall)"
)
_TOWARD = (
    rf"(?:{_PLAN} (?:(?:for|by) (?:[\w’'-]+ ){{1,4}})?(?:to|of|for) "
    r"|(?<!saying )(?<!said )(?<!says )(?:that|which) (?:\w+ )?"
    r"|(?:set|scheduled|slated|planned|due|meant|supposed|expected) (?:to|for|on|in)\b"
    r"|from (?:\w+ly )?(?:taking effect|going (?:into|live)|coming into|entering into|becoming|starting|beginning|launching|"
    r"opening|ending))"
)
_STOPPED = re.compile(
    rf"(?P<verb>{_STOPPING})\s+(?:(?!and\b|but\b|so\b|after\b|because\b)[\w’'-]+,?\s+){{0,8}}?{_TOWARD}{_ONWARD}", re.IGNORECASE
)
_STOPPED_EVENT = re.compile(
    rf"(?P<verb>{_STOPPING})\s+(?:[\w’'-]+\s+){{0,4}}?{_EVENT}\s+(?:(?:set|scheduled|planned|slated) )?(?:on|for|"
    rf"of)\s+(?:\w+day,?\s+)?$",
    re.IGNORECASE,
)
_STOPPED_DATED = re.compile(rf"(?P<verb>{_STOPPING})\s+(?:(?:the|its|his|her|their|a|an|this|that|\w+[’']s)\s+)?$", re.IGNORECASE)
_DATED_EVENT = re.compile(rf"^\s+(?:[\w-]+\s+)?{_EVENT}\b", re.IGNORECASE)
"""The event whose attribute the date is: "the June 30 deadline"."""
_LASTING = re.compile(
    r"(?:postpon|delay|defer|put|push|adjourn|suspend|block|halt|froze|freez|stay|stop|enjoin|mov|reschedul|shift|chang|"
    r"reset|bump|advanc|"
    r"brought|prevent)\w*",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"\b(?:until|till|through|to|for)\s+(?:\w+day,?\s+)?$", re.IGNORECASE)
"""What is put off or stopped "until" a day has that day."""

# ---------------------------------------------------------------- what follows the date

_ITS = (
    r"(?:(?!\b(?:that|which|who|whose|after|because|since|when|while|and|as|although|though|if|unless|said|says|say|call\w*|"
    r"or|where)\b)[^;:.]){0,70}?"
)
"""From the date to a verb whose subject still holds the date: no clause begins in between."""
_IS = r"(?:was|were|is|are|turned out to be|turns out to be|proved|proved to be|has been|have been|had been|got|gets)"
_CALLED_OFF = re.compile(
    rf"^{_ITS}\b(?:"
    rf"{_IS} (?:(?:now|since|later|then|also|again|abruptly|quietly|\w+ly) )?"
    rf"(?:{_ENDED}|{_MOVED}|off\b(?! (?:to|limits))|missed|broken)\b(?! (?:on|by|at) (?:the )?\d)"
    r"|(?:will not|won[’']t|did not|didn[’']t|is not going to|cannot|can[’']t|never) (?:\w+ )?"
    r"(?:happen|happened|take place|took place|go ahead|be held|proceed|go forward|come|came|be met|be kept|materiali[sz]e)"
    r"|fell through|fell apart|came to nothing|came and went|passed without|died in"
    r")",
    re.IGNORECASE,
)
_UNTRUE = re.compile(
    rf"^{_ITS}\b(?:"
    rf"{_IS} (?:\w+ly )?(?:not true|not the case|false|untrue|baseless|unfounded|groundless|wrong|incorrect|inaccurate|fake|bogus|"
    r"fiction|misleading|premature|mistaken|nonsense|fabricated|invented|made up|exaggerated|debunked|denied|dismissed|refuted|"
    r"disputed|an? (?:[\w-]+ )?(?:hoax|joke|prank|lie|error|mistake|rumou?r|fabrication|myth|misunderstanding|typo|misprint|"
    r"scam|forgery|fraud|stunt|"
    r"fake|phishing attempt|exaggeration|invention))"
    rf"|(?:{_IS}|remains?|seems?|looks?|appears?) (?:still |also |now |very |highly |increasingly )?"
    r"(?:unclear|uncertain|unknown|in doubt|doubtful|in question|in limbo|in jeopardy|anyone[’']s guess|anybody[’']s guess|"
    r"an open question|up in the air|not (?:clear|certain|known)|slim|remote|dim|zero|nil)"
    r")",
    re.IGNORECASE,
)
_UNLIKELY = re.compile(rf"^{_ITS}\b(?:is|are|was|seems?|looks?|appears?) (?:\w+ )?unlikely\b", re.IGNORECASE)
_SUBORDINATE = re.compile(r"\b(?:before|when|after|until|once)\s+(?:it|they|he|she|the|its|their)\b", re.IGNORECASE)
"""What is unlikely "before it ends on June 30" does not keep it from its end."""
_BUT = re.compile(
    r"^[^;:.]{0,60}?,? (?:but|yet|until|before|only for)\b (?:[\w’'-]+,? ){0,5}?(?:"
    rf"(?:was|were|has been|have been|got) (?:\w+ )?(?:{_ENDED})\b"
    rf"|(?:{_ENDED}|{_BROKEN}) (?:it|them|that|this|the (?:{_PLAN}|{_EVENT}))\b"
    r"|fell through|fell apart|came to nothing|ended (?:it|that)|ran out of time|never (?:happened|came))",
    re.IGNORECASE,
)
"""What became of it after all."""
_WAS_TO = re.compile(
    r"\b(?:(?:was|were) (?:\w+ly )?(?:to|due|set|scheduled|slated|expected|supposed|planned|meant|going|intended|about)\b"
    r"|had (?:planned|intended|hoped|promised|pledged|vowed|agreed|been (?:set|due|scheduled|slated)))",
    re.IGNORECASE,
)
_BUT_THEN = re.compile(r"^[^;:.]{0,60}?,? (?:but|yet|until)\b", re.IGNORECASE)

# ---------------------------------------------------------------- denied, doubted, told long ago

_SAID = r"(?:say|said|says|saying|claim|report|stat|announc|list|told|tell|wrote|writ|suggest|post|assert|impl)\w*"
_HEARSAY = (
    r"(?:reports?|claims?|rumou?rs?|assertions?|statements?|allegations?|suggestions?|stor(?:y|ies)|posts?|notion|idea|speculation)"
)
_DENIED = re.compile(
    r"\b(?:rumou?rs?|rumou?red|hoax(?:es)?|prank|satir\w+|parod(?:y|ies)|spoof|jok(?:e|ed|es|ing|ingly)|fictional|fake|bogus"
    rf"|(?:falsely|wrongly|incorrectly|mistakenly|erroneously|inaccurately|misleadingly) (?:\w+ )?{_SAID}"
    rf"|(?:den(?:y|ied|ies|ying)|dismiss\w*|reject\w*|refut\w*|debunk\w*|rebut\w*|disput\w*|contradict\w*|disavow\w*|corrected) "
    rf"(?:[\w’'-]+ ){{0,3}}?{_HEARSAY}"
    rf"|(?:no|little) (?:truth|basis|substance|merit) (?:to|in|for|behind)|false (?:\w+ )?{_HEARSAY}"
    r"|(?:not|isn[’']t|wasn[’']t) (?:true|the case|correct|accurate) that|(?:untrue|false|incorrect|wrong|myth|lie|"
    r"falsehood|fiction|fabrication|misconception|fallacy) that"
    rf"){_ONWARD}",
    re.IGNORECASE,
)
_CONTRARY = re.compile(r"\b(?:contrary to|despite|counter to) [^,;]{0,150}$", re.IGNORECASE)
_DOUBTED = re.compile(
    r"\b(?:unclear|uncertain|unknown|undecided|unsure|unconvinced|doubtful|s[ck]eptical|no (?:guarantee|assurance|certainty|"
    r"indication|sign|evidence|"
    r"proof)|(?:not (?:\w+ )?|far from |anything but |less than )(?:clear|certain|known|sure|convinced|confident|decided|"
    r"settled)|(?<!who )(?<!that )doubt(?:s|ed|ing)?|"
    r"question(?:s|ed)?|"
    r"wonder(?:s|ed)?|"
    r"(?:does|do|did) not (?:know|believe|think|expect)|(?:doesn|don|didn)[’']t (?:know|believe|think|expect)|"
    r"(?:could|can|would)(?: ?not|n[’']t) (?:\w+ )?(?:say|confirm|guarantee|promise|tell|commit)|remains to be seen|unlikely)"
    r" (?:yet )?(?:whether|if|that|when|the|a|any|it|they|he|she|their|its)\b(?![’']s)"
    r"(?:(?!,? (?:but|so)\b| and (?:will|must|is|are|has|plans)\b|, (?:and|which|who)\b)[^;:]){0,150}$",
    re.IGNORECASE,
)
_BINDS = (
    r"(?:requir|oblig|forc|compel|bind|bound|guarantee|mandat|prescrib|expect|promis|pledg|vow|commit|believ|think|thought|"
    r"suggest|indicat|plan|intend|confirm|know)"
)
_NOBODY = re.compile(
    r"\b(?:nothing|nobody|no one|no-one|none|neither|(?<!a )(?<!the )(?<!first )(?<!next )(?<!last )(?<!past )few|"
    r"(?:hardly|scarcely) any(?:body|one)?(?: (?:[\w-]+ ){1,3}(?:will|would))?|"
    r"not (?:one|a single|everyone|everybody)|no (?!later|longer|fewer|less|more|doubt|matter))\b"
    rf"(?:(?:\s?[\w’'-]+){{0,8}}?\s{_BINDS}\w*\b|(?<=will)|(?<=would)){_ONWARD}",
    re.IGNORECASE,
)
_PAPER = (
    r"(?:memo(?:randum)?|letter|e-?mail|interview|speech|note|message|post|tweet|testimony|statement|article|report|presentation|"
    r"filing|study|proposal|brochure|newsletter|press release|campaign|platform|manifesto|debate|pledge|promise|blog|"
    r"deposition|affidavit|hearing|column|"
    r"essay|video|podcast)s?"
)
_LONG_AGO = re.compile(
    rf"\b(?:(?:19|20)\d\d (?:\w+ ){{0,2}}{_PAPER}\b|{_PAPER},? (?:\w+ ){{0,2}}(?:from|of|dated|in) (?:\w+ ){{0,2}}(?:19|20)\d\d\b"
    r"|in (?:\w+ )?(?:19|20)\d\d,? (?:[\w’'-]+ ){0,4}?(?:wrote|said|promised|pledged|vowed|announced|testified|predicted|told)\b"
    r"|(?:wrote|said|promised|pledged|vowed|announced|testified|predicted) (?:back )?in (?:\w+ )?(?:19|20)\d\d\b)",
    re.IGNORECASE,
)
"""What somebody said in a year that is named: a day without its own year is counted from then."""
_NOT_THEN = re.compile(
    r"(?:\bnot|\brather than|\binstead of|\bas opposed to)\s+(?:(?:on|by|in|from|until|at|for|before|to)\s+)?(?:\w+day,?\s+)?$",
    re.IGNORECASE,
)
_MOVES = (
    r"(?:(?:mov|push|postpon|delay|reschedul|shift|chang|advanc|bump|deferr?|adjourn|reset|slip|slid)\w*(?: up| back| forward)?|"
    r"brought forward|bring forward|put(?:s|ting)? (?:off|back))"
)
_FROM = re.compile(rf"\b(?:{_MOVES}|extend\w*)\b[^;]{{0,80}}\bfrom\s+(?:\w+day,?\s+)?$", re.IGNORECASE)
_AT_FIRST = re.compile(
    r"\b(?:first|initially|originally|previously|at first) (?:set|scheduled|slated|planned|due) "
    r"(?:for|on)\s+(?:\w+day,?\s+)?$",
    re.IGNORECASE,
)
_TO = re.compile(r"^(?:,\s+\d{4},?)?\s+(?:back\s+)?(?:to|until|till)\b", re.IGNORECASE)
_MOVED_TO = re.compile(
    rf"\b{_MOVES}\b(?!\s+(?:ahead|forward with))[^;]{{0,80}}?\b(?:to|until|till|for)\s+(?:\w+day,?\s+)?$", re.IGNORECASE
)


def withdrawn(sentence: str, expression: Expression) -> bool:
    """Whether a sentence says that what was to be on a date is not to be then, was never so, or is in doubt."""
    before, after = _around(sentence, expression)
    return (
        _another_day(before, after)
        or _stopped(before, after)
        or _called_off(before, after)
        or doubted(sentence, expression)
        or (expression.year is None and _LONG_AGO.search(before) is not None)
    )


def doubted(sentence: str, expression: Expression) -> bool:
    """Whether a sentence denies or doubts what it says of a date or span."""
    before, after = _around(sentence, expression)
    return any(words.search(before) for words in (_DENIED, _CONTRARY, _DOUBTED, _NOBODY)) or bool(_UNTRUE.match(after))


def moved_to(before: str) -> bool:
    """Whether what stands before a date says that something was put off, or brought forward, to it."""
    return _MOVED_TO.search(before) is not None


def _around(sentence: str, expression: Expression) -> tuple[str, str]:
    return (
        sentence[max(0, expression.start - REACH) : expression.start],
        sentence[expression.end : expression.end + REACH],
    )


def _another_day(before: str, after: str) -> bool:
    if _NOT_THEN.search(before) or _AT_FIRST.search(before):
        return True
    return _FROM.search(before) is not None and _TO.match(after) is not None


def _stopped(before: str, after: str) -> bool:
    """Whether a verb before the date says that what it belongs to was stopped."""
    patterns = [_STOPPED, _STOPPED_EVENT]
    if _DATED_EVENT.match(after):
        patterns.append(_STOPPED_DATED)
    for pattern in patterns:
        for found in pattern.finditer(before):
            lead = before[: found.start("verb")]
            put_off = _LASTING.match(found["verb"]) and _UNTIL.search(before)
            if not put_off and not _UNDONE.search(lead) and not _OR_WISHED.search(lead):
                return True
    return False


def _called_off(before: str, after: str) -> bool:
    """Whether what follows the date says that it was called off, was never true, or is in doubt."""
    if _CALLED_OFF.match(after) or _BUT.match(after):
        return True
    if _UNLIKELY.match(after) and not _SUBORDINATE.search(before):
        return True
    return _WAS_TO.search(before) is not None and _BUT_THEN.match(after) is not None
