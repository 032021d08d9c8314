"""Whether a publisher takes back something that it published: a remark beside an article, or an article of its own. Pure.

Promises: rather silent than wrong: a remark says so of its own article, or calls itself a correction; "updated" alone takes nothing
back, and what others corrected, withdrew or denied is what the article is about.
"""

from __future__ import annotations

import re

_KIND = r"(?:version|article|story|post|piece|column|report|page|headline|caption|byline)"
_EARLIER = rf"an? (?:earlier|previous|original) {_KIND}(?: of (?:this|the) \w+)?"
_OWN = rf"(?:this {_KIND}|the (?:earlier|previous|original) {_KIND}|{_EARLIER})"
"""What a publisher calls what it published itself."""
_FAULT = (
    r"(?:(?:ha[sd] |have )?(?:incorrectly|wrongly|mistakenly|erroneously|inaccurately)|"
    r"mis(?:stated|identified|quoted|spelled|spelt|attributed|reported|named|characteri[sz]ed|represented)|"
    r"contained (?:\w+ ){0,2}(?:error|mistake|inaccurac)|"
    r"(?:gave|had|used|named|listed|included|carried) (?:an?|the) (?:wrong|incorrect|mistaken|inaccurate))"
)
_SAYS = r"(?:said|stated|reported|claimed|named|gave|identified|listed|quoted)"
_BEFORE = rf"(?:previously|originally|earlier|initially|first) {_SAYS}"
_LABEL_TAIL = r"(?: ?\([^)]{1,30}\)|,? [^:：—–]{0,20}\d[^:：—–]{0,8})?\s*[:：—–]"
_TAKES_BACK = re.compile(
    rf"^\W*(?:corrections?|corrected|clarification|retraction|erratum)(?: to (?:this|an|our|the) [\w ]{{1,30}})?{_LABEL_TAIL}|"
    rf"\b{_OWN},? (?:{_FAULT}|{_BEFORE})|\b(?:it|the (?:article|story|post|headline)) (?:{_FAULT}|{_BEFORE})|"
    rf"\b{_EARLIER} {_SAYS}\b|"
    rf"\b{_OWN} (?:(?:was|is|were|has|had|have|been|also|since|later|now|(?:updated|amended|edited),? and) )+"
    r"(?:corrected|retracted|withdrawn|taken down|unpublished)\b|"
    r"\b(?:updated|amended|edited|revised|changed) to (?:correct|clarify (?:that|how|when|where|whether|who|why))\b|"
    r"\b(?:editing|production|reporting|typing) error\b.{0,20}\bth(?:is|e) (?:article|story|post)\b|"
    r"\bwe regret (?:the|this|any|these) errors?\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:corrections?|clarification|retraction|erratum|corrected)"
    r"(?: (?:to|of|on|for|in) (?:this|our|an?|the) [^:–—]{0,20}\b(?:story|article|report|headline|post)\b[^:–—]{0,30}?)?"
    r"(?:\s*[:–—]|\s+-\s|(?<=corrected)-)",
    re.IGNORECASE,
)


def takes_back(remark: str) -> bool:
    """Whether a publisher's remark takes back something that its own article said."""
    return _TAKES_BACK.search(remark) is not None


def is_correction(headline: str) -> bool:
    """Whether an article is published as a correction: its headline begins with that word and a mark behind it.

    The officers of a correction department are news, and so is a correction that somebody demands.
    """
    return _LABEL.match(headline) is not None
