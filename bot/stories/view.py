"""A fingerprint made ready for comparing: its words weighed under one model, its title read for names and figures.

Pure, and each part made when it is first asked for. Decides nothing: that is ``compare``, ``sharedkeys`` and ``cluster``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from typing import Any, Generic, TypeVar

from bot.core.memo import dropped_with_others, memo
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


_Part = TypeVar("_Part")


class _once(Generic[_Part]):  # noqa: N801 - it reads as the decorator it is
    """A part that is made when it is first asked for: ``cached_property`` in half the time, for it takes no lock."""

    def __init__(self, make: Callable[[Any], _Part]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, of: Any, owner: type | None = None) -> _Part:
        made = of.__dict__[self._name] = self._make(of)
        return made


@dataclass(frozen=True, eq=False)
class View:
    """A fingerprint made ready for comparing under one model; each part is made when it is first asked for.

    Most stored items that share a few terms with a newcomer are strangers, which their ``vector`` alone tells.
    """

    mark: Fingerprint
    model: Model

    @_once
    def keys(self) -> frozenset[str]:
        """The fingerprint's keys."""
        return frozenset(self.mark.keys)

    @_once
    def records(self) -> frozenset[str]:
        """Of its keys those that say which numbered record it is."""
        return frozenset([key for key in self.mark.keys if key[0] == "r"])

    @_once
    def vector(self) -> dict[str, float]:
        """Stem to weight, length 1, watch words damped."""
        known, weights = self.model.known.get, self.model.weights  # most stems are in the table: no call for those
        return _normal({term: (known(term) or weights(term))[0] * _WEIGHTS[bits] for term, bits in self.mark.stems})

    @_once
    def plain(self) -> dict[str, float]:
        """Title and summary alone, length 1, nothing damped."""
        known, weights = self.model.known.get, self.model.weights
        return _normal(
            {
                term: (known(term) or weights(term))[1] * (bits & (TITLE | SUMMARY))
                for term, bits in self.mark.stems
                if bits & (TITLE | SUMMARY)
            }
        )

    @_once
    def text(self) -> dict[str, float]:
        """What is told below the title, length 1, nothing damped."""
        known, weights = self.model.known.get, self.model.weights
        return _normal({term: (known(term) or weights(term))[1] for term, bits in self.mark.stems if bits & (SUMMARY | BODY)})

    @_once
    def heading(self) -> dict[str, float]:
        """The title alone, length 1, watch words damped."""
        weight = self.model.weight
        return _normal({term: weight(term) for term, bits in self.mark.stems if bits & TITLE})

    @_once
    def all_stems(self) -> frozenset[str]:
        """Stems of title, summary and body."""
        return frozenset(term for term, _ in self.mark.stems)

    @_once
    def title(self) -> frozenset[str]:
        """Stems of the title."""
        return frozenset(term for term, bits in self.mark.stems if bits & TITLE)

    @_once
    def skeleton(self) -> frozenset[str]:
        """Stems of the title without figures and dates."""
        return frozenset(term for term in self.title if not is_number(term) and term not in _CALENDAR)

    @_once
    def names(self) -> frozenset[str]:
        """Stems of the things its title names."""
        return frozenset(self.mark.names)

    @_once
    def own_names(self) -> frozenset[str]:
        """Of these, what says which event it is: no company, agency or institution and no shipped watch word."""
        return self.names - _EVERYWHERE

    @_once
    def scene(self) -> frozenset[str]:
        """Of these, who acts and where it happens, as the title's order of words tells."""
        return frozenset(scene_names(self.mark.title, self.own_names)) | ({self.seat} & self.own_names)

    @_once
    def subject(self) -> str:
        """The first name in its title, empty if it names nothing."""
        return next((term for term in self._heads if term in self.names), "")

    @_once
    def seat(self) -> str:
        """The name of whose council, police or other institution its title tells."""
        return _seat([stem(word) for word in split_words(self.mark.title)], self.names)

    @_once
    def figures(self) -> frozenset[str]:
        """Figures and days that it tells below the title."""
        return frozenset(
            term for term, bits in self.mark.stems if bits & (SUMMARY | BODY) and (is_number(term) or term in _CALENDAR)
        )

    @_once
    def text_names(self) -> frozenset[str]:
        """Stems of what the first words below the title write as names."""
        return frozenset(term for term, bits in self.mark.stems if bits & NAMED)

    @_once
    def told_names(self) -> frozenset[str]:
        """What its title and the first words below it name, but for what is everywhere."""
        return (self.names | self.text_names) - _EVERYWHERE

    @_once
    def datelines(self) -> frozenset[str]:
        """The place that its text names before the first sentence."""
        return frozenset(term for term, bits in self.mark.stems if bits & SEAT)

    @_once
    def unplaced(self) -> bool:
        """Whether its title begins with what every town has and says nowhere of which: "Council votes to end Flock contract"."""
        heads = (word for word in split_words(self.mark.title) if word not in _PASSED_OVER)
        local = any(stem(word) in _LOCAL for word in islice(heads, 2))
        return local and not self.seat and not scene_names(self.mark.title, self.names - _LOCAL)

    @_once
    def numbers(self) -> frozenset[str]:
        """Figures, months, weekdays and CVE numbers of its title."""
        return frozenset(self.mark.numbers)

    @_once
    def named(self) -> dict[str, frozenset[str]]:
        """By kind the stems of the things its title names, where the tables know the kind."""
        found = [(kind, self.names & table) for kind, table in _KINDS] + [
            (kind, self.title & table) for kind, table in _TITLE_KINDS
        ]
        return {kind: stems_of for kind, stems_of in found if stems_of}

    def tells(self, name: str) -> bool:
        """Whether it has a name anywhere; one of two words ("San Marino") is two stems in its text."""
        if name in self.all_stems or name in self.names:
            return True
        return name.startswith(_STARTS) and any(
            name.startswith(start) and first in self.all_stems and name[len(start) :] in self.all_stems
            for start, first in _NAME_STARTS
        )

    @_once
    def acts(self) -> Acts:
        """What it says was done."""
        return acts(self.mark.title, {term for term, bits in self.mark.stems if bits & (TITLE | OPENING)})

    @_once
    def _heads(self) -> tuple[str, ...]:
        return tuple(stems(self.mark.title))


