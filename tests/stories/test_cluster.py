"""Where an item belongs: the three tiers, reruns, vetoes, windows, bridges. Every article is invented."""

from __future__ import annotations

from itertools import permutations

import pytest

from bot.core.identity import story_id
from bot.core.model import Tier

VOTE = "Harbour City council votes to end Gatelight plate reader contract"
LEDE = "The council voted six to three on Tuesday night to let its contract with Gatelight lapse in June."


def vote(make, item_id="a", title=VOTE, summary=LEDE, **fields):
    return make(item_id, title, summary, **fields)


# ---------------------------------------------------------------- opening and silence


def test_a_matched_item_like_nothing_known_opens_a_story_named_after_it(make, desk, model):
    change = desk.file(vote(make))
    assert (change.tier, change.story_id, change.opened) == (Tier.NEW, story_id("a"), True)
    assert change.model_version == model.version
    assert change.why


def test_an_unmatched_item_gets_no_story(make, desk):
    desk.file(vote(make))
    near = desk.file(
        vote(make, "b", "Harbour City ends its Gatelight plate reader contract", "The vote was six to three."), matched=False
    )
    assert (near.tier, near.story_id, near.opened) == (Tier.NEW, None, False)


def test_an_unmatched_copy_of_a_storys_member_joins_it(make, desk):
    desk.file(vote(make))
    change = desk.file(vote(make, "b", "Plate readers are history by the harbour"), matched=False)
    assert (change.tier, change.story_id, change.duplicate_of) == (Tier.COPY, story_id("a"), "a")


def test_an_unmatched_copy_of_an_unmatched_item_stays_without_story(make, desk):
    desk.file(vote(make), matched=False)
    change = desk.file(vote(make, "b", "Plate readers are history by the harbour"), matched=False)
    assert (change.tier, change.story_id, change.duplicate_of) == (Tier.COPY, None, "a")


def test_a_matched_copy_of_an_item_without_story_opens_one_and_adopts_it(make, desk):
    desk.file(vote(make), matched=False)
    desk.file(vote(make, "b", "Plate readers are history by the harbour"), matched=False)
    change = desk.file(vote(make, "c", "Contract for plate readers ends"))
    assert (change.story_id, change.opened, change.duplicate_of) == (story_id("c"), True, "a")
    assert change.adopted == ("a", "b")
    assert desk.stories() == [["a", "b", "c"]]
    assert desk.index.stories[story_id("c")].lead_item_id == "a"


def test_a_matched_copy_of_an_unmatched_item_joins_the_story_of_the_event(make, desk):
    desk.file(
        vote(make, "x", "Council in Harbour City votes to end plate reader contract with Gatelight", "Six members voted for it.")
    )
    desk.file(vote(make), matched=False)
    change = desk.file(vote(make, "b", VOTE, source_id="other"))
    assert change.story_id == story_id("x")
    assert change.adopted == ("a",)


# ---------------------------------------------------------------- keys


def test_the_same_address_is_the_same_article_whatever_the_title(make, desk):
    desk.file(vote(make, url="https://ledger.example/news/vote"))
    change = desk.file(make("b", "Cameras are coming down", url="https://amp.ledger.example/news/vote?utm_source=feed", day=1))
    assert (change.tier, change.story_id, change.duplicate_of, change.rerun_of) == (Tier.KEY, story_id("a"), "a", None)
    assert "address" in change.why


def test_a_source_that_links_everything_to_one_page_is_not_folded_into_one_story(make, desk):
    page = {"url": "https://ledger.example/news", "source_id": "ledger"}
    desk.file(make("a", "Bridge closes for repairs", guid="1", **page))
    change = desk.file(make("b", "School board buys weapons scanners", guid="2", **page))
    assert change.tier is Tier.NEW


def test_one_title_in_two_sources_within_a_month_is_one_article(make, desk):
    desk.file(vote(make, summary=""))
    assert desk.file(vote(make, "b", summary="", day=20)).tier is Tier.KEY


def test_one_title_in_two_sources_a_year_apart_is_two_articles(make, desk):
    desk.file(vote(make, summary=""))
    assert desk.file(vote(make, "b", summary="", day=400)).story_id == story_id("b")


def test_one_title_of_one_source_is_one_article_years_apart_if_nothing_tells_otherwise(make, desk):
    desk.file(vote(make, summary="", source_id="ledger"))
    change = desk.file(vote(make, "b", summary="", day=400, source_id="ledger"))
    assert (change.tier, change.rerun_of) == (Tier.KEY, "a")


