"""The legistar source: what a council takes up and when it meets, from the interface of Granicus' Legistar.

Asked are ``{url}/matters``, ``{url}/events`` and ``{url}/events/{number}/eventitems`` with OData's ``$filter``, ``$orderby``,
``$top`` and ``$skip``, as https://webapi.legistar.com/Home/Examples shows them (as stored in November 2026: 1,000 rows an answer;
some councils want a token in the query).

Promises: every change since the last poll is read, in the order of the changes, with an hour's overlap; what a poll has no room
for is read by the next one; agendas of meetings are asked for when the meeting changed. A failed request fails the whole poll,
so that nothing is taken for read. The token is added to an address at the last moment and stands in nothing that is told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import FetchError
from bot.core.kinds import LegistarOptions
from bot.core.model import Item, TextState
from bot.core.records import SourceConfig
from bot.core.servicerows import ServiceRows
from bot.net.client import Credential
from bot.sources.contract import Fetches, Polled, Reads, Validators
from bot.sources.entry import Entries

MAX_BYTES = 10 * 1024 * 1024
ROWS = 1000
"""Rows of one answer at most (webapi.legistar.com/Home/Examples)."""

PAGES = 5
"""Answers read of one list in one poll; a council changes some tens of rows a day."""

AGENDAS = 20
"""Agendas read in one poll, the nearest meetings first."""

WAITING = 300
"""Agendas that may wait for their turn; a busy city has 60 meetings ahead."""

OVERLAP = timedelta(hours=1)
"""How far back of the newest known change the next poll begins: rows are stamped before they can be seen."""

STEP_BACK = 20
"""Rows read again at the head of a further page: a row that changes meanwhile moves to the end and pulls the others forward."""

FIRST_CHANGES = timedelta(days=30)
"""How far back the first poll reads: enough to know what is before the council; nothing of it is posted."""

_ACCEPT = "application/json"


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a list was read: changes up to ``since``, or so many rows of those changed since then."""

    since: str
    skip: int = 0


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Ask the council's lists for what changed.

    Raises:
        FetchError: a request failed.
        DocumentError: an answer is no list.
    """
    options = config.options
    assert isinstance(options, LegistarOptions)
    known: dict[str, Any] = json.loads(validators.memory) if validators.memory else {}
    asked = _Council(config.url.rstrip("/"), options.client, now, fetcher, sandbox, authorization)
    entries: list[FeedEntry] = []
    notes: list[str] = []
    memory: dict[str, Any] = {}
    waiting: list[str] = known.get("waiting", [])
    if "matters" in options.what:
        mark, found, _ = await asked.changes("matters", "MatterLastModifiedUtc", "MatterId", _mark(known, "matters", now), notes)
        memory["matters"] = [mark.since, mark.skip]
        entries += found
    if "events" in options.what or "agenda" in options.what:
        mark, found, parts = await asked.changes("events", "EventLastModifiedUtc", "EventId", _mark(known, "events", now), notes)
        memory["events"] = [mark.since, mark.skip]
        entries += found if "events" in options.what else []
        read = known.get("read", {})
        about = {facts["id"]: (facts["changed"], text) for text in parts if (facts := json.loads(text))}
        waiting = _queue(waiting, [text for number, (changed, text) in about.items() if read.get(number) != changed], now)
        memory["read"] = {number: changed for number, (changed, _) in about.items()}
    if "agenda" in options.what:
        for meeting in waiting[:AGENDAS]:
            listing = await asked.agenda(meeting)
            entries += listing.entries
            notes += listing.notes
        left = waiting[AGENDAS:]
        if len(left) > WAITING:
            notes.append(
                f"Agendas of {len(left) - WAITING} meetings far ahead were not read; they are when such a meeting changes."
            )
        # Before anything is known of a council, what is far ahead is no news: it is read once it changes.
        memory["waiting"] = left[:WAITING] if known else []
    return Polled(_items(entries, config, options, now), notes=tuple(dict.fromkeys(notes)), memory=json.dumps(memory))


@dataclass(frozen=True, slots=True)
class _Council:
    """One council's interface, asked with what a poll was given."""

    url: str
    client: str
    now: datetime
    fetcher: Fetches
    sandbox: Reads
    token: Credential | None

    async def changes(
        self, what: str, stamp: str, key: str, mark: _Mark, notes: list[str]
    ) -> tuple[_Mark, list[FeedEntry], list[str]]:
        """Rows changed since a mark, oldest change first; the mark behind them; and the parts there is more to ask about."""
        entries: list[FeedEntry] = []
        parts: list[str] = []
        since, skip, newest = _back(mark), mark.skip, mark.since
        for _ in range(PAGES):
            condition = quote(f"{stamp} gt datetime'{since}'", safe="'")
            question = f"$filter={condition}&$orderby={stamp},{key}&$top={ROWS}&$skip={skip}"
            listing = await self._ask(f"/{what}", question, what)
            entries += listing.entries
            parts += listing.parts
            notes += listing.notes
            newest = max(newest, listing.newest)
            if listing.rows < ROWS:
                return _Mark(newest), entries, parts
            skip += max(listing.rows - STEP_BACK, 1)
        # A change of every row at once, or a long absence: go on behind what was read, or within rows of one instant.
        notes.append(f"More than {PAGES * ROWS:,} {what} changed; the next poll reads on.")
        return (_Mark(newest) if _back(_Mark(newest)) > since else _Mark(since, skip)), entries, parts

    async def agenda(self, about: str) -> ServiceRows:
        """The agenda of one meeting."""
        number = json.loads(about)["id"]
        return await self._ask(f"/events/{number}/eventitems", "AgendaNote=1&MinutesNote=0&Attachments=0", "agenda", about)

    async def _ask(self, path: str, query: str, what: str, about: str = "") -> ServiceRows:
        token = f"&token={quote(self.token.reveal(), safe='')}" if self.token is not None else ""
        try:
            response = await self.fetcher.get(f"{self.url}{path}?{query}{token}", accept=_ACCEPT, max_bytes=MAX_BYTES)
        except FetchError as error:
            _advise(error, self.client, known=self.token is not None)
            raise
        listing = await self.sandbox.run(
            "legistar",
            data=response.body,
            what=what,
            client=self.client,
            today=self.now.date().isoformat(),
            about=about,
        )
        assert isinstance(listing, ServiceRows)
        return listing


