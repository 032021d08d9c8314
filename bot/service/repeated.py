"""Keep lines that a site prints under many of its articles out of them, before they are matched.

Promises: what is learnt outlives the process, saved at intervals and at a clean stop (a crash loses one interval); whatever goes
wrong with it is told and done without. Must never hold up an article, nor change a title.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.clock import Clock
from bot.core.model import Item, TextState
from bot.service.kept import FactStore, Kept, recalled
from bot.text import furniture
from bot.text.boilerplate import PAYWALLED
from bot.text.repeats import Repeats, speaks_to_reader
from bot.text.sentences import split
from bot.text.urls import host

FACT = "repeated_lines"
"""Name under which the store keeps them."""

ONLY_REPEATED = "The article's page holds nothing but lines that its site prints everywhere."

_LEAD = 600
"""A text of fewer characters beside a line that asks for a subscription is the lead only, as for pages."""

_MOST_LINES = 2000
"""Lines above which a text is taken as it is: one of 300 characters costs 50 µs, and all else waits meanwhile."""

_LONGEST_NOTE = 300
"""Characters above which a paragraph that begins like a remark is news, not a remark about the text."""

_UPDATE = re.compile(r"^updated?\b", re.IGNORECASE)
_ABOUT_ITSELF = re.compile(
    r"\b(?:article|story|post|piece|column|page|version|headline|byline|caption|entry|transcript)\b|"
    r"\b(?:adds?|added|includes?|clarif\w+|corrects?|corrected|reflects?)\b",
    re.IGNORECASE,
)
"""What an update says of the text; without such a word it tells what happened since."""


async def remembered(store: FactStore) -> Repeats:
    """What earlier runs learnt; nothing, told in the log, if that cannot be read."""
    return await recalled(store, FACT, Repeats.from_json, Repeats)


class OwnWords:
    """Reduces items to their articles' own words.

    Args:
        repeats: what was learnt before; reading changes it.
        store: where it is kept.
        clock: tells how long ago it was saved.
    """

    def __init__(self, repeats: Repeats, *, store: FactStore, clock: Clock) -> None:
        self._repeats = repeats
        self._kept = Kept(FACT, repeats.copy, store=store, clock=clock)

    def of(self, item: Item) -> Item:
        """The item without lines that are not its article's; remarks about the article become notes. To be asked once an item."""
        if not item.content_text or item.content_text.count("\n") > _MOST_LINES:
            return item
        item = with_notes_apart(item)
        where = host(item.canonical_url or item.url or "")
        if where is None or not item.content_text:
            return item
        self._kept.changed()
        text = self._repeats.own_lines(where, item.canonical_url or item.id, item.title, item.content_text)
        if text:
            return replace(item, content_text=text)
        return replace(item, content_text="", text_state=_state(item, ""), notes=(*item.notes, ONLY_REPEATED))

    async def keep_up(self) -> None:
        """Save if it is time; to be called often.

        Raises:
            WorkError: the database does not answer; what was learnt is saved at the next interval.
        """
        await self._kept.keep_up()

    async def close(self) -> None:
        """Save what is not saved yet; a database that does not answer is told in the log."""
        await self._kept.close()


def with_notes_apart(item: Item) -> Item:
    """The item with remarks about its text as notes: updated, corrected, taken over, under embargo, behind a paywall.

    An update that tells what happened since is news and stays text; what stands in one line with a call to subscribe stays too.
    A text of remarks alone stays whole.
    """
    kept: list[str] = []
    notes: list[str] = []
    asks = False
    for paragraph in item.content_text.split("\n\n"):
        lines = []
        for line in paragraph.split("\n"):
            if _is_note(line):
                notes.append(line)
            elif furniture.is_paywall(line):
                asks = True
                lines += [rest] if (rest := _without_call(line)) else []
            else:
                lines.append(line)
        if lines:
            kept.append("\n".join(lines))
    if not notes and not asks:
        return item
    text = "\n\n".join(kept)
    if not text and not asks:
        return item
    lead_only = asks and len(text) < _LEAD
    said = [*item.notes, *notes, *([PAYWALLED] if lead_only else [])]
    state = _state(item, text) if lead_only or not text else item.text_state
    return replace(item, content_text=text, text_state=state, notes=tuple(dict.fromkeys(said)))


def _is_note(line: str) -> bool:
    if len(line) > _LONGEST_NOTE or not furniture.is_note(line):
        return False
    return _UPDATE.match(line) is None or _ABOUT_ITSELF.search(line) is not None


def _without_call(line: str) -> str:
    """What a line that asks for a subscription says beside that."""
    if len(own := split(line)) < 2:
        return ""
    return " ".join(sentence for sentence in own if not furniture.is_paywall(sentence) and not speaks_to_reader(sentence))


def _state(item: Item, text: str) -> TextState:
    """What an item has that lost its text or has the lead of it only."""
    return TextState.EXCERPT if item.summary or text else TextState.NONE
