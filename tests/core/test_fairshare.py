"""Whose turn it is: nobody starves, equal shares differ by one, order within a workspace stays."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fairshare import EPOCH, in_turn, last_of, ranked
from bot.core.model import FILE_WORKSPACE

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("discord:G1", "discord:G2", FILE_WORKSPACE, "slack:T1", "slack:T2", "slack:T3")
OWNERS = st.lists(st.sampled_from(NAMES), max_size=60)
"""Whose each waiting piece is, in the order in which they came."""


def whose(piece):
    return piece[1]


def pieces(owners):
    return list(enumerate(owners))


def of(name, taken):
    return [piece for piece in taken if whose(piece) == name]


@given(OWNERS, st.sampled_from(("", *NAMES)))
def test_everything_is_taken_once_and_a_workspace_keeps_its_order(owners, after):
    waiting = pieces(owners)
    taken = in_turn(waiting, whose, after=after)
    assert sorted(taken) == waiting
    for name in NAMES:
        assert of(name, taken) == of(name, waiting)


@given(OWNERS, st.sampled_from(("", *NAMES)), st.integers(0, 60))
def test_however_much_others_have_nobody_is_more_than_one_turn_behind_another(owners, after, head):
    waiting = pieces(owners)
    taken = in_turn(waiting, whose, after=after)[:head]
    had, has = Counter(map(whose, taken)), Counter(map(whose, waiting))
    for name in set(has) - {FILE_WORKSPACE}:
        for other in set(has) - {FILE_WORKSPACE, name}:
            assert had[name] >= had[other] - 1 or had[name] == has[name], (name, other, taken)


@given(OWNERS, st.sampled_from(("", *NAMES)), st.integers(0, 60))
def test_every_second_turn_is_the_files_while_it_has_something(owners, after, head):
    waiting = pieces(owners)
    taken = in_turn(waiting, whose, after=after)[:head]
    files, others = len(of(FILE_WORKSPACE, taken)), len(taken) - len(of(FILE_WORKSPACE, taken))
    assert files >= others or files == len(of(FILE_WORKSPACE, waiting))
    assert others >= files - 1 or others == len(waiting) - len(of(FILE_WORKSPACE, waiting))


@given(OWNERS, st.integers(1, 7))
def test_taken_a_batch_at_a_time_the_turns_go_on_where_they_ended(owners, size):
    waiting, after, taken = [piece for piece in pieces(owners) if whose(piece) != FILE_WORKSPACE], "", []
    whole = in_turn(waiting, whose)
    while waiting:
        batch = in_turn(waiting, whose, after=after)[:size]
        after = last_of(batch, whose, before=after)
        waiting = [piece for piece in waiting if piece not in batch]
        taken += batch
    assert taken == whole


def test_one_piece_is_not_delayed_by_ten_thousand_of_each_of_thirty_others_in_batches_of_ten():
    heads = {f"slack:T{number:02}": 10_000 for number in range(30)}
    heads["slack:zz"] = 1
    after, batches = "", 0
    while heads["slack:zz"] and batches < 10:
        batches += 1
        waiting = [(n, name) for name, count in heads.items() for n in range(min(count, 10))]
        batch = in_turn(waiting, whose, after=after)[:10]
        after = last_of(batch, whose, before=after)
        heads.update({name: heads[name] - taken for name, taken in Counter(map(whose, batch)).items()})
    assert batches == 4, "its turn comes once every thirty-one"


def test_who_had_the_last_turn_is_remembered_past_what_the_file_had():
    assert last_of([(1, "slack:T1"), (2, FILE_WORKSPACE)], whose) == "slack:T1"
    assert last_of([(2, FILE_WORKSPACE)], whose, before="slack:T9") == "slack:T9"


@given(OWNERS)
def test_a_priority_is_the_instant_that_a_round_of_turns_may_claim(owners):
    waiting = [(str(number), name) for number, name in pieces(owners)]
    priorities = ranked(waiting, NOW)
    assert set(priorities) == {piece for piece, _ in waiting}
    now = -int((NOW - EPOCH).total_seconds())
    order = [piece for piece, _ in in_turn(waiting, whose)]
    assert [priorities[piece] for piece in order] == sorted(priorities.values(), reverse=True)
    assert all(now - len(owners) < priority <= now for priority in priorities.values())


@given(OWNERS, OWNERS, st.integers(0, 100))
def test_nothing_that_comes_later_passes_what_waits_for_longer_than_its_rounds(first, second, seconds):
    before = ranked([(f"a{number}", name) for number, name in pieces(first)], NOW)
    later = ranked([(f"b{number}", name) for number, name in pieces(second)], NOW + timedelta(seconds=seconds))
    overtaken = [piece for piece, priority in before.items() if later and priority < max(later.values())]
    assert len(overtaken) <= max(0, len(first) - seconds), "each has waited for fewer seconds than turns were before its own"


def test_what_comes_a_minute_later_elsewhere_waits_for_sixty_of_ten_thousand():
    flood = ranked([(f"slack:T1/s{number}", "slack:T1") for number in range(10_000)], NOW)
    other = ranked([("slack:T2/only", "slack:T2")], NOW + timedelta(seconds=60))
    assert sum(priority > other["slack:T2/only"] for priority in flood.values()) == 60


@pytest.mark.parametrize("year", [2020, 2026, 2087])
def test_a_priority_fits_into_a_column_of_thirty_one_bits(year):
    flood = ranked([(f"s{number}", "slack:T1") for number in range(100)], datetime(year, 12, 31, tzinfo=UTC))
    assert -(2**31) <= min(flood.values()) <= max(flood.values()) <= 0


def test_an_id_that_comes_twice_counts_once():
    assert len(ranked([("a", "slack:T1"), ("a", "slack:T1"), ("b", "slack:T1")], NOW)) == 2
