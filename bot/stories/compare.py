"""Two items side by side: how alike they are, whether one repeats the other, and what forbids that they tell one event.

Pure functions of two fingerprints and the model. A veto is absolute: it is never weighed against likeness, only counted
over a story's members (``cluster``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt

from bot.core.model import Format
from bot.stories import words
from bot.stories.acts import Acts, acts, another_act
from bot.stories.copies import containment
from bot.stories.fingerprint import BODY, OPENING, SUMMARY, TITLE, Fingerprint
from bot.stories.formats import stands_beside
from bot.stories.model import Model, Thresholds
from bot.stories.tokens import is_number, stem, stems

_COUNTRIES = frozenset(words.COUNTRIES)
_KINDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(stem(word) for word in table))
    for kind, table in (
        ("companies", words.COMPANIES),
        ("cities", words.CITIES),
        ("states", words.STATES),
        ("countries", _COUNTRIES),
        ("agencies", words.AGENCIES),
    )
)
_TITLE_KINDS = tuple(
    (kind, frozenset(stem(word) for word in table)) for kind, table in (("chambers", words.CHAMBERS), ("persons", words.PERSONS))
)
_CALENDAR = frozenset(stem(word) for word in words.MONTHS | words.WEEKDAYS)
_INSTITUTIONS = frozenset(stem(word) for word in words.INSTITUTIONS)
_BETWEEN = frozenset(stem(word) for word in words.BETWEEN)
ANOTHER_KIND = "another kind of text"
ANOTHER_ACT = "another stage of the event"
"""Vetoes between a report and what goes on from it; the others keep strangers apart."""
_FEWEST_TEXT_STEMS = 8
_UNLIKE = 0.25
"""Below this likeness two texts under one title are two articles."""
_STRANGERS = 0.6
"""Below this likeness of titles, entries of one source with guids of their own only share an address."""


@dataclass(frozen=True, eq=False)
class View:
    """A fingerprint made ready for comparing under one model; each part is made when it is first asked for.

    Most stored items that share a few terms with a newcomer are strangers, which their ``vector`` alone tells.
    """

    mark: Fingerprint
    model: Model

    @cached_property
    def keys(self) -> frozenset[str]:
        """The fingerprint's keys."""
        return frozenset(self.mark.keys)

    @cached_property
    def vector(self) -> dict[str, float]:
        """Stem to weight, length 1, watch words damped."""
        known, weights = self.model.known.get, self.model.weights  # most stems are in the table: no call for those
        return _normal({term: (known(term) or weights(term))[0] * _WEIGHTS[bits] for term, bits in self.mark.stems})

    @cached_property
    def plain(self) -> dict[str, float]:
        """Title and summary alone, length 1, nothing damped."""
        rarity = self.model.rarity
        return _normal(
            {term: rarity(term) * (bits & (TITLE | SUMMARY)) for term, bits in self.mark.stems if bits & (TITLE | SUMMARY)}
        )

    @cached_property
    def text(self) -> dict[str, float]:
        """What is told below the title, length 1, nothing damped."""
        rarity = self.model.rarity
        return _normal({term: rarity(term) for term, bits in self.mark.stems if bits & (SUMMARY | BODY)})

    @cached_property
    def heading(self) -> dict[str, float]:
        """The title alone, length 1, watch words damped."""
        weight = self.model.weight
        return _normal({term: weight(term) for term, bits in self.mark.stems if bits & TITLE})

    @cached_property
    def all_stems(self) -> frozenset[str]:
        """Stems of title, summary and body."""
        return frozenset(term for term, _ in self.mark.stems)

    @cached_property
    def title(self) -> frozenset[str]:
        """Stems of the title."""
        return frozenset(term for term, bits in self.mark.stems if bits & TITLE)

    @cached_property
    def skeleton(self) -> frozenset[str]:
        """Stems of the title without figures and dates."""
        return frozenset(term for term in self.title if not is_number(term) and term not in _CALENDAR)

    @cached_property
    def names(self) -> frozenset[str]:
        """Stems of the things its title names."""
        return frozenset(self.mark.names)

    @cached_property
    def subject(self) -> str:
        """The first name in its title, empty if it names nothing."""
        return next((term for term in self._heads if term in self.names), "")

    @cached_property
    def seat(self) -> str:
        """The name of whose council, police or other institution its title tells."""
        return _seat(self._heads, self.names)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Figures, months, weekdays and CVE numbers of its title."""
        return frozenset(self.mark.numbers)

    @cached_property
    def named(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """(kind, stems) of the things its title names, where the tables know the kind."""
        found = [(kind, self.names & table) for kind, table in _KINDS] + [
            (kind, self.title & table) for kind, table in _TITLE_KINDS
        ]
        return tuple((kind, stems_of) for kind, stems_of in found if stems_of)

    @cached_property
    def acts(self) -> Acts:
        """What it says was done."""
        return acts(self.mark.title, {term for term, bits in self.mark.stems if bits & (TITLE | OPENING)})

    @cached_property
    def _heads(self) -> tuple[str, ...]:
        return tuple(stems(self.mark.title))


_WEIGHTS = tuple((bits & TITLE) + (bits & SUMMARY) + (bits & BODY) for bits in range(2 * OPENING))


def view(mark: Fingerprint, model: Model) -> View:
    """Make a fingerprint ready for comparing."""
    return View(mark, model)


def _seat(heads: Sequence[str], names: frozenset[str]) -> str:
    """The name right before the first institution of a headline ("city" and "county" may stand between)."""
    for place, term in enumerate(heads):
        if term in _INSTITUTIONS:
            before = [word for word in heads[max(0, place - 2) : place] if word not in _BETWEEN]
            return before[-1] if before and before[-1] in names else ""
    return ""


@lru_cache(maxsize=512)
def stored_view(fingerprint: str, model: Model) -> View:
    """The same from stored JSON; the cache spares reading a story's members again for each newcomer."""
    return view(stored_print(fingerprint), model)


