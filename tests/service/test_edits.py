"""What a publisher changes in an article after it was posted, the message says; where the article belongs stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import StoreError
from bot.core.messages import StoryMessage
from bot.core.model import Format, Rule
from bot.core.outbox import Stale
from bot.core.reasons import Reason
from bot.core.search import SearchWord
from bot.core.stories import HeadlineChange
from bot.store.database import Store
from bot.store.edits import MOST_EDITS, TEXT_LOOKED_AT
from bot.stories.headlines import changed_note
from bot.stories.summary import summarise

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
OLD = "Harbour City council ends contract for cameras that read number plates"
NEW = "Harbour City council suspends contract for cameras that read number plates"


async def messages(store: Store) -> list[StoryMessage]:
    rows = sorted(await store.deliveries(limit=100), key=lambda row: row.sequence)
    found = [row.message for row in rows]
    assert all(isinstance(message, StoryMessage) for message in found)
    return found  # type: ignore[return-value]  # asserted above


async def posted(rig: Any, item: Any) -> None:
    """Let an item arrive and its message leave, and an hour pass."""
    await rig.arrive(item)
    assert [row["action"] for row in await rig.send()] == ["post"]
    rig.clock.advance(timedelta(hours=1))


async def test_a_changed_headline_is_an_edit_that_tells_the_old_one(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(timezone="Europe/Berlin")
    await posted(rig, event("a", 0, MORNING))
    member = (await store.members(["a"]))["a"]
    (row,) = await rig.arrive(event("a", 0, MORNING, title=NEW))
    assert (str(row.action), row.reason) == ("edit", Reason.REVISED)
    (edit,) = await rig.send()
    assert edit["text"].splitlines()[0] == NEW
    assert f'Note: Headline changed Tue 10 March, 14:00 CET, from "{OLD}".' in edit["text"]
    assert (await store.headline_changes(["a", "b"])) == {"a": (HeadlineChange("a", OLD, NEW, rig.clock.now()),)}
    story = (await store.stories([member.story_id]))[member.story_id]
    assert story.title == NEW
    assert (await store.members(["a"]))["a"] == member  # the decision, and what it was taken on, are as they were
    assert await rig.alerter().file_ready() == 0
    assert await rig.arrive(event("a", 0, MORNING, title=NEW)) == []


async def test_postgresql_takes_a_changed_headline_the_same_way(
    postgresql_server: Any, make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    name = postgresql_server.create()
    store = await Store.open(postgresql_server.url(name))
    try:
        rig = make_rig(of=store)
        await store.use_words("w1")
        await posted(rig, event("a", 0, MORNING))
        (row,) = await rig.arrive(event("a", 0, MORNING, title=NEW))
        assert row.reason is Reason.REVISED
        assert (await messages(store))[-1].notes == (f'Headline changed Tue 10 March, 13:00 UTC, from "{OLD}".',)
        assert len(await store.archive_numbers(SearchWord("suspends"), words="w1")) == 1
        assert await store.edited_items(10) == []
    finally:
        await store.close()
        postgresql_server.drop(name)


async def test_the_note_stays_when_another_outlet_joins(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    await rig.arrive(event("a", 0, MORNING, title=NEW))
    await rig.send()
    text = "Nine members voted. The contract of the cameras that read number plates in Harbour City is on hold, the council says."
    await rig.arrive(event("b", 0, MORNING + timedelta(hours=2), content_text=text, title=NEW.replace("suspends", "halts")))
    await rig.send()
    last = (await messages(store))[-1]
    assert last.headline == NEW
    assert last.independent == 2
    assert len(last.notes) == 1
    story = await store.story_of_item("b")
    assert story is not None
    assert story.title == NEW


VOTE = "The council of Harbour City voted on Monday to end its contract for cameras that read number plates."
SEARCHES = "Officers had searched the records 11,400 times last year."
CROWD = "Residents had filled the gallery of the town hall until the clerk closed its doors."
RADIO = (
    "Rain fell on the roof all night.\n\nNobody had brought a coat.\n\nThe baker next door sold bread.\n\n"
    "Residents filled the gallery in spite of all the noise outside, as the baker says."
)


async def test_an_edit_keeps_the_sentences_that_were_told_and_adds_who_else_reports(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    lead = event("a", 0, MORNING, content_text=f"{VOTE}\n\n{SEARCHES}\n\n{CROWD}")
    radio = event("b", 0, MORNING + timedelta(hours=1), title=NEW.replace("suspends", "halts"), content_text=RADIO)
    await posted(rig, lead)
    (before,) = await messages(store)
    assert before.sentences == (VOTE, SEARCHES)
    assert summarise(lead, (), [(radio, ())]) == (VOTE, CROWD), "else this test would show nothing"
    await rig.arrive(radio)
    await rig.send()
    after = (await messages(store))[-1]
    assert (after.independent, after.sentences) == (2, before.sentences)


async def test_a_headline_that_changes_before_anybody_saw_it_needs_no_note(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(group_wait=timedelta(minutes=5))
    await rig.arrive(event("a", 0, MORNING))
    await rig.arrive(event("a", 0, MORNING, title=NEW))
    rig.clock.advance(timedelta(minutes=5))
    (row,) = await rig.send()
    assert (row["action"], row["text"].splitlines()[0]) == ("post", NEW)
    assert "Headline changed" not in row["text"]
    assert len((await store.headline_changes(["a"]))["a"]) == 1


async def test_edits_of_one_message_keep_their_distance_and_say_only_what_holds_in_the_end(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(group_interval=timedelta(minutes=30))
    await posted(rig, event("a", 0, MORNING))
    sent = []
    for title in (NEW, f"{NEW} again", f"{NEW} at last", OLD):
        await rig.arrive(event("a", 0, MORNING, title=title))
        sent += await rig.send()
        rig.clock.advance(timedelta(minutes=10))
    sent += await rig.send()
    rig.clock.advance(timedelta(minutes=30))
    sent += await rig.send()
    times = [datetime.fromisoformat(row["at"]) for row in sent]
    assert len(sent) == 2
    assert times[1] - times[0] >= timedelta(minutes=30)
    assert sent[-1]["text"].splitlines()[0] == OLD


async def test_a_headline_changed_back_needs_no_note(make_rig: Callable[..., Any], event: Callable[..., Any], store: Store) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    await rig.arrive(event("a", 0, MORNING, title=NEW))
    await rig.send()
    await rig.arrive(event("a", 0, MORNING))
    await rig.send()
    last = (await messages(store))[-1]
    assert (last.headline, last.notes) == (OLD, ())


async def test_a_changed_text_changes_the_sentences_and_the_matches(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    text = "The council of Harbour City suspended its cameras for ninety days after a hearing on Monday. A judge will look at them."
    (row,) = await rig.arrive(event("a", 0, MORNING, content_text=text))
    assert row.reason is Reason.REVISED
    message = (await messages(store))[-1]
    assert message.sentences
    assert all(sentence in text for sentence in message.sentences)
    assert message.notes == ()
    item = (await store.items(["a"]))["a"]
    fields = {"title": item.title, "body": item.content_text}
    (match,) = (await store.matches_of(["a"]))["a"]
    assert all(fields[span.field][span.start : span.end] == span.text for span in match.spans)


async def test_a_text_that_changes_days_later_is_left_and_a_headline_is_not(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    rig.clock.advance(TEXT_LOOKED_AT)
    assert await rig.arrive(event("a", 0, MORNING, content_text="The council and its cameras are another matter now.")) == []
    assert [row.reason for row in await rig.arrive(event("a", 0, MORNING, title=NEW))] == [Reason.REVISED]


async def test_clock_times_and_blanks_are_no_change(make_rig: Callable[..., Any], event: Callable[..., Any], store: Store) -> None:
    rig = make_rig()
    item = event("a", 0, MORNING)
    await posted(rig, item)
    assert await rig.arrive(event("a", 0, MORNING, content_text=f"{item.content_text} 14:05")) == []
    assert await rig.arrive(event("a", 0, MORNING, title=OLD.replace(" ", "  "))) == []
    assert await store.headline_changes(["a"]) == {}


async def test_an_entry_that_loses_its_text_or_headline_keeps_it(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    item = event("a", 0, MORNING)
    await posted(rig, item)
    assert await rig.arrive(event("a", 0, MORNING, title="", content_text="")) == []
    kept = (await store.items(["a"]))["a"]
    assert (kept.title, kept.content_text) == (item.title, item.content_text)


async def test_a_page_that_is_rewritten_all_day_is_followed_a_dozen_times(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    for number in range(MOST_EDITS + 5):
        await rig.arrive(event("a", 0, MORNING, title=f"{OLD}, hour {number}"))
    assert len((await store.headline_changes(["a"]))["a"]) == MOST_EDITS


def turns(*titles: str) -> Callable[[int], str]:
    return lambda at: titles[at % len(titles)]


@pytest.mark.parametrize("titles", [(NEW, OLD), (NEW, OLD.replace(" ", "  ")), (NEW, f"{NEW}, sources say", OLD)])
async def test_headlines_that_a_publisher_tries_in_turn_edit_a_message_there_and_back_and_no_more_that_day(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, titles: tuple[str, ...]
) -> None:
    rig = make_rig(group_interval=timedelta(0))
    await posted(rig, event("a", 0, MORNING))
    for at in range(20):
        await rig.arrive(event("a", 0, MORNING, title=turns(*titles)(at)))
        await rig.send()
        rig.clock.advance(timedelta(minutes=30))
    assert len((await store.headline_changes(["a"]))["a"]) == len(titles)
    last = (await messages(store))[-1]
    assert (" ".join(last.headline.split()), last.notes) == (OLD, ())


async def test_the_headline_that_stays_in_the_end_is_told_once_it_has_rested(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    hours = []
    for hour in range(40):
        if await rig.arrive(event("a", 0, MORNING, title=turns(NEW, OLD)(min(hour, 4)))):
            hours.append(hour)
        rig.clock.advance(timedelta(hours=1))
    assert hours == [0, 1, 25]
    assert (await store.items(["a"]))["a"].title == NEW


async def test_a_text_that_changes_with_a_headline_that_rests_is_taken_in(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    for at in range(3):
        await rig.arrive(event("a", 0, MORNING, title=turns(NEW, OLD)(at)))
    text = "The council of Harbour City keeps its cameras for ninety days after a hearing on Monday. A judge will look at them."
    await rig.arrive(event("a", 0, MORNING, title=NEW, content_text=text))
    item = (await store.items(["a"]))["a"]
    assert (item.title, item.content_text) == (OLD, text)


async def test_a_headline_that_is_new_is_told_however_many_took_turns_before(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    for at in range(9):
        await rig.arrive(event("a", 0, MORNING, title=turns(NEW, OLD)(at)))
    third = f"{OLD} after all"
    await rig.arrive(event("a", 0, MORNING, title=third))
    assert (await messages(store))[-1].headline == third


async def test_a_rule_that_matches_only_the_new_words_posts_in_its_channel(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rules = (Rule("cameras", "council cameras", channels=("team",)), Rule("courts", "suspends", channels=("law",)))
    rig = make_rig(rules, channels=("team", "law"))
    await posted(rig, event("a", 0, MORNING))
    rows = await rig.arrive(event("a", 0, MORNING, title=NEW))
    assert sorted((row.channel_id, str(row.action), row.reason) for row in rows) == [
        ("law", "post", Reason.NEW_STORY),
        ("team", "edit", Reason.REVISED),
    ]


async def test_a_rule_that_holds_no_longer_stays_named_and_loses_its_places(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rules = (Rule("cameras", "council cameras", channels=("team",)), Rule("ends", "title:ends", channels=("team",)))
    rig = make_rig(rules)
    await posted(rig, event("a", 0, MORNING))
    await rig.arrive(event("a", 0, MORNING, title=NEW))
    assert {match.rule_id: bool(match.spans) for match in (await store.matches_of(["a"]))["a"]} == {"cameras": True, "ends": False}
    assert [rule for rule, _ in (await messages(store))[-1].rules] == ["cameras", "ends"]


async def test_what_was_passed_over_is_no_news_for_reading_differently(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING), baseline=True)
    assert await rig.arrive(event("a", 0, MORNING, title=NEW)) == []
    rig = make_rig(max_age=timedelta(days=1))
    await rig.arrive(event("b", 2, MORNING - timedelta(days=9)))
    assert await rig.arrive(event("b", 2, MORNING - timedelta(days=9), title=f"{event('b', 2, MORNING).title}, again")) == []


async def test_a_change_of_a_member_that_does_not_lead_is_kept_and_edits_nothing(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    await rig.arrive(event("b", 0, MORNING + timedelta(hours=1)))
    assert await rig.arrive(event("b", 0, MORNING + timedelta(hours=1), title=NEW)) == []
    assert (await store.items(["b"]))["b"].title == NEW
    story = await store.story_of_item("b")
    assert story is not None
    assert (story.title, story.format) == (OLD, Format.NEWS)


async def test_what_changes_again_meanwhile_is_decided_again(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    await rig.store_items(event("a", 0, MORNING, title=NEW))
    stale: list[Stale] = []

    class Meddling:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        async def commit_alert(self, batch: Any) -> Any:
            if not stale:
                await rig.store_items(event("a", 0, MORNING, title=f"{NEW}, again"))
            try:
                return await store.commit_alert(batch)
            except Stale as error:
                stale.append(error)
                raise

    await rig.alerter(Meddling()).file_ready()
    assert len(stale) == 1
    assert (await messages(store))[-1].headline == f"{NEW}, again"
    assert await store.edited_items(10) == []


async def test_changes_that_cannot_be_taken_in_wait_and_are_told(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await posted(rig, event("a", 0, MORNING))
    await rig.store_items(event("a", 0, MORNING, title=NEW))

    class Never:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        async def commit_alert(self, batch: Any) -> Any:
            raise Stale("the story changed")

    with pytest.raises(StoreError, match="tried again"):
        await rig.alerter(Never()).file_ready()
    assert [entry.item.title for entry in await store.edited_items(10)] == [NEW]
    await rig.alerter().file_ready()
    assert (await messages(store))[-1].headline == NEW


async def test_the_archive_finds_a_changed_item_by_its_new_words(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await store.use_words("w1")
    await posted(rig, event("a", 0, MORNING))

    async def found(word: str) -> list[str]:
        numbers = await store.archive_numbers(SearchWord(word), words="w1")
        return [item.title for item in await store.archive_items(numbers)]

    assert (await found("suspends"), await found("contract")) == ([], [OLD])
    await rig.arrive(event("a", 0, MORNING, title=NEW))
    assert (await found("suspends"), await found("contract"), await found("glaciers")) == ([NEW], [NEW], [])


def test_a_note_counts_from_what_readers_saw_first() -> None:
    one, two = HeadlineChange("a", "First", "Second", MORNING), HeadlineChange("a", "Second", "Third", MORNING + timedelta(hours=1))
    assert changed_note("Third", (one, two), MORNING, "UTC") == 'Headline changed Tue 10 March, 09:00 UTC, from "First".'
    assert changed_note("Third", (one, two), MORNING + timedelta(minutes=1), "UTC") == (
        'Headline changed Tue 10 March, 09:00 UTC, from "Second".'
    )
    assert changed_note("Third", (one, two), MORNING + timedelta(hours=2), "UTC") is None
    assert changed_note("Third", (one, two), None, "UTC") is None
    assert changed_note("First", (one, replace(two, after="First")), MORNING, "UTC") is None
