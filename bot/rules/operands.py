"""Words, phrases, names and regular expressions of a query, with the prefixes before them.

Promises: a sign that would have no effect is refused, never dropped. Knows nothing of AND, OR and NEAR: that is
``bot.rules.query``.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

import re2
from lark import Token

from bot.core.errors import QueryError
from bot.core.spoken import later, tr
from bot.rules import grammar
from bot.rules.expression import WHOLE_VALUE, Caution, Expression, Field, Pattern, Reference, Term, Times
from bot.rules.terms import BadTerm, pieces

MAX_BETWEEN = 50
"""Most words between the two sides of NEAR/n, and most extra words of "..."~n (docs/rules.md)."""

MAX_PHRASE = 100
"""Most words of a phrase (docs/rules.md), a character of a script without blanks being one: three long sentences."""

MAX_LOOSE = 20
"""Most words of "..."~n (docs/rules.md), counted in the same way: the search walks through all of them
for each place of the first. A longer row of words that may be moved apart says less than its rarest words with NEAR."""

MAX_REGEX = 500
"""Longest regular expression in code points: RE2 compiles any 500 in milliseconds, while 18,000 parentheses take it seconds."""

MAX_TIMES = 100
"""Most repeats that xN: may ask for; more has no use in a news article."""

_FIELDS = {field.value: field for field in Field}
_FOREIGN_FIELDS = {
    **dict.fromkeys(("intitle", "headline"), "title:"),
    **dict.fromkeys(("intext", "text", "content", "content_text"), "body:"),
    **dict.fromkeys(("site", "inurl", "domain", "link", "http", "https"), "url:"),
    **dict.fromkeys(("language", "sourcelang"), "lang:"),
    **dict.fromkeys(("case", "raw"), "cs:"),
    **dict.fromkeys(("publisher", "publication"), "outlet:"),
    **dict.fromkeys(("tags", "category", "label"), "tag:"),
    "feed": "source:",
}
_SCOPE = re.compile(r"([^\W\d]\w*):")
_TIMES = re.compile(r"x(\d+)")
_NAME = re.compile(r"[\w-]+")
_LOWER_OPERATORS = re.compile(r"and|or|not|(?:o?near|within|w)(?:/\d*)?", re.IGNORECASE)
# Signs that other query languages give a meaning; taken as punctuation they would be ignored in silence.
_RESERVED = {
    "|": (later("{sign} has no meaning here"), later("Write OR between alternatives.")),
    "^": (later("^ (a boost) has no meaning here: an article matches or does not"), later("Take it away.")),
    "~": (
        later("~ after a word (spelling variants) is not supported: near spellings of names are other names"),
        later("Use ? or list the spellings with OR."),
    ),
    "!": (later("{sign} has no meaning here"), later("Write -word for what must not be found, or put the words in quotes.")),
    "\\": (later("{sign} has no meaning here"), later("Put the words in quotes.")),
    "[": (later("{sign} (a range) is not supported"), later("Put the words in quotes if you search for the text.")),
    "]": (later("{sign} (a range) is not supported"), later("Put the words in quotes if you search for the text.")),
    "{": (later("{sign} has no meaning here"), later("Put the words in quotes if you search for the text.")),
    "}": (later("{sign} has no meaning here"), later("Put the words in quotes if you search for the text.")),
    **dict.fromkeys(";=<>", (later("{sign} has no meaning here"), later("Put the words in quotes."))),
}
_PAIRS = {"[": "[ ]", "]": "[ ]", "{": "{ }", "}": "{ }"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What the prefixes around a term say."""

    field: Field | None = None
    exact: bool = False


