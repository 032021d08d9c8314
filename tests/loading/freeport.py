"""Ports for programs that a test starts: none that the system gives to whoever asks it for any.

A port that the system gave, and that was let go so that a program can have it, is given to the next who asks: a server of another
test may have it by the time the program is there. These lie below those that systems give (32768 and up on Linux), a thousand for
each process that tests.
"""

from __future__ import annotations

import contextlib
import os
import socket
from itertools import count

LOWEST, EACH, PROCESSES = 20_000, 1_000, 12
_numbers = count(os.getpid())
"""Two runs beside each other seldom begin with the same."""


def free_port() -> int:
    """A port of loopback that nobody listens on, and that nobody is given for a thousand calls."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
    for _ in range(EACH):
        port = LOWEST + process * EACH + next(_numbers) % EACH
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a thousand ports are taken")
