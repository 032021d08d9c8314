"""The import contracts of pyproject.toml hold, and each of them breaks on an import planted into a copy of the package.

All plants go into one copy, so that one run of the linter proves every contract: what is asked is that each broken
contract names its own planted import.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLANTS = {
    # contract: (the planted module, what it must not import)
    "layers": ("text/planted_layers.py", "bot.service.poll"),
    "no-cycles": ("sources/planted_ring_a.py", "bot.sources.planted_ring_b"),
    "core": ("core/planted_core.py", "bot.text.urls"),
    "text": ("text/planted_text.py", "bot.net.client"),
    "rules": ("rules/planted_rules.py", "bot.stories.model"),
    "stories": ("stories/planted_stories.py", "bot.outbox.plan"),
    "outbox": ("outbox/planted_outbox.py", "bot.text.urls"),
    "planning": ("outbox/plan/planted_planning.py", "bot.outbox.drain"),
    "rendering": ("adapters/planted/render.py", "bot.stories.model"),
    "slack": ("service/planted_slack.py", "slack_sdk"),
    "discord": ("adapters/planted/planted_discord.py", "discord"),
    "adapters": ("adapters/planted/planted_adapters.py", "bot.adapters.console.notifier"),
    "composition": ("web/planted_composition.py", "bot.store.database"),
    "sources": ("sources/planted_sources.py", "bot.rules.engine"),
    "store": ("store/planted_store.py", "bot.text.urls"),
    "foundations": ("config/planted_foundations.py", "bot.text.urls"),
    "faces": ("adapters/planted/listeners.py", "bot.rules.engine"),
    "cli": ("cli/planted_cli.py", "sqlalchemy"),
    "protocols": ("service/planted_protocols.py", "bot.net.client"),
    "sockets": ("sources/planted_sockets.py", "httpx"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter as ``make check`` does, on the package and the contracts in ``folder``."""
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())",
        "--no-cache",
        "--no-logo",
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def module_of(file: str) -> str:
    return "bot." + file.removesuffix(".py").replace("/", ".")


@pytest.fixture(scope="module")
def broken(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of a copy with every plant in it: contract name -> its part of the report."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(root / "bot", copy / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", copy)
    (copy / "bot/adapters/planted").mkdir()
    (copy / "bot/unplaced").mkdir()
    for package in ("adapters/planted", "unplaced"):
        (copy / "bot" / package / "__init__.py").touch()
    for file, imported in PLANTS.values():
        (copy / "bot" / file).write_text(f"import {imported}\n", encoding="utf-8")
    (copy / "bot/sources/planted_ring_b.py").write_text("import bot.sources.planted_ring_a\n", encoding="utf-8")
    report = lint(copy)
    assert report.returncode == 1, report.stdout + report.stderr
    details = report.stdout.split("Broken contracts\n", 1)[1]
    parts = re.split(r"^(.+)\n-+$", details, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_contracts_hold(root: Path) -> None:
    report = lint(root)
    assert report.returncode == 0, report.stdout + report.stderr


def test_every_contract_has_its_plant(pyproject: dict[str, Any]) -> None:
    assert {contract["id"] for contract in pyproject["tool"]["importlinter"]["contracts"]} == set(PLANTS)


@pytest.mark.parametrize("contract", sorted(PLANTS))
def test_a_planted_import_breaks_its_contract(contract: str, pyproject: dict[str, Any], broken: dict[str, str]) -> None:
    names = {entry["id"]: entry["name"] for entry in pyproject["tool"]["importlinter"]["contracts"]}
    file, imported = PLANTS[contract]
    assert names[contract] in broken
    report = broken[names[contract]]
    if contract == "no-cycles":
        assert "planted_ring_a" in report
        assert "planted_ring_b" in report
    else:
        assert re.search(rf"{re.escape(module_of(file))} -> {re.escape(imported)} ", report), report


def test_a_room_without_a_place_breaks_the_layers(pyproject: dict[str, Any], broken: dict[str, str]) -> None:
    names = {entry["id"]: entry["name"] for entry in pyproject["tool"]["importlinter"]["contracts"]}
    assert "bot.unplaced" in broken[names["layers"]]
