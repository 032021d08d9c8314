"""The legistar source: what a council takes up and when it meets, from the interface of Granicus' Legistar.

Asked are ``{url}/matters``, ``{url}/events`` and ``{url}/events/{number}/eventitems`` with OData's ``$filter``, ``$orderby``,
``$top`` and ``$skip``, as https://webapi.legistar.com/Home/Examples shows them (as stored in November 2026: 1,000 rows an answer;
some councils want a token in the query).

Promises: every change since the last poll is read, in the order of the changes, with an hour's overlap; what a poll has no room
for is read by the next one; agendas of meetings are asked for when the meeting changed. What could not be had is not taken for
read and is asked for again, after everything else, which does not wait for it. The token is added to an address at the last moment
and stands in nothing that is told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, FetchError
from bot.core.kinds import LegistarOptions
from bot.core.model import Item, TextState
from bot.core.servicerows import ServiceRows
from bot.core.sources import SourceConfig
from bot.net.client import Credential
from bot.sources.contract import Fetches, Polled, Reads, Validators, wants_rest
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

FRUITLESS = 3
"""Agendas in a row that cannot be had before the others wait for the next poll: then it is hardly each one's own trouble."""

REST = timedelta(hours=1)
"""How long an agenda that is not to be had now is left alone when the council does not say for how long."""

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
        FetchError: no list could be asked for.
        DocumentError: no answer is a list.
    """
    options = config.options
    assert isinstance(options, LegistarOptions)
    known: dict[str, Any] = json.loads(validators.memory) if validators.memory else {}
    council = _Council(config.url.rstrip("/"), options.client, now, fetcher, sandbox, authorization)
    reading = _Reading(council, known, now)
    if "matters" in options.what:
        reading.entries += (await reading.changes("matters", "MatterLastModifiedUtc", "MatterId"))[0]
    if "events" in options.what or "agenda" in options.what:
        found, parts = await reading.changes("events", "EventLastModifiedUtc", "EventId")
        reading.entries += found if "events" in options.what else []
        if "agenda" in options.what:
            await reading.agendas(parts)
    return Polled(
        _items(reading.entries, config, options, now),
        notes=tuple(dict.fromkeys(reading.notes)),
        memory=reading.memory(),
        # It is asked for changes only: that there are none says nothing about how much it has.
        listed=max(len(reading.entries), 1),
        broken_off=reading.ended_by(),
    )


class _Reading:
    """What one poll reads: the lists, then the agendas; what fails keeps its place, and does not keep the rest from being read.

    Attributes:
        entries: read so far.
        notes: what was odd.
    """

    def __init__(self, council: _Council, known: dict[str, Any], now: datetime) -> None:
        self._council = council
        self._known = known
        self._now = now
        # Until a poll came to its end, nothing of the council is news; a list that fails then must not put off that end for ever.
        self._first: bool = not known or known.get("first", False)
        self._next: dict[str, Any] = {key: known[key] for key in ("matters", "events", "read", "waiting") if key in known}
        self._refused: dict[str, str] = known.get("refused", {})
        self._asked = 0
        self._failures: list[FetchError | DocumentError] = []
        self._stopped: FetchError | None = None
        self.entries: list[FeedEntry] = []
        self.notes: list[str] = []

    def memory(self) -> str:
        """What is written down for the next poll."""
        return json.dumps({**self._next, "refused": self._refused, "first": self._first and self.ended_by() is not None})

    def ended_by(self) -> FetchError | DocumentError | None:
        """What the poll failed of: the council's wish to be left alone, or a list that could not be read.

        Raises:
            FetchError: nothing could be read.
            DocumentError: the same.
        """
        if self._failures and len(self._failures) == self._asked:
            failure = self._failures[0]
            if isinstance(failure, FetchError):  # one list or agenda alone says nothing about the council's name or its token
                _advise(failure, self._council.client, known=self._council.token is not None)
            raise failure
        if self._stopped is not None:
            return self._stopped
        return self._failures[0] if self._failures and not self._first else None

    async def changes(self, what: str, stamp: str, key: str) -> tuple[list[FeedEntry], list[str]]:
        """What changed in a list; nothing, and its mark as it was, if it cannot be read."""
        if self._stopped is not None:
            return [], []
        self._asked += 1
        try:
            mark, found, parts = await self._council.changes(what, stamp, key, _mark(self._known, what, self._now), self.notes)
        except (FetchError, DocumentError) as error:
            self._failures.append(error)
            self.notes.append(f"The {what} could not be read: {error}")
            if isinstance(error, FetchError) and wants_rest(error):
                self._stopped = error
            elif self._first:
                self._next.setdefault(what, [self._now.strftime("%Y-%m-%dT%H:%M:%S"), 0])
            return [], []
        self._next[what] = [mark.since, mark.skip]
        return found, parts

    async def agendas(self, parts: Sequence[str]) -> None:
        """The agendas of meetings that changed, and of those left over, the nearest first; last those that were refused."""
        read = self._known.get("read", {})
        about = {facts["id"]: (facts["changed"], text) for text in parts if (facts := json.loads(text))}
        changed = [text for number, (at, text) in about.items() if read.get(number) != at]
        if about or "read" not in self._next:
            self._next["read"] = {number: at for number, (at, _) in about.items()}
        queue = _queue(self._known.get("waiting", []), changed, self._now)
        before = {number: until for number, until in self._refused.items() if number in {_number(text) for text in queue}}
        self._refused, present = dict(before), self._now.isoformat()
        again = [text for text in queue if before.get(_number(text), present) <= present and _number(text) in before]
        turn = [*(text for text in queue if _number(text) not in before), *again][:AGENDAS]
        done: set[str] = set()
        missed: list[str] = []
        fruitless = 0
        for meeting in turn if self._stopped is None else ():
            number = _number(meeting)
            try:
                listing = await self._council.agenda(meeting)
            except (FetchError, DocumentError) as error:
                fruitless += 1
                missed.append(str(error))
                self._refused[number] = ""
                if isinstance(error, FetchError) and wants_rest(error):
                    self._refused[number] = (self._now + max(timedelta(seconds=error.retry_after or 0), REST)).isoformat()
                    # Refused twice, it is this agenda that is not to be had: it rests, and the others do not wait for it.
                    self._stopped = None if number in before else error
                    break
                if fruitless == FRUITLESS:
                    break
                continue
            fruitless = 0
            done.add(number)
            self._refused.pop(number, None)
            self.entries += listing.entries
            self.notes += listing.notes
        if missed:
            many = "1 agenda was" if len(missed) == 1 else f"{len(missed)} agendas were"
            self.notes.append(f"{many} not to be had, and asked for again by the next poll: {missed[0]}")
        self._wait([text for text in queue if _number(text) not in done], {_number(text) for text in turn})

    def _wait(self, left: list[str], turn: set[str]) -> None:
        """Write down which agendas are still to be read."""
        if not self._known:
            # Before anything is known of a council, what is far ahead is no news: it is read once it changes.
            left = [text for text in left if _number(text) in turn]
        if len(left) > WAITING:
            self.notes.append(
                f"Agendas of {len(left) - WAITING} meetings far ahead were not read; they are when such a meeting changes."
            )
        self._next["waiting"] = left[:WAITING]


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
        response = await self.fetcher.get(f"{self.url}{path}?{query}{token}", accept=_ACCEPT, max_bytes=MAX_BYTES)
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


def _number(meeting: str) -> str:
    """Which meeting it is."""
    return str(json.loads(meeting)["id"])


def _queue(waiting: Sequence[str], changed: Sequence[str], now: datetime) -> list[str]:
    """Meetings whose agendas are to be read: those that changed and those left over, each once as it reads now, nearest first."""
    today = now.date().isoformat()
    meetings = {facts["id"]: (facts["date"], facts["id"], text) for text in (*waiting, *changed) if (facts := json.loads(text))}
    return [text for at, _, text in sorted(meetings.values()) if at >= today]
