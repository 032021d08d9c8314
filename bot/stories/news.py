"""What a commit brings to a story that is told already, each as a message of its own under the story's. Pure.

Promises: every text is a source's own; the most important first; nothing that is old, that a copy repeats, or that says the same in
other words. Never decides where and when it is told, or whether it was told before: that is the outbox's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.core.messages import StoryMessage, Update, UpdateMessage
from bot.core.model import Commitment, Item, Precision
from bot.core.stories import HeadlineChange
from bot.stories.candidates import content
from bot.stories.corrections import is_correction, takes_back
from bot.stories.dated import Expression, Form, expressions
from bot.stories.developments import SUBSTANCE, development
from bot.stories.outlets import SHIPPED, Owners, family, outlet_name
from bot.stories.summary import StoryItem, lead_member, summarise
from bot.text.urls import host, without_trackers

SURE = 0.75
"""Confidence from which a date found later is told: a written day with its reason beside it (``bot.stories.promises``)."""
SUREST = 0.85
"""Confidence from which a date that the first report names is told beside its message, which shows the article itself."""
ONE_DATE = timedelta(days=31)
"""How near to a known date another one of the same kind lies that is the same promise told again, or counted from another day."""

_NOT = frozenset({"not", "no", "never", "nor", "without", "cannot"})


@dataclass(frozen=True, slots=True)
class Brought:
    """What a commit brought to a story.

    Attributes:
        reports: ids of articles that are news to the channel: of their own words, neither old nor of a first poll.
        joined: ids of all articles that came with the commit and are not old, copies among them.
        reworded: articles whose words were changed, as they read before, by id.
        headlines: what changed in headlines, by article.
        promised: what the story promised before; None if it was not told before.
        promises: what it promises now; asked only where that is wanted.
        told: sentences of replies, those that wait among them.
        announced: headlines that replies told of.
        headline: as readers of the channel saw it last, or None.
        followed: people want to hear of every further report.
        today: the day on which this is decided.
    """

    today: date
    promises: Callable[[], Sequence[Commitment]]
    reports: Collection[str] = ()
    joined: Collection[str] = ()
    reworded: Mapping[str, Item] = field(default_factory=dict)
    headlines: Mapping[str, Sequence[HeadlineChange]] = field(default_factory=dict)
    promised: Sequence[Commitment] | None = None
    told: Sequence[str] = ()
    announced: Collection[str] = ()
    headline: str | None = None
    followed: bool = False


def news(
    message: StoryMessage, members: Sequence[StoryItem], brought: Brought, *, backfill: int = 0, owners: Owners = SHIPPED
) -> tuple[UpdateMessage, ...]:
    """What may be told under the message of a story, the most important first; at most one of a kind.

    Args:
        message: as it reads now.
        members: all the story's.
        brought: by the commit.
        backfill: as for ``compose``.
        owners: who owns which outlets.
    """
    ordered = sorted(members, key=lambda member: (member.order, member.item.id))
    by_id = {member.item.id: member for member in ordered}
    found = [_correction(message, by_id, brought)]
    new = _development(message, ordered, brought)
    date_told = _date(message, by_id, brought)
    if new is not None and date_told is not None and (new.url, new.headline) == (date_told.url, date_told.headline):
        quoted = tuple(dict.fromkeys((*new.sentences, *date_told.sentences)))
        new = replace(new, sentences=quoted, date=date_told.date, precision=date_told.precision, commitment=date_told.commitment)
        date_told = None
    found += [new, date_told, _retitled(message, ordered, brought, backfill)]
    found.append(_report(message, ordered, brought, owners) if brought.followed else None)
    return tuple(one for one in found if one is not None)


def first_date(message: StoryMessage, members: Sequence[StoryItem], brought: Brought) -> tuple[UpdateMessage, ...]:
    """The date that a story's first message is to be remembered by, if its reports name a day that is sure and still to come.

    A day that the message itself tells is known to its readers.
    """
    promises = brought.promises()
    days = [one for text in (message.headline, *message.sentences) for one in expressions(text) if one.form is Form.DAY]
    sure = [
        one for one in promises if one.confidence >= SUREST and one.precision is Precision.DAY and not _is_among(one.date, days)
    ]
    chosen = _surest(sure, brought.today)
    by_id = {member.item.id: member for member in members}
    return () if chosen is None else (_of_date(message, by_id[chosen.item_id].item, chosen),)


def _is_among(day: str, written: Collection[Expression]) -> bool:
    known = date.fromisoformat(day)
    return any((one.month, one.day) == (known.month, known.day) and one.year in (None, known.year) for one in written)


def _told_of(message: StoryMessage, item: Item, update: Update, *quoted: str) -> UpdateMessage:
    return UpdateMessage(
        story_id=message.story_id,
        update=update,
        headline=item.title,
        url=without_trackers(item.url) if item.url else None,
        host=host(item.url) if item.url else None,
        outlet=outlet_name(item),
        published=item.date_published,
        sentences=quoted,
        level=message.level,
    )


def _correction(message: StoryMessage, by_id: Mapping[str, StoryItem], brought: Brought) -> UpdateMessage | None:
    for item_id, before in brought.reworded.items():
        item = by_id[item_id].item if item_id in by_id else None
        noted = [] if item is None else [note for note in item.notes if note not in before.notes and takes_back(note)]
        if item is not None and noted:
            return _told_of(message, item, Update.CORRECTION, *noted)
    for item_id in brought.joined:
        if item_id in by_id and by_id[item_id].rerun_of is None and is_correction(by_id[item_id].item.title):
            item = by_id[item_id].item
            return _told_of(message, item, Update.CORRECTION, *summarise(item, most=2))
    return None


def _development(message: StoryMessage, ordered: Sequence[StoryItem], brought: Brought) -> UpdateMessage | None:
    own = [member for member in ordered if member.rerun_of is None and member.duplicate_of is None]
    for member in reversed([one for one in own if one.item.id in brought.reports]):
        before = [one for one in own if one.order < member.order]
        told = (message.headline, *message.sentences, *brought.told)
        sentence = development(member, before, told) if before else None
        if sentence is not None:
            return _told_of(message, member.item, Update.DEVELOPMENT, sentence)
    return None


def _date(message: StoryMessage, by_id: Mapping[str, StoryItem], brought: Brought) -> UpdateMessage | None:
    """A dated promise that an article of this commit makes and no article made before."""
    if brought.promised is None or not (brought.reports or brought.reworded):
        return None
    new = [
        one
        for one in brought.promises()
        if (one.item_id in brought.reports or one.item_id in brought.reworded)
        and one.confidence >= SURE
        and not any(_one_date(one, known) for known in brought.promised)
    ]
    chosen = _surest(new, brought.today)
    return None if chosen is None or chosen.item_id not in by_id else _of_date(message, by_id[chosen.item_id].item, chosen)


def _one_date(one: Commitment, known: Commitment) -> bool:
    apart = abs(date.fromisoformat(one.date) - date.fromisoformat(known.date))
    return not apart or (one.kind == known.kind and apart <= ONE_DATE)


def _surest(found: Collection[Commitment], today: date) -> Commitment | None:
    """The surest of those still to come; of equals the nearest."""
    ahead = [one for one in found if date.fromisoformat(one.date) > today]
    return min(ahead, key=lambda one: (-one.confidence, one.date, one.sentence), default=None)


def _of_date(message: StoryMessage, item: Item, chosen: Commitment) -> UpdateMessage:
    told = _told_of(message, item, Update.COMMITMENT, chosen.sentence)
    return replace(told, date=chosen.date, precision=chosen.precision, commitment=chosen.kind)


def _retitled(message: StoryMessage, ordered: Sequence[StoryItem], brought: Brought, backfill: int) -> UpdateMessage | None:
    """A headline of the linked report that says something else now than when readers saw it last."""
    if not brought.reworded or brought.headline is None:
        return None
    item = lead_member(ordered, backfill=backfill).item
    seen = brought.headline
    if item.id not in brought.reworded or not any(change.before == seen for change in brought.headlines.get(item.id, ())):
        return None
    if seen in brought.announced:  # a reply said that it reads so, which does not hold any more
        return replace(_told_of(message, item, Update.HEADLINE), before=seen)
    before = brought.reworded[item.id]
    text = content(f"{before.summary} {before.content_text}")
    fresh = content(item.title) - content(seen) - text - content(" ".join((*message.sentences, *brought.told)))
    denied = _NOT & {*item.title.casefold().split()} ^ _NOT & {*seen.casefold().split()}
    if not denied and len(fresh) < (1 if len(text) >= SUBSTANCE else 2):
        return None
    return replace(_told_of(message, item, Update.HEADLINE), before=seen)


def _report(message: StoryMessage, ordered: Sequence[StoryItem], brought: Brought, owners: Owners) -> UpdateMessage | None:
    """The newest report of this commit that an outlet wrote that had not reported before."""
    seen: set[str | None] = set()
    found: Item | None = None
    for member in ordered:
        who = family(member.item, owners)
        if member.duplicate_of is None and member.rerun_of is None:
            if member.item.id in brought.reports and (who is None or who not in seen):
                found = member.item
            seen.add(who)
    return None if found is None else _told_of(message, found, Update.REPORT, *summarise(found, most=1))
