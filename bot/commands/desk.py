"""What commands have at hand: the store, the rules, the channels and the clock, all as Protocols or values.

Promises: a command reaches the program through its Desk alone. Never holds anything about the person who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.commands.asking import Ask
from bot.commands.overview import OverviewStore
from bot.commands.reply import Reply, Section
from bot.commands.roles import WorkspaceOf, here, visible_channels, visible_rules
from bot.core.clock import Clock
from bot.core.declared import scope_of
from bot.core.deliveries import Delivery, DeliveryState
from bot.core.model import FILE_WORKSPACE, Channel, Commitment, Item, Match, Rule
from bot.core.outbox import AlertBatch, ChannelState
from bot.core.overlays import Audited
from bot.core.silences import Mute
from bot.core.sources import SourceConfig, SourceState
from bot.core.spoken import tr
from bot.core.stories import Filing, HeadlineChange, Member, Posted, StoryRecord
from bot.rules.engine import Engine
from bot.service.audience import may_read
from bot.service.declared import Declaring
from bot.service.regroup import DecisionStore, Regrouper
from bot.service.reminders import Reminding, RemindingStore
from bot.service.silences import Silences, SilencesStore
from bot.service.workspaces import chat_workspace


class AskStore(DecisionStore, OverviewStore, SilencesStore, RemindingStore, Protocol):
    """What commands need of the store."""

    async def latest_posts(self, channel_ids: Collection[str], limit: int) -> list[Posted]:
        """The newest stories told in these channels, newest first."""
        ...

    async def deliveries_of(self, story_ids: Collection[str], channel_ids: Collection[str]) -> list[Delivery]:
        """Every row of these stories in these channels, by sequence."""
        ...

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """One row by its number."""
        ...

    async def items_under(self, keys: Collection[str]) -> list[Item]:
        """Filed items under these keys, by arrival."""
        ...

    async def queued_at(self, canonical_url: str) -> list[Item]:
        """Items of this address that wait to be filed, by arrival."""
        ...

    async def headline_changes(self, item_ids: Collection[str]) -> dict[str, tuple[HeadlineChange, ...]]:
        """What changed in the headlines of filed items, oldest first; items whose headline never did are left out."""
        ...

    async def filings(self, item_ids: Collection[str]) -> dict[str, Filing]:
        """What became of filed items, by item id."""
        ...

    async def waiting_counts(self, channel_ids: Collection[str]) -> dict[DeliveryState, int]:
        """How many rows are in each state that is not over, and how many are dead."""
        ...

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by id."""
        ...

    async def stories(self, ids: Collection[str]) -> dict[str, StoryRecord]:
        """Stories by id."""
        ...

    async def members_of(self, story_ids: Collection[str]) -> list[Member]:
        """Members of these stories, by arrival."""
        ...

    async def matches_of(self, item_ids: Collection[str]) -> dict[str, tuple[Match, ...]]:
        """Matches by item id."""
        ...

    async def draft_matches_of(self, item_ids: Collection[str]) -> dict[str, tuple[Match, ...]]:
        """Matches of rules that were in draft, by item id."""
        ...

    async def commitments_of(self, story_ids: Collection[str]) -> dict[str, tuple[Commitment, ...]]:
        """What these stories promise, by story id."""
        ...

    async def source_states(self) -> dict[str, SourceState]:
        """Every state by source id."""
        ...

    async def items_by_source(self, since: datetime) -> dict[str, int]:
        """How many items each source brought since then."""
        ...

    async def queued_by_source(self) -> dict[str, int]:
        """How many items of each source wait to be filed."""
        ...

    async def channel_states(self) -> dict[str, ChannelState]:
        """State by channel id."""
        ...

    async def pending(self, channel_id: str) -> list[Delivery]:
        """Rows that wait to be sent to a channel."""
        ...

    async def commit_alert(self, batch: AlertBatch) -> list[Delivery]:
        """Write rows of the outbox."""
        ...

    async def outlets_matched(self, rule_ids: Collection[str], *, limit: int) -> list[tuple[str | None, str | None]]:
        """(outlet as printed, address) of the newest items that any of these rules matched."""
        ...

    async def followed_by(self, channel_ids: Collection[str], follower: str) -> list[tuple[str, str]]:
        """(channel, story) of what somebody follows in these channels."""
        ...

    async def audited_change(self, workspace_id: str, number: str) -> Audited | None:
        """The change of this number that somebody in the workspace made."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """What the person who asks may see, from where.

    Attributes:
        here: the configured channel in which it is asked, or None.
        channels: visible channels by id.
        rules: visible live rules by id.
        zone: whose wall clock tells times: the channel's own, else the file's.
        now: the present instant.
        terminal: asked by the operator in the terminal.
        private: ids of sources that are not named to the person who asks: those with a secret, outside the terminal.
        workspace_id: whose eyes these are: ``file`` in the terminal, elsewhere platform and id (``slack:T1``).
        sources: those that the person who asks may hear of, in order.
    """

    here: Channel | None
    channels: Mapping[str, Channel]
    rules: Mapping[str, Rule]
    zone: ZoneInfo
    now: datetime
    terminal: bool
    private: frozenset[str] = frozenset()
    workspace_id: str = FILE_WORKSPACE
    sources: tuple[SourceConfig, ...] = ()

    def may_read(self, item: Item) -> bool:
        """Whether the person who asks may hear that an article came."""
        return may_read(item.source_id, self.workspace_id)

    async def queued(self, store: AskStore) -> int:
        """How many articles wait to be filed that the person who asks may hear of."""
        counts = await store.queued_by_source()
        return sum(number for source_id, number in counts.items() if may_read(source_id, self.workspace_id))

    def may_hear_of(self, mute: Mute) -> bool:
        """Whether the person who asks may hear of a mute: of the own workspace, or of the operator; a guest's is another one."""
        return self.terminal or mute.workspace_id in (FILE_WORKSPACE, self.workspace_id)

    @property
    def unbound(self) -> Reply | None:
        """The answer where nothing is visible: the workspace has neither a channel nor a source. None where something is."""
        if self.channels or self.terminal or any(scope_of(one.id) == self.workspace_id for one in self.sources):
            return None
        told = tr(
            "None of its channels has a rule yet. An editor makes one with rule add, or binds one of a pack with subscribe; the "
            "operator can do so in the configuration file."
        )
        return Reply(tr("Nothing of this installation belongs to this workspace."), (Section(text=told),))


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a command may use.

    Attributes:
        store: the database.
        engine: the compiled rules.
        rules: every rule of the file.
        channels: configured channels by id.
        sources: configured sources, in the order of the file.
        timezone, language: of the file.
        clock: tells the time.
        version: of the program.
        workspace_of: which workspace a channel is in.
        on_written: called after a command wrote a delivery.
        regrouper: makes what people decide about stories.
        silences: makes and ends what people silence and follow.
        reminding: makes what people want to be reminded of.
        declaring: takes what people declare; None where nobody can.
    """

    store: AskStore
    engine: Engine
    rules: Sequence[Rule]
    channels: Mapping[str, Channel]
    sources: Sequence[SourceConfig]
    timezone: str
    language: str
    clock: Clock
    version: str
    workspace_of: WorkspaceOf
    on_written: Callable[[], None]
    regrouper: Regrouper
    silences: Silences
    reminding: Reminding
    declaring: Declaring | None = None

    def language_of(self, ask: Ask) -> str:
        """In which language the person who asks is answered: that of the channel, else of the file."""
        place = here(ask, visible_channels(ask, self.channels, self.workspace_of))
        return place.settings.language if place else self.language

    def view(self, ask: Ask) -> View:
        """What the person who asks may see."""
        channels = visible_channels(ask, self.channels, self.workspace_of)
        place = here(ask, channels)
        workspace_id = FILE_WORKSPACE if ask.terminal else chat_workspace(ask.platform, ask.workspace_id)
        return View(
            here=place,
            channels={channel.id: channel for channel in channels},
            rules={rule.id: rule for rule in visible_rules(self.rules, channels, everything=ask.terminal)},
            zone=ZoneInfo(place.settings.timezone if place else self.timezone),
            now=self.clock.now(),
            terminal=ask.terminal,
            private=frozenset() if ask.terminal else frozenset(one.id for one in self.sources if one.secret or one.url_secret),
            workspace_id=workspace_id,
            sources=tuple(one for one in self.sources if may_read(one.id, workspace_id)),
        )
