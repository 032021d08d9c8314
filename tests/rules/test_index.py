"""The index of rarest clauses beside plain asking: whatever is thought to be rare, the same rules hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.core.model import Entity, Item, Nearby, Rule, RuleStatus, WeakAlias
from bot.rules.article import Article
from bot.rules.compile import Compiler
from bot.rules.engine import Engine, RuleErrors
from bot.rules.frequencies import Frequencies
from bot.rules.index import waiting
from bot.rules.needs import JOINED, Needs

SEEN = datetime(2026, 1, 1, tzinfo=UTC)
AGENCY = Entity(
    "agency",
    "NSA",
    "agency",
    aliases=("Night Sky Agency",),
    weak=(WeakAlias("N.S.A.", exact=True), WeakAlias("sky", near=Nearby(3, ("polic*", "drone")))),
    not_near=Nearby(1, ("blue",)),
)
BARE = Entity("bare", "Bare", "vendor", weak=(WeakAlias("Ring", exact=True, near=Nearby(2, ("camera*",))),))
BOOK = (AGENCY, BARE)

QUERIES = (
    "drone police",
    "drone -police",
    "drone -(police OR camera)",
    "drone -(police camera)",
    '(drone OR "blue sky") (police OR camera*) ring',
    '"night sky"',
    '"sky drone"~2 -"sky police"',
    "polic*",
    "polic* -drone",
    "p?lice OR camera*",
    "ca?e*",
    "s?y drone",
    "cs:NSA",
    "cs:Ring camera",
    "title:drone -title:police",
    "title:(drone OR cam*) sky",
    "body:drone summary:police",
    "outlet:gazette drone",
    "outlet:cs:U.S. OR source:eff",
    "url:drone",
    "tag:police",
    "lang:en -drone",
    "lang:en drone",
    "title:/dr.ne/",
    "title:/dr.ne/ OR ring",
    "2 of (drone, police, camera)",
    "2 of (drone, polic*, title:/sky/, ring)",
    "3 of (drone, police, sky) -camera",
    "x2:drone",
    "x2:(drone OR polic*) sky",
    "drone NEAR/2 police",
    "(drone OR camera*) ONEAR/1 (police OR sky) -ring",
    "@agency",
    "@agency drone -@bare",
    "url:@agency OR outlet:@agency",
    "@bare NEAR/4 police",
    "(drone police) OR (camera ring)",
    "(drone -police) OR sky",
    "@gear police",
    "-@gear police",
)
ARTICLE_WORDS = "drone drones police policy camera cameras ring Ring night sky blue agency NSA N.S.A. the of, — U.S. zebra"
WORDS = ARTICLE_WORDS.split()


class Pretended(Frequencies):
    """Calls words rare at random, so that every clause of every rule is waited for at some time."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def share(self, word: str) -> float:
        return random.Random(f"{self.seed} {word}").random()


def rule(number: int, query: str, **rest: object) -> Rule:
    return Rule(f"r{number}", query, let={"gear": "drone OR (camera ring)"}, **rest)  # type: ignore[arg-type]


def article(rng: random.Random) -> Item:
    def text(most: int) -> str:
        found = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(most)))
        return found.upper() if rng.random() < 0.1 else found

    return Item(
        id="i",
        source_id=rng.choice(("eff", "blog")),
        title=text(5),
        summary=text(5),
        content_text=text(12),
        first_seen=SEEN,
        url=rng.choice((None, "https://x.example/drone-night-sky-agency")),
        outlet=rng.choice((None, "Gazette", "The U.S. Night Sky Agency")),
        tags=rng.choice(((), ("police",), ("police car", "en"))),
        language=rng.choice((None, "en", "de")),
    )


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_called_rare_the_rules_that_hold_are_those_whose_plans_hold(seed: int) -> None:
    rng = random.Random(seed)
    engine = Engine.compile([rule(number, query) for number, query in enumerate(QUERIES)], BOOK, Pretended(seed))
    matched: set[str] = set()
    missed: set[str] = set()
    for _ in range(150):
        found = article(rng)
        held = [ready.rule.id for ready in engine.compiled if ready.plan.holds(Article(found))]
        assert [ready.rule.id for ready in engine.holding(found)] == held
        assert [match.rule_id for match in engine.match(found)] == held
        matched.update(held)
        missed.update({ready.rule.id for ready in engine.compiled} - set(held))
    assert len(matched) == len(missed) == len(QUERIES)


