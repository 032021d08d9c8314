"""When the bench fails: three times worse than recorded, behind a peer, or another count."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench", root / "benchmarks" / "bench.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("better", "value", "recorded", "fails"),
    [
        ("less", 2.9, 1.0, False),
        ("less", 3.1, 1.0, True),
        ("less", 3.1, None, False),
        ("more", 35.0, 100.0, False),
        ("more", 30.0, 100.0, True),
        ("wall", 35.0, 100.0, False),
        ("wall", 30.0, 100.0, True),
        ("ratio", 1.01, 5.0, False),
        ("ratio", 0.99, None, True),
        ("exact", 462.0, 462.0, False),
        ("exact", 461.0, 462.0, True),
        ("told", 100.0, 1.0, False),
    ],
)
def test_a_figure_fails_when_it_is_three_times_worse_behind_a_peer_or_another_count(
    bench: ModuleType, better: str, value: float, recorded: float | None, fails: bool
) -> None:
    assert bool(bench.verdict({"better": better, "value": value}, recorded)) is fails


def test_the_figures_to_compare_with_are_of_runs_in_which_all_engines_agreed_and_ours_was_ahead(bench: ModuleType) -> None:
    recorded = bench.tomli.loads(bench.RECORDED.read_text(encoding="utf-8"))["small"]
    for count in (100, 1000, 10_000):
        assert recorded[f"rules.{count}.matched_otherwise"] == 0
        assert recorded[f"rules.{count}.matches"] > 0
        assert recorded[f"rules.{count}.which_over_pyahocorasick"] > 1


def test_of_rates_by_the_wall_clock_the_lowest_ever_recorded_stays(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "RECORDED", tmp_path / "figures.toml")
    for value in (80.0, 120.0):
        figures = [{"name": "polls_per_s", "value": value, "better": "wall"}, {"name": "rate", "value": value, "better": "more"}]
        bench.record("small", figures, ())
    recorded = bench.tomli.loads((tmp_path / "figures.toml").read_text(encoding="utf-8"))["small"]
    assert (recorded["polls_per_s"], recorded["rate"]) == (80.0, 120.0)


def test_recording_some_cases_keeps_the_figures_of_the_others_and_recording_all_forgets_what_is_gone(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "RECORDED", tmp_path / "figures.toml")

    def recorded(name: str, only: tuple[str, ...]) -> set[str]:
        bench.record("small", [{"name": name, "value": 1.0, "better": "less"}], only)
        return set(bench.tomli.loads((tmp_path / "figures.toml").read_text(encoding="utf-8"))["small"]) - {"recorded"}

    recorded("store.ms", ())
    assert recorded("poll.ms", ("poll",)) == {"store.ms", "poll.ms"}
    assert recorded("alert.ms", ()) == {"alert.ms"}
