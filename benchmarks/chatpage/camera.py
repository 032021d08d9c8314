"""From a page of HTML to a small PNG: headless Chromium, then as few colours and rows as the picture needs.

Promises: without Chromium nothing is drawn and the reason says what to install; a picture is cut below its last line, and has
a small palette, which flat pages of text do not show.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
import zlib
from collections import Counter
from itertools import accumulate
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "No Chromium on this machine, so the pages are written and not photographed. Install it (Debian and Ubuntu: apt install "
    "chromium; Fedora: dnf install chromium; macOS: brew install --cask chromium) and run make pictures again."
)
SECONDS = 60.0
"""A page of two kilobytes is photographed in one or two."""
SCALE = 1.5
"""Pixels of the picture for one of the page: sharp at the width of a page of documentation, and half the bytes of 2."""
COLOURS = 64
"""Most colours of a picture: flat pages of text show no more, and half the colours are a third of the bytes less."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class CameraError(RuntimeError):
    """Chromium made no picture; the message holds what it said."""


def chromium() -> str | None:
    """The path of Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def photograph(browser: str, page: Path, picture: Path, *, width: int, height: int) -> int:
    """Photograph a page; returns the bytes of the picture.

    Raises:
        CameraError: Chromium did not make one.
    """
    with tempfile.TemporaryDirectory(prefix="camera-") as folder:
        raw = Path(folder) / "raw.png"
        command = [
            browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb",
            "--disable-lcd-text", "--host-resolver-rules=MAP * ~NOTFOUND", f"--force-device-scale-factor={SCALE}",
            f"--user-data-dir={folder}/profile", f"--window-size={width},{height}", f"--screenshot={raw}", page.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if not raw.is_file():
            raise CameraError(f"Chromium made no picture of {page.name}: {done.stderr.strip()[-500:]}")
        small = shrunk(raw.read_bytes())
    picture.write_bytes(small)
    return len(small)


def shrunk(png: bytes) -> bytes:
    """The picture with a palette, without the empty rows at its end."""
    width, rows = _pixels(png)
    empty = rows[-1]
    if empty == empty[:3] * width:
        while len(rows) > 1 and rows[-1] == empty:
            rows.pop()
        rows += [empty] * 12
    palette, numbers = _palette(rows)
    body = b"".join(b"\0" + bytes(numbers[row[at : at + 3]] for at in range(0, len(row), 3)) for row in rows)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    return (
        _SIGNATURE
        + _chunk(b"IHDR", head)
        + _chunk(b"PLTE", palette)
        + _chunk(b"IDAT", zlib.compress(body, 9))
        + _chunk(b"IEND", b"")
    )


def _palette(rows: list[bytes]) -> tuple[bytes, dict[bytes, int]]:
    """At most COLOURS colours: the most frequent ones, every other one told by the nearest of them."""
    counts = Counter(row[at : at + 3] for row in rows for at in range(0, len(row), 3))
    kept = [colour for colour, _ in counts.most_common(COLOURS)]
    numbers = {colour: number for number, colour in enumerate(kept)}
    for colour in counts:
        if colour not in numbers:
            numbers[colour] = min(
                range(len(kept)), key=lambda number: sum((a - b) ** 2 for a, b in zip(colour, kept[number], strict=True))
            )
    return b"".join(kept), numbers


def _pixels(png: bytes) -> tuple[int, list[bytes]]:
    """Width and rows of RGB of a PNG as Chromium writes it: 8 bits, RGB or RGBA, not interlaced (PNG specification, 9)."""
    at, data, head = len(_SIGNATURE), b"", b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        head = body if kind == b"IHDR" else head
        data += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if depth != 8 or colours not in {2, 6} or interlaced:
        raise CameraError(f"a PNG of {depth} bits and colour type {colours} is not read here")
    step = 3 if colours == 2 else 4
    raw, rows, before = zlib.decompress(data), [], bytearray(width * step)
    for number in range(height):
        start = number * (width * step + 1)
        row = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + width * step]), before, step)
        before = row
        if step == 4:
            short = bytearray(width * 3)
            short[0::3], short[1::3], short[2::3] = row[0::4], row[1::4], row[2::4]
            row = short
        rows.append(bytes(row))
    return width, rows


def _unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """One row without its filter (PNG specification, 9.2); most rows of a page are empty or like the one above."""
    if kind == 0:
        return row
    if kind == 2:
        return bytearray((byte + up) & 0xFF for byte, up in zip(row, above, strict=True)) if any(row) else above
    if kind == 1:
        for channel in range(step):
            row[channel::step] = bytes(total & 0xFF for total in accumulate(row[channel::step]))
        return row
    left, corner = [0] * step, [0] * step
    for at, up in enumerate(above):
        channel = at % step
        before, over = left[channel], corner[channel]
        if kind == 3:
            guess = (before + up) // 2
        else:
            straight, level, slope = abs(up - over), abs(before - over), abs(before + up - 2 * over)
            guess = before if straight <= level and straight <= slope else up if level <= slope else over
        row[at] = left[channel] = (row[at] + guess) & 0xFF
        corner[channel] = up
    return row


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
