"""The surveillance pack: enough of everything, each rule explained and tested, each name sound, each part droppable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tomli

from bot.compose import rule_findings
from bot.config.load import load_for_replay
from bot.config.settings import Settings
from bot.core.model import Item, RuleStatus
from bot.rules.engine import Engine
from bot.rules.lint import lint

ROOT = Path(__file__).resolve().parents[2]
PACK = tomli.loads((ROOT / "bot" / "packs" / "surveillance.toml").read_text(encoding="utf-8"))
Configure = Callable[[str], Settings]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """``configure(text)``: the settings of a configuration with the pack and this text."""

    def read(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(f'include = ["pack:surveillance"]\n{text}', encoding="utf-8")
        return load_for_replay(path)

    return read


def item(title: str) -> Item:
    return Item(id="i", source_id="s", title=title, first_seen=datetime(2026, 1, 1, tzinfo=UTC))


def test_there_are_enough_names_rules_and_sources_and_all_rules_are_sound(configure: Configure) -> None:
    settings = configure("")
    assert len(settings.entities) >= 80
    assert {entity.kind for entity in settings.entities} == {"vendor", "product", "agency", "technology", "law"}
    assert len([rule for rule in settings.rules if rule.status is RuleStatus.LIVE]) >= 20
    assert len(PACK["sources"]) >= 30
    assert lint(settings.rules, settings.entities) == ()


@pytest.mark.parametrize("rule", PACK["rules"], ids=lambda rule: rule["id"])
def test_a_rule_says_what_it_wants_what_it_gets_wrong_and_proves_it_by_three_texts_of_each_kind(rule: dict[str, object]) -> None:
    assert rule["title"]
    assert str(rule["intent"]).endswith(".")
    assert rule["tags"]
    assert rule["falsepositives"]
    assert "channels" not in rule
    tests = rule["tests"]
    assert isinstance(tests, dict)
    assert len(tests["match"]) >= 3
    assert len(tests["no_match"]) >= 3


def test_products_and_parents_name_each_other() -> None:
    entities = {entity["id"]: entity for entity in PACK["entities"]}
    listed = {(owner, product) for owner, entity in entities.items() for product in entity.get("products", ())}
    companies = {"vendor", "product"}
    of_parents = {
        (entity["parent"], name)
        for name, entity in entities.items()
        if "parent" in entity and entity["kind"] in companies and entities[entity["parent"]]["kind"] in companies
    }
    assert listed == of_parents


def test_no_sure_name_belongs_to_two_entities() -> None:
    owners: dict[str, list[str]] = {}
    for entity in PACK["entities"]:
        for name in {*entity.get("aliases", ()), *entity.get("formerly", ())}:
            owners.setdefault(name.casefold(), []).append(entity["id"])
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_every_source_says_how_sure_its_address_is_and_no_address_stands_twice() -> None:
    sources = PACK["sources"]
    assert all(source["notes"].startswith("Address") for source in sources)
    assert all(source["url"].startswith("https://") for source in sources)
    assert len({source["url"] for source in sources}) == len(sources)
    assert all(source["outlet"] and source["language"] for source in sources)


def test_rules_that_name_a_retired_entity_stay_right_and_no_longer_find_it(configure: Configure) -> None:
    found = item("ShotSpotter heard it.")
    whole, without = configure(""), configure('[[entities]]\nid = "shotspotter"\nstatus = "retired"\n')
    assert [match.rule_id for match in Engine.compile(whole.rules, whole.entities).match(found)] == ["gunshot-detection"]
    engine = Engine.compile(without.rules, without.entities)
    assert engine.match(found) == ()
    assert [match.rule_id for match in engine.match(item("SoundThinking heard it."))] == ["gunshot-detection"]


def test_a_rule_of_nothing_but_a_retired_entity_finds_nothing(configure: Configure) -> None:
    settings = configure('[[entities]]\nid = "clearview_ai"\nstatus = "retired"\n')
    engine = Engine.compile([rule for rule in settings.rules if rule.id == "clearview"], settings.entities)
    assert engine.match(item("Clearview AI fined")) == ()


def test_names_of_an_entity_can_be_replaced_without_touching_the_rest(configure: Configure) -> None:
    settings = configure('[[entities]]\nid = "fog"\naliases = ["Fog Reveal"]\nweak = []\n')
    engine = Engine.compile(settings.rules, settings.entities)
    assert engine.match(item("Fog Reveal again")) != ()
    assert engine.match(item("Fog Data Science again")) == ()


@pytest.mark.parametrize("which", ["ring", "ice", "flock_safety", "all of them"])
def test_an_entity_can_be_dropped_without_a_mistake_in_the_packs_own_rules(configure: Configure, which: str) -> None:
    names = [entity.id for entity in configure("").entities] if which == "all of them" else [which]
    settings = configure("".join(f'[[entities]]\nid = "{name}"\nstatus = "retired"\n' for name in names))
    mistakes, warnings = rule_findings(settings)
    assert mistakes == []
    told = [warning.message for warning in warnings if "which a file of yours changed" in warning.message]
    assert told
    assert all(f"@{names[0]}" in message or which == "all of them" for message in told)


def test_a_failing_test_of_a_pack_that_nobody_changed_is_a_mistake(configure: Configure) -> None:
    settings = configure('[[rules]]\nid = "clearview"\ntests = { match = ["Nothing of the kind."] }\n')
    mistakes, _ = rule_findings(settings)
    assert ["Nothing of the kind." in mistake.message for mistake in mistakes] == [True]
