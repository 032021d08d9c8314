"""What cannot be tried here, reckoned: 1 to 50 workers, 100,000 sources, 10,000 channels, from what one thing costs.

    python benchmarks/simulation.py [--workers N ...] [--set NAME=VALUE ...] [--minutes M] [--seed S] [--pictures FOLDER]

A seeded simulation (``simulating/newsroom.py`` says what is in it and what is not) of the busiest hour, in which one story goes to
two fifths of all channels. What a poll, an article, a message and a wake-up cost is measured (``costs.toml``, written by
``unitcosts.py``); the load, the network, the platforms' limits and the prices are assumed (``assumptions.toml``), and each can be
set by its name. Prints where each part is full, then a line for each number of workers: how late polls and messages are, how busy
everything is, how long the breaking story takes, and what a month costs. The same seed prints the same. ``--pictures`` draws them.
``--check`` reckons instead what ``benchmarks/cluster.py`` measures, so that the model can be held against it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from simulating.charts import Chart, Line
from simulating.figures import Assumed, Costs, where_full
from simulating.loopback import Reckoned, reckon
from simulating.money import connections, month
from simulating.newsroom import Told, simulate

HEAD = (
    "workers   polls late: p50     p95     p99   crowded p99   filed p99   posts p50     p95     p99   breaking: all   posts/s"
    "   worker   desk   database   tx/s   connections   $ a month"
)


def row(told: Told, assumed: Assumed) -> str:
    """One line of the table."""
    polls, posts = told.polls.quantile, told.posts.quantile
    crowded = f"{told.crowded.quantile(0.99):.1f}" if told.crowded.values else "not asked"
    most = max(told.per_second.values(), default=0)
    return (
        f"{told.workers:7}   {polls(0.5):15.1f} {polls(0.95):7.1f} {polls(0.99):7.1f}   {crowded:>11}"
        f"   {told.filed.quantile(0.99):9.1f}"
        f"   {posts(0.5):9.1f} {posts(0.95):7.1f} {posts(0.99):7.1f}   {told_all(told, assumed):>13}   {most:7}"
        f"   {told.worker_cpu:6.0%}   {told.desk_cpu:4.0%}   {told.database_cpu:8.0%}   {told.transactions:4.0f}"
        f"   {connections(told.workers, assumed):11,}   {month(told.workers, assumed, Costs.measured()).total:9,.0f}"
    )


def told_all(told: Told, assumed: Assumed) -> str:
    """Seconds until the breaking story stood in every channel, or how many channels still waited at the end."""
    missing = assumed.breaking - len(told.breaking.values)
    return f"{missing:,} wait" if missing else f"{told.breaking.quantile(1.0):.0f} s"


def full(costs: Costs, assumed: Assumed) -> list[str]:
    """The table of where each part is full."""
    lines = [f"{'part':48} {'full at, a second':>26} {'asked':>8} {'fits':>7}   then"]
    lines += [
        f"{part.part:48} {part.rate:10,.1f} {part.unit:15} {part.asked:8,.2f} {part.times:6.1f}x   {part.then}"
        for part in where_full(costs, assumed)
    ]
    return lines


def charts(found: Sequence[Told], assumed: Assumed, costs: Costs) -> dict[str, Chart]:
    """The pictures, by the name of their file."""

    def line(name: str, value: object) -> Line:
        assert callable(value)
        return Line(name, [(told.workers, value(told)) for told in found])

    size = f"{assumed.sources:,} sources every {assumed.interval_s / 60:g} minutes, {assumed.channels:,} channels"
    return {
        "scale-delay": Chart(
            "How long things wait",
            f"Delays fall as workers are added, until they are the waits of the tick and of the platforms. {size}.",
            "workers",
            f"seconds, in the busiest hour; {size}",
            [
                line("polls, p50", lambda told: told.polls.quantile(0.5)),
                line("polls, p99", lambda told: told.polls.quantile(0.99)),
                line("messages, p50", lambda told: told.posts.quantile(0.5)),
                line("messages, p99", lambda told: told.posts.quantile(0.99)),
                line("articles, p99", lambda told: told.filed.quantile(0.99)),
            ],
            bounds=[("a minute", 60.0)],
            logarithmic=True,
            least=0.1,
        ),
        "scale-load": Chart(
            "How busy everything is",
            f"The workers' share falls with their number; the database and the desk stay as busy as the load makes them. {size}.",
            "workers",
            "share of the processors asked for, in %",
            [
                line("workers, mean", lambda told: told.worker_cpu * 100),
                line("the desk's worker", lambda told: told.desk_cpu * 100),
                line(f"database, {assumed.cores} cores", lambda told: told.database_cpu * 100),
            ],
            bounds=[("all of it", 100.0)],
        ),
        "scale-money": Chart(
            "What a month costs",
            "Costs grow by the price of a worker; database and storage are the same for any number.",
            "workers",
            "US dollars, at the prices of benchmarks/assumptions.toml",
            [
                line("all together", lambda told: month(told.workers, assumed, costs).total),
                line("workers", lambda told: month(told.workers, assumed, costs).workers),
                line("database", lambda told: month(told.workers, assumed, costs).database),
                line("storage, copies", lambda told: month(told.workers, assumed, costs).storage),
            ],
        ),
    }


def breaking(told: Told, assumed: Assumed) -> Chart:
    """How the breaking story reaches its channels, beside what the platforms allow."""
    begin = assumed.breaking_minute * 60
    waits = sorted(told.breaking.values)
    share = assumed.discord_share
    points = [(second, float(sum(wait <= second for wait in waits))) for second in (1, 2, 3, 4, 6, 8, *range(10, 121, 2), 240)]
    wanted = float(assumed.breaking)
    allowed = [(second, min(assumed.discord_per_s * (second + 1), wanted * share) + wanted * (1 - share)) for second, _ in points]
    return Chart(
        f"A breaking story on its way to {int(wanted):,} channels",
        f"Beginning {begin / 60:g} minutes in, {told.workers} workers; the limit of one Discord bot bends the curve.",
        "seconds since its messages are due",
        "channels in which it stands",
        [Line("told", points), Line("the platforms allow", allowed)],
        bounds=[("every channel", wanted)],
        marks=(1, 2, 4, 8, 20, 60, 120, 240),
    )


def checked(reckoned: Sequence[Reckoned]) -> list[str]:
    """The table that is held against a measured run."""
    lines = [
        f"{'':7}   {'a core for each worker':>44}   {'two cores for everything':>24}",
        "workers   polls/s   ms of CPU each   messages/s   ms of CPU each   polls/s   messages/s",
    ]
    for each in reckoned:
        polls, messages = each.polls, each.messages
        lines.append(
            f"{each.workers:7}   {polls.rate:7.0f}   {polls.client_ms:7.1f} + {polls.server_ms:4.1f}"
            f"   {messages.rate:10.0f}   {messages.client_ms:7.1f} + {messages.server_ms:4.1f}"
            f"   {polls.on(2):7.0f}   {messages.on(2):10.0f}"
        )
    return lines


def read(given: Sequence[str], assumed: Assumed) -> Assumed:
    """Figures set by name, as in ``interval_s=300``."""
    changed = {}
    for each in given:
        name, _, value = each.partition("=")
        changed[name] = float(value)
    return assumed.but(**changed)


def main() -> None:
    """Simulate, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", metavar="N")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="another figure of assumptions.toml")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw into this folder")
    parser.add_argument("--check", action="store_true", help="reckon what benchmarks/cluster.py measures")
    options = parser.parse_args()
    costs, assumed = Costs.measured(), Assumed.written()
    try:
        assumed = read(options.set, assumed)
    except (KeyError, ValueError) as error:
        parser.error(str(error))
    costs = costs.with_messages(assumed.message_times)
    if options.minutes:
        assumed = assumed.but(minutes=options.minutes)
    seed = assumed.seed if options.seed is None else options.seed
    if options.check:
        print("\n".join(checked([reckon(workers, costs, assumed, seed) for workers in options.workers or (1, 2, 4)])))
        return
    print("\n".join(full(costs, assumed)), end="\n\n")
    print(HEAD)
    found = []
    for workers in options.workers or assumed.workers:
        found.append(simulate(workers, costs, assumed, seed))
        print(row(found[-1], assumed), flush=True)
    if options.pictures:
        drawn = charts(found, assumed, costs)
        drawn["scale-breaking"] = breaking(next((told for told in found if told.workers >= 4), found[-1]), assumed)
        for name, chart in drawn.items():
            path = options.pictures / f"{name}.svg"
            path.write_text(chart.svg(), encoding="utf-8")
            print(f"drew {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