@lru_cache(maxsize=1024)
def stored_print(fingerprint: str) -> Fingerprint:
    """A fingerprint from stored JSON, read once: the next batches of a feed meet mostly the same neighbours."""
    return Fingerprint.from_json(fingerprint)


def likeness(one: View, other: View) -> float:
    """Similarity for the story tier, 0 to 1."""
    return _dot(one.vector, other.vector)


def copy_share(one: View, other: View, model: Model) -> float:
    """How much of the smaller text the other repeats, 0 to 1, if that is enough for a copy; else 0.

    Sound evidence is the body's shingles, the summary's or lead's shingles, or title and summary nearly word for word.
    """
    share = _repeated(one, other, model.thresholds)
    if share and (differing_numbers(one, other, model) or siblings(one, other, model) or _other_names(one, other, model)):
        return 0.0  # one template, filled in for another month or another town
    return share


def _other_names(one: View, other: View, model: Model) -> bool:
    """Whether each headline names something that the other article does not, where no long text says that they are one.

    A summary of a sentence is a template as often as a text: "{Town} lets its contract expire".
    """
    if min(one.mark.body.size, other.mark.body.size) >= model.thresholds.body_size:
        return False
    return bool(one.names - other.all_stems) and bool(other.names - one.all_stems)


def _repeated(one: View, other: View, limits: Thresholds) -> float:
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
    leads = (
        containment(first.summary, second.summary),
        containment(first.summary, second.lead),
        containment(first.lead, second.summary),
    )
    if max(leads) >= limits.copy_lead:
        return max(leads)
    if both_told or likeness(one, other) < _UNLIKE:
        return 0.0
    told = min(len(one.text), len(other.text)) >= _FEWEST_TEXT_STEMS // 2  # titles alone recur: they are a key's business
    if told and min(len(one.plain), len(other.plain)) >= limits.copy_words:
        share = _dot(one.plain, other.plain)
        if share >= limits.copy_text and not conflict(one, other):
            return share
    return 0.0


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
        and (_dot(one.heading, other.heading) < _STRANGERS or differing_numbers(one, other, model))
    )


