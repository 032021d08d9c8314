"""What kinds of source are told beside an address: one frozen value a kind, made from the ``options`` of its table.

Promises: plain values that compare and print alike wherever they come from, so that a source whose options change is known
to be another source. Never holds a secret.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from types import MappingProxyType
from typing import Any

MANNER = MappingProxyType({"manner": True})
"""Marks a field that says how a source is asked, not what for: with another value it is the same source still."""

FORM = 1
"""Of the text by which a source is known; another form makes every source with options another one, so keep it."""


@dataclass(frozen=True, slots=True)
class KindOptions:
    """What every kind's options have in common."""

    @property
    def asks_robots(self) -> bool:
        """Whether robots.txt is asked before the address is: it is made for people, not for programs."""
        return False

    def identity(self) -> str:
        """What is asked for, in one text that a new version of this program writes alike: fields at their default are left out."""
        return json.dumps([FORM, _told(self)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _told(value: Any) -> Any:
    """A value as JSON has it; of a record only what is neither manner nor default."""
    if isinstance(value, tuple):
        return [_told(part) for part in value]
    if not is_dataclass(value):
        return value
    told = {}
    for each in fields(value):
        given = getattr(value, each.name)
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if not each.metadata.get("manner") and given != default:
            told[each.name] = _told(given)
    return told


@dataclass(frozen=True, slots=True)
class LegistarOptions(KindOptions):
    """A council's agendas on Legistar.

    Attributes:
        client: the name its pages stand under: ``seattle`` of ``seattle.legistar.com``.
        what: which of ``matters``, ``events`` and ``agenda``.
    """

    client: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedOptions(KindOptions):
    """What is particular about one service's feeds.

    Attributes:
        outlet_ends_title: titles end with " - " and the name that the entry's ``source`` has.
        opaque: links and ids are the service's own and differ from one answer to the next: title and outlet tell entries apart.
        too_many: HTTP statuses with which it says that it is asked too often, beside 429 and 503.
        wait: seconds until the next try then, if it names none.
        pause: seconds between two requests to that host.
    """

    outlet_ends_title: bool = False
    opaque: bool = False
    too_many: tuple[int, ...] = field(default=(), metadata=MANNER)
    wait: float = field(default=900.0, metadata=MANNER)
    pause: float = field(default=0.0, metadata=MANNER)


@dataclass(frozen=True, slots=True)
class PageOptions(KindOptions):
    """A watched page.

    Attributes:
        selector: CSS selector of what is watched.
        exclude: CSS selectors of what is not, inside it.
        items: CSS selector of a list's elements, each an item of its own; empty if the page is watched as a whole.
        ignore: patterns (RE2) of words that count as absent.
        robots: whether robots.txt is honoured.
    """

    selector: str = "body"
    exclude: tuple[str, ...] = ()
    items: str = ""
    ignore: tuple[str, ...] = ()
    robots: bool = field(default=True, metadata=MANNER)

    @property
    def asks_robots(self) -> bool:
        """A page is made for people."""
        return self.robots


@dataclass(frozen=True, slots=True)
class SitemapOptions(KindOptions):
    """A sitemap.

    Attributes:
        include: patterns (RE2), one of which a page's address has to have; none: every page.
        exclude: patterns that a page's address must not have.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CourtListenerOptions(KindOptions):
    """A docket, or a search, on CourtListener.

    Attributes:
        docket: the docket's number there, or None.
        query: what is searched for if there is no docket.
        type: what is found: ``o`` opinions, ``r`` dockets with documents, ``rd`` documents, ``d`` dockets, ``oa`` arguments.
        courts: the site's short names of courts; none: all.
    """

    docket: int | None = None
    query: str = ""
    type: str = "r"
    courts: tuple[str, ...] = ()
