"""What a text attributes, imagines or takes back beside a sentence comes along with it, or the sentence is not shown."""

from __future__ import annotations

import re

import pytest

from bot.core.model import Span
from bot.stories.summary import summarise

TITLE = "Night at the town hall"
OPENING = "The council of Torford met on Monday to hear from residents about its budget."


def spans(value, *needles):
    return [Span("body", found.start(), found.end(), needle, needle) for needle in needles for found in re.finditer(needle, value)]


def shown(make, text, *needles, title=TITLE):
    return summarise(make("a", title, content_text=text), spans(text, *needles))


def check(make, text, claim, *companions, needle="Gatelight", title=TITLE):
    """The claim is shown with every companion, or not at all."""
    told = shown(make, text, needle, title=title)
    assert len(told) <= 3
    assert all(sentence in text for sentence in told)
    if any(claim in sentence for sentence in told):
        for companion in companions:
            assert any(companion in sentence for sentence in told), told
    return told


CLAIM = "The mayor took money from Gatelight for the contract."


@pytest.mark.parametrize(
    "lead_in",
    [
        "The letter makes a number of claims.",
        "The complaint lists three charges.",
        "Neighbours raised several allegations against the mayor.",
        "They claim the following.",
        "A rumour about the mayor goes like this.",
        "A website makes these accusations against the town hall:",
        "Critics of the mayor allege the following:",
        "The petition reads as follows: it is a list of complaints, and it says:",
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n\n"])
def test_a_claim_is_not_told_without_the_lead_in_that_says_whose_it_is(make, lead_in, gap):
    check(make, f"{OPENING}\n\n{lead_in}{gap}{CLAIM} Work begins in May.", CLAIM, lead_in)
    assert any(CLAIM in sentence for sentence in shown(make, f"{OPENING}\n\n{lead_in}{gap}{CLAIM}", "Gatelight"))


@pytest.mark.parametrize(
    "verdict",
    [
        "The council's lawyer found no evidence for any of this.",
        "The town hall denied it.",
        "The town hall denies all of it.",
        "None of that is true, a clerk said.",
        "The claim is false.",
        "That was not true, the site conceded on Tuesday.",
        "The mayor called the claim a work of fiction.",
        "A court threw out the lawsuit.",
        "A judge disagreed.",
        "False.",
        "There is no truth to it, records show.",
        "The firm says it did not.",
        "Das ist falsch, sagte der Rat.",
        "Fact: the mayor was paid by nobody.",
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n\n", "\n\nAdvertisement\n\n"])
def test_a_claim_is_not_told_without_the_verdict_behind_it(make, verdict, gap):
    text = f"{OPENING}\n\n{CLAIM}{gap}{verdict}"
    assert {CLAIM, verdict} <= set(shown(make, text, "Gatelight"))
    assert {CLAIM, verdict} <= set(shown(make, f"{CLAIM}{gap}{verdict}"))


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_where_lead_in_claim_and_verdict_are_too_many_none_of_the_claims_is_told(make, gap):
    text = (
        f"A forged letter went around Torford on Monday. It said:\n\n• {CLAIM}\n\n• Fines will double in March.\n\n"
        "The council called the letter a hoax."
    )
    told = shown(make, text.replace("\n\n•", f"{gap}•"), "Gatelight")
    assert not any("Gatelight" in sentence or "Fines" in sentence for sentence in told)
    assert told[0] == "A forged letter went around Torford on Monday."


@pytest.mark.parametrize(
    "fancy",
    [
        "Imagine it is 2040.",
        "Picture this: you leave home at eight.",
        "Suppose the plan is carried out in full.",
        "In the novel, the year is 2040.",
        "In a satirical film, Torford is an island.",
    ],
)
def test_what_is_imagined_is_told_with_the_word_that_says_so(make, fancy):
    text = f"{OPENING}\n\n{fancy} Cameras by Gatelight follow every child to school."
    told = check(make, text, "follow every child", fancy)
    assert any("follow every child" in sentence for sentence in told)


def test_a_myth_is_told_with_its_fact_or_not_at_all(make):
    myth, fact = "Myth: Gatelight records every talk in your house.", "Fact: The cameras hear nothing, a clerk says."
    assert {myth, fact} <= set(shown(make, f"{OPENING}\n\n{myth}\n\n{fact}", "Gatelight"))
    assert {myth, fact} <= set(shown(make, f"{OPENING}\n\n{myth} Many believe this.\n\n{fact}", "Gatelight"))
    assert myth not in shown(make, f"{OPENING}\n\n{myth}\n\nThe library gets a new roof.", "Gatelight")


def test_a_text_that_calls_itself_a_jest_says_so_in_the_message(make):
    text = "Torford will replace its police with drones from Gatelight, the mayor said.\n\nThis is satire."
    assert "This is satire." in shown(make, text, "Gatelight")
    assert "April fool!" in shown(make, text.replace("This is satire.", "April fool!"), "Gatelight")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Will Torford buy cameras from Gatelight?", "Nobody at the town hall would say."),
        ("Does the town use cameras by Gatelight?", "No. The police have no plans for them, a clerk said."),
        ("Kauft die Stadt Kameras von Gatelight?", "Der Rat will im Mai darüber entscheiden."),
    ],
)
def test_a_question_is_told_with_its_answer(make, question, answer):
    told = shown(make, f"{OPENING}\n\n{question} {answer}", "Gatelight")
    assert question in told
    assert told[-1] == answer.removeprefix("No. ")
    assert question not in shown(make, f"{OPENING}\n\n{question}", "Gatelight")
    assert question not in shown(make, f"{OPENING}\n\n{question} Vote in our poll.", "Gatelight")


def test_an_answer_in_an_interview_is_told_with_its_question(make):
    question, answer = "Q: Do cameras by Gatelight spy on people?", "A: Gatelight spies on nobody in this town."
    assert shown(make, f"{question}\n\n{answer} They see plates.\n\nQ: Why then do towns leave?", "Gatelight")[:2] == (
        question,
        answer,
    )


QUOTE = "“Gatelight sells what it sees to spies in foreign countries.”"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", " Bo Lind, a baker, shouted that from the gallery."),
        ("", "\n\nThose words were sprayed on the town hall."),
        ("Bo Lind, a baker, spoke last. ", ""),
        ("A baker had this to say:\n\n", ""),
    ],
)
def test_a_quotation_is_told_with_the_sentence_that_names_its_speaker(make, before, after):
    text = f"{OPENING}\n\n{before}{QUOTE}{after}"
    told = shown(make, text, "Gatelight")
    assert QUOTE in told
    assert (before or after).strip() in told


