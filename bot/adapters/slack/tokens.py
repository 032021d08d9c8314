"""The tokens of the workspaces that installed the app: read, opened, and exchanged for new ones before they expire.

Promises: a refresh token is used by one process once, however many need a token at the same moment: the others use the token
before it as long as it is good, else they wait for the outcome; what Slack gave is written down before it is used, for nobody gives
it a second time. A key that does not open a token, and a Slack that refuses, are told in a sentence; nothing is deleted for either.
Never prints a token.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.errors import RETRIED, UNKNOWN, NoTokenError
from bot.adapters.slack.notifier import DEADLINE, NEVER_SENT, error_code
from bot.adapters.slack.vault import KeyLostError, Vault, digest
from bot.config.secret import Secret
from bot.core.clock import Clock
from bot.core.errors import StoreError
from bot.core.installations import Installation

RENEW_BEFORE = timedelta(hours=2)
"""How long before its end a token is exchanged, of the twelve hours that it lasts: the old one stays good meanwhile, so that
nobody has to wait for the new one (docs.slack.dev/authentication/using-token-rotation, seen 2026-11; the same as the SDK's own)."""
LEASE = timedelta(seconds=60)
"""How long one process may take for an exchange: the call (15 s) and as many tries to write down what it brought."""
CALM = 60.0
"""Seconds after a failed exchange before this process tries the next one for the same workspace."""
KEY_IS_LOST = "encryption key lost"
LOOK_EVERY = 0.1
"""Seconds between two looks whether another process has the new token."""
PATIENCE = 10.0
"""Seconds that a call waits for that at the most."""
WRITE_AGAIN = 1.0
"""Seconds between two tries to write new tokens down."""
_FAULTS = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, KeyError, TypeError)

log = structlog.get_logger(__name__)


class InstallationStore(Protocol):
    """What tokens need of the store. Every method is one transaction; each may raise StoreError."""

    async def installation(self, team_id: str) -> Installation | None:
        """What is remembered of a workspace, or None."""
        ...

    async def installations(self) -> list[Installation]:
        """Every workspace."""
        ...

    async def install(self, installation: Installation, workspace_id: str) -> int:
        """Keep a workspace; how many channels may send again."""
        ...

    async def uninstall(self, team_id: str, seen: str, workspace_id: str) -> bool:
        """Forget a workspace's tokens, unless they changed since, and let its channels wait."""
        ...

    async def begin_renewal(self, team_id: str, seen: str, *, by: str, now: datetime, until: datetime) -> bool:
        """Take an exchange upon us; False if the tokens changed since, or another has it."""
        ...

    async def end_renewal(
        self, team_id: str, by: str, *, bot_token: str, refresh_token: str | None, expires_at: datetime | None
    ) -> bool:
        """Keep what an exchange brought; False if it is not ours any more."""
        ...

    async def leave_renewal(self, team_id: str, by: str) -> None:
        """Give an exchange up that was not made."""
        ...

    async def seal_anew(self, team_id: str, seen: str, *, bot_token: str, refresh_token: str | None) -> bool:
        """Keep the same tokens sealed with another key."""
        ...

    async def use_state(self, digest: str, until: datetime, now: datetime) -> bool:
        """Use a state up; False if it was used before."""
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """What to speak with in a workspace.

    Attributes:
        token: opened.
        installation: as it was read.
    """

    token: str = field(repr=False)
    installation: Installation


