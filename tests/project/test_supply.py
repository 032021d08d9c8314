"""What .ci/supply.py says of licences and vulnerabilities: nothing that could not be looked at counts as good."""

from __future__ import annotations

import importlib.util
from email.message import Message
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def supply(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("supply", root / ".ci" / "supply.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(**fields: str) -> Message:
    """A package's description."""
    about = Message()
    for name, value in fields.items():
        about[name.replace("_", "-")] = value
    return about


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License_Expression": "MIT AND PSF-2.0", "License": "something else"}, "MIT AND PSF-2.0"),
        ({"Classifier": "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"}, "MPL-2.0"),
        ({"License": "Apache 2.0\n\nand its whole text"}, "Apache-2.0"),
        ({"License": "Our own, ask us"}, "Our own, ask us"),
        ({"Classifier": "License :: Other/Proprietary License"}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_read_wherever_packages_write_it(supply, fields, licence):
    assert supply.licence_of(package(**fields)) == licence


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("MIT AND GPL-3.0-only", False),
        ("(Apache-2.0 OR BSD-3-Clause)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("AGPL-3.0-or-later", False),
        ("Our own, ask us", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_by_the_list_alone(supply, expression, may):
    assert supply.allowed(expression) is may


def test_every_runtime_dependency_has_a_licence_of_the_list(supply, capsys):
    assert supply.licences() == 0
    assert " 0 with a licence that is not on the list" in capsys.readouterr().out


def test_what_an_index_does_not_know_is_not_counted_as_judged(supply):
    """pip-audit itself ends with 0 when the index had no data for a single release."""
    answer = {
        "dependencies": [
            {"name": "a", "skip_reason": "Dependency not found on PyPI and could not be audited: a (1)"},
            {"name": "b", "version": "1", "vulns": []},
            {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]},
        ],
        "fixes": [],
    }
    assert supply.verdict(answer) == (1 + 1, 1, ["c 2: PYSEC-1"])
    assert supply.verdict(None) == (0, 0, [])


@pytest.mark.parametrize(
    ("answers", "status", "said", "asked"),
    [
        ([None], 0, "NOT AUDITED", 1),
        ([{"dependencies": [{"name": "a", "skip_reason": "unknown"}]}], 0, "NOT AUDITED", 1),
        ([{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}] * 2, 0, "1 releases judged, 0 unknown", 2),
        ([{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}]}] * 2, 1, "a 1: PYSEC-1", 2),
    ],
)
def test_an_audit_fails_for_a_known_vulnerability_and_says_when_there_was_no_data(
    supply, monkeypatch, capsys, answers, status, said, asked
):
    locks = []
    monkeypatch.setattr(supply, "asked", lambda lock: (locks.append(lock), answers[len(locks) - 1])[1])
    assert supply.audit() == status
    assert said in capsys.readouterr().out
    assert len(locks) == asked
    assert locks[0].count("==") == 1  # one release is asked about before all are
