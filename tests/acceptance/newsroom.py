"""Two small feeds, four chat channels and a bot that is killed and started again; one death after the other."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.deliveries import Action, DeliveryState
from bot.core.outbox import AlertBatch, NewDelivery
from bot.core.reasons import Reason
from bot.store.database import Store

FEEDS = ("north", "south")
OPEN = "state in ('pending', 'sending', 'in_doubt')"


@dataclass
class Count:
    """What became of what was to be said in a channel.

    Attributes:
        posted: posts, edits or replies that readers see.
        lost: those that they do not.
        unsure: those that were being sent when the bot died: nobody had written down whether they arrived.
        doubled: those that stand there twice.
        marked: messages that say of themselves that they may be a repeat.
        held: those that wait for a person, since even the repeat got no answer.
        wrong: sentences about what must not be.
    """

    posted: int = 0
    lost: int = 0
    unsure: int = 0
    doubled: int = 0
    marked: int = 0
    held: int = 0
    wrong: list[str] = field(default_factory=list)


class Newsroom:
    """A folder with the bot's database and configuration, its feeds, its chats, and the bot of the moment."""

    def __init__(self, folder: Path, tools: Any, chats: Any) -> None:
        self.tools, self.chats, self.folder = tools, chats, folder
        self.database = folder / "bot.db"
        self.house = tools.feedhouse.FeedHouse({})
        self.bot: Any = None
        self._published: dict[str, list[Any]] = {name: [] for name in FEEDS}
        self._told: list[Any] = []
        self._events = 0
        self._stack = AsyncExitStack()

    async def open(self, connecting: Sequence[str] = (), **channels: dict[str, str]) -> None:
        """Serve the feeds, let the first starts die at these points, then let the silent first poll pass.

        Args:
            connecting: points.
            channels: settings by channel.
        """
        for name in FEEDS:
            self._published[name].append(self.event())
        self._print()
        await self.house.start()
        feeds, at_once = {name: name for name in FEEDS}, 'group_wait = "0s", group_interval = "0s"'
        config = self.chats.configuration(self.house, feeds, self.tools.press.TOKEN, defaults=at_once, **channels)
        (self.folder / "config.toml").write_text(config, encoding="utf-8")
        for point in connecting:
            await self.start(point)
            await self._died(point)
        await self.start()
        await self.bot.until(lambda: self.count("select count(*) from items where phase = 'filed'") == 2, "the first poll passed")
        assert await self.chats.held() == []

    async def close(self) -> None:
        """End the bot and the feeds."""
        await self._stack.aclose()
        await self.house.stop()

    def count(self, sql: str) -> int:
        """The number a query gives."""
        return int(self.tools.count(self.database, sql))

    def event(self) -> Any:
        """An entry about something that nobody reported."""
        self._events += 1
        return self.tools.press.Entry.first(f"event{self._events}")

    async def start(self, point: str = "+", channel: str = "", *, under: Sequence[str] = ()) -> None:
        """Start the bot, to die at a point (while it serves a channel) or to wait for orders; ``under`` another program."""
        await self._stack.aclose()
        arguments, environment = (self.tools.crashing, "config.toml", point, "1", channel), self.chats.environment()
        bot = self.tools.started(*arguments, cwd=self.folder, environment=environment, under=under)
        self.bot = await self._stack.enter_async_context(bot)

    async def killed_under(self, program: Sequence[str], death: Any, ready: Callable[[], None]) -> tuple[dict[str, Count], bool]:
        """Run the bot under a program that kills it, over a post in each feed; then as ``die``, counted by channel.

        Args:
            program: what it runs under.
            death: what the table calls it; its action is what there is to say.
            ready: called when it is dead, before it starts again.

        Returns:
            The counts, and whether everything had been said and written down before it died.
        """
        assert await self.tools.stop(self.bot) == 0
        entries = await getattr(self, death.action)()
        await self.start("-", under=program)
        await self._died(death.label)
        ready()
        unsure = self._being_sent(entries)
        over = self._all_said(entries)
        asked = len(self.house.requests)
        await self.start("-")
        await self.settled(entries, f"all was settled after a death at {death.label}")
        await self.bot.until(lambda: len(self.house.requests) > asked, "it works again")
        held = await self.chats.held()
        if death.action == "post":
            self.remember(entries, held)
        return self._judged(death, entries, unsure, held), over

    def _all_said(self, entries: Sequence[Any]) -> bool:
        titles = ", ".join(f"'{entry.title}'" for entry in entries)
        filed = self.count(f"select count(*) from items where phase = 'filed' and title in ({titles})") == len(entries)
        return filed and self.count(f"select count(*) from deliveries where {OPEN}") == 0

    async def _died(self, where: str) -> None:
        assert await self.bot.ended() == -signal.SIGKILL, f"{where} was never reached:\n" + "\n".join(self.bot.errors[-20:])

    # ------------------------------------------------------------ something to say

    async def post(self, ready: Callable[[], Awaitable[None]] | None = None, feeds: Sequence[str] = FEEDS) -> list[Any]:
        """An entry about something new in each of these feeds; ``ready`` is awaited when the first of them is asked for."""
        entries = [self.event() for _ in feeds]
        self._publish(dict(zip(feeds, entries, strict=True)), ready)
        return entries

    async def edit(self, ready: Callable[[], Awaitable[None]] | None = None) -> list[Any]:
        """Another outlet's report of an earlier event."""
        self._events += 1
        report = self.tools.press.Entry.second(self._told.pop(0).event, f"Herald{self._events}")
        self._publish({FEEDS[0]: report}, ready)
        return [report]

    async def reply(self, ready: Callable[[], Awaitable[None]] | None = None) -> list[Any]:
        """Replies to the post of an earlier event, written into the outbox as a plan would write them."""
        entry, follow = self._told.pop(0), self.event()
        if ready is not None:
            await ready()
        store = await Store.open(f"sqlite:{self.database}")
        try:
            rows = [row for row in await store.deliveries(limit=10_000) if row.action is Action.POST and row.message is not None]
            posts = [row for row in rows if row.message.headline == entry.title]
            now = datetime.now(UTC)
            replies = tuple(
                NewDelivery(
                    id=f"{follow.event}-{post.channel_id}",
                    workspace_id=post.workspace_id,
                    channel_id=post.channel_id,
                    action=Action.REPLY,
                    state=DeliveryState.PENDING,
                    reason=Reason.NEW_OUTLET,
                    message=replace(post.message, headline=follow.title),
                    story_id=post.story_id,
                    story_ids=(),
                    not_before=now,
                    target_id=post.id,
                )
                for post in posts
            )
            assert len(replies) == len(self.tools.chats.CHANNELS)
            await store.commit_alert(AlertBatch((), (), replies, (), (), now))
        finally:
            await store.close()
        return [follow]

    def _publish(self, news: dict[str, Any], ready: Callable[[], Awaitable[None]] | None) -> None:
        for name, entry in news.items():
            self._published[name].insert(0, entry)

        async def once() -> None:
            self.house.on_news = None
            if ready is not None:
                await ready()

        self.house.on_news = once
        self._print()

    def _print(self) -> None:
        now = datetime.now(UTC)
        for name, entries in self._published.items():
            self.house.documents[name] = self.tools.press.document(name, entries[:10], now)

    async def settled(self, entries: Sequence[Any], what: str) -> None:
        """Wait until these entries are filed and nothing is on its way any more."""
        titles = ", ".join(f"'{entry.title}'" for entry in entries)
        filed = f"select count(*) from items where phase = 'filed' and title in ({titles})"
        replies = sum(entry.title not in str(self._published) for entry in entries)

        def done() -> bool:
            return self.count(filed) + replies == len(entries) and self.count(f"select count(*) from deliveries where {OPEN}") == 0

        await self.bot.until(done, what)

    def remember(self, entries: Sequence[Any], held: Sequence[Any]) -> None:
        """Keep those events for edits and replies that stand once and without a mark in every channel."""
        for entry in entries:
            shown = [message for message in held if entry.title in message.text and message.below is None]
            if len(shown) == len(self.tools.chats.CHANNELS) and not any(message.marked for message in shown):
                self._told.append(entry)

    # ------------------------------------------------------------ one death

    async def die(self, death: Any) -> dict[str, Count]:
        """Have something to say, die over it, start again, and count by channel what readers see then."""
        order = self.tools.deaths.order(death)

        async def arm() -> None:
            await self.bot.arm(**order)

        if death.may_read:
            await self.chats.let_slack_be_read()
        early = death.point == "poll.due_stored"  # comes before a feed is asked for its news
        if early:
            await arm()
        entries = await getattr(self, death.action)(None if early else arm)
        await self._died(death.label)
        unsure = self._being_sent(entries)
        for point in death.then:
            await self.start(point, death.channel if point == death.point else "")
            await self._died(f"{death.label}: {point}")
            unsure |= self._being_sent(entries)
        await self.start()
        await self.settled(entries, f"all was settled after a death at {death.label}")
        held = await self.chats.held()
        if death.action == "post":
            self.remember(entries, held)
        return self._judged(death, entries, unsure, held)

    def _being_sent(self, entries: Sequence[Any]) -> set[tuple[str, str]]:
        rows = self.tools.query(self.database, "select channel_id, message from deliveries where state in ('sending', 'in_doubt')")
        return {(channel, entry.title) for channel, message in rows for entry in entries if entry.mark in message}

    def _judged(self, death: Any, entries: Sequence[Any], unsure: set[tuple[str, str]], held: Sequence[Any]) -> dict[str, Count]:
        counts = {channel: Count() for channel in self.tools.chats.CHANNELS}
        arrival = dict(self.tools.query(self.database, "select title, arrival from items"))
        entries = sorted(entries, key=lambda entry: arrival.get(entry.title, 0))
        waiting = self.tools.query(self.database, "select channel_id, message from deliveries where state = 'held'")
        for channel, count in counts.items():
            here = [message for message in held if message.channel == channel]
            places = []
            for entry in entries:
                shown = [message for message in here if entry.mark in message.text]
                known = (channel, entry.title) in unsure
                places += [here.index(message) for message in shown[:1]]
                count.posted += bool(shown)
                count.lost += not shown
                count.unsure += known
                count.doubled += len(shown) > 1
                count.marked += sum(message.marked for message in shown)
                count.held += sum(where == channel and entry.mark in message for where, message in waiting)
                if len(shown) > 1 and not known:
                    count.wrong.append(f"{channel}: {entry.title} was repeated although its receipt was written")
                if [message.marked for message in shown[1:]] not in ([], [True]):
                    count.wrong.append(f"{channel}: {entry.title} was repeated without a mark, or more than once")
                if any((message.below is not None) != (death.action == "reply") for message in shown):
                    count.wrong.append(f"{channel}: {entry.title} stands in the wrong place")
            if places != sorted(places):
                count.wrong.append(f"{channel}: out of order")
        return counts
