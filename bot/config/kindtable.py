"""What the ``options`` of every kind of source have in common.

Pure. A kind's own table stands with those of its like; ``bot.config.sources`` knows them all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import ClassVar

from bot.config.table import Table
from bot.core.kinds import KindOptions


class KindTable(Table, ABC):
    """``options`` of a source of one kind.

    Attributes:
        needs_url: whether such a source is declared with an address; else the kind makes its own out of the options.
        least_interval: shortest interval with which the kind's own address may be asked; another one given as ``url`` (a
            stand-in, a proxy) is bound by ``net.min_interval`` alone.
    """

    needs_url: ClassVar[bool] = True
    least_interval: ClassVar[timedelta] = timedelta(0)

    @abstractmethod
    def value(self) -> KindOptions | None:
        """What the kind is given."""

    def address(self) -> str:
        """The address of a source declared without one (only where ``needs_url`` is false)."""
        return ""

    def at(self, url: str) -> str:
        """The address of a source declared with one."""
        return url

    def value_at(self, url: str | None) -> KindOptions | None:
        """What the kind is given if the source is declared with that address, or with none."""
        return self.value()

    def service_at(self, url: str | None) -> str | None:
        """By what the source is known from poll to poll, None if by its address and by what its kind is given."""
        return None

    @property
    def stands_on(self) -> str:
        """The kind that does the work, if it is another one than the source names; else empty."""
        return ""

    @property
    def needs_secret(self) -> str:
        """Where the key comes from without which the service answers nothing; empty if it answers without."""
        return ""
