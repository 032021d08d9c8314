"""Everything that belongs to workspaces which installed the app by themselves, put together.

Promises: what Slack says of a removal is believed only once Slack itself takes the token no more, so that news of an older
installation never ends a newer one; what a workspace declared stays when it leaves. Decides nothing about what is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.errors import NoTokenError, scope_of
from bot.adapters.slack.install import Installing
from bot.adapters.slack.listeners import Spawn
from bot.adapters.slack.manifest import GONE
from bot.adapters.slack.notifier import DEADLINE, SlackNotifier, error_code
from bot.adapters.slack.quiet import quiet_logger
from bot.adapters.slack.tenants import Tenants, TenantsNotifier
from bot.adapters.slack.tokens import KEY_IS_LOST, InstallationStore, Tokens
from bot.adapters.slack.vault import Vault
from bot.config.settings import SlackInstalling
from bot.core.clock import Clock
from bot.core.deliveries import Scope
from bot.core.errors import StoreError
from bot.core.installations import Installation

_FAULTS = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, TypeError)

log = structlog.get_logger(__name__)


class Hosted:
    """Many workspaces: their tokens, their voices, the pages where they install the app, and what is done when they leave."""

    def __init__(
        self,
        settings: SlackInstalling,
        *,
        store: InstallationStore,
        clock: Clock,
        client: AsyncWebClient,
        own: SlackNotifier | None,
        commands: tuple[str, ...],
        timezone: str,
        workspace_of: Callable[[str], str],
    ) -> None:
        """Build it; nothing is read or connected yet.

        Args:
            settings: how workspaces install the app.
            store: keeps installations.
            clock: tells the time.
            client: without a token; its session is that of the run.
            own: posts to the channels of the file; None where it names none.
            commands: names of the commands that are answered.
            timezone: of the file, for times in answers.
            workspace_of: the id under which a team's channels are declared.

        Raises:
            WorkError: tokens cannot be encrypted here.
        """
        assert settings.client_id is not None
        assert settings.client_secret is not None
        vault = Vault(settings.keys)
        self._store = store
        self.client = client
        self._workspace_of = workspace_of
        self.tokens = Tokens(
            store,
            vault,
            clock,
            client=client,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
        )
        self.tenants = Tenants(
            self.tokens,
            clock,
            like=client,
            commands=commands,
            timezone=timezone,
            logger=quiet_logger(),
            session=lambda: client.session,
        )
        self.notifier = TenantsNotifier(own, self.tenants, self.tokens)
        self.pages = Installing(settings, store=store, vault=vault, clock=clock, client=client, workspace_of=workspace_of).pages

    async def at_start(self) -> None:
        """Look the installations over; a database that does not answer now is told elsewhere."""
        try:
            log.info("workspaces that installed the app", workspaces=await self.tokens.at_start())
        except StoreError as error:
            log.warning("installations could not be looked over", error=str(error))

    async def hear(self, team: str) -> Installation | None:
        """What is remembered of a workspace from which something came; None if the app is not installed there.

        Raises:
            StoreError: the database does not answer.
        """
        installation = await self.tokens.find(team)
        if installation is not None:
            self.tenants.learn(installation)
        return installation

    def register(self, app: AsyncApp, spawn: Spawn) -> None:
        """Hear of workspaces that leave."""

        async def left(event: dict[str, Any], body: dict[str, Any]) -> None:
            spawn(self._left(event, body))

        for name in GONE:
            app.event(name)(left)

    async def _left(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        team = str(body.get("team_id") or "")
        installation = await self.tokens.find(team)
        if installation is None:
            return
        revoked = (event.get("tokens") or {}).get("bot") or ()
        if event.get("type") == GONE[1] and installation.bot_user_id not in revoked:
            return  # tokens of people, of which we have none
        try:
            installation = await self._still_refused(installation)
        except NoTokenError as error:
            if str(error) == KEY_IS_LOST:
                return
        if installation is None:
            log.info("news of a removal, but Slack takes the token", workspace=team)
        elif await self._store.uninstall(team, installation.bot_token, self._workspace_of(team)):
            log.info("a workspace removed the app; its channels wait, what it declared is kept", workspace=team)

    async def _still_refused(self, installation: Installation) -> Installation | None:
        """The installation as it stands if Slack refuses its token; None if Slack takes it, or says nothing.

        Raises:
            NoTokenError: there is no token to ask with.
        """
        bearer = await self.tokens.fresh(installation.team_id)
        try:
            async with asyncio.timeout(DEADLINE):
                await self.client.auth_test(token=bearer.token)
        except SlackApiError as error:
            code = error_code(getattr(error.response, "data", None))
            return bearer.installation if code is not None and scope_of(code) is Scope.TOKEN else None
        except _FAULTS:
            return None
        return None


def authorized(installation: Installation) -> AuthorizeResult:
    """What bolt is told of a workspace: who we are there. No token: whoever answers takes one when it is needed."""
    return AuthorizeResult(
        enterprise_id=installation.enterprise_id or None,
        team_id=installation.team_id,
        bot_user_id=installation.bot_user_id,
        bot_id=installation.bot_id,
        bot_token=None,
    )
