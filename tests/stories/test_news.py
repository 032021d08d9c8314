"""What is worth telling under a message that is out: what readers of it could not know, in the words of a source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.messages import Update
from bot.core.model import Commitment, Format, Item, Level, Precision
from bot.core.stories import HeadlineChange, StoryRecord
from bot.stories.developments import KNOWN_REPORTS, LATER, SUBSTANCE, development
from bot.stories.news import Brought, first_date, news
from bot.stories.summary import StoryItem, compose

EVENING = datetime(2026, 3, 10, 20, 40, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=10)
TODAY = date(2026, 3, 11)
VOTE = (
    "The council of Harbour City voted 6-3 on Tuesday night to end its contract for cameras that read number plates.\n\n"
    "Officers had searched the records of the cameras 11,400 times last year, a report to the council says.\n\n"
    "Councillor Ines Nwosu called the vendor a landlord of everybody's movements during a long debate about money and privacy.\n\n"
    "Forty residents had filled the gallery of the town hall until the clerk closed its heavy doors around nine in the evening."
)
APPEAL = (
    "The union of Harbour City's police officers will appeal to the mayor to veto the decision, its president Otto Lindqvist said "
    "on Wednesday.\n\n"
    "Lindqvist told reporters that detectives solved eleven burglaries in February with help from neighbouring towns.\n\n"
    "The mayor has ten days to sign the ordinance or send it back, according to the city charter.\n\n"
    "The council voted 6-3 on Tuesday night to end its contract for cameras that read number plates."
)


def article(item_id, title, text, when, order, **changes):
    item = Item(
        item_id,
        f"source-{item_id}",
        title,
        when or EVENING,
        url=f"https://{item_id}.example/{item_id}",
        content_text=text,
        outlet=f"Outlet {item_id}",
        date_published=when,
    )
    return StoryItem(item=replace(item, **changes), order=order)


LEAD = article("a", "Harbour City council votes to end contract for number plate cameras", VOTE, EVENING, 1)
UNION = article("b", "Police union asks mayor to veto vote on plate cameras", APPEAL, MORNING, 2)


def message(members):
    record = StoryRecord("s1", members[0].item.title, members[0].item.id, Format.NEWS, EVENING)
    return replace(compose(record, members, ()), level=Level.HIGH)


def brought(*, promises=(), **changes):
    made = Brought(today=TODAY, promises=lambda: promises, promised=())
    return replace(made, **changes)


def promise(day, item_id="b", kind="contract_end", confidence=0.9, precision=Precision.DAY, sentence="It lapses on 30 June."):
    return Commitment(day, precision, kind, sentence, confidence, item_id)


# ---------------------------------------------------------------- developments


def test_a_later_report_with_news_of_its_own_is_told_in_its_own_sentence():
    (told,) = news(message([LEAD]), [LEAD, UNION], brought(reports=["b"], joined=["b"]))
    assert (told.update, told.headline, told.outlet) == (Update.DEVELOPMENT, UNION.item.title, "Outlet b")
    assert told.sentences == (APPEAL.split("\n\n", maxsplit=1)[0],)
    assert (told.story_id, told.published, told.level) == ("s1", MORNING, Level.HIGH)
    assert (told.url, told.host) == ("https://b.example/b", "b.example")


SAME = VOTE.replace("The council", "Members of the council").replace("Forty residents", "Some forty residents")


@pytest.mark.parametrize(
    "report",
    [
        article("b", "Council ends number plate camera contract in Harbour City", SAME, MORNING, 2),
        replace(UNION, item=replace(UNION.item, date_published=EVENING + LATER - timedelta(minutes=1))),
        replace(UNION, item=replace(UNION.item, date_published=None)),
        replace(UNION, item=replace(UNION.item, title="Opinion: Police union asks mayor to veto vote on plate cameras")),
        replace(UNION, item=replace(UNION.item, content_text="", summary=APPEAL.split("\n\n", maxsplit=1)[0])),
        replace(UNION, item=replace(UNION.item, content_text=VOTE)),
        replace(UNION, item=replace(UNION.item, content_text=APPEAL.split("\n\n", 1)[1] + "\n\n" + VOTE)),
        replace(UNION, item=replace(UNION.item, content_text=f"{VOTE}\n\n{APPEAL}")),
        replace(UNION, item=replace(UNION.item, content_text=APPEAL.replace("The union", "If you never met one, the union", 1))),
    ],
    ids=[
        "same in other words", "too soon", "undated", "an opinion", "an excerpt", "nothing behind its headline", "no sentence",
        "its news far below", "a word to its reader",
    ],
)  # fmt: skip
def test_what_is_not_clearly_new_is_no_development(report):
    assert development(report, [LEAD], ()) is None


def test_what_was_told_already_is_no_development():
    assert development(UNION, [LEAD], ()) is not None
    assert development(UNION, [LEAD], (APPEAL.split("\n\n", maxsplit=1)[0], UNION.item.title)) is None


def test_nobody_can_tell_what_is_new_where_no_text_was_read():
    thin = article("a", LEAD.item.title, "The council voted.", EVENING, 1)
    assert development(UNION, [thin], ()) is None
    assert SUBSTANCE > 10


def test_a_story_without_a_date_has_no_developments():
    assert development(UNION, [replace(LEAD, item=replace(LEAD.item, date_published=None))], ()) is None


def test_what_an_early_report_said_stays_known_however_many_follow():
    early = [LEAD, article("c", "Police union asks for veto", APPEAL, EVENING, 2)]
    more = [article(f"m{n}", LEAD.item.title, VOTE, EVENING, 3 + n) for n in range(KNOWN_REPORTS + 3)]
    report = replace(UNION, order=99)
    assert development(report, [*early, *more], ()) is None


def test_copies_and_reruns_and_what_is_no_news_are_never_told():
    for member in (replace(UNION, duplicate_of="a"), replace(UNION, rerun_of="a")):
        assert news(message([LEAD]), [LEAD, member], brought(reports=["b"], joined=["b"], followed=True)) == ()
    assert news(message([LEAD]), [LEAD, UNION], brought(joined=["b"])) == ()


# ---------------------------------------------------------------- followed stories


def test_followers_are_told_of_a_further_outlet_and_of_no_second_article_of_one():
    again = article("b", "Council ends camera contract", SAME, MORNING, 2)
    (told,) = news(message([LEAD]), [LEAD, again], brought(reports=["b"], followed=True))
    assert (told.update, told.headline) == (Update.REPORT, "Council ends camera contract")
    assert len(told.sentences) <= 1
    own = replace(again, item=replace(again.item, outlet="Outlet a", url="https://a.example/2"))
    assert news(message([LEAD]), [LEAD, own], brought(reports=["b"], followed=True)) == ()


# ---------------------------------------------------------------- dates


def test_a_date_that_a_later_report_names_is_told_with_its_sentence():
    (told,) = news(message([LEAD]), [LEAD, replace(UNION, item=replace(UNION.item, content_text=""))],
                   brought(reports=["b"], promises=(promise("2026-06-30"),)))  # fmt: skip
    assert (told.update, told.date, told.precision, told.commitment) == (
        Update.COMMITMENT, "2026-06-30", Precision.DAY, "contract_end",
    )  # fmt: skip
    assert told.sentences == ("It lapses on 30 June.",)


@pytest.mark.parametrize(
    ("promised", "known"),
    [
        (promise("2026-03-11"), ()),
        (promise("2026-06-30", confidence=0.7), ()),
        (promise("2026-06-30", item_id="a"), ()),
        (promise("2026-06-30"), (promise("2026-06-30", kind="vote"),)),
        (promise("2026-06-30"), (promise("2026-06-10"),)),
    ],
    ids=["today", "unsure", "of an earlier report", "the same day", "near a known one of its kind"],
)
def test_what_is_past_unsure_or_known_is_no_date_to_tell(promised, known):
    found = news(message([LEAD]), [LEAD, UNION], brought(reports=["b"], promises=(promised,), promised=known))
    assert not any(one.date for one in found)


def test_a_date_in_the_report_of_a_development_is_told_with_it():
    (told,) = news(message([LEAD]), [LEAD, UNION], brought(reports=["b"], promises=(promise("2026-06-30"),)))
    assert (told.update, told.date) == (Update.DEVELOPMENT, "2026-06-30")
    assert told.sentences == (APPEAL.split("\n\n", maxsplit=1)[0], "It lapses on 30 June.")


def test_of_several_dates_the_surest_and_nearest_is_told():
    promises = (promise("2026-09-01"), promise("2026-06-30"), promise("2026-05-01", confidence=0.8))
    (told,) = first_date(message([UNION]), [UNION], brought(promises=promises))
    assert told.date == "2026-06-30"


@pytest.mark.parametrize("weak", [{"confidence": 0.8}, {"precision": Precision.APPROXIMATE}])
def test_only_a_sure_day_is_told_beside_the_first_message(weak):
    assert first_date(message([UNION]), [UNION], brought(promises=(promise("2026-06-30", **weak),))) == ()


def test_a_date_that_the_message_itself_shows_is_not_told_again():
    shown = replace(message([UNION]), sentences=("It lapses on 30 June 2026, the clerk said.",))
    assert first_date(shown, [UNION], brought(promises=(promise("2026-06-30"),))) == ()
    other = promise("2026-06-30", kind="vote", sentence="The vote is on 30 June.")
    assert first_date(shown, [UNION], brought(promises=(promise("2026-06-30"), other))) == ()
    both = (promise("2026-06-30"), promise("2026-09-01", sentence="Until 1 September."))
    (told,) = first_date(shown, [UNION], brought(promises=both))
    assert told.date == "2026-09-01"
    assert first_date(replace(shown, sentences=("It lapsed on 30 June 2025.",)), [UNION], brought(promises=both)) != (told,)


# ---------------------------------------------------------------- headlines and corrections

SUSPENDS = "Harbour City council suspends contract for number plate cameras"


def reworded(title=SUSPENDS, before=LEAD, **changes):
    now = replace(before, item=replace(before.item, title=title, **changes))
    headlines = {"a": (HeadlineChange("a", before.item.title, title, MORNING),)}
    return now, brought(reworded={"a": before.item}, headlines=headlines, headline=before.item.title)


def test_a_headline_that_says_something_else_is_told_with_the_one_before():
    now, happened = reworded()
    (told,) = news(message([now]), [now], happened)
    assert (told.update, told.headline, told.before) == (Update.HEADLINE, SUSPENDS, LEAD.item.title)
    assert told.sentences == ()


@pytest.mark.parametrize(
    "title",
    [
        "Harbour City council votes 6-3 to end number plate camera contract",
        "Harbour City Council Votes To End Contract For Number Plate Cameras",
        "Council ends camera contract after long debate about privacy",
    ],
)
def test_a_headline_in_other_words_of_the_same_article_is_not_told(title):
    now, happened = reworded(title)
    assert news(message([now]), [now], happened) == ()


def test_a_headline_that_denies_what_it_said_is_told():
    now, happened = reworded("Harbour City council votes not to end contract for number plate cameras")
    (told,) = news(message([now]), [now], happened)
    assert told.update is Update.HEADLINE


def test_a_headline_that_reads_as_before_what_a_reply_told_is_told_again():
    changed = article("a", SUSPENDS, VOTE, EVENING, 1)
    now, happened = reworded(LEAD.item.title, before=changed)
    assert news(message([now]), [now], happened) == ()
    (told,) = news(message([now]), [now], replace(happened, announced=(SUSPENDS,)))
    assert (told.update, told.headline, told.before) == (Update.HEADLINE, LEAD.item.title, SUSPENDS)


def test_a_headline_is_not_told_where_readers_saw_another_article_or_nothing_is_known_of_it():
    now, happened = reworded()
    assert news(message([now]), [now], replace(happened, headline="Something else")) == ()
    assert news(message([now]), [now], replace(happened, headline=None)) == ()
    later = article("b", SUSPENDS, SAME, MORNING, 2)
    other = replace(happened, reworded={"b": later.item})
    assert news(message([LEAD]), [LEAD, later], other) == ()


CORRECTION = "Correction: an earlier version of this story misstated the number of votes."


def test_a_correction_of_any_report_is_told_in_its_own_words():
    now = replace(UNION, item=replace(UNION.item, notes=("This story was updated.", CORRECTION)))
    happened = brought(reworded={"b": replace(UNION.item, notes=("This story was updated.",))})
    (told,) = news(message([LEAD]), [LEAD, now], happened)
    assert (told.update, told.sentences, told.outlet) == (Update.CORRECTION, (CORRECTION,), "Outlet b")


@pytest.mark.parametrize(
    "note",
    [
        "An earlier version of this article incorrectly said that Officer Adeyemi searched the records.",
        "An earlier version of this story gave the wrong day of the vote.",
        "An earlier version of the headline said that the vote was on Monday.",
        "This story has been corrected to show that the vote was 6-3.",
        "This article was updated and corrected on Wednesday.",
        "This article has been updated to correct the name of the clerk.",
        "This story has been updated to clarify that the contract ends in June.",
        "This article has been retracted.",
        "This post has since been taken down.",
        "Update: This story misidentified the president of the union.",
        "It previously said that nine councillors voted.",
        "Because of an editing error, this article misspelled the name of the clerk.",
        "Clarification (11 March): The contract ends in June.",
        "Correction to an earlier story: the clerk is Ann Lee.",
        "Editor's note: We regret the error.",
    ],
)
def test_a_remark_that_takes_back_something_of_the_article_is_a_correction(note):
    now = replace(LEAD, item=replace(LEAD.item, notes=(note,)))
    (told,) = news(message([now]), [now], brought(reworded={"a": LEAD.item}))
    assert (told.update, told.sentences) == (Update.CORRECTION, (note,))


@pytest.mark.parametrize(
    "note",
    [
        "This story was updated at 9 p.m.",
        "This article was first published in the Courier.",
        "Update: This story has been updated with a statement from the Department of Corrections.",
        "Editor's note: This article was updated after the company withdrew its bid.",
        "This article was updated to add that the sheriff retracted his claim.",
        "This article has been updated to reflect that the photos were taken down by the operator.",
        "This story has been updated with a response from the vendor, which says the count is incorrect.",
        "Editor's note: This story is about a man who was misidentified by face recognition software.",
        "This article was updated to clarify the headline.",
        "This story has been updated with the corrected figures of the police.",
        "Editor's note: The author works for the Correctional Association.",
        "Update: The bill was withdrawn on Tuesday.",
        "An earlier version of this article was published in the Courier.",
    ],
)
def test_a_remark_that_takes_nothing_back_is_no_correction(note):
    now = replace(LEAD, item=replace(LEAD.item, notes=(note,)))
    assert news(message([now]), [now], brought(reworded={"a": LEAD.item})) == ()


def test_a_correction_that_stood_there_before_is_not_told_again():
    before = replace(LEAD, item=replace(LEAD.item, notes=(CORRECTION,)))
    assert news(message([before]), [before], brought(reworded={"a": before.item})) == ()


def test_an_article_that_is_a_correction_is_told_as_one():
    published = article("b", "Correction: Harbour City camera story", CORRECTION, MORNING, 2, summary="")
    told = news(message([LEAD]), [LEAD, published], brought(joined=["b"]))
    assert [one.update for one in told] == [Update.CORRECTION]
    assert news(message([LEAD]), [LEAD, replace(published, rerun_of="a")], brought(joined=["b"])) == ()


@pytest.mark.parametrize(
    ("title", "corrects"),
    [
        ("Corrected: Harbour City votes 6-3", True),
        ("CORRECTED-Harbour City votes 6-3", True),
        ("Correction - Harbour City camera story", True),
        ("Correction to our story about cameras: it was Tuesday", True),
        ("Clarification: when the contract ends", True),
        ("Correction officers: New York jail to scan faces", False),
        ("Correction Department - body cameras for all", False),
        ("Correction Department’s face-recognition pilot draws suit", False),
        ("Corrections department: drones over jails", False),
        ("Clarification sought over drones – council", False),
        ("Retraction demanded: vendor wants story gone", False),
        ("Corrected death toll: 4", False),
        ("Correction officer-worn cameras rolled out", False),
        ("Correction of bias in face recognition: what works", False),
    ],
)
def test_only_an_article_published_under_the_name_of_a_correction_is_one(title, corrects):
    published = article("b", title, CORRECTION, MORNING, 2)
    told = news(message([LEAD]), [LEAD, published], brought(joined=["b"]))
    assert [one.update for one in told] == [Update.CORRECTION] * corrects


def test_the_most_important_stands_first():
    now, happened = reworded(notes=(CORRECTION,))
    found = news(message([now]), [now, UNION], replace(happened, reports=["b"], joined=["b"]))
    assert [one.update for one in found] == [Update.CORRECTION, Update.DEVELOPMENT, Update.HEADLINE]
