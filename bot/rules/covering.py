"""Which term finds everything that another finds: what makes a rule impossible, or a part of it idle.

Promises: if ``wider`` names a term, every article in which the asked one is found holds a place of the named one too. May
miss such a pair; never invents one.
"""

from __future__ import annotations

from collections.abc import Hashable

from bot.rules.expression import (
    PROSE,
    WHOLE_VALUE,
    And,
    AtLeast,
    Expression,
    Field,
    Near,
    Not,
    Or,
    Piece,
    Reference,
    Shape,
    Term,
    Times,
)
from bot.rules.terms import MIN_PREFIX


class Covering:
    """Terms and names, and the question which of them is found wherever another one is. Costs a look-up a letter."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Term | Reference] = {}

    def add(self, node: Expression) -> None:
        """Remember a term or a name, or each alternative of an OR; anything else is left out."""
        if isinstance(node, Or):
            for child in node.children:
                self.add(child)
        elif isinstance(node, Reference):
            self._known.setdefault(("name", node.name, node.products, node.field), node)
        elif isinstance(node, Term):
            scope = (node.field, node.exact)
            if len(node.pieces) > 1 or node.field in WHOLE_VALUE:
                known = self._known.setdefault(("phrase", scope, node.pieces), node)
                if isinstance(known, Term) and known.slop < node.slop:
                    self._known["phrase", scope, node.pieces] = node
            elif node.pieces[0].shape is Shape.PREFIX:
                self._known.setdefault(("prefix", scope, node.pieces[0].text), node)
            else:
                for form in (node.pieces[0].text, *node.pieces[0].also):
                    self._known.setdefault((scope, form), node)

    def wider(self, node: Term | Reference) -> Term | Reference | None:
        """A remembered term that is found wherever the node is, or None. The node itself may be among the remembered."""
        fields = (node.field, None) if node.field in PROSE else (node.field,)
        if isinstance(node, Reference):
            same = self._known.get(("name", node.name, node.products, node.field))
            return same or self._known.get(("name", node.name, True, node.field))
        for field in fields:
            known = self._known.get(("phrase", (field, node.exact), node.pieces))
            if isinstance(known, Term) and known.slop < node.slop:
                known = None
            if known is None and node.field not in WHOLE_VALUE:
                single = (self._wider_piece(piece, field, exact=node.exact) for piece in node.pieces)
                known = next((found for found in single if found), None)
            if known is not None:
                return known
        return None

    def _wider_piece(self, piece: Piece, field: Field | None, *, exact: bool) -> Term | Reference | None:
        scope = (field, exact)
        if piece.shape is Shape.PATTERN:
            return self._known.get((scope, piece.text))
        if piece.shape is Shape.WORD:
            found = self._known.get((scope, piece.text))
            if isinstance(found, Term) and {piece.text, *piece.also} <= {found.pieces[0].text, *found.pieces[0].also}:
                return found
        stems = (piece.text[:size] for size in range(min(len(piece.text), MIN_PREFIX), len(piece.text) + 1))
        for stem in stems:
            found = self._known.get(("prefix", scope, stem))
            if found is not None and all(form.startswith(stem) for form in piece.also):
                return found
        return None

    def met_by(self, node: Expression) -> Term | Reference | None:  # noqa: PLR0911  # one answer a kind of node
        """A remembered term that is found in every article the node holds for, or None."""
        match node:
            case Term() | Reference():
                return self.wider(node)
            case Or():
                return self._met_by_all(node.children)
            case And():
                return self._met_by_any(tuple(child for child in node.children if not isinstance(child, Not)))
            case Near():
                return self._met_by_any((node.left, node.right))
            case Times():
                return self.met_by(node.child)
            case AtLeast():
                free = [child for child in node.children if self.met_by(child) is None]
                return self._met_by_any(node.children) if len(free) < node.count else None
            case _:
                return None

    def _met_by_any(self, nodes: tuple[Expression, ...]) -> Term | Reference | None:
        return next((found for found in map(self.met_by, nodes) if found), None)

    def _met_by_all(self, nodes: tuple[Expression, ...]) -> Term | Reference | None:
        found = [self.met_by(node) for node in nodes]
        return found[0] if all(found) else None
