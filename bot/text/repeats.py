"""Lines that a site prints under many of its articles: paywall, cookie text, newsletter boxes, appeals. Learnt, not known.

Promises: a line is furniture of its host only once it stood in other articles of it under unlike headlines: in three if it
speaks to its reader, else in six that are at least half of those read since it first stood there, and then only if it holds no
figure, no day and no word of the headline, and all such lines are less than half of the text. The article in hand never speaks
against itself, nor do articles under a headline like its own: copies, issues of a series, notices of one meeting. No text is
emptied but one that does nothing but speak to its reader. Bounded. Pure: the same articles in the same order give the same
memory. Keeps no words, only short hashes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.identity import digest
from bot.text.furniture import content_words, is_junk
from bot.text.remarks import is_paywall
from bot.text.urls import canonical_url
from bot.text.urls import host as host_of

SEEN_IN = 3
"""Other articles that make a line furniture if it speaks to the reader (reference measurements: of 150 article segments none was
lost)."""

SEEN_IN_PLAIN = 6
"""The same for a line that only tells something: a paragraph of background stands in every report of a matter, and not in the
host's others."""

READ = 24
"""Articles of a host that are looked back on, those read last."""

MOST_LINES = 200
"""Lines remembered of a host, those seen last: eight articles of 25 paragraphs. Furniture comes back with every article."""

MOST_HOSTS = 200
"""Hosts remembered, those read last; all of it is about a megabyte at most."""

_EDGE = 30
"""Paragraphs looked at from either end of an article: furniture stands there, and a long text must not push all else out."""

_ABOUT = 2
"""A line that shares so many words with its article's headline is about the article, however often it is printed."""

_LINE, _ARTICLE, _WORD = 8, 6, 3
"""Letters of a line's, an article's and a headline word's hash: a host has hundreds of these, not millions."""

_TITLE_WORDS = 8
"""Words of a headline that are remembered."""

_READER = re.compile(
    r"\b(?:you|your|yours|yourself|vous|votre|vos|vuestr[oa]s?|usted(?:es)?|você|jouw|uw|(?-i:Sie|Ihnen|Ihre?[nmr]?))\b|"
    r"^\W*(?:please|subscribe|sign up|donate|give|join|follow|read more|click|tap|listen|watch|download|share|help|"
    r"support(?! for\b)|send|tell us|write to us|get in touch|stay|become a (?:member|supporter|subscriber)|"
    r"unterstütz\w*|spende[nt]?|soutenez|apoya|apoie|assine|steun|sostieni|sostenete)\b",
    re.IGNORECASE,
)
"""To whom a line speaks, and what it tells him to do."""
_SITE = r"(?:we|our|ours|us|wir|uns(?:er\w*)?|nous|notre|nos|nuestr[oa]s?|nosso|nossa|nostr[oaie]|onze|ons)"
_MEANS = (
    r"(?:donat\w+|gifts?|contributions?|subscri\w+|membership|newsletters?|our readers|readers like|reader[- ](?:funded|supported)|"
    r"spende\w*|dons?|abonn\w+|donaciones|doações)"
)
_GIFT = re.compile(rf"\b{_SITE}\b.*\b{_MEANS}\b|\b{_MEANS}\b.*\b{_SITE}\b", re.IGNORECASE)
"""A site that speaks of itself and of what it lives on. One that says "our reporters found" tells news."""
_TOLD = re.compile(
    r"\b(?:we|our (?:own )?\w+(?: \w+)?) (?:have |has )?(?:found|learned|learnt|obtained|revealed|reported|counted|asked|"
    r"showed|shown|saw|seen|heard|spoke|spoken|reviewed|analy[sz]ed|uncovered)\b",
    re.IGNORECASE,
)
"""What it found out by itself."""
_COUNTRY = re.compile(r"\bU\.?S\b")
"""Not the site itself."""
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*[\"”“»]")
"""What somebody is quoted with says "we" for somebody else."""
_DAY = re.compile(
    r"\d|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:January|February|March|April|June|July|August|September|October|"
    r"November|December|today|yesterday|tonight|tomorrow)\b"
)
"""A figure or a day: such a line tells of something that happens."""


@dataclass(slots=True)
class _Host:
    """What is remembered of a host.

    Attributes:
        articles: hash and headline of those read last, the newest first.
        lines: by hash, in which of those it stood: bit 0 is the newest.
    """

    articles: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


