"""Stand-ins for tests: each starts on a free port and is judged after the test.

Nothing heavy is imported here. The fixtures of the other stand-in are in ``discord_fixtures.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bypath import loaded

HERE = Path(__file__).parent


if (HERE / "discord_fixtures.py").is_file():
    _discord = loaded(HERE / "discord_fixtures.py", "standins_discord_fixtures")
    globals().update({name: value for name, value in vars(_discord).items() if not name.startswith("_")})


@pytest.fixture(scope="session")
def slack_parts() -> ModuleType:
    """The package the Slack stand-in is made of."""
    return loaded(HERE / "slack.py", "standins_slack").parts


@pytest.fixture
def slack_over(slack_parts: ModuleType, clock: Any) -> Callable[..., Any]:
    """Builds a Slack of certain settings (manifest, scopes, clock, burst) as a context that judges it at its end."""

    @asynccontextmanager
    async def over(**settings: Any) -> AsyncIterator[Any]:
        standin = slack_parts.SlackStandIn(**{"clock": clock, **settings})
        await standin.start()
        try:
            yield standin
        finally:
            await standin.stop()
        assert standin.verdict() == [], "\n".join(map(str, standin.verdict()))

    return over


@pytest.fixture
async def slack(slack_over: Callable[..., Any]) -> AsyncIterator[Any]:
    """A Slack on a clock that stands still; the test fails when the app did what a well-behaved app never does."""
    async with slack_over() as standin:
        yield standin
