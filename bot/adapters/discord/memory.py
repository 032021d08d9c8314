"""What the Discord part needs of a memory that outlives the process."""

from __future__ import annotations

from typing import Protocol


class Memory(Protocol):
    """A few words that outlive the process."""

    async def get(self, name: str) -> str | None:
        """What was set under this name, or None."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Keep it."""
        ...
