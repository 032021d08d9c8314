"""What a story's news means for one channel: which deliveries to write, which waiting ones to revise, and why. Pure.

Promises: at most one living message per story and channel; every decision carries a reason, also the decision to say
nothing; nothing old and nothing from a first poll is posted as news; what is on its way is never changed behind the
sender's back. Never reads the clock, the store or the network: what it needs comes in.

``decide`` asks which part answers: ``first`` (nothing of the story was ever on its way), ``living`` (its message waits or is
out), ``replies`` (what is told under it), ``folding`` (other messages of what is one story now). ``news`` and ``ask`` hold the
values they share. ``retract`` is what people do: taking a story's message back.
"""

from bot.outbox.digest import Release, after_hold, catch_up, release, shortened
from bot.outbox.plan.ask import Plan
from bot.outbox.plan.decide import plan, speaker
from bot.outbox.plan.news import Arrival, NewsFacts
from bot.outbox.plan.retract import restore, retract, retracted

__all__ = [
    "Arrival",
    "NewsFacts",
    "Plan",
    "Release",
    "after_hold",
    "catch_up",
    "plan",
    "release",
    "restore",
    "retract",
    "retracted",
    "shortened",
    "speaker",
]
