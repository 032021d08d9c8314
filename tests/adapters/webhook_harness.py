"""The webhook adapter under the contract: the real notifier and caller, and a server that checks signatures by code of its own.

``messages`` gives every text of a taken call, those of its data too: whoever receives them shows them somewhere. After each test
the receiver must have had nothing to complain of.
"""

from __future__ import annotations

import base64
import importlib.util
import ipaddress
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from bot.adapters.console.render import render_text
from bot.adapters.webhook.notifier import WebhookNotifier
from bot.config.secret import Secret
from bot.config.settings import NetSettings, WebhookSecrets
from bot.core.clock import VirtualClock
from bot.core.model import Channel, Platform
from bot.net.calls import Caller

KINDS = ("signed", "unsigned")
KEY = bytes(range(32))


def receiver_module():
    """The receiver, loaded by its path once."""
    name = "standins_receiver"
    if name not in sys.modules:
        path = Path(__file__).parent.parent / "standins" / "receiver.py"
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def leaves(value):
    """Every text of a document, in its order."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in leaves(part)]


@asynccontextmanager
async def opened(kind, house):
    clock = VirtualClock(house.now)
    receiver = receiver_module().Receiver(key=KEY if kind == "signed" else None, now=clock.now)
    await receiver.start()
    settings = NetSettings(allow=(ipaddress.ip_network("127.0.0.0/8"),), allow_ports=(receiver.port,))
    signing = Secret("whsec_" + base64.b64encode(KEY).decode()) if kind == "signed" else None
    targets = {"team": WebhookSecrets(Secret(receiver.url()), signing)}

    def messages():
        return ["\n".join([call.told["data"]["text"], *leaves(call.told["data"]["message"])]) for call in receiver.taken.values()]

    async with Caller(settings, clock=clock) as caller:
        yield house.Harness(
            deliver=WebhookNotifier(targets, caller, clock, tell=render_text).deliver,
            channel=Channel("team", Platform.WEBHOOK, "TEAM"),
            messages=messages,
            bare=lambda text: text,
            most=120_000,
        )
    await receiver.stop()
    assert receiver.faults == []
    assert all(("webhook-signature" in call.headers) is (kind == "signed") for call in receiver.calls)
