"""Which stories break through what a channel waits for. Pure."""

from __future__ import annotations

from bot.core.model import ChannelSettings, Level

_RANK = {level: rank for rank, level in enumerate(Level)}


def breaks_through(level: Level, settings: ChannelSettings) -> bool:
    """Whether a story of this level is posted at once, whatever quiet hours, digests and caps say."""
    return settings.break_through is not None and _RANK[level] >= _RANK[settings.break_through]
