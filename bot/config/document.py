"""One file: from its text to tables that can be trusted, and from each thing wrong in it to a sentence with its line.

Pure: takes text, opens nothing. One bad key does not hide the others: what is wrong is set aside, and the rest is still
read, so that checks over several tables see as much as possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config.locate import Path as KeyPath
from bot.config.locate import Place, locate
from bot.config.schema import Document
from bot.config.secret import find_secret, redact
from bot.config.sentences import meant, sentence
from bot.config.words import inert
from bot.core.errors import Mistake

_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file whose TOML could be read.

    Attributes:
        name: as people name it, for messages; for a shipped pack ``pack:NAME``.
        folder: what its relative paths are relative to.
        raw: the document as tomli gave it.
        places: where each key stands.
        leaks: secrets that stand in it, comments included.
        with_sources: whether its sources are read; those of a pack only if a file asks for all of them.
    """

    name: str
    folder: Path
    raw: Mapping[str, Any]
    places: Mapping[KeyPath, Place]
    is_pack: bool = False
    leaks: tuple[Mistake, ...] = ()
    with_sources: bool = True

    def place(self, path: KeyPath) -> Place | None:
        """Where ``path`` stands, or the nearest table around it; None for the file as a whole."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path[:-1]
        return None

    def line(self, path: KeyPath) -> int:
        """Line of ``place``, or 0."""
        place = self.place(path)
        return place.line if place else 0

    def mistake(self, path: KeyPath, message: str) -> Mistake:
        """A mistake at ``path``; the message is made inert."""
        return Mistake(self.name, self.line(path), dotted(path), inert(message))


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file, what of it could be trusted, and what was set aside.

    Attributes:
        document: the tables, without what is wrong in them.
        aside: paths, in the file's own counting, that ``document`` lacks.
    """

    file: ConfigFile
    document: Document
    aside: frozenset[KeyPath]

    def path(self, *path: str | int) -> KeyPath:
        """A path into ``document`` as a path into the file: positions count what was set aside."""
        return _original(path, self.aside)


