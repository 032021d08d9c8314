"""Bodies: decoded by us, piece by piece, so that the cap counts what comes out and nothing is unpacked beyond it.

Promises: never holds more than the cap and one network chunk; a body that ends too early is an error, not a shorter body.
httpx's own decoder hands over what one chunk unpacks to: 64 MiB were seen where 10 were allowed.
"""

from __future__ import annotations

import zlib

from bot.core.errors import FetchError

GZIP_MAGIC = b"\x1f\x8b"
RAW_ALLOWANCE = 64 * 1024
"""Bytes that a body's compressed form may be longer than the cap: gzip's frame and blocks stored as they are."""


class Body:
    """Collects one body.

    Args:
        encoding: value of Content-Encoding; ``identity``, ``gzip`` or ``deflate``.
        max_bytes: cap on the decoded length.
        host: for the sentences.

    Raises:
        FetchError: the encoding is none that we asked for.
    """

    def __init__(self, encoding: str, *, max_bytes: int, host: str) -> None:
        self._host = host
        self._max = max_bytes
        self._raw = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._name = encoding.strip().lower().removeprefix("x-") or "identity"
        self._inflate: zlib._Decompress | None = None
        self._started = False
        self._carry = b""
        if self._name not in {"identity", "gzip", "deflate"}:
            raise FetchError(f"{host} sent a body in an encoding we did not ask for.", reason="encoding")

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the network.

        Raises:
            FetchError: the body is longer than the cap, or is not what its encoding says.
        """
        self._raw += len(chunk)
        if self._raw > self._max + RAW_ALLOWANCE:
            raise self._too_large()
        if self._name == "identity":
            self._keep(chunk)
            return
        chunk, self._carry = self._carry + chunk, b""
        while chunk:
            chunk = self._unpack(chunk)

    def finish(self) -> bytes:
        """The whole decoded body.

        Raises:
            FetchError: it ended in the middle.
        """
        if self._started and self._inflate is not None and not self._inflate.eof:
            raise FetchError(f"{self._host} sent a body that ends in the middle.", reason="truncated")
        return b"".join(self._parts)

    def _unpack(self, chunk: bytes) -> bytes:
        """Unpack what the cap allows; returns what is left to unpack."""
        if self._inflate is None or self._inflate.eof:
            if self._started and chunk == GZIP_MAGIC[:1]:
                self._carry = chunk  # the network may cut in the middle of the next member's first two bytes
                return b""
            if self._started and not (self._name == "gzip" and chunk.startswith(GZIP_MAGIC)):
                return b""  # padding behind the last member, which gzip ignores too
            self._inflate = zlib.decompressobj(self._window(chunk))
            self._started = True
        try:
            self._keep(self._inflate.decompress(chunk, self._max - self._size + 1))
        except zlib.error:
            raise FetchError(f"{self._host} sent a body that is not {self._name} as it says.", reason="encoding") from None
        return self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail

    def _window(self, chunk: bytes) -> int:
        if self._name == "gzip":
            return 16 + zlib.MAX_WBITS
        # RFC 9110 8.4.1.2: deflate means zlib's frame, but some servers send the bare stream
        return zlib.MAX_WBITS if chunk[0] & 0x0F == 8 else -zlib.MAX_WBITS

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max:
            raise self._too_large()
        self._parts.append(part)

    def _too_large(self) -> FetchError:
        return FetchError(f"{self._host} sent more than {self._max:,} bytes.", reason="too_large")
