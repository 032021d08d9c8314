"""A story and its articles as the store keeps them, and what was decided about each article.

The store writes and reads these and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.model import Commitment, Format, Item, Match, StoryChange, Tier
from bot.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class Member:
    """A stored item as the story decisions see it.

    Attributes:
        order: order of arrival.
        fingerprint: what decisions need of the item, as written by ``stories`` (opaque JSON to everybody else).
        matched: at least one rule matched it.
    """

    item_id: str
    order: int
    fingerprint: str
    story_id: str | None = None
    duplicate_of: str | None = None
    rerun_of: str | None = None
    matched: bool = False


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """A story as stored.

    Attributes:
        title: headline of its lead item.
        lead_item_id: the earliest-dated original among its members.
        first_published: earliest ``date_published`` among members that are not reruns, or None.
        last_published: latest of the same: the sliding window starts here.
        related: stories it follows or stands beside, nearest first.
        merged_into: the story that goes on, if this one was folded into it.
        version: grows by one with every change; a decision taken on an older version is taken again.
    """

    id: str
    title: str
    lead_item_id: str
    format: Format
    opened_at: datetime
    first_published: datetime | None = None
    last_published: datetime | None = None
    related: tuple[str, ...] = ()
    merged_into: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class SeenStory:
    """A story with a match, as it is shown: its members by arrival, the rules that matched any of them, what it promises."""

    story: StoryRecord
    item_ids: tuple[str, ...]
    rules: tuple[str, ...]
    related: tuple[str, ...]
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True)
class FiledItem:
    """What became of one queued item: its text as read, its matches, its place among the stories.

    Attributes:
        item: as read (its text may have come from its page).
        keys, terms: under which later items find it (``Store.neighbours``).
        reason: why nothing was posted for it, where that is known from the item alone.
        words: under which the archive is searched (``Store.archive_numbers``).
        drafts: matches of rules in draft, which are kept and decide nothing.
    """

    item: Item
    order: int
    matches: tuple[Match, ...]
    change: StoryChange
    fingerprint: str
    keys: tuple[str, ...]
    terms: tuple[int, ...]
    reason: Reason | None = None
    words: tuple[str, ...] = ()
    drafts: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadlineChange:
    """A headline that its publisher changed after the article was filed into a story."""

    item_id: str
    before: str
    after: str
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """A filed item whose words its publisher changed; its story's messages do not say so yet.

    Attributes:
        item: with the words that its source gives now.
        order: order of arrival.
        number: of the newest change that ``item`` contains.
        filed: the item with the summary and the text that were taken in last.
        retitled: whether its headline was changed.
    """

    item: Item
    order: int
    number: int
    filed: Item
    retitled: bool


@dataclass(frozen=True, slots=True)
class EditedItem:
    """What a changed item matches now; where it belongs stays as it was decided.

    Attributes:
        item: as it reads from now on. None: the change told readers nothing new; it is forgotten and the item stays as it was.
        matches: they take the place of those it had.
        words: under which the archive finds it besides.
    """

    item_id: str
    order: int
    number: int
    item: Item | None
    matches: tuple[Match, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """What was decided about a filed item, for the person who asks why.

    Attributes:
        order: order of arrival.
        why: the decision in one sentence, by ``stories``.
        reason: why nothing was posted for it, where that is known from the item alone.
    """

    item_id: str
    order: int
    story_id: str | None
    duplicate_of: str | None
    rerun_of: str | None
    tier: Tier
    score: float
    why: str
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A story that was told in a channel, in a message of its own or in a digest, and when it was told last."""

    story_id: str
    told_at: datetime
