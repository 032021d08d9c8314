"""Whether an address can be listened on, found out by listening there for a moment."""

from __future__ import annotations

import asyncio


async def is_free(host: str, port: int) -> bool:
    """Whether this process could listen on the address now; port 0 is always free."""
    try:
        server = await asyncio.start_server(lambda _, writer: writer.close(), host, port)
    except OSError:
        return False
    server.close()
    await server.wait_closed()
    return True
