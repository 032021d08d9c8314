"""Two titles side by side: whether they name strangers, or are one template filled in twice.

Pure functions of two views and the model. A name counts as shared wherever the other item has it, title or text.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.stories import words
from bot.stories.model import Model
from bot.stories.tokens import stem
from bot.stories.view import View

_PLACES = frozenset(stem(word) for word in words.CITIES | words.STATES | frozenset(words.COUNTRIES))


def differing_numbers(one: View, other: View, model: Model) -> bool:
    """Whether two titles are one template with other figures or dates in it: each has one that the other lacks.

    What they share says nothing: two weekly agendas share their month, two orders of a docket its year.
    """
    if not (one.numbers - other.numbers and other.numbers - one.numbers):
        return False
    if any(number.startswith("cve-") for number in one.numbers | other.numbers) and not one.numbers & other.numbers:
        return True
    union = len(one.skeleton | other.skeleton)
    return not union or len(one.skeleton & other.skeleton) / union >= model.thresholds.template


def strangers(one: View, other: View, model: Model) -> bool:
    """Whether the titles name things, and neither item anything of the other's; or one template filled in for two places.

    Where each names more than companies, agencies and watch words, those are nothing in common: sixty towns end their
    contracts with one vendor. But a report may also name the vendor's product where the other names its head, so beside a
    common vendor only those count who act or where it happens.
    """
    if not one.own_names or not other.own_names:
        return bool(one.names and other.names) and not _in_common(one, other, one.names, other.names)
    both = one.own_names & other.own_names
    if any(name in _PLACES or name not in model.watch for name in both):
        return _filled_in(one, other, model)
    common = _in_common(one, other, one.own_names, other.own_names)
    known = {name for name in common if name in model.watch and name not in _PLACES}
    if common == known:
        if not common and not one.names & other.names:
            return True
        mine, theirs = one.scene - known, other.scene - known
        return bool(mine and theirs) and not _in_common(one, other, mine, theirs)
    return _filled_in(one, other, model)


def _filled_in(one: View, other: View, model: Model) -> bool:
    """Whether two titles are one template: the same words but for names that the other item does not have.

    Where those say who acts or where it happens, nearly the same words are enough.
    """
    alike, union = one.skeleton & other.skeleton, one.skeleton | other.skeleton
    share = model.thresholds.template
    if len(alike) < share * len(union - one.own_names - other.own_names):
        return False  # whatever the names are: most pairs end here
    mine, theirs = one.scene, other.scene
    if not mine or not theirs or _in_common(one, other, mine, theirs):
        mine = frozenset(name for name in one.own_names if not other.tells(name))
        theirs = frozenset(name for name in other.own_names if not one.tells(name))
        share = 1.0
    if not mine or not theirs:
        return False
    first = {term for term in one.skeleton if term not in mine}
    second = {term for term in other.skeleton if term not in theirs}
    return len(first & second) >= share * len(first | second)


def _in_common(one: View, other: View, mine: Iterable[str], theirs: Iterable[str]) -> set[str]:
    """Of the names of each, those that the other item has anywhere."""
    return {name for name in mine if other.tells(name)} | {name for name in theirs if one.tells(name)}
