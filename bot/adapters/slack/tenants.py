"""Many workspaces in one installation: each is spoken to with its own token, and hears only what is its own.

Promises: a message of a workspace's channel goes out with the token of that workspace or not at all; what one workspace refuses is
the matter of that workspace alone; a token that was exchanged while a message was on its way costs that message one more try and
nothing else. Never prints a token.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.errors import NoTokenError
from bot.adapters.slack.notifier import SlackNotifier
from bot.adapters.slack.speaker import SlackSpeaker
from bot.adapters.slack.tokens import Bearer, Tokens
from bot.core.clock import Clock
from bot.core.deliveries import Delivery, Outcome, Receipt, Scope
from bot.core.errors import StoreError
from bot.core.installations import Installation
from bot.core.leased import must_be_ours
from bot.core.model import FILE_WORKSPACE, Channel, Platform

MOST_KEPT = 2_000
"""Workspaces whose clients are kept at hand; the longest unused go first, and are built anew when they are needed."""


class TenantClient(AsyncWebClient):
    """Calls Slack for one workspace, each time with the token that is good then."""

    def __init__(self, fresh: Callable[[], Any], **settings: Any) -> None:
        super().__init__(**settings)
        self._fresh = fresh

    async def api_call(self, api_method: str, **more: Any) -> Any:
        """The SDK's way into every method.

        Raises:
            NoTokenError: there is no token; nothing was called.
            LeaseOverError: it took so long that the message is not ours to send any more.
        """
        self.token = (await self._fresh()).token
        must_be_ours()  # a token may have kept us waiting
        return await super().api_call(api_method, **more)


@dataclass(slots=True)
class Tenant:
    """One workspace's voice."""

    client: TenantClient
    notifier: SlackNotifier
    speaker: SlackSpeaker
    scopes: tuple[str, ...] | None = None


class Tenants:
    """Every workspace's voice, made when it is first needed."""

    def __init__(
        self,
        tokens: Tokens,
        clock: Clock,
        *,
        like: AsyncWebClient,
        commands: Collection[str],
        timezone: str,
        logger: logging.Logger,
        session: Callable[[], Any],
    ) -> None:
        """Nothing is connected yet.

        Args:
            tokens: of the workspaces.
            clock: tells the time.
            like: a client without token, whose address, proxy and patience are taken over.
            commands: names of the commands that are answered.
            timezone: IANA name, for times in answers.
            logger: for the SDK.
            session: the session of this run.
        """
        self._tokens = tokens
        self._clock = clock
        self._like = like
        self._commands = commands
        self._timezone = timezone
        self._logger = logger
        self._session = session
        self._known: dict[str, Tenant] = {}

    def of(self, team: str) -> Tenant:
        """The voice of a workspace, whether the app is installed there or not."""
        tenant = self._known.pop(team, None) or self._built(team)
        self._known[team] = tenant
        if len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]
        tenant.client.session = self._session()
        return tenant

    async def fresh(self, team: str) -> Bearer:
        """What to speak with in a workspace now; what was granted there is known to its voice afterwards.

        Raises:
            NoTokenError: there is nothing.
        """
        try:
            bearer = await self._tokens.fresh(team)
        except StoreError:
            raise NoTokenError("the database does not answer", passing=True) from None
        self.learn(bearer.installation)
        return bearer

    def learn(self, installation: Installation) -> None:
        """Take what was granted in a workspace."""
        tenant = self.of(installation.team_id)
        if tenant.scopes != installation.scopes:
            tenant.scopes = installation.scopes
            tenant.notifier.grant(frozenset(tenant.scopes))
            tenant.speaker.may_ask_for_admins = "users:read" in tenant.scopes
            tenant.speaker.may_upload = "files:write" in tenant.scopes

    def _built(self, team: str) -> Tenant:
        async def fresh() -> Bearer:
            return await self.fresh(team)

        like = self._like
        client = TenantClient(
            fresh, base_url=like.base_url, timeout=like.timeout, retry_handlers=[], logger=self._logger, session=self._session()
        )
        client.proxy = like.proxy
        return Tenant(
            client,
            SlackNotifier(client, self._clock, commands=self._commands),
            SlackSpeaker(client, clock=self._clock, timezone=self._timezone, logger=self._logger),
        )


class TenantsNotifier:
    """Posts, edits and replies in every workspace; see ``SlackNotifier``, which does it in one."""

    platform = Platform.SLACK

    def __init__(self, own: SlackNotifier | None, tenants: Tenants, tokens: Tokens) -> None:
        """Build it.

        Args:
            own: for the channels of the file, with the bot token of one workspace; None where there is none.
            tenants: the voices of the others.
            tokens: told of what Slack refuses.
        """
        self._own = own
        self._tenants = tenants
        self._tokens = tokens

    async def deliver(self, delivery: Delivery, channel: Channel) -> Receipt:
        """Make the one call of a delivery, with the token of the channel's workspace."""
        team = team_of_channel(channel)
        if team is None:
            return await self._in_own(delivery, channel)
        notifier = self._tenants.of(team).notifier
        try:
            bearer = await self._tenants.fresh(team)
        except NoTokenError as error:
            return _without(error)
        receipt = await notifier.deliver(delivery, channel)
        if receipt.outcome is not Outcome.REJECTED or receipt.scope is not Scope.TOKEN:
            return receipt
        return await self._refused(team, bearer, receipt)

    async def find(self, delivery: Delivery, channel: Channel) -> Receipt | None:
        """Whether a message of this delivery is in the channel; see ``SlackNotifier``."""
        notifier = await self._ready(channel)
        return None if notifier is None else await notifier.find(delivery, channel)

    async def recall(self, delivery: Delivery, channel: Channel, since: datetime, taken: Collection[str]) -> Receipt | None:
        """Whether a message like a delivery's was said since then; see ``SlackNotifier``."""
        notifier = await self._ready(channel)
        return None if notifier is None else await notifier.recall(delivery, channel, since, taken)

    async def _in_own(self, delivery: Delivery, channel: Channel) -> Receipt:
        if self._own is None:
            return Receipt(Outcome.REJECTED, scope=Scope.WORKSPACE, detail="no bot token for channels of the file")
        receipt = await self._own.deliver(delivery, channel)
        # the token of one workspace: what it refuses must not stop the others
        return replace(receipt, scope=Scope.WORKSPACE) if receipt.scope is Scope.TOKEN else receipt

    async def _ready(self, channel: Channel) -> SlackNotifier | None:
        team = team_of_channel(channel)
        if team is None:
            return self._own
        try:
            await self._tenants.fresh(team)
        except NoTokenError:
            return None
        return self._tenants.of(team).notifier

    async def _refused(self, team: str, bearer: Bearer, receipt: Receipt) -> Receipt:
        try:
            again = await self._tokens.refused(team, bearer.token, receipt.detail)
        except StoreError:
            again = True
        if again:
            return Receipt(Outcome.RETRY, detail=f"{receipt.detail}; a newer token is there")
        return replace(receipt, scope=Scope.WORKSPACE)


def team_of_channel(channel: Channel) -> str | None:
    """The workspace that declared a channel; None for one of the file."""
    return None if channel.workspace_id == FILE_WORKSPACE else channel.workspace_id.partition(":")[2]


def _without(error: NoTokenError) -> Receipt:
    """What a delivery hears for which there is no token."""
    if error.passing:
        return Receipt(Outcome.RETRY, detail=str(error))
    return Receipt(Outcome.REJECTED, scope=Scope.WORKSPACE, detail=str(error))
