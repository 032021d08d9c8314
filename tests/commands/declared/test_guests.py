"""A guest of another team in a shared channel of Slack: reads what stands there, asks, and learns nothing else of its workspace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.commands.table import Ask, Role
from bot.core.deliveries import Outcome, Receipt
from bot.core.model import Platform
from bot.outbox.drain import Drain
from bot.service.deliver import Deliverer

LINK = "https://gazette.example"
HERE = "C0000000001"
HEADLINE = "SECRETHEADLINE: Harbour City council ends contract for cameras that read number plates"
WORDS = "SECRET", "Private", "gazette", "by slack:T1"


async def guest(town, text):
    return await town.commands.answer(Ask(Platform.SLACK, "T2", HERE, "U9", text, Role.OWNER, admins=None))


@pytest.fixture
async def shared(town, event):
    """T1 has a source and a rule of its own; what they brought is told in its channel, which T2 shares: the story's id."""
    town.serve(LINK)
    await town.add(f"source add {LINK}")
    await town.add("rule add mine council cameras")
    article = replace(event("p", 0, outlet="Private Paper", title=HEADLINE), source_id="slack:T1/gazette")
    (row, *_) = await town.arrive(article)
    return row.story_id


async def test_a_guest_hears_of_no_mute_of_the_workspace(town, words, shared):
    for what in (f"story {shared}", "outlet Private Paper", "rule cameras", "source gazette"):
        assert not (await town.ask(f"mute {what} 7d everywhere")).error
    said = "".join([words(await guest(town, f"{question}")) for question in ("mutes", "status", f"why {shared}")])
    assert not any(word in said for word in WORDS)
    assert "Muted" not in said
    assert "Nothing is muted here" in said
    assert "4 things muted" in words(await town.ask("mutes"))


async def test_a_guest_hears_of_the_operators_mutes(town, words, shared):
    await town.operator("mute rule cameras 7d")
    assert "by the operator" in words(await guest(town, "mutes"))


async def test_a_guest_is_offered_no_mute_of_the_workspace(town, shared):
    await town.ask("mute outlet Private Paper 7d")
    ask = Ask(Platform.SLACK, "T2", HERE, "U9", "", Role.EDITOR)
    unmute = next(one for one in town.commands.table if one.name == "unmute")
    assert not await town.commands.complete(ask, unmute, unmute.parameters[0], "")
    own = replace(ask, workspace_id="T1")
    assert await town.commands.complete(own, unmute, unmute.parameters[0], "")


async def test_a_reminder_that_a_guest_asks_for_tells_the_channel_the_story_as_it_knows_it(town, shared):
    assert not (await guest(town, f"remind {shared} 3d")).error
    (reminder,) = await town.store.reminders_waiting(("team",))
    assert reminder.message.headline == HEADLINE
    assert reminder.message.url == "https://p.example/p"


async def test_a_story_that_stands_here_is_called_by_its_message(town, words, shared):
    for question in (f"follow {shared}", f"unfollow {shared}", f"more {shared}"):
        assert HEADLINE in words(await guest(town, question)), question


async def test_an_editor_takes_a_guests_reminder_back(town, words, shared):
    await guest(town, f"remind {shared} 3d")
    taken = await town.ask(f"remind {shared} off")
    assert not taken.error, taken
    assert not await town.store.reminders_waiting(("team",))
    again = await town.ask(taken.sections[-1].code.removeprefix("/watch "))
    assert "set again" in words(again)
    assert len(await town.store.reminders_waiting(("team",))) == 1


async def test_an_editor_takes_no_reminder_of_the_operators_back(town, words, shared):
    await town.operator(f"remind {shared} 3d")
    assert (await town.ask(f"remind {shared} off")).error
    assert len(await town.store.reminders_waiting(("team",))) == 1


async def test_a_guest_takes_only_reminders_of_their_own_back(town, shared):
    await town.ask(f"remind {shared} 3d")
    assert (await guest(town, f"remind {shared} off")).error
    assert len(await town.store.reminders_waiting(("team",))) == 1


async def test_who_may_not_edit_leaves_room_for_the_reminders_of_others(town, words, shared):
    told = [await guest(town, f"remind {shared} {days}d") for days in range(1, 6)]
    assert [reply.error for reply in told] == [False, False, False, True, True]
    assert "3 reminders of this story" in words(told[-1])
    assert not (await town.ask(f"remind {shared} 8d")).error


async def test_reminders_are_listed_where_no_date_ahead_is_known(town, words, shared):
    town.clock.advance(timedelta(0))
    await town.ask(f"remind {shared} 3d")
    said = words(await town.ask("commitments"))
    assert "No date ahead is known" in said
    assert "Reminders set" in said


async def test_who_may_not_edit_leaves_room_for_the_reminders_of_others_in_all(town, event, words, shared, monkeypatch):
    monkeypatch.setattr("bot.service.reminders.FEW_WAITING", 1)
    (row, *_) = await town.arrive(event("b", 1, source_id="harbour"))
    assert not (await guest(town, f"remind {shared} 3d")).error
    told = words(await guest(town, f"remind {row.story_id} 3d"))
    assert "1 reminders already; some have to be taken back first" in told
    assert not (await town.ask(f"remind {row.story_id} 3d")).error


async def test_a_guest_hears_that_the_message_is_all_that_is_shown_of_what_the_workspaces_own_source_brought(town, words, shared):
    await sent(town)
    for question in (f"why {shared}", f"story {shared}", f"timeline {shared}"):
        told = words(await guest(town, question))
        assert "all that is shown of it to guests" in told, question
        assert "Private" not in told
        assert "any more" not in told
    assert "any more" not in words(await town.ask(f"story {shared}"))
    saved = await guest(town, f"save {shared}")
    assert saved.items[0].headline == HEADLINE


async def sent(town):
    class Taking:
        async def deliver(self, delivery, channel):
            return Receipt(Outcome.ACCEPTED, message_ref=f"{channel.address}/{delivery.sequence}")

    channels = town.in_force.current.channels
    town.clock.advance(timedelta(minutes=1))
    drain = Drain(town.store, dict.fromkeys(Platform, Taking()), channels, town.clock, new_token=map(str, count()).__next__)
    await Deliverer(store=town.store, drain=drain, channels=channels, clock=town.clock).send_all_due()
