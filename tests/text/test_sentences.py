"""Where English news sentences end, and that every sentence is verbatim in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.sentences import split

# Each case is a text with its sentence ends marked by a bar.
CASES = [
    "The council voted on Tuesday.| Nobody abstained.| Residents cheered!| Was it enough?| Perhaps.",
    "Mr. Harlow met Dr. Quist and Sen. Vega at St. Brannoc's.| They spoke for an hour.",
    "The U.S. Senate passed the bill.| The U.S. is next.",
    "The firm left the U.S.| The mayor of Harbour was pleased.| Others were not.",
    "Police in Washington, D.C. said nothing.",
    "Doors open at 7 a.m. ET on Friday.| Bring a ticket.",
    "The vote was at 6:18 p.m.| Police cleared the square an hour later.",
    "It began at 9 a.m. Monday and ended at 5 p.m. Eastern.",
    "George W. Harlow and J. R. Quist signed it.| Plan B.| The rest is history.",
    "Lantern Inc. Chief Executive Dana Vale resigned.| Shares of Lantern Inc. fell.",
    "She works for Lantern Inc.| It makes cameras.",
    "The bureau, the F.B.I. and others, e.g. the coast guard, use it, i.e. they scan faces.| That is new.",
    "Cameras, drones, etc. are listed in Fig. 3 and No. 7 of the annex.| See vol. 2.",
    "“We hope so. We stand ready to help,” the company said.| It gave no date.",
    "The letter said, “We will stop.”| The union did not answer.",
    '"We will stop. Today." the letter said.| It was short.',
    "“Why now?” Ozer asked.| Nobody knew.",
    "“Why now?” Dana Vale asked the panel.| Nobody knew.",
    "“Stop it!” she shouted.| “Please,” he added.",
    "“Is this legal?”| It is not, the court found.",
    "The price rose 3.5 percent to $1.2 million.| In 2019, 28 members were matched.",
    "The system was sold in 2019.| 28 towns bought it.",
    "He paused ... then went on.| “Well…” he said.| They waited...| Then it ended.",
    "See harbourpost.example/a.html for more.| Version 2.0.1 is out.",
    "The ban (which lapsed in June.) was never renewed.",
    "(The mayor declined to comment.)| The council did not.",
    "1. Buy the cameras.| 2. Ask the public.",
    "Ships from Oct. 3 to Nov. 21 were filmed.| The port said so on Jan. 5, 2031.",
    "Sgt. Pepper of the Calif. Highway Patrol spoke.| The trooper from Mass. did not.",
    "He fell ill.| Vale took over.| She sat.| Ozer stood.",
    "He said no. Vale said yes.| “No. Never.” she replied.",
    "Is it No. 5?| No.| The answer is six.",
    "She asked, ‘Why me?’ and left.| He stayed.",
    "The phone was sold.| iPhone users complained.| eBay did not.",
    "People vs. Harlow was heard by the 9th U.S. Circuit.| Harlow vs. Vale was not.",
    "警察は発表した。|市民は反対した！|なぜか？",
    "شرطة المدينة تراقب؟| نعم.",
    "First paragraph without stop\n\n|Second paragraph.| Third sentence.",
    "A headline line\n|Then a sentence in the next line.",
    "This line was wrapped by an old mail program at seventy columns and\ngoes on here.| Next.",
    "The list:\n|• one camera\n|• two drones\n|- three vans",
    "“One. " + "Very long. " * 60 + "End.” said nobody.",
    "« Nous arrêtons. Tout de suite. » a dit la ville.| Elle attend.",
    "„Wir hören auf. Sofort.“ sagte sie.| Gut.",
    "Yahoo! said it.| Wait!!| What?!| “Stop.”",
]


def marked(case: str) -> tuple[str, list[str]]:
    return case.replace("|", ""), [part.strip() for part in case.split("|")]


@pytest.mark.parametrize("case", [case for case in CASES if "Very long" not in case])
def test_sentences_end_where_a_reader_would_end_them(case: str) -> None:
    text, expected = marked(case)
    assert list(split(text)) == expected


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("The fares rise.“Nobody asked us,” the clerk said.", ["The fares rise.", "“Nobody asked us,” the clerk said."]),
        ("Die Fähre fährt nicht.„Schade“, sagte sie.", ["Die Fähre fährt nicht.", "„Schade“, sagte sie."]),
        ("„Nein.“ Das war alles.", ["„Nein.“ Das war alles."]),
        ("»Nein.« Das war alles.", ["»Nein.« Das war alles."]),
        ("The U.S.“ban” ends in June.", ["The U.S.“ban” ends in June."]),
    ],
)
def test_a_quotation_that_begins_right_behind_a_stop_begins_a_sentence(text: str, sentences: list[str]) -> None:
    assert list(split(text)) == sentences


def test_there_are_at_least_forty_boundaries_in_the_cases() -> None:
    assert sum(case.count("|") for case in CASES) >= 40


def test_a_quotation_of_many_sentences_is_cut_at_its_own_sentences() -> None:
    text = "“" + "The camera saw everyone that day. " * 30 + "It ended.” said nobody."
    assert len(split(text)) > 20


def test_an_empty_text_has_no_sentence() -> None:
    assert split("") == ()
    assert split(" \n\n \n") == ()


@given(st.text(alphabet="Aab .!?…\"“”'\n\t1。US", max_size=200))
def test_nothing_but_white_space_is_lost_and_every_sentence_is_verbatim(text: str) -> None:
    at = 0
    for sentence in split(text):
        assert sentence == sentence.strip()
        assert sentence
        found = text.index(sentence, at)
        assert not text[at:found].strip()
        at = found + len(sentence)
    assert not text[at:].strip()


@pytest.mark.parametrize(
    ("piece", "sentences"),
    [("B. ", 1), ("?! ", 100_000), ('"“', 1), ("!", 1), ('!"', 1), ("a.\n", 100_000), ("\n ", 0), ("...x", 1)],
)
def test_long_runs_of_marks_cost_no_more_than_their_length(piece: str, sentences: int) -> None:
    assert len(split(piece * 100_000)) == sentences
