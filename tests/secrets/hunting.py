"""Canaries and the hunter: secrets that occur nowhere else in the world, and one who finds them in whatever dress.

A canary holds a core of letters and digits of its own kind. The hunter looks for that core as it is, in either case and
backwards, in hex, in base64 at each of its three alignments (so inside ``user:password``, too), and in a text from which blanks,
quotes, escapes and line ends were taken, where a long value was written in pieces. Letters and digits stay as they are in
percent-encoding, JSON, Python and HTML, so those dresses are seen through by the core alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BETWEEN = re.compile(r"""\\[nrt]|[\s"'\\+,()\[\]]+""")


def core(kind: str, number: int) -> str:
    """Sixteen letters and digits or more that stand for one kind of secret and for nothing else."""
    return f"Zq{number:02d}{kind}Wv7Xk{number:02d}Jy"


def dresses(value: str) -> dict[str, str]:
    """The ways in which letters and digits may be written without being readable."""
    raw = value.encode()
    found = {"plain": value, "backwards": value[::-1], "hex": raw.hex()}
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode()
        # What is decided by the value's own bytes alone: the letters at both ends depend on what stands beside it.
        start = -(-before * 8 // 6)
        found[f"base64, {before} bytes in"] = coded[start : (before + len(raw)) * 8 // 6]
    return found


@dataclass(frozen=True)
class Hit:
    """A secret where it must not be."""

    kind: str
    where: str
    how: str
    around: str


@dataclass
class Hunter:
    """Looks for canaries, and counts what it looked through.

    Attributes:
        cores: by kind.
        looked: letters looked through, by place.
        hits: what was found.
    """

    cores: Mapping[str, str]
    looked: dict[str, int] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)

    def search(self, where: str, text: str, *, but: frozenset[str] = frozenset()) -> list[Hit]:
        """Look through one output; ``but`` are kinds that are at home there."""
        self.looked[where] = self.looked.get(where, 0) + len(text)
        found = []
        for reading, letters in (("", text), (" in pieces", _BETWEEN.sub("", text))):
            folded = letters.casefold()
            for kind, value in self.cores.items():
                for how, dress in dresses(value).items():
                    exact = how.startswith("base64")
                    at = letters.find(dress) if exact else folded.find(dress.casefold())
                    if at >= 0 and kind not in but:
                        found.append(Hit(kind, where, how + reading, letters[max(0, at - 80) : at + 60]))
        self.hits += found
        return found

    def search_file(self, where: str, path: Path, *, but: frozenset[str] = frozenset()) -> list[Hit]:
        """The same for a file's bytes."""
        return self.search(where, path.read_bytes().decode("latin-1"), but=but)
