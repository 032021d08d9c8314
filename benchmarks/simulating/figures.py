"""Reads what was measured and what is assumed, and what follows from it without any simulation: where each part is full.

Promises: a figure that is missing is an error that names it, never a zero; every assumption can be set by name.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Work:
    """What one thing costs.

    Attributes:
        client, server: seconds of the program's processor and of the database's.
        statements, transactions: sent to the database one after the other; ``writes`` are those transactions that write.
    """

    client: float
    server: float
    statements: float = 0.0
    transactions: float = 0.0
    writes: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.client + other.client,
            self.server + other.server,
            self.statements + other.statements,
            self.transactions + other.transactions,
            self.writes + other.writes,
        )

    def times(self, count: float) -> Work:
        """So many of it."""
        return Work(*(value * count for value in _fields(self)))


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured (costs.toml), in seconds.

    Attributes:
        poll: a poll without news, as stored by itself; ``news`` is what one with an article costs besides.
        unchanged, whole: the request and the reading: answered with 304, or with a feed of twenty entries. Both hold the storing on
            SQLite, so that they are rather too high.
        look: a look for what is due among ``looked_at`` sources.
        defer, job: a wake-up deferred with others; one fetched and finished.
        filed: an article that nobody wants; ``planned`` is what each message that it brings costs besides.
        sent: a message without the platform's own call; ``call`` is that, as a bare request.
        page: an article read out of its page, in the reader's own process.
        item_bytes: what the database grows by for an article.
    """

    poll: Work
    news: Work
    unchanged: float
    whole: float
    look: Work
    looked_at: float
    defer: Work
    job: Work
    filed: Work
    planned: Work
    sent: Work
    call: float
    page: float
    item_bytes: float

    @classmethod
    def measured(cls, path: Path = HERE / "costs.toml") -> Costs:
        """As they were recorded."""
        return cls.of(tomllib.loads(path.read_text(encoding="utf-8"))["measured"])

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Costs:
        """From figures by name, in milliseconds."""

        def work(name: str, queue: float = 0.0) -> Work:
            return Work(
                found[f"{name}.client_ms"] / 1e3,
                found[f"{name}.server_ms"] / 1e3,
                found.get(f"{name}.statements", queue),
                found.get(f"{name}.transactions", queue),
                found.get(f"{name}.writes", queue),
            )

        poll, filed, wanted = work("poll_unchanged"), work("file"), work("file_wanted")
        return cls(
            poll=poll,
            news=_more(work("poll_news"), poll, 1.0),
            unchanged=found["fetch.unchanged_ms"] / 1e3,
            whole=found["fetch.first_ms"] / 1e3,
            look=work("look"),
            looked_at=found["look.sources"],
            defer=work("defer"),
            job=work("job", 2),
            filed=filed,
            planned=_more(wanted, filed, found["file_wanted.deliveries"]),
            sent=work("send"),
            call=found["fetch.bare_ms"] / 1e3,
            page=found["page.reader_ms"] / 1e3,
            item_bytes=found["file.bytes"],
        )

    def with_messages(self, times: float) -> Costs:
        """The same, with messages that cost so many times as much to plan, send and call."""
        return replace(self, planned=self.planned.times(times), sent=self.sent.times(times), call=self.call * times)


def _more(larger: Work, smaller: Work, count: float) -> Work:
    """What one of ``count`` things costs that the larger work holds besides."""
    pairs = zip(_fields(larger), _fields(smaller), strict=True)
    return Work(*(max(0.0, more - less) / count for more, less in pairs))


