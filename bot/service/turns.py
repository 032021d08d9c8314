"""One after the other: what a workspace's people change at once, such as by pressing a button twice.

Promises: who has the turn of a workspace sees everything that was changed in it before, so that what is looked at first, a cap or
whether it is so already, still holds when it is written. Workspaces never wait for one another. Of this process alone: between
processes the store's own checks count.
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A turn for each workspace."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, workspace_id: str) -> asyncio.Lock:
        """The turn of a workspace, to be entered with ``async with``."""
        return self._locks.setdefault(workspace_id, asyncio.Lock())
