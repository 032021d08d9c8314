"""What a site prints under all its articles stays out of an article whose source gives it again, changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from structlog.testing import capture_logs

from bot.core.clock import VirtualClock
from bot.core.identity import content_hash
from bot.core.model import Item, Rule
from bot.core.reasons import Reason
from bot.service.read import Reader
from bot.service.repeated import ONLY_REPEATED, OwnWords
from bot.store.database import Store
from bot.store.edits import MOST_EDITS
from bot.text.repeats import SEEN_IN, Repeats

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
APPEAL = "Support our newsroom: a monthly gift pays for reporting on weather balloons."
COOKIES = "We use cookies so that your visits can be counted; you may refuse them below."
STATEMENT = "The mayor called the vote a gift to careless drivers, and left the room before the second reading."
REMARK = "This article was updated to add a statement by the mayor."
RULES = (
    Rule("cameras", "council cameras", title="Cameras", channels=("team",)),
    Rule("balloons", '"weather balloons"', title="Balloons", channels=("team",)),
)


def own_words(store: Store, clock: VirtualClock, event: Callable[..., Any]) -> OwnWords:
    """Has read articles of one site under unlike headlines, each with two such lines below it."""
    learnt = OwnWords(Repeats(), store=store, clock=clock)
    for number in range(1, SEEN_IN + 1):
        learnt.of(at_site(event(f"o{number}", number, MORNING), APPEAL, COOKIES))
    return learnt


def at_site(item: Item, *more: str, **changes: Any) -> Item:
    """The article at the site, with further paragraphs below it."""
    address = f"https://ledger.example/{item.id}"
    text = "\n\n".join([item.content_text, *more])
    given = replace(item, url=address, canonical_url=address, content_text=text, **changes)
    return replace(given, content_hash=content_hash(given.title, "", text))


def rig_of(make_rig: Callable[..., Any], learnt: OwnWords) -> Any:
    rig = make_rig(RULES)
    rig.reader = Reader({}, read_page=None, on_ready=lambda: None, own_words=learnt.of)  # type: ignore[arg-type]  # reads no page
    rig.own_words = learnt.of
    return rig


async def test_what_a_site_prints_everywhere_stays_out_of_a_changed_article_and_matches_nothing(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = rig_of(make_rig, own_words(store, clock, event))
    article = event("a", 0, MORNING)
    await rig.arrive(at_site(article, APPEAL))
    assert [row["action"] for row in await rig.send()] == ["post"]
    clock.advance(timedelta(hours=1))
    await rig.store_items(at_site(article, STATEMENT, REMARK, APPEAL))
    stored = (await store.items(["a"]))["a"]
    assert stored.content_text == article.content_text  # what its matches stand in, until others are written
    await rig.alerter().file_ready()
    stored = (await store.items(["a"]))["a"]
    assert (stored.content_text, stored.notes) == (f"{article.content_text}\n\n{STATEMENT}", (REMARK,))
    assert {match.rule_id for match in (await store.matches_of(["a"]))["a"]} == {"cameras"}
    assert all(APPEAL not in row["text"] for row in await rig.send())


async def test_a_change_of_what_the_site_prints_everywhere_alone_is_none_however_often_it_comes(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = rig_of(make_rig, own_words(store, clock, event))
    article = event("a", 0, MORNING)
    await rig.arrive(at_site(article, APPEAL))
    await rig.send()
    matches = await store.matches_of(["a"])
    clock.advance(timedelta(hours=1))
    for _ in range(MOST_EDITS):
        for line in (COOKIES, APPEAL):
            before = len(rig.filed)
            assert await rig.arrive(at_site(article, line)) == []
            assert len(rig.filed) == before + 1, "else this test would show nothing: the change was not even looked at"
    assert await rig.send() == []
    assert await store.matches_of(["a"]) == matches
    (row,) = await rig.arrive(at_site(article, STATEMENT, APPEAL, title="Harbour City council suspends contract for cameras"))
    assert row.reason is Reason.REVISED


async def test_a_note_that_a_text_is_only_what_its_site_prints_goes_with_that_text(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    learnt = own_words(store, clock, event)
    rig = rig_of(make_rig, learnt)
    article = event("a", 0, MORNING)
    await rig.arrive(at_site(event("a", 0, MORNING, content_text=APPEAL)))
    assert (await store.items(["a"]))["a"].notes == (ONLY_REPEATED,)
    await rig.arrive(at_site(event("a", 0, MORNING, content_text=APPEAL, title=f"{article.title}, again")))
    stored = (await store.items(["a"]))["a"]
    assert (stored.content_text, stored.notes) == ("", (ONLY_REPEATED,))
    await rig.arrive(at_site(article, APPEAL))
    stored = (await store.items(["a"]))["a"]
    assert (stored.content_text, stored.notes) == (article.content_text, ())


async def test_a_fault_in_reading_a_changed_article_is_told_and_the_change_is_taken_as_it_came(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()

    def broken(item: Item) -> Item:
        raise RuntimeError(item.id)

    rig.own_words = broken
    article = event("a", 0, MORNING)
    await rig.arrive(article)
    with capture_logs() as logs:
        await rig.arrive(at_site(article, STATEMENT))
    assert [entry["item"] for entry in logs if entry["log_level"] == "error"] == ["a"]
    assert STATEMENT in (await store.items(["a"]))["a"].content_text
