"""Every command, in every way in which people ask it, with words that are right and with several kinds that are not.

The questions come from the table of commands: its examples are the right ones, the wrong ones are made from its parameters. Each is
asked over the real SDK against the platform's stand-in; ``-s`` prints the transcript.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bypath import loaded

from bot.commands.table import TABLE
from bot.core.clock import VirtualClock

ways = loaded(Path(__file__).with_name("ways.py"), "app_ways")
questions = loaded(Path(__file__).with_name("questions.py"), "app_questions").questions


def letters(text: str) -> str:
    """A text by its letters and digits, as every platform shows them, whatever it puts around."""
    return re.sub(r"[\W_]+", "", re.sub(r"\\u[0-9a-f]{4}|\\n|&amp;|&lt;|&gt;", "", text))


def markup(shown: str) -> str:
    """Everything that Slack reads as markup in what was shown: a call of somebody would stand there."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") == "mrkdwn":
                found.append(part["text"])
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    for line in shown.split("\n"):
        walk(json.loads(line))
    return "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ways.WAYS)
async def test_every_command_answers_every_question_in_every_way(name: str, clock: VirtualClock) -> None:
    faults: list[str] = []
    asked = 0
    async with ways.WAYS[name](name, clock) as way:
        for command in TABLE:
            wrong = 0
            for kind, rest in questions(command):
                before = len(way.office.commands.heard)
                shown = await way.ask(command, rest)
                asked += 1
                line = f"{name} | {command.name} {rest[:60]} | {kind} | "
                if shown is None:
                    print(f"{line}(not sent: the platform does not let it be typed)")  # noqa: T201
                    wrong += 1
                    if kind == "right":
                        faults.append(f"{line}a right question cannot be asked")
                    continue
                heard = way.office.commands.heard[before:]
                if len(heard) != 1:
                    faults.append(f"{line}was heard {len(heard)} times")
                    continue
                ((_, reply),) = heard
                print(f"{line}{reply.title}")  # noqa: T201
                wrong += kind != "right"
                if reply.failed:
                    faults.append(f"{line}failed: {reply.title}")
                if letters(reply.title)[:60] not in letters(shown) and reply.form is None:
                    faults.append(f"{line}{reply.title!r} is not shown: {shown[:300]}")
                if kind in ("missing", "too many", "too long", "endless", "wrong kind") and not (reply.error or reply.form):
                    faults.append(f"{line}was taken: {reply.title}")
                home = not (command.name == "test" and name == "Slack, direct message")  # it posts where it is asked
                if kind == "right" and home and "It is typed like this:" in "".join(part.text for part in reply.sections):
                    faults.append(f"{line}was not understood: {reply.title}")
                if name.startswith("Slack") and re.search(r"<[!@]", markup(shown)):
                    faults.append(f"{line}calls somebody: {markup(shown)[:300]}")
            if wrong < 3:
                faults.append(f"{name} | {command.name} | only {wrong} wrong questions")
    assert not faults, "\n".join(faults)
    assert asked > 3 * len(TABLE)


@pytest.mark.parametrize("name", ways.WAYS)
async def test_help_and_a_slip_of_the_pen_are_answered_in_every_way(name: str, clock: VirtualClock) -> None:
    (help_,) = [command for command in TABLE if command.name == "help"]
    async with ways.WAYS[name](name, clock) as way:
        assert letters("What you can ask") in letters(await way.ask(help_, ""))
        assert letters("There is no command lates. Did you mean latest?") in letters(await way.ask(help_, "lates"))