def _advise(error: FetchError, client: str, *, known: bool) -> None:
    """Say beside a refusal what to do about it, where that is known."""
    advice = {
        400: f'Legistar refuses the question; is "{client}" the council\'s name in its address?',
        401: "Its token is not accepted; ask the council for another one." if known else _NEEDS_TOKEN,
        403: "Its token is not accepted; ask the council for another one." if known else _NEEDS_TOKEN,
        404: f'Is "{client}" the council\'s name in its address, such as "seattle" of seattle.legistar.com?',
        500: f'Legistar answers so where it knows no "{client}", too.',
    }.get(error.status or 0)
    if advice is not None:
        error.args = (f"{error} {advice}",)


_NEEDS_TOKEN = 'This council wants a token: ask it for one, and name it with secret = "NAME".'


def _items(entries: Sequence[FeedEntry], config: SourceConfig, options: LegistarOptions, now: datetime) -> tuple[Item, ...]:
    """Items of rows; of a row listed twice the later reading counts. They have no article behind them: what there is, is here."""
    latest = {found.id: found for found in entries}
    collected = Entries(
        FeedDocument(f"{options.client} (Legistar)", "en", (), home=f"https://{options.client}.legistar.com/"), config, now
    )
    for found in latest.values():
        collected.add(found)
    return tuple(replace(item, text_state=TextState.FULL) for item in collected.items())


def _mark(known: dict[str, Any], what: str, now: datetime) -> _Mark:
    if what in known:
        since, skip = known[what]
        return _Mark(since, skip)
    return _Mark((now - FIRST_CHANGES).strftime("%Y-%m-%dT%H:%M:%S"))


def _back(mark: _Mark) -> str:
    """Where to begin asking: an hour before the mark, unless rows of one instant are being skipped."""
    if mark.skip:
        return mark.since
    return (datetime.fromisoformat(mark.since[:19]) - OVERLAP).isoformat()


def _queue(waiting: Sequence[str], changed: Sequence[str], now: datetime) -> list[str]:
    """Meetings whose agendas are to be read: those that changed and those left over, each once as it reads now, nearest first."""
    today = now.date().isoformat()
    meetings = {facts["id"]: (facts["date"], facts["id"], text) for text in (*waiting, *changed) if (facts := json.loads(text))}
    return [text for at, _, text in sorted(meetings.values()) if at >= today]
