"""The English words by which a promise is told from everything else that has a date: tables, no decisions.

Promises: each pattern is linear in the sentence it reads, and was written against the development sentences of
``benchmarks/eval_commitments.py``; none names a case.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """What happens on the day."""

    EXPIRY = "expiry"  # a moratorium, pause, order, pilot or permit ends
    CONTRACT_END = "contract_end"  # a contract, lease or licence ends
    VOTE = "vote"  # a body votes, hears the public, decides
    COURT = "court"  # a court hears, sentences, rules
    DEADLINE = "deadline"  # somebody must have done something, comments close
    REVIEW = "review"  # a decision is looked at again
    EFFECTIVE = "effective"  # something begins: a law, a system, a trial run
    REPORT = "report"  # a report, audit or answer is due
    PROMISE = "promise"  # somebody says they will have done something


def phrases(*patterns: str) -> re.Pattern[str]:
    """Whole words and phrases, whatever their case."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


# ---------------------------------------------------------------- what makes a date a promise

_SUSPENDING = (
    r"moratori(?:um|a)|pauses?|paus(?:ed|ing)|suspend(?:s|ed|ing)?|suspensions?|freez(?:e|es|ing)|froze|halt(?:s|ed|ing)?",
    r"ban(?:s|ned|ning)?|bars|barred|barring|bar|prohibit(?:s|ed|ing|ion)?|block(?:s|ed|ing)?|shelv(?:e|es|ed|ing)",
    r"stop(?:s|ped|ping)?|hold(?:s|ing)? off|held off|hiatus|stay(?:ed)?|extend(?:s|ed|ing)?|extension|renew(?:s|ed|ing|al)?",
    r"injunction|embargo|reprieve|curfew|on hold|postpon(?:e|es|ed|ing)|restrict(?:s|ed|ing|ions?)?",
    r"put(?:s|ting)? (?:a |an )?(?:\w+ )?(?:hold|halt|stop)",
    (
        r"(?:won[’']t|can[’']t|cannot|not) (?:\w+ )?"
        r"(?:let|allow|sell|use|offer|provide|deploy|enforce|share|license|supply|permit|buy|renew)"
    ),
)
SUSPENDING = phrases(*_SUSPENDING)
"""What lasts for a while and then ends."""

CONTRACT = phrases(r"contracts?|leases?|licen[cs]es?|subscriptions?|agreements?|deals?|memorandum")
RULES = phrases(
    r"bans?|bars?|prohibits?|outlaws?|forbids?|restricts?|allows?|permits?|requires?|limits?|criminali[sz]es?|mandates?"
)
"""What a law does from a day on."""
FROM_THEN = frozenset({"from", "starting", "beginning", "effective", "as of"})
LIMIT = phrases(r"moratori(?:um|a)|ban|pause")
"""What ends as itself, even if a contract is named beside it."""

