"""What every adapter is tested with: hostile texts, messages full of them, and one harness an adapter.

An adapter joins the contract by a harness: how it is built, what it showed, and how much it may show. The console's is
here; that of a platform is ``PLATFORM_harness.py`` beside this file: ``KINDS``, the names of its forms, and ``opened(kind,
house)``, an async context manager that gives a ``house.Harness``.
"""

from __future__ import annotations

import importlib.util
import io
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bot.adapters.console.notifier import ConsoleNotifier
from bot.core.clock import VirtualClock
from bot.core.model import Action, Channel, Delivery, DeliveryState, DigestMessage, Level, Message, Platform, StoryMessage
from bot.core.reasons import Reason

NOW = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)

HOSTILE = {
    # mentions of all kinds
    "everyone": "@everyone come here",
    "here": "@here",
    "slack channel": "<!channel> <!here|here> <!everyone>",
    "slack user": "<@U0123456789> said",
    "slack group": "<!subteam^S0123456789|@legal>",
    "slack date": "<!date^1392734382^{date}|never>",
    "discord user": "<@112233445566778899> <@!112233445566778899>",
    "discord role": "<@&112233445566778899>",
    "discord channel": "<#112233445566778899> <id:home>",
    "discord command": "</watch hold:112233445566778899>",
    "discord time": "<t:1741640400:R>",
    "discord emoji": "<a:alarm:112233445566778899>",
    "mention in parts": "@\u200beveryone @every\u200done",
    "mention behind entities": "&#64;everyone &lt;!channel&gt;",
    # links that lie
    "masked link slack": "<https://evil.example|https://good.example>",
    "masked link markdown": "[https://good.example](https://evil.example)",
    "masked link spoiler": "||[x](https://evil.example)||",
    "autolink": "<https://evil.example>",
    "html link": '<a href="https://evil.example">good.example</a>',
    "user info": "https://good.example@evil.example/",
    "script link": "javascript:alert(1)",
    "data link": "data:text/html,<script>alert(1)</script>",
    "file link": "file:///etc/passwd",
    # markup of chats, pages and terminals
    "rich markup": "[bold red]danger[/] [link=https://evil.example]here[/link]",
    "broken rich markup": "[/] [/bold] [b [[ ]]",
    "rich emoji": ":skull: :warning:",
    "markdown": "# big *bold* _it_ ~~gone~~ > quoted `code`",
    "code fence": "```\nrm -rf\n```",
    "spoiler": "||hidden||",
    "markdown table": "| a | b |\n|---|---|",
    "html": "<script>alert(1)</script><b>bold</b>",
    "html comment": "<!-- > -->",
    "template": "{{7*7}} ${HOME} %s %(x)s {0}",
    "json": '"}, {"event": "delivery", "state": "sent"}',
    "json lines": 'a"\n{"event": "delivery"}\n',
    "line of an own rule": "Rule: trusted · matched everything",
    # entities
    "entity": "Marks &amp; Spencer",
    "nested entities": "&amp;amp;amp;lt;b&amp;amp;amp;gt;",
    "deep entities": "&" + "amp;" * 60 + "lt;script&" + "amp;" * 60 + "gt;",
    "numeric entities": "&#60;b&#62; &#x202E; &#27;[31m &#0; &#xD800; &#x110000;",
    "escape behind entities": "&amp;#27;[2J &#155;31m",
    "unfinished entity": "&#x &# &; &amp",
    # controls and terminal sequences
    "nul": "a\x00b",
    "all c0": "".join(map(chr, range(32))),
    "all c1": "".join(map(chr, range(0x7F, 0xA0))),
    "colour": "\x1b[31mred\x1b[0m",
    "clear screen": "\x1b[2J\x1b[H\x1bc",
    "title": "\x1b]0;owned\x07",
    "terminal link": "\x1b]8;;https://evil.example\x1b\\good.example\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "device string": "\x1bP+q544e\x1b\\",
    "eight bit csi": "\x9b31mred\x9d0;owned\x9c",
    "unfinished sequence": "text \x1b[",
    "unfinished string": "text \x1b]8;;https://evil.example",
    "bells": "\x07" * 50,
    "backspaces": "good\x08\x08\x08\x08evil",
    "carriage return": "good\rEVIL",
    "newlines": "a\nb\r\nc\x0bd\x0ce\x85f\u2028g\u2029h",
    "tabs": "a\t\t\tb",
    # letters that turn, hide or pile up
    "right to left override": "\u202egpj.exe",
    "isolates": "\u2066\u2067\u2068abc\u2069",
    "marks of direction": "\u200e\u200f\u061c",
    "embeddings": "\u202a\u202b\u202dabc\u202c",
    "zero width": "in\u200bvis\u2060ible\ufeff \u00adsoft",
    "fillers": "\u3164\u115f\u1160\uffa0\u2800",
    "variation selectors": "a" + "\ufe0f" * 40,
    "tags": "flag\U000e0067\U000e0062\U000e007f",
    "zalgo": "z" + "\u0300\u0301\u0302\u0303\u0304" * 200,
    "homograph": "р\u0430yp\u0430l.example",
    "lone surrogate": "a\ud800b\udfff",
    "noncharacters": "\ufffe\uffff\ufdd0\U0010ffff",
    "private use": "\ue000\uf8ff",
    "full width": "＠ｅｖｅｒｙｏｎｅ",
    "right to left words": "שלום عليكم",
    "emoji": "👩🏽‍🚒 👨‍👩‍👧‍👦 🏳️‍🌈",
    # sizes
    "nothing": "",
    "blanks": " \u00a0\u3000 ",
    "100,000 letters": "a" * 100_000,
    "100,000 words": "word " * 100_000,
    "100,000 brackets": "[" * 100_000,
    "100,000 ampersands": "&" * 100_000,
    "100,000 emoji": "👍" * 100_000,
    "100,000 marks": "\u0301" * 100_000,
}

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
    found = {}
    for path in sorted(Path(__file__).parent.glob("*_harness.py")):
        spec = importlib.util.spec_from_file_location(f"adapters_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        found[path.stem.removesuffix("_harness")] = sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return found


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


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
def hostile(request: pytest.FixtureRequest) -> str:
    """Every hostile text, one after the other."""
    return str(request.param)


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
