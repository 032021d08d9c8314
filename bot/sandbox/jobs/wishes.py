"""How often a feed wants to be asked, who tells of its news, and whose it is: ``ttl``, ``skip*``, ``sy:*``, its links.

Promises: read from the bytes of the feed's own part, before its first entry and behind its last, so that the answer is the same
whichever reader reads the entries, and is had from a document too broken for either to be sure; linear time; what makes no sense
is left out. Must never look into an entry.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.core.wishes import NO_WISHES, Wishes
from bot.sandbox.jobs.dates import read_iso

LONGEST = 64 * 1024
"""Bytes looked at on either side of the entries; feeds say these things in their first two thousand."""

LONGEST_WISH = 30 * 86400
"""Seconds: more than a month is understood as one."""

_MOST = 50
"""Hours, days and links read of one feed."""

_FIRST = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>/]")
_LAST = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_SYNDICATION = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["']http://purl\.org/rss/1\.0/modules/syndication/["']""")
_LINK = re.compile(r"""<(?:[\w.-]+:)?link\s((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400, "monthly": 30 * 86400, "yearly": 365 * 86400}
"""Seconds of ``sy:updatePeriod`` (web.resource.org/rss/1.0/modules/syndication)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a feed asks and where it belongs: ``hub``, ``topic`` and ``home`` are http or https addresses or None."""

    wishes: Wishes = NO_WISHES
    hub: str | None = None
    topic: str | None = None
    home: str | None = None


def read_xml(data: bytes, url: str | None) -> Asked:
    """What an RSS, RDF or Atom document asks.

    Args:
        data: the document.
        url: its address, against which links are resolved.
    """
    text = _own_part(data)
    links = _links(text, url)
    hours = (int(hour) for hour in _within(text, "skipHours", "hour") if hour.isascii() and hour.isdigit() and len(hour) < 3)
    days = (day.lower() for day in _within(text, "skipDays", "day"))
    every, since = _syndication(text)
    wishes = Wishes(
        ttl=_scaled(_value(text, "ttl"), 60),
        skip_hours=tuple(sorted({hour % 24 for hour in hours if hour <= 24})),  # version 0.91 counted from 1 to 24
        skip_days=tuple(sorted({_DAYS.index(day) for day in days if day in _DAYS})),
        every=every,
        since=since,
    )
    return Asked(wishes, links.get("hub"), links.get("self"), links.get("alternate") or _home(text, url))


def read_json(document: dict[str, Any], url: str | None) -> Asked:
    """What a JSON Feed asks: hubs of type WebSub, and its own address (jsonfeed.org/version/1.1)."""
    hubs = document.get("hubs")
    named = (
        [hub.get("url") for hub in hubs[:_MOST] if isinstance(hub, dict) and hub.get("type") == "WebSub"]
        if isinstance(hubs, list)
        else []
    )
    addresses = [address for address in (_address(hub, url) for hub in named if isinstance(hub, str)) if address]
    own = document.get("feed_url")
    home = document.get("home_page_url")
    return Asked(
        hub=addresses[0] if addresses else None,
        topic=_address(own, url) if isinstance(own, str) else None,
        home=_address(home, url) if isinstance(home, str) else None,
    )


def _home(text: str, url: str | None) -> str | None:
    """The address in a ``link`` of RSS, which stands between its tags."""
    found = re.search(r"<link(?:\s[^<>]*)?>\s*([^<\s]{1,2000})", text)
    return _address(html.unescape(found[1]), url) if found else None


def _own_part(data: bytes) -> str:
    """The feed's own elements as text, without those of its entries, comments and quoted markup."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        data = data[: 64 * LONGEST].decode("utf-16", "replace").encode("utf-8", "replace")
    first = _FIRST.search(data)
    head = data[: min(first.start() if first else len(data), LONGEST)]
    tail = b""
    if first is not None:
        rest = data[max(first.start(), len(data) - LONGEST) :]
        last = max((found.end() for found in _LAST.finditer(rest)), default=None)
        tail = b"" if last is None else rest[last:]
    return _COMMENT.sub("", (head + b"\n" + tail).decode("utf-8", "replace"))


def _value(text: str, name: str) -> str | None:
    found = re.search(rf"<{name}(?:\s[^<>]*)?>\s*([^<]{{0,100}}?)\s*</{name}\s*>", text)
    return found[1] if found else None


def _within(text: str, parent: str, name: str) -> Iterator[str]:
    begin = re.search(rf"<{parent}(?:\s[^<>]*)?>", text)
    if begin is None:
        return
    end = text.find(f"</{parent}", begin.end())
    inside = text[begin.end() : end if end >= 0 else None]
    for number, found in enumerate(re.finditer(rf"<{name}(?:\s[^<>]*)?>\s*([^<]{{0,20}}?)\s*</{name}\s*>", inside)):
        if number >= _MOST:
            return
        yield found[1]


def _syndication(text: str) -> tuple[int | None, Any]:
    """Seconds between two updates, and an instant of one; the module's defaults are daily and once."""
    declared = _SYNDICATION.search(text)
    if declared is None:
        return None, None
    prefix = re.escape(declared[1])
    period, frequency, base = (_value(text, f"{prefix}:{name}") for name in ("updatePeriod", "updateFrequency", "updateBase"))
    if period is None and frequency is None:
        return None, None
    seconds = _PERIODS.get((period or "daily").lower())
    times = int(frequency) if frequency and frequency.isascii() and frequency.isdigit() and len(frequency) < 6 else 1
    if seconds is None:
        return None, None
    return max(min(seconds // max(times, 1), LONGEST_WISH), 1), read_iso(base)


def _scaled(value: str | None, factor: int) -> int | None:
    if value is None or not value.isascii() or not value.isdigit():
        return None
    return min(int(value[:9]) * factor, LONGEST_WISH) or None


def _links(text: str, url: str | None) -> dict[str, str]:
    """The first address of each relation."""
    found: dict[str, str] = {}
    for number, link in enumerate(_LINK.finditer(text)):
        if number >= _MOST:
            break
        said = {name.lower(): html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(link[1])}
        address = _address(said.get("href", ""), url)
        if address is not None:
            for relation in (said.get("rel") or "alternate").lower().split():
                found.setdefault(relation, address)
    return found


def _address(text: str, url: str | None) -> str | None:
    try:
        address = urljoin(url or "", text.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    fine = text.strip() and parts.scheme in {"http", "https"} and parts.netloc and len(address) <= 8192
    return address if fine and not any(char <= " " or char == "\x7f" for char in address) else None
