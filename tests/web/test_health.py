"""The health endpoints, asked over real HTTP on loopback."""

from __future__ import annotations

import httpx
import pytest

from bot.core.errors import WorkError
from bot.web.health import application
from bot.web.server import WebServer


async def test_readyz_says_when_every_part_is_up() -> None:
    parts = {"database": True, "scheduler": False}
    server = WebServer(application(lambda: parts), "127.0.0.1", 0)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            assert (await client.get("/healthz")).json() == {"status": "alive"}
            starting = await client.get("/readyz")
            assert (starting.status_code, starting.json()["parts"]) == (503, parts)
            parts["scheduler"] = True
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (200, "ready")
            assert (await client.get("/elsewhere")).status_code == 404
    finally:
        await server.stop()


async def test_healthz_says_when_a_restart_would_help() -> None:
    lives = True
    server = WebServer(application(dict, alive=lambda: lives), "127.0.0.1", 0)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            assert (await client.get("/healthz")).status_code == 200
            lives = False
            hangs = await client.get("/healthz")
            assert (hangs.status_code, hangs.json()) == (503, {"status": "hangs"})
    finally:
        await server.stop()


async def test_an_address_in_use_is_told_with_a_sentence() -> None:
    first = WebServer(application(dict), "127.0.0.1", 0)
    await first.start()
    try:
        with pytest.raises(WorkError, match=r"127\.0\.0\.1:\d+ cannot be listened on .*Choose another port"):
            await WebServer(application(dict), "127.0.0.1", first.port).start()
    finally:
        await first.stop()
