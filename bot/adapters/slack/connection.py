"""Slack as one part of the bot: its client, its notifier, and the way people's words come in.

Promises: what is sent is never repeated by a library; a token that Slack refuses is told at once; a Slack that cannot be
reached keeps nothing else from starting; ``stop`` waits for answers in hand and leaves no task, socket or session behind.
Nothing here prints a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.errors import scope_of
from bot.adapters.slack.fixed import not_installed
from bot.adapters.slack.hosted import Hosted, authorized
from bot.adapters.slack.install import Page
from bot.adapters.slack.listeners import Answers, Greeted, Listeners
from bot.adapters.slack.memory import Memory
from bot.adapters.slack.notifier import DEADLINE, SlackNotifier, error_code
from bot.adapters.slack.quiet import quiet_logger
from bot.adapters.slack.signed import SignedEvents
from bot.adapters.slack.socketmode import CHECK_EVERY, PING_EVERY, SocketMode
from bot.adapters.slack.speaker import SlackSpeaker
from bot.adapters.slack.tenants import TenantsNotifier
from bot.adapters.slack.tokens import InstallationStore
from bot.config.secret import SLACK_BOT_TOKEN, Secret
from bot.config.settings import SlackSettings
from bot.core.clock import Clock
from bot.core.deliveries import Scope
from bot.core.errors import WorkError
from bot.core.model import Platform
from bot.service.heard import Heard
from bot.service.workspaces import chat_workspace

OWN_URL = "https://slack.com/api/"
CONNECT_WITHIN = 8.0
"""Seconds for a connection to stand, well inside the deadline of a call: what is not connected then was certainly not sent."""
REMEMBERED = 900.0
"""Seconds an event is remembered: Slack repeats one after about five minutes at the latest (docs.slack.dev/apis/events-api)."""
ASK_AGAIN = 30.0
"""Seconds between two tries to learn who we are, while Slack cannot be reached."""
FIRST_WAIT = 5.0
"""Seconds a start waits for Slack; one that takes longer goes on in the background."""
TAKEN_WITHIN = 1.5
"""Seconds for envelopes in hand when the process ends: until each is handed on and acknowledged, which the database may delay."""
FINISH_WITHIN = 10.0
"""Seconds that answers in hand have at a stop."""

_WITHOUT_TEAM = frozenset({"url_verification", "ssl_check"})
"""What Slack asks of an address, not of a workspace."""

log = structlog.get_logger(__name__)


def build_client(settings: SlackSettings, *, proxy: str | None = None, token: Secret | None = None) -> AsyncWebClient:
    """A client that repeats nothing, prints nothing and takes nothing from the environment."""
    client = AsyncWebClient(
        token=None if token is None else token.reveal(),
        base_url=settings.base_url or OWN_URL,
        timeout=int(DEADLINE),
        retry_handlers=[],
        logger=quiet_logger(),
    )
    client.proxy = proxy
    return client


def build_session() -> aiohttp.ClientSession:
    """A session whose connections serve one request each: a kept one that Slack has closed would look like a lost answer."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        timeout=aiohttp.ClientTimeout(total=DEADLINE * 2, sock_connect=CONNECT_WITHIN),
        trust_env=False,
    )


