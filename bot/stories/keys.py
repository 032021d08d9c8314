"""Keys: the things that make two entries the same article for ever, whatever its text.

A key is made of an item alone; ``sharedkeys`` checks the limits a key has. A generic title is no key, nor is the
front page of a site as an address, because sources reuse both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.core.identity import digest
from bot.core.model import Item
from bot.stories.tokens import words
from bot.stories.words import GENERIC_TITLES, OPENERS, STOP
from bot.text.urls import canonical_url, place_in_page

_RECORD = re.compile(r"(change)/[0-9a-f]{6,}|(entry|document|docket|opinion|argument|matter|event|agenda)/\d+")
"""Guids that this program's own kinds of source give: a state of a watched page (``sources.page``), a filing of a court
(``sandbox.jobs.courtlistener``), an act of a council (``sandbox.jobs.legistar``). Who numbers what it puts out says that each is
another thing, however alike their forms are."""
_FILE = re.compile(r"\W*(?:(?:bill|case|file|item|no\.?|ordinance|resolution) )?#?(\d{2,4}-\d{3,6})(?![\d-])", re.IGNORECASE)
"""The number of a file before its title, as councils and courts write it in any feed: "26-0411 (Agenda Ready): ..."."""
SHORTEST_TITLE = 4
"""Words a title needs to be a key (shorter ones recur)."""

_BRACKETED = re.compile(r"^\s*[\[(]([^\])]{2,20})[\])]\s*")
_PREFIX = re.compile(r"^\s*([A-Za-z][\w ]{2,20}?)(?:\s\d+)?\s*(?::|[-–—|](?=\s|[A-Z]))\s*")
_SUFFIX = re.compile(r"\s+(?:\||[-–—])\s+([^|–—-]{2,40})$")


def item_keys(item: Item) -> tuple[str, ...]:
    """Keys of an item: ``g`` guid within its source, ``u`` canonical address, ``a`` place in that page, ``t`` title, ``r`` record.

    A record's key says of which sort it is: after ``r`` stand four letters of it, then a digest (``sharedkeys.records_apart``).
    A state of a watched page has no title as a key: the next state may say the same again.

    A page that was read may have stated another canonical address than its source's: both are keys, as the next source may give
    either and its page may not be read.
    """
    keys = []
    if item.guid:
        keys.append("g" + digest(item.source_id, item.guid))
        if record := _RECORD.fullmatch(item.guid):
            keys.append("r" + (record[1] or record[2])[1:5] + digest(item.source_id, item.guid))
            if record[1]:
                return tuple(keys)
    if not any(key[0] == "r" for key in keys) and (file := _FILE.match(item.title)):
        keys.append("rfile" + digest(file[1]))
    if item.canonical_url:
        given = canonical_url(item.url) if item.url else None
        addresses = dict.fromkeys(address for address in (item.canonical_url, given) if address)
        keys += ["u" + digest(address) for address in addresses if not _front_page(address)]
        place = place_in_page(item.url) if item.url else None
        if place is not None:
            keys += ["a" + digest(address, place) for address in addresses]
    title = words(plain_title(item.title, item.outlet))
    if len(title) >= SHORTEST_TITLE and not (GENERIC_TITLES | STOP).issuperset(title):
        keys.append("t" + digest(" ".join(title)))
    return tuple(keys)


def of_address(items: Iterable[Item], address: str) -> list[Item]:
    """The items that a person means by an address: those it is the address of, at its place in the page if there are any there.

    An item is known by the address its source gave and by the one its page states.
    """
    canonical, place = canonical_url(address), place_in_page(address)
    if canonical is None:
        return []
    found = [item for item in items if canonical in {item.canonical_url, canonical_url(item.url or "")}]
    return [item for item in found if place_in_page(item.url or "") == place] or found


def plain_title(title: str, outlet: str | None) -> str:
    """A headline without what the newsroom put around it: "BREAKING:", "[Updated]", "| The Gazette"."""
    for pattern in (_BRACKETED, _PREFIX):
        found = pattern.match(title)
        if found and OPENERS.issuperset(words(found.group(1))):
            title = title[found.end() :]
    found = _SUFFIX.search(title)
    if found and len(words(title[: found.start()])) >= SHORTEST_TITLE and _is_site(found.group(1), outlet, "|" in found.group()):
        title = title[: found.start()]
    return title.strip()


def _is_site(text: str, outlet: str | None, after_bar: bool) -> bool:
    if outlet and words(text) == words(outlet):
        return True
    parts = text.split()
    return after_bar or (len(parts) <= 3 and all(part[0].isupper() for part in parts))


def _front_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query and not parts.fragment
