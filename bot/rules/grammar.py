"""The grammar of the rule language, and what its reader says when a query does not fit it.

Promises: ``read`` gives a tree of the whole query or a QueryError with line, column, what was expected and what to write;
it never recurses and never takes longer than one pass over the query. Decides nothing about meaning: whether AND and OR
may stand side by side is said by ``bot.rules.query``. One flat rule for sequences keeps the grammar LALR: a grammar that
tells AND from OR goes through Earley, at 1 to 14 ms a query instead of 0.2.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import cast

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedToken

from bot.core.errors import QueryError
from bot.core.spoken import tr

GRAMMAR = r"""
start: sequence
sequence: item (operator? item)*
operator: AND | OR | NEAR
item: (MINUS | NOT)* body
?body: word | group | many
word: WORD | REGEX | PREFIX? QUOTED
group: PREFIX? LPAR sequence RPAR
many: NOF LPAR sequence (COMMA sequence)* RPAR

NOF.9: /\d+\s+of\s*(?=\()/i
AND.8: /AND(?![^\s()",])/
OR.8: /OR(?![^\s()",])/
NOT.8: /NOT(?![^\s()",])/
NEAR.8: /O?NEAR(?:\/[^\s()",]*)?(?![^\s()",])/
REGEX.7: /(?:[^\W\d]\w*:)*\/(?:[^\/\\\n]|\\.)+\/[^\s()",]*/
QUOTED.6: /"[^"]*"[^\s()",]*/
PREFIX.6: /(?:[^\W\d]\w*:)+(?=["(])/
MINUS.2: /-(?=[^\s),-])/
WORD.1: /[^\s()",\-][^\s()",]*/
LPAR: "("
RPAR: ")"
COMMA: ","
%ignore /\s+/
"""

MAX_LENGTH = 20_000
"""Longest query in code points: twice the largest newsroom query we know of (a choice of ours)."""

MAX_DEPTH = 25
"""Deepest nesting of parentheses: far below Python's recursion limit, far above what a person can read."""

_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_EDGE_INVISIBLE = re.compile(rf"(?:(?<![^\s()\",])[{_INVISIBLE}]+)|(?:[{_INVISIBLE}]+(?![^\s()\",]))")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ud800-\udfff]")
"""Control characters, marks that reorder what is shown (U+202A to U+202E; Unicode TR 36, 3.6) and halves of characters."""

_ODD_BLANK = re.compile("[\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that count as blanks or line ends and are neither a blank, a tab nor the end of a line on a keyboard."""

_TYPED = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»‹›″＂〝〞〟「」『』❝❞", '"'),
        **dict.fromkeys("‐‑‒–—―−－﹣﹘", "-"),
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict(zip("（）：，＊？／＠～＋", "():,*?/@~+", strict=True)),
    }
)


def plain(source: str) -> str:
    """The query as typed on any keyboard, made plain: quotes of every kind, dashes, wide signs, blanks. Same length."""
    text = source.translate(_TYPED)
    return _EDGE_INVISIBLE.sub(lambda match: " " * len(match.group()), text)


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a code point."""
    lines = source[:offset].splitlines(keepends=True)
    if not lines or lines[-1] != lines[-1].rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"):
        return len(lines) + 1, 1
    return len(lines), len(lines[-1]) + 1


def failure(source: str, offset: int, message: str, suggestion: str | None = None) -> QueryError:
    """A QueryError at a code point of the query."""
    line, column = place(source, offset)
    message = _ODD_BLANK.sub(" ", message)  # what is quoted in it may hold blanks that a terminal would obey
    suggestion = None if suggestion is None else _ODD_BLANK.sub(" ", suggestion)
    return QueryError(message, source=_UNSEEN.sub("\ufffd", source), line=line, column=column, suggestion=suggestion)


def read(source: str) -> Tree[Token]:
    """The tree of a query.

    Raises:
        QueryError: it does not fit the grammar, or is too long or too deep.
    """
    if len(source) > MAX_LENGTH:
        raise failure(
            source[:200],
            0,
            tr("the query has {source} characters; at most {max_length} are allowed", source=len(source), max_length=MAX_LENGTH),
            tr("Split it into several rules."),
        )
    text = plain(source)
    if not text.strip():
        raise failure(
            source, 0, tr("the query is empty; at least one word is expected"), tr("Write what articles must say: police drone.")
        )
    _refuse_unseen(source)
    tokens = _lex(source, text)
    _check_parentheses(source, tokens)
    parser = _parser().parse_interactive()
    try:
        for token in tokens:
            parser.feed_token(token)
        tree: Tree[Token] = parser.feed_token(Token.new_borrow_pos("$END", "", tokens[-1]))
    except UnexpectedToken as error:
        raise _unexpected(source, error.token, tokens) from None
    return tree


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=False)


@cache
def _lexer() -> Lark:
    """One of its own: asked for tokens, a Lark with a parser builds a lexer anew for every text."""
    return Lark(GRAMMAR, parser=None, lexer="basic")


def _lex(source: str, text: str) -> list[Token]:
    try:
        return list(_lexer().lex(text))
    except UnexpectedCharacters as error:
        offset = cast("int", error.pos_in_stream)  # lark annotates the class attribute, which is None
        if text[offset] == '"':
            raise failure(
                source, offset, tr("this quote is never closed"), tr('Put a second " at the end of the phrase.')
            ) from None
        raise failure(
            source,
            offset,
            tr("a minus stands directly before the word, phrase or ( that must not be found"),
            tr("Write -word, without a blank."),
        ) from None


def _refuse_unseen(source: str) -> None:
    """Refuse what nobody can see and what can make a rule read otherwise than it works."""
    found = _UNSEEN.search(source)
    if found:
        code = ord(found.group())
        kind = tr("half a character") if 0xD800 <= code < 0xE000 else tr("a sign that turns the direction of writing")
        if unicodedata.category(found.group()) == "Cc":
            kind = tr("a control character")
        raise failure(
            source,
            found.start(),
            tr("{kind} (U+{code:04X}) stands here, which nobody can see", kind=kind, code=code),
            tr("Delete it, or type the line again."),
        )


def _check_parentheses(source: str, tokens: list[Token]) -> None:
    opened: list[int] = []
    for token in tokens:
        if token.type == "LPAR":
            opened.append(token.start_pos or 0)
            if len(opened) > MAX_DEPTH:
                raise failure(
                    source,
                    opened[-1],
                    tr("parentheses are nested more than {max_depth} deep", max_depth=MAX_DEPTH),
                    tr("Name parts of the rule with let."),
                )
        elif token.type == "RPAR":
            if not opened:
                raise failure(
                    source,
                    token.start_pos or 0,
                    tr("this ) closes nothing"),
                    tr("Take it away, or put a ( where the group begins."),
                )
            opened.pop()
    if opened:
        raise failure(source, opened[-1], tr("this ( is never closed"), tr("Put a ) where the group ends."))


def _unexpected(source: str, token: Token, tokens: list[Token]) -> QueryError:
    """What to say when a token stands where none of its kind may stand."""
    if token.type == "$END":
        last = tokens[-1]
        return failure(
            source,
            last.start_pos or 0,
            tr("{strip} is the last word: a word, phrase or ( is expected after it", strip=last.value.strip()),
            tr('Take it away, or write "{lower}" to search for the word.', lower=last.value.strip().lower()),
        )
    offset = token.start_pos or 0
    before = max(
        (other for other in tokens if (other.start_pos or 0) < offset), key=lambda other: other.start_pos or 0, default=None
    )
    if token.type in {"AND", "OR", "NEAR"}:
        return _unexpected_operator(source, offset, token, before)
    if token.type == "COMMA":
        message = tr("a comma stands only between the parts of a list such as 2 of (drone, camera)")
        return failure(source, offset, message, _without_comma(plain(source)[:offset]))
    assert before is not None  # only a ) is left, and parentheses are balanced
    if before.type == "LPAR":
        return failure(
            source,
            before.start_pos or 0,
            tr("these parentheses are empty; a word or phrase is expected in them"),
            tr("Take them away."),
        )
    if before.type == "COMMA":
        return failure(source, offset, tr("a word, phrase or ( is expected after the comma, not )"), tr("Take the comma away."))
    shown = before.value.strip()
    return failure(
        source,
        offset,
        tr("a word, phrase or ( is expected after {shown}, not )", shown=shown),
        tr("Take {shown} away, or add the word.", shown=shown),
    )


def _without_comma(before: str) -> str:
    """What to write instead of the comma after this text."""
    if re.search(r"\d\s*of\s*\(?[^()]*$", before, re.IGNORECASE):
        return tr("Write a list with blanks and parentheses: 2 of (drone, camera, police).")
    if re.search(r"\b(any|all|one|two|three|some)\s+of\s*\([^()]*$", before, re.IGNORECASE):
        return tr("Write the number in digits: 2 of (drone, camera, police).")
    field = re.search(r"([^\W\d]\w*:)([^\s()\",]+)$", before)
    if field:
        return tr("Write {value}({value2} OR ...) for several values.", value=field[1], value2=field[2])
    return tr("Write OR or a blank between words, or put them in quotes.")


def _unexpected_operator(source: str, offset: int, token: Token, before: Token | None) -> QueryError:
    if before is None or before.type in {"LPAR", "COMMA"}:
        message = tr("{value} needs a word, phrase or group on its left", value=token.value)
    else:
        message = tr(
            "{value} follows {value2}; a word, phrase or ( is expected between them", value=token.value, value2=before.value
        )
    instead = tr('To search for the word itself, write "{lower}".', lower=token.value.lower())
    if token.type == "NEAR" and plain(source)[token.end_pos : (token.end_pos or 0) + 1] == "(":
        instead = tr("Write it between its two sides: drone NEAR/5 police.")
    return failure(source, offset, message, instead)
