"""Words, stems, and what a headline names."""

from __future__ import annotations

import pytest

from bot.stories.names import title_names, title_numbers
from bot.stories.tokens import is_number, stem, stems, stems_of, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The council's plan, 7.5 million U.S. dollars", ["the", "council", "plan", "7.5", "million", "us", "dollars"]),
        ("Ｆｕｌｌ width and “quotes” don’t matter", ["full", "width", "and", "quotes", "dont", "matter"]),
        ("licence-plate/reader", ["licence", "plate", "reader"]),
        ("監視カメラ2台", ["監", "視", "カ", "メ", "ラ", "2", "台"]),
        ("", []),
    ],
)
def test_words_are_lower_case_and_free_of_punctuation(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("camera", "cameras"), ("policy", "policies"), ("class", "classes"), ("suspend", "suspending"), ("ban", "banned"),
        ("ban", "bans"), ("stop", "stopping"), ("five", "5"), ("italian", "italy"), ("eu", "european"), ("use", "using"),
        ("20m", "20"), ("sue", "sues"),
    ],
)  # fmt: skip
def test_forms_of_one_word_have_one_stem(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("news", "new"), ("bus", "business"), ("5", "15"), ("police", "policy"), ("1st", "1")])
def test_different_words_keep_different_stems(one, other):
    assert stem(one) != stem(other)


def test_twelve_months_are_a_year():
    assert stems("12-month ban") == stems("1-year ban")
    assert stems("a ban of 24 months") == stems("a ban of two years")
    assert stems("ban of 13 months") != stems("ban of 1 year")
    assert stems("in recent months") == ["recent", "month"]


def test_stop_words_and_single_letters_say_nothing():
    assert stems("It is the end of a b c") == ["end"]


@pytest.mark.parametrize(
    ("term", "number"), [("588", True), ("7.5", True), ("q1", True), ("2nd", True), ("camera", False), ("g", False)]
)
def test_figures_are_told_from_words(term, number):
    assert is_number(term) is number


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Amazon halts police use of its software", {"amazon"}),
        ("Police to use Gatelight cameras in San Francisco", {"gatelight", "sanfrancisco"}),
        ("Harbour City Council Votes To End Plate Reader Contract", {"harbour"}),
        ("Residents Protesting Surveillance In Oakland", {"oakland"}),
        ("New York bans face scans", {"newyork"}),
        ("POLICE TESTED SCANS IN BOSTON", {"boston"}),
        ("a target of apple pickers", set()),
        ("AI and CCTV on Monday, says CEO", set()),
        ("The White House asks for comment", {"whitehouse"}),
        ("", set()),
    ],
)
def test_a_title_names_what_it_writes_with_a_capital(title, names):
    assert title_names(title) == {stem(name) for name in names}


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        ("Patch day, June 2026", {"jun", "2026"}),
        ("CVE-2024-1234 in cameras", {"cve-2024-1234"}),
        ("It may march on", set()),
        ("Deadline 3 May 2026, not May", {"3", "2026", "may"}),
        ("Blotter: Tuesday", {"tue"}),
        ("", set()),
    ],
)
def test_a_title_holds_figures_and_dates(title, numbers):
    assert title_numbers(title) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. council’s “12 months” — and 1,000 more – of O’Neil's ‘watch’",
        "prices of 1.5 to 2,000.5 fell",
        "plain words_and-more, nothing else",
        "Ａ.Ｂ. e\u0301te\u0301 監視カメラ2台 x",
        "a.b c. d.e.f. 12 months",
    ],
)
def test_a_text_cut_at_a_blank_has_the_words_of_its_parts_however_long_it_is(text):
    parts = text.split()
    for cut in range(len(parts) + 1):
        assert words(" ".join(parts[:cut])) + words(" ".join(parts[cut:])) == words(text)
    assert words(" ".join([text] * 20)) == words(text) * 20
    assert stems_of(words(text)) == stems(text)
