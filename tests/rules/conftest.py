"""Short ways to write an item and to ask a rule about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.model import Entity, Item, Match, Rule
from bot.rules.engine import Engine

SEEN = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def item() -> Callable[..., Item]:
    """``item("title", text="...", url=...)``: an item with sensible values for the rest."""

    def make(title: str = "", summary: str = "", text: str = "", **rest: Any) -> Item:
        return Item(**{"id": "i1", "source_id": "s1", "first_seen": SEEN, **rest}, title=title, summary=summary, content_text=text)

    return make


@pytest.fixture
def ask(item: Callable[..., Item]) -> Callable[..., Match | None]:
    """``ask(query, "title", ...)``: the match of one rule with one item, or None."""

    def matched(
        query: str, *values: str, entities: tuple[Entity, ...] = (), let: dict[str, str] | None = None, **rest: Any
    ) -> Match | None:
        engine = Engine.compile([Rule("r", query, let=let or {})], entities)
        found = engine.match(item(*values, **rest))
        return found[0] if found else None

    return matched
