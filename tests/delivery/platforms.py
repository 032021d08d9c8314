"""Both platforms with their real SDKs on one patient clock: an outbox on disk, its drain, the adapters, and the stand-ins behind.

Hours of waiting pass in moments, whoever waits: the outbox, discord.py inside a call, a deadline. What is noted of each call of
an adapter is noted here, at the outbox's own door, so that neither an adapter nor a stand-in is its own witness.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from bot.adapters.discord.connection import DiscordConnection
from bot.adapters.slack.connection import SlackConnection
from bot.config.secret import Secret
from bot.config.settings import DiscordSettings, SlackSettings
from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt
from bot.core.messages import StoryMessage
from bot.core.model import Channel, ChannelSettings, OnDoubt, Platform
from bot.core.outbox import AlertBatch, NewDelivery
from bot.core.reasons import Reason
from bot.outbox.drain import Drain, Trouble
from bot.store.database import Store
from bot.text.telling import REPEATED

STANDINS = Path(__file__).resolve().parent.parent / "standins"
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TICK = 1.0
"""Seconds between two looks of the drain at what is due, as the bot's own scheduler has it."""
TEXT, FORUM = 0, 15
SAID = frozenset({0, 19})
"""Kinds of Discord's messages that somebody wrote: a message and a reply."""
Done = TypeVar("Done")


def _standin(name: str) -> ModuleType:
    known = f"delivery_standin_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, STANDINS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


loops = _standin("loops")


def played(work: Callable[[], Coroutine[Any, Any, Done]]) -> Done:
    """Run on a loop whose clock stands still while anything can be done."""
    with asyncio.Runner(loop_factory=loops.FakeTimeLoop) as runner:
        return runner.run(work())


@dataclass(frozen=True)
class Noted:
    """One call of an adapter: when it began and ended, and what it brought."""

    delivery_id: str
    channel_id: str
    began: float
    ended: float
    receipt: Receipt


@dataclass
class Witness:
    """Stands between the drain and an adapter and notes what passes."""

    inner: Any
    clock: Any
    noted: list[Noted] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: int = 0

    def __post_init__(self) -> None:
        self.platform = self.inner.platform

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        began = self.clock.monotonic()
        self.under_way[channel.id] += 1
        self.most = max(self.most, self.under_way[channel.id])
        try:
            receipt: Receipt = await self.inner.deliver(delivery, channel)
        finally:
            self.under_way[channel.id] -= 1
        self.noted.append(Noted(delivery.id, channel.id, began, self.clock.monotonic(), receipt))
        return receipt

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        found: Receipt | None = await self.inner.find(delivery, channel)
        return found

    def exclude(self, delivery_id: str, refs: Iterable[str]) -> None:
        if hasattr(self.inner, "exclude"):
            self.inner.exclude(delivery_id, refs)

    def early(self) -> list[str]:
        """Calls into a channel before the time that the last answer of that channel gave."""
        found, until = [], dict[str, float]()
        for call in sorted(self.noted, key=lambda call: call.began):
            if call.began < until.get(call.channel_id, 0.0) - 1e-6:
                found.append(f"{call.delivery_id} came {until[call.channel_id] - call.began:.3f} s early in {call.channel_id}")
            if call.receipt.outcome is Outcome.RETRY and call.receipt.retry_after is not None:
                until[call.channel_id] = call.ended + call.receipt.retry_after
        return found


