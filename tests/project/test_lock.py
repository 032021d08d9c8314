"""The hash locks hold everything the project asks for, agree with each other, and name nobody's machine.

That they install is shown by every `make install`; that they resolve on other Pythons by .ci/resolve_lock.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("runtime.txt", "development.txt", "supply.txt")


def pins(root: Path, lock: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """Name -> its pins (one a marker) with their hashes."""
    found: dict[str, list[tuple[Requirement, list[str]]]] = {}
    for line in (root / "requirements" / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        wanted, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(wanted)
        found.setdefault(canonicalize_name(requirement.name), []).append((requirement, hashes))
    return found


def group(pyproject: dict[str, Any], name: str) -> Iterator[str]:
    """The requirements of a dependency group, included groups too."""
    for entry in pyproject["dependency-groups"][name]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from group(pyproject, entry["include-group"])


def asked_for(pyproject: dict[str, Any], lock: str) -> list[Requirement]:
    """What a lock was made from."""
    if lock == "supply.txt":
        return [Requirement(wanted) for wanted in group(pyproject, "supply")]
    project = pyproject["project"]
    extras = [wanted for extra in project["optional-dependencies"].values() for wanted in extra]
    groups = group(pyproject, "build" if lock == "runtime.txt" else "dev")
    return [Requirement(wanted) for wanted in [*project["dependencies"], *extras, *groups]]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_dependency_is_locked_at_a_release_it_allows(root: Path, pyproject: dict[str, Any], lock: str) -> None:
    locked = pins(root, lock)
    for wanted in asked_for(pyproject, lock):
        rows = locked.get(canonicalize_name(wanted.name))
        assert rows, f"{wanted.name} is not in requirements/{lock}; run `make lock`"
        for requirement, _ in rows:
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            assert wanted.specifier.contains(pin.version), f"{requirement} does not satisfy {wanted}; run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_an_exact_release_with_hashes(root: Path, lock: str) -> None:
    locked = pins(root, lock)
    assert len(locked) > 30
    for rows in locked.values():
        for requirement, hashes in rows:
            assert re.fullmatch(r"==[^=*,]+", str(requirement.specifier)), requirement
            assert hashes, requirement
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value.strip()) for value in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_option(root: Path, lock: str) -> None:
    text = (root / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("-") and not line.lstrip().startswith("--hash=")]


def test_installing_one_lock_after_the_other_changes_nothing(root: Path) -> None:
    runtime, development = pins(root, "runtime.txt"), pins(root, "development.txt")
    assert set(runtime) <= set(development)
    for name, rows in runtime.items():
        assert rows == development[name], name


def test_pythons_beyond_the_one_it_was_made_on_are_thought_of(root: Path) -> None:
    locked = pins(root, "runtime.txt")
    (audioop,) = locked["audioop-lts"]
    assert audioop[0].marker is not None
    assert audioop[0].marker.evaluate({"python_version": "3.14", "python_full_version": "3.14.0"})
    assert not audioop[0].marker.evaluate({"python_version": "3.11", "python_full_version": "3.11.9"})


def test_every_dependency_says_on_its_line_why_it_is_there(root: Path, pyproject: dict[str, Any]) -> None:
    lines = (root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    wanted = {*pyproject["build-system"]["requires"], *pyproject["project"]["dependencies"], *group(pyproject, "dev")}
    wanted.update(requirement for extra in pyproject["project"]["optional-dependencies"].values() for requirement in extra)
    assert len(wanted) > 40
    for requirement in sorted(wanted):
        written = [line for line in lines if f'"{requirement}"' in line]
        assert written, requirement
        assert all(line.partition(" # ")[2].strip() for line in written), (
            f"{requirement}: say in a comment on its line what it is for"
        )