_PAPERS = r"(?:reports?|audits?|findings|results|stud(?:y|ies)|assessments?|recommendations|inventor(?:y|ies)|figures)"
_DEEDS = (
    r"(?:remov|end|stop|delet|retir|shut|phas|dismantl|tak(?:e|en) down|switch|turn(?:ed)? off|replac|withdraw|clos|ceas|drop|pull|"
    r"discontinu|destroy|eras|purg|scrap|complet|finish|disabl|abandon|migrat|cancel|terminat|wind(?:ing)? down|sever|publish|"
    r"resum|restor|decommission|disconnect|encrypt|hand(?:ed)? over|equip)"
)
_BODY = (
    r"(?:council|board|committee|commission|public|city|town|county|trustees?|supervisors|shareholders?[’']?|assembly|budget|"
    r"special|general|regular|its|their)"
)
CUES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.COURT,
        phrases(
            r"trial(?! (?:run|period|program|programme|phase|project|of))|sentenc(?:ed|ing)(?! to)|arraign(?:ed|ment)",
            r"arguments?|plead|appear in (?:\w+ ){0,3}court|court date|jury selection|inquest",
            r"appear before (?:a |the )?(?:\w+ )?(?:judge|magistrate|court)",
            r"(?:judge|court|justices|tribunal|panel) (?:\w+ ){0,3}(?:hear|rule|hears|rules|decide|decides|consider)",
            r"(?:judge|court|magistrate|tribunal)\b[^,;]{0,40}? hearing",
            r"(?:court|preliminary|pretrial|bail|injunction|evidentiary|status) (?:\w+ )?hearing",
        ),
    ),
    (
        Kind.REVIEW,
        phrases(
            r"review(?:ed|s|ing)?|reassess(?:ed|es)?|re-?evaluat(?:e|ed|es)|revisit(?:s|ed)?|reconsider(?:s|ed)?",
            r"re-?examin(?:e|es|ed)",
        ),
    ),
    (
        Kind.REPORT,
        phrases(
            rf"(?:{_PAPERS}|impact statement) (?:\w+ ){{0,5}}"
            r"(?:due|published|released|delivered|presented|submitted|expected|filed|out|public)",
            r"(?:publish|release|deliver|present|submit|issue|file|produce|provide|give|complete|finish|make public)(?:s|es)? "
            rf"(?:[\w’']+ ){{0,6}}(?:{_PAPERS}|accounts?|statements?|list)",
            r"report(?:s)? back|report to the \w+",
        ),
    ),
    (
        Kind.VOTE,
        phrases(
            r"votes?|voting|ballots?|referendum|decide[sd]?|decision (?:is )?(?:due|expected)|final decision|consider(?:s|ed)?",
            rf"tak(?:e|es) up|hearings?|{_BODY} meetings?",
            r"debate[sd]?|(?:second|final|first|third) reading|workshop|town hall|hear from|(?:council|board|committee) meets",
        ),
    ),
    (
        Kind.EFFECTIVE,
        phrases(
            r"tak(?:e|es|ing) effect|go(?:es|ing)? into (?:effect|force)|com(?:e|es|ing) into (?:effect|force)",
            r"enter(?:s|ing)? into force|effective|go(?:es)? live|kick(?:s)? in|roll(?:ed|s|ing)? out|launch(?:ed|es)?",
            r"begin(?:s|ning)?|start(?:s|ing|ed)?|switch(?:ed)? on|appl(?:y|ies) from|implement(?:ed|s)?|introduce[sd]?",
            r"run(?:s|ning)? from|install(?:ed|s)?|in place|operational|in operation|binding|deploy(?:ed|s)?",
            r"open(?:s)?(?! until| through| till)",
        ),
    ),
    (
        Kind.EXPIRY,
        phrases(
            r"expir(?:e|es|ed|ing|ation|y)|end(?:s|ing)?|lapse[sd]?|lapsing|sunsets?|run(?:s|ning)? (?:out|until|through|to)",
            r"last(?:s)? (?:until|through)|(?:remain|remains|stay|stays) (?:\w+ ){0,4}(?:until|through)|valid (?:until|through)",
        ),
    ),
    (
        Kind.DEADLINE,
        phrases(
            r"deadlines?|due(?! to)|must|ha(?:s|ve) (?:until|to)|given until|gave (?:\w+ ){1,6}until|required to|requir(?:es|ing)",
            r"comments?(?: close)?|order(?:ed|s|ing) (?:\w+ ){1,10}(?:to|by|within)|compl(?:y|iance)|respond(?: to)?|submissions?",
            r"appl(?:y|ications)|open (?:until|through|till)|instructed|directed|directs|gave|gives|at the latest",
            r"no later than|appeal|contest|challenge|consultation",
        ),
    ),
    (
        Kind.PROMISE,
        phrases(
            r"no longer|pledg(?:e|es|ed|ing)|promis(?:e|es|ed|ing)|commit(?:s|ted|ting)? (?:itself )?to",
            r"vow(?:s|ed)? to|agree(?:s|d)? to",
            rf"(?:will|would|to|plans? to|intends? to|aims? to) (?:\w+ly )?(?:be |have (?:been )?)?{_DEEDS}\w*",
        ),
    ),
)
"""Words that say what a date is for; of several the nearest counts, of equally near ones the first here."""

