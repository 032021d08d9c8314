"""Watches over what the bot itself depends on, and tells who runs it.

That is its sources, channels and rules; once a week the sources that bring nothing any more; and, where a channel asks for it,
that everything was read and nothing matched.

Promises: what is told and that it was told are stored together, so that nothing is told twice or forgotten over a crash. Never
repairs anything, and never decides when something is worth telling: that is ``notices``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.core.clock import Clock
from bot.core.declared import scope_of
from bot.core.messages import NoticeMessage
from bot.core.model import FILE_WORKSPACE, Channel
from bot.core.outbox import ChannelState, NewDelivery
from bot.core.reasons import Reason
from bot.core.sources import SourceState
from bot.core.troubles import TroubleRecord
from bot.outbox.windows import next_digest
from bot.service import notices
from bot.service.audience import may_read, reader_of
from bot.service.workspaces import CHATS, WorkspaceOf

EVERY = 300.0
"""Seconds between two looks: nothing here is told before it has lasted for minutes."""
WEEKLY = "weekly mon 09:00"
"""When the list of the dead comes, by the operator's channel's clock."""
RULES_EVERY = timedelta(days=1)

log = structlog.get_logger(__name__)


class MonitorStore(Protocol):
    """What watching needs of the store."""

    async def source_states(self) -> dict[str, SourceState]:
        """By id."""
        ...

    async def channel_states(self) -> dict[str, ChannelState]:
        """By id."""
        ...

    async def troubles(self) -> dict[str, TroubleRecord]:
        """What is remembered, by subject."""
        ...

    async def fact(self, name: str) -> str | None:
        """A value kept under a name."""
        ...

    async def commit_notices(
        self,
        notices: Sequence[NewDelivery],
        kept: Sequence[TroubleRecord],
        forgotten: Sequence[str],
        facts_kept: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Write notices with what is remembered of them."""
        ...

    async def matched_between(self, start: datetime, end: datetime) -> dict[str, int]:
        """Matches by rule."""
        ...

    async def newest_arrival(self) -> int:
        """Number of the newest article."""
        ...

    async def items_by_source(self, since: datetime) -> dict[str, int]:
        """How many articles each source brought since then."""
        ...

    async def posted_since(self, channel_id: str, since: datetime) -> bool:
        """Whether news was posted."""
        ...

    async def given_up_since(self, since: datetime) -> dict[str, int]:
        """Messages given up, by channel."""
        ...


