"""Seals what must not be readable in the database: tokens of workspaces, and the states of installations under way.

Promises: what is sealed is opened only with a key of this installation and only for the workspace it was sealed for, so that
neither a copy of the database nor a row moved to another workspace is of use to anybody; with several keys the first seals and all
of them open. Nothing here prints a token or a key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.config.secret import ENCRYPTION_KEY, Secret
from bot.core.errors import WorkError
from bot.core.installations import Installation

KEY_LOST = (
    f"What was encrypted cannot be opened: {ENCRYPTION_KEY} lacks the key it was encrypted with. Put that key back, after a "
    "comma if there is a newer one, and restart. Nothing was deleted. If it is lost, each workspace installs the app again."
)


class KeyLostError(WorkError):
    """No key of this installation opens it."""

    def __init__(self) -> None:
        super().__init__(KEY_LOST)


class Vault:
    """Encrypts with Fernet: AES-128-CBC with HMAC-SHA256 (github.com/fernet/spec)."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        """Take the keys.

        Args:
            keys: the newest first.

        Raises:
            WorkError: the library is not installed, or a key is none.
        """
        try:
            from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # noqa: PLC0415  # an extra
        except ModuleNotFoundError as error:
            raise WorkError("Slack's oauth encrypts tokens, which needs cryptography: pip install 'watchlamp[hosted]'.") from error
        try:
            made = [Fernet(key.reveal()) for key in keys]
            self._all = MultiFernet(made)
        except ValueError:
            raise WorkError(f"{ENCRYPTION_KEY} holds no key, or something that is none.") from None
        self._newest = MultiFernet(made[:1])
        self._wrong = InvalidToken

    def __repr__(self) -> str:
        return "<Vault>"

    def seal(self, team: str, text: str) -> str:
        """A token of a workspace, sealed; another text each time."""
        return self._all.encrypt(json.dumps([team, text]).encode()).decode()

    def open(self, team: str, sealed: str) -> str:
        """The token again.

        Raises:
            KeyLostError: no key opens it, or it was sealed for another workspace.
        """
        try:
            owner, text = json.loads(self._all.decrypt(sealed))
        except (self._wrong, ValueError, TypeError):
            raise KeyLostError from None
        if owner != team:
            raise KeyLostError
        return str(text)

    def newest(self, sealed: str) -> bool:
        """Whether it was sealed with the newest key."""
        try:
            self._newest.decrypt(sealed)
        except (self._wrong, TypeError):
            return False
        return True

    # ------------------------------------------------------------ states

    def state(self, now: datetime) -> str:
        """A word that only this installation can have made, and that says when; another one each time."""
        return self._all.encrypt_at_time(b"state", int(now.timestamp())).decode().rstrip("=")

    def is_state(self, word: str, now: datetime, ttl: timedelta) -> bool:
        """Whether a word is such a state, made within a span before now."""
        try:
            token = word + "=" * (-len(word) % 4)
            return self._all.decrypt_at_time(token, int(ttl.total_seconds()), int(now.timestamp())) == b"state"
        except (self._wrong, TypeError, ValueError):
            return False


def digest(word: str) -> str:
    """By which a used state is known; nobody can make the state of it."""
    return hashlib.sha256(word.encode()).hexdigest()


def unopened(keys: Sequence[Secret], known: Iterable[Installation]) -> list[str]:
    """Ids of the workspaces whose tokens no key opens.

    Raises:
        WorkError: as for ``Vault``.
    """
    vault, lost = Vault(keys), []
    for one in known:
        try:
            for sealed in filter(None, (one.bot_token, one.refresh_token)):
                vault.open(one.team_id, sealed)
        except KeyLostError:
            lost.append(one.team_id)
    return lost
