"""Every check of a well-behaved poller, against the real fetcher, poller and store on a clock that is moved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

CHECKS = sys.modules["scoring_checks"].CHECKS


def test_there_are_fifty_checks_in_their_order() -> None:
    assert list(CHECKS) == list(range(1, 51))


@pytest.mark.slow
@pytest.mark.parametrize("number", CHECKS, ids=lambda number: f"{number}-{CHECKS[number][1]}")
async def test_the_poller_behaves(number: int, house: Any, record_property: Callable[[str, object], None]) -> None:
    group, title, play = CHECKS[number]
    for name, value in (("check", number), ("group", group), ("title", title)):
        record_property(name, value)
    record_property("seen", await play(house))
