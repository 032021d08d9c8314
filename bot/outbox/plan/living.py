"""The living message of a story: while it waits it leaves with the newer words, once it is out it is edited. Pure.

Promises: an edit only where its readers would learn something, at most every ``group_interval``; a message that a person deleted
stays deleted. Never changes a row that is on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.outbox import Revision
from bot.core.reasons import Reason
from bot.outbox.levels import breaks_through
from bot.outbox.plan.ask import SAID, Ask, Plan, join, may_be_read
from bot.outbox.plan.replies import beside


def improve(ask: Ask, living: Delivery, history: Sequence[Delivery] = ()) -> Plan:
    """The post has not left: it leaves with the newer words, when it would have left anyway; a date may follow it.

    Args:
        ask: the question.
        living: the post.
        history: every row of the story here, by ``sequence``; without it nothing follows.
    """
    return join(_improved(ask, living), beside(ask, living, history) if history else Plan())


def _improved(ask: Ask, living: Delivery) -> Plan:
    adopted = None if living.story_id == ask.story.id else ask.story.id
    if living.state is DeliveryState.HELD and breaks_through(ask.message.level, ask.channel.settings) and not ask.muted:
        state, reason = DeliveryState.PENDING, Reason.URGENT
        released = Revision(living.id, living.state, ask.message, state, reason, not_before=ask.now, story_id=adopted)
        return Plan(revisions=(released,))
    if living.message == ask.message and adopted is None:
        return Plan(silence=ask.silence)
    revision = Revision(delivery_id=living.id, expected=living.state, message=ask.message, story_id=adopted)
    return Plan(revisions=(revision,))


def keep_true(ask: Ask, living: Delivery, history: Sequence[Delivery], others: Sequence[Delivery]) -> Plan:
    """The post is out, or may be: edit it if its readers would learn something."""
    elsewhere = {row.story_id for row in others if may_be_read(row)}
    edits = [
        row for row in history if row.action is Action.EDIT and row.story_id not in elsewhere and row.sequence > living.sequence
    ]
    adopted = _adopt(ask, living)
    if any(row.reason is Reason.MESSAGE_GONE for row in (living, *edits)):
        return replace(adopted, silence=Reason.MESSAGE_GONE)
    if living.state is DeliveryState.HELD:
        return replace(adopted, silence=Reason.IN_DOUBT)
    current = [row for row in (living, *edits) if row.state in SAID or row.state is DeliveryState.PENDING]
    last = current[-1]
    reason = _difference(last.message, ask)
    if reason is None:
        return replace(adopted, silence=ask.silence)
    if last.action is Action.EDIT and last.state is DeliveryState.PENDING:
        unpointed = reason if reason is Reason.TAKEN_APART else None
        revision = Revision(delivery_id=last.id, expected=DeliveryState.PENDING, message=ask.message, reason=unpointed)
        return replace(adopted, revisions=(*adopted.revisions, revision))
    due = max(ask.now, min(last.updated_at, ask.now) + ask.channel.settings.group_interval)
    edit = ask.row(Action.EDIT, DeliveryState.PENDING, reason, ask.message, due, history=history, target=living)
    return replace(adopted, new=(edit,))


def _adopt(ask: Ask, living: Delivery) -> Plan:
    """A message of a story merged into this one becomes this story's own, so that the next look finds it under its name.

    Its words stay as they are, so this is no change behind the sender's back even if it is on its way.
    """
    if living.story_id == ask.story.id:
        return Plan()
    return Plan(revisions=(Revision(delivery_id=living.id, expected=living.state, story_id=ask.story.id),))


def _difference(shown: object, ask: Ask) -> Reason | None:
    """What a reader of ``shown`` would learn from the new message; None if nothing worth an edit."""
    if not isinstance(shown, StoryMessage):  # the payload of an old row is not kept
        return None if ask.repeats_only else Reason.NEW_OUTLET
    if shown.pointer is not None:
        return Reason.TAKEN_APART
    if _facts(shown) == _facts(ask.message) and (ask.repeats_only or _reach(shown) == _reach(ask.message)):
        return None
    if ask.edits_only:
        return Reason.REVISED
    wider = ask.message.independent > shown.independent or not set(ask.message.also) <= set(shown.also)
    return Reason.NEW_OUTLET if wider else Reason.BETTER_SOURCE


def _facts(message: StoryMessage) -> tuple[object, ...]:
    """What is worth an edit whoever brought it."""
    return (
        message.headline,
        message.url,
        message.sentences,
        message.outlet,
        message.published,
        message.independent,
        message.follows,
        message.notes,
    )


def _reach(message: StoryMessage) -> tuple[object, ...]:
    """What is worth an edit only if a report of its own brought it."""
    return (message.also, message.rules)
