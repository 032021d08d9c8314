"""How often people found a rule right stands beside what it told this week."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from bot.commands.table import Role
from bot.core.deliveries import Outcome, Receipt
from bot.core.model import Platform
from bot.outbox.drain import Drain


class Taking:
    """A chat that takes every message."""

    async def deliver(self, delivery, channel):
        return Receipt(Outcome.ACCEPTED, message_ref=f"{channel.address}/{delivery.sequence}")


async def test_the_week_in_figures_says_how_many_judged_stories_were_relevant(town, event, words):
    await town.arrive(event("a", 0), event("b", 1))
    town.clock.advance(timedelta(minutes=10))
    numbers = count()
    channels = town.in_force.current.channels
    drain = Drain(town.store, {Platform.SLACK: Taking()}, channels, town.clock, new_token=lambda: f"t{next(numbers)}")
    await drain.drain_channel("team")
    told = words(await town.ask("stats", role=Role.VIEWER))
    assert "cameras" in told.casefold()
    assert "judged" not in told
    await town.ask("vote no https://a.example/a")
    await town.ask("vote yes https://b.example/b")
    assert "2 stories; 1 of 2 judged stories relevant (50%)" in words(await town.ask("stats", role=Role.VIEWER))
    assert "judged" not in words(await town.other("stats"))
