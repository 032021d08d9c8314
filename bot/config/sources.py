"""Kinds of source as a configuration names them: which there are, and the ``options`` each of them takes.

A kind's options are a table of its own, which makes the frozen value that the kind is given (``bot.core.kinds``). Pure: imports no
other room than core; that every kind named here has code is held by a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationInfo

from bot.config.civic import CourtListenerTable, LegistarTable
from bot.config.jsontable import JsonTable
from bot.config.kindtable import KindTable
from bot.config.pages import PageTable, SitemapTable
from bot.config.presets import PRESETS
from bot.config.words import did_you_mean, kind_of, listed

OPTIONS: Mapping[str, type[KindTable]] = {
    "json": JsonTable,
    "page": PageTable,
    "sitemap": SitemapTable,
    "legistar": LegistarTable,
    "courtlistener": CourtListenerTable,
    **PRESETS,
}
"""The table of options of each kind that takes any."""

SOURCE_KINDS: tuple[str, ...] = ("feed", "websub", "posts", *OPTIONS)
"""Kinds of source that a configuration may name."""


def needs_url(kind: str) -> bool:
    """Whether a source of that kind is declared with an address."""
    return OPTIONS[kind].needs_url if kind in OPTIONS else True


def options_of(value: object, info: ValidationInfo) -> KindTable | None:
    """The options of a source whose kind was read before; None for a kind without any, or one that was refused.

    Raises:
        ValueError: what stands there is no table, the kind takes none, or a key is unknown.
    """
    kind = info.data.get("kind")
    if kind is None:
        return None
    table = OPTIONS.get(kind)
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"must be a table such as {{ name = ... }}, not {kind_of(value)}")
    if table is None or not table.model_fields:
        if value:
            raise ValueError(f'kind = "{kind}" takes no options; leave them out')
        return None if table is None else table()
    given = value or {}
    for key in given:
        if key not in table.model_fields:
            known = listed(table.model_fields, "and")
            raise ValueError(f'unknown key "{key}"{did_you_mean(key, table.model_fields) or f"; here may stand {known}"}')
    return table.model_validate(given)
