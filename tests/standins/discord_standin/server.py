"""The HTTP side: reads a request, plays scripted faults, counts rates, checks bodies, records everything.

The order of checks: unknown route, impatience after a 429, scripted fault, rate limit, User-Agent and token, JSON, schema,
then what the route itself refuses. What a strict Discord would not forgive is written to ``violations``.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.core.clock import Clock, SystemClock, VirtualClock

from . import faults as wrong
from . import schema as openapi_schema
from .ask import ROUTES, Answer, Ask, Call, Endpoint, find
from .checks import REQUEST
from .errors import Refused
from .faults import Fault, Scripted
from .gateway import Gateway
from .interactions import Interaction
from .person import Person
from .rates import Rates
from .world import Channel, Guild, Role, World

JSON = "application/json"
"""Exactly this: discord.py reads any other content type, a charset included, as text."""

INVALID = frozenset({50035, 50006, 50109, 40005})
"""Refusals that say the body itself was wrong."""

FILE, FILES = 10 * 1024 * 1024, 10
"""Bytes a file may have, and files a message (reference, uploading files; resources/message)."""


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


class DiscordStandIn:
    """A Discord of one's own on the loopback interface.

    Attributes:
        world: guilds, channels and people; add what a test needs.
        gateway: the websocket side.
        rates: limits; change ``rates.limits`` or ``rates.default``.
        calls: every request, in order of arrival.
        violations: what a strict Discord would not forgive; empty at the end of a good test (see ``settle``).
        interactions: what people did to the application, by token.
        nonce_window: how long a nonce is remembered (Discord: "the past few minutes").
        old_edits: edits of a message older than an hour that are taken within an hour (Discord keeps the number to itself).
        elapsed: tells the seconds of the rate limits (an argument); without it they pass as told at ``_elapsed``.
        application: what the developer portal has otherwise for the application (``flags``, ``interactions_endpoint_url``).
        patience: real seconds a person waits for an answer before it is called missing; nothing is measured against it.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        port: int = 0,
        openapi: Path | None = None,
        elapsed: Callable[[], float] | None = None,
        token: str = "c3RhbmQtaW4.discord.token",
    ) -> None:
        self.clock = clock or SystemClock()
        self.port = port
        self.token = token
        self.schema = None if openapi is None else openapi_schema.load(openapi)
        self.world = World(self.clock)
        self.rates = Rates(elapsed or self._elapsed)
        self.rates.limits["POST /channels/{channel_id}/messages/{message_id}/crosspost"] = (10, 3600.0)
        self.gateway = Gateway(self)
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.interactions: dict[str, Interaction] = {}
        self.commands: dict[str | None, list[dict[str, Any]]] = {None: []}
        self.created_commands: dict[str | None, int] = {}
        self.application: dict[str, Any] = {}
        self.uploads: dict[str, bytes] = {}
        self.nonces: dict[tuple[str, str], tuple[Any, Any]] = {}
        self.nonce_window = timedelta(minutes=5)
        self.old_edits = 5
        self.patience = 60.0
        self._scripted: list[Scripted] = []
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    def _elapsed(self) -> float:
        """Seconds for rate limits: an SDK waits in real time, an outbox under test by moving its clock, and both count."""
        moved = self.clock.monotonic() if isinstance(self.clock, VirtualClock) else 0.0
        return time.monotonic() + moved

    # ------------------------------------------------------------ life

    @property
    def api_url(self) -> str:
        """What ``discord.http.Route.BASE`` must be, and the setting ``api_url``."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What ``DiscordWebSocket.DEFAULT_GATEWAY`` must be, and the setting ``gateway_url``."""
        return f"ws://127.0.0.1:{self.port}/gw/"

    async def start(self) -> None:
        """Serve; the port is known afterwards."""
        application = web.Application(client_max_size=REQUEST)
        application.on_response_prepare.append(self._date)
        application.router.add_get("/gw/", self.gateway.handle)
        application.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        """Every answer says what time it is here."""
        response.headers["Date"] = _http_date(self.clock.now())

    async def stop(self) -> None:
        """End every connection."""
        self.release()
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # ------------------------------------------------------------ for tests

    def fault(self, route: str, fault: Fault, *, nth: int = 1, times: int = 1) -> Scripted:
        """Let the ``nth`` call from now of ``route`` (``"POST /channels/{channel_id}/messages"``) and ``times - 1`` after it fail.

        Raises:
            ValueError: the stand-in has no such route.
        """
        method, _, template = route.partition(" ")
        if (method, template) not in ROUTES:
            raise ValueError(f"the stand-in has no route {route!r}")
        scripted = Scripted(route, fault, nth, times)
        self._scripted.append(scripted)
        return scripted

    def release(self) -> None:
        """End the connections that hang."""
        self._released.set()
        self._released = asyncio.Event()

    def called(self, route: str) -> list[Call]:
        """Calls of a route, oldest first."""
        return [call for call in self.calls if call.route == route]

    @property
    def invalid_requests(self) -> int:
        """Answers 401, 403 and 429 so far: ten thousand in ten minutes and Cloudflare bans the address (topics/rate-limits)."""
        return sum(call.status in {401, 403, 429} and "shared" not in call.notes for call in self.calls)

    def settle(self) -> list[str]:
        """Violations so far, with what only the end can tell: interactions nobody answered, faults nobody met."""
        found = list(self.violations)
        found += [problem for interaction in self.interactions.values() for problem in interaction.unfinished()]
        found += [
            f"the fault {entry.fault} scripted for {entry.route} was never met" for entry in self._scripted if not entry.spent
        ]
        return found

    def forgive(self, part: str) -> list[str]:
        """Take the violations that contain ``part`` off the list and return them; a test that provokes one says so."""
        taken = [violation for violation in self.violations if part in violation]
        self.violations = [violation for violation in self.violations if part not in violation]
        return taken

    def person(self, name: str, guild: Guild | None = None, *roles: Role) -> Person:
        """Someone new; a member of ``guild`` with ``roles`` if it is given."""
        user = self.world.add_user(name)
        if guild is not None:
            self.world.add_member(guild, user, *roles)
        return Person(self, user)

    async def invite(self, guild: Guild) -> None:
        """Somebody adds the application to a guild while it is online; ``guild`` was made before.

        A guild that comes back after an outage names ``unavailable``, one that is new does not: discord.py tells them apart by it.
        """
        new = {name: value for name, value in self.gateway.guild_create(guild).items() if name != "unavailable"}
        await self.gateway.dispatch("GUILD_CREATE", new)

    async def delete_channel(self, channel: Channel) -> None:
        """Somebody with the right to do so deletes a channel or thread."""
        channel.gone = True
        await self.gateway.dispatch("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel.payload())

    # ------------------------------------------------------------ requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api/v10")
        found = find(request.method, path) if request.path.startswith("/api/v10") else None
        template, parameters = found or (path, {})
        call = Call(
            number=len(self.calls) + 1,
            method=request.method,
            path=path,
            route=f"{request.method} {template}",
            query=dict(request.query),
            headers=dict(request.headers),
            body=None,
            files=(),
            at=self.clock.now(),
        )
        self.calls.append(call)
        trouble = await self._read(request, call)
        if found is None:
            self.violations.append(f"unknown route: {request.method} {request.path}")
            return self._reply(call, Answer({"message": "404: Not Found", "code": 0}, 404), {})
        endpoint = ROUTES[request.method, template]
        major = next(
            (
                value
                for name, value in parameters.items()
                if name in {"channel_id", "guild_id", "webhook_token", "interaction_token"}
            ),
            "",
        )
        return await self._play(
            request, call, endpoint, Ask(call.method, template, parameters, call.query, call.body, call.files), major, trouble
        )

    async def _read(self, request: web.Request, call: Call) -> Refused | None:
        """Read the body into ``call``; what is wrong with it as a body, if anything."""
        try:
            if request.content_type == "multipart/form-data":
                form = await request.post()
                sent = [(part.filename, part.file.read()) for part in form.values() if isinstance(part, web.FileField)]
                call.files = tuple((name, len(content)) for name, content in sent)
                self.uploads.update(sent)
                call.body = json.loads(str(form.get("payload_json", "{}")))
                if len(call.files) > FILES or any(size > FILE for _, size in call.files):
                    return Refused(40005)
                return None
            raw = await request.read()
            if raw:
                call.body = json.loads(raw)
                if request.content_type != JSON:
                    return Refused(50035, problems=[((), f"Expected Content-Type {JSON}, got {request.content_type}")])
        except web.HTTPRequestEntityTooLarge:
            return Refused(40005)
        except ValueError:
            return Refused(50109)
        return None

    async def _play(
        self, request: web.Request, call: Call, endpoint: Endpoint, ask: Ask, major: str, trouble: Refused | None
    ) -> web.StreamResponse:
        early = self.rates.pushy(call.route, major, interaction=endpoint.interaction)
        if early is not None:
            self.violations.append(f"{call.route} came {early:.2f} s before its Retry-After had passed")
        scripted = next((entry.fault for entry in self._scripted if entry.route == call.route and entry.takes()), None)
        call.fault = scripted
        if scripted is not None and not scripted.accepted:
            return await self._fail(request, call, scripted, major)
        verdict = self.rates.ask(call.route, major, interaction=endpoint.interaction)
        if verdict.retry_after is not None:
            return self._slow_down(call, major, verdict.retry_after, is_global=verdict.is_global, headers=verdict.headers)
        try:
            self._check_request(call, endpoint, ask, trouble)
            answer = await endpoint.handler(self, ask)
        except Refused as refused:
            self._check_answer(call, endpoint, ask, Answer(refused.body, refused.status))
            return self._refuse(call, refused, verdict.headers)
        except Exception as error:
            self.violations.append(f"the stand-in could not answer {call.route} {call.body}: {error!r}")
            raise
        self._check_answer(call, endpoint, ask, answer)
        if scripted is not None:
            return await self._fail(request, call, scripted, major)
        return self._reply(call, answer, verdict.headers)

    def _check_request(self, call: Call, endpoint: Endpoint, ask: Ask, trouble: Refused | None) -> None:
        if trouble is not None:
            raise trouble
        if not endpoint.in_path:
            if call.headers.get("Authorization") != f"Bot {self.token}":
                raise Refused(0)
            if not call.headers.get("User-Agent", "").startswith("DiscordBot ("):
                raise Refused(40333)
        if self.schema is not None and endpoint.described and ask.body is not None:
            Ask.refuse(self.schema.request(ask.method, ask.template, ask.body))

    def _check_answer(self, call: Call, endpoint: Endpoint, ask: Ask, answer: Answer) -> None:
        """The stand-in's own answers must be as described, or a client is tested against a fancy."""
        if self.schema is None or not endpoint.described:
            return
        for path, sentence in self.schema.response(ask.method, ask.template, answer.status, answer.body):
            if path[:1] == ("errors",) and path[-1] == "code":
                continue  # the file says number; the documentation's examples (reference, Error Messages) and Discord say word
            self.violations.append(f"the stand-in's own answer to {call.route}: {'.'.join(path) or 'the body'} {sentence}")

    def _refuse(self, call: Call, refused: Refused, headers: dict[str, str]) -> web.Response:
        call.code = refused.body["code"]
        if call.code in INVALID and not refused.lawful:
            places = (
                "; ".join(f"{'.'.join(path) or 'body'}: {sentence}" for path, sentence in refused.problems)
                or refused.body["message"]
            )
            self.violations.append(f"invalid body for {call.route}: {places}")
        if refused.retry_after is not None:
            headers = {**headers, "Retry-After": f"{refused.retry_after:.3f}", "Via": "1.1 google", "X-RateLimit-Scope": "user"}
        return self._reply(call, Answer(refused.body, refused.status), headers)

    def _reply(self, call: Call, answer: Answer, headers: dict[str, str]) -> web.Response:
        call.status, call.answer = answer.status, answer.body
        if answer.body is None:
            return web.Response(status=204 if answer.status == 200 else answer.status, headers=headers)
        return web.Response(status=answer.status, body=json.dumps(answer.body).encode(), headers={"Content-Type": JSON, **headers})

    def _slow_down(
        self,
        call: Call,
        major: str,
        retry_after: float,
        *,
        is_global: bool,
        headers: dict[str, str],
        scope: str = "",
        said: str = "both",
    ) -> web.Response:
        scope = scope or ("global" if is_global else "user")
        call.notes.append(scope)
        told = {
            "Via": "1.1 google",
            "X-RateLimit-Scope": scope,
            **({"X-RateLimit-Global": "true"} if is_global else {}),
        }
        body: dict[str, Any] = {"message": "You are being rate limited.", "global": is_global}
        if said != "missing":
            self.rates.close(call.route, major, retry_after, is_global=is_global)
            told["Retry-After"] = f"{retry_after:.3f}"
        if said == "date":
            told |= self._until(retry_after)
        if said == "both":
            body["retry_after"] = round(retry_after, 3)
        return self._reply(call, Answer(body, 429), {**headers, **told})

    def _until(self, seconds: float) -> dict[str, str]:
        """Headers that say as a date how long to wait, to the next whole second."""
        now = self.clock.now()
        return {"Date": _http_date(now), "Retry-After": _http_date(now + timedelta(seconds=seconds + 0.999))}

    # ------------------------------------------------------------ faults

    async def _fail(self, request: web.Request, call: Call, fault: Fault, major: str) -> web.StreamResponse:
        match fault:
            case wrong.RateLimited():
                return self._slow_down(
                    call,
                    major,
                    fault.retry_after,
                    is_global=fault.is_global,
                    headers={},
                    scope=fault.scope if not fault.is_global else "",
                    said=fault.told,
                )
            case wrong.Cloudflare():
                call.status = 429
                page = "<html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head></html>"
                said = {"Retry-After": str(int(fault.retry_after))} if fault.told == "both" else self._until(fault.retry_after)
                return web.Response(status=429, text=page, content_type="text/html", headers=said)
            case wrong.Status():
                call.status = fault.status
                page = f"<html><head><title>{fault.status}</title></head><body>cloudflare</body></html>"
                return web.Response(status=fault.status, text=page, content_type="text/html")
            case wrong.Refusal():
                call.code = fault.code
                return self._reply(call, Answer({"message": fault.message, "code": fault.code}, fault.status), {})
            case wrong.Malformed():
                call.status = 200
                return web.Response(body=b'{"id": "1', headers={"Content-Type": JSON})
            case wrong.Hang():
                released = self._released
                await released.wait()
                return self._hang_up(request, reset=False)
            case wrong.Cut():
                return self._hang_up(request, reset=False)
            case wrong.Reset():
                return self._hang_up(request, reset=True)
            case wrong.HalfHeaders():
                return await self._half(request)

    async def _half(self, request: web.Request) -> web.Response:
        transport = request.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: applic")
            transport.close()
            while request.transport is not None and not request.transport.is_closing():
                await asyncio.sleep(0.01)
        return web.Response(status=500)

    @staticmethod
    def _hang_up(request: web.Request, *, reset: bool) -> web.Response:
        transport = request.transport
        if transport is not None:
            raw = transport.get_extra_info("socket")
            if reset and raw is not None:
                # Lingering for zero seconds makes close() send RST.
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response(status=500)
