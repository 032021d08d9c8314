"""What Slack's client lets a person do with what is on the screen, and how it writes it down."""

from __future__ import annotations

import re
import time
from typing import Any

from .state import View

_URL = re.compile(r"(https?://[^\s<>]+)")


class ImpossibleError(AssertionError):
    """A person cannot do this in Slack."""


def pressed_of(blocks: list[dict[str, Any]], action: str, option: str | None) -> dict[str, Any]:
    """What Slack says was pressed or chosen, if it is there."""
    for block in blocks:
        for element in [*block.get("elements", ()), block.get("accessory"), block.get("element")]:
            if not isinstance(element, dict) or element.get("action_id") != action:
                continue
            pressed = {
                "type": element["type"],
                "action_id": action,
                "block_id": block["block_id"],
                "action_ts": f"{time.time():.6f}",
            }
            if element["type"] == "button":
                return pressed | {name: element[name] for name in ("text", "value", "url", "style") if name in element}
            options = [
                *element.get("options", ()),
                *(one for group in element.get("option_groups", ()) for one in group["options"]),
            ]
            chosen = next((one for one in options if one.get("value") == option), None)
            if chosen is None:
                raise ImpossibleError(f"{action} has no option {option!r}: {[one.get('value') for one in options]}")
            return pressed | {"selected_option": chosen}
    raise ImpossibleError(f"there is no {action!r} here")


def filled(view: View, values: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The state of a modal, filled in as far as its inputs allow."""
    inputs = {block.get("block_id", ""): block for block in view.body["blocks"] if block["type"] == "input"}
    if unknown := set(values) - set(inputs):
        raise ImpossibleError(f"the modal has no input {sorted(unknown)}")
    state: dict[str, dict[str, Any]] = {}
    for block_id, block in inputs.items():
        element = block["element"]
        given = values.get(block_id, {})
        if set(given) - {element["action_id"]}:
            raise ImpossibleError(f"{block_id} holds {element['action_id']} alone")
        first = (element.get("initial_option") or {}).get("value", element.get("initial_value"))
        value = given.get(element["action_id"], first)
        if value in {None, ""} and not block.get("optional"):
            raise ImpossibleError(f"{block_id} must be filled in")
        if isinstance(value, str) and not element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000):
            raise ImpossibleError(f"{block_id} does not take {len(value)} characters")
        shown: dict[str, Any] = {"type": element["type"]}
        if "options" in element:
            chosen = next((one for one in element["options"] if one["value"] == value), None)
            if value is not None and chosen is None:
                raise ImpossibleError(f"{block_id} has no option {value!r}")
            shown["selected_option"] = chosen
        else:
            shown["value"] = value
        state[block_id] = {element["action_id"]: shown}
    return state


def typed(text: str) -> str:
    """Text as an event carries it: escaped, web addresses marked as links."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _URL.sub(r"<\1>", escaped)
