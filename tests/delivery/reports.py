"""Reports about invented events, as many as a test wants: each event in words that no other event shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core.identity import content_hash, digest
from bot.core.model import Item, TextState
from bot.text.urls import canonical_url

_SYLLABLES = ("ba", "cor", "del", "fin", "gar", "hul", "jo", "kes", "lim", "mar", "nol", "pri", "rus", "sta", "tel", "vor")


def word(*seed: object) -> str:
    """An invented word of three syllables, always the same one for the same seed."""
    number = int(digest(*map(str, seed), size=4), 16)
    return "".join(_SYLLABLES[(number >> (4 * place)) % 16] for place in range(3))


def report(event: int, outlet: int, when: datetime | None, *, wording: int = 0, subject: str = "cameras", **changes: Any) -> Item:
    """What an outlet writes about an event; ``wording`` is another text about the same, and another headline."""
    own = [word(event, "subject", place) for place in range(12)]
    turned = own[wording % 5 :] + own[: wording % 5]
    town = own[0].title()
    title = f"{town} council {subject} watch the {turned[1]} and the {turned[2]} {turned[3]}"
    lines = [f"The {town} council {subject} were told to watch the {own[1]}, people near the {own[2]} said."]
    for place in range(5):
        first, second, third = (turned[(place + step) % 12] for step in (1, 4, 7))
        lines.append(f"A {first} of {town} asked the {second} why the {third} was seen by number {wording}{place}.")
    fields: dict[str, Any] = {
        "id": f"e{event}-o{outlet}-w{wording}",
        "source_id": f"outlet{outlet}",
        "guid": f"e{event}-o{outlet}-w{wording}",
        "title": title,
        "url": f"https://outlet{outlet}.example/{event}/{wording}",
        "content_text": " ".join(lines),
        "text_state": TextState.FULL,
        "outlet": f"Outlet {outlet}",
        "date_published": when,
        "first_seen": when,
        **changes,
    }
    fields["canonical_url"] = canonical_url(fields["url"]) if fields["url"] else None
    fields["content_hash"] = content_hash(fields["title"], "", fields["content_text"])
    return Item(**fields)
