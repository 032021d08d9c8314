"""Figures come from where they say; sums over them are right; the pictures are drawn and the tables printed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_what_was_measured_names_the_command_that_printed_it_and_holds_nothing_but_positive_numbers():
    measured = tomllib.loads((BENCHMARKS / "costs.toml").read_text(encoding="utf-8"))["measured"]
    (script,) = re.findall(r"python (benchmarks/\w+\.py)", measured.pop("recorded"))
    assert (BENCHMARKS.parent / script).is_file()
    assert all(value >= 0 for value in measured.values())
    assert measured["file.deliveries"] == 0 < measured["file_wanted.deliveries"]


def test_a_figure_that_is_missing_is_named(figures):
    with pytest.raises(KeyError, match=r"poll_unchanged\.client_ms"):
        figures.Costs.of({})


def test_every_assumption_can_be_changed_by_name_and_one_that_does_not_exist_is_refused(figures, program):
    written = figures.Assumed.written()
    assert program.read(["interval_s=300", "sources=10"], written).polls_per_s == pytest.approx(10 / 300)
    with pytest.raises(KeyError, match="intervall"):
        program.read(["intervall=300"], written)
    with pytest.raises(AttributeError):
        _ = written.intervall


def test_the_limits_of_platforms_say_from_which_page_and_when_they_were_read():
    text = (BENCHMARKS / "assumptions.toml").read_text(encoding="utf-8").split("[limits]")[1].split("[prices]")[0]
    assert re.search(r"docs\.slack\.dev/\S+, 20\d\d-\d\d", text)
    assert re.search(r"docs\.discord\.com/\S+, 20\d\d-\d\d", text)


def test_what_is_full_first_stands_first_and_twice_the_load_fits_half_as_often(figures, costs):
    written = figures.Assumed.written()
    parts = figures.where_full(costs, written)
    assert [part.times for part in parts] == sorted(part.times for part in parts)
    double = {part.part: part for part in figures.where_full(costs, written.but(interval_s=written.interval_s / 2))}
    hands = next(part for part in parts if "hands" in part.part)
    assert double[hands.part].times == pytest.approx(hands.times / 2, rel=0.05)


def test_the_desk_is_full_at_the_rate_at_which_it_files_alone(figures, stations, costs):
    written = figures.Assumed.written()
    (desk,) = [part for part in figures.where_full(costs, written) if part.part == "the desk, filing"]
    alone = costs.filed.client + costs.filed.server + figures.wait(costs.filed, written)
    assert desk.rate == pytest.approx(1 / alone)


def test_what_costs_more_besides_is_never_less_than_nothing(figures):
    cheap, dear = figures.Work(1.0, 1.0, 2.0, 1.0, 1.0), figures.Work(3.0, 0.5, 4.0, 1.0, 1.0)
    assert figures._more(dear, cheap, 2.0) == figures.Work(1.0, 0.0, 1.0, 0.0, 0.0)
    assert cheap + cheap.times(2) == cheap.times(3)


def test_dearer_messages_fill_a_processor_sooner_and_leave_polls_as_they_are(figures, costs):
    written = figures.Assumed.written()
    dear = costs.with_messages(2.0)
    assert figures.cost_of_post(dear).client > 1.8 * figures.cost_of_post(costs).client
    assert figures.cost_of_poll(dear, written) == figures.cost_of_poll(costs, written)
    assert costs.with_messages(1.0) == costs


def test_a_month_is_its_parts_and_a_worker_more_costs_a_worker_more(figures, money, costs):
    written = figures.Assumed.written()
    two, three = money.month(2, written, costs), money.month(3, written, costs)
    assert three.total - two.total == pytest.approx(written.worker)
    assert two.total == pytest.approx(two.workers + two.database + two.storage)
    assert two.database == written.cores * written.database_core * 2
    kept = replace(costs, item_bytes=costs.item_bytes * 2)
    assert money.month(2, written, kept).storage == pytest.approx(2 * two.storage)
    assert money.connections(2, written) == (2 + money.OTHERS) * written.connections_of_a_process


@pytest.mark.parametrize("logarithmic", [True, False])
def test_a_chart_is_well_formed_the_same_every_time_and_says_what_it_shows(charts, logarithmic):
    lines = [charts.Line(f"line {number} & more", [(1, 0.0), (2, 5.0 + number), (50, 70.0)]) for number in range(3)]
    chart = charts.Chart("Title <1>", "What is seen.", "x", "y", lines, [("a bound", 60.0)], logarithmic=logarithmic, least=0.1)
    drawn = chart.svg()
    assert drawn == chart.svg()
    tree = ET.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert tree.findtext(f"{space}title") == "Title <1>"
    assert tree.findtext(f"{space}desc") == "What is seen."
    assert len(tree.findall(f"{space}polyline")) == 3
    names = [float(text.get("y", "")) for text in tree.findall(f"{space}text") if (text.text or "").startswith("line ")]
    assert all(later - earlier >= 14.9 for earlier, later in zip(sorted(names), sorted(names)[1:], strict=False))
    assert max(names) < charts.HEIGHT
    for points in tree.findall(f"{space}polyline"):
        for point in points.get("points", "").split():
            x, y = map(float, point.split(","))
            assert charts.LEFT <= x <= charts.WIDTH - charts.RIGHT
            assert charts.TOP <= y <= charts.HEIGHT - charts.BOTTOM


def test_the_program_prints_its_tables_and_draws_its_pictures(program, newsroom, costs, small, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(program.Assumed, "written", classmethod(lambda cls: small.but(minutes=4.0, sources=300)))
    arguments = ["simulation.py", "--workers", "1", "2", "--set", "channels=50", "--pictures", str(tmp_path)]
    monkeypatch.setattr("sys.argv", arguments)
    program.main()
    told, first = capsys.readouterr(), None
    first = told.out
    assert "the desk, filing" in first
    assert [line.split()[0] for line in first.splitlines()[-2:]] == ["1", "2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "scale-breaking.svg",
        "scale-delay.svg",
        "scale-load.svg",
        "scale-money.svg",
    ]
    program.main()
    assert capsys.readouterr().out == first


@pytest.mark.parametrize("given", ["intervall_s=3", "interval_s=often"])
def test_a_figure_that_is_none_ends_the_program_with_a_sentence(program, capsys, monkeypatch, given):
    monkeypatch.setattr("sys.argv", ["simulation.py", "--set", given])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert given.split("=")[0 if "often" not in given else 1] in capsys.readouterr().err


def test_minutes_and_seed_are_taken_from_the_command_line(program, small, capsys, monkeypatch):
    monkeypatch.setattr(program.Assumed, "written", classmethod(lambda cls: small.but(sources=100, channels=20)))
    told = []
    for seed in ("1", "2"):
        monkeypatch.setattr("sys.argv", ["simulation.py", "--workers", "1", "--minutes", "4", "--seed", seed])
        program.main()
        told.append(capsys.readouterr().out.splitlines()[-1])
    assert told[0] != told[1]


def _rows(first: str) -> list[list[str]]:
    """The table of docs/scale.md whose header begins so, without that header."""
    lines = (BENCHMARKS.parent / "docs/scale.md").read_text(encoding="utf-8").split(f"| {first} |")[1].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in takewhile(lambda line: line.startswith("|"), lines)]


def test_the_page_says_where_each_part_is_full_as_the_command_prints_it(figures, costs):
    printed = [
        [f"{part.rate:,.1f} {part.unit.split()[0]}", f"{part.asked:,.2f}", f"{part.times:.1f} times"]
        for part in figures.where_full(costs, figures.Assumed.written())
    ]
    assert [cells[1:] for cells in _rows("part")] == printed


def test_the_page_has_a_row_for_each_number_of_workers_with_the_connections_and_the_price_of_today(figures, money, costs):
    written = figures.Assumed.written()
    sums = [
        [str(workers), f"{money.connections(workers, written):,}", f"{money.month(workers, written, costs).total:,.0f}"]
        for workers in written.workers
    ]
    assert [[cells[0], *cells[-2:]] for cells in _rows("workers")] == sums
