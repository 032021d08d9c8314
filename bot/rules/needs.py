"""What an article must show for a plan to hold: clauses of signs, of each of which at least one must be there.

Promises: an article for which the plan holds shows a sign of every clause; where the clauses are called exact, the reverse is
true too, and the plan need not be asked. Signs are looked up in a set, so that most rules are refused by one look.

A sign is a folded word of title, summary or text; ``title:word`` (and so on for every field beside the three); the mark
``JOINED`` before a word that the article writes as dotted capitals (A.L.P.R.); or ``stem*`` for a word that begins with the
stem. No folded word holds a colon, a star or that mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.rules.article import Atom
from bot.rules.atoms import NearAtom, TermAtom, UnionAtom
from bot.rules.entities import EntityAtom
from bot.rules.expression import PROSE, Field, Shape
from bot.rules.frequencies import Frequencies
from bot.rules.plan import Absent, Leaf, Part, Plan, Repeated, Search, Several

Clause = frozenset[str]

JOINED = "\x01"

LONGEST_HEAD = 3
"""Letters of a stem by which words are looked up: the shortest stem that may stand before a star in most scripts."""

_SHARES = {Field.TITLE: 0.3, Field.SOURCE: 40.0, Field.OUTLET: 40.0, Field.URL: 4.0, Field.TAG: 10.0, Field.LANG: 3000.0}
"""How much more often than a word of a text the same word stands in a field: a title is short; a source, an outlet or a language
is that of many articles. Rough, as they only choose what is looked at first."""

_JOINED_SHARE = 0.001
_STEM_SHARE = 0.05


class Needs:
    """Works out clauses; what it has worked out for an atom it remembers for all rules that share it."""

    def __init__(self, frequencies: Frequencies) -> None:
        self._frequencies = frequencies
        self._shares: dict[str, float] = {}
        self._clauses: dict[Clause, Clause] = {}
        self._atoms: dict[tuple[Atom, bool], _Known] = {}

    def of(self, plan: Plan, *, stems: bool = False) -> _Known:
        """The clauses of a plan, cheapest first, and whether they are exact.

        Args:
            plan: what must hold.
            stems: wildcards give signs too; they cost more to look up, so only for a plan that has no other clause.
        """
        match plan:
            case Leaf():
                return self._atom(plan.atom, stems=stems)
            case Part():
                return self.of(plan.child, stems=stems)
            case Repeated():
                return self._some([self.of(part, stems=stems) for part in plan.parts], 1)[0], False
            case Several():
                known = [self.of(part, stems=stems) for part in plan.parts]
                return self._every(known) if plan.count == len(known) else self._some(known, plan.count)
            case Search() | Absent():
                return (), False

    def cost(self, clause: Clause) -> float:
        """About how many articles of a hundred show a sign of the clause; more signs take more room, too."""
        return sum(map(self._share, clause)) + 0.0002 * len(clause)

    def _atom(self, atom: Atom, *, stems: bool) -> _Known:
        known = self._atoms.get((atom, stems))
        if known is None:
            known = self._atoms[atom, stems] = self._work_out(atom, stems=stems)
        return known

    def _work_out(self, atom: Atom, *, stems: bool) -> _Known:
        match atom:
            case TermAtom():
                return self._term(atom, stems=stems)
            case UnionAtom():
                return self._some([self._atom(part, stems=stems) for part in atom.parts], 1)
            case NearAtom():
                return self._every([self._atom(side, stems=stems) for side in (atom.left, atom.right)])[0], False
            case EntityAtom():
                finders = [atom.sure, *(name for weak in atom.weak for name in weak.finders)]
                named = [finder for finder in finders if not (isinstance(finder, UnionAtom) and not finder.parts)]
                return self._some([self._atom(finder, stems=stems) for finder in named], 1)[0], False
            case _:
                raise AssertionError(f"{type(atom).__name__} is no atom of ours")

    def _term(self, atom: TermAtom, *, stems: bool) -> _Known:
        scope = "" if atom.field in {None, Field.SUMMARY, Field.BODY} else f"{atom.field}:"
        found: list[Clause] = []
        for piece in atom.pieces:
            if piece.shape is Shape.WORD:
                signs = [scope + word for word in (piece.text.casefold(), *piece.also)]
                if atom.exact:
                    signs += [JOINED + sign for sign in signs]
                found.append(self.same(signs))
            elif stems and not scope and not atom.exact:
                stem = piece.text.partition("?")[0]
                if piece.shape is Shape.PREFIX or len(stem) >= LONGEST_HEAD:
                    found.append(self.same([f"{stem}*"]))
        only = len(atom.pieces) == 1 and atom.pieces[0].shape is Shape.WORD and not atom.exact
        return self._sorted(found), only and atom.field in {None, Field.TITLE}

    def _every(self, known: Sequence[_Known]) -> _Known:
        return self._sorted([clause for clauses, _ in known for clause in clauses]), all(exact for _, exact in known)

    def _some(self, known: Sequence[_Known], count: int) -> _Known:
        """If ``count`` of several hold, so does one of any that leave out only ``count - 1``: of the rarest of them."""
        closed = sorted((clauses[0] for clauses, _ in known if clauses), key=self.cost)
        wanted = len(known) - count + 1
        if len(closed) < wanted:
            return (), False
        exact = count == 1 and all(exact and len(clauses) == 1 for clauses, exact in known)
        return (self.same([sign for clause in closed[:wanted] for sign in clause]),), exact

    def _sorted(self, clauses: Iterable[Clause]) -> tuple[Clause, ...]:
        return tuple(sorted(dict.fromkeys(clauses), key=self.cost))

    def same(self, signs: Iterable[str]) -> Clause:
        """The clause of these signs, one object for all rules."""
        clause = frozenset(signs)
        return self._clauses.setdefault(clause, clause)

    def _share(self, sign: str) -> float:
        share = self._shares.get(sign)
        if share is None:
            share = self._shares[sign] = self._work_out_share(sign)
        return share

    def _work_out_share(self, sign: str) -> float:
        if sign.startswith(JOINED):
            return _JOINED_SHARE
        if sign.endswith("*"):
            return _STEM_SHARE
        field, colon, word = sign.rpartition(":")
        share = self._frequencies.share(word)
        return min(1.0, share * _SHARES[Field(field)]) if colon else share


_Known = tuple[tuple[Clause, ...], bool]
"""Clauses, cheapest first, and whether they are exact."""

assert set(_SHARES) == set(Field) - set(PROSE) | {Field.TITLE}