@pytest.mark.parametrize("seed", range(3))
def test_an_engine_changed_rule_by_rule_is_as_one_compiled_afresh(seed: int) -> None:
    rng = random.Random(seed)
    frequencies = Pretended(seed)
    wanted: dict[str, Rule] = {}
    engine = Engine.compile([], BOOK, frequencies)
    for _ in range(40):
        some = [
            rule(
                rng.randrange(30),
                rng.choice(QUERIES),
                status=rng.choice((RuleStatus.LIVE, RuleStatus.LIVE, RuleStatus.DRAFT, RuleStatus.RETIRED)),
            )
            for _ in range(rng.randrange(1, 4))
        ]
        gone = [f"r{rng.randrange(32)}" for _ in range(rng.randrange(2))]
        engine = engine.with_rules(some).without(gone)
        for one in some:
            if one.status is RuleStatus.RETIRED:
                wanted.pop(one.id, None)
            else:
                wanted[one.id] = one
        for name in gone:
            wanted.pop(name, None)
        fresh = Engine.compile(wanted.values(), BOOK, frequencies)
        assert engine.rules == fresh.rules
        assert engine.watch_words == fresh.watch_words
        for _ in range(3):
            found = article(rng)
            assert engine.match(found) == fresh.match(found)


def test_a_change_leaves_the_engine_it_came_from_as_it_was(item: Callable[..., Item]) -> None:
    engine = Engine.compile([Rule("a", "drone"), Rule("b", "title:/dr.ne/")])
    changed = engine.with_rules([Rule("a", "police"), Rule("c", "drone")])
    without = changed.without(["b", "nobody"])
    found = item("drone")
    assert [match.rule_id for match in engine.match(found)] == ["a", "b"]
    assert [match.rule_id for match in changed.match(found)] == ["b", "c"]
    assert [match.rule_id for match in without.match(found)] == ["c"]
    assert [one.id for one in without.rules] == ["a", "c"]


def test_a_mistake_in_a_changed_rule_is_told_and_changes_nothing(item: Callable[..., Item]) -> None:
    engine = Engine.compile([Rule("a", "drone")], BOOK)
    with pytest.raises(RuleErrors) as caught:
        engine.with_rules([Rule("a", "police AND"), Rule("b", "@nobody")])
    assert [name for name, _ in caught.value.errors] == ["a", "b"]
    assert engine.match(item("drone"))


def test_workspaces_may_use_the_same_id(item: Callable[..., Item]) -> None:
    engine = Engine.compile([Rule("a", "drone"), Rule("a", "drone police", workspace_id="slack:T1")])
    found = item("police drone")
    assert [match.workspace_id for match in engine.match(found)] == ["file", "slack:T1"]
    assert [match.workspace_id for match in engine.without(["a"]).match(found)] == ["slack:T1"]
    assert [match.workspace_id for match in engine.without(["a"], workspace_id="slack:T1").match(found)] == ["file"]


def test_many_edits_of_one_rule_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rules.engine._SPARE_ATOMS", 200)
    engine = Engine.compile([Rule("a", "drone")])
    largest = 0
    for number in range(700):
        engine = engine.with_rules([Rule("a", f"word{number}")])
        largest = max(largest, engine._compiler.size)
    assert 150 < largest < 300
    assert len(engine.rules) == 1


def clauses(query: str, frequencies: Frequencies | None = None) -> tuple[frozenset[str], ...]:
    compiler = Compiler(BOOK)
    ready, mistakes = compiler.rule(rule(0, query))
    assert ready is not None, mistakes
    found = waiting(0, ready.plan, Needs(frequencies or Frequencies()))
    second, _, others, _, _ = found.entry
    return tuple(dict.fromkeys((*([found.clause] if found.clause else []), *([second] if second else []), *others)))


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("police rekognition", {"rekognition", "rekognitions"}),
        ("the surveillance", {"surveillance", "surveillances"}),
        ('"the rekognition system"', {"rekognition"}),
        ("(police OR year) rekognition", {"rekognition", "rekognitions"}),
        ("(alpr OR rekognition) police", {"alpr", "alprs", "rekognition", "rekognitions"}),
        ("surveill* rekognition", {"rekognition", "rekognitions"}),
        ("surveill*", {"surveill*"}),
        ("sur?eill*", {"sur*"}),
        ("cs:ALPR", {"alpr", f"{JOINED}alpr"}),
        ("title:rekognition", {"title:rekognition", "title:rekognitions"}),
        ("2 of (police, rekognition, alpr)", {"rekognition", "rekognitions", "alpr", "alprs"}),
        ("2 of (police, rekognition)", {"rekognition", "rekognitions"}),
        ("police NEAR/3 rekognition", {"rekognition", "rekognitions"}),
        ("(police rekognition) OR (alpr year)", {"rekognition", "rekognitions", "alpr", "alprs"}),
        ("lang:en police", {"police", "polices"}),
    ],
)
def test_a_rule_waits_for_the_rarest_thing_it_needs(query: str, first: set[str]) -> None:
    assert clauses(query)[0] == first


@pytest.mark.parametrize("query", ["title:/dr.ne/", "2 of (title:/a.b/, title:/c.d/, drone)", "s?y"])
def test_a_rule_that_needs_no_known_word_is_asked_for_every_article(query: str) -> None:
    assert clauses(query) == ()


def test_frequencies_decide_what_is_waited_for() -> None:
    seen = Frequencies()
    for _ in range(5000):
        seen.observe({"rekognition"})
    assert clauses("police rekognition", seen)[0] == {"police", "polices"}
