"""What is kept for speed can be dropped at any time."""

from __future__ import annotations

import pytest

from bot.core import memo as module
from bot.core.memo import drop_memos, dropped_with_others, memo, unkept


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    monkeypatch.setattr(module, "_DROPS", [])


def test_an_answer_is_worked_out_once_and_again_after_it_was_dropped():
    asked = []

    @memo(2)
    def half(number: int) -> float:
        asked.append(number)
        return number / 2

    assert [half(4), half(4), half(6), half(8), half(4)] == [2, 2, 3, 4, 2]
    assert asked == [4, 6, 8, 4]
    drop_memos()
    assert half(8) == 4
    assert asked == [4, 6, 8, 4, 8]
    assert unkept(half)(8) == 4
    assert asked[-2:] == [8, 8]


def test_a_function_that_keeps_nothing_is_itself():
    assert unkept(len) is len


def test_who_keeps_answers_in_a_way_of_its_own_drops_them_with_the_others():
    held = {"a": 1}
    dropped_with_others(held.clear)
    drop_memos()
    assert held == {}
