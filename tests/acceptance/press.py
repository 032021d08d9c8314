"""News about nothing: entries of invented words that no two events share, as the documents of small feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

TOKEN = "zqxsignal"
"""The word that every entry has and the rule asks for."""
SYLLABLES = (
    "bal", "cor", "dul", "fen", "gar", "hol", "jun", "kel", "lor", "mav", "nor", "pim", "quo", "ras", "sel", "tor", "ulm", "ver",
    "wes", "zan",
)  # fmt: skip


def invented(key: str) -> str:
    """A word of four syllables, the same for the same key."""
    return "".join(SYLLABLES[byte % len(SYLLABLES)] for byte in hashlib.blake2b(key.encode(), digest_size=4).digest())


@dataclass(frozen=True)
class Entry:
    """One entry; ``outlet`` is who published it, ``event`` what it is about."""

    event: str
    outlet: str
    title: str
    text: str

    @property
    def mark(self) -> str:
        """What tells it in a message: its title, or its outlet where it joined a story that others opened."""
        return self.outlet if self.outlet.startswith("Herald") else self.title

    @classmethod
    def first(cls, event: str, outlet: str = "Gazette") -> Entry:
        """The first report of an event."""
        w = [invented(f"{event}/{number}") for number in range(12)]
        text = f"The {w[5]} {w[6]} of {w[0].title()} {w[7]} {w[8]}, as the {TOKEN} said. A {w[9]} {w[10]} {w[11]} followed."
        return cls(event, outlet, f"{w[0].title()} {w[1]} {w[2]} {w[3]} {w[4]}", text)

    @classmethod
    def second(cls, event: str, outlet: str) -> Entry:
        """Another outlet's report of it, in words of its own."""
        w = [invented(f"{event}/{number}") for number in range(12)]
        v = [invented(f"{event}/{outlet}/{number}") for number in range(8)]
        text = (
            f"After the {w[5]} {w[6]}, {w[0].title()} {w[7]} {v[2]} {v[3]}, the {TOKEN} said on Monday. "
            f"{v[4].title()} {v[5]} {w[9]} {v[6]} {v[7]}."
        )
        return cls(event, outlet, f"{w[1].title()} {w[2]} {v[0]} {w[0].title()} {v[1]}", text)


def document(name: str, entries: Iterable[Entry], published: datetime) -> bytes:
    """An RSS document of these entries, the newest first."""
    items = "".join(
        f"<item><title>{entry.title}</title><link>http://{entry.outlet.lower()}.example/{entry.event}</link>"
        f"<guid isPermaLink='false'>{entry.outlet}-{entry.event}</guid><pubDate>{format_datetime(published)}</pubDate>"
        f"<source url='http://{entry.outlet.lower()}.example/feed'>{entry.outlet}</source>"
        f"<description>{entry.text}</description></item>"
        for entry in entries
    )
    return f"<rss version='2.0'><channel><title>{name}</title><link>http://{name}.example/</link>{items}</channel></rss>".encode()
