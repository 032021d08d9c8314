"""``run``, ``replay`` and ``demo``: the main job, live, on past articles, and on a sample newsroom."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from enum import StrEnum
from pathlib import Path
from types import EllipsisType
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli.lines import print_row
from bot.cli.logs import LogFormat, LogLevel, configure
from bot.core.errors import ConfigError, UserInputError

CONFIG = Path("config.toml")
OVERDUE = 1.0
"""Seconds that a process takes at the most once its work is over."""


class Format(StrEnum):
    """How results are printed: for people, or one JSON object a line for programs."""

    TEXT = "text"
    JSONL = "jsonl"


ConfigOption = Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")]
OptionalConfig = Annotated[Path | None, typer.Option("-c", "--config", help="The configuration file.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, jsonl for programs.")]
LogOption = Annotated[LogLevel, typer.Option("--log-level", help="How much is logged on standard error.")]
LogFormatOption = Annotated[LogFormat, typer.Option("--log-format", help="text for people, json for programs.")]
ListenOption = Annotated[
    str | None, typer.Option("--listen", help="HOST:PORT for /healthz, /readyz and /metrics instead of web.listen; none: nowhere.")
]
ShowOption = Annotated[str, typer.Option("--show", help="Which rows: items, matches, stories, deliveries; several with commas.")]

NOWHERE = "none"
ROWS = ("items", "matches", "stories", "deliveries")
ALL_ROWS = ",".join(ROWS)


def chosen_rows(show: str) -> frozenset[str]:
    """The rows named in ``--show``.

    Raises:
        UserInputError: a name is not one of items, matches, stories, deliveries.
    """
    names = [name.strip() for name in show.split(",") if name.strip()]
    unknown = [name for name in names if name not in ROWS]
    if unknown or not names:
        raise UserInputError(f"--show {show!r}: choose from {', '.join(ROWS)}, several separated by commas.")
    return frozenset(names)


def run(
    config: ConfigOption = CONFIG,
    once: Annotated[bool, typer.Option("--once", help="Poll everything due, deliver what is pending, and end.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show messages instead of sending; the database stays as it was.")
    ] = False,
    listen: ListenOption = None,
    output: FormatOption = Format.TEXT,
    show: ShowOption = "deliveries",
    log_level: LogOption = LogLevel.INFO,
    log_format: LogFormatOption = LogFormat.TEXT,
) -> None:
    """Run the bot: poll the sources, match, fold into stories, deliver."""
    with starting(reloads=not once):
        configure(log_level, log_format)
        _run(config, output, show, listen, once=once, dry_run=dry_run)


def beside_others(duty: str, told: str, *, listen_by_file: bool = False) -> Callable[..., None]:
    """A verb for one duty of several processes on one PostgreSQL.

    Args:
        duty: a ``bot.core.duties.Duty``.
        told: what its help says.
        listen_by_file: whether it listens where the file says unless told otherwise; else only where it is told to.
    """

    def verb(
        config: ConfigOption = CONFIG,
        listen: ListenOption = None,
        output: FormatOption = Format.TEXT,
        show: ShowOption = "deliveries",
        log_level: LogOption = LogLevel.INFO,
        log_format: LogFormatOption = LogFormat.TEXT,
    ) -> None:
        with starting(reloads=True):
            configure(log_level, log_format)
            _run(config, output, show, listen if listen_by_file else listen or NOWHERE, duty=duty)

    verb.__doc__ = told
    return verb


worker = beside_others("work", "Work beside others on one PostgreSQL: ask sources, file articles, send messages. Hears no chat.")
gateway = beside_others("chat", "Hear and answer commands in the chats, beside workers on one PostgreSQL.")
web = beside_others(
    "web",
    "Serve what is asked over HTTP, beside workers on one PostgreSQL: Slack's requests, the callbacks of hubs.",
    listen_by_file=True,
)


@contextlib.contextmanager
def starting(*, reloads: bool) -> Iterator[None]:
    """Answer signals as a running bot does from the first moment on, until its loop listens: that takes a second of imports.

    SIGTERM ends the process with 0, at once: nothing has begun that would have to be ended; a new database (``bot.store.apart``) is
    made wholly or not at all. A SIGHUP has nothing to read
    again yet, and must not end a bot that would read its file again a moment later.
    """
    before = [(signal.SIGTERM, signal.signal(signal.SIGTERM, lambda *_: os._exit(0)))]
    if reloads and hasattr(signal, "SIGHUP"):  # a function, not SIG_IGN, which the children would inherit
        before.append((signal.SIGHUP, signal.signal(signal.SIGHUP, lambda *_: None)))
    try:
        yield
    finally:
        for number, answer in before:
            signal.signal(number, answer)


def address_of(text: str | None) -> tuple[str, int] | EllipsisType | None:
    """What ``--listen`` says: an address, ``none`` for not at all; without it, the file says.

    Raises:
        UserInputError: it is neither.
    """
    from bot.config.addresses import listen

    if text is None:
        return ...
    if text == NOWHERE:
        return None
    try:
        return listen(text)
    except ValueError as error:
        raise UserInputError(f"--listen {text!r} {error}; or write none.") from error


def _run(
    config: Path,
    output: Format,
    show: str,
    listen: str | None,
    *,
    once: bool = False,
    dry_run: bool = False,
    duty: str = "",
) -> None:
    from bot.ahead import database_made
    from bot.config.load import environment, forget_packs, load, unsupported

    rows = chosen_rows(show)
    settings = load(config, environ=environment())
    forget_packs()
    if refused := unsupported(settings):
        raise ConfigError(refused)
    lean = not once and not dry_run  # what ends by itself gives everything back
    # One of several processes has no file of its own to make: it is refused where the database is one.
    with (
        database_made(settings) if lean and not duty else contextlib.nullcontext() as begun,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
    ):
        from bot.cli.events import LivePrinter  # these take a second, in which a new database is made
        from bot.core.duties import ALL_DUTIES, Duty
        from bot.options import Options
        from bot.running import run as run_bot

        printer = LivePrinter(settings, rows) if output is Format.JSONL else None
        options = Options(
            once=once,
            dry_run=dry_run,
            jsonl=output is Format.JSONL,
            out=nowhere if printer and "deliveries" not in rows else None,
            on_filed=printer.filed if printer else _ignore,
            on_settled=printer.settled if printer else _ignore,
            on_reload=printer.use if printer else _ignore,
            config=config,
            duties=frozenset({Duty(duty)}) if duty else ALL_DUTIES,
            lean=lean,
            begun=begun,
            listen=address_of(listen),
        )
        raise typer.Exit(ended(run_bot(settings, options), patient=settings.database_url.startswith("sqlite:")))


def ended(work: Coroutine[Any, Any, int], *, patient: bool) -> int:
    """Work to the end; its exit status.

    Args:
        work: what is done.
        patient: wait also for what was broken off. A question to a PostgreSQL that is out of reach may never end: without patience
            the process ends after ``OVERDUE`` seconds all the same. Everything that is to be kept is kept by then, or cannot be.
    """
    overdue: list[threading.Timer] = []

    async def whole() -> int:
        status = await work
        if not patient:
            sys.stdout.flush()
            timer = threading.Timer(OVERDUE, os._exit, [status])
            timer.daemon = True
            overdue.append(timer)
            timer.start()
        return status

    try:
        return asyncio.run(whole())
    finally:
        for timer in overdue:
            timer.cancel()


def _ignore(_: object) -> None:
    pass


def replay(
    paths: Annotated[list[Path], typer.Argument(help="Feeds, saved pages, posts or JSONL items; folders are searched.")],
    config: ConfigOption = CONFIG,
    show: ShowOption = ALL_ROWS,
    output: FormatOption = Format.TEXT,
    log_level: LogOption = LogLevel.ERROR,
) -> None:
    """Send past articles through the real pipeline, in memory, on a clock set to each article's date."""
    from bot.cli.events import print_replay, replay_rows
    from bot.config.load import environment, load_for_replay
    from bot.replay import replay as run_replay

    configure(log_level)
    rows = chosen_rows(show)
    result = asyncio.run(run_replay(paths, load_for_replay(config, environ=environment())))
    if output is Format.JSONL:
        for row in replay_rows(result, rows):
            print_row(row)
    else:
        print_replay(result, rows, Console(highlight=False))
    for error in result.errors:
        sys.stderr.write(f"{error}\n")
    raise typer.Exit(1 if result.errors else 0)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Stay until interrupted instead of ending after the tale.")] = False,
) -> None:
    """Watch a sample newsroom for half a minute: the same program, no account, no network."""
    from bot.demo.show import play

    configure(LogLevel.ERROR)
    raise typer.Exit(asyncio.run(play(keep=keep)))


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(run)
    app.command("worker")(worker)
    app.command("gateway")(gateway)
    app.command("web")(web)
    app.command()(replay)
    app.command()(demo)
