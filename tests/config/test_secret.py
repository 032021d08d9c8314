"""Secrets never print, wherever they go, and are found wherever they should not stand."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
from pathlib import Path

import pytest

from bot.config.secret import Secret, SecretReader, SecretUnreadableError, find_secret, redact

VALUE = "CANARY-value"


def reader(environ: dict[str, str]) -> SecretReader:
    return SecretReader(environ, lambda path: path.read_text(encoding="utf-8"))


def test_a_secret_prints_as_stars_in_every_way_of_printing(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(VALUE)

    @dataclasses.dataclass
    class Holder:
        token: Secret

    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("token %s %r", secret, secret)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{secret!r}",
        "%s" % secret,  # noqa: UP031  # this way of printing is one of those tried
        str([secret]),
        str({"token": secret}),
        repr(Holder(secret)),
        str(dataclasses.asdict(Holder(secret))),
        str(dir(secret)),
        caplog.text,
    ]
    assert not [text for text in shown if VALUE in text]
    assert secret.reveal() == VALUE


def test_a_secret_cannot_be_pickled_or_written_as_json() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(Secret(VALUE), protocol)
    with pytest.raises(TypeError):
        json.dumps({"token": Secret(VALUE)})


def test_secrets_compare_by_value_and_copies_are_themselves() -> None:
    secret = Secret(VALUE)
    assert secret == Secret(VALUE)
    assert secret != Secret("other")
    assert secret != VALUE
    assert len({secret, Secret(VALUE)}) == 1
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
    assert not hasattr(secret, "__dict__")


def test_a_secret_comes_from_its_variable_its_file_or_systemd_in_this_order(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("from-file\n", encoding="utf-8")
    (tmp_path / "watchlamp-discord-token").write_text("from-systemd\n", encoding="utf-8")
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    by_file = {"WATCHLAMP_DISCORD_TOKEN_FILE": str(tmp_path / "file")}

    def value(environ: dict[str, str]) -> str | None:
        found = reader(environ).get("WATCHLAMP_DISCORD_TOKEN")
        return found.reveal() if found else None

    assert value({"WATCHLAMP_DISCORD_TOKEN": " direct \n", **credentials}) == "direct"
    assert value({**by_file, **credentials}) == "from-file"
    assert value(credentials) == "from-systemd"
    assert value({"CREDENTIALS_DIRECTORY": str(tmp_path / "nowhere")}) is None
    assert value({}) is None


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"X": "a", "X_FILE": "b"}, "both X and X_FILE are set"),
        ({"X": "  "}, "X is set, but it is empty"),
        ({"X": "a\nb"}, "a blank, a line break or a control character inside"),
        ({"X": "a\x00b"}, "control character inside"),
        ({"X_FILE": "/no/such/file"}, "X_FILE names /no/such/file, which cannot be read: no such file or directory"),
        ({"X_FILE": "/"}, "cannot be read: is a directory"),
        ({"X_FILE": "/\0"}, "which is not a name that a file can have"),
    ],
)
def test_a_secret_that_is_set_and_cannot_be_used_is_an_error_without_the_secret(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SecretUnreadableError, match=words):
        reader(environ).get("X")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("xoxb-123456789012-abc", "WATCHLAMP_SLACK_BOT_TOKEN"),
        ("xoxe.xoxb-1-aaaaaaaaaaaa", "WATCHLAMP_SLACK_BOT_TOKEN"),
        ("xapp-1-A0123456789", "WATCHLAMP_SLACK_APP_TOKEN"),
        ("https://hooks.slack.com/services/T0/B0/abcdefgh", "WATCHLAMP_URL_NAME"),
        ("https://discord.com/api/webhooks/1/abcdefgh-ij", "WATCHLAMP_URL_NAME"),
        ("https://canary.discord.com/api/v10/webhooks/1/abcdefgh-ij", "WATCHLAMP_URL_NAME"),
        ("MTAwMDAwMDAwMDAwMDAwMDAw.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "WATCHLAMP_DISCORD_TOKEN"),
        ("https://anna:pw@example.org/feed", "WATCHLAMP_SECRET_NAME"),
        ("postgresql://bot:pw@db/x", "PGPASSWORD"),
    ],
)
def test_what_looks_like_a_secret_is_named_and_masked_but_not_shown(text: str, words: str) -> None:
    sentence = find_secret(f'key = "{text}"  # remark')
    assert sentence is not None
    assert words in sentence
    assert text not in sentence
    assert text not in redact(f"before {text} after")
    assert redact(f"before {text} after").startswith("before ")


@pytest.mark.parametrize(
    "text",
    [
        "its bot token (xoxb-...) is not set",
        "https://www.eff.org/rss/updates.xml",
        "https://example.org/~anna@home/feed:new",
        "postgresql://bot@db/x",
        "mailto:ops@example.org",
        "slack:C0123456789",
        "One.two.three",
        "https://discord.com/api/v10",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert find_secret(text) is None
    assert redact(text) == text
