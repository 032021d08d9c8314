"""What an interaction asks, out of the data that Discord sends with it. Pure.

Promises: reads what Discord's own clients send, and gives nothing for anything else; a person's words are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.discord.components import buttons_in, story_named
from bot.adapters.discord.registration import ADMIN, SHOW, WATCH
from bot.text.inert import shown_url

_SUBCOMMAND, _GROUP = 1, 2
"""Types of options (docs.discord.com/developers/interactions/application-commands, seen 2026-11)."""
_ADDRESS = re.compile(r"https?://[^\s<>\"|]+", re.IGNORECASE)
_BEHIND = ".,:;!?'*_~)]"
"""What ends a sentence and no address; a bracket only where none was opened."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A command with what was given to it.

    Attributes:
        name: of the command in the table, such as ``rule add``.
        values: options by the names of the command's parameters.
        shown: everybody in the channel shall see the answer.
        typing: name of the option that is being typed, while it is.
        typed: what stands in it so far.
    """

    name: str
    values: dict[str, str] = field(default_factory=dict)
    shown: bool = False
    typing: str = ""
    typed: str = ""


def heard(data: Mapping[str, Any]) -> Heard | None:
    """A slash command of ours; None for any other."""
    if data.get("name") not in (WATCH, ADMIN):
        return None
    names: list[str] = []
    options: Sequence[Mapping[str, Any]] = data.get("options") or ()
    while options and options[0].get("type") in (_SUBCOMMAND, _GROUP):
        names.append(str(options[0].get("name")))
        options = options[0].get("options") or ()
    if not names:
        return None
    values, shown, typing, typed = {}, False, "", ""
    for option in options:
        name, value = str(option.get("name")), option.get("value")
        if option.get("focused"):
            typing, typed = name, str(value or "")
        elif name == SHOW:
            shown = value is True
        elif value is not None:
            values[name] = str(value)
    return Heard(" ".join(names), values, shown, typing, typed)


def asked_about(data: Mapping[str, Any], own_id: str) -> str | None:
    """What a message is asked about by: the story of a message of ours, else the first link in it; None if it has neither.

    Args:
        data: of a message command.
        own_id: the application's user id.
    """
    messages: Mapping[str, Any] = (data.get("resolved") or {}).get("messages") or {}
    message = messages.get(str(data.get("target_id")))
    if message is None:
        return None
    if str((message.get("author") or {}).get("id")) == own_id:
        named = (story_named(str(button.get("custom_id", ""))) for button in buttons_in(message.get("components") or ()))
        story = next((story for story in named if story), None)
        if story:
            return story
    return next(_links(message), None)


def _links(message: Mapping[str, Any]) -> Iterator[str]:
    yield from _in_text(str(message.get("content") or ""))
    for embed in message.get("embeds") or ():
        if url := shown_url(embed.get("url")):
            yield url
        yield from _in_text(str(embed.get("description") or ""))
    for button in buttons_in(message.get("components") or ()):
        if url := shown_url(button.get("url")):
            yield url
    for forwarded in message.get("message_snapshots") or ():
        yield from _links(forwarded.get("message") or {})


def _in_text(text: str) -> Iterator[str]:
    for found in _ADDRESS.findall(text):
        bare = str(found)
        while bare and bare[-1] in _BEHIND and not (bare[-1] == ")" and bare.count("(") >= bare.count(")")):
            bare = bare[:-1]
        if url := shown_url(bare):
            yield url
