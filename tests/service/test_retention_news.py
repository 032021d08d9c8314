"""Old news stays old when its texts and messages are gone: nothing is posted again, edited, or taken for new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.clock import VirtualClock
from bot.core.retention import Retention
from bot.service.retention import Forgetful
from bot.store.database import Store

DAY = timedelta(days=1)


async def forget(store: Store, clock: VirtualClock) -> None:
    """A whole sweep."""
    forgetful = Forgetful(Retention(), (), store=store, clock=clock)
    for _ in range(10):
        await forgetful.keep_up()


async def test_what_comes_again_after_its_text_was_forgotten_is_known_and_silent(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = make_rig(group_wait=timedelta(0))
    first = event("a", 0, clock.now() - timedelta(hours=1))
    await rig.arrive(first)
    assert [row["action"] for row in await rig.send()] == ["post"]
    told = await rig.story_of(first.id)
    clock.move_to(clock.now() + 100 * DAY)
    await forget(store, clock)
    kept = (await store.items([first.id]))[first.id]
    assert (kept.title, kept.content_text, kept.summary) == (first.title, "", "")
    assert [row.message for row in await store.deliveries(limit=5)] == [None]
    now = clock.now()
    # the same entry again; the same address under another guid; the same text elsewhere, dated today
    again = replace(first, first_seen=now)
    renamed = replace(first, id="iagain", guid="another", first_seen=now)
    copied = replace(
        first,
        id="icopied",
        source_id="other",
        guid="copied",
        url="https://elsewhere.example/copied",
        canonical_url="https://elsewhere.example/copied",
        outlet="The Elsewhere",
        first_seen=now,
        date_published=now,
    )
    for item in (again, renamed, copied):
        rows = await rig.arrive(item)
        assert [str(row.state) for row in rows if str(row.state) != "skipped"] == [], item.id
        assert await rig.send() == []
    assert await rig.story_of("icopied") == await rig.story_of("iagain") == told


async def test_a_story_that_may_still_change_keeps_the_words_of_its_message(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, clock: VirtualClock
) -> None:
    rig = make_rig(group_wait=timedelta(0), group_interval=timedelta(0))
    await rig.arrive(event("a", 0, clock.now() - timedelta(hours=1)))
    await rig.send()
    clock.move_to(clock.now() + 10 * DAY)
    await forget(store, clock)
    assert [row.message is not None for row in await store.deliveries(limit=5)] == [True]
