"""The simulation of benchmarks/simulation.py, and a small world that it lives through in a tenth of a second."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def _part(name: str) -> ModuleType:
    if "simulating" not in sys.modules:
        folder = BENCHMARKS / "simulating"
        spec = importlib.util.spec_from_file_location(
            "simulating", folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules["simulating"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["simulating"])
    return importlib.import_module(f"simulating.{name}")


@pytest.fixture(scope="session")
def stations() -> ModuleType:
    """Calendar, stations, limits."""
    return _part("stations")


@pytest.fixture(scope="session")
def figures() -> ModuleType:
    """What was measured and what is assumed."""
    return _part("figures")


@pytest.fixture(scope="session")
def newsroom() -> ModuleType:
    """The simulation itself."""
    return _part("newsroom")


@pytest.fixture(scope="session")
def loopback() -> ModuleType:
    """What benchmarks/cluster.py measures, reckoned."""
    return _part("loopback")


@pytest.fixture(scope="session")
def money() -> ModuleType:
    """What a month costs."""
    return _part("money")


@pytest.fixture(scope="session")
def charts() -> ModuleType:
    """The pictures."""
    return _part("charts")


@pytest.fixture(scope="session")
def program() -> ModuleType:
    """benchmarks/simulation.py."""
    _part("stations")
    spec = importlib.util.spec_from_file_location("simulation_program", BENCHMARKS / "simulation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def costs(figures: ModuleType) -> Any:
    """As they were recorded."""
    return figures.Costs.measured()


@pytest.fixture(scope="session")
def small(figures: ModuleType) -> Any:
    """A world of 2,000 sources and 300 channels, six minutes long."""
    return figures.Assumed.written().but(
        sources=2_000,
        sites=800,
        channels=300,
        slack_workspaces=20,
        interval_s=120.0,
        items_per_source_day=40.0,
        story_share=0.1,
        jobs_in_hand=8,
        minutes=6.0,
        warm_minutes=1.0,
        breaking_minute=3.0,
    )
