"""Tokens of the wrong kind, in the wrong place, or in files that others can read.

Promises: a token is judged by its shape alone, asked of nobody, and never shown. Knows how tokens of both platforms look, which is
configuration, and nothing else of them.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.config.secret import (
    DISCORD_TOKEN,
    ENCRYPTION_KEY,
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_CLIENT_ID,
    SLACK_CLIENT_SECRET,
    SLACK_SIGNING_SECRET,
    SecretReader,
    SecretUnreadableError,
    credential_name,
    where_to_set,
)
from bot.config.settings import Settings
from bot.core.errors import Mistake
from bot.core.findings import Code, Finding, error, warning

VARIABLES = (
    SLACK_BOT_TOKEN,
    SLACK_APP_TOKEN,
    SLACK_SIGNING_SECRET,
    SLACK_CLIENT_ID,
    SLACK_CLIENT_SECRET,
    ENCRYPTION_KEY,
    DISCORD_TOKEN,
)

_BOT, _APP = "bot token (xoxb-)", "app token (xapp-)"
_SLACK_KINDS = (
    ("xoxb-", _BOT),
    ("xoxe.xoxb-", _BOT),
    ("xapp-", _APP),
    ("xoxp-", "user token (xoxp-)"),
    ("xoxe.xoxp-", "user token (xoxp-)"),
    ("xoxe-", "refresh token (xoxe-)"),
    ("xoxc-", "token of a browser's session (xoxc-)"),
    ("xoxd-", "cookie of a browser's session (xoxd-)"),
)
"""docs.slack.dev/authentication/tokens, seen 2026-11; what a browser's session holds is known from browsers."""
_HEXADECIMAL = re.compile(r"[0-9a-f]{32}")
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
_SNOWFLAKE = re.compile(r"[0-9]{17,20}")
_BOT_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
"""Three parts of base64url with dots between (docs.discord.com/developers/reference#authentication, seen 2026-11)."""
_MOUNTED = ("/run/secrets/", "/var/run/secrets/", "/run/credentials/")
"""Where containers and services are given secrets: whoever is in there is the service itself."""
_ENVIRONMENT_FILES = (".env", "watchlamp.env")


def of_mistake(mistake: Mistake) -> Code:
    """Whether a mistake of the configuration is about a secret that is missing or cannot be used, or about the file."""
    if any(where_to_set(name) in mistake.message for name in VARIABLES):
        return Code.TOKEN_MISSING
    return Code.TOKEN_UNREADABLE if any(name in mistake.message for name in VARIABLES) else Code.CONFIGURATION


def kinds(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Tokens that are not what their variable is for. What is missing or unreadable the configuration itself tells.

    Args:
        settings: which platforms are on, and how.
        environ: the environment's variables.
    """
    reader = SecretReader(environ, lambda path: path.read_text(encoding="utf-8"))
    wanted: list[str] = []
    if settings.slack is not None:
        wanted += [SLACK_BOT_TOKEN, SLACK_APP_TOKEN if settings.slack.mode == "socket" else SLACK_SIGNING_SECRET]
    if settings.discord is not None:
        wanted.append(DISCORD_TOKEN)
    for name in wanted:
        try:
            secret = reader.get(name)
        except SecretUnreadableError:
            continue
        finding = None if secret is None else _JUDGES[name](secret.reveal())
        if finding is not None:
            said, remedy = finding
            yield error(Code.TOKEN_KIND, name, f"{name} holds {said}.", f"{remedy} Put it into {name}.")


def _slack_kind(token: str) -> str | None:
    return next((kind for prefix, kind in _SLACK_KINDS if token.startswith(prefix)), None)


def _bot(token: str) -> tuple[str, str] | None:
    kind = _slack_kind(token)
    if kind == _BOT:
        return None
    swapped = " The two are swapped, perhaps." if kind == _APP else ""
    held = f"a Slack {kind}" if kind else "no Slack token"
    return held, f"The bot token begins with xoxb- and stands on the app's page under OAuth & Permissions.{swapped}"


def _app(token: str) -> tuple[str, str] | None:
    kind = _slack_kind(token)
    if kind == _APP:
        return None
    swapped = " The two are swapped, perhaps." if kind == _BOT else ""
    held = f"a Slack {kind}" if kind else "no Slack token"
    return held, (
        "The app token begins with xapp-: on the app's page, Basic Information, App-Level Tokens, Generate, with the scope "
        f"connections:write.{swapped}"
    )


def _signing(secret: str) -> tuple[str, str] | None:
    kind = _slack_kind(secret)
    if kind is None:
        return None
    return f"a Slack {kind}", "The signing secret stands on the app's page under Basic Information, App Credentials."


def _discord(token: str) -> tuple[str, str] | None:
    if _BOT_TOKEN.fullmatch(token):
        return None
    held = "something that is no Discord bot token"
    if _SNOWFLAKE.fullmatch(token):
        held = "an id, such as that of the application,"
    elif _PUBLIC_KEY.fullmatch(token):
        held = "the application's public key"
    elif _HEXADECIMAL.fullmatch(token) or re.fullmatch(r"[\w-]{32}", token):
        held = "what looks like the application's client secret"
    elif _slack_kind(token):
        held = "a token of Slack"
    return held, (
        "The bot's token has three parts with dots between: in the developer portal, your application, Bot, press Reset Token "
        "and copy it whole."
    )


_JUDGES = {SLACK_BOT_TOKEN: _bot, SLACK_APP_TOKEN: _app, SLACK_SIGNING_SECRET: _signing, DISCORD_TOKEN: _discord}


def rights(files: Iterable[Path], environ: Mapping[str, str]) -> Iterator[Finding]:
    """Files with secrets that every user of the machine can read, and configurations that every user can change.

    Args:
        files: of the configuration, the main file first.
        environ: names files with secrets in ``..._FILE``, and a folder of them in ``CREDENTIALS_DIRECTORY``.
    """
    files = tuple(files)
    secret = [Path(value) for name, value in sorted(environ.items()) if re.fullmatch(r"WATCHLAMP_\w+_FILE", name) and value]
    if folder_of_credentials := environ.get("CREDENTIALS_DIRECTORY"):
        secret += [Path(folder_of_credentials) / credential_name(name) for name in VARIABLES]
    secret += [folder / name for folder in dict.fromkeys(file.parent for file in files) for name in _ENVIRONMENT_FILES]
    for path in dict.fromkeys(secret):
        if not str(path.absolute()).startswith(_MOUNTED) and _mode(path) & stat.S_IROTH:
            said = f"Every user of this machine can read {path}, which holds secrets."
            yield warning(Code.FILE_RIGHTS, str(path), said, f"Type: chmod 600 {path}")
    for path in files:
        if _mode(path) & stat.S_IWOTH:
            said = f"Every user of this machine can change {path}, and with it what is posted where."
            yield warning(Code.FILE_RIGHTS, str(path), said, f"Type: chmod o-w {path}")


def _mode(path: Path) -> int:
    """The rights of a file; none where it is not there, or where rights mean nothing to the system."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0
