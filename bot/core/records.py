"""What the store keeps and hands out: values for one transaction each, so that nothing is half decided.

The store writes and reads these and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.kinds import KindOptions
from bot.core.messages import Message
from bot.core.model import FILE_WORKSPACE, Commitment, Format, Item, Match, StoryChange, Tier
from bot.core.reasons import Reason
from bot.core.wishes import NO_WISHES, Wishes

# ---------------------------------------------------------------- sources


class FullText(StrEnum):
    """Whether an article's page is fetched for its text: when the source gives none, always, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """A declared source.

    Attributes:
        url: may itself be a secret (``url_secret``); then it is never shown, ``id`` is.
        interval: shortest time between two polls.
        service: what was written of a service that this program describes: with another description it is the same source; None
            for a source that is known by its address and its options.
        adaptive: nobody wrote an interval: once the source's own rhythm is known, it takes the place of ``interval``.
        secret: name of the credential for this source, or None.
        related: posts only: whether ``related`` entries are items of their own.
        options: what its kind is told besides, None for a kind that takes none.
    """

    id: str
    kind: str
    url: str
    interval: timedelta = timedelta(minutes=30)
    full_text: FullText = FullText.AUTO
    outlet: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    secret: str | None = None
    url_secret: bool = False
    related: bool = False
    workspace_id: str = FILE_WORKSPACE
    options: KindOptions | None = None
    adaptive: bool = False
    service: str | None = None

    @property
    def asked(self) -> str:
        """What is asked, in one text: with another address, or other options, it is another source.

        A new version of this program writes it alike, or items that came since the last poll would be taken for a back catalogue.
        """
        if self.service is not None:
            return self.service
        return self.url if self.options is None else f"{self.kind} {self.url} {self.options.identity()}"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What we remember of a source between polls.

    Attributes:
        address_hash: digest of what is asked; validators and memory are void when it changes.
        etag, last_modified: the server's own bytes, sent back unchanged.
        next_due_at: earliest next poll.
        baselined_at: when its first poll was stored; None before.
        failures: failed polls in a row.
        last_error: why the last poll failed, a sentence without secrets; empty when it worked.
        memory: what the kind wrote down for its next poll, opaque to everybody else: a snapshot, how far it has read.
        trouble: one word for why the last poll failed, empty when it worked (``bot.service.sourcehealth``).
        failing_since: when the first of the failed polls in a row was.
        entries: how many entries the last answer had that was not "not modified"; None before the first.
        undated: none of its newest entries has a date.
        seconds: how long the last answer took.
        newest_at: when its newest entry was published, or first seen where entries have no dates.
        distance: mean seconds between two entries, the newest weighing most; None while there are too few.
        gap_at: when an answer last listed only entries that nobody knew.
        wishes: how often its server and its document want to be asked.
        place: which address the validators are from (``bot.net.answer.Response.place``); empty if that is not known.
        moved_to: where its last answers said it has moved for good, empty if they did not; never of a secret address.
        moved_polls, moved_since: how many answers in a row said so, and since when.
        adopted_url: the address asked in place of the configured one, after enough of them; empty if there is none.
        throttled_until: until when its whole site wants to be left alone, as it was told last.
    """

    source_id: str
    workspace_id: str = FILE_WORKSPACE
    address_hash: str = ""
    etag: bytes | None = None
    last_modified: bytes | None = None
    next_due_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    baselined_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    memory: str = ""
    trouble: str = ""
    failing_since: datetime | None = None
    entries: int | None = None
    undated: bool = False
    seconds: float | None = None
    newest_at: datetime | None = None
    distance: float | None = None
    gap_at: datetime | None = None
    wishes: Wishes = NO_WISHES
    place: str = ""
    moved_to: str = ""
    moved_polls: int = 0
    moved_since: datetime | None = None
    adopted_url: str = ""
    throttled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TroubleRecord:
    """What is remembered of something that is wrong, or was told to be.

    Attributes:
        subject: what it is about (``source:eff``).
        state: what is wrong, in one word; of a matter that was told, as it was told.
        since: since when.
        told_at: when the operator was told last, None if it was not.
        better_since: since when it looks well again, None while it does not.
    """

    subject: str
    state: str
    since: datetime
    told_at: datetime | None = None
    better_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueuedItem:
    """An item that waits to be read, matched and filed.

    Attributes:
        order: order of arrival, strictly growing.
        baseline_rank: None for news; for the first poll of a source 0 is its newest entry, 1 the next, and so on.
    """

    item: Item
    order: int
    baseline_rank: int | None = None


