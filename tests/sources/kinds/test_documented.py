"""The examples that docs/sources.md gives for these kinds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config.load import load
from bot.sources.registry import KINDS

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "sources.md"
SECRETS = {"WATCHLAMP_SECRET_COURTLISTENER": "canary"}
KINDS_HERE = ("page", "sitemap", "legistar", "courtlistener")


def examples(kind: str) -> list[str]:
    (section,) = re.findall(rf"(?ms)^## `{kind}`\n(.*?)(?=^## |\Z)", GUIDE.read_text(encoding="utf-8"))
    return re.findall(r"(?s)```toml\n(.*?)```", section)


@pytest.mark.parametrize("kind", KINDS_HERE)
def test_the_examples_of_the_guide_are_read_as_they_stand(kind, tmp_path) -> None:
    written = examples(kind)
    assert written
    for number, example in enumerate(written):
        file = tmp_path / f"{number}.toml"
        file.write_text(example, encoding="utf-8")
        sources = load(file, environ=SECRETS).sources
        assert sources
        assert {source.kind for source in sources} <= {kind, "feed"}
        for source in sources:
            assert source.kind in KINDS
            assert source.url.startswith("https://")
