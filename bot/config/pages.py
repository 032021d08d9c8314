"""``options`` of the kinds that read what a site shows to everybody: watched pages and sitemaps.

Pure. Selectors and patterns are tried out where they are read, so that a mistake is told with its line and not by the first poll.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator, model_validator

from bot.config.kindtable import KindTable
from bot.config.words import as_text, kind_of, shown
from bot.core.kinds import PageOptions, SitemapOptions

LONGEST_PATTERN = 500
"""Characters of a selector or pattern; longer ones are something else pasted into the wrong place."""


def _selector(given: object) -> str:
    import cssselect  # noqa: PLC0415  # most configurations watch no page

    value = _of_some_length(as_text(given, "main article").strip())
    try:
        cssselect.HTMLTranslator().css_to_xpath(value)
    except cssselect.SelectorError as error:
        raise ValueError(f'{shown(value)} is not a CSS selector, such as "main article" or "li.news" ({error})') from None
    return value


def _selectors(given: object) -> tuple[str, ...]:
    return tuple(_selector(text) for text in _texts(given, '["nav", ".counter"]'))


def _patterns(given: object) -> tuple[str, ...]:
    import re2  # noqa: PLC0415  # likewise

    patterns = _texts(given, '["\\\\d+ views"]')
    for pattern in patterns:
        options = re2.Options()
        options.log_errors = False  # it would write to stderr by itself
        try:
            re2.compile(_of_some_length(pattern), options)
        except re2.error as error:
            why = error.args[0].decode("utf-8", "replace")
            raise ValueError(f"{shown(pattern)} is not a regular expression as RE2 knows them ({why})") from None
    return patterns


def _of_some_length(text: str) -> str:
    if not text or len(text) > LONGEST_PATTERN:
        raise ValueError(f"is longer than {LONGEST_PATTERN} characters" if text else "is empty; leave it out")
    return text


def _texts(given: object, example: str) -> tuple[str, ...]:
    if isinstance(given, list):
        return tuple(as_text(text) for text in given)
    raise ValueError(f"must be a list such as {example}, not {kind_of(given)}")


class PageTable(KindTable):
    """``options`` of ``kind = "page"``."""

    selector: Annotated[str, PlainValidator(_selector)] = "body"
    exclude: Annotated[tuple[str, ...], PlainValidator(_selectors)] = ()
    items: Annotated[str, PlainValidator(_selector)] = ""
    ignore: Annotated[tuple[str, ...], PlainValidator(_patterns)] = ()
    robots: bool = True

    @model_validator(mode="after")
    def _one_way_of_watching(self) -> PageTable:
        if self.items and "selector" in self.model_fields_set:
            raise ValueError("has both selector and items; selector watches one part of a page, items reads a list of links")
        return self

    def value(self) -> PageOptions:
        """What the kind is given."""
        return PageOptions(self.selector, self.exclude, self.items, self.ignore, self.robots)


class SitemapTable(KindTable):
    """``options`` of ``kind = "sitemap"``."""

    include: Annotated[tuple[str, ...], PlainValidator(_patterns)] = ()
    exclude: Annotated[tuple[str, ...], PlainValidator(_patterns)] = ()

    def value(self) -> SitemapOptions:
        """What the kind is given."""
        return SitemapOptions(self.include, self.exclude)
