"""Pieces of a text that are no sentence of the report: half sentences, half quotations, calls to the reader. Pure.

Promises: a judgement of form alone, the same for every outlet; what is doubtful counts as a sentence. Never changes a text.
"""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…。！？｡؟।။۔។]['\"”’“»«›)\]」』）]*$")
"""A sentence's end, with what may close behind it."""
_OPEN_END = re.compile(r"(?:[,:;–—-]|\b(?:a|an|the|and|or|but|of|to|in|on|at|by|for|with|from|that|which|who))$", re.IGNORECASE)
"""An end at which no sentence ends, mark or no mark."""
_OPEN_BEGINNING = re.compile(
    r"^(?:according to|when|whenever|while|after|before|if|as|although|though|because|since|despite|during|unless|until|with|"
    r"amid)\b[^,;:–—]*$",
    re.IGNORECASE,
)
"""A clause that leads to another one, which is missing."""
_POINT = re.compile(r"(?:^|(?<=\s))(?:\d{1,2}|[a-z])\)")
"""The mark of a point in a list, as in "2) The council"."""
LABEL = 6
"""Words with a capital each from which there is no sentence in them, unless they end with a point as a sentence does."""
_POINT_END = re.compile(r"[^\W\d_]{2}[.!]$")
_INCHES = re.compile(r"(?<=\d)\"")
_PAIRS = (("「", "」"), ("『", "』"), ("‹", "›"))
_SINGLE_OPEN = re.compile(r"(?:^|(?<=[\s(\[\"“—–]))(?:‘|'(?!(?i:s|re|ve|ll|d|em|tis|twas)\b))(?=[^\W\d_])")
_SINGLE_CLOSE = re.compile(r"(?<=[\w.,!?…])['’](?!\w)")
_SINGLE_END = re.compile(r"[.,!?]['’]$")
"""A single quotation mark where a quotation begins, where one may end, and where only one can."""
_CALL = re.compile(
    r"^\W*(?:please |want more\? )?(?:"
    r"(?:subscribe|donate|register now|log in|sign in|sign up|click|tap|continue reading|keep reading|see also|don['’]t miss)\b"
    r"|(?:learn|find out|check out|see) (?:more|how|why|what|where|our|below|here|the (?:full|whole|complete|video))\b"
    r"|read (?:more|the full|the rest|next|also|on\b|all)|(?:follow|help|join|support|email|call|tell) us\b"
    r"|(?:listen to|watch) (?:the|our|this)\b(?=.*\b(?:episode|podcast|video|show|stream|interview|below|above|here)\b)"
    r"|(?:download|get|try|install) (?:our|the) (?:\w+ )?(?:app|newsletter|podcast|edition)\b"
    r"|get (?:the latest|more|our|all)\b|stay (?:informed|up to date|in the know|tuned)\b"
    r"|support (?:our|independent|local|public|quality|nonprofit) (?:\w+ )?(?:journalism|news|newsroom|reporting|work|media)\b"
    r"|(?:vote|take part) (?:in our|now|here|below)\b|(?:take|answer) our (?:\w+ )?(?:poll|survey|quiz)\b"
    r"|share (?:this|on|via)\b|join (?:our|the (?:conversation|discussion))\b"
    r"|become (?:a|our) (?:\w+ )?(?:member|subscriber|supporter)\b"
    r"|(?:have|got|do you have|send us) (?:a|any|your) (?:\w+ )?(?:tip|tips|story|question|questions)\b"
    r"|(?:write|send (?:it|them|tips)|reach out|get in touch|contact|talk) (?:(?:to |with )?us|(?:to )?our"
    r"|the (?:author|reporter|writer))\b"
    r"|(?:buy|order|reserve|book) (?:your|a|tickets|now)\b|the post .* (?:appeared first on|first appeared on)\b"
    r")|\b(?:to|in) your (?:e-?mail )?inbox\b",
    re.IGNORECASE,
)
"""Sentences by which a page speaks to its reader: in the imperative, so at the beginning, or about the reader's inbox."""
_TOLD = re.compile(
    r"[,?!]['\"”’]? (?:[^,;:]{2,60} )?(?:said|says|chants?|chanted|shouts?|shouted|urges|urged|pleads|pleaded|begged|demanded|"
    r"replied|wrote|writes|warned|warns|told|asked|asks|tweeted|added|argued|insisted)\b",
    re.IGNORECASE,
)
"""Who said it: then somebody in the report asks, and not the page."""


def is_call(text: str) -> bool:
    """Whether a sentence asks the reader for something: to read on, to subscribe, to give."""
    return _CALL.search(text) is not None and _TOLD.search(text) is None


def ends(text: str) -> bool:
    """Whether a piece has a mark at its end, as a sentence has."""
    return _END.search(text) is not None


def ends_open(text: str) -> bool:
    """Whether a piece stops where no sentence does, mark or no mark."""
    return _OPEN_END.search(text) is not None


def is_cut(text: str, *, others_end: bool) -> bool:
    """Whether a piece stops before its end.

    Args:
        text: the piece.
        others_end: whether other pieces of the same text end with a mark; one that has none is then cut, or a caption.
    """
    if ends_open(text):
        return True
    return not ends(text) and (others_end or _OPEN_BEGINNING.match(text) is not None)


def is_half_quoted(text: str) -> bool:
    """Whether a quotation begins in a piece and does not end there, or the other way round.

    Inches are no quotation. A single mark may be an apostrophe, so only those count that can be none: one that opens a piece, or
    stands behind its last point.
    """
    straight = text.count('"')
    if straight % 2 and (straight - len(_INCHES.findall(text))) % 2:
        return True
    if text.count("«") != text.count("»") or text.count("``") != text.count("''"):
        return True
    if "„" in text:  # closed by a mark that opens a quotation in other languages
        return text.count("„") != text.count("“") + text.count("”")
    if text.count("“") != text.count("”") or any(text.count(one) != text.count(other) for one, other in _PAIRS):
        return True
    opens, closes = _SINGLE_OPEN.search(text), _SINGLE_CLOSE.search(text)
    if opens and opens.start() == 0 and not closes:
        return True
    return _SINGLE_END.search(text) is not None and not opens


def is_unbalanced(text: str) -> bool:
    """Whether a bracket begins in a piece and does not end there, or the other way round; "a)" before a point is no bracket."""
    if text.count("[") != text.count("]"):
        return True
    surplus = text.count(")") - text.count("(")
    return surplus < 0 or (surplus > 0 and surplus > len(_POINT.findall(text)))


def is_label(text: str) -> bool:
    """Whether a piece is a row of names or another page's headline: many words, each with a capital, and no point."""
    found = text.split()
    named = len(found) >= LABEL and all(word[0].isupper() or not word[0].isalpha() for word in found)
    return named and not (text.isupper() or _POINT_END.search(text))
