"""Wakes several processes over one PostgreSQL: jobs say that a site has sources due, a channel something to send, the desk news.

Promises: jobs are wake-ups and nothing else, so losing all of them costs nothing: what is due stands in the store and is looked for
again; of a site, and of a channel, one job runs and one waits at the most; a job whose process died stops its site or channel for
half a minute. What a job does is told to it by functions: it decides nothing and knows no store.

The queue is procrastinate (https://procrastinate.readthedocs.io/, 3.10, 2026-11), in a schema of its own.

Jobs are never tried again. Of one that failed, or whose process is silent, nothing is left but its row, and that is removed: what
was due is still due. So the trap is avoided that a job cannot be put back while a later one with its queueing lock waits
(https://github.com/procrastinate-org/procrastinate/issues/1446). Of a job whose end could not be written down, for its connection
broke just then, the queue believes for ever that it goes on, and its process knows better.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.core.errors import StoreError

SCHEMA = "watchlamp_jobs"
"""Where procrastinate's tables stand. Who drops it loses nothing."""
VISITS = "watchlamp"
"""Queue of the sites to ask, for any process that works."""
SENDS = "watchlamp_sends"
"""Queue of the channels to send to, likewise: apart, so that sites that hang keep no message waiting."""
DESK = "watchlamp_desk"
"""Queue of what the one process does that has the desk."""
HEARTBEAT = 10.0
DEAD_AFTER = 30.0
"""Seconds without a heartbeat after which a process counts as dead, and its jobs as over."""
REAPED_EVERY = 15.0
POLLED_EVERY = 5.0
"""Seconds after which the queue is looked at though nobody said that there is something."""
POLLED_UNHEARD = 1.0
"""The same where the database cannot tell of news."""
ENDED_WITHIN = 2.0
"""Seconds for jobs in hand when the process is told to stop."""
LEFT_WITHIN = ENDED_WITHIN + 0.5
"""Seconds after which nobody waits for a database that does not answer any more."""
PAUSE = 1.0
"""Seconds before a worker that broke off is started again."""
TOGETHER = 500
"""Jobs put into the queue in one statement."""

