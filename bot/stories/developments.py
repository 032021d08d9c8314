"""Whether a further report of a told story tells something new to those who were told of it, and in which sentence. Pure.

Promises: rather nothing than something that readers know: a development is a dated report in its outlet's own words, hours younger
than the first one, whose headline names what no report before it did, and which begins with a whole sentence of its own about that,
shown word for word. What others merely say otherwise, comment on, explain or sum up is none. Never looks at more than the
beginnings of some reports, so the cost does not grow with the story.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from bot.core.memo import memo
from bot.core.model import Format, Item
from bot.stories.candidates import Sentence, content, sentences
from bot.stories.formats import format_of
from bot.stories.scraps import ends
from bot.stories.summary import StoryItem
from bot.stories.tokens import is_number

LATER = timedelta(hours=6)
"""How much younger than the first report a development is: what comes sooner is the same news, still being written."""
NEW_WORDS = 2
"""Content words of its headline that no report had before it."""
NEW_SHARE = 0.5
"""Share of its headline's content words that these are: a headline that mostly says the same again tells the same."""
SENTENCE_NEW = 4
"""Content words of the sentence that no report had before it."""
SENTENCE_SHARE = 0.5
"""Share of the sentence's content words that these are."""
LONGEST = 45
"""Words of a sentence that is shown: a reply is read in passing."""
SUBSTANCE = 30
"""Content words of a text, of the report and of one before it, below which nobody can tell what is new: feeds that print an
excerpt leave out what the article says."""
KNOWN_REPORTS = 10
"""Reports whose texts are looked at for what is known: the first of the story, which told most, and the newest."""
KNOWN_HEADS = 100
"""Reports whose headlines and summaries are looked at for the same."""
KNOWN_TEXT = 4_000
"""Code points of each of them."""
READ = 2
"""Sentences of the report that may be shown: its news stands above, and what follows explains it."""
_TO_READERS = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
"""A sentence that speaks to its reader comments; in quotation marks somebody speaks to somebody else."""
_QUOTED = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]")

_KEPT = 256
"""Texts whose words are remembered: a story is looked at again with every report that joins it."""


def development(report: StoryItem, before: Sequence[StoryItem], told: Iterable[str]) -> str | None:
    """The sentence with which a report tells something new; None if it tells nothing that is clearly new.

    Args:
        report: the report, of its own words.
        before: every report of the story that was known before it, copies and reruns left out.
        told: what readers were told besides, as it was shown.
    """
    item = report.item
    first = min((one.item.date_published for one in before if one.item.date_published is not None), default=None)
    if item.date_published is None or first is None or item.date_published - first < LATER:
        return None
    if format_of(item.title, item.summary, item.url) is not Format.NEWS:
        return None
    if min(len(_text(item)), max(len(_text(one.item)) for one in before)) < SUBSTANCE:
        return None
    headline = _plain(item.title)
    heads = frozenset().union(*(_head(one.item) for one in _some(before, KNOWN_HEADS)))
    if not _says_new(headline, headline - heads):
        return None  # asked before the texts are, which cost more
    known = heads.union(*(_text(one.item) for one in _some(before, KNOWN_REPORTS)), *(content(text) for text in told))
    fresh = headline - known
    if not _says_new(headline, fresh):
        return None
    pool = [sentence for sentence in _shown(item) if not sentence.text.startswith(item.title)]
    fit = [sentence for sentence in pool if _tells(sentence, known, headline, fresh)]
    best = max(fit, key=lambda one: (len(one.content & fresh), -one.position), default=None)
    return None if best is None else best.text


def _says_new(headline: Collection[str], fresh: Collection[str]) -> bool:
    return len(fresh) >= NEW_WORDS and len(fresh) >= NEW_SHARE * len(headline)


def _tells(sentence: Sentence, known: Collection[str], headline: frozenset[str], fresh: frozenset[str]) -> bool:
    new = sentence.content - frozenset(known)
    whole = ends(sentence.text) and not sentence.along and not sentence.text.endswith("?")
    sound = not (sentence.dangles or sentence.leads_on or sentence.is_idle or sentence.is_bare_quote or sentence.is_list)
    return (
        whole
        and sound
        and not _TO_READERS.search(_QUOTED.sub("", sentence.text))
        and sentence.length <= LONGEST
        and len(new & fresh) >= NEW_WORDS
        and len(new - headline) >= NEW_WORDS
        and len(new) >= max(SENTENCE_NEW, SENTENCE_SHARE * len(sentence.content))
    )


def _shown(item: Item) -> list[Sentence]:
    return [*sentences(item.content_text, "body", (), opening=READ), *sentences(item.summary, "summary", (), opening=READ)]


def _some(before: Sequence[StoryItem], most: int) -> Sequence[StoryItem]:
    ordered = sorted(before, key=lambda one: one.order)
    return ordered if len(ordered) <= most else [ordered[0], *ordered[1 - most :]]


def _plain(text: str) -> frozenset[str]:
    """Content words without figures: two newsrooms count differently."""
    return frozenset(term for term in content(text) if not is_number(term))


def _head(item: Item) -> frozenset[str]:
    return _words_of(f"{item.title} {item.summary[:KNOWN_TEXT]}")


def _text(item: Item) -> frozenset[str]:
    return _words_of(item.content_text[:KNOWN_TEXT])


@memo(_KEPT)
def _words_of(text: str) -> frozenset[str]:
    return content(text)
