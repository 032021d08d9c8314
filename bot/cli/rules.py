"""``rules match``, ``test``, ``lint`` and ``explain``: what rules find or would have found, whether they are sound, and why."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.cli.lines import print_row
from bot.cli.read import read_file
from bot.cli.run import CONFIG, ConfigOption, Format, FormatOption, OptionalConfig
from bot.core.errors import UserInputError

app = typer.Typer(help="Rules: what they find, whether they are sound, and why.", no_args_is_help=True)
ItemsOption = Annotated[Path, typer.Option("--items", help="Items, one JSON object a line.")]
MaybeItems = Annotated[Path | None, typer.Option("--items", help="Items, one JSON object a line, instead of the database.")]

TRIED_SINCE = timedelta(days=30)
"""How far back a query is tried on the database unless told otherwise: a new rule is shown against 30 days (docs/commands.md)."""

WIDTH = 120
"""Columns of a page that does not go to a terminal."""


@app.command()
def match(items: ItemsOption, config: ConfigOption = CONFIG, output: FormatOption = Format.TEXT) -> None:
    """Match every item against every live rule; matches alone."""
    from bot.config.load import environment, load_for_replay
    from bot.verbs import match_items

    for found in match_items(read_file(items), name=str(items), settings=load_for_replay(config, environ=environment())):
        if output is Format.JSONL:
            print_row({"item_id": found.item_id, "rule": found.rule_id})
        else:
            typer.echo(f"{found.item_id}  {found.rule_id}  {', '.join(dict.fromkeys(span.text for span in found.spans))}")


@app.command()
def lint(file: Annotated[Path, typer.Argument(help="A configuration or rule file.")]) -> None:
    """Check rules and run their tests; every mistake at once."""
    from bot.cli.setup import report

    raise typer.Exit(report(file, environ=None))


@app.command("test")
def try_query(
    query: Annotated[
        str, typer.Argument(help="A query in the rule language, in quotes; put -- before one that begins with a minus.")
    ],
    config: OptionalConfig = None,
    since: Annotated[
        str | None, typer.Option("--since", help='How far back: "30d", "12w", a day such as 2026-03-01, or "all".')
    ] = None,
    items: MaybeItems = None,
    replaces: Annotated[str | None, typer.Option("--replaces", help="Id of the rule that the query would replace.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Try a query on past articles: what it finds, what it nearly finds, and the difference from a rule."""
    from bot.cli.backtest import backtest_rows, print_backtest
    from bot.config.load import environment, load_for_replay
    from bot.verbs import read_items
    from bot.verbs import try_query as tried_on

    path = config or (CONFIG if items is None or CONFIG.exists() else None)
    settings = load_for_replay(path, environ=environment())
    given = read_items(read_file(items), name=str(items)) if items is not None else None
    back = _since(since) if since is not None else TRIED_SINCE if items is None else None
    with _progress() as on_progress:
        tried = asyncio.run(tried_on(settings, query, items=given, since=back, replaces=replaces, on_progress=on_progress))
    for caution in tried.cautions:
        sys.stderr.write(f"warning: {caution}\n")
    if output is Format.JSONL:
        for row in backtest_rows(tried, query):
            print_row(row)
        return
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
    print_backtest(tried, console)


def _since(text: str) -> datetime | timedelta | None:
    """How far back: a duration, a day, or None for everything."""
    from bot.config.values import duration

    if text == "all":
        return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError as error:
            raise UserInputError(f"--since {text}: there is no such day.") from error
    try:
        return duration(text)
    except ValueError as error:
        raise UserInputError(f'--since: {error}. A day such as 2026-03-01 will do too, and "all".') from error


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where somebody looks at it; gone when the work is done."""
    console = Console(stderr=True)
    columns = (TextColumn("Looking at past articles"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    item: Annotated[str, typer.Argument(help="The item's id or address.")],
    items: MaybeItems = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Say clause by clause why a rule matches an item, posted or not, or why it does not."""
    from bot.config.load import environment, load_for_replay
    from bot.verbs import explain_match, explain_stored

    settings = load_for_replay(config, environ=environment())
    if items is None:
        typer.echo(asyncio.run(explain_stored(settings, rule_id=rule, wanted=item)))
    else:
        typer.echo(explain_match(read_file(items), name=str(items), settings=settings, rule_id=rule, wanted=item))
