"""The verbs of several processes: what is refused, and what is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.cli.run import address_of
from bot.core.errors import UserInputError

CONFIG = """
database = { url = "sqlite:bot.db" }
[[sources]]
id = "north"
url = "https://north.example/feed"
[[rules]]
id = "cameras"
query = "cameras"
channels = ["console:team"]
"""


@pytest.mark.parametrize("verb", ["worker", "gateway", "web"])
def test_on_a_sqlite_file_there_is_one_process(watchlamp: Any, tmp_path: Path, verb: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    ended = watchlamp(verb, "-c", config)
    assert (ended.status, ended.out) == (2, "")
    assert "`watchlamp run` does everything there" in ended.err
    assert not (tmp_path / "bot.db").exists()


def test_where_it_listens_can_be_said_for_each_process() -> None:
    assert address_of("127.0.0.1:8091") == ("127.0.0.1", 8091)
    assert address_of("none") is None
    assert address_of(None) is ...


@pytest.mark.parametrize("text", ["", "somewhere", "127.0.0.1", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserInputError, match="--listen"):
        address_of(text)
