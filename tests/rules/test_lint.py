"""What is said of rules before they run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.model import Entity, RuleStatus, RuleTest
from bot.core.model import Rule as ModelRule
from bot.rules.lint import Finding, FindingLevel, lint, without_channel

MATCH = (RuleTest(text="A police drone"),)
NO_MATCH = (RuleTest(title="A toy"),)
RING = Entity("ring", "Ring", "vendor", aliases=("Ring Doorbell",))


def Rule(rule_id: str, query: str, **rest: Any) -> ModelRule:  # noqa: N802  # reads like the class it makes
    """A rule with a channel."""
    return ModelRule(rule_id, query, **{"channels": ("team",), **rest})


def told(*rules: ModelRule, entities: tuple[Entity, ...] = (RING,)) -> list[tuple[str, str, str]]:
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
        "s",
        FindingLevel.ERROR,
        "in let a: dr* would match too many words: at least three letters must stand before the *."
        " Write a whole word, or more of it.",
        1,
        1,
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
        Finding("r", FindingLevel.WARNING, "and is searched for as a word. Write AND if it is meant as an operator.", 1, 7),
        Finding("r", FindingLevel.WARNING, "in let a: or is searched for as a word. Write OR if it is meant as an operator.", 1, 7),
        Finding("r", FindingLevel.WARNING, "the part a of let is never used"),
    )


def test_regular_expressions_hidden_entities_and_double_ids_are_told() -> None:
    rule = Rule("r", "police -title:/toy/ @ring", let={"ring": "drone"}, match_tests=MATCH, no_match_tests=NO_MATCH)
    assert told(rule, rule)[:3] == [
        ("r", "warning", "a regular expression is tried on every article. Words are quicker, and easier to read."),
        ("r", "warning", "the part ring of let hides the entity of the same name"),
        ("r", "error", "another rule has the same id; give each its own"),
    ]


def test_the_same_id_in_two_workspaces_is_no_mistake() -> None:
    rules = [
        Rule("r", "drone", workspace_id=workspace, match_tests=MATCH, no_match_tests=NO_MATCH)
        for workspace in ("slack:T1", "slack:T2")
    ]
    assert told(*rules) == []


def test_drafts_are_read_and_retired_rules_are_not() -> None:
    findings = told(Rule("d", "dr*", status=RuleStatus.DRAFT), Rule("o", "dr*", status=RuleStatus.RETIRED))
    assert [(rule, level) for rule, level, _ in findings] == [("d", "error")]


def good(rule_id: str, query: str = "drone", **rest: Any) -> ModelRule:
    return Rule(rule_id, query, **{"match_tests": MATCH, "no_match_tests": NO_MATCH, **rest})


def test_live_rules_without_channel_are_told_in_one_finding() -> None:
    silent = [replace(good(f"r{number}", f"drone police -toy{number}"), channels=()) for number in range(9)]
    draft = good("d", "police drone", channels=(), status=RuleStatus.DRAFT)
    said = "the rule has no channel, so it posts nothing until one subscribes to it; write channels = [...]"
    assert list(without_channel([good("r")])) == []
    assert list(without_channel([silent[0], draft])) == [Finding("r0", FindingLevel.WARNING, said)]
    assert list(without_channel(silent[:3])) == [Finding("r0", FindingLevel.WARNING, said + "; so have r1, r2")]
    assert [finding.message for finding in without_channel(silent)] == [said + "; so have r1, r2, r3, r4, r5 and 3 more"]


def test_a_rule_that_asks_for_what_another_asks_is_told() -> None:
    rules = (good("a", "police drone"), good("b", "drone AND police"), good("c", "police @x", let={"x": "drone"}))
    assert told(*rules) == [("b", "warning", "the rule a asks for the same; take one away, or join their channels")]
    assert told(good("a"), good("b", let={"x": "police"}))[-1][2] == "the part x of let is never used"
    assert told(good("a"), good("b", workspace_id="slack:T1")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("drone source:eff", []),
        ("drone source:eff.org", []),
        ("drone source:city*", []),
        ("drone source:(eff OR aclu)", ["no source has the id aclu. Sources are city-news, eff.org."]),
        ("drone -source:city-nws", ["no source has the id city-nws. Did you mean source:city-news?"]),
        ("drone @from", ["in let from: no source has the id zebra. Sources are city-news, eff.org."]),
    ],
)
def test_a_source_that_is_not_configured_is_told(query: str, expected: list[str]) -> None:
    rule = good("r", query, let={"from": "source:zebra"} if "@" in query else {})
    findings = lint([rule], [], ["eff.org", "city-news"])
    warned = [finding for finding in findings if finding.level is FindingLevel.WARNING]
    assert [finding.message for finding in warned] == expected
    assert all(finding.line == 1 and finding.column > 0 for finding in warned)
    assert [finding for finding in lint([rule]) if finding.level is FindingLevel.WARNING] == []


def test_a_bad_entity_is_told() -> None:
    assert told(entities=(Entity("a", "A", "vendor", aliases=("-",)),)) == [
        ("@a", "error", "the name '-' has no letter or digit to search for")
    ]