FUTURE = phrases(
    r"will|won[’']t|shall|must|would|due|to be|deadline|set for|scheduled|slated|given until|(?:has|have|had) (?:until|to)",
    r"(?:is|are) (?:\w+ly )?(?:to|set|due|scheduled|slated|expected|planned|required|supposed|bound|obliged|on track)",
    r"plans?|planned|planning|expect(?:s|ed)?|intends?|aims?|agree[sd]?(?: to)?|promise[sd]?|pledge[sd]?|vow(?:s|ed)?",
    r"commit(?:s|ted)|order(?:ed|s)|requir(?:es|ed|ing)|gave|gives|give|directs?|directed|instructed",
    r"to (?:vote|decide|end|hear|hold|consider|begin|start|take|expire|review|stop|close|rule|go|launch|remove|delete|publish|"
    r"report|present|phase|retire|drop|finish|complete|let|lapse|run out|ban|require|switch|close|shut|extend|terminate)",
)
PRESENT = phrases(
    r"expires?|ends|lapses|sunsets|runs (?:out|until|through)|takes effect|goes into (?:effect|force)|comes into (?:effect|force)",
    r"enters into force|begins|starts|launches|opens|closes?|meets|votes|kicks in|effective|faces|applies|lasts|remains|stays",
    r"goes live|decides|hears|rules|returns|expiring|ending|lapsing|starting|beginning|taking effect|running|expiry|expiration",
    r"is|are|convenes|open (?:until|through)|sets?|can (?:still |now |also )?(?:comment|apply|object|submit|appeal|contest|"
    r"challenge|register|"
    r"respond)",
)
"""The news says "expires" of what is to come."""

DECIDED = phrases(
    r"announc(?:e|es|ed|ing)|will|said|says|approv(?:e|es|ed|ing)|impos(?:e|es|ed|ing)|order(?:s|ed)|adopt(?:s|ed)?|pass(?:es|ed)",
    r"sign(?:s|ed|ing)|issu(?:e|es|ed|ing)|declar(?:e|es|ed)|launch(?:es|ed|ing)?|begin(?:s|ning)?|began|start(?:s|ed|ing)?",
    r"open(?:s|ed)|enact(?:s|ed)|back(?:s|ed)|agree(?:s|d)|vote[sd]? (?:\S+ ){0,6}(?:to|for)|put(?:s|ting)?|plac(?:e|es|ed|ing)",
    r"introduc(?:e|es|ed|ing)|grant(?:s|ed)|award(?:s|ed)?|set(?:s)?|implement(?:s|ed|ing)?|enters?|unveil(?:s|ed)|give[sn]?|gave",
    r"faces?|slap(?:s|ped)|hit with|win(?:s)?|won|extend(?:s|ed)|commit(?:s|ted)|this|requires?|confirm(?:s|ed)",
)
"""Verbs by which a pause or a period for comments comes into being."""
TAKES_UP = phrases(
    r"(?:launch|begin|start|open|approv|sign|award|announc|grant|order|giv|enter|commission|renew|extend|agree|authoriz|authoris|"
    r"back|unveil)\w*|began|gave|w[io]n|will"
)
"""Verbs by which a contract, a trial run or a review comes into being: without one a length is a mere length."""

PERIOD = re.compile(
    r"^\s+(?:(?!and\b|or\b)[\w’'-]+\s+){0,3}?(?:moratori(?:um|a)|ban|pause|suspension|freeze|halt|hiatus|prohibition|extension|"
    r"stay|reprieve|injunction|hold|embargo|cooling-off period|block|restraining order|exemption|"
    r"(?P<run>pilot|trial|test)(?:\s+(?:program|programme|run|phase|project|period|scheme))?|"
    r"(?P<comment>comment(?:ing)? period|consultation|public comment|deadline|window|ultimatum|notice)|"
    r"(?P<contract>contract|lease|deal|agreement|licen[cs]e|renewal)|(?P<review>review|inquiry|investigation|audit|study))\b",
    re.IGNORECASE,
)
"""What a "one-year" something can be that ends after it."""

# ---------------------------------------------------------------- what makes it none