_INSTALL_LOCK = 0x574C4D5000000003
"""Key of the advisory lock under which one process makes the schema while others wait."""
_FOUND = f"SELECT step FROM {SCHEMA}.watchlamp_version"  # noqa: S608  # names of ours
_MADE = f"INSERT INTO {SCHEMA}.watchlamp_version VALUES (%s)"  # noqa: S608  # likewise
_CHANGED = f"UPDATE {SCHEMA}.watchlamp_version SET step = %s"  # noqa: S608  # likewise

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One wake-up.

    Attributes:
        key: what it is about; one with the same key that waits already is enough.
        arguments: what its function is called with.
        priority: the higher one goes first.
    """

    key: str
    arguments: Mapping[str, Any]
    priority: int = 0


class Jobs:
    """The queue, as one process sees it.

    Args:
        database: how PostgreSQL is reached, as libpq's ``conninfo``.
        node: this process, for people to read.
        concurrency: jobs in hand at a time, of visits and of sends each.
        listen: whether the database can tell of new jobs (a pooler between may not let it).
        on_visit: asks the sources of a site: called with their ids.
        on_drain: sends what is due in a channel: called with its id.
        on_call: called when there is news for the desk; only who listens to it is.
    """

    def __init__(
        self,
        database: str,
        *,
        node: str,
        concurrency: int,
        listen: bool,
        on_visit: Callable[[Sequence[str]], Awaitable[object]],
        on_drain: Callable[[str], Awaitable[object]],
        on_call: Callable[[], object],
    ) -> None:
        self._database = database
        self._node = node
        self._concurrency = concurrency
        self._listen = listen
        self._on_visit = on_visit
        self._on_drain = on_drain
        self._on_call = on_call
        self._app: Any = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._reaper: asyncio.Task[None] | None = None
        self._in_hand: set[int] = set()
        self._workers: set[int] = set()
        """Under which numbers the queue knows this process."""
        self._ended: frozenset[int] = frozenset()
        """Jobs that go on by the queue, and did not by this process at the last look."""

    @property
    def alive(self) -> bool:
        """Whether everything that was started runs still."""
        tasks = [*self._running.values(), *([self._reaper] if self._reaper is not None else [])]
        return all(not task.done() for task in tasks)

    @property
    def in_hand(self) -> int:
        """Jobs that this process does now."""
        return len(self._in_hand)

    async def open(self) -> None:
        """Make the queue's tables if they are not there, and connect.

        Raises:
            StoreError: the database does not answer, or the packages it takes are not installed.
        """
        try:
            import procrastinate  # noqa: PLC0415  # only where several processes work together
            import psycopg  # noqa: PLC0415  # likewise
        except ModuleNotFoundError as error:
            raise StoreError("Several processes on one PostgreSQL need: pip install 'watchlamp[postgresql]'.") from error
        # It tells every job it begins and ends, and an error of ours with its values; what is worth telling is told here.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        theirs = psycopg.conninfo.conninfo_to_dict(self._database).get("options") or ""
        options = (
            f"{theirs} -c search_path={SCHEMA} -c lock_timeout=10s -c statement_timeout=30s "
            "-c idle_in_transaction_session_timeout=10s -c timezone=UTC"
        )
        database = psycopg.conninfo.make_conninfo(self._database, options=options.strip())
        try:
            await _install(database)
            connector = procrastinate.PsycopgConnector(conninfo=database, min_size=1, max_size=4, timeout=10, kwargs={})
            app = procrastinate.App(connector=connector)
            await app.open_async()
        except (psycopg.Error, procrastinate.exceptions.ProcrastinateException, OSError) as error:
            raise StoreError(f"The queue of jobs cannot be used: {_said(error)}") from error
        app.task(name="visit", queue=VISITS, pass_context=True)(self._visit)
        app.task(name="drain", queue=SENDS, pass_context=True)(self._drain)
        app.task(name="call", queue=DESK, pass_context=True)(self._call)
        self._app = app

    def start(self) -> None:
        """Begin to do jobs."""
        self._run(VISITS, self._concurrency)
        self._run(SENDS, self._concurrency)
        self._reaper = asyncio.create_task(self._reap(), name="reap jobs")

    def listen_to_desk(self, *, on: bool) -> None:
        """Hear, or hear no more, what is for the one process that has the desk."""
        if on:
            self._run(DESK, 1)
        elif (task := self._running.pop(DESK, None)) is not None:
            task.cancel()

    async def stop(self) -> None:
        """Begin no job any more, give those in hand some seconds, and disconnect."""
        tasks = [*self._running.values(), *([self._reaper] if self._reaper is not None else [])]
        for task in tasks:
            task.cancel()
        if tasks and (await asyncio.wait(tasks, timeout=LEFT_WITHIN))[1]:
            log.warning("the queue of jobs could not be left in order; what this process had in hand there is told again")
        self._running.clear()
        if self._app is not None:
            try:
                async with asyncio.timeout(ENDED_WITHIN):
                    await self._app.close_async()
            except Exception as error:  # noqa: BLE001  # whatever a connection that is given up says on its way
                log.debug("the queue of jobs was left in a hurry", error=_said(error))

    # ------------------------------------------------------------ put into the queue

    async def visits(self, jobs: Sequence[Job]) -> None:
        """Have sites visited.

        Raises:
            StoreError: the database does not answer; what is due is told again at the next look.
        """
        await self._defer("visit", VISITS, "site:", jobs)

    async def drains(self, jobs: Sequence[Job]) -> None:
        """Have channels drained.

        Raises:
            StoreError: the database does not answer; what is due is told again at the next look.
        """
        await self._defer("drain", SENDS, "channel:", jobs)

    async def call_desk(self) -> None:
        """Tell whoever has the desk that there is news.

        Raises:
            StoreError: the database does not answer; the desk looks by itself.
        """
        await self._defer("call", DESK, "desk", [Job("", {})])

    async def _defer(self, task: str, queue: str, prefix: str, jobs: Sequence[Job]) -> None:
        from procrastinate import exceptions  # noqa: PLC0415  # see ``open``

        if not jobs or self._app is None:
            return
        try:
            keys = [f"{prefix}{job.key}" for job in jobs]
            there = await self._waiting(keys)
            wanted = [(key, job) for key, job in zip(keys, jobs, strict=True) if key not in there]
            for start in range(0, len(wanted), TOGETHER):
                await self._defer_some(task, queue, wanted[start : start + TOGETHER])
        except exceptions.ProcrastinateException as error:
            raise StoreError(f"Jobs cannot be put into the queue: {_said(error)}") from error

    async def _defer_some(self, task: str, queue: str, wanted: Sequence[tuple[str, Job]]) -> None:
        from procrastinate import exceptions, jobs  # noqa: PLC0415  # see ``open``

        assert self._app is not None
        made = [
            jobs.Job(
                queue=queue,
                lock=key,
                queueing_lock=key,
                task_name=task,
                task_kwargs=dict(job.arguments),
                priority=job.priority,
            )
            for key, job in wanted
        ]
        if not made:
            return
        try:
            await self._app.job_manager.batch_defer_jobs_async(made)
        except exceptions.AlreadyEnqueued:  # another process told of one of them at the same time: then each by itself
            if len(made) > 1:
                for one in wanted:
                    await self._defer_some(task, queue, [one])

    async def _waiting(self, keys: Collection[str]) -> set[str]:
        assert self._app is not None
        rows = await self._app.connector.execute_query_all_async(
            "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(keys)s)", keys=list(keys)
        )
        return {row["queueing_lock"] for row in rows}

    # ------------------------------------------------------------ done

    async def _visit(self, context: Any, sources: list[str]) -> None:
        with self._told(context.job, ",".join(sources[:3])):
            await self._on_visit(sources)

    async def _drain(self, context: Any, channel: str) -> None:
        with self._told(context.job, channel):
            await self._on_drain(channel)

    async def _call(self, context: Any) -> None:
        with self._told(context.job, ""):
            self._on_call()

    @contextlib.contextmanager
    def _told(self, job: Any, about: str) -> Iterator[None]:
        """Count a job; what it meets is told, and never left to the queue, which would keep it."""
        self._in_hand.add(job.id)
        self._workers.add(job.worker_id)
        task = job.task_name
        try:
            yield
        except StoreError as error:
            log.warning("a job could not be done, it is told again when it is due", job=task, about=about, error=str(error))
        except Exception:
            log.exception("a job met a fault of the program, it is told again when it is due", job=task, about=about)
        finally:
            self._in_hand.discard(job.id)

    def _run(self, queue: str, concurrency: int) -> None:
        if queue not in self._running:
            self._running[queue] = asyncio.create_task(self._work(queue, concurrency), name=f"jobs of {queue}")

    async def _work(self, queue: str, concurrency: int) -> None:
        """Do jobs for as long as this task lives, whatever becomes of connections and of the queue's own tasks."""
        assert self._app is not None
        told = ""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[queue],
                    name=self._node,
                    concurrency=concurrency,
                    fetch_job_polling_interval=POLLED_EVERY if self._listen else POLLED_UNHEARD,
                    shutdown_graceful_timeout=ENDED_WITHIN,
                    listen_notify=self._listen,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=DEAD_AFTER,
                )
                why = "it ended by itself"
            except Exception as error:  # noqa: BLE001  # whatever it is, this process must not stop working over it
                why = _said(error)
            if (task := asyncio.current_task()) is not None and task.cancelling():
                return  # told to end, and the queue's library met something else on its way out
            if why != told:
                log.warning("the queue of jobs broke off, it is taken up again", queue=queue, error=why)
            told = why
            await asyncio.sleep(PAUSE)

    async def _reap(self) -> None:
        """End jobs that nobody does, whatever the queue believes: what was due is due still, and is told again."""
        while True:
            await asyncio.sleep(REAPED_EVERY)
            try:
                await self._end_silent()
                await self._end_forgotten()
            except Exception as error:  # noqa: BLE001  # it must outlive any failure of the database
                log.debug("jobs that nobody does could not be looked for, tried again", error=_said(error))

    async def _end_silent(self) -> None:
        """Those of processes that are silent."""
        assert self._app is not None
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
            if job.id is not None:
                log.info("a job's process is silent, the job is over", job=job.task_name, lock=job.lock)
                await self._end(job.id)

    async def _end_forgotten(self) -> None:
        """Those of this process that it did to their end, and could not say so; two looks, for it may be saying so now."""
        assert self._app is not None
        rows = await self._app.connector.execute_query_all_async(
            "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(%(workers)s)", workers=list(self._workers)
        )
        ended = frozenset(row["id"] for row in rows) - self._in_hand
        for number in ended & self._ended:
            log.info("the end of a job could not be told to the queue, it is told now")
            await self._end(number)
        self._ended = ended

    async def _end(self, number: int) -> None:
        from procrastinate import exceptions, jobs  # noqa: PLC0415  # see ``open``

        assert self._app is not None
        with contextlib.suppress(exceptions.ProcrastinateException):  # another process ended it at the same time
            await self._app.job_manager.finish_job_by_id_async(number, jobs.Status.FAILED, delete_job=True)


