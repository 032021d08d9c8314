"""A Slack of our own, as strict as the real one: what it is made of. ``tests/standins/slack.py`` is its door."""

from .blocks import block_problems, view_problems
from .checks import Problem
from .client import ImpossibleError
from .door import HttpDoor
from .faults import Fault
from .installs import CLIENT_ID, CLIENT_SECRET
from .marks import Link, links_of, pings_of
from .methods import METHODS
from .person import Person
from .schema import block_violations, violations
from .server import SlackStandIn
from .sockets import Envelope
from .state import APP, APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, SIGNING_SECRET, TEAM, Message, Request, Team, View, Violation

__all__ = [
    "APP",
    "APP_TOKEN",
    "BOT_ID",
    "BOT_TOKEN",
    "BOT_USER",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "METHODS",
    "SIGNING_SECRET",
    "TEAM",
    "Envelope",
    "Fault",
    "HttpDoor",
    "ImpossibleError",
    "Link",
    "Message",
    "Person",
    "Problem",
    "Request",
    "SlackStandIn",
    "Team",
    "View",
    "Violation",
    "block_problems",
    "block_violations",
    "links_of",
    "pings_of",
    "view_problems",
    "violations",
]  # fmt: skip
