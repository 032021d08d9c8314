"""What items lose that is not their articles' words, and how long that is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from bot.core.clock import VirtualClock
from bot.core.errors import StoreError
from bot.core.model import Item, TextState
from bot.core.sources import QueuedItem
from bot.service.kept import SAVED_EVERY
from bot.service.read import Reader
from bot.service.repeated import FACT, ONLY_REPEATED, OwnWords, remembered, with_notes_apart
from bot.store.database import Store
from bot.text.boilerplate import PAYWALLED
from bot.text.repeats import SEEN_IN, Repeats

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
APPEAL = "Support our newsroom with a monthly gift, because independent reporting costs money."


def item(number: int, text: str, *, summary: str = "") -> Item:
    address = f"https://ledger.example/{number}"
    name = "bcdfghjklm"[number] * 5
    return Item(
        f"i{number}",
        "ledger",
        f"Ferry {name} leaves for {name[::-1]}land",
        NOW,
        url=address,
        canonical_url=address,
        summary=summary,
        content_text=text,
        text_state=TextState.FULL,
    )


def article(number: int, *more: str) -> str:
    said = [f"Speaker {number * 9 + n} told the council what he had seen on the quay that night." for n in range(5)]
    return "\n\n".join([*said, *more])


@pytest.fixture
def own_words(store: Store, clock: VirtualClock) -> OwnWords:
    return OwnWords(Repeats(), store=store, clock=clock)


def test_a_line_that_a_site_prints_under_every_article_is_gone_before_matching(own_words: OwnWords) -> None:
    for number in range(SEEN_IN):
        assert APPEAL in own_words.of(item(number, article(number, APPEAL))).content_text
    read = own_words.of(item(3, article(3, APPEAL)))
    assert (read.content_text, read.text_state, read.notes) == (article(3), TextState.FULL, ())


def test_a_page_that_gives_only_what_its_site_repeats_says_so(own_words: OwnWords) -> None:
    for number in range(SEEN_IN):
        own_words.of(item(number, APPEAL))
    read = own_words.of(item(8, APPEAL))
    assert (read.content_text, read.text_state, read.notes) == ("", TextState.NONE, (ONLY_REPEATED,))
    assert own_words.of(item(9, APPEAL, summary="A lead.")).text_state is TextState.EXCERPT


def test_an_item_without_text_or_address_is_left_alone(own_words: OwnWords) -> None:
    bare = Item("i", "ledger", "Case", NOW)
    assert own_words.of(bare) is bare
    nowhere = replace(item(1, APPEAL), url=None, canonical_url=None)
    for _ in range(5):
        assert own_words.of(nowhere) == nowhere
    assert own_words.of(replace(nowhere, content_text=f"{APPEAL}\nCorrection: the vote was in May.")).content_text == APPEAL


def test_a_text_of_very_many_lines_is_taken_as_it_is(own_words: OwnWords) -> None:
    list_of_names = item(1, "This article was updated.\n" + "A name on a list.\n" * 5000)
    assert own_words.of(list_of_names) is list_of_names


@pytest.mark.parametrize(
    "note",
    [
        "This article was updated on Tuesday to add a statement by the mayor.",
        "Update: This story has been changed to add a statement by Lantern.",
        "Update, 3 June: Adds a statement by Lantern.",
        "Correction: An earlier version gave the wrong number of cameras.",
        "This story originally ran in The Quay Gazette, a sister publication.",
        "EMBARGOED UNTIL 6 p.m. on 10 March 2026",
        "Under embargo until Tuesday.",
        "For immediate release",
        "Not for publication before 10 March, 18:00 UTC",
    ],
)
def test_a_remark_about_the_article_is_a_note_and_not_its_text(note: str) -> None:
    read = with_notes_apart(item(1, article(1, note)))
    assert (read.content_text, read.notes, read.text_state) == (article(1), (note,), TextState.FULL)


@pytest.mark.parametrize(
    "words",
    [
        "Embargo on camera exports until June, ministers said on Tuesday.",
        "The update of the software was published on Monday.",
        "Update: The council has voted to switch its face recognition off.",
        "UPDATED (3 June): Lantern has left the state, the mayor said.",
        "Update: " + "The council has voted to switch the cameras off at once and to delete what they recorded. " * 5,
    ],
)
def test_news_that_sounds_like_a_remark_stays_text(words: str) -> None:
    assert with_notes_apart(item(1, article(1, words))) == item(1, article(1, words))


def test_a_lead_with_a_line_that_asks_for_a_subscription_is_marked() -> None:
    lead = "The council of Harbour voted on Tuesday to end its contract."
    read = with_notes_apart(item(1, f"{lead}\nSubscribe to continue reading this article.", summary="A lead."))
    assert (read.content_text, read.notes, read.text_state) == (lead, (PAYWALLED,), TextState.EXCERPT)
    whole = article(1) + "\n\n" + article(2) + "\n\nAlready a subscriber? Log in to keep reading."
    read = with_notes_apart(item(1, whole))
    assert (read.notes, read.text_state) == ((), TextState.FULL)
    assert "subscriber" not in read.content_text


def test_what_stands_in_one_line_with_a_call_to_subscribe_stays() -> None:
    lead = "Harbour police bought forty cameras for face recognition."
    read = with_notes_apart(item(1, f"{lead} Subscribe to continue reading. Your support keeps us going."))
    assert (read.content_text, read.notes, read.text_state) == (lead, (PAYWALLED,), TextState.EXCERPT)


@pytest.mark.parametrize(
    "news",
    [
        "A judge allowed the police to continue reading licence plates with Lantern cameras.",
        "The council voted to keep reading plates until June.",
        "Officers have to log in to access Lantern data, the chief said.",
        "This story of a man whose face was published by police began in May.",
    ],
)
def test_news_that_sounds_like_a_paywall_or_a_remark_is_matched(news: str) -> None:
    assert with_notes_apart(item(1, article(1, news))) == item(1, article(1, news))


def test_what_stands_in_one_line_with_a_remark_stays() -> None:
    read = with_notes_apart(item(1, article(1, "This article was updated on Monday. Police used plate readers.")))
    assert (read.content_text, read.notes) == (article(1, "Police used plate readers."), ("This article was updated on Monday.",))


@pytest.mark.parametrize("remark", ["Correction: Lantern sold forty cameras.", "Update: This story adds that Lantern left."])
def test_a_text_that_is_nothing_but_a_remark_stays_whole(remark: str) -> None:
    assert with_notes_apart(item(1, remark)) == item(1, remark)


def test_a_brief_that_its_site_prints_again_and_again_does_not_vanish(own_words: OwnWords) -> None:
    brief = "Harbour ends face recognition, the council says."
    for number in range(10):
        assert own_words.of(item(number, brief)).content_text == brief


async def test_what_was_learnt_is_saved_at_intervals_and_outlives_the_process(
    own_words: OwnWords, store: Store, clock: VirtualClock
) -> None:
    await own_words.keep_up()
    for number in range(SEEN_IN):
        own_words.of(item(number, article(number, APPEAL)))
    await own_words.keep_up()
    assert await store.fact(FACT) is None
    clock.advance(SAVED_EVERY)
    await own_words.keep_up()
    assert await store.fact(FACT) is not None
    later = OwnWords(await remembered(store), store=store, clock=clock)
    assert later.of(item(9, article(9, APPEAL))).content_text == article(9)
    await later.close()
    assert await store.fact(FACT) == (await remembered(store)).to_json()


async def test_a_database_that_does_not_answer_costs_no_article_and_is_asked_again(
    own_words: OwnWords, store: Store, clock: VirtualClock
) -> None:
    class Silent:
        async def fact(self, name: str) -> str | None:
            raise AssertionError

        async def keep_fact(self, name: str, value: str) -> None:
            raise StoreError("the database does not answer")

    silent = OwnWords(Repeats(), store=Silent(), clock=clock)
    await silent.close()
    silent.of(item(1, article(1)))
    clock.advance(SAVED_EVERY)
    with pytest.raises(StoreError):
        await silent.keep_up()
    with capture_logs() as logs:
        await silent.close()
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_a_memory_that_cannot_be_read_is_told_and_learning_begins_anew(store: Store) -> None:
    assert (await remembered(store)).to_json() == "{}"
    await store.keep_fact(FACT, "[1, 2")
    with capture_logs() as logs:
        assert (await remembered(store)).to_json() == "{}"
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_an_item_that_waits_for_its_turn_is_asked_once_and_again_when_its_source_changed_it() -> None:
    asked: list[Item] = []

    def own(given: Item) -> Item:
        asked.append(given)
        if given.title == "broken":
            raise ZeroDivisionError
        return replace(given, content_text="own")

    async def no_page(url: str) -> None:
        raise AssertionError

    reader = Reader({}, read_page=no_page, on_ready=lambda: None, own_words=own)  # type: ignore[arg-type]
    first, changed, broken = item(1, "one"), item(1, "two"), replace(item(2, "three"), title="broken")
    for given in (first, first, changed, changed):
        (settled,) = reader.ready([QueuedItem(given, 1)])
        assert settled.item.content_text == "own"
    assert asked == [first, changed]
    reader.forget(["i1"])
    reader.ready([QueuedItem(changed, 1)])
    assert asked == [first, changed, changed]
    with capture_logs() as logs:
        assert reader.ready([QueuedItem(broken, 2)])[0].item == broken
    assert [entry["log_level"] for entry in logs] == ["error"]
