"""Which pages of a service's list are asked, from where on, and when reading stops.

Promises: nothing between two polls is lost at a boundary: the mark of how far reading came moves only over what was read, and the
next poll asks a little of it again; no page is asked twice; a key goes to the origin it was declared for and nowhere else. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_plus, urljoin, urlsplit

from bot.core.documents import FeedEntry
from bot.core.jsonlisting import JsonOptions, Listing, Since

LONGEST_ID = 200
"""Characters of an id remembered."""

LONGEST_ADDRESS = 4000
"""Characters of a page's address remembered; browsers and servers agree on about twice as many."""

_DIGITS = 3
"""Digits by which numbers of one service may differ: a list may reach back over a thousandfold growth."""

_LAST = 3
"""Entries at the end of a page that all have to be old before reading stops: a single one may stand out of order."""


def with_parameters(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An address with these parameters in its query instead of any of the same names; everything else stays as it is written."""
    pairs = tuple(pairs)
    head = url.partition("#")[0]
    base, _, query = head.partition("?")
    names = {name for name, _ in pairs}
    parts = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in names]
    parts += [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]
    return f"{base}?{'&'.join(parts)}" if parts else base


def without_parameter(url: str, name: str) -> str:
    """An address without a parameter of its query."""
    base, mark, query = url.partition("#")[0].partition("?")
    parts = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) != name]
    return f"{base}?{'&'.join(parts)}" if mark and parts else base


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far reading came: the newest date seen, or the newest id; neither before the first poll."""

    date: datetime | None = None
    id: str = ""

    @property
    def is_set(self) -> bool:
        """Whether there was a poll before."""
        return self.date is not None or bool(self.id)

    def text(self) -> str:
        """As it is remembered between two polls."""
        if self.date is not None:
            return json.dumps({"date": written(self.date, "iso")})
        return json.dumps({"id": self.id}) if self.id else ""


def read_mark(text: str) -> Mark:
    """What ``Mark.text`` wrote; anything else is no mark, and reading begins anew."""
    try:
        kept = json.loads(text) if text else {}
        if "date" in kept:
            return Mark(datetime.fromisoformat(kept["date"]).astimezone(UTC))
        return Mark(id=str(kept["id"])) if "id" in kept else Mark()
    except (ValueError, TypeError, OverflowError):
        return Mark()


@dataclass(frozen=True, slots=True)
class Midway:
    """Where a poll stopped in the midst of a list that begins with the oldest.

    Attributes:
        since: what the service was told to begin with; with any other value the list is another one, and begins anew.
        at: the address of the next page, without a key.
        pages, found: pages and entries before it.
    """

    since: str
    at: str
    pages: int
    found: int

    def joined(self, mark: str) -> str:
        """Beside a mark, as both are remembered."""
        kept = json.loads(mark) if mark else {}
        return json.dumps({**kept, "midway": [self.since, self.at, self.pages, self.found]})


def read_midway(text: str) -> Midway | None:
    """What ``Midway.joined`` wrote, or None."""
    try:
        since, at, pages, found = json.loads(text)["midway"]
        return Midway(str(since), str(at), int(pages), int(found))
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def asked_from(since: Since, mark: Mark, now: datetime) -> str | None:
    """The value of the since-parameter, or None if the service is asked without."""
    if since.of == "id":
        return mark.id or None
    start = starts_at(since, mark, now)
    return None if start is None else written(start, since.form)


def starts_at(since: Since, mark: Mark, now: datetime) -> datetime | None:
    """The instant from which on entries are wanted, or None for all."""
    if mark.date is not None:
        return mark.date - timedelta(seconds=since.overlap)
    return now - timedelta(seconds=since.first) if since.first else None


def written(instant: datetime, form: str) -> str:
    """A date as a service wants it."""
    if form == "iso":
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "day":
        return instant.strftime("%Y-%m-%d")
    if form in {"seconds", "milliseconds"}:
        return str(int(instant.timestamp()) * (1 if form == "seconds" else 1000))
    return instant.strftime(form)


class Course:
    """The course of one poll over the pages of a list.

    Args:
        url: the source's address.
        options: how its service is asked.
        memory: what the last poll wrote down.
        now: the present.
        keyed: whether a key is sent.
    """

    def __init__(self, url: str, options: JsonOptions, memory: str, now: datetime, *, keyed: bool) -> None:
        self._url = url
        self._options = options
        self._now = now
        self._keyed = keyed
        self._before = read_mark(memory)
        self._midway = read_midway(memory)
        self._start = (0, 0)
        self._rest: str | None = None
        self._newest = Mark()
        self._found = 0
        self._asked: set[str] = set()
        self._cut = False
        self.pages = 0
        self.finished = False
        self.notes: list[str] = []

    @property
    def window(self) -> bool:
        """Whether what was read is all that the service shows now: if none of it was known before, some between are lost."""
        since = self._options.since
        return self._cut or since is None or not since.parameter

    @property
    def is_steady(self) -> bool:
        """Whether the first page is asked under the same address every time, so that its validators mean something."""
        return self._options.since is None or not self._options.since.parameter

    def first(self) -> str:
        """The address of the first page, without a key."""
        pairs = list(self._options.parameters)
        since = self._options.since
        if since is not None and since.parameter:
            value = asked_from(since, self._before, self._now)
            if value is not None:
                pairs.append((since.parameter, since.template.replace("{since}", value)))
        paging = self._options.paging
        if paging is not None and paging.how == "page":
            pairs.append((paging.parameter, str(paging.first)))
        url = with_parameters(self._url, pairs)
        self._asked.add(url)
        return url

    def begin(self) -> str:
        """The address that this poll asks first, without a key: where the last one stopped midway, or the first page."""
        first, midway = self.first(), self._midway
        if midway is None or midway.since != self._since_value() or (self._keyed and origin(midway.at) != origin(self._url)):
            self._midway = None
            return first
        self._start = midway.pages, midway.found
        self._asked = {midway.at}
        return midway.at

    def anew(self) -> str | None:
        """The first page, if this poll began midway and the service does not know that place any more; then it begins anew."""
        if self._midway is None or self.pages:
            return None
        self._midway, self._start, self._asked = None, (0, 0), set()
        self.notes.append(
            "The service no longer knows the place where the last poll stopped, so its list is read from its beginning."
        )
        return self.first()

    def _since_value(self) -> str:
        since = self._options.since
        return "" if since is None else asked_from(since, self._before, self._now) or ""

    def after(self, page: Listing, url: str) -> str | None:
        """Take a page; the address of the next one, without a key, or None when reading ends here.

        Args:
            page: as read.
            url: where it was found.
        """
        self.pages += 1
        self._found += page.found
        self._note_newest(page.entries)
        if self._options.full and page.found >= self._options.full and self._options.paging is None and self._before.is_set:
            self._cut = True
            self.notes.append(
                f"The answer is as long as the service makes any ({self._options.full} entries), so older ones may be missing: "
                "ask more often, or for less."
            )
        target = self._next(page, url)
        if target is None or self._is_past(page.entries):
            self.finished = True
            return None
        if target in self._asked:
            self.finished = True
            self.notes.append("The service names a page as the next one that was read already; reading stopped there.")
            return None
        if self.pages >= self._options.pages or self._found >= self._options.entries:
            self._stopped_early(target, empty=not page.found)
            return None
        self._asked.add(target)
        return target

    def memory(self) -> str | None:
        """What to write down, or None to leave what was written before."""
        since = self._options.since
        if since is None or not (self.finished or since.oldest_first):
            return None
        if not self._newest.is_set:
            # An empty rest of a list that was read in several polls is its end all the same.
            return self._before.text() if self._midway is not None and self.finished else self._with_rest(self._before)
        newest = self._newest
        if since.of == "id":
            newest = Mark(id=_later_id(self._before.id, newest.id))
        elif newest.date is not None:
            # In the midst of a list the next poll goes on where this one ended: what is listed late comes at its end.
            ahead = timedelta(0) if self.finished else timedelta(seconds=max(since.overlap - 1, 0))
            newest = Mark(max(self._before.date or newest.date, newest.date + ahead))
        return self._with_rest(newest) or newest.text()

    def _with_rest(self, mark: Mark) -> str | None:
        """The mark with where to go on in the same list, if the mark alone would have the same pages asked again; else None."""
        since = self._options.since
        if self._rest is None or since is None:
            return None
        value = self._since_value()
        if (asked_from(since, mark, self._now) or "") != value or not self._before.is_set:
            return None
        pages, found = self._start
        return Midway(value, self._rest, pages + self.pages, found + self._found).joined(mark.text())

    def _stopped_early(self, target: str, *, empty: bool) -> None:
        """More pages are there than one poll reads: what lists the oldest first goes on there next time, the rest has a gap.

        Args:
            target: the page that would have come next.
            empty: the last page held nothing and named another all the same: what that holds is not known to be older.
        """
        since = self._options.since
        if since is None:
            self.finished = True
            return
        self.finished = not since.oldest_first and not empty
        if since.oldest_first:
            if len(target) <= LONGEST_ADDRESS:
                self._rest = target
        elif self._before.is_set:
            self._cut = True
            self.notes.append(
                f"More is new than the {self.pages} pages that one poll reads ({self._found} entries); older ones were not read: "
                "ask more often, or for less."
            )

    def _next(self, page: Listing, url: str) -> str | None:
        paging = self._options.paging
        if paging is None:
            return None
        if paging.how == "next":  # an empty page that names another is a page of entries that the service left out
            return None if page.next is None else self._own(url, page.next)
        base = self.first()
        if paging.how == "cursor":
            return None if page.next is None else with_parameters(base, [(paging.parameter, page.next)])
        if not page.found or page.found < paging.size:
            return None
        pages, found = self._start
        number = paging.first + pages + self.pages if paging.how == "page" else found + self._found
        return with_parameters(base, [(paging.parameter, str(number))])

    def _own(self, base: str, further: str) -> str | None:
        """The next page's address, if it may be asked: without the key it may carry, and with ours only at the same origin."""
        try:
            url = urljoin(base, further)
            there, here = origin(url), origin(self._url)
        except ValueError:
            self.notes.append("The service names something as its next page that is no address; reading stopped there.")
            return None
        if self._options.key is not None and self._options.key.parameter:
            url = without_parameter(url, self._options.key.parameter)
        if (
            here[0] == "https" and there[0] == "http" and there[1] == here[1]
        ):  # behind a proxy services do not know their own scheme
            url = url.replace("http://", "https://", 1).replace(f"{there[1]}:80/", f"{there[1]}/", 1)
            there = origin(url)
        if self._keyed and there != here:
            self.notes.append("The service names a next page at another address than its own, where the key is not sent.")
            return None
        return url

    def _note_newest(self, entries: Sequence[FeedEntry]) -> None:
        since = self._options.since
        if since is None:
            return
        if since.of == "id":
            self._note_ids([entry.id[:LONGEST_ID] for entry in entries if entry.id])
            return
        for entry in entries:
            date = _date_of(entry, since)
            # A date ahead of now is a slip or an appointment; as a mark it would hide everything until then.
            if date is not None and date <= self._now and (self._newest.date is None or date > self._newest.date):
                self._newest = Mark(date)

    def _note_ids(self, ids: Sequence[str]) -> None:
        """The newest of those ids that have the form of the mark, or of most on the first page: one odd id says nothing."""
        like = self._before.id or self._newest.id or _commonest(ids)
        for each in ids:
            if _are_alike(like, each):
                self._newest = replace(self._newest, id=_later_id(self._newest.id, each))

    def _is_past(self, entries: Sequence[FeedEntry]) -> bool:
        """Whether a page of a list that begins with the newest has reached what the last poll saw."""
        since = self._options.since
        if since is None or since.oldest_first:
            return False
        if since.of == "id":
            return bool(self._before.id) and any(
                not _is_later(entry.id, self._before.id) for entry in entries if entry.id and _are_alike(self._before.id, entry.id)
            )
        start = starts_at(since, self._before, self._now) if self._before.is_set else None
        dates = [date for entry in entries if (date := _date_of(entry, since)) is not None][-_LAST:]
        return start is not None and bool(dates) and all(date < start for date in dates)


def _date_of(entry: FeedEntry, since: Since) -> datetime | None:
    return entry.updated if since.of == "updated" else entry.published or entry.updated


def _later_id(one: str, other: str) -> str:
    return other if not one or (other and _is_later(other, one)) else one


def _commonest(ids: Sequence[str]) -> str:
    """The id in the middle, of numbers or of texts, whatever there are more of; empty if there are none."""
    numbers = [each for each in ids if each.isdecimal()]
    texts = [each for each in ids if not each.isdecimal()]
    most = sorted(numbers if len(numbers) >= len(texts) else texts, key=len)
    return most[len(most) // 2] if most else ""


def _are_alike(one: str, other: str) -> bool:
    """Whether one of two ids can be later than the other: both are numbers of about one size, or texts of about one length."""
    if one.isdecimal() != other.isdecimal():
        return False
    return abs(len(one) - len(other)) <= (_DIGITS if one.isdecimal() else 1)


def _is_later(one: str, other: str) -> bool:
    """Whether an id comes after another: ids are numbers that grow, or texts of one length whose order is that of time."""
    if one.isdecimal() and other.isdecimal():
        return int(one) > int(other)
    return (len(one), one) > (len(other), other)
