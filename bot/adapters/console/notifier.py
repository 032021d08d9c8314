"""The terminal as a chat platform: printing a message is sending it.

Promises: one call makes at most one message, written in one piece and flushed; in ``jsonl`` it is the delivery's own row,
one line, nothing else. A stream that nobody reads any more refuses the channel; a stream that failed half way leaves the
outcome unknown. Never reads the environment and never writes to another stream.
"""

from __future__ import annotations

import json
import os
from typing import TextIO

from bot.adapters.console.card import card
from bot.adapters.console.render import delivery_line
from bot.core.clock import Clock
from bot.core.deliveries import Delivery, DeliveryState, Outcome, Receipt, Scope
from bot.core.model import Channel, Platform

CARD_WIDTH = 100
"""Columns of a card at most: beyond that, lines are hard to follow from one to the next."""


class ConsoleNotifier:
    """Prints deliveries to a stream."""

    platform = Platform.CONSOLE

    def __init__(
        self, stream: TextIO, clock: Clock, *, jsonl: bool = False, width: int | None = None, colour: bool | None = None
    ) -> None:
        """Build a notifier.

        Args:
            stream: where to print.
            clock: tells the instant that is printed as ``at``.
            jsonl: print one JSON object a line for programs, not cards for people.
            width: columns of a card; None takes the terminal's, up to CARD_WIDTH.
            colour: whether to use colours and links; None uses them on a terminal.
        """
        self._stream = stream
        self._clock = clock
        self._jsonl = jsonl
        self._width = width or _width_of(stream)
        self._colour = stream.isatty() if colour is None else colour

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Print one delivery. The receipt's reference is the delivery's own number: a terminal gives none."""
        if delivery.message is None:
            return Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="the delivery has no message any more")
        printed = self._printed(delivery, channel)
        try:
            self._stream.write(printed)
            self._stream.flush()
        except (BrokenPipeError, ValueError):  # ValueError: the stream is closed
            return Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="nobody reads this output any more")
        except OSError as error:
            return Receipt(Outcome.UNKNOWN, detail=f"the output failed: {error.strerror or type(error).__name__}")
        return Receipt(Outcome.ACCEPTED, message_ref=delivery.id)

    def _printed(self, delivery: Delivery, channel: Channel) -> str:
        now = self._clock.now()
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        if self._jsonl:
            row = delivery_line(delivery, at=now, timezone=channel.settings.timezone, state=DeliveryState.SENT)
            return json.dumps(row, ensure_ascii=encoding.lower() not in ("utf-8", "utf8")) + "\n"
        shown = card(delivery, channel, now=now, width=self._width, colour=self._colour)
        return shown.encode(encoding, "replace").decode(encoding)


def _width_of(stream: TextIO) -> int:
    """Columns of the terminal behind ``stream``, at most CARD_WIDTH; CARD_WIDTH where there is none."""
    try:
        return min(os.get_terminal_size(stream.fileno()).columns or CARD_WIDTH, CARD_WIDTH)
    except (OSError, ValueError):  # not a terminal, or no file at all
        return CARD_WIDTH
