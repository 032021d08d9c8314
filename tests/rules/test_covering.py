"""What is called covered is found by both in every one of many random articles; what can never match is refused as such."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bot.core.errors import QueryError
from bot.core.model import Entity, Item, Rule
from bot.rules.covering import Covering
from bot.rules.engine import Engine
from bot.rules.expression import Reference, Term
from bot.rules.query import parse, read_clause

_TERMS = """
drone|drones|"drone"|drone*|dro*|dr?ne|dr?ne*|title:drone|body:drone*|title:dro*|cs:drone|cs:Drone|cs:Dro*|"police drone"|
"police drone"~2|"police drone"~1|"police drone*"|title:"police drone"|cs:"Police Drone"|police|polic*|"police"|policy|agency|
agenc*|agencies|outlet:police|outlet:polic*|tag:police|tag:polic*|tag:drone|lang:en|lang:en-us|@gear|@gear+products|title:@gear|
url:drone|監視|"監視 カメラ"|a.b.|cs:A.B.|ab|cs:AB
"""
_WORDS = "drone drones Drone drone-like police Police policy policies agency agencies crane 監視 カメラ A.B. AB a b gear"
TERMS, WORDS = _TERMS.replace("\n", "").split("|"), _WORDS.split()
GEAR = (
    Entity("gear", "Gear", "product", aliases=("gear",), products=("crane",)),
    Entity("crane", "Crane", "product", aliases=("crane",)),
)


def test_a_covering_term_is_found_wherever_the_covered_one_is(item: Callable[..., Item]) -> None:
    rng = random.Random(5)
    engine = Engine.compile([Rule(term, term) for term in TERMS], GEAR)
    found: dict[str, set[int]] = {term: set() for term in TERMS}
    for number in range(600):
        title, text = (" ".join(rng.choices(WORDS, k=rng.randrange(6))) for _ in range(2))
        rest = {"outlet": rng.choice(WORDS), "tags": (rng.choice(WORDS),), "language": rng.choice(("en", "en-US", "de"))}
        for match in engine.match(item(title, text=text, url=f"https://x.example/{rng.choice(WORDS)}", **rest)):
            found[match.rule_id].add(number)
    covered = 0
    for wide in TERMS:
        known = Covering()
        known.add(read_clause(wide))
        for narrow in TERMS:
            node = read_clause(narrow)
            assert isinstance(node, Term | Reference)
            if known.wider(node) is not None and narrow != wide:
                covered += 1
                assert found[narrow], narrow
                assert found[narrow] <= found[wide], (wide, narrow)
    assert covered >= 40


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ('"police drone"~2 -"police drone" -"police drone"~3', '"police drone"~2 must be found and -"police drone"~3 forbids it'),
        ("dr?ne -dr?ne", "dr?ne must be found and -dr?ne forbids it"),
        ("dr?nes* -dr?nes*", "dr?nes* must be found"),
        ("(drone OR drones) -(dro* OR toy)", "(drone OR drones) must be found and -dro* forbids it"),
        ("(2 of (drone, drones, toy)) -dro*", "must be found and -dro* forbids it"),
        ("police (drone -toy) -drone", "drone must be found and -drone forbids it"),
        ("@a -@a+products", "@a must be found and -@a+products forbids it"),
        ("tag:law drone -tag:law", "tag:law must be found and -tag:law forbids it"),
    ],
)
def test_what_is_asked_for_and_forbidden_is_refused(query: str, told: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert told in caught.value.message


@pytest.mark.parametrize(
    "query",
    ['"police drone"~2 -"police drone"', "drone* -drone", "2 of (drone, toy, car) -drone", "@a+products -@a", "dr?ne -drone",
     "drone -title:drone", "drone -cs:drone", "title:/dro/ -drone", "lang:en-us drone -lang:en-gb",
     "(drone OR toy) -(drone police)"],
)  # fmt: skip
def test_what_can_match_is_not_refused(query: str) -> None:
    parse(query)
