"""``retract``: a team takes a story's message back, with a reason, and can put it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.retract import LONGEST, WHY
from bot.commands.table import Role
from bot.core.deliveries import DeliveryState
from bot.core.reasons import Reason

HOUR = timedelta(hours=1)


async def rows(rig, channel="team"):
    found = [row for row in await rig.store.deliveries(limit=1000) if row.channel_id == channel]
    return sorted(found, key=lambda row: row.sequence)


async def editor(rig, text, channel="team"):
    reply = await rig.ask(text, channel, role=Role.EDITOR)
    await rig.send()
    return reply


@pytest.fixture
async def posted(rig, event):
    first = event("a", 0)
    await rig.arrive(first)
    await rig.send()
    rig.clock.move_to(rig.clock.now() + HOUR)
    return first


def undo_of(words, reply):
    line = next(line for line in words(reply).splitlines() if "/watch undo" in line)
    return line.split("/watch ")[1].strip()


async def test_a_message_is_taken_back_with_a_reason_and_put_back_by_undo(rig, posted, words):
    reply = await editor(rig, f"retract {posted.url} The vote was postponed.")
    assert not reply.error, words(reply)
    assert "This channel: the message is edited." in words(reply)
    edit = (await rows(rig))[-1]
    assert (edit.state, edit.reason, edit.message.withdrawn) == (DeliveryState.SENT, Reason.RETRACTED, "The vote was postponed.")
    back = await editor(rig, undo_of(words, reply))
    assert back.title == "It is put back: the message tells its story again."
    edit = (await rows(rig))[-1]
    assert (edit.reason, edit.message.withdrawn, edit.message.headline) == (Reason.RESTORED, "", posted.title)
    again = await editor(rig, undo_of(words, back))
    assert again.title == "It is taken back again."
    assert (await rows(rig))[-1].message.withdrawn == "The vote was postponed."
    audited = await rig.store.audited("slack:T1")
    assert {row.what for row in audited} == {"retract"}
    assert [row.after[0] for row in audited] == ["withdrawn", "told", "withdrawn"]


async def test_later_news_of_a_story_that_was_taken_back_is_silent(rig, posted, event, words):
    await editor(rig, f"retract {posted.url}")
    before = await rows(rig)
    assert before[-1].message.withdrawn == WHY
    again = event("b", 0, title="Harbour City council drops its cameras for number plates")
    await rig.arrive(again)
    await rig.send()
    filings = await rig.store.filings([posted.id, again.id])
    assert filings[posted.id].story_id == filings[again.id].story_id, "else this test would show nothing"
    assert await rows(rig) == before


async def test_what_was_not_told_or_is_taken_back_cannot_be_taken_back(rig, posted, words):
    await editor(rig, f"retract {posted.url}")
    again = await editor(rig, f"retract {posted.url}")
    assert again.error
    assert again.title == "Nobody was told of it here, or it is taken back already."


async def test_a_reason_has_to_fit_into_a_message(rig, posted):
    reply = await editor(rig, f"retract {posted.url} {'x' * (LONGEST + 1)}")
    assert reply.error
    assert str(LONGEST) in reply.title


async def test_a_viewer_takes_nothing_back(rig, posted):
    reply = await rig.ask(f"retract {posted.url}", "team", role=Role.VIEWER)
    assert reply.error
    assert (await rows(rig))[-1].reason is Reason.NEW_STORY
