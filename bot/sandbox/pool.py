"""Reads strangers' documents in child processes that may be killed: the parent's side.

Promises: a document that is slow, huge or crashes its reader costs its own reading and nothing else, and one that stopped two
children is not given to a third; the answer is plain data of the expected type; a child that idles is stopped, one that has read
much is replaced. Must never import a reader of documents, nor trust a child's answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from bot.core.documents import FeedDocument, Page
from bot.core.errors import DocumentError
from bot.core.jsonlisting import Listing
from bot.core.links import OutlineDocument, SitePage
from bot.core.servicerows import ServiceRows
from bot.core.sitemap import Sitemap
from bot.core.watched import WatchedPage
from bot.sandbox.frames import MAX_FRAME, PREFIX, Assembly, FrameError, pack, pack_bytes, unpack
from bot.sandbox.quarantine import SENTENCE, Quarantine


@dataclass(frozen=True, slots=True)
class Job:
    """A function to be called in the child.

    Attributes:
        path: ``module:function``; imported in the child, when first needed.
        result: what it returns: a dataclass of plain data, or ``str``.
    """

    path: str
    result: type


JOBS: Mapping[str, Job] = {
    "feed": Job("bot.sandbox.jobs.feed:parse_feed", FeedDocument),
    "page": Job("bot.sandbox.jobs.page:read_page", Page),
    "text": Job("bot.sandbox.jobs.text:html_to_text", str),
    "post": Job("bot.sandbox.jobs.post:read_post", FeedDocument),
    "listing": Job("bot.sandbox.jobs.listing:read_listing", Listing),
    "courtlistener": Job("bot.sandbox.jobs.courtlistener:read_courtlistener", ServiceRows),
    "legistar": Job("bot.sandbox.jobs.legistar:read_legistar", ServiceRows),
    "sitemap": Job("bot.sandbox.jobs.sitemap:read_sitemap", Sitemap),
    "watched": Job("bot.sandbox.jobs.watched:read_watched", WatchedPage),
    "links": Job("bot.sandbox.jobs.links:read_links", SitePage),
    "outlines": Job("bot.sandbox.jobs.outlines:read_outlines", OutlineDocument),
}
"""Every job there is, by the name callers use."""

_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""All of a child's environment: the same document is read alike on every machine, and no variable of ours reaches it."""

_ANSWERS = 64 * 1024 * 1024
"""Bytes of one answer, all frames together; a body of 10 MB gives less than half of that."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    Attributes:
        seconds: wall time of one job.
        memory: bytes of address space.
        start_seconds: until a new child is ready; a loaded machine takes its time.
        idle_seconds: a child without work is stopped after so long: it holds 20 to 60 MB.
        jobs: a child is replaced after so many, which returns what its libraries keep.
    """

    seconds: float = 10.0
    memory: int = 1024**3
    start_seconds: float = 60.0
    idle_seconds: float = 20.0
    jobs: int = 1000


