"""What a message says of a story: two or three sentences, word for word from its sources, and who reported it.

Promises: every sentence stands in an item's summary or text exactly as shown and is cut only at sentence ends; a feed's
own cut ("...") is dropped back to the last whole sentence, and kept, dots and all, only where nothing else is left; what
begins with a pronoun or a joining word never stands first; nothing is told twice where something else is left to tell; what a
text attributes, imagines or takes back beside a sentence is shown with it, or the sentence is not.
Never writes a word of its own about the event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.messages import StoryMessage
from bot.core.model import Item, Level, Match, Rule, Span
from bot.core.stories import StoryRecord
from bot.stories.candidates import CUT, MOST, OPENING, QUOTE, Sentence, content, length, of_the_report, sentences
from bot.stories.choice import LONGEST, Choice, hangs, says, stands_before
from bot.stories.dangling import has_name, points_at_somebody
from bot.stories.outlets import SHIPPED, Owners, family, outlet_name
from bot.stories.scraps import ends, is_half_quoted
from bot.stories.tokens import is_number, stem, words
from bot.text.sentences import split
from bot.text.urls import host, without_trackers

STANDFIRST = (8, 45)
"""Words of a summary that stands as the source wrote it (reference: text, summaries)."""
SUPPORT = 0.6
"""Share of a standfirst's content words that the text must hold."""
FRAGMENT = 12
"""Words from which a sentence that the source cut tells something."""
LONGEST_SUMMARY = 75
"""Words of a whole summary beyond which no third sentence is added: a reader has ten seconds."""
REPORTS = 8
"""Further reports that are read, each for its first ``REPORT_SENTENCES`` sentences: more of them change no choice."""
REPORT_SENTENCES = 5
ALIKE = 0.3
"""Share of a sentence's content words from which another report tells the same in other words."""
MATCHED_WORDS = 6
"""Matched words a message names."""

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


# ---------------------------------------------------------------- sentences


@dataclass(frozen=True, slots=True)
class _Report:
    """What one item may be quoted with.

    Attributes:
        title: content words of its headline.
        standfirst: its own summary, if that is sound.
        sentences: those of a sound summary and of the text, in order.
        pool: those of the text, or of the summary where there is no text.
    """

    title: frozenset[str]
    standfirst: Sequence[Sentence]
    sentences: Sequence[Sentence]
    pool: Sequence[Sentence]


def summarise(
    item: Item,
    spans: Sequence[Span] = (),
    others: Sequence[tuple[Item, Sequence[Span]]] = (),
    *,
    most: int = 3,
    shown: Collection[str] = (),
) -> tuple[str, ...]:
    """Two sentences of a story, or three: where a standfirst has two, or what matched hangs on the one before.

    Args:
        item: the report that the message links to.
        spans: where rules matched it; one sentence holds a match of summary or text if there is any. A match in the title needs
            none, as the headline shows it.
        others: further reports with their spans, one of each independent outlet and no copy. What several tell outranks what one
            tells alone, and the sentence that tells it best may be theirs.
        most: most sentences, at least 1.
        shown: sentences that readers were told. Those that a report still has stay unless another one is clearly better.
    """
    reports = [_read(item, spans, OPENING, 0)]
    reports += [_read(other, marks, REPORT_SENTENCES, at) for at, (other, marks) in enumerate(others[:REPORTS], 1)]
    linked, everything = reports[0], [sentence for report in reports for sentence in report.sentences]
    choice = Choice(
        linked.title, says(item.title), _told(reports) if len(reports) > 1 else {}, frozenset(shown), has_name(item.title)
    )
    chosen = _opening(reports, choice)
    chosen = _with_match(everything, chosen, [*spans, *(span for _, marks in others for span in marks)], choice)
    if len(_together(chosen)) == 1:
        chosen += _further(reports, chosen, choice)
    if not chosen or hangs(chosen[0].together[0], ()):
        return _fragment(item)
    return tuple(dict.fromkeys(sentence.text for sentence in _in_order(chosen, most, choice)))


def _together(chosen: Iterable[Sentence]) -> list[Sentence]:
    """Sentences with what must stand beside them, each once."""
    return list({sentence.text: sentence for one in chosen for sentence in one.together}.values())


def _read(item: Item, spans: Sequence[Span], opening: int, number: int) -> _Report:
    title = content(item.title)
    body = sentences(item.content_text, "body", spans, opening=opening, report=number)
    summary = sentences(item.summary, "summary", spans, opening=opening, report=number)
    standfirst = _standfirst(item, summary, title)
    if body and not standfirst:
        summary = ()  # a summary that the text does not bear out, or a cut piece of that text
    return _Report(title, standfirst, [*summary, *body], body or summary)