def dotted(path: KeyPath) -> str:
    """``sources[2].url``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = part if re.fullmatch(r"[\w-]+", part) else f'"{inert(part[:40])}"'
            text += f".{shown}" if text else shown
    return text


# ---------------------------------------------------------------- TOML


def parse(text: str, *, name: str, folder: Path, is_pack: bool = False) -> tuple[ConfigFile | None, tuple[Mistake, ...]]:
    """Read a file's TOML and look for secrets in it, comments included.

    Returns:
        The file, with the secrets found in it; or, if it is not TOML, None and what is wrong.
    """
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    try:
        raw = tomli.loads(text)
        places = locate(text)
    except tomli.TOMLDecodeError as error:
        mistake = Mistake(name, error.lineno, "", inert(f"column {error.colno}: {_toml_sentence(error)}"))
        leaks = _leaks(text, name, {})
        return None, without_shadowed((*leaks, mistake), leaks)
    except RecursionError:
        return None, (Mistake(name, 0, "", "lists or tables are nested hundreds deep; no setting needs that"),)
    return ConfigFile(name, folder, raw, places, is_pack, _leaks(text, name, places)), ()


def without_shadowed(mistakes: tuple[Mistake, ...], leaks: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """``mistakes`` without those on the line of a secret: of that line the secret alone is told."""
    lines = {(leak.file, leak.line) for leak in leaks}
    return tuple(mistake for mistake in mistakes if mistake in leaks or (mistake.file, mistake.line) not in lines)


def _leaks(text: str, name: str, places: Mapping[KeyPath, Place]) -> tuple[Mistake, ...]:
    keys: dict[int, KeyPath] = {}
    for path, place in places.items():
        keys[place.line] = keys[place.text_line] = path  # of nested keys on one line the last, innermost one
    found = ((number, find_secret(line)) for number, line in enumerate(text.splitlines(), start=1))
    return tuple(Mistake(name, number, redact(dotted(keys.get(number, ()))), sentence) for number, sentence in found if sentence)


_TOML_SENTENCES: tuple[tuple[str, str], ...] = (
    ("Cannot overwrite a value", "this key is already set above; keep one of the two"),
    ("Duplicate inline table key", "this key stands twice inside the { }; keep one of the two"),
    ("Expected '='", "a key needs = and a value after it"),
    ("Expected ']'", "a table's name ends with ], such as [net]"),
    ("Expected ']]'", "this table's name ends with ]], such as [[sources]]"),
    ("Expected newline or end of document", "one key a line: something stands here after the value (a missing quote or comma?)"),
    ("Invalid statement", "a line is key = value, [table], [[table]] or # a comment; this is none of them"),
    ("Invalid value", 'a value is expected here: text needs "quotes", lists need [ ], yes and no are written true and false'),
    ("Invalid date", "this looks like a date or time but is none; text needs quotes"),
    ("Invalid initial character for a key", "a key is expected here, made of letters, digits, dash and underscore"),
    (
        "Invalid hex value",
        "after \\x, \\u or \\U come hexadecimal digits; a backslash itself is written \\\\, or put the text in 'single quotes'",
    ),
    (
        "Unescaped '\\'",
        "a backslash in \"double quotes\" is written \\\\, or put the text in 'single quotes', where it needs nothing",
    ),
    ("Unterminated string", "this text is not closed; a quote is missing"),
    (
        "Illegal character '\\n'",
        "this text is not closed before the end of its line; a quote is missing, or use three quotes for several lines",
    ),
    ("Illegal character", "there is a control character here; delete it"),
    ("Found invalid character", "there is a character here that a text cannot hold; delete it"),
    ("Unclosed array", "a comma, or the ] that closes a list, is missing before this place"),
    ("Unclosed inline table", "a comma, or the } that closes a table, is missing before this place"),
)


def _toml_sentence(error: tomli.TOMLDecodeError) -> str:
    twice = re.match(r"Cannot (?:declare|mutate immutable namespace|redefine namespace) \((.*)\)", error.msg)
    if twice:
        table = ".".join(re.findall(r"'([^']*)'", twice[1]))
        return f"{table} is already written elsewhere in this file; keep all its keys in one place"
    expected = re.match(r"Expected '(.*)'$", error.msg)
    known = next((words for start, words in _TOML_SENTENCES if error.msg.startswith(start)), None)
    if known is None:
        known = f"{expected[1]} is missing; the text is not closed" if expected else f"this is not TOML: {error.msg}"
    return known


# ---------------------------------------------------------------- tables


def read(
    file: ConfigFile, aside: frozenset[KeyPath] = frozenset(), strangers: Mapping[KeyPath, str] | None = None
) -> tuple[ReadFile, tuple[Mistake, ...]]:
    """Check every table of a file against the schema, one key at a time.

    Args:
        file: a file whose TOML could be read.
        aside: paths not to look at.
        strangers: tables that were meant to change a pack's and do not, each with the sentence to tell instead of "a key is
            missing".

    Returns:
        What could be trusted, and the mistakes, each told once.
    """
    mistakes: list[Mistake] = []
    strangers = strangers or {}
    given = aside
    while True:
        try:
            document = Document.model_validate(_without(file.raw, (), aside))
        except ValidationError as errors:
            before = aside
            refused = [(error, _place_of(error, before)) for error in errors.errors(include_url=False)]
            misspelt = {guess for error, where in refused if error["type"] == "extra_forbidden" and (guess := meant(where))}
            for error, where in refused:
                culprit = where[:-1] if error["type"] == _MISSING else where  # a table cannot be used without the key
                while culprit in before:  # what is refused though it does not stand there: nor can one without options be used
                    culprit = culprit[:-1]
                follows = where in misspelt or any(_around(where, old) or _around(old, where) for old in before - given)
                if culprit in strangers:
                    mistakes.append(file.mistake((*culprit, "id"), strangers[culprit]))
                elif not follows:
                    mistakes.append(file.mistake(culprit, sentence(error, where)))
                aside |= {culprit}
        else:
            return ReadFile(file, document, aside), tuple(dict.fromkeys(mistakes))


def raw_ids(file: ConfigFile, table: str) -> Iterator[tuple[int, str]]:
    """Position and id of every element of a list table that has an id, broken ones too."""
    elements = file.raw.get(table)
    for index, element in enumerate(elements if isinstance(elements, list) else ()):
        if isinstance(element, dict) and isinstance(element.get("id"), str):
            yield index, element["id"]


def _place_of(error: ErrorDetails, aside: frozenset[KeyPath]) -> KeyPath:
    return _original(tuple(part for part in error["loc"] if part != "[key]"), aside)


def _around(outer: KeyPath, inner: KeyPath) -> bool:
    return inner[: len(outer)] == outer


def _without(value: Any, path: KeyPath, aside: frozenset[KeyPath]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(inner, (*path, key), aside) for key, inner in value.items() if (*path, key) not in aside}
    if isinstance(value, list):
        return [_without(inner, (*path, index), aside) for index, inner in enumerate(value) if (*path, index) not in aside]
    return value


def _original(path: KeyPath, aside: frozenset[KeyPath]) -> KeyPath:
    found: KeyPath = ()
    for part in path:
        if isinstance(part, int):
            for gone in sorted(
                old[-1] for old in aside if len(old) == len(found) + 1 and old[:-1] == found and isinstance(old[-1], int)
            ):
                part += gone <= part  # noqa: PLW2901  # positions before it were set aside
        found = (*found, part)
    return found
