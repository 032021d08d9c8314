"""A service's list of entries in JSON: how it is asked, what its answer must look like, and what one page of it held.

Promises: plain frozen values. What is told of a service here holds no secret: a key is named by where it goes, never by what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.core.documents import FeedEntry
from bot.core.kinds import MANNER, KindOptions

OWN_FUNCTIONS: tuple[str, ...] = ("after_last",)
"""What paths may call beside JMESPath's own functions: ``after_last(text, '/')`` is what stands behind the last ``/``."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How the next page is found.

    Attributes:
        how: ``next``: its address stands in the answer; ``cursor``: a mark of the answer goes into a parameter; ``page``: pages are
            counted; ``offset``: entries are counted.
        at: path of that address or mark; empty for the counted ones.
        parameter: what carries mark or number; empty for ``next``.
        first: the number of the first page.
        size: entries of a full page: a shorter one is the last; 0 if that is unknown, and the last page is an empty one.
    """

    how: Literal["next", "cursor", "page", "offset"]
    at: str = ""
    parameter: str = ""
    first: int = 1
    size: int = 0


@dataclass(frozen=True, slots=True)
class Since:
    """How far the last poll came, and how the service is told.

    Attributes:
        parameter: what carries it; empty if the service cannot be told, and reading stops at what is older.
        template: value of the parameter, with ``{since}`` in it.
        of: what is remembered: the newest date of publication, of change, or the newest id.
        form: how a date is written: ``iso``, ``seconds``, ``milliseconds``, ``day``, or a pattern of ``strftime``.
        overlap: seconds asked again, for what the service lists late or with the same date.
        first: seconds that the first poll looks back; 0 asks without the parameter.
        oldest_first: the service lists in that order, so that a poll that ends early has read everything up to there.
    """

    parameter: str = ""
    template: str = "{since}"
    of: Literal["published", "updated", "id"] = "published"
    form: str = field(default="iso", metadata=MANNER)
    overlap: float = field(default=3600.0, metadata=MANNER)
    first: float = field(default=0.0, metadata=MANNER)
    oldest_first: bool = field(default=False, metadata=MANNER)


@dataclass(frozen=True, slots=True)
class Key:
    """Where a source's secret goes; nowhere else is it sent or shown.

    Attributes:
        parameter: of the query.
        header, prefix: a header and what stands before the secret in it.
        session: an AT Protocol server: the secret is NAME:PASSWORD there, and buys a token that lasts hours.
        needed: the service answers nothing without it.
    """

    parameter: str = ""
    header: str = ""
    prefix: str = ""
    session: bool = False
    needed: bool = True


@dataclass(frozen=True, slots=True)
class TooMany:
    """What of the service's answers means 'you ask too often', beside 429 and 503.

    Attributes:
        statuses: further HTTP statuses.
        text: words, in small letters, of an answer that is not JSON.
        wait: seconds until the next try, if the server names none.
    """

    statuses: tuple[int, ...] = ()
    text: str = ""
    wait: float = 900.0


@dataclass(frozen=True, slots=True)
class JsonOptions(KindOptions):
    """What the ``json`` kind is told.

    Attributes:
        items: path of the list of entries; ``@`` if the answer itself is the list.
        fields: name of an entry's field, and the paths or templates that may give it, best first.
        parameters: of the query, in order; a name may stand there several times.
        dates: how dates are written: ``auto``, ``iso``, ``seconds``, ``milliseconds``, or a pattern of ``strptime``.
        error: path of what an answer holds only if it is an error.
        pages, entries: most read in one poll.
        full: entries of an answer that is as long as the service makes any, so that some may be missing; 0 if unknown.
        pause: seconds between two requests to that host.
    """

    items: str
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    parameters: tuple[tuple[str, str], ...] = ()
    dates: str = field(default="auto", metadata=MANNER)
    error: str = field(default="", metadata=MANNER)
    paging: Paging | None = field(default=None, metadata=MANNER)
    since: Since | None = None
    key: Key | None = field(default=None, metadata=MANNER)
    too_many: TooMany = field(default_factory=TooMany, metadata=MANNER)
    pages: int = field(default=5, metadata=MANNER)
    entries: int = field(default=1000, metadata=MANNER)
    full: int = field(default=0, metadata=MANNER)
    pause: float = field(default=0.0, metadata=MANNER)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list as read in the sandbox.

    Attributes:
        entries: those that could be used, in the service's order.
        found: how many the page listed.
        next: what its paging path gave, or None.
        trouble: what the service says is wrong, or empty.
        notes: what was odd.
    """

    entries: tuple[FeedEntry, ...]
    found: int
    next: str | None
    trouble: str = ""
    notes: tuple[str, ...] = ()
