"""Two pages: where somebody who administers a workspace begins to install the app there, and where Slack leads them back.

Promises: an installation counts only in the browser in which it was begun, within ten minutes, once; a code that Slack did not give
for that is refused by Slack itself; what came in is never shown on a page or written into the log. Who installed is not kept.
The way: docs.slack.dev/authentication/installing-with-oauth (seen 2026-11).
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urljoin

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth.authorize_url_generator import AuthorizeUrlGenerator
from slack_sdk.oauth.state_utils import OAuthStateUtils
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.manifest import COMMAND, INSTALLED_SCOPES, REDIRECT, SCOPES
from bot.adapters.slack.notifier import DEADLINE, error_code
from bot.adapters.slack.tokens import InstallationStore, sealed_pair
from bot.adapters.slack.vault import Vault, digest
from bot.config.settings import SlackInstalling
from bot.core.clock import Clock
from bot.core.errors import StoreError
from bot.core.installations import Installation

INSTALL = "/slack/install"
LASTS = timedelta(seconds=OAuthStateUtils.default_expiration_seconds)
"""How long an installation may take: what the SDK gives its cookie."""
MOST_LETTERS = 4_000
"""Of what stands in an address after the question mark: Slack's own is some hundred."""
_FAULTS = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, KeyError, TypeError)
_AGAIN = f'<p><a href="{INSTALL}">Begin anew</a></p>'
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",  # the address of this page holds what Slack gave
    "x-content-type-options": "nosniff",
}

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = tuple[int, Mapping[str, str], str]

log = structlog.get_logger(__name__)


class Page:
    """One page as an ASGI application."""

    def __init__(self, answer: Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[Answer]]) -> None:
        """Take who answers: given the parts of the address and the headers, by small names."""
        self._answer = answer

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] not in {"GET", "HEAD"}:
            answer: Answer = (405, {"allow": "GET"}, "")
        elif len(scope["query_string"]) > MOST_LETTERS:
            answer = (414, {}, "")
        else:
            answer = await self._answer(_given(scope["query_string"]), _headers(scope["headers"]))
        status, more, body = answer
        data = body.encode()
        told = {**_HEADERS, **more, "content-length": str(len(data))}
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})


