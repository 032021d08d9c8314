"""A Reply as Discord's embeds and buttons. Pure.

Promises: what is said is what the Reply says; every text went through ``escape``; the whole answer is within Discord's
limits, and what has no room is counted, never cut in the middle of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.adapters.discord.components import DANGER, SECONDARY, Body, Press, button, custom_id, rows
from bot.adapters.discord.escape import escaped, linked, markdown
from bot.adapters.discord.limits import EMBED_DESCRIPTION, EMBED_TITLE, EMBED_TOTAL, EMBEDS, NOTE, units
from bot.adapters.discord.render import NOBODY, card, embed_units
from bot.commands.reply import Button, Picture, Reply, Section
from bot.core.spoken import in_its_language, later, tr

_CALM, _TROUBLE = 0x2563EB, 0xD97706
_LINE = 1_000
"""Most characters of one line of an answer, and _LABEL of a heading or a name."""
_LABEL = 200
_PICTURE_NAME = 60
_MORE = later("and more, which has no room here")


@in_its_language
def reply_body(reply: Reply, *, timezone: str, now: datetime) -> Body:
    """The answer as the JSON body of a message: ``embeds``, ``components``, ``allowed_mentions``; its picture is a file beside it.

    Args:
        reply: what to say.
        timezone: IANA name; the cards' times are told by its wall clock.
        now: the year is told where it is not this one's.
    """
    colour = _TROUBLE if reply.error else _CALM
    first: Body = {"type": "rich", "title": markdown(reply.title, EMBED_TITLE) or "Answer", "color": colour}
    embeds = [first]
    for number, told in enumerate(_pages(reply.sections, EMBED_TOTAL - NOTE - units(first["title"]))):
        if number:
            embeds.append({"type": "rich", "color": colour})
        embeds[-1]["description"] = told
    if reply.picture is not None:
        embeds[-1]["image"] = {"url": f"attachment://{picture_name(reply.picture)}"}
    before = len(embeds)
    for story in reply.items:
        shown = card(story, timezone=timezone, now=now)
        if len(embeds) == EMBEDS or embed_units([*embeds, shown]) > EMBED_TOTAL - NOTE:
            embeds[-1].setdefault("footer", {"text": ""})
            left = len(reply.items) - len(embeds) + before
            embeds[-1]["footer"] = {"text": f"{embeds[-1]['footer']['text']} (and {left} more)".strip()}
            break
        embeds.append(shown)
    return {"embeds": embeds, "components": reply_rows(reply.buttons), "allowed_mentions": NOBODY}


def _pages(sections: Iterable[Section], most: int) -> list[str]:
    """Sections as the descriptions of as many embeds as they need, in at most so many characters of all together."""
    pages: list[list[str]] = [[]]
    for block in _fitting([block for section in sections for block in _apart(section)], most):
        if pages[-1] and units("\n".join((*pages[-1], block))) > EMBED_DESCRIPTION:
            pages.append([])
        pages[-1].append(block)
    return [told for page in pages if (told := "\n".join(page).strip("\n"))]


def told_in(sections: Iterable[Section], most: int) -> str:
    """Sections in Discord's markdown, in at most so many characters; what has no room is counted, never torn."""
    return "\n".join(_fitting([block for section in sections for block in _apart(section)], most)).strip("\n")


def reply_rows(buttons: Sequence[Button]) -> list[Body]:
    """The buttons below an answer; words that stand twice stand once, and words without room not at all."""
    once: dict[str, Button] = {}
    for one in buttons:
        once.setdefault(one.words, one)
    made = []
    for one in once.values():
        told = custom_id(Press.SURE if one.confirm else Press.ASK, one.words)
        if told:
            made.append(button(told, one.label, DANGER if one.danger else SECONDARY))
    return rows(made)


def picture_name(picture: Picture) -> str:
    """A name that Discord takes as it is: it changes others, and then the embed's picture is not found."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", picture.name.removesuffix(".png")).strip("_")
    return f"{stem[:_PICTURE_NAME] or 'picture'}.png"


def _apart(section: Section) -> Iterator[str]:
    """A section in pieces, with an empty line before it, as its heading or its first line begins with one."""
    for number, block in enumerate(_blocks(section)):
        yield block if number or block.startswith("\n") else f"\n{block}"


def _blocks(section: Section) -> Iterator[str]:
    """A section in pieces that must not be torn: a heading with its first line, a line, a fence of code."""
    lines = []
    lines += [_strong(line, section.strong) for line in section.text.split("\n") if line]
    lines += [f"**{markdown(name, _LABEL)}**: {markdown(value, _LINE)}" for name, value in section.fields]
    lines += [linked(link.text, link.url or None, _LABEL) for link in section.links]
    if section.code:
        lines.append(_fenced(section.code))
    if section.heading:
        yield "\n".join([f"\n**{markdown(section.heading, _LABEL)}**", *lines[:1]])
        lines = lines[1:]
    yield from lines


def _strong(line: str, strong: Iterable[str]) -> str:
    """A line with the strong words in bold. The words are looked for before anything is escaped."""
    wanted = sorted({word for word in strong if word}, key=len, reverse=True)
    if not wanted:
        return markdown(line, _LINE)
    kept = line[: _LINE // 2]
    parts = re.split(f"({'|'.join(map(re.escape, wanted))})", kept, flags=re.IGNORECASE)
    told = "".join(f"**{escaped(part)}**" if place % 2 else escaped(part) for place, part in enumerate(parts))
    if units(told) > _LINE:
        return markdown(line, _LINE)
    return told + ("…" if len(kept) < len(line) else "")


def _fenced(code: str) -> str:
    """Lines to be typed as they stand; nothing works in a fence, and nothing in it can end it."""
    return f"```\n{code.replace('`', 'ˋ')[:_LINE]}\n```"


def _fitting(blocks: Iterable[str], most: int) -> list[str]:
    told: list[str] = []
    more = f"-# {tr(_MORE)}"
    room = most - units(more) - 1
    for block in blocks:
        room -= units(block) + 1
        if room < 0:
            told.append(more)
            break
        told.append(block)
    return told
