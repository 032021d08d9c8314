"""What can be pressed, as Discord's rows of buttons, and what a pressed one asks. Pure.

Promises: a button keeps its words in itself (``custom_id``), so that it works after a restart and for whoever presses it; two rows
of five at most; none with words that have no room. Never decides which buttons there are: that is ``bot.text.actions`` below a
story and the Reply everywhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.adapters.discord.escape import words
from bot.adapters.discord.limits import BUTTON_LABEL, BUTTONS, CUSTOM_ID, ROW_BUTTONS, units
from bot.core.messages import Message
from bot.core.spoken import tr
from bot.text.actions import pressables

Body = dict[str, Any]

_ACTION_ROW, _BUTTON = 1, 2
PRIMARY, SECONDARY, DANGER = 1, 2, 4
"""Types of components and styles of buttons (docs.discord.com/developers/components/reference, seen 2026-11)."""


class Press(StrEnum):
    """What pressing does. The value begins the ``custom_id``, the words follow."""

    ASK = "ask:"  # asks the words
    SURE = "sure:"  # asks first whether they are meant
    YES = "yes:"  # they are: asks them, and the answer takes the question's place
    NO = "no:"  # they are not
    OPEN = "open:"  # opens the form that the words were answered with
    FORM = "form:"  # sends the form


_OLD_WHY = "why:"
"""Begin of the button that asked for the reason before buttons held words; messages that carry it stay where they are."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button or a sent form.

    Attributes:
        press: what it does.
        words: what it asks.
    """

    press: Press
    words: str


def custom_id(press: Press, asked: str) -> str | None:
    """What stands in a component; None if there is no room for the words."""
    told = f"{press.value}{asked}"
    return told if units(told) <= CUSTOM_ID else None


def pressed(told: str) -> Pressed | None:
    """What a ``custom_id`` stands for; None for one that is not ours or of no version that is known."""
    if told.startswith(_OLD_WHY):
        return Pressed(Press.ASK, f"why {told.removeprefix(_OLD_WHY)}")
    return next((Pressed(press, told.removeprefix(press.value)) for press in Press if told.startswith(press.value)), None)


def story_named(told: str) -> str | None:
    """The story that the first button of a message about one names."""
    found = pressed(told)
    return found.words.removeprefix("why ") if found and found.press is Press.ASK and found.words.startswith("why ") else None


def story_rows(message: Message, commands: Collection[str]) -> list[Body]:
    """The buttons below a message.

    Args:
        message: what is shown.
        commands: names of the commands that are answered.
    """
    offered = ((custom_id(Press.ASK, one.words), tr(one.label)) for one in pressables(message, commands))
    return rows([button(told, label) for told, label in offered if told])


def sure_rows(asked: str, *, danger: bool) -> list[Body]:
    """Yes and No below a question."""
    yes = custom_id(Press.YES, asked)
    return rows([button(yes, tr("Yes"), DANGER if danger else PRIMARY), button(Press.NO.value, tr("No"))]) if yes else []


def open_rows(asked: str) -> list[Body]:
    """The button that opens a form which came too late to be opened at once."""
    told = custom_id(Press.OPEN, asked)
    return rows([button(told, tr("Open the form"), PRIMARY)]) if told else []


def buttons_in(told: Iterable[Body]) -> Iterable[Body]:
    """Every button of a message's rows, in order."""
    return (one for row in told for one in row.get("components") or () if one.get("type") == _BUTTON)


def button(told: str, label: str, style: int = SECONDARY) -> Body:
    """One button, by its ``custom_id``."""
    return {"type": _BUTTON, "style": style, "label": words(label, BUTTON_LABEL) or "Go on", "custom_id": told}


def rows(buttons: list[Body]) -> list[Body]:
    """As many buttons as have room, five in a row."""
    kept = buttons[:BUTTONS]
    return [{"type": _ACTION_ROW, "components": kept[at : at + ROW_BUTTONS]} for at in range(0, len(kept), ROW_BUTTONS)]
