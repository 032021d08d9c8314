"""A pool whose children know the misbehaving jobs beside this file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from bot.core.documents import FeedDocument
from bot.sandbox.pool import Job, Limits, Sandbox

sys.path.insert(0, str(Path(__file__).parent))  # the jobs are imported by name, here and in the children

OURS = Path(__file__).parent / "sandbox_jobs.py"


@pytest.fixture
def jobs() -> Mapping[str, Job]:
    names = re.findall(r"^def (\w+)", OURS.read_text(), re.MULTILINE)
    return {name: Job(f"sandbox_jobs:{name}", FeedDocument if name == "document" else str) for name in [*names, "missing"]}


@pytest.fixture
def environ() -> dict[str, str]:
    """Where the jobs are, and what coverage needs to follow into a child."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parent)}


@pytest.fixture
async def pool(jobs: Mapping[str, Job], environ: dict[str, str]) -> AsyncIterator[Callable[..., Sandbox]]:
    made: list[Sandbox] = []

    def make(workers: int = 1, **limits: float) -> Sandbox:
        made.append(Sandbox(workers, limits=Limits(**limits), jobs=jobs, environ=environ))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for sandbox in made:
        await sandbox.close()
        assert sandbox.pids == ()
