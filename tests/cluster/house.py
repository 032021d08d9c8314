"""Slack and Discord as one process, three channels each, that outlives every worker: ``python house.py``.

The stand-ins and their door are those of the acceptance tests; messages come as fast as the workers make them, for what is
tried here is the database between them, not the chats' patience.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

ACCEPTANCE = Path(__file__).resolve().parent.parent / "acceptance"
BURST = 100_000
FORUM = 15

spec = importlib.util.spec_from_file_location("cluster_chathouse", ACCEPTANCE / "chathouse.py")
assert spec is not None
assert spec.loader is not None
chathouse = importlib.util.module_from_spec(spec)
sys.modules["cluster_chathouse"] = chathouse
spec.loader.exec_module(chathouse)


class House(chathouse.ChatHouse):  # type: ignore[misc,name-defined]  # loaded by its path
    """Both chats, with three channels each."""

    def __init__(self) -> None:
        super().__init__(burst=BURST)
        world = self.discord.world
        (guild,) = world.guilds.values()
        self.channels["slack-3"] = "C0000000007"
        self.channels["discord-news"] = world.add_channel(guild, "newsroom").id

    def _held_by_discord(self) -> list[dict[str, Any]]:
        shown = []
        world = self.discord.world
        for channel in (name for name in self.channels if name.startswith("discord")):
            place = world.channels[self.channels[channel]]
            for where in (place, *sorted(world.threads(place), key=lambda thread: int(thread.id))):
                for number, message in enumerate(chathouse._said(where)):
                    opens = where is place or (place.kind == FORUM and number == 0)
                    below = None if opens else where.id
                    shown.append(chathouse._shown(channel, message.id, below, message.body, len(message.revisions)))
        return shown


async def serve() -> None:
    """Until standard input ends."""
    house = House()
    await house.start()
    sys.stdout.write(json.dumps(house.told()) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await house.stop()


if __name__ == "__main__":
    asyncio.run(serve())
