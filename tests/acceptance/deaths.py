"""Where the bot is killed between a feed and a chat, and what it is doing then: the rows of the table of docs/delivery.md.

The points are those of ``crashing.py``: hooks of the program, the commits of its transactions, and each request to a platform
before it leaves and when its answer is there unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from points import POLL_AND_ALERT

BEFORE_THE_CLAIM = ("drain.before_claim", "claim.begin", "claim.before_commit")
BEFORE_THE_CALL = (*BEFORE_THE_CLAIM, "claim.after_commit", "drain.after_claim", "drain.before_call")
AFTER_THE_CALL = ("drain.after_call", "settle.begin", "settle.before_commit", "settle.after_commit", "drain.after_receipt")
RECEIPT = ("drain.after_call", "settle.before_commit")
IN_DOUBT = ("doubt.before_commit", "drain.in_doubt", "resolve.before_commit", "resolve.after_commit", "drain.after_doubt")
POST, EDIT, THREAD = "POST /channels/N/messages", "PATCH /channels/N/messages/N", "POST /channels/N/messages/N/threads"
FORUM_POST = "POST /channels/N/threads"
CONNECTING = (
    "auth.test leaves",
    "auth.test unread",
    "apps.connections.open unread",
    "link unread",
    "GET /users/@me unread",
    "GET /oauth2/applications/@me unread",
    "gw unread",
)
"""Steps of connecting, in order; ``link`` and ``gw`` are the sockets of Slack and Discord."""
TELLING_COMMANDS = ("PUT /applications/N/commands leaves", "PUT /applications/N/commands unread")
"""What the first start does besides."""


@dataclass(frozen=True)
class Death:
    """One row of the table.

    Attributes:
        point: where the bot dies first.
        channel: while it serves this channel; empty where no channel is served.
        action: what it does there.
        nth: at the nth time.
        then: points at which the next starts die, one after the other.
        called: what the table calls ``then``; the points themselves if empty.
        may_read: whether the app may read Slack's channels from now on.
    """

    point: str
    channel: str = ""
    action: str = "post"
    nth: int = 1
    then: tuple[str, ...] = ()
    called: str = ""
    may_read: bool = False

    @property
    def label(self) -> str:
        where = f"{self.channel} {self.action}: " if self.channel else ""
        nth = f" ({self.nth})" if self.nth > 1 else ""
        then = f", then {self.called or ', then '.join(self.then)}" if self.then else ""
        return f"{where}{self.point}{nth}{then}{', history readable' if self.may_read else ''}"

    @property
    def stage(self) -> str:
        """Where on the way this is, in the words of docs/delivery.md."""
        if self.may_read:
            return "answer unread or not written down, Slack's history readable"
        if self.then:
            return "answer unread, and dead again while starting"
        if self.point in POLL_AND_ALERT:
            return "polling and deciding"
        if self.point in BEFORE_THE_CALL or self.point.endswith(" leaves"):
            return "before the request leaves"
        return "accepted, answer unread" if self.point.endswith(" unread") else "answer read, before and after it is written down"

    @property
    def leaves_a_doubt(self) -> bool:
        """Whether the platform has accepted the message, and nobody has written that down."""
        written = self.point in ("settle.after_commit", "drain.after_receipt")
        return bool(self.channel) and not written and self.stage != "before the request leaves"

    @property
    def knows_its_action(self) -> bool:
        """Whether the bot already knows at this point what it is about to send."""
        return bool(self.channel) and self.point not in BEFORE_THE_CLAIM


def around(call: str, channel: str, action: str, points: Sequence[str] = (), *, nth: int = 1) -> list[Death]:
    """Deaths before a call leaves, while its answer is unread, and at these points."""
    calls = [Death(f"{call} {when}", channel, action, nth) for when in ("leaves", "unread")]
    return [*calls, *(Death(point, channel, action) for point in points)]


def sending(channel: str, call: str) -> list[Death]:
    """Deaths at every point of sending a post."""
    return [*(Death(point, channel) for point in BEFORE_THE_CALL), *around(call, channel, "post", AFTER_THE_CALL)]


ON_SLACK = [
    *sending("slack-1", "chat.postMessage"),
    *around("chat.update", "slack-1", "edit", RECEIPT),
    *around("chat.postMessage", "slack-1", "reply", RECEIPT),
    *(Death("chat.postMessage unread", "slack-1", then=(point,)) for point in IN_DOUBT),
    Death("chat.postMessage unread", "slack-1", then=("chat.postMessage unread",)),
    Death("chat.postMessage unread", "slack-1", then=CONNECTING, called=f"at {len(CONNECTING)} steps of connecting"),
    Death("chat.postMessage unread", "slack-1", may_read=True),
    Death("settle.before_commit", "slack-1", may_read=True),
    Death("chat.postMessage unread", "slack-1", "reply", may_read=True),
]
"""Deaths while Slack is being served; at the end the app may read the channels and sees for itself what arrived."""
ON_DISCORD = [
    *(Death(point) for point in POLL_AND_ALERT),
    *sending("discord-text", POST),
    *around(FORUM_POST, "discord-forum", "post", RECEIPT),
    *around(EDIT, "discord-text", "edit", RECEIPT),
    *around(EDIT, "discord-forum", "edit"),
    *around(THREAD, "discord-text", "reply"),
    *around(POST, "discord-text", "reply", RECEIPT, nth=2),
    *around(POST, "discord-forum", "reply"),
    *(Death(f"{POST} unread", "discord-text", then=(point,)) for point in IN_DOUBT),
    Death(f"{POST} unread", "discord-text", then=(f"{POST} unread",)),
    Death(f"{FORUM_POST} unread", "discord-forum", then=("GET /guilds/N/threads/active unread",)),
]
"""Deaths before anything is served, and while Discord is; a reply's first call asks for a thread that is not there yet."""


def order(death: Death) -> dict[str, Any]:
    """The order for a bot that takes orders."""
    return {
        "point": death.point,
        "nth": death.nth,
        "channel": death.channel,
        "action": death.action if death.knows_its_action else "",
    }
