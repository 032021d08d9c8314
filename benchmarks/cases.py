"""What ``bench.py`` measures: each case is a function of the size that returns figures, run in a process of its own.

Times are CPU seconds of the process (and of its ended children), so that a busy machine changes them little.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import corpus
import httpx

from bot.core.clock import VirtualClock
from bot.core.model import Channel, Item, Match, Platform
from bot.core.records import PollRecord, QueuedItem, SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.rules.engine import Engine
from bot.sandbox.pool import Sandbox
from bot.service.alert import Alerter, Rulebook
from bot.service.poll import Poller
from bot.sources import registry
from bot.store.database import Store
from bot.stories.cluster import decide
from bot.stories.fingerprint import fingerprint
from bot.stories.index import MemoryIndex
from bot.stories.model import build_model


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        name: stable; ``figures.toml`` knows it by this.
        better: ``less``, ``more``, ``ratio`` (must stay above 1) or ``exact`` (must not change).
        note: shown beside it.
    """

    name: str
    value: float
    unit: str
    better: str = "less"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure."""

    articles: int
    peer_articles: int
    rules: tuple[int, ...]
    items: int
    commits: int
    filed: int
    feeds: int


SIZES = {
    "small": Size(articles=400, peer_articles=60, rules=(100, 1000), items=10_000, commits=200, filed=1000, feeds=200),
    "full": Size(articles=3000, peer_articles=300, rules=(100, 1000, 10_000), items=50_000, commits=1000, filed=10_000, feeds=2000),
}


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all values stay below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# Rules


def match_rules(size: Size) -> list[Figure]:
    """One thread, articles of 2 kB; the peer is what anybody would write first: one regular expression a rule."""
    writer = corpus.Writer(11)
    articles = [corpus.article(writer, number) for number in range(size.articles)]
    figures = []
    for count in size.rules:
        clauses = corpus.rules(7, count)
        engines: list[Engine] = []
        compiling = cpu(
            lambda clauses=clauses, engines=engines: engines.append(Engine.compile([clause.rule() for clause in clauses]))
        )
        engine = engines[0]
        engine.match(articles[0])
        found: list[tuple[Match, ...]] = []
        ours = cpu(lambda engine=engine, found=found: found.extend(map(engine.match, articles))) / len(articles)
        peers = [(clause.id, _pattern(clause)) for clause in clauses]
        some = articles[: max(5, size.peer_articles * 100 // count)]
        by_peer: list[list[str]] = []
        theirs = cpu(lambda peers=peers, some=some, by_peer=by_peer: by_peer.extend(_naive(peers, item) for item in some)) / len(
            some
        )
        different = sum(
            [match.rule_id for match in matches] != names for matches, names in zip(found[: len(some)], by_peer, strict=True)
        )
        figures += [
            Figure(
                f"rules.{count}.ms_per_article",
                ours * 1e3,
                "ms",
                note=f"{sum(map(len, found)) / len(articles):.2f} rules match an article",
            ),
            Figure(f"rules.{count}.compile_s", compiling, "s"),
            Figure(f"rules.{count}.over_one_re_per_rule", theirs / ours, "x", "ratio", f"the peer needs {theirs * 1e3:.1f} ms"),
            Figure(f"rules.{count}.articles_matched_otherwise", different, "", "exact", f"of {len(some)} compared with the peer"),
        ]
    return figures


def _pattern(clauses: corpus.Clauses) -> re.Pattern[str]:
    """One expression for a whole rule: a look-ahead a group, a negative one for what must not occur."""
    wanted = "".join(rf"(?=.*\b(?:{'|'.join(map(_words, group))})\b)" for group in clauses.all)
    refused = "".join(rf"(?!.*\b{_words(phrase)}\b)" for phrase in clauses.none)
    return re.compile(wanted + refused, re.DOTALL | re.IGNORECASE)


def _words(phrase: tuple[str, ...]) -> str:
    """A phrase, exact; a single word also in its regular plural, as the rule language has it (all words here are plain)."""
    if len(phrase) > 1:
        return r"[^\w\0]+".join(phrase)
    (word,) = phrase
    if len(word) < 4:
        return word
    if re.search(r"[^aeiou]y$", word):
        return rf"(?:{word}|{word[:-1]}ies)"
    return word + (r"(?:es)?" if re.search(r"(?:[sxz]|ch|sh)$", word) else "s?")


def _naive(peers: Sequence[tuple[str, re.Pattern[str]]], item: Item) -> list[str]:
    text = f"{item.title}\0{item.summary}\0{item.content_text}"
    return [name for name, pattern in peers if pattern.match(text)]


# Stories


def group_stories(size: Size) -> list[Figure]:
    """A stream in order of arrival, every item counted as matched, neighbours looked up in memory."""
    items = corpus.stream(23, size.items)
    model = build_model(frozenset())
    index = MemoryIndex(model)
    spent: list[float] = []
    tiers: dict[str, int] = {}
    for order, item in enumerate(items):
        begin = time.process_time()
        mark = fingerprint(item, order, model)
        change = decide(mark, True, index.members_like(mark.keys, mark.terms), index.stories, model)
        index.apply(change, mark, matched=True, now=item.first_seen)
        spent.append(time.process_time() - begin)
        tiers[change.tier] = tiers.get(change.tier, 0) + 1
    told = ", ".join(f"{count} {tier}" for tier, count in sorted(tiers.items()))
    return [
        Figure("stories.ms_per_item", statistics.fmean(spent) * 1e3, "ms", note=told),
        Figure("stories.p99_ms", quantile(spent, 0.99) * 1e3, "ms", note=f"p50 {quantile(spent, 0.5) * 1e3:.2f} ms"),
        Figure("stories.last_tenth_ms", statistics.fmean(spent[-len(spent) // 10 :]) * 1e3, "ms", note="grows if neighbours do"),
    ]


# Store


def commit_polls(size: Size) -> list[Figure]:
    """SQLite on disk, synchronous FULL: one transaction a poll with 20 new items."""
    return asyncio.run(_commit_polls(size))


async def _commit_polls(size: Size) -> list[Figure]:
    writer = corpus.Writer(31)
    clock = VirtualClock(corpus.START)
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:{Path(folder) / 'bench.db'}")
        configs = [SourceConfig(id=f"source{number}", kind="feed", url=f"https://s{number}.example/") for number in range(40)]
        await store.declare_sources(configs, clock.now())
        states = await store.source_states()
        records = []
        for number in range(size.commits):
            source = f"source{number % 40}"
            items = [replace(corpus.article(writer, 20 * number + row, size=600), source_id=source) for row in range(20)]
            records.append(PollRecord(states[source], tuple((item, None) for item in items)))
        begin, begin_cpu = time.perf_counter(), time.process_time()
        for record in records:
            await store.commit_poll(record, clock.now())
        wall, used = time.perf_counter() - begin, time.process_time() - begin_cpu
        stored = await store.queued_count()
        await store.close()
    return [
        Figure("store.ms_per_poll", used / size.commits * 1e3, "ms", note="CPU of one poll of 20 new items"),
        Figure("store.polls_per_s", size.commits / wall, "/s", "more", "wall time, so the disk's too"),
        Figure("store.items_lost", 20 * size.commits - stored, "", "exact", f"of {20 * size.commits}"),
    ]


# The way from queued items to committed deliveries


class _AllReady:
    """A reader whose items have their text already."""

    def ready(self, queued: Sequence[QueuedItem]) -> list[QueuedItem]:
        return list(queued)

    def forget(self, item_ids: Sequence[str]) -> None:
        """Nothing is remembered."""


def file_items(size: Size) -> list[Figure]:
    """Match, decide, plan and commit, 1,000 rules, one channel, SQLite on disk, in batches as the bot makes them."""
    return asyncio.run(_file_items(size))


async def _file_items(size: Size) -> list[Figure]:
    clauses = corpus.rules(7, 1000)
    rules = [clause.rule() for clause in clauses]
    engine = Engine.compile(rules)
    items = corpus.stream(41, size.filed)
    clock = VirtualClock(max(item.first_seen for item in items).astimezone(UTC) + timedelta(minutes=1))
    channel = Channel("bench", Platform.CONSOLE, "bench")
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:{Path(folder) / 'bench.db'}")
        sources = sorted({item.source_id for item in items})
        await store.declare_sources(
            [SourceConfig(id=name, kind="feed", url=f"https://{name}.example/") for name in sources], clock.now()
        )
        states = await store.source_states()
        for start in range(0, len(items), 20):
            batch = items[start : start + 20]
            await store.commit_poll(PollRecord(states[batch[0].source_id], tuple((item, None) for item in batch)), clock.now())
        deliveries: list[int] = []
        batches: list[float] = []
        alerter = Alerter(
            store=store,
            rulebook=Rulebook(engine, {rule.id: rule for rule in rules}, {channel.id: channel}),
            model=build_model(frozenset()),
            reader=_AllReady(),
            clock=clock,
            on_filed=lambda filed: deliveries.append(len(filed.deliveries)),
            at=lambda point: batches.append(time.process_time()) if point in {"alert.begin", "alert.committed"} else None,
        )
        filed = await alerter.file_ready()
        left = await store.queued_count()
        await store.close()
    spent = [end - begin for begin, end in zip(batches[::2], batches[1::2], strict=True)]
    per_item = [seconds / 50 for seconds in spent]
    return [
        Figure("alert.ms_per_item", sum(spent) / filed * 1e3, "ms", note=f"{sum(deliveries)} deliveries planned"),
        Figure("alert.worst_batch_ms_per_item", max(per_item) * 1e3, "ms"),
        Figure("alert.items_left", left, "", "exact", f"of {size.filed}"),
    ]


# From the feeds' servers to the store


@dataclass(frozen=True, slots=True)
class _Net:
    """Settings of the network: loopback is let through."""

    allow: tuple[IPv4Network, ...]
    allow_ports: tuple[int, ...]
    contact: str = "mailto:bench@example.org"
    proxy: None = None
    ca_file: None = None


def poll_feeds(size: Size) -> list[Figure]:
    """Feeds of 20 entries on loopback: a first pass (fetch, parse, store, keys) and a pass in which nothing is new."""
    command = [sys.executable, str(Path(__file__).with_name("feed_server.py")), str(size.feeds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        addresses: list[str] = json.loads(server.stdout.readline())
        figures = asyncio.run(_poll_feeds(addresses))
        server.communicate("")
    return figures


def used() -> float:
    """CPU seconds of this process, and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


