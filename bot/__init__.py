"""Watchlamp: one short, true message per story, in every chat of a team that watches surveillance technology."""

__version__ = "0.1.0"
