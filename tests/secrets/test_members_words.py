"""What members type is answered and forgotten, unless it is kept on purpose (docs/privacy.md).

Marked words, sent in every way in which people can say something to the bot, are afterwards neither in the database nor in the log.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from bot.commands.table import TABLE
from bot.core.clock import VirtualClock
from bot.store.database import Store
from bot.store.tables import metadata

ON_PURPOSE = {"rule add": {"drafts"}}
"""Where the words of a command are kept: a rule that can be read waits an hour for a yes. Of the others that keep words on purpose
(what is muted, a reminder's note, a reason for taking back) nothing is kept here, for there is no such thing and no such story."""
CHATTER = (
    "{mark} are you there",
    "please {mark}",
    "why {mark}?",
    "https://{mark}.example/a?b={mark}",
    "/{mark}",
    "rule {mark}",
    "@{mark}",
)


def _ways() -> ModuleType:
    name = "app_ways"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "app" / "ways.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


WAYS = _ways().WAYS


async def kept(store: Store) -> dict[str, str]:
    """Everything in the database, table by table, in lower case."""
    found = {}
    async with store._read() as connection:
        for table in metadata.sorted_tables:
            if table.name != "item_words":
                found[table.name] = repr((await connection.execute(select(table))).all()).casefold()
    return found


def forms(mark: str) -> list[str]:
    """What is typed after a command: bare, as a value, and as a name with a value."""
    return [
        mark,
        f"{mark} {mark}",
        f"cameras {mark}",
        f"cameras = {mark}",
        f"{mark} = {mark}",
        f'"{mark} words"',
        f"https://{mark}.example/",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WAYS if name != "terminal"])
async def test_marked_words_are_kept_nowhere_but_on_purpose(name: str, clock: VirtualClock, said: Any) -> None:
    marks = {command.name: f"zqm{number:03d}wv" for number, command in enumerate(TABLE)}
    async with WAYS[name](name, clock) as way:
        (help_,) = [command for command in TABLE if command.name == "help"]
        for words in CHATTER:
            await way.ask(help_, words.format(mark="zqmchatterwv"))
        for command in TABLE:
            for rest in forms(marks[command.name]):
                await way.ask(command, rest)
        everything = await kept(way.office.store)
        heard = len(way.office.commands.heard)
    assert heard > 2 * len(TABLE)
    assert [table for table, text in everything.items() if "zqmchatterwv" in text] == []
    places = {what: {table for table, text in everything.items() if mark in text} for what, mark in marks.items()}
    assert {what: found for what, found in places.items() if found} == ON_PURPOSE
    assert "zqm" not in said.shown.getvalue().casefold()
    assert "zqm" not in said.raw.getvalue().casefold()


@pytest.mark.parametrize("name", ["Slack, Socket Mode", "Discord"])
async def test_a_form_that_is_sent_with_a_mistake_is_answered_and_forgotten(name: str, clock: VirtualClock, said: Any) -> None:
    typed = {"name": "zqmformwv", "query": '"zqmformwv tell me'}
    async with WAYS[name](name, clock) as way:
        before = len(way.office.commands.heard)
        if name == "Discord":
            opened = await way.person.slash(way.place, "watch-admin rule add")
            await _ways().until(lambda: opened.modal, "a form")
            sent = await way.person.submit(opened, typed)
            await _ways().until(lambda: not sent.waiting, "an answer")
        else:
            await way.person.slash("rule add")
            await _ways().until(lambda: [one for one in way.person.world.views.values() if "submit" in one.body], "a form")
            await way.person.submit(way.person.modal(), {f"0:{field}": {"value": words} for field, words in typed.items()})
        await _ways().until(lambda: len(way.office.commands.heard) > before + 1, "the form to be read")
        assert dict(way.office.commands.heard[-1][0].values)["name"] == "zqmformwv"
        everything = await kept(way.office.store)
        assert [table for table, text in everything.items() if "zqm" in text] == []
    assert "zqm" not in (said.shown.getvalue() + said.raw.getvalue()).casefold()