class Tokens:
    """Gives the token of a workspace that is good now."""

    def __init__(
        self,
        store: InstallationStore,
        vault: Vault,
        clock: Clock,
        *,
        client: AsyncWebClient,
        client_id: Secret,
        client_secret: Secret,
    ) -> None:
        """Nothing is read yet.

        Args:
            store: keeps sealed tokens.
            vault: opens and seals them.
            clock: tells when one expires.
            client: without a token and without retries; its session must stand.
            client_id: of the app.
            client_secret: of the app.
        """
        self._store = store
        self._vault = vault
        self._clock = clock
        self._client = client
        self._client_id = client_id
        self._client_secret = client_secret
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failed: dict[str, float] = {}
        self._denied: dict[str, str] = {}
        self._refused: dict[str, tuple[str, str]] = {}

    def __repr__(self) -> str:
        return "<Tokens>"

    async def at_start(self) -> int:
        """Look every installation over: tell of a lost key, seal with the newest one; how many workspaces there are.

        Raises:
            StoreError: the database does not answer.
        """
        known = await self._store.installations()
        lost = 0
        for row in known:
            try:
                token = self._vault.open(row.team_id, row.bot_token)
                refresh = None if row.refresh_token is None else self._vault.open(row.team_id, row.refresh_token)
            except KeyLostError:
                lost += 1
                continue
            if not self._vault.newest(row.bot_token):
                again = None if refresh is None else self._vault.seal(row.team_id, refresh)
                await self._store.seal_anew(
                    row.team_id, row.bot_token, bot_token=self._vault.seal(row.team_id, token), refresh_token=again
                )
        if lost:
            log.error("tokens of workspaces cannot be opened", workspaces=lost, error=str(KeyLostError()))
        return len(known)

    async def find(self, team: str) -> Installation | None:
        """What is remembered of a workspace, or None if the app is not installed there.

        Raises:
            StoreError: the database does not answer.
        """
        return await self._store.installation(team) if team else None

    async def fresh(self, team: str) -> Bearer:
        """A token that is good now, exchanged for a new one if it is about to expire.

        Raises:
            NoTokenError: there is none; it says why.
            StoreError: the database does not answer.
        """
        row = await self._installed(team)
        refused = self._refused.get(team)
        if refused is not None and refused[0] == row.bot_token:
            raise NoTokenError(refused[1])
        left = self._left(row)
        if left > RENEW_BEFORE or (left > timedelta(0) and self._turns[team].locked()):
            return Bearer(self._opened(row), row)
        async with self._turns[team]:
            return await self._renewed(team)

    async def refused(self, team: str, token: str, code: str) -> bool:
        """Slack refused a token; whether there is a newer one by now, with which the same may be tried.

        Raises:
            StoreError: the database does not answer.
        """
        try:
            row = await self._installed(team)
            if self._opened(row) != token:
                return True
            if code == "token_expired" and row.refresh_token is not None:
                async with self._turns[team]:
                    return (await self._renewed(team, expired=True)).token != token
        except NoTokenError as error:
            return error.passing
        self._refused[team] = (row.bot_token, code)
        return False

    # ------------------------------------------------------------ one workspace

    async def _installed(self, team: str) -> Installation:
        row = await self._store.installation(team)
        if row is None:
            raise NoTokenError("not installed")
        return row

    def _left(self, row: Installation) -> timedelta:
        """How long its token is good; for ever where it cannot be exchanged, or need not be."""
        return timedelta.max if row.expires_at is None or row.refresh_token is None else row.expires_at - self._clock.now()

    def _opened(self, row: Installation) -> str:
        try:
            return self._vault.open(row.team_id, row.bot_token)
        except KeyLostError as error:
            self._refused[row.team_id] = (row.bot_token, KEY_IS_LOST)  # not asked again before a restart: keys are read at a start
            log.error("the token of a workspace cannot be opened", workspace=row.team_id, error=str(error))  # noqa: TRY400
            raise NoTokenError(KEY_IS_LOST) from None

    # ------------------------------------------------------------ exchanging

    async def _renewed(self, team: str, *, expired: bool = False) -> Bearer:
        """A token that was exchanged by us or by another process; the one before, where that is good and no other is to be had."""
        give_up = self._clock.monotonic() + PATIENCE
        before: str | None = None
        while True:
            row, now = await self._installed(team), self._clock.now()
            left = self._left(row)
            if before not in (None, row.bot_token) or (not expired and left > RENEW_BEFORE):
                return Bearer(self._opened(row), row)
            before = row.bot_token
            good = left > timedelta(0) and not expired
            if self._clock.monotonic() >= self._failed.get(team, 0.0):
                by = digest(self._vault.state(now))  # another one each time
                if await self._store.begin_renewal(team, row.bot_token, by=by, now=now, until=now + LEASE):
                    await self._exchange(row, by)
                    if self._clock.monotonic() >= self._failed.get(team, 0.0):
                        continue
            elif not good:
                raise NoTokenError(
                    f"its token expired, no new one: {self._denied.get(team, 'no answer')}", passing=team not in self._denied
                )
            if good:
                return Bearer(self._opened(row), row)
            if self._clock.monotonic() >= give_up:
                raise NoTokenError("its token is being exchanged", passing=True)
            await asyncio.sleep(LOOK_EVERY)

    async def _exchange(self, row: Installation, by: str) -> None:
        """Exchange a refresh token and write down what came of it. Where that failed, ``_failed`` says until when to wait."""
        team = row.team_id
        self._failed.pop(team, None)
        self._denied.pop(team, None)
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._client.oauth_v2_access(
                    client_id=self._client_id.reveal(),
                    client_secret=self._client_secret.reveal(),
                    grant_type="refresh_token",
                    refresh_token=self._vault.open(team, str(row.refresh_token)),
                )
            given = sealed_pair(self._vault, team, answer, self._clock.now())
        except KeyLostError as error:
            self._rest(team)
            self._denied[team] = KEY_IS_LOST
            log.error("the token of a workspace cannot be renewed", workspace=team, error=str(error))  # noqa: TRY400
            await self._store.leave_renewal(team, by)
            return
        except NEVER_SENT as error:
            self._rest(team)
            log.warning("the token of a workspace could not be renewed", workspace=team, error=type(error).__name__)
            await self._store.leave_renewal(team, by)
            return
        except SlackApiError as error:
            self._rest(team)
            code = error_code(getattr(error.response, "data", None))
            log.error("Slack does not renew the token of a workspace", workspace=team, error=code or type(error).__name__)  # noqa: TRY400
            if code is not None and code not in UNKNOWN and code not in RETRIED:
                self._denied[team] = code
                await self._store.leave_renewal(team, by)
            return
        except _FAULTS as error:
            # Slack may have used the token up: nobody asks again before the lease is over.
            self._rest(team)
            log.warning("whether the token of a workspace was renewed is not known", workspace=team, error=type(error).__name__)
            return
        if await self._kept(team, by, given):
            log.info("the token of a workspace was renewed", workspace=team)

    async def _kept(self, team: str, by: str, given: Mapping[str, Any]) -> bool:
        """Write new tokens down, again and again for as long as the exchange is ours: there will be no others."""
        give_up = self._clock.monotonic() + LEASE.total_seconds() - DEADLINE
        while True:
            try:
                return await self._store.end_renewal(team, by, **given)
            except StoreError:
                if self._clock.monotonic() >= give_up:
                    raise
                log.warning("the new token of a workspace could not be stored; trying again", workspace=team)
                await asyncio.sleep(WRITE_AGAIN)

    def _rest(self, team: str) -> None:
        self._failed[team] = self._clock.monotonic() + CALM


def sealed_pair(vault: Vault, team: str, answer: Any, now: datetime) -> dict[str, Any]:
    """The tokens of an answer of ``oauth.v2.access``, sealed, and when they expire.

    Raises:
        KeyError, ValueError, TypeError: it is none.
    """
    if answer.get("token_type") != "bot":
        raise ValueError("no token of a bot")
    refresh, seconds = answer.get("refresh_token"), answer.get("expires_in")
    return {
        "bot_token": vault.seal(team, str(answer["access_token"])),
        "refresh_token": None if not refresh else vault.seal(team, str(refresh)),
        "expires_at": None if not seconds else now + timedelta(seconds=int(seconds)),
    }
