"""``rules match``, ``lint`` and ``explain``: what rules find, whether they are sound, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lines import print_row
from bot.cli.read import read_file
from bot.cli.run import CONFIG, ConfigOption, Format, FormatOption

app = typer.Typer(help="Rules: what they find, whether they are sound, and why.", no_args_is_help=True)
ItemsOption = Annotated[Path, typer.Option("--items", help="Items, one JSON object a line.")]


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


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    item: Annotated[str, typer.Argument(help="The item's id or address.")],
    items: ItemsOption,
    config: ConfigOption = CONFIG,
) -> None:
    """Say clause by clause why a rule matches an item, or why not."""
    from bot.config.load import environment, load_for_replay
    from bot.verbs import explain_match

    settings = load_for_replay(config, environ=environment())
    typer.echo(explain_match(read_file(items), name=str(items), settings=settings, rule_id=rule, wanted=item))
