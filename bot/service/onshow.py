"""What readers of a channel see of a story now, as its rows tell.

Promises: goes by what was sent or is about to be, never by what is only planned. Asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.model import Channel
from bot.core.stories import HeadlineChange
from bot.stories.headlines import changed_note
from bot.stories.summary import StoryItem, lead_member

SHOWN = frozenset({DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.IN_DOUBT})
"""Readers see it, or may see it in a moment."""
TELLS = frozenset({Action.POST, Action.EDIT})
"""A row of these says the story's message as it reads since."""


def is_out(rows: Iterable[Delivery]) -> bool:
    """Whether a message of its own tells the story in the channel."""
    return any(row.action is Action.POST and row.state in SHOWN for row in rows)


def shown_sentences(rows: Iterable[Delivery]) -> tuple[str, ...]:
    """The sentences of a story that readers see in a channel now, as far as its rows tell."""
    told = [row for row in rows if row.action in TELLS and row.state in SHOWN and isinstance(row.message, StoryMessage)]
    last = max(told, key=lambda row: row.sequence, default=None)
    return last.message.sentences if last is not None and isinstance(last.message, StoryMessage) else ()


def noted(
    message: StoryMessage,
    members: Sequence[StoryItem],
    channel: Channel,
    rows: Sequence[Delivery],
    headlines: Mapping[str, Sequence[HeadlineChange]],
) -> StoryMessage:
    """The message with a note on its headline, if readers of the channel have seen another one.

    Args:
        message: as composed.
        members: the story's.
        channel: where.
        rows: of the story in the channel.
        headlines: what changed in headlines, by item id.
    """
    lead = lead_member(sorted(members, key=lambda member: member.order), backfill=channel.settings.backfill).item.id
    if lead not in headlines:
        return message
    since = min((row.updated_at for row in rows if row.action is Action.POST and row.state in SHOWN), default=None)
    note = changed_note(message.headline, headlines[lead], since, channel.settings.timezone)
    return message if note is None else replace(message, notes=(note, *message.notes))
