"""The hunter finds what was planted, however it is written: else its silence would prove nothing."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

import bot.cli.logs as logs
from bot.config.redaction import Redactor
from bot.config.secret import MASK, Secret

VALUE = "Zq99plantedWv7Xk99Jy"
DRESSES = {
    "plain": VALUE,
    "upper case": VALUE.upper(),
    "percent-encoded": quote(f"%{VALUE}/é", safe=""),
    "JSON": json.dumps({"key": f'"{VALUE}\\é'}),
    "a repr": repr(f"'{VALUE}\"\n"),
    "HTML": html.escape(f"<{VALUE}&>"),
    "Basic": "Basic " + base64.b64encode(f"anna:{VALUE}".encode()).decode(),
    "Basic of another name": "Basic " + base64.b64encode(f"jo:{VALUE}".encode()).decode(),
    "Basic of a third name": "Basic " + base64.b64encode(f"a:{VALUE}%".encode()).decode(),
    "hex": VALUE.encode().hex(),
    "backwards": VALUE[::-1],
    "split over lines": f"{VALUE[:7]}\n    {VALUE[7:]}",
    "a list of pieces": repr([VALUE[:5], VALUE[5:]]),
    "pieces of a traceback": f'  File "x", line 1\n    ("{VALUE[:10]}"\n     "{VALUE[10:]}")',
}


@pytest.mark.parametrize("dress", DRESSES)
def test_a_planted_canary_is_found_in_every_dress(parts, dress: str) -> None:
    hunter = parts.hunting.Hunter({"planted": VALUE, "other": "Zq98otherWv7Xk98Jy"})
    found = hunter.search("a log", f"something before {DRESSES[dress]} something behind")
    assert {hit.kind for hit in found} == {"planted"}


def test_nothing_is_found_where_nothing_is(parts, cores) -> None:
    hunter = parts.hunting.Hunter(cores)
    assert hunter.search("a log", "polled source=ledger status=401 *** Basic ***") == []
    assert len(set(cores.values())) == len(cores)


def test_what_is_at_home_somewhere_is_no_hit_there(parts) -> None:
    hunter = parts.hunting.Hunter({"planted": VALUE})
    assert hunter.search("the database", VALUE, but=frozenset({"planted"})) == []
    assert hunter.search("the log", VALUE)


IN_ONE_PIECE = ("plain", "percent-encoded", "JSON", "a repr", "HTML", "Basic", "Basic of another name", "Basic of a third name")


@pytest.mark.parametrize("dress", IN_ONE_PIECE)
def test_what_is_planted_in_a_line_of_the_log_is_masked_on_its_way_out(said, parts, dress: str) -> None:
    logs.HIDDEN.hide([Secret(VALUE), Secret(f"anna:{VALUE}"), Secret(f"jo:{VALUE}"), Secret(f"a:{VALUE}%")])
    logs.structlog.get_logger("planted").error("leaks", words=DRESSES[dress])
    logs.logging.getLogger("planted").error("leaks %s", DRESSES[dress])
    hunter = parts.hunting.Hunter({"planted": VALUE})
    assert len(said.shown.getvalue().splitlines()) >= 2
    assert hunter.search("shown", said.shown.getvalue()) == []
    assert hunter.search("raw", said.raw.getvalue())


def test_a_traceback_with_a_secret_in_its_words_leaves_without_it(said, parts, monkeypatch) -> None:
    logs.HIDDEN.hide([Secret(VALUE)])
    monkeypatch.setattr(logs.sys, "stderr", said.shown)  # pytest puts its own there when a test begins

    def fails() -> None:
        raise ValueError(f"https://example.org/{VALUE}")

    try:
        fails()
    except ValueError as error:
        logs.structlog.get_logger("planted").exception("failed")
        logs.logging.getLogger("planted").exception("failed")
        logs.sys.excepthook(ValueError, error, error.__traceback__)
        logs.threading.excepthook(logs.threading.ExceptHookArgs((ValueError, error, error.__traceback__, None)))
        logs.threading.excepthook(logs.threading.ExceptHookArgs((SystemExit, SystemExit(1), None, None)))
    shown = said.shown.getvalue()
    assert shown.count("ValueError: https://example.org/***") == 4
    assert "***" in shown
    assert parts.hunting.Hunter({"planted": VALUE}).search("shown", shown) == []
    monkeypatch.setattr(logs.sys, "stderr", None)
    logs.sys.excepthook(ValueError, ValueError(VALUE), None)


ADDRESS = f"https://anna:pw%2F{VALUE}@hooks.example/services/{VALUE}-9/x?key={VALUE}&page=1"


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        f"GET /services/{VALUE}-9/x?key={VALUE}&page=1 failed",
        f"pw%2F{VALUE}",
        f"pw/{VALUE}",
        f"{{'key': '{VALUE}'}}",
        f"tgram://{VALUE}/-100200",
        f"Authorization: Bearer {VALUE}",
    ],
)
def test_the_parts_of_a_secret_address_are_secrets(text: str) -> None:
    redactor = Redactor()
    redactor.hide([Secret(ADDRESS), Secret(f"tgram://{VALUE}/-100200")])
    assert VALUE not in redactor(text)


def test_what_is_no_secret_stays_readable() -> None:
    redactor = Redactor()
    line = "polled https://hooks.example/services/x page=1 services webhooks Token expired, Basic income, xox"
    assert redactor(line) == line
    redactor.hide([Secret(ADDRESS), Secret("abc"), Secret("http://[")])
    assert redactor(line) == line


def test_a_credential_of_anybody_is_masked_behind_the_name_of_its_scheme() -> None:
    assert Redactor()("Authorization: Bot MTk4NjIyNDgzNDcxOTI1MjQ4") == "Authorization: Bot ***"
    assert Redactor()("sent Basic YW5uYTpzZWNyZXQ= to it") == "sent Basic *** to it"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("käse/Tok3n+x9", repr("käse/Tok3n+x9".encode())),
        ("käse/Tok3n+x9", "k%c3%a4se%2fTok3n%2bx9"),
        ("bob:Tok3n/x9", base64.b64encode(b"\0bob\0Tok3n/x9").decode()),
        ("mailto://bob:Tok3n%2Fx9@mail.example", base64.b64encode(b"\0bob\0Tok3n/x9").decode()),
    ],
)
def test_a_secret_is_masked_in_the_dresses_of_bytes_of_small_escapes_and_of_a_mail_server_s_login(secret: str, text: str) -> None:
    redactor = Redactor()
    redactor.hide([Secret(secret)])
    told = redactor(f"failed: {text}.")
    assert MASK in told
    assert text.rstrip("=") not in told
    assert "Tok3n" not in told
