"""Answers of CourtListener's interface to entries: results of a search, a docket, and its entries. Runs in a sandbox child.

The shape is that of https://www.courtlistener.com/help/api/rest/search/ and https://www.courtlistener.com/help/api/rest/pacer/
(REST API v4), as stored in November 2026: searches answer in camelCase, everything else in snake_case.

Promises: a row that cannot be used is left out and counted, and takes no other with it. Marks of a search (``<mark>``) leave their
words only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from bot.core.documents import FeedEntry
from bot.core.errors import DocumentError
from bot.core.servicerows import ServiceRows
from bot.sandbox.jobs.feed import http_link
from bot.sandbox.jobs.plain import plain_text
from bot.sandbox.jobs.rows import Row, day, entry, instant, line, midnight, number, paragraphs, read_json, shortened
from bot.text.clean import clean_line
from bot.text.slug import title_of_address

MAX_DOCUMENTS = 50
"""Documents named of one entry of a docket; it has one or two, and hundreds of exhibits now and then."""

TITLE = 160
"""Longest part of a title taken from an entry's description, which is often a paragraph; the text has the whole of it."""

_SERVICE = "CourtListener"


def read_courtlistener(*, data: bytes, what: str, base: str, about: str = "") -> ServiceRows:
    """Read one answer.

    Args:
        data: the answer's body.
        what: ``docket``, ``entries``, or the type of a search: ``o r rd d oa``.
        base: address of the interface; the site's own links are resolved against it.
        about: of entries, the docket as ``parts`` of its own reading told it.

    Returns:
        Entries with the newest and the oldest date of their order (days of a search, instants of a docket's last changes), and the
        address of the next page. Of a docket no entry, and in ``parts`` what its entries need to know of it.

    Raises:
        DocumentError: it is no list of results.
    """
    value = read_json(data, _SERVICE)
    if not isinstance(value, dict):
        raise DocumentError(f"{_SERVICE} sent something else than results.")
    if what == "docket":
        return _docket(value, base)
    rows = value.get("results")
    if not isinstance(rows, list):
        detail = line(value, "detail")
        said = f": {detail}" if detail else "."  # cut by who knows what must not stand in it
        raise DocumentError(f"{_SERVICE} sent an answer without results{said}")
    good: list[Row] = [row for row in rows if isinstance(row, dict)]
    case: Row = json.loads(about) if about else {}
    entries = [
        found for row in good for found in (_entry_of_docket(row, case, base) if what == "entries" else _found(row, what, base))
    ]
    dates = sorted(filter(None, (_order(row, what) for row in good)))
    unnamed = len(rows) - sum(1 for row in good if _identity(row, what))
    following = value.get("next")
    return ServiceRows(
        entries=tuple(entries),
        rows=len(rows),
        newest=dates[-1] if dates else "",
        oldest=dates[0] if dates else "",
        next=http_link(following, base),
        notes=(f"{unnamed} of {len(rows)} results of CourtListener have no number and were left out.",) if unnamed else (),
    )


_NUMBERS = {"o": "cluster_id", "r": "docket_id", "d": "docket_id", "rd": "id", "oa": "id", "entries": "id"}
_DAYS = {"o": "dateFiled", "r": "dateFiled", "d": "dateFiled", "rd": "entry_date_filed", "oa": "dateArgued"}


def _identity(row: Row, what: str) -> str:
    return number(row, _NUMBERS[what])


def _order(row: Row, what: str) -> str:
    """What rows are ordered by, in a form whose alphabet is its time."""
    if what != "entries":
        filed = day(row, _DAYS[what])
        return filed.isoformat() if filed else ""
    changed = instant(row, "date_modified")
    return changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if changed else ""


# ---------------------------------------------------------------- searches


