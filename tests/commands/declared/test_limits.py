"""Nobody makes the others wait: what a workspace may ask for, and what it is told while it waits."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from itertools import count

from bot.commands.asking import Ask, Role
from bot.commands.backtested import PATIENCE, Progress
from bot.core.declared import Declared, Draft, Sort
from bot.core.errors import StoreError
from bot.core.model import Platform
from bot.core.overlays import Audited
from bot.core.quotas import Quotas
from bot.core.sources import PollRecord, SourceState
from bot.service.alert import BATCH
from bot.store.declared import MOST_DRAFTS

LINK = "https://gazette.example"
_NUMBER = re.compile(r"\b[a-z][0-9a-f]{12}\b")


async def test_links_are_looked_at_so_often_an_hour(town, clock, words):
    town.serve(LINK)
    for _ in range(Quotas().looks_per_hour):
        assert not (await town.ask(f"source test {LINK}")).error
    assert f"may look at {Quotas().looks_per_hour} links an hour" in words(await town.ask(f"source test {LINK}"))
    assert not (await town.other(f"source test {LINK}")).error
    assert not (await town.operator(f"source test {LINK}")).error
    clock.advance(timedelta(hours=1, seconds=1))
    assert not (await town.ask(f"source test {LINK}")).error


async def test_of_many_drafts_the_newest_are_kept(town, clock):
    for number in range(MOST_DRAFTS + 2):
        clock.advance(timedelta(seconds=1))
        now = clock.now()
        draft = Draft(f"n{number}", "slack:T1", "U1", "rule", (), now, now + timedelta(hours=1))
        await town.store.keep_draft(draft)
    assert await town.store.draft("slack:T1", "n1", clock.now()) is None
    assert await town.store.draft("slack:T1", "n2", clock.now()) is not None


async def test_what_is_declared_while_the_database_stops_answering_is_declared_all_the_same(town, monkeypatch):
    async def silent():
        raise StoreError("The disk is full.")

    reply = await town.ask("rule add mine police")
    monkeypatch.setattr(town.declaring, "_on_declared", silent)
    assert (await town.press(reply, "Confirm")).title == "In force: rule mine."
    assert "slack:T1/mine" not in {rule.id for rule in town.in_force.current.rules}
    await town.in_force.refresh()
    assert "slack:T1/mine" in {rule.id for rule in town.in_force.current.rules}


async def test_whatever_was_changed_in_an_hour_can_be_taken_back_in_it(town):
    tables = "\n".join(f"[[rules]]\nid = 'r{one}'\nquery = 'council{one}'" for one in range(Quotas().changes_per_hour))
    brought = await town.press(await town.ask("import", values={"toml": tables}), "Confirm")
    assert (await town.ask("rule add more police")).error
    assert not (await town.press(brought, "Undo")).error
    assert "slack:T1/r1" not in {rule.id for rule in town.in_force.current.rules}


async def test_what_does_not_count_any_more_is_told_to_its_own_workspace_alone(town, words):
    now = town.clock.now()
    made = [
        Declared("slack:T1", Sort.RULE, "lost", 1, {"query": "@gone police"}, "U1", now),
        Declared("slack:T1", Sort.SOURCE, "odd", 1, {"url": "nonsense"}, "U1", now),
    ]
    await town.store.declare(made, Audited("slack:T1", "U1", now, "import", (), (), ()))
    await town.in_force.refresh()
    said = words(await town.ask("rules"))
    assert "These do not count" in said
    assert "rule lost: " in said
    assert "source odd: " in said
    assert "lost" not in words(await town.other("rules"))


def test_who_waits_longer_than_three_seconds_is_told_how_far_it_is(clock):
    told: list[str] = []
    progress = Progress(Ask(Platform.SLACK, "T1", "C1", "U1", "", tell=told.append), clock)
    progress(0, 400)
    clock.advance(timedelta(seconds=PATIENCE))
    progress(100, 400)
    progress(150, 400)
    clock.advance(timedelta(seconds=PATIENCE))
    progress(300, 400)
    assert told == ["Looking at past articles: 25 %.", "Looking at past articles: 75 %."]


def test_a_face_that_cannot_show_it_leaves_it_out(clock):
    progress = Progress(Ask(Platform.SLACK, "T1", "C1", "U1", ""), clock)
    clock.advance(timedelta(seconds=PATIENCE))
    progress(1, 0)


async def test_drafts_that_are_confirmed_at_once_keep_to_the_caps(new_town, words):
    town = await new_town(quotas=Quotas(rules=3))
    drafts = [await town.ask(f"rule add number{number} police{number}") for number in range(6)]
    told = await asyncio.gather(*(town.ask(draft.buttons[0].words) for draft in drafts))
    assert sum(not reply.error for reply in told) == 3
    assert sum("may have 3 rules" in words(reply) for reply in told) == 3


async def test_a_draft_that_is_confirmed_twice_at_once_was_confirmed_by_nobody_else(town, words):
    draft = await town.ask("rule add twice police")
    told = await asyncio.gather(*(town.ask(draft.buttons[0].words) for _ in range(2)))
    assert sorted(reply.error for reply in told) == [False, True]
    assert sum("confirmed once" in words(reply) for reply in told) == 1


async def test_what_is_muted_twice_at_once_is_muted_once(town):
    told = await asyncio.gather(*(town.ask("mute rule cameras 7d") for _ in range(3)))
    assert not any(reply.error for reply in told)
    assert len(await town.store.mutes_in_force(town.clock.now())) == 1
    assert not (await town.ask("unmute cameras")).error
    assert not await town.store.mutes_in_force(town.clock.now())


async def test_what_is_held_twice_at_once_is_held_once(town):
    told = await asyncio.gather(town.ask("hold 1h"), town.ask("hold 3h"))
    assert not any(reply.error for reply in told)
    (hold,) = [one for one in await town.store.holds_standing() if one.in_force(town.clock.now())]
    assert hold.until is not None
    released = await asyncio.gather(town.ask("release"), town.ask("release"))
    assert sorted(reply.error for reply in released) == [False, True]


async def test_a_reminder_that_is_asked_for_twice_at_once_comes_once(town, event):
    (row, *_) = await town.arrive(event("a", 0, source_id="harbour"))
    told = await asyncio.gather(*(town.ask(f"remind {row.story_id} 3d") for _ in range(3)))
    assert sorted(reply.error for reply in told) == [False, True, True]
    assert len(await town.store.reminders_waiting(("team",))) == 1


async def test_a_channel_that_comes_to_be_while_everything_is_held_is_held_too(town, event):
    await town.ask("hold")
    await town.add("rule add late council cameras", place="C0000000002")
    await town.operator("hold")
    held = {(one.workspace_id, one.channel_id) for one in await town.store.holds_standing()}
    assert {("slack:T1", "team"), ("slack:T1", "slack:C0000000002")} <= held
    await town.ask("release")
    held = [one for one in await town.store.holds_standing() if one.in_force(town.clock.now())]
    assert {one.workspace_id for one in held} == {"file"}


async def test_a_channel_that_comes_to_be_is_held_by_nobody_elses_hold(town):
    await town.other("hold")
    await town.add("rule add late council cameras", place="C0000000002")
    assert {one.channel_id for one in await town.store.holds_standing()} == {"guild"}
    await town.operator("hold 1h")
    await town.add("rule add later council cameras", place="C0000000003")
    assert "slack:C0000000003" in {one.channel_id for one in await town.store.holds_standing()}


async def test_a_backtest_waits_for_one_of_each_other_workspace_at_most(town):
    order = []

    async def tried(workspace, number):
        rule = town.declaring.rule(workspace, "one", {"query": "police"})
        await town.declaring.ahead.tried(workspace, rule, replaces=None, on_progress=lambda *_: None)
        order.append((workspace, number))

    many = [asyncio.create_task(tried("slack:T1", number)) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.gather(*many, asyncio.create_task(tried("discord:22", 0)))
    assert order.index(("discord:22", 0)) <= 2


async def test_one_article_is_filed_in_the_first_batch_beside_a_flood_of_another_workspace(town, event):
    filed, other = [], event("b", 1, source_id="discord:22/own")
    await town.store.add_workspaces(["slack:T1", "discord:22"])
    flood = [event(f"n{number}", None, source_id="slack:T1/own") for number in range(2 * BATCH)]
    for workspace, items in (("slack:T1", flood), ("discord:22", [other])):
        record = PollRecord(SourceState(items[0].source_id, workspace), tuple((item, None) for item in items))
        await town.store.commit_poll(record, town.clock.now())
    await town.file(lambda batch: filed.append([entry.item.id for entry in batch.items]))
    assert other.id in filed[0]
    assert [len(batch) for batch in filed] == [BATCH, BATCH, 1]
    assert [item for batch in filed for item in batch if item != other.id] == [item.id for item in flood]


async def test_the_operator_says_how_much_a_workspace_may_have_and_do(new_town, words, event):
    few = Quotas(rules=2, sources=1, channels=1, changes_per_hour=4, looks_per_hour=2, decisions_per_hour=1)
    town = await new_town(quotas=few)
    town.serve(LINK)
    await town.add("rule add one police")
    assert "may have 1 channels" in words(await town.ask("rule add two police", place="C0000000002"))
    await town.add("rule add two channels=none police")
    assert "may have 2 rules" in words(await town.ask("rule add three police"))
    await town.add(f"source add {LINK} first")
    assert "may have 1 sources" in words(await town.ask(f"source add {LINK} second"))
    assert "may look at 2 links an hour" in words(await town.ask(f"source test {LINK}"))
    await town.ask("rule pause one")
    assert "may change 4 things an hour" in words(await town.ask("rule resume one"))
    stories = [(await town.arrive(event(name, number, source_id="harbour")))[0].story_id for name, number in (("a", 0), ("b", 1))]
    merged = await town.ask(f"merge {stories[0]} {stories[1]}")
    assert "may merge or split 1 stories an hour" in words(await town.ask(f"split {stories[0]} {stories[1]}"))
    assert not (await town.ask(merged.sections[-1].code.removeprefix("/watch "))).error, "it can be taken back all the same"
    town.clock.advance(timedelta(hours=1, seconds=1))
    assert not (await town.ask("rule resume one")).error
    assert not (await town.ask(f"merge {stories[0]} {stories[1]}")).error


async def test_what_is_0_has_no_end(new_town):
    town = await new_town(quotas=Quotas(*[0] * 7))
    town.serve(LINK)
    for number in range(4):
        await town.add(f"rule add r{number} police")
        await town.add(f"source add {LINK} s{number}")


async def test_an_owner_is_told_how_much_of_what_the_workspace_may_have_it_has(new_town, words):
    town = await new_town(quotas=Quotas(sources=0))
    town.serve(LINK)
    await town.add("rule add one police")
    await town.add(f"source add {LINK} first")
    told = words(await town.ask("status", role=Role.OWNER))
    lines = ("Rules = 1 of 200", "Sources = 1", "Channels = 1 of 100", "Changes in an hour = 2 of 60")
    for line in (*lines, "Links looked at in an hour = 1 of 60", "Merges and splits in an hour = 0 of 60"):
        assert line in told.splitlines(), told
    assert "of 200" not in words(await town.ask("status"))
    assert "of 200" not in words(await town.operator("status"))
    assert "Rules = 0 of 200" in words(await town.other("status", role=Role.OWNER))


async def test_a_workspace_has_so_many_backtests_waiting(new_town, words):
    town = await new_town(quotas=Quotas(backtests=2))
    told = await asyncio.gather(*(town.ask(f"rule test police{number}") for number in range(4)), town.other("rule test police"))
    assert [reply.error for reply in told].count(True) == 2
    assert not told[-1].error
    assert "has 2 looks back over past articles waiting" in words(next(reply for reply in told if reply.error))
    assert not (await town.ask("rule test police")).error


async def test_two_processes_count_links_together(town, words):
    town.serve(LINK)
    second = type(town)(town.store, town.clock)
    second.serve(LINK)
    for number in range(Quotas().looks_per_hour):
        assert not (await (town, second)[number % 2].ask(f"source test {LINK}")).error
    for one in (town, second):
        assert "links an hour" in words(await one.ask(f"source test {LINK}"))


async def test_so_many_decisions_about_stories_stand_in_a_workspace(town, words, event, monkeypatch):
    monkeypatch.setattr("bot.service.regroup.MOST_STANDING", 1)
    ids = [
        (await town.arrive(event(name, number, source_id="harbour")))[0].story_id for name, number in (("a", 0), ("b", 1), ("c", 2))
    ]
    merged = await town.ask(f"merge {ids[0]} {ids[1]}")
    assert not merged.error
    assert "1 decisions about stories stand here already" in words(await town.ask(f"merge {ids[0]} {ids[2]}"))
    assert not (await town.ask(merged.sections[-1].code.removeprefix("/watch "))).error
    assert not (await town.ask(f"merge {ids[0]} {ids[2]}")).error


async def test_a_workspace_that_used_everything_up_takes_nothing_from_another(new_town, words, event):
    few = Quotas(rules=1, sources=1, channels=1, changes_per_hour=2, looks_per_hour=1, decisions_per_hour=1, backtests=1)
    towns = [await new_town(quotas=few) for _ in range(2)]
    said = []
    for town, greedy in zip(towns, (True, False), strict=True):
        town.serve(LINK)
        ids = [(await town.arrive(event(name, number, source_id="harbour")))[0].story_id for name, number in (("a", 0), ("b", 1))]
        if greedy:
            numbers, town.numbers = town.numbers, count(0xB0000)
            for text in (f"source add {LINK}", "rule add theirs channels=none police"):
                await town.other((await town.other(text)).buttons[0].words)
            for text in (f"source test {LINK}", "rule add more police", f"merge {ids[0]} {ids[1]}", "mute rule cameras 7d"):
                await town.other(text)
            town.numbers = numbers
        heard = []
        for text in (f"source add {LINK}", "rule add mine channels=none police"):
            shown = await town.ask(text)
            heard += [shown, await town.ask(shown.buttons[0].words)]
        heard += [await town.ask(text) for text in (f"merge {ids[0]} {ids[1]}", "rule test police", "mute rule cameras 7d")]
        heard.append(await town.ask("status", role=Role.OWNER))
        said.append([_NUMBER.sub("#", repr(reply)) for reply in heard])
    assert said[0] == said[1]
    assert "Reply(title='All is well.'" in said[0][-1]