def _standfirst(item: Item, summary: Sequence[Sentence], title: frozenset[str]) -> list[Sentence]:
    """The source's own summary, if it is one or two whole sentences that the text supports and the title does not say."""
    fewest, most = STANDFIRST
    if (
        not 1 <= len(summary) <= 2
        or not fewest <= sum(sentence.length for sentence in summary) <= most
        or summary[0].together[0].dangles
    ):
        return []
    if _goes_on(summary[-1].text, item.content_text):
        return []
    said = frozenset().union(*(sentence.content for sentence in summary))
    if len(said - title) < max(2, len(said) / 4):
        return []
    sound = not item.content_text or len(said & content(item.content_text)) >= SUPPORT * len(said)
    return list(summary) if sound else []


def _goes_on(last: str, text: str) -> bool:
    """Whether a sentence without a mark at its end stands in the text with more behind it: the feed cut it, and did not say so."""
    at = -1 if ends(last) else text.find(last)
    return at >= 0 and text[at + len(last) :].partition("\n")[0].strip(" .") != ""


def _told(reports: Sequence[_Report]) -> dict[str, float]:
    """By sentence, how much of it the other reports tell too: the share of its words that each has, from ``ALIKE`` on.

    One report more is counted that tells none of it: a single further report says little about what matters most.

    What a further report says with figures that nobody else has counts as told by it alone: two newsrooms count the hurt
    differently, and one message must not.
    """
    known = [report.title.union(*(sentence.content for sentence in report.sentences)) for report in reports]
    told = {}
    for number, report in enumerate(reports):
        others = [known[at] for at in range(len(reports)) if at != number]
        for sentence in report.sentences:
            figures = {term for term in sentence.content - reports[0].title if is_number(term) and len(term) > 1}
            if number and figures and not any(figures & words_told for words_told in others):
                continue
            shares = [len(sentence.content & words_told) / max(1, len(sentence.content)) for words_told in others]
            told[sentence.text] = sum(share for share in shares if share >= ALIKE) / (1 + len(others))
    return told


def _opening(reports: Sequence[_Report], choice: Choice) -> list[Sentence]:
    """The standfirst, or the sentence that tells what happened best."""
    if reports[0].standfirst:
        return list(reports[0].standfirst)
    pool = [sentence for report in reports for sentence in report.pool[:OPENING] if not sentence.together[0].dangles]
    return choice.best(pool, [])


def _with_match(pool: Sequence[Sentence], chosen: list[Sentence], spans: Sequence[Span], choice: Choice) -> list[Sentence]:
    """What is chosen and the sentence that shows most of what matched; nothing more where headline and choice show as much.

    A sentence that tells again what is chosen takes its place; one that hangs brings the sentence before it, and is not
    shown without it where it begins with a pronoun: beside another sentence that would be somebody else.
    """
    shown = frozenset().union(*(sentence.clauses for sentence in _together(chosen)))
    if shown:
        shown |= {span.clause for span in spans if span.field == "title"}
    most = max((len(sentence.clauses) for sentence in pool), default=0)
    if most <= len(shown):
        return chosen
    found = choice.best([sentence for sentence in pool if len(sentence.clauses) == most], chosen)
    if not found:
        return chosen
    (match,) = found
    leads = not (match.together[0].dangles or match.is_idle or match.length > LONGEST)
    if leads and len(chosen) == 1 and choice.repeats(match, chosen[0]):
        return [match]
    if hangs(match, chosen):
        return _with_hanging(pool, chosen, match)
    if len(_together([*chosen, match])) <= MOST:
        return [*chosen, match]
    return [match] if leads and match.along else chosen


def _with_hanging(pool: Sequence[Sentence], chosen: list[Sentence], match: Sentence) -> list[Sentence]:
    """What is chosen and a match that hangs on the sentence before it, with that sentence if there is room."""
    first = match.together[0]
    before = [sentence for sentence in pool if stands_before(sentence, first) and not sentence.together[0].dangles][:1]
    joined = _together([*chosen, *before, match])
    if before and sum(sentence.length for sentence in joined) <= LONGEST_SUMMARY and len(joined) <= MOST:
        return [*chosen, *before, match]
    if points_at_somebody(first.text):
        return [*before, match] if before else chosen
    return [*chosen, match] if len(_together([*chosen, match])) <= MOST else chosen


