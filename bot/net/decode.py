"""Bodies: decoded by us, piece by piece, so that the cap counts what comes out and nothing is unpacked beyond it.

Promises: never holds more than the cap and one network chunk; a body that ends too early is an error, not a shorter body.
httpx's own decoder hands over what one chunk unpacks to: 64 MiB were seen where 10 were allowed.
"""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli

from bot.core.errors import FetchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = b"gzip, br, zstd"
"""What we ask for; ``deflate`` is read, but not asked for, because servers mean two things by it."""

LARGEST_WINDOW_LOG = 23
"""A zstd frame may refer 8 MB back and no further (RFC 9659); its reader would otherwise set up to 2 GB aside."""

GZIP_MAGIC = b"\x1f\x8b"
RAW_ALLOWANCE = 64 * 1024
"""Bytes that a body's compressed form may be longer than the cap: gzip's frame and blocks stored as they are."""


class Body:
    """Collects one body.

    Args:
        encoding: value of Content-Encoding; ``identity``, ``gzip``, ``br``, ``zstd`` or ``deflate``.
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
        self._modern: _Unpacker | None = None
        if self._name in _MODERN:
            self._modern = _MODERN[self._name]()
        elif self._name not in {"identity", "gzip", "deflate"}:
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
        if self._modern is not None:
            self._take(self._modern, chunk)
            return
        chunk, self._carry = self._carry + chunk, b""
        while chunk:
            chunk = self._unpack(chunk)

    def finish(self) -> bytes:
        """The whole decoded body.

        Raises:
            FetchError: it ended in the middle.
        """
        cut = self._modern is not None and not self._modern.whole
        if cut or (self._started and self._inflate is not None and not self._inflate.eof):
            raise FetchError(f"{self._host} sent a body that ends in the middle.", reason="truncated")
        return b"".join(self._parts)

    def _take(self, unpacker: _Unpacker, chunk: bytes) -> None:
        """Unpack one chunk in pieces, each no longer than what the cap leaves."""
        try:
            while True:
                part, more = unpacker.unpack(chunk, self._max - self._size + 1)
                self._keep(part)
                if not more:
                    return
                chunk = b""
        except (brotli.error, zstd.ZstdError):
            raise FetchError(f"{self._host} sent a body that is not {self._name} as it says.", reason="encoding") from None

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


class _Unpacker(Protocol):
    """A format that is unpacked in bounded pieces."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing: nothing came at all, or the end did."""
        ...

    def unpack(self, chunk: bytes, most: int) -> tuple[bytes, bool]:
        """About ``most`` bytes of what ``chunk`` and what came before unpack to, and whether there is more to be had."""
        ...


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._reader = brotli.Decompressor()
        self._begun = False

    @property
    def whole(self) -> bool:
        return not self._begun or self._reader.is_finished()

    def unpack(self, chunk: bytes, most: int) -> tuple[bytes, bool]:
        self._begun = self._begun or bool(chunk)
        if self._reader.is_finished():
            return b"", False  # what follows the end is padding
        part = self._reader.process(chunk, output_buffer_limit=most)
        return part, not self._reader.is_finished() and not self._reader.can_accept_more_data()


class _Zstandard:
    """RFC 8878: frames one after the other."""

    def __init__(self) -> None:
        self._reader = self._new()
        self._begun = False

    @staticmethod
    def _new() -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW_LOG})

    @property
    def whole(self) -> bool:
        return not self._begun or self._reader.eof

    def unpack(self, chunk: bytes, most: int) -> tuple[bytes, bool]:
        if self._reader.eof:
            chunk = self._reader.unused_data + chunk
            if not chunk:
                return b"", False
            self._reader = self._new()
        self._begun = self._begun or bool(chunk)
        part = self._reader.decompress(chunk, most)
        return part, bool(self._reader.unused_data) if self._reader.eof else not self._reader.needs_input


_MODERN: dict[str, type[_Brotli | _Zstandard]] = {"br": _Brotli, "zstd": _Zstandard}
