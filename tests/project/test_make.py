"""The Makefile can be read by someone who has nothing yet, and says clearly what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this system")


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A fresh checkout as far as make can see, in a folder with a space in its name."""
    folder = tmp_path / "fresh clone"
    (folder / "requirements").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements/runtime.txt", "requirements/development.txt"):
        shutil.copy(root / name, folder / name)
    return folder


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "PYTHON", "COVERAGE", "SIZE"}
    }
    return subprocess.run(["make", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def pretend_python(folder: Path, version: tuple[int, int]) -> Path:
    """A program that answers as a Python of that version would, for the questions the Makefile asks."""
    program = folder / f"python{version[0]}.{version[1]}"
    program.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exit {int(version < (3, 11))}\nexit 9\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def test_make_alone_tells_every_target(checkout: Path, root: Path) -> None:
    told = make(checkout)
    assert told.returncode == 0
    phony = re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        if target not in {"FORCE", "help"}:
            assert f"make {target} " in told.stdout, target


def test_a_python_that_is_too_old_is_told_in_a_sentence(checkout: Path) -> None:
    told = make(checkout, "install", f"PYTHON={pretend_python(checkout.parent, (3, 10))}")
    assert told.returncode != 0
    assert "Watchlamp needs Python 3.11 or newer" in told.stderr
    assert "make PYTHON=" in told.stderr
    assert not (checkout / ".venv").exists()


def test_an_environment_that_cannot_be_made_is_told_in_a_sentence(checkout: Path) -> None:
    told = make(checkout, "install", f"PYTHON={pretend_python(checkout.parent, (3, 11))}")
    assert told.returncode != 0
    assert "could not be made" in told.stderr


def test_a_moved_environment_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv/.made").write_text("/somewhere/else\n", encoding="utf-8")
    assert "venv --clear .venv" in make(checkout, "--dry-run", "install").stdout


def test_make_run_prefers_a_configuration_and_shows_the_demo_without_one(checkout: Path) -> None:
    told = make(checkout, "--dry-run", "run").stdout
    assert "if [ -f config.toml ]" in told
    assert "watchlamp run -c config.toml" in told
    assert "watchlamp demo" in told


def test_running_needs_the_runtime_lock_alone_and_testing_the_whole(checkout: Path) -> None:
    assert "development.txt" not in make(checkout, "--dry-run", "run").stdout
    assert "development.txt" in make(checkout, "--dry-run", "test").stdout


def test_the_proof_is_a_script_that_bash_can_read(root: Path) -> None:
    assert os.access(root / ".ci/run", os.X_OK)
    assert subprocess.run(["bash", "-n", str(root / ".ci/run")], check=False).returncode == 0
