"""A delivery as the document of a call (docs/webhooks.md). Pure.

Promises: plain data, the same for every try of a delivery in the same state; every text that a source wrote is inert and has a
limit, every address is one that may be followed, or null; keys never disappear, what is not known is null. What may be done with
the texts on the receiver's side (HTML, chat marks) is the receiver's to escape.
"""

from __future__ import annotations

import json
from typing import Any

from bot.core.clock import format_instant
from bot.core.deliveries import Action, Delivery
from bot.core.messages import DigestMessage, Message, NoticeMessage, ReminderMessage, StoryMessage, UpdateMessage
from bot.core.model import Channel
from bot.text.inert import plain, shown_host, shown_url
from bot.text.telling import HEADLINE, NAME, NOTICE_LINE, UNTITLED

SENTENCE = 600
SENTENCES = 3
NOTE = 500
NAMES = 20
STORIES = 100
LINES = 100
"""Most code points of each part and most entries of each list; ``more`` counts the rest of stories and lines. Ours: the largest
digest of Latin letters stays under the megabyte at which web servers refuse a document by default (nginx's client_max_body_size);
one of nothing but emoji would be twice that."""

_VERBS = {
    Action.POST: "posted",
    Action.DIGEST: "posted",
    Action.EDIT: "edited",
    Action.REPLY: "replied",
    Action.REMIND: "reminded",
}


def event_type(message: Message, action: Action) -> str:
    """``story.posted``, ``story.edited``, ``digest.posted``, ``notice.posted``: what is told, and what becomes of it."""
    return f"{_kind(message)}.{_VERBS[action]}"


def document(delivery: Delivery, message: Message, channel: Channel, *, text: str) -> bytes:
    """The body of a call.

    Args:
        delivery: what is sent.
        message: its message.
        channel: where to.
        text: the message as lines of plain text.
    """
    told: dict[str, Any] = {
        "type": event_type(message, delivery.action),
        "timestamp": format_instant(delivery.created_at),
        "data": {
            "delivery": delivery.id,
            "post": delivery.target_ref,
            "channel": channel.id,
            "action": str(delivery.action),
            "reason": str(delivery.reason),
            "story_id": delivery.story_id,
            "story_ids": list(delivery.story_ids),
            "message": _message(message),
            "text": text,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _kind(message: Message) -> str:
    match message:
        case StoryMessage():
            return "story"
        case DigestMessage():
            return "digest"
        case NoticeMessage():
            return "notice"
        case UpdateMessage():
            return "update"
        case ReminderMessage():
            return "reminder"


def _message(message: Message) -> dict[str, Any]:
    match message:
        case StoryMessage():
            return _story(message)
        case DigestMessage():
            return {
                "title": plain(message.title, HEADLINE),
                "stories": [_story(story) for story in message.stories[:STORIES]],
                "more": max(len(message.stories) - STORIES, 0),
                "note": plain(message.note, NOTE) or None,
                "repeated": message.repeated,
            }
        case NoticeMessage():
            return {
                "title": plain(message.title, HEADLINE),
                "lines": _texts(message.lines[:LINES], NOTICE_LINE, LINES),
                "more": max(len(message.lines) - LINES, 0),
                "repeated": message.repeated,
            }
        case UpdateMessage():
            return {
                **_of_story(message),
                "update": str(message.update),
                "published": message.published and format_instant(message.published),
                "sentences": _texts(message.sentences, SENTENCE, SENTENCES),
                "before": plain(message.before, HEADLINE) or None,
                "level": str(message.level),
            }
        case ReminderMessage():
            return {
                **_of_story(message),
                "due": format_instant(message.due),
                "said": message.said and format_instant(message.said),
                "asked": message.asked and format_instant(message.asked),
                "sentence": plain(message.sentence, SENTENCE) or None,
                "note": plain(message.note, NOTE) or None,
            }


def _of_story(message: UpdateMessage | ReminderMessage) -> dict[str, Any]:
    """What news of a story and a reminder have in common."""
    return {
        "story_id": message.story_id,
        "title": plain(message.headline, HEADLINE) or UNTITLED,
        "url": shown_url(message.url),
        "host": shown_host(message.url),
        "outlet": plain(message.outlet or "", NAME) or None,
        "date": message.date or None,
        "precision": str(message.precision),
        "kind": message.commitment or None,
        "repeated": message.repeated,
    }


def _story(message: StoryMessage) -> dict[str, Any]:
    follows = None
    if message.follows is not None:
        headline, published = message.follows
        follows = {"title": plain(headline, HEADLINE) or UNTITLED, "published": published and format_instant(published)}
    return {
        "story_id": message.story_id,
        "title": plain(message.headline, HEADLINE) or UNTITLED,
        "url": shown_url(message.url),
        "host": shown_host(message.url),
        "sentences": _texts(message.sentences, SENTENCE, SENTENCES),
        "outlet": plain(message.outlet or "", NAME) or None,
        "published": message.published and format_instant(message.published),
        "also": _texts(message.also, NAME, NAMES),
        "independent": message.independent,
        "copies": message.copies,
        "rules": [{"id": plain(rule_id, NAME), "title": plain(title, NAME) or None} for rule_id, title in message.rules[:NAMES]],
        "matched": _texts(message.matched, NAME, NAMES),
        "follows": follows,
        "level": str(message.level),
        "notes": _texts(message.notes, NOTE, SENTENCES),
        "goes_on_as": None if message.pointer is None else plain(message.pointer, HEADLINE) or UNTITLED,
        "withdrawn": plain(message.withdrawn, NOTE) or None,
        "repeated": message.repeated,
    }


def _texts(texts: tuple[str, ...], room: int, most: int) -> list[str]:
    """Those of which something is left, each within its room."""
    return [text for given in texts[:most] if (text := plain(given, room))]
