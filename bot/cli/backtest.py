"""A backtest printed: rows for programs, a page for people.

Promises: what matched is marked where it stands in the article; hostile text stays inert. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from bot.adapters.console.escape import plain
from bot.cli.lines import Row, span_rows
from bot.core.clock import format_instant
from bot.core.model import Item, Span
from bot.service.backtest import Difference, Hit, NearMiss, Report, Week, when
from bot.verbs import Tried

SAMPLE = 10
"""Found items that are shown to a person; more is no reading matter."""

NEAR_SAMPLE = 6
CHANGES = 5
"""Gained and lost items that are shown, of each."""

WEEKS = 26
"""Weeks of the chart: half a year, a screenful."""

BAR = 40
"""Columns of the longest bar."""

AROUND = 60
"""Code points shown on either side of what matched."""

TITLE = 100

_PLACES = {"title": 0, "summary": 1, "body": 2}


def backtest_rows(tried: Tried, query: str) -> Iterator[Row]:
    """The whole report, a row each: backtest, week, hit, near_miss, gained, lost."""
    report = tried.report
    yield {
        "event": "backtest",
        "query": query,
        "since": format_instant(tried.since),
        "looked_at": report.looked_at,
        "narrowed": report.narrowed,
        "items": len(report.hits),
        "stories": report.stories,
        "near_misses": len(report.near),
        "near_misses_looked_at": report.near_looked_at,
        "replaces": report.difference.rule_id if report.difference else None,
        "same": report.difference.same if report.difference else None,
        "gained": len(report.difference.gained) if report.difference else None,
        "lost": len(report.difference.lost) if report.difference else None,
    }
    for week in report.weeks:
        yield {"event": "week", "monday": week.monday.isoformat(), "items": week.items, "stories": week.stories}
    for hit in report.hits:
        yield {**_item("hit", hit.item), "story": hit.story, "spans": span_rows(hit.spans)}
    for miss in report.near:
        yield {**_item("near_miss", miss.item), "clause": miss.clause, "why": miss.why}
    if report.difference is not None:
        for event, hits in (("gained", report.difference.gained), ("lost", report.difference.lost)):
            for hit in hits:
                yield {**_item(event, hit.item), "spans": span_rows(hit.spans)}


def _item(event: str, item: Item) -> Row:
    return {
        "event": event,
        "item_id": item.id,
        "title": item.title or None,
        "url": item.url,
        "outlet": item.outlet,
        "published": format_instant(item.date_published),
    }


def print_backtest(tried: Tried, console: Console) -> None:
    """The report for a person."""
    report = tried.report
    since = f" since {_day(tried)}" if tried.since else ""
    stories = "" if report.stories is None else f", in {_counted(report.stories, 'story', 'stories')}"
    console.print(Text(f"{_counted(len(report.hits), 'article')} found{since}{stories}.", style="bold"))
    hold = "holds" if report.looked_at == 1 else "hold"
    how = f"that {hold} its words" if report.narrowed else "(no word of it narrows the search)"
    console.print(Text(f"Looked at {_counted(report.looked_at, 'article')} {how}.", style="dim"))
    if report.weeks:
        _print_weeks(report.weeks, console)
    if report.hits:
        _head(console, "A sample: the newest, one of a story")
        for hit in report.sample(SAMPLE):
            _print_hit(hit, console, report)
    if report.near:
        looked = f"{_counted(len(report.near), 'article')} of the newest {report.near_looked_at} that came near"
        _head(console, f"One clause short: {looked}")
        for miss in report.near_sample(NEAR_SAMPLE):
            _print_near(miss, console)
    if report.difference is not None:
        _print_difference(report.difference, console)


def _print_weeks(weeks: tuple[Week, ...], console: Console) -> None:
    counted = "Articles" if weeks[0].stories is None else "Stories"
    _head(console, f"{counted} a week (weeks begin on Monday, UTC)")
    shown = weeks[-WEEKS:]
    if len(weeks) > len(shown):
        console.print(Text(f"  ({len(weeks) - len(shown)} earlier weeks are not shown)", style="dim"))
    numbers = [week.items if week.stories is None else week.stories for week in shown]
    longest = max(1, *numbers)
    for week, number in zip(shown, numbers, strict=True):
        bar = "█" * -(-number * BAR // longest)
        console.print(Text(f"  {week.monday.isoformat()}  {bar}{' ' if bar else ''}{number}"))


def _print_hit(hit: Hit, console: Console, report: Report | None = None) -> None:
    console.print(_title(hit.item))
    more = 0
    if report is not None and hit.story is not None:
        more = sum(other.story == hit.story for other in report.hits) - 1
    for line in _snippets(hit, console):
        console.print(line)
    if more:
        console.print(Text(f"    and {_counted(more, 'more article')} of the story", style="dim"))


def _print_near(miss: NearMiss, console: Console) -> None:
    console.print(_title(miss.item))
    console.print(Text(f"    {plain(miss.why, 300)}"))


def _print_difference(difference: Difference, console: Console) -> None:
    gained, lost = difference.gained, difference.lost
    _head(console, f"Instead of {difference.rule_id}: {len(gained)} gained, {len(lost)} lost, {difference.same} the same")
    for word, hits in (("gained", gained), ("lost", lost)):
        for hit in hits[:CHANGES]:
            console.print(Text(f"  {word}:", style="green" if word == "gained" else "red"))
            _print_hit(hit, console)
        if len(hits) > CHANGES:
            console.print(Text(f"  and {len(hits) - CHANGES} more {word}", style="dim"))


def _title(item: Item) -> Text:
    line = Text(f"  {when(item).date().isoformat()}  ")
    line.append(plain(item.title, TITLE) or "(no title)", style="bold")
    line.append(f"  {plain(item.outlet, 40)}" if item.outlet else "", style="dim")
    line.append(f"  [{plain(item.id, 60)}]", style="dim")
    return line


def _snippets(hit: Hit, console: Console) -> Iterator[Text]:
    """What matched with the words around it: the first place of each clause."""
    first: dict[str, Span] = {}
    for span in sorted(hit.spans, key=lambda span: (_PLACES.get(span.field, 3), span.start)):
        first.setdefault(span.clause, span)
    for field in dict.fromkeys(span.field for span in first.values()):
        value = {"title": hit.item.title, "summary": hit.item.summary, "body": hit.item.content_text}.get(field)
        spans = [span for span in first.values() if span.field == field]
        if value is None:
            yield _marked(f"{field}: ", [("", span.text, "") for span in spans], console)
        else:
            yield _marked("", list(_pieces(value, spans)), console)


def _pieces(value: str, spans: list[Span]) -> Iterator[tuple[str, str, str]]:
    """(before, matched, after) of each place; what lies between two places near each other is shown once."""
    end = 0
    places = _joined(spans)
    for number, (first, last) in enumerate(places):
        start = max(end, first - AROUND)
        before = value[start:first]
        if start > end:  # the place before it, if there is one, ends in dots
            before = ("..." if number == 0 else " ") + before[before.find(" ") + 1 if " " in before else 0 :]
        following = places[number + 1][0] if number + 1 < len(places) else len(value)
        until = following if following - last <= AROUND else last + AROUND
        after = value[last:until]
        if until < following:
            after = after[: after.rfind(" ")] + "..." if " " in after else after + "..."
        end = until
        yield before, value[first:last], after


def _joined(spans: list[Span]) -> list[tuple[int, int]]:
    """Where the spans are; those that overlap are one place."""
    places: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if places and span.start < places[-1][1]:
            places[-1] = (places[-1][0], max(span.end, places[-1][1]))
        else:
            places.append((span.start, span.end))
    return places


def _marked(prefix: str, pieces: list[tuple[str, str, str]], console: Console) -> Text:
    line = Text(f"    {prefix}")
    for before, found, after in pieces:
        line.append(_inline(before))
        if console.is_terminal:
            line.append(plain(found, 200), style="bold yellow")
        else:
            line.append(f"**{plain(found, 200)}**")
        line.append(_inline(after))
    return line


def _inline(text: str) -> str:
    """Inert, on one line, with the blanks at its edges kept."""
    shown = plain(text, 400)
    return f"{' ' if text[:1].isspace() else ''}{shown}{' ' if text[-1:].isspace() and shown else ''}"


def _head(console: Console, words: str) -> None:
    console.print()
    console.print(Text(words, style="bold"))


def _counted(number: int, word: str, plural: str = "") -> str:
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def _day(tried: Tried) -> str:
    return tried.since.date().isoformat() if tried.since else ""
