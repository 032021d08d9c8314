"""``watchlamp extract`` on five real saved pages: by hand-made labels, that is line numbers and facts, never their words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LABELS = Path(__file__).resolve().parents[1] / "text" / "seed_lines.toml"
PAGES: dict[str, Any] = tomllib.loads(LABELS.read_text(encoding="utf-8"))


def lines_of(path: Path) -> list[str]:
    """A page's lines; of ``key: "value"`` in front matter the value."""
    lines = [" ".join(line.split()) for line in path.read_text("utf-8").split("\n")]
    return [line.partition(": ")[2].strip('"') or line for line in lines] if lines[0] == "---" else lines


@pytest.mark.parametrize("name", PAGES)
def test_of_a_saved_page_the_article_is_printed_and_no_other_line(
    name: str, watchlamp: Callable[..., Any], shared_data: Path
) -> None:
    label, lines = PAGES[name], lines_of(shared_data / "seeds" / name)
    shown = watchlamp("extract", shared_data / "seeds" / name)
    head, _, rest = shown.out.partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.split("\n"))
    assert facts["title"] in {lines[number - 1] for number in label["title"]}
    assert [facts["summary"]] == [lines[number - 1] for number in label["standfirst"]]
    text = [line for line in rest.split("\n") if line and not line.startswith(("language: ", "notes: "))]
    assert text == ([lines[number - 1] for number in label["body"]] or ["(no text could be read)"])


@pytest.mark.parametrize("name", PAGES)
def test_of_a_saved_page_outlet_dates_and_byline_are_told_and_null_where_it_has_none(
    name: str, watchlamp: Callable[..., Any], shared_data: Path
) -> None:
    label = PAGES[name]
    (row,) = watchlamp("extract", shared_data / "seeds" / name, "--format", "jsonl").rows
    assert row["outlet"] == label["outlet"]
    assert (row["published"], row["rendered"]) == (label["published"] or None, label["rendered"] or None)
    assert row["byline"] == label["byline"]
    assert (row["text"] is None) == (not label["body"])
