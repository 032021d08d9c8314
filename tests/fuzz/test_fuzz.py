"""Whatever strangers send: no crash but the promised errors, no hang, and what is read keeps its promises.

A few inputs of every kind in ``make test``, 20,000 in ``make test-slow``, a million in ``make test-night``; each prints its count.
``fuzzing/targets.py`` is the list of readers. An input is made by a grammar, driven by Hypothesis (which makes a failing one smaller) or,
 where many are wanted, by a seed. How to make one again: ``fuzzing/sweep.py``.
"""

from __future__ import annotations

import contextlib

import pytest
from fuzzing.draw import Spent, made
from fuzzing.sweep import Tally, attempt, stories, table, walk
from fuzzing.target import Target
from fuzzing.targets import TARGETS
from hypothesis import HealthCheck, given, settings

from bot.core.errors import DocumentError

FAMILIES = {
    "feed",
    "page",
    "source kinds",
    "rule language",
    "configuration",
    "chat-declared documents",
    "command line",
    "websub",
    "slack",
    "discord",
}


def hypothesised(target: Target, examples: int) -> None:
    """So many inputs chosen by Hypothesis; a failing one is shown at its smallest."""

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(made(target.make))
    def reads(made_input: object) -> None:
        with contextlib.suppress(*target.promised):
            target.read(made_input)

    reads()


def test_every_kind_of_input_that_strangers_send_has_its_targets() -> None:
    assert {target.family for target in TARGETS} >= FAMILIES
    assert len({target.name for target in TARGETS}) == len(TARGETS)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name.replace(" ", "-"))
def test_inputs_of_every_kind_are_read_or_refused_in_a_sentence(target: Target) -> None:
    tallies = walk([target], 12, salt="quick ")
    assert not stories(tallies), stories(tallies)
    hypothesised(target, 2)


def test_the_same_seed_makes_the_same_input_and_few_bytes_make_one_too() -> None:
    for target in TARGETS:
        for data in (b"", b"\xff" * 40):
            tally = Tally(target)
            attempt(target, Spent(data), tally, "bytes")
            assert not stories([tally]), stories([tally])


def test_what_crashes_and_what_hangs_is_found_and_told_with_its_seed() -> None:
    def read(number: int) -> None:
        if number == 1:
            raise KeyError("a fault")
        while number == 2:
            pass
        if number == 3:
            raise DocumentError("refused\x1b")
        if number == 4:
            raise DocumentError("It was refused.")

    target = Target("broken", "none", lambda draw: draw.below(5), read, seconds=0.02)
    (tally,) = walk([target], 40)
    assert len(tally.hangs) == 1
    assert sorted(kind.split()[0] for kind in tally.crashes) == ["KeyError", "sentence"]
    assert tally.refused > 5
    told = stories([tally])
    assert "seed 'broken/" in told
    assert "40 inputs, crashes 2, hangs 1" in table([tally])


def swept(inputs: int, capsys: pytest.CaptureFixture[str], salt: str) -> None:
    tallies = walk(TARGETS, inputs, salt=salt)
    with capsys.disabled():
        print("\n" + table(tallies))
    assert not stories(tallies), stories(tallies)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_20_000_inputs_crash_and_hang_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    swept(17_000, capsys, "slow ")
    each = 3_000 // len(TARGETS) + 1
    for target in TARGETS:
        hypothesised(target, each)
    with capsys.disabled():
        print(f"and {each * len(TARGETS):,} chosen by Hypothesis, crashes 0")


@pytest.mark.night
@pytest.mark.timeout(14_000)
def test_1_000_000_inputs_crash_and_hang_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    swept(1_000_000, capsys, "night ")
