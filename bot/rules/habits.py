"""What people type out of habit from other search languages, and slips of the keyboard: each told, none taken in silence.

Promises: a word that is legal here but is an operator, a sign or a field somewhere else is either refused or remarked on,
with what to write instead. Looks at one word or phrase at a time and knows nothing of the tree around it.

The languages meant are those of Lucene, Google, Cision, Meltwater, Brandwatch, Talkwalker, Westlaw, FTS5 and GDELT.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.spoken import later, tr


@dataclass(frozen=True, slots=True)
class Habit:
    """What to tell about a word or phrase.

    Attributes:
        message, suggestion: what is wrong, and a sentence that says what to write.
        offset: where in the word or phrase, in code points.
        refused: the query cannot be taken; otherwise its author is only told.
    """

    message: str
    suggestion: str
    offset: int = 0
    refused: bool = True


_NEAR = re.compile(r"(o?near)([:~.\\_-]?)(\d+)", re.IGNORECASE)
_SLASHED = re.compile(r"([A-Z][A-Z0-9]{1,5})/(\d+)")
_DIGITS_FOR_LETTERS = str.maketrans("301", "EOI")
_GLUED = re.compile(r"(AND|OR|NOT)[-/&|]\S*|(?:AND|BUT)_?NOT")
_COUNT = re.compile(r"(x\d{1,3})([a-z]{3,})?")
NOT_HERE = {
    "PRE": later("Write ONEAR/8 for words in this order, close together."),
    "XOR": later("Write (a OR b) -(a b) if one of two must be found, but not both."),
    "EXCEPT": later("Write -word for what must not be found."),
    "MINUS": later("Write -word for what must not be found."),
    "WITHOUT": later("Write -word for what must not be found."),
    "PLUS": later("Write AND, or just a blank."),
    "ADJ": later("Write ONEAR/0 for words side by side, or put them in quotes."),
    "SAME": later("Write NEAR/20 for words that stand close together."),
    "WITHIN": later("Write NEAR/8 for words that stand close together."),
    "AROUND": later("Write NEAR/8 for words that stand close together."),
    "ATLEAST": later("Write x3:drone for three places, or 2 of (drone, camera, police)."),
}
_DISTANCE = re.compile(r"(adj|pre|p|around|same)/?(\d+)", re.IGNORECASE)
_ALONE = {
    **dict.fromkeys(("&", "+"), later("Write AND, or just a blank.")),
    **dict.fromkeys(("/", "\\"), later("Write OR between alternatives.")),
}
_FIELDS = {
    **dict.fromkeys(
        ("since", "until", "before", "after", "date", "published"), later("A rule has no dates: it judges what comes in.")
    ),
    **dict.fromkeys(
        ("from", "by", "author", "byline", "creator"),
        later("Authors are not searched; outlet: is the publication, source: the id of a source in your configuration."),
    ),
    **dict.fromkeys(("allintitle", "allinurl", "allintext"), later("Write title:(drone police), and url: or body: likewise.")),
    **dict.fromkeys(("hashtag", "keyword", "theme"), later("Did you mean tag:?")),
    **dict.fromkeys(("and", "or", "not"), later("An operator stands between blanks: drone AND police.")),
    **dict.fromkeys(("filetype", "ext"), later("Write url:pdf for a word of the address.")),
}
_NUMBERED_FIELD = re.compile(r"((?i:near|repeat|atleast|times|min)|X)(\d+)")
_PREFIX = re.compile(r"([^\W\d]\w*):")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Scripts whose letters look alike (Unicode Technical Standard 39, confusables): a word mixes them only by mistake."""


