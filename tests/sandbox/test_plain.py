"""HTML to plain text: words in paragraphs, nothing of the markup, nothing lost without a word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.jobs.plain import MAX_TAG, plain_line, plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("two words", "two words"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("one<br/> <br>two", "one\n\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>after", "one\ntwo\n\nafter"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("un<b>brok</b>en", "unbroken"),
        ("  many \n\t blanks\u00a0here ", "many blanks here"),
        ("<p>kept</p><script>if (a < b) { run() }</script><style>p { }</style><p>too</p>", "kept\n\ntoo"),
        ("<figure><img alt='x'><figcaption>A caption</figcaption></figure><p>words</p>", "words"),
        ("<nav><a>Home</a></nav><p>words</p><footer>Imprint</footer>", "words"),
        ("before<!-- hidden -->after", "beforeafter"),
        ("AT&amp;T &amp;amp; &amp;amp;amp; caf&eacute;", "AT&T & & café"),
        ("&lt;p&gt;one&lt;/p&gt;&lt;p&gt;AT&amp;amp;T&lt;/p&gt;", "one\n\nAT&T"),
        ("a < b & c > d", "a < b & c > d"),
        ("x &lt; y", "x < y"),
        ("<?xml version='1.0' encoding='latin-1'?><p>é</p>", "é"),
        ("<html><head><title>no</title></head><body><h1>Head</h1>Body</body></html>", "Head\n\nBody"),
        ("one\u202etwo\u200bthree\x00four\u2066", "onetwothreefour"),
        ("<p>\ud800</p>", "?"),
        ("<nav>only this", "only this"),
        ("<>", "<>"),
    ],
)
def test_markup_becomes_paragraphs(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize("depth", [100, 255, 300, 20_000])
def test_text_nested_too_deep_for_libxml2_is_kept(depth: int) -> None:
    assert plain_text("<div>" * depth + "<p>deep words</p>" + "</div>" * depth) == "deep words"


def test_a_tag_with_thousands_of_attributes_costs_no_time_and_no_words() -> None:
    html = "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">the words</p><p>after</p>"
    begin = time.process_time()
    assert plain_text(html) == "the words\n\nafter"
    assert time.process_time() - begin < 2, "libxml2 takes more than ten seconds for this"


HARD = {
    "script": "<script>" + "x=1;" * 1000 + "</script>",
    "comment": "<!-- a > b -->",
    "unclosed comment": "<!-- a",
    "caption": "<figcaption>caption <b>x</b></figcaption>",
    "closing": "</div></nav>",
    "declaration": "<!doctype html>",
    "instruction": "<?php x ?>",
    "break": "<br>",
}


@pytest.mark.parametrize("piece", HARD.values(), ids=HARD)
def test_the_scan_that_replaces_the_tree_drops_the_same_things(piece: str) -> None:
    long_tag = "<p " + "a=1 " * MAX_TAG + ">"
    text = plain_text(f"{long_tag}first {piece}second</p>")
    assert text.startswith("first")
    assert text.endswith("second")
    assert "x=1" not in text
    assert "caption" not in text


@pytest.mark.parametrize("hostile", ["<", "<!--", '<a "', "<nav>", "</li ", "&amp;", "<b", "<b>", "&#", "&lt;p", "<![CDATA["])
def test_hostile_repetition_takes_time_in_proportion(hostile: str) -> None:
    begin = time.process_time()
    plain_text(hostile * 200_000 + ">")
    plain_line(hostile * 200_000 + ">", html=True)
    assert time.process_time() - begin < 10, "a quadratic scan takes minutes"


@pytest.mark.parametrize(
    ("text", "html", "line"),
    [
        ("AT&amp;T <b>bold</b> <3", True, "AT&T bold <3"),
        ("one<br>two", True, "one two"),
        ("if a<b then", True, "if a<b then"),
        ("the <b> element", False, "the <b> element"),
        (" wide\n line ", False, "wide line"),
        ("&amp;amp;quot;x", False, '"x'),
        ("\u202edrawkcab", False, "drawkcab"),
    ],
)
def test_a_title_becomes_one_plain_line(text: str, html: bool, line: str) -> None:
    assert plain_line(text, html=html) == line


@given(st.text(alphabet=st.sampled_from("<>/!-&;pbr \"'=ax#1\n")))
def test_any_input_gives_text_that_can_be_encoded(html: str) -> None:
    text = plain_text(html)
    assert text == text.strip()
    assert "\n\n\n" not in text
    plain_line(html, html=True).encode("utf-8")
