"""The page source: a web page that has no feed, watched for what it says, or read as a list of links.

Promises: every change is told once, also one that takes back another; a page that shows a login or an error instead of itself
changes nothing, and one that loses nearly all it said is doubted first and believed when the next look shows the same. What was
last seen is kept in the source's memory, stored together with the items that tell of it, so that a crash neither loses nor doubles
a change.
Whether the page may be read at all is asked before (``registry.poll``). Never keeps or compares markup.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from bot.core.documents import FeedDocument
from bot.core.errors import DocumentError
from bot.core.identity import content_hash, digest, item_id
from bot.core.kinds import PageOptions
from bot.core.model import Item, TextState
from bot.core.sources import SourceConfig
from bot.core.watched import WatchedPage
from bot.net.client import Credential, Response
from bot.sources.contract import Fetches, Polled, Reads, Validators
from bot.sources.entry import Entries
from bot.text.language import guess
from bot.text.sentences import split

MAX_BYTES = 2 * 1024 * 1024
"""Longest page read, decoded (docs/sources.md: limits)."""

SHOWN = 12
"""Changed lines in a summary: what fits a message; the item's text has all of them."""

VANISHED = 0.8
"""Share of a page's lines that are gone at once when something else is shown in its place: a change people make to a page leaves
its headings and most of its lists."""

FEW = 5
"""Lines from which a page can lose "nearly all"; of a shorter one every change is nearly all."""

ALIKE = 0.6
"""Likeness (difflib) from which a line that is gone and one that is new are told as one that changed."""

PAIRED = 200
"""Lines gone and lines new up to which changed ones are looked for; beyond it each is told by itself."""

MARKED = 200
"""Lines by which a page is known again that is shown instead of the watched one; a login and an error have some ten."""

MAX_TITLE = 120

_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Look at the page once.

    Raises:
        FetchError: it could not be fetched.
        DocumentError: it could not be read, what is watched is not there, or nearly all of it is gone for the first time.
    """
    options = config.options
    assert isinstance(options, PageOptions)
    response = await fetcher.get(
        config.url,
        accept=_ACCEPT,
        max_bytes=MAX_BYTES,
        etag=validators.etag,
        last_modified=validators.last_modified,
        authorization=authorization,
    )
    if response.not_modified:
        return Polled.unchanged(response)
    page = await sandbox.run(
        "watched",
        data=response.body,
        url=response.url,
        content_type=response.content_type,
        selector=options.items or options.selector,
        exclude=list(options.exclude),
        ignore=list(options.ignore),
        entries=bool(options.items),
    )
    assert isinstance(page, WatchedPage)
    _refuse_without_anything(page, options)
    if options.items:
        return replace(_answered(response, page, _listed(page, config, now)), window=True)
    seen = Snapshot.read(validators.memory)
    lines = tuple(sentence for line in page.lines for sentence in split(line))
    if seen is None:
        return replace(_answered(response, page, ()), memory=Snapshot("", lines, cut=page.cut).write())
    change = compared(seen.lines, lines, cut_before=seen.cut, cut_now=page.cut)
    if not change:
        kept = Snapshot(seen.state, lines, cut=page.cut)
        return replace(_answered(response, page, ()), memory=None if kept == seen else kept.write())
    if _nearly_all(change, seen.lines, login=page.login) and not _alike(seen.instead, instead := _marks(lines)):
        raise DocumentError(
            f"{len(change.gone)} of the {len(seen.lines)} lines that were watched are gone at once, as when a login or an error is "
            "shown in their place; it is believed if it stays so.",
            memory=replace(seen, instead=instead).write(),
        )
    state = digest(seen.state, *lines, size=12)
    item = _told(change, state, page, config, now)
    return replace(_answered(response, page, (item,)), memory=Snapshot(state, lines, cut=page.cut).write())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was last seen of a page.

    Attributes:
        state: names this state of the page, and all those before it: the same words after other words are another state.
        lines: what it said, a sentence a line: a change is then told in sentences.
        instead: marks of the lines that the last look saw in its place, if it saw nearly nothing of it.
        cut: the page said more than is kept here.
    """

    state: str
    lines: tuple[str, ...]
    instead: tuple[str, ...] = ()
    cut: bool = False

    def write(self) -> str:
        """As a source's memory."""
        value = {"state": self.state, "lines": self.lines, "instead": self.instead, "cut": self.cut}
        return json.dumps(value, ensure_ascii=False)

    @classmethod
    def read(cls, memory: str) -> Snapshot | None:
        """From a source's memory; None if nothing was seen yet."""
        if not memory:
            return None
        value = json.loads(memory)
        return cls(value["state"], tuple(value["lines"]), tuple(value.get("instead", ())), value.get("cut", False))


@dataclass(frozen=True, slots=True)
class Change:
    """What is different, each in the order of its page; lines that only moved are not.

    Attributes:
        new: lines that were not there.
        gone: lines that are there no more.
        changed: pairs of a line that is gone and the one that stands for it now; they are in ``new`` and ``gone`` too.
    """

    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


