"""What a channel is told of a story: its lead, who else reported it, which rules, which words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.model import Format, Level, Match, Rule, Span
from bot.core.stories import StoryRecord
from bot.stories.summary import StoryItem, compose, lead_member

TITLE = "Harbour City council votes to end contract"
SUMMARY = "The council voted to let its contract with Gatelight for plate readers lapse in June."
READERS = Rule(id="readers", query="plate", title="Plate readers", level=Level.NORMAL)
VENDORS = Rule(id="a-vendors", query="@gatelight", title="", level=Level.HIGH)


@pytest.fixture
def story(make):
    first = make("a", TITLE).date_published
    return StoryRecord(id="s1", title=TITLE, lead_item_id="a", format=Format.NEWS, opened_at=first)


def match(item_id, rule_id, *found, field="summary", source=SUMMARY):
    marks = tuple(Span(field, source.index(text), source.index(text) + len(text), text, text) for text in found)
    return Match(item_id=item_id, rule_id=rule_id, rule_version="v", spans=marks)


def test_a_story_of_one_article(make, story):
    item = make(
        "a", TITLE, SUMMARY, outlet="Harbour Ledger", url="https://www.ledger.example/vote?id=4", notes=("paywalled: lead only",)
    )
    message = compose(story, [StoryItem(item, (match("a", "readers", "plate readers"),))], [READERS])
    assert message.story_id == "s1"
    assert (message.headline, message.url, message.host) == (TITLE, "https://www.ledger.example/vote?id=4", "www.ledger.example")
    assert message.sentences == (SUMMARY,)
    assert (message.outlet, message.published) == ("Harbour Ledger", item.date_published)
    assert (message.also, message.independent, message.copies) == ((), 1, 0)
    assert (message.rules, message.matched, message.level) == ((("readers", "Plate readers"),), ("plate readers",), Level.NORMAL)
    assert message.notes == ("paywalled: lead only",)
    assert message.follows is None


def test_the_shown_host_is_the_one_a_browser_opens(make, story):
    item = make("a", TITLE, url="https://ledger.example@evil.example/vote")
    assert compose(story, [StoryItem(item)], [READERS]).host == "evil.example"


def test_only_the_channels_rules_that_matched_are_named_with_the_highest_level(make, story):
    item = make("a", TITLE, SUMMARY)
    member = StoryItem(
        item, (match("a", "readers", "plate readers"), match("a", "a-vendors", "Gatelight"), match("a", "elsewhere", "June"))
    )
    idle = Rule(id="idle", query="x", level=Level.CRITICAL)
    message = compose(story, [member], [READERS, VENDORS, idle])
    assert message.rules == (("a-vendors", ""), ("readers", "Plate readers"))
    assert message.level is Level.HIGH
    assert message.matched == ("plate readers", "Gatelight")


def test_matched_words_stand_once_as_the_article_writes_them_and_are_few(make, story):
    many = "Plate readers, plate  readers, one two three four five six seven"
    item = make("a", TITLE, many)
    found = match("a", "readers", "Plate readers", "plate  readers", "one", "two", "three", "four", "five", "six", source=many)
    assert compose(story, [StoryItem(item, (found,))], [READERS]).matched == (
        "Plate readers",
        "one",
        "two",
        "three",
        "four",
        "five",
    )


def test_a_match_outside_the_text_is_named_only_if_there_is_no_other(make, story):
    item = make("a", TITLE, SUMMARY, url="https://gatelight.example/a")
    by_url = match("a", "readers", "gatelight", field="url", source=item.url)
    assert compose(story, [StoryItem(item, (by_url,))], [READERS]).matched == ("gatelight",)
    assert compose(story, [StoryItem(item, (by_url, match("a", "readers", "plate")))], [READERS]).matched == ("plate",)


def test_other_outlets_are_named_once_an_owner_in_order_of_arrival_and_copies_are_counted_apart(make, story):
    members = [
        StoryItem(make("late", "Second report", outlet="State Radio", day=1), order=1),
        StoryItem(
            make("lead", TITLE, SUMMARY, outlet="Harbour Ledger", day=0), (match("lead", "readers", "plate readers"),), order=3
        ),
        StoryItem(make("ars", "Third", outlet="Ars Technica", url="https://arstechnica.com/x", day=1), order=4),
        StoryItem(make("wired", "Fourth", outlet="Wired", url="https://www.wired.com/x", day=1), order=5),
        StoryItem(make("copy", "Fifth", outlet="The Courier", day=1), duplicate_of="lead", order=6),
        StoryItem(make("rerun", TITLE, outlet="Old News", day=-900), rerun_of="lead", duplicate_of="lead", order=0),
        StoryItem(make("nobody", "Sixth", day=1), order=7),
    ]
    message = compose(story, members, [READERS])
    assert message.headline == TITLE
    assert message.also == ("State Radio", "Ars Technica")
    assert (message.independent, message.copies) == (3, 2)


def test_a_lead_that_names_no_outlet_counts_as_one_source(make, story):
    members = [StoryItem(make("a", TITLE, day=0)), StoryItem(make("b", "Second", outlet="State Radio", day=1), order=1)]
    message = compose(story, members, [READERS])
    assert (message.outlet, message.also, message.independent) == (None, ("State Radio",), 2)


def test_the_lead_is_the_earliest_dated_original_and_undated_ones_come_last(make):
    undated = StoryItem(make("u", TITLE, day=None), order=0)
    late = StoryItem(make("l", TITLE, day=2), order=1)
    early = StoryItem(make("e", TITLE, day=1), order=2)
    assert lead_member([undated, late, early]) is early
    assert lead_member([undated]) is undated
    rerun = StoryItem(make("r", TITLE, day=0), rerun_of="x", duplicate_of="x", order=3)
    assert lead_member([rerun, late]) is late
    assert lead_member([rerun]) is rerun


def test_what_a_first_poll_passed_over_does_not_lead_while_there_is_news(make, story):
    passed = StoryItem(make("p", "Vote ahead", outlet="Harbour Ledger", day=0), order=0, baseline_rank=3)
    news = StoryItem(make("n", TITLE, outlet="State Radio", day=1), order=1)
    assert lead_member([passed, news]) is news
    assert lead_member([passed]) is passed
    assert lead_member([passed, news], backfill=4) is passed  # the channel asked for it, so it was told
    copy_of_it = StoryItem(make("c", "Vote ahead", day=1), duplicate_of="p", order=2)
    assert lead_member([passed, copy_of_it]) is passed
    message = compose(story, [passed, news], [READERS])
    assert (message.headline, message.also, message.independent) == (TITLE, ("Harbour Ledger",), 2)


def test_a_link_loses_what_follows_its_reader_and_nothing_else(make, story):
    url = "https://www.ledger.example/vote/?id=4&utm_source=rss&fbclid=x#comments"
    assert compose(story, [StoryItem(make("a", TITLE, url=url))], [READERS]).url == "https://www.ledger.example/vote/?id=4#comments"


def test_the_matched_words_begin_with_those_that_say_most_and_name_one_thing_once(make, story):
    text = "The council and the Police bought plate readers and one plate reader of Argus Plate Systems; police said so."
    item = make("a", TITLE, text)
    needles = ("council", "Police", "plate readers", "plate reader", "Argus Plate Systems", "police")
    found = match("a", "readers", *needles, source=text)
    assert compose(story, [StoryItem(item, (found,))], [READERS]).matched == (
        "plate readers",
        "Argus Plate Systems",
        "council",
        "Police",
    )


def test_words_of_another_member_are_named_where_the_lead_did_not_match(make, story):
    members = [
        StoryItem(make("a", TITLE, day=0)),
        StoryItem(make("b", "Second", SUMMARY, day=1), (match("b", "readers", "plate readers"),), order=1),
    ]
    message = compose(story, members, [READERS])
    assert message.matched == ("plate readers",)
    assert message.rules == (("readers", "Plate readers"),)


def test_what_the_story_follows_is_passed_on(make, story):
    when = make("a", TITLE).date_published - timedelta(days=3)
    message = compose(story, [StoryItem(make("a", TITLE))], [READERS], follows=("Harbour City delays vote", when))
    assert message.follows == ("Harbour City delays vote", when)
    assert message.level is Level.NORMAL