def test_one_title_over_two_unlike_texts_is_no_key(make, desk):
    title = "City council votes on camera ban"
    desk.file(
        make("a", title, "Councillors in Northmere decide tonight whether agencies may keep buying doorbell recordings.", day=0)
    )
    change = desk.file(
        make("b", title, "A pilot with forty drones ends in Southwold unless the assembly prolongs funding next Tuesday.", day=300)
    )
    assert change.tier is Tier.NEW


def test_the_next_issue_of_a_series_is_not_the_last_one(make, desk):
    desk.file(make("a", "Gatelight transparency report for members", source_id="gatelight"))
    assert desk.file(make("b", "Gatelight transparency report for members", source_id="gatelight", day=14)).tier is Tier.NEW


# ---------------------------------------------------------------- copies and reruns


def test_a_copied_body_under_another_title_is_a_copy(make, desk, contract):
    desk.file(make("a", VOTE, content_text=contract))
    change = desk.file(
        make("b", "No more plate readers", content_text="Syndicated.\n\n" + contract + "\n\nMore from our region.", day=0.2)
    )
    assert (change.tier, change.duplicate_of, change.rerun_of) == (Tier.COPY, "a", None)
    assert "%" in change.why


def test_a_copy_dated_years_later_is_a_rerun(make, desk, contract):
    desk.file(make("a", VOTE, content_text=contract))
    change = desk.file(make("b", "No more plate readers", content_text=contract, day=1800))
    assert (change.story_id, change.duplicate_of, change.rerun_of) == (story_id("a"), "a", "a")
    assert desk.index.stories[story_id("a")].last_published == desk.marks["a"].published


def test_a_rendered_date_proves_a_rerun(make, desk, contract):
    desk.file(make("a", VOTE, content_text=contract))
    assert desk.file(make("b", VOTE, content_text=contract, day=None, rendered=1800)).rerun_of == "a"


def test_the_later_dated_copy_is_the_rerun_even_if_it_came_first(make, desk, contract):
    desk.file(make("late", "No more plate readers", content_text=contract, day=None, rendered=1800))
    change = desk.file(make("first", VOTE, content_text=contract))
    assert (change.tier, change.duplicate_of, change.rerun_of) == (Tier.COPY, None, None)
    assert change.reruns == (("late", "first"),)
    late = desk.member("late")
    assert (late.rerun_of, late.duplicate_of) == ("first", "first")
    record = desk.index.stories[story_id("late")]
    assert (record.lead_item_id, record.title, record.first_published) == ("first", VOTE, desk.marks["first"].published)


def test_a_copy_of_the_same_day_that_is_dated_earlier_becomes_the_original(make, desk, contract):
    desk.file(make("b", "No more plate readers", content_text=contract, day=0.5))
    change = desk.file(make("a", VOTE, content_text=contract, day=0.1))
    assert (change.reruns, change.copies) == ((), (("b", "a"),))
    assert desk.member("b").duplicate_of == "a"
    assert desk.index.stories[story_id("b")].lead_item_id == "a"


def test_an_undated_copy_is_never_a_rerun_and_gives_way_to_a_dated_one(make, desk, contract):
    desk.file(make("undated", VOTE, content_text=contract, day=None))
    change = desk.file(make("dated", "No more plate readers", content_text=contract, day=900))
    assert (change.rerun_of, change.copies) == (None, (("undated", "dated"),))


def test_every_order_of_arrival_names_the_same_original_and_the_same_reruns(make, new_desk, contract):
    items = [
        make("first", VOTE, content_text=contract, day=0),
        make("syndicated", "No more plate readers", content_text=contract, day=1),
        make("late", "Plate readers end", content_text=contract, day=40),
        make("page", "End of plate readers", content_text=contract, day=None, rendered=2000),
        make("undated", "Readers of plates no more", content_text=contract, day=None),
    ]
    for order in permutations(items):
        desk = new_desk()
        desk.file_all(order)
        assert len(desk.stories()) == 1
        found = {item.id: (desk.member(item.id).duplicate_of, desk.member(item.id).rerun_of) for item in items}
        assert found == {
            "first": (None, None),
            "syndicated": ("first", None),
            "late": ("first", "first"),
            "page": ("first", "first"),
            "undated": ("first", None),
        }


