"""Who reported an event, counted once each: outlets of one owner count as one, and so does a wire's text wherever it stands.

Never counts a copy, and never guesses an owner: ``owner_table`` holds what is known, a configuration adds to it, and an outlet
of which nothing is known is its own family. What a text says of its own origin goes before where it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import Item
from bot.stories.owner_table import CARRIERS, COMMON_NAMES, FAMILIES, NAMES, PORTAL_NAMES, PORTALS, WIRES
from bot.stories.tokens import words
from bot.text.platforms import owned
from bot.text.urls import host

_HEAD = 300
_TAIL = 500
"""Characters of a text in which its credit stands: before the first sentence, or below the last."""

_CODES = "Reuters|AP|AFP|Bloomberg|TNS|PA|dpa|CNN|UPI|EFE|ANSA|Kyodo|Xinhua|ANI|PTI|IANS|AAP|Yonhap|APA"
_WIRE = re.compile(
    rf"\((?P<wire>{_CODES}|Agence France-Presse|The Center Square|Kyodo News|Tribune News Service)\)\s*[-–—:]"
    rf"|^(?P<start>Bloomberg|Reuters|AP|AFP|dpa)\s?[—–]"
    r"|^(?P<dash>AP|Reuters|AFP) - "
    r"|/(?P<slashed>PRNewswire|CNW)[^/\n]{0,20}/\s*[-–—]"
    r"|\((?P<sent>BUSINESS WIRE|GLOBE NEWSWIRE)\)\s*[-–—]"
)
"""The credit a wire's text carries in its first line, as in "BRUSSELS, Jan 16 (Reuters) -"."""

_AGENCIES = "|".join(sorted((re.escape(name).replace("\\ ", "[ -]") for name in WIRES), key=len, reverse=True))
_OFFICE = r"(?: staff)?(?: (?:[Ww]riter|[Rr]eporter|[Cc]orrespondent))?"
_BYLINE = re.compile(
    rf"^(?:by )?(?:[\w.'’ -]{{3,60}}(?:,| of| for| \||/) ?)?(?:the )?(?P<name>{_AGENCIES}){_OFFICE}\W*$", re.IGNORECASE
)
"""An author that is an agency, or somebody of one: "The Associated Press", "Ada Nwosu, Associated Press"."""
_PERSON = r"(?:[A-Z][\w.'’-]*\s+(?:(?:and|&)\s+)?){1,8}"
_LONG_NAMES = "|".join(sorted((re.escape(name).replace("\\ ", "[ -]") for name in WIRES if " " in name), key=len, reverse=True))
_BYLINE_UNPARTED = re.compile(
    rf"^(?:(?:[Bb]y|BY)\s+)?{_PERSON}(?:(?i:the)\s+)?(?P<name>(?i:{_LONG_NAMES})){_OFFICE}\W*$"
    rf"|^(?:[Bb]y|BY)\s+{_PERSON}(?P<short>Reuters|REUTERS|AP|AFP|UPI|TNS|PTI|AAP)\W*$"
)
"""Somebody and an agency with nothing between: "By ADA NWOSU Associated Press". A short name may be somebody's own."""
_COPYRIGHT = re.compile(
    rf"(?:\bCopyright(?:\s*(?:©|\(c\)))?|©|\(c\))\s*(?:(?:19|20)\d\d(?:[-–]\d\d(?:\d\d)?)?)?,?\s*(?:by )?(?:the "
    rf")?(?P<name>{_AGENCIES})"
    r"(?=\s*(?:[.,|\n]|$|L\.?P|Inc|Ltd|Limited|All rights))",
    re.IGNORECASE,
)
"""To whom a text says that it belongs."""

_NAME = r"[A-Z0-9][\w&'’-]*(?:\.[\w&'’-]+)*"
_PIECE = (
    r"(?:blog )?(?:story|article|post|column|essay|commentary|piece|op-ed|interview|feature|investigation|editorial|analysis|"
    r"report)"
)
_FIRST = r"(?:first|originally|previously) "
_AGAIN = r"(?:republished|reprinted|reproduced|syndicated)(?: here)?(?: with (?:the )?(?:kind )?permission)?"
_BEGINS = r"(?:^|[.!?:;()\[\]|*\n–—\"”])\s*"
_ORIGIN = re.compile(
    rf"(?:\b[Tt]his (?:[\w-]+ )?{_PIECE}(?:,? (?:by|from) [^.;:!?]{{3,80}}?)?,?(?: which| that)?(?: was| is| has been| also)*"
    rf" (?:{_FIRST}(?:published|appeared|ran|posted|printed)|{_AGAIN})"
    rf"|{_BEGINS}(?:(?:Originally|First) (?:published|appeared|ran|printed)|(?i:{_AGAIN})"
    rf"|A version of this {_PIECE} (?:was |has )?(?:{_FIRST})?(?:published|appeared|ran))"
    rf"|(?P<the>{_BEGINS}The {_PIECE} (?:was |is |has been )?(?:{_FIRST}(?:published|appeared|ran)|{_AGAIN})))"
    r" (?:in|on|by|at|from|courtesy of) "
    rf"(?P<name>(?:[Tt]he )?{_NAME}(?: (?:(?:of|and|for|the) )*{_NAME}){{0,5}}|[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}})"
)
"""Where a text says that it was printed before: "This story was originally published by States Newsroom". Who first reported
something, or posted a photo, is no origin of the text."""
_PRINTED = ("published", "appeared", " ran ", "posted", "printed", "produced", "syndicated")
"""One of these stands in every text in which ``_ORIGIN`` or ``_PRODUCED`` finds anything."""
_PRODUCED = re.compile(
    rf"\b[Tt]his (?:[\w-]+ )?{_PIECE} (?:was|is) produced by (?P<name>(?:[Tt]he )?{_NAME}(?: (?:(?:of|and|for|the) "
    rf")*{_NAME}){{0,5}})"
)
"""Who made a text, if that is somebody who makes texts for others: a "report" may be what the news is about."""
_SETS_APART = re.compile(r"\W*$|\W*\n|[.)\]]+\s|,? and (?:is|was) (?:re|used)|,? (?:under|with permission|and (?:re|used))")
"""What follows where "The story was first published by" is a credit of its own and not a sentence of the report."""
_CAPTION = re.compile(r"\b(?:photo|image|picture|video|map|chart|graphic|illustration|caption|credit)s?\W*$", re.IGNORECASE)
_ON_PORTAL = re.compile(rf"\s+(?:on|via)\s+(?:{'|'.join(PORTAL_NAMES)})$")
_SEARCHES = ("google alert", "google alerts")
"""What a feed of search results calls itself: its articles are those of many."""
_DATE = re.compile(
    r"^(?:\d+(?:st|nd|rd|th)?(?: ?[ap]m\b.*)?$|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d|(?:Mon|Tues|Wednes|"
    r"Thurs|Fri|Satur|Sun)day\b)",
    re.IGNORECASE,
)
"""An instant where an origin could stand: "first published on Monday"."""


