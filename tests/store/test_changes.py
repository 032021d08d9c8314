"""Changes of people in the audit log: found again by their numbers, in their own workspace alone."""

from __future__ import annotations

from dataclasses import replace

from bot.core.changes import numbered
from bot.core.outbox import AlertBatch
from bot.core.overlays import Audited, OverlayChange


async def test_a_change_is_found_by_its_number_in_its_own_workspace_alone(store, now):
    nothing = AlertBatch(filed=(), stories=(), deliveries=(), revisions=(), seen_versions=(), now=now)
    plain = Audited("slack:T1", "U1", now, "mute", ("rule cameras",), ("",), ("until tomorrow",))
    row = numbered(plain)
    assert plain.number == ""
    assert row.number.startswith("c")
    assert len(row.number) == 13
    await store.commit_overlay(OverlayChange((), (), plain, 0), nothing)
    version = (await store.constraints())[0]
    await store.commit_overlay(OverlayChange((), (), row, version), nothing)
    assert await store.audited_change("slack:T1", row.number) == row
    assert await store.audited_change("discord:G1", row.number) is None
    assert await store.audited_change("slack:T1", "c000000000000") is None
    assert await store.audited_change("slack:T1", "") is None  # what has no number is not found by it
    assert await store.audited("slack:T1") == [plain, row]


def test_what_is_taken_back_has_a_number_of_its_own_and_the_same_change_the_same_one(now):
    row = numbered(Audited("file", "operator", now, "hold", (), ("",), ("held",)))
    assert numbered(replace(row, number="")) == row
    assert numbered(replace(row, before=row.after, after=row.before)).number != row.number
    assert numbered(replace(row, subjects=("",), before=())).number != row.number