_LANGUAGES = """
ar ara arabic; bg bul bulgarian; cs ces cze czech; da dan danish; de deu ger german; el ell gre greek; en eng english;
es spa spanish; et est estonian; fa fas per persian farsi; fi fin finnish; fr fra fre french; he heb hebrew; hi hin hindi;
hr hrv croatian; hu hun hungarian; id ind indonesian; it ita italian; ja jpn japanese; ko kor korean; lt lit lithuanian;
lv lav latvian; ms msa may malay; nl nld dut dutch; no nor norwegian; pl pol polish; pt por portuguese; ro ron rum romanian;
ru rus russian; sk slk slo slovak; sl slv slovenian; sr srp serbian; sv swe swedish; sw swa swahili; th tha thai;
tr tur turkish; uk ukr ukrainian; ur urd urdu; vi vie vietnamese; zh zho chi chinese
"""
LANGUAGE_NAMES = {
    name: code for code, *names in map(str.split, _LANGUAGES.split(";")) for name in names if len(name) > 3
}  # fmt: skip
"""English names of languages to their codes (ISO 639-1)."""

SHORTER_LANGUAGE = {
    name: code for code, *names in map(str.split, _LANGUAGES.split(";")) for name in names if len(name) == 3
}  # fmt: skip
"""Codes of three letters (ISO 639-2) to those of two, which RFC 5646 (2.2.1) asks for where there are any."""


def of_word(word: str, after: str) -> Iterator[Habit]:
    """What to tell about a bare word.

    Args:
        word: as typed, with its prefixes; quotes and dashes made plain.
        after: what follows it at once, without a blank.
    """
    told = _operator(word, after) or _sign(word) or _field(word)
    if told is not None:
        yield told
        return
    if after.startswith("(") and not word.endswith(":"):
        yield _glued_to_group(word)
        return
    yield from _unsearched(word)
    yield from of_letters(word)


def of_prefix(prefixes: str) -> Habit | None:
    """What to tell about the prefixes before a quote or a group."""
    return _field(prefixes)


def of_phrase(phrase: str) -> Iterator[Habit]:
    """What to tell about the inside of a phrase in quotes."""
    for match in re.finditer(r"\S+", phrase):
        word, at = match.group().strip("(),"), match.start()
        if word in {"AND", "OR", "NOT"} or re.fullmatch(r"O?NEAR(/\d+)?", word):
            if phrase.upper() != phrase:
                yield Habit(
                    tr("inside quotes {word} is a word like any other", word=word),
                    tr("Put operators outside: (police OR sheriff) NEAR/5 drone."),
                    at,
                    refused=False,
                )
                return
        elif word.startswith("@") and len(word) > 1:
            yield Habit(
                tr("inside quotes {word} is a word like any other, no entity", word=word),
                tr("Put it outside: {word} NEAR/3 police.", word=word),
                at,
                refused=False,
            )
            return
        elif re.match(r"(title|summary|body|source|outlet|url|tag|lang|cs):\w", word):
            yield Habit(
                tr("inside quotes {value}: is a word like any other", value=word.partition(":")[0]),
                tr('Put it before the quotes: {value}:"face recognition".', value=word.partition(":")[0]),
                at,
                refused=False,
            )
            return
    yield from of_letters(phrase)


def of_letters(text: str) -> Iterator[Habit]:
    """Words whose letters come from scripts that look alike: no article holds such a word but by the same trick."""
    for match in re.finditer(r"[^\W\d_]+", text):
        word = match.group()
        if word.isascii():
            continue
        scripts = [_script(letter) for letter in word]
        main = max(_SCRIPTS, key=scripts.count)
        other = next((position for position, script in enumerate(scripts) if script and script != main), None)
        if other is not None:
            letter, name = word[other], (scripts[other] or "").capitalize()
            yield Habit(
                tr(
                    "{word} mixes alphabets: {letter} is a {name} letter (U+{ord:04X}) among {capitalize} ones",
                    word=word,
                    letter=letter,
                    name=name,
                    ord=ord(letter),
                    capitalize=main.capitalize(),
                ),
                tr("Type the word again if that was not meant."),
                match.start() + other,
                refused=False,
            )
            return


def _script(letter: str) -> str | None:
    name = unicodedata.name(unicodedata.normalize("NFKC", letter)[0], "")
    return next((script for script in _SCRIPTS if name.startswith(script)), None)


# ---------------------------------------------------------------- operators