_WEIGHTS = tuple((bits & TITLE) + (bits & SUMMARY) + (bits & BODY) for bits in range(2 * SEAT))


_VIEWS: dict[str, View] = {}
_PRINTS: dict[str, Fingerprint] = {}
NEWEST_VIEWS, KEPT_PRINTS = 64, 256
"""Views of newcomers and fingerprints remembered: those of a batch, which meet each other, and of what its like met before."""
dropped_with_others(_VIEWS.clear)
dropped_with_others(_PRINTS.clear)


def view(mark: Fingerprint, model: Model) -> View:
    """Make a fingerprint ready for comparing; what was made of a newcomer serves again when the next ones meet it."""
    made = _VIEWS.get(mark.item_id)
    if made is None or made.mark is not mark or made.model is not model:
        made = View(mark, model)
        _put(_VIEWS, mark.item_id, made, NEWEST_VIEWS)
    return made


def _seat(terms: Sequence[str], names: frozenset[str]) -> str:
    """The name right before the first institution of a headline ("city" and "county" may stand between)."""
    for place, term in enumerate(terms):
        if term in _INSTITUTIONS:
            before = [word for word in terms[max(0, place - 3) : place] if word not in _BETWEEN]
            joined = "".join(before[-2:])  # "New Harbour police": a name of two words
            return next((name for name in (joined, *before[-1:]) if name in names), "")
    return ""


@memo(128)
def stored_view(fingerprint: str, model: Model) -> View:
    """The same from stored JSON; the cache spares reading a story's members again for each newcomer."""
    return view(stored_print(fingerprint), model)


def stored_print(fingerprint: str) -> Fingerprint:
    """A fingerprint from stored JSON, read once: the next batches of a feed meet mostly the same neighbours."""
    mark = _PRINTS.pop(fingerprint, None) or Fingerprint.from_json(fingerprint)
    _put(_PRINTS, fingerprint, mark, KEPT_PRINTS)
    return mark


def keep_print(fingerprint: str, mark: Fingerprint) -> None:
    """Remember of what fingerprint this is the JSON, so that it need not be read, if reading it would give the same."""
    if not any(instant and instant.microsecond for instant in (mark.published, mark.rendered)):  # JSON tells whole seconds
        _put(_PRINTS, fingerprint, mark, KEPT_PRINTS)


_Value = TypeVar("_Value")


def _put(held: dict[str, _Value], key: str, value: _Value, most: int) -> None:
    """Hold a value as the newest, and no more than ``most``."""
    held[key] = value
    if len(held) > most:
        del held[next(iter(held))]


def _normal(weights: dict[str, float]) -> dict[str, float]:
    length = sqrt(sum([weight * weight for weight in weights.values()]))
    return {term: weight / length for term, weight in weights.items()} if length else {}


def dot(one: dict[str, float], other: dict[str, float]) -> float:
    """Scalar product of two sparse vectors."""
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[term] for term, weight in one.items() if term in other])  # a list is quicker than a generator
