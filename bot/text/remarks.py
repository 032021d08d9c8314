"""What a line says beside an article's words: remarks about the article itself, and calls for a subscription. Pure.

Promises: a sentence is a remark or a call only if it is nothing else; what is doubtful, and whatever else stands in the line,
stays text. A call speaks to its reader, or is a label that sites print; news of officers who log in to read plates is neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.text.sentences import split


@dataclass(frozen=True, slots=True)
class Apart:
    """A line taken apart.

    Attributes:
        text: the article's words; the line as it was if nothing else stands in it.
        notes: sentences that are remarks about the article.
        asks: a sentence asks for a subscription.
    """

    text: str
    notes: tuple[str, ...] = ()
    asks: bool = False


LONGEST = 300
"""Characters above which a sentence is no remark and no call, however it begins."""


def _whole(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# ---------------------------------------------------------------- calls for a subscription

_ACT = (
    r"(?:please )?(?:subscribe|sign (?:in|up)|log ?in|register|join(?: us| now)?|upgrade|"
    r"become an? (?:[\w-]+ )?(?:member|subscriber|supporter)|(?:create|open) (?:an?|your)(?: free)? account|"
    r"start (?:a|your)(?: [\w-]+){0,2} (?:trial|subscription)|(?:get|buy|take out) (?:a|your)(?: [\w-]+)? subscription|"
    r"get (?:full|unlimited|digital) access)"
)
_ACTS = rf"{_ACT}(?:(?:,? or |,? and |/|, ){_ACT})*(?: (?:now|today|here|below|for free|free|with us))*"
_READABLE = r"articles?|stor(?:y|ies)|content|posts?|piece|column|report|site|website|page|text"
_OBJECT = (
    r"(?:it|on|more|all|everything|now|here|the rest|"
    r"(?:this|the|all|our|more|unlimited|premium|exclusive)"
    r"(?: (?:of|our|this|the|full|whole|entire|complete|rest|premium|exclusive|remaining|subscriber|unlimited|access|to|"
    rf"{_READABLE}))+)"
)
_AIM = (
    rf"(?:(?:continue|keep|finish|keep on) reading(?: {_OBJECT})?|continue|"
    rf"(?:read|unlock|access|view|see|get access to) {_OBJECT}|read)"
)
_PRICE = r"(?: (?:for|from)(?: just| only| as little as)? [$€£]?\d[\w .,/€£$]{0,25})?"
_READERS = r"(?:(?:our|all|paid|paying|registered|premium|digital|full|the) )*(?:subscribers|members|supporters)(?: only)?"
_CALL = _whole(
    rf"{_ACTS}(?: to [\w’'.& -]{{1,40}})? to {_AIM}{_PRICE}",
    rf"(?:in order )?to {_AIM},? (?:you (?:must|need to|have to) |simply )?{_ACTS}{_PRICE}",
    rf"(?:want |would you like |in order )?to (?:continue|keep|finish) reading(?: {_OBJECT})?",
    rf"you (?:must|need to|have to) (?:be (?:(?:logged|signed) in|an? (?:[\w-]+ )?(?:subscriber|member))|{_ACT}) to {_AIM}",
    r"(?:are you )?(?:already|not)(?: yet)? (?:an? (?:[\w-]+ )?(?:subscriber|member)|subscribed|registered)(?: yet)?"
    rf"(?:\s*[?,:–—-]?\s*{_ACTS})?",
    rf"(?:this|the rest of (?:this|the)|(?:the )?full) (?:{_READABLE}) is (?:only |exclusively |currently )*"
    rf"(?:for|available (?:only |exclusively )?(?:to|for)|reserved for|exclusive to|limited to|restricted to) {_READERS}",
    rf"for {_READERS}|exclusive(?:ly)? (?:to|for) {_READERS}|subscribers? only|members? only",
    rf"(?:this is an? )?(?:subscribers?|members?)[- ](?:only|exclusive)(?: (?:{_READABLE}))?",
    r"(?:(?:(?:cet |l[’'])?article|(?:ce )?contenu|(?:la )?suite(?: de (?:cet|l[’']) ?article)?)(?: est)? )?réservée? aux abonnés",
    r"(?:(?:dieser? )?(?:artikel|beitrag|text|inhalt)(?: ist)? )?(?:exklusiv )?nur für abonnenten"
    r"(?: (?:verfügbar|lesbar|zugänglich))?",
    r"(?:(?:este )?(?:contenido|artículo|conteúdo|artigo|texto)(?: (?:es|é))? )?exclusivo para (?:suscriptores|assinantes)",
    r"(?:(?:questo )?(?:articolo|contenuto)(?: è)? )?(?:solo |riservato |esclusivo )*(?:per (?:gli )?|agli )abbonati",
)
"""A sentence that is a call and nothing else; each begins with what its reader is to do, or is a label."""
_BESIDE = _whole(_ACTS)
"""What stands beside a call: "Log in here"."""
_APPEAL = re.compile(
    r"\b(?:you|your|we|our|us)\b.*\b(?:support\w*|subscri\w+|donat\w+|gifts?|contribut\w+|member(?:s|ship)?)\b|"
    r"\b(?:support\w*|subscri\w+|donat\w+|gifts?|contribut\w+|member(?:s|ship)?)\b.*\b(?:you|your|we|our|us)\b",
    re.IGNORECASE,
)
"""Why one should subscribe, said behind a call."""


def is_paywall(line: str) -> bool:
    """Whether a line asks for a subscription before the rest may be read, and does nothing else."""
    if len(line) > LONGEST or not _MAY_CALL.search(line):
        return False
    sentences = split(line)
    return any(map(_is_call, sentences)) and all(_is_call(sentence) or _is_beside(sentence) for sentence in sentences)


_MAY_CALL = re.compile(
    r"read|continue|unlock|access|view|see|subscri|member|registered|abonn|abbonati|suscript|assinant", re.IGNORECASE
)
"""A word of every call: most lines have none, and are asked no more."""


def _is_call(sentence: str) -> bool:
    return len(sentence) <= LONGEST and _CALL.fullmatch(_bare(sentence)) is not None


def _is_beside(sentence: str) -> bool:
    return _BESIDE.fullmatch(_bare(sentence)) is not None


def _bare(sentence: str) -> str:
    return " ".join(sentence.strip(" \t:|›»>→•*-–—.!?…()[]").split())


# ---------------------------------------------------------------- remarks about the article

_THIS = (
    r"(?:this (?:article|story|post|piece|column|report|page|version|headline|caption|transcript)|"
    r"the (?:article|story|post|headline|caption) above)"
)
_BE = r"(?:was|is|has been|had been|have been|will be|were)"
_EVER = r"(?:first |originally |also |since |last |previously |recently |automatically |later |jointly |co-?)*"
_CHANGED = r"(?:updated|corrected|amended|edited|revised|clarified|changed|modified)"
_PLACED = r"(?:published|posted|syndicated|republished|reprinted|produced|translated|adapted|reported)"
_NO_CLAUSE = r"(?:(?!\b(?:who|whose|which|that|says?|said|shows?|tells?|told|but|using|used?|uses|began|found)\b)[^;:]){0,160}"
"""Where an article stood: a name and a date, and no further statement."""
_WHERE = r"(?: in| on| at| by| with| as| under| for| from)"
_LABEL_TAIL = r"(?: ?\([^)]{1,30}\)|,? [^:：—–]{0,20}\d[^:：—–]{0,8})?\s*[:：—–]\s*"
_DAYS = r"mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun"
_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?"
)
_WHEN = (
    rf"(?:[\s\d.,:/()–-]|\b(?:(?:{_DAYS})(?:day)?|{_MONTHS}|[ap]\.?m\b\.?|\d+(?:st|nd|rd|th|h)|noon|midnight|until|till|to|for|before|"
    r"after|on|at|the|of|local|time|hours?|hrs|utc|gmt|bst|c?es?t|[ecmp][sd]t|eastern|central|pacific)\b)*"
)
_OWN = (
    rf"(?:.*\b(?:(?:this|our|an? (?:earlier|previous|original)|earlier|previous) "
    r"(?:version|article|story|post|piece|column|page|headline|byline|caption|entry|transcript)"
    rf"|the (?:article|story|post|piece|column|headline|byline|caption) (?:above |below )?{_BE})\b.*"
    r"|(?:the|this) (?:author|writer|reporter)(?!s? of)\b.*"
    r"|(?:adds?|added|includes?|correct(?:s|ed)|clarif(?:ies|ied)|reflects|updates|updated|removes)(?: [\w’'-]+){0,4}? "
    r"(?:comments?|details?|quotes?|response|responses|information|links?|photos?|statements?|reactions?|headline|typos?|"
    r"spelling|names?|dates?|paragraphs?|byline|caption|background|context)\b.*)"
)
"""What an update says of the text; without such words it tells what happened since."""
_NOTE = _whole(
    rf"{_THIS}(?:, [^,;]{{1,40}},)?(?: {_BE})?(?: {_EVER}{_CHANGED},? and)? {_EVER}{_CHANGED}\b(?! by\b.*\b(?:who|that|using)\b).*",
    rf"{_THIS}(?: (?:by|from) [^,.;:]{{1,40}})? {_BE} {_EVER}{_PLACED}{_WHERE}\b{_NO_CLAUSE}",
    rf"{_THIS}(?:, [^,;:]{{1,40}},)? {_EVER}(?:ran|appeared|appears){_WHERE}\b{_NO_CLAUSE}",
    rf"(?:correction|corrected|clarification|correction to (?:this|an earlier) (?:article|story)){_LABEL_TAIL}.+",
    rf"(?:updated?|editor[’']?s?[’']? note|note to readers|disclosure|disclaimer|syndicated|republished){_LABEL_TAIL}{_OWN}",
    r"(?:an|a) (?:earlier|previous) version of (?:this|the) (?:article|story|post|report|headline|caption)\b.*",
    r"(?:it|(?:this|the) (?:article|story|post|headline)) (?:previously|originally|incorrectly|wrongly|mistakenly) \w+.*",
    r"we regret the error",
    r"(?:originally|first) (?:published|appeared|posted|ran) (?:in|on|at|by)\b[^,;:]{1,60}"
    r"(?:, (?-i:[A-Z0-9][\w.’'-]*)(?: (?-i:[A-Z0-9][\w.’'-]*))*)*",
    rf"(?:strictly )?(?:under (?:strict )?embargo|embargo(?:ed)?)\b{_WHEN}",
    rf"not for (?:publication|release|broadcast) (?:before|until)\b{_WHEN}",
    rf"(?:for immediate release|hold for release)\b{_WHEN}",
    r"(?:dieser (?:artikel|beitrag|text)|cet article|este artículo|este artigo|questo articolo|dit artikel) "
    r"(?:(?:wurde|ist|a été|est|fue|ha sido|foi|è stato|werd|is)\b[^,;:]{0,40} (?:aktualisiert|erschienen|veröffentlicht|"
    r"mis à jour|publié|paru|actualizado|publicado|atualizado|aggiornato|pubblicato|bijgewerkt)|erschien|verscheen)\b[^,;:]{0,80}",
)
_TELLS = re.compile(r"\b(?:add|include|note|mention|show|report|reflect|reveal)(?:s|d|ed|ing)? that\b", re.IGNORECASE)
"""A remark on what was added that tells it: that is news."""
_MAY_REMARK = re.compile(
    r"^\W*(?:this|the|updated?|correct|clarif|editor|note|discl|syndicated|republished|an? (?:earlier|previous)|originally|first|"
    r"strictly|under|embargo|not for|for immediate|hold for|dieser|cet|este|questo|dit|it|we regret)",
    re.IGNORECASE,
)


def is_note(line: str) -> bool:
    """Whether a line is remarks about the article itself and nothing else: updated, corrected, taken over, under embargo."""
    apart_of = apart(line)
    return bool(apart_of.notes) and not apart_of.text


def apart(line: str) -> Apart:
    """Take a line apart. Remarks are looked for from its beginning on: behind news they are part of it."""
    first = _MAY_REMARK.match(line) is not None
    if not first and not _MAY_CALL.search(line):
        return Apart(line)
    sentences = split(line)
    asks = any(map(_is_call, sentences))
    notes: list[str] = []
    rest: list[str] = []
    behind = False
    for at, sentence in enumerate(sentences):
        if (at == 0 or notes) and _is_remark(sentence):
            notes.append(sentence)
        elif asks and (_is_call(sentence) or _is_beside(sentence) or (behind and _APPEAL.search(sentence))):
            behind = True
        else:
            rest.append(sentence)
    if not notes and not asks:
        return Apart(line)
    return Apart(" ".join(rest), tuple(notes), asks)


def _is_remark(sentence: str) -> bool:
    if len(sentence) > LONGEST or _TELLS.search(sentence) or _is_call(sentence):
        return False
    return _NOTE.fullmatch(sentence.strip(" \t*()[]_").rstrip(".!")) is not None
