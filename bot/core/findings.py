"""What a look over a set-up can find: every finding has a code, a level, and a sentence that says what to do.

Promises: a code is stable, unique, and the heading of a section of docs/troubleshooting.md, which a test holds to this table; no
finding holds a secret. Pure data. Who looks is ``bot.doctor`` and the platforms' own ``online`` modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

PAGE = "docs/troubleshooting.md"


class Level(StrEnum):
    """How much a finding matters.

    ERROR: something will not work. WARNING: it works, and hardly as it is meant. NOTE: only to be known.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(StrEnum):
    """What can be found; each is explained in its section of docs/troubleshooting.md."""

    # the file and the secrets
    CONFIGURATION = "configuration"
    CONFIGURATION_DOUBTFUL = "configuration-doubtful"
    TOKEN_MISSING = "token-missing"
    TOKEN_KIND = "token-kind"
    TOKEN_UNREADABLE = "token-unreadable"
    KEY_LOST = "key-lost"
    FILE_RIGHTS = "file-rights"
    EXTRA_MISSING = "extra-missing"
    # the machine
    PYTHON_OLD = "python-old"
    DATABASE_FOLDER = "database-folder"
    DATABASE_NETWORK = "database-network"
    DATABASE_OLDER = "database-older"
    DATABASE_UNUSABLE = "database-unusable"
    DISK_FULL = "disk-full"
    CLOCK_WRONG = "clock-wrong"
    PORT_IN_USE = "port-in-use"
    TWO_INSTANCES = "two-instances"
    WEB_OPEN = "web-open"
    NO_NAME = "no-name"
    PROXY = "proxy"
    # what is read, matched and told
    NO_OPERATOR = "no-operator"
    NO_SOURCE = "no-source"
    NO_RULE = "no-rule"
    CHANNEL_UNUSED = "channel-unused"
    QUIET_ALL_DAY = "quiet-all-day"
    RULE_SILENT = "rule-silent"
    RULE_MATCHES_ALL = "rule-matches-all"
    SOURCE_IS_A_PAGE = "source-is-a-page"
    SOURCE_FAILING = "source-failing"
    # Slack
    SLACK_UNREACHABLE = "slack-unreachable"
    SLACK_BUSY = "slack-busy"
    SLACK_TOKEN = "slack-token"
    SLACK_SCOPES = "slack-scopes"
    SLACK_APP_TOKEN = "slack-app-token"
    SLACK_CHANNEL = "slack-channel"
    SLACK_NOT_INVITED = "slack-not-invited"
    SLACK_ARCHIVED = "slack-archived"
    SLACK_NOT_CHECKED = "slack-not-checked"
    SLACK_SHARED = "slack-shared"
    SLACK_BLOCKS = "slack-blocks"
    # Discord
    DISCORD_UNREACHABLE = "discord-unreachable"
    DISCORD_TOKEN = "discord-token"
    DISCORD_ENDPOINT = "discord-endpoint"
    DISCORD_INTENTS = "discord-intents"
    DISCORD_COMMANDS = "discord-commands"
    DISCORD_CHANNEL = "discord-channel"
    DISCORD_NOT_INVITED = "discord-not-invited"
    DISCORD_PERMISSION = "discord-permission"
    DISCORD_NOT_CHECKED = "discord-not-checked"
    DISCORD_SETTING = "discord-setting"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell.

    Attributes:
        code: what it is.
        level: how much it matters.
        where: the file, key, channel, source or rule it is about; may be empty.
        what: what is wrong, a sentence.
        remedy: what to click or type; empty where nothing is to be done.
    """

    code: Code
    level: Level
    where: str
    what: str
    remedy: str = ""

    @property
    def link(self) -> str:
        """The section that says more, in the documentation."""
        return f"{PAGE}#{self.code.value}"

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".rstrip()


def error(code: Code, where: str, what: str, remedy: str = "") -> Finding:
    """Something will not work."""
    return Finding(code, Level.ERROR, where, what, remedy)


def warning(code: Code, where: str, what: str, remedy: str = "") -> Finding:
    """It works, and hardly as it is meant."""
    return Finding(code, Level.WARNING, where, what, remedy)


def note(code: Code, where: str, what: str, remedy: str = "") -> Finding:
    """Only to be known."""
    return Finding(code, Level.NOTE, where, what, remedy)


CLOCK_TOLERANCE = timedelta(minutes=1)
"""A clock this wrong misleads: due times, quiet hours and ages are told in minutes. Slack refuses signed requests at five
(docs.slack.dev/authentication/verifying-requests-from-slack, seen 2026-11)."""


def clock_off(who: str, date: str | None, now: datetime | None) -> Iterator[Finding]:
    """What a server's Date header says of this machine's clock.

    Args:
        who: the server, for people.
        date: the header; None or unreadable says nothing.
        now: the present instant as this machine has it; None asks for nothing.
    """
    if date is None or now is None:
        return
    try:
        off = now - parsedate_to_datetime(date)
    except (ValueError, TypeError):  # no date; or one without a zone
        return
    if abs(off) > CLOCK_TOLERANCE:
        minutes, late = round(abs(off).total_seconds() / 60), "ahead of" if off > timedelta(0) else "behind"
        yield error(
            Code.CLOCK_WRONG,
            "clock",
            f"This machine's clock is {minutes} minute{'s' if minutes != 1 else ''} {late} that of {who}.",
            "Let it set itself: on Linux `sudo timedatectl set-ntp true`, then look with `timedatectl`.",
        )
