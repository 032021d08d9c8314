"""Past articles that a query of the rule language finds, as far as the person who asks may see them.

Promises: what is told as found is found by the engine in the article as stored, newest first, one article of a story; the
work ends after a second or two, and then it is said that there may be more. In a chat nothing of a private source is found, nor
of a source that is not read any more, unless a rule of the asker's own matched it. Reads, and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.desk import Desk, View
from bot.commands.reply import Reply, Section
from bot.core.model import Item, Rule, Span
from bot.core.spoken import tr
from bot.rules.engine import Engine, RuleErrors
from bot.rules.narrow import WORDS_VERSION, narrow

PATIENCE = 1.5
"""Seconds given to looking: chats wait three seconds for a first sign, people not much longer for an answer."""
AT_ONCE = 200
"""Articles read at once: some 20 ms until other questions get their turn."""
QUERY = "search"
"""The id that a query has while it is searched for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A found article.

    Attributes:
        spans: where the query was found.
        story_id: the story it is in, or None.
    """

    item: Item
    spans: tuple[Span, ...]
    story_id: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        hits: the newest article of each story that was found, newest arrival first.
        articles: how many articles were found in all.
        looked_at: among how many.
        whole: everything was looked at.
        oldest: when the oldest article that was looked at was first seen; None if none was.
    """

    hits: tuple[Hit, ...]
    articles: int
    looked_at: int
    whole: bool
    oldest: datetime | None


async def find(desk: Desk, view: View, query: str, *, since: datetime | None = None) -> Found:
    """Look for a query among the articles of the archive.

    Args:
        desk: for the store and the entities that the query may name.
        view: who asks.
        query: in the rule language.
        since: only articles published, or without such a date first seen, since then.

    Raises:
        RuleErrors: the query cannot be read.
    """
    rule = Rule(QUERY, query)
    engine = Engine.compile([rule], desk.engine.entities)
    numbers = await desk.store.archive_numbers(narrow(rule, desk.engine.entities), words=WORDS_VERSION, since=since)
    may = _Sight(desk, view)
    stories: dict[str, Hit] = {}
    articles = looked_at = 0
    oldest: datetime | None = None
    began = desk.clock.monotonic()
    for start in range(0, len(numbers), AT_ONCE):
        items = await desk.store.archive_items(numbers[start : start + AT_ONCE])
        hits = [(item, found[0].spans) for item in items if (found := engine.match(item))]
        hits = await may.see(hits)
        filings = await desk.store.filings([item.id for item, _ in hits])
        for item, spans in hits:
            story_id = filings[item.id].story_id if item.id in filings else None
            stories.setdefault(story_id or item.id, Hit(item, spans, story_id))
        articles += len(hits)
        looked_at += len(items)
        oldest = items[-1].first_seen if items else oldest
        await asyncio.sleep(0)
        if desk.clock.monotonic() - began > PATIENCE:
            break
    return Found(tuple(stories.values()), articles, looked_at, start + AT_ONCE >= len(numbers) if numbers else True, oldest)


class _Sight:
    """Which articles the person who asks may see."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view
        self._open = {source.id for source in view.sources} - view.private

    async def see(self, hits: Sequence[tuple[Item, tuple[Span, ...]]]) -> list[tuple[Item, tuple[Span, ...]]]:
        """Those of them, in order."""
        if self._view.terminal:
            return list(hits)
        hits = [(item, spans) for item, spans in hits if self._view.may_read(item)]
        hidden = [item.id for item, _ in hits if item.source_id not in self._open]
        matches = await self._desk.store.matches_of(hidden) if hidden else {}
        own = {item_id for item_id, found in matches.items() if any(match.rule_id in self._view.rules for match in found)}
        return [(item, spans) for item, spans in hits if item.source_id in self._open or item.id in own]


def snippet(item: Item, spans: Sequence[Span], around: int = 90) -> tuple[str, tuple[str, ...]]:
    """A piece of the text around the first place that was found there, and the words to point out; empty for a find in the title.

    Args:
        item: the article.
        spans: where the query was found.
        around: code points shown before and after.
    """
    strong = tuple(dict.fromkeys(span.text for span in spans))
    inside = [span for span in spans if span.field in ("body", "summary")]
    if not inside or any(span.field == "title" for span in spans):
        return "", strong
    first = min(inside, key=lambda span: (span.field == "summary", span.start))
    text = item.content_text if first.field == "body" else item.summary
    start, end = max(0, first.start - around), min(len(text), first.end + around)
    start = 0 if start == 0 else text.find(" ", start, first.start) + 1 or start
    cut = text.rfind(" ", first.end, end)
    end = end if end == len(text) or cut < 0 else cut
    piece = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{piece}{' …' if end < len(text) else ''}", strong


def unreadable(errors: RuleErrors, *, names: str) -> Reply:
    """The answer to a query that cannot be read: the place is pointed at, and what to write instead is told.

    Args:
        errors: every mistake of it.
        names: the words that list the names a query may use, such as ``/watch entities``.
    """
    sections = []
    for _, error in errors.errors:
        line, mark = error.pointed_at()
        code = f"{line}\n{mark.replace(' ', '.')}"  # an answer keeps no blanks at the beginning of a line
        sections.append(Section(text=f"{error.message[:1].upper()}{error.message[1:]}.", code=code))
        if error.suggestion:
            sections.append(Section(text=error.suggestion))
    sections.append(Section(text=tr("Names that begin with @ are listed by:"), code=names))
    return Reply(tr("These words cannot be read as a search."), tuple(sections), error=True)
