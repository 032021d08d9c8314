"""Two items side by side: how alike they are, whether one repeats the other, and what forbids that they tell one event.

Pure functions of two fingerprints and the model. A veto is absolute: it is never weighed against likeness, only counted
over a story's members (``cluster``).
"""

from __future__ import annotations

from bot.stories.acts import another_act
from bot.stories.copies import containment
from bot.stories.formats import stands_beside
from bot.stories.model import Model, Thresholds
from bot.stories.sharedkeys import (
    FEWEST_TEXT_STEMS,
    UNLIKE,
    elsewhere,
    other_days,
    records_apart,
    said_again,
    seats_differ,
    texts_differ,
)
from bot.stories.titles import differing_numbers, strangers
from bot.stories.view import View, dot

ANOTHER_KIND = "another kind of text"
ANOTHER_ACT = "another stage of the event"
ANOTHER_RECORD = "another record of the same office"
"""Vetoes between a report and what goes on from it; the others keep strangers apart."""


def likeness(one: View, other: View) -> float:
    """Similarity for the story tier, 0 to 1."""
    return dot(one.vector, other.vector)


def copy_share(one: View, other: View, model: Model, alike: float) -> float:
    """How much of the smaller text the other repeats, 0 to 1, if that is enough for a copy; else 0. ``alike`` is their likeness.

    Sound evidence is the body's shingles, the summary's or lead's shingles, or title and summary nearly word for word.
    """
    share = _repeated(one, other, model.thresholds, alike)
    if share and (
        records_apart(one, other)
        or differing_numbers(one, other, model)
        or other_days(one, other)
        or seats_differ(one, other)
        or siblings(one, other, model)
        or _other_names(one, other, model)
    ):
        return 0.0  # one template, filled in for another month or another town
    return share


def _other_names(one: View, other: View, model: Model) -> bool:
    """Whether each headline names something that the other article does not, where no long text says that they are one.

    A summary of a sentence is a template as often as a text: "{Town} lets its contract expire".
    """
    if min(one.mark.body.size, other.mark.body.size) >= model.thresholds.body_size:
        return False
    if texts_differ(one, other):
        return True
    return not all(map(other.tells, one.names)) and not all(map(one.tells, other.names))


def _repeated(one: View, other: View, limits: Thresholds, alike: float) -> float:
    first, second = one.mark, other.mark
    smaller, larger = sorted((first.body.size, second.body.size))
    allowed = 2.0 if first.format is not second.format and stands_beside(first.format, second.format) else limits.copy_ratio
    both_told = smaller >= limits.body_size
    if smaller and larger <= allowed * smaller:
        share = containment(first.body, second.body)
        if share >= limits.copy_body:
            return share
        if both_told:
            return 0.0  # two texts of substance speak for themselves, whatever their headlines and summaries share
    lead = max(
        containment(first.summary, second.summary),
        containment(first.summary, second.lead) if second.lead.size else 0.0,
        containment(first.lead, second.summary) if first.lead.size else 0.0,
    )
    if lead >= limits.copy_lead:
        return lead
    if both_told or alike < UNLIKE:
        return 0.0
    told = min(len(one.text), len(other.text)) >= FEWEST_TEXT_STEMS // 2  # titles alone recur: they are a key's business
    if told and min(len(one.plain), len(other.plain)) >= limits.copy_words:
        share = dot(one.plain, other.plain)
        if share >= limits.copy_text and not conflict(one, other):
            return share
    return 0.0


def veto(one: View, other: View, model: Model) -> str:
    """Why two items cannot tell one event, as words for people; empty if nothing forbids it."""
    if records_apart(one, other):
        return ANOTHER_RECORD
    return ANOTHER_KIND if stands_beside(one.mark.format, other.mark.format) else _told_otherwise(one, other, model)


def _told_otherwise(one: View, other: View, model: Model) -> str:
    if differing_numbers(one, other, model):
        return "other figures under one template"
    if said_again(one, other, model):
        return "the same headline again"
    if conflict(one, other) or siblings(one, other, model) or elsewhere(one, other):
        return "other names"
    if another_act(one.acts, other.acts):
        return ANOTHER_ACT
    single_word = min(len(one.all_stems), len(other.all_stems)) < model.min_shared_terms  # "News" beside "News"
    return "no name in common" if single_word or strangers(one, other, model) else ""


def siblings(one: View, other: View, model: Model) -> bool:
    """Whether two reports are about two places or actors, each named by one of them alone: two towns, one vendor.

    A report says in its first words where it happens, so a name at the head of a headline that is missing there is another
    place or actor. Without a text of substance on both sides only names that own an institution tell ("Northmere police").
    """
    if min(one.mark.body.size, other.mark.body.size) >= model.thresholds.body_size:
        mine, theirs = one.subject, other.subject
    else:
        mine, theirs = one.seat, other.seat
    return bool(mine and theirs) and not other.tells(mine) and not one.tells(theirs)


def goes_on(one: View, other: View) -> bool:
    """Whether the first report may go on from what the other tells: it came later and is about one of the same names.

    A title that names nothing contradicts none; then only likeness can tell (``cluster`` asks for more of it).
    """
    if one.names and not (any(map(other.tells, one.names)) or any(map(one.tells, other.names))):
        return False
    first, second = one.mark, other.mark
    later = first.published >= second.published if first.published and second.published else first.order > second.order
    return later and not conflict(one, other)


def conflict(one: View, other: View) -> bool:
    """Whether two titles each name things of one kind and share none of that kind."""
    theirs = other.named
    return any(kind in theirs and not found & theirs[kind] for kind, found in one.named.items())
