"""What a query says, as a tree: frozen values without behaviour but their own normal form.

Promises: two queries with the same normal form match the same articles. Never holds text of an article.

Every node knows where it stands in its query (``start``, ``end``: code points), so that a clause can be shown as written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """Where a clause looks. A clause without a field looks at title, summary and body."""

    TITLE = "title"
    SUMMARY = "summary"
    BODY = "body"
    SOURCE = "source"
    OUTLET = "outlet"
    URL = "url"
    TAG = "tag"
    LANG = "lang"


PROSE = (Field.TITLE, Field.SUMMARY, Field.BODY)
WHOLE_VALUE = frozenset({Field.TAG, Field.LANG})


class Shape(StrEnum):
    """How a piece of a term is compared with a word."""

    WORD = "word"  # equal, or equal to one of its plurals
    PREFIX = "prefix"  # begins with
    PATTERN = "pattern"  # ? stands for one character, a final * for any ending


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a term. ``text`` is normalised; for a prefix it is without the star. ``also`` holds regular plurals."""

    shape: Shape
    text: str
    also: tuple[str, ...] = ()

    def normal(self) -> str:
        """Its part of the normal form."""
        if self.shape is Shape.PREFIX:
            return f"{self.text}*"
        return "|".join((self.text, *self.also))


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase.

    Attributes:
        pieces: its words.
        slop: how many further words may stand between them, all together.
        quoted: written in quotes (counts as content even if all its words are common).
        exact: compared with case.
        field: where it looks, None = title, summary and body.
    """

    start: int
    end: int
    pieces: tuple[Piece, ...]
    slop: int = 0
    quoted: bool = False
    exact: bool = False
    field: Field | None = None

    def normal(self) -> str:
        """The same for every way to write the same term."""
        words = " ".join(piece.normal() for piece in self.pieces)
        slop = f"~{self.slop}" if self.slop else ""
        return f'{_scope(self.field)}{"cs:" if self.exact else ""}"{words}"{slop}'


@dataclass(frozen=True, slots=True)
class Reference:
    """``@name``: an entity, or a named part of the same rule."""

    start: int
    end: int
    name: str
    products: bool = False
    field: Field | None = None

    def normal(self) -> str:
        """Name and scope."""
        return f"{_scope(self.field)}@{self.name}{'+products' if self.products else ''}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression (RE2) on title or url."""

    start: int
    end: int
    pattern: str
    field: Field

    def normal(self) -> str:
        """Field and pattern."""
        return f"{_scope(self.field)}/{self.pattern}/"


@dataclass(frozen=True, slots=True)
class Near:
    """Two sides with at most ``within`` words between; ``ordered``: the left one begins first."""

    start: int
    end: int
    left: Expression
    right: Expression
    within: int
    ordered: bool

    def normal(self) -> str:
        """Sides of an unordered NEAR are sorted."""
        sides = [self.left.normal(), self.right.normal()]
        if not self.ordered:
            sides.sort()
        return f"({sides[0]} {'O' if self.ordered else ''}NEAR/{self.within} {sides[1]})"


@dataclass(frozen=True, slots=True)
class Times:
    """At least ``count`` separate places."""

    start: int
    end: int
    count: int
    child: Expression

    def normal(self) -> str:
        """Count and child."""
        return f"x{self.count}:({self.child.normal()})"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` of the children hold."""

    start: int
    end: int
    count: int
    children: tuple[Expression, ...]

    def normal(self) -> str:
        """Children are sorted, repeats kept: they count."""
        return f"{self.count} of ({', '.join(sorted(child.normal() for child in self.children))})"


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    start: int
    end: int
    child: Expression

    def normal(self) -> str:
        """A minus and the child."""
        return f"-{self.child.normal()}"


@dataclass(frozen=True, slots=True)
class And:
    """All children hold."""

    start: int
    end: int
    children: tuple[Expression, ...]

    def normal(self) -> str:
        """Children sorted, repeats dropped."""
        return f"({' AND '.join(sorted({child.normal() for child in self.children}))})"


@dataclass(frozen=True, slots=True)
class Or:
    """One child holds."""

    start: int
    end: int
    children: tuple[Expression, ...]

    def normal(self) -> str:
        """Children sorted, repeats dropped."""
        return f"({' OR '.join(sorted({child.normal() for child in self.children}))})"


Expression = Term | Reference | Pattern | Near | Times | AtLeast | Not | And | Or


@dataclass(frozen=True, slots=True)
class Caution:
    """Something legal that its author may not have meant.

    Attributes:
        message: what is remarkable, a sentence without its full stop.
        offset: where, in code points of the query.
        suggestion: what to write if something else was meant, a whole sentence.
    """

    message: str
    offset: int
    suggestion: str


def children(node: Expression) -> tuple[Expression, ...]:
    """The nodes directly below."""
    match node:
        case And() | Or() | AtLeast():
            return node.children
        case Not() | Times():
            return (node.child,)
        case Near():
            return (node.left, node.right)
        case _:
            return ()


def _scope(field: Field | None) -> str:
    return f"{field}:" if field else ""
