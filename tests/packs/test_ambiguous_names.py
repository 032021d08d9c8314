"""Names that are also ordinary words: how many texts are told right, on texts to tune on and on texts held out."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "eval_entities.py"


@pytest.fixture(scope="module")
def evaluation() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_forty_names_have_four_texts_of_each_kind_and_no_text_stands_twice(evaluation: dict[str, Any]) -> None:
    rows = [row for split in evaluation["SPLITS"] for row in evaluation["texts"](split)]
    names = {row.entity for row in rows}
    assert len(names) >= 40
    for name in names:
        for meant in (True, False):
            assert len([row for row in rows if row.entity == name and row.meant is meant]) >= 4, name
    texts = [(row.item.title, row.item.summary, row.item.content_text) for row in rows]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(("split", "least_precision", "least_recall"), [("development", 0.95, 0.9), ("held_out", 0.9, 0.85)])
def test_names_are_found_where_they_are_meant_and_seldom_elsewhere(
    evaluation: dict[str, Any], split: str, least_precision: float, least_recall: float
) -> None:
    precision, recall = evaluation["rates"](evaluation["judged"](split, evaluation["entities_of"]("surveillance")))
    assert precision >= least_precision
    assert recall >= least_recall


def test_every_disagreement_is_listed(evaluation: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *_ = evaluation["texts"]("development")
    evaluation["report"]("development", [(first, True), (second, not second.meant)])
    told = capsys.readouterr().out.splitlines()
    assert "precision 1.000, recall 0.500; 1 disagreements" in told[0]
    assert told[1].split()[:4] == ["meant,", "not", "found", "ring"]
