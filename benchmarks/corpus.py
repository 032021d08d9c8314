"""Articles, rules, story streams and feeds made from a seed: the same on every machine, in every run.

Word frequencies follow Zipf's law, as those of natural text do: rank r occurs about as often as 1 / r^1.05. The ranks are
those of English news: function words, then the stems of our own frequency table from frequent to rare, then invented words
made of syllables, which stand for names. Nothing here is anyone's text.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from bot.core.identity import content_hash, item_id
from bot.core.model import Item, Rule, TextState
from bot.stories.frequency_table import LEVELS

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)

_FUNCTION = """
the of and to in a is that for it was on with as be by at from this are not but have an they which or his had he we its
has will would been were more when who there can if no out so said what up about into than them some could new other
only time after after also over first two any like such these may then do most because between through before during
where under against while since each both still however many how those around another again without last even being very
own must
"""
_FREQUENT = [
    stem for level in sorted(LEVELS) for stem in LEVELS[level].split() if len(stem) > 2 and stem.isascii() and stem.isalpha()
]
FUNCTION_WORDS = tuple(_FUNCTION.split())
KNOWN_WORDS = tuple(dict.fromkeys([*FUNCTION_WORDS, *_FREQUENT]))

VOCABULARY = 20_000
EXPONENT = 1.05


class Writer:
    """Writes articles word by word from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        made = random.Random("vocabulary")  # the same words whatever the seed of the articles
        syllables = [first + vowel + last for first in "bcdfghlmnprstvz" for vowel in "aeiou" for last in ("", "n", "r", "l")]
        words = dict.fromkeys(KNOWN_WORDS)
        while len(words) < VOCABULARY:
            words["".join(made.choices(syllables, k=made.choice((2, 2, 3, 3, 4)))) + made.choice("tkdmg")] = None
        self.words = list(words)
        self._cumulative = list(itertools.accumulate(1 / (rank + 1) ** EXPONENT for rank in range(len(self.words))))

    def draw(self, count: int) -> list[str]:
        """``count`` words as they would occur in text."""
        return self.random.choices(self.words, cum_weights=self._cumulative, k=count)

    def content_word(self) -> str:
        """A word that a rule might ask for: neither a function word nor one that hardly ever occurs."""
        low, high = len(FUNCTION_WORDS), 6000
        rank = int(low * (high / low) ** self.random.random())  # as likely per doubling of rank
        return self.words[rank]

    def text(self, size: int) -> str:
        """Sentences in paragraphs, about ``size`` characters."""
        paragraphs: list[str] = []
        while sum(map(len, paragraphs)) < size:
            sentences = []
            for _ in range(self.random.randint(2, 5)):
                words = self.draw(self.random.randint(8, 26))
                sentences.append(" ".join([words[0].capitalize(), *words[1:]]) + ".")
            paragraphs.append(" ".join(sentences))
        return "\n\n".join(paragraphs)[:size].rsplit(" ", 1)[0] + "."

    def title(self) -> str:
        """A headline of six to eleven words."""
        return " ".join(word.capitalize() for word in self.draw(self.random.randint(6, 11)))


def article(writer: Writer, number: int, *, size: int = 2000) -> Item:
    """One item with ``size`` characters of text."""
    when = START + timedelta(minutes=7 * number)
    source, guid = f"source{number % 40}", f"guid-{number}"
    return _item(source, guid, when, title=writer.title(), summary=writer.text(200), text=writer.text(size))


def _item(source: str, guid: str, when: datetime, *, title: str, summary: str, text: str) -> Item:
    url = f"https://{source}.example/{guid}"
    return Item(
        id=item_id(source, guid=guid, canonical_url=url, title=title, summary=summary),
        source_id=source,
        title=title,
        first_seen=when,
        guid=guid,
        url=url,
        canonical_url=url,
        summary=summary,
        content_text=text,
        text_state=TextState.FULL,
        outlet=source.capitalize(),
        date_published=when,
        content_hash=content_hash(title, summary, text),
    )


# Rules


