"""What is said of a story that several outlets tell, of quotations, and of what would be told twice."""

from __future__ import annotations

import re

import pytest

from bot.core.model import Format, Match, Rule, Span
from bot.core.stories import StoryRecord
from bot.stories.summary import StoryItem, compose, summarise

TITLE = "Harbour City ends plate reader contract"
LEDGER = """A crowd had waited in the chamber of Harbour City since the early afternoon.

The council of Harbour City voted six to three on Tuesday to end its contract for plate readers.

Rain fell on the square while the members spoke about the budget of the zoo.
"""
RADIO = """Plate readers in Harbour City will be switched off after a council vote on Tuesday, six to three.

Police searched the records of the readers 11,400 times last year and named nine cases that came of it.
"""
COURIER = """Council members in Harbour City voted on Tuesday to end the contract for plate readers.

A report says police searched the records 11,400 times last year, with nine cases to show for it.
"""
SEARCHES = "Police searched the records of the readers 11,400 times last year and named nine cases that came of it."
READERS = Rule(id="readers", query="plate", title="Plate readers")


@pytest.fixture
def reports(make):
    return [
        make("ledger", TITLE, content_text=LEDGER, outlet="Harbour Ledger"),
        make("radio", "Plate readers go dark", content_text=RADIO, outlet="State Radio"),
        make("courier", "Readers out, council says", content_text=COURIER, outlet="The Courier"),
    ]


def test_what_several_outlets_tell_is_told_before_what_one_tells_alone(reports):
    alone = summarise(reports[0])
    assert alone[-1].startswith("Rain fell")
    shown = summarise(reports[0], (), [(report, ()) for report in reports[1:]])
    assert shown[0].startswith("The council of Harbour City voted six to three")
    assert "11,400 times" in shown[1]


def test_a_fact_that_one_further_outlet_has_alone_does_not_displace_what_all_tell(make, reports):
    odd = make(
        "odd", "Vote", content_text="A goat stood on the roof of the library in Elmstead for two hours on Monday.", outlet="Odd"
    )
    shown = summarise(reports[0], (), [(report, ()) for report in (odd, *reports[1:])])
    assert not any("goat" in sentence for sentence in shown)


def test_a_figure_that_one_further_outlet_has_alone_gives_way_to_what_others_have_too(make):
    linked = make(
        "ledger", "Fire in Elmstead", content_text="Engines stood in River Lane in Elmstead until dawn on Tuesday for a fire."
    )
    odd = "When the roof burned, smoke hurt 77 workers, a fire chief said."
    agreed = "Smoke hurt workers when the roof burned, a fire chief said at a late hour by the river bank."
    night = "The fire chief said smoke hurt workers by the river as the roof burned down to its last beam at night."
    courier = make("courier", "Mill burns", content_text=odd)
    radio = make("radio", "Smoke over Elmstead", content_text=agreed)
    station = make("station", "Mill fire", content_text=night)
    others = [(report, ()) for report in (courier, radio, station)]
    assert summarise(linked, (), others)[1] == agreed
    one_more = make("agency", "Mill burns down", content_text="The agency, too, says 77 were hurt when the mill burned.")
    assert summarise(linked, (), [*others, (one_more, ())])[1] == odd


def told(reports, **changed):
    members = [StoryItem(report, order=at, **(changed if at else {})) for at, report in enumerate(reports)]
    story = StoryRecord(
        id="s", title=TITLE, lead_item_id="ledger", format=Format.NEWS, opened_at=reports[0].first_seen, first_published=None
    )
    return compose(story, members, [READERS]).sentences


def test_a_message_draws_on_the_reports_of_other_outlets(reports):
    assert "11,400 times" in told(reports)[1]


@pytest.mark.parametrize("changed", [{"duplicate_of": "ledger"}, {"rerun_of": "ledger"}])
def test_copies_and_reruns_lend_no_sentence_and_no_weight(reports, changed):
    assert told(reports, **changed) == summarise(reports[0])


def test_an_outlet_counts_once_however_often_it_reports(make, reports):
    again = [make(f"radio-{number}", "More", content_text=LEDGER, outlet="State Radio") for number in range(3)]
    assert told([*reports, *again]) == told(reports)


