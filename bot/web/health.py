"""``/healthz`` (the process lives; if not, a restart helps) and ``/readyz`` (it does its work), for supervisors and containers.

Promises: answers at once from memory; tells no names of sources, rules or channels. Never starts work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

Ready = Callable[[], dict[str, bool]]
"""Parts by name, and whether each is ready."""


def application(
    ready: Ready,
    endpoints: Mapping[str, ASGIApp] | None = None,
    routes: Sequence[BaseRoute] = (),
    *,
    alive: Callable[[], bool] = lambda: True,
) -> Starlette:
    """The two endpoints, and what other parts take in beside them, by path or with routes of their own.

    ``/healthz`` is 503 while ``alive`` is false (a loop that hangs answers nothing at all), ``/readyz`` until every part is ready.
    """

    def healthz(_: Request) -> JSONResponse:
        lives = alive()
        return JSONResponse({"status": "alive" if lives else "hangs"}, status_code=200 if lives else 503)

    def readyz(_: Request) -> JSONResponse:
        parts = ready()
        up = all(parts.values())
        return JSONResponse({"status": "ready" if up else "not ready", "parts": parts}, status_code=200 if up else 503)

    others = [Route(path, part) for path, part in (endpoints or {}).items()]  # each knows which methods it takes
    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), *others, *routes])
