"""The memory of what was seen, and the logger that Slack's libraries get."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot.adapters.slack.memory import Memory
from bot.adapters.slack.quiet import quiet_logger, redacted


def test_a_key_is_new_once_and_again_after_its_time(clock):
    memory = Memory(clock, seconds=60)
    assert [memory.is_new("a"), memory.is_new("a"), memory.is_new("b", "a"), memory.is_new("b")] == [True, False, False, False]
    clock.advance(timedelta(seconds=59))
    assert not memory.is_new("a")
    clock.advance(timedelta(seconds=1))
    assert memory.is_new("a")


def test_a_key_seen_again_is_not_remembered_longer_and_the_clock_may_go_back(clock):
    memory = Memory(clock, seconds=60)
    memory.is_new("a")
    clock.move_to(clock.now() - timedelta(days=1))
    assert not memory.is_new("a")


def test_the_memory_does_not_grow_without_end(clock):
    memory = Memory(clock, seconds=60, most=3)
    assert all(memory.is_new(f"k{number}") for number in range(10))
    assert len(memory._until) == 3
    assert memory.is_new("k0")
    assert not memory.is_new("k9")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer xoxb-12-34-abc",
        "token=xapp-1-A0-12-abcdef",
        "xoxe.xoxp-1-abc",
        "url='wss://wss-primary.slack.com/link/?ticket=abc&app_id=A1'",
        "Sending a request - url: https://hooks.slack.com/commands/T1/2/abc, body",
        "ws://127.0.0.1:1/link?ticket=abc",
    ],
)
def test_tokens_and_addresses_are_struck_out(text):
    assert "abc" not in redacted(text)
    assert "***" in redacted(text)


def test_a_line_of_slacks_libraries_holds_no_secret_and_no_traceback(caplog):
    logger = quiet_logger()
    assert quiet_logger() is logger
    assert len(logger.filters) == 1
    logger.warning("not worth a line")
    secret = "wss://wss.slack.com/link?ticket=abc"
    try:
        {}[secret]
    except KeyError:
        logger.exception("Failed to connect (error: %s); Retrying...", secret)
    (record,) = caplog.records
    assert record.getMessage() == "Failed to connect (error: *** Retrying... [KeyError]"
    assert "abc" not in logging.Formatter().format(record)
    assert "Traceback" not in caplog.text
