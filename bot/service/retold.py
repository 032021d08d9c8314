"""What may be told under the message of a story that a channel was told of, put together for the planner.

Promises: asks nobody: what it needs comes in, and what is costly is asked for only where it matters. Never decides what is worth
telling (``bot.stories.news``), nor when (``bot.outbox.plan``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage, Update, UpdateMessage
from bot.core.model import Channel, Commitment, Item
from bot.core.stories import HeadlineChange
from bot.outbox.plan import NewsFacts
from bot.service.onshow import SHOWN, TELLS, is_out
from bot.stories.commitments import commitments
from bot.stories.news import Brought, first_date, news
from bot.stories.outlets import Owners
from bot.stories.summary import StoryItem


@dataclass(frozen=True, slots=True)
class Happened:
    """What a commit did to a story, beside what arrived.

    Attributes:
        reworded: articles whose words were changed, as they read before, by id.
        headlines: what changed in headlines, by article.
        promised: what the story promised before; empty where it was not told before.
        promises: what it promises now.
    """

    promises: Callable[[], Sequence[Commitment]]
    reworded: Mapping[str, Item] = field(default_factory=dict)
    headlines: Mapping[str, Sequence[HeadlineChange]] = field(default_factory=dict)
    promised: Sequence[Commitment] = ()


def promised_before(members: Sequence[StoryItem], joined: Collection[str], before: Mapping[str, Item]) -> tuple[Commitment, ...]:
    """What a story promised before a commit, to who has these articles of it.

    Args:
        members: its articles as one has them now.
        joined: those that the commit brought.
        before: those that it changed, as they read before.
    """
    known = [member for member in members if member.item.id not in joined]
    return commitments([replace(member, item=before.get(member.item.id, member.item)) for member in known])


def may_tell(
    message: StoryMessage,
    members: Sequence[StoryItem],
    channel: Channel,
    rows: Sequence[Delivery],
    *,
    facts: NewsFacts,
    happened: Happened,
    owners: Owners,
    now: datetime,
    followed: bool = False,
) -> tuple[UpdateMessage, ...]:
    """What may be told under the message, the most important first; under one to be posted, a date to remember.

    Args:
        message: the story's, as it reads now.
        members: of the story.
        channel: where.
        rows: of the story in the channel.
        facts: what arrived.
        happened: what else the commit did.
        owners: who owns which outlets.
        now: the present instant.
        followed: people here want to hear of every further report.
    """
    settings = channel.settings
    if settings.updates == "off":
        return ()
    out = is_out(rows)
    if not out and settings.digest:
        return ()
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    if not out:
        return first_date(message, members, Brought(today, happened.promises))
    replies = [row for row in rows if row.action is Action.REPLY and row.state in (*SHOWN, DeliveryState.PENDING)]
    updates = [(row.state, row.message) for row in replies if isinstance(row.message, UpdateMessage)]
    retitled = [one.headline for state, one in updates if one.update is Update.HEADLINE and state in SHOWN]
    told = [one for state, one in updates if state in SHOWN or one.update is not Update.HEADLINE]  # one that waits may be replaced
    brought = Brought(
        today=today,
        promises=happened.promises,
        reports=facts.own_reports(settings, now),
        joined=facts.fresh(settings, now),
        reworded=happened.reworded,
        headlines=happened.headlines,
        promised=happened.promised,
        told=[text for one in told for text in (one.headline, *one.sentences)],
        announced=retitled,
        headline=_headline(rows),
        followed=followed,
    )
    return news(message, members, brought, backfill=settings.backfill, owners=owners)


def _headline(rows: Iterable[Delivery]) -> str | None:
    """The headline that the message shows now; None if the words of its row are not kept."""
    shown = [row for row in rows if row.action in TELLS and row.state in SHOWN]
    last = max(shown, key=lambda row: row.sequence).message if shown else None
    return last.headline if isinstance(last, StoryMessage) else None
