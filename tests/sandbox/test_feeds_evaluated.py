"""What ``make eval`` prints about feeds: no value differs from feedparser's without a reason, and most bytes are read fast."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def evaluation(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("eval_feeds")


@pytest.mark.slow
def test_every_value_of_feedparsers_documents_is_feedparsers_or_differs_for_a_stated_reason(
    shared_data: Path, evaluation: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = evaluation.judge_tests(shared_data / "feeds" / "feedparser-tests")
    assert sum(tally.files for tally in folders.values()) == 2106
    assert sum(tally.values for tally in folders.values()) > 8000
    assert {name: tally.listed for name, tally in folders.items() if tally.reasons[None]} == {}
    evaluation.print_tests(folders, everything=True)
    assert "UNEXPLAINED" not in capsys.readouterr().out


@pytest.mark.slow
def test_59_of_60_real_feeds_agree_with_feedparser_and_the_other_is_refused_with_a_sentence(
    shared_data: Path, evaluation: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    real = evaluation.judge_real(shared_data / "feeds" / "real")
    assert (real.files, real.agreeing, real.total.reasons[None]) == (60, 59, 0)
    assert [line.partition(":")[0] for line in real.refused] == ["7ef13a42fa7e177a"]
    assert real.refused[0].endswith(".")
    assert real.disagreeing == []
    assert real.fast_size >= 0.9 * real.size
    evaluation.print_real(real)
    assert "59 of 60 feeds agree" in capsys.readouterr().out


def test_a_value_that_differs_without_a_reason_is_told(evaluation: Any) -> None:
    data = b'<rss version="2.0"><channel><item><title>A</title><link>https://news.example/1</link></item></channel></rss>'
    usual = evaluation.judge(Path("a"), data, {})
    assert (usual.read, usual.fast, usual.values, usual.reasons.total()) == (1, 1, 8, 0)
    theirs = evaluation.reference(data, {}).entries[0]
    (entry,) = evaluation.feed.parse_feed(data.replace(b">A<", b">B<").replace(b"/1<", b"/2<"), None, None).entries
    assert dict(evaluation.differences(entry, theirs, None, literal=False)) == {"title": None, "link": None}


def test_what_is_read_without_the_strict_reader_is_read_by_feedparser(evaluation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    lenient_parse = evaluation.lenient.parse
    monkeypatch.setattr(evaluation.lenient, "parse", lambda data, *rest: asked.append(data) or lenient_parse(data, *rest))
    data = b'<rss version="2.0"><channel><item><title>A</title></item></channel></rss>'
    assert evaluation.by_feedparser(data, None, None) == evaluation.feed.parse_feed(data, None, None)
    assert asked == [data]
