"""A stand-in for Discord: an unmodified discord.py logs into it. Loads the package beside it; runs from the command line too.

``python tests/standins/discord.py --port 8083`` serves until Ctrl+C and prints what a bot needs to be pointed at it.

This file must never be importable as ``discord``: load it by path (``discord_fixtures.py`` does), or it would hide the
library it stands in for.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
PACKAGE = "discord_standin"
OPENAPI = HERE.parent.parent.parent / "shared" / "data" / "discord" / "openapi.json"
"""Discord's own description of its API, beside the checkout."""


def load() -> ModuleType:
    """The package ``discord_standin`` beside this file, the same module for everyone who asks."""
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    folder = HERE / PACKAGE
    spec = importlib.util.spec_from_file_location(PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return module


def strict(**settings: Any) -> Any:
    """A Discord that checks every body against its own description where that is at hand; what a process serves."""
    return load().DiscordStandIn(**{"openapi": OPENAPI if OPENAPI.is_file() else None, **settings})


def say(line: str) -> None:
    """A line for the person who watches, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def serve(port: int) -> None:
    """Serve one guild with a text channel, an announcement channel and a forum until cancelled."""
    standin = strict(port=port)
    guild = standin.world.add_guild("Watch group")
    channels = [
        standin.world.add_channel(guild, "alerts"),
        standin.world.add_channel(guild, "news", kind=5),
        standin.world.add_channel(guild, "stories", kind=15),
    ]
    await standin.start()
    if standin.schema is None:
        say(f"{OPENAPI.name} is not at hand: bodies are checked by our own rules alone")
    say(f'discord = {{ api_url = "{standin.api_url}", gateway_url = "{standin.gateway_url}" }}')
    say(f"WATCHLAMP_DISCORD_TOKEN={standin.token}")
    for channel in channels:
        say(f'#{channel.name}: to = "discord:{channel.id}"')
    told = 0
    try:
        while True:
            await asyncio.sleep(0.5)
            for call in standin.calls[told:]:
                say(f"{call.status or '...'} {call.method} {call.path} {call.body if call.body is not None else ''}")
            told = len(standin.calls)
            for violation in standin.violations:
                say(f"VIOLATION {violation}")
            standin.violations.clear()
    finally:
        await standin.stop()


def main() -> None:
    """Read the port and serve."""
    parser = argparse.ArgumentParser(description="A stand-in for Discord on the loopback interface.")
    parser.add_argument("--port", type=int, default=8083)
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.port))
    except KeyboardInterrupt:
        say("")


if __name__ == "__main__":
    # The folder of a script stands first on sys.path; there this file would answer to `import discord`.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    main()