def of_regex(expression: str) -> Habit | None:
    """What to tell about ``url:/.../`` with something after it."""
    path = re.fullmatch(r"(?:[^\W\d]\w*:)*url:(/[\w/-]+/)(\*|\?\S*)", expression)
    if path is None:
        return None
    return Habit(
        tr("in an address {value} has no meaning here", value=path[2][0]),
        tr("Write url:{value}: what follows may be anything.", value=path[1]),
        path.start(2),
    )


def _operator(word: str, after: str) -> Habit | None:
    return _misspelt(word) or _glued(word, after) or _foreign(word)


def _misspelt(word: str) -> Habit | None:
    near = _NEAR.fullmatch(word)
    if near and (near[1].isupper() or near[2]):
        return Habit(
            tr("{word} is no operator here", word=word), tr("Write {upper}/{value}.", upper=near[1].upper(), value=near[3])
        )
    if near:
        return _as_word(word, tr("Write {upper}/{value} if it is meant as an operator.", upper=near[1].upper(), value=near[3]))
    slashed = _SLASHED.fullmatch(word)
    meant = _nearest_near(slashed[1] if slashed else word)
    if meant and (slashed or any(sign.isdigit() for sign in word)):
        return Habit(
            tr("{word} looks like {meant}, misspelt", word=word, meant=meant),
            tr("Write {meant}/{value}.", meant=meant, value=slashed[2] if slashed else 8),
        )
    if word in {"0R", "N0T"}:
        return Habit(
            tr("{word} looks like {replace}, misspelt", word=word, replace=word.replace("0", "O")),
            tr("Write {replace} with the letter O.", replace=word.replace("0", "O")),
        )
    swapped = next((operator for operator in ("AND", "NOT", "NEAR", "ONEAR") if word in _slips(operator)), None)
    return (
        _as_word(
            word,
            tr("Write {swapped}{value} if it is meant as an operator.", swapped=swapped, value="/8" if "NEAR" in swapped else ""),
        )
        if swapped
        else None
    )


def _glued(word: str, after: str) -> Habit | None:
    if _GLUED.fullmatch(word):
        return Habit(tr("{word} is no operator here", word=word), _instead_of_glued(word))
    group = re.match(r"\((\d+)\)", after)
    if word == "AROUND" and group:
        return Habit(tr("AROUND({value}) is no operator here", value=group[1]), tr("Write NEAR/{value}.", value=group[1]))
    if re.fullmatch(r"atleast\d*", word, re.IGNORECASE) and after.startswith("("):
        return Habit(
            tr("{word}( is no operator here", word=word), tr("Write x3:drone for three places, or 2 of (drone, camera, police).")
        )
    return None


def _foreign(word: str) -> Habit | None:
    distance = _DISTANCE.fullmatch(word)
    if distance and (word.isupper() or "/" in word):
        kind = "ONEAR" if distance[1].lower() in {"adj", "pre"} else "NEAR"
        return _as_word(word, tr("Write {kind}/{value} if it is meant as an operator.", kind=kind, value=distance[2]))
    if word in NOT_HERE:
        return _as_word(word, tr(NOT_HERE[word]))
    if word.lower() == "and/or":
        return _as_word(word, tr("Write OR, which includes both."))
    count = _COUNT.fullmatch(word)
    if count:
        return _as_word(word, tr("Write {value}:{value2} if so many places are meant.", value=count[1], value2=count[2] or "drone"))
    return None


def _as_word(word: str, suggestion: str) -> Habit:
    return Habit(tr("{word} is searched for as a word", word=word), suggestion, refused=False)


def _nearest_near(word: str) -> str | None:
    """NEAR or ONEAR, if the capitals differ from it by a slip or by digits typed for letters."""
    letters = word.translate(_DIGITS_FOR_LETTERS)
    if not word.isupper() or letters != word:
        return letters if letters in {"NEAR", "ONEAR"} and word.isupper() else None
    found = difflib.get_close_matches(letters, ("NEAR", "ONEAR"), 1, 0.75)
    return found[0] if found else None


