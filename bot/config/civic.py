"""``options`` of the kinds that read councils and courts through their own interfaces.

Pure. The services' own addresses stand here; a source's ``url`` replaces them, for stand-ins and proxies.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import PlainValidator, model_validator

from bot.config.kindtable import KindTable
from bot.config.table import SomeText
from bot.config.words import as_text, did_you_mean, kind_of, listed, shown
from bot.core.kinds import CourtListenerOptions, LegistarOptions

LEGISTAR = "https://webapi.legistar.com/v1/"
"""Where every council's data is (https://webapi.legistar.com/Home/Examples, as stored in November 2026)."""

COURTLISTENER = "https://www.courtlistener.com/api/rest/v4"
"""The Free Law Project's interface (https://www.courtlistener.com/help/api/rest/, as stored in November 2026)."""

TYPES = {
    "o": "opinions",
    "r": "dockets with documents",
    "rd": "documents",
    "d": "dockets",
    "oa": "oral arguments",
}
"""What a search there may look for; judges ("p") are no news."""

WHAT = ("matters", "events", "agenda")

_CLIENT = re.compile(r"[A-Za-z0-9-]{1,63}")
_CLIENT_SITE = re.compile(r"(?:https?://)?([A-Za-z0-9-]{1,63})\.legistar\.com(?:/.*)?", re.IGNORECASE)


def _client(given: object) -> str:
    value = as_text(given, "seattle")
    if _CLIENT.fullmatch(value):
        return value.lower()
    site = _CLIENT_SITE.fullmatch(value)
    hint = f'; write "{site[1].lower()}"' if site else ""
    raise ValueError(f'{shown(value)} is not a client of Legistar, such as "seattle" of seattle.legistar.com{hint}')


def _what(given: object) -> tuple[str, ...]:
    words = _texts(given, '["matters", "events"]')
    for word in words:
        if word not in WHAT:
            raise ValueError(f"{shown(word)} is none of {listed(WHAT)}{did_you_mean(word, WHAT)}")
    return tuple(word for word in WHAT if word in words)


def _texts(given: object, example: str) -> tuple[str, ...]:
    if isinstance(given, list):
        if not given:
            raise ValueError("is empty; leave it out, or write at least one text")
        return tuple(as_text(text) for text in given)
    raise ValueError(f"must be a list such as {example}, not {kind_of(given)}")


class LegistarTable(KindTable):
    """``options`` of ``kind = "legistar"``."""

    needs_url: ClassVar[bool] = False

    client: Annotated[str, PlainValidator(_client)] = ""
    what: Annotated[tuple[str, ...], PlainValidator(_what)] = WHAT

    @model_validator(mode="after")
    def _names_a_client(self) -> LegistarTable:
        if not self.client:
            raise ValueError('needs the council\'s name on Legistar: options = { client = "seattle" }')
        return self

    def value(self) -> LegistarOptions:
        """What the kind is given."""
        return LegistarOptions(self.client, self.what)

    def address(self) -> str:
        """Legistar's own."""
        return f"{LEGISTAR}{self.client}"


_COURT = re.compile(r"[a-z0-9]{2,15}")


def _courts(given: object) -> tuple[str, ...]:
    courts = _texts(given, '["cand", "ca9"]')
    for court in courts:
        if not _COURT.fullmatch(court):
            raise ValueError(
                f'{shown(court)} is no short name of a court, such as "cand" or "ca9"; the court\'s address there has it'
            )
    return courts


def _type(given: object) -> str:
    value = as_text(given, "rd")
    if value not in TYPES:
        known = listed(f"{name} ({meaning})" for name, meaning in TYPES.items())
        raise ValueError(f"{shown(value)} is not known here; write {known}")
    return value


def _docket(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return given
    found = re.search(r"/docket/([0-9]{1,12})(?:/|\Z)", given) if isinstance(given, str) else None
    hint = f"; write docket = {found[1]}" if found else ""
    raise ValueError(f"must be the docket's number in its address, such as 4214664 of /docket/4214664/, without quotes{hint}")


class CourtListenerTable(KindTable):
    """``options`` of ``kind = "courtlistener"``."""

    needs_url: ClassVar[bool] = False
    least_interval: ClassVar[timedelta] = timedelta(minutes=10)

    docket: Annotated[int, PlainValidator(_docket)] | None = None
    query: SomeText | None = None
    type: Annotated[str, PlainValidator(_type)] = "r"
    courts: Annotated[tuple[str, ...], PlainValidator(_courts)] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> CourtListenerTable:
        if (self.docket is None) == (self.query is None):
            raise ValueError("needs one of docket = 4214664 (its number in its address) and query = '\"facial recognition\"'")
        if self.docket is not None and self.model_fields_set & {"type", "courts"}:
            raise ValueError("type and courts belong to a query; a docket is one case of one court")
        return self

    def value(self) -> CourtListenerOptions:
        """What the kind is given."""
        return CourtListenerOptions(self.docket, self.query or "", self.type, self.courts)

    def address(self) -> str:
        """CourtListener's own."""
        return COURTLISTENER
