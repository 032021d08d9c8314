"""What every kind of source is given and gives back.

Promises: plain values and Protocols only, so that kinds and their registry need not import each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.model import Item
from bot.core.records import SourceConfig
from bot.net.client import Credential, Response


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server said last time, byte for byte; to be sent back unchanged, both if there are both."""

    etag: bytes | None = None
    last_modified: bytes | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """What a source answered.

    Attributes:
        items: oldest first.
        not_modified: the server says that nothing changed.
        etag: validator for the next poll, None if there is none now.
        last_modified: the same.
        notes: what was odd, sentences for the operator.
    """

    items: tuple[Item, ...] = ()
    not_modified: bool = False
    etag: bytes | None = None
    last_modified: bytes | None = None
    notes: tuple[str, ...] = ()


class Answer(Protocol):
    """What a kind gives back: the fields of ``Polled``."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Oldest first."""
        ...

    @property
    def not_modified(self) -> bool:
        """The server says that nothing changed."""
        ...

    @property
    def etag(self) -> bytes | None:
        """Validator for the next poll."""
        ...

    @property
    def last_modified(self) -> bytes | None:
        """Validator for the next poll."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the operator."""
        ...


class Fetches(Protocol):
    """The guarded client, as far as sources need it."""

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        etag: bytes | None = None,
        last_modified: bytes | None = None,
        authorization: Credential | None = None,
    ) -> Response:
        """Fetch one document; FetchError if that fails."""
        ...


class Reads(Protocol):
    """The sandbox, as far as sources need it."""

    async def run(self, job: str, /, **kwargs: Any) -> object:
        """Read a document; DocumentError if that cannot be done."""
        ...


class SourceKind(Protocol):
    """One kind of source."""

    async def __call__(
        self,
        config: SourceConfig,
        validators: Validators,
        *,
        fetcher: Fetches,
        sandbox: Reads,
        now: datetime,
        authorization: Credential | None = None,
    ) -> Answer:
        """Ask the source once; FetchError or DocumentError if that fails."""
        ...
