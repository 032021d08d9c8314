"""A source's secret on its way: where it goes into a request, and that it comes back nowhere.

Promises: a key is added to a request at the last moment and taken out of whatever a service says, in words, in addresses and in
entries. Pure.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from html.entities import html5
from typing import Protocol, TypeVar, cast

import re2

from bot.core.confided import secret_parts
from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, WatchlampError
from bot.core.jsonlisting import Key
from bot.core.model import Item
from bot.net.client import Credential
from bot.sources.contract import Polled
from bot.sources.paging import with_parameters

MASK = "***"

SHORTEST = 6
"""Letters from which a secret is taken out of articles, too: a shorter one may be an ordinary word."""

R = TypeVar("R", FeedEntry, Item, Polled)

_ADDRESSES = frozenset(("link", "url", "canonical_url", "hub", "topic", "moved_to"))

_OURS = frozenset(("source_id", "content_hash", "place"))
"""What no service wrote; an item's ``id`` is a digest, too long a number to hold a secret by chance."""

_OPTIONS = re2.Options()
_OPTIONS.max_mem = 64 << 20  # bytes; a secret of some hundred letters in all its spellings is a large pattern
_OPTIONS.log_errors = False  # they would print the pattern

_NAMED: defaultdict[str, list[str]] = defaultdict(list)
"""The names that HTML has for a character, such as ``amp;``."""
for _name, _meant in html5.items():
    if len(_meant) == 1 and _name.endswith(";"):
        _NAMED[_meant].append(_name)


@dataclass(frozen=True, slots=True)
class Header:
    """What is sent in a header: a secret with what stands before it."""

    secret: Credential
    prefix: str = ""

    def reveal(self) -> str:
        """The header's value."""
        return f"{self.prefix}{self.secret.reveal()}"


def request_of(url: str, key: Key | None, secret: Credential | None) -> tuple[str, Credential | None, str]:
    """What is asked: the address, the credential, and the header it goes into."""
    if secret is None or key is None:
        return url, secret, "Authorization"
    if key.parameter:
        return with_parameters(url, [(key.parameter, secret.reveal())]), None, "Authorization"
    if key.header:
        return url, Header(secret, key.prefix), key.header
    return url, secret, "Authorization"


