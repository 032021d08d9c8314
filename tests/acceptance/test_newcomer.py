"""A newcomer's first quarter of an hour, on both platforms: the script that ``benchmarks/newcomer.py`` prints.

The whole program runs with a configuration that declares nothing; the script itself checks what each step shows.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "newcomer.py"
STEPS = (
    "invites the bot into",
    "Watchlamp is here.",
    "source add http://127.0.0.1:",
    "presses [Add it]",
    "rule add plates council AND camera* OR drone*",
    "OR and AND stand together without parentheses",
    "mends the query",
    "2 stories in 30 days",
    "presses [Confirm]",
    "In force: rule plates.",
    "appears:",
    "presses [Why]",
    "Posted because rule",
    "presses [Not relevant]",
    "Counted: not relevant for plates.",
    "mute outlet",
    "types: /watch",
    "undo c",
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script, loaded by its path."""
    spec = importlib.util.spec_from_file_location("newcomer_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["newcomer_script"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-ins are on loopback, whatever proxy the machine has."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_newcomer_gets_from_an_invitation_to_an_alert_and_back_without_leaving_the_chat(
    script: ModuleType, platform: str
) -> None:
    said: list[str] = []
    problems = await script.played(platform, said.append)
    conversation = "\n".join(said)
    at = 0
    for step in STEPS:
        at = conversation.find(step, at)
        assert at >= 0, f"{step!r} is missing, or comes too early:\n{conversation}"
    assert problems == []
