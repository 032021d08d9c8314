"""What people do in Discord beyond asking: a form for a rule with a mistake in it, the rule's past, a story's timeline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from .scene import Said, Scene
from .stage import LEAD, PATIENCE, Stage, discord_said

QUERY = '"licence-plate readers" (council OR sheriff)'
"""The rule that is tried in the pictures."""


async def windows_of_discord(stage: Stage) -> list[Scene]:
    """A form that comes back with what was wrong, what the rule would have told, the timeline of a story."""
    world = stage.discord.world
    chief = world.add_role(stage.place.guild, "chief", permissions=1 << 5)
    ada = stage.discord.person("Ada", stage.place.guild, chief)
    form = await ada.slash(stage.place, "watch-admin rule add")
    filled = {"name": "readers-and-councils", "query": QUERY.replace(" OR ", " or ("), "level": "normal"}
    wrong = await _answered(await ada.submit(form, filled))
    again = await ada.press(wrong.original, _opening(wrong.original))
    scenes = [Scene("form", "Discord: the form for a rule, with a mistake in it", view=deepcopy(again.modal))]
    tried = await _answered(await ada.submit(again, {"query": QUERY}))
    scenes.append(Scene("backtest", "Discord: what a new rule would have told", (_said(stage, tried, None),)))
    told = await _answered(await ada.slash(stage.place, "watch timeline", {"story": LEAD}))
    scenes.append(Scene("timeline", "Discord: the answer to timeline", (_said(stage, told, "/watch timeline"),)))
    return scenes


def _opening(message: Any) -> str:
    """The button that opens the form again."""
    found = (one["custom_id"] for row in message.body["components"] for one in row["components"])
    return next(str(one) for one in found if str(one).startswith("open:"))


async def _answered(asked: Any) -> Any:
    async with asyncio.timeout(PATIENCE):
        while asked.waiting:
            await asyncio.sleep(0.02)
    return asked


def _said(stage: Stage, asked: Any, words: str | None) -> Said:
    """An answer to one person, with the pictures that it names; ``words`` stand above the answer to a command."""
    said = discord_said(asked.original, words)
    return replace(said, payload=_with_pictures(said.payload, stage.discord.uploads), private=True)


def _with_pictures(payload: Mapping[str, Any], uploads: Mapping[str, bytes]) -> dict[str, Any]:
    shown = dict(payload)
    for embed in shown.get("embeds") or ():
        image = embed.get("image")
        if image and image["url"].startswith("attachment://"):
            embed["image"] = {"url": image["url"], "png": uploads[image["url"].removeprefix("attachment://")]}
    return shown
