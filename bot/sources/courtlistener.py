"""The courtlistener source: a docket's new entries, or new results of a search, from the Free Law Project's interface.

Asked are ``{url}/dockets/{number}/`` once, ``{url}/docket-entries/`` and ``{url}/search/`` of REST API v4, page by page along
``next`` (https://www.courtlistener.com/help/api/rest/, as stored in November 2026). Searches are cached there for ten minutes and
polling them is discouraged; hence the least interval. Without a token the site's own feeds are the better way (docs/sources.md).

Promises: pages are read until what is known is reached, over several polls where one has no room; what was read before a failed
request is told, and nothing that was not read counts as read.
The token goes to the interface's own origin only: the address of a next page gives its query, never its host.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, FetchError
from bot.core.kinds import CourtListenerOptions
from bot.core.model import Item, TextState
from bot.core.servicerows import ServiceRows
from bot.core.sources import SourceConfig
from bot.net.client import Credential
from bot.sources.contract import Fetches, Polled, Reads, Validators, wants_rest
from bot.sources.entry import Entries
from bot.sources.keys import Spellings, hidden, spellings, without_secret

MAX_BYTES = 10 * 1024 * 1024
PAGES = 10
"""Pages of a search read in one poll, of 20 results each."""

DOCKET_PAGES = 50
"""The same of a docket, for whose entries all change at once when somebody gives the archive a new copy of it."""

POLLS = 10
"""Polls over which one reading may go on; a chain of pages that is longer has no end."""

SAID = 300
"""Characters kept of what the archive says instead of results."""

LATE = timedelta(days=14)
"""How far back of the newest known day a search is read: filings reach the archive days after their date."""

_ORDER = {
    "o": "dateFiled desc",
    "r": "dateFiled desc",
    "d": "dateFiled desc",
    "rd": "entry_date_filed desc",
    "oa": "dateArgued desc",
}
_ACCEPT = "application/json"


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Ask for what is new.

    Raises:
        FetchError: the first request failed.
        DocumentError: its answer is no list of results.
    """
    options = config.options
    assert isinstance(options, CourtListenerOptions)
    known: dict[str, Any] = json.loads(validators.memory) if validators.memory else {}
    asked = _Archive(config.url.rstrip("/"), fetcher, sandbox, None if authorization is None else _Token(authorization))
    newest = known.get("newest", "")
    if options.docket is not None:
        case = known.get("case") or (await asked.page(f"/dockets/{options.docket}/", "", "docket")).parts[0]
        question = {"docket": options.docket, "order_by": "-date_modified", "omit": "recap_documents__plain_text"}
        memory: dict[str, Any] = {"case": case}
        path, what, about, until = "/docket-entries/", "entries", case, newest
    else:
        question = {"q": options.query, "type": options.type, "order_by": _ORDER[options.type]}
        question |= {"court": " ".join(options.courts)} if options.courts else {}
        memory = {}
        path, what, about = "/search/", options.type, ""
        until = (date.fromisoformat(newest) - LATE).isoformat() if newest else ""
    course = _Course(asked, path, urlencode(question), what, about)
    await course.read(known.get("more"), until)
    present = now.strftime("%Y-%m-%dT%H:%M:%S")[: 10 if options.docket is None else None]
    reached = min(max(newest, course.newest), present)  # a date of years to come must not end the reading
    if course.more is None:
        memory["newest"] = reached
    else:  # nothing counts as read before what lies between was read, too
        memory |= {"newest": newest, "more": replace(course.more, newest=reached).written()}
    return Polled(
        _items(course.entries, config, now),
        notes=tuple(dict.fromkeys(course.notes)),
        memory=json.dumps(memory),
        window=course.gave_up,
        broken_off=course.broken_off,
    )


@dataclass(frozen=True, slots=True)
class _More:
    """Where a reading goes on that one poll had no room for.

    Attributes:
        query: of the page that comes next.
        newest: the newest date that this reading has met.
        polls: how many polls it has taken.
    """

    query: str
    newest: str
    polls: int

    def written(self) -> list[Any]:
        return [self.query, self.newest, self.polls]


