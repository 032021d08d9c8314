"""What every test may use: where the shared data is, and a clock that stands still."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from bot.core.clock import VirtualClock

# No test depends on speed: a busy machine, or one that measures coverage, must not fail a property.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real articles and feeds beside the checkout; they belong to their publishers and are never part of the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing; these tests must not be skipped here")
        pytest.skip("the real articles these tests read belong to their publishers and are not part of the project")
    return folder


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at noon of 10 March 2026 until it is moved."""
    return VirtualClock(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
