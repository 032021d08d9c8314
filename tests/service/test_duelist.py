"""What waits for its turn: one source of a site at a time, failing ones last."""

from __future__ import annotations

from bot.core.sources import SourceState
from bot.service.duelist import DueList


def of(site: str, name: str, failures: int = 0) -> tuple[str, SourceState]:
    return site, SourceState(name, failures=failures)


def names(taken: list[tuple[str, SourceState]]) -> list[str]:
    return [state.source_id for _, state in taken]


def test_one_source_of_a_site_at_a_time() -> None:
    due = DueList(failing=9)
    due.put([of("a", "a1"), of("a", "a2"), of("b", "b1")])
    assert names(due.take(9)) == ["a1", "b1"]
    assert due.take(9) == []
    due.give_back("b")
    assert due.take(9) == []
    due.give_back("a")
    assert names(due.take(9)) == ["a2"]
    assert not due


def test_no_more_are_handed_out_than_there_is_room_for() -> None:
    due = DueList(failing=9)
    due.put(of(str(number), str(number)) for number in range(5))
    assert names(due.take(2)) == ["0", "1"]
    assert names(due.take(9)) == ["2", "3", "4"]


def test_failing_sources_come_last_and_hold_only_their_part() -> None:
    due = DueList(failing=2)
    due.put([*(of(f"slow{number}", f"slow{number}", failures=1) for number in range(4)), of("a", "a"), of("b", "b")])
    assert names(due.take(9)) == ["a", "b", "slow0", "slow1"]
    assert due.take(9) == []
    due.give_back("a")
    assert due.take(9) == []
    due.give_back("slow0")
    assert names(due.take(9)) == ["slow2"]


def test_a_site_that_wants_to_be_left_alone_waits_no_more() -> None:
    due = DueList(failing=2)
    due.put([of("a", "a1"), of("a", "a2"), of("b", "b1")])
    due.take(1)
    due.drop("a")
    due.drop("unknown")
    due.give_back("a")
    assert names(due.take(9)) == ["b1"]
    due.put([of("a", "a1")])
    assert due
    due.clear()
    assert not due