class Installing:
    """Installs the app in workspaces."""

    def __init__(
        self,
        settings: SlackInstalling,
        *,
        store: InstallationStore,
        vault: Vault,
        clock: Clock,
        client: AsyncWebClient,
        workspace_of: Callable[[str], str],
    ) -> None:
        """Build it.

        Args:
            settings: who may, and with which app.
            store: keeps installations.
            vault: seals tokens, makes states.
            clock: tells how old a state is.
            client: without a token and without retries; its session must stand.
            workspace_of: the id under which a team's channels are declared.
        """
        assert settings.client_id is not None
        assert settings.client_secret is not None
        self._settings = settings
        self._client_id, self._client_secret = settings.client_id, settings.client_secret
        self._store = store
        self._vault = vault
        self._clock = clock
        self._client = client
        self._workspace_of = workspace_of
        self._cookies = OAuthStateUtils()
        self._redirect = settings.public_url + REDIRECT
        self._ask = AuthorizeUrlGenerator(
            client_id=quote(self._client_id.reveal(), safe=""),
            redirect_uri=quote(self._redirect, safe=""),
            scopes=sorted(INSTALLED_SCOPES),
            authorization_url=urljoin(client.base_url, "/oauth/v2/authorize"),
        )
        self.pages: dict[str, Page] = {INSTALL: Page(self._begun), REDIRECT: Page(self._ended)}
        """To be mounted at these paths."""

    async def _begun(self, given: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        state = self._vault.state(self._clock.now())
        cookie = f"{self._cookies.build_set_cookie_for_new_state(state)}; SameSite=Lax"
        return 302, {"location": self._ask.generate(state), "set-cookie": cookie}, ""

    async def _ended(self, given: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        status, title, text = await self._outcome(given, headers)
        return status, {"set-cookie": self._cookies.build_set_cookie_for_deletion()}, _page(title, text)

    async def _outcome(self, given: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str, str]:
        state, now = given.get("state", ""), self._clock.now()
        if not (self._cookies.is_valid_browser(state, dict(headers)) and self._vault.is_state(state, now, LASTS)):
            log.warning("an installation that was not begun here, or too long ago, was refused")
            return 400, "Not installed", f"<p>This installation was not begun in this browser, or too long ago.</p>{_AGAIN}"
        try:
            if not await self._store.use_state(digest(state), now + LASTS, now):
                return 400, "Not installed", f"<p>This page was opened before; it works once.</p>{_AGAIN}"
            if given.get("error") or not given.get("code"):
                return 400, "Not installed", f"<p>Slack says that the installation was not allowed.</p>{_AGAIN}"
            return await self._installed(given["code"])
        except SlackApiError as error:
            code = error_code(getattr(error.response, "data", None)) or type(error).__name__
            log.warning("Slack refused an installation", error=code)
            return 400, "Not installed", f"<p>Slack refused the installation ({html.escape(code)}).</p>{_AGAIN}"
        except StoreError as error:
            log.error("an installation could not be kept", error=str(error))  # noqa: TRY400  # a sentence, no traceback
        except _FAULTS as error:
            log.warning("Slack did not answer during an installation", error=type(error).__name__)
        return 503, "Not installed", f"<p>That did not work now. Try again in a minute.</p>{_AGAIN}"

    async def _installed(self, code: str) -> tuple[int, str, str]:
        async with asyncio.timeout(DEADLINE):
            answer = await self._client.oauth_v2_access(
                client_id=self._client_id.reveal(),
                client_secret=self._client_secret.reveal(),
                code=code,
                redirect_uri=self._redirect,
            )
        token = str(answer["access_token"])
        if answer.get("is_enterprise_install") or not answer.get("team"):
            await self._give_back(token)
            return 400, "Not installed", f"<p>Install it in single workspaces, not in a whole organisation.</p>{_AGAIN}"
        team = str(answer["team"]["id"])
        if self._settings.teams and team not in self._settings.teams:
            await self._give_back(token)
            log.warning("a workspace that may not install the app was refused", workspace=team)
            return 403, "Not installed", "<p>Whoever runs this bot has not admitted this workspace.</p>"
        async with asyncio.timeout(DEADLINE):
            us = await self._client.auth_test(token=token)
        if us["team_id"] != team:
            raise ValueError("a token of another workspace")
        now = self._clock.now()
        installation = Installation(
            team_id=team,
            installed_at=now,
            enterprise_id=str((answer.get("enterprise") or {}).get("id") or ""),
            scopes=tuple(sorted(scope for scope in str(answer.get("scope") or "").split(",") if scope)),
            bot_user_id=str(answer.get("bot_user_id") or us["user_id"]),
            bot_id=str(us.get("bot_id") or ""),
            **sealed_pair(self._vault, team, answer, now),
        )
        reopened = await self._store.install(installation, self._workspace_of(team))
        log.info("a workspace installed the app", workspace=team, channels=reopened)
        lacking = sorted(set(SCOPES) - set(installation.scopes))
        lack = (
            f"<p>It was not granted {html.escape(', '.join(lacking))}, without which it does not work whole.</p>" if lacking else ""
        )
        return (
            200,
            "Installed",
            (
                f"<p>Watchlamp is in your workspace. In Slack, type <code>/invite @Watchlamp</code> in a channel, then "
                f"<code>{COMMAND} help</code>.</p>{lack}"
            ),
        )

    async def _give_back(self, token: str) -> None:
        """Revoke a token that we do not keep."""
        try:
            async with asyncio.timeout(DEADLINE):
                await self._client.auth_revoke(token=token)
        except _FAULTS as error:
            log.warning("a token that is not kept could not be revoked", error=type(error).__name__)


def _page(title: str, text: str) -> str:
    style = "body{font:1.1em/1.5 sans-serif;max-width:36em;margin:3em auto;padding:0 1em}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{style}</style></head><body><h1>{title}</h1>{text}</body></html>"
    )


def _given(query: bytes) -> dict[str, str]:
    """What an address says after the question mark, once each; what is said twice, or too much of, is as if it were not there."""
    try:
        found = parse_qs(query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _headers(given: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by small names; several cookies as one, as browsers send them anyhow."""
    found: dict[str, str] = {}
    for name, value in given:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}; {text}" if key == "cookie" and key in found else text
    return found
