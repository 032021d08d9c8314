"""The child: reads one job after another from stdin, answers on stdout, ends when stdin does.

Promises: a job cannot use more memory, processor time or wall time than it was given, cannot print into the answers, and
opens no connection and no process. It trusts its parent, and its parent does not trust it. Imports readers only when a
job needs them. Must never outlive its parent.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from bot.core.errors import DocumentError
from bot.sandbox.frames import PREFIX, answer, pack, unpack

if sys.platform != "win32":  # Windows has no such limits; the parent's wall time limit holds there too
    import resource

OPEN_FILES = 64
"""Most open files: Python, the readers' own tables, and three pipes."""

GRACE = 5
"""Seconds after the parent's own limit when the kernel ends a child whose parent did not."""

FIRST_TO_GO = "1000"
"""Where memory runs out, the kernel ends a reader before anything else, and never the bot for it (proc(5), oom_score_adj)."""

_FORBIDDEN = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
)


def main() -> None:
    """Serve jobs until stdin ends."""
    with contextlib.suppress(KeyboardInterrupt):
        requests, answers = _take_pipes()
        _guard()
        serve(requests, answers)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer every request of one stream on the other."""
    _send(answers, pack({"ready": True}))
    while (head := _read(requests)) is not None:
        request = unpack(head)
        blobs = {name: _read(requests) or b"" for name in request["blobs"]}
        _limit(request["seconds"], request["memory"])
        try:
            for frame in _answers(request["job"], {**request["kwargs"], **blobs}):
                _send(answers, frame)
        except MemoryError:
            _send(answers, pack({"fatal": "memory"}))
            return


def _answers(job: str, kwargs: dict[str, Any]) -> Iterator[bytes]:
    try:
        module, _, name = job.partition(":")
        result = getattr(importlib.import_module(module), name)(**kwargs)
    except DocumentError as error:
        yield pack({"error": str(error)})
    except RecursionError:
        yield pack({"error": "The document is nested too deeply to be read."})
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a reader raises over a stranger's document is told, not fatal
        yield pack({"error": f"The document could not be read: its reader gave up ({type(error).__name__})."})
    else:
        yield from answer(result)


def _read(stream: BinaryIO) -> bytes | None:
    """One frame's body, or None at the end of the stream."""
    prefix = stream.read(PREFIX)
    if len(prefix) < PREFIX:
        return None
    length = int.from_bytes(prefix, "big")
    body = stream.read(length)
    return body if len(body) == length else None


def _send(stream: BinaryIO, frame: bytes) -> None:
    stream.write(frame)
    stream.flush()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves: what a library reads from stdin is empty, what it prints goes to stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _guard() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what ends
    sys.addaudithook(_refuse)
    if sys.platform != "win32":
        _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
        _lower(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123  # Linux only
        score.write(FIRST_TO_GO)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while reading a document")


def _limit(seconds: float, memory: int) -> None:
    """Arm the limits for one job: address space in bytes, processor time and wall time in seconds."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1)
    _lower(resource.RLIMIT_AS, memory)
    # The default action of SIGALRM ends the process in the kernel, whatever C code is running.
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)


def _lower(which: int, value: int) -> None:
    """Set a soft limit, never above the hard one. macOS knows some limits only by name."""
    if sys.platform == "win32":
        return
    _, hard = resource.getrlimit(which)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    main()