def test_the_match_may_be_shown_by_another_outlet_sentence(reports):
    at = RADIO.index("records")
    match = Match("radio", "readers", "v", (Span("body", at, at + 7, "records", "records"),))
    other = Match("radio", "of-another-channel", "v", (Span("body", 0, 5, "Plate", "Plate"),))
    story = StoryRecord(id="s", title=TITLE, lead_item_id="ledger", format=Format.NEWS, opened_at=reports[0].first_seen)
    members = [StoryItem(reports[0]), StoryItem(reports[1], (match, other), order=1)]
    assert SEARCHES in compose(story, members, [READERS]).sentences


def test_the_opening_stands_first_though_it_is_another_outlet_and_the_match_is_in_the_linked_one(make):
    linked = make(
        "ledger", "Cameras of Elmstead", content_text="It was late at night in Elmstead.\n\nGatelight sold the nine cameras."
    )
    vote = "The council of Elmstead voted to switch the cameras off in June."
    others = [
        (make(name, "Vote", content_text=vote.replace("June", month)), ()) for name, month in (("radio", "June"), ("b", "May"))
    ]
    shown = summarise(linked, spans(linked.content_text, "Gatelight"), others)
    assert shown[0].startswith("The council of Elmstead voted")
    assert shown[1:] == ("Gatelight sold the nine cameras.",)


# ---------------------------------------------------------------- nothing twice


def spans(value, *needles, field="body"):
    return [Span(field, found.start(), found.end(), needle, needle) for needle in needles for found in re.finditer(needle, value)]


def test_a_day_that_is_told_is_not_told_again(make):
    text = (
        "The contract of Harbour City with Gatelight lapses on 30 June, the council decided.\n\n"
        "Readers at nine crossings go dark on 30 June, by word of the council.\n\n"
        "Forty-one cameras cost the city two million a year, a clerk told the members."
    )
    shown = summarise(make("a", "Night of the long vote", content_text=text))
    assert sum("30 June" in sentence for sentence in shown) == 1
    assert shown[1].startswith("Forty-one cameras")


def test_a_sentence_with_the_match_takes_the_place_of_one_that_it_tells_again(make):
    standfirst = "Members let the contract for the plate readers lapse on 30 June."
    text = (
        "Members of the council let the contract of Harbour City for plate readers from Gatelight lapse on 30 June.\n\n"
        "Nine cases had come of 11,400 searches, a report of the clerk says."
    )
    item = make("a", "Night of the long vote", standfirst, content_text=text)
    assert summarise(item)[0] == standfirst
    shown = summarise(item, spans(text, "Gatelight"))
    assert shown[0].startswith("Members of the council let")
    assert shown[1].startswith("Nine cases")


def test_a_sentence_that_says_the_headline_again_gives_way_to_another(make):
    standfirst = "Members voted six to three after a debate until midnight, a clerk said."
    text = (
        "It was late in the chamber of the council.\n\n"
        "Harbour City ends its Gatelight plate reader contract, residents heard late on Monday.\n\n"
        f"Forty-one cameras cost the town two million every year.\n\n{standfirst}"
    )
    shown = summarise(make("a", "Harbour City ends Gatelight plate reader contract", standfirst, content_text=text))
    assert shown[0] == standfirst
    assert shown[1].startswith("Forty-one")


# ---------------------------------------------------------------- quotations

QUOTES = """The council of Harbour City ended its contract for plate readers after a debate until midnight.

Nine crossings lose their cameras by the end of the summer, a clerk said.

"We bought a net for nine fish and we paid for it with the trust of the town," said Ada Quill, who leads the oversight group.
"""


def test_a_quotation_with_its_speaker_is_shown_where_the_headline_says_that_somebody_spoke(make):
    quoted = summarise(make("a", "Quill calls plate readers of Harbour City 'a net for nine fish'", content_text=QUOTES))
    assert quoted[1].startswith('"We bought a net')
    plain = summarise(make("a", "Harbour City ends plate reader contract", content_text=QUOTES))
    assert plain[1].startswith("Nine crossings")


def test_a_quotation_whose_speaker_is_a_pronoun_opens_no_summary(make):
    text = '"We bought a net for nine fish and we paid for it with the trust of the town," she said on Tuesday.'
    assert summarise(make("a", "Quill calls plate readers 'a net for nine fish'", content_text=text)) == ()


# ---------------------------------------------------------------- what opens a summary


