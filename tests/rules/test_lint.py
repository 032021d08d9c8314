"""What is said of rules before they run."""

from __future__ import annotations

import pytest

from bot.core.model import Entity, Rule, RuleStatus, RuleTest
from bot.rules.lint import Finding, FindingLevel, lint

MATCH = (RuleTest(text="A police drone"),)
NO_MATCH = (RuleTest(title="A toy"),)
RING = Entity("ring", "Ring", "vendor", aliases=("Ring Doorbell",))


def told(*rules: Rule, entities: tuple[Entity, ...] = (RING,)) -> list[tuple[str, str, str]]:
    return [(finding.rule_id, finding.level.value, finding.message) for finding in lint(rules, entities)]


def test_a_good_rule_with_good_tests_has_no_findings() -> None:
    assert told(Rule("r", "drone @part", let={"part": "police OR @ring"}, match_tests=MATCH, no_match_tests=NO_MATCH)) == []


@pytest.mark.parametrize(
    ("match", "no_match", "missing"),
    [((), (), "match and none of the kind no_match"), (MATCH, (), "no_match"), ((), NO_MATCH, "match")],
)
def test_a_rule_without_tests_of_each_kind_is_told_in_one_line(
    match: tuple[RuleTest, ...], no_match: tuple[RuleTest, ...], missing: str
) -> None:
    said = f"there is no test of the kind {missing}; add an example to tests"
    assert told(Rule("r", "drone", match_tests=match, no_match_tests=no_match)) == [("r", "warning", said)]


def test_a_failing_test_says_why() -> None:
    rule = Rule(
        "r",
        "drone police -toy",
        match_tests=(*MATCH, RuleTest(text="A dron of the police"), RuleTest(title="A police drone, a toy " + "x" * 60)),
        no_match_tests=(RuleTest(title="Police", text="drones"), *NO_MATCH),
    )
    assert told(rule) == [
        (
            "r",
            "error",
            'test 2 "A dron of the police" should match and does not: it needs drone (the nearest word is "dron" (text))',
        ),
        (
            "r",
            "error",
            f'test 3 "A police drone, a toy {"x" * 35}..." should match and does not: -toy forbids "toy", found in the title',
        ),
        ("r", "error", 'test 1 "Police" should not match and does: it was found by drone ("drones"), police ("Police")'),
    ]


def test_tests_may_set_every_field_a_test_has() -> None:
    fields = RuleTest(title="a", summary="b1", text="c1", url="https://x.example/law", outlet="Gazette")
    query = "title:/a/ summary:b1 body:c1 url:law outlet:gazette"
    findings = lint(
        [Rule("r", query, match_tests=(fields,), no_match_tests=(RuleTest(outlet="Gazette"), RuleTest(url="https://y.example")))]
    )
    assert [finding for finding in findings if finding.level is FindingLevel.ERROR] == []


def test_mistakes_come_with_place_and_suggestion() -> None:
    findings = lint([Rule("r", "drone\n@rin"), Rule("s", "drone", let={"a": "dr*"})], [RING])
    assert findings[0] == Finding("r", FindingLevel.ERROR, "there is no entity and no part named rin. Did you mean @ring?", 2, 1)
    assert findings[1] == Finding(
        "s", FindingLevel.ERROR, "in let a: dr* would match too many words: at least three letters must stand before the *", 1, 1
    )


def test_cautions_become_warnings_with_their_place() -> None:
    rule = Rule(
        "r",
        "drone and police",
        let={"a": "drone or toy"},
        match_tests=(RuleTest(text="police and drone"),),
        no_match_tests=NO_MATCH,
    )
    assert lint([rule]) == (
        Finding("r", FindingLevel.WARNING, "and is searched for as a word; write AND if it is meant as an operator", 1, 7),
        Finding("r", FindingLevel.WARNING, "in let a: or is searched for as a word; write OR if it is meant as an operator", 1, 7),
        Finding("r", FindingLevel.WARNING, "the part a of let is never used"),
    )


def test_regular_expressions_hidden_entities_and_double_ids_are_told() -> None:
    rule = Rule("r", "police -title:/toy/ @ring", let={"ring": "drone"}, match_tests=MATCH, no_match_tests=NO_MATCH)
    assert told(rule, rule)[:3] == [
        ("r", "warning", "a regular expression is tried on every article; words are quicker and easier to read"),
        ("r", "warning", "the part ring of let hides the entity of the same name"),
        ("r", "error", "another rule has the same id; give each its own"),
    ]


def test_the_same_id_in_two_workspaces_is_no_mistake() -> None:
    rules = [
        Rule("r", "drone", workspace_id=workspace, match_tests=MATCH, no_match_tests=NO_MATCH)
        for workspace in ("slack:T1", "slack:T2")
    ]
    assert told(*rules) == []


def test_drafts_are_read_and_retired_rules_are_left_alone() -> None:
    findings = told(Rule("d", "dr*", status=RuleStatus.DRAFT), Rule("o", "dr*", status=RuleStatus.RETIRED))
    assert [(rule, level) for rule, level, _ in findings] == [("d", "error")]


def test_a_bad_entity_is_told() -> None:
    assert told(entities=(Entity("a", "A", "vendor", aliases=("-",)),)) == [
        ("@a", "error", "the name '-' has no letter or digit to search for")
    ]