def test_a_short_text_quoted_whole_in_a_long_one_is_not_its_copy(make, desk, contract):
    quoted = contract.split("\n\n", maxsplit=1)[0] + " " + contract.split("\n\n")[1]
    long = " ".join(f"Paragraph {number} tells of a bridge, a school and the weather on day {number * 7}." for number in range(60))
    desk.file(make("a", VOTE, content_text=quoted))
    change = desk.file(make("b", "What else happened in our region", content_text=long + quoted + long))
    assert change.duplicate_of is None


NIGHT = (
    "Residents filled the chamber for hours before six of nine members voted on Tuesday to let the plate reader contract with "
    "Gatelight run out. A clerk had counted forty-one cameras at the bridges. Nobody spoke for the company, which had offered a "
    "lower price in the spring and a shorter time for its records."
)


def test_two_reports_of_their_own_are_no_copies_however_alike_their_summaries_are(make, desk, contract):
    desk.file(vote(make, content_text=contract))
    change = desk.file(
        vote(make, "b", "Harbour City council votes to end Gatelight contract for plate readers", content_text=NIGHT)
    )
    assert (change.tier, change.story_id, change.duplicate_of) == (Tier.STORY, story_id("a"), None)


def test_one_headline_over_reports_of_two_newsrooms_is_no_key(make, desk, contract):
    desk.file(vote(make, content_text=contract))
    change = desk.file(vote(make, "b", content_text=NIGHT))
    assert (change.tier, change.story_id, change.duplicate_of) == (Tier.STORY, story_id("a"), None)


def test_one_headline_over_two_versions_of_one_newsroom_is_one_article(make, desk, contract):
    desk.file(vote(make, content_text=contract, url="https://ledger.example/vote"))
    change = desk.file(vote(make, "b", content_text=NIGHT, url="https://ledger.example/vote-2"))
    assert (change.tier, change.duplicate_of) == (Tier.KEY, "a")


def test_a_summary_speaks_for_a_copy_where_one_side_has_no_text(make, desk, contract):
    desk.file(vote(make, content_text=contract))
    change = desk.file(vote(make, "b", "Harbour City council votes to end Gatelight contract for plate readers"))
    assert (change.tier, change.duplicate_of) == (Tier.COPY, "a")


def test_page_furniture_as_summary_makes_no_copy(make, desk):
    stub = "We use cookies to give you the best experience. Subscribe to continue reading this article for subscribers only."
    desk.file(make("a", "School district installs weapons scanners", stub))
    assert desk.file(make("b", "Hospital drops thermal cameras", stub)).tier is Tier.NEW


def test_two_copies_in_two_stories_make_them_one(make, desk):
    first, second = LEDE, "Residents had filled the chamber since the afternoon and the debate went on until midnight."
    desk.file(make("a", "Vote ends contract", first))
    desk.file(make("b", "Long night in the chamber", second))
    assert len(desk.stories()) == 2
    change = desk.file(make("c", "A vote and a night", f"{first} {second}"))
    assert (change.story_id, change.merged) == (story_id("a"), (story_id("b"),))
    assert desk.stories() == [["a", "b", "c"]]
    assert desk.index.stories[story_id("b")].merged_into == story_id("a")


# ---------------------------------------------------------------- the story tier


def test_another_report_of_the_event_joins_its_story(make, desk):
    desk.file(vote(make))
    change = desk.file(
        make(
            "b",
            "Gatelight loses Harbour City plate reader contract",
            "A council majority will let the deal lapse this summer.",
            day=0.4,
        )
    )
    assert (change.tier, change.story_id, change.opened, change.duplicate_of) == (Tier.STORY, story_id("a"), False, None)
    assert 0.3 < change.score < 1


def test_a_report_beyond_the_window_opens_its_own_story_beside_the_old_one(make, desk):
    desk.file(vote(make))
    change = desk.file(make("b", "Harbour City council ends Gatelight plate reader contract by vote", "It was close.", day=9))
    assert (change.opened, change.related) == (True, (story_id("a"),))


def test_the_window_slides_with_the_last_report_but_ends_after_three_weeks(make, desk):
    days = (0, 6, 12, 18)
    for number, day in enumerate(days):
        desk.file(make(f"r{number}", f"Gatelight plate reader contract in Harbour City ends, part {'abcd'[number]}", day=day))
    assert [len(story) for story in desk.stories()] == [4]
    change = desk.file(make("late", "Gatelight plate reader contract in Harbour City ends, epilogue", day=22))
    assert change.opened


