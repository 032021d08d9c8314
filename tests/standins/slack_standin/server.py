"""The stand-in itself: one aiohttp server that answers as Slack does and keeps a record.

Checks of a Web API call, in Slack's order: fault script, rate bucket, content type, token, scope, arguments, then channel,
content and thread (``answers``). What a well-behaved app never does is put down as a violation; ``verdict`` names them all.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from . import content
from .answers import Answers
from .faults import HALF_HEADERS, HTML, Fault, FaultScript, Kind, Told
from .installs import Installations
from .methods import METHODS, ArgumentError, arguments
from .published import block_schema, invented
from .rates import Rates
from .reading import app_of, parsed, token_of
from .refusals import RefusedError
from .sockets import SocketMode
from .state import (
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER,
    DEFAULT_SCOPES,
    HOME,
    Channel,
    Clock,
    Message,
    Request,
    ResponseUrl,
    Violation,
    World,
)

DEFAULT_EVENTS = ("app_home_opened", "app_mention", "message.im")
RESPONSE_USES, RESPONSE_TIME = 5, timedelta(minutes=30)
"""What a response_url bears (docs.slack.dev/interactivity/handling-user-interaction, read 2026-11)."""
ALWAYS_WRONG = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "unknown_method",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "markdown_text_conflict",
        "view_too_large",
        "too_many_attachments",
        "invalid_json",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        "not_allowed_token_type",
        "missing_scope",
        "not_authed",
        "invalid_thread_ts",
        "invalid_attachments",
    }
)
"""Errors that only a mistake of the app can bring about: each is a violation."""


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SlackStandIn:
    """Slack on loopback.

    Args:
        clock: anything with ``now()``; the machine's by default.
        manifest: the app's manifest; its bot scopes are what the token is granted, its commands what a person can type.
        scopes: granted scopes when there is no manifest.
        grant_optional: whether the optional bot scopes of the manifest were granted as well.
        burst: messages a channel takes at once before one a second holds.
        ping_interval: seconds between the socket's own pings, real time; 0 for none.
        rotating: whether tokens of workspaces that install the app expire, and are exchanged for new ones.

    Attributes:
        world: channels, people, messages, requests, violations.
        faults: the fault script.
        sockets: Socket Mode.
        installs: the app in further workspaces.
        pauses: seconds for which every call of a method waits before it is looked at.
        held: what every call of a method waits for before it is looked at.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        manifest: dict[str, Any] | None = None,
        scopes: tuple[str, ...] = DEFAULT_SCOPES,
        grant_optional: bool = False,
        burst: int = 5,
        ping_interval: float = 0,
        rotating: bool = False,
    ) -> None:
        if manifest is not None:
            declared = manifest.get("oauth_config", {}).get("scopes", {})
            scopes = tuple(declared.get("bot", ())) + (tuple(declared.get("bot_optional", ())) if grant_optional else ())
        self.clock = clock or _SystemClock()
        self.world = World(self.clock, tuple(sorted(scopes)))
        if manifest is not None:
            self.world.every_scope = (*declared.get("bot", ()), *declared.get("bot_optional", ()))
        commands = (manifest or {}).get("features", {}).get("slash_commands", [{"command": "/watch"}])
        self.world.commands = {command["command"] for command in commands}
        subscriptions = (manifest or {}).get("settings", {}).get("event_subscriptions", {})
        features = (manifest or {}).get("features", {}).get("app_home", {})
        self.world.home_tab = manifest is None or bool(features.get("home_tab_enabled"))
        self.world.messages_tab = manifest is None or bool(features.get("messages_tab_enabled"))
        self.read_only_tab = bool(features.get("messages_tab_read_only_enabled"))
        self.interactive = manifest is None or bool(manifest.get("settings", {}).get("interactivity", {}).get("is_enabled"))
        self.events = frozenset(subscriptions.get("bot_events", ()) if manifest is not None else DEFAULT_EVENTS)
        declared_shortcuts = (manifest or {}).get("features", {}).get("shortcuts", ())
        self.shortcuts = frozenset(one["callback_id"] for one in declared_shortcuts if one["type"] == "message")
        self.faults = FaultScript()
        self.sockets = SocketMode(self.world, ping_interval)
        self.schema = block_schema()
        self.answers = Answers(self.world, lambda: self.url, self.sockets.ticket, self.schema)
        self.installs = Installations(self.world, rotating=rotating)
        self.answers.installs = self.installs
        self.rates = Rates(self.world, burst)
        self.url = ""
        self.pauses: dict[str, float] = {}
        self.held: dict[str, asyncio.Event] = {}
        self._in_flight: dict[str, list[asyncio.Transport | None]] = defaultdict(list)
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self.world.add_channel("C0000000001", "alerts")
        self.world.add_channel("C0000000002", "newsroom")
        self.world.add_channel("C0000000003", "not-invited", member=False)
        self.world.add_channel("C0000000004", "old-campaign", archived=True)
        self.world.add_channel("C0000000005", "board", member=False, private=True)
        self.world.add_channel("C0000000006", "coalition", shared=True)
        self.world.add_channel("C0000000007", "staff", private=True)
        self.world.add_user("U0000000001", "ada", is_admin=True, is_owner=True)
        self.world.add_user("U0000000002", "ben")
        self.world.add_user("U0000000003", "guest", team="T0ELSEWHER")
        self.world.add_user(BOT_USER, "watchlamp", is_bot=True)

    # ---------------------------------------------------------------- for the test

    @property
    def base_url(self) -> str:
        """What ``slack.base_url`` is set to."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The token of the bot."""
        return BOT_TOKEN

    @property
    def app_token(self) -> str:
        """The app-level token for Socket Mode."""
        return APP_TOKEN

    @property
    def requests(self) -> list[Request]:
        """Every request, in order of arrival."""
        return self.world.requests

    @property
    def violations(self) -> list[Violation]:
        """What was put down so far; ``verdict`` looks at the envelopes as well."""
        return self.world.violations

    def calls(self, method: str) -> list[Request]:
        """The requests for one method."""
        return [request for request in self.world.requests if request.method == method]

    def messages(self, channel: str = "C0000000001") -> list[Message]:
        """What the channel shows to all, oldest first, threads included."""
        return [message for message in self.world.messages[channel] if not message.deleted]

    def posts(self, channel: str = "C0000000001") -> list[Message]:
        """What the app itself has in the channel, oldest first, threads included."""
        return [message for message in self.messages(channel) if message.bot]

    def channel(self, id_: str, name: str = "", **facts: Any) -> Channel:
        """Add a channel; see ``World.add_channel``."""
        return self.world.add_channel(id_, name or id_.lower(), **facts)

    def fault(self, method: str, kind: Kind, **details: Any) -> Fault:
        """Script a fault; see ``Fault`` for the details."""
        return self.faults.add(Fault(method, kind, **details))

    def revoke(self, token: str = BOT_TOKEN, status: str = "token_revoked") -> None:
        """From now on this token is answered with ``status`` (account_inactive, token_revoked, token_expired, invalid_auth)."""
        self.world.tokens[token] = status

    def forgive(self, *kinds: str) -> list[Violation]:
        """Take back violations of these kinds (all without any), for a test that means to commit them; returns them."""
        taken = [violation for violation in self.world.violations if not kinds or violation.kind in kinds]
        self.world.violations[:] = [violation for violation in self.world.violations if violation not in taken]
        return taken

    def verdict(self) -> list[Violation]:
        """Every violation, those of unanswered envelopes included, and answers of this stand-in that Slack never gives."""
        ours = [Violation("stand-in", answer) for answer in invented(self.world.requests)]
        return [*self.world.violations, *self.sockets.unanswered(), *ours]

    # ---------------------------------------------------------------- life

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Serve; with port 0 on any free one."""
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self._link)
        app.router.add_post("/response/{id}", self._response)
        app.router.add_post("/upload/{id}", self._upload)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        address = self._runner.addresses[0]
        self.url = f"http://{address[0]}:{address[1]}"

    async def stop(self) -> None:
        """End every connection and the server."""
        self._stopping.set()
        await self.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # ---------------------------------------------------------------- a call

    async def _api(self, http: web.Request) -> web.StreamResponse:
        method = http.match_info["method"]
        raw = await http.read()
        given, typed, trouble = parsed(http, raw)
        record = Request(method, given, self.clock.now(), token_of(http, given), content_type=http.content_type)
        if method == "oauth.v2.access":
            given |= app_of(http)
        given.pop("token", None)
        self.world.requests.append(record)
        where = str(given.get("channel", "")) or None
        posting = where if method in {"chat.postMessage", "chat.update"} and where else None
        if posting:
            # a caller that gave up closed its connection: that post is in flight no more
            if any(earlier is not None and not earlier.is_closing() for earlier in self._in_flight[posting]):
                self.world.violate("in flight", f"{method} while another post to {posting} was not answered")
            connection = http.transport
            self._in_flight[posting].append(connection)
        try:
            return await self._struck_or_answered(http, record, typed, trouble, where)
        finally:
            if posting:
                self._in_flight[posting].remove(connection)

    async def _struck_or_answered(
        self, http: web.Request, record: Request, typed: bool, trouble: str | None, where: str | None
    ) -> web.StreamResponse:
        if pause := self.pauses.get(record.method, 0):
            await asyncio.sleep(pause)
        if held := self.held.get(record.method):
            await held.wait()
        fault = self.faults.next(record.method, where)
        if fault is not None:
            record.fault = str(fault)
            if fault.commit or fault.kind == "ratelimited":
                blocked = self.rates.blocked(record.method, where)
                if fault.commit and not blocked:
                    self._judged(record, typed, trouble)
            return await self._strike(http, record, fault, where)
        wait = self.rates.wait(record.method, where)
        if wait:
            return self._limited(record, wait, where)
        answer = self._judged(record, typed, trouble)
        record.status, record.answer = 200, answer
        if record.error in ALWAYS_WRONG:
            detail = answer.get("response_metadata", {}).get("messages") or ""
            self.world.violate(
                "unknown method" if record.error == "unknown_method" else "invalid payload",
                f"{record.method}: {record.error} {detail}",
            )
        if typed and "charset" not in http.headers.get("Content-Type", ""):
            metadata = answer.setdefault("response_metadata", {})
            answer["warning"] = ",".join(filter(None, (answer.get("warning"), "missing_charset")))
            metadata["warnings"] = [*metadata.get("warnings", []), "missing_charset"]
        return self._json(answer, record)

    def _json(self, answer: dict[str, Any], record: Request, status: int = 200, **headers: str) -> web.Response:
        known = METHODS.get(record.method)
        more = {"x-slack-req-id": self.world.serial("r"), "Date": _http_date(self.clock.now())}
        if known and known.token == "bot" and record.token in self.world.tokens:
            more |= {"x-oauth-scopes": ",".join(self.world.scopes), "x-accepted-oauth-scopes": ",".join(known.scopes)}
        return web.json_response(answer, status=status, headers=more | headers)

    def _judged(self, record: Request, typed: bool, trouble: str | None) -> dict[str, Any]:
        """The answer: token, scope, arguments, then the method itself."""
        method = record.method
        if method not in METHODS:
            return {"ok": False, "error": "unknown_method", "req_method": method}
        if trouble is not None:
            return {"ok": False, "error": trouble}
        try:
            self._check_token(record)
            self.world.us = self.world.holders.get(record.token or "", HOME)
            record.arguments = arguments(method, record.arguments, typed=typed)
            self._check_scope(method, record.arguments)
            return self.answers.answer(method, record.arguments, record)
        except RefusedError as refused:
            return {"ok": False, "error": refused.error, **refused.more}
        except ArgumentError as wrong:
            return {"ok": False, "error": wrong.error, "response_metadata": {"messages": list(wrong.messages)}}

    def _check_token(self, record: Request) -> None:
        needed = METHODS[record.method].token
        if needed == "none":
            return
        if not record.token:
            raise RefusedError("not_authed")
        status = self.installs.status(record.token)
        if status != "ok":
            raise RefusedError(status)
        if record.token.startswith("xapp-") != (needed == "app"):
            raise RefusedError("not_allowed_token_type")

    def _check_scope(self, method: str, given: dict[str, Any]) -> None:
        scopes = METHODS[method].scopes
        if method.startswith("conversations.") and (channel := self.world.channels.get(str(given.get("channel")))):
            scopes = tuple(scope for scope in scopes if scope.split(":")[0] == channel.kind) or scopes
        if scopes and not set(scopes) & set(self.world.scopes):
            raise RefusedError("missing_scope", needed=",".join(scopes[:1]), provided=",".join(self.world.scopes))

    # ---------------------------------------------------------------- rates and faults

    def _limited(self, record: Request, seconds: int, where: str | None, told: Told = "seconds") -> web.Response:
        record.status, record.answer = 429, {"ok": False, "error": "ratelimited"}
        if told == "missing":
            return self._json(record.answer, record, 429)
        self.rates.limit(record.method, where, seconds)
        now = self.clock.now()
        said = {"seconds": str(seconds), "float": f"{seconds:.3f}", "date": _http_date(now + timedelta(seconds=seconds + 0.999))}
        return self._json(record.answer, record, 429, **{"Retry-After": said[told]})

    async def _strike(self, http: web.Request, record: Request, fault: Fault, where: str | None) -> web.StreamResponse:
        if fault.kind == "ratelimited":
            return self._limited(record, fault.retry_after, where, fault.told)
        if fault.kind == "status":
            record.status = fault.status
            return web.Response(status=fault.status, text=HTML, content_type="text/html")
        if fault.kind == "error":
            record.status, record.answer = 200, {"ok": False, "error": fault.error}
            return self._json(record.answer, record)
        if fault.kind == "malformed":
            record.status = 200
            return web.Response(text='{"ok":true,"channel":"C0', content_type="application/json")
        if fault.kind == "hang":
            await self._until_gone(http)
        if http.transport is not None:
            if fault.kind == "half":
                http.transport.write(HALF_HEADERS)
                http.transport.close()
                await self._until_gone(http)
            if fault.kind == "reset" and (raw := http.transport.get_extra_info("socket")) is not None:
                # Lingering for zero seconds makes close() send RST.
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            http.transport.abort()
        return web.Response(status=500)

    async def _until_gone(self, http: web.Request) -> None:
        while http.transport is not None and not http.transport.is_closing() and not self._stopping.is_set():
            await asyncio.sleep(0.01)

    # ---------------------------------------------------------------- what is not a method

    async def _link(self, http: web.Request) -> web.StreamResponse:
        fault = self.faults.next("link", None)
        if fault is not None and fault.kind != "ratelimited":
            return await self._strike(http, Request("link", {}, self.clock.now()), fault, None)
        return await self.sockets.serve(http)

    async def _response(self, http: web.Request) -> web.StreamResponse:
        record = Request("response_url", {}, self.clock.now(), content_type=http.content_type)
        self.world.requests.append(record)
        fault = self.faults.next("response_url", None)
        if fault is not None and not fault.commit:
            record.fault = str(fault)
            return await self._strike(http, record, fault, None)
        url = self.world.response_urls.get(http.match_info["id"])
        if url is None:
            return self._refused_response(record, 404, "used_url" if http.match_info["id"] else "invalid")
        if url.uses >= RESPONSE_USES or self.clock.now() - url.issued > RESPONSE_TIME:
            return self._refused_response(record, 404, "used_url" if url.uses >= RESPONSE_USES else "expired_url")
        try:
            body = json.loads(await http.read())
        except ValueError:
            return self._refused_response(record, 400, "invalid_payload")
        record.arguments = body
        unknown = sorted(set(body) - _RESPONSE_KEYS)
        shown = not body.get("delete_original")
        refusal = (content.refusal(body, update=False, schema=self.schema) or self.answers.refused_files(body)) if shown else None
        if unknown or refusal:
            self.world.violate("invalid payload", f"response_url: {unknown or refusal}")
            status, error = (500, refusal[0]) if refusal and not unknown else (400, "invalid_payload")
            return self._refused_response(record, status, error)
        url.uses += 1
        self._respond(url, body, record)
        if fault is not None:
            record.fault = str(fault)
            return await self._strike(http, record, fault, None)
        record.status, record.answer = 200, {"ok": True}
        return web.Response(text="ok")

    def _refused_response(self, record: Request, status: int, error: str) -> web.Response:
        record.status, record.answer = status, {"ok": False, "error": error}
        return web.json_response(record.answer, status=status)

    def _respond(self, url: ResponseUrl, body: dict[str, Any], record: Request) -> None:
        """Show what a response_url was sent: to one or to all, in place of the original, or taking it away."""
        standing = [*self.world.messages[url.channel], *self.world.ephemerals]
        original = next((message for message in standing if message.ts == url.message_ts and not message.deleted), None)
        if body.get("delete_original"):
            if original is not None:
                original.deleted = True
            return
        if body.get("replace_original") and original is not None:
            original.edits.append(original.body)
            original.body, original.edited_at = body, self.clock.now()
            record.stored = original.ts
            return
        alone = body.get("response_type", "ephemeral") == "ephemeral"
        message = Message(
            url.channel, self.world.next_ts(), self.world.bot_in(url.channel), body, self.clock.now(),
            thread_ts=body.get("thread_ts"), visible_to=url.user if alone else None,
        )  # fmt: skip
        (self.world.ephemerals if alone else self.world.messages[url.channel]).append(message)
        record.stored = message.ts

    async def _upload(self, http: web.Request) -> web.StreamResponse:
        record = Request("upload", {"file": http.match_info["id"]}, self.clock.now(), content_type=http.content_type)
        self.world.requests.append(record)
        fault = self.faults.next("upload", None)
        if fault is not None and not fault.commit:
            record.fault = str(fault)
            return await self._strike(http, record, fault, None)
        file = self.world.files.get(http.match_info["id"])
        if http.content_type == "multipart/form-data":
            part = next(iter((await http.post()).values()), b"")
            data = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            data = await http.read()
        if file is None or file.content is not None or len(data) != file.length:
            self.world.violate(
                "invalid payload", f"upload of {len(data)} bytes where {file.length if file else 'nothing'} was announced"
            )
            record.status = 400
            return web.Response(status=400, text="bad upload")
        file.content = data
        if fault is not None:
            record.fault = str(fault)
            return await self._strike(http, record, fault, None)
        record.status = 200
        return web.Response(text=f"OK - {len(data)}")


_RESPONSE_KEYS = frozenset(
    {
        "text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts", "unfurl_links",
        "unfurl_media", "metadata", "mrkdwn", "link_names", "parse",
    }
)  # fmt: skip
