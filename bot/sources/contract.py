"""What every kind of source is given and gives back.

Promises: plain values and Protocols only, so that kinds and their registry need not import each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.errors import DocumentError, FetchError
from bot.core.model import Item
from bot.core.sources import SourceConfig
from bot.core.wishes import NO_WISHES, Wishes
from bot.net.client import Credential, Response


@dataclass(frozen=True, slots=True)
class Validators:
    """What is remembered of the last poll.

    Attributes:
        etag, last_modified: what the server said, byte for byte; to be sent back unchanged, both if there are both.
        memory: what the kind itself wrote down (``Polled.memory``), empty at first.
        place: which address the server's validators are from (``Response.place``); empty if that is not known.
    """

    etag: bytes | None = None
    last_modified: bytes | None = None
    memory: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Polled:
    """What a source answered.

    Attributes:
        items: oldest first.
        not_modified: the server says that nothing changed.
        etag: validator for the next poll, None if there is none now.
        last_modified: the same.
        notes: what was odd, sentences for the operator.
        hub: the WebSub hub that the source names, in a Link header or in its document, or None.
        topic: the address under which that hub knows the source (its ``rel=self``), or None.
        memory: what the kind writes down for its next poll, stored together with the items; None leaves what it wrote before.
        wishes: how often the server and its document want to be asked. Of a 304, and of kinds without documents of that sort,
            only what the headers say counts (``fresh``).
        place: which address the validators are from (``Response.place``).
        moved_to: where the source has moved for good, as this one answer says, or None.
        window: these are all entries that the source shows now: one that shows none of those known before was asked too late.
        listed: how many entries the answer listed, known ones too, where ``items`` are only the new ones; None: those of ``items``.
        broken_off: what stopped the kind before it had asked for everything: the poll has failed, and what came before counts.
    """

    items: tuple[Item, ...] = ()
    not_modified: bool = False
    etag: bytes | None = None
    last_modified: bytes | None = None
    notes: tuple[str, ...] = ()
    hub: str | None = None
    topic: str | None = None
    memory: str | None = None
    wishes: Wishes = NO_WISHES
    place: str = ""
    moved_to: str | None = None
    window: bool = False
    listed: int | None = None
    broken_off: FetchError | DocumentError | None = None

    @classmethod
    def unchanged(cls, response: Response) -> Polled:
        """What it says to answer that nothing changed."""
        return cls(not_modified=True, etag=response.etag, last_modified=response.last_modified, wishes=response.wishes)


def wants_rest(error: FetchError) -> bool:
    """Whether a refusal is a wish to be left alone for a while, not one document's own trouble."""
    return error.status == 429 or (error.throttled and error.retry_after is not None)


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
        header: str = "Authorization",
        place: str | None = None,
    ) -> Response:
        """Fetch one document; FetchError if that fails. ``header``: the field the credential is sent in."""
        ...

    async def exchange(self, url: str, *, document: bytes, max_bytes: int, authorization: Credential | None = None) -> bytes:
        """Send a JSON document and read the answer; FetchError if that fails."""
        ...

    def ask_for_pause(self, url: str, seconds: float) -> None:
        """Keep at least so many seconds between two fetches from that host."""
        ...


class Reads(Protocol):
    """The sandbox, as far as sources need it."""

    async def run(self, job: str, /, **kwargs: Any) -> object:
        """Read a document; DocumentError if that cannot be done."""
        ...


class AsksRobots(Protocol):
    """Who knows what sites want no program to read (``bot.net.robots``)."""

    async def check(self, url: str) -> None:
        """FetchError if it may not be read."""
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
    ) -> Polled:
        """Ask the source once; FetchError or DocumentError if that fails."""
        ...
