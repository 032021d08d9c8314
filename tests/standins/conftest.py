"""Stand-ins for tests: each starts on a free port and is judged after the test.

Nothing heavy is imported here. The fixtures of the other stand-in are in ``discord_fixtures.py``.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


def load(file: str, name: str) -> ModuleType:
    """A module of this folder by its file, under a name of its own, loaded once."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


if (HERE / "discord_fixtures.py").is_file():
    _discord = load("discord_fixtures.py", "standins_discord_fixtures")
    globals().update({name: value for name, value in vars(_discord).items() if not name.startswith("_")})


@pytest.fixture(scope="session")
def slack_parts() -> ModuleType:
    """The package the Slack stand-in is made of."""
    return load("slack.py", "standins_slack").parts


SLACK_DATA = HERE.parent.parent.parent / "shared" / "data" / "slack"
"""Slack's published schema and tables, which are no part of the project."""
ANYWHERE = {"unknown_method", "invalid_json", "json_not_object", "invalid_limit", "invalid_types"}
"""Errors of any method that no table lists (docs.slack.dev/apis/web-api, read 2026-11)."""
UNLISTED = {
    "blocks.validate": {"invalid_blocks"},
    "chat.postMessage": {"thread_not_found", "invalid_thread_ts", "invalid_attachments", "msg_too_long"},
    "conversations.open": {"user_not_found"},
}
"""Errors a method gives that its page does not list, or whose page is not among the tables."""


@lru_cache
def slack_errors() -> dict[str, set[str]]:
    """The published errors of every method; empty where the tables are not at hand."""
    pages = {file.stem: json.loads(file.read_text()) for file in (SLACK_DATA / "methods").glob("*.json")}
    common = set(pages.pop("common_errors", {})) | ANYWHERE
    return {name: set(page["errors"]) | common | UNLISTED.get(name, set()) for name, page in pages.items()} | (
        {name: errors | common for name, errors in UNLISTED.items() if name not in pages} if pages else {}
    )


def invented(standin: Any) -> list[str]:
    """Errors the stand-in answered with that Slack never gives there."""
    published = slack_errors()
    return [
        f"{request.method}: {request.error}"
        for request in standin.requests
        if request.error and request.method in published and request.error not in published[request.method]
    ]


def slack_schema() -> dict[str, Any] | None:
    """The published schema of message blocks, which is no part of the project; None where it is not at hand."""
    file = SLACK_DATA / "message-blocks.schema.json"
    return dict(json.loads(file.read_text())) if file.is_file() else None


@pytest.fixture
def slack_over(slack_parts: ModuleType, clock: Any) -> Callable[..., Any]:
    """Builds a Slack of certain settings (manifest, scopes, clock, burst) as a context that judges it at its end."""

    @asynccontextmanager
    async def over(**settings: Any) -> AsyncIterator[Any]:
        standin = slack_parts.SlackStandIn(**{"clock": clock, "schema": slack_schema(), **settings})
        await standin.start()
        try:
            yield standin
        finally:
            await standin.stop()
        assert standin.verdict() == [], "\n".join(map(str, standin.verdict()))
        assert invented(standin) == []

    return over


@pytest.fixture
async def slack(slack_over: Callable[..., Any]) -> AsyncIterator[Any]:
    """A Slack on a clock that stands still; the test fails when the app did what a well-behaved app never does."""
    async with slack_over() as standin:
        yield standin
