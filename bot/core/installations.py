"""A workspace that installed our app by itself: what is remembered of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """One workspace with tokens of its own, which are sealed: nobody reads them without the key of the installation.

    Attributes:
        team_id: the platform's id of the workspace.
        enterprise_id: of the organisation it belongs to, or empty.
        bot_token: sealed; differs each time a token is sealed, so it also tells whether the row changed since it was read.
        refresh_token: sealed; exchanged once for the next pair of tokens. None for a token that never expires.
        expires_at: of the bot token; None if it never does.
        scopes: what was granted.
        bot_user_id, bot_id: under which we are known there.
        installed_at: when the newest installation was made.
    """

    team_id: str
    bot_token: str = field(repr=False)
    installed_at: datetime
    enterprise_id: str = ""
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    bot_user_id: str = ""
    bot_id: str = ""
