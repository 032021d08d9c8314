"""One question, two answers: headlines that say the contrary of each other are two events, however alike they read."""

from __future__ import annotations

import pytest

from bot.stories.names import title_names, title_numbers

APART = """
Elmstead council votes to end Flock contract | Elmstead council votes to keep Flock contract
Harlow City Council approves drone program | Harlow City Council rejects drone program
Harlow council tables vote on license plate readers | Harlow council approves license plate readers
Effort to ban facial recognition fails in Lowmoor council | Lowmoor council passes facial recognition ban
Ashby turns off license plate cameras | Ashby turns license plate cameras back on
Lowmoor council to vote on Flock contract Tuesday | Lowmoor council votes down Flock contract
Flock shared data with ICE, records show | Flock denies sharing data with ICE
Tarnwick police buy Clearview licenses | Tarnwick police did not buy Clearview licenses
Officer placed on leave over Flock searches in Quill | Officer fired over Flock searches in Quill
Officer suspended over Flock searches in Quill | Officer cleared over Flock searches in Quill
Man arrested in Quill after facial recognition match | Man freed in Quill after facial recognition mistake
Harlow council proposes drone rules | Harlow council adopts drone rules
Harlow seeks bids for body cameras | Harlow awards contract for body cameras
Lowmoor bans face recognition | Lowmoor face recognition ban challenged in court
Judge rules plate readers need warrant | Judge rules plate readers do not need warrant
County renews gunshot sensor contract | County ends gunshot sensor contract
Senate committee advances AI bill | Senate committee kills AI bill
Mountain View council ends Flock contract | Long Beach council ends Flock contract
Oak Park police drop Flock cameras | Palm Springs police drop Flock cameras
Little Rock school board removes face scanners | College Park school board removes face scanners
"""
TOGETHER = """
Elmstead council votes to end Flock contract | Elmstead council ends its contract with Flock
Lowmoor council passes facial recognition ban | Lowmoor council bans facial recognition
Ashby council approves ending Flock contract | Ashby council ends Flock contract
Harbour City votes down plate readers | Harbour City council rejects plate readers
Police drone crash in Mesa kills bystanders: 3 dead | Police drone crash in Mesa kills bystanders: 5 dead
Mountain View council ends Flock contract | Mountain View council ends its Flock contract
"""


def pairs(block: str) -> list[tuple[str, ...]]:
    return [tuple(line.split(" | ")) for line in block.strip().splitlines()]


@pytest.mark.parametrize("turned", [False, True], ids=["first", "turned"])
@pytest.mark.parametrize("pair", pairs(APART), ids=lambda pair: pair[0])
def test_two_answers_to_one_question_are_two_stories(desk, make, pair, turned):
    first, second = reversed(pair) if turned else pair
    desk.file(make("a", first, "", source_id="one"))
    desk.file(make("b", second, "", source_id="two", day=1.0))
    assert sorted(desk.stories()) == [["a"], ["b"]]


@pytest.mark.parametrize("turned", [False, True], ids=["first", "turned"])
@pytest.mark.parametrize("pair", pairs(TOGETHER), ids=lambda pair: pair[0])
def test_one_answer_in_two_wordings_is_one_story(desk, make, pair, turned):
    first, second = reversed(pair) if turned else pair
    desk.file(make("a", first, "", source_id="one"))
    desk.file(make("b", second, "", source_id="two", day=0.1))
    assert sorted(desk.stories()) == [["a", "b"]]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Mountain View council ends contract", {"mountain", "view"}),
        ("Oak Park city council ends contract", {"oak", "park"}),
        ("City council ends contract", set()),
        ("School Board council ends contract", set()),
        ("Long wait for council", set()),
    ],
)
def test_two_common_words_before_an_institution_are_a_town(title, names):
    assert title_names(title) == names


def test_a_toll_is_no_figure_of_the_headline():
    assert title_numbers("Drone crash leaves 3 dead, 12 people hurt") == set()
    assert title_numbers("Council buys 18 cameras") == {"18"}
