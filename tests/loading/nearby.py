"""The sandbox without its process, which takes a quarter of a second to start: the jobs are those, called here.

What is asked and what is answered crosses as it does to a child and back: as frames, read again as the expected type, and what a
reader raises is told as the child tells it. What a process is for (limits, crashes, an end) is tested in tests/sandbox, and every
kind of source with its reader in a child in tests/sources/test_contract.py.
"""

from __future__ import annotations

from typing import Any

from bot.core.errors import DocumentError
from bot.sandbox import worker
from bot.sandbox.frames import PREFIX, Assembly, pack, unpack
from bot.sandbox.pool import JOBS


class Nearby:
    """Reads documents in this process."""

    async def run(self, job: str, /, **kwargs: Any) -> object:
        task = JOBS[job]
        blobs = {name: value for name, value in kwargs.items() if isinstance(value, bytes)}
        asked = unpack(pack({name: value for name, value in kwargs.items() if name not in blobs})[PREFIX:])
        assembly = Assembly(task.result)
        for frame in worker._answers(task.path, {**asked, **blobs}):
            message = unpack(frame[PREFIX:])
            if "error" in message:
                raise DocumentError(str(message["error"]))
            if assembly.add(message):
                return assembly.value()
        raise AssertionError("the reader gave no answer")