def _title_counts(one: View, other: View, model: Model) -> bool:
    first, second = one.mark, other.mark
    apart = abs(first.dated - second.dated) if first.dated and second.dated else None
    told = min(len(one.text), len(other.text)) >= _FEWEST_TEXT_STEMS
    if told and _dot(one.text, other.text) < _UNLIKE:
        return False
    if (
        not _one_publisher(first, second)
        and min(first.body.size, second.body.size) >= model.thresholds.body_size
        and containment(first.body, second.body) < model.thresholds.title_body
    ):
        return False  # two newsrooms found the same headline for their own reports
    if first.format not in {Format.NEWS, Format.VIDEO, Format.OPINION, Format.EXPLAINER} and not told:
        return apart is not None and apart <= model.thresholds.rerun  # the next issue of a series has the same title
    return apart is None or apart <= model.thresholds.title_key or (first.source_id == second.source_id)


def _one_publisher(first: Fingerprint, second: Fingerprint) -> bool:
    return first.source_id == second.source_id or (first.host is not None and first.host == second.host)


def veto(one: View, other: View, model: Model) -> str:
    """Why two items cannot tell one event, as words for people; empty if nothing forbids it."""
    if stands_beside(one.mark.format, other.mark.format):
        return ANOTHER_KIND
    if differing_numbers(one, other, model):
        return "other figures under one template"
    if conflict(one, other) or siblings(one, other, model):
        return "other names"
    if another_act(one.acts, other.acts):
        return ANOTHER_ACT
    if (
        one.names
        and other.names
        and not one.names & other.names
        and not one.names & other.all_stems
        and not other.names & one.all_stems
    ):
        return "no name in common"
    return ""


def siblings(one: View, other: View, model: Model) -> bool:
    """Whether two reports are about two places or actors, each named by one of them alone: two towns, one vendor.

    A report says in its first words where it happens, so a name at the head of a headline that is missing there is another
    place or actor. Without a text of substance on both sides only names that own an institution tell ("Northmere police").
    """
    if min(one.mark.body.size, other.mark.body.size) >= model.thresholds.body_size:
        mine, theirs = one.subject, other.subject
    else:
        mine, theirs = one.seat, other.seat
    return bool(mine and theirs and mine not in other.all_stems and theirs not in one.all_stems)


def goes_on(one: View, other: View) -> bool:
    """Whether the first report may go on from what the other tells: it came later and is about one of the same names.

    A title that names nothing contradicts none; then only likeness can tell (``cluster`` asks for more of it).
    """
    if one.names and not (one.names & other.names or one.names & other.all_stems or other.names & one.all_stems):
        return False
    first, second = one.mark, other.mark
    later = first.published >= second.published if first.published and second.published else first.order > second.order
    return later and not conflict(one, other)


def differing_numbers(one: View, other: View, model: Model) -> bool:
    """Whether two titles are one template with other figures or dates in it."""
    if not one.numbers or not other.numbers or one.numbers & other.numbers:
        return False
    if any(number.startswith("cve-") for number in one.numbers | other.numbers):
        return True
    union = len(one.skeleton | other.skeleton)
    return not union or len(one.skeleton & other.skeleton) / union >= model.thresholds.template


def conflict(one: View, other: View) -> bool:
    """Whether two titles each name things of one kind and share none of that kind."""
    theirs = dict(other.named)
    return any(kind in theirs and not found & theirs[kind] for kind, found in one.named)


def _normal(weights: dict[str, float]) -> dict[str, float]:
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()} if length else {}


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)
