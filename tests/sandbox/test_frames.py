"""Frames: what goes over the pipe is data, in pieces that are quick to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sandbox_jobs import document

from bot.core.documents import FeedDocument, Page
from bot.sandbox.frames import CHUNK, Assembly, FrameError, answer, pack, unpack


def put_together(expected: type, value: object) -> object:
    assembly = Assembly(expected)
    for frame in answer(value):
        if assembly.add(unpack(frame[4:])):
            return assembly.value()
    raise AssertionError("no end")


def test_a_page_survives_the_way_there() -> None:
    page = Page(
        title="T", summary="", text="a\n\nb", byline=("N",), published=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), paywalled=True
    )
    assert put_together(Page, page) == page


def test_instants_arrive_in_utc() -> None:
    page = Page(title="", summary="", text="", published=datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    read = put_together(Page, page)
    assert isinstance(read, Page)
    assert read.published == datetime(2026, 1, 1, 22, tzinfo=UTC)
    assert read.published.tzinfo is UTC


def test_long_sequences_come_in_small_frames() -> None:
    frames = list(answer(document(10_000)))
    assert len(frames) == 10_000 / CHUNK + 1
    assert max(map(len, frames)) < 100_000
    read = put_together(FeedDocument, document(10_000))
    assert isinstance(read, FeedDocument)
    assert len(read.entries) == 10_000


def empty(**changes: object) -> dict[str, object]:
    """A document without entries as it travels, with some of its fields changed."""
    (start, *_) = answer(FeedDocument("", None, ()))
    return {**unpack(start[4:])["value"], **changes}


@pytest.mark.parametrize(
    "message",
    [
        {"value": None},
        {"value": "text"},
        {"value": {"title": "x"}},
        {"value": empty(title=1)},
        {"value": empty(entries={})},
        {"value": empty(entries=["x"])},
        {"value": empty(notes=[None])},
        {"value": empty(language=True)},
        {"more": "entries", "items": []},
        {"end": True},
        {},
    ],
)
def test_what_does_not_fit_is_refused(message: dict[str, object]) -> None:
    with pytest.raises(FrameError):
        Assembly(FeedDocument).add(message)


@pytest.mark.parametrize(
    "more", [{"more": "title", "items": []}, {"more": "title", "items": "x"}, {"more": "entries"}, {"more": 7}]
)
def test_a_part_that_does_not_fit_is_refused(more: dict[str, object]) -> None:
    assembly = Assembly(FeedDocument)
    assert not assembly.add({"value": empty()})
    with pytest.raises(FrameError):
        assembly.add(more)


@pytest.mark.parametrize("date", ["", "yesterday", "0001-01-01T00:00:00+23:59"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    plain = dict.fromkeys(Page.__dataclass_fields__)
    with pytest.raises(FrameError, match="date"):
        Assembly(Page).add({"value": {**plain, "title": "", "summary": "", "text": "", "byline": [], "published": date}})


def test_lone_surrogates_never_travel() -> None:
    assert unpack(pack({"x": "a\ud800b"})[4:]) == {"x": "a?b"}
