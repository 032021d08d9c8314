"""Word frequencies: a start list, what the stream shows on top of it, and what is forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bot.core.model import Item
from bot.rules.article import vocabulary
from bot.rules.frequencies import MOST_WORDS, START_WEIGHT, Frequencies, start_share


def test_the_start_list_knows_common_words_in_their_forms_and_calls_others_rare() -> None:
    assert start_share("the") > start_share("police") > start_share("surveillance") > start_share("zebrafish")
    assert start_share("killed") == start_share("kills") == start_share("killing") == start_share("kill")
    assert start_share("zebrafish") == start_share("xyzzy")
    assert 0 < start_share("xyzzy") < 0.001


def test_shares_are_between_nought_and_one_for_every_word() -> None:
    frequencies = Frequencies()
    for _ in range(3):
        frequencies.observe(["drone", "the", "", "監"])
    assert all(0 < frequencies.share(word) <= 1 for word in ("drone", "the", "", "監", "never", "police"))


def test_what_the_stream_shows_outweighs_the_start_list_in_the_end() -> None:
    frequencies = Frequencies()
    assert frequencies.share("rekognition") < frequencies.share("police")
    for _ in range(2 * START_WEIGHT):
        frequencies.observe({"rekognition", "camera"})
    assert frequencies.documents == 2 * START_WEIGHT
    assert frequencies.share("rekognition") > 0.6
    assert frequencies.share("police") < start_share("police")


def test_what_was_seen_long_ago_counts_less() -> None:
    frequencies = Frequencies()
    for _ in range(100):
        frequencies.observe({"old"})
    before = frequencies.share("old")
    frequencies.decay(0.5)
    assert frequencies.documents == 50
    assert start_share("old") < frequencies.share("old") < before
    frequencies.decay(0)
    assert frequencies.share("old") == start_share("old")


@pytest.mark.parametrize("factor", [-0.1, 1.01])
def test_a_factor_that_is_no_share_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        Frequencies().decay(factor)


def test_they_come_back_from_json_as_they_were() -> None:
    frequencies = Frequencies()
    for number in range(10):
        frequencies.observe({"drone", "監", f"word{number % 3}"})
    frequencies.decay(0.75)
    again = Frequencies.from_json(frequencies.to_json())
    assert again.documents == frequencies.documents
    assert all(again.share(word) == frequencies.share(word) for word in ("drone", "監", "word0", "word1", "other"))
    assert again.to_json() == frequencies.to_json()
    assert Frequencies.from_json(Frequencies().to_json()).share("police") == start_share("police")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"documents": 1, "counts": []}',
        '{"documents": "many", "counts": {}}',
        '{"documents": 1, "counts": {"a": null}}',
        '{"documents": -1, "counts": {}}',
        '{"documents": 1, "counts": {"a": -2}}',
        '{"documents": NaN, "counts": {}}',
        '{"documents": 1, "counts": {"a": Infinity}}',
    ],
)
def test_what_is_no_frequencies_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="no word frequencies"):
        Frequencies.from_json(text)


def test_no_stream_fills_the_memory() -> None:
    frequencies = Frequencies()
    for number in range(0, 3 * MOST_WORDS + 200, 100):
        frequencies.observe(["police", *(f"word{word}" for word in range(number, number + 100))])
    counts = json.loads(frequencies.to_json())["counts"]
    assert len(counts) == MOST_WORDS
    assert max(counts, key=counts.__getitem__) == "police"
    frequencies.decay(0.9)
    assert len(json.loads(frequencies.to_json())["counts"]) == MOST_WORDS


def test_the_words_of_an_item_are_those_of_title_summary_and_text(item: Callable[..., Item]) -> None:
    found = vocabulary(item("A Drone", "the Zürich", "a drone’s camera\0eye", url="https://x.example/secret", tags=("tag",)))
    assert found == {"a", "drone", "the", "zurich", "camera", "eye"}
