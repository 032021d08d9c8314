"""Dated promises of a story: how they are counted, merged and anchored, on invented articles and on the case it began with."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.model import Item, Precision
from bot.sandbox.pool import Sandbox
from bot.sources.files import read_inputs
from bot.stories.commitments import MOST, MOST_OF_TEXT, anchor, commitments, in_text, local_day
from bot.stories.summary import StoryItem

DAY = Precision.DAY
ABOUT = Precision.APPROXIMATE
MOMENT = datetime(2026, 3, 11, 12, tzinfo=UTC)


def report(item_id: str, text: str, *, day: float | None = 0, order: int = 0, rerun_of: str | None = None, **fields) -> StoryItem:
    duplicate_of = fields.pop("duplicate_of", rerun_of)
    published = None if day is None else MOMENT + timedelta(days=day)
    item = Item(
        id=item_id,
        source_id=f"source-{item_id}",
        title=fields.pop("title", "Council acts on cameras"),
        first_seen=MOMENT,
        content_text=text,
        date_published=published,
        **fields,
    )
    return StoryItem(item, order=order, rerun_of=rerun_of, duplicate_of=duplicate_of)


def told(members) -> list[tuple[str, str, str]]:
    return [(one.date, str(one.precision), one.kind) for one in commitments(members)]


# ---------------------------------------------------------------- the case it began with


@pytest.fixture(scope="module")
def read_pages():
    async def read(folder: Path) -> list[Item]:
        sandbox = Sandbox(workers=1)
        try:
            return list((await read_inputs([folder], sandbox=sandbox)).items)
        finally:
            await sandbox.close()

    return read


def as_members(desk, items) -> list[StoryItem]:
    """The items as the story decisions left them, by arrival."""
    members = [desk.member(item.id) for item in items]
    return [
        StoryItem(item, order=member.order, rerun_of=member.rerun_of, duplicate_of=member.duplicate_of)
        for item, member in zip(items, members, strict=True)
    ]


async def test_the_seed_pages_give_the_tenth_of_june_2021_in_every_order_of_arrival(shared_data, read_pages, new_desk):
    pages = await read_pages(shared_data / "seeds")
    assert len(pages) == 5
    orders = 0
    for arrival in itertools.permutations(pages):
        desk = new_desk()
        desk.file_all(arrival)
        assert len(desk.stories()) == 1
        members = as_members(desk, arrival)
        (one,) = commitments(members)
        assert (one.date, one.precision, one.kind) == ("2021-06-10", ABOUT, "expiry")
        assert any(one.sentence in text for item in pages for text in (item.title, item.summary, item.content_text))
        orders += 1
    assert orders == 120


async def test_the_date_printed_on_the_page_of_2025_is_never_counted_from(shared_data, read_pages):
    pages = {item.id: item for item in await read_pages(shared_data / "seeds")}
    late = next(item for name, item in pages.items() if name.startswith("000"))
    assert late.date_rendered is not None
    assert late.date_rendered.year == 2025
    assert commitments([StoryItem(late)]) == ()


def test_the_golden_case_gives_one_commitment(shared_data, new_desk, model):
    rows = [
        json.loads(line) for line in (shared_data / "golden" / "amazon-moratorium.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    items = [
        Item(
            id=row["id"],
            source_id=row["outlet"],
            title=row["title"],
            first_seen=MOMENT,
            url=row["url"],
            summary=row["summary"],
            outlet=row["outlet"],
            date_published=datetime.fromisoformat(row["published"]) if row["published"] else None,
        )
        for row in rows
        if row["story"] == "amazon-moratorium"
    ]
    for arrival in (items, items[::-1]):
        desk = new_desk()
        desk.file_all(arrival)
        assert told(as_members(desk, arrival)) == [("2021-06-10", "approximate", "expiry")]


# ---------------------------------------------------------------- the anchor


PAUSE = "The city announced a one-year moratorium on drones over parks."


def test_a_span_is_counted_anew_when_an_earlier_report_arrives():
    late = report("late", PAUSE, day=3)
    early = report("early", "The mayor halts drone flights.", day=0, order=1)
    assert told([late]) == [("2027-03-14", "approximate", "expiry")]
    assert told([late, early]) == [("2027-03-11", "approximate", "expiry")]


def test_a_rerun_neither_anchors_nor_speaks():
    first = report("first", PAUSE)
    again = report("again", PAUSE + " It ends on May 1, 2030.", day=-20, order=1, rerun_of="first")
    assert told([first, again]) == [("2027-03-11", "approximate", "expiry")]
    assert anchor([first, again]) == date(2026, 3, 11)


def test_an_undated_story_counts_only_days_that_are_written_in_full():
    text = PAUSE + " A vote is scheduled for April 14. The contract expires on June 30, 2026."
    assert told([report("undated", text, day=None)]) == [("2026-06-30", "day", "contract_end")]
    rendered = report("rendered", text, day=None, date_rendered=MOMENT)
    assert told([rendered]) == [("2026-06-30", "day", "contract_end")]
    assert anchor([rendered]) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (None, date(2026, 3, 12)),
        ("https://ledger.example/2026/mar/11/cameras", date(2026, 3, 11)),
        ("https://ledger.example/2026/03/11/cameras", date(2026, 3, 11)),
        ("https://ledger.example/2026-03-11/cameras", date(2026, 3, 11)),
        ("https://ledger.example/2026/03/09/cameras", date(2026, 3, 12)),
        ("https://ledger.example/2026/02/31/cameras", date(2026, 3, 12)),
    ],
)
def test_the_day_of_an_address_tells_the_outlets_own_day_if_it_is_near(address, expected):
    item = Item(
        id="a", source_id="s", title="t", first_seen=MOMENT, url=address, date_published=datetime(2026, 3, 12, 0, 38, tzinfo=UTC)
    )
    assert local_day(item) == expected


# ---------------------------------------------------------------- one promise, many sentences


def test_sentences_about_one_promise_are_one_commitment_with_more_confidence():
    one = report("one", "The council will vote on the drone ordinance on April 14.")
    two = report("two", "A vote on the drone ordinance is scheduled for April 14.", order=1)
    (alone,), (both,) = commitments([one]), commitments([one, two])
    assert (both.date, both.precision, both.kind) == ("2026-04-14", DAY, "vote")
    assert both.confidence > alone.confidence
    assert both.sentence == "The council will vote on the drone ordinance on April 14."
    assert both.item_id == "one"


def test_of_two_dates_for_one_promise_the_better_supported_wins():
    right = [
        report(name, "The council will vote on the drone ordinance on April 14.", order=order) for order, name in enumerate("ab")
    ]
    wrong = report("c", "The council will vote on the drone ordinance on April 15.", order=2)
    for members in itertools.permutations([*right, wrong]):
        assert told(members) == [("2026-04-14", "day", "vote")]


def test_a_copy_is_no_further_support():
    right = [
        report(name, "The council will vote on the drone ordinance on April 14.", order=order) for order, name in enumerate("ab")
    ]
    wrong = [
        report("c", "The council will vote on the drone ordinance on April 15.", order=2),
        *(
            report(name, "The council will vote on the drone ordinance on April 15.", order=order, duplicate_of="c")
            for order, name in enumerate("def", 3)
        ),
    ]
    assert told([*right, *wrong]) == [("2026-04-14", "day", "vote")]


def test_a_written_day_wins_over_a_span_that_means_about_the_same():
    vague = [
        report(name, "The city announced a one-year moratorium on drones over parks.", order=order)
        for order, name in enumerate("ab")
    ]
    exact = report("c", "The moratorium on drones over parks runs until March 15, 2027.", order=2)
    (one,) = commitments([*vague, exact])
    assert (one.date, one.precision) == ("2027-03-15", DAY)
    assert one.sentence == exact.item.content_text


def test_two_days_in_one_article_are_two_promises():
    text = "The council will vote on the drone ordinance on April 14. The council will vote on the drone budget on April 16."
    assert told([report("a", text)]) == [("2026-04-14", "day", "vote"), ("2026-04-16", "day", "vote")]


def test_days_of_different_kinds_stay_apart():
    text = "The council will vote on April 14 on whether to renew the contract, which expires April 15."
    assert told([report("a", text)]) == [("2026-04-14", "day", "vote"), ("2026-04-15", "day", "contract_end")]


def test_the_text_speaks_before_the_headline():
    member = report("a", "Elmstead will halt drone flights for a year, it said.", title="Elmstead halts drone flights for one year")
    (one,) = commitments([member])
    assert one.sentence == "Elmstead will halt drone flights for a year, it said."
    (alone,) = commitments([report("a", "", title="Elmstead halts drone flights for one year")])
    assert alone.sentence == "Elmstead halts drone flights for one year"


def test_every_sentence_stands_in_its_article_and_nothing_depends_on_order():
    texts = (
        "The mayor spoke.\n\nThe contract expires on June 30, and staff won't renew it. \n \nA hearing is set for May 5.",
        "Comments close on 17 April.\n\nThe trial is set for Oct. 5.",
        "It will be reviewed in May.",
    )
    members = [report(str(order), text, order=order) for order, text in enumerate(texts)]
    first = commitments(members)
    assert len(first) == 5
    assert all(one.sentence in members[int(one.item_id)].item.content_text for one in first)
    assert all(commitments(order) == first for order in itertools.permutations(members))
    assert [one.date for one in first] == sorted(one.date for one in first)


def test_a_calendar_is_cut_to_its_surest_entries():
    text = " ".join(f"The council will vote on plan {number} on April {number}." for number in range(1, 29))
    assert len(commitments([report("a", text)])) == MOST


def test_an_article_in_another_language_is_not_read():
    assert commitments([report("a", PAUSE, language="de")]) == ()
    assert len(commitments([report("a", PAUSE, language="en-GB")])) == 1


def test_what_tells_of_news_again_counts_no_span():
    weekly = report(
        "a", "Also this week: the city announced a one-year moratorium on drones.", title="Podcast: the week in surveillance"
    )
    assert commitments([weekly]) == ()
    dated = report("b", "The moratorium ends on June 30, 2027.", title="Podcast: the week in surveillance")
    assert told([dated]) == [("2027-06-30", "day", "expiry")]


def test_one_text_can_be_read_alone():
    (one,) = in_text("The contract expires on June 30.", date(2026, 3, 11))
    assert (one.date, one.precision, one.kind, one.sentence) == (
        "2026-06-30",
        DAY,
        "contract_end",
        "The contract expires on June 30.",
    )
    assert in_text("The contract expires on June 30.", None) == ()
    assert in_text("Nothing is promised.", date(2026, 3, 11)) == ()


def test_a_long_list_of_dates_is_read_to_its_fortieth():
    text = " ".join(f"The council will vote on plan {number} on April {number % 28 + 1}." for number in range(60))
    assert len(in_text(text, date(2026, 3, 11))) == MOST_OF_TEXT
