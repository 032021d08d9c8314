"""The json source: a service that answers with a list of entries in JSON, as its options describe it.

Promises: an answer that is an error is an error, never an empty list; what stands on the pages before a failure is kept, and the
next poll asks again from where reading was complete; one poll reads a bounded number of pages. The key of a source goes into its
requests alone: no item, note or error holds it. Documents are read in the sandbox. Never asks a next page at another origin with
a key.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from urllib.parse import urlsplit

from bot.core.documents import FeedDocument
from bot.core.errors import DocumentError, FetchError
from bot.core.jsonlisting import JsonOptions, Listing
from bot.core.sources import SourceConfig
from bot.core.wishes import Wishes
from bot.net.client import Credential, Response
from bot.sources import sessions
from bot.sources.contract import Fetches, Polled, Reads, Validators
from bot.sources.entry import Entries
from bot.sources.keys import hidden, request_of, spellings, without_secret
from bot.sources.paging import Course

MAX_BYTES = 10 * 1024 * 1024
"""Longest page read, decoded, as for feeds."""

ACCEPT = "application/json, text/json;q=0.9, */*;q=0.1"

_TURN = 25
"""Entries made into items between two turns of the event loop: about 2 ms."""

_PLAIN = 4096
"""Bytes of an answer searched for the words of 'too many'."""

_PLACE_GONE = frozenset((400, 404, 410, 416, 422))
"""Statuses with which services refuse a mark of theirs that has run out, or a page beyond their last."""

_KEY_REFUSED = frozenset((401, 403))


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Ask the service once.

    Raises:
        FetchError: its first page could not be fetched, or it says that it is asked too often.
        DocumentError: its first page is not what its options say.
    """
    options = config.options
    if not isinstance(options, JsonOptions):
        raise FetchError("This source does not say how its service answers; its kind needs options.", reason="kind")
    service = _Service(config, options, fetcher, sandbox, authorization)
    course = Course(config.url, options, validators.memory, now, keyed=authorization is not None)
    collected = Entries(FeedDocument(title="", language=None, entries=()), config, now)
    answer: Response | None = None
    notes: list[str] = []
    broken_off: FetchError | DocumentError | None = None
    target: str | None = course.begin()
    while target is not None:
        try:
            response = await service.ask(target, validators if answer is None and course.is_steady else Validators())
            if response.not_modified:
                return _unchanged(response)
            page = await service.read(response)
            for index, entry in enumerate(page.entries):
                collected.add(without_secret(entry, service.secrets))
                if index % _TURN == _TURN - 1:
                    await asyncio.sleep(0)
            notes += [note for note in page.notes if note not in notes]
            answer = answer or response
            target = course.after(page, response.url)
        except (FetchError, DocumentError) as error:
            if answer is None:
                target = course.anew() if _is_about_the_place(error) else None
                if target is None:
                    raise
                continue
            broken_off, target = _on_page(error, course.pages + 1), None
    steady = answer if course.is_steady and broken_off is None else None
    return Polled(
        collected.items(),
        etag=None if steady is None else steady.etag,
        last_modified=None if steady is None else steady.last_modified,
        notes=(*notes, *course.notes, *collected.notes),
        memory=course.memory(),
        wishes=Wishes(fresh=_seconds(answer)),
        place="" if steady is None else steady.place,
        window=course.window and broken_off is None,
        broken_off=broken_off,
    )


def _unchanged(response: Response) -> Polled:
    return Polled(
        not_modified=True,
        etag=response.etag,
        last_modified=response.last_modified,
        wishes=Wishes(fresh=_seconds(response)),
        place=response.place,
    )


def _seconds(response: Response | None) -> int | None:
    """How long the server calls its answer fresh."""
    return None if response is None or response.fresh is None else int(response.fresh)


def _is_about_the_place(error: FetchError | DocumentError) -> bool:
    """Whether a failure may mean that a page cannot be had any more, and not that its service cannot."""
    return isinstance(error, DocumentError) or (error.status in _PLACE_GONE and not error.throttled)


def _on_page(error: FetchError | DocumentError, number: int) -> FetchError | DocumentError:
    """A failure with where it was met."""
    said = f"Page {number} could not be read: {error}"
    if isinstance(error, DocumentError):
        return DocumentError(said)
    return FetchError(said, reason=error.reason, status=error.status, retry_after=error.retry_after, throttled=error.throttled)


