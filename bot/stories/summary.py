"""What a message says of a story: two or three sentences, word for word from a source, and who reported it.

Promises: every sentence stands in an item's summary or text exactly as shown and is cut only at sentence ends; a feed's
own cut ("...") is dropped back to the last whole sentence, and kept, dots and all, only where nothing else is left; half
a quotation and a call to the reader are never shown. Never writes a word of its own about the event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Item, Level, Match, Rule, Span, StoryMessage
from bot.core.records import StoryRecord
from bot.stories.fingerprint import without_furniture
from bot.stories.outlets import family, outlet_name
from bot.stories.scraps import ends, is_call, is_cut, is_half_quoted
from bot.stories.tokens import stem, words
from bot.stories.words import STOP
from bot.text.sentences import split
from bot.text.urls import host, without_trackers

STANDFIRST = (8, 45)
"""Words of a summary that stands as the source wrote it (reference: text, summaries)."""
SUPPORT = 0.6
"""Share of a standfirst's content words that the text must hold."""
NEWS = 3
"""Content words that a sentence must add to the headline and to what is shown: a news lead says the headline again, and
then who, when and how many, so counting what it repeats would punish the best sentence of the text."""
NEWS_SHARE = 0.6
"""Or that share of its own content words, so that a short sentence can be news."""
ABOUT = 0.6
"""What a sentence that holds every content word of the headline is worth above one that holds none; 1 is the first place."""
SHORTEST = 4
"""Words that make a sentence; fewer are a label."""
LONGEST = 45
"""Words above which a sentence is passed over where another will do."""
LEAD_SENTENCES = 8
"""Sentences of the text among which the lead is sought."""
MATCHED_WORDS = 6
"""Matched words a message names."""

