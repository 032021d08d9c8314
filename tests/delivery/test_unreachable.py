"""Sources whose name or certificate is not right, polled beside a healthy one: each is marked with its reason, asked again later
than usual and well again once it is mended; the healthy one never notices.

Real servers with certificates made for the occasion, the real fetcher and poller; hours pass in moments.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.config.settings import NetSettings
from bot.core.documents import FeedDocument
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.sandbox.jobs.feed import parse_feed
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store

INTERVAL = timedelta(minutes=30)
HOURS = 8
BROKEN = {
    "nameless": ("name", "nameless.example has no address"),
    "unresolved": ("timeout", "did not answer in full within 30 seconds"),
    "expired": ("tls", "certificate has expired"),
    "elsewhere": ("tls", "is not valid for 'elsewhere.example'"),
    "stranger": ("tls", "unable to get local issuer certificate"),
    "selfmade": ("tls", "self-signed certificate"),
    "plain": ("tls", "did not agree on encryption"),
}
"""What is wrong, the reason that is kept, and words of the sentence that a person reads."""


class Town:
    """A server for each source, and who asked when; ``mended`` gives everybody a name and a certificate that is right."""

    def __init__(self, folder: Path, clock: Any) -> None:
        self.clock = clock
        self.mended = False
        self.asked: dict[str, list[datetime]] = defaultdict(list)
        self.looked_up: dict[str, list[datetime]] = defaultdict(list)
        self.shaken: dict[str, int] = defaultdict(int)
        self.ports: dict[str, int] = {}
        self.authority, self.other = trustme.CA(), trustme.CA()
        self.ca_file = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))

    def url(self, name: str) -> str:
        return f"https://{name}.example:{self.ports[name]}/feed"

    async def resolve(self, host: str, port: int) -> list[str]:
        name = host.removesuffix(".example")
        self.looked_up[name].append(self.clock.now())
        if not self.mended and name == "nameless":
            raise OSError("no such name")
        if not self.mended and name == "unresolved":
            await asyncio.sleep(3600)
        return ["127.0.0.1"]

    def _certified(self, name: str) -> ssl.SSLContext | None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.mended or name in ("healthy", "nameless", "unresolved"):
            self.authority.issue_cert(f"{name}.example").configure_cert(context)
        elif name == "expired":
            self.authority.issue_cert(f"{name}.example", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)
        elif name == "elsewhere":
            self.authority.issue_cert("somebody.example").configure_cert(context)
        elif name == "stranger":
            self.other.issue_cert(f"{name}.example").configure_cert(context)
        elif name == "selfmade":
            with trustme.Blob(self.other.private_key_pem.bytes() + self.other.cert_pem.bytes()).tempfile() as own:
                context.load_cert_chain(own)
        else:
            return None
        return context

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
        if name == "plain" and not self.mended:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while not writer.is_closing() and (name != "plain" or self.mended) and await reader.readuntil(b"\r\n\r\n"):
                self.asked[name].append(self.clock.now())
                number = len(self.asked[name])
                entry = f"<item><title>{name} {number}</title><guid>{number}</guid></item>"
                body = f"<rss version='2.0'><channel><title>{name}</title>{entry}</channel></rss>"
                writer.write(f"HTTP/1.1 200 x\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
                await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Serve, each on a port of its own; the ports stay when it is opened again."""
        servers = []
        for name in ("healthy", *BROKEN):
            server = await asyncio.start_server(
                lambda reader, writer, name=name: self.serve(reader, writer, name),
                "127.0.0.1",
                self.ports.get(name, 0),
                ssl=self._certified(name),
            )
            self.ports[name] = server.sockets[0].getsockname()[1]
            servers.append(server)
        yield
        for server in servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if "Town.serve" in repr(task.get_coro())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class SameProcess:
    """The sandbox's own reader; a process would keep its own time."""

    async def run(self, job: str, /, **kwargs: Any) -> FeedDocument:
        return parse_feed(**kwargs)


async def polled(folder: Path, house: Any) -> tuple[Town, dict[str, SourceState], dict[str, SourceState], datetime]:
    """Hours with everything broken, then as many with everything mended: what is remembered of each after both."""
    clock = house.platforms.loops.LoopClock(asyncio.get_running_loop(), house.platforms.START)
    town = Town(folder, clock)
    store = await Store.open(f"sqlite:{folder / 'town.db'}")
    states = []
    for mended in (False, True):
        town.mended = mended
        async with town.opened():
            configs = {name: SourceConfig(name, "feed", town.url(name), interval=INTERVAL) for name in town.ports}
            await store.declare_sources(tuple(configs.values()), clock.now())
            allowed = (ipaddress.ip_network("127.0.0.0/8"),)
            settings = NetSettings(allow=allowed, allow_ports=tuple(town.ports.values()), ca_file=town.ca_file)
            async with Fetcher(settings, clock=clock, resolver=town) as fetcher:

                async def ask(config: SourceConfig, state: SourceState, now: datetime, fetcher: Any = fetcher) -> registry.Polled:
                    validators = registry.Validators(state.etag, state.last_modified, state.memory, state.place)
                    return await registry.poll(config, validators, fetcher=fetcher, sandbox=SameProcess(), now=now)

                poller = Poller(
                    configs,
                    store=store,
                    ask=ask,
                    clock=clock,
                    on_news=lambda: None,
                    at=lambda _: None,
                    least=settings.min_interval,
                )
                end = clock.now() + timedelta(hours=HOURS)
                while clock.now() < end:
                    await poller.poll_due()
                    await asyncio.sleep(20.0)
                await poller.stop()
            states.append(await store.source_states())
        if not mended:
            changed = clock.now()
    await store.close()
    return town, states[0], states[1], changed


def test_a_name_without_an_address_and_a_certificate_that_is_not_right_cost_their_own_source_only(
    house: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with house.inturn.without_threads():
        town, broken, mended, changed = house.platforms.played(lambda: polled(tmp_path, house))
    before = {name: [at for at in times if at < changed] for name, times in town.looked_up.items()}
    for name, (reason, words) in BROKEN.items():
        assert (name, broken[name].trouble) == (name, reason)
        assert words in broken[name].last_error
        tries = before[name]
        waits = [later - sooner for sooner, later in pairwise(tries)]
        assert len(tries) >= 3, "it is asked again"
        assert min(waits) >= 2 * INTERVAL, "a failure doubles the distance"
        assert not [at for at in town.asked[name] if at < changed], "nothing is asked of somebody who is not who they should be"
    waits = [later - sooner for sooner, later in pairwise(town.asked["healthy"])]
    assert broken["healthy"].trouble == ""
    assert max(waits) < INTERVAL * 1.5
    assert len(town.asked["healthy"]) >= 2 * HOURS * timedelta(hours=1) / INTERVAL * 0.8
    assert {name: state.trouble for name, state in mended.items()} == dict.fromkeys(mended, "")
    assert all(town.asked[name] for name in BROKEN)
    with capsys.disabled():
        print(  # noqa: T201  # the figures are the result
            f"\n{len(BROKEN)} unreachable sources in {HOURS} h: {sum(map(len, before.values())) - len(before['healthy'])} tries, "
            f"each with its reason; the healthy one was asked {len(town.asked['healthy'])} times in {2 * HOURS} h, "
            f"{max(waits) - INTERVAL} late at most"
        )
