"""docs/troubleshooting.md explains every finding of ``watchlamp doctor``, and nothing that is none."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.findings import PAGE, Code, Finding, Level


def test_every_finding_has_its_section_and_every_section_its_finding(root: Path) -> None:
    sections = re.findall(r"^### (.+)\n\n(.+)", (root / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for name, _ in sections) == sorted(code.value for code in Code)
    assert [name for name, text in sections if len(text.split()) < 5] == []


def test_there_are_at_least_twenty_kinds_of_mistake_to_find() -> None:
    told = {code for code in Code if not code.value.endswith(("-not-checked", "-busy", "-shared"))}
    assert len(told) >= 40


def test_a_finding_links_to_its_section() -> None:
    assert Finding(Code.NO_RULE, Level.ERROR, "rules", "Nothing.").link == "docs/troubleshooting.md#no-rule"


def test_every_finding_is_made_for_real_in_some_test(root: Path) -> None:
    """Which tests make it is named by its code there; that nothing else is found beside it they say themselves."""
    told = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "tests/doctor").glob("test_*.py")))
    assert [code.value for code in Code if f'"{code.value}"' not in told and f"Code.{code.name}" not in told] == []
