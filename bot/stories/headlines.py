"""What a message says of a headline that its publisher changed after readers had seen it.

Promises: nothing is said of a change that no reader of the channel could have noticed. Never judges which headline is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.stories import HeadlineChange
from bot.text.telling import say_when


def changed_note(headline: str, changes: Sequence[HeadlineChange], shown_since: datetime | None, zone: str) -> str | None:
    """``Headline changed Tue 10 March, 14:05 CET, from "…".``; None if readers have seen no other headline.

    Args:
        headline: as it reads now.
        changes: of this article, oldest first.
        shown_since: when the channel's message was first shown, or None if it was not yet.
        zone: IANA name of the channel's zone.
    """
    seen = [change for change in changes if shown_since is not None and change.noticed_at >= shown_since]
    if not seen or seen[0].before.split() == headline.split():
        return None
    last = seen[-1].noticed_at
    return f'Headline changed {say_when(last, ZoneInfo(zone), last)}, from "{seen[0].before}".'
