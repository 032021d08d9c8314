"""What people decided about stories, kept: whole or not at all, and nothing is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.overlays import Audited, Bond, Constraint, OverlayChange
from bot.core.records import AlertBatch, Stale


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
