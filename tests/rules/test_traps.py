"""Texts and rules that once made the matcher run away, and what must stay cheap: the longest article, one word repeated.

Work is counted where it can be: the places a phrase has, the answers asked for. Where it cannot, the bound of CPU time is twenty
times and more what these cost, and a hundredth and less of what they once cost.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import product

import pytest

from bot.core.errors import QueryError
from bot.core.model import Entity, Item, Nearby, Rule, WeakAlias
from bot.rules.article import MAX_PLACES, Article
from bot.rules.atoms import NearAtom, TermAtom
from bot.rules.engine import Engine
from bot.rules.explain import explain
from bot.rules.expression import Piece, Shape
from bot.rules.neighbours import Neighbours, between, inside
from bot.rules.operands import MAX_LOOSE, MAX_PHRASE
from bot.rules.query import parse

LONGEST = 200_000
"""Characters of the longest text that a source hands over."""

SECONDS = 20.0
"""Some twenty times what the dearest of these costs on a slow machine."""

RING = Entity(
    "ring",
    "Ring",
    "vendor",
    weak=(WeakAlias("Ring", True, Nearby(12, ("camera*", "police"))),),
    not_near=Nearby(3, ("wedding", "boxing")),
)

Make = Callable[..., Item]


def filled(part: str) -> str:
    return (part * (LONGEST // len(part) + 1))[:LONGEST]


@pytest.mark.parametrize(
    ("query", "part", "expected"),
    [
        ('"ab ab ab"~50 NEAR/50 "ab ab ab"~50', "ab ", True),
        ('"ab cd"~50 NEAR/50 "cd ab"~50', "ab cd ", True),
        ('ab NEAR/50 ("ab ab" OR "ab ab ab"~50)', "ab ", True),
        ('(ab OR cs:ab) NEAR/50 (ab OR "ab ab")', "ab ", True),
        ("ab NEAR/50 ab", "ab ", True),
        ('"ab ab ab ab ab ab ab ab"~50', "ab ", True),
        ('"drone drone drone drone"~50', "drone ", True),
        ('x100:"ab ab"~50', "ab ", True),
        ('"監視カメラ監視カメラ監視"~50', "監視カメラ", True),
        ("cs:ICE", "ICE ", False),
        ("@ring", "RING ", False),
        ("@ring", "Ring camera ", True),
        ("@ring", "Ring camera wedding ", False),
        (f'"{"drone " * MAX_PHRASE}"', "drone ", True),
        (f'"{"dron* " * MAX_PHRASE}"', "drone ", True),
        (f'"{"drone " * MAX_LOOSE}"~50', "drone ", True),
    ],
)
def test_the_longest_article_of_one_word_costs_little(item: Make, query: str, part: str, expected: bool) -> None:
    engine = Engine.compile([Rule("r", query)], [RING])
    article = item(text=filled(part))
    before = time.process_time()
    found = engine.match(article)
    assert time.process_time() - before < SECONDS
    assert bool(found) is expected
    assert all(len(match.spans) <= MAX_PLACES for match in found)


def term(words: str, slop: int = 0) -> TermAtom:
    return TermAtom(tuple(Piece(Shape.WORD, word) for word in words.split()), slop=slop)


def test_a_loose_phrase_has_at_most_two_places_for_each_word_it_begins_with(item: Make) -> None:
    article = Article(item(text="ab " * 500))
    assert len(article.found(term("ab ab ab", 50))) <= 2 * 500


def test_a_place_is_asked_once_for_its_partner(item: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    near = Neighbours.near

    def counted(among: Neighbours, *question: object) -> bool:
        nonlocal asked
        asked += 1
        return near(among, *question)  # type: ignore[arg-type]

    monkeypatch.setattr(Neighbours, "near", counted)
    article = Article(item(text="ab " * 2_000 + "x " * 100 + "cd " * 2_000))
    assert not article.holds(NearAtom(term("ab"), term("cd"), 50, ordered=False))
    assert asked == 2_000


def test_whether_a_text_is_all_capitals_is_found_out_once(item: Make) -> None:
    article = Article(item(text="ICE " * 10))
    text = article.text(2)
    assert text.shouts
    text._kept = "now it would be otherwise"
    assert text.shouts


def test_of_many_places_the_first_of_the_article_are_shown(item: Make) -> None:
    engine = Engine.compile([Rule("r", "(drone OR camera) NEAR/3 police")])
    (match,) = engine.match(item("Drone police", text="camera police " * MAX_PLACES))
    assert len(match.spans) == MAX_PLACES
    assert {span.field for span in match.spans} == {"title", "body"}
    assert max(span.end for span in match.spans) < len("camera police ") * MAX_PLACES / 2 + 20
    (match,) = Engine.compile([Rule("r", "x2:(drone OR camera)")]).match(item("Drones", text="camera " * 2 * MAX_PLACES))
    assert len(match.spans) == MAX_PLACES


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f'"{"drone " * 900}zz"~50', f"a phrase has at most {MAX_PHRASE} words, and this one has 901"),
        (f'"{"監" * (MAX_LOOSE + 1)}"~2', f'"..."~n takes at most {MAX_LOOSE} words, and this phrase has {MAX_LOOSE + 1}'),
        (f'"{"drone " * (MAX_PHRASE + 1)}"', f"a phrase has at most {MAX_PHRASE} words, and this one has {MAX_PHRASE + 1}"),
    ],
)
def test_a_phrase_too_long_to_be_searched_for_is_refused(query: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.message == message
    assert caught.value.suggestion


@pytest.mark.parametrize("query", [f'"{"drone " * MAX_LOOSE}"~50', f'"{"drone " * MAX_PHRASE}"'])
def test_the_longest_phrases_allowed_are_read(query: str) -> None:
    assert parse(query).terms


@pytest.mark.parametrize("query", ['cs:"Ab Cd"~3', '"Ab Cd"~3'])
def test_a_loose_phrase_never_reaches_into_the_next_text(ask: Callable[..., object], query: str) -> None:
    assert ask(query, "now Ab", "Cd") is None
    assert ask(query, "now Ab", "x", "Cd") is None
    match = ask(query, "Ab Cd or cd", "Cd")
    assert [(span.field, span.text) for span in match.spans] == [("title", "Ab Cd")]  # type: ignore[attr-defined]


def test_why_a_long_phrase_is_not_found_is_told_in_little_time(item: Make) -> None:
    engine = Engine.compile([Rule("r", f'"{"drone " * (MAX_PHRASE - 1)}zebra"')])
    before = time.process_time()
    told = explain(engine, "r", item(text=filled("drone ")))
    assert time.process_time() - before < SECONDS
    assert "the nearest words are" in str(told)


def test_neighbours_answer_as_if_every_pair_were_looked_at() -> None:
    rng = random.Random(5)
    heard = set()
    for _ in range(4_000):
        starts = [(rng.randrange(3), rng.randrange(12), rng.randrange(1, 6)) for _ in range(rng.randrange(7))]
        places = sorted({(slot, first, first + size) for slot, first, size in starts})
        among = Neighbours(places)
        slot, first = rng.randrange(3), rng.randrange(12)
        one = rng.choice(places) if places and rng.random() < 0.5 else (slot, first, first + rng.randrange(1, 6))
        within = rng.randrange(5)
        close = [other for other in places if other[0] == one[0] and between(one, other) <= within]
        answers = (
            (among.near(one, within), any(other != one for other in close)),
            (among.later(one, within), any(other[1] > one[1] for other in close)),
            (among.earlier(one, within), any(other[1] < one[1] for other in close)),
            (among.around(one, within), any(not inside(other, one) for other in close)),
            (among.around(one, None), any(not inside(other, one) for other in places)),
            (among.covers(one), any(inside(one, other) for other in places)),
        )
        for number, (given, wanted) in enumerate(answers):
            assert given is wanted, (number, places, one, within)
            heard.add((number, given))
    assert heard == set(product(range(6), (True, False)))
