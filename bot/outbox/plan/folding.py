"""Stories that proved to be one: the other messages become pointers to the one that goes on, or are not sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.outbox import NewDelivery, Revision
from bot.core.reasons import Reason
from bot.outbox.plan.ask import SAID, WAITING, Ask, Plan, may_be_read
from bot.outbox.plan.replies import drop_waiting


def folded(others: Sequence[Delivery], living: Delivery | None) -> frozenset[str]:
    """Names under which further messages of what is now one story are out or wait."""
    names = {row.story_id for row in others if row.story_id is not None and (may_be_read(row) or row.state in WAITING)}
    return frozenset(names - {None if living is None else living.story_id})


def fold(ask: Ask, others: Sequence[Delivery], history: Sequence[Delivery], living: Delivery | None = None) -> Plan:
    """The other messages of what is now one story: those out become pointers, those waiting are not sent.

    Args:
        ask: the question.
        others: posts beside the one that goes on.
        history: every row of the story here, by ``sequence``.
        living: the post that goes on; None where a digest told the story.
    """
    new: list[NewDelivery] = []
    revisions: list[Revision] = []
    for row in others:
        if may_be_read(row):
            pointer = _pointer(ask, row, history)
            new += pointer.new
            revisions += pointer.revisions
        elif row.state in WAITING:
            revisions.append(
                Revision(delivery_id=row.id, expected=row.state, state=DeliveryState.SKIPPED, reason=Reason.MERGED_AWAY)
            )
    revisions += drop_waiting(history, folded(others, living), Reason.MERGED_AWAY)
    return Plan(new=tuple(new), revisions=tuple(revisions))


def _pointer(ask: Ask, row: Delivery, history: Sequence[Delivery]) -> Plan:
    edits = [
        edit for edit in history if edit.action is Action.EDIT and edit.story_id == row.story_id and edit.sequence > row.sequence
    ]
    gone = any(edit.reason is Reason.MESSAGE_GONE for edit in edits)
    if row.state is DeliveryState.HELD or gone or (edits and _points(edits[-1])):
        return Plan()
    last = [edit for edit in (row, *edits) if edit.state in SAID or edit.state is DeliveryState.PENDING][-1]
    base = last.message if isinstance(last.message, StoryMessage) else replace(ask.message, story_id=row.story_id or "")
    message = replace(base, pointer=ask.message.headline, repeated=False)
    if last.action is Action.EDIT and last.state is DeliveryState.PENDING:
        return Plan(
            revisions=(Revision(delivery_id=last.id, expected=DeliveryState.PENDING, message=message, reason=Reason.MERGED),)
        )
    due = max(ask.now, min(last.updated_at, ask.now) + ask.channel.settings.group_interval)
    state = DeliveryState.PENDING
    return Plan(new=(ask.row(Action.EDIT, state, Reason.MERGED, message, due, history=history, story_id=row.story_id, target=row),))


def _points(edit: Delivery) -> bool:
    return edit.reason is Reason.MERGED or (isinstance(edit.message, StoryMessage) and edit.message.pointer is not None)