def test_an_item_without_date_is_kept_out_by_no_window_and_stretches_none(make, desk):
    desk.file(vote(make))
    change = desk.file(make("page", "Gatelight loses Harbour City plate reader contract", day=None, rendered=900))
    assert change.story_id == story_id("a")
    record = desk.index.stories[story_id("a")]
    assert (record.first_published, record.last_published) == (desk.marks["a"].published,) * 2


@pytest.mark.parametrize(
    ("known", "new"),
    [
        ("Northmere bans facial recognition by police", "Microsoft bans facial recognition sales to police"),
        ("Oakland bans facial recognition", "San Francisco bans facial recognition"),
        ("Senate passes bill on location data brokers", "House passes bill on location data brokers"),
        ("Gatelight cameras installed in Northmere", "Gatelight cameras removed in Northmere"),
        ("Gatelight sues Northmere over camera contract", "Gatelight drops lawsuit against Northmere over camera contract"),
        ("Amazon bans police use of facial recognition for a year", "Amazon extends ban on police use of facial recognition"),
        ("Gatelight fined 7.5m by British watchdog", "Gatelight fined 20m by Greek watchdog"),
        (
            "Man wrongly arrested after face match sues Northmere police",
            "Woman wrongly arrested after face match sues Northmere police",
        ),
        ("Northmere police log for Monday night shifts", "Northmere police log for Tuesday night shifts"),
        (
            "Hole in Gatelight firmware: CVE-2026-10001 explained by maker",
            "Hole in Gatelight firmware: CVE-2026-10002 noted by maker",
        ),
        ("Council in Northmere ends plate reader contract", "Opinion: Council in Northmere ends plate reader contract too late"),
        ("Council in Northmere ends plate reader contract", "Podcast: council in Northmere ends plate reader contract"),
        ("Opinion: Northmere plate readers must go", "Opinion: why must Northmere plate readers go"),
    ],
)
def test_what_a_veto_keeps_apart_becomes_a_story_of_its_own_that_names_the_other(make, desk, known, new):
    desk.file(make("a", known))
    change = desk.file(make("b", new, day=0.5))
    assert (change.opened, change.story_id) == (True, story_id("b"))
    assert change.related in {(), (story_id("a"),)}
    if change.related:
        assert known in change.why


def test_a_follow_up_names_what_it_follows(make, desk):
    desk.file(vote(make))
    change = desk.file(make("b", "Police union appeals Harbour City vote to end Gatelight plate reader contract", day=1))
    assert (change.opened, change.related) == (True, (story_id("a"),))
    assert desk.index.stories[story_id("b")].related == (story_id("a"),)


def test_a_sibling_in_another_place_is_not_followed(make, desk):
    desk.file(vote(make))
    change = desk.file(make("b", "Northmere council votes to end Gatelight plate reader contract", "It was five to two.", day=1))
    assert (change.opened, change.related) == (True, ())


def test_an_earlier_report_that_arrives_late_does_not_follow_what_came_of_it(make, desk):
    desk.file(make("appeal", "Police union appeals Harbour City vote to end Gatelight plate reader contract", day=1))
    change = desk.file(vote(make, day=0))
    assert (change.opened, change.related) == (True, ())


def test_an_opinion_follows_the_report_but_not_another_opinion(make, desk):
    desk.file(make("first", "Opinion: Harbour City plate readers must go", "A net for nine fish.", day=0))
    desk.file(make("report", "Council in Harbour City ends plate reader contract", "Six to three.", day=1))
    change = desk.file(make("second", "Opinion: Harbour City ends plate reader contract too late", "At last.", day=2))
    assert (change.opened, change.related) == (True, (story_id("report"),))


def test_full_reports_of_two_towns_that_deal_with_one_maker_are_two_stories(make, desk):
    text = (
        "The council of {} has approved {} cameras by Gatelight that read the plate of each passing car. The town wants to find "
        "stolen cars sooner and keeps the records for thirty days, the mayor said on Monday night."
    )
    desk.file(make("a", "Tarnwick approves Gatelight cameras", content_text=text.format("Tarnwick", "forty")))
    change = desk.file(make("b", "Elmstead approves Gatelight cameras", content_text=text.format("Elmstead", "twelve"), day=1))
    assert (change.opened, change.duplicate_of, change.related) == (True, None, ())


