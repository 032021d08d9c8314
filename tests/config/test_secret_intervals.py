"""Intervals of sources whose address is secret are judged by that address."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.load import load
from bot.core.errors import ConfigError

TEXT = """
[net]
min_interval = "{least}"
allow = ["127.0.0.0/8"]
[[sources]]
id = "near"
url_secret = "NEAR"
interval = "{interval}"
"""


def settings(folder: Path, url: str | None, *, interval: str = "5s", least: str = "5s"):
    path = folder / "config.toml"
    path.write_text(TEXT.format(interval=interval, least=least))
    return load(path, environ={} if url is None else {"WATCHLAMP_URL_NEAR": url})


def test_a_secret_address_in_allow_may_be_asked_often(tmp_path: Path) -> None:
    assert settings(tmp_path, "http://127.0.0.1:8081/feed?key=k1").sources[0].interval == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("url", "interval", "least", "told"),
    [
        ("https://news.example/feed?key=k1", "5s", "5s", "is under 60s"),
        ("http://127.0.0.1/feed?key=k1", "70s", "90s", "is shorter than net.min_interval, 90s"),
        (None, "5s", "5s", "this source's address is not set"),
    ],
)
def test_others_may_not_and_the_address_is_never_shown(
    tmp_path: Path, url: str | None, interval: str, least: str, told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        settings(tmp_path, url, interval=interval, least=least)
    (mistake,) = refused.value.mistakes
    assert told in mistake.message
    assert "k1" not in str(refused.value)