def compared(before: Sequence[str], after: Sequence[str], *, cut_before: bool = False, cut_now: bool = False) -> Change:
    """What changed between two states of a page. Capital letters alone change nothing, nor does the order of lines.

    Args:
        before: its lines then.
        after: its lines now.
        cut_before: it had more lines then. What stands now below the last line that was known may have stood there.
        cut_now: it has more lines now. What stood below the last line that is still seen may stand there.
    """
    new = _beyond(_shared(after, before) if cut_before else after, before)
    gone = _beyond(_shared(before, after) if cut_now else before, after)
    changed: list[tuple[str, str]] = []
    if len(new) <= PAIRED and len(gone) <= PAIRED:
        left = list(new)
        for line in gone:
            best = max(left, key=lambda other: _likeness(line, other), default=None)
            if best is not None and _likeness(line, best) >= ALIKE:
                changed.append((line, best))
                left.remove(best)
    return Change(tuple(new), tuple(gone), tuple(changed))


def _shared(lines: Sequence[str], others: Iterable[str]) -> Sequence[str]:
    """Lines down to the last one that the others have, too; all if there is none: then it is another page."""
    known = {line.casefold() for line in others}
    last = next((at for at in range(len(lines), 0, -1) if lines[at - 1].casefold() in known), len(lines))
    return lines[:last]


def _beyond(lines: Sequence[str], others: Iterable[str]) -> list[str]:
    """Lines that the others have not, or not so often."""
    known = Counter(line.casefold() for line in others)
    beyond = []
    for line in lines:
        if known[line.casefold()]:
            known[line.casefold()] -= 1
        else:
            beyond.append(line)
    return beyond


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def _nearly_all(change: Change, before: Sequence[str], *, login: bool) -> bool:
    if login and change.gone:
        return True
    return len(before) >= FEW and len(change.gone) - len(change.changed) > VANISHED * len(before)


def _marks(lines: Sequence[str]) -> tuple[str, ...]:
    """Short marks of the first lines, by which a page that stands in the place of another is known again."""
    return tuple(digest(line.casefold(), size=4) for line in lines[:MARKED])


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two looks saw the same page: most of what the longer one says is said by both."""
    return 2 * (Counter(one) & Counter(other)).total() > max(len(one), len(other))


def _refuse_without_anything(page: WatchedPage, options: PageOptions) -> None:
    """What is not there is trouble, never a page that has become empty: the last state stays what was seen."""
    asked = options.items or options.selector
    instead = " The page asks for a password." if page.login else ""
    if not page.found:
        raise DocumentError(f'Nothing on the page is found by "{asked}"; it shows something else, or was rebuilt.{instead}')
    if not page.lines and not page.entries:
        what = "has a link" if options.items else "says anything"
        raise DocumentError(f'Nothing of what "{asked}" finds on the page {what}.{instead}')


def _answered(response: Response, page: WatchedPage, items: tuple[Item, ...]) -> Polled:
    listed = len(page.entries or page.lines)
    return Polled(items, False, response.etag, response.last_modified, page.notes, wishes=response.wishes, listed=listed)


def _listed(page: WatchedPage, config: SourceConfig, now: datetime) -> tuple[Item, ...]:
    """The entries of a list, as those of a feed."""
    collected = Entries(FeedDocument(page.title, page.language, ()), config, now)
    for entry in page.entries:
        collected.add(entry)
    return collected.items()


# ---------------------------------------------------------------- a change in words


def _told(change: Change, state: str, page: WatchedPage, config: SourceConfig, now: datetime) -> Item:
    """A change as an item: what it says now first, and its day the one on which it was seen.

    It has no canonical address: all changes of a page share the page's, and would be taken for one article.
    """
    name = config.outlet or page.title or urlsplit(config.url).hostname or config.id
    title, told = headline(name, change, now), in_words(change)
    more = len(told) - SHOWN
    summary = "\n".join((*told[:SHOWN], *([f"… and {more} more {'line' if more == 1 else 'lines'}."] if more > 0 else [])))
    text = "\n".join(told)
    return Item(
        id=item_id(config.id, guid=f"change/{state}", canonical_url=None, title="", summary=""),
        source_id=config.id,
        title=title,
        first_seen=now,
        guid=f"change/{state}",
        url=None if config.url_secret else config.url,
        summary=summary,
        content_text=text if more > 0 else "",
        text_state=TextState.FULL,
        outlet=name,
        tags=config.tags,
        language=config.language or page.language or guess(" ".join((*change.new, *change.gone))),
        date_published=now,
        content_hash=content_hash(title, summary, text),
    )


def headline(name: str, change: Change, now: datetime) -> str:
    """The page's name, when it changed, and the first words that are new; else those that are gone.

    By this form the stories know that each change is a story of its own, however alike their words are (``bot.stories.formats``).
    """
    at = now.astimezone(UTC)
    words = _shortened(change.new[0] if change.new else change.gone[0], MAX_TITLE)
    return f"{name} changed on {at.day} {at:%B %Y} at {at:%H:%M} UTC: {words if change.new else f'no longer says “{words}”'}"


def in_words(change: Change) -> tuple[str, ...]:
    """A change as a reader understands it, line by line: what changed, what is new, what is gone.

    Each line is whole in itself: a message shows some of them, and what is gone must never read as if it were there.
    """
    altered_now, altered_then = Counter(now for _, now in change.changed), Counter(then for then, _ in change.changed)
    new, gone = (Counter(change.new) - altered_now).elements(), (Counter(change.gone) - altered_then).elements()
    return (
        *(f"“{then}” is now “{now}”" for then, now in change.changed),
        *(f"New: “{line}”" for line in new),
        *(f"Gone: “{line}”" for line in gone),
    )


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest].rpartition(' ')[0] or text[:longest]}…"