def test_one_odd_headline_among_a_storys_members_keeps_nobody_out(make, desk):
    desk.file(vote(make, "a"))
    desk.file(vote(make, "odd", "Ada Quill: Harbour City council votes to end Gatelight plate reader contract", "", day=0.1))
    desk.file(make("c", "Gatelight plate reader contract: Harbour City council votes for the end", day=0.2))
    assert [len(story) for story in desk.stories()] == [3]


def test_an_item_that_bridges_two_stories_merges_them_into_the_older(make, desk):
    desk.file(make("a", "Gatelight contract ends", "Harbour City votes against plate readers.", day=0))
    desk.file(make("b", "Harbour City council rejects plate readers in late vote", "Ada Quill spoke first.", day=0.1))
    if len(desk.stories()) == 1:
        pytest.fail("the two reports must be unlike enough to begin apart")
    change = desk.file(
        make(
            "c",
            "Gatelight contract ends as Harbour City council rejects plate readers in late vote",
            "Harbour City votes.",
            day=0.2,
        )
    )
    assert (change.story_id, change.merged) == (story_id("a"), (story_id("b"),))
    assert desk.stories() == [["a", "b", "c"]]


def test_the_same_input_gives_the_same_changes(make, new_desk):
    items = [
        vote(make, "a"),
        vote(make, "b", "Gatelight loses Harbour City plate reader contract", day=0.1),
        vote(make, "c", "Police union appeals Harbour City plate reader vote", "", day=0.2),
        make("d", "School board buys weapons scanners", day=0.3),
    ]
    first, second = new_desk(), new_desk()
    assert first.file_all(items) == second.file_all(items)


# ---------------------------------------------------------------- what stands between two stories


@pytest.mark.parametrize("order", list(permutations("abc")))
@pytest.mark.parametrize(
    ("first", "second", "between"),
    [
        (
            "Evanford council votes to end Flock contract",
            "Flagmoor council votes to end Flock contract",
            "City council votes to end Flock contract",
        ),
        (
            "Tarnwick police buy drones for night patrols",
            "Osterby police buy drones for night patrols",
            "Police buy drones for night patrols",
        ),
        (
            "Judge in Norrland blocks face scan law",
            "Judge in Sorrel blocks face scan law",
            "Judge blocks face scan law",
        ),
        (
            "Pellham school board approves weapons scanners",
            "Graymouth school board approves weapons scanners",
            "School board approves weapons scanners at every door",
        ),
    ],
)
def test_a_headline_without_a_name_never_joins_two_towns(make, desk, order, first, second, between):
    items = {"a": make("a", first), "b": make("b", second, day=0.3), "c": make("c", between, day=0.6)}
    desk.file_all([items[name] for name in order])
    assert desk.story_of("a") != desk.story_of("b")


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_three_headlines_of_which_one_names_the_town_are_one_story(make, desk, order):
    items = {
        "a": make("a", "Quillport council ends plate reader contract with Flock", "Members voted 4-1 on Monday night."),
        "b": make("b", "City council ends plate reader contract with Flock", "Quillport will take 30 cameras down.", day=0.2),
        "c": make("c", "Council votes 4-1 to end plate reader contract with Flock", "The cameras go in June.", day=0.4),
    }
    desk.file_all([items[name] for name in order])
    assert len(desk.stories()) == 1


def test_many_reports_that_name_no_town_open_their_story_to_no_other_town(make, desk):
    for number in range(4):
        desk.file(make(f"c{number}", "City council votes to end Flock contract", f"Part {number} of the evening.", day=number / 9))
    desk.file(make("a", "Evanford council votes to end Flock contract", day=0.5))
    desk.file(make("b", "Flagmoor council votes to end Flock contract", day=0.6))
    assert desk.story_of("a") != desk.story_of("b")


def test_a_report_of_one_filing_brings_no_other_filing_of_its_docket_into_the_story(make, desk):
    case = "Vance v. Plateline Inc."
    desk.file(make("a", f"{case}: ORDER denying motion to dismiss", source_id="docket", guid="entry/4044"))
    desk.file(make("n", f"Judge denies motion to dismiss in {case}", day=0.2))
    desk.file(make("m", f"Motion to dismiss denied in {case}, judge rules", day=0.3))
    change = desk.file(
        make("b", f"{case}: ORDER setting hearing on motion to dismiss", source_id="docket", guid="entry/4051", day=1)
    )
    assert change.opened
