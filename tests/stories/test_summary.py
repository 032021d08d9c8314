"""Two or three sentences, word for word from the source, one of them holding the match."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Item, Span
from bot.stories.summary import summarise

TITLE = "Harbour City council votes to end licence-plate reader contract"
STANDFIRST = "Police searched the cameras' records 11,400 times last year, and nine cases came of it."


def spans(field, value, *needles):
    return [
        Span(field, found.start(), found.end(), found.group(), needle)
        for needle in needles
        for found in re.finditer(re.escape(needle), value)
    ]


def test_a_standfirst_that_the_text_supports_comes_first_and_the_match_second(make, contract):
    item = make("a", TITLE, STANDFIRST, content_text=contract)
    sentences = summarise(item, spans("body", contract, "Gatelight"))
    assert sentences[0] == STANDFIRST
    assert sentences[1].startswith('"We bought a net') or "Gatelight" in sentences[1]
    assert len(sentences) == 2


def test_without_standfirst_the_lead_and_the_sentence_with_the_match_are_taken(make, contract):
    item = make("a", "Vote by the harbour", content_text=contract)
    first, second = summarise(item, spans("body", contract, "police union"))
    assert first.startswith("The council of Harbour City voted six to three")
    assert "police union" in second


def test_a_standfirst_that_the_text_repeats_is_shown_once(make, contract):
    text = f"{STANDFIRST}\n\n{contract}"
    sentences = summarise(make("a", TITLE, STANDFIRST, content_text=text), spans("body", text, "cameras' records"))
    assert sentences[0] == STANDFIRST
    assert len(sentences) == 2
    assert sentences[1] != STANDFIRST


def test_a_match_in_the_title_alone_needs_no_sentence_of_its_own(make, contract):
    item = make("a", TITLE, STANDFIRST, content_text=contract)
    assert summarise(item, spans("title", TITLE, "licence-plate reader")) == summarise(item)


def test_a_match_in_the_summary_is_shown_by_the_summary(make, contract):
    item = make("a", TITLE, STANDFIRST, content_text=contract)
    sentences = summarise(item, spans("summary", STANDFIRST, "cameras"))
    assert sentences[0] == STANDFIRST
    assert len(sentences) == 2


def test_three_sentences_if_the_standfirst_has_two_and_neither_holds_the_match(make, contract):
    two = "Police searched the records 11,400 times. Nine cases led to an arrest, a report says."
    item = make("a", TITLE, two, content_text=contract)
    sentences = summarise(item, spans("body", contract, "police union"))
    assert sentences[:2] == ("Police searched the records 11,400 times.", "Nine cases led to an arrest, a report says.")
    assert len(sentences) == 3
    assert summarise(item, spans("body", contract, "police union"), most=2) == sentences[:2]


@pytest.mark.parametrize(
    "summary",
    [
        "The weather stays dry over the holidays, with some clouds and light wind from western directions.",
        TITLE + ".",
        "Close vote.",
        "Word " * 50 + "end.",
    ],
)
def test_a_summary_without_support_or_use_gives_way_to_the_lead(make, contract, summary):
    item = make("a", TITLE, summary, content_text=contract)
    assert summary.strip() not in summarise(item)
    assert summarise(item)


def test_a_cut_tail_is_dropped_back_to_the_last_whole_sentence(make):
    item = make("a", TITLE, "The vote was six to three, a clerk said. Members of the police union said that they ...")
    assert summarise(item) == ("The vote was six to three, a clerk said.",)


WHOLE = "The vote was six to three, a clerk of Harbour City said on Tuesday night."


@pytest.mark.parametrize(
    "scrap",
    [
        "According to a report,",
        "According to a report, the",
        "Members of the police union said that they",
        "The report to the council names nine cases:",
        '"We bought a net for nine fish, the chair of the group told them.',
        "The chair of the group said “we bought a net for nine fish.",
        "Der Rat sagte „wir haben ein Netz gekauft und nichts gefangen.",
        "Le conseil a dit « nous avons perdu le contrat des caméras.",
        "‘We bought a net for nine fish, the chair of the group told them.",
        "'We bought a net for nine fish, the chair of the group told them.",
        "The chair of the group said they had bought a net for nine fish.'",
        "会長は「九匹の魚のために 網を買った と 述べた.",
    ],
)
@pytest.mark.parametrize("field", ["summary", "content_text"])
def test_a_piece_without_its_end_or_half_of_a_quotation_is_not_shown(make, scrap, field):
    assert summarise(make("a", TITLE, **{field: f"{WHOLE}\n\n{scrap}"})) == (WHOLE,)


@pytest.mark.parametrize(
    "cut",
    [
        "According to a report of the council's oversight group",
        "When the council of Harbour City met on Tuesday to end its contract",
        "After a debate of three hours in the chamber of Harbour City",
        "While members of the police union in Harbour City",
    ],
)
def test_a_clause_whose_sentence_the_feed_cut_off_is_not_shown(make, cut):
    assert summarise(make("a", TITLE, cut)) == ()


def test_a_sentence_that_only_lost_its_point_is_shown(make):
    text = "After a debate of three hours, the council of Harbour City ended its contract"
    assert summarise(make("a", TITLE, text)) == (text,)


def test_half_a_sentence_alone_is_not_shown_either(make):
    assert summarise(make("a", TITLE, "According to a report of the council's oversight group,")) == ()
    assert summarise(make("a", TITLE, '"We bought a net for nine fish, the chair of the group told them.')) == ()


@pytest.mark.parametrize(
    "text",
    [
        "The chair said that “we bought a net for nine fish” and left the room early.",
        'A drone of 6" was found by the clerk of Harbour City on Tuesday night.',
        'The clerk said the contract would "end in 2020" and not be renewed by the city.',
        "Der Rat sagte „wir haben ein Netz gekauft“ und ging früh nach Hause.",
        "The council's members said they 'had enough' of the cameras of Harbour City.",
        "'Enough is enough', members of the council said of the cameras of Harbour City.",
        "‘We bought a net,’ the chair said of the cameras of Harbour City.",
        "'Tis late for the cameras of Harbour City, the chair of the group told them.",
        "The council voted to end the contract that was the members' and the residents'.",
    ],
)
def test_whole_quotations_and_other_uses_of_their_marks_are_no_fault(make, text):
    assert summarise(make("a", TITLE, text)) == (text,)


def test_a_text_that_never_ends_its_sentences_with_a_mark_is_shown(make):
    assert summarise(make("a", TITLE, "The council of Harbour City has ended its contract for cameras"))


@pytest.mark.parametrize(
    "call",
    [
        "Sign up for our newsletter to get the day's news by mail.",
        "Read more about the vote here.",
        "Learn more about the vote in this episode of the Ledger.",
        "See how your member voted on the cameras.",
        "Click here to read the full story on our site.",
        "Subscribe now to support our newsroom and read on.",
        "Continue reading the full article at Harbour Ledger.",
        "The post Council ends contract appeared first on Harbour Ledger.",
        "Follow us on Mastodon for more news from the harbour.",
        "Listen to the episode wherever you get your podcasts.",
        "Donate today to keep our reporting free for all.",
        "Have a tip about plate readers? Write to us at tips@ledger.example.",
        "Get the latest headlines delivered to your inbox every morning.",
        "Support independent journalism with a gift of ten today.",
        "Download our app for alerts from the city as they come.",
        "Share this story with your friends and neighbours today.",
        "Join our mailing list for letters about the harbour and its people.",
        "Become a member and read the Ledger without advertisements.",
    ],
)
@pytest.mark.parametrize("field", ["summary", "content_text"])
def test_a_call_to_the_reader_is_not_shown(make, call, field):
    assert summarise(make("a", TITLE, **{field: f"{WHOLE} {call}"})) == (WHOLE,)
    assert summarise(make("a", TITLE, **{field: call})) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Support for the council's vote came from nine groups in Harbour City on Tuesday.",
        "Followers of the mayor filled the chamber of Harbour City until late at night.",
        "Readers of number plates stand at nine crossings in Harbour City, a clerk said.",
        "Police asked owners of doorbell cameras to share this kind of footage, the clerk said.",
        "Donations to the police fund paid for the cameras of Harbour City, records show.",
    ],
)
def test_news_about_such_things_is_no_call(make, text):
    assert summarise(make("a", TITLE, text)) == (text,)


def test_what_is_cut_before_its_first_end_is_shown_as_the_source_cut_it(make):
    cut = "Members of the police union said on Wednesday that they would appeal to the mayor of ..."
    assert summarise(make("a", TITLE, cut)) == (cut,)


def test_a_quotation_that_the_feed_cut_is_shown_with_its_dots_unless_nobody_is_named_before_it(make):
    cut = "The draft says that a later law could “include a ban of up to five years on the use of cameras ..."
    assert summarise(make("a", TITLE, cut)) == (cut,)
    assert summarise(make("a", TITLE, "“It can include a ban of up to five years on the use of all cameras ...")) == ()


@pytest.mark.parametrize(
    "summary",
    [
        "and of the police union said on Wednesday that they would appeal to the mayor of ...",
        "Too short ...",
        "We use cookies to give you the best experience on our site and in our mails.",
        "This part ... of a cut text that joins two halves which never stood side by side ...",
        "",
    ],
)
def test_what_says_nothing_or_something_else_is_not_shown(make, summary):
    assert summarise(make("a", TITLE, summary)) == ()


def test_a_beginning_in_mid_sentence_is_not_shown(make):
    item = make("a", TITLE, "of the cameras at the bridges. The council decided on Tuesday that all forty-one cameras come down.")
    assert summarise(item) == ("The council decided on Tuesday that all forty-one cameras come down.",)


def test_a_small_letter_brand_is_no_beginning_in_mid_sentence(make):
    assert summarise(make("a", TITLE, "iPhones of the councillors were searched by police, a report to the council says."))


def test_dangling_and_unattributed_sentences_are_passed_over(make):
    text = (
        "They had waited for it since the spring and filled every seat in the chamber.\n\n"
        '"A net for nine fish and nothing else to show for the whole year."\n\n'
        "The council of Harbour City ended its contract for plate readers after a report on searches."
    )
    first = summarise(make("a", "Night of the long vote", content_text=text))[0]
    assert first.startswith("The council of Harbour City ended")


def test_a_sentence_that_hangs_in_the_air_opens_no_summary(make):
    assert summarise(make("a", "A new camera", "It shows how to close a window or to dismiss a message on the screen.")) == ()


def test_the_sentence_with_the_match_is_shown_even_if_it_is_a_poor_one(make):
    text = "The council of Harbour City ended a contract after a report on searches.\n\nIt named Gatelight."
    sentences = summarise(make("a", "Night of the long vote", content_text=text), spans("body", text, "Gatelight"))
    assert sentences[-1] in {"It named Gatelight.", "The council of Harbour City ended a contract after a report on searches."}


AUDIT = """A van of Northlens stands in a street of Elmstead in April, with two officers beside it. Photo: Ledger

