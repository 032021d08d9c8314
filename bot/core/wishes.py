"""What a server and its document ask of those who poll: remembered between polls, for a 304 repeats nothing of it.

Plain data, as it crosses from the sandbox and is stored; ``bot.service.rhythm`` decides what follows from it.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """How often to ask, as told by the other side.

    Attributes:
        fresh: seconds for which the last answer stays fresh by its headers (RFC 9111), None if they do not say.
        ttl: seconds of RSS ``ttl``, None without.
        skip_hours: hours of the day in UTC, 0 to 23, in which nobody is to ask (RSS ``skipHours``).
        skip_days: days, Monday 0, on which nobody is to ask (RSS ``skipDays``).
        every: seconds between two updates (``sy:updatePeriod`` and ``sy:updateFrequency``), None without.
        since: an instant at which one of these updates is made (``sy:updateBase``), None without.
    """

    fresh: int | None = None
    ttl: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    every: int | None = None
    since: datetime | None = None


NO_WISHES = Wishes()


def encode_wishes(wishes: Wishes) -> str:
    """One line of JSON with what is asked; empty if nothing is."""
    if wishes == NO_WISHES:
        return ""
    said = {name: value for name, value in dataclasses.asdict(wishes).items() if value not in (None, ())}
    return json.dumps(said, separators=(",", ":"), default=lambda value: value.astimezone(UTC).isoformat())


def decode_wishes(text: str) -> Wishes:
    """Read what ``encode_wishes`` wrote; a key of a newer program says nothing to this one."""
    if not text:
        return NO_WISHES  # the very one: most sources ask for nothing
    said = json.loads(text)
    since = said.get("since")
    return Wishes(
        said.get("fresh"),
        said.get("ttl"),
        tuple(said.get("skip_hours", ())),
        tuple(said.get("skip_days", ())),
        said.get("every"),
        None if since is None else datetime.fromisoformat(since),
    )
