"""The store: one class over one database, assembled from a file of queries per noun.

Promises: SQLite and PostgreSQL behave alike (one contract test-suite runs on both); every method is one transaction; trouble
that an operator can act on is a StoreError with a sentence. Decides nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from bot.core.pool import DIRECT, Pool
from bot.store import schema
from bot.store.alert import AlertCommits
from bot.store.asking import AskingQueries
from bot.store.claims import Claims
from bot.store.commitments import CommitmentQueries
from bot.store.declared import DeclaredQueries
from bot.store.edits import EditQueries
from bot.store.engine import connect
from bot.store.facts import FactQueries
from bot.store.faults import told
from bot.store.heard import HeardQueries
from bot.store.installations import InstallationQueries
from bot.store.items import ItemQueries
from bot.store.leads import LeadQueries
from bot.store.outbox import OutboxQueries
from bot.store.overlays import OverlayQueries
from bot.store.overview import OverviewQueries
from bot.store.people import PeopleQueries
from bot.store.reminders import ReminderQueries
from bot.store.restored import RestoredQueries
from bot.store.retention import RetentionQueries
from bot.store.shares import ShareQueries
from bot.store.silences import SilenceQueries
from bot.store.sources import SourceQueries
from bot.store.stories import StoryQueries
from bot.store.troubles import TroubleQueries
from bot.store.vital import VitalQueries
from bot.store.websub import SubscriptionQueries

BUSY_TIMEOUT = timedelta(seconds=10)
"""How long a transaction waits for another program before the database counts as busy. A write here takes milliseconds; a
backup or a person's query may take seconds. Rather said soon than waited for without a word."""


class Store(
    FactQueries,
    SourceQueries,
    SubscriptionQueries,
    ItemQueries,
    StoryQueries,
    CommitmentQueries,
    OverlayQueries,
    SilenceQueries,
    PeopleQueries,
    ReminderQueries,
    DeclaredQueries,
    InstallationQueries,
    EditQueries,
    AlertCommits,
    OutboxQueries,
    AskingQueries,
    OverviewQueries,
    RetentionQueries,
    TroubleQueries,
    RestoredQueries,
    VitalQueries,
    LeadQueries,
    HeardQueries,
    ShareQueries,
    Claims,
):
    """What the bot remembers. Open it with ``Store.open`` and close it in the same event loop."""

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        password: str | None = None,
        migrate: bool = True,
        busy_timeout: timedelta = BUSY_TIMEOUT,
        pool: Pool = DIRECT,
    ) -> Self:
        """Open a database, and prepare it for this program if ``migrate``.

        Args:
            url: ``sqlite:PATH``, ``sqlite::memory:`` (ends with the store) or ``postgresql://user@host/name``.
            password: of PostgreSQL's user.
            migrate: False leaves the schema, and a file that is missing, as it is; every use but ``upgrade`` is then refused if
                the schema is not this program's.
            busy_timeout: how long to wait for another program.
            pool: how to be connected to PostgreSQL.

        Raises:
            StoreError: it cannot be opened, is another program's, or was made by a newer version. It was left as it is.
        """
        engines = connect(url, password=password, busy_timeout=busy_timeout, pool=pool)
        try:
            revision = None
            missing = engines.path is not None and not engines.path.exists()
            if migrate or not missing:
                if engines.path is not None:
                    await schema.inspect_file(engines.path)
                revision = await schema.read_revision(engines)
            store = cls(engines, revision)
            if migrate:
                await store.upgrade()
        except BaseException:
            await engines.close()
            raise
        return store

    async def close(self) -> None:
        """Close every connection; the store cannot be used afterwards."""
        await self._engines.close()

    async def spare(self) -> None:
        """Give back memory that connections keep for speed, while there is nothing to do.

        Raises:
            StoreError: the database does not answer.
        """
        with told(self._engines.where, self.health):
            await self._engines.spare()

    async def current_revision(self) -> str | None:
        """The schema the database has now; None if it is empty."""
        if self._engines.path is not None and not self._engines.path.exists():
            return None
        return await schema.read_revision(self._engines)

    async def upgrade(self) -> str:
        """Bring the database to this program's schema; nothing is changed if it is there already, or beyond.

        Returns:
            The schema it has now.

        Raises:
            StoreError: the database cannot be written.
        """
        if self._found is None or not schema.is_current(self._found):
            if self._engines.path is not None:
                await schema.inspect_file(self._engines.path)
            self._found = await schema.upgrade(self._engines)
        return self._found
