"""The app in several workspaces: who installs it, what tokens that gives, how they expire, and how it ends.

Shapes and errors as docs.slack.dev/reference/methods/oauth.v2.access and /authentication/using-token-rotation list them (read
2026-11). A refresh token is taken once; whoever sends it again is put down as a violation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .client import ImpossibleError
from .refusals import RefusedError
from .state import APP, APP_TOKEN, Request, Team, World

CLIENT_ID = "1000000000.2000000000"
CLIENT_SECRET = "standin0client0secret0000000000f"
LASTS = timedelta(hours=12)
"""How long a token that expires lasts."""


@dataclass(frozen=True)
class Allowed:
    """What a person allowed: good for one exchange."""

    team: Team
    redirect_uri: str
    scopes: str
    until: datetime
    whole_organisation: bool = False


class Installations:
    """Every workspace's tokens.

    Attributes:
        rotating: whether tokens expire from now on.
        exchanges: how many refresh tokens were exchanged, by team.
    """

    def __init__(self, world: World, *, rotating: bool) -> None:
        self.world = world
        self.rotating = rotating
        self.exchanges: dict[str, int] = {}
        self._codes: dict[str, Allowed] = {}
        self._refresh: dict[str, tuple[Team, str]] = {}
        self._used: set[str] = set()
        self._expires: dict[str, datetime] = {}

    # ---------------------------------------------------------------- for the test

    def team(self, id_: str, **facts: Any) -> Team:
        """A workspace that is there and in which the app is not installed yet; with a channel ``C`` and a person ``U`` of its own.

        The channel's id is ``C`` with the team's after its T, and so on for the person, who administers the workspace.
        """
        rest = id_[1:]
        team = Team(id_, f"UBOT{rest}", f"B{rest}", f"Team {rest}", **facts)
        self.world.teams[id_] = team
        self.world.add_user(team.bot_user, "watchlamp", is_bot=True, team=id_)
        self.world.add_user(f"U{rest}", f"admin-{rest.lower()}", is_admin=True, is_owner=True, team=id_)
        self.world.add_channel(f"C{rest}", f"alerts-{rest.lower()}", team=id_)
        return team

    def allow(self, address: str, team: Team, *, whole_organisation: bool = False) -> str:
        """Press Allow on the page at ``address``; where Slack leads the browser."""
        asked = self._asked(address)
        code = self.world.serial("code.")
        until = self.world.clock.now() + timedelta(minutes=10)
        self._codes[code] = Allowed(team, asked["redirect_uri"], asked["scope"], until, whole_organisation)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def deny(self, address: str) -> str:
        """Press Cancel."""
        asked = self._asked(address)
        return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"

    def _asked(self, address: str) -> dict[str, str]:
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != "/oauth/v2/authorize" or asked.get("client_id") != CLIENT_ID or "redirect_uri" not in asked:
            raise ImpossibleError(f"Slack shows no page at {address}")
        if strange := sorted(set(asked.get("scope", "").split(",")) - set(self.world.every_scope)):
            self.world.violate("scope", f"asked for {strange}, which the app's manifest does not name")
        return asked

    def grant(self, team: Team, scopes: str = "chat:write") -> dict[str, Any]:
        """A new token, and what Slack tells with it."""
        token = self._word("xoxe.xoxb-1-" if self.rotating else "xoxb-", team)
        self.world.tokens[token], self.world.holders[token] = "ok", team
        told: dict[str, Any] = {"access_token": token, "token_type": "bot", "scope": scopes, "bot_user_id": team.bot_user}
        if self.rotating:
            refresh = self._word("xoxe-1-", team)
            self._refresh[refresh] = (team, scopes)
            self._expires[token] = self.world.clock.now() + LASTS
            told |= {"refresh_token": refresh, "expires_in": int(LASTS.total_seconds())}
        return told | {"app_id": APP, "team": {"id": team.id, "name": team.name}, "enterprise": None}

    def status(self, token: str) -> str:
        """What Slack says of a token."""
        ends = self._expires.get(token)
        status = self.world.tokens.get(token, "invalid_auth")
        return "token_expired" if status == "ok" and ends is not None and self.world.clock.now() >= ends else status

    def remove(self, team: Team, status: str = "account_inactive") -> None:
        """Remove the app from a workspace: every token of it is refused from now on."""
        for token, holder in self.world.holders.items():
            if holder == team and token != APP_TOKEN:
                self.world.tokens[token] = status
        for refresh in [word for word, (holder, _) in self._refresh.items() if holder == team]:
            del self._refresh[refresh]

    def tokens_of(self, team: Team) -> list[str]:
        """Every token that a workspace ever gave, oldest first."""
        return [token for token, holder in self.world.holders.items() if holder == team]

    # ---------------------------------------------------------------- what is asked

    def exchange(self, given: dict[str, Any]) -> dict[str, Any]:
        """``oauth.v2.access``, for a code or for a refresh token."""
        if given.get("client_id") != CLIENT_ID:
            raise RefusedError("invalid_client_id")
        if given.get("client_secret") != CLIENT_SECRET:
            raise RefusedError("bad_client_secret")
        if given.get("grant_type") == "refresh_token":
            return self._renewed(str(given.get("refresh_token", "")))
        code = self._codes.pop(str(given.get("code", "")), None)
        if code is None or self.world.clock.now() >= code.until:
            raise RefusedError("invalid_code")
        if given.get("redirect_uri") != code.redirect_uri:
            raise RefusedError("bad_redirect_uri")
        told = self.grant(code.team, code.scopes)
        if code.whole_organisation:
            told |= {"team": None, "enterprise": {"id": "E0STANDIN1", "name": "Org"}}
        return told | {"authed_user": {"id": f"U{code.team.id[1:]}"}, "is_enterprise_install": code.whole_organisation}

    def _renewed(self, refresh: str) -> dict[str, Any]:
        if refresh in self._used:
            self.world.violate("refresh token", "a refresh token was used twice")
        known = self._refresh.pop(refresh, None)
        if known is None:
            raise RefusedError("invalid_refresh_token")
        self._used.add(refresh)
        team, scopes = known
        self.exchanges[team.id] = self.exchanges.get(team.id, 0) + 1
        return self.grant(team, scopes)

    def _word(self, prefix: str, team: Team) -> str:
        number = self.world.serial("")
        return f"{prefix}{number}-{hashlib.sha256(f'{team.id} {number}'.encode()).hexdigest()[:24]}"


class Installs:
    """oauth.* and auth.revoke."""

    world: World
    installs: Installations

    def _oauth_v2_access(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        return self.installs.exchange(arguments)

    def _auth_revoke(self, arguments: dict[str, Any], request: Request) -> dict[str, Any]:
        if not arguments.get("test"):
            self.world.tokens[request.token or ""] = "token_revoked"
        return {"revoked": not arguments.get("test")}