def test_a_quotation_of_nobody_is_not_told(make):
    filler = "Rain fell on the roofs of the town all night."
    assert QUOTE not in shown(make, f"{OPENING}\n\n{filler}\n\n{QUOTE}\n\n{filler} The library was closed.", "Gatelight")


SPEECH = "“The first thing is roads.\n\n“Gatelight will be on each corner. Nobody will be unseen.\n\n“That is my promise,” {}"


def test_a_part_of_a_quotation_over_several_paragraphs_is_told_with_its_speaker(make):
    end = "joked Mayor Bo Lind, an opponent of cameras."
    text = f"{OPENING}\n\n{SPEECH.format(end)}"
    told = shown(make, text, "Gatelight")
    assert told[1:] == ("“Gatelight will be on each corner.", f"“That is my promise,” {end}")
    told = shown(make, text, "unseen")
    assert told == ("“Gatelight will be on each corner.", "Nobody will be unseen.", f"“That is my promise,” {end}")


@pytest.mark.parametrize("end", ["and that was all of it.", None])
def test_a_part_of_a_quotation_whose_speaker_is_not_named_is_not_told(make, end):
    speech = SPEECH.format(end) if end else SPEECH.partition("\n\n“That")[0]
    text = f"{OPENING}\n\n{speech}\n\nThe library gets a new roof."
    assert not any("unseen" in told or "Gatelight" in told for told in shown(make, text, "unseen", "Gatelight"))


def test_the_inside_of_a_long_quotation_is_not_told_as_fact(make):
    inside = "Officers of this town read every letter that we write to Gatelight."
    long = " ".join(f"We said so at meeting number {number} of the council." for number in range(12))
    text = f'{OPENING}\n\n"{long} {inside} {long}" said Bo Lind.'
    assert inside not in shown(make, text, "Gatelight")


