"""Which sentence says most to a reader who has seen the headline and what is chosen already. Pure.

Promises: a judgement of the sentence's place, form and words alone, the same for every outlet; figures are weights among
themselves and mean nothing outside this file. Never changes a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.stories.candidates import Sentence
from bot.stories.scraps import ends
from bot.stories.tokens import is_number, stem

NEWS = 3
"""Content words that a sentence must add to the headline and to what is shown: a news lead says the headline again, and
then who, when and how many, so counting what it repeats would punish the best sentence of the text."""
NEWS_SHARE = 0.6
"""Or that share of its own content words, so that a short sentence can be news."""
ABOUT = 0.6
"""What a sentence that holds every content word of the headline is worth above one that holds none; 1 is the first place."""
TOLD = 2.0
"""What a sentence that very many other reports tell in the same words is worth above one that none tells."""
OPENS_ELSEWHERE = 0.5
"""What the opening of another report than the linked one is worth less: it stands under the linked one's headline."""
ELSEWHERE = 0.15
"""The same for a further sentence: the reader who follows the link looks for it there."""
QUOTED = 0.25
"""What a quotation with its speaker is worth where the headline says that somebody said something."""
REPEATS = 0.5
"""Share of the content words of the shorter of two sentences that both have, from which one tells the other again."""
REPEATS_ELSEWHERE = 0.4
"""The same for sentences of two reports: two newsrooms tell one fact in different words, one newsroom tells it once."""
AGAIN = 0.5
"""What a sentence with no words but those of one that is shown is worth less."""
HEADLINE_AGAIN = 0.3
"""What a further sentence with no words but those of the headline is worth less."""
REPEATS_FIGURE = 0.25
"""The same where they share a figure or a day that the headline does not have."""
STAYS = 0.4
"""What a sentence that readers of the channel were already told is worth more: an edit is to change what is new, not to say the
same in other words, so a better sentence takes its place only if it is clearly better."""
UNKNOWN = 0.7
"""What an opening costs that begins with a thing nobody named: the second sentence, if it is sound, stands before it."""
LONGEST = 45
"""Words above which a sentence is passed over where another will do."""
SHORT = 8
"""Words below which a sentence says little."""

_SAID = re.compile(
    r"[\"“”«»„]|(?:^|\s)[‘'][^‘’']{8,}[’'](?!\w)|\b(?:says?|said|calls?|warns?|tells?|urges?|vows?|defends?|apologi[sz]es?|"
    r"admits?|denies|demands?|blasts?|slams?|condemns?)\b",
    re.IGNORECASE,
)
"""A headline whose news is what somebody said."""


def says(headline: str) -> bool:
    """Whether a headline's news is what somebody said."""
    return _SAID.search(headline) is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """A headline's taste in sentences.

    Attributes:
        title: content words of the headline.
        said: whether its news is what somebody said.
        told: by sentence, how much of it the other reports tell too, from 0 to 1.
        stays: sentences that the channel's message shows now.
        named: whether the headline may name who or what is spoken of.
    """

    title: frozenset[str]
    said: bool = False
    told: Mapping[str, float] = field(default_factory=dict)
    stays: frozenset[str] = frozenset()
    named: bool = True

    def best(self, pool: Iterable[Sentence], chosen: Sequence[Sentence]) -> list[Sentence]:
        """The best sentence that is not chosen yet, in a list; an empty one if there is none."""
        shown = {sentence.text for sentence in chosen}
        left = [sentence for sentence in pool if sentence.text not in shown]
        left = [sentence for sentence in left if not sentence.is_idle] or left
        return [max(left, key=lambda sentence: (self.worth(sentence, chosen), -sentence.position))] if left else []

    def worth(self, sentence: Sentence, chosen: Sequence[Sentence]) -> float:
        """Earlier is better, and a lead is about what the headline is about (a caption is not); a fault costs some places."""
        worth = 1 / (1 + 0.3 * sentence.position) + TOLD * self.told.get(sentence.text, 0.0)
        worth += STAYS * (sentence.text in self.stays)
        if not chosen:
            worth += ABOUT * len(sentence.content & self.title) / max(1, len(self.title))
        else:
            worth -= AGAIN * max(share(sentence, other) for other in chosen)
            worth -= HEADLINE_AGAIN * len(sentence.content & self.title) / max(1, len(sentence.content))
            worth += QUOTED * (self.said and sentence.is_quote)
        return worth - sum(cost for cost, found in self._faults(sentence, chosen) if found)

    def _faults(self, sentence: Sentence, chosen: Sequence[Sentence]) -> tuple[tuple[float, bool], ...]:
        return (
            (ELSEWHERE if chosen else OPENS_ELSEWHERE, sentence.report > 0),
            (0.2, sentence.leads_on),
            (0.6, sentence.is_idle),
            (0.4, hangs(sentence, chosen)),
            (UNKNOWN, not chosen and self.is_unknown(sentence)),
            (0.4, sentence.length > LONGEST or sentence.is_list),
            (0.3, sentence.length < SHORT),
            (0.5, sentence.is_bare_quote),
            (0.5, sentence.text.endswith("?")),
            (0.3, not ends(sentence.text)),
            (0.5, not self.is_news(sentence, chosen)),
        )

    def is_unknown(self, sentence: Sentence) -> bool:
        """Whether a sentence begins with a thing as if the reader knew it, and the headline names nothing it could be."""
        return bool(sentence.thing) and not self.named and stem(sentence.thing) not in self.title

    def adds(self, sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
        """Whether a sentence is worth a line of its own beside what is shown."""
        faulty = (
            not ends(sentence.text) or sentence.is_idle or sentence.is_bare_quote or sentence.is_list or hangs(sentence, chosen)
        )
        return not faulty and self.is_news(sentence, chosen)

    def is_news(self, sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
        """Whether a sentence adds something to the headline and to what is shown, and tells nothing again."""
        added = len(sentence.content - self.title.union(*(other.content for other in chosen)))
        enough = added >= NEWS or added >= max(2, NEWS_SHARE * len(sentence.content))
        return enough and not any(self.repeats(sentence, other) for other in chosen)

    def repeats(self, sentence: Sentence, other: Sentence) -> bool:
        """Whether one of two sentences tells the other again: most of its words, or some of them with a figure or a day."""
        shared = sentence.content & other.content
        shorter = min(len(sentence.content), len(other.content))
        if len(shared) >= (REPEATS if sentence.report == other.report else REPEATS_ELSEWHERE) * shorter:
            return True
        figures = any(is_number(term) and len(term) > 1 for term in shared - self.title)
        return figures and len(shared) >= REPEATS_FIGURE * shorter


def share(one: Sentence, other: Sentence) -> float:
    """The share of the content words of the shorter of two sentences that both have."""
    return len(one.content & other.content) / max(1, min(len(one.content), len(other.content)))


def hangs(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    """Whether a sentence speaks of something that the one before it has named, and that one is not shown."""
    first = sentence.together[0]
    return first.dangles and not any(stands_before(told, first) for other in chosen for told in other.together)


def stands_before(other: Sentence, sentence: Sentence) -> bool:
    """Whether a sentence stands right before another one in the same text."""
    return (other.report, other.field, other.place) == (sentence.report, sentence.field, sentence.place - 1)
