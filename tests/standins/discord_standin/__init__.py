"""A Discord of one's own: what ``discord.py`` beside this folder loads.

The parts: ``server`` (HTTP, faults, rates, recording), ``gateway`` (websocket), ``rest_*`` (routes), ``world`` (what exists),
``permissions``, ``checks`` and ``schema`` (what bodies may be), ``pings`` (whom a message wakes, where its links lead),
``interactions`` and ``person`` (people and what they do).
"""

from . import checks, faults, permissions, pings, rest_application, rest_interactions, rest_messages, rest_threads, schema, world
from .ask import ROUTES, Call
from .errors import Refused
from .faults import Cloudflare, Cut, HalfHeaders, Hang, Malformed, RateLimited, Refusal, Reset, Status
from .interactions import Interaction
from .person import Impossible, Person
from .pings import Link, Pings, links
from .server import DiscordStandIn
from .world import Channel, Guild, Message, Role, User

__all__ = [
    "ROUTES",
    "Call",
    "Channel",
    "Cloudflare",
    "Cut",
    "DiscordStandIn",
    "Guild",
    "HalfHeaders",
    "Hang",
    "Impossible",
    "Interaction",
    "Link",
    "Malformed",
    "Message",
    "Person",
    "Pings",
    "RateLimited",
    "Refusal",
    "Refused",
    "Reset",
    "Role",
    "Status",
    "User",
    "checks",
    "faults",
    "links",
    "permissions",
    "pings",
    "rest_application",
    "rest_interactions",
    "rest_messages",
    "rest_threads",
    "schema",
    "world",
]
