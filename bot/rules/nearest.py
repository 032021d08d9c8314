"""What came nearest to a clause that was not found: the first question of everybody who asks why not.

Promises: names only words that stand in the article. A hint is a help, never part of a decision.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from bot.core.spoken import tr
from bot.rules.article import Article, Atom, Occurrence
from bot.rules.atoms import NearAtom, TermAtom, UnionAtom
from bot.rules.entities import EntityAtom, WeakName
from bot.rules.expression import PROSE, Field, Piece, Shape
from bot.rules.neighbours import between, inside
from bot.rules.plan import Leaf

_ALIKE = 0.75
"""Least likeness (difflib's ratio) of a word that is offered as the nearest: below it, words have little in common."""

_LOOKED_AT = 300
"""Places of each side of a NEAR, or of each word of a phrase, that are compared for the hint: enough for an article, little
work for a hostile one."""

_FIELD_NAMES = {Field.BODY: "text"}


def nearest(leaf: Leaf, article: Article) -> str:
    """What came nearest, as a sentence without its full stop; empty if nothing did."""
    atom = leaf.atom
    if isinstance(atom, NearAtom):
        return _near(leaf, atom, article)
    if isinstance(atom, TermAtom):
        return _term(atom, article)
    members = [part for part in _parts(atom) if isinstance(part, EntityAtom)]
    for member in members:
        hint = _entity(member, article)
        if hint:
            return hint
    shown = ", ".join(leaf.names[:4]) + (" ..." if len(leaf.names) > 4 else "")
    return tr("none of its names is there: {shown}", shown=shown) if shown else ""


def _parts(atom: Atom) -> tuple[Atom, ...]:
    return atom.parts if isinstance(atom, UnionAtom) else (atom,)


def _near(leaf: Leaf, atom: NearAtom, article: Article) -> str:
    left, right = article.found(atom.left), article.found(atom.right)
    for side, found in zip(leaf.sides, (left, right), strict=True):
        if not found:
            hint = nearest(side, article)
            return tr("{clause} is not found", clause=side.clause) + (f": {hint}" if hint else "")
    distances = [
        (between(one, other), one, other)
        for one in left[:_LOOKED_AT]
        for other in right[:_LOOKED_AT]
        if one[0] == other[0] and one != other
    ]
    if not distances:
        return tr("both sides are found, but never two of them in the same field")
    distance, one, other = min(distances)
    if atom.ordered and distance <= atom.within:
        return tr("both sides are found near each other, but in the other order")
    first, last = sorted((one, other))
    return tr(
        'both sides are found, but the nearest, "{text}" and {shown}, have {distance} words between; at most {within} may',
        text=article.span(article.stretch(first), "").text,
        shown=_shown(last, article),
        distance=distance,
        within=atom.within,
    )


def _term(atom: TermAtom, article: Article) -> str:
    if atom.exact:
        folded = TermAtom(
            tuple(Piece(piece.shape, piece.text.casefold()) for piece in atom.pieces), slop=atom.slop, field=atom.field
        )
        found = article.found(folded)
        if found:
            shouted = (
                tr(" in capitals only, where case says nothing") if article.text(found[0][0]).shouts else tr(", in another case")
            )
            return tr("found as {shown}{shouted}", shown=_shown(found[0], article), shouted=shouted)
    if atom.field in PROSE:
        everywhere = article.found(TermAtom(atom.pieces, slop=atom.slop, exact=atom.exact))
        if everywhere:
            return tr("found only elsewhere: {shown}", shown=_shown(everywhere[0], article))
    if len(atom.pieces) > 1:
        return _partial(atom, article)
    return _alike(atom.pieces[0], atom.field, article)


def _partial(atom: TermAtom, article: Article) -> str:
    """The stretch of words that has most words of the phrase in their places."""
    pieces = [_folded(piece) for piece in atom.pieces]
    places = {piece: article.found(TermAtom((piece,), field=atom.field))[:_LOOKED_AT] for piece in dict.fromkeys(pieces)}
    votes: dict[tuple[int, int], int] = {}
    for offset, piece in enumerate(pieces):
        for slot, first, _ in places[piece]:
            votes[slot, first - offset] = votes.get((slot, first - offset), 0) + 1
    if not votes:
        return ""
    (slot, start), _ = max(votes.items(), key=lambda vote: (vote[1], -vote[0][0], -vote[0][1]))
    last = min(start + len(atom.pieces), len(article.text(slot).tokens))
    return tr("the nearest words are {shown}", shown=_shown((slot, max(start, 0), last), article))


def _folded(piece: Piece) -> Piece:
    return Piece(piece.shape, piece.text.casefold(), piece.also)


def _alike(piece: Piece, field: Field | None, article: Article) -> str:
    if piece.shape is not Shape.WORD:
        return ""
    wanted = piece.text.casefold()
    where = {word: slot for slot in reversed(article.slots(field)) for word in article.text(slot).index if word[0] == wanted[0]}
    found = difflib.get_close_matches(wanted, sorted(where), 1, _ALIKE)
    if not found:
        return ""
    slot = where[found[0]]
    at = article.text(slot).index[found[0]][0]
    return tr("the nearest word is {shown}", shown=_shown((slot, at, at + 1), article))


def _entity(atom: EntityAtom, article: Article) -> str:
    for mention in article.found(atom.sure):
        return _thrown_out(atom, mention, article)
    for weak in atom.weak:
        for finder in weak.finders:
            for mention in article.found(finder):
                if _excluding(atom, mention, article) is not None:
                    return _thrown_out(atom, mention, article)
                shown, missing = _shown(mention, article), _missing_context(weak)
                if finder is weak.name:
                    return tr("{shown} may be an ordinary word: {missing}", shown=shown, missing=missing)
                if article.text(mention[0]).shouts:
                    return tr(
                        "{shown} stands in capitals only, where case says nothing, and {missing}", shown=shown, missing=missing
                    )
                return tr("found as {shown}, in another case", shown=shown)
    return ""


def _missing_context(weak: WeakName) -> str:
    words = [" ".join(piece.normal().partition("|")[0] for piece in part.pieces) for part in _terms(weak.context)]
    where = tr("in the article") if weak.within is None else tr("within {within} words of it", within=weak.within)
    if len(words) == 1:
        return tr("{value} is not {where}", value=words[0], where=where)
    return (
        tr("none of {join}{value} is {where}", join=", ".join(words[:5]), value=" ..." if len(words) > 5 else "", where=where)
        if words
        else tr("nothing vouches for it")
    )


def _terms(atom: Atom | None) -> Iterator[TermAtom]:
    for part in () if atom is None else _parts(atom):
        if isinstance(part, TermAtom):
            yield part


def _thrown_out(atom: EntityAtom, mention: Occurrence, article: Article) -> str:
    by = _excluding(atom, mention, article)
    name = tr('the word "{text}"', text=article.span(article.stretch(by), "").text) if by else tr("a word")
    return tr("{shown} is thrown out by {name} near it", shown=_shown(mention, article), name=name)


def _excluding(atom: EntityAtom, mention: Occurrence, article: Article) -> Occurrence | None:
    """What throws a mention out."""
    if atom.excluded is None:
        return None
    for other in article.found(atom.excluded):
        if other[0] == mention[0] and not inside(other, mention) and between(other, mention) <= atom.within:
            return other
    return None


def _shown(place: Occurrence, article: Article) -> str:
    span = article.span(article.stretch(place), "")
    field = article.fields[place[0]]
    name = _FIELD_NAMES.get(field, field.value)
    return f'"{span.text}" ({tr(name)})'
