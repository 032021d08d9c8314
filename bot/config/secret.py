"""Secrets: a value that never prints, and the places one may come from.

Secrets come from the environment, from a file it names, or from systemd's credentials, never from the configuration
file. Nothing in here writes a secret into a message; what is found in the wrong place is named, not shown.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NoReturn

SLACK_BOT_TOKEN = "WATCHLAMP_SLACK_BOT_TOKEN"
SLACK_APP_TOKEN = "WATCHLAMP_SLACK_APP_TOKEN"
SLACK_SIGNING_SECRET = "WATCHLAMP_SLACK_SIGNING_SECRET"
SLACK_CLIENT_ID = "WATCHLAMP_SLACK_CLIENT_ID"
SLACK_CLIENT_SECRET = "WATCHLAMP_SLACK_CLIENT_SECRET"
ENCRYPTION_KEY = "WATCHLAMP_ENCRYPTION_KEY"
DISCORD_TOKEN = "WATCHLAMP_DISCORD_TOKEN"
DATABASE_PASSWORD = "PGPASSWORD"
SECRET_PREFIX = "WATCHLAMP_SECRET_"
URL_PREFIX = "WATCHLAMP_URL_"

MASK = "***"


class Secret:
    """A text that must never be shown: every way of printing it gives ``***``, and it cannot be pickled.

    ``reveal`` is the only way to its value; call it where the value leaves for its destination and nowhere else.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return format(MASK, format_spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode("utf-8", "surrogatepass"), other.reveal().encode("utf-8", "surrogatepass"))

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


class SecretUnreadableError(Exception):
    """A secret is set but cannot be used; the message says why, without it."""


class SecretReader:
    """Looks secrets up by name.

    For a name N, in this order: the variable N; the file named by the variable N_FILE; the file n (small letters,
    dashes for underscores) in ``$CREDENTIALS_DIRECTORY``, where systemd's ``LoadCredential=`` puts it.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        read_file: Callable[[Path], str],
        *,
        found: Callable[[Iterable[Secret]], object] = lambda _: None,
    ) -> None:
        """What it looks in.

        Args:
            environ: the variables.
            read_file: gives a file's text or raises ``OSError`` or ``UnicodeDecodeError``.
            found: told every secret that is found, before anybody else has it.
        """
        self._environ = environ
        self._read_file = read_file
        self._told = found

    def get(self, name: str) -> Secret | None:
        """The secret of that name, or None if it is set nowhere.

        Raises:
            SecretUnreadableError: it is set twice, empty, has blanks or line breaks inside, or its file cannot be read.
        """
        found = self._found(name)
        if found is not None:
            self._told([found])
        return found

    def parts(self, whole: Secret) -> tuple[Secret, ...]:
        """The secrets of a list with commas between; each is told as the whole was."""
        found = tuple(Secret(part) for part in whole.reveal().split(",") if part)
        self._told(found)
        return found

    def _found(self, name: str) -> Secret | None:
        direct = self._environ.get(name)
        file_name = self._environ.get(f"{name}_FILE")
        if direct is not None and file_name is not None:
            raise SecretUnreadableError(f"both {name} and {name}_FILE are set; unset one of them")
        if direct is not None:
            return _usable(direct, f"{name} is set")
        if file_name is not None:
            return self._from_file(Path(file_name), f"{name}_FILE names {file_name}, which")
        folder = self._environ.get("CREDENTIALS_DIRECTORY")
        if folder is None:
            return None
        credential = credential_name(name)
        try:
            return self._from_file(Path(folder) / credential, f"the systemd credential {credential}", may_be_absent=True)
        except FileNotFoundError:
            return None

    def _from_file(self, path: Path, what: str, *, may_be_absent: bool = False) -> Secret:
        try:
            text = self._read_file(path)
        except OSError as error:
            if may_be_absent and isinstance(error, FileNotFoundError):
                raise
            raise SecretUnreadableError(f"{what} cannot be read: {(error.strerror or 'it failed').lower()}") from error
        except UnicodeDecodeError as error:
            raise SecretUnreadableError(f"{what} is not text") from error
        except ValueError as error:
            raise SecretUnreadableError(f"{what} is not a name that a file can have") from error
        return _usable(text, f"{what} is there")


def _usable(text: str, what: str) -> Secret:
    value = text.strip()
    if not value:
        raise SecretUnreadableError(f"{what}, but it is empty")
    if any(character.isspace() or not character.isprintable() for character in value):
        raise SecretUnreadableError(f"{what}, but it has a blank, a line break or a control character inside")
    return Secret(value)


def can_sign(secret: Secret) -> bool:
    """Whether a webhook's calls can be signed with it: ``whsec_`` and base64 (Standard Webhooks), or any other text."""
    mark, found, rest = secret.reveal().partition("whsec_")
    if mark or not found:
        return True
    try:
        return bool(base64.b64decode(rest, validate=True))
    except ValueError:
        return False


