"""A fingerprint made ready for comparing: its words weighed under one model, its title read for names and figures.

Pure, and each part made when it is first asked for. Decides nothing: that is ``compare``, ``sharedkeys`` and ``cluster``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from math import sqrt

from bot.stories import words
from bot.stories.acts import Acts, acts
from bot.stories.fingerprint import BODY, NAMED, OPENING, SEAT, SUMMARY, TITLE, Fingerprint
from bot.stories.model import Model
from bot.stories.names import scene_names
from bot.stories.tokens import is_number, stem, stems
from bot.stories.tokens import words as split_words

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
_LOCAL = _INSTITUTIONS | frozenset(
    stems(
        "board chief city clerk commission commissioner committee councilor councilman councilmembers councilwoman county court "
        "deputies deputy detective district jail judge jury leaders library manager neighbors officer officials parents "
        "police principal prosecutors residents superintendent supervisors teacher teachers town township transit trustees village"
    )
)
"""Who acts in local news, where a headline leaves it to the paper's name which town's they are."""
_PASSED_OVER = frozenset(("a", "advisory", "an", "former", "local", "oversight", "privacy", "public", "state", "the"))
_EVERYWHERE = frozenset(stem(word) for word in words.COMPANIES | words.AGENCIES | words.INSTITUTIONS | words.WATCH)
"""Names that many events of one stream share."""
_NAME_STARTS = tuple((start, stem(start)) for start in sorted(words.NAME_STARTS))
_STARTS = tuple(start for start, _ in _NAME_STARTS)
_BETWEEN = frozenset(stem(word) for word in words.BETWEEN)


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
    def own_names(self) -> frozenset[str]:
        """Of these, what says which event it is: no company, agency or institution and no shipped watch word."""
        return self.names - _EVERYWHERE

    @cached_property
    def scene(self) -> frozenset[str]:
        """Of these, who acts and where it happens, as the title's order of words tells."""
        return frozenset(scene_names(self.mark.title, self.own_names)) | ({self.seat} & self.own_names)

    @cached_property
    def subject(self) -> str:
        """The first name in its title, empty if it names nothing."""
        return next((term for term in self._heads if term in self.names), "")

    @cached_property
    def seat(self) -> str:
        """The name of whose council, police or other institution its title tells."""
        return _seat([stem(word) for word in split_words(self.mark.title)], self.names)

    @cached_property
    def figures(self) -> frozenset[str]:
        """Figures and days that it tells below the title."""
        return frozenset(
            term for term, bits in self.mark.stems if bits & (SUMMARY | BODY) and (is_number(term) or term in _CALENDAR)
        )

    @cached_property
    def text_names(self) -> frozenset[str]:
        """Stems of what the first words below the title write as names."""
        return frozenset(term for term, bits in self.mark.stems if bits & NAMED)

    @cached_property
    def told_names(self) -> frozenset[str]:
        """What its title and the first words below it name, but for what is everywhere."""
        return (self.names | self.text_names) - _EVERYWHERE

    @cached_property
    def datelines(self) -> frozenset[str]:
        """The place that its text names before the first sentence."""
        return frozenset(term for term, bits in self.mark.stems if bits & SEAT)

    @cached_property
    def unplaced(self) -> bool:
        """Whether its title begins with what every town has and says nowhere of which: "Council votes to end Flock contract"."""
        heads = (word for word in split_words(self.mark.title) if word not in _PASSED_OVER)
        local = any(stem(word) in _LOCAL for word in islice(heads, 2))
        return local and not self.seat and not scene_names(self.mark.title, self.names - _LOCAL)

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

    def tells(self, name: str) -> bool:
        """Whether it has a name anywhere; one of two words ("San Marino") is two stems in its text."""
        if name in self.all_stems or name in self.names:
            return True
        return name.startswith(_STARTS) and any(
            name.startswith(start) and first in self.all_stems and name[len(start) :] in self.all_stems
            for start, first in _NAME_STARTS
        )

    @cached_property
    def acts(self) -> Acts:
        """What it says was done."""
        return acts(self.mark.title, {term for term, bits in self.mark.stems if bits & (TITLE | OPENING)})

    @cached_property
    def _heads(self) -> tuple[str, ...]:
        return tuple(stems(self.mark.title))


_WEIGHTS = tuple((bits & TITLE) + (bits & SUMMARY) + (bits & BODY) for bits in range(2 * SEAT))


def view(mark: Fingerprint, model: Model) -> View:
    """Make a fingerprint ready for comparing."""
    return View(mark, model)


def _seat(terms: Sequence[str], names: frozenset[str]) -> str:
    """The name right before the first institution of a headline ("city" and "county" may stand between)."""
    for place, term in enumerate(terms):
        if term in _INSTITUTIONS:
            before = [word for word in terms[max(0, place - 3) : place] if word not in _BETWEEN]
            joined = "".join(before[-2:])  # "New Harbour police": a name of two words
            return next((name for name in (joined, *before[-1:]) if name in names), "")
    return ""


@lru_cache(maxsize=512)
def stored_view(fingerprint: str, model: Model) -> View:
    """The same from stored JSON; the cache spares reading a story's members again for each newcomer."""
    return view(stored_print(fingerprint), model)


@lru_cache(maxsize=1024)
def stored_print(fingerprint: str) -> Fingerprint:
    """A fingerprint from stored JSON, read once: the next batches of a feed meet mostly the same neighbours."""
    return Fingerprint.from_json(fingerprint)


def _normal(weights: dict[str, float]) -> dict[str, float]:
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()} if length else {}


def dot(one: dict[str, float], other: dict[str, float]) -> float:
    """Scalar product of two sparse vectors."""
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[term] for term, weight in one.items() if term in other])  # a list is quicker than a generator
