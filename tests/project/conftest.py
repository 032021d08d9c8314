"""The project looked at as a thing of its own: its folder, its own description, and the walker over its syntax trees."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tomli
from typer.main import get_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def pyproject() -> dict[str, Any]:
    """pyproject.toml as read."""
    return tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def arrows() -> ModuleType:
    """tests/project/arrows.py, the walker; a file of its own because it is a tool with rules, not a test."""
    spec = importlib.util.spec_from_file_location("arrows", Path(__file__).with_name("arrows.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["arrows"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def verbs() -> dict[str, Any]:
    """The command line's verbs by the words a person types: ``{"run": ..., "outbox list": ...}``; groups are not verbs."""
    from bot.cli.main import app  # noqa: PLC0415  (only these tests need the whole program)

    return dict(_verbs(get_command(app), ()))


def _verbs(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):  # typer ships a click of its own, so no class of click's can be asked
        yield " ".join(words), command
        return
    for word, inner in command.commands.items():
        if not inner.hidden:
            yield from _verbs(inner, (*words, word))


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file of the project: what git tracks or would track; in an unpacked release, every file that is no one's cache."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not any(part in {".venv", "__pycache__"} for part in path.parts)]
