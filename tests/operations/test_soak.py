"""A life of weeks in minutes, with faults at random: nothing is lost, nothing comes twice unmarked, and nothing grows.

What happens is drawn from one seed; ``benchmarks/soak.py`` is the world, and prints the curve. The slow tests live through a few
days, the night through four weeks.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOAK = Path(__file__).resolve().parents[2] / "benchmarks" / "soak.py"
GROWTH = 0.01
"""Share of what is held, a day: a hundred bytes that leak with each of the requests of a day would be more."""
LARGEST_LOG = 16 * 1024 * 1024


@pytest.fixture(scope="module")
def soak() -> ModuleType:
    spec = importlib.util.spec_from_file_location("operations_soak", SOAK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def judge(told: Any) -> None:
    """What holds for any length."""
    assert told.lost() == {}
    assert told.doubled() == {}
    assert all(told.shown.values()), "both channels were told of something"
    assert set(told.states) <= {"sent", "skipped"}, "nothing waits, is in doubt or was given up"
    assert told.largest_log < LARGEST_LOG
    assert max(day.files for day in told.steady) - min(day.files for day in told.steady) <= 8
    assert max(day.threads for day in told.days) <= 16
    assert max(day.tasks for day in told.days) - min(day.tasks for day in told.days) <= 8


def test_the_slope_of_a_curve_is_not_bent_by_a_single_day(soak: Any) -> None:
    assert soak.slope([5.0] * 10) == 0
    assert soak.slope([5.0] * 4 + [500.0] + [5.0] * 5) == 0
    assert soak.slope([float(day) for day in range(10)]) == 1
    assert soak.slope([3.0]) == 0


def test_a_story_that_is_missing_or_comes_twice_is_found_out(soak: Any) -> None:
    stories = [frozenset({"one"}), frozenset({"two"}), frozenset({"three"}), frozenset({"four", "five"})]
    told = soak.Told(
        days=[], shown={"slack": soak.Counter(one=1, two=2, four=2)}, marked=soak.Counter(), stories=stories,
        met=soak.Counter(), largest_log=0, states={}, asked=0, restarts=0, seconds=0.0,
    )  # fmt: skip
    assert told.lost() == {"slack": ["three"]}
    assert told.doubled() == {"slack": ["two"]}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="sources on addresses of their own, and what a process holds, take Linux")
def test_a_few_days_with_faults_at_random_lose_nothing_and_repeat_nothing(soak: Any, tmp_path: Path, house: Any) -> None:
    told = soak.soak(tmp_path, days=4, sources=40, seed=3)
    judge(told)
    assert {"clock set", "database held"} <= set(told.met)
    assert told.restarts > 0


@pytest.mark.night
@pytest.mark.timeout(3000)
@pytest.mark.skipif(sys.platform != "linux", reason="sources on addresses of their own, and what a process holds, take Linux")
def test_four_weeks_with_faults_at_random_lose_nothing_repeat_nothing_and_grow_nothing(
    soak: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        told = soak.soak(tmp_path, days=28, sources=300, seed=1)
    judge(told)
    assert told.restarts >= 10
    for what in ("objects", "blocks", "pss", "files"):
        assert told.growth(what) < GROWTH, what
