"""The wheel holds the program and nothing else, and the program starts light."""

from __future__ import annotations

import email
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot

HEAVY = (
    "alembic",
    "trafilatura",
    "feedparser",
    "lxml",
    "matplotlib",
    "discord",
    "slack_sdk",
    "slack_bolt",
    "aiohttp",
    "uvicorn",
    "lark",
)
"""What a verb imports when it needs it: memory and start-up time are features."""


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The project's wheel, built as pip builds it: by the locked backend, without isolation."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from flit_core.buildapi import build_wheel; build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"watchlamp-{bot.__version__}.dist-info/{name}").decode()


def test_the_wheel_holds_every_file_of_the_package(root: Path, wheel: zipfile.ZipFile) -> None:
    shipped = {
        path.relative_to(root).as_posix()
        for path in (root / "bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = set(wheel.namelist())
    assert shipped <= held
    assert {name.split("/")[0] for name in held} == {"bot", f"watchlamp-{bot.__version__}.dist-info"}


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile, pyproject: dict[str, Any]) -> None:
    told = email.message_from_string(metadata(wheel, "METADATA"))
    assert told["Name"] == "watchlamp"
    assert told["Version"] == bot.__version__
    assert told["Requires-Python"] == ">=3.11"
    assert told["License-Expression"] == "Apache-2.0"
    assert "watchlamp=bot.cli.main:main" in metadata(wheel, "entry_points.txt").replace(" ", "")
    assert len(told.get_all("Requires-Dist") or []) >= len(pyproject["project"]["dependencies"])


def test_the_project_names_no_site_that_it_does_not_have(pyproject: dict[str, Any]) -> None:
    assert "urls" not in pyproject["project"]


def test_the_licence_is_apache_2(root: Path, wheel: zipfile.ZipFile) -> None:
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert metadata(wheel, "licenses/LICENSE") == text


def test_the_command_line_starts_without_heavy_parts() -> None:
    code = "import sys, bot.cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "typer" in loaded
    assert sorted(set(HEAVY) & set(loaded)) == []


def test_the_bot_starts_without_migrations_extractors_and_chats() -> None:
    code = "import sys, bot.running; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "sqlalchemy" in loaded
    assert (
        sorted({"alembic", "trafilatura", "feedparser", "lxml", "matplotlib", "discord", "slack_sdk", "slack_bolt"} & set(loaded))
        == []
    )


def test_one_place_says_the_version(root: Path, pyproject: dict[str, Any]) -> None:
    assert pyproject["project"]["dynamic"] == ["version"]
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {bot.__version__}" in changes or "## Unreleased" in changes