@pytest.mark.parametrize(
    "opening",
    [
        "It names nine crossings of the city at which cameras stand.",
        "But members of the council said on Tuesday that the cameras stay.",
        "However, the mayor of Harbour City may still stop the vote.",
        "That's because the city opens nine crossings with cameras in June.",
        "Yet there is much to do at the nine crossings of the city.",
        "This is in contrast to the findings of a report on the cameras.",
        "The latter requires a vote of the council of Harbour City.",
        "Those cameras cost the city two million a year, a clerk said.",
        "With that, the council of Harbour City left the chamber.",
        "Still, the mayor of Harbour City may stop the vote.",
        "They're the last cameras at the crossings of Harbour City.",
        "There, officers said the cameras of Harbour City had failed.",
        "Here, the clerk of Harbour City counted nine cameras.",
        "Here are nine crossings of Harbour City that keep a camera.",
        "Then the council of Harbour City voted six to three.",
        "Meanwhile the union of Harbour City went to court.",
        "And members of the council of Harbour City left the chamber.",
        "Neither side of the chamber of Harbour City had a comment.",
        "On Monday, she told the council of Harbour City to wait.",
        "At a late hour in Harbour City, they switched the cameras off.",
        "Since then, cameras stand at nine crossings of Harbour City.",
        "From there, cameras look down on nine crossings of Harbour City.",
        "Two weeks later, the council of Harbour City voted again.",
        "Some of them stand at nine crossings of Harbour City.",
        "According to him, the cameras of Harbour City had failed.",
        "Others in Harbour City called the cameras a net for nine fish.",
        "In response, the mayor of Harbour City asked for a delay.",
        "A chief bought two of them in Harbour City in June.",
        "A chief bought 12 of them in Harbour City in June.",
        "A chief has access to those videos unless a judge says no.",
        "A clerk will tell more about the latter in June.",
    ],
)
@pytest.mark.parametrize("field", ["summary", "content_text"])
def test_no_unresolved_word_opens_a_summary(make, opening, field):
    assert summarise(make("a", "A night in June", **{field: opening})) == ()
    with_match = make("a", "A night in June", **{field: opening})
    assert summarise(with_match, spans(opening, "the", field="body" if field == "content_text" else field)) == ()


@pytest.mark.parametrize(
    "opening",
    [
        "This week the council of Harbour City ends its contract for cameras.",
        "Now the council of Harbour City must find nine crossings without cameras.",
        "Items found by cameras in Harbour City are kept for nine years.",
        "Theydon Council in Harbour City switches the cameras off at night.",
        "Then-mayor Ada Quill of Harbour City bought the cameras in June.",
        "There are nine cameras at the crossings of Harbour City.",
        "Neither the mayor nor the council of Harbour City wants cameras.",
        "Both the mayor and the council of Harbour City want cameras.",
        "When Ada Quill took office in Harbour City, she bought nine cameras.",
        "Police of Harbour City bought nine cameras and switched off six of them.",
        "Members of the council of Harbour City spoke about those cameras until late.",
        "Hereford buys nine cameras for its crossings, a clerk says.",
        "In her report to the council, Ada Quill counts nine cameras.",
        "By this autumn the council of Harbour City wants nine cameras.",
        "In this episode, Ada Quill tells what cameras see in Harbour City.",
    ],
)
def test_words_that_only_look_unresolved_may_open_one(make, opening):
    assert summarise(make("a", "A night in June", opening)) == (opening,)


@pytest.mark.parametrize(
    "stamp",
    [
        "Jul 13, 2026 01:40 PM ",
        "7:00pm UK, Wednesday 05 May 2026 ",
        "14:25 Sun Sep 15 2026 ",
        "Mar. 8 5:46 PM EST ",
        "Updated 5:40 p.m. ET ",
        "Published: 10 March 2026 ",
        "2026-03-10 14:05 Updated: 15:10 ",
        "March 10, 2026, 12: 18 AM ET ",
        "Last updated at 11: 24, Tuesday, 10 March 2026 ",
        "Updated 3 / 10 / 2026 1: 26 PM ",
        "Last updated on 10 March 2026 at 14:05 ",
    ],
)
def test_the_moment_of_publication_in_front_of_a_sentence_is_not_shown(make, stamp):
    assert summarise(make("a", "A night", content_text=stamp + NEWS)) == (NEWS,)


@pytest.mark.parametrize("text", ["At 7:00 p.m. on Tuesday the council met.", "March 10 was the last day of the nine cameras."])
def test_a_moment_that_the_sentence_tells_is_kept(make, text):
    assert summarise(make("a", "A night", content_text=text)) == (text,)


