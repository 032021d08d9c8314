"""``watchlamp doctor``: how findings are printed, and how it ends."""

from __future__ import annotations

import pytest

from bot.cli.doctor import told
from bot.core.findings import Code, error, note, warning

GOOD = """
operator = { channel = "ops" }
[[channels]]
id = "ops"
to = "console:ops"
[[sources]]
id = "ledger"
url = "https://ledger.example/feed.xml"
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["ops"]
tests = { match = ["Council votes on cameras."], no_match = ["A bakery opens."] }
"""


def test_a_good_set_up_ends_with_0_and_one_sentence(watchlamp, write):
    ended = watchlamp("doctor", "-c", write("config.toml", GOOD), "--offline")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == "Nothing stands in the way, as far as can be seen from here.\n"


def test_an_error_ends_with_2_and_says_what_to_do_and_where_more_is_said(watchlamp, write):
    path = write("config.toml", GOOD.replace("url =", "ur1 ="))
    ended = watchlamp("doctor", "-c", path, "--offline")
    assert ended.status == 2
    assert "docs/troubleshooting.md#configuration" in ended.out
    assert ended.out.startswith(f"error: {path}:")


def test_a_warning_alone_ends_with_0(watchlamp, write):
    ended = watchlamp("doctor", "-c", write("config.toml", GOOD.replace('operator = { channel = "ops" }', "")), "--offline")
    assert ended.status == 0
    assert ended.out.endswith("1 warning.\n")


@pytest.mark.parametrize("how", [("--json",), ("--format", "jsonl")])
def test_for_programs_it_prints_a_line_a_finding(watchlamp, write, how):
    path = write("config.toml", GOOD.replace('operator = { channel = "ops" }', ""))
    (row,) = watchlamp("doctor", "-c", path, "--offline", *how).rows
    assert list(row) == ["event", "code", "level", "where", "what", "do", "link"]
    assert (row["event"], row["code"], row["level"]) == ("finding", "no-operator", "warning")
    assert row["link"] == "docs/troubleshooting.md#no-operator"


def test_findings_are_counted_by_their_level():
    found = [
        error(Code.PORT_IN_USE, "web.listen", "One."),
        error(Code.NO_NAME, "slack", "Two."),
        note(Code.SLACK_SHARED, "c", "3."),
    ]
    assert told([*found, warning(Code.NO_RULE, "rules", "Four.", "Do it.")]).endswith("\n\n2 errors, 1 warning, 1 note.")
