"""Workers, a desk, a database and two platforms over half an hour: what waits where, and for how long.

A source falls due, the next tick defers its wake-up, a worker with a free hand takes it once nobody else is at its site, asks
the site, reads the answer, stores it. New articles wait for the desk, of which there is one; some wait for the reader of pages
first. What the desk plans waits for ``group_wait`` and the next tick; then one worker at a time sends in a channel, as fast as the
platform lets it. A worker has one processor for all that it does, the database so many as it has.

Promises: the same seed gives the same history; nothing is lost: what fell due was done or is still somewhere (``left``).
Not in it: machines that fail; 429 answers (who would get one waits with the job in hand, as discord.py lets it, however long it
takes); waits for locks between transactions; the people who ask; first polls of new sources.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field

from simulating.figures import Assumed, Costs, Work, wait
from simulating.stations import Calendar, Delays, Paced, Station

GOLDEN = 0.6180339887498949
"""Its multiples without their whole parts lie evenly between 0 and 1."""
PLANNED_AT_ONCE = 10
"""Messages that the desk plans before others get a turn on its processor: it waits for the database between them."""

CROWDED = 180.0
"""Seconds from the breaking story on in which polls are counted apart."""


@dataclass(slots=True)
class Job:
    """A wake-up: of a source (with its site) or of a channel.

    Attributes:
        due: since when.
        lock: what nobody else may be at.
    """

    kind: str
    number: int
    due: float
    lock: tuple[str, int]


@dataclass
class Told:
    """What came of one simulated stretch; counts and delays of what ended after the warm-up.

    Attributes:
        polls: seconds from due to the request, in everyday traffic.
        crowded: the same of those that fell due in the three minutes in which the breaking story is sent.
        filed: from stored to filed.
        posts: from the end of ``group_wait`` to the platform's answer, of messages of everyday stories.
        breaking: the same of the breaking story.
        deferred, done, left: wake-ups in all: taken in, ended, and still waiting or in a worker's hand at the end.
        planned, sent, unsent: messages in all.
        items, filings, unfiled: articles in all.
        worker_cpu, desk_cpu, database_cpu: share of their processors that was in use; of the workers the mean, and the desk's own.
        transactions: a second.
        per_second: messages sent in each second.
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