@pytest.mark.parametrize(
    "text",
    [
        "A shop by the river ended its contract with Gatelight in June. Residents said that nobody had told them.",
        "Prosecutors dropped the charges against a driver whom Gatelight had taken for another one.",
        "The clerk denied a request for records of Gatelight. Rain fell on the roofs all night.",
        "Police found no evidence of a break-in at Gatelight on Monday. The door was open, a clerk said.",
    ],
)
def test_plain_news_needs_nothing_beside_it(make, text):
    news, further = re.split(r"(?<=\.) (?=[A-Z])", f"{text} It was late.")[:2]
    told = shown(make, f"{OPENING}\n\nThe gallery of the town hall was full until midnight.\n\n{text}", "Gatelight", "gallery")
    assert news in told
    assert further not in told


# ---------------------------------------------------------------- matches that are shown

FILLER = f"""{OPENING}

Roads and schools took most of the evening, members said.

A vote on the pool was put off until May.

Two members were absent because of snow."""


@pytest.mark.parametrize(
    "sentence",
    [
        "Mayor Bo Lind said: “We will … never buy from Gatelight again.”",
        '"We ... have had enough of Gatelight," said Ada Moss, a baker.',
        "The contract with Gatelight [...] ends in June, the notice says.",
        "Gatelight Cameras To Be Removed From All Town Streets.",
        "Also on the list of the evening: a $300,000 contract with Gatelight",
        "• a contract with Gatelight for forty cameras at the bridges",
        "Help us stop Gatelight, residents chanted outside of the hall.",
        "Tell us how Gatelight works, a member asked the chief.",
        "Share this data with Gatelight, the contract says, or pay a fine.",
        "See how Gatelight reads plates, the slide of a seller said.",
    ],
)
def test_a_sentence_with_the_match_is_shown_in_whatever_form_it_comes(make, sentence):
    told = shown(make, f"{FILLER}\n\n{sentence}", "Gatelight")
    assert sentence.removeprefix("• ") in told


@pytest.mark.parametrize(
    "scrap",
    [
        "Mayor Bo Lind said that Gatelight would … and then the council voted.",
        "“We will never buy from Gatelight …",
        "Cameras by Gatelight at the bridges of the town",
        "Also on the list of the evening: a contract with Gatelight and",
        "Ada Moss Of Gatelight, Bo Lind Of Torford",
        "Help us stop Gatelight and give today.",
    ],
)
def test_a_scrap_is_not_shown_though_it_holds_the_match(make, scrap):
    assert not any("Gatelight" in sentence for sentence in shown(make, f"{FILLER}\n\n{scrap}", "Gatelight"))


# ---------------------------------------------------------------- scripts without blanks


@pytest.mark.parametrize(
    ("title", "text", "count"),
    [
        ("市議会が契約を終了", "市議会は月曜日、Gatelightのカメラ契約を更新しないことを決めた。契約は六月に終わる。", 2),
        ("摄像头", "市议会周一决定不再续签Gatelight摄像头合同。合同将于六月到期。", 2),
        ("監視", "市議会の議長は「Gatelightとの契約はもう要らない」と述べた。", 1),
    ],
)
def test_chinese_and_japanese_are_told(make, title, text, count):
    told = shown(make, text, "Gatelight", title=title)
    assert len(told) == count
    assert "".join(told) == text
    assert summarise(make("a", title, text)) == told


def test_a_standfirst_in_chinese_stands_as_it_is(make):
    summary = "市议会周一以九比二的投票决定不再续签与公司的摄像头合同。"
    text = f"{summary}\n\n警察去年搜索记录一万多次，报告说。市长表示欢迎。"
    assert summarise(make("a", "投票", summary, content_text=text))[0] == summary


def test_a_label_of_few_characters_is_no_sentence(make):
    assert summarise(make("a", "摄像头", "图片。")) == ()


def test_a_thai_summary_that_the_text_shows_to_be_cut_is_not_shown(make):
    whole = "สภาเมืองลงมติเมื่อวันจันทร์ไม่ต่อสัญญากล้องของ Gatelight หลังจากมีการประท้วงนานหลายเดือน นายกเทศมนตรีกล่าวว่ายินดี"
    item = make("a", "สภาเมือง", whole[:90], content_text=f"{whole}\n\n{whole[60:]}")
    assert whole[:90] not in summarise(item)
    assert summarise(make("a", "สภาเมือง", whole)) == (whole,)
    assert summarise(make("a", "สภาเมือง", f"{whole[:90]}...")) in ((), (f"{whole[:90]}...",))