class _Service:
    """One service as its source declares it."""

    def __init__(
        self, config: SourceConfig, options: JsonOptions, fetcher: Fetches, sandbox: Reads, secret: Credential | None
    ) -> None:
        self._config = config
        self._options = options
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._secret = secret
        self.secrets = spellings(secret)
        self._host = urlsplit(config.url).hostname or "The service"

    async def ask(self, url: str, validators: Validators) -> Response:
        """One page.

        Raises:
            FetchError: without the key; ``throttled`` if the service says that it is asked too often.
        """
        if self._options.pause:
            self._fetcher.ask_for_pause(url, self._options.pause)
        try:
            if self._secret is not None and self._options.key is not None and self._options.key.session:
                response = await self._ask_in_session(url, self._secret, validators)
            else:
                response = await self._get(url, self._secret, validators)
        except FetchError as error:
            raise self._meant(error) from None
        self._refuse_too_many(response)
        return response

    async def read(self, response: Response) -> Listing:
        """What a page lists.

        Raises:
            DocumentError: it is an error, or not what the options say; without the key.
        """
        options = self._options
        plan = {
            "items": options.items,
            "fields": {name: list(ways) for name, ways in options.fields},
            "dates": options.dates,
            "error": options.error,
            "next": "" if options.paging is None else options.paging.at,
            "most": options.entries,
        }
        base = urlsplit(response.url)._replace(query="", fragment="").geturl()
        try:
            page = await self._sandbox.run("listing", data=response.body, url=base, content_type=response.content_type, plan=plan)
        except DocumentError as error:
            raise DocumentError(hidden(str(error), self.secrets)) from None
        assert isinstance(page, Listing)
        if page.trouble:
            raise DocumentError(hidden(f"{self._host} answers with an error: {page.trouble}", self.secrets))
        return page

    async def _get(self, url: str, secret: Credential | None, validators: Validators, *, token: bool = False) -> Response:
        target, credential, header = (url, secret, "Authorization") if token else request_of(url, self._options.key, secret)
        return await self._fetcher.get(
            target,
            accept=ACCEPT,
            max_bytes=MAX_BYTES,
            etag=validators.etag,
            last_modified=validators.last_modified,
            authorization=credential,
            header=header,
            place=validators.place or None,
        )

    async def _ask_in_session(self, url: str, secret: Credential, validators: Validators) -> Response:
        """With a token; once more with a renewed one if it has run out, which this protocol says with 400 as well as 401."""
        token = await sessions.token(url, secret, self._fetcher)
        try:
            return await self._get(url, token, validators, token=True)
        except FetchError as error:
            if error.status not in {400, 401}:
                raise
            renewed = await sessions.token(url, secret, self._fetcher, refused=token)
            if renewed is token:
                raise
        return await self._get(url, renewed, validators, token=True)

    def _meant(self, error: FetchError) -> FetchError:
        """What a status means for this service."""
        if error.status in self._options.too_many.statuses:
            wait = self._options.too_many.wait if error.retry_after is None else error.retry_after
            return FetchError(str(error), reason="status", status=error.status, retry_after=wait, throttled=True)
        if error.status in _KEY_REFUSED and self._options.key is not None:
            where = f" in WATCHLAMP_SECRET_{self._config.secret}" if self._config.secret else ""
            hint = (
                f"Is the key{where} right, and still good?" if self._secret is not None else "It wants a key: name one with secret."
            )
            return FetchError(
                f"{error} {hint}",
                reason="status",
                status=error.status,
                retry_after=error.retry_after,
                throttled=error.throttled,
            )
        return error

    def _refuse_too_many(self, response: Response) -> None:
        too_many = self._options.too_many
        start = response.body[:_PLAIN].lstrip(b" \t\r\n\xef\xbb\xbf")
        if too_many.text and start[:1] not in {b"{", b"["} and too_many.text in start.decode("utf-8", "replace").lower():
            raise FetchError(
                f"{self._host} says that it is asked too often.",
                reason="status",
                status=response.status,
                retry_after=too_many.wait,
                throttled=True,
            )
