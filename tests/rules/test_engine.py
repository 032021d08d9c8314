"""Compiling many rules: all mistakes at once, versions, drafts, order, sharing and the quick refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.errors import UserInputError
from bot.core.model import Entity, Item, Nearby, Rule, RuleStatus, WeakAlias
from bot.rules.compile import MAX_LET_DEPTH
from bot.rules.engine import Engine, RuleErrors
from bot.rules.query import parse

RING = Entity("ring", "Ring", "vendor", aliases=("Ring Doorbell",))
LENS = Entity("lens", "Lens", "product", aliases=("Gaze Lens",))


def version(query: str, *entities: Entity, **rest: object) -> str:
    return Engine.compile([Rule("r", query, **rest)], entities).rules[0].version  # type: ignore[arg-type]


def test_all_mistakes_of_all_rules_come_at_once() -> None:
    rules = [
        Rule("one", "drone AND", let={"a": "police OR"}),
        Rule("two", "drone police"),
        Rule("three", "@nobody drone @rin", let={"x": "@none"}),
        Rule("four", "dr*", status=RuleStatus.DRAFT),
        Rule("five", "dr*", status=RuleStatus.RETIRED),
    ]
    with pytest.raises(RuleErrors) as caught:
        Engine.compile(rules, [RING])
    assert [(rule, error.message, error.column) for rule, error in caught.value.errors] == [
        ("one", "in let a: OR is the last word: a word, phrase or ( is expected after it", 8),
        ("one", "AND is the last word: a word, phrase or ( is expected after it", 7),
        ("three", "there is no entity and no part named nobody", 1),
        ("three", "there is no entity and no part named rin", 15),
        ("three", "there is no entity and no part named none", 1),
        ("four", "dr* would match too many words: at least three letters must stand before the *", 1),
    ]
    assert caught.value.errors[3][1].suggestion == "Did you mean @ring?"
    assert isinstance(caught.value, UserInputError)
    assert str(caught.value).startswith("rule one: line 1, column 8: in let a: ")


def test_a_version_changes_with_what_decides_a_match_and_with_nothing_else() -> None:
    base = version("drone police")
    assert base == version("police AND drone") == version("drone police", title="Drones", channels=("team",))
    assert base == version("drone police", RING)
    assert base != version("drone sheriff")
    assert version("@ring", RING) != version("@ring", replace(RING, aliases=("Ring",)))
    assert version("@ring", RING) == version("@ring", replace(RING, notes="x", name="Y", parent="z"))
    assert version("@ring", RING) != version("@ring", replace(RING, not_near=Nearby(2, ("wedding",))))
    assert version("@a", let={"a": "drone"}) != version("@a", let={"a": "police"})
    with_lens = replace(RING, products=("lens",))
    assert version("@ring+products", with_lens, LENS) != version("@ring+products", with_lens, replace(LENS, aliases=("Lens X",)))
    assert version("@ring", with_lens, LENS) == version("@ring", with_lens, replace(LENS, aliases=("Lens X",)))


def test_matches_carry_version_workspace_and_item(item: Callable[..., Item]) -> None:
    engine = Engine.compile([Rule("r", "drone", workspace_id="slack:T1")])
    match = engine.match(item("drone", id="i9"))[0]
    assert (match.item_id, match.rule_id, match.workspace_id) == ("i9", "r", "slack:T1")
    assert match.rule_version == engine.rules[0].version
    assert len(match.rule_version) == 12


def test_only_live_rules_match_and_they_keep_their_order(item: Callable[..., Item]) -> None:
    rules = [
        Rule("z", "drone"),
        Rule("d", "drone", status=RuleStatus.DRAFT),
        Rule("o", "drone", status=RuleStatus.RETIRED),
        Rule("a", "title:/dron/"),
        Rule("m", "police OR drone"),
    ]
    engine = Engine.compile(rules)
    assert [match.rule_id for match in engine.match(item("drone"))] == ["z", "a", "m"]
    assert [rule.id for rule in engine.rules] == ["z", "d", "a", "m"]


def test_an_item_without_words_matches_nothing(item: Callable[..., Item]) -> None:
    assert Engine.compile([Rule("r", "drone"), Rule("s", "title:/x/")]).match(item()) == ()
    assert Engine.compile([]).match(item("drone")) == ()


@pytest.mark.parametrize(
    "query",
    [
        "surveill*",
        "surveill* OR zebra",
        "s?rveillance",
        '"the surveill*"',
        "title:/surv/",
        "cs:SURVEILLANCE",
        "cs:N.S.A.",
        "2 of (surveill*, police, zebra)",
        "2 of (surveill*, poli*, zebra)",
        "url:surveillance",
        "tag:surveillance",
        "lang:en",
        "x2:surveillance",
        "x2:(surveill* OR zebra)",
        "surveill* NEAR/9 polic*",
        "zebra OR (surveillance NEAR/9 polic*)",
        "@agency",
        "@part",
        "title:@agency OR url:@agency",
        "(ﬁne OR strasse) surveillance",
    ],
)
def test_the_quick_refusal_hides_no_match(item: Callable[..., Item], query: str) -> None:
    agency = Entity(
        "agency", "NSA", "agency", weak=(WeakAlias("N.S.A.", exact=True), WeakAlias("surveillance", near=Nearby(9, ("polic*",))))
    )
    others = [Rule(f"o{number}", f"other{number} words{number}") for number in range(50)]
    engine = Engine.compile([*others, Rule("r", query, let={"part": "surveill*"})], [agency])
    found = item(
        "The surveillance of police",
        text="SURVEILLANCE by the N.S.A. on a Straße",
        url="https://a.example/surveillance",
        tags=("surveillance",),
        language="en",
    )
    assert [match.rule_id for match in engine.match(found)] == ["r"]


def test_watch_words_are_the_plain_words_of_file_rules_and_entities() -> None:
    rules = [
        Rule("a", '(drone OR "license plate") surveill* -sports the cs:ICE', let={"x": "camera"}),
        Rule("b", "zebra", workspace_id="slack:T1"),
        Rule("c", "lion", status=RuleStatus.DRAFT),
        Rule("d", "title:/regex/ x2:police 2 of (bill, law)"),
    ]
    engine = Engine.compile(rules, [RING, Entity("of", "Of", "agency", weak=(WeakAlias("Bureau of Eyes", exact=True),))])
    assert engine.watch_words == frozenset(
        [
            "drone",
            "drones",
            "license",
            "plate",
            "ice",
            "camera",
            "cameras",
            "police",
            "polices",
            "bill",
            "bills",
            "law",
            "ring",
            "doorbell",
            "bureau",
            "eyes",
        ]
    )


def test_a_part_that_uses_itself_is_refused() -> None:
    with pytest.raises(RuleErrors, match="the part b uses itself: b -> a -> b"):
        Engine.compile([Rule("r", "@b drone", let={"a": "@b OR x1", "b": "@a"})])


def test_parts_may_not_be_nested_without_end() -> None:
    let = {f"p{number}": f"@p{number + 1} drone" for number in range(MAX_LET_DEPTH + 1)} | {f"p{MAX_LET_DEPTH + 1}": "police"}
    with pytest.raises(RuleErrors, match=f"more than {MAX_LET_DEPTH} deep"):
        Engine.compile([Rule("r", "@p0", let=let)])


def test_parts_that_multiply_are_stopped() -> None:
    let = {f"p{number}": " ".join([f"(@p{number + 1} zebra)"] * 20) for number in range(4)} | {"p4": "police"}
    with pytest.raises(RuleErrors, match="too many words"):
        Engine.compile([Rule("r", "@p0", let=let)])


@pytest.mark.parametrize(
    ("query", "let", "message"),
    [
        ("title:@a", {"a": "body:drone"}, "body: stands in a part that is used under title:"),
        ("title:@a", {"a": "@b", "b": "url:drone"}, "url: stands in a part that is used under title:"),
        ("title:@a", {"a": "url:/dr.n/"}, "url: stands in a part that is used under title:"),
        ("@a NEAR/3 police", {"a": "title:/dr.n/"}, "the part a cannot stand here"),
        ("@a NEAR/3 police", {"a": "drone NEAR/3 camera"}, "the part a cannot stand here"),
        ("police", {"a": "@missing"}, "there is no entity and no part named missing"),
        ("police", {"a": "title:@b", "b": "body:x1"}, "body: stands in a part that is used under title:"),
    ],
)
def test_a_part_used_where_it_cannot_stand_is_refused(query: str, let: dict[str, str], message: str) -> None:
    with pytest.raises(RuleErrors, match=message):
        Engine.compile([Rule("r", query, let=let)])


def test_a_part_with_a_regular_expression_can_be_counted(item: Callable[..., Item]) -> None:
    engine = Engine.compile([Rule("r", "x3:@a", let={"a": "title:/dr.n/ OR camera"})])
    assert engine.match(item("drin dran", text="camera"))
    assert not engine.match(item("drin dran"))


def test_a_query_knows_its_source_and_size() -> None:
    query = parse("police (drone OR @ring)")
    assert (query.source, query.terms) == ("police (drone OR @ring)", 3)


def test_equal_terms_of_different_rules_are_one_atom() -> None:
    engine = Engine.compile([Rule("a", "drone police"), Rule("b", "drone camera")])
    one, other = (ready.plan for ready in engine.compiled)
    assert one.parts[0].atom is other.parts[0].atom  # type: ignore[union-attr]