class _Course:
    """One poll's way through the pages, newest first.

    Attributes:
        entries: what was read.
        notes: what was odd.
        newest: the newest date met in this reading, by this poll and those before it.
        more: where the next poll goes on, None if what is known was reached.
        gave_up: what lies between what was read and what is known is not read any more.
        broken_off: what ended it before it had read all it had room for.
    """

    def __init__(self, archive: _Archive, path: str, question: str, what: str, about: str) -> None:
        self._archive, self._path, self._question, self._what, self._about = archive, path, question, what, about
        self._room = DOCKET_PAGES if what == "entries" else PAGES
        self._most = self._room
        self.entries: list[FeedEntry] = []
        self.notes: list[str] = []
        self.newest = ""
        self.more: _More | None = None
        self.gave_up = False
        self.broken_off: FetchError | DocumentError | None = None

    async def read(self, more: Sequence[Any] | None, until: str) -> None:
        """Go on where the last poll had no more room; without such a place, or with a place that is gone, begin anew.

        Args:
            more: that place.
            until: the date from which everything is known; empty: nothing is known, and one page is enough.
        """
        if more is not None:
            begun = _More(*more)
            if begun.polls + 1 < POLLS:  # of the last one nothing may be known that shows no gap
                await self._look_at_newest()
            try:
                await self._from(begun.query, until, begun)
            except (FetchError, DocumentError) as error:
                if isinstance(error, FetchError) and wants_rest(error):
                    raise
                self.notes.append(f"The reading could not go on where it was and begins anew: {error}")
                self._room = self._most
            else:
                return
        await self._from(self._question, until, _More("", "", 0))

    async def _look_at_newest(self) -> None:
        """Tell what is newest while older things are still being read. It moves no mark: more may lie between."""
        rows = await self._archive.page(self._path, self._question, self._what, self._about)
        self._room -= 1
        self.entries += rows.entries

    async def _from(self, query: str, until: str, begun: _More) -> None:
        self.newest = begun.newest
        first = True
        while self._room:
            try:
                rows = await self._archive.page(self._path, query, self._what, self._about)
            except (FetchError, DocumentError) as error:
                if first:
                    raise
                self.broken_off = error
                break
            first = False
            self._room -= 1
            self.entries += rows.entries
            self.notes += rows.notes
            self.newest = max(self.newest, rows.newest)
            if rows.next is None or not until or (rows.oldest and rows.oldest <= until):
                return
            query = urlsplit(rows.next).query
        if begun.polls + 1 >= POLLS:
            self.gave_up = True
            self.notes.append(f"More is new than {POLLS} polls read; the rest is not read any more: ask for less.")
            return
        self.more = _More(query, self.newest, begun.polls + 1)
        if self.broken_off is None:
            self.notes.append(f"More is new than {self._most} pages hold; the next poll reads on.")


class _Token:
    """A token as CourtListener wants it in the header."""

    def __init__(self, credential: Credential) -> None:
        self.bare = _Bare(credential)

    def reveal(self) -> str:
        return f"Token {self.bare.reveal()}"


class _Bare:
    """The same without the word before it."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def reveal(self) -> str:
        return self._credential.reveal().removeprefix("Token ")


@dataclass(frozen=True, slots=True)
class _Archive:
    """The interface, asked with what the poll was given."""

    url: str
    fetcher: Fetches
    sandbox: Reads
    token: _Token | None

    @property
    def secret(self) -> tuple[Spellings, Spellings]:
        """What must not be shown: the token, and the token with what it is sent with."""
        return spellings(None if self.token is None else self.token.bare), spellings(self.token)

    async def page(self, path: str, query: str, what: str, about: str = "") -> ServiceRows:
        """One answer."""
        url = f"{self.url}{path}?{query}" if query else f"{self.url}{path}"
        try:
            response = await self.fetcher.get(url, accept=_ACCEPT, max_bytes=MAX_BYTES, authorization=self.token)
        except FetchError as error:
            _advise(error, what, known=self.token is not None)
            raise
        try:
            rows = await self.sandbox.run("courtlistener", data=response.body, what=what, base=response.url, about=about)
        except DocumentError as error:
            # Without the secret before it is cut: of a half nobody could know that it is one.
            raise DocumentError(_shortened(hidden(hidden(str(error), self.secret[0]), self.secret[1]))) from None
        assert isinstance(rows, ServiceRows)
        bare = self.secret[0]
        return replace(
            rows,
            entries=tuple(without_secret(found, bare) for found in rows.entries),
            parts=tuple(hidden(part, bare) for part in rows.parts),
        )


def _advise(error: FetchError, what: str, *, known: bool) -> None:
    """Say beside a refusal what to do about it, where that is known."""
    feed = "Or read the site's own feed without one: docs/sources.md says how."
    advice = {
        400: "CourtListener refuses the question; try it on its search page first.",
        401: f"Its token is not accepted; look it up in your profile there. {feed}"
        if known
        else f'CourtListener wants a token: make an account there, and name its token with secret = "NAME". {feed}',
        403: f"This token may not read that; ask the Free Law Project for access. {feed}",
        404: "There is no such docket; its number stands in its address: /docket/NUMBER/."
        if what in {"docket", "entries"}
        else None,
    }.get(error.status or 0)
    if advice is not None:
        error.args = (f"{error} {advice}",)


def _shortened(text: str) -> str:
    return text if len(text) <= SAID else f"{text[:SAID].rpartition(' ')[0] or text[:SAID]}…"


def _items(entries: Sequence[FeedEntry], config: SourceConfig, now: datetime) -> tuple[Item, ...]:
    """Items of rows; the first reading of a row counts. They have no article behind them: what the archive says is here."""
    first = {found.id: found for found in reversed(entries)}
    collected = Entries(FeedDocument("CourtListener", "en", ()), config, now)
    for found in reversed(first.values()):
        collected.add(found)
    return tuple(replace(item, text_state=TextState.FULL) for item in collected.items())