@dataclass(frozen=True, slots=True)
class Clauses:
    """A rule that any engine can be given: every group of ``all`` needs one of its phrases; none of ``none`` may occur."""

    id: str
    all: tuple[tuple[tuple[str, ...], ...], ...]
    none: tuple[tuple[str, ...], ...] = ()

    def query(self) -> str:
        """The rule in the rule language."""
        groups = [" OR ".join(map(_term, group)) for group in self.all]
        parts = [f"({text})" if len(group) > 1 else text for text, group in zip(groups, self.all, strict=True)]
        return " ".join([*parts, *(f"-{_term(phrase)}" for phrase in self.none)])

    def rule(self) -> Rule:
        """The rule as the engine compiles it."""
        return Rule(id=self.id, query=self.query(), channels=("bench",))


def _term(phrase: tuple[str, ...]) -> str:
    return phrase[0] if len(phrase) == 1 else f'"{" ".join(phrase)}"'


def rules(seed: int, count: int) -> list[Clauses]:
    """Rules as people write them: words together, alternatives beside a word, a phrase, something left out."""
    writer = Writer(seed)
    made = []
    for number in range(count):
        shape = number % 5

        def word() -> tuple[str, ...]:
            return (writer.content_word(),)

        if shape == 0:
            clauses = ((word(),), (word(),))
        elif shape == 1:
            clauses = ((word(), word(), word()), (word(),))
        elif shape == 2:
            clauses = (((writer.content_word(), writer.content_word()), word()), (word(),))
        elif shape == 3:
            clauses = ((word(), word(), word(), word()), (word(), word()), (word(),))
        else:
            clauses = ((word(),), (word(), word()))
        made.append(Clauses(f"rule-{number:05}", clauses, (word(),) if shape == 4 else ()))
    return made


# Story streams


def stream(seed: int, count: int) -> list[Item]:
    """A news stream in order of arrival: single reports, events told by several outlets in their own words, and copies.

    Of 100 items about 55 stand alone, 35 report an event that others report too, and 10 repeat another's text.
    """
    writer = Writer(seed)
    chance = writer.random
    items: list[Item] = []
    running: list[tuple[list[str], list[str]]] = []
    for number in range(count):
        when = START + timedelta(minutes=4 * number)
        source = f"source{chance.randrange(120)}"
        roll = chance.random()
        if roll < 0.10 and items:
            told = items[-1 - min(len(items) - 1, int(chance.expovariate(1 / 60)))]
            title = told.title if chance.random() < 0.5 else writer.title()
            items.append(_item(source, f"g{number}", when, title=title, summary=told.summary, text=told.content_text))
            continue
        if roll < 0.45 and running:
            names, key = running[-1 - min(len(running) - 1, int(chance.expovariate(1 / 12)))]
        else:
            names = [chance.choice(writer.words[len(KNOWN_WORDS) :]).capitalize() for _ in range(3)]
            key = [writer.content_word() for _ in range(8)]
            if roll < 0.60:
                running.append((names, key))
        title = " ".join([*chance.sample(names, 2), *chance.sample(key, 3), *writer.draw(3)])
        summary = " ".join([*names, *chance.sample(key, 5), *writer.draw(14)]).capitalize() + "."
        items.append(_item(source, f"g{number}", when, title=title, summary=summary, text=f"{summary}\n\n{writer.text(1500)}"))
    return items


# Feeds


def feed(number: int, *, entries: int = 20, now: datetime = START) -> bytes:
    """An RSS feed whose entries each have a title, a summary of two sentences and a date."""
    writer = Writer(number)
    rows = []
    for entry in range(entries):
        when = (now - timedelta(hours=entry)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        address = f"https://site{number}.example/{entry}"
        rows.append(
            f"<item><title>{escape(writer.title())}</title><link>{address}</link><guid>{address}</guid>"
            f"<pubDate>{when}</pubDate><description>{escape(writer.text(400))}</description></item>"
        )
    head = f"<title>Site {number}</title><link>https://site{number}.example/</link><description>Invented news</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(rows)}</channel></rss>'.encode()
