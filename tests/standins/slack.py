"""A stand-in for Slack on loopback: ``python tests/standins/slack.py --port 8082``, or loaded by tests.

Started by hand it prints what to put into the configuration and the environment, then every message a channel is shown, until
Ctrl+C. Tests load this file by its path (it needs no package around it) and use ``SlackStandIn``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.adapters.slack.manifest import manifest


def _parts() -> ModuleType:
    """The package beside this file, whatever path it is loaded from."""
    name = "slack_standin"
    if name not in sys.modules:
        folder = Path(__file__).parent / name
        spec = importlib.util.spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


parts = _parts()
SlackStandIn = parts.SlackStandIn


def of_our_app(**settings: Any) -> Any:
    """A Slack in which our own app is installed, with the scopes that its manifest needs; what a process serves."""
    return SlackStandIn(**{"manifest": manifest("socket"), **settings})


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _serve(port: int, *, every_scope: bool) -> None:
    standin = of_our_app(grant_optional=every_scope)
    await standin.start(port)
    _say(f"""Slack stand-in on {standin.url}

  in the configuration:   slack = {{ mode = "socket", base_url = "{standin.base_url}" }}
                          to = "slack:C0000000001"      (also C0000000002; the bot is not in C0000000003; C0000000004 is archived)
  in the environment:     WATCHLAMP_SLACK_BOT_TOKEN={standin.bot_token}
                          WATCHLAMP_SLACK_APP_TOKEN={standin.app_token}
                          WATCHLAMP_SLACK_SIGNING_SECRET={parts.SIGNING_SECRET}
""")
    told = 0
    try:
        while True:
            await asyncio.sleep(0.2)
            for request in standin.requests[told:]:
                where, text = request.arguments.get("channel", ""), request.arguments.get("text", "")
                _say(f"{request.at:%H:%M:%S} {request.method} {where} {request.error or 'ok'}: {text}")
            told = len(standin.requests)
            for violation in standin.forgive():
                _say(f"         VIOLATION {violation}")
    finally:
        await standin.stop()


def main() -> None:
    """Serve until Ctrl+C."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--every-scope", action="store_true", help="grant the optional scopes of our manifest too")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.port, every_scope=given.every_scope))


if __name__ == "__main__":
    main()
