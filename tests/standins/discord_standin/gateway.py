"""The websocket side: sessions that outlive their connection, replay on resume, and everything a gateway may do to a client.

A session keeps what was dispatched while nobody listened, as Discord does, so that a resumed client loses nothing. It hears of the
servers of its shard (docs.discord.com/developers/events/gateway, Sharding, seen 2026-11): ``(guild_id >> 22) % count``, and what is
about no server on the first.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from .rest_application import guild_payload, member_payload
from .world import Guild

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = 0, 1, 2, 3, 6, 7, 8, 9, 10, 11
GUILDS = 1 << 0
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
"""Members, presences, message content (events/gateway, Privileged Intents)."""

PAYLOAD = 4096  # events/gateway: bytes a client may send at once
SENDS, SENDS_WINDOW = 120, 60.0  # events/gateway: and how many a connection
FLUSH = b"\x00\x00\xff\xff"


@dataclass
class Session:
    """What a client identified as."""

    id: str
    intents: int
    shard: tuple[int, int] = (0, 1)
    sequence: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    connection: Connection | None = None

    def hears(self, guild: str | None) -> bool:
        """Whether what happens in a server is told to it."""
        number, count = self.shard
        return number == (0 if guild is None else (int(guild) >> 22) % count)


@dataclass
class Connection:
    """One websocket."""

    socket: web.WebSocketResponse
    request: web.Request
    query: dict[str, str]
    compressor: Any = None
    session: Session | None = None
    heartbeats: int = 0
    received: list[int] = field(default_factory=list)
    silent: bool = False
    ended: bool = False
    sends: list[float] = field(default_factory=list)

    async def send(self, payload: dict[str, Any]) -> None:
        text = json.dumps(payload)
        if self.socket.closed:
            return
        try:
            if self.compressor is None:
                await self.socket.send_str(text)
            else:
                data = self.compressor.compress(text.encode()) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)
        except ConnectionError:
            return  # the client went away meanwhile; its session keeps what it missed


class Gateway:
    """Accepts connections and speaks to them.

    Attributes:
        connections: those open now.
        identifies: the data of every IDENTIFY, oldest first; resumes: of every RESUME.
        heartbeat_interval: milliseconds; Discord's is 41250.
        privileged: privileged intents the application was granted.
        compression: whether to compress when asked for ``zlib-stream``.
        deaf: takes no leave: a client that closes its connection waits in vain for the answer to that.
        shards: connections that ``/gateway/bot`` recommends; with fewer than ``least_shards`` nobody may identify (4011).
        at_once: IDENTIFYs of which each may come within the same ``identify_every`` seconds, one a bucket (``max_concurrency``).
        identify_every: Discord's is 5; 0 lets all through.
        late_hellos: seconds after which the next connections are told HELLO, in order; without it they cannot identify.
        starts, reset_after: how many sessions may begin, and milliseconds until as many may again.
        refuse_sessions: answer the next IDENTIFYs and RESUMEs with these, in order: a close code, or True or False for op 9.
    """

    def __init__(self, api: Any) -> None:
        self._api = api
        self.connections: list[Connection] = []
        self.sessions: dict[str, Session] = {}
        self.identifies: list[dict[str, Any]] = []
        self.resumes: list[dict[str, Any]] = []
        self.opened = 0
        self.heartbeat_interval = 41_250
        self.privileged = 0
        self.compression = True
        self.deaf = False
        self.shards = self.least_shards = 1
        self.at_once = 1
        self.identify_every = 0.0
        self.late_hellos: list[float] = []
        self.starts, self.reset_after = 1000, 86_400_000
        self._identified: dict[int, float] = {}
        self.refuse_sessions: list[int | bool] = []
        self._changed = asyncio.Event()

    # ------------------------------------------------------------ for tests

    @property
    def start_limit(self) -> dict[str, int]:
        """How ``/gateway/bot`` puts it."""
        remaining = max(self.starts - len(self.identifies), 0)
        return {"total": 1000, "remaining": remaining, "reset_after": self.reset_after, "max_concurrency": self.at_once}

    def hears(self, guild: str | None) -> bool:
        """Whether somebody is told what happens in a server."""
        return any(session.hears(guild) for session in self.sessions.values())

    @property
    def online(self) -> bool:
        """Whether a client has a session and is listening."""
        return any(connection.session is not None for connection in self.connections)

    async def until_online(self) -> None:
        """Wait for a client that has identified or resumed."""
        await self._until(lambda: self.online, "a client that is online")

    async def until(self, *, identifies: int = 0, resumes: int = 0) -> None:
        """Wait until so many IDENTIFYs and RESUMEs have come in all and the client listens again."""
        await self._until(
            lambda: len(self.identifies) >= identifies and len(self.resumes) >= resumes and self.online,
            f"{identifies} identifies and {resumes} resumes",
        )

    async def _until(self, done: Any, what: str) -> None:
        try:
            async with asyncio.timeout(self._api.patience):
                while not done():
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}") from None

    async def reconnect(self) -> None:
        """Op 7: ask every client to connect again and resume."""
        for connection in list(self.connections):
            await connection.send({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: tell every client that its session is over (or only to be resumed)."""
        for connection in list(self.connections):
            if not resumable and connection.session is not None:
                self.sessions.pop(connection.session.id, None)
            await connection.send({"op": INVALID, "d": resumable})

    async def abort(self) -> None:
        """Cut every connection without a close frame."""
        for connection in list(self.connections):
            connection.ended = True
            self._leave(connection)
            transport = connection.request.transport
            if transport is not None:
                transport.abort()

    async def close(self, code: int) -> None:
        """Close every connection with ``code``; sessions stay resumable unless the code says otherwise."""
        for connection in list(self.connections):
            if connection.session is not None and code in {4007, 4009}:
                self.sessions.pop(connection.session.id, None)
            connection.ended = True
            self._leave(connection)
            await connection.socket.close(code=code, message=b"scripted")

    def silence(self) -> None:
        """Leave every connection half open: the socket stays, nothing is heard or said on it any more."""
        for connection in self.connections:
            connection.silent = True

    async def stop(self) -> None:
        """End every connection for good."""
        for connection in list(self.connections):
            self._leave(connection)
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def dispatch(self, event: str, data: Any, *, intent: int | None = GUILDS) -> int:
        """Send an event to every session of the server's shard that asked for it (None: to all); to how many."""
        told, guild = 0, self._guild_of(event, data)
        for session in list(self.sessions.values()):
            if session.hears(guild) and (intent is None or session.intents & intent):
                await self._dispatch(session, event, data)
                told += 1
        return told

    def _guild_of(self, event: str, data: dict[str, Any]) -> str | None:
        if event.startswith("GUILD_"):
            return str(data["id"])
        channel = self._api.world.channels.get(str(data.get("channel_id", data.get("id"))))
        return data.get("guild_id") or (channel.guild.id if channel is not None and channel.guild is not None else None)

    async def _dispatch(self, session: Session, event: str, data: Any) -> None:
        session.sequence += 1
        payload = {"op": DISPATCH, "s": session.sequence, "t": event, "d": data}
        session.sent.append(payload)
        if session.connection is not None and not session.connection.silent:
            await session.connection.send(payload)

    # ------------------------------------------------------------ a connection's life

    async def handle(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=1.0, autoclose=not self.deaf)
        await socket.prepare(request)
        connection = Connection(socket, request, dict(request.query))
        self.opened += 1
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            self._api.violations.append(f"the gateway is asked for with {dict(request.query)}; v=10 and encoding=json are needed")
            await socket.close(code=4012, message=b"Invalid API version")
            return socket
        if self.compression and request.query.get("compress") == "zlib-stream":
            connection.compressor = zlib.compressobj()
        self.connections.append(connection)
        try:
            if self.late_hellos:
                await asyncio.sleep(self.late_hellos.pop(0))
            await connection.send({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_interval}})
            async for message in socket:
                if message.type is WSMsgType.TEXT and not connection.silent:
                    await self._receive(connection, message.data)
            while self.deaf and request.transport is not None and not request.transport.is_closing():
                await asyncio.sleep(0.01)
        finally:
            self._leave(connection)
            # 1000 and 1001 from the client end its session; any other end leaves it resumable. (To a close frame of ours a
            # client may answer with 1000.)
            if connection.session is not None and not connection.ended and socket.close_code in {1000, 1001}:
                self.sessions.pop(connection.session.id, None)
        return socket

    def _leave(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        if connection.session is not None and connection.session.connection is connection:
            connection.session.connection = None
        self._note()

    def _note(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _receive(self, connection: Connection, text: str) -> None:
        if len(text.encode()) > PAYLOAD:
            await self._offend(connection, 4002, f"a payload of {len(text)} bytes")
            return
        now = asyncio.get_running_loop().time()
        connection.sends = [at for at in connection.sends if now - at < SENDS_WINDOW] + [now]
        if len(connection.sends) > SENDS:
            await self._offend(connection, 4008, "more than 120 payloads in a minute")
            return
        payload = json.loads(text)
        connection.received.append(payload["op"])
        match payload["op"]:
            case 1:
                connection.heartbeats += 1
                await connection.send({"op": ACK})
            case 2:
                await self._identify(connection, payload["d"])
            case 6:
                await self._resume(connection, payload["d"])
            case _ if connection.session is None:
                await self._offend(connection, 4003, f"op {payload['op']} before IDENTIFY")
            case 3:
                pass  # presence: nobody sees it here
            case other:
                await self._offend(connection, 4001, f"op {other}, which the stand-in does not know")

    async def _offend(self, connection: Connection, code: int, what: str) -> None:
        self._api.violations.append(f"gateway: {what}")
        await connection.socket.close(code=code, message=b"")

    async def _refused(self, connection: Connection) -> bool:
        if not self.refuse_sessions:
            return False
        how = self.refuse_sessions.pop(0)
        if isinstance(how, bool):
            await connection.send({"op": INVALID, "d": how})
        else:
            await connection.socket.close(code=how, message=b"scripted")
        return True

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        self.identifies.append(data)
        if connection.session is not None:
            await self._offend(connection, 4005, "IDENTIFY twice")
            return
        if data["token"] != self._api.token:
            await connection.socket.close(code=4004, message=b"Authentication failed.")
            return
        if data["intents"] & PRIVILEGED & ~self.privileged:
            await connection.socket.close(code=4014, message=b"Disallowed intent(s).")
            return
        if await self._refused(connection) or await self._not_so(connection, *data.get("shard", (0, 1))):
            return
        world = self._api.world
        session = Session(world.snowflake(), data["intents"], tuple(data.get("shard", (0, 1))), connection=connection)
        self.sessions[session.id] = session
        connection.session = session
        ready = {
            "v": 10,
            "user": world.me.payload() | {"mfa_enabled": True, "verified": True, "email": None},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in world.guilds.values() if session.hears(guild.id)],
            "session_id": session.id,
            "resume_gateway_url": self._api.gateway_url,
            "application": {"id": world.me.id, "flags": 0},
        }
        if "shard" in data:
            ready["shard"] = data["shard"]
        await self._dispatch(session, "READY", ready)
        if data["intents"] & GUILDS:
            for guild in world.guilds.values():
                if session.hears(guild.id):
                    await self._dispatch(session, "GUILD_CREATE", self.guild_create(guild))
        self._note()

    async def _not_so(self, connection: Connection, number: int, count: int) -> bool:
        """Whether a client may not begin as this shard, or not now; it is told so."""
        if len(self.identifies) > self.starts:
            await self._offend(connection, 4004, f"{len(self.identifies)} sessions begun, {self.starts} allowed")
            return True
        if not 0 <= number < count:
            await self._offend(connection, 4010, f"shard {number} of {count}")
            return True
        if count < self.least_shards:
            await connection.socket.close(code=4011, message=b"Sharding required.")
            return True
        now, bucket = asyncio.get_running_loop().time(), number % self.at_once
        early = now - self._identified.get(bucket, float("-inf")) < self.identify_every
        self._identified[bucket] = now
        if early:
            self._api.violations.append(f"gateway: IDENTIFY of shard {number} too soon after another of its bucket")
            await connection.send({"op": INVALID, "d": False})
        return early

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        self.resumes.append(data)
        if data["token"] != self._api.token:
            await connection.socket.close(code=4004, message=b"Authentication failed.")
            return
        if await self._refused(connection):
            return
        session = self.sessions.get(str(data["session_id"]))
        if session is None:
            await connection.send({"op": INVALID, "d": False})
            return
        seen = data["seq"]
        if not isinstance(seen, int) or seen > session.sequence:
            await self._offend(connection, 4007, f"RESUME with seq {seen}, the session is at {session.sequence}")
            return
        connection.session = session
        session.connection = connection
        for payload in session.sent[seen:]:
            await connection.send(payload)
        await self._dispatch(session, "RESUMED", {})
        self._note()

    def guild_create(self, guild: Guild) -> dict[str, Any]:
        """A guild as the gateway prints it."""
        world = self._api.world
        return guild_payload(guild) | {
            "joined_at": "2026-01-01T00:00:00+00:00",
            "large": False,
            "unavailable": False,
            "member_count": len(guild.members),
            "voice_states": [],
            "members": [member_payload(guild, world.me)],
            "channels": [channel.payload() for channel in guild.channels.values() if not channel.gone],
            "threads": [
                thread.payload() for channel in guild.channels.values() for thread in world.threads(channel) if not thread.archived
            ],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
