"""What a supervisor is told: ready, stopping, and that the process lives, by systemd's protocol.

A datagram of ``KEY=value`` lines goes to the socket that ``NOTIFY_SOCKET`` names
(https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html, seen 2026-11).

Promises: without a supervisor nothing happens; a supervisor that does not listen costs a line in the log and nothing else; the
watchdog is fed by ``beat`` alone, at most twice in the time it gives. Never waits.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

import structlog

from bot.core.clock import Clock

log = structlog.get_logger(__name__)


class Supervisor:
    """Tells systemd how this process is.

    Args:
        environ: the environment: ``NOTIFY_SOCKET``, ``WATCHDOG_USEC``, ``WATCHDOG_PID``.
        clock: tells the time.
    """

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        self._clock = clock
        name = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of a name that no file has; anything but a path or such a name is not for us.
        self._address = f"\0{name[1:]}" if name.startswith("@") else name if name.startswith("/") else ""
        self._every = _watchdog(environ)
        self._fed_at: float | None = None
        self._runs = ""
        self._said = ""
        self._lost = False

    def ready(self, status: str) -> None:
        """The start, or the reading of a changed configuration, is over; ``status`` says in a line what runs."""
        self._runs = self._said = status
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """A changed configuration is taken up; ``ready`` follows."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={int(self._clock.monotonic() * 1e6)}", "STATUS=reloading")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def beat(self, parts: Mapping[str, bool]) -> None:
        """The process lives: the watchdog is fed if it is time.

        Args:
            parts: by name, and whether each does its work; those that do not stand in the status, which is told when it changed.
        """
        down = sorted(part for part, up in parts.items() if not up)
        status = f"{self._runs}; not ready: {', '.join(down)}" if down else self._runs
        if self._runs and status != self._said:
            self._said = status
            self._tell(f"STATUS={status}")
        if self._every is None:
            return
        now = self._clock.monotonic()
        if self._fed_at is None or now - self._fed_at >= self._every:
            self._fed_at = now
            self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), self._address)
            self._lost = False
        except OSError as error:
            if not self._lost:
                log.warning("the supervisor cannot be told", error=type(error).__name__)
            self._lost = True


def _watchdog(environ: Mapping[str, str]) -> float | None:
    """Seconds between two feedings: half of what the watchdog gives, as sd_watchdog_enabled(3) advises; None without one."""
    given = environ.get("WATCHDOG_USEC", "")
    for_us = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    return int(given) / 2e6 if for_us and given.isdecimal() and int(given) > 0 else None
