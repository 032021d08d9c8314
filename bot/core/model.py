"""The values that travel from source to message. Frozen, slotted, standard library only, instants aware and in UTC.

Nothing here decides anything: each room's decisions are functions over these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

FILE_WORKSPACE = "file"
"""The operator's own workspace: what the configuration file declares belongs to it."""


# ---------------------------------------------------------------- items


class TextState(StrEnum):
    """How much of the article's own words an item holds."""

    FULL = "full"  # the article's text, from the feed or from its page
    EXCERPT = "excerpt"  # only the source's own summary
    NONE = "none"  # a title and nothing more


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a source, normalised: plain text, canonical address, dates in UTC.

    Attributes:
        id: stable identifier; the same entry of the same source always gets the same one.
        source_id: the source it came from (in ``replay``, the file or its ``source``).
        guid: the source's own identifier, byte for byte, or None.
        url: the address as given, http or https only, or None.
        canonical_url: the address without trackers, AMP and the like; None if ``url`` is.
        title, summary, content_text: plain text; ``content_text`` is the article's own words only.
        outlet: the publication's name as printed, or None.
        date_published: when it was published, or None if the source does not say.
        date_rendered: a date the page shows above its title: it orders a replay, it is never a publication date.
        notes: remarks about the item's text ("paywalled: lead only"), sentences for people.
        content_hash: changes when the source changes the entry's title, summary or text.
        first_seen: when we first saw it.
    """

    id: str
    source_id: str
    title: str
    first_seen: datetime
    guid: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    summary: str = ""
    content_text: str = ""
    text_state: TextState = TextState.NONE
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    date_rendered: datetime | None = None
    notes: tuple[str, ...] = ()
    content_hash: str = ""


# ---------------------------------------------------------------- rules


class Level(StrEnum):
    """How much a rule matters to its team."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class RuleStatus(StrEnum):
    """A live rule tells its channels; what a draft matches is kept and tells nobody; a retired one is left alone."""

    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class RuleTest:
    """An example that must, or must not, match: any of an item's fields that tests may set."""

    title: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    outlet: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A named query with channels.

    Attributes:
        id: unique in its workspace.
        query: text in the rule language (docs/rules.md).
        let: named parts, usable as ``@name`` in this rule alone.
        channels: channel ids; none means the rule posts nothing.
        intent: what its team wants, in a sentence; the query only comes near it.
        description: more about it, for whoever reviews it.
        author: who answers for it, as the file says.
        created, modified: days on which it was written and last changed, as the file says.
        falsepositives: known false alarms, in words.
        version: a short hash of what decides a match, set when the rule is compiled.
    """

    id: str
    query: str
    title: str = ""
    intent: str = ""
    channels: tuple[str, ...] = ()
    level: Level = Level.NORMAL
    status: RuleStatus = RuleStatus.LIVE
    let: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    match_tests: tuple[RuleTest, ...] = ()
    no_match_tests: tuple[RuleTest, ...] = ()
    workspace_id: str = FILE_WORKSPACE
    version: str = ""
    description: str = ""
    author: str = ""
    created: date | None = None
    modified: date | None = None


@dataclass(frozen=True, slots=True)
class Nearby:
    """Context a weak alias needs: one of ``any`` (query terms, a trailing ``*`` allowed) within so many words.

    Attributes:
        within: words between, in the same field; None (of a weak alias alone): anywhere in title, summary and text.
    """

    within: int | None
    any: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeakAlias:
    """A name that is also an ordinary word: it counts only as written (``exact``) and only near its context."""

    text: str
    exact: bool = False
    near: Nearby | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing with names: vendor, product, agency, technology or law. Rules use it as ``@id``.

    Attributes:
        retired: rules may name it, but it has no names left and is found nowhere.
    """

    id: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    weak: tuple[WeakAlias, ...] = ()
    formerly: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    parent: str | None = None
    not_near: Nearby | None = None
    anchor_article: bool = False
    wikidata: str | None = None
    notes: str = ""
    retired: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where a clause was found.

    Attributes:
        field: title, summary, body, source, outlet, url, tag or lang.
        start, end: code-point offsets into that field's value as printed (``body`` = ``content_text``).
        text: exactly ``value[start:end]``.
        clause: the query text of the clause.
    """

    field: str
    start: int
    end: int
    text: str
    clause: str


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds for an item, with where it holds."""

    item_id: str
    rule_id: str
    rule_version: str
    spans: tuple[Span, ...]
    workspace_id: str = FILE_WORKSPACE


# ---------------------------------------------------------------- stories


class Format(StrEnum):
    """What kind of text an item is; kinds that stand beside a report are stories of their own."""

    NEWS = "news"
    OPINION = "opinion"
    EXPLAINER = "explainer"
    ROUNDUP = "roundup"
    PODCAST = "podcast"
    VIDEO = "video"
    LIVE_BLOG = "live_blog"
    MARKET_REPORT = "market_report"
    TEMPLATE = "template"


