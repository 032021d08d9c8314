"""Hostile text for a terminal: ``bot.text.inert`` leaves nothing that a terminal obeys, so this is all it needs. Pure."""

from __future__ import annotations

from bot.text.inert import clip, plain, shown_host, shown_url

__all__ = ["clip", "plain", "shown_host", "shown_url"]
