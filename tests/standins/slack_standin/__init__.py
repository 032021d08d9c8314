"""A Slack of our own, as strict as the real one: what it is made of. ``tests/standins/slack.py`` is its door."""

from .blocks import block_problems, view_problems
from .faults import Fault
from .marks import Link, links_of, pings_of
from .server import SlackStandIn
from .sockets import Envelope
from .state import APP, APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, SIGNING_SECRET, TEAM, Message, Request, Violation

__all__ = [
    "APP", "APP_TOKEN", "BOT_ID", "BOT_TOKEN", "BOT_USER", "SIGNING_SECRET", "TEAM", "Envelope", "Fault", "Link", "Message",
    "Request", "SlackStandIn", "Violation", "block_problems", "links_of", "pings_of", "view_problems",
]  # fmt: skip