PAST = phrases(
    r"had (?:been|planned|promised|pledged|hoped|said|agreed|voted|expected|set|suspended|banned|halted|paused)",
    r"(?:was|were) (?:originally |initially |once |previously )*(?:supposed|due|set|scheduled|expected|meant) (?:to|by|for)"
    r"(?= (?:\w+ ){0,2}(?:expire|end|begin|start|take|vote|be|have|run|launch|lapse|report|finish|open|go|close|decide|rule|last))",
    r"previously|until recently|used to|formerly|originally|initially|missed|failed to|in the past|ago|by then",
    r"(?:years?|months?) earlier|expired|lapsed|ended|took effect|went into effect|came into force",
    r"last (?:year|month|week|spring|summer|fall|autumn|winter)",
)
ASKED = phrases(
    r"call(?:s|ed|ing)? (?:on|for|upon)|propos(?:e|es|ed|ing|als?)|urg(?:e|es|ed|ing)|demand(?:s|ed|ing)?|ask(?:s|ed|ing)?",
    r"petition(?:s|ed)?|push(?:es|ed|ing)? (?:\w+ )?for|seek(?:s|ing)?|sought|wants?|wanted|consider(?:s|ed|ing)?",
    r"weigh(?:s|ed|ing)?|mull(?:s|ed|ing)?|recommend(?:s|ed|ing)?|suggest(?:s|ed|ing)?|float(?:s|ed|ing)?",
    r"advocat(?:e|es|ed|ing)|lobb(?:y|ied|ying)|hop(?:e|es|ed|ing)(?! this)|request(?:s|ed|ing)?|should|whether",
    r"debat(?:e|es|ed|ing)|if",
)
"""What somebody wishes for is no promise; a vote on it is."""
REFUSED = phrases(
    r"reject(?:s|ed|ing)?|vot(?:e|es|ed|ing) (?:\w+ ){0,2}(?:down|against)|oppos(?:e|es|ed|ing)|rather than|instead of|no plans?",
    r"refus(?:e|es|ed)|declin(?:e|es|ed)|den(?:y|ies|ied)|veto(?:ed|es)?|defeated",
)
UNSURE = phrases(r"would|expected|expects?|hopes?|aims?|likely|planned|intends?|tentatively")
MIGHT = phrases(
    r"not until|could|might|(?-i:may)|possibly|perhaps|as early as|as soon as|at the earliest|not before|theoretically|in theory|if"
)
INVITED = phrases(r"comments?|apply|submit")
"""What people may do until a day is a deadline all the same."""
BILL = re.compile(
    r"\b(?:bill|proposal|measure|ordinance|amendment|motion|legislation|draft|resolution|petition)s?\b[^.;]{0,60}?\bwould\b",
    re.IGNORECASE,
)
"""What a bill would do, it does not do yet."""
DENIED = re.compile(
    r"\b(?:no|not|never|n[’']t|without|nor|neither)\b(?:\s+\w+){0,4}\s+(?:schedul|slat|set|expir|vot|hearing|meeting|deadline|date|"
    r"plan|end|commit|promis|pledg|required|decid|review|take effect|before)",
    re.IGNORECASE,
)
STANDING = phrases(
    r"retain(?:s|ed|ing)?|retention|kept|keeps?|keeping|stor(?:e|es|ed|ing|age)|sav(?:e|es|ed|ing)|deleted after|held for",
    r"(?:data|footage|images) for|warranty|guarantee|prison|jail(?:ed)?|imprison(?:ed|ment)|probation|sentence[sd]? to",
    r"behind bars|custody|suspended sentence|up to|every|each|typically|usually|often|averag(?:e|es|ed)|per|old|anniversary",
    r"experience|worked|served|lived|subscri(?:be|bers?|ption)|free|discount|offers?|tickets?|sale|record|high|low|history",
    r"study of|career|veteran|tenure|delay",
)
"""Rules that always hold, terms of prison, lengths of careers: spans that end on no day of the news."""
LISTED = phrases(
    r"concert|festival|exhibition|expo|ticket sales|subscri(?:be|bers)|discount|birthday|anniversary|copyright|kick-?off|season",
    r"album|movie|premieres?|screening|world cup|olympics?|tournament|championships?|marathon|football|players?|pitcher|midfielder",
    r"striker|goalkeeper|quarterback|coach|tour|coupon|promo(?:tion)?|summit|visits?|trip|bonds?|debentures?|dividend|"
    r"wedding|funeral",
    r"(?:the|this|your|our) (?:\w+ )?offer|market (?:size|share|scale|value|research|report)",
)
"""Dates for the diary of somebody else."""
FORECAST = phrases(
    r"the market|forecast|growth|number of|fiscal|(?:year|quarter|months|period),? (?:which |that )?(?:will )?end(?:s|ing|ed)?",
    r"(?:will|to|would|could) (?:be close to|reach|rise|grow|fall|increase|decrease|climb|double|triple|exceed)",
    r"drop (?:to|below|by)",
)
"""Figures for a year to come, and years that end by themselves."""
HABIT = phrases(
    r"every (?:year|month|quarter|spring|summer|autumn|fall|winter|\d+ \w+)|each (?:year|month|quarter)|annually|annual"
)
OF_OLD = re.compile(
    r"\b(?:that|which|who) (?:was|were|had|has)\b[^,;]*|,? \b(?:after|following|as|because|since)\b[^;]*", re.IGNORECASE
)
"""What follows a date and tells the past of something beside it: "votes on June 30 on a contract that was signed last year"."""
NEXT_VERB = re.compile(
    r"\b(?:and|but) (?:(?:said|says|will|must|agreed|promised|pledged|vowed|announced|ordered|set|plans)\b|$)", re.IGNORECASE
)
"""Where what was refused is over: "rejected criticism and said that"."""
GIVEN_THING = re.compile(r"\bthe (?:[\w’'-]+ ){1,3}?(?:that|which) (?:\w+ly )?$", re.IGNORECASE)
"""A thing there is, whatever is asked about it: a suit "to stop the law that takes effect on July 1"."""
NO_LONGER_THEN = re.compile(
    r"\b(?:(?:not|n[’']t|against|never|no longer)\s+(?:\w+ ){0,2}?(?:renew|extend|continu|operat|us|run|pay|fund)\w*\b[^,;]{0,60}"
    r"\b(?:beyond|past|after)"
    r"|no (?:[\w-]+ ){1,5}?(?:may|shall|must)(?: be)? [^,;]{0,60}\b(?:before|until))\s+(?:\w+day,?\s+)?$",
    re.IGNORECASE,
)
"""A thing that ends by not going on, or that nobody may do before a day."""
TOLD_OF = re.compile(r"\b(?:in|back in|since|during)\s+(?:early\s+|late\s+|\w+\s+)?(?:19|20)\d\d\b", re.IGNORECASE)
"""A span in a sentence that tells of another year is counted from that year."""
DONE = re.compile(
    r"(?<!\bbe )(?<!\bbeing )(?<!\bis )(?<!\bare )\b(?!(?:scheduled|planned|expected|slated|need|speed|feed|proceed|indeed|exceed|"
    r"succeed|united|limited|said|based|so-called)\b)(?:[a-z]{2,}ed|took|went|came|left|held|won|met|began|became|made|gave|"
    r"found|told|"
    r"sent|lost|broke|rose|fell|saw|ran|led|brought|bought|sold|was|were)\b"
)
"""Verbs of what happened; the passive of what is to come ("will be removed") is none."""
ARTICLE = re.compile(r"\bthe\s+$", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"\s+(?!(?:deadline|vote|hearing|meeting|trial|ballot|referendum|session|expiry|expiration|sentencing|election)\b)[a-z]"
)
"""What follows a date that is but an attribute: "the May 23 polls"."""
NARRATED = re.compile(
    r"\b(?:after|following|followed by|during|under|despite|throughout|since|before|end of|ended|lifted|expired|previous|earlier|"
    r"first|original|existing|current|past|recent|last year[’']s|similar|lift(?:s|ing)?|broke|violat\w+|so-called)\s+"
    r"(?:(?:a|an|the|its|their|his|her|that|this|such|own|city[’']s|company[’']s|another)\s+){0,2}$",
    re.IGNORECASE,
)
"""What stands before a span that is spoken of, not begun: "after a one-year pause"."""

