"""The answer to a command as Slack's blocks. Pure; not in ``render``, for it knows what a Reply is.

Promises: the answer is within Slack's limits, and says so where it had to be cut; every text is escaped here, since a Reply
is inert but not escaped. Links are named as ``escape`` names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.slack.escape import calm, code, linked, mrkdwn, width
from bot.adapters.slack.limits import ANSWER_TEXT, BLOCKS, NOTIFICATION, SECTION_TEXT
from bot.adapters.slack.render import Block, card, context, section, text_width
from bot.commands.reply import Reply, Section
from bot.text.inert import clip

LINE = 1_000
"""Characters of one line of an answer."""
CODE = 2_500
"""Characters of one block of code, which cannot be divided."""
CUT = "The answer is longer than Slack shows. Ask for less, or in the terminal: watchlamp watch."


def reply_payload(reply: Reply, *, timezone: str, now: datetime) -> dict[str, Any]:
    """The answer as ``text``, ``blocks`` and no previews.

    Args:
        reply: the answer.
        timezone: IANA name; times of cards are told by its wall clock.
        now: the year is told where it is not this one's.
    """
    blocks = _within_limits(_blocks(reply, timezone, now))
    return {
        "text": mrkdwn(reply.title, NOTIFICATION - 1) or "Answer",
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(reply: Reply, timezone: str, now: datetime) -> Iterator[Block]:
    yield section(f"*{mrkdwn(reply.title, LINE, bold=True) or 'Answer'}*")
    for part in reply.sections:
        yield from (section(text) for text in _texts(part))
    for item in reply.items:
        yield from card(item, timezone=timezone, now=now)


def _within_limits(blocks: Iterable[Block]) -> list[Block]:
    kept: list[Block] = []
    room = ANSWER_TEXT
    for block in blocks:
        room -= text_width((block,))
        if room < 0 or len(kept) == BLOCKS - 1:
            return [*kept, context(CUT)]
        kept.append(block)
    return kept


def _texts(part: Section) -> Iterator[str]:
    """The lines of a part, as few texts as a section's limit allows; code stands alone."""
    lines = [f"*{mrkdwn(part.heading, LINE, bold=True)}*"] if part.heading else []
    lines += [_pointed_out(clip(line, LINE), part.strong) for line in part.text.split("\n") if part.text]
    lines += [f"*{mrkdwn(name, LINE, bold=True)}*  {mrkdwn(value, LINE)}" for name, value in part.fields]
    lines += [linked(link.text or link.url, link.url or None, LINE) for link in part.links if link.text or link.url]
    yield from _packed(lines)
    if part.code:
        yield f"```{_code(part.code)}```"


def _packed(lines: Sequence[str]) -> Iterator[str]:
    packed = ""
    for line in lines:
        longer = f"{packed}\n{line}" if packed else line
        if width(longer) > SECTION_TEXT and packed:
            yield packed
            longer = line
        packed = longer
    if packed.strip():
        yield packed


def _pointed_out(line: str, strong: Sequence[str]) -> str:
    """The line escaped, with the words of ``strong`` in bold; words that hold an asterisk stay as they are."""
    words = sorted({word for word in strong if "*" not in word}, key=len, reverse=True)
    if not words:
        return mrkdwn(line, LINE)
    pieces = re.split("(" + "|".join(map(re.escape, words)) + ")", line)
    told = "".join(f"*{calm(piece)}*" if at % 2 else calm(piece) for at, piece in enumerate(pieces))
    return told if width(told) <= LINE * 2 else mrkdwn(line, LINE)


def _code(text: str) -> str:
    """Lines of code, cut where no room is left; a fence inside them would end the block."""
    kept: list[str] = []
    room = CODE
    for line in text.split("\n"):
        shown = code(line, LINE)
        room -= width(shown) + 1
        if room < 0:
            kept.append("…")
            break
        kept.append(shown)
    return "\n".join(kept)
