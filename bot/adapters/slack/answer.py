"""The answer to a command as Slack's blocks. Pure; not in ``render``, for it knows what a Reply is.

Promises: the answer is within Slack's limits, and says so where it had to be cut, never at the cost of its buttons; every text
is escaped here, since a Reply is inert but not escaped. Links are named as ``escape`` names them. What can be pressed says in
its value what it asks, and in its ``action_id`` how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.slack.escape import calm, code, label, linked, mrkdwn, width
from bot.adapters.slack.limits import (
    ACTIONS,
    ALT_TEXT,
    ANSWER_TEXT,
    BLOCKS,
    BUTTON_TEXT,
    BUTTON_VALUE,
    CONFIRM_TEXT,
    CONFIRM_TITLE,
    CONFIRM_WORD,
    NOTIFICATION,
    SECTION_TEXT,
)
from bot.adapters.slack.render import ASK, Block, card, context, plain_text, section, text_width
from bot.commands.reply import Button, Picture, Reply, Section
from bot.core.spoken import in_its_language, later, tr
from bot.text.inert import clip

LINE = 1_000
"""Characters of one line of an answer."""
CODE = 2_500
"""Characters of one block of code, which cannot be divided."""
FORM = "form"
"""``action_id`` of the button that opens a form; its value is what is asked to get it."""
CUT = later("The answer is longer than Slack shows. Ask for less, or in the terminal: watchlamp watch.")


@in_its_language
def reply_payload(reply: Reply, *, timezone: str, now: datetime, again: str = "", file: str = "") -> dict[str, Any]:
    """The answer as ``text``, ``blocks`` and no previews.

    Args:
        reply: the answer.
        timezone: IANA name; times of cards are told by its wall clock.
        now: the year is told where it is not this one's.
        again: what was asked, so that a form of the answer can be opened; empty where it cannot be asked again.
        file: Slack's id of the uploaded picture; empty where there is none, then its words are shown.
    """
    return {
        "text": mrkdwn(reply.title, NOTIFICATION - 1) or tr("Answer"),
        "blocks": reply_blocks(reply, timezone=timezone, now=now, again=again, file=file),
        "unfurl_links": False,
        "unfurl_media": False,
    }


@in_its_language
def reply_blocks(
    reply: Reply, *, timezone: str, now: datetime, again: str = "", file: str = "", most: int = BLOCKS, text: int = ANSWER_TEXT
) -> list[Block]:
    """The answer's blocks, ``most`` at most and with ``text`` characters of text; the rest as of ``reply_payload``."""
    tail = _buttons(reply.buttons, again if reply.form is not None else "")
    return [*_within_limits(_blocks(reply, timezone, now, file), most - len(tail), text), *tail]


def section_blocks(sections: Iterable[Section]) -> list[Block]:
    """Parts of an answer as blocks."""
    return [section(text) for part in sections for text in _texts(part)]


def _blocks(reply: Reply, timezone: str, now: datetime, file: str) -> Iterator[Block]:
    yield section(f"*{mrkdwn(reply.title, LINE, bold=True) or tr('Answer')}*")
    yield from section_blocks(reply.sections)
    if reply.picture is not None:
        yield _picture(reply.picture, file)
    for item in reply.items:
        yield from card(item, timezone=timezone, now=now)


def _within_limits(blocks: Iterable[Block], most: int, text: int) -> list[Block]:
    kept: list[Block] = []
    room = text
    for block in blocks:
        room -= text_width((block,))
        if room < 0 or len(kept) == most - 1:
            return [*kept, context(tr(CUT))]
        kept.append(block)
    return kept


def _picture(picture: Picture, file: str) -> Block:
    told = label(picture.words, ALT_TEXT) or tr("A picture")
    if not file:
        words = mrkdwn(picture.words, LINE)
        return context(tr("Picture: {words}", words=words) if words else tr("There is a picture that is not shown here."))
    return {"type": "image", "slack_file": {"id": file}, "alt_text": told}


def _buttons(buttons: Sequence[Button], again: str) -> list[Block]:
    """One row of what can be pressed; a form comes first, since it is what was asked for."""
    elements = [_button(f"{ASK}{number}", button) for number, button in enumerate(buttons[: ACTIONS - 1])]
    if again and len(again) <= BUTTON_VALUE:
        words = plain_text(tr("Open the form"), BUTTON_TEXT)
        elements.insert(0, {"type": "button", "action_id": FORM, "value": again, "text": words, "style": "primary"})
    return [{"type": "actions", "elements": elements}] if elements else []


def _button(action: str, button: Button) -> Block:
    shown: Block = {
        "type": "button",
        "action_id": action,
        "value": button.words,
        "text": plain_text(button.label or button.words, BUTTON_TEXT),
    }
    if button.danger:
        shown["style"] = "danger"
    if button.confirm:
        shown["confirm"] = {
            "title": plain_text(button.label or button.words, CONFIRM_TITLE),
            "text": plain_text(button.confirm, CONFIRM_TEXT),
            "confirm": plain_text(tr("Yes"), CONFIRM_WORD),
            "deny": plain_text(tr("No"), CONFIRM_WORD),
            **({"style": "danger"} if button.danger else {}),
        }
    return shown


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
