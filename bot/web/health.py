"""``/healthz`` (the process lives) and ``/readyz`` (it does its work), for supervisors and container engines.

Promises: answers at once from memory; tells no names of sources, rules or channels. Never starts work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

Ready = Callable[[], dict[str, bool]]
"""Parts by name, and whether each is ready."""


def application(ready: Ready, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The two endpoints, and what other parts serve beside them; ``/readyz`` is 503 until every part is ready."""

    def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    def readyz(_: Request) -> JSONResponse:
        parts = ready()
        up = all(parts.values())
        return JSONResponse({"status": "ready" if up else "starting", "parts": parts}, status_code=200 if up else 503)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), *routes])
