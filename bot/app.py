"""The composition root of a run: builds every part once, starts and stops them.

Parts get what they need through their constructors. When the bot runs and when it ends is told to it (``bot.running``): it reads
no signal and no file.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from functools import partial

import structlog

from bot import __version__
from bot.adapters.console.notifier import ConsoleNotifier
from bot.chats import Chats
from bot.cluster import Cluster, desk_to_itself, hear_time, several
from bot.commands.reasons import HAPPENED
from bot.compose import at_once, compile_rules, declaring_of, from_file, posting, rulebook_of, watched
from bot.config.declared import DeclaredTables
from bot.config.settings import Settings
from bot.core.clock import Clock, SharedClock
from bot.core.deliveries import Delivery
from bot.core.duties import Duty
from bot.core.model import Channel, Platform
from bot.core.patience import waiting_at_most
from bot.options import Options
from bot.outbox.drain import Drain, Trouble
from bot.outside import Outside
from bot.polling import Polling
from bot.rules.frequencies import Frequencies
from bot.scheduler.local import LocalScheduler, Stage, within
from bot.service.alert import Alerter, Filed
from bot.service.archive import Archivist
from bot.service.deliver import Deliverer
from bot.service.heard import Heard
from bot.service.inforce import Force, InForce, own_workspace
from bot.service.inuse import InUse
from bot.service.learn import Learner, learnt
from bot.service.monitor import Monitor
from bot.service.onepoll import PollResult
from bot.service.read import Reader
from bot.service.reminders import Reminders
from bot.service.repeated import OwnWords, remembered
from bot.service.restored import Recollection
from bot.service.retention import Forgetful
from bot.service.silences import Muting
from bot.service.sourcehealth import condition
from bot.service.storewatch import StoreWatch
from bot.service.upkeep import Upkeep
from bot.spare import Spare
from bot.store.database import Store
from bot.store.instance import sqlite_path
from bot.store.revisions import HEAD
from bot.stories.model import build_model
from bot.text.repeats import Repeats
from bot.web.health import application
from bot.web.metrics import Levels, Metrics
from bot.web.pulse import Pulse
from bot.web.server import WebServer

STOPPED_WITHIN = 6.0
"""Seconds for what is in hand when the bot is told to stop; closing connections takes the rest of the ten that supervisors such as
`docker stop` give (https://docs.docker.com/reference/cli/docker/container/stop/, 2026-11)."""

LEARNT_WITHIN = 1.0
"""Seconds for keeping what was learnt."""
LEFT_WITHIN = 2.5
"""Seconds for taking leave of the processes beside this one; a database that does not answer would take for ever."""
AGREED_WITHIN = timedelta(days=1)
"""What waits for channels that this process does not know is left so long to others, whose configuration may be newer."""

log = structlog.get_logger(__name__)


class Bot:
    """Every part of a running bot, wired once."""

    def __init__(  # one statement a part: wiring reads best from top to bottom
        self,
        settings: Settings,
        store: Store,
        options: Options,
        clock: Clock,
        frequencies: Frequencies | None = None,
        *,
        repeats: Repeats | None = None,
    ) -> None:
        alone = options.once or options.dry_run or not several(settings)
        shared = clock if isinstance(clock, SharedClock) else SharedClock(clock)
        clock = clock if alone else shared
        self.settings = settings
        self.store = store
        self._options = options
        self._clock = clock
        self._ready = False
        self._stored = False
        frequencies = frequencies or Frequencies()
        self.in_force = InForce(
            from_file(settings),
            DeclaredTables(settings),
            store=store,
            engine=compile_rules(settings, frequencies),
            adjusted=at_once if options.once else lambda channel: channel,
        )
        # These are what the parts hold; what is in force is put into them at one instant.
        self._in_use = InUse(self.in_force.current)
        channels = self._in_use.channels
        engine = self.in_force.current.engine
        self.learner = Learner(
            frequencies, engine, compiled=self.in_force.compiled, store=store, clock=clock, on_compiled=self.in_force.adopt
        )
        self._spare = Spare(store, clock)
        self.own_words = OwnWords(repeats or Repeats(), store=store, clock=clock)
        self.outside = Outside(settings, clock)
        self.metrics = Metrics(version=__version__, channels=channels, levels=self._levels, schema=HEAD)
        self._poll_stage = Stage("poll", self._poll_due)
        self._alert_stage = Stage("alert", self._file_ready)
        self._deliver_stage = Stage("deliver", self._send_due)
        self._learn_stage = Stage("learn", self._keep_up)
        self.reader = Reader(
            self._in_use.sources,
            read_page=self.outside.read_page,
            on_ready=self._alert_stage.wake,
            own_words=self.own_words.of,
            backfill=max((channel.settings.backfill for channel in channels.values()), default=0),
        )
        self.cluster = (
            None
            if alone
            else Cluster(
                settings,
                store,
                shared,
                duties=options.duties,
                on_call=self._called,
                take_desk=self._take_desk,
                workspace_of=lambda channel: self._workspace_of(channels[channel]),
                new_token=lambda: secrets.token_hex(8),
            )
        )
        self.polling = Polling(
            settings,
            options,
            self._in_use.sources,
            store=store,
            outside=self.outside,
            clock=clock,
            cluster=self.cluster,
            on_news=self._news,
            on_polled=self._polled,
            at_desk=self._at_desk,
        )
        model = build_model(engine.watch_words)
        self.alerter = Alerter(
            store=store,
            rulebook=rulebook_of(settings, self.in_force.current, self.learner),
            model=model,
            reader=self.reader,
            clock=clock,
            on_filed=self._filed,
            at=options.at,
            workspace_of=self._workspace_of,
            own_words=self.own_words.of,
        )
        console = ConsoleNotifier(options.out or sys.stdout, clock, jsonl=options.jsonl)
        self.chats = (
            None  # a dry run shows every message in the terminal and connects to nobody
            if options.dry_run
            else Chats(
                settings,
                store=store,
                in_force=self.in_force,
                clock=clock,
                on_written=self._written,
                declaring=declaring_of(
                    settings,
                    self.in_force,
                    store=store,
                    clock=clock,
                    model=model,
                    new_id=lambda: secrets.token_hex(6),
                    look_at=self.outside.look_at,
                    on_declared=self.take_up,
                ),
                listen=not options.once if alone else [Platform.SLACK] if options.duties - {Duty.WORK} else [],
                answered=None if alone else True,
                heard=None if self.cluster is None else Heard(store, clock),
            )
        )
        if self.cluster is not None and self.chats is not None and settings.discord is not None and Duty.CHAT in options.duties:
            self.cluster.hears_discord(self.chats.listen_discord)
        self.drain = Drain(
            store,
            dict.fromkeys(Platform, console) if self.chats is None else {Platform.CONSOLE: console, **self.chats.notifiers},
            channels,
            clock,
            new_token=lambda: secrets.token_hex(8),
            on_settled=self._settled,
            on_trouble=_tell_operator,
            at=options.at,
            may_go=self._may_go,
        )
        self.recollection = Recollection(store, self.drain.doubts.recall, channels, clock, on_settled=self._settled)
        self.deliverer = Deliverer(
            store=store,
            drain=self.drain,
            channels=channels,
            clock=clock,
            rules=self._in_use.rules,
            on_settled=self._settled,
            muted=Muting(store, self._in_use.rules.values, self._workspace_of, clock),
            recalled=self.recollection.ask,
            take_up=None if alone else self.take_up,
        )
        self.reminders = Reminders(store, channels, clock)
        self.archivist = Archivist(store)
        self.monitor = Monitor(
            store=store,
            clock=clock,
            sources=watched(self.in_force.current),
            channels=channels,
            rules=posting(self.in_force.current),
            operator=settings.operator_channel,
            why=HAPPENED,
            workspace_of=self._workspace_of,
        )
        self.store_watch = StoreWatch(
            store=store, clock=clock, operator=None if settings.operator_channel is None else channels[settings.operator_channel]
        )
        self.upkeep = Upkeep(self._in_use.sources, store=store, clock=clock, channels=channels)
        self.forgetful = Forgetful(
            settings.retention, self._in_use.sources, store=store, clock=clock, on_words_gone=self.archivist.begin_anew
        )
        if self.polling.shared is not None and self.cluster is not None:
            self.cluster.works(self.polling.shared, self.deliverer)
        hubs = self.polling.hubs
        self._scheduler = LocalScheduler(
            (
                self._poll_stage,
                self._alert_stage,
                self._deliver_stage,
                Stage("remind", self._remind_due),
                self._learn_stage,
                Stage("database", self._watch_store),
                *(hubs.stages if hubs is not None else ()),
            ),
            clock=clock,
            on_clock_step=self._clock_set,
        )
        self.pulse = Pulse(
            ask=store.trouble,
            works=lambda: self._scheduler.alive,
            clock=clock,
            on_beat=lambda: options.on_beat(self.readiness()),
            on_lag=self.metrics.lagged,
        )
        routes = (self.metrics.route,) if hubs is None else (self.metrics.route, hubs.route)
        endpoints = application(
            self.readiness, self.chats.endpoints if self.chats else None, routes, alive=lambda: self.pulse.alive
        )
        served = _served(settings, options)
        self._web = None if served is None else WebServer(endpoints, *served)

    def _workspace_of(self, channel: Channel) -> str | None:
        """The Slack team or Discord guild of a channel: that which declared it, or as far as its platform has said it."""
        own = own_workspace(channel)
        return own if own is not None or self.chats is None else self.chats.workspace_of(channel)

    def readiness(self) -> dict[str, bool]:
        """Parts by name, and whether each does its work."""
        return {
            "database": self._stored and self.store_watch.well and self.pulse.answered and self.pulse.trouble is None,
            "scheduler": self._ready and self._scheduler.alive and (self.cluster is None or self.cluster.alive),
            **(self.chats.readiness() if self.chats else {}),
        }

    async def prepare(self) -> None:
        """What comes before the first tick: declared sources are known, sends cut off by a crash are settled.

        A start is also when a person has seen to what parked a channel: an invitation, a permission, a token, a terminal.
        """
        self.pulse.start()
        if self._web is not None:
            await self._web.start()  # first: who supervises the process asks it also while a chat keeps it waiting
        if self.cluster is not None:
            await self.cluster.open()
        if self.chats is not None:
            await self.chats.start()
        await self.in_force.refresh()
        self.in_force.listen(self._use)
        await self._declare_sources()
        await self.polling.at_start()
        if self.cluster is not None:
            if Duty.WORK in self._options.duties:
                await self.recollection.at_start()  # what it knows is in memory, and any process that sends needs it
        else:
            await self._settle()
            # On a file that this run alone holds, what is still being sent was cut off; on a copy it may be in good hands.
            alone = sqlite_path(self.settings.database_url) is not None and not self._options.dry_run
            await self.drain.recover(all_sending=alone)

    async def _settle(self) -> None:
        """What whoever files and sends does before anything else."""
        await self.upkeep.at_start()
        await self.archivist.at_start()
        declared, now = list(self._in_use.channels), self._clock.now()
        due = now - AGREED_WITHIN if several(self.settings) else None  # a new channel of the file may be on its way to this process
        for row in await self.store.drop_undeclared(declared, now, due=due):
            log.warning("a message waited for a channel that is gone; it is not sent", channel=row.channel_id, id=row.id)
            self._options.on_settled(row)
        for channel_id, state in (await self.store.channel_states()).items():
            if state.parked is not None:
                await self.store.unpark(channel_id)
        if not self._options.dry_run:
            await self.recollection.at_start()

    async def _take_desk(self) -> None:
        """This process is given the desk: it goes on from what the one before it left."""
        self.learner.renew(await learnt(self.store))
        self.own_words.renew(await remembered(self.store))
        await self._settle()

    async def start(self) -> None:
        """Begin to work; returns when everything listens."""
        if self.cluster is not None:
            self.cluster.start()
        self._scheduler.start()
        self._ready = True
        log.info(
            "running",
            sources=len(self._in_use.sources),
            rules=len(self._in_use.rules),
            channels=len(self._in_use.channels),
            listen=f"{self._web.host}:{self._web.port}" if self._web is not None else None,
            node=None if self.cluster is None else self.cluster.node,
        )

    async def stop(self) -> None:
        """End cleanly, in ten seconds at the most: polls and page reads are dropped, the send in hand ends, nothing new begins."""
        self._ready = False
        self.alerter.stop()
        with waiting_at_most(timedelta(seconds=1)):  # what is learnt is not worth waiting for whoever holds the database
            if self.polling.hubs is not None:
                await self.polling.hubs.stop()
            ending = asyncio.gather(
                self.polling.stop(),
                self._scheduler.stop(),
                self.reader.stop(),
                self.deliverer.stop(),
                *([self.cluster.hand_over()] if self.cluster is not None else []),
                return_exceptions=True,
            )
            if await within(STOPPED_WITHIN, ending):
                for error in ending.result():
                    if isinstance(error, Exception):
                        log.error("a part did not end as it should", exc_info=error)
            else:
                log.warning("work in hand did not end in time; what became of a message on its way is asked at the next start")
            if self._web is not None:
                await self._web.stop()
            await self.close()

    def desk_to_itself(self, on_lost: Callable[[], Awaitable[object]]) -> AbstractAsyncContextManager[None]:
        """While this is entered, nobody but this run has anything polled, filed or sent; to be entered before it prepares.

        Args:
            on_lost: called when that is not so any more.

        Raises:
            UserInputError: other processes work on the database.
            StoreError: it does not answer.
        """
        if not isinstance(self._clock, SharedClock):
            return nullcontext()  # a database that a run holds alone
        new_token = partial(secrets.token_hex, 8)
        return desk_to_itself(self.settings, self.store, self._clock, new_token=new_token, on_lost=on_lost)

    async def once(self) -> list[PollResult]:
        """Poll everything due, file it, deliver what is pending."""
        await self.store.hasten_posts(self._clock.now())
        results = await self.polling.all_due()
        await self.alerter.file_ready()
        while await self.reader.wait():
            await self.alerter.file_ready()
        await self.reminders.tell_due()
        await self.recollection.let_go()
        await self.deliverer.send_all_due()
        return results

    async def close(self) -> None:
        """Keep what was learnt; release processes and connections."""
        await self.pulse.stop()
        if self._at_desk():  # else another has it, and what that one learnt counts
            await within(LEARNT_WITHIN, self._keep_learnt())
        if self.cluster is not None and not await within(LEFT_WITHIN, self.cluster.stop()):
            log.warning("the others could not be told that this process ends; they notice within half a minute")
        if self.chats is not None:
            await self.chats.stop()
        await self.outside.close()

    async def _keep_learnt(self) -> None:
        await self.learner.close()
        await self.own_words.close()

    async def take_up(self) -> None:
        """Bring into force what was declared since; also what another program wrote into the database.

        Raises:
            StoreError: the database does not answer; what is in force stays.
        """
        if await self.in_force.refresh():
            await self._declare_sources()
            self._poll_stage.wake()

    async def _declare_sources(self) -> None:
        await self.store.declare_sources(self.in_force.current.sources, self._clock.now(), least=self.settings.net.min_interval)

    def _use(self, force: Force) -> None:
        """Let every part go by what is in force."""
        self._in_use.use(force)
        self.learner.use(force.engine)
        self.alerter.use(rulebook_of(self.settings, force, self.learner))
        self.monitor.use(watched(force), posting(force))
        if self.chats is not None:
            self.chats.use(force)

    def _at_desk(self) -> bool:
        """Whether this process files, releases and says what is due: of several one does."""
        return self.cluster is None or self.cluster.desk.held

    def _news(self) -> None:
        """A source brought something."""
        self._spare.worked()
        self._alert_stage.wake()
        if self.cluster is not None and not self.cluster.desk.held:
            self.cluster.call_desk()

    def _written(self) -> None:
        """A command wrote something that is to be sent."""
        self._deliver_stage.wake()
        if self.cluster is not None and not self.cluster.desk.held:
            self.cluster.call_desk()

    def _called(self) -> None:
        """Another process has news for the desk, which is here."""
        self._alert_stage.wake()
        self._deliver_stage.wake()

    async def _clock_set(self, step: timedelta) -> None:
        if isinstance(self._clock, SharedClock) and self.cluster is not None:
            await hear_time(self.store, self._clock)  # what is due stands by the server's clock, which nobody set
        else:
            await self.upkeep.after_clock_step(step)

    async def _poll_due(self) -> None:
        try:
            await self.polling.due()
        except Exception:
            self._stored = False
            raise
        self._stored = True

    async def _file_ready(self) -> None:
        if self._at_desk():
            await self.alerter.file_ready()

    async def _remind_due(self) -> None:
        if self._at_desk() and await self.reminders.tell_due():
            self._deliver_stage.wake()

    def _may_go(self, row: Delivery) -> bool:
        return self.recollection.may_go(row)

    async def _send_due(self) -> None:
        if not self._at_desk():
            return
        await self.recollection.let_go()
        if self.cluster is None:
            await self.deliverer.send_due()
        else:
            await self.cluster.spread_sends()

    async def _watch_store(self) -> None:
        if self._at_desk() and await self.store_watch.keep_up():
            self._deliver_stage.wake()

    async def _keep_up(self) -> None:
        await self.take_up()
        await self.polling.keep_up()
        await self._spare.keep_up()
        if not self._at_desk():
            return
        await self.learner.keep_up()
        await self.own_words.keep_up()
        await self.archivist.keep_up()
        await self.forgetful.keep_up()
        if await self.monitor.keep_up():
            self._deliver_stage.wake()

    def _filed(self, filed: Filed) -> None:
        self._spare.worked()
        self.learner.observe(entry.words for entry in filed.items)
        self.metrics.filed(filed)
        self._options.on_filed(filed)
        if filed.deliveries:
            self._deliver_stage.wake()

    def _polled(self, result: PollResult) -> None:
        self.metrics.polled(result)

    def _settled(self, delivery: Delivery) -> None:
        self.metrics.settled(delivery)
        self._options.on_settled(delivery)

    async def _levels(self) -> Levels:
        """What goes up and down, for who watches the numbers."""
        now = self._clock.now()
        states = await self.store.source_states()
        channels = list(self._in_use.channels)
        return Levels(
            now=now,
            vitals=await self.store.vitals(now, channels),
            waiting=await self.store.waiting_counts(channels),
            busy=self._scheduler.busy(),
            sources=Counter(condition(states.get(source), now).health for source in self._in_use.sources),
            ready=self.readiness(),
        )


def _served(settings: Settings, options: Options) -> tuple[str, int] | None:
    """Where the process's own endpoints listen; nowhere for a run that ends at once or may stand beside a running bot."""
    if options.once or options.dry_run:
        return None
    if options.listen is not ...:
        return options.listen
    return None if settings.web is None else (settings.web.host, settings.web.port)


def _tell_operator(trouble: Trouble) -> None:
    log.error(
        "delivery trouble",
        channel=trouble.channel_id,
        reason=str(trouble.reason),
        delivery=trouble.delivery_id,
        why=trouble.sentence,
    )