def _fields(work: Work) -> tuple[float, ...]:
    return work.client, work.server, work.statements, work.transactions, work.writes


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed (assumptions.toml): every figure by its name there, whatever table it stands in."""

    figures: Mapping[str, Any]

    @classmethod
    def written(cls, path: Path = HERE / "assumptions.toml") -> Assumed:
        """As they are written."""
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls({name: value for table in tables.values() for name, value in table.items()})

    def but(self, **changed: Any) -> Assumed:
        """The same with other figures.

        Raises:
            KeyError: there is no such figure.
        """
        if unknown := changed.keys() - self.figures.keys():
            raise KeyError(f"nothing of the name {', '.join(sorted(unknown))} is assumed")
        return replace(self, figures={**self.figures, **changed})

    def __getattr__(self, name: str) -> Any:
        try:
            return self.figures[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def items_per_s(self) -> float:
        """New articles a second in the busiest hour."""
        return float(self.sources * self.items_per_source_day * self.peak / 86_400)

    @property
    def breaking(self) -> int:
        """Messages of the breaking story, or of all that break at once."""
        return int(self.breaking_share * self.channels) * int(self.breaking_stories)

    @property
    def polls_per_s(self) -> float:
        """Polls that fall due in a second."""
        return float(self.sources / self.interval_s)

    @property
    def posts_per_s(self) -> float:
        """Messages a second in the busiest hour, without the breaking story."""
        return float(self.items_per_s * self.story_share * self.channels_per_story)


def cost_of_poll(costs: Costs, assumed: Assumed) -> Work:
    """What a poll costs in the mean, with its wake-up (of which one may be for several sources of a site)."""
    asking = assumed.unchanged_share * costs.unchanged + (1 - assumed.unchanged_share) * costs.whole
    news = min(1.0, assumed.items_per_s / assumed.polls_per_s)
    return Work(asking, 0.0) + costs.poll + costs.news.times(news) + costs.job + costs.defer


def cost_of_post(costs: Costs) -> Work:
    """What a message costs that a wake-up of its own sends, with its planning."""
    return costs.sent + costs.planned + costs.job + costs.defer + Work(costs.call, 0.0)


@dataclass(frozen=True, slots=True)
class Full:
    """Where one part is full.

    Attributes:
        part: what it is.
        rate: how many a second it does at most, of ``unit``.
        asked: how many the load asks for.
        then: what to do about it.
    """

    part: str
    rate: float
    unit: str
    asked: float
    then: str

    @property
    def times(self) -> float:
        """How many times the load fits."""
        return self.rate / self.asked


def where_full(costs: Costs, assumed: Assumed) -> list[Full]:
    """Every part with the rate at which it is full, by how often the load fits; of workers and cores, one."""
    poll, post = cost_of_poll(costs, assumed), cost_of_post(costs)
    together = poll.server * assumed.polls_per_s + costs.filed.server * assumed.items_per_s + post.server * assumed.posts_per_s
    looking = costs.look.client * assumed.sources / costs.looked_at
    desk = costs.filed.client + costs.filed.server + wait(costs.filed, assumed)
    held = assumed.fetch_median_s * math.exp(assumed.fetch_sigma**2 / 2) + poll.client + wait(poll, assumed)
    discord = assumed.breaking * assumed.discord_share
    parts = [
        Full("one worker's processor, polls alone", 1 / poll.client, "polls", assumed.polls_per_s, "more workers"),
        Full("one worker's hands, polls alone", assumed.jobs_in_hand / held, "polls", assumed.polls_per_s, "[cluster] jobs"),
        Full("one worker's processor, messages alone", 1 / post.client, "messages", assumed.posts_per_s, "more workers"),
        Full("the desk, looking for what is due", 1 / looking, "looks", 1 / assumed.tick_s, "divide"),
        Full("the desk, filing", 1 / desk, "articles", assumed.items_per_s, "divide"),
        Full(
            "the desk's reader of pages",
            1 / costs.page,
            "pages",
            assumed.items_per_s * assumed.page_share,
            "divide, or fewer full texts",
        ),
        Full("one core of PostgreSQL", assumed.polls_per_s / together, "polls with all else", assumed.polls_per_s, "more cores"),
        Full("Discord, one bot", assumed.discord_per_s, "messages", assumed.posts_per_s * assumed.discord_share, "divide"),
        Full(
            "Discord, a breaking story told within a minute",
            assumed.discord_per_s,
            "messages",
            discord / 60,
            "divide: each has a bot of its own",
        ),
        Full(
            "connections of PostgreSQL as it comes",
            float(assumed.max_connections // assumed.connections_of_a_process),
            "processes",
            1.0,
            "max_connections, or a pooler",
        ),
    ]
    return sorted(parts, key=lambda part: part.times)


def wait(work: Work, assumed: Assumed) -> float:
    """Seconds that a work waits for the database to answer: there and back for each statement, the disk for each commit."""
    return float((work.statements + work.transactions) * assumed.round_trip_s + work.writes * assumed.commit_s)
