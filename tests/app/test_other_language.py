"""Where a channel speaks Spanish, no answer holds a sentence of English: every command, with right words and with wrong ones.

What sources, rules and people wrote stays as it is, so links, cards and what is to be typed are not looked at.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bypath import loaded

from bot.commands.asking import Ask, Role
from bot.commands.reply import Reply
from bot.commands.table import TABLE
from bot.core.clock import VirtualClock
from bot.core.deliveries import Outcome, Receipt
from bot.core.model import Channel, Platform
from bot.store.database import Store

ways = loaded(Path(__file__).with_name("ways.py"), "app_ways")
questions = loaded(Path(__file__).with_name("questions.py"), "app_questions").questions


ENGLISH = re.compile(
    "the|is|of|and|that|this|not|it|was|were|are|there|with|which|what|from|has|have|be|by|an|its|these|nothing|write|must|may|who"
    "|when|where|they|their|been|for|more|than|as|on|at|to|in|one|your|you"
)
"""Words that half of all English sentences hold, and no Spanish one."""
NOT_OURS = re.compile(
    r"[\"“«`(\[].*?[\"”»`)\]]|https?://\S+|/watch\S*( [a-z_]+)*|\b(name|here|as_usual)\b|"
    + "|".join((ways.VOTE[1], ways.SCHOOL[1]))
)
"""What is quoted, an address, to be typed, or a headline."""
NOTHING_THERE = "Nothing can be read there."
"""What the tests' own look at a link says."""
WRONG_RULES = (
    "rule add bad police OR drone surveillance",
    "rule add bad the",
    "rule add bad -sports",
    'rule add bad "plate reader',
    "rule add bad police)",
    "rule add bad a NEAR/99 b",
    "rule add bad @nobody",
    "rule add bad foo:bar",
    "rule add bad su*",
    "rule add bad police police",
    "rule add bad level=loud police drone",
    "rule add bad channels=nowhere police drone",
    "rule add bad!name police drone",
)
WRONG_SETTINGS = (
    "channel set digest sometimes",
    "channel set quiet_hours night",
    "channel set max_per_hour 900",
    "channel set group_wait soon",
    "channel set group_wait 9d",
    "channel set timezone Nowhere",
    "channel set language xx",
    "channel set mood good",
)


class Quiet:
    """Takes every post."""

    async def deliver(self, delivery: Any, channel: Any) -> Any:
        return Receipt(Outcome.ACCEPTED, message_ref=f"m{delivery.id}")


def told(reply: Reply) -> list[str]:
    """Every line of an answer that is ours."""
    lines = [reply.title, *(button.label for button in reply.buttons), *(button.confirm for button in reply.buttons)]
    sections = list(reply.sections)
    if reply.form is not None:
        sections += reply.form.sections
        lines += [reply.form.title, reply.form.submit, *(one.label for one in reply.form.fields)]
    for part in sections:
        lines += [part.heading, *part.text.split("\n"), *(name for name, _ in part.fields)]
    return [line for line in lines if line]


def english(line: str) -> bool:
    """Whether a line has words of English that stand in no Spanish one: one of a short line, two of a long one."""
    words = re.findall(r"[A-Za-záéíóúñ_]+", NOT_OURS.sub(" ", line))
    return len([word for word in words if ENGLISH.fullmatch(word)]) >= (1 if len(words) < 6 else 2)


@pytest.mark.slow
async def test_no_answer_holds_a_sentence_of_english_where_spanish_is_spoken(clock: VirtualClock) -> None:
    store = await Store.open("sqlite::memory:")
    spanish = replace(ways.AT_ONCE, language="es")
    office = ways.Office(store, clock, {"team": Channel("team", Platform.SLACK, ways.HERE, spanish)})
    office.workspaces["team"] = "T1"
    await office.tell({Platform.SLACK: Quiet()})
    asked = [f"{command.name} {rest}".strip() for command in TABLE for _, rest in questions(command)]
    asked += [example for command in TABLE for example in command.examples]
    faults = []
    for text in [*asked, *WRONG_RULES, *WRONG_SETTINGS, "lates", "help why", "help rule add"]:
        clock.advance(ways.BETWEEN)
        for role in (Role.VIEWER, Role.OWNER):
            reply = await office.commands.answer(Ask(Platform.SLACK, "T1", ways.HERE, "U1", text, role))
            faults += [f"{text[:60]} | {line}" for line in told(reply) if english(line) and line != NOTHING_THERE]
    await store.close()
    assert not faults, "\n".join(dict.fromkeys(faults))
