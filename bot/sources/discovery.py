"""From any link to the feeds behind it: the address itself, what its page names, what its platform or program is known for.

Promises: a handful of requests at most, one after the other, and none to a server that asked to be left alone; every feed that
is handed on was fetched and read. Everything goes out through the guarded client and is read in the sandbox. Never stores
anything, never follows a link that nothing calls a feed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from bot.core.documents import FeedDocument
from bot.core.errors import DocumentError, FetchError
from bot.core.links import PageLink, SitePage
from bot.core.spoken import tr
from bot.net.client import Credential, Response
from bot.sources import feed
from bot.sources.contract import Fetches, Reads
from bot.sources.knownsites import Candidate, Found, guesses, of_platform, of_program, without_feed
from bot.sources.pasted import address_of
from bot.text.urls import canonical_url, names_article, site

MAX_REQUESTS = 10
"""Addresses asked for one link, redirects not counted. A person opening a site in a browser causes more."""

MAX_NAMED = 4
"""Of the feeds that a page names or links to, so many are asked until one is good."""

MAX_GUESSES = 6
"""Usual places asked where nothing is named."""

PATIENT = frozenset((429, 503))
"""Who answers so asked us to wait (RFC 6585 4, RFC 9110 15.6.4): nothing more is asked there."""

REFUSING = frozenset((401, 402, 403, 407, 451))
"""Who answers so lets us not in; a feed may be open where pages are not, so the two likeliest places are asked, no more."""

MAX_REFUSED = 2
"""Places asked of who refused us the link itself."""

LEAST_WORDS = 30
"""A page that shows fewer words is made by scripts, which are not run: there is nothing to watch."""

_GONE = frozenset((404, 410))
_UNREACHABLE = frozenset(("name", "connect", "tls", "timeout", "address"))
_ACCEPT = f"text/html;q=0.9, application/xhtml+xml;q=0.9, {feed.ACCEPT}"
_FEED_ADDRESS = re.compile(
    r"/(?:feed|rss|atom)/?$|\.(?:rss|atom|rdf|xml)$|/feeds?/|[?&](?:feed|format|alt)=(?:rss\d?|atom|feed)", re.IGNORECASE
)
_COMMENTS = re.compile(r"comment|kommentar|coment[aá]rio|commenti\b|reacties|replies|komentar", re.IGNORECASE)
_PART_OF_SITE = re.compile(
    r"/(?:category|categories|tag|tags|author|authors|topic|search)/|[?&](?:s|q|tag|cat|author)=", re.IGNORECASE
)
_PAGE = re.compile(rb"^[\s\xef\xbb\xbf]*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was found, fetched and read.

    Attributes:
        candidate: how it was found.
        document: what it holds.
        url: the address to keep: where it was asked, or, if it moved there for good, where it is.
        moved: it moved there for good.
    """

    candidate: Candidate
    document: FeedDocument
    url: str
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is behind a link.

    Attributes:
        asked: the link as it was understood.
        feeds: that were found and read, best first.
        others: what else there may be, not looked at, best first: more feeds, other kinds.
        page: what the page says that the link leads to, or None.
        trouble: why the link, or the likeliest feed, could not be had, or None.
        requests: addresses asked.
    """

    asked: str
    feeds: tuple[FoundFeed, ...]
    others: tuple[Candidate, ...]
    page: SitePage | None
    trouble: FetchError | DocumentError | None
    requests: int


async def discover(
    given: str,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    kinds: Collection[str] = ("feed",),
    authorization: Credential | None = None,
) -> Discovery:
    """Find the feeds behind a link.

    Args:
        given: what a person pasted.
        fetcher: the way out.
        sandbox: where documents are read.
        kinds: of source that this installation can read: others are not offered.
        authorization: for the link's own origin.

    Raises:
        UserInputError: it is no link.
    """
    search = _Search(address_of(given), fetcher, sandbox, frozenset(kinds), authorization)
    if without_feed(search.asked) is None:
        await search.run()
        if _speaks_no_tls(search) and "://" not in given:
            search = replace(search, asked=search.asked.replace("https://", "http://", 1), trouble=None, closed=set())
            await search.run()
    return search.told()


@dataclass(slots=True)
class _Search:
    """One look behind a link: what was asked, what came of it, what is still open."""

    asked: str
    fetcher: Fetches
    sandbox: Reads
    kinds: frozenset[str]
    authorization: Credential | None
    page: SitePage | None = None
    trouble: FetchError | DocumentError | None = None
    shown: bool = False
    requests: int = 0
    feeds: list[FoundFeed] = field(default_factory=list)
    others: list[Candidate] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)

    async def run(self) -> None:
        known = of_platform(self.asked)
        if elsewhere := [one for one in known if one.kind != "feed" and one.kind in self.kinds]:
            self.others = elsewhere
            return
        known = tuple(one for one in known if one.kind == "feed")
        sure = [one for one in known if one.how is Found.PLATFORM]
        if sure and not _FEED_ADDRESS.search(self.asked):
            good = await self._first_good(sure, 1)
            self._leave(sure)
            if good or self._is_refused():
                return
        page, where = await self._open(Candidate(self.asked, Found.ITSELF, tr("The address is itself a feed.")))
        if page is not None and page.refresh is not None and not page.feeds:  # such pages stand where a redirect should
            page, where = await self._sent_on(page, where, page.refresh)
        if page is not None:
            self.page = page
            await self._behind(page, where, known)
        elif not self.feeds and not self._left_alone():
            await self._without_page(known)

    async def _without_page(self, known: Sequence[Candidate]) -> None:
        """The link itself could not be had."""
        if isinstance(self.trouble, DocumentError) and self.shown:  # a page too large or too odd to be read is a page all the same
            await self._first_good([*known, *guesses(self.asked)], MAX_GUESSES)
            return
        status = self.trouble.status if isinstance(self.trouble, FetchError) else None
        if status in REFUSING:
            await self._first_good([*known, *guesses(self.asked)], MAX_REFUSED)
        elif status in _GONE and not await self._first_good(known, 1):
            await self._front_page(self.asked)
        elif known:
            await self._first_good(known, 1)

    def told(self) -> Discovery:
        """Everything, in order."""
        ranked = sorted(self.feeds, key=_worth)
        have = {canonical_url(one.url) for one in ranked}
        others = {one.url: one for one in self.others if canonical_url(one.url) not in have and self._is_open(one)}
        trouble = None if any(one.document.entries for one in ranked) else self.trouble
        return Discovery(self.asked, tuple(ranked), tuple(others.values()), self.page, trouble, self.requests)

    # ------------------------------------------------------------ the steps

    async def _behind(self, page: SitePage, url: str, known: Sequence[Candidate]) -> None:
        """The feeds that a page names; else those of its site's front page; else the usual places; else other kinds."""
        if await self._names(page, url, known) or self._left_alone() or page.parked:
            return
        if urlsplit(url).path.strip("/") and await self._front_page(url):
            return
        if await self._first_good([*of_program(page.generator, url), *guesses(url)], MAX_GUESSES) or self._left_alone():
            return
        await self._sitemaps(url)
        if "page" in self.kinds and not page.login and not self.feeds and page.words >= LEAST_WORDS:
            why = tr("The page itself can be watched for changes.")
            self.others.append(Candidate(url, Found.WATCHED, why, kind="page", title=page.title))

    async def _sent_on(self, page: SitePage, where: str, url: str) -> tuple[SitePage | None, str]:
        """The page that a page sends browsers to; the page itself if that cannot be had."""
        there, found = await self._open(Candidate(url, Found.NAMED, tr("The page sends its readers there.")))
        return (there, found) if there is not None or self.feeds else (page, where)

    async def _names(self, page: SitePage, url: str, known: Sequence[Candidate]) -> bool:
        """Whether a feed that a page names, or links to, is good."""
        named = _named(page, url, self.asked)
        if page.url is not None:
            named += [one for one in of_platform(page.url) if one.kind == "feed" and one.how is Found.PLATFORM]
        named += _linked(page)
        likely = [one for one in known if one.how is not Found.PLATFORM]
        good = await self._first_good([*likely, *named], MAX_NAMED + len(likely))
        self._leave(one for one in named if not _COMMENTS.search(f"{one.title} {one.url}"))
        return good

    async def _front_page(self, url: str) -> bool:
        """Whether the site's front page is a feed or names one."""
        root = urljoin(url, "/")
        page, where = await self._open(Candidate(root, Found.NAMED, tr("The site's front page is a feed.")))
        if page is None:
            return self._good()
        self.page = self.page or page
        return await self._names(page, where, ())

    async def _sitemaps(self, url: str) -> None:
        """A news sitemap that the site tells search engines of (sitemaps.org, protocol: in robots.txt)."""
        if "sitemap" not in self.kinds:
            return
        try:
            response = await self._get(urljoin(url, "/robots.txt"), "text/plain, */*;q=0.1")
        except FetchError:
            return
        listed = [] if response is None else _SITEMAP_LINE.findall(response.body[:500_000].decode("utf-8", "replace"))
        news = next((found for found in listed if "news" in found.casefold() and canonical_url(found)), None)
        if news is not None:
            why = tr("The site lists its newest articles for search engines there.")
            self.others.append(Candidate(news, Found.SITEMAP, why, kind="sitemap"))

    # ------------------------------------------------------------ asking

    async def _first_good(self, candidates: Iterable[Candidate], most: int) -> bool:
        """Ask one after the other until one is a feed with entries; whether one was."""
        tried = 0
        for one in candidates:
            if tried == most:
                break
            if _key(one.url) not in self.seen:
                tried += 1
                await self._look(one)
                if self._good():
                    return True
        return False

    async def _look(self, candidate: Candidate) -> None:
        """Ask one address where a feed may be; anything else that is there is passed over."""
        try:
            response = await self._get(candidate.url, feed.ACCEPT)
            document = None if response is None else await self._feed(response)
        except (FetchError, DocumentError) as error:
            if candidate.how is Found.PLATFORM:
                self.trouble = error
            return
        if response is not None and document is not None:
            self._keep(candidate, document, response)

    async def _open(self, candidate: Candidate) -> tuple[SitePage | None, str]:
        """Ask an address that may be a feed or a page: the page, and where it was found. A failure is remembered."""
        try:
            response = await self._get(candidate.url, _ACCEPT)
            if response is None:
                return None, ""
            self.shown = _PAGE.match(response.body[:4096]) is not None
            if not self.shown:
                try:
                    document = await self._feed(response)
                except DocumentError as error:
                    return await self._page(response, error), response.url
                self._keep(candidate, document, response)
                return None, ""
            return await self._page(response, None), response.url
        except (FetchError, DocumentError) as error:
            self.trouble = self.trouble or error
            return None, ""

    async def _page(self, response: Response, refused: DocumentError | None) -> SitePage:
        """The page; where it is none but has markup, what the reader of feeds said of it counts."""
        try:
            page = await self.sandbox.run("links", data=response.body, url=response.url, content_type=response.content_type)
        except DocumentError as error:
            marked_up = response.body.lstrip()[:1] in {b"", b"<", b"{", b"["}
            raise (refused if refused is not None and marked_up else error) from None
        assert isinstance(page, SitePage)
        if not response.feeds:
            return page
        named = tuple(PageLink(address, "", "") for address in response.feeds)
        have = {link.url for link in page.feeds}
        return replace(page, feeds=(*page.feeds, *(link for link in named if link.url not in have)))

    async def _feed(self, response: Response) -> FeedDocument:
        document = await self.sandbox.run("feed", data=response.body, url=response.url, content_type=response.content_type)
        assert isinstance(document, FeedDocument)
        return document

    def _keep(self, candidate: Candidate, document: FeedDocument, response: Response) -> None:
        moved = response.permanent_url
        self.feeds.append(FoundFeed(candidate, document, moved or candidate.url, moved is not None))

    async def _get(self, url: str, accept: str) -> Response | None:
        """The answer; None if this address was asked before, or its server asked to be left alone, or enough was asked."""
        host = urlsplit(url).netloc.lower()
        if _key(url) in self.seen or host in self.closed or self.requests >= MAX_REQUESTS:
            return None
        self.seen.add(_key(url))
        self.requests += 1
        secret = self.authorization if _origin(url) == _origin(self.asked) else None
        try:
            response = await self.fetcher.get(url, accept=accept, max_bytes=feed.MAX_BYTES, authorization=secret)
        except FetchError as error:
            if error.status in PATIENT or error.reason in _UNREACHABLE:
                self.closed.add(host)
            raise
        self.seen.add(_key(response.url))
        return response

    def _good(self) -> bool:
        return any(one.document.entries and not _of_comments(one) for one in self.feeds)

    def _is_refused(self) -> bool:
        return isinstance(self.trouble, FetchError) and self.trouble.status in PATIENT | REFUSING

    def _left_alone(self) -> bool:
        return urlsplit(self.asked).netloc.lower() in self.closed

    def _is_open(self, candidate: Candidate) -> bool:
        return candidate.kind != "feed" or _key(candidate.url) not in self.seen

    def _leave(self, candidates: Iterable[Candidate]) -> None:
        """What was not looked at is offered all the same."""
        self.others += [one for one in candidates if self._is_open(one)]