class Operands:
    """Reads the operands of one query; ``cautions`` collects what its author may not have meant."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.plain = grammar.plain(source)
        self.cautions: list[Caution] = []

    def fail(self, offset: int, message: str, suggestion: str | None = None) -> QueryError:
        """A QueryError at a code point of this query."""
        return grammar.failure(self.source, offset, message, suggestion)

    # ------------------------------------------------------------ words, phrases, names

    def word(self, token: Token, scope: Scope) -> Expression:
        """A bare word or a ``@name``, with its prefixes."""
        start, end = token.start_pos or 0, token.end_pos or 0
        value: str = token.value
        if self.plain[end : end + 1] == '"':
            raise self.fail(
                end,
                tr("put a blank between {value} and the quote", value=value),
                tr('Words side by side must all be found: drone "plate reader".'),
            )
        inner, count, used = self.scopes(value, start, scope)
        rest, at = value[used:], start + used
        if not rest:
            raise self.fail(
                at,
                tr("{value} needs a word, phrase or ( right after it, without a blank", value=value),
                tr("Write {value}word.", value=value),
            )
        if rest.startswith("-"):
            raise self.fail(
                at,
                tr("{value} stands before what must not be found", value=value[:used]),
                tr("Write -{value}{lstrip}.", value=value[:used], lstrip=rest.lstrip("-")),
            )
        if rest.startswith("@"):
            node: Expression = self._reference(rest, start, at, end, inner)
        else:
            self._check_bare(rest, at, inner)
            node = self._term(rest, at, end, inner, quoted=False)
            if not used and _LOWER_OPERATORS.fullmatch(rest):
                self._caution_operator(rest, at)
        return Times(start, end, count, node) if count is not None else replace(node, start=start)

    def quoted(self, tokens: list[Token], scope: Scope) -> Expression:
        """A phrase in quotes, with its prefixes and its ``~n``."""
        start, end = tokens[0].start_pos or 0, tokens[-1].end_pos or 0
        count = None
        if len(tokens) > 1:
            scope, count, _ = self.scopes(tokens[0].value, start, scope)
        quoted = tokens[-1]
        at = quoted.start_pos or 0
        phrase, _, suffix = quoted.value[1:].partition('"')
        after = at + len(phrase) + 2
        slop = 0
        if suffix:
            if not suffix.startswith("~") or not suffix[1:].isdigit():
                raise self._bad_suffix(suffix, after)
            between = number(suffix[1:])
            if between is None or between > MAX_BETWEEN:
                raise self.fail(
                    after,
                    tr('"..."~n takes 0 to {max_between} words between', max_between=MAX_BETWEEN),
                    tr("Beyond that, write the words with AND."),
                )
            slop = between
        term = self._term(phrase, at + 1, end, scope, quoted=True, slop=slop)
        if slop and len(term.pieces) == 1:
            raise self.fail(
                after,
                tr("{suffix} has no effect on a single word", suffix=suffix),
                tr("Take {suffix} away, or use NEAR/{slop}.", suffix=suffix, slop=slop),
            )
        if slop and len(term.pieces) > MAX_LOOSE:
            raise self.fail(
                at,
                tr(
                    '"..."~n takes at most {max_loose} words, and this phrase has {pieces}',
                    max_loose=MAX_LOOSE,
                    pieces=len(term.pieces),
                ),
                tr("Take {suffix} away, or keep the words that matter and join them with NEAR.", suffix=suffix),
            )
        if slop and scope.field in WHOLE_VALUE:
            raise self.fail(
                after,
                tr("{field}: compares whole values, so {suffix} has no effect", field=scope.field, suffix=suffix),
                tr("Take {suffix} away.", suffix=suffix),
            )
        return Times(start, end, count, term) if count is not None else replace(term, start=start)

    def _bad_suffix(self, suffix: str, offset: int) -> QueryError:
        if suffix.startswith("~"):
            return self.fail(
                offset,
                tr("{suffix} after a phrase needs the most words that may stand between", suffix=suffix),
                tr('Write "face recognition"~3.'),
            )
        if suffix.startswith("*"):
            return self.fail(offset, tr("a * stands at the end of a word, inside the quotes"), tr('Write "face recogni*".'))
        if suffix[0] in _RESERVED:
            return self.fail(offset, *_foreign_sign(suffix[0]))
        return self.fail(
            offset,
            tr("put a blank between the closing quote and {short}", short=short(suffix)),
            tr('Only ~n may stand right after it: "plate reader"~2.'),
        )

    def _term(self, text: str, at: int, end: int, scope: Scope, *, quoted: bool, slop: int = 0) -> Term:
        try:
            found = pieces(text, quoted=quoted, exact=scope.exact, field=scope.field)
        except BadTerm as bad:
            raise self.fail(at, bad.message, bad.suggestion or tr("Write a whole word, or more of it.")) from None
        if len(found) > MAX_PHRASE:
            raise self.fail(
                at,
                tr("a phrase has at most {max_phrase} words, and this one has {found}", max_phrase=MAX_PHRASE, found=len(found)),
                tr("A sentence of it is enough to find the text."),
            )
        return Term(at, end, found, slop, quoted, scope.exact, scope.field)

    def _check_bare(self, text: str, at: int, scope: Scope) -> None:
        if text[0] in "'‘’‚‛`´":
            raise self.fail(at, tr("single quotes do not mark a phrase"), tr('Use double quotes: "facial recognition".'))
        if text[0] == "/" and scope.field is not Field.URL:
            raise self.fail(
                at, tr("a / at the beginning starts a regular expression, and this one has no end"),
                tr("Write title:/.../, or take the / away if you search for the word."),
            )  # fmt: skip
        if text[0] == "+":
            raise self.fail(at, tr("a + before a word has no meaning here: every word must be found anyway"), tr("Take it away."))
        if "&&" in text:
            raise self.fail(at + text.index("&&"), tr("&& has no meaning here"), tr("Write AND, or just a blank."))
        if scope.field is Field.URL:
            return
        for offset, sign in enumerate(text):
            if sign in _RESERVED:
                raise self.fail(at + offset, *_foreign_sign(sign))
            if sign == ":":
                raise self.fail(
                    at + offset,
                    tr("a colon stands only after the name of a field"),
                    tr('To search for the text, write "{text}".', text=text),
                )

    def _caution_operator(self, word: str, at: int) -> None:
        name, slash, between = word.upper().partition("/")
        if name in {"W", "WITHIN"} and not slash:
            return
        if "NEAR" in name or slash:
            name = f"{'ONEAR' if name == 'ONEAR' else 'NEAR'}/{between or 8}"
        self.cautions.append(
            Caution(
                tr("{word} is searched for as a word", word=word), at, tr("Write {name} if it is meant as an operator.", name=name)
            )
        )

    def _reference(self, text: str, start: int, at: int, end: int, scope: Scope) -> Reference:
        match = _NAME.match(text, 1)
        if match is None:
            raise self.fail(at, tr("@ needs the name of an entity or of a part named by let"), tr("Write @name, without a blank."))
        rest = text[match.end() :]
        if rest not in {"", "+products"}:
            raise self.fail(
                at + match.end(), tr("{rest} cannot follow @{group}", rest=rest, group=match.group()), tr("Only +products can.")
            )
        if scope.exact:
            raise self.fail(
                start,
                tr("cs: cannot stand before @{group}: an entity says itself where case counts", group=match.group()),
                tr("Take cs: away."),
            )
        if scope.field in WHOLE_VALUE:
            raise self.fail(
                start,
                tr("{field}: compares whole values and takes no @name", field=scope.field),
                tr("Write {field}:word.", field=scope.field),
            )
        return Reference(start, end, match.group(), bool(rest), scope.field)

    # ------------------------------------------------------------ prefixes and regular expressions

    def scopes(self, text: str, at: int, scope: Scope) -> tuple[Scope, int | None, int]:
        """The prefixes at the start of a text: the scope they make, xN's number, and how long they are."""
        count = None
        used = 0
        while match := _SCOPE.match(text, used):
            name, offset = match.group(1), at + used
            times = _TIMES.fullmatch(name)
            if times:
                if count is not None:
                    raise self.fail(offset, tr("xN: stands only once before a word or group"), tr("Take one of the two away."))
                count = number(times.group(1))
                if count is None or not 1 <= count <= MAX_TIMES:
                    raise self.fail(
                        offset,
                        tr("{short}: asks for a number of places from 1 to {max_times}", short=short(name), max_times=MAX_TIMES),
                        tr("Write x3:drone."),
                    )
            elif name == "cs":
                scope = replace(scope, exact=True)
            elif name in _FIELDS:
                if scope.field not in {None, _FIELDS[name]}:
                    raise self.fail(
                        offset,
                        tr("{name}: stands inside {field}:, and no word is in both", name=name, field=scope.field),
                        tr("Write them side by side."),
                    )
                scope = replace(scope, field=_FIELDS[name])
            elif scope.field in {Field.URL, Field.SOURCE, Field.OUTLET}:
                break  # an address or a name may hold a colon itself
            else:
                raise self._unknown_field(name, offset, text)
            used = match.end()
        return scope, count, used

    def _unknown_field(self, name: str, offset: int, text: str) -> QueryError:
        known = [f"{field}:" for field in _FIELDS] + ["cs:"]
        near = _FOREIGN_FIELDS.get(name.lower()) or next(iter(difflib.get_close_matches(f"{name.lower()}:", known, 1)), None)
        meant = tr("Did you mean {near}?", near=near) if near else tr("Fields are {join}.", join=", ".join(known[:-1]))
        return self.fail(
            offset,
            tr("there is no field {name}:", name=name),
            tr('{meant} To search for the text itself, write it in quotes: "{short}".', meant=meant, short=short(text)),
        )

    def regex(self, token: Token, scope: Scope) -> Expression:
        """A regular expression with its prefixes; after url: a plain path is words, not an expression."""
        start, end = token.start_pos or 0, token.end_pos or 0
        inner, count, used = self.scopes(token.value, start, scope)
        at = start + used
        body, suffix = token.value[used + 1 :].rsplit("/", 1)
        raw = self.source[at + 1 : at + 1 + len(body)]
        if inner.field not in {Field.TITLE, Field.URL} or token.value[used : used + 1] != "/":
            raise self.fail(
                at, tr("a regular expression /.../ stands only after title: or url:"),
                tr("Write title:/.../, or put the words in quotes if the slashes are part of the text."),
            )  # fmt: skip
        if inner.field is Field.URL and re.fullmatch(r"[\w/-]+", body + suffix):
            node: Expression = self._term(
                body + "/" + suffix, at + 1, end, inner, quoted=True
            )  # a plain path: words of the address
            return Times(start, end, count, node) if count is not None else replace(node, start=start)
        if suffix:
            raise self.fail(
                at + len(body) + 2,
                tr("put a blank after the closing / of the regular expression, before {short}", short=short(suffix)),
                tr("Options stand at its beginning: (?-i) makes capitals count; small and capital letters are the same anyway."),
            )
        if inner.exact:
            raise self.fail(
                start, tr("cs: has no effect on a regular expression"), tr("Write (?-i) at its beginning to compare case.")
            )
        self._check_regex(raw, at)
        pattern = Pattern(start, end, raw, inner.field)
        return Times(start, end, count, pattern) if count is not None else pattern

    def _check_regex(self, pattern: str, at: int) -> None:
        if len(pattern) > MAX_REGEX:
            raise self.fail(
                at,
                tr("this regular expression is longer than {max_regex} characters", max_regex=MAX_REGEX),
                tr("Use words, or several expressions with OR."),
            )
        try:
            compiled = compile_regex(pattern)
        except (re2.error, UnicodeEncodeError) as error:
            detail = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
            raise self.fail(
                at,
                tr("RE2 cannot read this regular expression ({detail})", detail=detail),
                tr("See github.com/google/re2/wiki/Syntax."),
            ) from None
        if compiled.search("") is not None or all(compiled.search(letter) for letter in "eqx"):
            raise self.fail(
                at, tr("this regular expression fits an empty text or any letter, so it would match every article"),
                tr("Write at least one word into it."),
            )  # fmt: skip


def compile_regex(pattern: str) -> re2._Regexp[str]:
    """A person's regular expression: RE2 (linear time), without case, 1 MiB of memory at most.

    Raises:
        re2.error: RE2 cannot read it.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


def number(digits: str) -> int | None:
    """The number that up to four ASCII digits write, else None: no number of the language is larger."""
    return int(digits) if 0 < len(digits) <= 4 and digits.isascii() and digits.isdigit() else None


def short(text: str, most: int = 40) -> str:
    """The text, cut for a message."""
    return text if len(text) <= most else text[: most - 3] + "..."


def _foreign_sign(sign: str) -> tuple[str, str]:
    """What is wrong with a sign of another query language, and what to write."""
    told, suggestion = _RESERVED[sign]
    return tr(told, sign=_PAIRS.get(sign, sign)), tr(suggestion)
