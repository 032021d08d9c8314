"""``within`` of a weak name: a number of words, or the whole article; of ``not_near`` only a number."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config.load import load_for_replay
from bot.core.errors import ConfigError
from bot.core.model import Entity, Nearby

ENTITY = '[[entities]]\nid = "a"\nname = "A"\nkind = "vendor"\n'


def entity_of(folder: Path, keys: str) -> Entity:
    path = folder / "config.toml"
    path.write_text(ENTITY + keys, encoding="utf-8")
    return load_for_replay(path).entities[0]


def test_within_may_be_the_whole_article(tmp_path: Path) -> None:
    found = entity_of(tmp_path, 'weak = [{ text = "A1", near = { within = "article", any = ["spyware"] } }]\n')
    assert found.weak[0].near == Nearby(None, ("spyware",))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('weak = [{ text = "A1", near = { within = 51, any = ["b"] } }]', "must be 50 or less, not 51"),
        ('weak = [{ text = "A1", near = { within = "12", any = ["b"] } }]', "must be a whole number without quotes, not text"),
        ('aliases = ["A1"]\nnot_near = { within = "article", any = ["b"] }', "must be a whole number without quotes, not text"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(tmp_path: Path, keys: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        entity_of(tmp_path, keys + "\n")
    assert told in str(refused.value)
    assert len(refused.value.mistakes) == 1