def _further(reports: Sequence[_Report], chosen: Sequence[Sentence], choice: Choice) -> list[Sentence]:
    """The next sentence that adds something; what stands before the lead in its own text is a caption or a teaser."""
    first = chosen[0]
    pool = [
        sentence
        for report in reports
        for sentence in report.pool[:OPENING]
        if sentence.report != first.report or sentence.field != first.field or sentence.position > first.position
    ]
    fit = [sentence for sentence in pool if len(sentence.together) < MOST and choice.adds(sentence, chosen)]
    return choice.best(fit, chosen)


def _in_order(chosen: Sequence[Sentence], most: int, choice: Choice) -> list[Sentence]:
    """The first ``most`` of what was chosen, the opening's report first, each in the order of its text; none that hangs leads."""
    place = {"summary": 0, "body": 1}
    shown: list[Sentence] = []
    for one in chosen:
        joined = _together([*shown, one])
        if len(joined) <= most:
            shown = joined
    if not shown:
        return []
    opens = shown[0].report
    ordered = sorted(shown, key=lambda told: (told.report != opens, told.report, place[told.field], told.place))
    return shown if ordered[0].dangles or choice.is_unknown(ordered[0]) else ordered


def _fragment(item: Item) -> tuple[str, ...]:
    """The source's own cut text, as it stands, where there is no whole sentence: its dots tell that it is cut."""
    pieces = [piece for piece in split(item.summary) if of_the_report(piece)]
    most = STANDFIRST[1]
    if len(pieces) != 1 or not FRAGMENT <= length(pieces[0]) <= 2 * most:
        return ()
    ends_cut = CUT.search(pieces[0][-4:]) and not CUT.search(pieces[0][:-4])
    nobodys = is_half_quoted(pieces[0]) and QUOTE.match(pieces[0])
    return (pieces[0],) if ends_cut and not nobodys else ()


# ---------------------------------------------------------------- messages


def compose(
    story: StoryRecord,
    members: Sequence[StoryItem],
    rules: Sequence[Rule],
    *,
    follows: tuple[str, datetime | None] | None = None,
    backfill: int = 0,
    owners: Owners = SHIPPED,
    shown: Collection[str] = (),
) -> StoryMessage:
    """What a channel is told of a story now.

    Args:
        story: its record.
        members: all its members, reruns and copies included; at least one.
        rules: the channel's rules; only those that matched a member are named.
        follows: headline and publication instant of the story it follows, or None.
        backfill: how many items of a first poll the channel wants all the same.
        owners: who owns which outlets.
        shown: sentences of the message that readers of the channel see now; none if there is no message yet.
    """
    ordered = sorted(members, key=lambda member: (member.order, member.item.id))
    lead = lead_member(ordered, backfill=backfill)
    ids = {rule.id for rule in rules}
    telling = [lead, *(member for member in ordered if member is not lead)]
    matches = [match for member in telling for match in member.matches if match.rule_id in ids]
    named = [rule for rule in sorted(rules, key=lambda rule: rule.id) if any(match.rule_id == rule.id for match in matches)]
    spans = [span for match in lead.matches if match.rule_id in ids for span in match.spans]
    others = _other_reports(telling, ids, owners)
    families = _independent(telling, owners)
    return StoryMessage(
        story_id=story.id,
        headline=lead.item.title,
        url=without_trackers(lead.item.url) if lead.item.url else None,
        host=host(lead.item.url) if lead.item.url else None,
        sentences=summarise(lead.item, spans, others, shown=shown),
        outlet=outlet_name(lead.item),
        published=lead.item.date_published,
        also=tuple(name for name in families if name != families[0]) if family(lead.item, owners) else tuple(families),
        independent=len(families) + (family(lead.item, owners) is None),
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


def _independent(members: Sequence[StoryItem], owners: Owners) -> list[str]:
    """One printed name for each family that reported in its own words, the lead's first, then by arrival."""
    names: dict[str, str] = {}
    for member in members:
        name, key = outlet_name(member.item), family(member.item, owners)
        if name is not None and key is not None and member.duplicate_of is None:
            names.setdefault(key, name)
    return list(names.values())


def _other_reports(telling: Sequence[StoryItem], rule_ids: Collection[str], owners: Owners) -> list[tuple[Item, list[Span]]]:
    """The first report of every further outlet that wrote its own, with the spans of the channel's rules."""
    seen = {family(telling[0].item, owners)}
    found = []
    for member in telling[1:]:
        outlet = family(member.item, owners)
        if member.duplicate_of is None and member.rerun_of is None and outlet not in seen:
            seen.add(outlet)
            found.append((member.item, [span for match in member.matches if match.rule_id in rule_ids for span in match.spans]))
    return found


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
