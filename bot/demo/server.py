"""Serves the sample newsroom on loopback."""

from __future__ import annotations

from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.demo.newsroom import OUTLETS, feed
from bot.web.server import WebServer

HOST = "127.0.0.1"


class Newsroom:
    """The newsroom's web server; ``step`` says how far its tale has gone."""

    def __init__(self, start: datetime) -> None:
        self.step = 0
        self._start = start
        self._outlets = {outlet.id: outlet for outlet in OUTLETS}
        self._server = WebServer(Starlette(routes=[Route("/{outlet}/feed", self._feed)]), HOST, 0)

    @property
    def base_url(self) -> str:
        """Where it listens, once started."""
        return f"http://{HOST}:{self._server.port}"

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        await self._server.start()

    async def stop(self) -> None:
        """Close."""
        await self._server.stop()

    def _feed(self, request: Request) -> Response:
        outlet = self._outlets.get(request.path_params["outlet"])
        if outlet is None:
            return PlainTextResponse("no such outlet", status_code=404)
        kind, document = feed(outlet, step=self.step, start=self._start)
        return Response(document, media_type=kind)
