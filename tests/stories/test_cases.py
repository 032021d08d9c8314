"""Invented pairs and triples with the answer a reader gives, and the sample newsroom of ``watchlamp demo``.

A case of ``cases.jsonl`` lists its articles (``day`` counts from the first), the ``stories`` they make, the ``copies`` among
them, and which item ``follows`` which (null: either answer is fair, as for an opinion on an event). ``half`` says how a case
came about: "seen" while the decisions were tuned, "kept back" and "second look" written apart from that, to be tried on them.
Where an article has a ``source``, it is an entry of that feed with a guid and an address of its own.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.newsroom import ARTICLES, OUTLETS
from bot.stories.model import build_model

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
GIVEN = {"source": "source_id", "guid": "guid", "url": "url"}
DEMO_WORDS = ["argus", "plate", "systems", "licence", "readers", "reader", "council", "police", "sheriff"]


def answer(desk, make, case):
    for article in case["articles"]:
        desk.file(
            make(
                article["id"],
                article["title"],
                article["summary"],
                content_text=article["text"],
                day=article["day"],
                **{given: article[name] for name, given in GIVEN.items() if name in article},
            )
        )
    follows = {}
    for change in desk.changes:
        for item_id in desk.marks:
            if change.related and desk.story_of(item_id) == change.related[0]:
                follows.setdefault(change.item_id, item_id)
    copies = {change.item_id: change.duplicate_of for change in desk.changes if change.duplicate_of}
    return {"stories": sorted(desk.stories()), "copies": copies, "follows": follows if case["follows"] is not None else None}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_articles_make_the_stories_a_reader_would_make(desk, make, case):
    expected = {key: case[key] for key in ("stories", "copies", "follows")}
    assert answer(desk, make, case) == expected


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_stories_are_the_same_if_the_articles_arrive_the_other_way_round(desk, make, case):
    turned = {**case, "articles": case["articles"][::-1]}
    found = answer(desk, make, turned)
    assert sorted(sorted(story) for story in found["stories"]) == case["stories"]


@pytest.mark.parametrize("own_words", [(), DEMO_WORDS])
def test_the_sample_newsroom_makes_the_stories_it_was_written_for(desk, make, own_words):
    desk = type(desk)(build_model(own_words))
    names = {outlet.id: outlet.name for outlet in OUTLETS}
    for article in sorted(ARTICLES, key=lambda article: article.step):
        desk.file(
            make(
                f"{article.outlet}/{article.slug}",
                article.title,
                article.standfirst,
                content_text="\n\n".join(article.paragraphs),
                day=-article.age / timedelta(days=1),
                source_id=article.outlet,
                outlet=names[article.outlet],
            )
        )
    vote = ["ledger/plate-readers-vote", "radio/plate-readers-vote", "courier/plate-readers-vote"]
    old = ["ledger/face-recognition-pause", "digest/police-pause-face-recognition-trial"]
    together = [story for story in desk.stories() if len(story) > 1]
    assert sorted(together) == sorted([vote, old])
    changes = {change.item_id: change for change in desk.changes}
    assert all(changes[item_id].duplicate_of is None for item_id in vote)
    assert changes[old[1]].rerun_of == old[0]
    sibling, follow_up = changes["radio/ferndale-keeps-readers"], changes["courier/police-union-appeal"]
    assert (sibling.opened, sibling.related) == (True, ())
    assert (follow_up.opened, follow_up.related[0]) == (True, desk.story_of(vote[0]))
