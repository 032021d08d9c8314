"""By what a source is known from one version of the program to the next: pinned, because another text is another source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import presets
from bot.config.load import load_for_replay
from bot.core.sources import SourceConfig

JSON = """kind = "json"
url = "https://x.example/list"
options.items = "data"
options.fields = { title = "t", url = ["a", "b"] }
"""

FIELDS = '[["title",["t"]],["id",["i"]]]'

Declared = Callable[[str], SourceConfig]


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    def load(toml: str) -> SourceConfig:
        path = tmp_path / "config.toml"
        path.write_text(f'[[sources]]\nid = "s"\n{toml}\n', encoding="utf-8")
        return load_for_replay(path).sources[0]

    return load


@pytest.mark.parametrize(
    ("toml", "known_by"),
    [
        ('kind = "feed"\nurl = "https://x.example/feed"', "https://x.example/feed"),
        (JSON, 'json https://x.example/list [1,{"fields":[["title",["t"]],["url",["a","b"]]],"items":"data"}]'),
        (
            JSON.replace('url = ["a", "b"]', 'id = "i"')
            + 'options.since = { of = "id", form = "day" }\noptions.parameters = { q = "é" }',
            f'json https://x.example/list [1,{{"fields":{FIELDS},"items":"data","parameters":[["q","é"]],"since":{{"of":"id"}}}}]',
        ),
        ('kind = "hackernews"\noptions = { query = "drone" }', '[1,"hackernews",{"query":"drone"},""]'),
        (
            'kind = "hackernews"\noptions = { query = "drone" }\nurl = "http://127.0.0.1:8081/"',
            '[1,"hackernews",{"query":"drone"},"http://127.0.0.1:8081/"]',
        ),
        ('kind = "google_news"\noptions = { query = "drone" }', '[1,"google_news",{"query":"drone"},""]'),
        (
            'kind = "page"\nurl = "https://x.example/p"\noptions = { selector = "main", ignore = ["a", "b"] }',
            'page https://x.example/p [1,{"ignore":["a","b"],"selector":"main"}]',
        ),
        ('kind = "legistar"\noptions = { client = "seattle", what = ["matters"] }', None),
        ('kind = "courtlistener"\noptions = { docket = 5 }', None),
    ],
)
def test_a_source_is_known_by_a_text_that_stays(declared: Declared, toml: str, known_by: str | None) -> None:
    asked = declared(toml).asked
    if known_by is None:  # these have addresses of their own, which may change with their services
        known_by = f"{declared(toml).kind} {declared(toml).url} " + (
            '[1,{"docket":5}]' if "docket" in toml else '[1,{"client":"seattle","what":["matters"]}]'
        )
    assert asked == known_by


def test_how_a_source_is_asked_is_not_what_it_is(declared: Declared) -> None:
    more = 'options.pages = 9\noptions.pause = "3s"\noptions.error = "error"\noptions.key = { header = "X-Key", optional = true }\n'
    assert declared(JSON + more).asked == declared(JSON).asked
    assert declared(JSON + 'options.parameters = { q = "x" }').asked != declared(JSON).asked


def test_a_service_described_anew_is_the_same_source(declared: Declared, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = 'kind = "hackernews"\noptions = { query = "drone" }'
    before = declared(toml)
    preset = presets.PRESETS["hackernews"].preset
    changed = preset.model_copy(update={"options": {**preset.options, "items": "results", "pages": 9}})
    monkeypatch.setattr(presets.PRESETS["hackernews"], "preset", changed)
    after = declared(toml)
    assert after.options != before.options
    assert after.asked == before.asked


def test_a_default_written_out_is_the_same_source(declared: Declared) -> None:
    toml = 'kind = "hackernews"\noptions = { query = "drone"%s }'
    assert declared(toml % ', tags = "story"').asked == declared(toml % "").asked
    assert declared(toml % ', tags = "comment"').asked != declared(toml % "").asked


def test_another_address_is_another_source(declared: Declared) -> None:
    source = declared(JSON)
    assert replace(source, url="https://y.example/").asked != source.asked
