"""What the tests of several workers on one PostgreSQL share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from bypath import loaded

HERE = Path(__file__).parent
ACCEPTANCE = HERE.parent / "acceptance"


@pytest.fixture(scope="session")
def tools() -> SimpleNamespace:
    """The world around a cluster, and what can befall it."""
    own = {
        name: loaded(HERE / f"{name}.py", f"cluster_{name}") for name in ("postgres", "cutting", "counting", "cluster", "faults")
    }
    shared = {
        name: loaded(ACCEPTANCE / f"{name}.py", f"acceptance_{name}")
        for name in ("feedhouse", "chats", "press", "faketime", "deaths")
    }
    return SimpleNamespace(**own, **shared)
