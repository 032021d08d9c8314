"""Who reported an event, counted once each: outlets of one owner count as one, and so does a wire's text wherever it stands.

Never counts a copy, and never guesses an owner: ``owner_table`` holds what is known, a configuration adds to it, and an outlet
of which nothing is known is its own family. What a text says of its own origin goes before where it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import Item
from bot.stories.owner_table import FAMILIES, NAMES, PLATFORMS, WIRES
from bot.stories.tokens import words
from bot.text.urls import host
from bot.text.wordset import word_set

_HEAD = 300
_TAIL = 500
"""Characters of a text in which its credit stands: before the first sentence, or below the last."""

_CODES = "Reuters|AP|AFP|Bloomberg|TNS|PA|dpa|CNN|UPI|EFE|ANSA|Kyodo|Xinhua|ANI|PTI|IANS|AAP|Yonhap|APA"
_WIRE = re.compile(
    rf"\((?P<wire>{_CODES}|Agence France-Presse|The Center Square|Kyodo News|Tribune News Service)\)\s*[-–—:]"
    rf"|^(?P<start>Bloomberg|Reuters|AP|AFP|dpa)\s?[—–]"
    r"|^(?P<dash>AP|Reuters|AFP) - "
)
"""The credit a wire's text carries in its first line, as in "BRUSSELS, Jan 16 (Reuters) -"."""

_AGENCIES = "|".join(sorted((re.escape(name).replace("\\ ", "[ -]") for name in WIRES), key=len, reverse=True))
_BYLINE = re.compile(
    rf"^(?:by )?(?:[\w.'’ -]{{3,60}}(?:,| of| for| \||/) ?)?(?:the )?(?P<name>{_AGENCIES})(?: staff)?\W*$", re.IGNORECASE
)
"""An author that is an agency, or somebody of one: "The Associated Press", "Ada Nwosu, Associated Press"."""

_NAME = r"[A-Z0-9][\w&'’-]*(?:\.[\w&'’-]+)*"
_ORIGIN = re.compile(
    r"\b(?:(?:first|originally) (?:appeared|ran|published)|was (?:first|originally) (?:published|posted|reported)|"
    r"(?:is |was |been |article |story )(?:republished|reprinted|syndicated))"
    r"(?: with permission)? (?:in|on|by|at|from) "
    rf"(?P<name>(?:[Tt]he )?{_NAME}(?: (?:(?:of|and|for|the) )*{_NAME}){{0,5}}|[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}})"
)
"""Where a text says that it comes from: "This story was originally published by States Newsroom"."""
_DATE = re.compile(
    r"^(?:\d+(?:st|nd|rd|th)?(?: ?[ap]m\b.*)?$|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d|(?:Mon|Tues|Wednes|"
    r"Thurs|Fri|Satur|Sun)day\b)",
    re.IGNORECASE,
)
"""An instant where an origin could stand: "first published on Monday"."""
_SECOND_LEVEL = word_set("ac asn co com edu gen go gob gouv gov govt id ind mil ne net nhs nic or org police sch")


@dataclass(frozen=True)
class Owners:
    """Who owns which outlets.

    Attributes:
        domains: family by domain, without ``www.``.
        names: family by printed name, as words joined by blanks, without a leading "the".
    """

    domains: Mapping[str, str]
    names: Mapping[str, str]

    def with_families(self, extra: Mapping[str, Sequence[str]]) -> Owners:
        """These and further families; what is said here of an outlet goes before what was known of it.

        Args:
            extra: names of families to their outlets, each a domain ("ledger.example") or a printed name ("Harbour Ledger").
        """
        domains, names = dict(self.domains), dict(self.names)
        for owner, outlets in extra.items():
            key = plain_name(owner)
            for outlet in outlets:
                if is_domain(outlet):
                    domains[outlet.casefold().removeprefix("www.")] = key
                else:
                    names[plain_name(outlet)] = key
        return Owners(domains, names)

    def of_host(self, name: str | None) -> str | None:
        """The family of a host, told by the longest known domain that it ends in; None if none is known."""
        labels = name.casefold().split(".") if name else []
        for start in range(len(labels) - 1):
            found = self.domains.get(".".join(labels[start:]))
            if found:
                return found
        return None


SHIPPED = Owners(
    {domain: family for family, domains in FAMILIES.items() for domain in domains.split()},
    {**WIRES, **NAMES},
)
"""What the program knows by itself."""


def is_domain(text: str) -> bool:
    """Whether an outlet is given as a domain, and not as the name it prints."""
    return bool(re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", text))


def plain_name(name: str) -> str:
    """A printed name for comparing: "The Harbour Ledger" is ``harbour ledger``."""
    return " ".join(words(name)).removeprefix("the ")


def outlet_name(item: Item) -> str | None:
    """The outlet as printed, else the site's own domain, else None."""
    if item.outlet:
        return item.outlet
    return site(host(item.url) if item.url else None)


def site(name: str | None) -> str | None:
    """The part of a host that belongs to one owner, as far as its shape tells: ``news.example.co.uk`` is ``example.co.uk``.

    On a platform where everybody writes, that is one name more: ``ada.substack.com``.
    """
    if name is None:
        return None
    labels = name.split(".")
    national = len(labels[-1]) == 2 and len(labels) > 1 and labels[-2] in _SECOND_LEVEL
    if len(labels) > 2 and (national or ".".join(labels[-2:]) in PLATFORMS):
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def family(item: Item, owners: Owners = SHIPPED) -> str | None:
    """The owner or wire behind an item, or the outlet itself; None if the item names neither outlet nor site.

    A text that says where it comes from (an agency's credit, its byline, "originally published by") counts as that one's
    wherever it is printed.
    """
    origin = _wire(item) or _byline(item) or _origin(item, owners)
    if origin:
        return origin
    name = host(item.url) if item.url else None
    owner = owners.of_host(name)
    if owner:
        return owner
    plain = plain_name(item.outlet) if item.outlet else ""
    if plain:
        return owners.names.get(plain, plain)
    return site(name)


def _wire(item: Item) -> str | None:
    for text in (item.summary[:_HEAD], item.content_text[:_HEAD]):
        found = _WIRE.search(text)
        if found:
            return WIRES[plain_name(found["wire"] or found["start"] or found["dash"])]
    return None


def _byline(item: Item) -> str | None:
    for author in (*item.authors, *item.content_text[:_HEAD].split("\n", 2)[:2]):
        found = _BYLINE.match(author.strip()) if len(author) <= 2 * _HEAD // 3 else None
        if found:
            return WIRES[plain_name(found["name"])]
    return None


def _origin(item: Item, owners: Owners) -> str | None:
    tail = item.content_text[-_TAIL:] if len(item.content_text) > _HEAD else ""
    for text in (item.content_text[:_HEAD], tail, item.summary[-_TAIL:], *item.notes):
        for found in _ORIGIN.finditer(text):
            name = found["name"].strip().rstrip(".")
            plain = plain_name(name)
            if plain and not _DATE.match(name):
                return (owners.of_host(name) if is_domain(name) else None) or owners.names.get(plain, plain)
    return None