@dataclass(frozen=True)
class Owners:
    """Who owns which outlets.

    Attributes:
        domains: family by domain, without ``www.``.
        names: family by printed name, as words joined by blanks, without a leading "the".
        portals: domains on which articles of others stand, so that the printed name goes before the site.
    """

    domains: Mapping[str, str]
    names: Mapping[str, str]
    portals: frozenset[str] = frozenset(PORTALS)

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
        said = {outlet.casefold().removeprefix("www.") for outlets in extra.values() for outlet in outlets}
        return Owners(domains, names, self.portals - said)

    def of_host(self, name: str | None) -> str | None:
        """The family of a host, told by the longest known domain that it ends in; None if none is known."""
        return self.domains.get(self._known(name))

    def alone(self, name: str | None) -> bool:
        """Whether what stands on a host is its owner's: it is known, and not as a portal."""
        known = self._known(name)
        return bool(known) and known not in self.portals

    def printed(self, name: str) -> str:
        """The family of a printed name or domain, or the name itself as words; empty if it has none."""
        if is_domain(name):
            return self.of_host(name) or owned(name.casefold())
        plain = plain_name(_ON_PORTAL.sub("", name))
        return self.names.get(plain, plain)

    def common(self, name: str) -> bool:
        """Whether a printed name tells no outlet: it is on no list, and made of words that papers everywhere have in theirs."""
        if not name or name in self.names:
            return False
        return COMMON_NAMES.issuperset(name.split()) or name.startswith(_SEARCHES)

    def _known(self, name: str | None) -> str:
        labels = name.casefold().split(".") if name else []
        ends = (".".join(labels[start:]) for start in range(len(labels) - 1))
        return next((end for end in ends if end in self.domains), "")


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
    return None if name is None else owned(name)


def family(item: Item, owners: Owners = SHIPPED) -> str | None:
    """The owner or wire behind an item, or the outlet itself; None if the item names neither outlet nor site.

    A text that says where it comes from (an agency's credit, its byline, "originally published by") counts as that one's
    wherever it is printed.
    """
    origin = _wire(item) or _byline(item) or _origin(item, owners)
    if origin:
        return origin
    name = host(item.url) if item.url else None
    if owners.alone(name):
        return owners.of_host(name)
    own = site(name)
    printed = owners.printed(item.outlet) if item.outlet else ""
    if own is not None and own not in CARRIERS | owners.portals and owners.common(printed):
        return own
    return printed or owners.domains.get(own or "", own)


def _wire(item: Item) -> str | None:
    for text in (item.summary[:_HEAD], item.content_text[:_HEAD]):
        found = _WIRE.search(text)
        if found:
            return WIRES[plain_name(found[found.lastgroup or 0])]
    return None


def _byline(item: Item) -> str | None:
    for author in (*item.authors, *item.content_text[:_HEAD].split("\n", 2)[:2]):
        line = author.strip() if len(author) <= 2 * _HEAD // 3 else ""
        found = _BYLINE.match(line) or _BYLINE_UNPARTED.match(line)
        if found:
            return WIRES[plain_name(found[found.lastgroup or 0])]
    return None


def _origin(item: Item, owners: Owners) -> str | None:
    tail = item.content_text[-_TAIL:] if len(item.content_text) > _HEAD else ""
    for text in (item.content_text[:_HEAD], tail, item.summary[-_TAIL:], *item.notes):
        folded = text.casefold()
        may_tell = any(map(folded.__contains__, _PRINTED))  # hardly one text in ten; the patterns are tried at every place of it
        for found in _ORIGIN.finditer(text) if may_tell else ():
            name = found["name"].strip().rstrip(".")
            told_of = found["the"] is not None and not _SETS_APART.match(text, found.end())
            if not told_of and not _DATE.match(name) and not _CAPTION.search(text[: found.start() + 1]) and plain_name(name):
                return owners.printed(name)
        for found in (*_COPYRIGHT.finditer(text), *(_PRODUCED.finditer(text) if may_tell else ())):
            owner = WIRES.get(plain_name(found["name"]))
            if owner and not _CAPTION.search(text[: found.start()]):
                return owner
    return None