_CUT = re.compile(r"\.\.\.|…")
_DASH = re.compile(
    r"^(?:[-–—•·*]+|[A-Z][A-Z .'’-]{2,30}(?:, [A-Z][\w.]{1,12}){0,2}(?: \([A-Z][\w /]{1,20}\))? ?[-–—]{1,2}|"
    r"\([A-Z][\w /]{1,20}\) ?[-–—]{1,2})\s+"
)
"""A list mark or the place of a news agency's report."""
_NO_ANSWER = re.compile(
    r"\b(?:declined to comment|(?:request|reached|asked|contacted|approached) (?:\w+ )?for (?:a )?(?:comment|response)|"
    r"(?:not|n['’]t) (?:\w+ )?(?:respond|repl[yi]|return|answer)\w*)\b",
    re.IGNORECASE,
)
"""That somebody said nothing is the last thing a reader in a hurry needs."""
_DANGLING = re.compile(
    r"^[\"“'‘(]*(?:it|they|he|she|this|that|these|those|but|and|also|however|his|her|their|its|such|instead|meanwhile)\b",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(
    r"^(?:to that end|in other cases|in this case|for (?:instance|example)|as a result|moreover|furthermore|then|so|still|even so|"
    r"in addition|after all|now)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:welcome to\b|let['’]s\b|this (?:piece|article|story|post) (?:was |has )?(?:been )?(?:originally|first)\b)", re.IGNORECASE
)
_QUOTE = re.compile(r"[\"“”«»„]")
_MID_SENTENCE = re.compile(r"\W*(?:\d+\)\s)?[a-zß-öø-ÿ](?![A-Z])")
"""A sentence whose first letter is small (but not "iPhone") began before the feed's excerpt did."""
_SPEAKER = re.compile(
    r"\b(?:said|says|say|told|according|wrote|writes|added|asked|argued|tweeted|announced|stated|warned|called)\b", re.IGNORECASE
)
_LEVELS = tuple(Level)
_SHOWN_FIELDS = ("title", "summary", "body")


@dataclass(frozen=True, slots=True)
class StoryItem:
    """A member of a story with what messages need of it.

    Attributes:
        matches: of every rule; ``compose`` takes those of the channel's rules.
        order: order of arrival.
        baseline_rank: None for news, else its rank in the first poll of its source (0 is the newest).
    """

    item: Item
    matches: tuple[Match, ...] = ()
    rerun_of: str | None = None
    duplicate_of: str | None = None
    order: int = 0
    baseline_rank: int | None = None


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    field: str
    position: int
    clauses: frozenset[str]
    content: frozenset[str]
    length: int


def summarise(item: Item, spans: Sequence[Span] = (), *, most: int = 3) -> tuple[str, ...]:
    """Two sentences of an item, three if its standfirst has two and neither holds the match; fewer if it has no more.

    Args:
        item: its summary and text are the only sources.
        spans: where rules matched; one sentence holds a match of summary or text if there is any. A match in the title needs
            none, as the headline shows it.
        most: most sentences, at least 1.
    """
    title = _content(item.title)
    body = _sentences(item.content_text, "body", spans)
    summary = _sentences(item.summary, "summary", spans)
    chosen = _standfirst(item, summary, title)
    if body and not chosen:
        summary = []  # a summary that the text does not bear out, or a cut piece of that text
    pool = body or summary
    if not chosen:
        opening = [sentence for sentence in pool[:LEAD_SENTENCES] if not _DANGLING.match(sentence.text)]
        chosen = _best(opening, [], title)
    chosen += _matching([*summary, *body], chosen, spans, title)
    if len(chosen) == 1:
        first = chosen[0].position if chosen[0] in pool else -1  # what stands before the lead is a caption or a teaser
        further = [sentence for sentence in pool[:LEAD_SENTENCES] if sentence.position > first]
        chosen += _best([sentence for sentence in further if _adds(sentence, chosen, title)], chosen, title)
    if not chosen:
        return _fragment(item)
    told = dict.fromkeys(sentence.text for sentence in chosen[:most])
    return tuple(sorted(told, key=[sentence.text for sentence in (*summary, *body)].index))


def _sentences(text: str, field: str, spans: Sequence[Span]) -> list[_Sentence]:
    """The whole sentences of a field, without page furniture, cut tails and beginnings in mid-sentence."""
    found: list[_Sentence] = []
    at = 0
    pieces = split(text)
    some_end = any(map(ends, pieces))
    for piece in pieces:
        start = text.index(piece, at)
        at = start + len(piece)
        if not _of_the_report(piece) or is_half_quoted(piece) or _CUT.search(piece) or is_cut(piece, others_end=some_end):
            continue
        sentence = _DASH.sub("", piece)
        if len(sentence.split()) < SHORTEST:
            continue
        found.append(
            _Sentence(
                text=sentence,
                field=field,
                position=len(found),
                clauses=frozenset(span.clause for span in spans if span.field == field and start <= span.start < at),
                content=_content(sentence),
                length=len(sentence.split()),
            )
        )
    return found


def _of_the_report(piece: str) -> bool:
    """Whether a piece says something of the report, from its beginning, and not something of its page."""
    return not (is_call(piece) or _MID_SENTENCE.match(piece)) and without_furniture(piece) == piece


def _standfirst(item: Item, summary: Sequence[_Sentence], title: frozenset[str]) -> list[_Sentence]:
    """The source's own summary, if it is one or two whole sentences that the text supports and the title does not say."""
    fewest, most = STANDFIRST
    if not 1 <= len(summary) <= 2 or not fewest <= sum(sentence.length for sentence in summary) <= most:
        return []
    said = frozenset().union(*(sentence.content for sentence in summary))
    if len(said - title) < max(2, len(said) / 4):
        return []
    if item.content_text:
        sound = len(said & _content(item.content_text)) >= SUPPORT * len(said)
    else:
        sound = not _DANGLING.match(summary[0].text)  # an excerpt from the middle of a text, not a standfirst
    return list(summary) if sound else []


def _matching(
    pool: Sequence[_Sentence], chosen: Sequence[_Sentence], spans: Sequence[Span], title: frozenset[str]
) -> list[_Sentence]:
    """The sentence that shows most of what matched; none where the chosen ones, with the headline, show as much."""
    shown = frozenset().union(*(sentence.clauses for sentence in chosen))
    if shown:
        shown |= {span.clause for span in spans if span.field == "title"}
    most = max((len(sentence.clauses) for sentence in pool), default=0)
    if most <= len(shown):
        return []
    return _best([sentence for sentence in pool if len(sentence.clauses) == most], chosen, title)


def _best(pool: Iterable[_Sentence], chosen: Sequence[_Sentence], title: frozenset[str]) -> list[_Sentence]:
    """The best sentence of a pool that is not shown yet, in a list; an empty one if there is none."""
    shown = {sentence.text for sentence in chosen}
    left = [sentence for sentence in pool if sentence.text not in shown]
    left = [sentence for sentence in left if not _NO_ANSWER.search(sentence.text)] or left
    return [max(left, key=lambda sentence: (_worth(sentence, chosen, title), -sentence.position))] if left else []


def _worth(sentence: _Sentence, chosen: Sequence[_Sentence], title: frozenset[str]) -> float:
    """Earlier is better, and a lead is about what the title is about (a caption is not); a fault costs some places."""
    worth = 1 / (1 + 0.3 * sentence.position)
    if not chosen:
        worth += ABOUT * len(sentence.content & title) / max(1, len(title))
    if _LEADS_ON.match(sentence.text):
        worth -= 0.2
    if _GREETING.match(sentence.text):
        worth -= 0.6
    if _hangs(sentence, chosen):
        worth -= 0.4
    if sentence.length > LONGEST:
        worth -= 0.4
    if sentence.length < STANDFIRST[0]:
        worth -= 0.3
    if _bare_quote(sentence):
        worth -= 0.5
    if sentence.text.endswith("?"):
        worth -= 0.5
    if not _is_news(sentence, chosen, title):
        worth -= 0.5
    return worth


def _hangs(sentence: _Sentence, chosen: Sequence[_Sentence]) -> bool:
    """Whether a sentence speaks of something that the one before it has named, and that one is not shown."""
    before = any(other.field == sentence.field and other.position == sentence.position - 1 for other in chosen)
    return bool(_DANGLING.match(sentence.text)) and not before


def _adds(sentence: _Sentence, chosen: Sequence[_Sentence], title: frozenset[str]) -> bool:
    """Whether a sentence is worth a line of its own beside what is shown."""
    idle = _NO_ANSWER.search(sentence.text) or _GREETING.match(sentence.text)
    faulty = idle or _hangs(sentence, chosen) or _bare_quote(sentence)
    return not faulty and _is_news(sentence, chosen, title)


def _bare_quote(sentence: _Sentence) -> bool:
    """Whether a sentence quotes somebody and does not say whom."""
    return bool(_QUOTE.search(sentence.text)) and not _SPEAKER.search(sentence.text)


def _is_news(sentence: _Sentence, chosen: Sequence[_Sentence], title: frozenset[str]) -> bool:
    """Whether a sentence adds something to the headline and to what is shown."""
    added = len(sentence.content - title.union(*(other.content for other in chosen)))
    return added >= NEWS or added >= max(2, NEWS_SHARE * len(sentence.content))


def _fragment(item: Item) -> tuple[str, ...]:
    """The source's own cut text, as it stands, where there is no whole sentence: its dots tell that it is cut."""
    pieces = [piece for piece in split(item.summary) if _of_the_report(piece)]
    fewest, most = STANDFIRST
    if len(pieces) != 1 or not fewest <= len(pieces[0].split()) <= 2 * most:
        return ()
    ends_cut = _CUT.search(pieces[0][-4:]) and not _CUT.search(pieces[0][:-4])
    nobodys = is_half_quoted(pieces[0]) and _QUOTE.match(pieces[0])
    return (pieces[0],) if ends_cut and not nobodys else ()


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP)


