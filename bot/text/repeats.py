"""Lines that a site prints under many of its articles: paywall, cookie text, newsletter boxes, appeals. Learnt, not known.

Promises: a line is furniture of its host once it stood in three different articles of it, and not before; the article in hand
never speaks against itself, nor do its copies: a text of which most stands elsewhere on its host is a copy and stays whole.
Bounded. Pure: the same articles in the same order give the same memory. Keeps no words, only short hashes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.core.identity import digest
from bot.text.furniture import content_words

SEEN_IN = 3
"""Different articles of one host that make a line furniture (reference measurements: of 150 article segments none was lost)."""

MOST_LINES = 200
"""Lines remembered of a host, those seen last: eight articles of 25 paragraphs. Furniture comes back with every article."""

MOST_HOSTS = 200
"""Hosts remembered, those read last; all of it is a megabyte at most."""

_EDGE = 30
"""Paragraphs looked at from either end of an article: furniture stands there, and a long text must not push all else out."""

_STUB = 600
"""Characters below which a text that is furniture throughout is a notice, not a copy: see the paywall measurements."""

_ABOUT = 2
"""A line that shares so many words with its article's headline is about the article, however often it is printed."""

_LINE, _ARTICLE = 8, 6
"""Letters of a line's and an article's hash: a host has hundreds of either, not millions."""


class Repeats:
    """Which lines stood in which articles of a host."""

    def __init__(self) -> None:
        self._hosts: dict[str, dict[str, str]] = {}

    def own_lines(self, host: str, article: str, title: str, text: str) -> str:
        """The text without the lines that its host prints under other articles too, and remember its lines.

        Args:
            host: of the article's address.
            article: what tells one article from another: its canonical address, or its id.
            title: the article's headline.
            text: its paragraphs, one a line; blank lines stand between them.

        Returns:
            The text as given, or without some of its lines; empty if it was a notice and nothing else.
        """
        lines = {line: _hash(line) for line in dict.fromkeys(text.split("\n")) if line.strip()}
        known = self._hosts.pop(host, {})
        self._hosts[host] = known
        this = digest("article", article)[:_ARTICLE]
        about = content_words([title], None)
        repeated = {
            line
            for line, name in lines.items()
            if _others(known.get(name, ""), this) >= SEEN_IN and len(content_words([line], None) & about) < _ABOUT
        }
        own = "\n\n".join(part for part in (_without(part, repeated) for part in text.split("\n\n")) if part)
        copied = 2 * len(own) < len(text) and len(text) >= _STUB
        if not copied:
            self._remember(known, list(lines.values()), this)
        while len(self._hosts) > MOST_HOSTS:
            del self._hosts[next(iter(self._hosts))]
        return text if copied or not repeated else own

    @staticmethod
    def _remember(known: dict[str, str], names: Sequence[str], this: str) -> None:
        for name in names if len(names) <= 2 * _EDGE else [*names[:_EDGE], *names[-_EDGE:]]:
            seen = known.pop(name, "")
            full = len(seen) > SEEN_IN * _ARTICLE or this in _parts(seen)
            known[name] = seen if full else seen + this
        while len(known) > MOST_LINES:
            del known[next(iter(known))]

    def to_json(self) -> str:
        """The memory as text."""
        return json.dumps(self._hosts, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Repeats:
        """The memory that ``to_json`` gave.

        Raises:
            ValueError: it is no such text.
        """
        hosts = json.loads(text)
        if not _is_memory(hosts):
            raise ValueError("this is no table of hosts with tables of lines")
        repeats = cls()
        repeats._hosts = hosts
        return repeats


def _is_memory(value: object) -> bool:
    """Whether a value has the shape that ``to_json`` writes."""
    if not isinstance(value, dict) or not all(isinstance(lines, dict) for lines in value.values()):
        return False
    return all(isinstance(seen, str) and len(seen) % _ARTICLE == 0 for lines in value.values() for seen in lines.values())


def _without(paragraph: str, repeated: set[str]) -> str:
    return "\n".join(line for line in paragraph.split("\n") if line.strip() and line not in repeated)


def _hash(line: str) -> str:
    return digest("line", " ".join(line.casefold().split()))[:_LINE]


def _parts(seen: str) -> list[str]:
    return [seen[at : at + _ARTICLE] for at in range(0, len(seen), _ARTICLE)]


def _others(seen: str, this: str) -> int:
    return sum(part != this for part in _parts(seen))
