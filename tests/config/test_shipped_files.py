"""The files we ship: complete, working, documented, and good in the rule engine's eyes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from bot.config import schema
from bot.config.load import load, load_for_replay, unsupported
from bot.config.template import TEMPLATE
from bot.core.model import RuleStatus
from bot.rules.lint import lint

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"
DOCS = ROOT / "docs" / "configuration.md"
KINDS = ROOT / "docs" / "sources.md"
SECRETS = {
    "WATCHLAMP_SLACK_BOT_TOKEN": "xoxb-1",
    "WATCHLAMP_SLACK_APP_TOKEN": "xapp-1",
    "WATCHLAMP_SLACK_CLIENT_ID": "1.2",
    "WATCHLAMP_SLACK_CLIENT_SECRET": "x",
    "WATCHLAMP_ENCRYPTION_KEY": "A" * 43 + "=",
    "WATCHLAMP_DISCORD_TOKEN": "x",
    "WATCHLAMP_SECRET_NEWSROOM": "anna:x",
    "WATCHLAMP_SECRET_PARTNER": "x",
    "WATCHLAMP_URL_PARTNER": "https://partner.example.org/x",
    "WATCHLAMP_URL_MEMBERS": "https://members.example.org/x",
    "WATCHLAMP_URL_MATRIX": "matrixs://token@matrix.example.org/room",
}


def with_everything_on(text: str) -> str:
    """The example with every key that is off switched on: lines that begin with # and a key or a table."""
    return re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", text)


def paths_of(value: object, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if isinstance(value, list):
        return {path for element in value for path in paths_of(element, above)}
    if not isinstance(value, dict):
        return set()
    return {path for key, inner in value.items() for path in {(*above, key)} | paths_of(inner, (*above, key))}


def of_one_kind(path: tuple[str, ...]) -> bool:
    """Whether a key is an option of a kind of source: the guide to sources has them, kind by kind."""
    return path[:2] == ("sources", "options") and len(path) > 2


def test_the_example_works_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    settings = load(path, environ={})
    assert unsupported(settings) == ()
    assert settings.warnings == ()
    assert settings.channels
    assert settings.sources
    assert [finding for finding in lint(settings.rules, settings.entities) if finding.level == "error"] == []


def test_the_example_with_everything_switched_on_is_right_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(with_everything_on(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    settings = load(path, environ={**SECRETS, "WATCHLAMP_SECRET_LEGISCAN": "x"})
    assert settings.slack is not None
    assert settings.discord is not None
    assert settings.web is not None
    assert settings.warnings == ()


def test_every_key_stands_in_the_example() -> None:
    written = paths_of(tomli.loads(with_everything_on(EXAMPLE.read_text(encoding="utf-8"))))
    assert [".".join(path) for path in schema.every_key() if path not in written and not of_one_kind(path)] == []


def test_every_key_and_variable_stands_in_the_documentation() -> None:
    text, kinds = DOCS.read_text(encoding="utf-8"), KINDS.read_text(encoding="utf-8")
    keys = [(path, kinds if of_one_kind(path) else text) for path in schema.every_key()]
    assert [".".join(path) for path, page in keys if f"`{path[-1]}`" not in page and f"`[[{path[-1]}]]`" not in page] == []
    assert [kind for kind in schema.SOURCE_KINDS if f"`{kind}`" not in kinds] == []
    for word in (
        *schema.ENTITY_KINDS,
        *SECRETS,
        "WATCHLAMP_SLACK_SIGNING_SECRET",
        "PGPASSWORD",
        "CREDENTIALS_DIRECTORY",
    ):
        assert word in text, word


def test_every_piece_of_toml_in_the_documentation_is_a_right_configuration(tmp_path: Path) -> None:
    pieces = re.findall(r"(?ms)^```toml\n(.*?)^```", DOCS.read_text(encoding="utf-8"))
    assert len(pieces) >= 8
    for number, piece in enumerate(pieces):
        path = tmp_path / f"{number}.toml"
        path.write_text(piece, encoding="utf-8")
        (tmp_path / "more-rules.toml").write_text("", encoding="utf-8")
        settings = load_for_replay(path)
        assert [finding for finding in lint(settings.rules, settings.entities) if finding.level == "error"] == [], piece


def test_the_first_configuration_works_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    settings = load(path, environ={})
    assert unsupported(settings) == ()
    assert settings.warnings == ()
    assert len(settings.sources) == 3
    assert [rule.id for rule in settings.rules if rule.channels] == ["face-recognition-limits", "plate-readers"]
    assert lint(settings.rules, settings.entities) == ()


@pytest.mark.parametrize("name", schema.PACKS)
def test_a_pack_is_a_right_configuration_that_posts_and_fetches_nothing_by_itself(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'include = ["pack:{name}"]\n', encoding="utf-8")
    settings = load(path, environ={})
    written = tomli.loads((ROOT / "bot" / "packs" / f"{name}.toml").read_text(encoding="utf-8"))
    assert set(written) <= set(schema.PACK_TABLES)
    assert settings.channels == ()
    assert not any(rule.channels for rule in settings.rules)
    assert len(settings.entities) >= 12
    assert len(settings.rules) >= 5


@pytest.mark.parametrize("name", schema.PACKS)
def test_a_pack_s_rules_are_live_tested_both_ways_and_without_a_finding(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'include = ["pack:{name}"]\n', encoding="utf-8")
    settings = load_for_replay(path)
    for rule in settings.rules:
        assert rule.status is RuleStatus.LIVE
        assert len(rule.match_tests) >= 2
        assert len(rule.no_match_tests) >= 2
    assert lint(settings.rules, settings.entities) == ()


def test_every_pack_that_is_shipped_can_be_included() -> None:
    assert sorted(path.stem for path in (ROOT / "bot" / "packs").glob("*.toml")) == sorted(schema.PACKS)