# ---------------------------------------------------------------- the build of a sentence

LEAD = re.compile(
    r"\b(?P<lead>by|until|till|through|before|on|in|from|starting|beginning|effective|for|at|as of|due|than|since|after|between|of|"
    r"dated|to|last|every|each|during|like|over|around|about|and|is|was)\s+"
    r"(?:(?:at least|the|now|midnight on|noon on|about|around|approximately|late|early)\s+)*"
    r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thur?s?|Fri|Sat(?:ur)?|Sun)(?:day|\.)?,?\s+(?:night\s+)?)?(?:the\s+)?$",
    re.IGNORECASE,
)
BACKWARD = frozenset({"since", "of", "dated", "last", "during", "like", "every", "each", "was"})
"""Prepositions that lead back."""
DATE_OF = re.compile(r"\b(?:date|deadline|day) of\s+(?:\w+day,?\s+)?$", re.IGNORECASE)
"""The one "of" that leads forward: "a trial date of May 5"."""
UP_TO = frozenset({"until", "till", "through"})
WHEN = frozenset({"on", "in", "at", ""})
"""Prepositions that may as well tell when a promise was made."""
KEEPS_TO = frozenset(
    {"by", "before", "on", "in", "from", "than", "to", "at", "starting", "beginning", "after", "until", "through", "till"}
)
"""Prepositions by which a deed is tied to a day."""
KEEPS_BY = frozenset({"by", "before", "until", "till", "through", "starting", "beginning", "from", "than"})
"""Prepositions that make even a whole year a promise."""
BEGINS_OR_ENDS = frozenset({Kind.EXPIRY, Kind.CONTRACT_END, Kind.EFFECTIVE})
PUTS_OFF = phrases(r"(?:extend|delay|postpon|push)\w*")
STOPS = phrases(r"no longer|stops?|ends?|expires?|ceases?")
ASIDE = re.compile(
    r",\s+(?:(?:which|who)\s[^,;]*|(?:originally|initially|formerly|previously|at first|first|once)\s[^,;]{1,60}),(?=\s)"
)
"""A relative clause, or the day there was at first, that has ended: what is said in it is not said of what comes after."""
UNLESS = re.compile(
    r"^[\s\"“]*(?:unless|if (?:[\w’']+ ){1,8}?(?:not|fails?|refuses?|[a-z]+n[’']t))\b[^,;]{0,150},\s+"
    r"|,\s+unless\b[^,;]{0,80},(?=\s)",
    re.IGNORECASE,
)
"""What would keep a thing from its end, once it is said: "Unless renewed, the contract expires on June 30"."""
DEPENDS = phrases(r"unless|if")
ANOTHER_START = re.compile(
    r"\b(?:after|once|when|from when|upon|as soon as)\s+"
    r"(?:(?:it|they|he|she|the|an?|this|that|its|their|each|any)\s+(?:[\w’'-]+\s+){0,5}?)?"
    r"(?:takes?|is|are|has|have|begins?|starts?|ends?|expires?|becomes?|passes|receives?|gets?|goes|signs?|receiving|"
    r"receipt|notice)\b",
    re.IGNORECASE,
)
"""A day from which a span is counted that is not the report's: "after it takes effect", "once the rule is final"."""
CLAUSE = re.compile(
    r"[;:](?=\s)|\s[—–]\s?|—|,?\s+unless\b"
    r"|,\s+(?:but|while|although|though|whereas|which|and (?:the|a|an|it|they|he|she|its|their)\b)"
)
"""Where one clause ends and the next begins, as far as a mark or a word tells."""
TIMELY = re.compile(
    r"20\d\d|\d/\d|[JFMASOND](?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)|[Yy]ear|[Mm]onth|[Ww]eeks?\b|-[Ww]eek|\b[Dd]ays?\b|YEAR|MONTH"
)
"""A text without any of these names no day: looked for first, since most sentences have none."""
