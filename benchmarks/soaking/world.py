"""What happens in the world of the soak: events, who reports them when, and what goes wrong; all of it drawn from one seed.

No event that a rule matches shares an invented word with any other, so that no reader could take two for one, and what each channel
has to show is known without asking the bot. The others repeat words as a language does.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
"""A Monday; Europe's clocks change within three weeks."""
DAY = 86_400.0
TOLD_A_DAY, UNTOLD_A_DAY = 8, 40
"""Events that a rule matches, and others."""
LISTED = 30
"""Entries of a feed."""
BASELINED = 0.4
"""Days until the first news; every source was read by then."""
QUIET_DAYS = 2.0
"""Days at the end without faults or news, in which what waits has to arrive."""
FAULTS = {"status": 0.03, "slow down": 0.015, "cut": 0.015, "hang": 0.01, "garbage": 0.005, "reset": 0.01}
"""Of a hundred requests to sources, how many go wrong in which way."""
CHAT_FAULTS = 0.03
SYLLABLES = ("ba", "cor", "del", "fin", "gar", "hul", "jo", "kes", "lim", "mar", "nol", "pri", "rus", "sta", "tel", "vor")

WORDS = 12
"""Invented words of an event."""
OTHERS = 4096
"""Words of all events that no rule matches: what is kept of words fills up as it does with a language, and stops."""
ROUND = 11 * 4111
"""Odd, so that multiplying by it deals every word of four syllables out once, and neighbours look unlike."""


def mark(number: int) -> str:
    """A word that stands in every report of one event and nowhere else."""
    return "zq" + "".join(SYLLABLES[(number >> (4 * place)) % 16] for place in range(3))


def words(number: int) -> list[str]:
    """The words of one event that a rule matches, which stand in no other.

    Raises:
        ValueError: there are not so many words.
    """
    if (number + 1) * WORDS > 16**4:
        raise ValueError(f"there are words for {16**4 // WORDS} events")
    return [spelt((number * WORDS + place) * ROUND % 16**4, 4) for place in range(WORDS)]


def spelt(drawn: int, syllables: int) -> str:
    """A number as a word."""
    return "".join(SYLLABLES[(drawn >> (4 * place)) % 16] for place in range(syllables))


def report(number: int, wording: int, *, told: bool) -> tuple[str, str]:
    """Headline and text of an event, one that a rule matches or another, in one of its wordings, as an outlet writes them."""
    own = words(number) if told else [spelt(drawn, 3) for drawn in random.Random(number).sample(range(OTHERS), WORDS)]
    subject = "cameras" if told else "rowers"
    turned = own[wording % 5 :] + own[: wording % 5]
    town = own[0].title()
    lines = [f"The {town} council {subject} were told to watch the {own[1]}, people near the {own[2]} said."]
    for place in range(5):
        first, second, third = (turned[(place + step) % WORDS] for step in (1, 4, 7))
        lines.append(f"A {first} of {town} asked the {second} why the {third} was seen by number {wording}{place}.")
    title = f"{mark(number).title()}: {town} council {subject} watch the {turned[1]} and the {turned[2]} {turned[3]}"
    return title, f"{mark(number).title()}. {' '.join(lines)}"


@dataclass(frozen=True)
class Entry:
    """An entry of a feed and when it appears."""

    at: float
    title: str
    text: str
    guid: str


@dataclass
class World:
    """What will be published where, and what goes wrong; all of it drawn from one seed.

    What will happen is drawn at the beginning. Whether a request goes wrong is drawn when it comes, each server's and each chat's
    from a stream of its own, so that nobody's luck depends on who else asked before.

    Attributes:
        met: what went wrong, by kind.
        log: what went wrong: when, where, how.
    """

    seed: int
    days: float
    sources: int
    feeds: dict[int, list[Entry]] = field(default_factory=dict)
    wanted: dict[str, float] = field(default_factory=dict)
    outages: list[tuple[float, float, str]] = field(default_factory=list)
    steps: list[tuple[float, timedelta]] = field(default_factory=list)
    locks: list[tuple[float, float]] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    log: list[tuple[float, str, str]] = field(default_factory=list)
    streams: dict[str, random.Random] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        busy = (BASELINED, max(self.days - QUIET_DAYS, 0.75))
        self.feeds = {number: [] for number in range(self.sources)}
        for number in range(round((busy[1] - busy[0]) * (TOLD_A_DAY + UNTOLD_A_DAY))):
            at = self.chance.uniform(*busy) * DAY
            told = number % (TOLD_A_DAY + UNTOLD_A_DAY) < TOLD_A_DAY
            if told:
                self.wanted[mark(number)] = at
            outlets = self.chance.sample(range(self.sources), self.chance.choice((1, 1, 2, 3)) if told else 1)
            for wording, outlet in enumerate(outlets):
                title, text = report(number, wording, told=told)
                later = at + wording * self.chance.uniform(0, 3 * 3600)
                self.feeds[outlet].append(Entry(later, title, text, f"e{number}-o{outlet}-w{wording}"))
        for feed in self.feeds.values():
            feed.sort(key=lambda entry: entry.at)
        self.outages = [
            (at, at + self.chance.choice((600.0, 1800.0, 4 * 3600.0)), self.chance.choice(("status", "refuse", "slow down")))
            for at in self._moments(busy, 2.0)
        ]
        hours = (timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=-7), timedelta(hours=5), timedelta(hours=-4))
        self.steps = [(at, self.chance.choice(hours)) for at in self._moments(busy, 3.0)]
        self.locks = [(at, self.chance.choice((20.0, 45.0, 130.0))) for at in self._moments(busy, 1.0)]
        self.restarts = self._moments(busy, 1.5)

    def _moments(self, busy: tuple[float, float], every: float) -> list[float]:
        """Moments at random, one in so many days on average, at least one."""
        count = max(round((busy[1] - busy[0]) / every), 1)
        return sorted(self.chance.uniform(*busy) * DAY for _ in range(count))

    def over(self, now: float) -> bool:
        """Whether nothing bad happens: before every source was read once, which is silent, and at the end."""
        return now > (self.days - QUIET_DAYS) * DAY or now < BASELINED * DAY

    def stream(self, name: str) -> random.Random:
        """The chance of one server or chat, which nobody else draws from."""
        return self.streams.setdefault(name, random.Random(f"{self.seed} {name}"))

    def happened(self, now: float, where: str, what: str) -> None:
        """Write down what went wrong."""
        self.met[f"{where.partition(' ')[0]}: {what}"] += 1
        self.log.append((now, where, what))

    def chat_is(self, now: float, chat: str) -> str | None:
        """How a chat fails now, or None; in an outage both do."""
        chance = self.stream(chat)
        drawn, kind = chance.random(), chance.choice(("status", "slow down", "cut", "accepted"))
        if self.over(now):
            return None
        for begin, end, how in self.outages:
            if begin <= now < end:
                return how
        return kind if drawn < CHAT_FAULTS else None

    def source_is(self, now: float, number: int) -> str | None:
        """How a source fails now, or None."""
        drawn = self.stream(f"source {number}").random()
        if self.over(now):
            return None
        for kind, share in FAULTS.items():
            drawn -= share
            if drawn < 0:
                return kind
        return None
