"""Whether a key that two items share makes them one article: sources use addresses and titles again.

Pure functions of two views and the model; which keys an item has is ``keys``.
"""

from __future__ import annotations

from bot.core.model import Format
from bot.stories.copies import containment
from bot.stories.fingerprint import Fingerprint
from bot.stories.model import Model
from bot.stories.titles import differing_numbers
from bot.stories.tokens import is_number
from bot.stories.view import View, dot

FEWEST_TEXT_STEMS = 8
"""Of these below the title on both sides, texts can be told apart; with fewer a title stands alone."""
UNLIKE = 0.25
"""Below this likeness two texts under one title are two articles."""
ONE_TEXT = 0.8
"""From this likeness on, two texts of the same names and figures are one, whatever place stands before them."""
_TOLD_ONCE = frozenset({Format.NEWS, Format.VIDEO, Format.OPINION, Format.EXPLAINER})
"""Formats whose titles are made for one text; the others are series."""
_STRANGERS = 0.6
"""Below this likeness of titles, entries of one source with guids of their own only share an address."""


def shared_key(one: View, other: View, model: Model, *, relisted: bool = False) -> str:
    """The key two items share within its limits, as words for people; empty if none.

    Args:
        one: the newcomer.
        other: a stored item.
        model: its limits.
        relisted: the newcomer's source gives all it lists under new addresses (``index.relisted``): then its own headlines count
            whatever their dates.
    """
    common = one.keys & other.keys
    if not common:
        return ""
    kinds = {key[0] for key in common}
    if "g" in kinds:
        return "the same entry of the same source"
    if records_apart(one, other) and (one.mark.source_id == other.mark.source_id or "u" not in kinds):
        return ""
    if "u" in kinds and not _only_shares_address(one, other, model) and not _elsewhere_in_page(one, other):
        return "the same address"
    if "t" in kinds and (
        (relisted and one.mark.source_id == other.mark.source_id and not texts_differ(one, other))
        or _title_counts(one, other, model)
    ):
        return "the same title"
    return ""


def records_apart(one: View, other: View) -> bool:
    """Whether both are numbered records of one sort, of a council, a court or a watched page, and not the same one.

    Their forms repeat each other word for word: a docket's entries, the items of an agenda, a page that says something again.
    """
    mine, theirs = one.records, other.records
    return bool(mine and theirs) and not mine & theirs and {key[:5] for key in mine} == {key[:5] for key in theirs}


def texts_differ(one: View, other: View) -> bool:
    """Whether what stands below two headlines tells of two things: of nobody and no place in common, or of no name and no figure.

    A name counts as common wherever the other item has it. Where one text names nothing or gives no figure, it denies nothing.
    """
    if seats_differ(one, other) or _no_name_in_common(one, other, one.text_names, other.text_names):
        return True
    mine, theirs = ({term for term in side.figures if is_number(term)} for side in (one, other))
    corrected = one.text_names & other.text_names  # of one town, another figure is a correction
    return bool(mine and theirs) and mine.isdisjoint(theirs) and not corrected


def seats_differ(one: View, other: View) -> bool:
    """Whether two reports name two places before their first sentences, each unknown to the other.

    Of one text that two papers of a wire print under their own datelines, all other names and figures are the same.
    """
    if not _no_name_in_common(one, other, one.datelines, other.datelines):
        return False
    mine, theirs = (((side.text_names - side.datelines), side.figures) for side in (one, other))
    return mine != theirs or dot(one.text, other.text) < ONE_TEXT


def _no_name_in_common(one: View, other: View, mine: frozenset[str], theirs: frozenset[str]) -> bool:
    return bool(mine and theirs) and not any(map(other.tells, mine)) and not any(map(one.tells, theirs))


def elsewhere(one: View, other: View) -> bool:
    """Whether two reports are of two places or actors where a headline leaves that to its text: "Council ends contract".

    What the headline or the first words below it name is compared; vendors and agencies are everywhere.
    """
    nameless = one.title == other.title and not one.own_names
    if not (one.unplaced or other.unplaced or nameless):
        return False
    if one.unplaced and other.unplaced and seats_differ(one, other):
        return True
    return _no_name_in_common(one, other, one.told_names, other.told_names)


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
    unlike = told and dot(one.text, other.text) < UNLIKE
    if unlike or texts_differ(one, other) or _next_issue(one, other, told=told):
        return False
    if (
        not _one_publisher(first, second)
        and min(first.body.size, second.body.size) >= limits.body_size
        and containment(first.body, second.body) < limits.title_body
    ):
        return False  # two newsrooms found the same headline for their own reports
    apart = abs(first.dated - second.dated) if first.dated and second.dated else None
    recurs = not told and (first.format not in _TOLD_ONCE or _names_nothing(one))  # the next issue of a series has the same title
    if recurs or _given_anew(one, other):
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
    return _unlike(one, other, "u")


def _given_anew(one: View, other: View) -> bool:
    """Whether one source gave a headline again as another entry: under another address and another guid.

    A slug is mended within hours, and then the entry mostly keeps its guid; later, a headline that comes again is that of the next
    log, column or meeting. What repeats a text is a copy for ever.
    """
    return one.mark.source_id == other.mark.source_id and _unlike(one, other, "u") and _unlike(one, other, "g")


def _unlike(one: View, other: View, kind: str) -> bool:
    mine, theirs = ({key for key in side.keys if key[0] == kind} for side in (one, other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _one_publisher(first: Fingerprint, second: Fingerprint) -> bool:
    return first.source_id == second.source_id or (first.host is not None and first.host == second.host)


def said_again(one: View, other: View, model: Model) -> bool:
    """Whether one publisher used a headline a second time: for another thing, or days later without saying more with it.

    Of one source that is another entry whatever the headline names; of two on one site, only if it names nothing.
    """
    first, second = one.mark, other.mark
    if one.title != other.title:
        return False
    if _given_anew(one, other) and texts_differ(one, other):
        return True
    return (
        (_given_anew(one, other) or (_names_nothing(one) and _one_publisher(first, second)))
        and min(len(one.text), len(other.text)) < FEWEST_TEXT_STEMS
        and _own_entries(one, other)
        and first.dated is not None
        and second.dated is not None
        and abs(first.dated - second.dated) > model.thresholds.rerun
    )
