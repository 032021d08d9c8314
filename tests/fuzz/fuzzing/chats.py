"""What both chats' readers share: a line that answers everything, commands that say what they were asked, and what may be shown.

The real adapters and both real SDKs, on a line that answers everything with yes: no socket is opened. Commands answer with what they
were asked, in every part of a reply, so that what a person types comes back through the renderers.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import selectors
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from bot.adapters.console.render import render_text
from bot.adapters.discord.render import message_body
from bot.adapters.slack.render import message_payload
from bot.commands.reply import Button, Form, FormField, Link, Reply, Section
from bot.commands.roles import Role, role_of
from bot.commands.suggest import suggest
from bot.commands.table import TABLE
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage, NoticeMessage, StoryMessage, Update, UpdateMessage
from bot.core.model import Level
from fuzzing import pieces
from fuzzing.draw import Draw
from fuzzing.target import NOW, Target

CLOCK = VirtualClock(NOW)


@cache
def reading() -> Any:
    """The reader of what platforms would show, of tests/adapters."""
    path = Path(__file__).resolve().parents[2] / "adapters" / "reading.py"
    spec = importlib.util.spec_from_file_location("adapters_reading", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault("adapters_reading", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


class _Selector(selectors.DefaultSelector):
    """Never waits: a loop on it jumps to its next timer, so that no pause of ours takes time."""

    loop: Any = None

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self.loop.skipped += timeout
        return super().select(0 if timeout is not None else 0.01)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes when nothing is left to do."""

    def __init__(self) -> None:
        self.skipped = 0.0
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return super().time() + self.skipped


@cache
def loop() -> JumpingLoop:
    return JumpingLoop()


# ---------------------------------------------------------------- what answers


class Nobody:
    owner = editor = ()


class Echo:
    """Commands whose answer says what was asked, everywhere an answer can say something."""

    table = TABLE

    def role(self, **known: Any) -> Role:
        return role_of(Nobody, **known)  # type: ignore[arg-type]

    def language(self, ask: Any) -> str:
        return "en"

    async def complete(self, ask: Any, command: Any, parameter: Any, typed: str) -> Any:
        return await suggest(None, ask, parameter, typed, TABLE)  # type: ignore[arg-type]

    async def answer(self, ask: Any) -> Reply:
        said = f"{ask.text} {' '.join(ask.values.values())}"
        assert isinstance(ask.text, str)
        sections = (
            Section(
                said,
                said,
                (said[:9],),
                ((said[:30], said),),
                (Link(said, said), Link("words", f"https://news.example/{said}")),
                said,
            ),
        )
        buttons = (Button(said[:30], said[:80].strip() or "help", confirm=said), Button("b", "help"))
        kind = len(said) % 6
        form = (
            Form(
                "rule add",
                said[:24] or "t",
                (
                    FormField("name", said[:40] or "n", value=said[:90], hint=said),
                    FormField("level", "L", options=(("a", said), ("b", "B"))),
                ),
            )
            if kind == 1
            else None
        )
        items = (story(said),) if kind == 2 else ()
        return Reply(said, sections, items, private=kind != 3, error=kind == 4, buttons=buttons, form=form, direct=kind == 5)


def story(said: str) -> StoryMessage:
    return StoryMessage(
        "s0123456789", said, said if said.startswith("http") else f"https://news.example/{said}", "news.example", (said, "A sentence."), said, NOW, also=(said,), independent=2,
        rules=(("r", said),), matched=(said[:12],), follows=(said, NOW), level=Level.HIGH, notes=(said,), pointer=said if len(said) % 5 == 1 else None,
        withdrawn=said if len(said) % 7 == 1 else "",
    )  # fmt: skip


def shown_in_slack(payload: Any) -> None:
    """Nothing live in any text of a payload, and nothing beyond Slack's limits of a message or a window."""
    blocks = payload.get("blocks", []) if isinstance(payload, dict) else []
    assert len(blocks) <= 100, f"{len(blocks)} blocks"
    for kind, text in _texts(payload):
        assert len(text) <= 4000, f"{len(text)} letters"
        text.encode("utf-8")
        if kind == "mrkdwn":
            calls = reading().read_slack(text, verbatim=True).calls
            assert not calls, f"{calls} in {text[:200]!r}"
        if kind == "text":
            assert not [mark for mark in ("<!", "<@", "<#") if mark in text], text[:200]


_FENCED = re.compile("```.*?```", re.DOTALL)


def _texts(value: Any, kind: str = "") -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield ("text" if "blocks" in value else str(value.get("type"))), value["text"]
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def shown_in_discord(payload: Mapping[str, Any]) -> None:
    """Nobody is called, and nothing is longer than Discord takes."""
    embeds = payload.get("embeds") or []
    assert len(embeds) <= 10
    assert sum(len(str(embed.get(part) or "")) for embed in embeds for part in ("title", "description")) <= 6000
    assert len(payload.get("content") or "") <= 2000
    within = [str(embed.get(part) or "") for embed in embeds for part in ("title", "description")]
    for text in (payload.get("content") or "", *(_FENCED.sub(" ", part) for part in within)):  # code of an embed calls nobody
        text.encode("utf-8")
        calls = reading().read_discord(text).calls
        assert not calls, f"{calls} in {text[:200]!r}"
    if "allowed_mentions" in payload:
        assert not payload["allowed_mentions"].get("parse"), payload["allowed_mentions"]


class Answered:
    """An answer of Slack's or Discord's to anything."""

    def __init__(self, body: Any) -> None:
        self.status, self.reason, self.headers, self.content_type, self.body = (
            200,
            "OK",
            {"content-type": "application/json"},
            "application/json",
            body,
        )
        self.method = "POST"

    async def json(self, **_: Any) -> Any:
        return self.body

    async def text(self, *_: Any, **__: Any) -> str:
        return json.dumps(self.body)

    async def read(self) -> bytes:
        return json.dumps(self.body).encode()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


# ---------------------------------------------------------------- messages of hostile texts


def message_input(draw: Draw) -> Any:
    said = tuple(pieces.text(draw) for _ in range(4))
    link = draw.pick(pieces.ADDRESSES)
    one = replace(
        story(said[0]),
        url=link,
        host=draw.pick((None, "news.example", said[1])),
        sentences=said[1:3],
        outlet=said[3],
        also=said,
        rules=(("r", said[1]), ("q", said[2])),
        matched=tuple(word for word in said[0].split()[:2]),
    )
    match draw.below(4):
        case 0:
            return DigestMessage(said[0], (one,) * (1 + draw.below(30)), note=said[2])
        case 1:
            return NoticeMessage(said[0], said)
        case 2:
            return UpdateMessage(
                "s1", draw.pick(tuple(Update)), said[0], link, "news.example", said[1], NOW, said[1:3], before=said[2]
            )
        case _:
            return one


def rendered(message: Any) -> None:
    action = (
        Action.DIGEST if isinstance(message, DigestMessage) else Action.REPLY if isinstance(message, UpdateMessage) else Action.POST
    )
    shown_in_slack(message_payload(message, action, timezone="UTC", now=NOW, number="d1", commands=("why", "vote")))
    shown_in_discord(message_body(message, action, timezone="UTC", now=NOW, commands=("why", "vote")))
    assert render_text(message, action, timezone="UTC", now=NOW)


TARGETS = (Target("messages in both chats", "rendering", message_input, rendered, (), share=5),)
