"""Keep lines that a site prints under many of its articles out of them, before they are matched.

Promises: what is learnt outlives the process, saved at intervals and at a clean stop (a crash loses one interval); whatever goes
wrong with it is told and done without. Must never hold up an article, nor change a title.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.clock import Clock
from bot.core.model import Item, TextState
from bot.service.kept import FactStore, Kept, recalled
from bot.text import remarks
from bot.text.boilerplate import PAYWALLED
from bot.text.repeats import Repeats
from bot.text.urls import host

FACT = "repeated_lines"
"""Name under which the store keeps them."""

ONLY_REPEATED = "The article's page holds nothing but lines that its site prints everywhere."

_LEAD = 600
"""A text of fewer characters beside a line that asks for a subscription is the lead only, as for pages."""

_MOST_LINES = 2000
"""Lines above which a text is taken as it is: one of 300 characters costs 50 µs, and all else waits meanwhile."""


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
        self._store = store
        self._clock = clock
        self._repeats = repeats
        self._kept = Kept(FACT, repeats.copy, store=store, clock=clock)

    def renew(self, repeats: Repeats) -> None:
        """Go on from what another process has learnt meanwhile; what was learnt here and not saved is dropped."""
        self._repeats = repeats
        self._kept = Kept(FACT, repeats.copy, store=self._store, clock=self._clock)

    def of(self, item: Item) -> Item:
        """The item without lines that are not its article's; remarks about the article become notes.

        To be asked once for each text that a source gives; asking again for the same article teaches nothing.
        """
        if not item.content_text or item.content_text.count("\n") > _MOST_LINES:
            return item
        item = with_notes_apart(item)
        where = host(item.canonical_url or item.url or "")
        if where is None or not item.content_text:
            return item
        self._kept.changed()
        text = self._repeats.own_lines(where, item.canonical_url or item.id, item.title, item.content_text)
        notes = tuple(note for note in item.notes if note != ONLY_REPEATED)  # said of the text that it had before
        if text:
            return replace(item, content_text=text, notes=notes)
        return replace(item, content_text="", text_state=_state(item, ""), notes=(*notes, ONLY_REPEATED))

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

    An update that tells what happened since is news and stays text; so does what else stands in a line with a remark or a call.
    A text of remarks alone stays whole.
    """
    kept: list[str] = []
    notes: list[str] = []
    asks = False
    for paragraph in item.content_text.split("\n\n"):
        lines = []
        for line in paragraph.split("\n"):
            parts = remarks.apart(line)
            notes += parts.notes
            asks = asks or parts.asks
            if parts.text or not line:
                lines.append(parts.text)
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


def _state(item: Item, text: str) -> TextState:
    """What an item has that lost its text or has the lead of it only."""
    return TextState.EXCERPT if item.summary or text else TextState.NONE
