"""Workspaces that installed our app, with their sealed tokens, and the states of installations that were used up.

Promises: a token is only ever replaced by who has seen the one before it, so that of several processes one exchanges a refresh
token and the others find the outcome; a state is taken once, whoever asks at the same moment. Sees sealed tokens only; decides
nothing.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from bot.core.installations import Installation
from bot.core.reasons import Reason
from bot.store.connected import Connected
from bot.store.tables import channels, slack_installations, slack_used_states

_FIELDS = tuple(field.name for field in fields(Installation))
_ROW = tuple(slack_installations.c[name] for name in _FIELDS)


class InstallationQueries(Connected):
    """Queries of installations."""

    async def installation(self, team_id: str) -> Installation | None:
        """What is remembered of a workspace, or None if our app is not installed there."""
        async with self._read() as connection:
            row = (await connection.execute(select(*_ROW).where(slack_installations.c.team_id == team_id))).one_or_none()
        return None if row is None else Installation(*row)

    async def installations(self) -> list[Installation]:
        """Every workspace, by its id."""
        async with self._read() as connection:
            return [Installation(*row) for row in await connection.execute(select(*_ROW).order_by(slack_installations.c.team_id))]

    async def install(self, installation: Installation, workspace_id: str) -> int:
        """Keep a workspace, in place of what was known of it; an exchange that is under way there counts no more.

        Args:
            installation: with sealed tokens.
            workspace_id: of its channels and declarations; those that waited for this may send again.

        Returns:
            How many channels that is.
        """
        known = {name: getattr(installation, name) for name in _FIELDS}
        known |= {"renewing": None, "renewing_until": None}
        statement = self._insert(slack_installations).values(known)
        statement = statement.on_conflict_do_update(
            index_elements=[slack_installations.c.team_id],
            set_={name: statement.excluded[name] for name in known if name != "team_id"},
        )
        waiting = channels.c.parked.in_((Reason.NOT_INSTALLED, Reason.TOKEN_REFUSED))
        reopened = update(channels).where(channels.c.workspace_id == workspace_id, waiting).values(parked=None)
        async with self._write() as connection:
            await connection.execute(statement)
            return (await connection.execute(reopened)).rowcount

    async def uninstall(self, team_id: str, seen: str, workspace_id: str) -> bool:
        """Forget a workspace's tokens and let its channels wait; what it declared stays. False if nothing was forgotten.

        Args:
            team_id: the workspace.
            seen: its sealed bot token as it was read: who installed anew meanwhile stays.
            workspace_id: of its channels.
        """
        row = slack_installations.c
        parked = update(channels).where(channels.c.workspace_id == workspace_id, channels.c.parked.is_(None))
        async with self._write() as connection:
            statement = delete(slack_installations).where(row.team_id == team_id, row.bot_token == seen)
            if not (await connection.execute(statement)).rowcount:
                return False
            await connection.execute(parked.values(parked=Reason.NOT_INSTALLED))
        return True

    async def begin_renewal(self, team_id: str, seen: str, *, by: str, now: datetime, until: datetime) -> bool:
        """Take it upon us to exchange a refresh token; False if the tokens changed since, or another does so at this moment.

        Args:
            team_id: the workspace.
            seen: its sealed bot token as it was read.
            by: a fresh word for this one exchange.
            now: when.
            until: then another may try, for we are gone.
        """
        row = slack_installations.c
        free = or_(row.renewing_until.is_(None), row.renewing_until <= now)
        statement = update(slack_installations).where(row.team_id == team_id, row.bot_token == seen, free)
        async with self._write() as connection:
            return (await connection.execute(statement.values(renewing=by, renewing_until=until))).rowcount == 1

    async def end_renewal(
        self, team_id: str, by: str, *, bot_token: str, refresh_token: str | None, expires_at: datetime | None
    ) -> bool:
        """Keep what an exchange brought, sealed; False if it is not ours any more: installed anew, or taken over."""
        row = slack_installations.c
        new = {"bot_token": bot_token, "refresh_token": refresh_token, "expires_at": expires_at}
        statement = update(slack_installations).where(row.team_id == team_id, row.renewing == by)
        async with self._write() as connection:
            done = await connection.execute(statement.values(**new, renewing=None, renewing_until=None))
        return done.rowcount == 1

    async def leave_renewal(self, team_id: str, by: str) -> None:
        """Give an exchange up that was certainly not made, so that another may try at once."""
        row = slack_installations.c
        statement = update(slack_installations).where(row.team_id == team_id, row.renewing == by)
        async with self._write() as connection:
            await connection.execute(statement.values(renewing=None, renewing_until=None))

    async def seal_anew(self, team_id: str, seen: str, *, bot_token: str, refresh_token: str | None) -> bool:
        """Keep the same tokens sealed with another key; False if they changed since, or are being exchanged."""
        row = slack_installations.c
        statement = update(slack_installations).where(row.team_id == team_id, row.bot_token == seen, row.renewing.is_(None))
        async with self._write() as connection:
            done = await connection.execute(statement.values(bot_token=bot_token, refresh_token=refresh_token))
        return done.rowcount == 1

    async def use_state(self, digest: str, until: datetime, now: datetime) -> bool:
        """Use a state up; False if it was used before. Those that are too old to count are forgotten.

        Args:
            digest: of the state.
            until: when it does not count any more anyhow.
            now: when.
        """
        used = slack_used_states.c
        statement = self._insert(slack_used_states).values(digest=digest, until=until).on_conflict_do_nothing()
        async with self._write() as connection:
            await connection.execute(delete(slack_used_states).where(used.until <= now))
            return await connection.scalar(statement.returning(used.digest)) is not None
