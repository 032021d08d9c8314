"""A publisher and its WebSub hub on loopback, as strict as the recommendation: it speaks the real protocol to a real subscriber.

https://www.w3.org/TR/websub/ says what a hub does; ``wrongs`` collects whatever a subscriber did that it must not. Tests and
benchmarks load this file by its path.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import httpx
from aiohttp import web

MODES = frozenset(("subscribe", "unsubscribe"))


@dataclass
class Subscriber:
    """One callback as the hub knows it."""

    topic: str
    callback: str
    secret: str | None
    lease: int


@dataclass
class HubStandIn:
    """Serves feeds under ``/feed/NAME`` and a hub under ``/hub``; what is not set is as a good hub does it.

    Attributes:
        documents: body of each feed by name.
        named_in: where a feed names its hub: ``header``, ``document`` or nowhere.
        topics: what a feed calls itself instead of its address.
        lease: seconds granted; None grants what was asked for.
        verifies: ``after`` the request was answered, ``before``, ``never``, or not at all because it ``denies``.
        method: how pushes are signed; empty for not at all.
        answers: what the next requests are answered, status and header fields, before any of this.
    """

    documents: dict[str, str] = field(default_factory=dict)
    named_in: str = "header"
    topics: dict[str, str] = field(default_factory=dict)
    lease: int | None = None
    verifies: str = "after"
    reason: str = ""
    method: str = "sha256"
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    requests: list[dict[str, str]] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    verdicts: list[tuple[str, int]] = field(default_factory=list)
    pushed: list[int] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def hub(self) -> str:
        """Address of the hub."""
        return f"http://127.0.0.1:{self.port}/hub"

    def address(self, name: str) -> str:
        """Address of a feed."""
        return f"http://127.0.0.1:{self.port}/feed/{name}"

    def topic(self, name: str) -> str:
        """What a feed calls itself."""
        return self.topics.get(name, self.address(name))

    async def start(self) -> None:
        """Listen on a free port."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_get("/feed/{name}", self._feed)
        application.router.add_post("/hub", self._hub)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._client = httpx.AsyncClient(trust_env=False, timeout=60)
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Stop listening."""
        await self.settled()
        await self._client.aclose()
        await self._runner.cleanup()

    async def settled(self) -> None:
        """Wait until nothing is being verified."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------ the publisher

    async def _feed(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.polls.append(name)
        body = self.documents[name]
        etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Content-Type": "application/atom+xml"}
        if self.named_in == "header":
            headers["Link"] = f'<{self.hub}>; rel="hub", <{self.topic(name)}>; rel="self"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body.encode(), headers=headers)

    def atom(self, name: str, entries: list[str]) -> str:
        """An Atom document, which names its hub if hubs are named in documents."""
        links = ""
        if self.named_in == "document":
            links = f'<link rel="hub" href="{self.hub}"/><link rel="self" href="{self.topic(name)}"/>'
        head = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>The {name}</title><id>urn:{name}</id>{links}'
        return f"<?xml version='1.0' encoding='utf-8'?>{head}{''.join(entries)}</feed>"

    # ------------------------------------------------------------ the hub

    async def _hub(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode("utf-8")
        form = dict(parse_qsl(body, keep_blank_values=True))
        self.requests.append(form)
        if request.content_type != "application/x-www-form-urlencoded":
            self.wrongs.append(f"a request came as {request.content_type}")
        mode, topic, callback = (form.get(f"hub.{key}", "") for key in ("mode", "topic", "callback"))
        secret = form.get("hub.secret")
        if mode not in MODES or not topic or not callback.startswith("http"):
            self.wrongs.append(f"a request lacks what it needs: {sorted(form)}")
            return web.Response(status=400)
        if secret is not None and not 0 < len(secret.encode()) < 200:
            self.wrongs.append("a secret is too long or empty")
        if not form.get("hub.lease_seconds", "1").isdecimal():
            self.wrongs.append("hub.lease_seconds is no number")
        if self.answers:
            status, headers = self.answers.pop(0)
            return web.Response(status=status, headers=headers, text="no")
        if self.verifies == "before":
            await self._verify(mode, topic, callback, secret, form)
        else:
            task = asyncio.create_task(self._verify(mode, topic, callback, secret, form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(status=202)

    async def _verify(self, mode: str, topic: str, callback: str, secret: str | None, form: dict[str, str]) -> None:
        if self.verifies == "never":
            return
        if self.verifies == "denies":
            await self.deny(topic, callback, self.reason)
            return
        lease = self.lease or int(form.get("hub.lease_seconds", 864000))
        if await self.verified(mode, topic, callback, lease):
            if mode == "subscribe":
                self.subscribers[callback] = Subscriber(topic, callback, secret, lease)
            else:
                self.subscribers.pop(callback, None)

    async def verified(self, mode: str, topic: str, callback: str, lease: int | None) -> bool:
        """Ask a callback whether it wants this; whether it does."""
        challenge = secrets.token_hex(16)
        asked = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
        if lease is not None:
            asked["hub.lease_seconds"] = str(lease)
        response = await self._client.get(f"{callback}{'&' if '?' in callback else '?'}{urlencode(asked)}")
        self.verdicts.append((mode, response.status_code))
        if response.is_success and response.text != challenge:
            self.wrongs.append("a challenge came back as something else")
        if not response.is_success and response.status_code not in {404, 503}:
            self.wrongs.append(f"a verification was answered {response.status_code}")
        return response.is_success and response.text == challenge

    async def deny(self, topic: str, callback: str, reason: str = "") -> int:
        """Tell a callback that there is no subscription; the status."""
        asked = {"hub.mode": "denied", "hub.topic": topic} | ({"hub.reason": reason} if reason else {})
        response = await self._client.get(f"{callback}?{urlencode(asked)}")
        self.verdicts.append(("denied", response.status_code))
        if response.is_success:
            self.subscribers.pop(callback, None)
        return response.status_code

    # ------------------------------------------------------------ distribution

    def signature(self, body: bytes, secret: str, method: str | None = None) -> str:
        """Value of X-Hub-Signature."""
        name = method or self.method
        return f"{name}={hmac.new(secret.encode(), body, name).hexdigest()}"

    async def push(self, callback: str, body: bytes, **headers: str) -> int:
        """Post anything at all to a callback, with these header fields (``x_hub_signature``); the status."""
        fields = {"Content-Type": "application/atom+xml"} | {key.replace("_", "-"): value for key, value in headers.items()}
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()]
        response = await self._client.post(callback, content=body, headers=raw)
        self.pushed.append(response.status_code)
        return response.status_code

    async def publish(self, name: str, document: str, *, changed: bool = True) -> list[int]:
        """Tell every subscriber of a feed; the statuses. ``changed``: the feed itself holds the document from now on."""
        if changed:
            self.documents[name] = document
        body = document.encode()
        statuses = []
        for one in [one for one in self.subscribers.values() if one.topic == self.topic(name)]:
            headers = {"Link": f'<{self.hub}>; rel="hub", <{one.topic}>; rel="self"'}
            if one.secret is not None and self.method:
                headers["X-Hub-Signature"] = self.signature(body, one.secret)
            statuses.append(await self.push(one.callback, body, **headers))
            if statuses[-1] == 410:
                self.subscribers.pop(one.callback, None)
        return statuses
