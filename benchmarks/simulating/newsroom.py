"""Workers, a desk, a database and two platforms over half an hour: what waits where, and for how long.

A source falls due; the desk looks every second and has its site visited; a worker with a free hand does that once nobody else is
there: it asks the site's sources one after the other, reads the answers, stores them. New articles wait for the desk, of which
there is one; some wait for the reader of pages first. What the desk plans waits for ``group_wait`` and the next look; then one
worker at a time sends in a channel, as fast as the platform lets it. A worker has one processor for all that it does, and hands
for visits apart from hands for sends, each with a queue of its own; the database has so many processors as it has. Wake-ups are
taken in the order of what they claim (``bot/core/fairshare.py``): all sources count as the operator's own.

Promises: the same seed gives the same history; nothing is lost: what fell due was done or is still somewhere (``left``).
Not in it: machines that fail; 429 answers (who would get one waits with the job in hand, as discord.py lets it, however long it
takes); waits for locks between transactions; the people who ask; first polls of new sources.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field

from simulating.figures import Assumed, Costs, Work, wait
from simulating.stations import Calendar, Delays, Paced, Station

MOST_OF_A_SITE = 20
"""Sources of one visit (``bot/service/sharedpoll.py``)."""
GOLDEN = 0.6180339887498949
"""Its multiples without their whole parts lie evenly between 0 and 1."""
PLANNED_AT_ONCE = 10
"""Messages that the desk plans before others get a turn on its processor: it waits for the database between them."""
SITE, CHANNEL = "site", "channel"
"""What a wake-up is of. Each kind has a queue and hands of its own (``bot/scheduler/cluster.py``, ``VISITS`` and ``SENDS``)."""
CROWDED = 180.0
"""Seconds from the breaking story on in which polls are counted apart."""


@dataclass(slots=True)
class Job:
    """A wake-up: of a site, with its sources that are due (each since when), or of a channel.

    Attributes:
        lock: what nobody else may be at, and what only one such wake-up waits for: its kind, and its number.
        sources: nothing for a channel.
    """

    lock: tuple[str, int]
    sources: deque[tuple[int, float]] = field(default_factory=deque)


@dataclass
class Told:
    """What came of one simulated stretch; counts and delays of what ended after the warm-up.

    Attributes:
        polls: seconds from due to the request, in everyday traffic.
        crowded: the same of those that fell due in the three minutes in which the breaking story is sent.
        filed: from stored to filed.
        posts: from the end of ``group_wait`` to the platform's answer, of messages of everyday stories.
        breaking: the same of the breaking story.
        deferred, done, left: sources in all: given to the queue, asked, and still waiting or in a worker's hand at the end.
        planned, sent, unsent: messages in all.
        items, filings, unfiled: articles in all.
        worker_cpu, desk_cpu, database_cpu: share of their processors that was in use; of the workers the mean, and the desk's own.
        transactions: a second.
        per_second: messages sent in each second.
        last_sent: when the last message was.
    """

    workers: int
    polls: Delays = field(default_factory=Delays)
    crowded: Delays = field(default_factory=Delays)
    filed: Delays = field(default_factory=Delays)
    posts: Delays = field(default_factory=Delays)
    breaking: Delays = field(default_factory=Delays)
    deferred: int = 0
    done: int = 0
    left: int = 0
    planned: int = 0
    sent: int = 0
    unsent: int = 0
    items: int = 0
    filings: int = 0
    unfiled: int = 0
    worker_cpu: float = 0.0
    desk_cpu: float = 0.0
    database_cpu: float = 0.0
    transactions: float = 0.0
    per_second: dict[int, int] = field(default_factory=dict)
    last_sent: float = 0.0


class Newsroom:
    """One stretch of time with so many workers."""

    def __init__(self, workers: int, costs: Costs, assumed: Assumed, seed: int) -> None:
        self.told = Told(workers)
        self._costs, self._assumed = costs, assumed
        self._calendar = Calendar()
        self._workers = [Station(self._calendar) for _ in range(workers)]
        self._hands = {kind: [int(assumed.jobs_in_hand)] * workers for kind in (SITE, CHANNEL)}
        self._database = Station(self._calendar, int(assumed.cores))
        self._reader = Station(self._calendar)
        self._transactions = 0.0
        self._chance = {name: random.Random(f"{seed} {name}") for name in ("source", "fetch", "news", "story", "call", "worker")}
        self._due: dict[int, deque[tuple[int, float]]] = {}  # by site
        self._ready_channels: dict[int, None] = {}
        self._waiting: dict[str, list[tuple[float, int, Job]]] = {SITE: [], CHANNEL: []}
        self._deferred = 0
        self._queued: set[tuple[str, int]] = set()
        self._locked: dict[tuple[str, int], list[tuple[float, int, Job]]] = {}
        self._in_hand: dict[int, Job] = {}
        self._queue: deque[tuple[float, float]] = deque()  # articles at the desk: stored at, and the share of channels or -1
        self._filing = False
        self._reading = self._at_desk = 0
        self._rows: dict[int, deque[tuple[float, bool]]] = {}  # by channel: due, breaking
        self._discord = Paced(assumed.discord_per_s, burst=int(assumed.discord_per_s))
        self._slack = [Paced(assumed.slack_workspace_per_s, burst=10) for _ in range(int(assumed.slack_workspaces))]
        self._channel: dict[int, Paced] = {}
        self._where = [self._chance["source"].random() for _ in range(int(assumed.sources))]
        self._warm = assumed.warm_minutes * 60
        self._breaks = assumed.breaking_minute * 60

    def run(self) -> Told:
        """Let the time pass."""
        assumed, calendar, told = self._assumed, self._calendar, self.told
        end = assumed.minutes * 60
        chance = self._chance["source"]
        for number in range(int(assumed.sources)):
            calendar.at(chance.random() * assumed.interval_s, self._source_due, number)
        calendar.at(0.0, self._look_around)
        for _ in range(int(assumed.breaking_stories)):
            calendar.at(self._breaks, self._stored, assumed.breaking_share)
        before = [0.0, 0.0, 0.0, 0.0]
        calendar.at(self._warm, self._look, before)
        calendar.run(end)
        seconds = end - self._warm
        now = self._used()
        spent = [later - earlier for later, earlier in zip(now, before, strict=True)]
        told.worker_cpu = spent[0] / seconds / told.workers
        told.desk_cpu = spent[1] / seconds
        told.database_cpu = spent[2] / seconds / assumed.cores
        told.transactions = spent[3] / seconds
        somewhere = [entry[2] for entries in (*self._waiting.values(), *self._locked.values()) for entry in entries]
        told.left = sum(len(job.sources) for job in (*somewhere, *self._in_hand.values()))
        told.unfiled = self._reading + len(self._queue) + self._at_desk
        told.unsent = sum(map(len, self._rows.values()))
        return told

    def _used(self) -> list[float]:
        return [sum(each.busy for each in self._workers), self._workers[0].busy, self._database.busy, self._transactions]

    def _look(self, into: list[float]) -> None:
        into[:] = self._used()

    # ------------------------------------------------------------ wake-ups

    def _source_due(self, number: int) -> None:
        site = int(self._assumed.sites * self._where[number] ** self._assumed.site_skew)
        self._due.setdefault(site, deque()).append((number, self._calendar.now))

    def _look_around(self) -> None:
        """The desk looks for what is due, and has it done by whoever has room."""
        now, costs, assumed = self._calendar.now, self._costs, self._assumed
        done = self._work(costs.look.times(assumed.sources / costs.looked_at), 0)
        jobs = []
        for site in [site for site in self._due if (SITE, site) not in self._queued]:
            due = self._due[site]
            jobs.append(Job((SITE, site), deque(due.popleft() for _ in range(min(len(due), MOST_OF_A_SITE)))))
            if not due:
                del self._due[site]
        self.told.deferred += sum(len(job.sources) for job in jobs)
        drains = [Job((CHANNEL, number)) for number in self._ready_channels if (CHANNEL, number) not in self._queued]
        for job in drains:
            del self._ready_channels[job.lock[1]]
        done = max(done, self._work(costs.defer.times(len(jobs) + len(drains)), 0))
        workspaces = int(assumed.slack_workspaces)
        claims = [(now + place, job) for place, job in enumerate(jobs)]
        claims += [(now + place // workspaces, job) for place, job in enumerate(drains)]
        for claim, job in claims:
            self._deferred += 1
            self._queued.add(job.lock)
            heapq.heappush(self._waiting[job.lock[0]], (claim, self._deferred, job))
        for kind in self._waiting:
            self._calendar.at(done, self._hand_out, kind)
        self._calendar.at(max(now + assumed.tick_s, done), self._look_around)

    def _hand_out(self, kind: str) -> None:
        """Give what waits to whoever has a hand free for it; what is locked stands aside until the lock is open."""
        waiting, hands = self._waiting[kind], self._hands[kind]
        while waiting and (worker := self._idle(hands)) is not None:
            entry = heapq.heappop(waiting)
            job = entry[2]
            if job.lock in self._locked:
                self._locked[job.lock].append(entry)
                continue
            self._locked[job.lock] = []
            self._queued.discard(job.lock)
            hands[worker] -= 1
            self._in_hand[entry[1]] = job
            fetched = self._work(self._costs.job, worker)
            self._calendar.at(fetched, self._visit if kind == SITE else self._send, job, worker, entry[1])

    def _idle(self, hands: list[int]) -> int | None:
        """A worker with a free hand of these: any of them, as they all ask."""
        count = len(hands)
        start = self._chance["worker"].randrange(count)
        return next((at % count for at in range(start, start + count) if hands[at % count] > 0), None)

    def _work(self, work: Work, worker: int) -> float:
        """Let a worker and the database do something; when it is done."""
        self._transactions += work.transactions
        ours, theirs = self._workers[worker].serve(work.client), self._database.serve(work.server)
        return max(ours, theirs) + wait(work, self._assumed)

    def _end(self, job: Job, worker: int, key: int) -> None:
        del self._in_hand[key]
        kind = job.lock[0]
        self._hands[kind][worker] += 1
        for entry in self._locked.pop(job.lock):
            heapq.heappush(self._waiting[kind], entry)
        self._hand_out(kind)

    # ------------------------------------------------------------ polls

    def _visit(self, job: Job, worker: int, key: int) -> None:
        """Ask the site's next source, or end."""
        if not job.sources:
            self._end(job, worker, key)
            return
        now, assumed = self._calendar.now, self._assumed
        number, due = job.sources[0]
        if self._breaks <= due < self._breaks + CROWDED:
            self.told.crowded.add(now - due)
        elif now >= self._warm:
            self.told.polls.add(now - due)
        chance = self._chance["fetch"]
        took = min(chance.lognormvariate(math.log(assumed.fetch_median_s), assumed.fetch_sigma), assumed.fetch_longest_s)
        self._calendar.at(now + took, self._answered, job, worker, key)
        spread = number * GOLDEN % 1.0 * assumed.spread  # the same for a source, another for its neighbour
        self._calendar.at(now + assumed.interval_s * (1 + spread), self._source_due, number)

    def _answered(self, job: Job, worker: int, key: int) -> None:
        costs, chance = self._costs, self._chance["news"]
        unchanged = chance.random() < self._assumed.unchanged_share
        news = _poisson(chance, self._assumed.items_per_s / self._assumed.polls_per_s)
        work = Work(costs.unchanged if unchanged and not news else costs.whole, 0.0) + costs.poll + costs.news.times(min(news, 1))
        stored = self._work(work, worker)
        for _ in range(news):
            self._calendar.at(stored, self._stored, -1.0)
        self._calendar.at(stored, self._asked, job, worker, key)

    def _asked(self, job: Job, worker: int, key: int) -> None:
        self.told.done += 1
        job.sources.popleft()
        pause = self._assumed.site_pause_s if job.sources else 0.0
        self._calendar.at(self._calendar.now + pause, self._visit, job, worker, key)

    # ------------------------------------------------------------ the desk, at the first worker

    def _stored(self, share: float) -> None:
        """An article is in the database; one of a breaking story (``share`` of all channels) needs no page."""
        now, chance = self._calendar.now, self._chance["news"]
        self.told.items += 1
        if share < 0 and chance.random() < self._assumed.page_share:
            read = self._reader.serve(self._costs.page)
            fetched = chance.lognormvariate(math.log(self._assumed.fetch_median_s), self._assumed.fetch_sigma)
            self._reading += 1
            self._calendar.at(max(read, now + min(fetched, self._assumed.fetch_longest_s)), self._has_read, now)
        else:
            self._ready(now, share)

    def _has_read(self, since: float) -> None:
        self._reading -= 1
        self._ready(since, -1.0)

    def _ready(self, since: float, share: float) -> None:
        self._queue.append((since, share))
        if not self._filing:
            self._filing = True
            self._calendar.at(self._calendar.now, self._file)

    def _file(self) -> None:
        """File a batch, article by article, because others get their turns between; it is committed whole."""
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), int(self._assumed.batch)))]
        if not batch:
            self._filing = False
            return
        self._at_desk = len(batch)
        self._one(batch, 0, [])

    def _one(self, batch: list[tuple[float, float]], at: int, planned: list[tuple[int, bool]]) -> None:
        if at == len(batch):
            self._filed(batch, planned)
            return
        share, chance, assumed = batch[at][1], self._chance["story"], self._assumed
        if share >= 0:
            channels = range(int(assumed.channels))
            planned += [(number, True) for number in chance.sample(channels, int(share * assumed.channels))]
            count = int(share * assumed.channels)
        elif chance.random() < assumed.story_share:
            count = min(int(assumed.channels), 1 + int(chance.expovariate(1 / max(assumed.channels_per_story - 0.5, 0.5))))
            planned += [(chance.randrange(int(assumed.channels)), False) for _ in range(count)]
        else:
            count = 0
        done = self._work(self._costs.filed, 0)
        self._calendar.at(done, self._plan, batch, at, planned, count)

    def _plan(self, batch: list[tuple[float, float]], at: int, planned: list[tuple[int, bool]], count: int) -> None:
        """Plan some messages of an article, then let others have their turn."""
        if not count:
            self._one(batch, at + 1, planned)
            return
        some = min(count, PLANNED_AT_ONCE)
        self._calendar.at(self._work(self._costs.planned.times(some), 0), self._plan, batch, at, planned, count - some)

    def _filed(self, batch: list[tuple[float, float]], planned: list[tuple[int, bool]]) -> None:
        now = self._calendar.now
        self.told.filings += len(batch)
        self._at_desk = 0
        if now >= self._warm:
            for since, _ in batch:
                self.told.filed.add(now - since)
        self.told.planned += len(planned)
        due = now + self._assumed.group_wait_s
        for number, breaking in planned:
            self._rows.setdefault(number, deque()).append((due, breaking))
        self._calendar.at(due, self._channels_due, sorted({number for number, _ in planned}))
        self._file()

    # ------------------------------------------------------------ messages

    def _channels_due(self, numbers: list[int]) -> None:
        self._ready_channels.update(dict.fromkeys(numbers))

    def _send(self, job: Job, worker: int, key: int) -> None:
        """Send the channel's next row that is due, or end."""
        now, rows = self._calendar.now, self._rows.get(job.lock[1])
        if not rows or rows[0][0] > now:
            self._end(job, worker, key)
            return
        claimed = self._work(self._costs.sent + Work(self._costs.call, 0.0), worker)
        self._calendar.at(claimed, self._call, job, worker, key)

    def _call(self, job: Job, worker: int, key: int) -> None:
        now, assumed = self._calendar.now, self._assumed
        allowed = self._allowed(job.lock[1], now)
        took = self._chance["call"].lognormvariate(math.log(assumed.call_median_s), assumed.call_sigma)
        self._calendar.at(allowed + took, self._sent, job, worker, key)

    def _allowed(self, number: int, now: float) -> float:
        """When the platform takes it: its own limit for a channel, and that of the bot or of the workspace."""
        assumed = self._assumed
        discord = number < assumed.channels * assumed.discord_share
        if number not in self._channel:
            burst = int(assumed.discord_channel) if discord else 1
            every = assumed.discord_channel_s / assumed.discord_channel if discord else assumed.slack_channel_s
            self._channel[number] = Paced(1 / every, burst)
        shared = self._discord if discord else self._slack[number % len(self._slack)]
        return max(shared.take(now), self._channel[number].take(now))

    def _sent(self, job: Job, worker: int, key: int) -> None:
        now, number = self._calendar.now, job.lock[1]
        due, breaking = self._rows[number].popleft()
        if not self._rows[number]:
            del self._rows[number]
        self.told.sent += 1
        self.told.last_sent = now
        if now >= self._warm:
            (self.told.breaking if breaking else self.told.posts).add(now - due)
            self.told.per_second[int(now)] = self.told.per_second.get(int(now), 0) + 1
        self._send(job, worker, key)


def _poisson(chance: random.Random, mean: float) -> int:
    """How many come, of a mean that is small (Knuth's method: multiply until it is enough)."""
    least, product, count = math.exp(-mean), chance.random(), 0
    while product > least:
        product *= chance.random()
        count += 1
    return count


def simulate(workers: int, costs: Costs, assumed: Assumed, seed: int = 1) -> Told:
    """One stretch with so many workers."""
    return Newsroom(workers, costs, assumed, seed).run()
