"""Which rules an article can match at all: each waits under the signs of its rarest clause.

Promises: ``holding`` gives exactly the numbers of the entries whose plans hold. An index never changes: ``changed`` gives
another one that shares everything but what is changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.rules.article import Article
from bot.rules.atoms import NearAtom, TermAtom, UnionAtom
from bot.rules.expression import Field
from bot.rules.needs import JOINED, LONGEST_HEAD, Clause, Needs
from bot.rules.plan import Absent, Leaf, Plan, Search, Several

Entry = tuple[Clause, int, tuple[Clause, ...], Clause | None, tuple[Plan, ...]]
"""A rule under one sign: a second clause that refuses most of those it waits with; its number; further clauses of signs it needs;
signs that refuse it; what its plan must still be asked. A plain tuple: hundreds are unpacked for an article."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One rule with what it waits for.

    Attributes:
        entry: as it stands under each sign.
        clause: the signs it waits for, or None: it is asked for every article.
    """

    entry: Entry
    clause: Clause | None


def waiting(number: int, plan: Plan, needs: Needs) -> Waiting:
    """Where a plan goes in the index."""
    parts = plan.parts if isinstance(plan, Several) and plan.count == len(plan.parts) else (plan,)
    clauses: list[Clause] = []
    left: list[Plan] = []
    refusing: set[str] = set()
    for part in parts:
        known, exact = needs.of(part.child if isinstance(part, Absent) else part)
        if isinstance(part, Absent):
            if exact and len(known) == 1:
                refusing |= known[0]
                continue
        else:
            clauses += known
        if not exact or isinstance(part, Absent):
            left.append(part)
    if not clauses:
        clauses += needs.of(plan, stems=True)[0]
    clauses = sorted(dict.fromkeys(clauses), key=needs.cost)
    refused = needs.same(refusing) if refusing else None
    second = clauses[1] if len(clauses) > 1 else clauses[0] if clauses else Clause()
    entry = (second, number, tuple(clauses[2:]), refused, tuple(sorted(left, key=_work)))
    return Waiting(entry, clauses[0] if clauses else None)


def _work(plan: Plan) -> int:
    """How much a part costs to ask, roughly: what is cheap is asked first, what must be absent last."""
    match plan:
        case Absent():
            return 9
        case Leaf(atom=TermAtom() as term):
            return 1 if not term.exact and not term.slop else 3
        case Leaf(atom=UnionAtom()):
            return 2
        case Leaf(atom=NearAtom()):
            return 4
        case Search():
            return 7
        case _:
            return 5


class Index:
    """Entries by sign."""

    __slots__ = ("_always", "_fields", "_heads", "_joined", "_nodes", "_signs", "_waiting")

    def __init__(self, entries: Iterable[Waiting] = ()) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._nodes: dict[str, tuple[Entry, ...]] = {}
        self._always: tuple[Entry, ...] = ()
        self._fields: frozenset[Field] = frozenset()
        self._signs: frozenset[str] = frozenset()
        self._joined = False
        self._heads: dict[int, dict[str, tuple[str, ...]]] = {}
        self._put(entries)

    def changed(self, gone: Iterable[int], entries: Iterable[Waiting]) -> Index:
        """Another index without the entries of these numbers and with some new ones."""
        other = Index()
        other._waiting = dict(self._waiting)
        other._nodes = dict(self._nodes)
        other._always = self._always
        other._fields, other._joined, other._heads = self._fields, self._joined, dict(self._heads)
        for number in gone:
            other._take(number)
        other._put(entries)
        return other

    def _take(self, number: int) -> None:
        left = self._waiting.pop(number, None)
        if left is None:
            return
        if left.clause is None:
            self._always = tuple([entry for entry in self._always if entry[1] != number])
        for sign in left.clause or ():
            entries = tuple([entry for entry in self._nodes[sign] if entry[1] != number])
            if entries:
                self._nodes[sign] = entries
            else:
                del self._nodes[sign]

    def _put(self, entries: Iterable[Waiting]) -> None:
        nodes: dict[str, list[Entry]] = {}
        always = list(self._always)
        signs: set[str] = set()
        for new in entries:
            self._waiting[new.entry[1]] = new
            if new.clause is None:
                always.append(new.entry)
            for sign in new.clause or ():
                nodes.setdefault(sign, []).append(new.entry)
            signs.update(new.clause or (), new.entry[0], *new.entry[2], new.entry[3] or ())
        for sign, found in nodes.items():
            self._nodes[sign] = (*self._nodes.get(sign, ()), *found)
        self._always = tuple(always)
        self._signs = frozenset(self._nodes)  # frozen: a view of the dictionary would be copied for every article
        self._note(signs)

    def _note(self, signs: Iterable[str]) -> None:
        """What else than plain words must be looked up in every article."""
        fields = set(self._fields)
        for sign in signs:
            if sign.endswith("*"):
                stem = sign[:-1]
                size = min(len(stem), LONGEST_HEAD)
                heads = self._heads[size] = dict(self._heads.get(size, {}))
                heads[stem[:size]] = tuple(dict.fromkeys((*heads.get(stem[:size], ()), stem)))
            elif sign.startswith(JOINED):
                self._joined = True
            elif ":" in sign:
                fields.add(Field(sign.partition(":")[0]))
        self._fields = frozenset(fields)

    def holding(self, article: Article) -> list[int]:
        """Numbers of the rules that hold, ascending."""
        words, nodes = self.signs(article), self._nodes
        found: set[int] = set()
        possible = [entry for sign in self._signs.intersection(words) for entry in nodes[sign] if not entry[0].isdisjoint(words)]
        for _, number, clauses, refused, left in (*possible, *self._always):
            for clause in clauses:
                if clause.isdisjoint(words):
                    break
            else:
                if (refused is None or refused.isdisjoint(words)) and number not in found:
                    for part in left:
                        if not part.holds(article):
                            break
                    else:
                        found.add(number)
        return sorted(found)

    def signs(self, article: Article) -> set[str]:
        """Every sign of the article that a clause of this index may ask for."""
        words = article.words
        if not (self._joined or self._fields or self._heads):
            return words
        found: list[str] = []
        if self._joined:
            found += [JOINED + word for word in article.joined(None)]
        for size, heads in self._heads.items():
            for word in words:
                for stem in heads.get(word[:size], ()):
                    if word.startswith(stem):
                        found.append(f"{stem}*")
        for field in self._fields:
            for slot in article.slots(field):
                text = article.text(slot)
                found += [f"{field}:{word}" for word in text.tokens]
                if self._joined:
                    found += [f"{JOINED}{field}:{word}" for word in text.joined]
        return words.union(found)
