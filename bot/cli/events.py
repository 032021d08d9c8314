"""What the pipeline did, as rows for programs and as lines for people.

Promises: rows come in the order of what happened; a row that a console channel printed itself is not printed again.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from rich.console import Console
from rich.text import Text

from bot.adapters.console.card import card
from bot.adapters.console.escape import plain
from bot.adapters.console.render import delivery_line
from bot.cli.lines import Row, item_row, match_row, print_row, story_row
from bot.config.settings import Settings
from bot.core.clock import format_instant
from bot.core.deliveries import Delivery, DeliveryState
from bot.core.model import Match, Platform, Precision
from bot.replay import ReplayResult, SeenItem, newly_silent
from bot.service.alert import Filed

CARD_WIDTH = 100

log = structlog.get_logger(__name__)


class LivePrinter:
    """Prints rows of a running bot."""

    def __init__(self, settings: Settings, rows: frozenset[str]) -> None:
        self._rows = rows
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """From now on these settings are in force."""
        self._channels = {channel.id: channel for channel in settings.channels}

    def filed(self, filed: Filed) -> None:
        """Print what a committed batch did: items, matches, stories, and what was held or skipped at once."""
        if "items" in self._rows:
            for entry in filed.items:
                self._print(item_row(entry.item, duplicate_of=entry.change.duplicate_of, rerun_of=entry.change.rerun_of))
        if "matches" in self._rows:
            for match in (match for entry in filed.items for match in entry.matches):
                self._print(match_row(match))
        for delivery in newly_silent(filed.deliveries):
            self._delivery(delivery)
        if "stories" in self._rows:
            for seen in filed.seen_stories:
                self._print(story_row(seen))

    def settled(self, delivery: Delivery) -> None:
        """Print a delivery that the drain settled, unless printing it was how it was sent."""
        channel = self._channels.get(delivery.channel_id)
        printed = channel is not None and channel.platform is Platform.CONSOLE and delivery.state is DeliveryState.SENT
        if not printed:
            self._delivery(delivery)

    def _delivery(self, delivery: Delivery) -> None:
        if "deliveries" in self._rows and delivery.channel_id in self._channels:
            timezone = self._channels[delivery.channel_id].settings.timezone
            self._print(delivery_line(delivery, at=delivery.updated_at, timezone=timezone))

    def _print(self, row: Row) -> None:
        try:
            print_row(row)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            # The bot goes on: what it does is committed and does not depend on who reads along, nor on where its rows go.
            why = getattr(error, "strerror", None) or type(error).__name__
            log.warning("rows cannot be printed any more; they are not printed from now on", error=why)
            self._rows = frozenset()


def replay_rows(result: ReplayResult, rows: frozenset[str]) -> Iterator[Row]:
    """The rows of a replay; stories come last."""
    for event in result.events:
        if isinstance(event, SeenItem):
            if "items" in rows:
                yield item_row(event.item, duplicate_of=event.duplicate_of, rerun_of=event.rerun_of)
        elif isinstance(event, Match):
            if "matches" in rows:
                yield match_row(event)
        elif "deliveries" in rows:
            yield delivery_line(event, at=event.updated_at, timezone=result.channels[event.channel_id].settings.timezone)
    if "stories" in rows:
        for seen in result.stories:
            yield story_row(seen)


def print_replay(result: ReplayResult, rows: frozenset[str], console: Console) -> None:
    """The replay for a person: each item in a line, messages as cards, stories at the end."""
    for event in result.events:
        if isinstance(event, SeenItem):
            if "items" in rows:
                console.print(_item_line(event))
        elif isinstance(event, Match):
            if "matches" in rows:
                found = ", ".join(dict.fromkeys(span.text for span in event.spans))
                console.print(Text(f"    matches {event.rule_id}: {plain(found, 200)}", style="green"))
        elif "deliveries" in rows:
            _print_delivery(event, result, console)
    if "stories" in rows:
        for seen in result.stories:
            title = plain(seen.story.title, 200)
            console.print(Text(f"story {seen.story.id}  {len(seen.item_ids)} items  {title}", style="bold"))
            console.print(Text(f"    {', '.join(seen.item_ids)}"))
            for one in seen.commitments:
                about = "about " if one.precision is Precision.APPROXIMATE else ""
                console.print(Text(f"    {about}{one.date}  {one.kind}: {plain(one.sentence, 300)}", style="cyan"))


def _item_line(event: SeenItem) -> Text:
    item = event.item
    line = Text(f"{format_instant(item.date_published or item.date_rendered) or 'no date':20}  {item.id}  {plain(item.title, 200)}")
    if event.rerun_of:
        line.append(f"  (rerun of {event.rerun_of})", style="yellow")
    elif event.duplicate_of:
        line.append(f"  (copy of {event.duplicate_of})", style="yellow")
    return line


def _print_delivery(delivery: Delivery, result: ReplayResult, console: Console) -> None:
    channel = result.channels[delivery.channel_id]
    if delivery.state is DeliveryState.SENT and delivery.message is not None:
        width = min(console.width, CARD_WIDTH)
        shown = card(delivery, channel, now=delivery.updated_at, width=width, colour=console.is_terminal)
        console.file.write(shown)
    else:
        console.print(Text(f"    {delivery.channel_id}: {delivery.action} {delivery.state} ({delivery.reason})", style="dim"))
