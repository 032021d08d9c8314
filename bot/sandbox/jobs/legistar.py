"""Answers of Legistar's interface to entries: matters, meetings ("events") and the items of their agendas.

The shape is that of https://webapi.legistar.com/Home/Examples and of the pages under https://webapi.legistar.com/Help
(GranicusMatter, GranicusEvent, GranicusEventItem), as stored in November 2026. Runs in a sandbox child.

Promises: a meeting that lies ahead is told in a sentence with its day written out, so that the day is found as a date to come; a
cancelled one is not. A row that cannot be used is left out and counted, and takes no other with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from bot.core.documents import FeedEntry
from bot.core.errors import DocumentError
from bot.core.servicerows import ServiceRows
from bot.sandbox.jobs.feed import http_link
from bot.sandbox.jobs.rows import (
    MAX_TITLE,
    Row,
    day,
    entry,
    instant,
    line,
    midnight,
    number,
    paragraphs,
    read_json,
    shortened,
    written,
)

MATTER_LINK = "https://{client}.legistar.com/gateway.aspx?m=l&id={number}"
"""Where the interface's number of a matter leads to its page; a matter has no address of its own in the answers."""

FEWEST_WORDS = 4
"""Words of an agenda's line without a matter that may be a subject; shorter ones are "Call to order" and "Adjournment"."""

_SERVICE = "Legistar"
_CANCELLED = re.compile(r"\bcancel+ed\b|\bcancel+ation\b", re.IGNORECASE)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?")
_AHEAD = timedelta(days=1)


def read_legistar(data: bytes, what: str, client: str, today: str, about: str = "") -> ServiceRows:
    """Read one answer.

    Args:
        data: the answer's body.
        what: ``matters``, ``events`` or ``agenda``.
        client: the council's name on Legistar.
        today: the present day, ISO 8601: earlier meetings are over.
        about: of an agenda, the meeting as ``parts`` of the events' listing told it.

    Returns:
        A listing ordered by the time of the last change; its ``parts`` are the meetings that have an agenda to be asked for.

    Raises:
        DocumentError: it is no list of rows.
    """
    rows = read_json(data, _SERVICE)
    if not isinstance(rows, list):
        raise DocumentError(f"{_SERVICE} sent something else than a list of {what}.")
    stamp = {"matters": "MatterLastModifiedUtc", "events": "EventLastModifiedUtc", "agenda": "EventItemLastModifiedUtc"}[what]
    good: list[Row] = [row for row in rows if isinstance(row, dict)]
    present = date.fromisoformat(today)
    stamps = sorted(filter(None, (_stamp(row, stamp, present) for row in good)))
    meeting = json.loads(about) if about else {}
    readers: dict[str, Callable[[Row], FeedEntry | None]] = {
        "matters": lambda row: _matter(row, client),
        "events": lambda row: _event(row, present),
        "agenda": lambda row: _agenda_item(row, meeting),
    }
    entries = [found for row in good if (found := readers[what](row)) is not None]
    unnamed = len(rows) - len(good) + sum(1 for row in good if not _identity(row, what))
    return ServiceRows(
        entries=tuple(entries),
        rows=len(rows),
        newest=stamps[-1] if stamps else "",
        oldest=stamps[0] if stamps else "",
        parts=tuple(_parts(good, present)) if what == "events" else (),
        notes=(f"{unnamed} of {len(rows)} {what} of Legistar have no number and were left out.",) if unnamed else (),
    )


def _stamp(row: Row, key: str, present: date) -> str:
    """When a row changed, as it is written; one of a day to come would have nothing read until then, and counts as absent."""
    value, at = row.get(key), day(row, key)
    plain = isinstance(value, str) and at is not None and at <= present + _AHEAD and _STAMP.fullmatch(value)
    return str(value) if plain else ""


def _identity(row: Row, what: str) -> str:
    return number(row, {"matters": "MatterId", "events": "EventId", "agenda": "EventItemId"}[what])


# ---------------------------------------------------------------- matters


def _matter(row: Row, client: str) -> FeedEntry | None:
    """A bill, a resolution, an appointment: what it is called, what it is, and where it stands.

    Its date is that of the last step that its dates tell of. What is on the agenda of a day to come is news of the day on which
    that was entered.
    """
    identity = _identity(row, "matters")
    name = line(row, "MatterTitle") or line(row, "MatterName")
    file = line(row, "MatterFile")
    if not identity or not (name or file):
        return None
    status, kind, body = line(row, "MatterStatusName"), line(row, "MatterTypeName"), line(row, "MatterBodyName")
    changed = instant(row, "MatterLastModifiedUtc")
    steps = [found for key in ("Intro", "Agenda", "Passed", "Enactment") if (found := day(row, f"Matter{key}Date")) is not None]
    ahead = changed is not None and any(step > changed.date() for step in steps)
    taken = [(told, written(at)) for key, told in _STEPS if (at := day(row, f"Matter{key}Date")) is not None]
    said = [("Type", kind), ("Status", status), ("Before", body), ("Asked for by", line(row, "MatterRequester")), *taken]
    said.append(("Enacted as", line(row, "MatterEnactmentNumber")))
    facts = [f"{label}: {value}." for label, value in said if value]
    about = f"{file} ({status})" if file and status else file or status
    title = f"{about}: {shortened(name)}" if about and name else about or name
    text = [_whole(name), " ".join(facts), paragraphs(row, "MatterNotes")]
    return entry(
        f"matter/{identity}",
        title,
        link=MATTER_LINK.format(client=client, number=identity),
        text="\n\n".join(part for part in text if part),
        published=changed if ahead else (midnight(max(steps)) if steps else changed),
        updated=changed,
        outlet=None,
        tags=tuple(value for value in (kind, body) if value),
    )


