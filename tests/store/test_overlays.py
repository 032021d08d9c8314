"""What people decided about stories, kept: whole or not at all, and nothing is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.clock import VirtualClock
from bot.core.deliveries import DeliveryState
from bot.core.model import Channel, ChannelSettings, Item, Platform, Rule, TextState
from bot.core.outbox import AlertBatch, Stale
from bot.core.overlays import Audited, Bond, Constraint, OverlayChange
from bot.core.reasons import Reason
from bot.core.sources import PollRecord, SourceState
from bot.rules.engine import Engine
from bot.service.alert import Alerter, Rulebook
from bot.service.regroup import Named, Person, Regrouper
from bot.stories.model import build_model


@pytest.fixture
def decision(now):
    """Makes a decision: a constraint of a workspace and its audit row."""

    def make(number, seen, *, undone=(), workspace="slack:T1"):
        at = now + timedelta(minutes=number)
        made = Constraint(f"c{number}", workspace, Bond.ONE, "s1", "s2", "U1", at, ("team",))
        row = Audited(workspace, "U1", at, "merge", ("s1", "s2"), tuple(undone), (made.id,))
        return OverlayChange((made,), tuple(undone), row, seen)

    return make


@pytest.fixture
def nothing(now):
    return AlertBatch(filed=(), stories=(), deliveries=(), revisions=(), seen_versions=(), now=now)


async def test_a_decision_is_kept_with_its_audit_row_and_one_taken_back_says_since_when(store, decision, nothing):
    assert await store.constraints() == (0, [])
    first = decision(1, 0)
    await store.commit_overlay(first, nothing)
    version, standing = await store.constraints()
    assert version > 0
    assert standing == list(first.made)
    second = decision(2, version, undone=["c1"])
    await store.commit_overlay(second, nothing)
    assert (await store.constraints())[1] == list(second.made)
    assert await store.all_constraints("slack:T1") == [replace(first.made[0], undone_at=second.audited.at), *second.made]
    assert await store.audited("slack:T1") == [first.audited, second.audited]
    assert await store.audited("file") == []
    assert await store.all_constraints("discord:G1") == []


async def test_a_decision_made_beside_another_one_is_stale_and_writes_nothing(store, decision, nothing):
    await store.commit_overlay(decision(1, 0), nothing)
    with pytest.raises(Stale):
        await store.commit_overlay(decision(2, 0), nothing)
    with pytest.raises(Stale):
        await store.commit_alert(replace(nothing, overlays=0))
    version, _ = await store.constraints()
    await store.commit_alert(replace(nothing, overlays=version))
    assert len(await store.audited("slack:T1")) == 1


async def test_a_decision_on_a_story_that_changed_is_stale(store, decision, nothing):
    with pytest.raises(Stale):
        await store.commit_overlay(decision(1, 0), replace(nothing, seen_versions=(("s1", 3),)))
    assert await store.constraints() == (0, [])


class Settled:
    """A reader for items that bring their text along."""

    def ready(self, queued):
        return list(queued)

    def forget(self, item_ids):
        del item_ids


async def test_the_alert_stage_follows_an_overlay_on_every_database(store, now):
    """A merge of people folds the waiting message; later, stories set apart are not bridged by an article of both."""
    rule = Rule("cameras", "council cameras", channels=("team",))
    channels = {"team": Channel("team", Platform.CONSOLE, "team", ChannelSettings(max_per_hour=0))}
    engine, clock = Engine.compile((rule,), ()), VirtualClock(now)

    async def arrive(name, title, text, url):
        item = Item(
            name, f"source-{name}", title, now, guid=name, url=url, canonical_url=url, content_text=text,
            text_state=TextState.FULL, outlet=name, date_published=now,
        )  # fmt: skip
        await store.commit_poll(PollRecord(SourceState(item.source_id), ((item, None),)), now)
        await Alerter(
            store=store,
            rulebook=Rulebook(engine, {rule.id: rule}, channels),
            model=build_model(engine.watch_words),
            reader=Settled(),
            clock=clock,
            on_filed=lambda _: None,
            at=lambda _: None,
        ).file_ready()
        return (await store.story_of_item(name)).id

    harbour = (
        "Northport council lets harbour cameras count fishing boats",
        "Trawlers land herring under a quota. A skipper laughed.",
    )
    museum = (
        "Museum cameras recognise thieves, council of curators boasts",
        "A painting came back. The burglar had waved at a vase.",
    )
    one = await arrive("a", *harbour, "https://a.example/boats")
    other = await arrive("b", *museum, "https://b.example/thieves")
    assert one != other
    regrouper = Regrouper(store, rules={rule.id: rule}, channels=channels, workspace_of=lambda _: None, clock=clock)
    operator = Person("file", "operator", ("team",))

    async def waiting():
        rows = await store.story_deliveries("team", [one, other])
        return {row.story_id for row in rows if row.state is DeliveryState.PENDING}, {row.reason for row in rows}

    assert (await waiting())[0] == {one, other}
    await regrouper.merge(operator, Named(one), Named(other))
    assert await waiting() == ({one}, {Reason.NEW_STORY, Reason.MERGED_AWAY})
    await regrouper.split(operator, Named(one), Named(other))
    await regrouper.split(operator, Named(one), Named(other))
    assert await arrive("c", *museum, "https://a.example/boats") == one
    assert await store.homes([one]) == {"a": one, "b": other, "c": one}
    assert (await waiting())[0] == {one, other}, "the message that was merged away waits again, and the bridge folds none"
    heads = {
        row.message.headline for row in await store.story_deliveries("team", [one, other]) if row.state is DeliveryState.PENDING
    }
    assert heads == {harbour[0], museum[0]}
