"""Three workers on one PostgreSQL, and what can befall them: nothing lost, order kept, nothing twice but where nobody knew.

``pytest -m night tests/cluster/test_faults.py`` prints the table of docs/reliability.md. The chats, the feeds and the server are
real processes on loopback; the leases of claims last eight seconds instead of two minutes, so that many of them end.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

VERB = ("worker",)
BOUND = 300.0
"""Seconds after the last fault in which everything has to be said."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are frozen and looked at as Linux has it")


def show(tools: Any, counts: Sequence[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Print the table, and what is wrong."""
    with capsys.disabled():
        print("\n" + tools.counting.table(counts))  # noqa: T201  # the table is the result
        for count in counts:
            for sentence in count.wrong:
                print(f"{count.label}: {sentence}")  # noqa: T201


def promised(counts: Sequence[Any]) -> None:
    """What the promise says of any fault."""
    assert {count.label: count.lost for count in counts if count.lost} == {}
    assert {count.label: count.doubled_discord for count in counts if count.doubled_discord} == {}
    assert {count.label: count.order for count in counts if count.order} == {}
    assert all(count.doubled_slack <= count.unknown for count in counts)
    assert {count.label: count.wrong for count in counts if count.wrong} == {}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_three_workers_that_are_killed_frozen_and_cut_off_lose_nothing(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, sleepers = tools.faults, tools.faults.Sleepers()

    async def some(cluster: Any) -> int:
        times = await faults.kill_at(cluster, ("drain.after_call",))
        times += await faults.freeze_at(cluster, ("drain.after_claim",), sleep=9.0, sleepers=sleepers)
        times += await faults.restart_server(cluster, 1)
        return times + await faults.cut_off(cluster, 1, seconds=4.0)

    async with tools.cluster.opened(tmp_path, tools, verb=VERB, quick=True) as cluster:
        count = await cluster.row("a bit of everything", some, within=BOUND)
    show(tools, [count], capsys)
    promised([count])
    assert sleepers.late == {}
    assert count.repetitions >= 4


@pytest.mark.night
@pytest.mark.timeout(3600)
async def test_whatever_befalls_three_workers_nothing_is_lost_and_nothing_told_twice_but_in_doubt(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, sleepers = tools.faults, tools.faults.Sleepers()
    rows = {
        "frozen in a send for longer than its lease": lambda cluster: faults.freeze_at(
            cluster, faults.FREEZING, sleep=11.0, sleepers=sleepers
        ),
        "killed around a request, each point": lambda cluster: faults.kill_at(cluster, faults.CALLS),
        "killed while it sends, each point": lambda cluster: faults.kill_at(cluster, faults.DRAINING),
        "PostgreSQL restarted at once": lambda cluster: faults.restart_server(cluster, 5),
        "cut off from the database for 30 s": lambda cluster: faults.cut_off(cluster, 3, seconds=30.0),
        "killed at random moments": lambda cluster: faults.kill_at_random(cluster, 10),
        "killed while it polls or files, each point": lambda cluster: faults.kill_at(cluster, faults.FILING),
    }
    async with tools.cluster.opened(tmp_path, tools, verb=VERB) as cluster:
        counts = [await told(tools, cluster, label, fault) for label, fault in rows.items()]
    show(tools, counts, capsys)
    promised(counts)
    assert sleepers.late == {}


@pytest.mark.night
@pytest.mark.timeout(3600)
async def test_clocks_that_do_not_agree_and_all_of_it_at_random_change_nothing(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if tools.faketime.library() is None:
        pytest.skip("no libfaketime that works: install the development dependencies on x86-64, or the package faketime")
    faults = tools.faults
    rows = {
        "clocks 30 s ahead and 30 s behind": lambda cluster: faults.skew(cluster, 4, seconds=30.0),
        "all of it at random": lambda cluster: faults.anything(cluster, 120.0, longest=20.0),
    }
    async with tools.cluster.opened(tmp_path, tools, verb=VERB, skewed=True) as cluster:
        counts = [await told(tools, cluster, label, fault) for label, fault in rows.items()]
    show(tools, counts, capsys)
    promised(counts)


@pytest.mark.night
@pytest.mark.timeout(1200)
async def test_a_worker_frozen_for_two_minutes_and_more_in_a_send_sends_nothing_when_it_wakes(
    tmp_path: Path, tools: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, sleepers = tools.faults, tools.faults.Sleepers()

    async def frozen(cluster: Any) -> int:
        return int(
            await faults.freeze_at(cluster, ("drain.after_claim", "chat.postMessage unread"), sleep=125.0, sleepers=sleepers)
        )

    async with tools.cluster.opened(tmp_path, tools, verb=VERB, lease=None) as cluster:
        count = await cluster.row("frozen for 125 s, leases of two minutes", frozen, within=BOUND, pause=6.0)
    show(tools, [count], capsys)
    promised([count])
    assert sleepers.late == {}


async def told(tools: Any, cluster: Any, label: str, fault: Any) -> Any:
    """A row, printed as soon as it is there: the whole takes a while, and whoever waits sees how far it is."""
    count = await cluster.row(label, fault, within=BOUND, pause=4.0)
    assert sys.__stderr__ is not None
    sys.__stderr__.write("\n".join(["", tools.counting.table([count]), *count.wrong, ""]))
    sys.__stderr__.flush()
    return count