class Tier(StrEnum):
    """Which of the three tiers decided where an item belongs."""

    KEY = "key"  # same guid, same canonical address, or same title within limits
    COPY = "copy"  # same text, whatever the date
    STORY = "story"  # another report of the same event
    NEW = "new"  # nothing we know


@dataclass(frozen=True, slots=True)
class StoryChange:
    """What one item did to the stories: the value on which ``stories`` ends and ``outbox.plan`` begins.

    Attributes:
        item_id: the item.
        tier: how it was decided.
        story_id: the story it is in now, or None if it matched nothing and copies nothing of a story.
        opened: the story began with this item.
        duplicate_of: the earliest-dated original whose text or address it repeats, or None.
        rerun_of: the same, if the item repeats something old under a later date.
        reruns: stored items that this item proves to be reruns: (rerun, original) pairs; both their ``rerun_of`` and
            their ``duplicate_of`` name that original from now on.
        copies: (copy, original) pairs of stored items that this item proves to be copies, not reruns, of an earlier-dated
            original (most often itself): their ``duplicate_of`` names that original from now on.
        adopted: stored items without a story that become members of ``story_id`` because this item repeats them.
        merged: stories that were folded into ``story_id`` because the item belongs to both; they end here.
        related: stories this one follows or stands beside, nearest first.
        score: similarity that decided the story tier, 0 to 1.
        why: one sentence for people.
        model_version: version of thresholds and tables that decided.
    """

    item_id: str
    tier: Tier
    story_id: str | None
    opened: bool = False
    duplicate_of: str | None = None
    rerun_of: str | None = None
    reruns: tuple[tuple[str, str], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    adopted: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    score: float = 0.0
    why: str = ""
    model_version: str = ""


class Precision(StrEnum):
    """How exact a commitment's date is."""

    DAY = "day"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, slots=True)
class Commitment:
    """A dated promise or deadline found in a story, with its evidence. Proposed to people; nothing follows from it by itself.

    Attributes:
        date: YYYY-MM-DD; the last day of what is meant if the precision is approximate.
        kind: a value of ``bot.stories.promise_words.Kind``.
        sentence: the sentence that says so, word for word as it stands in ``item_id``.
        confidence: 0 to 1.
    """

    date: str
    precision: Precision
    kind: str
    sentence: str
    confidence: float = 0.0
    item_id: str = ""


# ---------------------------------------------------------------- channels


class Platform(StrEnum):
    """Where a channel is."""

    CONSOLE = "console"
    SLACK = "slack"
    DISCORD = "discord"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


class OnDoubt(StrEnum):
    """What to do when a platform neither answered nor could be asked."""

    REPEAT = "repeat"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How a channel wants to be spoken to.

    Attributes:
        group_wait: how long the first message waits for copies.
        group_interval: shortest time between two edits of one message.
        max_per_hour: posts in any 60 minutes, above which stories are held for one digest; 0 = no cap.
        max_age: items published longer ago are stored, not posted; None = no limit.
        backfill: how many items of a source's first poll to post all the same.
        on_doubt: see OnDoubt.
        quiet_hours: (start, end) as minutes after local midnight, or None.
        digest: "", "hourly", "daily HH:MM" or "weekly mon HH:MM", local time.
        heartbeat: when to say that nothing matched, if nothing did: "", or a schedule as of ``digest``.
        timezone: IANA name.
        language: of what the bot says: a key of ``bot.core.spoken.LANGUAGES``. What sources say stays in theirs.
        break_through: rules of this level and above are posted at once, whatever ``quiet_hours``, ``digest`` and
            ``max_per_hour`` say; None = none are.
        updates: whether news of a story that is told already stands under its message: ``thread``, or ``off``.
        tags: names of forum tags by rule id (Discord).
        publish: publish posts to the followers of an announcement channel (Discord).
        mentions: who is called by a post: ``role:ID``, ``user:ID`` (Discord), ``group:ID``, ``user:ID``, ``here``, ``channel``
            (Slack). Nobody unless the configuration names somebody.
        mention_level: only stories of this level and above call somebody.
    """

    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    max_per_hour: int = 20
    max_age: timedelta | None = timedelta(days=7)
    backfill: int = 0
    on_doubt: OnDoubt = OnDoubt.REPEAT
    quiet_hours: tuple[int, int] | None = None
    digest: str = ""
    heartbeat: str = ""
    timezone: str = "UTC"
    language: str = "en"
    break_through: Level | None = None
    updates: str = "thread"
    tags: Mapping[str, str] = field(default_factory=dict)
    publish: bool = False
    mentions: tuple[str, ...] = ()
    mention_level: Level = Level.HIGH


@dataclass(frozen=True, slots=True)
class Channel:
    """A destination with settings."""

    id: str
    platform: Platform
    address: str
    settings: ChannelSettings = ChannelSettings()
    workspace_id: str = FILE_WORKSPACE
