"""``stories group``: story decisions alone, in input order, no rules needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lines import print_row
from bot.cli.read import read_file
from bot.cli.run import Format, FormatOption, OptionalConfig

app = typer.Typer(help="Stories: which articles report one event.", no_args_is_help=True)


@app.callback()
def _stories() -> None:
    pass


@app.command()
def group(
    items: Annotated[Path, typer.Argument(help="Items, one JSON object a line.")],
    config: OptionalConfig = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Group items into stories; printed after the last item, with final story ids."""
    from bot.config.load import environment, load_for_replay
    from bot.verbs import group_stories

    settings = load_for_replay(config, environ=environment()) if config else None
    rows = group_stories(read_file(items), name=str(items), settings=settings)
    if output is Format.JSONL:
        for row in rows:
            print_row({"item_id": row.item_id, "story_id": row.story_id, "tier": str(row.tier)})
        return
    stories: dict[str, list[str]] = {}
    for row in rows:
        stories.setdefault(row.story_id, []).append(f"{row.item_id} ({row.tier})")
    for story_id, members in stories.items():
        typer.echo(f"{story_id}: {', '.join(members)}")
    typer.echo(f"{len(rows)} items, {len(stories)} stories")