class Sandbox:
    """A small pool of child processes.

    Args:
        workers: most children at a time; further jobs wait.
        limits: what each may use.
        jobs: names and functions; only tests pass their own.
        environ: variables that the children need on this system beside our own (Windows: ``SYSTEMROOT``).
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        limits: Limits | None = None,
        jobs: Mapping[str, Job] = JOBS,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._jobs = jobs
        self._environ = {**_ENVIRONMENT, **(environ or {})}
        self._workers = workers
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[tuple[_Child, asyncio.TimerHandle]] = []
        self._busy: set[_Child] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False
        self._quarantine = Quarantine()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living children."""
        return tuple(child.pid for child in (*self._busy, *(child for child, _ in self._idle)))

    async def run(self, job: str, /, **kwargs: Any) -> Any:
        """Do one job in a child and return its result.

        Args:
            job: a name of ``jobs``.
            kwargs: the function's arguments: bytes, or what JSON knows.

        Raises:
            DocumentError: the document could not be read, or its reader used too much time or memory, or crashed; ``quarantined``
                if that was so twice before, and then no reader is started for it.
        """
        task = self._jobs[job]
        time = asyncio.get_running_loop().time
        async with self._slots:
            self._refuse_when_closed()
            if self._quarantine.holds(job, kwargs, time()):
                raise DocumentError(SENTENCE, quarantined=True)
            child = await self._take()
            self._busy.add(child)
            healthy = False
            try:
                self._refuse_when_closed()
                result = await child.ask(task, kwargs)
                healthy = True
            except _RefusalError as error:
                healthy = True
                raise DocumentError(str(error)) from None
            except DocumentError:
                if not self._closed:  # else it was us
                    self._quarantine.killed(job, kwargs, time())
                raise
            finally:
                self._busy.discard(child)
                if healthy and child.done < self._limits.jobs and not self._closed:
                    self._rest(child)
                else:
                    self._end(child, kill=not healthy)
            return result

    async def close(self) -> None:
        """Stop every child and wait until it is gone. Jobs in hand fail with a DocumentError."""
        self._closed = True
        for child in self._busy:
            child.kill()
        for child, timer in self._idle:
            timer.cancel()
            self._end(child, kill=False)
        self._idle.clear()
        for _ in range(self._workers):  # whoever still has a slot is about to give it back
            await self._slots.acquire()
        for _ in range(self._workers):
            self._slots.release()
        await asyncio.gather(*self._ending)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise DocumentError("The document was not read: Watchlamp is shutting down.")

    async def _take(self) -> _Child:
        while self._idle:
            child, timer = self._idle.pop()
            timer.cancel()
            if child.alive:
                return child
            self._end(child, kill=True)
        return await _Child.start(self._limits, self._environ)

    def _rest(self, child: _Child) -> None:
        timer = asyncio.get_running_loop().call_later(self._limits.idle_seconds, self._retire, child)
        self._idle.append((child, timer))

    def _retire(self, child: _Child) -> None:
        self._idle = [(other, timer) for other, timer in self._idle if other is not child]
        self._end(child, kill=False)

    def _end(self, child: _Child, *, kill: bool) -> None:
        """End a child in the background: a cancelled caller must not wait, and nobody else need."""
        if kill:
            child.kill()
        task = asyncio.create_task(child.end(), name=f"end of reader {child.pid}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class _RefusalError(Exception):
    """The reader itself said that the document cannot be read; the child is well."""


class _Child:
    """One child process."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._limits = limits
        self.done = 0

    @classmethod
    async def start(cls, limits: Limits, environ: Mapping[str, str]) -> _Child:
        """Start a child and wait until it is ready.

        Raises:
            DocumentError: it did not start.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the working directory must not be able to shadow a module
            "-m",
            "bot.sandbox.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(environ),
            limit=1024 * 1024,
        )
        child = cls(process, limits)
        try:
            await child._greet()
        except BaseException:
            child.kill()
            await asyncio.shield(child.end())
            raise
        return child

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                message, _ = await anext(self._messages())
        except TimeoutError:
            raise DocumentError(f"The reader of documents did not start within {self._limits.start_seconds:g} seconds.") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise DocumentError(f"The reader of documents did not start ({await self._ending()}).") from None
        if message.get("ready") is not True:
            raise DocumentError("The reader of documents did not start as it should.")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None and not self._stdin.is_closing()

    async def ask(self, task: Job, kwargs: Mapping[str, Any]) -> object:
        """Send one job, return its result.

        Raises:
            _RefusalError: the reader refused the document.
            DocumentError: the child has to be killed or is dead.
        """
        self.done += 1
        blobs = {name: value for name, value in kwargs.items() if isinstance(value, bytes)}
        request = {
            "job": task.path,
            "kwargs": {name: value for name, value in kwargs.items() if name not in blobs},
            "blobs": list(blobs),
            "seconds": self._limits.seconds,
            "memory": self._limits.memory,
        }
        try:
            async with asyncio.timeout(self._limits.seconds):
                self._stdin.writelines([pack(request), *map(pack_bytes, blobs.values())])
                await self._stdin.drain()
                return await self._answer(task)
        except TimeoutError:
            raise DocumentError(
                f"The document's reader was stopped after {self._limits.seconds:g} seconds: "
                "the document is too large or built to be slow."
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise DocumentError(f"The document's reader ended unexpectedly ({await self._ending()}).") from None
        except FrameError as error:
            raise DocumentError(f"The document's reader was stopped: it sent {error}.") from None

    async def _answer(self, task: Job) -> object:
        assembly = Assembly(task.result)
        received = 0
        async for message, size in self._messages():
            received += size
            if received > _ANSWERS:
                raise FrameError("too long an answer")
            if isinstance(message.get("error"), str):
                raise _RefusalError(_sentence(message["error"]))
            if "fatal" in message:
                raise DocumentError(f"The document's reader needed more than {self._limits.memory // 1024**2} MiB of memory.")
            if assembly.add(message):
                return assembly.value()
            await asyncio.sleep(0)  # what is already buffered must not keep the loop from its other work
        raise FrameError("no answer")

    async def _messages(self) -> AsyncIterator[tuple[dict[str, Any], int]]:
        while True:
            size = int.from_bytes(await self._stdout.readexactly(PREFIX), "big")
            if size > MAX_FRAME:
                raise FrameError("too long an answer")
            yield unpack(await self._stdout.readexactly(size)), size

    async def _ending(self) -> str:
        """How the child ended, in words."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._process.wait()
        status = self._process.returncode
        if status is None:
            return "its pipe closed"
        if status >= 0:
            return f"exit status {status}"
        name = signal.Signals(-status).name
        return {"SIGXCPU": "it used too much processor time", "SIGALRM": "it took too long"}.get(name, name)

    def kill(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def end(self) -> None:
        """Close the pipes and wait for the process; one that does not go by itself is killed."""
        self._stdin.close()
        try:
            async with asyncio.timeout(2):
                await self._stdout.read()
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        with contextlib.suppress(ConnectionError):
            await self._stdin.wait_closed()


def _sentence(text: str) -> str:
    """What a child says of itself, fit to be shown: one line, no control characters, not long."""
    return "".join(char if char.isprintable() else " " for char in text[:500])