class Repeats:
    """Which lines stood in which articles of a host."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    def own_lines(self, host: str, article: str, title: str, text: str) -> str:
        """The text without the lines that its host prints under other articles too, and remember its lines.

        Args:
            host: of the article's address; those for telephones (``m.``, ``amp.``) share the memory of their site.
            article: what tells one article from another: its canonical address, or its id.
            title: the article's headline.
            text: its paragraphs, one a line; blank lines stand between them.

        Returns:
            The text as given, or without some of its lines; empty if it did nothing but speak to its reader.
        """
        lines = {line: _hash(line) for line in dict.fromkeys(text.split("\n")) if line.strip()}
        host = host_of(canonical_url(f"https://{host}/") or "") or host
        known = self._hosts.pop(host, _Host())
        self._hosts[host] = known
        this = digest("article", article)[:_ARTICLE]
        headline = _headline(title)
        about = content_words([title], "en")
        appeals, plain = set(), set()
        for line, name in lines.items():
            if name not in known.lines:
                continue
            shared = len(content_words([line], "en") & about)
            if speaks_to_reader(line):
                if shared < _ABOUT and self._unlike(known, name, this, headline) >= SEEN_IN:
                    appeals.add(line)
            elif not shared and not _DAY.search(line) and self._is_everywhere(known, name, this, headline):
                plain.add(line)
        if 2 * sum(map(len, plain)) >= sum(map(len, lines)):
            plain = set()  # a copy, or a notice: the line is what it says
        self._remember(known, list(lines.values()), this, headline)
        while len(self._hosts) > MOST_HOSTS:
            del self._hosts[next(iter(self._hosts))]
        repeated = appeals | plain
        if not repeated:
            return text
        return "\n\n".join(part for part in (_without(part, repeated) for part in text.split("\n\n")) if part)

    @staticmethod
    def _stood(known: _Host, name: str, this: str) -> list[int]:
        """Places of the articles in which a line stood, without this one."""
        return [at for at, (article, _) in enumerate(known.articles) if known.lines[name] >> at & 1 and article != this]

    def _unlike(self, known: _Host, name: str, this: str, headline: Collection[str]) -> int:
        """In how many articles a line stood whose headlines are unlike this one and each other, counted up to ``SEEN_IN_PLAIN``."""
        different = [frozenset(headline)]
        for at in self._stood(known, name, this):
            if not any(_alike(known.articles[at][1], other) for other in different):
                different.append(known.articles[at][1])
                if len(different) > SEEN_IN_PLAIN:
                    break
        return len(different) - 1

    def _is_everywhere(self, known: _Host, name: str, this: str, headline: Collection[str]) -> bool:
        stood = self._stood(known, name, this)
        if len(stood) < SEEN_IN_PLAIN:
            return False
        since = sum(article != this for article, _ in known.articles[: stood[-1] + 1])
        return 2 * len(stood) >= since and self._unlike(known, name, this, headline) >= SEEN_IN_PLAIN

    @staticmethod
    def _remember(known: _Host, names: Sequence[str], this: str, headline: frozenset[str]) -> None:
        at = next((at for at, (article, _) in enumerate(known.articles) if article == this), None)
        if at is None:
            at = 0
            known.articles.insert(0, (this, headline))
            del known.articles[READ:]
            every = (1 << READ) - 1
            known.lines = {name: bits << 1 & every for name, bits in known.lines.items() if bits << 1 & every}
        for name in names if len(names) <= 2 * _EDGE else [*names[:_EDGE], *names[-_EDGE:]]:
            known.lines[name] = known.lines.pop(name, 0) | 1 << at
        while len(known.lines) > MOST_LINES:
            del known.lines[next(iter(known.lines))]

    def copy(self) -> Repeats:
        """The same as it is now: what is read later changes one of the two. Quick, so that slow work can go elsewhere."""
        other = Repeats()
        other._hosts = {name: _Host(list(host.articles), dict(host.lines)) for name, host in self._hosts.items()}
        return other

    def to_json(self) -> str:
        """The memory as text."""
        hosts = {
            name: [[[article, "".join(sorted(headline))] for article, headline in host.articles], host.lines]
            for name, host in self._hosts.items()
        }
        return json.dumps(hosts, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Repeats:
        """The memory that ``to_json`` gave.

        Raises:
            ValueError: it is no such text.
        """
        hosts = json.loads(text)
        if not isinstance(hosts, dict) or not all(map(_is_host, hosts.values())):
            raise ValueError("this is no table of hosts with articles and lines")
        repeats = cls()
        for name, (articles, lines) in hosts.items():
            repeats._hosts[name] = _Host([(article, frozenset(_parts(headline))) for article, headline in articles], lines)
        return repeats


def speaks_to_reader(line: str) -> bool:
    """Whether a line speaks to its reader, or asks for something for its site; what it quotes does not count."""
    own = _QUOTED.sub(" ", line)
    if _READER.search(own) or is_junk(line) or is_paywall(line):
        return True
    return _GIFT.search(_COUNTRY.sub(" ", own)) is not None and _TOLD.search(own) is None


def _is_host(value: object) -> bool:
    """Whether a value has the shape in which ``to_json`` writes a host."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], list) or not isinstance(value[1], dict):
        return False
    articles, lines = value
    return all(
        isinstance(told, list) and len(told) == 2 and all(isinstance(part, str) for part in told) and len(told[1]) % _WORD == 0
        for told in articles
    ) and all(isinstance(bits, int) and 0 < bits < 1 << READ for bits in lines.values())


def _without(paragraph: str, repeated: Collection[str]) -> str:
    return "\n".join(line for line in paragraph.split("\n") if line.strip() and line not in repeated)


def _hash(line: str) -> str:
    return digest("line", " ".join(line.casefold().split()))[:_LINE]


def _headline(title: str) -> frozenset[str]:
    """Hashes of a headline's first words that say something."""
    told = dict.fromkeys(word for part in title.split() for word in content_words([part], "en"))
    return frozenset(digest("word", word)[:_WORD] for word in list(told)[:_TITLE_WORDS])


def _alike(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two headlines have more than half of the shorter one's words in common, or neither has any that says something."""
    fewest = min(len(one), len(other))
    return 2 * len(frozenset(one) & frozenset(other)) > fewest if fewest else not one and not other


def _parts(headline: str) -> Iterable[str]:
    return (headline[at : at + _WORD] for at in range(0, len(headline), _WORD))
