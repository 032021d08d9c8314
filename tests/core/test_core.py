"""Clock, identity, errors and the message codec: what every room relies on."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.core
from bot.core import identity
from bot.core.clock import SystemClock, VirtualClock, format_instant, parse_instant, require_utc
from bot.core.codec import decode_message, encode_message
from bot.core.errors import ConfigError, FetchError, Mistake, QueryError, UserInputError, WorkError
from bot.core.identity import reissued_id, retitled, says_more
from bot.core.messages import DigestMessage, StoryMessage
from bot.core.model import Level

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
instants = st.datetimes(timezones=st.just(UTC))
texts = st.text(max_size=30)


@given(instants.map(lambda instant: instant.replace(microsecond=0)))
def test_printed_instants_read_back_for_every_year(instant: datetime) -> None:
    assert parse_instant(format_instant(instant) or "") == instant


def test_instants_are_printed_in_whole_seconds_with_a_z() -> None:
    assert format_instant(NOON + timedelta(microseconds=999_999)) == "2026-03-10T12:00:00Z"
    assert format_instant(datetime(800, 1, 2, tzinfo=UTC)) == "0800-01-02T00:00:00Z"
    assert format_instant(None) is None


@pytest.mark.parametrize("instant", [NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=1)))])
def test_an_instant_that_is_not_utc_is_refused(instant: datetime) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        require_utc(instant)


def test_the_system_clock_is_aware_and_its_monotonic_time_does_not_go_back() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_a_virtual_clock_moves_only_when_moved() -> None:
    clock = VirtualClock(NOON)
    clock.advance(timedelta(seconds=90))
    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(seconds=90), 90.0)


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_digests_of_different_parts_differ(left: list[str], right: list[str]) -> None:
    assert (identity.digest(*left) == identity.digest(*right)) == (left == right)


def test_an_item_is_known_by_its_guid_else_its_address_else_its_words() -> None:
    def known(**fields: str | None) -> str:
        base: dict[str, str | None] = {"guid": None, "canonical_url": None, "title": "T", "summary": "S"}
        return identity.item_id("ledger", **{**base, **fields})  # type: ignore[arg-type]

    assert known(guid="1", canonical_url="https://a.example/") == known(guid="1", canonical_url="https://b.example/", title="X")
    assert known(canonical_url="https://a.example/") == known(canonical_url="https://a.example/", title="X")
    assert known() != known(summary="other")
    assert len({known(guid="x"), known(canonical_url="x"), known(), known(title="x")}) == 4
    assert identity.item_id("radio", guid="1", canonical_url=None, title="", summary="") != known(guid="1")


def test_numbers_of_stories_and_deliveries_follow_from_what_they_are_for() -> None:
    assert identity.story_id("i1") == identity.story_id("i1") != identity.story_id("i2")
    assert identity.delivery_id("team", "post", "s1", 0) != identity.delivery_id("team", "post", "s1", 1)
    assert identity.content_hash("a", "b", "c") != identity.content_hash("a", "bc", "")


def test_a_lone_surrogate_does_not_break_identity() -> None:
    assert identity.digest("\ud800") != identity.digest("\ud801")


def test_a_mistake_says_where_and_what() -> None:
    assert str(Mistake("config.toml", 7, "sources[0].url", "is missing")) == "config.toml:7: sources[0].url: is missing"
    assert str(Mistake("config.toml", 0, "", "is empty")) == "config.toml: is empty"
    both = ConfigError((Mistake("a.toml", 1, "", "one"), Mistake("a.toml", 2, "", "two")))
    assert str(both) == "a.toml:1: one\na.toml:2: two"
    assert isinstance(both, UserInputError)


def test_a_query_error_points_with_a_caret() -> None:
    error = QueryError("a word is missing", source="police AND\n(face", line=2, column=2, suggestion="close the parenthesis")
    assert str(error).splitlines() == [
        "line 2, column 2: a word is missing",
        "  (face",
        "   ^",
        "  close the parenthesis",
    ]
    assert "^" in str(QueryError("empty", source="", line=1, column=1))


def test_a_fetch_error_carries_what_the_server_asked_for() -> None:
    error = FetchError("Too many requests.", reason="status", status=429, retry_after=60.0)
    assert (error.reason, error.status, error.retry_after, isinstance(error, WorkError)) == ("status", 429, 60.0, True)


story_messages = st.builds(
    StoryMessage,
    story_id=texts,
    headline=texts,
    url=st.none() | texts,
    host=st.none() | texts,
    sentences=st.lists(texts, max_size=3).map(tuple),
    outlet=st.none() | texts,
    published=st.none() | instants,
    also=st.lists(texts, max_size=3).map(tuple),
    independent=st.integers(0, 99),
    copies=st.integers(0, 99),
    rules=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    matched=st.lists(texts, max_size=3).map(tuple),
    follows=st.none() | st.tuples(texts, st.none() | instants),
    level=st.sampled_from(Level),
    notes=st.lists(texts, max_size=2).map(tuple),
    pointer=st.none() | texts,
    repeated=st.booleans(),
)


@given(story_messages)
def test_a_story_message_survives_storage_unchanged(message: StoryMessage) -> None:
    assert decode_message(encode_message(message)) == message


@given(
    st.builds(
        DigestMessage, title=texts, stories=st.lists(story_messages, max_size=2).map(tuple), note=texts, repeated=st.booleans()
    )
)
def test_a_digest_survives_storage_unchanged(message: DigestMessage) -> None:
    assert decode_message(encode_message(message)) == message


def test_a_message_of_an_unknown_kind_is_an_error_not_a_guess() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        decode_message('{"kind":"poem"}')


def test_only_what_can_be_stored_is_stored() -> None:
    broken = dataclasses.replace(
        StoryMessage("s", "h", None, None, (), None, None),
        also=(object(),),  # type: ignore[arg-type]
    )
    with pytest.raises(TypeError, match="cannot store a object"):
        encode_message(broken)


def test_every_value_of_the_core_is_frozen_and_slotted() -> None:
    for module in pkgutil.iter_modules(bot.core.__path__):
        for name, value in vars(importlib.import_module(f"bot.core.{module.name}")).items():
            if dataclasses.is_dataclass(value) and isinstance(value, type):
                assert value.__dataclass_params__.frozen, name  # type: ignore[attr-defined]
                assert hasattr(value, "__slots__"), name


@pytest.mark.parametrize(
    ("before", "after", "another"),
    [
        ("Harbour town council buys cameras", "Glacier survey begins", True),
        ("Harbour town council buys cameras", "Harbour council buys 40 cameras", False),
        ("Harbour town council buys cameras", "Harbour town council buys cameras", False),
        ("The end of the bay", "The end of the day", False),
        ("Vote", "", False),
    ],
)
def test_a_headline_with_little_in_common_is_of_another_article(before: str, after: str, another: bool) -> None:
    assert retitled(before, after) is another


@pytest.mark.parametrize(
    ("after", "more"),
    [
        ("Council votes (updated 13:10).", False),
        ("Votes: 3-2, council updated 9", False),
        ("Council votes, updated: EU reacts", True),
        ("Council votes updated CVE-2031-4", True),
        ("Council", False),
        ("議会 votes", True),
    ],
)
def test_new_words_are_more_and_new_figures_are_not(after: str, more: bool) -> None:
    assert says_more("Council votes: updated 12:05", after) is more


def test_a_reissued_identity_holds_the_identifier_and_the_address() -> None:
    ids = {reissued_id(known, url) for known in ("i1", "i2") for url in ("https://a.example/1", "https://a.example/2")}
    assert len(ids) == 4
    assert reissued_id("i1", "https://a.example/1") in ids