The Elmstead police have stopped using face recognition from Northlens, Chief Ida Moss said on Monday.

The step follows an audit that found 31 wrong matches in a year, among them a nurse who was held for two nights.

Northlens did not immediately respond to a request for comment.

Officers compared 4,000 pictures with the photos of the state's driving licences, and face recognition by Northlens served
as the only ground for 12 arrests.

She said that the software would not come back.
"""


def test_the_lead_comes_first_though_it_says_the_headline_again(make):
    item = make("a", "Elmstead police stop using Northlens face recognition", content_text=AUDIT)
    first, second = summarise(item, spans("body", AUDIT, "police", "Northlens", "face recognition"))
    assert first.startswith("The Elmstead police have stopped")
    assert second.startswith("The step follows an audit")


def test_the_match_is_shown_by_the_sentence_with_most_of_it(make):
    item = make(
        "a", "Elmstead changes course", "Chief Ida Moss ends the use of a software after 31 wrong matches.", content_text=AUDIT
    )
    shown = summarise(item, spans("body", AUDIT, "arrests", "driving licences", "Northlens"))
    assert shown[0] == item.summary
    assert shown[1].startswith("Officers compared 4,000 pictures")


def test_an_opening_that_shows_part_of_the_match_is_joined_by_the_sentence_that_shows_more(make):
    item = make("a", "Elmstead police drop Northlens face recognition", content_text=AUDIT)
    shown = summarise(item, spans("body", AUDIT, "arrests", "driving licences", "Chief Ida Moss"))
    assert [sentence.split()[0] for sentence in shown] == ["The", "Officers"]


def test_that_somebody_did_not_answer_is_shown_only_where_nothing_else_is(make):
    text = AUDIT.split("\n\n")[3]
    item = make("a", "Elmstead police stop", content_text=AUDIT)
    assert text not in summarise(item, spans("body", AUDIT, "Northlens"))
    assert summarise(make("b", "Elmstead police stop", content_text=text)) == (text,)


def test_sentences_keep_the_order_of_the_text(make):
    text = (
        "Years later, nobody in the office could say who had ordered it.\n\n"
        "The Elmstead police paid for face recognition out of a fund for school buses, a Ledger review of invoices shows.\n\n"
        "The fund holds two million."
    )
    shown = summarise(
        make("a", "Elmstead police paid for face recognition out of bus fund", content_text=text), spans("body", text, "office")
    )
    assert [text.index(sentence) for sentence in shown] == sorted(text.index(sentence) for sentence in shown)
    assert shown[-1].startswith("The Elmstead police paid")


def test_a_summary_that_the_text_does_not_bear_out_is_shown_in_no_place(make, contract):
    summary = "Gatelight opens a plant for toasters and kettles in the hills beyond Northmere this autumn."
    item = make("a", TITLE, summary, content_text=contract)
    assert summary not in summarise(item, spans("summary", summary, "Gatelight"))


def test_the_place_line_of_an_agency_is_not_shown(make):
    text = "ELMSTEAD, Ohio (Wire) — The police have stopped using face recognition from Northlens after an audit."
    assert summarise(make("a", "Night", content_text=text)) == (text.partition("— ")[2],)


def test_a_greeting_and_a_word_that_leads_on_give_way(make):
    text = (
        "Welcome to the morning page of the Ledger from Elmstead. To that end, a clerk of Elmstead counted every camera. "
        "The cameras of Elmstead will be switched off in June, the council decided on Monday."
    )
    assert summarise(make("a", "Elmstead cameras", content_text=text))[0].startswith("The cameras of Elmstead")


def test_a_question_opens_no_summary_while_there_is_an_answer(make):
    text = "How often is the software wrong in Elmstead? Nobody knows, as Northlens keeps the figures of Elmstead to itself."
    assert summarise(make("a", "Senators press Northlens", content_text=text))[-1].startswith("Nobody knows")


def test_a_list_mark_before_a_sentence_is_not_shown(make):
    text = "— The council of Harbour City ended a contract after a report on searches."
    assert summarise(make("a", "Night", content_text=text)) == (text[2:],)


def test_no_text_gives_no_sentence(make):
    assert summarise(make("a", TITLE)) == ()


SENTENCE = st.sampled_from(
    [
        "The council voted six to three on Tuesday.",
        "It was late...",
        '"We bought a net," said Ada Quill.',
        "cut at the front of it all.",
        "Subscribe to our newsletter for more.",
        "Police searched the records 11,400 times last year … and more.",
        "Nine cases led to an arrest, the U.S. report says!",
        "Why now?",
    ]
)


@given(summary=st.lists(SENTENCE, max_size=3), body=st.lists(SENTENCE, max_size=9), blank=st.sampled_from([" ", "\n\n", "  "]))
def test_every_sentence_stands_in_a_source(summary, body, blank):
    text, lead = blank.join(body), blank.join(summary)
    item = Item(id="a", source_id="s", title=TITLE, first_seen=datetime(2026, 3, 10, tzinfo=UTC), summary=lead, content_text=text)
    shown = summarise(item, spans("body", text, "council", "records"))
    assert len(shown) <= 3
    assert len(set(shown)) == len(shown)
    for sentence in shown:
        assert sentence in text or sentence in lead


def test_a_source_that_no_shown_sentence_named_is_not_spoken_of_as_known(make):
    named = "Officers had searched the records 11,400 times last year, according to an audit that the clerk published."
    text = (
        f"The Torford council voted on Monday to end its contract for cameras that read number plates. {named} "
        "Fewer than one search in a hundred named a case, the report found."
    )
    shown = summarise(make("a", "Torford ends contract for cameras", content_text=text), spans("body", text, "hundred"))
    assert shown[-1].endswith("the report found.")
    assert shown[-2] == named
    alone = "Fewer than one search in a hundred named a case, the report found."
    assert summarise(make("a", "Torford ends contract for cameras", alone)) == ()


# ---------------------------------------------------------------- what was told before

TOWN = (
    "The Torford council voted on Monday to end its contract for cameras that read number plates.\n\n"
    "Officers had searched the records 11,400 times last year.\n\n"
    "Residents had filled the gallery of the town hall until the clerk closed its doors."
)
CROWD = (
    "Rain fell on the roof all night.\n\nNobody had brought a coat.\n\nThe baker next door sold bread.\n\n"
    "Residents filled the gallery in spite of all the noise outside, as the baker says."
)


def test_a_sentence_that_was_told_stays_when_a_further_report_makes_another_one_as_good(make):
    lead = make("a", "Torford ends contract for cameras", content_text=TOWN)
    other = make("b", "A long night in Torford", content_text=CROWD)
    alone = summarise(lead)
    joined = summarise(lead, (), [(other, ())])
    assert (alone[1].split()[0], joined[1].split()[0]) == ("Officers", "Residents"), "else this test would show nothing"
    assert summarise(lead, (), [(other, ())], shown=alone) == alone
    assert summarise(lead, (), [(other, ())], shown=joined) == joined


def test_a_sentence_that_no_report_has_any_more_goes(make):
    lead = make("a", "Torford ends contract for cameras", content_text=TOWN)
    changed = make("a", "Torford ends contract for cameras", content_text=TOWN.replace("11,400", "11,900"))
    assert any("11,900" in sentence for sentence in summarise(changed, shown=summarise(lead)))
    assert summarise(changed, shown=("Nobody wrote this sentence.",)) == summarise(changed)


def test_a_sentence_that_was_told_gives_way_to_one_that_is_clearly_better(make):
    lead = make("a", "Torford ends contract for cameras", content_text=TOWN)
    told = "Residents had filled the gallery of the town hall in Torford until the clerk closed its doors."
    vote, *_ = TOWN.split("\n\n")
    others = [(make(f"b{number}", "A night", content_text=f"{vote}\n\n{told}"), ()) for number in range(4)]
    assert summarise(lead, (), others, shown=summarise(lead))[1].startswith("Residents")


def test_what_was_told_does_not_keep_a_match_from_being_shown(make):
    lead = make("a", "A night in Torford", content_text=TOWN)
    before = summarise(lead)
    assert not any("gallery" in sentence for sentence in before)
    assert any("gallery" in sentence for sentence in summarise(lead, spans("body", TOWN, "gallery"), shown=before))
