"""A source that might be added, printed: rows for programs, half a screen for people.

Promises: what a stranger wrote is inert; titles and sentences fit the terminal, addresses are never cut. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from bot.adapters.console.escape import clip, plain, shown_url
from bot.cli.lines import Row, span_rows
from bot.commands.moments import moment
from bot.core.clock import format_instant
from bot.core.model import Item, TextState
from bot.core.preview import NewSource, OtherSource, say_rhythm

NEWEST = 5
"""Entries shown to a person."""

MATCHES = 5
OTHERS = 5

RULES = 30
"""Most columns of the names of rules."""

LEAST = 30
"""Columns of a title in the narrowest terminal."""

_LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nb": "Norwegian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""By the first part of a language tag (RFC 5646)."""


def preview_rows(made: NewSource) -> Iterator[Row]:
    """Everything, a row each: source, entry, warning, match, other."""
    config = made.config
    yield {
        "event": "source",
        "asked": made.asked,
        "id": config.id if config else None,
        "kind": made.kind or None,
        "url": config.url if config else None,
        "why": made.why or None,
        "title": made.title or None,
        "language": made.language,
        "entries": len(made.items),
        "newest": format_instant(made.newest),
        "per_day": None if made.per_day is None else round(made.per_day, 2),
        "table": made.table or None,
    }
    for item in made.items:
        yield {
            "event": "entry",
            "title": item.title,
            "url": item.url,
            "published": format_instant(item.date_published),
            "text": str(item.text_state),
            "words": _words(item),
        }
    for concern in made.concerns:
        yield {"event": "warning", "warning": str(concern.word), "sentence": concern.sentence}
    for item, matches in made.matches or ():
        for match in matches:
            yield {"event": "match", "title": item.title, "url": item.url, "rule": match.rule_id, "spans": span_rows(match.spans)}
    for other in made.others:
        yield {"event": "other", "kind": other.kind, "url": other.url, "title": other.title or None, "why": other.why}


def print_preview(made: NewSource, console: Console, *, zone: ZoneInfo) -> None:
    """The same on half a screen, ending in what to paste."""
    for line in _page(made, console.width, zone):
        console.print(line, soft_wrap=True)


def _page(made: NewSource, width: int, zone: ZoneInfo) -> Iterator[Text]:
    yield from _head(made)
    if made.items:
        yield Text()
        yield from _newest(made, width, zone)
    if made.concerns:
        yield Text()
        for concern in made.concerns:
            yield from _wrapped("! ", plain(concern.sentence, 500), width, "yellow")
    if made.matches is not None and made.items:
        yield Text()
        yield from _matches(made, width)
    if made.others:
        yield Text()
        yield Text("Also behind this link", style="bold")
        yield from map(_other, made.others[:OTHERS])
        yield from _rest(len(made.others) - OTHERS, "more")
    yield Text()
    yield Text("To read it, put this into the configuration:", style="bold")
    yield Text()
    yield from (Text(line, style="green") for line in made.table.splitlines())


def _rest(number: int, what: str) -> Iterator[Text]:
    if number > 0:
        yield Text(f"  and {number:,} {what}", style="dim")


def _head(made: NewSource) -> Iterator[Text]:
    assert made.config is not None
    yield Text(plain(made.title, 100) or "(no title)", style="bold")
    yield Text(_address(made.config.url), style="dim underline")
    number = len(made.items)
    held = counted(number) if number else ""
    facts = [made.kind, _language(made.language), held]
    yield Text(" · ".join(fact for fact in (*facts, say_rhythm(made.per_day)) if fact))
    yield Text(plain(made.why, 200), style="dim")


def counted(number: int) -> str:
    """``1 entry``, ``2,000 entries``."""
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def _newest(made: NewSource, width: int, zone: ZoneInfo) -> Iterator[Text]:
    """When, what, how much of its text: each in a column as wide as it needs."""
    rows = [(_when(item, zone, made.looked_at), item.title, _text(item)) for item in made.items[:NEWEST]]
    first, last = (max(len(row[column]) for row in rows) for column in (0, 2))
    room = max(width - first - last - 6, LEAST)
    for when, title, text in rows:
        shown = clip(plain(title, 4 * room), room)
        yield Text.assemble((f"  {when:<{first}}  ", "cyan"), shown, " " * max(room - len(shown), 0), (f"  {text:>{last}}", "dim"))
    yield from _rest(len(made.items) - NEWEST, "older")


def _when(item: Item, zone: ZoneInfo, now: datetime) -> str:
    return moment(item.date_published, zone, now) if item.date_published else "no date"


def _text(item: Item) -> str:
    if item.text_state is TextState.FULL:
        return f"{_words(item):,} words"
    return "teaser" if item.text_state is TextState.EXCERPT else "title only"


def _matches(made: NewSource, width: int) -> Iterator[Text]:
    found = made.matches or ()
    if not found:
        yield Text(f"None of the live rules holds for any of its {counted(len(made.items))}.")
        return
    yield Text(f"Live rules hold for {len(found):,} of its {counted(len(made.items))}", style="bold")
    rows = [(clip(", ".join(match.rule_id for match in matches), RULES), item.title) for item, matches in found[:MATCHES]]
    first = max(len(rules) for rules, _ in rows)
    room = max(width - first - 4, LEAST)
    for rules, title in rows:
        yield Text.assemble((f"  {rules:<{first}}  ", "cyan"), clip(plain(title, 4 * room), room))
    yield from _rest(len(found) - MATCHES, "more")


def _other(other: OtherSource) -> Text:
    kind = "" if other.kind == "feed" else f"{other.kind}: "
    named = f"  {plain(other.title, 60)}" if other.title else ""
    return Text.assemble(f"  {kind}{_address(other.url)}", (named, "dim"))


def _wrapped(mark: str, text: str, width: int, style: str) -> Iterator[Text]:
    """A sentence over several lines, the mark before its first."""
    line = mark
    for word in text.split():
        if len(line) + len(word) + 1 > max(width, LEAST) and line.strip() != mark.strip():
            yield Text(line.rstrip(), style=style)
            line = " " * len(mark)
        line += f"{word} "
    yield Text(line.rstrip(), style=style)


def _address(url: str) -> str:
    return shown_url(url) or "(address not shown)"


def _language(tag: str | None) -> str:
    return "" if tag is None else _LANGUAGES.get(tag.partition("-")[0].lower(), tag)


def _words(item: Item) -> int:
    return len((item.content_text or item.summary).split())