async def _poll_feeds(addresses: Sequence[str]) -> list[Figure]:
    count = len(addresses)
    clock = VirtualClock(corpus.START)
    configs = {f"feed{number}": SourceConfig(id=f"feed{number}", kind="feed", url=url) for number, url in enumerate(addresses)}
    ports = tuple({int(url.split(":")[2].split("/")[0]) for url in addresses})
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:{Path(folder) / 'bench.db'}")
        await store.declare_sources(list(configs.values()), clock.now())
        async with Fetcher(_Net((IPv4Network("127.0.0.0/8"),), ports), clock=clock) as fetcher:
            sandbox = Sandbox()

            async def ask(config: SourceConfig, state: SourceState, now: datetime) -> registry.Polled:
                validators = registry.Validators(state.etag, state.last_modified)
                return await registry.poll(config, validators, fetcher=fetcher, sandbox=sandbox, now=now)

            poller = Poller(configs, store=store, ask=ask, clock=clock, on_news=lambda: None, at=lambda _: None)
            begin, begin_cpu = time.perf_counter(), used()
            results = await poller.poll_all_due()
            wall = time.perf_counter() - begin
            await sandbox.close()  # so that the workers' time counts
            first_cpu = used() - begin_cpu
            stored = await store.queued_count()
            failed = sum(bool(result.error) for result in results)
            clock.advance(timedelta(days=1))
            sandbox = Sandbox()
            begin, begin_cpu = time.perf_counter(), used()
            again = await poller.poll_all_due()
            wall_again = time.perf_counter() - begin
            await sandbox.close()
            again_cpu = used() - begin_cpu
            unchanged = sum(result.not_modified for result in again)
        states = await store.source_states()
        await store.close()
    bare = await _bare_requests([(url, states[f"feed{number}"].etag) for number, url in enumerate(addresses)])
    return [
        Figure("poll.first_ms_per_feed", first_cpu / count * 1e3, "ms", note="CPU of fetching, parsing and storing 20 entries"),
        Figure("poll.first_feeds_per_s", count / wall, "/s", "more", "wall time, the feed server on the other core"),
        Figure("poll.items_missing", 20 * count - stored, "", "exact", f"of {20 * count}; {failed} feeds failed"),
        Figure("poll.again_ms_per_feed", again_cpu / count * 1e3, "ms", note="CPU, every answer 304"),
        Figure("poll.again_feeds_per_s", count / wall_again, "/s", "more", "wall time"),
        Figure("poll.not_304", count - unchanged, "", "exact", f"of {count}"),
        Figure("poll.again_over_bare_httpx", again_cpu / bare, "x", note=f"bare requests need {bare / count * 1e3:.2f} ms a feed"),
    ]


async def _bare_requests(conditions: Sequence[tuple[str, bytes | None]]) -> float:
    """CPU seconds of the same conditional requests by httpx alone, as many at a time."""
    gate = asyncio.Semaphore(16)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=32)
    async with httpx.AsyncClient(trust_env=False, limits=limits) as client:

        async def ask(url: str, etag: bytes | None) -> int:
            async with gate:
                return (await client.get(url, headers=[(b"If-None-Match", etag or b"")])).status_code

        begin = used()
        answers = await asyncio.gather(*(ask(url, etag) for url, etag in conditions))
        spent = used() - begin
    assert set(answers) == {304}
    return spent


CASES: dict[str, Callable[[Size], list[Figure]]] = {
    "rules": match_rules,
    "stories": group_stories,
    "store": commit_polls,
    "alert": file_items,
    "poll": poll_feeds,
}