# ---------------------------------------------------------------- messages


def compose(
    story: StoryRecord,
    members: Sequence[StoryItem],
    rules: Sequence[Rule],
    *,
    follows: tuple[str, datetime | None] | None = None,
    backfill: int = 0,
) -> StoryMessage:
    """What a channel is told of a story now.

    Args:
        story: its record.
        members: all its members, reruns and copies included; at least one.
        rules: the channel's rules; only those that matched a member are named.
        follows: headline and publication instant of the story it follows, or None.
        backfill: how many items of a first poll the channel wants all the same.
    """
    ordered = sorted(members, key=lambda member: (member.order, member.item.id))
    lead = lead_member(ordered, backfill=backfill)
    ids = {rule.id for rule in rules}
    telling = [lead, *(member for member in ordered if member is not lead)]
    matches = [match for member in telling for match in member.matches if match.rule_id in ids]
    named = [rule for rule in sorted(rules, key=lambda rule: rule.id) if any(match.rule_id == rule.id for match in matches)]
    spans = [span for match in lead.matches if match.rule_id in ids for span in match.spans]
    families = _independent(telling)
    return StoryMessage(
        story_id=story.id,
        headline=lead.item.title,
        url=without_trackers(lead.item.url) if lead.item.url else None,
        host=host(lead.item.url) if lead.item.url else None,
        sentences=summarise(lead.item, spans),
        outlet=outlet_name(lead.item),
        published=lead.item.date_published,
        also=tuple(name for name in families if name != families[0]) if family(lead.item) else tuple(families),
        independent=len(families) + (family(lead.item) is None),
        copies=sum(1 for member in ordered if member.duplicate_of is not None),
        rules=tuple((rule.id, rule.title) for rule in named),
        matched=_matched_words(span for match in matches for span in match.spans),
        follows=follows,
        level=max((rule.level for rule in named), key=_LEVELS.index, default=Level.NORMAL),
        notes=lead.item.notes,
    )


