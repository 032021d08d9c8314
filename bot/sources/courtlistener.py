"""The courtlistener source: a docket's new entries, or new results of a search, from the Free Law Project's interface.

Asked are ``{url}/dockets/{number}/`` once, ``{url}/docket-entries/`` and ``{url}/search/`` of REST API v4, page by page along
``next`` (https://www.courtlistener.com/help/api/rest/, as stored in November 2026). Searches are cached there for ten minutes and
polling them is discouraged; hence the least interval. Without a token the site's own feeds are the better way (docs/sources.md).

Promises: pages are read until what is known is reached; a failed request fails the whole poll, so that nothing is taken for read.
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
from bot.core.errors import FetchError
from bot.core.kinds import CourtListenerOptions
from bot.core.model import Item, TextState
from bot.core.records import SourceConfig
from bot.core.servicerows import ServiceRows
from bot.net.client import Credential
from bot.sources.contract import Fetches, Polled, Reads, Validators
from bot.sources.entry import Entries

MAX_BYTES = 10 * 1024 * 1024
PAGES = 10
"""Pages of a search read in one poll, of 20 results each."""

DOCKET_PAGES = 50
"""The same of a docket, for whose entries all change at once when somebody gives the archive a new copy of it."""

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
        FetchError: a request failed.
        DocumentError: an answer is no list of results.
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
    entries, notes, reached = await asked.pages(path, urlencode(question), what, about, until)
    present = now.strftime("%Y-%m-%dT%H:%M:%S")[: 10 if options.docket is None else None]
    memory["newest"] = min(max(newest, reached), present)  # a date of years to come must not end the reading
    return Polled(_items(entries, config, now), notes=notes, memory=json.dumps(memory))


class _Token:
    """A token as CourtListener wants it in the header."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def reveal(self) -> str:
        value = self._credential.reveal()
        return value if value.startswith("Token ") else f"Token {value}"


@dataclass(frozen=True, slots=True)
class _Archive:
    """The interface, asked with what the poll was given."""

    url: str
    fetcher: Fetches
    sandbox: Reads
    token: Credential | None

    async def pages(
        self, path: str, question: str, what: str, about: str, until: str
    ) -> tuple[list[FeedEntry], tuple[str, ...], str]:
        """Entries page by page, newest first, until what is known; notes; the newest date. Without anything known one page."""
        entries: list[FeedEntry] = []
        notes: list[str] = []
        newest, query = "", question
        most = DOCKET_PAGES if what == "entries" else PAGES
        for _ in range(most):
            rows = await self.page(path, query, what, about)
            entries += rows.entries
            notes += rows.notes
            newest = max(newest, rows.newest)
            if rows.next is None or not until or (rows.oldest and rows.oldest <= until):
                break
            query = urlsplit(rows.next).query
        else:
            notes.append(f"More is new than {most} pages hold; the rest was not read.")
        return entries, tuple(dict.fromkeys(notes)), newest

    async def page(self, path: str, query: str, what: str, about: str = "") -> ServiceRows:
        """One answer."""
        url = f"{self.url}{path}?{query}" if query else f"{self.url}{path}"
        try:
            response = await self.fetcher.get(url, accept=_ACCEPT, max_bytes=MAX_BYTES, authorization=self.token)
        except FetchError as error:
            _advise(error, what, known=self.token is not None)
            raise
        rows = await self.sandbox.run("courtlistener", data=response.body, what=what, base=response.url, about=about)
        assert isinstance(rows, ServiceRows)
        return rows


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


def _items(entries: Sequence[FeedEntry], config: SourceConfig, now: datetime) -> tuple[Item, ...]:
    """Items of rows; the first reading of a row counts. They have no article behind them: what the archive says is here."""
    first = {found.id: found for found in reversed(entries)}
    collected = Entries(FeedDocument("CourtListener", "en", ()), config, now)
    for found in reversed(first.values()):
        collected.add(found)
    return tuple(replace(item, text_state=TextState.FULL) for item in collected.items())