def _whole(name: str) -> str:
    """A name that its title has no room for."""
    return name if len(name) > MAX_TITLE else ""


_STEPS = (("Intro", "Introduced"), ("Agenda", "Last on an agenda"), ("Passed", "Passed"), ("Enactment", "Enacted"))


# ---------------------------------------------------------------- meetings


def _event(row: Row, present: date) -> FeedEntry | None:
    """A meeting: who, when, where, and the agenda if it is out. Its date is when the agenda was published."""
    identity, body, at = _identity(row, "events"), line(row, "EventBodyName"), day(row, "EventDate")
    if not identity or not body or at is None:
        return None
    time, place, agenda = line(row, "EventTime"), line(row, "EventLocation"), http_link(row.get("EventAgendaFile"), None)
    cancelled = _cancelled(row)
    verb = "was to meet" if cancelled else "meets" if at >= present else "met"
    text = [
        _told(body, at, time, cancelled=cancelled, ahead=at >= present),
        f"Place: {place}." if place else "",
        f"Agenda: {agenda}" if agenda else "",
        paragraphs(row, "EventComment"),
    ]
    return entry(
        f"event/{identity}",
        f"{'Cancelled: ' if cancelled else ''}{body} {verb} on {written(at)}",
        link=http_link(row.get("EventInSiteURL"), None) or agenda,
        text="\n\n".join(part for part in text if part),
        published=_announced(row, at),
        updated=instant(row, "EventLastModifiedUtc"),
        outlet=None,
        tags=(body,),
    )


def _announced(row: Row, at: date) -> datetime | None:
    """When a meeting became news: with its agenda, else with its last change, but not after it took place."""
    known = instant(row, "EventAgendaLastPublishedUTC") or instant(row, "EventLastModifiedUtc")
    held = midnight(at)
    return known if known is None or held is None or known.date() <= at else held


def _cancelled(row: Row) -> bool:
    return any(_CANCELLED.search(line(row, key)) for key in ("EventAgendaStatusName", "EventComment", "EventLocation"))


def _told(body: str, at: date, time: str, *, cancelled: bool, ahead: bool) -> str:
    """The sentence about the day. "A public meeting is set for" is what the reader of dates to come is sure of."""
    when = f"{written(at)} at {time}" if time else written(at)
    if cancelled:
        return f"The meeting of the {body} of {when} is cancelled."
    return f"A public meeting of the {body} is set for {when}." if ahead else f"The {body} met on {when}."


def _parts(rows: list[Row], present: date) -> Iterator[str]:
    """Meetings from today on, the nearest first: what their agendas' items need to know of them."""
    ahead = []
    for row in rows:
        identity, body, at = _identity(row, "events"), line(row, "EventBodyName"), day(row, "EventDate")
        if not identity or not body or at is None or at < present or _cancelled(row):
            continue
        announced = _announced(row, at)
        facts = {
            "id": identity,
            "body": body,
            "date": at.isoformat(),
            "time": line(row, "EventTime"),
            "url": http_link(row.get("EventInSiteURL"), None) or "",
            "published": announced.isoformat() if announced else "",
            "changed": line(row, "EventLastModifiedUtc"),
        }
        ahead.append((at, identity, json.dumps(facts, ensure_ascii=False)))
    return (facts for _, _, facts in sorted(ahead))


# ---------------------------------------------------------------- agendas


def _agenda_item(row: Row, meeting: Row) -> FeedEntry | None:
    """One item of an agenda, told with the meeting it is for, so that the same matter at another meeting is another item."""
    identity, name, file = _identity(row, "agenda"), line(row, "EventItemTitle"), line(row, "EventItemMatterFile")
    body, at = line(meeting, "body"), day(meeting, "date")
    subject = bool(file or number(row, "EventItemMatterId")) or len(name.split()) >= FEWEST_WORDS
    if not identity or not (name or file) or not subject or at is None:
        return None
    about = f"{file}: {shortened(name)}" if file and name else file or shortened(name)
    place, time = line(row, "EventItemAgendaNumber"), line(meeting, "time")
    facts = [
        f"Before: {body}.",
        f"Item {place.rstrip('.')} of the agenda." if place else "",
        *(f"{label}: {value}." for label, key in _ITEM_FACTS if (value := line(row, key))),
    ]
    text = [
        f"On the agenda of a public meeting set for {f'{written(at)} at {time}' if time else written(at)}.",
        " ".join(fact for fact in facts if fact),
        _whole(name),
        paragraphs(row, "EventItemAgendaNote"),
    ]
    return entry(
        f"agenda/{identity}",
        f"Agenda of {written(at)}: {about}",
        link=_own_address(http_link(meeting.get("url"), None), identity),
        text="\n\n".join(part for part in text if part),
        published=instant(meeting, "published"),
        updated=instant(row, "EventItemLastModifiedUtc"),
        outlet=None,
        tags=(body,),
    )


def _own_address(page: str | None, identity: str) -> str | None:
    """The meeting's page under an address that only this item has: things of one address are taken for one thing.

    Legistar's pages do not mind a key they do not know.
    """
    return page and f"{page}{'&' if '?' in page else '?'}Item={identity}"


_ITEM_FACTS = (
    ("Type", "EventItemMatterType"),
    ("Status", "EventItemMatterStatus"),
    ("Action", "EventItemActionName"),
    ("Result", "EventItemPassedFlagName"),
)