def test_a_match_that_hangs_on_the_sentence_before_brings_it_along(make):
    text = (
        "The council of Harbour City ended its contract for plate readers on Tuesday.\n\n"
        "Nine crossings lose their cameras by the end of the summer.\n\n"
        "A clerk, Ida Moss, had counted the searches of the police.\n\n"
        "She found that Gatelight kept the records for nine years."
    )
    shown = summarise(make("a", "Harbour City ends contract for plate readers", content_text=text), spans(text, "Gatelight"))
    assert [sentence.split()[0] for sentence in shown] == ["The", "A", "She"]


def test_a_sentence_in_the_first_person_gives_way_to_one_about_the_matter(make):
    text = f"{NEWS}\n\nWe walked past nine crossings and a zoo in the rain.\n\nNine cases came of 11,400 searches last year."
    assert summarise(make("a", TITLE, content_text=text))[1].startswith("Nine cases")


# ---------------------------------------------------------------- what is no sentence of the report

NEWS = "The council of Harbour City ended its contract for plate readers on Tuesday."


@pytest.mark.parametrize(
    "scrap",
    [
        "[This column was originally posted at the Courier on 30 May.]",
        "According to the list of the council (gov.",
        "Members left) before the vote of the council was counted.",
        "[The clerk of the council read the list of the nine crossings.",
        "From left to right: Ada Quill, Ida Moss and a clerk of Harbour City.",
        "Ada Quill and Ida Moss stand in the chamber of Harbour City (Ledger photo).",
        "The Ledger previously reported on the vote of the council.",
        "The members will look at the list of the clerk in court.''",
        "You can: - Count the cameras - Read the records - Write to members.",
    ],
)
def test_scraps_give_way_to_the_report(make, scrap):
    item = make("a", "Harbour City and its readers", content_text=f"{scrap}\n\n{NEWS}")
    assert summarise(item)[-1:] == (NEWS,)
    assert scrap not in summarise(item)


@pytest.mark.parametrize(
    "text", ["2) The council of Harbour City votes in June.", "The council (six to three) voted in June [again]."]
)
def test_whole_brackets_and_the_mark_of_a_point_are_no_fault(make, text):
    assert summarise(make("a", "A night", text)) == (text,)


@pytest.mark.parametrize(
    "place",
    [
        "HARBOUR CITY, March 10 (Wire) - ",
        "Harbour City (Wire) — ",
        "HARBOUR CITY, N.C. -- ",
        "HARBOUR City, N.C. -- ",
        "NORTHMERE – ",
        "NORTHMERE: ",
        "HARBOUR CITY, March 10: ",
    ],
)
def test_the_place_and_day_of_an_agency_are_not_shown(make, place):
    assert summarise(make("a", "A night", content_text=place + NEWS)) == (NEWS,)


# ---------------------------------------------------------------- how much is read


def test_a_match_far_down_a_long_text_is_found(make):
    filler = "\n\n".join(f"Member number {word} spoke about the budget of the zoo." for word in ("one", "two", "six") * 40)
    text = f"{NEWS}\n\n{filler}\n\nGatelight of Northmere had sold the readers to nine towns."
    assert summarise(make("a", TITLE, content_text=text), spans(text, "Gatelight"))[-1].startswith("Gatelight of Northmere")


def test_a_text_too_long_to_be_remembered_gives_the_same_sentences(make):
    text = f"{NEWS}\n\nGatelight of Northmere had sold the readers to nine towns."
    long_text = text + "\n\nNobody spoke about the budget of the zoo." * 1000
    found = [summarise(make("a", TITLE, content_text=value), spans(value, "Gatelight")) for value in (text, long_text, text)]
    assert found[0] == found[1] == found[2]


def test_a_long_paragraph_is_never_cut_inside_a_sentence(make):
    text = " ".join(
        f"Member {number} of the council of Harbour City, spoke about the U.S. budget of the zoo." for number in range(200)
    )
    for sentence in summarise(make("a", TITLE, content_text="No news here. " + text)):
        assert sentence.endswith("zoo.")
        assert sentence in text


def test_what_stands_after_the_part_that_is_read_is_not_half_shown(make):
    text = "Word of the council, " * 400 + "ends here."
    assert summarise(make("a", TITLE, content_text=text)) == ()


def test_a_further_report_is_read_for_its_opening_alone(make):
    filler = "\n\n".join(f"Member number {number} spoke about the budget of the zoo." for number in range(20))
    other = make("radio", "Vote", content_text=f"{filler}\n\nGatelight of Northmere had sold the readers to nine towns.")
    shown = summarise(make("a", TITLE, content_text=NEWS), (), [(other, spans(other.content_text, "Gatelight"))])
    assert shown[0] == NEWS
    assert not any("Gatelight" in sentence for sentence in shown)
