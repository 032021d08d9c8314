"""What every adapter is tested with: hostile texts, messages full of them, and one harness an adapter.

An adapter joins the contract by a harness: how it is built, what it showed, and how much it may show. The console's is
here; that of a platform is ``PLATFORM_harness.py`` beside this file: ``KINDS``, the names of its forms, and ``opened(kind,
house)``, an async context manager that gives a ``house.Harness``.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from bypath import loaded

from bot.adapters.console.notifier import ConsoleNotifier
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import DigestMessage, Message, StoryMessage
from bot.core.model import Channel, Level, Platform
from bot.core.reasons import Reason

NOW = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)


HOSTILE = loaded(Path(__file__).with_name("hostile_texts.py"), "adapters_hostile_texts").HOSTILE
GROUPS = loaded(Path(__file__).with_name("hostile_texts.py"), "adapters_hostile_texts").GROUPS

PLAIN = StoryMessage(
    story_id="s1",
    headline="Harbour City council votes to end licence-plate reader contract",
    url="https://harbourledger.example/plates",
    host="harbourledger.example",
    sentences=(
        "The council voted 6-3 on Tuesday night to let the licence-plate reader contract lapse on 30 June.",
        "Police had searched the records 11,400 times last year, a report to the council says.",
    ),
    outlet="Harbour Ledger",
    published=datetime(2026, 3, 10, 21, 40, tzinfo=UTC),
    rules=(("plates", "plate readers"),),
    matched=("licence-plate reader",),
)


def filled(text: str) -> StoryMessage:
    """A message with ``text`` in every place a source or a rule writes."""
    return StoryMessage(
        story_id="s1",
        headline=text,
        url=text,
        host=text,
        sentences=(text,) * 5,
        outlet=text,
        published=NOW,
        also=(text,) * 9,
        independent=10,
        copies=3,
        rules=tuple((f"r{number}", text) for number in range(9)),
        matched=(text,) * 9,
        follows=(text, NOW),
        level=Level.CRITICAL,
        notes=(text,) * 3,
        pointer=text,
        repeated=True,
    )


def delivery_of(message: Message | None, action: Action = Action.POST, **changes: Any) -> Delivery:
    """A row as it is handed to an adapter."""
    digest = isinstance(message, DigestMessage)
    row = Delivery(
        id="d1",
        sequence=1,
        workspace_id="file",
        channel_id="team",
        action=action,
        state=DeliveryState.SENDING,
        reason=Reason.DIGEST if digest else Reason.NEW_STORY,
        message=message,
        story_id=None if digest else "s1",
        story_ids=tuple(story.story_id for story in message.stories) if digest else (),
        created_at=NOW,
        not_before=NOW,
        updated_at=NOW,
        attempt=1,
    )
    return replace(row, **changes)


@dataclass
class Harness:
    """One adapter under test.

    Attributes:
        deliver: the adapter's own method.
        channel: where to.
        messages: everything shown so far, message by message, as a reader or a program gets it.
        bare: a message without what the adapter itself may add (colours, links): what is left comes from texts.
        most: most characters of one message.
    """

    deliver: Callable[..., Any]
    channel: Channel
    messages: Callable[[], list[str]]
    bare: Callable[[str], str]
    most: int


_OWN_SEQUENCES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;(?:id=\d+;https?://[!-~]*)?;?\x1b\\")


def _console(kind: str) -> Harness:
    stream = io.StringIO()
    notifier = ConsoleNotifier(stream, VirtualClock(NOW), jsonl=kind == "jsonl", width=80, colour=kind == "colour")

    def messages() -> list[str]:
        if kind == "jsonl":
            return [json.loads(line)["text"] for line in stream.getvalue().split("\n")[:-1]]
        return [card + "╯\n" for card in stream.getvalue().split("╯" + ("\x1b[0m" if kind == "colour" else "") + "\n")[:-1]]

    return Harness(
        deliver=notifier.deliver,
        channel=Channel("team", Platform.CONSOLE, "console:team"),
        messages=messages,
        bare=lambda text: _OWN_SEQUENCES.sub("", text) if kind == "colour" else text,
        most=20_000 if kind == "jsonl" else 40_000,
    )


def _harnesses() -> dict[str, ModuleType]:
    """The platforms' harness modules by platform, as far as they are there."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*_harness.py"))
    return {stem.removesuffix("_harness"): loaded(Path(__file__).with_name(f"{stem}.py"), f"adapters_{stem}") for stem in found}


_PLATFORMS = _harnesses()
_FORMS = [f"{platform} {kind}" for platform, module in _PLATFORMS.items() for kind in module.KINDS]


@pytest.fixture(params=["console text", "console colour", "console jsonl", *_FORMS])
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """Every adapter, one after the other."""
    platform, kind = request.param.split(" ", 1)
    if platform == "console":
        yield _console(kind)
        return
    async with _PLATFORMS[platform].opened(kind, SimpleNamespace(Harness=Harness, now=NOW)) as harness:
        yield harness


LENGTHY = {"a flood of newlines", "a flood of carriage returns", "100,000 newlines"}
"""Texts whose thousands of lines are looked at one by one: seconds for each test, so they are of the slow suite."""


@pytest.fixture(
    params=[pytest.param(text, id=name, marks=pytest.mark.slow if name in LENGTHY else ()) for name, text in HOSTILE.items()]
)
def hostile(request: pytest.FixtureRequest) -> str:
    """Every hostile text, one after the other."""
    return str(request.param)


ALIKE = {"webhook signed": "webhook unsigned", "console colour": "console text"}
"""Forms that write what another form writes, with a signature or colours around it: for every hostile text in the slow suite."""


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by mark
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every hostile text is tried quickly in one of two forms that are alike, and slowly in the other as well."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "hostile_group" in parameters and parameters.get("adapter") in ALIKE:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=GROUPS.values(), ids=GROUPS.keys())
def hostile_group(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The hostile texts that attack the same, group by group: where building what is attacked takes longer than attacking it."""
    return tuple(request.param.values())


@pytest.fixture(scope="session")
def make() -> Any:
    """Builders for tests in this folder."""

    class Make:
        now = NOW
        plain = PLAIN
        hostile_texts = HOSTILE
        filled = staticmethod(filled)
        delivery = staticmethod(delivery_of)

    return Make