class Newsroom:
    """One stretch of time with so many workers."""

    def __init__(self, workers: int, costs: Costs, assumed: Assumed, seed: int) -> None:
        self.told = Told(workers)
        self._costs, self._assumed = costs, assumed
        self._calendar = Calendar()
        self._workers = [Station(self._calendar) for _ in range(workers)]
        self._hands = [int(assumed.jobs_in_hand)] * workers
        self._database = Station(self._calendar, int(assumed.cores))
        self._reader = Station(self._calendar)
        self._transactions = 0.0
        self._chance = {name: random.Random(f"{seed} {name}") for name in ("source", "fetch", "news", "story", "call", "worker")}
        self._due: list[Job] = []
        self._waiting: deque[Job] = deque()
        self._locked: dict[tuple[str, int], deque[Job]] = {}
        self._queue: deque[tuple[float, float]] = deque()  # articles at the desk: stored at, and the share of channels or -1
        self._filing = False
        self._deferring = self._reading = self._at_desk = 0
        self._rows: dict[int, deque[tuple[float, bool]]] = {}  # by channel: due, breaking
        self._woken: set[int] = set()
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
        calendar.at(0.0, self._tick)
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
        told.left = self._deferring + len(self._waiting) + sum(map(len, self._locked.values()))
        told.left += int(assumed.jobs_in_hand) * told.workers - sum(self._hands)
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
        self._due.append(Job("poll", number, self._calendar.now, ("site", site)))

    def _tick(self) -> None:
        """One worker defers what is due, one after the other: the last has waited for all before it."""
        now, costs, due = self._calendar.now, self._costs, self._due
        self._due = []
        worker = self._chance["worker"].randrange(len(self._workers))
        at = now
        for start in range(0, len(due), 50):
            some = due[start : start + 50]
            work = costs.defer.times(len(some))
            at = max(at + wait(work, self._assumed), self._workers[worker].serve(work.client))
            self._database.serve(work.server)
            self._transactions += work.transactions
            self._deferring += len(some)
            self._calendar.at(at, self._deferred, some)
        self.told.deferred += len(due)
        self._calendar.at(max(now + self._assumed.tick_s, at), self._tick)

    def _deferred(self, jobs: list[Job]) -> None:
        self._deferring -= len(jobs)
        drains = [job for job in jobs if job.kind == "drain"] if self._assumed.drains_first else []
        self._waiting.extendleft(reversed(drains))
        self._waiting.extend(job for job in jobs if not drains or job.kind != "drain")
        self._hand_out()

    def _hand_out(self) -> None:
        """Give what waits to whoever has a hand free; what is locked stands aside until the lock is open."""
        while self._waiting and (worker := self._idle()) is not None:
            job = self._waiting.popleft()
            if job.lock in self._locked:
                self._locked[job.lock].append(job)
                continue
            self._locked[job.lock] = deque()
            self._hands[worker] -= 1
            self._begin(job, worker)

    def _idle(self) -> int | None:
        """A worker with a free hand: any of them, as they all ask."""
        count = len(self._hands)
        start = self._chance["worker"].randrange(count)
        return next((at % count for at in range(start, start + count) if self._hands[at % count] > 0), None)

    def _begin(self, job: Job, worker: int) -> None:
        fetched = self._work(self._costs.job, worker)
        self._calendar.at(fetched, self._ask if job.kind == "poll" else self._send, job, worker)

    def _work(self, work: Work, worker: int) -> float:
        """Let a worker and the database do something; when it is done."""
        self._transactions += work.transactions
        ours, theirs = self._workers[worker].serve(work.client), self._database.serve(work.server)
        return max(ours, theirs) + wait(work, self._assumed)

    def _end(self, job: Job, worker: int) -> None:
        self.told.done += 1
        self._hands[worker] += 1
        self._hand_out()

    def _open(self, lock: tuple[str, int]) -> None:
        others = self._locked.pop(lock)
        self._waiting.extendleft(reversed(others))
        if others:
            self._hand_out()

    # ------------------------------------------------------------ polls

    def _ask(self, job: Job, worker: int) -> None:
        now, assumed = self._calendar.now, self._assumed
        if self._breaks <= job.due < self._breaks + CROWDED:
            self.told.crowded.add(now - job.due)
        elif now >= self._warm:
            self.told.polls.add(now - job.due)
        chance = self._chance["fetch"]
        took = min(chance.lognormvariate(math.log(assumed.fetch_median_s), assumed.fetch_sigma), assumed.fetch_longest_s)
        self._calendar.at(now + took, self._answered, job, worker)
        spread = job.number * GOLDEN % 1.0 * assumed.spread  # the same for a source, another for its neighbour
        self._calendar.at(now + assumed.interval_s * (1 + spread), self._source_due, job.number)

    def _answered(self, job: Job, worker: int) -> None:
        costs, chance = self._costs, self._chance["news"]
        unchanged = chance.random() < self._assumed.unchanged_share
        news = _poisson(chance, self._assumed.items_per_s / self._assumed.polls_per_s)
        work = Work(costs.unchanged if unchanged and not news else costs.whole, 0.0) + costs.poll + costs.news.times(min(news, 1))
        stored = self._work(work, worker)
        for _ in range(news):
            self._calendar.at(stored, self._stored, -1.0)
        self._calendar.at(stored, self._end, job, worker)
        self._calendar.at(stored + self._assumed.site_pause_s, self._open, job.lock)

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
        for number in numbers:
            if number not in self._woken:
                self._woken.add(number)
                self._due.append(Job("drain", number, self._calendar.now, ("channel", number)))

    def _send(self, job: Job, worker: int) -> None:
        """Send the channel's next row that is due, or end."""
        now, rows = self._calendar.now, self._rows.get(job.number)
        if not rows or rows[0][0] > now:
            self._woken.discard(job.number)
            if rows:
                self._calendar.at(rows[0][0], self._channels_due, [job.number])
            self._open(job.lock)
            self._end(job, worker)
            return
        claimed = self._work(self._costs.sent + Work(self._costs.call, 0.0), worker)
        self._calendar.at(claimed, self._call, job, worker)

    def _call(self, job: Job, worker: int) -> None:
        now, assumed = self._calendar.now, self._assumed
        allowed = self._allowed(job.number, now)
        took = self._chance["call"].lognormvariate(math.log(assumed.call_median_s), assumed.call_sigma)
        self._calendar.at(allowed + took, self._sent, job, worker)

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

    def _sent(self, job: Job, worker: int) -> None:
        now = self._calendar.now
        due, breaking = self._rows[job.number].popleft()
        if not self._rows[job.number]:
            del self._rows[job.number]
        self.told.sent += 1
        if now >= self._warm:
            (self.told.breaking if breaking else self.told.posts).add(now - due)
            self.told.per_second[int(now)] = self.told.per_second.get(int(now), 0) + 1
        self._send(job, worker)


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
