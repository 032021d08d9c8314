"""How much a workspace may have and do is said in the file, and counts for whoever declares beside it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from bot.compose import from_file
from bot.config.load import load
from bot.config.schema import Limits
from bot.core.errors import ConfigError
from bot.core.quotas import Quotas


def written(folder: Path, text: str) -> Path:
    path = folder / "watchlamp.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_not_written_is_as_it_is_shipped(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), environ={}).quotas == Quotas()
    assert load(written(tmp_path, "[limits]\n"), environ={}).quotas == Quotas()


def test_every_quota_can_be_written_and_reaches_those_who_declare(tmp_path: Path) -> None:
    names = [one.name for one in fields(Quotas)]
    assert names == list(Limits.model_fields)
    lines = "\n".join(f"{name} = {number}" for number, name in enumerate(names))
    wanted = Quotas(*range(len(names)))
    settings = load(written(tmp_path, f"[limits]\n{lines}\n"), environ={})
    assert settings.quotas == wanted
    assert from_file(settings).quotas == wanted


@pytest.mark.parametrize("value", ["-1", "1.5", '"many"', "true"])
def test_a_quota_is_a_whole_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, f"[limits]\nrules = {value}\n"), environ={})
    assert [mistake.key for mistake in caught.value.mistakes] == ["limits.rules"]