def _speaks_no_tls(search: _Search) -> bool:
    """Whether nothing was had because nobody listens, or nobody encrypts, where a link without a scheme was taken to lead."""
    return isinstance(search.trouble, FetchError) and search.trouble.reason in {"connect", "tls"} and not search.feeds


def _named(page: SitePage, url: str, asked: str) -> list[Candidate]:
    """The feeds that a page's head names, likeliest first: not its comments, rather the section that was asked for."""
    found = []
    for link in page.feeds:
        why = tr("The page names it as “{title}”.", title=link.title) if link.title else tr("The page names it as its feed.")
        found.append(Candidate(link.url, Found.NAMED, why, title=link.title, doubt=_doubt(link, page, url, asked)))
    return sorted(found, key=lambda one: one.doubt)


def _linked(page: SitePage) -> list[Candidate]:
    return [
        Candidate(link.url, Found.LINKED, tr("The page links to it as a feed."), title=link.title, doubt=at)
        for at, link in enumerate(page.anchors)
        if not _COMMENTS.search(f"{link.title} {link.url}")
    ]


def _doubt(link: PageLink, page: SitePage, url: str, asked: str) -> int:
    path, where = urlsplit(link.url).path.rstrip("/"), urlsplit(asked).path.rstrip("/")
    article = page.article or names_article(where.rsplit("/", 1)[-1])
    doubt = 0
    if _COMMENTS.search(f"{link.title} {link.url}") or (article and where and path.startswith(f"{where}/")):
        doubt += 20
    elif where and not article and path.startswith(f"{where}/"):
        doubt -= 4
    elif _PART_OF_SITE.search(link.url):
        doubt += 6
    if site(link.url) != site(url) and "feed" not in (urlsplit(link.url).hostname or ""):
        doubt += 2
    return doubt


def _worth(found: FoundFeed) -> tuple[bool, bool, int, int]:
    return not found.document.entries, _of_comments(found), found.candidate.how, found.candidate.doubt


def _of_comments(found: FoundFeed) -> bool:
    """Told by the name the page gives it, its address or its own title."""
    if found.candidate.how is Found.ITSELF:
        return False
    return _COMMENTS.search(f"{found.candidate.title} {found.candidate.url} {found.document.title}") is not None


def _key(url: str) -> str:
    """The same for addresses that are asked once: a slash at the end or a capital in the host makes no other page."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
