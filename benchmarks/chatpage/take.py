"""What is asked and done on the stage, and which scenes come of it, for Slack and Discord.

Promises: the same tale on both platforms; every scene is what a platform was sent, as it stands after the last edit.
"""

from __future__ import annotations

import asyncio
import sys
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.demo.newsroom import ARTICLES

from .forms import QUERY, windows_of_discord
from .scene import Scene
from .stage import (
    LEAD,
    NEW_HEADLINE,
    PATIENCE,
    SEQUEL,
    SLACK_CHANNEL,
    SLACK_DAILY,
    Stage,
    discord_said,
    running,
    slack_said,
    with_pictures,
)


@dataclass(slots=True)
class Taken:
    """The scenes of both platforms."""

    slack: list[Scene] = field(default_factory=list)
    discord: list[Scene] = field(default_factory=list)


async def take() -> Taken:
    """Run the program twice: the tale with questions after it, and the tale with an edit that both chats refuse."""
    taken = Taken()
    async with running() as stage:
        await _told(stage, taken)
    async with running() as stage:
        await _refused_edit(stage, taken)
    return taken


async def _told(stage: Stage, taken: Taken) -> None:
    for step in (0, 1):
        await stage.play(step)
    await stage.until(lambda: stage.in_slack() and stage.in_discord())
    taken.slack.append(Scene("alert", "An alert in Slack", tuple(map(slack_said, stage.in_slack()))))
    taken.discord.append(Scene("alert", "An alert in Discord", tuple(map(discord_said, stage.in_discord()))))
    for step in (2, 3, 4, 5, 6):
        await stage.play(step)
    later = "edited as more outlets report it, another county's story, and a story that follows the first"
    taken.slack.append(Scene("later", f"Slack: the alert {later}", tuple(map(slack_said, stage.in_slack()))))
    taken.discord.append(Scene("later", f"Discord: the alert {later}", tuple(map(discord_said, stage.in_discord()))))
    await _ask_slack(stage, taken)
    await _ask_discord(stage, taken)
    await _windows_of_slack(stage, taken)
    taken.discord += await windows_of_discord(stage)
    await _reminders(stage)
    await _digest(stage, taken)
    await _reminded(stage, taken)
    await _news(stage, taken)


async def _reminders(stage: Stage) -> None:
    """In both chats somebody wants to be reminded of the first story in the morning."""
    ada = sys.modules["slack_standin"].Person(stage.slack)
    seen = len(stage.slack.world.ephemerals)
    await ada.slash(f"remind {LEAD} 10h", channel=SLACK_CHANNEL)
    await stage.until(lambda: len(stage.slack.world.ephemerals) > seen)
    mira = stage.discord.person("Mira", stage.place.guild)
    asked = await mira.slash(stage.place, "watch remind", {"story": LEAD, "when": "10h"})
    await stage.until(lambda: not asked.waiting)


async def _reminded(stage: Stage, taken: Taken) -> None:
    """What they asked for, below the message."""
    first = stage.in_slack()[0]

    def of_slack() -> list[Any]:
        return [one for one in stage.in_slack(first.ts) if one.text.startswith(REMINDER)]

    def of_discord() -> list[Any]:
        return [one for one in _below(stage) if REMINDER in str(one.body)]

    await stage.until(lambda: of_slack() and of_discord())
    title = "a reminder below the message of its story"
    taken.slack.append(Scene("reminder", f"Slack: {title}", tuple(map(slack_said, [first, *of_slack()])), 1))
    shown = [stage.in_discord()[0], *of_discord()]
    taken.discord.append(Scene("reminder", f"Discord: {title}", tuple(map(discord_said, shown)), 1))


async def _news(stage: Stage, taken: Taken) -> None:
    """The next morning: the alert's third edit, and the news below it."""
    first = stage.in_slack()[0]
    stage.publish(*SEQUEL)
    await stage.play(7)
    await stage.play(8)
    stage.rewrite_headline(next(article for article in ARTICLES if article.step == 1), NEW_HEADLINE)
    for news in ("New in this story", "The headline was changed"):
        await stage.until(lambda news=news: any(one.text.startswith(news) for one in stage.in_slack(first.ts)))
    replies = [one for one in stage.in_slack(first.ts) if not one.text.startswith(REMINDER)]
    await stage.until(lambda: len(_told_below(stage)) >= len(replies))
    title = "the alert's third edit, and the news in its thread: a development and a changed headline"
    taken.slack.append(Scene("news", f"Slack: {title}", tuple(map(slack_said, [first, *replies])), len(replies)))
    shown = [stage.in_discord()[0], *_told_below(stage)]
    taken.discord.append(Scene("news", f"Discord: {title}", tuple(map(discord_said, shown)), len(shown) - 1))


def _told_below(stage: Stage) -> list[Any]:
    """The same without reminders."""
    return [one for one in _below(stage) if REMINDER not in str(one.body)]


