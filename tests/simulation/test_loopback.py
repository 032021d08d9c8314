"""The reckoned run of benchmarks/cluster.py is as fast as its parts let it be, and its table is printed."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def reckoned(loopback, figures, costs):
    """One worker and two."""
    return [loopback.reckon(workers, costs, figures.Assumed.written()) for workers in (1, 2)]


def test_one_worker_polls_as_fast_as_its_processor_lets_it_and_a_second_with_one_of_its_own_as_much_again(reckoned, costs):
    one, two = (each.polls for each in reckoned)
    alone = costs.unchanged + costs.poll.client + costs.job.client / 20  # a visit is of up to twenty sources
    assert one.rate == pytest.approx(1 / alone, rel=0.05)
    assert two.rate == pytest.approx(2 * one.rate, rel=0.05)
    assert one.client_ms == pytest.approx(alone * 1e3, rel=0.05)


def test_workers_that_share_cores_do_no_more_than_those_and_one_that_does_not_fill_them_no_less(reckoned):
    one, two = (each.polls for each in reckoned)
    assert one.on(2) == one.rate
    assert two.on(2) == pytest.approx(2_000 / (two.client_ms + two.server_ms))
    assert two.on(2) < 0.9 * two.rate < two.on(4)


def test_a_burst_is_sent_to_its_end_no_faster_than_the_processor_that_plans_and_sends_lets_it(reckoned, costs):
    one, two = (each.messages for each in reckoned)
    least = costs.sent.client + costs.call + costs.planned.client + costs.filed.client / 20
    assert 0.8 / least < one.rate < 1 / least
    assert one.rate < two.rate < 2 / least


def test_the_program_prints_what_is_held_against_a_measured_run(program, reckoned, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["simulation.py", "--check", "--workers", "1"])
    program.main()
    (row,) = [line.split() for line in capsys.readouterr().out.splitlines() if line.split()[0] == "1"]
    polls, messages = reckoned[0].polls, reckoned[0].messages
    assert [float(value) for value in row if value != "+"] == [
        1,
        *(round(polls.rate), round(polls.client_ms, 1), round(polls.server_ms, 1)),
        *(round(messages.rate), round(messages.client_ms, 1), round(messages.server_ms, 1)),
        *(round(polls.on(2)), round(messages.on(2))),
    ]


def test_the_page_that_holds_the_model_against_a_measured_run_has_what_it_reckons_today(reckoned):
    text = (Path(__file__).resolve().parents[2] / "docs/scale.md").read_text(encoding="utf-8")
    rows = dict(line.strip("| ").split(": one worker, two, four | ") for line in text.splitlines() if ": one worker, two," in line)
    one, two = reckoned
    for row, first, second in (("polls a second", one.polls, two.polls), ("messages a second", one.messages, two.messages)):
        _, shared, apart = rows[row].split(" | ")
        assert shared.startswith(f"{first.on(2):.0f}, {second.on(2):.0f}, ")
        assert apart.startswith(f"{first.rate:.0f}, {second.rate:.0f}, ")