def _slips(operator: str) -> set[str]:
    """The operator with two neighbouring letters changed over."""
    return {operator[:at] + operator[at + 1] + operator[at] + operator[at + 2 :] for at in range(len(operator) - 1)} - {operator}


def _instead_of_glued(word: str) -> str:
    if word.upper().startswith("AND/OR"):
        return tr("Write OR, which includes both.")
    if re.match(r"(AND|BUT)\W?_?NOT", word):
        return tr("Write AND NOT, or just NOT.")
    operator, rest = re.split(r"\W", word, maxsplit=1)
    return tr('Write {operator} {rest}, or "{lower}" to search for the words.', operator=operator, rest=rest, lower=word.lower())


# ---------------------------------------------------------------- signs and fields


def _sign(word: str) -> Habit | None:
    if word in _ALONE:
        return Habit(tr("{word} has no meaning here", word=word), tr(_ALONE[word]))
    if re.fullmatch(r"~\d*", word):
        return Habit(tr("{word} stands alone", word=word), tr('Write it right after the closing quote: "face recognition"~3.'))
    distance = re.fullmatch(r"/(\d+|[spn])", word)
    if distance:
        within = distance[1] if distance[1].isdigit() else "20"
        return Habit(tr("{word} is no operator here", word=word), tr("Write NEAR/{within} between the two words.", within=within))
    if "@" in word[1:] and not re.match(r"(?:[^\W\d]\w*:)+@[^@]*$", word):
        at = word.rindex("@")
        return Habit(
            tr("{word} names no entity", word=word),
            tr("Put a blank before {value}, or quotes around an address.", value=word[at:]),
            at,
        )
    if re.match(r"(?:[^\W\d]\w*:)*url:\*", word):
        return Habit(
            tr("a * stands only at the end of a word"), tr("Write url:gov: any word of the address is found."), word.index("*")
        )
    return None


def _field(word: str) -> Habit | None:
    at = 0
    while match := _PREFIX.match(word, at):
        name, at = match[1], match.end()
        numbered = _NUMBERED_FIELD.fullmatch(name)
        if numbered:
            meant = f"drone NEAR/{numbered[2]} police" if numbered[1].lower() == "near" else f"x{numbered[2]}:drone"
            return Habit(tr("there is no field {name}:", name=name), tr("Write {meant}.", meant=meant), match.start())
        if name.lower() in _FIELDS:
            return Habit(tr("there is no field {name}:", name=name), tr(_FIELDS[name.lower()]), match.start())
        if word[at:] in {"AND", "OR", "NOT"}:
            return Habit(
                tr("{word} looks for the word {lower}", word=word, lower=word[at:].lower()),
                tr('Write -{name}:drone, or {name}:"{lower}".', name=name, lower=word[at:].lower()),
                at,
            )
    return None


def _glued_to_group(word: str) -> Habit:
    if re.fullmatch(r"\d+of", word, re.IGNORECASE):
        return Habit(tr("the list needs blanks around of"), tr("Write {value} of (drone, camera, police).", value=word[:-2]))
    if word.startswith("@"):
        return Habit(
            tr("put a blank between {word} and the (", word=word),
            tr("Words side by side must all be found: @name (drone OR camera)."),
        )
    return Habit(
        tr("put a blank between {word} and the (", word=word), tr("Words side by side must all be found: police (drone OR camera).")
    )


def _unsearched(word: str) -> Iterator[Habit]:
    """Signs that are no part of a word: they would be dropped without a trace."""
    bare = re.match(r"(?:[^\W\d]\w*:)*", word)
    start = bare.end() if bare else 0
    for at in range(start, len(word)):
        sign = word[at]
        if (sign == "#" and at == start) or (unicodedata.category(sign)[0] == "S" and sign not in "+^|~<>=`´") or sign == "%":
            rest = re.sub(r"[\W_]+", " ", word[start:]).strip()
            if rest:
                yield Habit(tr("the sign {sign} is not searched for", sign=sign), tr("Write {rest}.", rest=rest), at, refused=False)
            return
