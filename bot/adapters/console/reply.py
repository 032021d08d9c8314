"""The answer to a command as lines of a terminal. Pure: what a terminal can do comes in.

Promises: the same words with and without colour; texts of a Reply are inert already, those of its cards are made so here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.style import Style
from rich.text import Text

from bot.adapters.console.render import Role, lines
from bot.commands.reply import Reply, Section
from bot.core.deliveries import Action
from bot.core.spoken import in_its_language

_INDENT = "  "
_STYLES = {
    "title": Style(bold=True),
    "heading": Style(bold=True),
    "name": Style(color="cyan"),
    "link": Style(dim=True, underline=True),
    "code": Style(color="green"),
    "text": Style(),
}
_CARD = {Role.HEADLINE: "heading", Role.LINK: "link"}
_STRONG = Style(bold=True, color="yellow")


@in_its_language
def reply_text(reply: Reply, *, timezone: str, now: datetime) -> str:
    """The answer as plain text, ending in a newline.

    Args:
        reply: the answer.
        timezone: IANA name; times of cards are told by its wall clock.
        now: the year is told where it is not this one's.
    """
    return "".join(f"{line.plain}\n" for line in _drawn(reply, timezone, now))


@in_its_language
def reply_drawn(reply: Reply, *, timezone: str, now: datetime, width: int) -> str:
    """The same for a terminal with colours, ``width`` columns wide."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=True,
        color_system="standard",
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for line in _drawn(reply, timezone, now):
        console.print(line)
    return out.getvalue()


def _drawn(reply: Reply, timezone: str, now: datetime) -> Iterator[Text]:
    yield Text(reply.title, style=_STYLES["title"])
    for section in reply.sections:
        yield from _section(section)
    for item in reply.items:
        yield Text()
        for line in lines(item, Action.POST, timezone=timezone, now=now):
            yield _text(line.text, _CARD.get(line.role, "text"), line.matched if line.role is Role.SENTENCE else ())


def _section(section: Section) -> Iterator[Text]:
    yield Text()
    if section.heading:
        yield Text(section.heading, style=_STYLES["heading"])
    if section.text:
        yield from (_text(line, "text", section.strong) for line in section.text.split("\n"))
    width = max((len(name) for name, _ in section.fields), default=0)
    for name, value in section.fields:
        yield Text.assemble((_INDENT + name.ljust(width), _STYLES["name"]), _INDENT, value)
    for link in section.links:
        yield Text(link.text, style=_STYLES["heading"])
        if link.url:
            yield Text(_INDENT + link.url, style=_STYLES["link"] + Style(link=link.url))
    if section.code:
        yield from (Text(_INDENT + line, style=_STYLES["code"]) for line in section.code.split("\n"))


def _text(text: str, style: str, strong: tuple[str, ...] = ()) -> Text:
    shown = Text(text, style=_STYLES[style])
    if strong:
        shown.highlight_words(strong, style=_STRONG, case_sensitive=True)
    return shown