class Finding(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object:
        """Whether it stands somewhere in a text."""

    def sub(self, repl: str, text: str) -> str:
        """The text with something else in its place."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """A secret in every way in which a service may write it back; of none, nothing is found.

    Attributes:
        every: finds it, or None.
        sure: finds what is too long to be an ordinary word, or None.
    """

    every: Finding | None = None
    sure: Finding | None = None


def spellings(secret: Credential | None) -> Spellings:
    """What must not be shown: the secret, and the password in a name:password.

    Each of their letters may be written as itself in either case, percent-encoded (twice, too), as an escape of JSON or as an
    entity of HTML, and any mixture of these is found; so are the base64 forms in which headers carry them.
    """
    if secret is None:
        return Spellings()
    whole = secret.reveal()
    return _spelled([part for part in (whole, whole.partition(":")[2]) if part])


def address_spellings(url: str) -> Spellings:
    """The same for an address that is secret itself: the address, and what in it makes it one."""
    return _spelled(secret_parts(url))


def _spelled(parts: Sequence[str]) -> Spellings:
    longest_first = sorted(dict.fromkeys(parts), key=len, reverse=True)
    return Spellings(_finding(longest_first), _finding([part for part in longest_first if len(part) >= SHORTEST]))


def _finding(parts: Sequence[str]) -> Finding | None:
    if not parts:
        return None
    ways = [way for part in parts for way in (_coded(part), "".join(map(_letter, part)))]
    return cast("Finding", re2.compile(f"(?i:{'|'.join(ways)})", _OPTIONS))


def _coded(part: str) -> str:
    """Base64 as in headers and in addresses, its filling or without."""
    bare = base64.b64encode(part.encode("utf-8")).decode("ascii").rstrip("=")
    return "".join({"+": "(?:[+-]|%2b)", "/": r"(?:\\*/|_|%2f)"}.get(letter, letter) for letter in bare) + "(?:(?:=|%3d)*)"


def _letter(letter: str) -> str:
    """A pattern of everything that stands for one letter."""
    coded = "".join(f"%(?:25)*{byte:02x}" for byte in letter.encode("utf-8"))
    units = letter.encode("utf-16-be")
    escaped = "".join(rf"\\+u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    ways = [re2.escape(letter), coded, escaped, f"&(?:amp;)?#0*{ord(letter)};", f"&(?:amp;)?#x0*{ord(letter):x};"]
    ways += [f"&(?:amp;)?{name}" for name in _NAMED.get(letter, ())]
    if letter in '"\\/':
        ways.append(rf"\\+{re2.escape(letter)}")
    if letter == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def hidden(text: str, secret: Spellings) -> str:
    """A text without a secret, however it is written there."""
    return text if secret.every is None else _masked(text, secret.every)


def _masked(text: str, finding: Finding) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")  # half a character cannot be searched
    return finding.sub(MASK, text) if finding.search(text) else text


def without_secret(entry: FeedEntry, secret: Spellings) -> FeedEntry:
    """An entry in which no secret stands, in none of its fields: an address loses the parameter that holds it, or is dropped."""
    return entry if secret.sure is None else _cleared(entry, secret.sure)


def cleared_document(document: FeedDocument, secret: Spellings) -> FeedDocument:
    """A feed without the secret with which it was asked, in its title and in its entries."""
    if secret.sure is None:
        return document
    entries = tuple(_cleared(entry, secret.sure) for entry in document.entries)
    return replace(document, title=_masked(document.title, secret.sure), entries=entries)


def cleared(polled: Polled, secret: Spellings) -> Polled:
    """What a source answered, without its secret: in items, notes, addresses, and in what is written down for the next poll."""
    if secret.sure is None:
        return polled
    made = _without_validators(_cleared(polled, secret.sure), secret.sure)
    made = replace(made, items=tuple(_cleared(item, secret.sure) for item in made.items))
    if made.broken_off is not None:
        clear_error(made.broken_off, secret)
    return made if secret.every is None else replace(made, notes=tuple(hidden(note, secret) for note in made.notes))


def cleared_of_address(polled: Polled, secret: Spellings) -> Polled:
    """What a source answered at a secret address, without that address in its items and notes.

    Where it says that it lives, and which topic it has at its hub, stays: both are asked for again and shown nowhere.
    """
    if secret.sure is None:
        return polled
    items = tuple(_cleared(item, secret.sure) for item in polled.items)
    if polled.broken_off is not None:
        clear_error(polled.broken_off, secret)
    made = replace(polled, items=items, notes=tuple(hidden(note, secret) for note in polled.notes))
    return _without_validators(made, secret.sure)


def _without_validators(polled: Polled, finding: Finding) -> Polled:
    """What the server wants sent back byte for byte is kept whole, or not at all if a secret stands in it."""

    def kept(value: bytes | None) -> bytes | None:
        read = [] if value is None else [value.decode(charset, "replace") for charset in ("utf-8", "latin-1")]
        return None if any(map(finding.search, read)) else value

    return replace(polled, etag=kept(polled.etag), last_modified=kept(polled.last_modified))


def clear_error(error: WatchlampError, secret: Spellings) -> None:
    """Take a secret out of an error's sentence, and out of the memory that it may carry."""
    error.args = tuple(hidden(part, secret) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, DocumentError) and error.memory is not None and secret.sure is not None:
        error.memory = _masked(error.memory, secret.sure)


def _cleared(record: R, finding: Finding) -> R:
    """A record in whose texts nothing is found; of an address that holds it only what can stand without."""
    changed: dict[str, object] = {}
    for field in fields(record):
        name, value = field.name, getattr(record, field.name)
        made: object = value
        if name in _OURS:
            continue
        if name in _ADDRESSES and value is not None:
            made = _clean(value, finding)
        elif type(value) is str:
            made = _masked(value, finding)
        elif isinstance(value, tuple):
            made = tuple(_masked(part, finding) if type(part) is str else part for part in value)
        if made != value:
            changed[name] = made
    return replace(record, **changed) if changed else record  # type: ignore[arg-type]  # each of the type it had


def _clean(link: str, finding: Finding) -> str | None:
    if not finding.search(link):
        return link
    base, mark, query = link.partition("?")
    kept = "&".join(part for part in query.split("&") if not finding.search(part))
    cleaned = f"{base}?{kept}" if mark and kept else base
    return None if finding.search(cleaned) else cleaned
