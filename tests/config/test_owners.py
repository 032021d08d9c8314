"""``[owners]``: what a configuration says of who owns which outlets reaches the count in a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.compose import compile_rules, rulebook
from bot.config.load import load, load_for_replay
from bot.core.errors import ConfigError
from bot.core.model import Item
from bot.stories.outlets import SHIPPED, family

OWNERS = '[owners]\n"Harbour Media" = ["ledger.example", "The Courier"]\nHearst = ["tide.example"]\n'


def read(folder: Path, text: str) -> Any:
    file = folder / "watchlamp.toml"
    file.write_text(text, encoding="utf-8")
    return load_for_replay(file, environ={})


def test_declared_owners_are_added_to_the_known_ones(tmp_path: Path) -> None:
    settings = read(tmp_path, OWNERS)
    assert settings.owners == {"Harbour Media": ("ledger.example", "The Courier"), "Hearst": ("tide.example",)}
    owners = rulebook(settings, compile_rules(settings), {}).owners

    def of(**fields: str) -> str | None:
        return family(Item(id="a", source_id="s", title="t", first_seen=None, **fields), owners)  # type: ignore[arg-type]

    assert of(url="https://www.ledger.example/a") == of(outlet="Courier") == "harbour media"
    assert of(url="https://tide.example/a") == of(url="https://www.sfgate.com/a") == "hearst"


def test_without_declared_owners_the_known_ones_count(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings.owners == {}
    assert rulebook(settings, compile_rules(settings), {}).owners == SHIPPED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[owners]\n"Harbour Media" = "ledger.example"\n', 'owners."Harbour Media"'),
        ('[owners]\n"Harbour Media" = [""]\n', 'owners."Harbour Media"'),
        ('[owners]\n"Harbour Media" = [7]\n', 'owners."Harbour Media"'),
        ('owners = ["ledger.example"]\n', "owners"),
    ],
)
def test_a_mistake_in_owners_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "watchlamp.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert any(told in str(mistake) for mistake in caught.value.mistakes), [str(mistake) for mistake in caught.value.mistakes]
