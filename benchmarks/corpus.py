"""Articles, story streams and feeds made from a seed: the same on every machine, in every run.

Word frequencies follow Zipf's law as those of natural news do, an article repeats its own words, words keep company with
certain others, and some articles are typeset (curly quotes, dashes, accents): how often, is measured by ``natural.py``.
The ranks are those of English news: function words, then the stems of our own frequency table from frequent to rare, then
invented words made of syllables, which stand for names. The stems are ranked anew with as much disagreement as there is
between that table and real articles, so that a program that ships the table does not know the stream beforehand. Nothing
here is anyone's text.
"""

from __future__ import annotations

import itertools
import math
import random
from datetime import UTC, datetime, timedelta
from html import escape

from bot.core.identity import content_hash, item_id
from bot.core.model import Item, TextState
from bot.text.frequency_table import LEVELS

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
EXPONENT = 0.92
"""Of Zipf's law; this and the shares below by ``python benchmarks/natural.py ../shared/data``, which prints both sides."""

REPEATED = 0.34
"""Share of an article's words that it has used before, beyond what chance gives."""

IN_COMPANY = 0.08
"""Share of words followed by their companion: without it no phrase would ever occur."""

DISAGREEMENT = 0.9
"""Standard deviation of the logarithm of the ratio between a word's rank in our table and in the articles."""

TYPESET = 0.45
"""Share of articles with typographic characters. In these, so many in a thousand words:"""

POSSESSIVES, QUOTATIONS, DASHES, ACCENTS = 12, 4, 5, 1
_ACCENTED = str.maketrans("aeou", "áéöü")


class Writer:
    """Writes articles word by word from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        made = random.Random("vocabulary")  # the same words whatever the seed of the articles
        syllables = [first + vowel + last for first in "bcdfghlmnprstvz" for vowel in "aeiou" for last in ("", "n", "r", "l")]
        known = sorted(enumerate(_FREQUENT, len(FUNCTION_WORDS)), key=lambda row: math.log(row[0]) + made.gauss(0, DISAGREEMENT))
        words = dict.fromkeys([*FUNCTION_WORDS, *(word for _, word in known)])
        while len(words) < VOCABULARY:
            words["".join(made.choices(syllables, k=made.choice((1, 2, 2, 2, 3)))) + made.choice("tkdmg")] = None
        self.words = list(words)
        self._cumulative = list(itertools.accumulate(1 / (rank + 1) ** EXPONENT for rank in range(len(self.words))))
        telling = self.words[len(FUNCTION_WORDS) :]
        self._companions = dict(zip(telling, made.sample(telling, k=len(telling)), strict=True))

    def draw(self, count: int) -> list[str]:
        """``count`` words as they would occur in text."""
        words = self.random.choices(self.words, cum_weights=self._cumulative, k=count)
        chance = self.random.random
        for _ in range(int(count * REPEATED)):
            at = int(chance() * count)
            words[at] = words[int(chance() * at)]
        for _ in range(int(count * IN_COMPANY)):
            at = int(chance() * (count - 1))
            words[at + 1] = self._companions.get(words[at], words[at + 1])
        return words

    def content_word(self, *, common: int = len(FUNCTION_WORDS), rare: int = 6000) -> str:
        """A word that a rule might ask for, of a rank between ``common`` and ``rare``, as likely per doubling of the rank."""
        return self.words[int(common * (rare / common) ** self.random.random())]

    def company(self, word: str, length: int) -> tuple[str, ...]:
        """A phrase of ``length`` words that occurs where ``word`` does."""
        phrase = [word]
        while len(phrase) < length:
            phrase.append(self._companions[phrase[-1]])
        return tuple(phrase)

    def text(self, size: int) -> str:
        """Sentences in paragraphs, about ``size`` characters."""
        chance = self.random.random
        words = self.draw(size // 5 + 60)
        if chance() < TYPESET:
            self._typeset(words)
        paragraphs: list[str] = []
        at, written = 0, 0
        while written < size:
            sentences = []
            for _ in range(int(2 + 4 * chance())):
                until = at + int(8 + 19 * chance())
                sentence = words[at:until] if until < len(words) else self.draw(until - at)
                at = until
                sentences.append(" ".join([sentence[0].capitalize(), *sentence[1:]]) + ".")
            paragraphs.append(" ".join(sentences))
            written += len(paragraphs[-1])
        return "\n\n".join(paragraphs)[:size].rsplit(" ", 1)[0] + "."

    def _typeset(self, words: list[str]) -> None:
        """Put typographic characters into a row of words, in place."""

        def places(per_thousand: int) -> list[int]:
            expected = len(words) * per_thousand / 1000
            return [int(self.random.random() * (len(words) - 8)) for _ in range(int(expected + self.random.random()))]

        for at in places(ACCENTS):
            words[at] = words[at].translate(_ACCENTED)
        for at in places(POSSESSIVES):
            words[at] += "’s"
        for at in places(DASHES):
            words[at] += " —" if at % 3 else "–" if at % 2 else "…"
        for at in places(QUOTATIONS):
            words[at] = "“" + words[at]
            words[at + 7] += ",”"

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


def feed(number: int, *, entries: int = 20, now: datetime = START, later: int = 0) -> bytes:
    """An RSS feed whose entries each have a title, a summary of two sentences and a date; so many ``later`` ones are newer."""
    writer = Writer(number + 1_000_000 * later)
    rows = []
    for entry in range(-later, entries - later):
        if entry == 0:
            writer = Writer(number)  # so that the older entries read as they did
        when = (now - timedelta(hours=entry)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        address = f"https://site{number}.example/{entry}"
        rows.append(
            f"<item><title>{escape(writer.title())}</title><link>{address}</link><guid>{address}</guid>"
            f"<pubDate>{when}</pubDate><description>{escape(writer.text(400))}</description></item>"
        )
    head = f"<title>Site {number}</title><link>https://site{number}.example/</link><description>Invented news</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(rows)}</channel></rss>'.encode()