def lead_member(members: Sequence[StoryItem], *, backfill: int = 0) -> StoryItem:
    """The earliest-dated original that is news; undated ones come after dated ones, then order of arrival decides.

    What a first poll brought and the channel passed over leads only where nothing else can: the readers were not told of it
    when it was new, so the report that brings the story to them tells it. A rerun leads last of all.
    """
    fresh = [member for member in members if member.rerun_of is None]
    originals = [member for member in fresh if member.duplicate_of is None]
    news = [member for member in originals if member.baseline_rank is None or member.baseline_rank < backfill]
    return min(news or originals or fresh or members, key=_precedence)


def _precedence(member: StoryItem) -> tuple[bool, float, int]:
    published = member.item.date_published
    return (published is None, published.timestamp() if published else 0.0, member.order)


def _independent(members: Sequence[StoryItem]) -> list[str]:
    """One printed name for each family that reported in its own words, the lead's first, then by arrival."""
    names: dict[str, str] = {}
    for member in members:
        name, key = outlet_name(member.item), family(member.item)
        if name is not None and key is not None and member.duplicate_of is None:
            names.setdefault(key, name)
    return list(names.values())


def _matched_words(spans: Iterable[Span]) -> tuple[str, ...]:
    """The matched words as the articles write them, phrases first; those of titles, summaries and texts if there are any.

    One thing is named once: capitals, blanks, hyphens and the plural make no second one.
    """
    found = list(spans)
    shown = [span for span in found if span.field in _SHOWN_FIELDS] or found
    once: dict[tuple[str, ...], str] = {}
    for span in shown:
        once.setdefault(tuple(map(stem, words(span.text))) or (span.text,), " ".join(span.text.split()))
    return tuple(sorted(once.values(), key=lambda told: len(words(told)) < 2))[:MATCHED_WORDS]
