"""What a start lets a process of its own do while the rest of this one is still being imported.

Part of the composition root, and the one that has to be light: it is asked before all others.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from subprocess import Popen

from bot.config.settings import Settings
from bot.store.apart import beginning


def database_made(settings: Settings) -> AbstractContextManager[Popen[bytes] | None]:
    """A child that makes the configured database, if there is none yet; broken off where nobody waited for it."""
    return beginning(settings.database_url)
