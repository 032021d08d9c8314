"""Whether a key that two items share makes them one article: sources use addresses and titles again.

Pure functions of two views and the model; which keys an item has is ``keys``.
"""

from __future__ import annotations

from bot.core.model import Format
from bot.stories.copies import containment
from bot.stories.fingerprint import Fingerprint
from bot.stories.model import Model
from bot.stories.titles import differing_numbers
from bot.stories.view import View, dot

FEWEST_TEXT_STEMS = 8
"""Of these below the title on both sides, texts can be told apart; with fewer a title stands alone."""
UNLIKE = 0.25
"""Below this likeness two texts under one title are two articles."""
_TOLD_ONCE = frozenset({Format.NEWS, Format.VIDEO, Format.OPINION, Format.EXPLAINER})
"""Formats whose titles are made for one text; the others are series."""
_STRANGERS = 0.6
"""Below this likeness of titles, entries of one source with guids of their own only share an address."""


def shared_key(one: View, other: View, model: Model) -> str:
    """The key two items share within its limits, as words for people; empty if none."""
    common = one.keys & other.keys
    if not common:
        return ""
    kinds = {key[0] for key in common}
    if "g" in kinds:
        return "the same entry of the same source"
    if "u" in kinds and not _only_shares_address(one, other, model) and not _elsewhere_in_page(one, other):
        return "the same address"
    if "t" in kinds and _title_counts(one, other, model):
        return "the same title"
    return ""


def _elsewhere_in_page(one: View, other: View) -> bool:
    """Whether two addresses lead to two places of one page, under two headings: release notes, a list of alerts."""
    mine, theirs = ({key for key in side.keys if key[0] == "a"} for side in (one, other))
    return bool(mine and theirs) and not mine & theirs and one.title != other.title


def _only_shares_address(one: View, other: View, model: Model) -> bool:
    """Sources that link every entry to one page: each entry has a guid and a title of its own."""
    return (
        one.mark.source_id == other.mark.source_id
        and any(key[0] == "g" for key in one.mark.keys)
        and any(key[0] == "g" for key in other.mark.keys)
        and (dot(one.heading, other.heading) < _STRANGERS or differing_numbers(one, other, model))
    )


def _title_counts(one: View, other: View, model: Model) -> bool:
    first, second, limits = one.mark, other.mark, model.thresholds
    told = min(len(one.text), len(other.text)) >= FEWEST_TEXT_STEMS
    if (told and dot(one.text, other.text) < UNLIKE) or _next_issue(one, other, told=told):
        return False
    if (
        not _one_publisher(first, second)
        and min(first.body.size, second.body.size) >= limits.body_size
        and containment(first.body, second.body) < limits.title_body
    ):
        return False  # two newsrooms found the same headline for their own reports
    apart = abs(first.dated - second.dated) if first.dated and second.dated else None
    if not told and (first.format not in _TOLD_ONCE or _names_nothing(one)):  # the next issue of a series has the same title
        return apart <= limits.rerun if apart is not None else first.format in _TOLD_ONCE
    if apart is None or apart <= limits.title_key:
        return True
    return first.source_id == second.source_id and (told or not _own_entries(one, other))


def _next_issue(one: View, other: View, *, told: bool) -> bool:
    """Whether two entries under one title are two issues of a series: they say nothing more, or other figures and days."""
    if not _own_entries(one, other):
        return False
    if told:
        return other_days(one, other)
    if one.mark.format is Format.TEMPLATE:
        return not one.numbers
    return one.mark.format not in _TOLD_ONCE and _one_publisher(one.mark, other.mark)


def other_days(one: View, other: View) -> bool:
    """Whether two entries of an official series tell other figures and days below their titles: the text is a form."""
    forms = one.mark.format is Format.TEMPLATE and other.mark.format is Format.TEMPLATE and _own_entries(one, other)
    return forms and bool(one.figures - other.figures and other.figures - one.figures)


def _names_nothing(one: View) -> bool:
    return not one.names and not one.numbers


def _own_entries(one: View, other: View) -> bool:
    """Whether both have an address, and not the same one."""
    mine, theirs = ({key for key in side.keys if key[0] == "u"} for side in (one, other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _one_publisher(first: Fingerprint, second: Fingerprint) -> bool:
    return first.source_id == second.source_id or (first.host is not None and first.host == second.host)


def said_again(one: View, other: View, model: Model) -> bool:
    """Whether one publisher used a headline that names nothing a second time, days later, and says nothing more with it."""
    first, second = one.mark, other.mark
    return (
        one.title == other.title
        and _names_nothing(one)
        and min(len(one.text), len(other.text)) < FEWEST_TEXT_STEMS
        and _one_publisher(first, second)
        and _own_entries(one, other)
        and first.dated is not None
        and second.dated is not None
        and abs(first.dated - second.dated) > model.thresholds.rerun
    )