def _found(row: Row, what: str, base: str) -> Iterator[FeedEntry]:
    """A result, and the documents it is shown with."""
    identity = _identity(row, what)
    if not identity:
        return
    if what == "rd":
        yield _document(row, identity, "", base)
        return
    case = line(row, "caseName") or line(row, "caseNameFull") or title_of_address(line(row, "absolute_url"))
    court, docket = line(row, "court"), line(row, "docketNumber")
    nested = _rows(row, "recap_documents" if what == "r" else "opinions")
    facts = [
        f"{label}: {value}."
        for label, value in (
            ("Court", court),
            ("Docket", docket),
            ("Judge", line(row, "judge") or line(row, "assignedTo")),
            ("Nature of suit", line(row, "suitNature")),
            ("Cause", line(row, "cause")),
            ("Citation", ", ".join(_texts(row, "citation"))),
        )
        if value
    ]
    words = [paragraphs(row, "snippet"), *(paragraphs(opinion, "snippet") for opinion in nested if what == "o")]
    if case:
        kind = {"o": "opinion", "oa": "argument"}.get(what, "docket")
        filed = day(row, _DAYS[what])
        yield entry(
            f"{kind}/{identity}",
            f"{case}{f' ({docket})' if docket else ''}",
            link=http_link(row.get("absolute_url") or row.get("docket_absolute_url"), base),
            text="\n\n".join(part for part in (" ".join(facts), *words) if part),
            published=midnight(filed),
            updated=None,
            outlet=court or None,
        )
    for document in nested if what == "r" else ():
        if named := number(document, "id"):
            yield _document(document, named, case, base)


def _document(row: Row, identity: str, case: str, base: str) -> FeedEntry:
    """One filed document: what it is called, in which case, and the words that a search found in it."""
    link = http_link(row.get("absolute_url"), base)
    case = case or title_of_address(link or "")
    called = line(row, "short_description") or line(row, "description")
    place = line(row, "document_number") or line(row, "entry_number")
    about = shortened(called, TITLE) or (f"document {place}" if place else "a document")
    whole = paragraphs(row, "description")
    return entry(
        f"document/{identity}",
        f"{case}: {about}" if case else about[:1].upper() + about[1:],
        link=link,
        text="\n\n".join(part for part in (whole, f"Document {place}." if place else "", paragraphs(row, "snippet")) if part),
        published=midnight(day(row, "entry_date_filed")),
        updated=None,
        outlet=None,
    )


# ---------------------------------------------------------------- a docket


def _docket(value: Mapping[str, Any], base: str) -> ServiceRows:
    """The docket itself: what its entries need to know of it."""
    if not number(value, "id"):
        raise DocumentError(f"{_SERVICE} sent something else than a docket.")
    facts = {
        "case": line(value, "case_name") or line(value, "case_name_full"),
        "docket": line(value, "docket_number"),
        "court": line(value, "court_id"),
        "url": http_link(value.get("absolute_url"), base) or "",
    }
    return ServiceRows((), 1, parts=(json.dumps(facts, ensure_ascii=False),))


def _entry_of_docket(row: Row, case: Row, base: str) -> Iterator[FeedEntry]:
    """One entry of a docket, with its documents."""
    identity = _identity(row, "entries")
    if not identity:
        return
    documents = _rows(row, "recap_documents")[:MAX_DOCUMENTS]
    description = paragraphs(row, "description") or next(
        (text for document in documents if (text := line(document, "description"))), ""
    )
    place, name = line(row, "entry_number"), line(case, "case") or "Docket"
    about = shortened(description.partition("\n")[0], TITLE) or "a new entry"
    exhibits = [
        f"Document {label}: {text}."
        for document in documents
        if (text := line(document, "description")) and text != description and (label := _label(document))
    ]
    facts = [
        f"{label}: {value}."
        for label, value in (("Docket", line(case, "docket")), ("Court", line(case, "court")), ("Entry", place))
        if value
    ]
    yield entry(
        f"entry/{identity}",
        f"{name}: {about}",
        link=_link(documents, case, place, identity, base),
        text="\n\n".join(part for part in (description, "\n".join(exhibits), " ".join(facts)) if part),
        published=midnight(day(row, "date_filed")) or instant(row, "date_created"),
        updated=instant(row, "date_modified"),
        outlet=None,
    )


def _link(documents: list[Row], case: Row, place: str, identity: str, base: str) -> str | None:
    """The entry's first document, else the docket's page showing this entry alone, so that no two entries share an address."""
    document = next((link for row in documents if (link := http_link(row.get("absolute_url"), base))), None)
    page = line(case, "url")
    if document is not None or not page:
        return document
    return f"{page}?entry_gte={place}&entry_lte={place}" if place else f"{page}?entry={identity}"


def _label(document: Row) -> str:
    first, second = line(document, "document_number"), line(document, "attachment_number")
    return f"{first}-{second}" if first and second else first


def _rows(row: Row, key: str) -> list[Row]:
    value = row.get(key)
    return [found for found in value if isinstance(found, dict)] if isinstance(value, list) else []


def _texts(row: Row, key: str) -> list[str]:
    value = row.get(key)
    texts = [clean_line(plain_text(text)) for text in value[:20] if isinstance(text, str)] if isinstance(value, list) else []
    return [text for text in texts if text]
