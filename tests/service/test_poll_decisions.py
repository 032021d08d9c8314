"""When a source is asked again, and what is remembered of its answer: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import DocumentError, FetchError
from bot.core.model import Item
from bot.core.records import SourceConfig, SourceState
from bot.service.poll import LONGEST_BACK_OFF, after_failure, after_success, next_poll

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SOURCE = SourceConfig("ledger", "feed", "https://ledger.example/feed", interval=timedelta(minutes=30))


@dataclass(frozen=True)
class Answer:
    items: tuple[Item, ...] = ()
    not_modified: bool = False
    etag: bytes | None = None
    last_modified: bytes | None = None
    memory: str | None = None


def test_a_source_is_never_asked_before_its_interval_has_passed() -> None:
    assert timedelta(minutes=30) <= next_poll(SOURCE, NOW, failures=0) - NOW <= timedelta(minutes=31, seconds=30)


def test_sources_of_one_interval_do_not_move_as_a_herd() -> None:
    due = {next_poll(SourceConfig(f"s{n}", "feed", "https://a.example/"), NOW, failures=0) for n in range(50)}
    assert len(due) > 45


@given(failures=st.integers(0, 10_000), minutes=st.integers(1, 3 * 24 * 60))
def test_back_off_grows_but_a_failing_source_is_still_asked_once_a_day(failures: int, minutes: int) -> None:
    source = SourceConfig("s", "feed", "https://a.example/", interval=timedelta(minutes=minutes))
    wait = next_poll(source, NOW, failures=failures) - NOW
    assert source.interval <= wait <= max(LONGEST_BACK_OFF, source.interval) * 1.05


def test_each_failure_doubles_the_wait() -> None:
    waits = [next_poll(SOURCE, NOW, failures=failures) - NOW for failures in range(4)]
    assert [round(wait / waits[0]) for wait in waits] == [1, 2, 4, 8]


def test_what_the_server_asks_for_is_never_undercut() -> None:
    error = FetchError("The host asks for patience.", reason="status", status=429, retry_after=7200)
    failed = after_failure(SOURCE, SourceState("ledger"), error, NOW)
    assert failed.next_due_at == NOW + timedelta(hours=2)


def test_a_short_retry_after_does_not_undercut_our_own_back_off() -> None:
    error = FetchError("The host asks for patience.", reason="status", status=503, retry_after=1)
    failed = after_failure(SOURCE, SourceState("ledger", failures=2), error, NOW)
    assert failed.next_due_at is not None
    assert failed.next_due_at - NOW >= SOURCE.interval * 8


def test_a_failure_is_remembered_in_words_and_keeps_validators_and_baseline() -> None:
    before = SourceState("ledger", etag=b'"1"', last_modified=b"yesterday", baselined_at=NOW)
    failed = after_failure(SOURCE, before, DocumentError("This is a login page."), NOW)
    assert (failed.failures, failed.last_error) == (1, "This is a login page.")
    assert (failed.etag, failed.last_modified, failed.baselined_at) == (b'"1"', b"yesterday", NOW)


def test_an_answer_clears_failures_and_stores_validators_byte_for_byte() -> None:
    before = SourceState("ledger", failures=3, last_error="It was away.")
    after = after_success(SOURCE, before, Answer(etag=b'W/"\xff odd"', last_modified=b"Tue, 99 Foo"), NOW)
    assert (after.etag, after.last_modified, after.failures, after.last_error) == (b'W/"\xff odd"', b"Tue, 99 Foo", 0, "")
    assert after.baselined_at == NOW


def test_a_full_answer_without_validators_drops_the_old_ones() -> None:
    after = after_success(SOURCE, SourceState("ledger", etag=b'"1"', last_modified=b"x"), Answer(), NOW)
    assert (after.etag, after.last_modified) == (None, None)


def test_not_modified_keeps_the_validators_it_does_not_renew() -> None:
    after = after_success(
        SOURCE, SourceState("ledger", etag=b'"1"', last_modified=b"x"), Answer(not_modified=True, etag=b'"2"'), NOW
    )
    assert (after.etag, after.last_modified) == (b'"2"', b"x")