@dataclass(frozen=True, slots=True)
class PollRecord:
    """One poll to be stored in one transaction: the source's new state and its items, oldest first.

    ``items`` pairs each item with its baseline rank (see QueuedItem). An item already stored is updated if its
    ``content_hash`` changed, and is not queued again.

    Attributes:
        push: number of the push that brought the items, None if a poll did. Of ``state`` only whose it is then counts: what is
            remembered between polls stays, and the push is settled in the same transaction.
        window: the items are all that the source shows, and it showed some before: if none of them is known, some between are lost.
    """

    state: SourceState
    items: tuple[tuple[Item, int | None], ...] = ()
    push: int | None = None
    window: bool = False


# ---------------------------------------------------------------- stories


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


# ---------------------------------------------------------------- outbox


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A row to be written. ``target_id`` names the post that an edit or reply belongs to."""

    id: str
    workspace_id: str
    channel_id: str
    action: Action
    state: DeliveryState
    reason: Reason
    message: Message | None
    story_id: str | None
    story_ids: tuple[str, ...]
    not_before: datetime
    target_id: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A waiting row whose message changed before it was sent.

    Attributes:
        state: new state, or None to leave it.
        expected: the state it must still be in; if not, the decision is stale and is taken again.
    """

    delivery_id: str
    expected: DeliveryState
    message: Message | None = None
    state: DeliveryState | None = None
    reason: Reason | None = None
    not_before: datetime | None = None
    story_id: str | None = None


@dataclass(frozen=True, slots=True)
class AlertBatch:
    """Everything that at most 50 items caused; committed together or not at all.

    Attributes:
        seen_versions: version of every stored story that the decisions looked at; re-checked inside the transaction.
        stories: stories as they are afterwards (``version`` already grown).
        commitments: what each touched story promises now, by story id.
        overlays: number of the last decision of a person that was seen, re-checked likewise; None where none matters.
        edited: filed items whose changed words the batch takes in.
    """

    filed: tuple[FiledItem, ...]
    stories: tuple[StoryRecord, ...]
    deliveries: tuple[NewDelivery, ...]
    revisions: tuple[Revision, ...]
    seen_versions: tuple[tuple[str, int], ...]
    now: datetime
    commitments: tuple[tuple[str, tuple[Commitment, ...]], ...] = ()
    overlays: int | None = None
    edited: tuple[EditedItem, ...] = ()


class Stale(Exception):  # noqa: N818  # not an error: the answer to a re-check, caught where the batch was computed
    """The world changed between deciding and committing; nothing was written; decide again."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What the outbox remembers of a channel.

    Attributes:
        not_before: the platform asked us to wait until then, or a try failed; nothing overtakes.
        parked: why nothing is sent here until it is tried again, or None.
    """

    channel_id: str
    workspace_id: str = FILE_WORKSPACE
    not_before: datetime | None = None
    parked: Reason | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed delivery; written only while the claim's lease token is still ours.

    Attributes:
        channel_not_before: the channel waits until then, or None to leave it.
        park: park the channel for this reason, or None.
        counted: False if this was no failed try (the platform asked us to wait, or no call was made): ``attempt`` goes back by one.
    """

    delivery_id: str
    lease_token: str
    state: DeliveryState
    reason: Reason
    now: datetime
    message_ref: str | None = None
    not_before: datetime | None = None
    channel_not_before: datetime | None = None
    park: Reason | None = None
    error: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in state ``sending`` with our lease, already committed."""

    delivery: Delivery
    lease_token: str
