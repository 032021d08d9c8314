"""Text into sentences, each verbatim in the text. Pure and linear; nothing but white space between sentences is lost.

The rules are English; marks of other scripts (``。`` ``؟`` ``।``) end a sentence too. A cut is made only where it is likely: a
wrong cut shows a reader half a quote, a missing one only a longer sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from bot.text.wordset import word_set

_TITLES = word_set(
    "Adm Atty Brig Capt Cmdr Col Cpl Det Dr Fr Gen Gov Hon Insp Lt Maj Messrs Mgr Mr Mrs Ms Mx Pfc Ph Pres Prof Pvt Rep",
    "Reps Rev Rt Sen Sens Sgt Supt Ste Fig Figs Vol Art Sec Mt Ft",
)
_LEADS_ON = word_set("no nos vs v cf approx fig figs vol vols pp e.g i.e viz")
"""Abbreviations that always lead on to what they belong to (titles only with their capital)."""

_NAME_PARTS = word_set(
    "Ave Blvd Bros Co Corp Dept Div Inc Intl Jr LLC Ltd Plc Pty Rd Sr St Univ Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov",
    "Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Mich",
    "Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo",
)
_SELDOM_LAST = word_set("etc inc corp ltd plc dept st ave al ed eds")
"""Abbreviations after which a sentence ends only if the next word clearly begins one."""

_STARTERS = word_set(
    "a after all also although among an and another any are as at because before both but by despite during each earlier",
    "even every few first for from further he her here his how however i if in instead is it its last later like many",
    "meanwhile more most much my neither no nobody none nor not nothing now of officials on once one only or other others",
    "our over police some since she so still such that the their then there these they this those though through thus to",
    "today two under unlike until we were what when where whether which while who why with without yesterday yet you your",
)
"""Words that begin a sentence and hardly ever follow an abbreviation inside one."""

_CLOCK_FOLLOWERS = word_set(
    "atlantic central eastern mountain pacific gmt utc bst cet cest et est edt ct cst cdt mt mst mdt pt pst pdt ist jst",
    "aest monday tuesday wednesday thursday friday saturday sunday january february march april may june july august",
    "september october november december",
)
_SPEECH = word_set(
    "added argued announced asked asks called cried declared demanded explained insisted noted posted quipped read replied",
    "responded said say says shouted stated tells thought told tweeted warned wondered writes wrote",
)
_LONGEST_QUOTE = 400
"""Code points of a quotation that is kept whole; a longer one is cut at its own sentences."""

_WRAPPED_LINE = 50
"""A line at least this long that ends without a stop goes on in the next (mail and old text files wrap at 60 to 80)."""

_OPENERS = "\"'“‘„«‹([{"
_CLOSERS = "\"'”’»›)]}"
_STOPS = ".!?…‽؟।۔。！？｡"
_WIDE_STOPS = "。！？｡"
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_CANDIDATE = re.compile(
    rf"(?<![{_STOPS}])(?P<stop>[{_STOPS}]++)(?P<close>[{re.escape(_CLOSERS)}]*+)(?=\s|$|[“„]\w)|[{_WIDE_STOPS}]+[”’」』）]*|\n"
)
_LAST_TOKEN = re.compile(r"[^\s(\[{\"“”‘«—–/]{1,40}\Z")
_FIRST_WORD = re.compile(rf"\s*[{re.escape(_OPENERS)}]*(?P<word>[^\s{re.escape(_CLOSERS)},.;:!?…—–]*)")
_NEXT_WORDS = re.compile(r"\s*(\S+)(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+\Z")
_CLOCK = re.compile(r"[ap]\.?m\.\Z", re.IGNORECASE)
_NUMBERED = re.compile(r"[(\[]?(?:\d{1,3}|[ivxIVX]{1,5}|[a-zA-Z])\.\Z")
_BULLET = re.compile(r"\s*(?:[•‣◦▪●*–—-]|\d{1,3}[.)])\s")


def split(text: str) -> tuple[str, ...]:
    """The sentences of ``text`` in order, stripped of white space around them.

    Args:
        text: paragraphs separated by blank lines; a paragraph's end always ends a sentence.
    """
    sentences: list[str] = []
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        sentences += _split_paragraph(text[start : gap.start()])
        start = gap.end()
    sentences += _split_paragraph(text[start:])
    return tuple(sentences)


def _split_paragraph(paragraph: str) -> list[str]:
    quotes = _quotations(paragraph)
    found: list[str] = []
    start = 0
    for candidate in _CANDIDATE.finditer(paragraph):
        end = candidate.end()
        if end <= start or _inside(quotes, end) or not _ends_sentence(paragraph, start, candidate):
            continue
        if sentence := paragraph[start:end].strip():
            found.append(sentence)
        start = end
    if sentence := paragraph[start:].strip():
        found.append(sentence)
    return found


def _quotations(paragraph: str) -> list[tuple[int, int]]:
    """Start and end of every closed double quotation of moderate length, in order."""
    spans: list[tuple[int, int]] = []
    opened, kind = -1, ""
    for mark in re.finditer('["“”„«»]', paragraph):
        char, at = mark[0], mark.start()
        if opened < 0:
            if char in "“„«" or (char == '"' and (at == 0 or paragraph[at - 1].isspace() or paragraph[at - 1] in "([—–-")):
                opened, kind = at, char
        elif char in {"“": "”", "„": "“”", "«": "»", '"': '"'}[kind]:
            if at - opened <= _LONGEST_QUOTE:
                spans.append((opened, at + 1))
            opened = -1
        elif char == kind:
            opened = at
    return spans


def _inside(spans: list[tuple[int, int]], at: int) -> bool:
    index = bisect_right(spans, (at, -1)) - 1
    return index >= 0 and spans[index][0] < at < spans[index][1]


def _ends_sentence(paragraph: str, start: int, candidate: re.Match[str]) -> bool:
    if candidate[0] == "\n":
        return _line_ends(paragraph, start, candidate.start())
    stop = candidate["stop"]
    following = _following(paragraph, candidate.end())
    if stop is None or following is None:
        return True
    quoted = bool(candidate["close"])
    if quoted and stop != "." and _is_attribution(paragraph, candidate.end()):
        return False
    if following[:1].islower() and not following[1:2].isupper():
        return False
    return quoted or stop != "." or _full_stop_ends(paragraph, start, candidate.end(), following)


def _full_stop_ends(paragraph: str, start: int, end: int, word: str) -> bool:
    token = found[0] if (found := _LAST_TOKEN.search(paragraph[max(start, end - 41) : end])) else ""
    bare = token.lower().rstrip(".")
    begins = word.lower() in _STARTERS and word[:1].isupper()
    if _CLOCK.search(token):
        return word[:1].isupper() and not word.isupper() and word.lower() not in _CLOCK_FOLLOWERS
    if _NUMBERED.fullmatch(paragraph[start : min(end, start + 12)].strip()) and end - start <= 12:
        return False
    if token == "No.":
        return not word[:1].isdigit()
    if token.rstrip(".") in _TITLES or bare in _LEADS_ON:
        return False
    if _INITIALS.fullmatch(token) or token.rstrip(".") in _NAME_PARTS or bare in _SELDOM_LAST:
        return begins or not word
    return True


def _line_ends(paragraph: str, start: int, at: int) -> bool:
    line = paragraph[max(start, paragraph.rfind("\n", 0, at) + 1) : at].rstrip()
    rest = paragraph[at + 1 : at + 200]
    if not line or line[-1] in _STOPS + _CLOSERS + ":" or _BULLET.match(rest):
        return True
    return len(line) < _WRAPPED_LINE and not rest.lstrip()[:1].islower()


def _following(paragraph: str, at: int) -> str | None:
    """The next word, or None if only white space follows."""
    ahead = paragraph[at : at + 120]
    if not ahead.strip():
        return None
    found = _FIRST_WORD.match(ahead)
    return found["word"] if found else ""


def _is_attribution(paragraph: str, at: int) -> bool:
    """Whether ``Ozer asked`` or ``the mayor of Harbour said`` follows a quoted question or exclamation."""
    found = _NEXT_WORDS.match(paragraph[at : at + 120])
    words = [word.strip(",.;:").lower() for word in found.groups() if word] if found else []
    return any(word in _SPEECH for word in words[:4]) and words[0] not in {"it", "this", "that"}
