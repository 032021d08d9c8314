"""What a headline says was done, and when two headlines tell of different acts."""

from __future__ import annotations

import pytest

from bot.stories.acts import acts, another_act
from bot.stories.tokens import stems


def read(title, opening=""):
    return acts(title, set(stems(f"{title} {opening}")))


@pytest.mark.parametrize(
    ("title", "stage"),
    [
        ("Police union asks court to keep the cameras", "sue"),
        ("Northmere goes to higher court over drones", "appeal"),
        ("Northmere lifts ban on face scans", "reverse"),
        ("Northmere drops police face scan ban", "reverse"),
        ("Gatelight drops lawsuit against Northmere", "reverse"),
        ("Judge in Northmere blocks camera contract", "ruling"),
        ("Trial opens over wrong face match", "trial"),
        ("Governor signs drone limits into law", "veto"),
        ("Police chief steps down", "resign"),
        ("Northmere renews contract for plate readers", "extend"),
    ],
)
def test_a_later_stage_is_told_from_words_and_phrases(title, stage):
    assert stage in read(title).stages


@pytest.mark.parametrize(
    "title",
    [
        "Northmere votes to drop plate readers",
        "Northmere council cancels contract with Gatelight",
        "Gatelight ends police sales in one-year ban",
        "Northmere council votes against renewing contract",
        "Police begin trial of face recognition vans",
        "Food court gets cameras",
    ],
)
def test_other_words_for_the_deed_itself_are_no_stage(title):
    assert not read(title).stages


@pytest.mark.parametrize(
    ("title", "talk"),
    [
        ("Union condemns cameras in bank branches", "respond"),
        ("Rights groups call on mayor to end trial", "respond"),
        ("Open letter on drones", "respond"),
        ("Mayor orders review of plate searches", "probe"),
        ("Study of alerts finds nine in ten wrong", "study"),
    ],
)
def test_talk_is_told_where_the_title_begins_with_it(title, talk):
    assert read(title).talk == {talk}


def test_talk_behind_a_deed_is_part_of_the_same_event():
    assert not read("Northmere buys drones as residents protest").talk


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northmere bans face scans", "Gatelight sues Northmere over face scan ban"),
        ("Northmere buys drones", "Rights groups condemn Northmere drones"),
        ("Cameras installed in Northmere", "Cameras removed in Northmere"),
        ("Northmere police tracked reporter", "Northmere police chief resigns"),
    ],
)
def test_a_stage_talk_and_the_contrary_are_other_acts_in_either_order(one, other):
    assert another_act(read(one), read(other))
    assert another_act(read(other), read(one))


@pytest.mark.parametrize(
    ("one", "other", "opening"),
    [
        ("Northmere votes to end contract", "Northmere drops contract", ""),
        ("Northmere ends contract", "Six votes to three in Northmere", ""),
        ("Northmere drops face scans", "Northmere signs new rules", "The rules, signed on Monday, end the use of face scans."),
        ("Gatelight sues Northmere", "Northmere taken to task by Gatelight", "The company filed a complaint in court."),
        ("Critics slam Northmere drones", "Northmere buys drones", "Activists oppose the plan."),
    ],
)
def test_one_act_in_other_words_stays_one(one, other, opening):
    assert not another_act(read(one), read(other, opening))
