"""docs/packs.md lists what the pack holds, no more and no less, and its examples are right configurations.

The lists are written by ``WATCHLAMP_REGENERATE=yes pytest tests/packs/test_docs.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

from bot.config.load import load_for_replay
from bot.rules.lint import lint

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "packs.md"
PACK = tomli.loads((ROOT / "bot" / "packs" / "surveillance.toml").read_text(encoding="utf-8"))
KINDS = {"vendor": "Vendors", "product": "Products", "agency": "Agencies", "technology": "Technologies", "law": "Laws and cases"}


def rules() -> Iterator[str]:
    yield "| rule | what it wants |"
    yield "| --- | --- |"
    for rule in PACK["rules"]:
        yield f"| `{rule['id']}` | {rule['intent']} |"


def entities() -> Iterator[str]:
    for kind, title in KINDS.items():
        yield f"**{title}**"
        yield ""
        yield "| entity | name | needs context |"
        yield "| --- | --- | --- |"
        for entity in sorted(
            (entity for entity in PACK["entities"] if entity["kind"] == kind), key=lambda entity: str(entity["id"])
        ):
            weak = dict.fromkeys(name["text"] for name in entity.get("weak", ()))
            yield f"| `{entity['id']}` | {entity['name']} | {', '.join(weak)} |"
        yield ""


def sources() -> Iterator[str]:
    yield "| source | outlet | how sure |"
    yield "| --- | --- | --- |"
    for source in PACK["sources"]:
        found = re.match(r"Address(?: |: in |: )([^;:(]+)", source["notes"])
        assert found is not None
        yield f"| `{source['id']}` | {source['outlet']} | {found[1].strip()} |"


@pytest.mark.parametrize("part", [rules, entities, sources])
def test_the_page_lists_what_the_pack_holds(part: object) -> None:
    assert callable(part)
    name, text = getattr(part, "__name__", ""), PAGE.read_text(encoding="utf-8")
    block = re.compile(rf"(?s)(<!-- {name} -->\n).*?(<!-- end -->)")
    written = "\n".join(part()).rstrip() + "\n"
    if os.environ.get("WATCHLAMP_REGENERATE"):
        PAGE.write_text(block.sub(lambda found: found[1] + written + found[2], text), encoding="utf-8")
    else:
        found = block.search(text)
        assert found is not None
        assert found[0] == f"<!-- {name} -->\n{written}<!-- end -->"


def test_every_piece_of_toml_on_the_page_is_a_right_configuration(tmp_path: Path) -> None:
    pieces = re.findall(r"(?ms)^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    assert len(pieces) >= 2
    for number, piece in enumerate(pieces):
        path = tmp_path / f"{number}.toml"
        path.write_text(piece, encoding="utf-8")
        settings = load_for_replay(path)
        assert [finding for finding in lint(settings.rules, settings.entities) if finding.level == "error"] == []
