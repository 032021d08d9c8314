"""Loads the scoring server and its checks, and prints the score where it was asked for (``--score``)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bypath import loaded

HERE = Path(__file__).parent


publisher = loaded(HERE / "publisher.py", "scoring_publisher")
checks = loaded(HERE / "checks.py", "scoring_checks")
checks.publisher = publisher


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Any]:
    built = publisher.House(tmp_path)
    built.stand_in = publisher.stand_in
    yield built
    await built.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--score", action="store_true", help="print the score of the poller, a line a check")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--score", default=False):
        return
    lines: dict[int, tuple[bool, str]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            said = dict(report.user_properties)
            if "check" in said and (report.when == "call" or outcome != "passed"):
                why = said.get("seen") or str(getattr(report.longrepr, "reprcrash", report.longrepr)).splitlines()[0]
                lines[said["check"]] = (outcome == "passed", f"{said['group']}: {said['title']} - {why}")
    for number, (passed, line) in sorted(lines.items()):
        terminalreporter.write_line(f"{number:2} {'pass' if passed else 'FAIL'}  {line}")
    terminalreporter.write_line(f"{sum(passed for passed, _ in lines.values())} of {len(checks.CHECKS)}")
