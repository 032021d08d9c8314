"""The index in memory: who is found, what a change does, and what a story's record says afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.identity import story_id
from bot.core.model import Format, StoryChange, Tier
from bot.core.stories import Member
from bot.stories.cluster import decide
from bot.stories.fingerprint import fingerprint
from bot.stories.index import MemoryIndex, group_items
from bot.stories.model import build_model, term_weight
from bot.stories.record import lead, update_story

VOTE = "Harbour City council votes to end Gatelight plate reader contract"


TOWNS = [
    f"{first}{last}"
    for first in ("El", "Tor", "Wil", "Pen", "Cor", "Dun", "Ash", "Bel", "Fal", "Hol", "Kes", "Mor", "Ros", "Sel", "Nor")
    for last in ("burn", "ville", "wick", "stead")
]


def neighbours(desk, item):
    mark = fingerprint(item, 99, desk.model)
    return [member.item_id for member in desk.index.members_like(mark.keys, mark.terms)]


def test_a_shared_key_or_two_shared_terms_find_a_member(make, desk):
    desk.file(make("key", "Something else", url="https://ledger.example/vote"))
    desk.file(make("terms", "Gatelight leaves Northmere"), matched=False)
    for number in range(2):
        desk.file(make(f"one-term-{number}", f"Gatelight opens an office {'pqrs'[number] * 5}"), matched=False)
    desk.file(make("none", "Bridge closes for repairs"), matched=False)
    assert neighbours(desk, make("x", "Northmere loses Gatelight", url="https://ledger.example/vote")) == ["key", "terms"]


def test_the_limit_keeps_those_that_share_most_and_came_last(make, desk):
    for number in range(5):
        desk.file(make(f"two-{number}", f"Gatelight Northmere {'pqrst'[number] * 5}"), matched=False)
    desk.file(make("three", "Gatelight Northmere Quillson"), matched=False)
    mark = fingerprint(make("x", "Gatelight Northmere Quillson"), 99, desk.model)
    few = MemoryIndex(replace(desk.model, newest=0))
    few.load([desk.member(name) for name in desk.marks], ())
    assert [member.item_id for member in few.members_like((), mark.terms, limit=3)] == ["two-3", "two-4", "three"]


def test_the_newest_are_looked_at_even_if_many_old_ones_share_more(make, desk):
    for number in range(9):
        title = f"Gatelight Northmere {'Quillson' if number < 6 else ''} {'pqrstuvwx'[number] * 5}"
        desk.file(make(f"i{number}", title), matched=False)
    mark = fingerprint(make("x", "Gatelight Northmere Quillson"), 99, desk.model)
    for newest, expected in ((0, ["i4", "i5"]), (1, ["i4", "i5", "i8"]), (4, ["i4", "i5", "i6", "i7", "i8"])):
        few = MemoryIndex(replace(desk.model, newest=newest))
        few.load([desk.member(name) for name in desk.marks], ())
        assert [member.item_id for member in few.members_like((), mark.terms, limit=2)] == expected


def test_a_word_of_one_item_finds_it_though_they_share_no_other(make, desk):
    for number in range(3):
        desk.file(make(f"i{number}", f"Northmere loses {'pqr'[number] * 5}"), matched=False)
        found = neighbours(desk, make("x", "Cameras in Northmere"))
        assert found == ([] if number else ["i0"]), "under a word of several stands a topic"


def test_the_other_report_of_an_event_is_found_among_many_reports_of_its_topic(make, desk):
    """Its neighbours share more words with it, and some are newer than all that is looked at under those words."""
    town = make("mine", "Quillson parts with Gatelight", "No more plate cameras.")
    desk.file(town, matched=False)
    for number, other in enumerate(TOWNS * 3):
        desk.file(
            make(f"i{number}", f"{other} council debates Gatelight licence plate readers", "Drivers object to plate cameras."),
            matched=False,
        )
        if number in {50, 179}:
            again = make("x", "Council in Quillson debates Gatelight licence plate readers", "Drivers object.")
            assert "mine" in neighbours(desk, again)


@pytest.mark.parametrize(("size", "weight"), [(0, 64), (1, 64), (2, 49), (3, 36), (4, 36), (5, 25), (64, 4), (65, 1), (9999, 1)])
def test_a_term_weighs_less_with_each_doubling_of_what_stands_under_it(size, weight):
    assert term_weight(size) == weight
    assert (term_weight(size) == 1) == (size >= 65)


def test_an_index_laid_over_an_archive_weighs_its_terms_as_the_archive_does(make, desk, model):
    desk.file(make("a", "Gatelight Northmere pppp"), matched=False)
    mark = fingerprint(make("x", "Cameras of Northmere"), 1, model)
    for known, expected in ((0, ["a"]), (40, [])):
        overlay = MemoryIndex(model, dict.fromkeys(mark.terms, known))
        overlay.load([desk.member("a")], ())
        assert [member.item_id for member in overlay.members_like((), mark.terms)] == expected
    overlay = MemoryIndex(model, dict.fromkeys(mark.terms, 4))  # what the archive holds
    change = decide(mark, False, (), overlay.stories, model)
    overlay.apply(change, mark, matched=False, now=mark.published)
    assert {overlay.size(term) for term in mark.terms} == {5}, "what is filed now counts too"


def test_with_a_member_come_its_story_its_original_and_its_copies(make, desk, contract):
    desk.file(make("a", VOTE, content_text=contract))
    desk.file(make("b", "No more plate readers", content_text=contract))
    desk.file(make("c", "Gatelight loses Harbour City plate reader contract", "The mayor regrets the vote."))
    mark = fingerprint(make("x", "No more plate readers"), 99, desk.model)
    found = desk.index.members_like(mark.keys, (), limit=1)
    assert [member.item_id for member in found] == ["a", "b", "c"]


def test_of_a_common_term_only_the_newest_items_are_looked_at_whatever_the_order_they_were_loaded_in(make, desk, model):
    for number in range(5):
        desk.file(make(f"i{number}", f"Gatelight Northmere {'pqrst'[number] * 5}"), matched=False)
    mark = fingerprint(make("x", "Gatelight Northmere"), 99, desk.model)
    few = replace(model, recent=2)
    for order in ([0, 1, 2, 3, 4], [4, 0, 3, 1, 2], [2, 4, 1, 3, 0]):
        overlay = MemoryIndex(few)
        overlay.load([desk.member(f"i{number}") for number in order], ())
        assert [member.item_id for member in overlay.members_like((), mark.terms)] == ["i3", "i4"]


def test_an_item_filed_again_stands_where_it_arrived_the_second_time(make, desk):
    for order, name in enumerate(("i0", "i1", "i0")):
        mark = fingerprint(make(name, f"Gatelight {'Northmere' if order else 'Quillson'} {'pqr'[order] * 5}"), order, desk.model)
        change = decide(mark, False, desk.index.members_like(mark.keys, mark.terms), desk.index.stories, desk.model)
        desk.index.apply(change, mark, matched=False, now=mark.published)
    assert neighbours(desk, make("x", "Gatelight Northmere")) == ["i1", "i0"]
    assert neighbours(desk, make("x", "Quillson ppppp")) == [], "what it said before is forgotten"


def test_what_is_loaded_is_found_and_changed_like_what_was_filed(make, desk, contract, model):
    desk.file(make("a", VOTE, content_text=contract, day=30))
    stored = [desk.member("a")]
    overlay = MemoryIndex(model)
    overlay.load(stored, desk.index.stories.values())
    mark = fingerprint(make("b", "No more plate readers", content_text=contract), 1, model)
    change = decide(mark, True, overlay.members_like(mark.keys, mark.terms), overlay.stories, model)
    overlay.apply(change, mark, matched=True, now=desk.marks["a"].published)
    assert change.reruns == (("a", "b"),)
    assert [(member.item_id, member.rerun_of) for member in overlay.members_of(story_id("a"))] == [("a", "b"), ("b", None)]
    assert desk.member("a").rerun_of is None, "what was loaded is left as it was at its origin"
    overlay.load(stored, desk.index.stories.values())
    assert overlay.members_of(story_id("a"))[0].rerun_of == "b", "loading again overwrites nothing"


def test_filing_an_item_again_replaces_it(make, desk):
    first = desk.file(make("a", VOTE))
    mark = desk.marks["a"]
    desk.index.apply(first, mark, matched=True, now=mark.published)
    assert [member.item_id for member in desk.index.members_of(story_id("a"))] == ["a"]
    assert neighbours(desk, make("x", VOTE)) == ["a"]


def test_a_change_about_items_and_stories_unknown_here_does_no_harm(make, model):
    index = MemoryIndex(model)
    mark = fingerprint(make("a", VOTE), 0, model)
    change = StoryChange("a", Tier.COPY, "s1", copies=(("gone", "a"),), reruns=(("lost", "a"),), adopted=("gone",), merged=("s2",))
    index.apply(change, mark, matched=False, now=mark.published)
    assert [member.item_id for member in index.members_of("s1")] == ["a"]
    assert set(index.stories) == {"s1"}


def test_a_member_whose_story_record_is_missing_is_still_a_candidate(make, model):
    mark = fingerprint(make("a", VOTE), 0, model)
    member = Member("a", 0, mark.to_json(), story_id="s1", matched=True)
    new = fingerprint(make("b", "Gatelight loses Harbour City plate reader contract"), 1, model)
    assert decide(new, True, [member], {}, model).story_id == "s1"


def test_group_items_gives_every_item_a_story_under_its_final_id(make, model):
    items = [
        make("a", "Gatelight contract ends", "Harbour City votes against plate readers."),
        make("b", "Harbour City council rejects plate readers in late vote", "Ada Quill spoke first."),
        make("c", "Gatelight contract ends as Harbour City council rejects plate readers in late vote", "Harbour City votes."),
        make("d", "School board buys weapons scanners"),
    ]
    rows = group_items(items, model)
    assert [(row.item_id, row.story_id, row.tier) for row in rows] == [
        ("a", story_id("a"), Tier.NEW),
        ("b", story_id("a"), Tier.NEW),
        ("c", story_id("a"), Tier.STORY),
        ("d", story_id("d"), Tier.NEW),
    ]


@pytest.mark.parametrize("vendor", ["Flock", "Gatelight"])
@pytest.mark.parametrize("headline", ["{} ends {} contract", "City council in {} ends {} contract", "{} police drop {} cameras"])
def test_sixty_towns_that_part_with_one_vendor_make_sixty_stories(make, model, vendor, headline):
    items = [
        make(town, headline.format(town, vendor), f"The {number + 3} cameras go dark this summer.", day=number / 20)
        for number, town in enumerate(TOWNS)
    ]
    assert len({row.story_id for row in group_items(items, model)}) == len(TOWNS)


def test_a_vendor_of_the_files_own_rules_is_nothing_that_two_towns_have_in_common(make):
    own = build_model(["Gatelight", "Elmstead"])
    towns = [
        make("a", "Elmstead throws out Gatelight after leak", "Nineteen cameras go dark."),
        make("b", "Gatelight cameras go dark in Torford", "Nineteen cameras had leaked."),
    ]
    assert len({row.story_id for row in group_items(towns, own)}) == 2


# ---------------------------------------------------------------- records


@pytest.fixture
def mark(make, model):
    def build(item_id, title="Vote", order=0, **fields):
        return fingerprint(make(item_id, title, **fields), order, model)

    return build


def test_the_lead_is_the_earliest_dated_original(mark):
    early, late, undated = mark("early", day=0), mark("late", day=1), mark("undated", day=None, rendered=-9)
    assert lead([(undated, None, None), (late, None, None), (early, None, None)]) is early
    assert lead([(undated, None, None), (late, None, None), (early, "late", "late")]) is late
    assert lead([(undated, None, None), (early, None, "undated")]) is undated
    assert lead([(early, "gone", "gone"), (late, "gone", "gone")]) is early


def test_a_new_record_opens_now_and_a_changed_one_grows(mark):
    one, two = mark("a", "First report", day=1), mark("b", "Earlier report", day=0)
    now = one.published + timedelta(hours=1)
    change = StoryChange("a", Tier.NEW, "s", opened=True, related=("old",))
    opened = update_story(None, [(one, None, None)], change, now)
    assert (opened.id, opened.title, opened.opened_at, opened.version, opened.related) == ("s", "First report", now, 1, ("old",))
    joined = StoryChange("b", Tier.STORY, "s", related=("old", "s", "older"))
    grown = update_story(opened, [(one, None, None), (two, None, None)], joined, now + timedelta(hours=1))
    assert (grown.title, grown.lead_item_id, grown.opened_at, grown.version) == ("Earlier report", "b", now, 2)
    assert (grown.first_published, grown.last_published) == (two.published, one.published)
    assert grown.related == ("old", "older")


def test_a_story_merged_in_is_no_longer_related(mark):
    change = StoryChange("a", Tier.STORY, "s", merged=("other",), related=("other", "third"))
    assert update_story(None, [(mark("a"), None, None)], change, mark("a").published).related == ("third",)


def test_the_format_is_the_majoritys_and_in_doubt_the_leads(mark):
    news, video = mark("n", "Council votes", day=1), mark("v", "Watch: council votes", day=0)
    change = StoryChange("n", Tier.STORY, "s")
    both = [(news, None, None), (video, None, None)]
    assert update_story(None, both, change, news.published).format is Format.VIDEO
    assert (
        update_story(None, [*both, (mark("m", "Council voted", day=2), None, None)], change, news.published).format is Format.NEWS
    )


def test_a_story_of_reruns_alone_has_no_dates(mark):
    record = update_story(None, [(mark("a"), "gone", "gone")], StoryChange("a", Tier.COPY, "s"), mark("a").published)
    assert (record.first_published, record.last_published, record.format) == (None, None, Format.NEWS)


# ---------------------------------------------------------------- a feed that lists everything again

DEEDS = (
    "Ellery council pauses drone flights over parks",
    "Sheriff ends contract for plate readers after audit",
    "Norcross buys 40 cameras for its school buses",
    "Judge blocks face scan law of the state",
    "Marlow Bay jail adds voice recognition to calls",
)
RECURRING = (
    "Police log of Ellery for the week",
    "Court calendar of Ellery for the week",
    "Fire log of Ellery for the week",
    "Permits of Ellery for the week",
    "Road works of Ellery for the week",
)


def listed(make, model, titles, issue, *, start=0, day=0.0):
    return [
        fingerprint(
            make(
                f"{issue}{number}",
                title,
                source_id="paper",
                guid=f"{issue}-{number}",
                url=f"https://paper.example/{issue}/{number}",
                day=day,
            ),
            start + number,
            model,
        )
        for number, title in enumerate(titles)
    ]


def filed_twice(make, model, first, second, *, day):
    index = MemoryIndex(model)
    changes = []
    for issue, titles, start, at in (("old", first, 0, 0.0), ("new", second, len(first), day)):
        marks = listed(make, model, titles, issue, start=start, day=at)
        relisted = index.relisted(marks)
        for mark in marks:
            near = index.members_like(mark.keys, mark.terms)
            change = decide(mark, True, near, index.stories, model, relisted=mark.item_id in relisted)
            index.apply(change, mark, matched=True, now=mark.published)
            changes.append(change)
    return changes[len(first) :]


@pytest.mark.parametrize("day", [0, 3, 43])
def test_a_feed_that_renames_all_its_entries_brings_nothing_new_whatever_their_dates(make, model, day):
    assert not any(change.opened for change in filed_twice(make, model, DEEDS, DEEDS, day=day))


def test_a_renamed_feed_may_have_one_new_entry_among_the_old(make, model):
    changes = filed_twice(make, model, DEEDS, (*DEEDS, "Ilmen school board removes hallway cameras"), day=43)
    assert [change.opened for change in changes] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (RECURRING, RECURRING),  # the logs of next week
        (DEEDS, DEEDS[:3]),  # too few to tell
        (DEEDS, (*DEEDS[:4], *RECURRING[:3])),  # too much is new beside them
    ],
)
def test_headlines_that_come_again_without_the_whole_feed_are_new_entries(make, model, first, second):
    assert not any(change.duplicate_of for change in filed_twice(make, model, first, second, day=20))