def _below(stage: Stage) -> list[Any]:
    """What stands in the thread of the first message in Discord."""
    first = stage.in_discord()[0]
    threads = [thread for thread in stage.discord.world.threads(stage.place) if thread.id == first.id]
    return [one for thread in threads for one in thread.messages.values() if one.kind in {0, 19}]


REMINDER = "Reminder"
"""How a reminder begins."""
QUESTIONS = (
    ("help", "help", {"command": "why"}, "the answer to help why"),
    ("why", "why", {"article": LEAD}, "the answer to why"),
    ("latest", "latest", {"n": 2}, "the answer to latest"),
)


async def _ask_slack(stage: Stage, taken: Taken) -> None:
    person = sys.modules["slack_standin"].Person(stage.slack)
    for name, words, options, title in QUESTIONS:
        typed = " ".join([words, *map(str, options.values())])
        await _ask_one(person, typed, taken, Scene(name, f"Slack: {title}"))


async def _ask_discord(stage: Stage, taken: Taken) -> None:
    person = stage.discord.person("Mira", stage.place.guild)
    for name, words, options, title in QUESTIONS:
        asked = await person.slash(stage.place, f"watch {words}", options)
        async with asyncio.timeout(PATIENCE):
            while asked.waiting:
                await asyncio.sleep(0.02)
        taken.discord.append(Scene(name, f"Discord: {title}", (discord_said(asked.original, f"/watch {words}"),)))


async def _windows_of_slack(stage: Stage, taken: Taken) -> None:
    """The Home tab, the form for a rule with what its past shows, and the timeline of a story."""
    person = sys.modules["slack_standin"].Person(stage.slack)
    world = stage.slack.world
    await person.open_home()
    await person.until(lambda: person.user.id in world.homes, "the Home tab")
    taken.slack.append(Scene("home", "Slack: the Home tab of the app", view=deepcopy(world.homes[person.user.id].body)))
    await person.slash("rule add", channel=SLACK_CHANNEL)
    await person.until(lambda: world.views, "the form")
    view = person.modal()
    filled = {"0:name": {"value": "readers-and-councils"}, "0:query": {"value": QUERY.replace(" OR ", " or (")}}
    await person.submit(view, filled)
    taken.slack.append(
        Scene("form", "Slack: the form for a rule, with a mistake in it", view=with_pictures(view.body, world.files))
    )
    await person.submit(view, {"1:query": {"value": QUERY}})
    await person.until(lambda: view.body["callback_id"] == "shown" and "One moment" not in str(view.body), "its past")
    taken.slack.append(Scene("backtest", "Slack: what a new rule would have told", view=with_pictures(view.body, world.files)))
    await _ask_one(person, f"timeline {LEAD}", taken, Scene("timeline", "Slack: the answer to timeline"))


async def _ask_one(person: Any, typed: str, taken: Taken, scene: Scene) -> None:
    answers = person.world.ephemerals
    seen = len(answers)
    await person.slash(typed, channel=SLACK_CHANNEL)
    await person.until(lambda: len(answers) > seen, typed)
    taken.slack.append(replace(scene, said=(slack_said(answers[-1], f"/watch {typed}", person.world.files),)))


async def _digest(stage: Stage, taken: Taken) -> None:
    """The next morning, in the channels that hear once a day."""
    stage.clock.leap(timedelta(hours=10, minutes=30))
    await stage.until(lambda: stage.in_slack(channel=SLACK_DAILY) and stage.in_discord(stage.daily))
    taken.slack.append(Scene("digest", "Slack: a daily digest", tuple(map(slack_said, stage.in_slack(channel=SLACK_DAILY)))))
    taken.discord.append(Scene("digest", "Discord: a daily digest", tuple(map(discord_said, stage.in_discord(stage.daily)))))


async def _refused_edit(stage: Stage, taken: Taken) -> None:
    """A message that may not be edited any more is followed by a reply in its thread."""
    for step in (0, 1, 2):
        await stage.play(step)
    faults = sys.modules["discord_standin"].faults
    stage.slack.fault("chat.update", "error", error="cant_update_message")
    stage.discord.fault("PATCH /channels/{channel_id}/messages/{message_id}", faults.Refusal(400, 30046))
    await stage.play(3)
    first = stage.in_slack()[0]
    await stage.until(lambda: any("cannot be edited" in str(one.body) for one in stage.in_slack(first.ts)))
    await stage.until(lambda: any("cannot be edited" in str(one.body) for one in stage.below_in_discord()))
    replies: list[Any] = [one for one in stage.in_slack(first.ts) if "cannot be edited" in str(one.body)]
    title = "the thread below an alert that cannot be edited any more"
    taken.slack.append(Scene("thread", f"Slack: {title}", tuple(map(slack_said, [first, *replies])), len(replies)))
    parent = stage.in_discord()[0]
    below = [one for one in stage.below_in_discord() if "cannot be edited" in str(one.body)]
    taken.discord.append(Scene("thread", f"Discord: {title}", tuple(map(discord_said, [parent, *below])), len(below)))
