"""Hostile text made inert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.clean import clean_line, clean_text, decode_entities, strip_invisible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;amp;T", "AT&T"),
        ("&amp;amp;amp;amp;lt;", "&amp;lt;"),
        ("&amp;lt;!channel&amp;gt;", "<!channel>"),
        ("&#60;b&#x3E;", "<b>"),
        ("R&D &copy 2031 &unknown; &", "R&D &copy 2031 &unknown; &"),
    ],
)
def test_entities_are_decoded_three_times_at_most(text: str, expected: str) -> None:
    assert decode_entities(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Clear\u200dview \u200bAI\ufeff", "Clearview AI"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\u202egnp.exe\u202c \u2066x\u2069 \u200fy\u200e \u061cz", "gnp.exe x y z"),
        ("a\x00b\x07c\x1bd\x7fe\x9bf", "abcdef"),
        ("tab\tand\nline\r", "tab\tand\nline\r"),
        ("\ud800x\U000e0041\ufffe\ufdd0", "x"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("می\u200c\u200cخ", "می\u200cخ"),
        ("\u200c", ""),
        ("с\u200dкандал", "скандал"),
    ],
)
def test_what_cannot_be_seen_goes_and_what_spelling_needs_stays(text: str, expected: str) -> None:
    assert strip_invisible(text) == expected


def test_lines_and_blanks_are_tidied() -> None:
    assert clean_text(" One\u00a0 two \r\n\r\n\r\n\u2003Three\u2028Four\x85Five ") == "One two\n\nThree\nFour\nFive"
    assert clean_line(" One\n\n two\t") == "One two"
    assert clean_text("Cafe\u0301") == "Café"


@given(st.text(max_size=80))
def test_clean_text_has_nothing_left_to_clean(text: str) -> None:
    cleaned = clean_text(text)
    assert strip_invisible(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned
    assert "\r" not in cleaned