class SlackConnection:
    """Posting, and listening over Socket Mode or signed HTTP."""

    def __init__(
        self,
        settings: SlackSettings,
        *,
        clock: Clock,
        commands: Answers | None = None,
        memory: Greeted | None = None,
        timezone: str = "UTC",
        proxy: str | None = None,
        ping_every: float = PING_EVERY,
        check_every: float = CHECK_EVERY,
        installations: InstallationStore | None = None,
        heard: Heard | None = None,
    ) -> None:
        """Build it; nothing is connected before ``start``.

        Args:
            settings: tokens, mode, and another address of the Web API for stand-ins and proxies.
            clock: tells the time.
            commands: answers people; None for an installation that only posts.
            memory: remembers which channels were greeted; without, each run greets anew.
            timezone: of the file, for times in answers.
            proxy: address of an HTTP proxy, or None.
            ping_every: seconds between pings on a socket.
            check_every: seconds between two looks at the socket.
            installations: keeps the workspaces that install the app by themselves, where they may.
            heard: tells whether another process heard the same before; without, this is the only one that hears.

        Raises:
            WorkError: tokens of workspaces cannot be encrypted here.
        """
        self._settings = settings
        self._clock = clock
        self._client = build_client(settings, proxy=proxy, token=settings.bot_token)
        offered = () if commands is None else tuple(one.name for one in commands.table)
        self._own = SlackNotifier(self._client, clock, commands=offered)
        self.team_id = ""
        """Id of the workspace the token belongs to; empty until Slack has said it."""
        self._bot_user = ""
        self._bot_id = ""
        self._seen = Memory(clock, seconds=REMEMBERED)
        self._heard = heard
        self._tasks: set[asyncio.Task[Any]] = set()
        self._envelopes: set[asyncio.Task[Any]] = set()
        self._ending = False
        self._asking: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self._refused = False
        self._listening = True
        self._speaker = SlackSpeaker(self._client, clock=clock, timezone=timezone, logger=quiet_logger())
        self._hosted: Hosted | None = None
        if settings.installing is not None and installations is not None:
            self._hosted = Hosted(
                settings.installing,
                store=installations,
                clock=clock,
                client=build_client(settings, proxy=proxy),
                own=None if settings.bot_token is None else self._own,
                commands=offered,
                timezone=timezone,
                workspace_of=lambda team: chat_workspace(Platform.SLACK, team),
            )
        self.notifier: SlackNotifier | TenantsNotifier = self._own if self._hosted is None else self._hosted.notifier
        self._app = self._build_app(commands, memory, proxy)
        self._socket = self._build_socket(ping_every, check_every) if settings.mode == "socket" and settings.app_token else None
        secret = settings.signing_secret
        self.asgi: SignedEvents | None = None
        """HTTP mode: the application to be mounted at ``manifest.PATH``; None in Socket Mode."""
        if settings.mode == "http" and secret is not None:
            self.asgi = SignedEvents(signing_secret=secret.reveal(), dispatch=self._dispatch, clock=clock)

    def __repr__(self) -> str:
        return f"<SlackConnection {self._settings.mode} {'ready' if self.ready else 'not ready'}>"

    @property
    def pages(self) -> dict[str, Page]:
        """Where workspaces install the app, by path; none where they cannot."""
        return {} if self._hosted is None else self._hosted.pages

    @property
    def ready(self) -> bool:
        """Whether Slack knows us, takes our token and, in Socket Mode, lets people's words reach us.

        Of many workspaces none tells whether the program does its work: each has its own trouble.
        """
        known = self._hosted is not None or (bool(self.team_id) and not self._refused and not self._own.token_refused)
        return known and (self._socket is None or not self._listening or self._socket.ready)

    @property
    def connections(self) -> int:
        """How many sockets were opened so far."""
        return 0 if self._socket is None else self._socket.connections

    async def start(self, *, listen: bool = True) -> None:
        """Learn who we are and begin to listen; returns after the first try, or after ``FIRST_WAIT``.

        A Slack that cannot be reached is asked again in the background. A token that it refuses is told in the log and keeps
        this part alone from working.

        Args:
            listen: False for a run that only delivers: no socket is opened.
        """
        self._client.session = build_session()
        self._listening = listen
        tries: list[Coroutine[Any, Any, object]] = []
        try:
            if self._hosted is not None:
                self._hosted.client.session = self._client.session
                await self._hosted.at_start()
            if self._hosted is None or self._settings.bot_token is not None:
                self._asking = asyncio.create_task(self._learn_until_known(), name="slack identity")
                tries.append(self._asked.wait())
            if listen and self._socket is not None:
                tries.append(self._socket.start())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_WAIT):
                    await asyncio.gather(*tries)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Hear nothing more, finish answers in hand, close everything."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking
            self._asking = None
        self._ending = True  # what comes from now on is not acknowledged, and Slack gives it to another socket
        await self._finish(self._envelopes, TAKEN_WITHIN)
        if self._socket is not None:
            await self._socket.stop()
        late = await self._finish(self._tasks, FINISH_WITHIN)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        session, self._client.session = self._client.session, None
        if session is not None:
            await session.close()

    # ------------------------------------------------------------ who we are

    async def _learn(self) -> bool:
        """Ask Slack who we are; False if it cannot be reached.

        Raises:
            WorkError: it refuses the token.
        """
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._client.auth_test()
            self.team_id, self._bot_user = str(answer["team_id"]), str(answer["user_id"])
            self._bot_id = str(answer.get("bot_id") or "")
        except SlackApiError as error:
            code = error_code(getattr(error.response, "data", None))
            if code is not None and scope_of(code) is Scope.TOKEN:
                raise WorkError(
                    f"Slack refuses the bot token ({code}). Make a new one in the app's settings; {_where()}."
                ) from None
            log.warning("Slack does not say who we are; asking again", error=code or type(error).__name__)
            return False
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError, KeyError) as error:
            log.warning("Slack cannot be reached; trying again", error=type(error).__name__)
            return False
        self._own.learn(answer.headers)
        self._speaker.may_ask_for_admins = "users:read" in self._own.scopes
        self._speaker.may_upload = "files:write" in self._own.scopes
        return True

    async def _learn_until_known(self) -> None:
        while True:
            try:
                if await self._learn():
                    return
            except WorkError as error:
                self._refused = True
                log.error("Slack is off", error=str(error))  # noqa: TRY400  # a sentence for a person, no traceback
                return
            finally:
                self._asked.set()
            await asyncio.sleep(ASK_AGAIN)

    # ------------------------------------------------------------ what comes in

    def _build_app(self, commands: Answers | None, memory: Greeted | None, proxy: str | None) -> AsyncApp:
        async def authorize(team_id: str | None) -> AuthorizeResult | None:
            # no call to Slack stands between a person's word and its acknowledgement
            if self._hosted is not None and team_id != self.team_id:
                installation = await self._hosted.hear(team_id or "")
                return None if installation is None else authorized(installation)
            token = self._settings.bot_token
            return AuthorizeResult(
                enterprise_id=None,
                team_id=self.team_id,
                bot_user_id=self._bot_user,
                bot_id=self._bot_id,
                bot_token=None if token is None else token.reveal(),
            )

        known: Any = authorize  # bolt takes None for a workspace of which nothing is known, and does not say so in its types
        app = AsyncApp(
            name="watchlamp.slack.app",
            logger=quiet_logger(),
            client=build_client(self._settings, proxy=proxy),
            authorize=known,
            signing_secret="",
            request_verification_enabled=False,  # ``signed`` does it, with a memory that bolt's own has not
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        Listeners(
            commands=commands,
            speakers=self._speaker_in,
            is_new=self._is_new,
            spawn=self._spawn,
            greeted=memory,
            alone=self._hosted is None,
        ).register(app)
        if self._hosted is not None:
            self._hosted.register(app, self._spawn)
        return app

    def _speaker_in(self, team: str) -> SlackSpeaker:
        """Who answers in a workspace."""
        if self._hosted is None or (team == self.team_id and self._settings.bot_token is not None):
            return self._speaker
        return self._hosted.tenants.of(team).speaker

    def _build_socket(self, ping_every: float, check_every: float) -> SocketMode:
        token = self._settings.app_token
        assert token is not None
        return SocketMode(
            app_token=token.reveal(),
            client=self._client,
            handle=self._envelope,
            clock=self._clock,
            logger=quiet_logger(),
            ping_every=ping_every,
            check_every=check_every,
        )

    @staticmethod
    async def _finish(tasks: set[asyncio.Task[Any]], seconds: float) -> tuple[asyncio.Task[Any], ...]:
        """Wait until none is left, also of those that others begin; what is left after so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while tasks:
                    await asyncio.wait(tuple(tasks))
        return tuple(tasks)

    async def _envelope(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._ending or (task := asyncio.current_task()) is None:
            return
        self._envelopes.add(task)
        try:
            await self._taken(socket, request)
        finally:
            self._envelopes.discard(task)

    async def _taken(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Hand an envelope on and acknowledge it, whatever came of it: what is not acknowledged shows the person an error."""
        said = None
        if self._seen.is_new(f"envelope {request.envelope_id}"):
            try:
                asked = AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
                body = (await self._dispatch(asked)).body
                said = json.loads(body) if body else None  # what a window shows next
            except (
                ValueError,
                TypeError,
                AttributeError,
                LookupError,
            ) as error:  # bolt takes a payload apart before it looks whether it may
                log.warning("an envelope holds something that is none of Slack's", error=type(error).__name__)
        try:
            await socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=said))
        except (aiohttp.ClientError, OSError, AttributeError) as error:
            log.warning("an envelope could not be acknowledged; Slack will send it again", error=type(error).__name__)

    async def _dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Let bolt find the listener; what came before is only acknowledged, and so is what nobody listens to."""
        keys = [f"{name} {value}" for name in ("event_id", "trigger_id") if (value := request.body.get(name))]
        if keys and not await self._is_new(*keys):
            return BoltResponse(status=200)
        try:
            if self._hosted is not None and not await self._knows(request):
                said = {"response_type": "ephemeral", "text": not_installed()} if "command" in request.body else ""
                return BoltResponse(status=200, body=said)
            response = await self._app.async_dispatch(request)
        except Exception as error:  # noqa: BLE001  # the last wall: bolt looks into a payload before any listener of ours does
            log.warning("an event met a fault of the program", error=type(error).__name__)
            return BoltResponse(status=200)
        return response if response.status == 200 else BoltResponse(status=200)

    async def _is_new(self, *keys: str) -> bool:
        """Whether none of the keys was seen lately, here or by another process: Slack tells again what got no answer in time."""
        new = self._seen.is_new(*keys)
        return new and (self._heard is None or await self._heard.is_first(*(f"slack {key}" for key in keys)))

    async def _knows(self, request: AsyncBoltRequest) -> bool:
        """Whether the app is installed where a request comes from; of what comes from elsewhere nothing is looked at."""
        team = request.context.team_id or ""
        return (
            request.body.get("type") in _WITHOUT_TEAM
            or (team != "" and team == self.team_id)
            or (self._hosted is not None and await self._hosted.hear(team) is not None)
        )

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name="slack answer")
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        """Forget it; what it raised is told by its type, for asyncio would tell all of it."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("an answer met a fault of the program", error=type(error).__name__)


def _where() -> str:
    return f"put it into {SLACK_BOT_TOKEN}"
