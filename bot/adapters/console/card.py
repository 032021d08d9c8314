"""A message as a card of a terminal, as it would look in a chat. Pure: it is drawn into a string.

Promises: the same lines as the plain text, with the headline as the link; ``rich`` markup in a message stays text. Never
asks the machine how wide the terminal is or what colours it has: both come in.
"""

from __future__ import annotations

import io
from datetime import datetime

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from bot.adapters.console.render import Line, Role, lines
from bot.core.deliveries import Action, Delivery
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Level

_STYLES = {
    Role.HEADLINE: Style(bold=True),
    Role.LINK: Style(dim=True, underline=True),
    Role.SENTENCE: Style(),
    Role.CONTEXT: Style(dim=True),
    Role.RULE: Style(dim=True),
    Role.FOLLOWS: Style(dim=True, italic=True),
    Role.NOTE: Style(italic=True),
    Role.MARK: Style(color="yellow"),
}
_MATCHED = Style(bold=True, color="yellow")
_BORDERS = {Level.LOW: "bright_black", Level.NORMAL: "cyan", Level.HIGH: "yellow", Level.CRITICAL: "red"}
_TITLES = {Action.POST: "", Action.EDIT: "edited", Action.REPLY: "in thread", Action.DIGEST: "digest", Action.REMIND: "reminder"}


def card(delivery: Delivery, channel: Channel, *, now: datetime, width: int, colour: bool) -> str:
    """The delivery as a card, ending in a newline; an empty string for a row without a message.

    Args:
        delivery: what is sent.
        channel: where; its name stands on the card's edge.
        now: when.
        width: columns.
        colour: whether the terminal takes colours and links.
    """
    message = delivery.message
    if message is None:
        return ""
    level = message.level if isinstance(message, StoryMessage) else Level.NORMAL
    told = lines(message, delivery.action, timezone=channel.settings.timezone, now=now)
    if colour:
        told = tuple(line for line in told if line.role is not Role.LINK)  # the headline is the link
    marks = [_TITLES[delivery.action], "repeated" if message.repeated else ""]
    panel = Panel(
        Group(*(_drawn(line) for line in told)),
        title=Text(" · ".join([channel.id, *filter(None, marks)])),
        title_align="left",
        border_style=_BORDERS[level],
        box=ROUNDED,
        padding=(0, 1),
        width=width,
    )
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    console.print(panel)
    return out.getvalue()


def _drawn(line: Line) -> Text:
    link = None if line.url is None else Style(link=line.url)
    text = Text(line.text, style=_STYLES[line.role] if link is None else _STYLES[line.role] + link)
    if line.role is Role.SENTENCE and line.matched:
        text.highlight_words(line.matched, style=_MATCHED, case_sensitive=True)
    return text