def can_encrypt(key: Secret) -> bool:
    """Whether it is a key as ``cryptography`` makes them: 32 bytes in URL-safe base64 (github.com/fernet/spec)."""
    try:
        return len(base64.b64decode(key.reveal(), altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def credential_name(name: str) -> str:
    """Name of the systemd credential for a variable: ``WATCHLAMP_DISCORD_TOKEN`` is ``watchlamp-discord-token``."""
    return name.lower().replace("_", "-")


def where_to_set(name: str) -> str:
    """Half a sentence for people: where a secret of that name can be put."""
    return f"set {name}, or {name}_FILE to a file that holds it"


# ---------------------------------------------------------------- secrets in the wrong place

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Slack: https://docs.slack.dev/authentication/tokens lists the prefixes (seen 2026-11)
    (re.compile(r"\bxapp-[0-9A-Za-z-]{10,}"), f"a Slack app token stands here; put it into {SLACK_APP_TOKEN}"),
    (re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[0-9A-Za-z-]{10,}"), f"a Slack token stands here; put it into {SLACK_BOT_TOKEN}"),
    (
        re.compile(r"https?://hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[^\s\"'<>]{8,}"),
        f'the secret address of a Slack webhook stands here; write "webhook:NAME" and put the address into {URL_PREFIX}NAME',
    ),
    (
        re.compile(r"https?://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/[^\s\"'<>]{8,}"),
        f'the secret address of a Discord webhook stands here; write "webhook:NAME" and put the address into {URL_PREFIX}NAME',
    ),
    # Discord: three base64url parts, the first being the bot's id (docs.discord.com/developers/reference#authentication)
    (
        re.compile(r"(?<![\w.-])[MNO][\w-]{22,27}\.[\w-]{6}\.[\w-]{27,}"),
        f"a Discord bot token stands here; put it into {DISCORD_TOKEN}",
    ),
)
_USERINFO = re.compile(r"\b([a-z][a-z0-9+.-]*)://[^\s/?#\"'@]+:[^\s/?#\"'@]*@", re.IGNORECASE)


def find_secret(text: str) -> str | None:
    """What a secret in ``text`` is and where it belongs, or None. The sentence does not contain it."""
    for pattern, sentence in _SHAPES:
        if pattern.search(text):
            return sentence + " and make a new one, since this one has been in a file"
    match = _USERINFO.search(text)
    if match is None:
        return None
    if match[1].lower().startswith(("postgres", "sqlite")):
        return f"a database password stands here; leave it out and put it into {DATABASE_PASSWORD}"
    return (
        'a name and password stand in this address; leave them out, write secret = "NAME" '
        f"and put user:password into {SECRET_PREFIX}NAME"
    )


def redact(text: str) -> str:
    """``text`` with everything that looks like a secret replaced by ``***``."""
    for pattern, _ in _SHAPES:
        text = pattern.sub(MASK, text)
    return _USERINFO.sub(lambda match: f"{match[1]}://{MASK}@", text)
