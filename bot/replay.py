"""``watchlamp replay`` put together: the real stages on a database in memory and a clock set to each article's date.

Promises: no network, no waiting, every call accepted; the same input gives the same result. Item rows name the final
originals of copies and reruns, story rows the final members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from bot.compose import compile_rules, rulebook
from bot.config.settings import Settings
from bot.core.clock import VirtualClock
from bot.core.deliveries import Delivery, DeliveryState, Outcome, Receipt
from bot.core.model import Channel, Item, Match, Platform
from bot.core.sources import QueuedItem
from bot.core.stories import Member, SeenStory
from bot.outbox.drain import Drain
from bot.sandbox.pool import Sandbox
from bot.service.alert import Alerter, Filed
from bot.service.deliver import Deliverer
from bot.service.repeated import OwnWords
from bot.service.replay import Replay
from bot.sources.files import order_for_replay, read_inputs
from bot.store.database import Store
from bot.stories.model import build_model
from bot.text.repeats import Repeats


@dataclass(frozen=True, slots=True)
class SeenItem:
    """An item of the replay with what it finally repeats."""

    item: Item
    duplicate_of: str | None
    rerun_of: str | None


@dataclass(slots=True)
class ReplayResult:
    """What happened, in order: items and matches as filed, deliveries as they became final; then the stories."""

    events: list[SeenItem | Match | Delivery] = field(default_factory=list)
    stories: list[SeenStory] = field(default_factory=list)
    errors: tuple[str, ...] = ()
    channels: dict[str, Channel] = field(default_factory=dict)


class _Accepting:
    """A platform that takes every message: what is sent is in the result."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        return Receipt(Outcome.ACCEPTED, message_ref=delivery.id)


class _TextSettled:
    """Items of a replay bring their text along; what their sites print under many articles is learnt as a running bot learns it."""

    def __init__(self, own_words: Callable[[Item], Item]) -> None:
        self._own_words = own_words
        self._taken: dict[str, Item] = {}

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        for entry in queued:
            if entry.item.id not in self._taken:
                self._taken[entry.item.id] = self._own_words(entry.item)
        return [replace(entry, item=self._taken[entry.item.id]) for entry in queued]

    def forget(self, item_ids: Sequence[str]) -> None:
        for item_id in item_ids:
            del self._taken[item_id]


async def replay(paths: Sequence[Path], settings: Settings) -> ReplayResult:
    """Read the inputs and send them through the pipeline.

    Raises:
        UserInputError: a path does not exist, or an id occurs twice in the input.
    """
    sandbox = Sandbox(workers=2)
    try:
        inputs = await read_inputs(paths, sandbox=sandbox)
    finally:
        await sandbox.close()
    timed = order_for_replay(inputs)
    result = ReplayResult(
        errors=tuple(str(error) for error in inputs.errors), channels={channel.id: channel for channel in settings.channels}
    )
    if not timed:
        return result
    clock = VirtualClock(timed[0][0])
    engine = compile_rules(settings)
    diary = _Diary(clock)
    store = await Store.open("sqlite::memory:")
    try:
        alerter = Alerter(
            store=store,
            rulebook=rulebook(settings, engine, result.channels),
            model=build_model(engine.watch_words),
            reader=_TextSettled(OwnWords(Repeats(), store=store, clock=clock).of),
            clock=clock,
            on_filed=diary.filed,
            at=lambda _: None,
        )
        drain = Drain(
            store,
            {platform: _Accepting(platform) for platform in Platform},
            result.channels,
            clock,
            new_token=map(str, count()).__next__,
            on_settled=diary.settled,
        )
        deliverer = Deliverer(store=store, drain=drain, channels=result.channels, clock=clock, on_settled=diary.settled)
        await Replay(store=store, alerter=alerter, deliverer=deliverer, clock=clock).run(timed)
        result.events = diary.events
        await _finish(result, store)
    finally:
        await store.close()
    return result


def newly_silent(committed: Sequence[Delivery]) -> list[Delivery]:
    """Those rows of a committed batch that it held or skipped: one whose words were merely revised is not told again."""
    return [
        row
        for row in committed
        if row.state is DeliveryState.SKIPPED or (row.state is DeliveryState.HELD and row.created_at == row.updated_at)
    ]


class _Diary:
    """What happened and when: at one instant items, then matches, then deliveries, however many batches it took."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._entries: list[tuple[datetime, int, SeenItem | Match | Delivery]] = []
        self._held: set[str] = set()

    @property
    def events(self) -> list[SeenItem | Match | Delivery]:
        return [event for _, _, event in sorted(self._entries, key=lambda entry: entry[:2])]

    def filed(self, filed: Filed) -> None:
        now = self._clock.now()
        for entry in filed.items:
            self._entries.append((now, 0, SeenItem(entry.item, entry.change.duplicate_of, entry.change.rerun_of)))
            self._entries += [(now, 1, match) for match in entry.matches]
        for delivery in newly_silent(filed.deliveries):
            if delivery.state is not DeliveryState.HELD or delivery.id not in self._held:  # at one instant of a virtual clock
                self.settled(delivery)

    def settled(self, delivery: Delivery) -> None:
        if delivery.state is DeliveryState.HELD:
            self._held.add(delivery.id)
        self._entries.append((self._clock.now(), 2, delivery))


async def _finish(result: ReplayResult, store: Store) -> None:
    """Name the final originals, and gather the stories with a match."""
    items = [event for event in result.events if isinstance(event, SeenItem)]
    members = await store.members([event.item.id for event in items])
    for position, event in enumerate(result.events):
        if isinstance(event, SeenItem):
            member = members[event.item.id]
            result.events[position] = SeenItem(event.item, member.duplicate_of, member.rerun_of)
    rules: dict[str, set[str]] = {}
    for event in result.events:
        if isinstance(event, Match):
            rules.setdefault(event.item_id, set()).add(event.rule_id)
    by_story: dict[str, list[Member]] = {}
    for member in sorted(members.values(), key=lambda member: member.order):
        if member.story_id is not None:
            by_story.setdefault(member.story_id, []).append(member)
    stories = await store.stories(list(by_story))
    promised = await store.commitments_of(list(by_story))
    for story_id, inside in by_story.items():
        matched = {rule for member in inside for rule in rules.get(member.item_id, ())}
        if matched:
            story = stories[story_id]
            result.stories.append(
                SeenStory(
                    story,
                    tuple(member.item_id for member in inside),
                    tuple(sorted(matched)),
                    await _final(store, story.related, story_id),
                    promised[story_id],
                )
            )


async def _final(store: Store, related: Sequence[str], own: str) -> tuple[str, ...]:
    """Ids of related stories as they are called in the end: a merged story is named by the one that goes on."""
    final: list[str] = []
    for story_id in related:
        name = story_id
        while (record := (await store.stories([name])).get(name)) is not None and record.merged_into is not None:
            name = record.merged_into
        if name != own and name not in final:
            final.append(name)
    return tuple(final)