async def _install(database: str) -> None:
    """Make the schema, or bring it to the version of the installed procrastinate."""
    import psycopg  # noqa: PLC0415  # see ``Jobs.open``
    from procrastinate.schema import SchemaManager, migrations_path  # noqa: PLC0415  # likewise

    steps = sorted(path.name for path in migrations_path.glob("*.sql"))
    async with (
        await psycopg.AsyncConnection.connect(database, autocommit=True) as connection,
        _alone(connection),
        connection.transaction(),
    ):
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.watchlamp_version (step text NOT NULL)")
        found = await (await connection.execute(_FOUND)).fetchone()
        if found is None:
            await connection.execute(SchemaManager.get_schema())
            await connection.execute(_MADE, [steps[-1]])
            return
        later = [step for step in steps if step > found[0]]
        for step in later:
            await connection.execute((migrations_path / step).read_text(encoding="utf-8").encode())
        if later:
            await connection.execute(_CHANGED, [steps[-1]])


@contextlib.asynccontextmanager
async def _alone(connection: Any) -> AsyncIterator[None]:
    await connection.execute("SELECT pg_advisory_lock(%s)", [_INSTALL_LOCK])
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", [_INSTALL_LOCK])


def _said(error: BaseException) -> str:
    """What went wrong, in one line; the drivers' sentences name hosts and users, and never a password."""
    return (str(error).strip().splitlines() or [""])[0] or type(error).__name__