class Monitor:
    """Looks at everything every few minutes."""

    def __init__(
        self,
        *,
        store: MonitorStore,
        clock: Clock,
        sources: Sequence[str],
        channels: Mapping[str, Channel],
        rules: Mapping[str, Sequence[str]],
        operator: str | None,
        why: Mapping[Reason, str],
        workspace_of: WorkspaceOf = lambda _: None,
    ) -> None:
        """Build a monitor.

        Args:
            store: what is remembered.
            clock: tells the time.
            sources: ids of the declared sources.
            channels: by id.
            rules: ids of the rules that post, by channel id.
            operator: id of the operator's channel; None: trouble is logged alone.
            why: a sentence for every reason that a channel can be parked for.
            workspace_of: which workspace a chat's channel is in: it hears nothing of what others read.
        """
        self._store = store
        self._clock = clock
        self._sources = frozenset(sources)
        self._channels = channels
        self._rules = rules
        self._operator = None if operator is None else channels[operator]
        self._why = why
        self._workspace_of = workspace_of
        self._next = clock.monotonic()

    def use(self, sources: Sequence[str], rules: Mapping[str, Sequence[str]]) -> None:
        """Other sources are declared, or other rules post, from now on; the channels change where they are kept."""
        self._sources = frozenset(sources)
        self._rules = rules

    async def keep_up(self) -> bool:
        """Look, if it is time; whether anything is to be sent."""
        if self._clock.monotonic() < self._next:
            return False
        self._next = self._clock.monotonic() + EVERY
        return await self.look()

    async def look(self) -> bool:
        """Judge everything, tell what is to be told; whether anything is to be sent.

        Raises:
            StoreError: the store cannot be read or written.
        """
        now = self._clock.now()
        every = await self._store.source_states()
        states = {source_id: state for source_id, state in every.items() if source_id in self._sources}
        facts: dict[str, str] = {}
        known = await self._store.troubles()
        sources = notices.of_sources(states, now, were_away=notices.NETWORK in known)
        matters = [*sources, *await self._of_channels(), *await self._of_rules(facts, now)]
        decision = notices.decide(matters, known, now)
        gone = self._undeclared(known)
        messages = (
            [NoticeMessage(notices.headline(decision), (*decision.bad, *decision.good))] if decision.bad or decision.good else []
        )
        messages += await self._given_up(facts, now)
        messages += await self._weekly(states, facts, now)
        for message in messages:
            log.warning("notice", title=message.title, lines=list(message.lines))
        rows = [notices.to_send(self._operator, message, now) for message in messages] if self._operator is not None else []
        rows += await self._heartbeats(states, facts, now)
        if rows or decision.kept or decision.forgotten or gone or facts:
            await self._store.commit_notices(rows, decision.kept, (*decision.forgotten, *gone), facts, now)
        return bool(rows)

    def _undeclared(self, known: Mapping[str, TroubleRecord]) -> list[str]:
        """Subjects of sources, channels and rules that the configuration does not have any more."""
        rules = {rule for named in self._rules.values() for rule in named}
        declared = {"source": self._sources, "channel": self._channels.keys(), "rule": rules}
        parts = {subject: subject.partition(":") for subject in known}
        return [subject for subject, (kind, mark, name) in parts.items() if mark and name not in declared.get(kind, ())]

    async def _of_channels(self) -> list[notices.Matter]:
        states = await self._store.channel_states()
        parked = {
            channel_id: self._why.get(state.parked, str(state.parked))
            for channel_id, state in states.items()
            if state.parked is not None and channel_id in self._channels
        }
        own = sorted(channel.id for channel in self._channels.values() if channel.workspace_id == FILE_WORKSPACE)
        return notices.of_channels(parked, own)  # who declared another one in a chat sees there that it is parked

    async def _of_rules(self, facts: dict[str, str], now: datetime) -> list[notices.Matter]:
        """Once a day: it reads every match of four months."""
        if not await self._is_due("notices.rules", RULES_EVERY, now):
            return []
        facts["notices.rules"] = _written(now)
        recent = await self._store.matched_between(now - notices.RULE_SILENT, now + timedelta(days=1))
        before = await self._store.matched_between(now - notices.RULE_SILENT - notices.RULE_PAST, now - notices.RULE_SILENT)
        posting = {rule for named in self._rules.values() for rule in named if scope_of(rule) == FILE_WORKSPACE}
        return notices.of_rules(recent, before, sorted(posting))

    async def _given_up(self, facts: dict[str, str], now: datetime) -> list[NoticeMessage]:
        since = _instant(await self._store.fact("notices.given_up"))
        ahead = since is not None and since > now  # written by a clock that was set back since: after the last look at the earliest
        if ahead:
            since = now - 2 * timedelta(seconds=EVERY)
        lost = {} if since is None else await self._store.given_up_since(since)
        if since is None or lost or ahead:
            facts["notices.given_up"] = _written(now)
        lines = [
            f"{channel}: {count} {'message' if count == 1 else 'messages'}. `watchlamp outbox list --state dead` tells why; "
            "`watchlamp outbox retry ID` sends again."
            for channel, count in lost.items()
        ]
        return [NoticeMessage("Messages were given up", tuple(lines))] if lines else []

    async def _weekly(self, states: Mapping[str, SourceState], facts: dict[str, str], now: datetime) -> list[NoticeMessage]:
        zone = "UTC" if self._operator is None else self._operator.settings.timezone
        due = _instant(await self._store.fact("notices.weekly"))
        following = next_digest(WEEKLY, now, zone)
        if due is not None and now < due <= following:
            return []
        facts["notices.weekly"] = _written(following)
        message = None if due is None or due > now else notices.the_dead(states, now)  # one too far ahead comes at its next time
        return [] if message is None else [message]

    async def _heartbeats(self, states: Mapping[str, SourceState], facts: dict[str, str], now: datetime) -> list[NewDelivery]:
        rows = []
        for channel in tuple(self._channels.values()):
            schedule = channel.settings.heartbeat
            if not schedule:
                continue
            name = f"notices.heartbeat.{channel.id}"
            written = (await self._store.fact(name) or "").split("|")
            due = _instant(written[0])
            following = next_digest(schedule, now, channel.settings.timezone)
            if due is not None and now < due <= following:
                continue
            newest = await self._store.newest_arrival()
            facts[name] = "|".join((_written(following), _written(now), str(newest)))
            if due is None or due > now or len(written) != 3:
                continue  # the first time, or the first since the clock was set back: there is nothing to compare with
            since = _instant(written[1]) or now
            seen = {name: state for name, state in states.items() if may_read(name, self._reader(channel))}
            came = newest - int(written[2])
            if len(seen) < len(states):
                brought = await self._store.items_by_source(since)
                came = sum(number for name, number in brought.items() if name in seen)
            if await self._store.posted_since(channel.id, since):
                continue
            message = notices.heartbeat(
                since=since,
                now=now,
                sources=len(seen),
                troubled=sum(1 for state in seen.values() if notices.in_trouble(state, now)),
                articles=came,
                rules=len(self._rules.get(channel.id, ())),
            )
            rows.append(notices.to_send(channel, message, now))
        return rows

    def _reader(self, channel: Channel) -> str:
        """For whose eyes a channel is: the operator's where it is no chat's, or hears of trouble; else its workspace's."""
        if channel.platform not in CHATS or (self._operator is not None and channel.id == self._operator.id):
            return FILE_WORKSPACE
        return reader_of(channel, self._workspace_of)

    async def _is_due(self, name: str, every: timedelta, now: datetime) -> bool:
        last = _instant(await self._store.fact(name))
        return last is None or not timedelta(0) <= now - last < every


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _instant(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
