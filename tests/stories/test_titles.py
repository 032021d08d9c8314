"""Titles side by side: who is a stranger to whom, and what is one template filled in twice."""

from __future__ import annotations

import pytest

from bot.stories.fingerprint import fingerprint
from bot.stories.model import build_model
from bot.stories.names import scene_names, title_names
from bot.stories.titles import differing_numbers, strangers
from bot.stories.view import view


@pytest.fixture
def pair(make, model):
    def build(one, other, use=model):
        return [view(fingerprint(make(str(n), *said), n, use), use) for n, said in enumerate((one, other))]

    return build


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Quarnby ends Gatelight contract", {"quarnbi"}),
        ("Oak Hollow ends Gatelight contract", {"oak", "hollow"}),
        ("Port Quarn ends Gatelight contract", {"quarn"}),
        ("City of Quarnby ends contract", {"quarnbi"}),
        ("Police in downtown Quarnby fly drones", {"quarnbi"}),
        ("Drones fly at New Quarnby schools", {"newquarnbi"}),
        ("Judge voids Quarnby's camera deal", {"quarnbi"}),
        ("Judge voids Quarnby camera deal", set()),
        ("Judge Voids Quarnby Deal", set()),
        ("Amazon Rekognito sales end", set()),
        ("— … —", set()),
    ],
)
def test_the_order_of_a_titles_words_tells_who_acts_and_where(title, expected):
    assert scene_names(title, title_names(title) - {"amazon"}) == expected


def test_a_vendors_name_after_new_is_its_own():
    assert title_names("A new Amazon store opens in New York") == {"amazon", "newyork"}


STRANGERS = [
    (("Quarnby ends Flock contract",), ("Oak Hollow drops Flock cameras",)),
    (("Flock cameras go dark in Quarnby",), ("Torford council votes against Flock",)),
    (("Quarnby sheriff buys drones",), ("Sheriff of Torford shows new drones",)),
    (("Amazon to scan palms in Quarnby",), ("Amazon to scan palms in Torford",)),
    (("Gatelight loses Quarnby contract",), ("Gatelight loses Torford contract",)),
    (("Quarnby leaves Gatelight after a leak",), ("Torford leaves Gatelight after leak of records",)),
    (("Nora Fielding wins seat on Meta board",), ("Ivo Quast joins Meta as head of safety",)),
]
TOGETHER = [
    (("Quarnby ends Flock contract",), ("Quarnby, Illinois, ends deal with Flock",)),
    (("Quarnby ends Flock contract",), ("Council ends contract with Flock",)),
    (("Quarnby ends Flock contract",), ("Illinois suburb is done with Flock", "The cameras of Quarnby go dark.")),
    (("New Quarnby ends Flock contract",), ("Mayor Ostrow: no more Flock cameras", "New Quarnby takes them down.")),
    (("Amazon stops selling Rekognito to police",), ("Jeff Bezoar and Amazon give in on face recognition",)),
    (("Microsoft mends hole in Explorio",), ("Hackers got in through Winbrow, Microsoft says",)),
    (("Northlens fined over Facematch",), ("Regulator in Norrland fines Northlens",)),
    (("Meta must pay for face tags",), ("Meta pays 9 million",)),
    (("Cameras come down",), ("Cameras come down in Quarnby",)),
]


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_titles_that_each_name_somebody_else_are_strangers_whatever_vendor_both_name(pair, model, one, other):
    first, second = pair(one, other)
    assert strangers(first, second, model)
    assert strangers(second, first, model)


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_what_one_names_and_the_other_tells_or_leaves_out_makes_no_strangers(pair, model, one, other):
    first, second = pair(one, other)
    assert not strangers(first, second, model)
    assert not strangers(second, first, model)


def test_a_town_of_the_files_own_rules_is_still_a_town(pair):
    own = build_model(["Gatelight", "Boston", "Quarnby"])
    assert not strangers(*pair(("Gatelight fined in Boston",), ("Quarnby firm Gatelight pays", "In Boston."), own), own)
    assert strangers(*pair(("Boston drops Gatelight",), ("Gatelight cameras go dark in Quarnby",), own), own)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Agenda for 1 June", "Agenda for 8 June", True),
        ("Agenda for 8 June", "Agenda for 8 June 2026", False),
        ("Agenda for 8 June", "Agenda", False),
        ("Council votes 5-2 to end 40 flights", "Forty flights end after three hours of debate and 5 speeches", False),
        ("Holes CVE-2026-1111 and CVE-2026-2222 mended", "Holes CVE-2026-2222 and CVE-2026-3333 mended", True),
        ("CVE-2026-1111 in Gatelight", "CVE-2026-1111: what 40 towns must do about cameras by 8 June", False),
        ("CVE-2026-1111 in Gatelight", "Three doors in 40 towns stood open: CVE-2026-4444", True),
        ("2026", "2027", True),
    ],
)
def test_each_with_a_figure_that_the_other_lacks_and_else_the_same_words_are_two_issues(pair, model, one, other, expected):
    assert differing_numbers(*pair((one,), (other,)), model) is expected
