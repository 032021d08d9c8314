"""A run of the bot from its first moment to its end: the database it holds, signals, a configuration read again.

Promises: a signal is obeyed from the first moment on, also while the start waits for a platform; a configuration that is bad or
cannot run changes nothing, and the one before goes on; one run holds a database file. Nothing else reads signals. Builds no
part: what works is ``bot.app.Bot``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.app import Bot
from bot.cluster import hear_time, several
from bot.compose import compile_rules
from bot.config.load import environment, forget_packs, load, unsupported
from bot.config.settings import Settings
from bot.core.clock import Clock, SharedClock, SystemClock
from bot.core.duties import ALL_DUTIES
from bot.core.errors import ConfigError, UserInputError, WorkError
from bot.keeping import keep_before_upgrade
from bot.options import Options
from bot.scheduler.local import within
from bot.service.learn import learnt
from bot.service.onepoll import PollResult
from bot.service.repeated import remembered
from bot.store.apart import upgrade_apart
from bot.store.database import BUSY_TIMEOUT, Store
from bot.store.facts import MOVED_TO
from bot.store.instance import only_run, scratch_copy, sqlite_path
from bot.web.supervisor import Supervisor

INTERRUPTED = 130
"""Exit status after Ctrl+C (docs/commands.md)."""

CLOSED_WITHIN = 5.0
"""Seconds for closing connections to the database, which may be out of reach."""
PATIENT = timedelta(minutes=1)
"""How long the work of a bot that runs waits for another program to leave the database: what a source answered would otherwise have
to be asked for again. Persons are told sooner (``bot.core.patience``)."""

log = structlog.get_logger(__name__)


async def run(settings: Settings, options: Options, *, clock: Clock | None = None, stop: asyncio.Event | None = None) -> int:
    """Run the bot until it is told to stop, by a signal or by ``stop`` (or once); returns the exit status.

    Raises:
        UserInputError: another run holds the database, or a dry run has nothing to copy.
        WorkError: the database or the web address cannot be used.
    """
    clock = clock or SystemClock()
    supervisor = Supervisor(environment(), clock)
    options = replace(options, on_beat=supervisor.beat)
    rereads = options.config is not None and not options.once
    told = _Told(stop or asyncio.Event(), supervisor, asyncio.Event() if rereads else None)
    with _signals(told), _database(settings, options) as url:  # first of all: a start takes a moment, and may be called off in it
        if options.duties != ALL_DUTIES and not several(settings):
            raise UserInputError(
                "The database is a SQLite file, which one process has to itself: `watchlamp run` does everything there. Several "
                "processes need a PostgreSQL (database.url)."
            )
        password = settings.database_password.reveal() if settings.database_password else None
        if not options.dry_run:
            await keep_before_upgrade(settings, clock)
            if options.lean and (path := sqlite_path(url)) is not None:
                await upgrade_apart(path, told.stop, options.begun)
                if told.stop.is_set():
                    return told.status
        patient = BUSY_TIMEOUT if options.once else PATIENT
        store = await Store.open(url, password=password, busy_timeout=patient, pool=settings.database_pool)
        try:
            if moved := await store.fact(MOVED_TO):
                raise UserInputError(
                    f"This database was moved to {moved}. Write that address into database.url; to work with this one again, and "
                    "never with the other, `watchlamp db stay` takes the mark away."
                )
            if told.stop.is_set():
                return told.status
            if several(settings):  # also of a run that ends at once: others may work beside it, by the same time
                clock = SharedClock(clock)
                await hear_time(store, clock)
            work = _once if options.once else _forever
            return await work(settings, store, options, clock, told)
        finally:
            await within(CLOSED_WITHIN, store.close())


@contextlib.contextmanager
def _database(settings: Settings, options: Options) -> Iterator[str]:
    if options.dry_run:
        with scratch_copy(settings.database_url) as url:
            yield url
    else:
        with only_run(settings.database_url):
            yield settings.database_url


async def _once(settings: Settings, store: Store, options: Options, clock: Clock, told: _Told) -> int:
    bot = Bot(settings, store, options, clock, await learnt(store), repeats=await remembered(store))
    desk = contextlib.AsyncExitStack()
    lost = asyncio.Event()
    work = asyncio.create_task(_prepared(bot, desk, lost), name="once")
    waits = [asyncio.create_task(event.wait(), name="stop") for event in (told.stop, lost)]
    try:
        await asyncio.wait({work, *waits}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            if not told.stop.is_set():
                raise WorkError(
                    "This process was silent for so long that another may work on the database: the rest is left to that."
                )
            return told.status
        results = work.result()
    finally:
        for task in (work, *waits):
            task.cancel()
        await asyncio.gather(work, *waits, return_exceptions=True)
        await bot.reader.stop()
        await bot.deliverer.stop()
        await bot.close()
        await desk.aclose()
    failed = [result for result in results if result.error]
    for result in failed:
        sys.stderr.write(f"{result.source_id}: {result.error}\n")
    return 1 if failed and len(failed) == len(results) else 0


async def _prepared(bot: Bot, desk: contextlib.AsyncExitStack, lost: asyncio.Event) -> list[PollResult]:
    async def on_lost() -> None:
        lost.set()

    await desk.enter_async_context(bot.desk_to_itself(on_lost))
    await bot.prepare()
    return await bot.once()


async def _forever(settings: Settings, store: Store, options: Options, clock: Clock, told: _Told) -> int:
    proven: Settings | None = None
    while True:
        bot = Bot(settings, store, options, clock, await learnt(store), repeats=await remembered(store))
        try:
            if await _begun(bot, told):
                proven = settings
                told.supervisor.ready(
                    f"{len(settings.sources)} sources, {len(settings.rules)} rules, {len(settings.channels)} channels"
                )
                settings = await _until_told(settings, options, told, store)
        except WorkError as error:
            if proven is None or proven is settings:
                raise
            log.warning("the changed configuration cannot run, the one before goes on", error=str(error))
            settings = proven
        finally:
            (told.supervisor.stopping if told.stop.is_set() or proven is None else told.supervisor.reloading)()
            await bot.stop()
        if told.stop.is_set():
            return told.status
        options.on_reload(settings)


async def _begun(bot: Bot, told: _Told) -> bool:
    """Start the bot; False if the run was told to end meanwhile."""
    work = asyncio.create_task(bot.prepare(), name="prepare")
    stopped = asyncio.create_task(told.stop.wait(), name="stop")
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            return False
        await work
        await bot.start()
        set_aside()
        return True
    finally:
        for task in (work, stopped):
            task.cancel()
        await asyncio.gather(work, stopped, return_exceptions=True)


def set_aside() -> None:
    """Leave what a start has built out of all later searches for garbage (https://docs.python.org/3/library/gc.html#gc.freeze).

    Python looks through every object for cycles again and again while much is filed, and the event loop stands still meanwhile.
    The 150,000 of the program itself are no garbage before the configuration is read again, when this is asked for anew.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def _until_told(settings: Settings, options: Options, told: _Told, store: Store) -> Settings:
    """Wait for the signal to stop or for a good new configuration; a bad one is told and changes nothing.

    Raises:
        WorkError: the disk lost what it was told to keep; the process has to end.
    """
    while True:
        events = [event for event in (told.stop, told.reload, store.health.broken) if event is not None]
        waits = [asyncio.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        store.health.require_whole()
        if told.stop.is_set() or told.reload is None or options.config is None:
            return settings
        told.reload.clear()
        try:
            changed = _reloaded(options.config, settings)
        except (UserInputError, WorkError) as error:
            log.warning("configuration not reloaded, the running one stays", error=str(error))
            continue
        log.info("configuration reloaded")
        return changed


def _reloaded(path: Path, running: Settings) -> Settings:
    """The configuration as the file says it now.

    Raises:
        UserInputError: it has mistakes, or it changes what a running bot cannot change.
    """
    changed = load(path, environ=environment())
    forget_packs()
    if refused := unsupported(changed):
        raise ConfigError(refused)
    if changed.database_url != running.database_url:
        raise UserInputError("database.url changed: that needs a restart.")
    compile_rules(changed)
    return changed


@dataclass(slots=True)
class _Told:
    """What signals asked for, and who hears what came of it.

    Attributes:
        supervisor: who started this process, as far as it listens.
        reload: None if there is no file to read again.
        status: the exit status of a run that ends now.
    """

    stop: asyncio.Event
    supervisor: Supervisor
    reload: asyncio.Event | None = None
    status: int = 0

    def end(self, status: int) -> None:
        """End the run with an exit status."""
        self.status = status
        self.stop.set()


@contextlib.contextmanager
def _signals(told: _Told) -> Iterator[None]:
    """SIGTERM and SIGINT end the run (0 and 130), SIGHUP reads the configuration again (where the system has them)."""
    loop = asyncio.get_running_loop()
    wanted: dict[str, Callable[[], object]] = {"SIGTERM": partial(told.end, 0), "SIGINT": partial(told.end, INTERRUPTED)}
    if told.reload is not None:
        wanted["SIGHUP"] = told.reload.set
    handled = []
    for name, answer in wanted.items():
        number = getattr(signal, name, None)
        if number is not None:
            before = signal.getsignal(number)
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C then ends the run as KeyboardInterrupt
                loop.add_signal_handler(number, answer)
                handled.append((number, before))
    try:
        yield
    finally:
        for number, before in handled:
            loop.remove_signal_handler(number)
            signal.signal(number, before)
