"""What ``bench.py`` measures: each case is a function of the size that returns figures, run in a process of its own.

Times are CPU seconds of the process (and of its ended children), so that a busy machine changes them little.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

import archive
import burst
import contest
import corpus
import dangerous
import idle
import polling
import pushes
import rule_set

from bot.core.clock import VirtualClock
from bot.core.model import Channel, Platform, Rule
from bot.core.sources import PollRecord, QueuedItem, SourceConfig
from bot.rules.engine import Engine, RuleErrors
from bot.service.alert import Alerter, Rulebook
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
        better: ``less``, ``more``, ``wall`` (more, by the clock on the wall), ``ratio`` (must stay above 1), ``exact`` (must not
            change) or ``told`` (judged by nobody).
        note: shown beside it.
    """

    name: str
    value: float
    unit: str
    better: str = "less"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure.

    Attributes:
        articles: number of rules -> how many articles ours and pyahocorasick match.
        slow_peers: the same for one expression a rule, and for PostgreSQL: 0 leaves it out.
        rests: pushes that come after a pause of half a minute.
        burst: entries that one feed brings at once.
        archived: articles that rules are tried on.
        idle: sources of a bot that has nothing to do.
    """

    articles: Mapping[int, int]
    slow_peers: Mapping[int, tuple[int, int]]
    items: int
    commits: int
    filed: int
    feeds: int
    rests: int = 0
    burst: int = 2000
    archived: int = 4000
    idle: int = 60

    def shares(self, count: int) -> dict[str, int]:
        """Contestant -> number of articles."""
        few = dict(zip(("re", "postgresql"), self.slow_peers[count], strict=True))
        all_of_them = dict.fromkeys(("ours", "pyahocorasick", "ours.which", "pyahocorasick_tuned"), self.articles[count])
        return {**all_of_them, **{peer: articles for peer, articles in few.items() if articles}}


SIZES = {
    "small": Size(
        articles={100: 300, 1000: 300, 10_000: 60},
        slow_peers={100: (40, 0), 1000: (10, 40), 10_000: (0, 0)},
        items=10_000,
        commits=200,
        filed=1000,
        feeds=200,
    ),
    "full": Size(
        articles={100: 3000, 1000: 3000, 10_000: 3000},
        slow_peers={100: (1000, 1000), 1000: (500, 1000), 10_000: (100, 300)},
        items=50_000,
        commits=1000,
        filed=10_000,
        feeds=2000,
        rests=4,
        burst=burst.ENTRIES,
        archived=100_000,
        idle=300,
    ),
}


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all values stay below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# Rules


def match_rules(size: Size, count: int) -> list[Figure]:
    """Articles of 2 kB, one thread, the same question to our engine and to its peers."""
    wanted = rule_set.rules(7, count)
    writer = corpus.Writer(11)
    share = size.shares(count)
    items = [corpus.article(writer, number, size=1750) for number in range(max(share.values()))]
    results = contest.run(wanted, items, share)
    ours, which = results["ours"], results["ours.which"]
    name = f"rules.{count}"
    matches = sum(map(len, ours.found))
    figures = [
        Figure(f"{name}.per_cpu_s", ours.rate, "/s", "more", f"{len(items)} articles, {matches / len(items):.2f} rules match one"),
        Figure(f"{name}.which_per_cpu_s", which.rate, "/s", "more", "which rules hold and not where, as the peers are asked"),
        Figure(f"{name}.p50_us", ours.quantile(0.5), "us"),
        Figure(f"{name}.p99_us", ours.quantile(0.99), "us", "told"),
        Figure(f"{name}.compile_s", ours.build, "s"),
        Figure(f"{name}.engine_mb", ours.mb, "MB", "less" if count >= 1000 else "told", "of its own, after the last article"),
        Figure(f"{name}.matches", matches, "", "exact"),
    ]
    different = 0
    for other, theirs in results.items():
        compared = len(theirs.found)
        different += sum(one != another for one, another in zip(ours.found, theirs.found, strict=False))
        if other not in {"ours", "ours.which"}:
            judged = "told" if other in TOLD else "ratio"
            alike = sum(theirs.spent) / sum(which.spent[:compared])
            figures.append(Figure(f"{name}.which_over_{other}", alike, "x", judged, theirs.told()))
            with_places = sum(theirs.spent) / sum(ours.spent[:compared])
            figures.append(Figure(f"{name}.over_{other}", with_places, "x", judged, "though ours finds every place as well"))
    return [*figures, Figure(f"{name}.matched_otherwise", different, "", "exact", "articles that another answers otherwise")]


TOLD = {"pyahocorasick_tuned"}
"""Peers beyond what their users write: compared in every run, and no reason to fail."""


def refuse_queries() -> list[Figure]:
    """Read and compile queries one by one: the slowest of each kind."""
    figures = []
    _refuse("police drone (")  # the reader is made when it is first asked
    for name, queries in (("malformed", dangerous.malformed()), ("extreme", dangerous.extreme())):
        spent = {query: _refuse(query) for query in queries}
        slowest, accepted = max(spent, key=lambda query: spent[query][0]), sum(accepted for _, accepted in spent.values())
        told = f"of {len(queries)}; the slowest begins {slowest[:12]!a}, {len(slowest)} characters"
        figures.append(Figure(f"queries.{name}_ms", spent[slowest][0] * 1e3, "ms", note=told))
        figures.append(Figure(f"queries.{name}_accepted", accepted, "", "told", "with a remark; the tests know each by its words"))
    return figures


def _refuse(query: str) -> tuple[float, bool]:
    """CPU seconds, the best of three tries if they are short, and whether it was accepted."""
    spent: list[float] = []
    accepted = True
    while len(spent) < 3 and sum(spent) < 0.02:
        begin = time.process_time()
        try:
            Engine.compile([Rule(id="dangerous", query=query)])
        except RuleErrors:
            accepted = False
        spent.append(time.process_time() - begin)
    return min(spent), accepted


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
        Figure("store.polls_per_s", size.commits / wall, "/s", "wall", "wall time, so the disk's too"),
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
    rules = [wanted.rule() for wanted in rule_set.rules(7, 1000)]
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


def poll_feeds(size: Size) -> list[Figure]:
    """Feeds of 20 entries on loopback: a first pass, one in which nothing is new, one in which a tenth have changed."""
    results = polling.run(size.feeds)
    ours, whole, peer, bare = (results[name].passes for name in polling.CONTESTANTS)
    count = size.feeds
    figures = [
        Figure("poll.first_feeds_per_s", count / ours["first"].wall, "/s", "wall", "wall time, the feed server on the other core"),
        Figure("poll.items_missing", 20 * count - ours["first"].stored, "", "exact", f"of {20 * count}"),
        Figure("poll.again_feeds_per_s", count / ours["again"].wall, "/s", "wall", "wall time"),
        Figure("poll.not_304", count - ours["again"].unchanged, "", "exact", f"of {count}"),
        Figure(
            "poll.again_over_bare_httpx", ours["again"].cpu / bare["again"].cpu, "x", note="CPU, the same requests by httpx alone"
        ),
        Figure(
            "poll.changed_missing", count // 10 - (ours["changed"].stored - ours["first"].stored), "", "exact", "a tenth changed"
        ),
        Figure("poll.ours_peak_mb", results["ours"].peak_mb, "MB", note="PSS of our processes alone"),
        Figure("poll.whole_peak_mb", results["whole"].peak_mb, "MB", note="with every stage: texts, rules, stories, deliveries"),
        Figure("poll.whole_feeds_per_s", count / whole["first"].wall, "/s", "wall", "first pass with every stage"),
        Figure("poll.reader_peak_mb", results["reader"].peak_mb, "MB", "told"),
    ]
    for name in polling.PASSES:
        mine, theirs, least = ours[name].cpu / count * 1e3, peer[name].cpu / count * 1e3, bare[name].cpu / count * 1e3
        figures += [
            Figure(f"poll.{name}_ms_per_feed", mine, "ms", note=f"CPU; {ours[name].mb:.1f} MB of bodies"),
            Figure(f"poll.{name}_whole_ms_per_feed", whole[name].cpu / count * 1e3, "ms", note="CPU, with every stage"),
            Figure(f"poll.{name}_reader_ms_per_feed", theirs, "ms", "told", "CPU of reader, which only stores"),
            Figure(f"poll.{name}_reader_feeds_per_s", count / peer[name].wall, "/s", "told", "wall time of reader"),
            Figure(f"poll.{name}_bare_ms_per_feed", least, "ms", "told", "CPU of bare httpx requests"),
        ]
    return figures


# From a hub's POST to the chat request


def push_news(size: Size) -> list[Figure]:
    """50 pushes of one entry each to the whole bot as a process, one after the other, group_wait 0, SQLite on disk."""
    taken = asyncio.run(pushes.measure(50, size.rests))
    middle = quantile(taken.warm, 0.5) * 1e3
    figures = [
        Figure("push.p50_ms", middle, "ms", "told", "by the clock, from the hub's POST to the call of chat.postMessage"),
        Figure("push.within_250_ms", 250 / middle, "x", "ratio", "what is promised over p50"),
        Figure("push.p99_ms", quantile(taken.warm, 0.99) * 1e3, "ms", "told"),
        Figure("push.missing", taken.missing, "", "exact", "pushes that were not told in Slack"),
    ]
    if taken.cold:
        told = "after half a minute without work: the reader of documents has to start"
        figures.append(Figure("push.after_a_rest_ms", quantile(taken.cold, 0.5) * 1e3, "ms", "told", told))
    return figures


# Very much at once


def flood(size: Size) -> list[Figure]:
    """One feed brings thousands of new entries, each of which matches; the whole bot, its defaults, SQLite on disk."""
    found = asyncio.run(burst.measure(size.burst))
    turn = max(found.heart.turns.values()) * 1e3
    return [
        Figure("burst.posts", found.posts, "", "exact", f"of {size.burst} entries; max_per_hour is 20"),
        Figure("burst.digests", found.digests, "", "exact", f"an hour later; {found.told} stories told in all"),
        Figure("burst.missing", size.burst - found.stored, "", "exact", "entries not stored"),
        Figure("burst.longest_turn_ms", turn, "ms", note="CPU between two heartbeats of the event loop"),
        Figure("burst.lag_ms", max(found.heart.lags.values()) * 1e3, "ms", "told", "the same by the clock on the wall"),
    ]


# What a rule would have found


def try_rules(size: Size) -> list[Figure]:
    """Random queries tried on an archive, as ``rule add`` shows a rule before it speaks."""
    found = asyncio.run(archive.measured(size.archived))
    note = f"{len(found.cpus)} queries on {size.archived:,} articles, {statistics.median(found.looked):.0f} of them looked at"
    return [
        Figure("backtest.p50_s", statistics.median(found.cpus), "s", note=note),
        Figure("backtest.worst_s", max(found.cpus), "s", "told"),
        Figure("backtest.found", sum(found.hits), "", "exact"),
    ]


# A start, and nothing to do


def start_and_rest(size: Size) -> list[Figure]:
    """The whole program as a process, both chats connected to the stand-ins, sources without news; a database that is new."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(idle.measure(size.idle, Path(folder), lambda name, value, _: found.__setitem__(name, value)))
    rest = "PSS of the process tree, every source polled once, its articles filed, the reader of documents stopped"
    return [
        Figure("idle.start_s", found["start"], "s", "told", "by the clock, from the beginning of the process until /readyz is 200"),
        Figure("idle.start_cpu_s", found["start.cpu"], "s", note="the same in seconds of a processor"),
        Figure("idle.ready_mb", found["ready.tree"], "MB", note="PSS of the process tree when it is ready"),
        Figure("idle.polled_mb", found["polled.tree"], "MB", note="once every source was polled, with the reader of documents"),
        Figure("idle.rest_mb", found["idle.tree"], "MB", note=f"{size.idle} sources; {rest}"),
        Figure("idle.again_start_s", found["again.start"], "s", "told", "started again on that database, by the clock"),
        Figure("idle.again_start_cpu_s", found["again.start.cpu"], "s", note="the same in seconds of a processor"),
        Figure("idle.again_rest_mb", found["again.tree"], "MB", note="PSS of the process tree, with nothing to do since the start"),
        Figure("idle.rest_cpu_s_per_min", found["idle.cpu"], "s", "told"),
    ]


CASES: dict[str, Callable[[Size], list[Figure]]] = {
    **{f"rules.{count}": partial(match_rules, count=count) for count in (100, 1000, 10_000)},
    "queries": lambda _: refuse_queries(),
    "stories": group_stories,
    "store": commit_polls,
    "alert": file_items,
    "poll": poll_feeds,
    "push": push_news,
    "burst": flood,
    "backtest": try_rules,
    "idle": start_and_rest,
}
