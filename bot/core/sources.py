"""A source as it is declared and as it is remembered between polls, and what a poll brings.

The store writes and reads these, each in one transaction, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.kinds import KindOptions
from bot.core.model import FILE_WORKSPACE, Item
from bot.core.wishes import NO_WISHES, Wishes


class FullText(StrEnum):
    """Whether an article's page is fetched for its text: when the source gives none, always, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """A declared source.

    Attributes:
        url: may itself be a secret (``url_secret``); then it is never shown, ``id`` is.
        interval: shortest time between two polls.
        service: what was written of a service that this program describes: with another description it is the same source; None
            for a source that is known by its address and its options.
        adaptive: nobody wrote an interval: once the source's own rhythm is known, it takes the place of ``interval``.
        secret: name of the credential for this source, or None.
        related: posts only: whether ``related`` entries are items of their own.
        options: what its kind is told besides, None for a kind that takes none.
    """

    id: str
    kind: str
    url: str
    interval: timedelta = timedelta(minutes=30)
    full_text: FullText = FullText.AUTO
    outlet: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    secret: str | None = None
    url_secret: bool = False
    related: bool = False
    workspace_id: str = FILE_WORKSPACE
    options: KindOptions | None = None
    adaptive: bool = False
    service: str | None = None

    @property
    def asked(self) -> str:
        """What is asked, in one text: with another address, or other options, it is another source.

        A new version of this program writes it alike, or items that came since the last poll would be taken for a back catalogue.
        """
        if self.service is not None:
            return self.service
        return self.url if self.options is None else f"{self.kind} {self.url} {self.options.identity()}"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What we remember of a source between polls.

    Attributes:
        address_hash: digest of what is asked; validators and memory are void when it changes.
        etag, last_modified: the server's own bytes, sent back unchanged.
        next_due_at: earliest next poll.
        baselined_at: when its first poll was stored; None before.
        failures: failed polls in a row.
        last_error: why the last poll failed, a sentence without secrets; empty when it worked.
        memory: what the kind wrote down for its next poll, opaque to everybody else: a snapshot, how far it has read.
        trouble: one word for why the last poll failed, empty when it worked (``bot.service.sourcehealth``).
        failing_since: when the first of the failed polls in a row was.
        entries: how many entries the last answer had that was not "not modified"; None before the first.
        undated: none of its newest entries has a date.
        seconds: how long the last answer took.
        newest_at: when its newest entry was published, or first seen where entries have no dates.
        distance: mean seconds between two entries, the newest weighing most; None while there are too few.
        gap_at: when an answer last listed only entries that nobody knew.
        wishes: how often its server and its document want to be asked.
        place: which address the validators are from (``bot.net.answer.Response.place``); empty if that is not known.
        moved_to: where its last answers said it has moved for good, empty if they did not; never of a secret address.
        moved_polls, moved_since: how many answers in a row said so, and since when.
        adopted_url: the address asked in place of the configured one, after enough of them; empty if there is none.
        throttled_until: until when its whole site wants to be left alone, as it was told last.
    """

    source_id: str
    workspace_id: str = FILE_WORKSPACE
    address_hash: str = ""
    etag: bytes | None = None
    last_modified: bytes | None = None
    next_due_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    baselined_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    memory: str = ""
    trouble: str = ""
    failing_since: datetime | None = None
    entries: int | None = None
    undated: bool = False
    seconds: float | None = None
    newest_at: datetime | None = None
    distance: float | None = None
    gap_at: datetime | None = None
    wishes: Wishes = NO_WISHES
    place: str = ""
    moved_to: str = ""
    moved_polls: int = 0
    moved_since: datetime | None = None
    adopted_url: str = ""
    throttled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source whose time has come, with what tells whose turn it is.

    Attributes:
        due_at: since when; None if it was never asked.
        failures: failed polls in a row.
        adopted_url: the address asked in place of the configured one, or empty.
        address_hash: digest of what is asked, as another process may have declared it.
    """

    source_id: str
    workspace_id: str
    due_at: datetime | None
    failures: int
    adopted_url: str
    address_hash: str


@dataclass(frozen=True, slots=True)
class QueuedItem:
    """An item that waits to be read, matched and filed.

    Attributes:
        order: order of arrival, strictly growing.
        baseline_rank: None for news; for the first poll of a source 0 is its newest entry, 1 the next, and so on.
    """

    item: Item
    order: int
    baseline_rank: int | None = None


@dataclass(frozen=True, slots=True)
class PollRecord:
    """One poll to be stored in one transaction: the source's new state and its items, oldest first.

    ``items`` pairs each item with its baseline rank (see QueuedItem). An item already stored is updated if its
    ``content_hash`` changed, and is not queued again.

    Attributes:
        push: number of the push that brought the items, None if a poll did. Of ``state`` only whose it is then counts: what is
            remembered between polls stays, and the push is settled in the same transaction.
        window: the items are all that the source shows, and it showed some before: if none of them is known, some between are lost.
        claimed_at: when the poll was claimed, where several processes poll: if the source was claimed by another since, the items
            are stored and the state is not, for it is older than what is stored. None where one process polls.
    """

    state: SourceState
    items: tuple[tuple[Item, int | None], ...] = ()
    push: int | None = None
    window: bool = False
    claimed_at: datetime | None = None
