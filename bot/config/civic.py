"""``options`` of the kinds that read councils and courts through their own interfaces.

Pure. The services' own addresses stand here; a source's ``url`` replaces them, for stand-ins and proxies.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import PlainValidator, model_validator

from bot.config.kindtable import KindTable
from bot.config.words import as_text, did_you_mean, kind_of, listed, shown
from bot.core.kinds import LegistarOptions

LEGISTAR = "https://webapi.legistar.com/v1/"
"""Where every council's data is (https://webapi.legistar.com/Home/Examples, as stored in November 2026)."""

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
