"""From queued items to committed decisions, on the real store, engine, story decisions and planner."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.compose import rulebook
from bot.config.load import load_for_replay
from bot.core.deliveries import Action, DeliveryState
from bot.core.errors import StoreError
from bot.core.model import Rule, RuleStatus
from bot.core.outbox import AlertBatch, Stale
from bot.core.reasons import Reason
from bot.core.sources import PollRecord, SourceState
from bot.service import alert
from bot.service.alert import ATTEMPTS, BATCH
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)
TEAM = ("team", "post", "sent")
OTHER_TITLE = "Council in Harbour City lets number plate cameras contract lapse"
OWN_WORDS = (
    "Nwosu asked for a vote on the lapse of the contract; motorists filled the gallery and read from a diary of "
    "number plates the council cameras kept."
)


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["channel"], row["action"], row["state"]) for row in rows]


# ---------------------------------------------------------------- one message per story and channel


async def test_a_story_is_posted_once_in_each_channel_of_its_rule(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    rig = make_rig(channels=("team", "night"))
    await rig.arrive(event("a", 0, MORNING))
    rows = await rig.send()
    assert sorted(told(rows)) == [("night", "post", "sent"), ("team", "post", "sent")]
    assert len({row["story_id"] for row in rows}) == 1
    await rig.arrive(event("a-copy", 0, MORNING + timedelta(hours=1)))
    assert [row["action"] for row in await rig.send() if row["action"] == "post"] == []


async def test_an_item_that_matches_two_rules_of_a_channel_is_one_post_that_names_both(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rules = (
        Rule("cameras", "council cameras", title="Cameras", channels=("team",)),
        Rule("plates", '"number plates"', title="Plates", channels=("team", "night")),
    )
    rig = make_rig(rules, channels=("team", "night"))
    await rig.arrive(event("a", 0, MORNING))
    texts = {row["channel"]: row["text"] for row in await rig.send()}
    assert "Cameras" in texts["team"]
    assert "Plates" in texts["team"]
    assert "Plates" in texts["night"]
    assert "Cameras ·" not in texts["night"]
    assert "Rule: Cameras" not in texts["night"]


async def test_a_rule_without_channels_posts_nothing_but_its_match_is_kept(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig((Rule("silent", "council cameras"),))
    assert await rig.arrive(event("a", 0, MORNING)) == []
    assert [match.rule_id for match in (await store.matches_of(["a"]))["a"]] == ["silent"]
    assert await rig.story_of("a") is not None


async def test_an_item_that_matches_nothing_is_filed_without_a_story(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    assert await rig.arrive(event("a", None, MORNING)) == []
    assert await store.queued_count() == 0
    assert await rig.story_of("a") is None
    assert set(await store.members(["a"])) == {"a"}


async def test_stories_are_posted_in_order_of_arrival_and_a_batch_never_holds_more_than_fifty(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    fillers = [
        replace(event(f"f{n}", None, MORNING), title=f"Note {n}", content_text=f"Nothing of {n * 7919}.")
        for n in range(2 * BATCH + 5)
    ]
    items = [event("a", 0, MORNING), *fillers, event("b", 1, MORNING), event("c", 2, MORNING)]
    await rig.arrive(*items)
    assert [len(filed.items) for filed in rig.filed] == [50, 50, 8]
    assert [entry.item.id for filed in rig.filed for entry in filed.items] == [item.id for item in items]
    assert [row["text"].splitlines()[0] for row in await rig.send()] == [item.title for item in items if item.id in {"a", "b", "c"}]
    assert rig.reader.forgotten == [item.id for item in items]


async def test_an_unread_page_holds_up_only_its_own_item(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    rig.reader.unread = {"slow"}
    await rig.arrive(event("slow", 0, MORNING), event("quick", 1, MORNING))
    assert len(await rig.send()) == 1
    await rig.arrive(event("later", 2, MORNING))
    assert len(await rig.send()) == 1
    assert await store.queued_count() == 1
    rig.reader.unread = set()
    await rig.alerter().file_ready()
    assert [row["text"].splitlines()[0] for row in await rig.send()] == [event("slow", 0, MORNING).title]


async def test_an_unread_page_in_a_long_queue_leaves_the_batches_full(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    items = [
        replace(event(f"f{n}", None, MORNING), title=f"Note {n}", content_text=f"Nothing of {n * 7919}.")
        for n in range(2 * BATCH + 5)
    ]
    slow = items[BATCH + 9].id
    rig.reader.unread = {slow}
    await rig.arrive(*items)
    assert [len(filed.items) for filed in rig.filed] == [50, 50, 4]
    assert [entry.item.id for filed in rig.filed for entry in filed.items] == [item.id for item in items if item.id != slow]
    assert await store.queued_count() == 1


# ---------------------------------------------------------------- what is not news


async def test_a_first_poll_posts_nothing_and_says_why(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    rig = make_rig()
    rows = await rig.arrive(event("a", 0, MORNING), event("b", 1, MORNING), baseline=True)
    assert {(row.action, row.state, row.reason) for row in rows} == {(Action.POST, DeliveryState.SKIPPED, Reason.BASELINE)}
    assert await rig.send() == []


async def test_a_story_known_from_a_first_poll_is_told_by_the_article_that_is_news_and_stays_so(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("old", 0, MORNING), baseline=True)
    news = replace(event("news", 0, MORNING + timedelta(hours=2)), title=OTHER_TITLE, content_text=OWN_WORDS)
    await rig.arrive(news)
    (post,) = await rig.send()
    assert post["text"].splitlines()[0] == OTHER_TITLE
    assert "(2 independent outlets)" in post["text"]
    third = replace(
        event("third", 0, MORNING + timedelta(hours=3)),
        title="Mayor Nwosu sees Harbour City contract for number plate cameras lapse",
        content_text="Motorists cheered in the gallery when the council cameras lost their contract for number plates.",
    )
    await rig.arrive(third)
    assert [row["text"].splitlines()[0] for row in await rig.send()] == [OTHER_TITLE]


async def test_backfill_posts_so_many_of_the_newest_items_of_a_first_poll(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(backfill=2)
    items = [replace(event(f"i{n}", n, MORNING + timedelta(minutes=n)), source_id="ledger") for n in range(5)]
    ranked = tuple((replace(item, first_seen=NOON), 4 - n) for n, item in enumerate(items))
    await store.commit_poll(PollRecord(SourceState("ledger", baselined_at=NOON), ranked), NOON)
    await rig.alerter().file_ready()
    assert [row["text"].splitlines()[0] for row in await rig.send()] == [items[3].title, items[4].title]
    reasons = Counter(row.reason for filed in rig.filed for row in filed.deliveries)
    assert reasons == {Reason.BASELINE: 3, Reason.BACKFILL: 2}


async def test_a_story_of_a_first_poll_is_posted_once_a_fresh_report_of_its_own_joins(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("old", 0, MORNING), baseline=True)
    await rig.arrive(event("copy", 0, MORNING + timedelta(hours=1)))
    assert await rig.send() == []
    fresh = event("fresh", 0, MORNING + timedelta(hours=2), title=OTHER_TITLE, content_text=OWN_WORDS)
    await rig.arrive(fresh)
    assert await rig.story_of("fresh") == await rig.story_of("old")
    assert told(await rig.send()) == [TEAM]


async def test_a_rerun_is_not_posted_and_stays_in_the_story_it_repeats(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(event("old", 0, NOON - timedelta(days=1900)), baseline=True)
    rows = await rig.arrive(event("again", 0, MORNING))
    assert [(row.state, row.reason) for row in rows if row.state is DeliveryState.PENDING] == []
    assert await rig.send() == []
    (entry,) = rig.filed[-1].items
    assert (entry.change.rerun_of, entry.change.duplicate_of, entry.reason) == ("old", "old", Reason.RERUN)
    assert await rig.story_of("again") == await rig.story_of("old")


async def test_an_original_that_arrives_after_its_rerun_turns_the_first_into_the_rerun(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig(max_age=None)
    await rig.arrive(event("again", 0, MORNING))
    await rig.arrive(event("original", 0, NOON - timedelta(days=400)))
    members = await store.members(["again", "original"])
    assert (members["again"].rerun_of, members["again"].duplicate_of) == ("original", "original")
    assert members["original"].rerun_of is None


async def test_too_old_an_item_is_stored_and_not_posted(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    rig = make_rig(max_age=timedelta(days=7))
    (row,) = await rig.arrive(event("a", 0, NOON - timedelta(days=8)))
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, Reason.TOO_OLD)


# ---------------------------------------------------------------- copies, merges, follow-ups


async def test_a_matched_copy_adopts_the_unmatched_item_it_repeats(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rules = (Rule("reuters", 'outlet:"Wire Service" council', channels=("team",)),)
    rig = make_rig(rules)
    await rig.arrive(event("first", 0, MORNING))
    assert await rig.story_of("first") is None
    await rig.arrive(event("second", 0, MORNING + timedelta(hours=1), outlet="Wire Service"))
    story = await rig.story_of("second")
    assert story is not None
    assert await rig.story_of("first") == story
    assert [entry.item.id for entry in rig.filed[-1].items] == ["second"]
    assert rig.filed[-1].seen_stories[0].item_ids == ("first", "second")
    assert told(await rig.send()) == [TEAM]


async def test_an_item_that_belongs_to_two_stories_makes_them_one_and_the_younger_message_a_pointer(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING))
    await rig.arrive(event("b", 1, MORNING))
    older, younger = await rig.story_of("a"), await rig.story_of("b")
    assert len(await rig.send()) == 2
    await rig.arrive(event("bridge", 1, MORNING + timedelta(hours=1), url="https://a.example/a"))
    assert [await rig.story_of(item_id) for item_id in ("a", "b", "bridge")] == [older, older, older]
    assert younger is not None
    assert (await store.stories([younger]))[younger].merged_into == older
    (pointer,) = [row for row in await rig.send() if row["story_id"] == younger]
    assert (pointer["action"], pointer["reason"]) == ("edit", "merged")
    assert pointer["text"].startswith("This story goes on as: Harbour City council")


async def test_a_message_that_waits_is_not_sent_when_its_story_is_merged_away(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig(group_wait=timedelta(seconds=30))
    await rig.arrive(event("a", 0, MORNING))
    await rig.arrive(event("b", 1, MORNING))
    rows = await rig.arrive(event("bridge", 1, MORNING + timedelta(hours=1), url="https://a.example/a"))
    assert (DeliveryState.SKIPPED, Reason.MERGED_AWAY) in {(row.state, row.reason) for row in rows}
    rig.clock.advance(timedelta(seconds=31))
    assert told(await rig.send()) == [TEAM]


async def test_stories_opened_and_merged_in_one_batch_are_stored_and_told_once(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    await rig.arrive(
        event("a", 0, MORNING), event("b", 1, MORNING), event("bridge", 1, MORNING + timedelta(hours=1), url="https://a.example/a")
    )
    assert len(rig.filed) == 1
    story = await rig.story_of("a")
    assert [await rig.story_of(item_id) for item_id in ("b", "bridge")] == [story, story]
    assert told(await rig.send()) == [TEAM]
    gone = [change.change.merged for change in rig.filed[0].items if change.change.merged]
    assert len(gone) == 1
    record = (await store.stories(gone[0]))[gone[0][0]]
    assert record.merged_into == story
    await rig.arrive(event("late", 1, MORNING + timedelta(hours=2)))
    assert await rig.story_of("late") == story


async def test_stories_merged_one_into_the_next_in_one_batch_leave_no_message_behind(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    for number, name in enumerate("abc"):
        await rig.arrive(event(name, number, MORNING))
    oldest, *younger = [await rig.story_of(name) for name in "abc"]
    assert len(await rig.send()) == 3
    later = MORNING + timedelta(hours=1)
    await rig.arrive(event("bc", 2, later, url="https://b.example/b"), event("ab", 1, later, url="https://a.example/a"))
    assert len(rig.filed[-1].items) == 2
    assert {await rig.story_of(name) for name in ("a", "b", "c", "ab", "bc")} == {oldest}
    pointers = [row for row in await rig.send() if row["reason"] == "merged"]
    assert {row["story_id"] for row in pointers} == set(younger)


async def test_a_story_that_stands_beside_another_names_it(make_rig: Callable[..., Any], event: Callable[..., Any]) -> None:
    rig = make_rig()
    await rig.arrive(event("vote", 0, MORNING))
    opinion = event(
        "view",
        0,
        NOON,
        title="Opinion: a council that ends its contract should delete the diary of plates, too",
        content_text=OWN_WORDS,
    )
    await rig.arrive(opinion)
    assert await rig.story_of("view") != await rig.story_of("vote")
    first, second = await rig.send()
    assert "Follows" not in first["text"]
    assert "Harbour City council ends contract for cameras that read number plates" in second["text"].partition("Follows")[2]


async def test_an_independent_report_of_the_same_event_edits_the_message(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("a", 0, MORNING))
    assert told(await rig.send()) == [TEAM]
    await rig.arrive(event("b", 0, MORNING + timedelta(hours=2), title=OTHER_TITLE, content_text=OWN_WORDS))
    (edit,) = await rig.send()
    assert (edit["action"], edit["state"], edit["reason"]) == ("edit", "sent", "new_outlet")
    assert "Outlet b" in edit["text"]


# ---------------------------------------------------------------- rules that changed since


@pytest.mark.parametrize("status", [RuleStatus.RETIRED, RuleStatus.DRAFT])
async def test_a_rule_that_is_not_live_any_more_posts_no_story_it_matched_before(
    make_rig: Callable[..., Any], event: Callable[..., Any], status: RuleStatus
) -> None:
    first = make_rig((Rule("old", "council cameras", channels=("team",)),))
    await first.arrive(event("a", 0, MORNING), baseline=True)
    rules = (Rule("old", "council cameras", channels=("team",), status=status), Rule("new", '"number plates"', channels=("night",)))
    second = make_rig(rules, channels=("team", "night"))
    second.rules = dict(rulebook(replace(load_for_replay(None), rules=rules), second.engine, second.channels).rules)
    await second.arrive(event("b", 0, MORNING + timedelta(hours=2), title=OTHER_TITLE, content_text=OWN_WORDS))
    assert await second.story_of("b") == await second.story_of("a")
    assert {row["channel"] for row in await second.send()} == {"night"}


async def test_what_a_rule_in_draft_matches_is_kept_and_neither_opens_a_story_nor_posts(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig((Rule("live", '"fishing boats"', channels=("team",)),))
    drafts = (Rule("draft", "council cameras", channels=("team",), status=RuleStatus.DRAFT),)
    book = rulebook(replace(load_for_replay(None), rules=drafts), rig.engine, rig.channels)
    assert book.drafts is not None
    rig.drafts = book.drafts
    await rig.arrive(event("a", 0, MORNING))
    assert await rig.send() == []
    assert await rig.story_of("a") is None
    assert await store.matches_of(["a"]) == {"a": ()}
    ((kept,),) = (await store.draft_matches_of(["a"])).values()
    assert (kept.rule_id, kept.spans[0].text) == ("draft", "council")
    assert kept.rule_version == book.drafts.rules[0].version


def test_without_rules_in_draft_nothing_is_compiled_for_them(make_rig: Callable[..., Any]) -> None:
    rig = make_rig()
    assert rulebook(load_for_replay(None), rig.engine, rig.channels).drafts is None


# ---------------------------------------------------------------- the world changes between deciding and committing


class Meddling:
    """The store, with somebody else who files an item just before each of the first ``times`` commits."""

    def __init__(self, store: Store, meddle: Any, times: int) -> None:
        self._store = store
        self._meddle = meddle
        self.left = times
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit_alert(self, batch: AlertBatch) -> Any:
        self.commits += 1
        if self.left:
            self.left -= 1
            await self._meddle()
        return await self._store.commit_alert(batch)


async def test_what_was_decided_on_a_story_that_changed_meanwhile_is_decided_again(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig, other = make_rig(), make_rig()
    await rig.arrive(event("a", 0, MORNING))
    await rig.arrive(event("b", 1, MORNING))
    await rig.send()
    story = await rig.story_of("a")
    rig.reader.unread = {"bridge"}
    await rig.store_items(
        event("copy", 0, MORNING + timedelta(hours=2)), event("bridge", 1, MORNING + timedelta(hours=1), url="https://a.example/a")
    )
    other.reader.unread = {"copy"}

    async def file_the_bridge() -> None:
        await other.alerter().file_ready()

    meddling = Meddling(store, file_the_bridge, 1)
    await rig.alerter(meddling).file_ready()
    assert meddling.commits == 2
    members = await store.members_of([story or ""])
    assert [member.item_id for member in members] == ["a", "b", "copy", "bridge"]
    assert rig.points.count("alert.decided") == rig.points.count("alert.committed") + 1
    assert len([row for row in await rig.send() if row["action"] == "post"]) == 0


async def test_when_the_stories_keep_changing_the_items_stay_queued_and_the_stage_says_so(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()

    class Never(Meddling):
        async def commit_alert(self, batch: AlertBatch) -> Any:
            self.commits += 1
            raise Stale("the story changed")

    never = Never(store, None, 0)
    await rig.store_items(event("a", 0, MORNING))
    with pytest.raises(StoreError, match="They stay queued"):
        await rig.alerter(never).file_ready()
    assert never.commits == ATTEMPTS
    assert await store.queued_count() == 1
    assert rig.filed == []


async def test_a_stop_lets_the_batch_in_hand_end_and_leaves_the_rest_queued(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig()
    fillers = [replace(event(f"f{n}", None, MORNING), title=f"Note {n}", content_text=f"Nothing of {n}.") for n in range(BATCH + 1)]
    await rig.store_items(*fillers)

    async def stop() -> None:
        alerter.stop()

    alerter = rig.alerter(Meddling(store, stop, 1))
    assert await alerter.file_ready() == BATCH
    assert await store.queued_count() == 1


# ---------------------------------------------------------------- entries that change


async def test_a_guid_used_again_leaves_the_posted_message_and_posts_the_other_article(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    await rig.arrive(event("latest", 0, MORNING, url="https://wire.example/1"))
    first = await rig.send()
    await rig.arrive(event("latest", 2, MORNING, url="https://wire.example/2"))
    second = await rig.send()
    assert [row["action"] for row in first + second] == ["post", "post"]
    assert second[0]["text"].splitlines()[0] == event("x", 2, MORNING).title
    await rig.arrive(event("latest", 2, MORNING, url="https://wire.example/2"))
    assert await rig.send() == []


async def test_an_entry_completed_after_its_first_poll_is_matched_and_posted(
    make_rig: Callable[..., Any], event: Callable[..., Any]
) -> None:
    rig = make_rig()
    assert await rig.arrive(event("a", 0, MORNING, title="Vote in Harbour City", content_text="Full report to follow.")) == []
    await rig.arrive(event("a", 0, MORNING))
    assert told(await rig.send()) == [TEAM]
    (edit,) = await rig.arrive(event("a", 0, MORNING, content_text="Council cameras: glaciers melt."))
    assert (str(edit.action), edit.reason) == ("edit", Reason.REVISED)


async def test_an_item_filed_again_stays_the_original_of_its_copies(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store
) -> None:
    rig = make_rig((Rule("glass", "fishmonger", channels=("team",)),))
    await rig.arrive(event("a", 0, MORNING), event("b", 0, MORNING - timedelta(hours=1)), event("c", 0, MORNING))
    before = await store.members(["a", "b", "c"])
    original = before["a"].duplicate_of or "a"
    again = event(original, 0, MORNING + timedelta(hours=2))
    await rig.arrive(replace(again, content_text=f"{again.content_text} A fishmonger spoke.", content_hash="more"))
    after = await store.members(["a", "b", "c"])
    assert after[original].duplicate_of is None
    assert {member.duplicate_of for member in after.values()} == {None, original}
    assert {member.story_id for member in after.values()} == {await rig.story_of(original)}


# ---------------------------------------------------------------- beside other tasks


async def test_other_tasks_get_their_turn_between_the_items_of_a_batch(
    make_rig: Callable[..., Any], event: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    turns = 0
    at_call: dict[str, list[int]] = {"fingerprint": [], "decide": [], "load": []}

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def watched(name: str, does: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            at_call[name].append(turns)
            return does(*arguments, **named)

        return call

    await rig.arrive(*(event(f"old{n}", None, MORNING, url=f"https://old.example/{n}") for n in range(2)))
    monkeypatch.setattr(alert, "LOADED_AT_ONCE", 1)
    for name in ("fingerprint", "decide"):
        monkeypatch.setattr(alert, name, watched(name, getattr(alert, name)))
    monkeypatch.setattr(alert.MemoryIndex, "load", watched("load", alert.MemoryIndex.load))
    task = asyncio.create_task(other())
    await rig.arrive(*(event(f"new{n}", None, MORNING, url=f"https://new.example/{n}") for n in range(6)))
    task.cancel()
    assert len(at_call["decide"]) == len(at_call["fingerprint"]) == 6
    assert len(at_call["load"]) == 3
    for name in ("fingerprint", "decide"):
        assert all(before < after for before, after in pairwise(at_call[name])), name
    assert at_call["load"][1] < at_call["load"][2]