@dataclass
class Rig:
    """An outbox, both adapters, both stand-ins.

    Attributes:
        channels: by id; the address of each is the stand-in's.
        troubles: what the operator was told.
    """

    clock: Any
    store: Store
    slack: Any
    discord: Any
    guild: Any
    notifiers: Mapping[Platform, Witness]
    parts: Mapping[Platform, Any]
    channels: dict[str, Channel] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    settled: list[Delivery] = field(default_factory=list)
    drain: Any = None

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A drain as a new process would build it."""
        self.drain = Drain(
            self.store,
            self.notifiers,
            self.channels,
            self.clock,
            new_token=map(str, count()).__next__,
            on_settled=self.settled.append,
            on_trouble=self.troubles.append,
        )

    def on_slack(self, name: str, *, on_doubt: OnDoubt = OnDoubt.REPEAT, **facts: Any) -> Channel:
        """A channel of Slack."""
        address = f"C{len(self.channels) + 100:010}"
        self.slack.channel(address, name, **facts)
        return self._declared(Channel(name, Platform.SLACK, address, ChannelSettings(on_doubt=on_doubt)))

    def on_discord(self, name: str, *, kind: int = TEXT, on_doubt: OnDoubt = OnDoubt.REPEAT) -> Channel:
        """A channel of Discord."""
        place = self.discord.world.add_channel(self.guild, name, kind=kind)
        return self._declared(Channel(name, Platform.DISCORD, place.id, ChannelSettings(on_doubt=on_doubt)))

    def _declared(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    async def write(self, channel: str, *numbers: str, action: Action = Action.POST, target: str | None = None) -> None:
        """Commit rows that are due now; the number of each stands in its headline."""
        reason = Reason.NEW_STORY if action is Action.POST else Reason.NEW_OUTLET
        rows = tuple(
            NewDelivery(
                id=number,
                workspace_id="file",
                channel_id=channel,
                action=action,
                state=DeliveryState.PENDING,
                reason=reason,
                message=told(number),
                story_id=f"story-{number}",
                story_ids=(),
                not_before=self.clock.now(),
                target_id=target,
            )
            for number in numbers
        )
        await self.store.commit_alert(AlertBatch((), (), rows, (), (), self.clock.now()))

    async def deliver(self, *, within: timedelta = timedelta(days=30)) -> None:
        """Drain every channel, as the bot does at each tick, until nothing waits for a time any more.

        Raises:
            AssertionError: that takes longer than ``within``.
        """
        late = self.clock.now() + within
        under_way: dict[str, asyncio.Task[None]] = {}
        while True:
            now = self.clock.now()
            assert now < late, "something waits for ever"
            under_way = {channel: task for channel, task in under_way.items() if not _ended(task)}
            for channel in await self.store.ready_channels(now):
                if channel not in under_way:
                    under_way[channel] = asyncio.create_task(self.drain.drain_channel(channel))
            wake = await self.store.next_wake(now)
            wait = TICK if wake is None or wake <= now else (wake - now).total_seconds()
            if under_way:
                await asyncio.wait(under_way.values(), timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            elif await self.drain.recover(all_sending=False) == 0:
                if wake is None:
                    return
                await asyncio.sleep(wait)

    async def rows(self) -> list[Delivery]:
        """Everything in the outbox, in order of commit."""
        return sorted(await self.store.deliveries(limit=10_000), key=lambda row: row.sequence)

    async def row(self, number: str) -> Delivery:
        return next(row for row in await self.rows() if row.id == number)

    def shown(self, channel: str) -> list[tuple[str, bool]]:
        """What readers see, oldest first: the number in the headline, and whether it says that it may be a repeat."""
        address = self.channels[channel].address
        if self.channels[channel].platform is Platform.SLACK:
            bodies = [str(message.body) for message in self.slack.posts(address)]
        else:
            place = self.discord.world.channels[address]
            threads = sorted(self.discord.world.threads(place), key=lambda thread: int(thread.id))
            said = [one for where in (place, *threads) for one in where.messages.values() if one.kind in SAID]
            bodies = [str(message.body) for message in sorted(said, key=lambda one: int(one.id))]
        return [(body.partition("«")[2].partition("»")[0], REPEATED in body) for body in bodies]

    def asked(self, channel: str) -> int:
        """Requests that were made to write into a channel."""
        address = self.channels[channel].address
        if self.channels[channel].platform is Platform.SLACK:
            return sum(call.arguments.get("channel") == address for call in self.slack.requests if call.method.startswith("chat."))
        return sum(call.method in {"POST", "PATCH"} and f"/channels/{address}/" in call.path for call in self.discord.calls)


def _ended(task: asyncio.Task[None]) -> bool:
    """Whether a drain is over; raises what it raised."""
    if task.done():
        task.result()
    return task.done()


def told(number: str) -> StoryMessage:
    """What a row says."""
    return StoryMessage(
        story_id=f"story-{number}",
        headline=f"Council hears report «{number}» on cameras",
        url=f"https://ledger.example/{number}",
        host="ledger.example",
        sentences=(f"The council heard the report numbered {number} on Tuesday evening.",),
        outlet="Ledger",
        published=START - timedelta(hours=2),
        rules=(("cameras", "Cameras"),),
    )


@asynccontextmanager
async def opened(folder: Path, *, readable: bool = False) -> AsyncIterator[Rig]:
    """Everything, connected; at its end nothing may be left that a strict Slack or Discord would not forgive.

    Args:
        folder: for the database.
        readable: whether our app may read Slack's channels.
    """
    loop: Any = asyncio.get_running_loop()
    clock = loops.LoopClock(loop, START)
    async with AsyncExitStack() as stack:
        slack = _standin("slack").of_our_app(clock=clock, burst=50, grant_optional=readable)
        discord_parts = _standin("discord").load()
        discord = discord_parts.DiscordStandIn(clock=clock, elapsed=clock.monotonic)
        guild = discord.world.add_guild("Watch group")
        for standin in (slack, discord):
            await standin.start()
            stack.push_async_callback(standin.stop)
        store = await Store.open(f"sqlite:{folder / 'outbox.db'}")
        stack.push_async_callback(store.close)
        slack_settings = SlackSettings(
            base_url=slack.base_url, bot_token=Secret(slack.bot_token), app_token=Secret(slack.app_token)
        )
        on_slack = SlackConnection(slack_settings, clock=clock)
        await on_slack.start(listen=False)
        stack.push_async_callback(on_slack.stop)
        settings = DiscordSettings(discord.api_url, discord.gateway_url, Secret(discord.token))
        on_discord = DiscordConnection(settings, clock=clock, gateway=False)
        await on_discord.start()
        stack.push_async_callback(on_discord.stop)
        notifiers = {
            Platform.SLACK: Witness(on_slack.notifier, clock),
            Platform.DISCORD: Witness(on_discord.notifier, clock),
        }
        parts = {Platform.DISCORD: discord_parts, Platform.SLACK: _standin("slack").parts}
        yield Rig(clock, store, slack, discord, guild, notifiers, parts)
    assert slack.verdict() == [], "\n".join(map(str, slack.verdict()))
    assert discord.settle() == [], "\n".join(discord.settle())
