"""The one door to discord.py: imported here, without its remark about a module that it needs for voice only.

discord.py imports ``audioop`` for voice, and Python 3.11 and 3.12 warn that 3.13 has none (the package ``audioop-lts`` stands
in there). The remark is silenced for that import alone, so that a program run with warnings as errors still starts.
"""

from __future__ import annotations

import logging
import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    import discord.gateway
    import discord.http

__all__ = ["STRANGE", "discord", "keep_quiet", "point_at"]

STRANGE = (KeyError, TypeError, ValueError, AttributeError)
"""What discord.py meets at a login that something else than Discord answers with a document of its own, such as a proxy's."""

_ADDRESS = type(discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
_OWN_API = discord.http.Route.BASE
_OWN_GATEWAY = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY


def keep_quiet() -> None:
    """Keep discord.py's log free of secrets and of remarks about voice.

    At DEBUG it writes every request with its body and the address, which for interactions holds their token.
    """
    for name in ("discord", "discord.http", "discord.webhook", "discord.gateway", "discord.client", "discord.state"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False


def point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Have discord.py talk to other addresses, or to Discord's own where None. Holds for the whole process.

    discord.py keeps both in class attributes, its own ``_set_api_version`` sets the first one the same way, and interactions'
    answers take the same road.
    """
    discord.http.Route.BASE = _OWN_API if api_url is None else api_url.rstrip("/")
    gateway = _OWN_GATEWAY if gateway_url is None else _ADDRESS(gateway_url)
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
